"""A run over Parquet tables on Spark: written aside, sealed by a manifest, renamed.

The output appears whole, or not at all. A run that stops leaves nothing to go on with: Spark itself
does again what a lost machine had done, and a run that is stopped on purpose begins anew.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from typing import TYPE_CHECKING

import duckdb

from engine.evaluation.law import Law
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.sql.campaign import OUTPUTS
from engine.sql.columns import key_column
from engine.sql.content import miscounted
from engine.sql.duck import database
from engine.sql.inputs import changed_file
from engine.sql.manifest import MANIFEST, Given, counted, state
from engine.sql.sealing import SPILL, DamagedError, give_name, write_json
from engine.sql.spark import compute_on_spark
from engine.sql.spark_inputs import Heads, read_heads
from engine.sql.spark_java import Java
from engine.sql.spark_session import LOCAL, Means, cannot_start, session
from engine.sql.spark_task import OTHER_VERSION

if TYPE_CHECKING:
    from engine.sql.runs import Request


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
        return None, (told(request, str(error)),)
    given = Given(
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


def told(request: Request, text: str) -> Diagnostic:
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
