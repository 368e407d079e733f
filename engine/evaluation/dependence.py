"""The rules in force in some epochs go in; what rests on what comes out, and what conditions read.

Names are those of rules; a table is « table:nom », a contested point « lecture:nom ».
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from engine.langage.checks.turns import reached
from engine.langage.corpus import Epoch
from engine.langage.kernel import (
    Aggregate,
    Choice,
    Const,
    Expr,
    Lookup,
    Op,
    Otherwise,
    Reading,
    Ref,
    walk,
)


def read_by(expr: Expr) -> set[str]:
    """Everything that an expression reads itself, fields aside."""
    found: set[str] = set()
    for one in walk(expr):
        match one:
            case Ref() if one.kind == "regle":
                found.add(one.name)
            case Lookup():
                found.add(f"table:{one.table}")
            case Reading():
                found.add(f"lecture:{one.point}")
            case _:
                pass
    return found


def steered_by(expr: Expr) -> Iterator[Expr]:
    """The parts of an expression that decide which others are read."""
    for one in walk(expr):
        match one:
            case Choice():
                yield from (case.condition for case in one.cases)
            case Aggregate():
                yield from (part for part in (one.where, one.once_per) if part is not None)
            case Lookup():
                yield from one.keys
            case Op() if one.op in ("and", "or"):
                yield from one.args
            case Otherwise() if not isinstance(one.fallback, Const):
                yield one.value
            case _:
                pass


@dataclass(slots=True)
class Dependence:
    """What each name reads, and what it reads in its conditions only, in any of the epochs."""

    reads: dict[str, set[str]] = field(default_factory=dict)
    conditions: dict[str, set[str]] = field(default_factory=dict)

    def learn(self, epoch: Epoch) -> None:
        """Add what is in force in an epoch."""
        for name, same in epoch.rules.items():
            reads = self.reads.setdefault(name, set())
            conditions = self.conditions.setdefault(name, set())
            for _, version in same:
                reads |= read_by(version.body)
                tests = list(steered_by(version.body))
                if version.applicable is not None:
                    reads |= read_by(version.applicable)
                    tests.append(version.applicable)
                conditions.update(*(read_by(one) for one in tests))

    def below(self, names: Iterable[str]) -> frozenset[str]:
        """Everything that ``names`` rest on, themselves included."""
        return reached(self.reads, names)

    def above(self, names: Iterable[str]) -> frozenset[str]:
        """Everything that rests on one of ``names``, themselves included."""
        arrows: dict[str, set[str]] = {}
        for name, reads in self.reads.items():
            for one in reads:
                arrows.setdefault(one, set()).add(name)
        return reached(arrows, names)

    def steers(self, names: Iterable[str]) -> bool:
        """Whether what one of ``names`` gives decides, somewhere, what else is read."""
        tainted = self.above(names)
        return any(reads & tainted for reads in self.conditions.values())
