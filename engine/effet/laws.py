"""Two laws and what is measured go in; the module of any law between the two comes out, kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from threading import RLock
from typing import Final, TypeAlias

from engine.evaluation.causes import MARK, Mixture
from engine.evaluation.compilation.build import Demand, check_grids, compile_law
from engine.module.host import Module, build
from engine.sql.exchange import needed_of
from engine.sql.prepare import Needed

KEY: Final = "cle"
_STOPS: Final = " manque"

Chosen: TypeAlias = "frozenset[int] | None"  # the edits that have happened; None: all are spoiled


def output_name(amount: str, place: int) -> str:
    """The column of an amount under the law at ``place`` (from 0) among several."""
    return f"{amount}@{place}"


def stops_column(amount: str) -> str:
    """The column of the reasons for which an amount is not computable."""
    return f"{amount}{_STOPS}"


@dataclass
class Laws:
    """The laws of a mixture, compiled when they are first needed; several threads may share them.

    ``amounts``: what they compute, and the edits that may change it. ``also``: what else the
    prepared tables must have.
    """

    mixture: Mixture
    amounts: Mapping[str, frozenset[int]]
    also: Needed
    _modules: dict[Chosen, Module] = field(default_factory=dict)
    _lock: RLock = field(default_factory=RLock)

    @cached_property
    def ends(self) -> tuple[Chosen, ...]:
        """The old law, the new one, and the one in which no edit is computable."""
        return frozenset(), frozenset(range(len(self.mixture.causes))), None

    @cached_property
    def needed(self) -> Needed:
        """What the prepared tables must have."""
        layouts = [self.module(one).layout for one in self.ends]
        return needed_of(self.mixture.after.model, layouts) | self.also

    @cached_property
    def marks(self) -> dict[int, int]:
        """The edit that each bit of a mask stands for, where no edit is computable."""
        return {
            place: int(lack.name.removeprefix(MARK))
            for place, lack in enumerate(self.module(None).program.lacks)
            if lack.name.startswith(MARK)
        }

    def module(self, chosen: Chosen) -> Module:
        """The law in which some edits have happened.

        Raises:
            OffGridError, UnsupportedError, TooWideError: see ``module_for``.
        """
        with self._lock:
            if chosen not in self._modules:
                law = self.mixture.spoiled() if chosen is None else self.mixture.law(chosen)
                wanted = tuple(
                    name
                    for name, edits in self.amounts.items()
                    if chosen in self.ends or (chosen or frozenset()) <= edits
                )
                asked = Demand(wanted, controls=False)
                program = compile_law(law, self.mixture.numbers, asked=asked)
                check_grids(law, program)
                self._modules[chosen] = build(program)
            return self._modules[chosen]
