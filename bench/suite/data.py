"""The tables that are measured on: made once, kept, made again when what makes them changes.

A folder appears whole or not at all; its name says what it holds and what made it.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from typing import Literal, TypeAlias

from bench.suite.processes import PYTHON, ROOT, run

Kind: TypeAlias = Literal["population", "population-sale", "reference"]

FOLDER = ROOT / "bench/.donnees"
_POPULATION = ("draws.py", "population.py", "shares.py", "teachers.py")
_MAKERS: dict[Kind, tuple[str, ...]] = {
    "population": _POPULATION,
    "population-sale": (*_POPULATION, "faults.py"),
    "reference": ("draws.py", "reference/donnees.py"),
}


@dataclass(frozen=True, slots=True)
class Data:
    """The tables kept in ``folder``."""

    folder: Path = FOLDER

    def of(self, kind: Kind, count: int) -> Path:
        """The folder of the tables of ``count`` teachers."""
        begins = f"{kind}-{count}-"
        path = self.folder / f"{begins}{_fingerprint(kind)}"
        if path.is_dir():
            return path
        for stale in self.folder.glob(f"{begins}*"):
            shutil.rmtree(stale)
        aside = path.with_suffix(".en-cours")
        aside.parent.mkdir(parents=True, exist_ok=True)
        maker = "reference/donnees.py" if kind == "reference" else "population.py"
        faulty = ("--sale",) if kind == "population-sale" else ()
        run([PYTHON, ROOT / "bench" / maker, str(count), aside, *faulty])
        aside.replace(path)
        return path


def _fingerprint(kind: Kind) -> str:
    """What the tables depend on: what draws them, and the version of the database that hashes."""
    total = blake2b(version("duckdb").encode(), digest_size=4)
    for name in _MAKERS[kind]:
        total.update((ROOT / "bench" / name).read_bytes())
    return total.hexdigest()
