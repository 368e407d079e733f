"""The reference job on the module, without checks: Parquet goes in, Parquet comes out.

It is a campaign whose records are known to be sound: no validation, no refusal, no anomaly.

    .venv/bin/python -m bench.reglo.lot DONNEES
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from bench import measure
from engine.evaluation.law import Law, load_law
from engine.source.writing import erase
from engine.sql.campaign import Settings, open_database, run
from engine.sql.duck import RESULTS, Counts
from engine.sql.inputs.open import open_inputs

ENGINE = "réglo, module, sans contrôles"
RULES = Path(__file__).resolve().parents[1] / "reference/regles"


def computed(
    law: Law, tables: Path, folder: Path, threads: int | None = None, *, checked: bool = False
) -> tuple[Counts, Mapping[str, int]]:
    """Compute every record of ``tables`` into ``folder``, which is emptied first.

    Returns:
        The counts, and the number of anomalies by code.
    """
    erase(folder)
    copies, parts = folder / "copies", folder / "lots"
    for one in (folder, copies, parts):
        one.mkdir()
    settings = Settings(None, {}, threads=threads, checked=checked)
    with open_database(settings, str(copies)) as link:
        corpus = law.corpus
        raw, findings = open_inputs(link, tables, corpus.model, corpus.first_day, copies)
        if raw is None:
            message = f"tables illisibles : {findings}"
            raise ValueError(message)
        return run(link, law, raw, settings, parts, lambda _done, _records: None)


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
    law = law_of_reference()
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder, "reglo")
        seconds = measure.times(
            lambda: computed(law, asked.folder, whole, asked.threads), asked.rounds
        )
        peak = measure.memory()
        exact = measure.check_file(asked, whole / "lots" / f"{RESULTS}.parquet", cents=False)
    measure.show(ENGINE, asked, seconds, peak, exact)


if __name__ == "__main__":
    main()
