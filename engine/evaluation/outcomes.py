"""What an evaluation gives: values, *sans objet*, or what is lacking; rounding; steps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, NamedTuple, TypeAlias, assert_never, cast

from engine.langage.corpus import Rule, Version
from engine.langage.inputs import Value
from engine.langage.kernel import ABSENT, Absence, RoundingMode
from engine.source.positions import Span


@dataclass(frozen=True, slots=True)
class Lack:
    """One reason why a value cannot be computed.

    ``name`` is the field that the record does not fill, the entry of the register, or the rule
    whose cases do not settle the record (``deux_cas``: two apply; ``aucun_cas``: none does) or
    that divides by 0 (``division``).
    """

    kind: Literal["champ", "registre", "deux_cas", "aucun_cas", "division"]
    name: str
    span: Span = field(compare=False, repr=False)
    others: tuple[Span, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class NotComputable:
    """A value that cannot be computed, with every reason met."""

    lacks: tuple[Lack, ...]


Outcome: TypeAlias = "Value | Absence | NotComputable"
Key: TypeAlias = "tuple[str, int | None]"  # a rule, and the line (from 0) it is evaluated for


class Step(NamedTuple):
    """One rule evaluated, for the record or for line ``line`` (from 0) of its scope.

    ``rule`` and ``version`` are those that applied, None when none did. ``needs`` are the steps
    it read, in order; ``articles`` those of its version, of its case and of its table, as
    « texte art. N »; ``points`` the contested points it relied on itself; ``notes`` what is still
    to be verified in its version or in its table. A tuple: a record makes two hundred of them.
    """

    name: str
    line: int | None
    value: Outcome
    rule: Rule | None
    version: Version | None
    needs: tuple[Step, ...]
    articles: tuple[str, ...]
    points: tuple[str, ...]
    notes: tuple[str, ...] = ()


def below(*steps: Step) -> tuple[Step, ...]:
    """``steps`` and every step they rest on, each once, in the order they were needed."""
    found: dict[Key, Step] = {}
    waiting = list(reversed(steps))
    while waiting:
        one = waiting.pop()
        if (one.name, one.line) not in found:
            found[one.name, one.line] = one
            waiting += reversed(one.needs)
    return tuple(found.values())


def rounded(value: Fraction, step: Fraction, mode: RoundingMode) -> Fraction:
    """``value`` on the grid of ``step``; ``proche`` sends the half away from zero."""
    over = value.numerator * step.denominator
    under = value.denominator * step.numerator
    match mode:
        case "inferieur":
            count = over // under
        case "superieur":
            count = -(-over // under)
        case "proche":
            nearest = (2 * abs(over) + under) // (2 * under)
            count = nearest if over >= 0 else -nearest
        case _:
            assert_never(mode)
    return Fraction(count * step.numerator, step.denominator)


def is_state(value: Outcome) -> bool:
    """Whether ``value`` is no value: *sans objet* or not computable."""
    return value is ABSENT or isinstance(value, NotComputable)


def stopped(values: Iterable[Outcome]) -> Absence | NotComputable | None:
    """Not computable before anything else, then *sans objet*; None when every value is there."""
    states = [value for value in values if is_state(value)]
    if not states:
        return None
    lacks = [lack for one in states if isinstance(one, NotComputable) for lack in one.lacks]
    return NotComputable(tuple(dict.fromkeys(lacks))) if lacks else ABSENT


def once_per_mark(values: list[tuple[Outcome, Outcome]]) -> list[Value]:
    """The values, those that share a present mark reduced to the greatest of them."""
    alone = [value for value, mark in values if mark is ABSENT]
    marked: dict[object, Fraction] = {}
    for value, mark in values:
        if mark is not ABSENT:
            number = cast("Fraction", value)
            marked[mark] = max(number, marked.get(mark, number))
    return cast("list[Value]", [*alone, *marked.values()])
