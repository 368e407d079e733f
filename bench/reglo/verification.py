"""The results of a campaign compared with what the interpreter says of its first records.

.venv/bin/python -m bench.reglo.verification POPULATION SORTIE -n 200
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

from bench.draws import connect
from bench.records import documents
from engine.dossiers.read import read_records
from engine.evaluation.law import Law, load_law
from engine.evaluation.outcomes import NotComputable, Outcome
from engine.evaluation.results import compute
from engine.langage.corpus import NOT_COMPUTED
from engine.langage.kernel import ABSENT
from engine.langage.records import Record
from engine.sql.duck import REFUSALS, RESULTS

COUNT = 200


def main() -> None:
    """Compare, print."""
    parser = argparse.ArgumentParser(description="Compare une campagne avec l'interpréteur.")
    parser.add_argument("population", type=Path, metavar="POPULATION", help="tables lues")
    parser.add_argument("sortie", type=Path, metavar="SORTIE", help="dossier de la campagne")
    parser.add_argument("-n", type=int, default=COUNT, help=f"dossiers comparés ({COUNT})")
    given = parser.parse_args()
    law, findings = load_law()
    if law is None:
        parser.error(f"règles fautives : {findings}")
    compared, wrong = differences(law, given.population, given.sortie, given.n)
    told = f"{len(wrong)} valeurs fausses, dont {wrong[0]}" if wrong else True
    print(json.dumps({"compares": compared, "exact": told if compared else "rien à comparer"}))


def differences(law: Law, population: Path, output: Path, count: int) -> tuple[int, list[str]]:
    """How many records were compared, and each value that is not that of the interpreter.

    A record that the campaign refuses is not compared: two rows of one identifier are refused
    together, where the interpreter takes the first. One that it has lost is wrong.
    """
    corpus = law.corpus
    nodes = documents(population, corpus.model, count)
    outcomes = read_records(nodes, corpus.model, first_day=corpus.first_day)
    accepted = [one for one in outcomes if isinstance(one, Record)]
    idents = [one.ident for one in accepted]
    rows = _rows(output / f"{RESULTS}.parquet", idents)
    refused = _rows(output / f"{REFUSALS}.parquet", idents)
    wrong = [f"{one} : perdu" for one in idents if one not in rows and one not in refused]
    compared = [one for one in accepted if one.ident in rows]
    for record in compared:
        row = rows[record.ident]
        lacking = str(row.get(NOT_COMPUTED) or "").split(",")
        wrong += [
            f"{record.ident}, {name} : {row[name]} au lieu de {value}"
            for name, value in compute(law, record).values.items()
            if not _same(value, row[name], lacking=name in lacking)
        ]
    return len(compared), wrong


def _rows(file: Path, idents: list[str]) -> Mapping[str, Mapping[str, object]]:
    with connect() as link:
        found = link.execute(
            "SELECT * FROM read_parquet(?) WHERE dossier IN (SELECT unnest(?::VARCHAR[]))",
            [str(file), idents],
        )
        names = [column[0] for column in found.description or ()]
        return {row[0]: dict(zip(names, row, strict=True)) for row in found.fetchall()}


def _same(value: Outcome, cell: object, *, lacking: bool) -> bool:
    if isinstance(value, NotComputable):
        return cell is None and lacking
    if value is ABSENT:
        return cell is None and not lacking
    if isinstance(value, Fraction):
        return cell is not None and Fraction(str(cell)) == value
    return cell == value


if __name__ == "__main__":
    main()
