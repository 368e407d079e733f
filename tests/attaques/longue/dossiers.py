"""Mutated records: « calculer » and « campagne » have one verdict, the same words and amounts."""

from __future__ import annotations

import re
from pathlib import Path

from tests.attaques.dossiers_mutes import disagreements, mutated
from tests.attaques.longue.base import Trial

COUNT = 200  # records of a trial


def prepare(_shared: Path) -> None:
    """Nothing: records are drawn by each trial."""


def attempt(trial: Trial) -> None:
    path = trial.kept / "dossiers.jsonl"
    path.write_bytes(mutated(trial.dice.pick(2**32), COUNT))
    wrong, counts = disagreements(path, trial.place / "sortie", computed=trial.chance(4))
    trial.counts["essais"] = COUNT
    trial.counts["refus"] = counts["lignes en faute"]
    trial.counts["calculés"] = counts["calculés"]
    trial.note("\n".join(wrong))
    for one in wrong:
        trial.found(f"verdict {sort_of(one)}", f"calculer et campagne : {one[:300]}")


def sort_of(disagreement: str) -> str:
    """What is the same in two disagreements: the codes on each side, or the result."""
    codes = re.findall(r"\b[EW]\d{3}\b| / ", disagreement)
    return "".join(codes) if len(codes) > 1 else disagreement.partition(" ")[2][:40]
