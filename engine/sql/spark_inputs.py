"""Parquet files of the input go in, their rows in a Spark session come out, shared by record.

The names of the columns are found as for DuckDB, which reads nothing but the heads of the files
here; the types are those that Spark sees. A row bears the file and the rank that DuckDB gives it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Final

from engine.evaluation.compilation.names import marked
from engine.langage.inputs import RecordModel
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.sql.columns import key_column
from engine.sql.duck import connect
from engine.sql.inputs import Tables, look_at_parquet
from engine.sql.inputs.open import FORMS
from engine.sql.paths import over, spark_pattern

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_KEY: Final = marked("cle")


@dataclass(frozen=True, slots=True)
class Heads:
    """The tables as the heads of their files tell them: ``files`` by table.

    ``records`` counts the rows of the root, ``lines`` those of all tables.
    """

    tables: Tables
    files: Mapping[str, tuple[Path, ...]]
    records: int
    lines: int


def read_heads(
    path: Path, model: RecordModel, first_day: date
) -> tuple[Heads | None, tuple[Diagnostic, ...]]:
    """What the Parquet files of the folder ``path`` hold.

    Returns:
        The heads, or None and E115, E120 to E128, E535.
    """
    if _other_form(path):
        return None, (say("E535", path.as_posix()),)
    with connect(None, None, "") as connection:
        tables, files, findings = look_at_parquet(connection, path, model, first_day)
        if tables is None:
            return None, findings
        rows = {}
        for name, parts in files.items():
            found = over("parquet_file_metadata", parts)
            row = connection.execute(f"SELECT SUM(num_rows) FROM {found}").fetchone()
            rows[name] = 0 if row is None else int(row[0])
    return Heads(tables, files, rows[model.table], sum(rows.values())), ()


def _other_form(path: Path) -> bool:
    """Whether it is an input that DuckDB reads and Spark does not."""
    if path.is_dir():
        suffixes = {
            one.suffix.lower() for one in path.iterdir() if not one.name.startswith(("_", "."))
        }
        return bool(suffixes & {*FORMS}) and ".parquet" not in suffixes
    return path.is_file() and path.suffix.lower() in FORMS


def raw_rows(spark: SparkSession, model: RecordModel, heads: Heads, tasks: int) -> DataFrame:
    """The rows of all raw tables, shared among ``tasks``: those of one record are in one task.

    Returns:
        One column a table, a group of its columns and of what DuckDB tells of the place of a row,
        NULL on the rows of other tables.
    """
    from pyspark.sql import functions as fn

    tables = heads.tables
    key = key_column(model)
    reads = {
        name: spark.read.parquet(*map(spark_pattern, heads.files[name])) for name in tables.raw
    }
    kinds = {dict(read.dtypes)[tables.renamed[name][key]] for name, read in reads.items()}
    frames = []
    for name, read in reads.items():
        names = tables.renamed[name]
        listed = [fn.col(_quoted(written)).alias(written) for written in names.values()]
        listed.append(fn.col("_metadata.row_index").alias("file_row_number"))
        if len(heads.files[name]) > 1:
            listed.append(fn.col("_metadata.file_name").alias("filename"))
        own = fn.col(_quoted(names[key])).cast("string")
        if len(kinds) > 1:  # one key is then written in several ways: 5, 5.00
            number = own.try_cast("double") + fn.lit(0)
            day = fn.regexp_replace(own, fn.lit(" 00:00:00$"), fn.lit(""))
            own = fn.coalesce(number.cast("string"), day)
        # A row without a key is on its own: no task has them all.
        alone = fn.col("_metadata.row_index").cast("string")
        frames.append(
            read.select(fn.coalesce(own, alone).alias(_KEY), fn.struct(*listed).alias(name))
        )
    rows = reduce(lambda left, right: left.unionByName(right, allowMissingColumns=True), frames)
    return rows.repartition(tasks, _KEY).drop(_KEY)


def _quoted(name: str) -> str:
    return f"`{name.replace('`', '``')}`"
