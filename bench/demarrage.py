"""Cold start: how long ``reglo calculer`` takes beside a Python that only imports click and yaml.

Prints a small table in French: the median of each command and its ratio to the bare start. The
corpus cache is warm: each command is run once before it is timed.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
TARGET = 4  # times the bare start, for one record
SECOND = 1_000_000_000  # nanoseconds, for a whole school
BARE = "python -c « import click, yaml »"
ONE = "reglo calculer (un dossier)"
SCHOOL = "reglo calculer exemples/lycee.yaml"
RECORD = """\
dossier: D-0001
date: 2024-10-01
agent: {corps: certifie}
services: [{heures: 18, niveau: terminale_generale}]
"""


def main() -> None:
    """Read the number of rounds, measure, print the table."""
    parser = argparse.ArgumentParser(description="Mesure le temps de démarrage de réglo.")
    parser.add_argument("--tours", type=int, default=15, help="nombre de mesures (15)")
    rounds = parser.parse_args().tours
    medians = starts(rounds)
    bare = medians[BARE]
    print(f"Médiane de {rounds} démarrages, cache du corpus déjà écrit.\n")
    print(f"{'commande':<46}{'ms':>8}{'rapport':>10}  cible")
    for label, spent in medians.items():
        ratio = spent / bare
        verdict = {
            ONE: f"rapport ≤ {TARGET} : {'oui' if ratio <= TARGET else 'non'}",
            SCHOOL: f"≤ 1 s : {'oui' if spent <= SECOND else 'non'}",
        }.get(label, "")
        shown = f"{spent / 1_000_000:>8.1f}{ratio:>10.2f}".replace(".", ",")
        print(f"{label:<46}{shown}  {verdict}".rstrip())


def starts(rounds: int) -> dict[str, float]:
    """The median duration of each command, in nanoseconds."""
    with tempfile.TemporaryDirectory() as folder:
        record = Path(folder, "dossier.yaml")
        record.write_text(RECORD, encoding="utf-8")
        return measure(_commands(record), rounds)


def _commands(record: Path) -> dict[str, list[str]]:
    # What the installed « reglo » does; run this way, the script needs no installation.
    reglo = [sys.executable, "-c", "from cli import main; main()", "calculer"]
    return {
        BARE: [sys.executable, "-c", "import click, yaml"],
        ONE: [*reglo, str(record), "--format", "json"],
        SCHOOL: [*reglo, "exemples/lycee.yaml"],  # the table that a person reads
    }


def measure(commands: dict[str, list[str]], rounds: int) -> dict[str, float]:
    """The median duration of each command, in nanoseconds.

    The commands take turns, so that a busy moment of the machine weighs on all of them.
    """
    spent: dict[str, list[int]] = {label: [] for label in commands}
    for command in commands.values():
        _run(command)
    for _ in range(rounds):
        for label, command in commands.items():
            start = time.perf_counter_ns()
            _run(command)
            spent[label].append(time.perf_counter_ns() - start)
    return {label: median(times) for label, times in spent.items()}


def _run(command: list[str]) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"échec de la commande {' '.join(command)}\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    main()
