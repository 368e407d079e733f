"""The reference job in the SQL that réglo makes from the rules: Parquet goes in, Parquet comes out.

The statements are those of a campaign on sound tables, without what a campaign adds: nothing is
refused, no anomaly is looked for, and the one relation that only the output reads is not kept.

    .venv/bin/python -m bench.reglo.sql_produit DONNEES
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from bench import measure
from bench.draws import write
from engine.evaluation.compilation.specialise import epoch_numbers
from engine.evaluation.law import Law, load_law
from engine.sql.campaign import raw_sources
from engine.sql.duck import DIALECT, connect
from engine.sql.fragments import quoted
from engine.sql.inputs import open_inputs
from engine.sql.plan import COMPUTED, plan, prepared_view, with_epoch
from engine.sql.prepare import prepare

ENGINE = "réglo, SQL produit (DuckDB)"
RULES = Path(__file__).resolve().parents[1] / "reference/regles"


@dataclass(frozen=True, slots=True)
class Job:
    """Open tables, and the statements over them: the relations made one after the other, the last.

    The statements are written once; running them again writes nothing but the results.
    """

    link: duckdb.DuckDBPyConnection
    stages: Mapping[str, str]
    computed: str
    results: str

    def run(self, out: Path, *, at_once: bool = False) -> None:
        """Compute every record and write the results; ``at_once``: in one query, no table kept."""
        kinds = dict.fromkeys(self.stages, "VIEW" if at_once else "TABLE") | {COMPUTED: "VIEW"}
        for name, sql in {**self.stages, COMPUTED: self.computed}.items():
            self.link.execute(f"CREATE TEMP {kinds[name]} {quoted(name)} AS {sql}")
        write(self.link, self.results, out)
        for name, kind in reversed(kinds.items()):
            self.link.execute(f"DROP {kind} {quoted(name)}")


def open_job(link: duckdb.DuckDBPyConnection, folder: Path, aside: Path) -> Job:
    """Open the tables of ``folder``; ``aside`` is a folder for copies, if the tables need any."""
    law = law_of_reference()
    corpus = law.corpus
    tables, findings = open_inputs(link, folder, corpus.model, corpus.first_day, aside)
    if tables is None:
        message = f"tables illisibles : {findings}"
        raise ValueError(message)
    made = plan(law, epoch_numbers(law, [corpus.first_day]), anomalies=False)
    day = corpus.model.role("date").name
    views = prepare(corpus.model, raw_sources(link, tables), made.needed, None)
    for table, empty in made.empty.items():
        select = views.get(table, empty)
        if table == corpus.model.table:
            select = with_epoch(select, made, corpus.starts, day)
        name = quoted(prepared_view(table))
        link.execute(f"CREATE TEMP VIEW {name} AS {select.sql(dialect=DIALECT)}")
    return Job(
        link,
        {stage.name: stage.select().sql(dialect=DIALECT) for stage in made.stages},
        made.computed.sql(dialect=DIALECT),
        made.results.sql(dialect=DIALECT),
    )


def law_of_reference() -> Law:
    """The corpus of the reference job."""
    law, findings = load_law(RULES)
    if law is None:
        message = f"règles de la tâche : {findings}"
        raise ValueError(message)
    return law


def main() -> None:
    """Measure, check, print."""
    asked = measure.task(ENGINE)
    with (
        tempfile.TemporaryDirectory() as folder,
        connect(None, asked.threads, folder) as link,
    ):
        job = open_job(link, asked.folder, Path(folder))
        out = Path(folder, "resultats.parquet")
        seconds = measure.times(lambda: job.run(out), asked.rounds)
        peak = measure.memory()
        exact = measure.check_file(asked, out, cents=False)
    measure.show(ENGINE, asked, seconds, peak, exact)


if __name__ == "__main__":
    main()
