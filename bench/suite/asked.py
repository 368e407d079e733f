"""What a run of the measures is asked: how many teachers, how often."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from bench.suite.data import Data

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Asked:
    """The sizes of a run, in teachers, and how many times each thing is measured.

    ``size`` is that of what is said of a million; ``sizes`` are those of the growth. ``by_record``
    is what an engine takes that takes records one by one, ``slowly`` the slowest of them, ``alone``
    how many records are computed by the function for one record; ``dirty`` is the size of the
    population that has faults.
    """

    data: Data = field(default_factory=Data)
    size: int = MILLION
    sizes: tuple[int, ...] = (10_000, 100_000, MILLION, 5 * MILLION)
    rounds: int = 3
    by_record: int = 10_000
    slowly: int = 1000
    alone: int = 2000
    dirty: int = 100_000
    large: int = 10 * MILLION

    @property
    def scratch(self) -> Path:
        """Where what is measured writes; emptied after."""
        return self.data.folder / "sorties"


def quick(data: Data) -> Asked:
    """A run of seconds, to try the measures: none of its figures says anything."""
    sizes = (1000, 4000)
    return Asked(data, 4000, sizes, 1, 300, 100, 100, 3000, large=8000)
