"""Exact operations on values and states that the interpreter and the generated code share."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import assert_never, cast

from engine.evaluation.outcomes import NotComputable, Outcome
from engine.langage.inputs import Value
from engine.langage.kernel import ABSENT, Absence, RoundingMode


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
