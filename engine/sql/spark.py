"""The Parquet tables of a population go in; a run sealed by a manifest comes out: Spark computes.

What is here is done where the run is asked for: find a Java, start a session, read the heads of the
files, share the records among tasks (``engine.sql.spark_task``: a range of a run of this machine).
The records never come here: what comes back are counts.

The output appears whole, or not at all. A run that stops leaves nothing to go on with: Spark itself
does again what a lost machine had done, and a run that is stopped on purpose begins anew. The
machines of a cluster need what this one has: Java, Spark, and réglo with its option Spark.
"""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial, reduce
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

import duckdb

from engine.evaluation.compilation.names import marked
from engine.evaluation.law import Law
from engine.langage.inputs import RecordModel
from engine.module.host import module_for
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.sql.campaign import Settings, added, epochs_of, raw_sources
from engine.sql.duck import OUTPUTS, Counts, connect, database
from engine.sql.inputs.open import FORMS, changed_file, look_at_parquet
from engine.sql.output import (
    MANIFEST,
    SPILL,
    DamagedError,
    RunInput,
    counted,
    give_name,
    miscounted,
    state,
    write_json,
)
from engine.sql.paths import over, path_of, spark_pattern
from engine.sql.spark_task import COUNTS, OTHER_VERSION, Task, computed
from engine.sql.tables import Tables, key_column

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from engine.sql.runs import Request

_RECORDS: Final = 50_000  # of one task, about
_LINES: Final = 8 * _RECORDS  # of one task, in all tables
_KEY: Final = marked("cle")
LOCAL: Final = "local[*]"
_LIBRARIES: Final = ("pyspark", "pyarrow", "pandas")  # the last: Spark wants it to be there
_NOISE: Final = "SQLQueryContextLogger"
_LOOPBACK: Final = "127.0.0.1"
# What the results depend on, whatever the cluster says.
_EXACT: Final[Mapping[str, str]] = {
    "spark.sql.ansi.enabled": "true",  # an overflow is an error, never another number
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.caseSensitive": "false",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    "spark.sql.parquet.inferTimestampNTZ.enabled": "true",
}
# Spark would add up the size of every column after each row that it gives to Python: the number of
# rows of a batch bounds it too.
_QUICK: Final[Mapping[str, str]] = {"spark.sql.execution.arrow.maxBytesPerBatch": "2147483647"}
OLDEST: Final = 17  # that Spark 4 runs on
HOME: Final = "JAVA_HOME"
_VERSION: Final = re.compile(r'version "(?:1\.)?(\d+)')
_PATIENCE: Final = 60  # seconds


def run_on_spark(
    law: Law, request: Request, tell: Callable[[int, int], None]
) -> tuple[dict[str, object] | None, tuple[Diagnostic, ...]]:
    """Compute every record of the Parquet tables of ``request.source``, on Spark.

    Args:
        law: the corpus.
        request: what is asked; neither the records of a range nor going on mean anything here.
        tell: called with the number of records done and the number of all of them.

    Returns:
        The manifest, or None and E115, E120 to E135, E528 or E533 to E537.

    Raises:
        DamagedError: a table does not hold what Spark counted.
        OffGridError, UnsupportedError, TooWideError: see ``plan``.
        OSError: the output cannot be written.
    """
    try:
        java, wrong = cannot_start(os.environ)
        if java is None:
            return None, () if wrong is None else (wrong,)
        heads, findings = read_heads(request.source, law.corpus.model, law.corpus.first_day)
        if heads is None:
            return None, findings
        tell(0, heads.records)
        manifest, failed = _run(law, request, heads, java)
        if manifest is None:
            return None, failed
        moved = changed_file(heads.tables.files)
        if moved is not None:
            return None, (say("E537", moved.as_posix()),)
        tables = {name: request.aside / f"{name}.parquet" for name in OUTPUTS}
        with database() as link:
            wrong_table = miscounted(link, tables, manifest, key_column(law.corpus.model))
        if wrong_table is not None:
            raise DamagedError(wrong_table)
        for copy in request.copies.values():
            copy(tables, manifest, request.aside)
        write_json(request.aside / MANIFEST, manifest)
        shutil.rmtree(request.aside / SPILL, ignore_errors=True)
        give_name(request.aside, request.output)
        tell(heads.records, heads.records)
        return manifest, ()
    finally:
        shutil.rmtree(request.aside, ignore_errors=True)


def _run(
    law: Law, request: Request, heads: Heads, java: Java
) -> tuple[dict[str, object] | None, tuple[Diagnostic, ...]]:
    from py4j.protocol import Py4JError
    from pyspark import __version__
    from pyspark.errors import PySparkException

    spill = (request.aside / SPILL).resolve().as_posix()
    means = Means(request.master, request.memory, request.threads, spill)
    try:
        with session(means, java) as spark:
            counts, anomalies = compute_on_spark(spark, law, request.settings, heads, request.aside)
    except (PySparkException, Py4JError) as error:
        return None, (in_french(request, str(error)),)
    given = RunInput(
        request.source,
        heads.tables.files,
        request.wanted,
        request.readings or {},
        None,
        ("parquet", *request.copies),
    )
    versions = {"spark": __version__, "java": java.version, "duckdb": duckdb.__version__}
    begun = state("spark", versions, law.corpus.digest, given)
    return {**begun, **counted(counts), "anomalies": anomalies}, ()


