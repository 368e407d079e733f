"""The reference job in the SQL that ``reglo sql`` prints: Parquet goes in, Parquet comes out.

The script is run as it is printed, over the tables of the job; its last statement, the results, is
written to a file.

    .venv/bin/python -m bench.reglo.sql_produit DONNEES
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from bench import measure
from bench.draws import write
from bench.reference import job
from engine.evaluation.law import Law, load_law
from engine.sql.duck import connect
from engine.sql.script import script
from engine.sql.statements import DIALECT

ENGINE = "réglo, SQL produit (DuckDB)"
RULES = Path(__file__).resolve().parents[1] / "reference/regles"
_MADE = re.compile(r"CREATE TEMPORARY (TABLE|VIEW) (\w+) AS")


@dataclass(frozen=True, slots=True)
class Script:
    """The statements of the script, in order: relations to make, then the results."""

    made: Sequence[str]
    results: str

    def at_once(self) -> Script:
        """The same in one query: no table is kept between two statements."""
        made = [_MADE.sub(r"CREATE TEMPORARY VIEW \2 AS", one, count=1) for one in self.made]
        return Script(made, self.results)

    def run(self, link: duckdb.DuckDBPyConnection, out: Path) -> None:
        """Compute every record, write the results, leave nothing behind."""
        drops = []
        for one in self.made:
            link.execute(one)
            drops += [f"DROP {kind} {name}" for kind, name in _MADE.findall(one)]
        write(link, self.results, out)
        for drop in reversed(drops):
            link.execute(drop)


def printed(link: duckdb.DuckDBPyConnection) -> Script:
    """The script of the reference job."""
    law = law_of_reference()
    text = script(law, [law.corpus.first_day], DIALECT)
    *made, results = (one.query.strip() for one in link.extract_statements(text))
    return Script(made, results.removesuffix(";"))


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
        job.show(link, asked.folder)
        made = printed(link)
        out = Path(folder, "resultats.parquet")
        seconds = measure.times(lambda: made.run(link, out), asked.rounds)
        peak = measure.memory()
        exact = measure.check_file(asked, out, cents=False)
    measure.show(ENGINE, asked, seconds, peak, exact)


if __name__ == "__main__":
    main()
