"""The SQL that réglo makes and the SQL written by hand, in turn, on the same connection.

Same files in, same columns of the same types out, same threads, same settings of the database:
the ratio of their times is what writing rules instead of SQL costs.

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
from bench.reglo.sql_produit import open_job
from engine.sql.duck import connect

ENGINE = "réglo face au SQL écrit à la main"


def main() -> None:
    """Measure, check, print."""
    asked = measure.task(ENGINE)
    with (
        tempfile.TemporaryDirectory() as folder,
        connect(None, asked.threads, folder) as link,
    ):
        made = open_job(link, asked.folder, Path(folder))
        job.show(link, asked.folder)
        files = {
            name: Path(folder, f"{name}.parquet") for name in ("reglo", "requete", "a_la_main")
        }
        spent = measure.alternate(
            {
                "reglo": lambda: made.run(files["reglo"]),
                "a_la_main": lambda: write(link, QUERY, files["a_la_main"]),
                "requete": lambda: made.run(files["requete"], at_once=True),
            },
            asked.rounds,
        )
        exact = [measure.check_file(asked, file, cents=False) for file in files.values()]
        same = len({shape(link, file) for file in files.values()}) == 1
    told = "; ".join(wrong for _, wrong in exact if wrong)
    print(
        json.dumps(
            {
                "n": asked.count,
                **{f"secondes_{name}": round(median(one), 4) for name, one in spent.items()},
                "rapport": round(measure.ratio(spent["reglo"], spent["a_la_main"]), 4),
                "rapport_requete": round(measure.ratio(spent["requete"], spent["a_la_main"]), 4),
                "exact": told or (True if same else "colonnes ou types différents"),
            },
            ensure_ascii=False,
        )
    )


def shape(link: duckdb.DuckDBPyConnection, file: Path) -> Sequence[tuple[str, str]]:
    """The names and the types of the columns of a file."""
    found = link.read_parquet(str(file))
    return tuple(zip(found.columns, map(str, found.types), strict=True))


if __name__ == "__main__":
    main()