def in_french(request: Request, text: str) -> Diagnostic:
    """What Spark says in English and at length, in one French sentence when it is known."""
    master = request.master or LOCAL
    if "No space left on device" in text:
        return say("E536", "--maitre", maitre=master, raison="il n'y a plus de place sur le disque")
    if "OutOfMemoryError" in text:
        return say(
            "E528",
            "--memoire",
            cas="libre" if request.memory is None else "permise",
            memoire=request.memory,
        )
    if OTHER_VERSION in text or "No module named" in text or "Cannot run program" in text:
        lacking = "chaque machine doit avoir le même réglo, avec son option Spark"
        return say("E536", "--maitre", maitre=master, raison=lacking)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return say("E536", "--maitre", maitre=master, raison=lines[0] if lines else "sans un mot")


# --- the records, shared among tasks


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


# --- the rows of the tables


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


# --- a session


@dataclass(frozen=True, slots=True)
class Means:
    """Where Spark computes: ``master`` as it writes it, None for this machine.

    ``memory`` (megabytes) is what each of its processes may use, ``threads`` how many tasks one
    process does at the same time, ``spill`` a folder of this machine for what does not fit.
    """

    master: str | None
    memory: int | None
    threads: int | None
    spill: str

    @property
    def local(self) -> bool:
        """Whether it is this machine."""
        return self.master is None or self.master.startswith("local")

    def settings(self) -> dict[str, str]:
        """The settings of a session that is not there yet."""
        found = {"spark.ui.showConsoleProgress": "false", "spark.log.level": "FATAL"}
        if self.memory is not None:
            size = f"{self.memory}m"
            found |= {"spark.driver.memory": size, "spark.executor.memory": size}
        if self.local:
            master = self.master or LOCAL
            if self.threads is not None:
                master = f"local[{self.threads}]"
            return found | {
                "spark.master": master,
                "spark.ui.enabled": "false",
                "spark.driver.bindAddress": _LOOPBACK,
                "spark.driver.host": _LOOPBACK,
                "spark.local.dir": self.spill,
                "spark.sql.warehouse.dir": self.spill,
            }
        if self.threads is not None:
            found["spark.executor.cores"] = str(self.threads)
        return found | {"spark.master": self.master or LOCAL}


def cannot_start(environment: Mapping[str, str]) -> tuple[Java | None, Diagnostic | None]:
    """The Java to use, and E533 or E534 when a session cannot be had."""
    lacking = next((one for one in _LIBRARIES if find_spec(one) is None), None)
    if lacking is not None:
        return None, say("E533", "--moteur", bibliotheque=lacking)
    java, old = find_java(environment)
    if java is None:
        return None, say(
            "E534",
            "JAVA_HOME",
            cas="ancien" if old else "aucun",
            minimum=OLDEST,
            vus=[f"{one.version} dans {one.home.as_posix()}" for one in old],
        )
    return java, None


@contextmanager
def session(means: Means, java: Java) -> Iterator[SparkSession]:
    """A session with views and settings of its own, ended with its process if it has started it.

    Raises:
        pyspark.errors.PySparkException, py4j.protocol.Py4JError: it cannot be had.
    """
    from pyspark.sql import SparkSession

    logging.getLogger(_NOISE).disabled = True  # it writes the whole stack of what is told anyway
    running = SparkSession.getActiveSession()
    if running is None:
        os.environ[HOME] = java.home.as_posix()
        os.environ.setdefault("SPARK_LOCAL_IP", _LOOPBACK if means.local else "")
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        builder = SparkSession.builder.appName("reglo")
        for name, value in means.settings().items():
            builder = builder.config(name, value)
        spark = builder.getOrCreate()
    else:
        spark = running.newSession()
    for name, value in {**_EXACT, **_QUICK}.items():
        spark.conf.set(name, value)
    try:
        yield spark
    finally:
        if running is None:
            spark.stop()


# --- Java


@dataclass(frozen=True, slots=True)
class Java:
    """A Java that starts: its home, its first version number, and how it says its version."""

    home: Path
    major: int
    version: str


def find_java(environment: Mapping[str, str]) -> tuple[Java | None, tuple[Java, ...]]:
    """The Java of ``JAVA_HOME``, else the first of ``PATH``, if it is recent enough.

    Returns:
        The Java, or None; and those that are too old.
    """
    old: list[Java] = []
    for program in _programs(environment):
        found = _asked(program)
        if found is not None and found.major >= OLDEST:
            return found, tuple(old)
        if found is not None:
            old.append(found)
    return None, tuple(old)


def _programs(environment: Mapping[str, str]) -> Iterator[Path]:
    home = environment.get(HOME)
    if home:
        yield Path(home) / "bin" / "java"
    found = shutil.which("java", path=environment.get("PATH", ""))
    if found is not None:
        yield Path(found)


def _asked(program: Path) -> Java | None:
    """What ``java -version`` says; it says it on the error output."""
    try:
        done = subprocess.run(  # noqa: S603 - the Java of the machine, as its owner set it
            [program, "-version"], capture_output=True, timeout=_PATIENCE, check=False, text=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    found = _VERSION.search(done.stderr)
    if found is None:
        return None
    version = done.stderr.partition('"')[2].partition('"')[0]
    return Java(program.resolve().parent.parent, int(found[1]), version)
