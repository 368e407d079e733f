"""A campaign in this process, with its checks or without: how long it takes, from tables to tables.

Without: no validation, no refusal, no anomaly. The tables must be sound. The time is that of the
whole run, the plan and the SQL included; not that of importing libraries and loading rules.

    .venv/bin/python -m bench.reglo.campagne POPULATION --sans-controles
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from bench import measure
from bench.reglo.lot import computed
from engine.evaluation.law import Law, load_law
from engine.sql.duck import Counts


def main() -> None:
    """Measure, print."""
    parser = argparse.ArgumentParser(description="Mesure une campagne, avec ou sans contrôles.")
    parser.add_argument("population", type=Path, metavar="DOSSIER", help="tables des enseignants")
    parser.add_argument("--sans-controles", action="store_true", help="ni rejet, ni anomalie")
    given = parser.parse_args()
    law, findings = load_law()
    if law is None:
        parser.error(f"règles fautives : {findings}")
    start = time.perf_counter()
    counts, anomalies = campaign(law, given.population, checked=not given.sans_controles)
    spent = time.perf_counter() - start
    print(
        json.dumps(
            {
                "n": counts.read,
                "secondes": round(spent, 3),
                "memoire_mo": measure.memory(),
                "calcules": counts.computed,
                "anomalies": sum(anomalies.values()),
            }
        )
    )


def campaign(law: Law, population: Path, *, checked: bool) -> tuple[Counts, Mapping[str, int]]:
    """Compute every record of ``population`` into a folder that is thrown away."""
    with tempfile.TemporaryDirectory(dir=population.parent) as folder:
        return computed(law, population, Path(folder, "reglo"), checked=checked)


if __name__ == "__main__":
    main()
