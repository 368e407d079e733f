"""The module and the SQL written by hand, in turn, in one process.

Same files in, same columns of the same types out, same threads: the ratio of their times is what
writing rules instead of SQL costs. Neither looks at its records: they are known to be sound.

    .venv/bin/python -m bench.reglo.face_a_face DONNEES --tours 7
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import duckdb

from bench import measure
from bench.draws import write
from bench.reference import job
from bench.reference.sql_a_la_main import QUERY
from bench.reglo.lot import computed, law_of_reference
from engine.sql.duck import RESULTS, connect

ENGINE = "réglo face au SQL écrit à la main"
BY_HAND = "a_la_main"


def main() -> None:
    """Measure, check, print."""
    asked = measure.task(ENGINE)
    law = law_of_reference()
    with (
        tempfile.TemporaryDirectory() as folder,
        connect(None, asked.threads, folder) as link,
    ):
        whole = Path(folder, "reglo")
        by_hand = Path(folder, f"{BY_HAND}.parquet")
        job.show(link, asked.folder)
        runs = {
            "reglo": lambda: computed(law, asked.folder, whole, asked.threads),
            BY_HAND: lambda: write(link, QUERY, by_hand),
        }
        spent = measure.alternate(runs, asked.rounds)
        files = [whole / "lots" / f"{RESULTS}.parquet", by_hand]
        exact = [measure.check_file(asked, file, cents=False) for file in files]
        same = len({shape(link, file) for file in files}) == 1
    told = "; ".join(wrong for _, wrong in exact if wrong)
    found = {
        "n": asked.count,
        **{f"{name}_secondes": round(median(one), 4) for name, one in spent.items()},
        "rapport": round(measure.ratio(spent["reglo"], spent[BY_HAND]), 4),
        "exact": told or (True if same else "colonnes ou types différents"),
    }
    print(json.dumps(found, ensure_ascii=False))


def shape(link: duckdb.DuckDBPyConnection, file: Path) -> Sequence[tuple[str, str]]:
    """The names and the types of the columns of a file."""
    found = link.read_parquet(str(file))
    return tuple(zip(found.columns, map(str, found.types), strict=True))


if __name__ == "__main__":
    main()
