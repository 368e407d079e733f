"""A population of teachers: how many of them goes in, tables of services come out.

One file per table of the campaign, one row per element, keyed by ``dossier`` and sorted by it. The
same number of teachers and the same seed always give the same tables, and fewer teachers the
beginning of them.

    python bench/population.py 1000000 /tmp/population
    python bench/population.py 20000 /tmp/fautes --sale
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from bench import faults
from bench.draws import Draws, connect, write
from bench.teachers import Teachers

SEED = 2024
DAY = date(2024, 10, 1)


def main() -> None:
    """Read the arguments, write the tables."""
    parser = argparse.ArgumentParser(description="Écrit les tables d'une population d'enseignants.")
    parser.add_argument("n", type=int, metavar="N", help="nombre d'enseignants")
    parser.add_argument("dossier", type=Path, metavar="DOSSIER", help="où écrire les tables")
    parser.add_argument("--graine", type=int, default=SEED, help=f"graine du tirage ({SEED})")
    parser.add_argument(
        "--dates",
        type=date.fromisoformat,
        nargs="+",
        default=[DAY],
        metavar="JOUR",
        help=f"dates des dossiers, une par dossier, au hasard ({DAY})",
    )
    parser.add_argument(
        "--sale", action="store_true", help="y met des fautes, dont fautes.json donne la liste"
    )
    given = parser.parse_args()
    generate(given.n, given.dossier, seed=given.graine, days=given.dates)
    if given.sale:
        faults.plant(given.dossier)


def generate(count: int, folder: Path, *, seed: int = SEED, days: Sequence[date] = (DAY,)) -> None:
    """Write the tables of ``count`` teachers, each seen on one of ``days``."""
    folder.mkdir(parents=True, exist_ok=True)
    with connect() as link:
        for name, query in Teachers(Draws(seed), days).tables(count).items():
            write(link, query, folder / f"{name}.parquet")


if __name__ == "__main__":
    main()
