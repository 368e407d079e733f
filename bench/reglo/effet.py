"""The effect of a change from two campaigns, whatever « reglo impact » says: tables in, JSON out.

.venv/bin/python -m bench.reglo.effet AVANT APRES imp,isoe_fixe
"""

from __future__ import annotations

import argparse
import json
from fractions import Fraction
from pathlib import Path

import duckdb


def main() -> None:
    """Add up, print."""
    parser = argparse.ArgumentParser(description="L'écart de deux campagnes, au centime.")
    parser.add_argument("avant", type=Path)
    parser.add_argument("apres", type=Path)
    parser.add_argument("montants")
    given = parser.parse_args()
    print(json.dumps({"total": str(total(given.avant, given.apres, given.montants.split(",")))}))


def total(before: Path, after: Path, amounts: list[str]) -> Fraction:
    """The sum of the moves of each amount that neither campaign lacks."""
    files = [f"'{(one / 'resultats.parquet').as_posix()}'" for one in (before, after)]
    lacks = "string_split(concat_ws(',', a.non_calculables, b.non_calculables), ',')"
    moves = " + ".join(
        f"CASE WHEN list_contains({lacks}, '{one}') THEN 0 "
        f"ELSE COALESCE(b.{one}, 0) - COALESCE(a.{one}, 0) END"
        for one in amounts
    )
    query = f"SELECT SUM({moves}) FROM {files[0]} AS a JOIN {files[1]} AS b USING (dossier)"  # noqa: S608 - ours
    with duckdb.connect() as link:
        row = link.execute(query).fetchone()
    return Fraction(str(row[0] if row is not None and row[0] is not None else 0))


if __name__ == "__main__":
    main()
