"""The SQL that réglo makes and the SQL written by hand, in turn, in one process.

Same files in, same columns of the same types out, same threads, same settings of the database: the
ratio of their times is what writing rules instead of SQL costs. Réglo's SQL is run in three ways:
as ``reglo sql`` prints it, the same in one query, and as a campaign runs it, without its checks.

    .venv/bin/python -m bench.reglo.face_a_face DONNEES --tours 7
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

import duckdb

from bench import measure
from bench.draws import write
from bench.reference import job
from bench.reference.sql_a_la_main import QUERY
from bench.reglo.sql_produit import law_of_reference, printed
from engine.evaluation.compilation.specialise import epoch_numbers
from engine.sql.duck import RESULTS, Chunks, connect
from engine.sql.inputs import open_inputs
from engine.sql.plan import Manners, plan
from engine.sql.ranges import raw_sources
from engine.sql.statements import statements_of

ENGINE = "réglo face au SQL écrit à la main"
BY_HAND = "a_la_main"
WAYS = ("reglo", BY_HAND, "requete", "lot")


def main() -> None:
    """Measure, check, print."""
    asked = measure.task(ENGINE)
    with (
        tempfile.TemporaryDirectory() as folder,
        connect(None, asked.threads, folder) as link,
        connect(None, asked.threads, folder) as other,
    ):
        files = {name: Path(folder, f"{name}.parquet") for name in WAYS}
        job.show(link, asked.folder)
        script = printed(link)
        at_once = script.at_once()
        runs = {
            "reglo": lambda: script.run(link, files["reglo"]),
            BY_HAND: lambda: write(link, QUERY, files[BY_HAND]),
            "requete": lambda: at_once.run(link, files["requete"]),
            "lot": chunk(other, asked.folder, Path(folder), files["lot"]),
        }
        spent = measure.alternate(runs, asked.rounds)
        exact = [measure.check_file(asked, file, cents=False) for file in files.values()]
        same = len({shape(link, file) for file in files.values()}) == 1
    told = "; ".join(wrong for _, wrong in exact if wrong)
    ratios = {
        name: round(measure.ratio(spent[name], spent[BY_HAND]), 4)
        for name in WAYS
        if name != BY_HAND
    }
    found = {
        "n": asked.count,
        **{f"{name}_secondes": round(median(one), 4) for name, one in spent.items()},
        "rapport": ratios["reglo"],
        "rapport_requete": ratios["requete"],
        "rapport_lot": ratios["lot"],
        "exact": told or (True if same else "colonnes ou types différents"),
    }
    print(json.dumps(found, ensure_ascii=False))


def chunk(
    link: duckdb.DuckDBPyConnection, folder: Path, aside: Path, out: Path
) -> Callable[[], None]:
    """What a campaign does of all the records at once, without validation and anomalies."""
    law = law_of_reference()
    corpus = law.corpus
    tables, findings = open_inputs(link, folder, corpus.model, corpus.first_day, aside)
    if tables is None:
        message = f"tables illisibles : {findings}"
        raise ValueError(message)
    made = plan(
        law, epoch_numbers(law, [corpus.first_day]), manners=Manners(anomalies=False, enums=True)
    )
    chunks = Chunks(link, corpus, statements_of(made), raw_sources(link, tables), checked=False)

    def compute() -> None:
        chunks.compute()
        write(link, f"FROM {RESULTS}", out)

    return compute


def shape(link: duckdb.DuckDBPyConnection, file: Path) -> Sequence[tuple[str, str]]:
    """The names and the types of the columns of a file."""
    found = link.read_parquet(str(file))
    return tuple(zip(found.columns, map(str, found.types), strict=True))


if __name__ == "__main__":
    main()
