"""Choices that a seed decides: the same seed gives the same ones, on any machine, for ever."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

_Any = TypeVar("_Any")


class Dice:
    """A sequence of choices.

    Python's own generator promises the same numbers from one version to the next only for some of
    its functions; a property that fails must fail again wherever it is run.
    """

    def __init__(self, seed: str) -> None:
        self._seed, self._thrown = seed, 0

    def pick(self, size: int) -> int:
        """A number from 0 (included) to ``size`` (excluded)."""
        self._thrown += 1
        thrown = hashlib.sha256(f"{self._seed}/{self._thrown}".encode()).digest()
        return int.from_bytes(thrown, "big") % size

    def choose(self, items: Sequence[_Any]) -> _Any:
        """One of some things."""
        return items[self.pick(len(items))]
