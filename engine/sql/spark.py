"""A whole run on Spark: Parquet tables in, three Parquet folders and their counts out.

Spark brings together the rows of each record and shares the records among tasks; a task is a range
of a run of this machine (``engine.sql.spark_task``). The records never come to the process that
asks: what comes back are counts.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from engine.evaluation.law import Law
from engine.module.host import module_for
from engine.sql.campaign import OUTPUTS, Settings, added, epochs_of
from engine.sql.duck import Counts, connect
from engine.sql.paths import path_of, spark_pattern
from engine.sql.ranges import raw_sources
from engine.sql.sealing import SPILL
from engine.sql.spark_inputs import Heads, raw_rows
from engine.sql.spark_task import COUNTS, Task, computed

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


_RECORDS: Final = 50_000  # of one task, about
_LINES: Final = 8 * _RECORDS  # of one task, in all tables


def compute_on_spark(
    spark: SparkSession, law: Law, settings: Settings, heads: Heads, folder: Path
) -> tuple[Counts, Mapping[str, int]]:
    """Compute all the records of some tables and write the outputs, each a Parquet folder.

    Args:
        spark: the session.
        law: the corpus.
        settings: what is computed.
        heads: the tables.
        folder: where the outputs are written; and in ``SPILL``, before, what the tasks give: they
            are done once.

    Returns:
        The counts, and the number of anomalies by code.

    Raises:
        OffGridError, UnsupportedError, TooWideError: see ``module_for``.
        pyspark.errors.PySparkException, py4j.protocol.Py4JError: Spark gives up.
    """
    with connect(None, settings.threads, "") as connection:
        epochs = epochs_of(connection, law, raw_sources(connection, heads.tables))
        module = module_for(
            law,
            epochs,
            readings=settings.readings,
            wanted=settings.wanted,
            controls=settings.checked,
        )
        task = Task(law.corpus, module, epochs, heads.tables, settings.checked)
        total, types = task.nothing(connection)
    tasks = max(
        spark.sparkContext.defaultParallelism,
        -(-heads.records // _RECORDS),
        -(-heads.lines // _LINES),
    )
    outputs = [f"{name} STRUCT<{_listed(types[name])}>" for name in OUTPUTS]
    made = raw_rows(spark, law.corpus.model, heads, tasks).mapInArrow(
        partial(computed, task.packed()), f"{', '.join(outputs)}, {COUNTS} STRING"
    )
    found = _written(spark, made, folder / SPILL / "reponses")
    anomalies: Counter[str] = Counter()
    for (told,) in found.select(COUNTS).where(f"{COUNTS} IS NOT NULL").collect():
        counts = json.loads(told)
        total = added(total, Counts(**counts["comptes"]))
        anomalies += Counter(counts["anomalies"])
    for name in OUTPUTS:
        rows = found.where(f"{name} IS NOT NULL").select(f"{name}.*")
        _written(spark, rows, folder / f"{name}.parquet")
    return total, dict(sorted(anomalies.items()))


def _listed(types: Mapping[str, str]) -> str:
    """The columns of an output as Spark writes their types, which are those of DuckDB but texts."""
    kinds = {name: "STRING" if kind == "VARCHAR" else kind for name, kind in types.items()}
    return ", ".join(f"`{name}`: {kind}" for name, kind in kinds.items())


def _written(spark: SparkSession, rows: DataFrame, target: Path) -> DataFrame:
    """Rows, once they are in files."""
    rows.write.option("compression", "zstd").parquet(path_of(target))
    return spark.read.parquet(spark_pattern(target))
