"""Two laws and what is measured go in; the statements of any law between the two come out, kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from threading import RLock
from typing import Final, TypeAlias

from sqlglot import exp

from engine.evaluation.causes import MARK, Mixture
from engine.evaluation.compilation.ir import ZERO, Call
from engine.evaluation.compilation.program import Output, Program
from engine.evaluation.law import Law
from engine.sql.expressions import BIGINT, cast, column, expression, literal, named
from engine.sql.merging import merged
from engine.sql.plan import Manners, Plan, plan_of, program_of, with_more
from engine.sql.prepare import Needed
from engine.sql.statements import Statements, statements_of

KEY: Final = "cle"
MEASURE: Final = "mesure"
_STOPS: Final = " manque"
_MANNERS: Final = Manners(anomalies=False, enums=True)

Chosen: TypeAlias = "frozenset[int] | None"  # the edits that have happened; None: all are spoiled


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
    _programs: dict[Chosen, Program] = field(default_factory=dict)
    _known: dict[tuple[Chosen, ...], Statements] = field(default_factory=dict)
    _lock: RLock = field(default_factory=RLock)

    @cached_property
    def ends(self) -> tuple[Chosen, ...]:
        """The old law, the new one, and the one in which no edit is computable."""
        return frozenset(), frozenset(range(len(self.mixture.causes))), None

    def together(self, several: tuple[Chosen, ...]) -> Statements:
        """The statements that compute several laws at once, told by their places (from 0)."""
        with self._lock:
            if several not in self._known:
                self._known[several] = statements_of(self._plan(several))
            return self._known[several]

    def preparing(self) -> Statements:
        """Those that prepare what the laws read, for one population: they name its columns."""
        return statements_of(with_more(self._plan(self.ends), self.also))

    @cached_property
    def marks(self) -> dict[int, int]:
        """The edit that each bit of a mask stands for, where no edit is computable."""
        with self._lock:
            return {
                place: int(lack.name.removeprefix(MARK))
                for place, lack in enumerate(self._program(None).lacks)
                if lack.name.startswith(MARK)
            }

    def _plan(self, several: tuple[Chosen, ...]) -> Plan:
        law = Law(self.mixture.after)
        whole = merged([self._program(one) for one in several])
        return plan_of(law, whole, self.mixture.numbers, _MANNERS)

    def _program(self, chosen: Chosen) -> Program:
        if chosen not in self._programs:
            law = self.mixture.spoiled() if chosen is None else self.mixture.law(chosen)
            wanted = [name for name, edits in self.amounts.items()
                      if chosen in self.ends or (chosen or frozenset()) <= edits]  # fmt: skip
            self._programs[chosen] = program_of(law, self.mixture.numbers, None, wanted, _MANNERS)
        return self._programs[chosen]


def measure(made: Plan) -> exp.Select:
    """Each amount of ``COMPUTED`` in units of its last decimal, and why it is not computable."""
    listed = [named(column(made.key), KEY)]
    for output in made.program.outputs:
        mask = output.typed.mask
        stops = literal(0) if mask is None else expression(Call("coalesce", (mask, ZERO)))
        listed += [named(_units(output), output.name), named(stops, stops_column(output.name))]
    return exp.select(*listed)


def _units(output: Output) -> exp.Expr:
    factor = int(output.typed.step * 10**output.decimals)
    found = expression(Call("coalesce", (output.typed.node, ZERO)))
    if factor != 1:
        found = exp.Mul(this=exp.Paren(this=found), expression=literal(factor))
    return cast(found, BIGINT)
