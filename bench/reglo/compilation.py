"""From rules to a plan that the database has accepted, in a process that has just started.

Milliseconds of each part: importing the libraries, loading the corpus from its cache, compiling the
rules into a plan, then writing the SQL and having it planned, on tables that have no row.

    .venv/bin/python -m bench.reglo.compilation POPULATION_VIDE
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from itertools import pairwise
from pathlib import Path


def main() -> None:
    """Measure, print."""
    parser = argparse.ArgumentParser(description="Mesure la compilation de tout le corpus.")
    parser.add_argument("vide", type=Path, metavar="DOSSIER", help="tables sans aucun dossier")
    given = parser.parse_args()
    began = time.perf_counter()
    # Importing is one of the things that are measured.
    from bench.population import DAY  # noqa: PLC0415
    from engine.evaluation.compilation.build import Asked, compile_law  # noqa: PLC0415
    from engine.evaluation.compilation.specialise import epoch_numbers  # noqa: PLC0415
    from engine.evaluation.law import load_law  # noqa: PLC0415
    from engine.module.host import build  # noqa: PLC0415
    from engine.sql.duck import Chunks, connect  # noqa: PLC0415
    from engine.sql.inputs import open_inputs  # noqa: PLC0415
    from engine.sql.ranges import raw_sources  # noqa: PLC0415
    from engine.sql.statements import known_statements  # noqa: PLC0415

    marks = [began, time.perf_counter()]
    law, findings = load_law()
    if law is None:
        parser.error(f"règles fautives : {findings}")
    marks.append(time.perf_counter())
    corpus = law.corpus
    with tempfile.TemporaryDirectory() as folder, connect(None, None, folder) as link:
        tables, findings = open_inputs(
            link, given.vide, corpus.model, corpus.first_day, Path(folder)
        )
        if tables is None:
            parser.error(f"tables illisibles : {findings}")
        sources = raw_sources(link, tables)
        marks.append(time.perf_counter())
        statements = known_statements(
            law, epoch_numbers(law, [DAY]), sources, readings={}, wanted=None, anomalies=True
        )
        marks.append(time.perf_counter())
        Chunks(link, corpus, statements, sources).compute()
        statements.save()
        marks.append(time.perf_counter())
    build(compile_law(law, epoch_numbers(law, [DAY]), asked=Asked(controls=False)))
    marks.append(time.perf_counter())
    imports, loading, _, planning, planned, python = (
        round((after - before) * 1000, 1) for before, after in pairwise(marks)
    )
    print(
        json.dumps(
            {
                "imports": imports,
                "corpus": loading,
                "plan": planning,
                "base": planned,
                "total": round(planning + planned, 1),
                "python": python,
            }
        )
    )


if __name__ == "__main__":
    main()
