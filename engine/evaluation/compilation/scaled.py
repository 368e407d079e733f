"""Values as counts of a step, with bounds: the arithmetic that proves that nothing is lost.

A number is ``node * step / den``: ``step`` is an exact fraction known beforehand, so a product or
a quotient by a literal costs nothing; ``den`` is an expression, never 0 nor negative, present only
between a quotient and its rounding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import reduce
from operator import add, mul, sub
from typing import Final, Literal, TypeAlias

from engine.evaluation.compilation.ir import (
    FALSE,
    NULL,
    ONE,
    TRUE,
    ZERO,
    Call,
    ColumnExpr,
    If,
    Lit,
    Operation,
    both,
    choose,
    either,
)
from engine.langage.corpus import Kind
from engine.langage.inputs import step_of
from engine.langage.kernel import RoundingMode

Bounds: TypeAlias = "tuple[int, int]"
FITS: Final = 2**63 - 1  # the greatest count of a column of 64 bits
WIDEST: Final = 10**38 - 1  # the greatest that any back end can hold on the way to a rounding


class TooWideError(Exception):
    """A value may leave the range that the back ends hold: its declared bounds are too large."""


@dataclass(frozen=True, slots=True)
class Scaled:
    """One compiled expression.

    ``kind`` is None for *sans objet* and nothing else. ``low`` and ``high`` bound ``node`` (both
    included), for numbers. ``absent``: it may be *sans objet*. ``mask`` is the expression of the
    reasons for which it is not computable, None when it always is; ``node`` is ``NULL`` whenever
    the mask is not 0.
    """

    node: ColumnExpr
    kind: Kind | None
    step: Fraction = Fraction(1)
    low: int = 0
    high: int = 0
    absent: bool = False
    mask: ColumnExpr | None = None
    den: ColumnExpr | None = None
    den_high: int = 1  # ``den`` is at least 1

    @property
    def nullable(self) -> bool:
        """Whether ``node`` may be ``NULL``."""
        return self.absent or self.mask is not None


ABSENT_VALUE: Final = Scaled(NULL, None, absent=True)


def literal(value: Fraction) -> Scaled:
    """A number as the fewest counts: its step is its own unit."""
    step = Fraction(1, value.denominator)
    count = value.numerator
    return Scaled(Lit(count), "nombre", step, count, count)


def truth(node: ColumnExpr, *, absent: bool = False, mask: ColumnExpr | None = None) -> Scaled:
    """A condition."""
    return Scaled(node, "booleen", absent=absent, mask=mask)


def lacking(reason: ColumnExpr) -> Scaled:
    """What is never computable."""
    return Scaled(NULL, None, mask=reason)


def null_test(typed: Scaled) -> ColumnExpr:
    """Whether ``typed`` is ``NULL``."""
    if typed.node == NULL:
        return TRUE
    if typed.absent:
        return Call("isnull", (typed.node,))
    return FALSE if typed.mask is None else Call("!=", (typed.mask, ZERO))


def absence_test(typed: Scaled) -> ColumnExpr:
    """Whether ``typed`` is *sans objet*."""
    if not typed.absent:
        return FALSE
    computable = TRUE if typed.mask is None else Call("==", (typed.mask, ZERO))
    return both(TRUE if typed.node == NULL else Call("isnull", (typed.node,)), computable)


def assured(node: ColumnExpr) -> ColumnExpr:
    """``node`` where it is known not to be ``NULL``: its operations need no guard."""
    match node:
        case Call(op="coalesce" | "isnull" | "notnull" | "and" | "or"):
            return node
        case Call():
            return replace(node, args=tuple(assured(arg) for arg in node.args), guarded=())
        case _:
            return node


def any_null(args: Sequence[Scaled]) -> ColumnExpr:
    """Whether one of ``args`` is ``NULL``."""
    found: ColumnExpr = FALSE
    for arg in args:
        found = either(found, null_test(arg))
    return found


def joined_mask(masks: Sequence[ColumnExpr | None]) -> ColumnExpr | None:
    """Every reason of ``masks``."""
    kept = list(dict.fromkeys(one for one in masks if one is not None and one != ZERO))
    return reduce(lambda left, right: Call("bitor", (left, right)), kept) if kept else None


_FOLDED: Final = {"+": add, "-": sub, "*": mul}


def call(op: Operation, args: Sequence[Scaled], *, wide: bool = False) -> ColumnExpr:
    """An operation that is ``NULL`` when an argument is; worked out when it is on literals."""
    counts = [arg.node.value for arg in args if isinstance(arg.node, Lit)]
    if op in _FOLDED and len(counts) == len(args):
        first, second = (one for one in counts if isinstance(one, int))
        return Lit(_FOLDED[op](first, second))
    guarded = tuple(place for place, arg in enumerate(args) if arg.nullable)
    return Call(op, tuple(arg.node for arg in args), guarded, wide)


def strict(args: Sequence[Scaled]) -> Scaled:
    """What the result of an operation on ``args`` owes to them: its absence and its mask."""
    return Scaled(
        NULL,
        None,
        absent=any(arg.absent for arg in args),
        mask=joined_mask([arg.mask for arg in args]),
    )


def wide(*bounds: int) -> bool:
    """Whether a value within ``bounds`` needs more than 64 bits; too wide is an error."""
    most = max(abs(one) for one in bounds)
    if most > WIDEST:
        raise TooWideError
    return most > FITS


# --- numbers


def at_step(value: Scaled, step: Fraction) -> Scaled:
    """``value`` counted in ``step``, of which its own step is a multiple."""
    factor = value.step / step
    if factor == 1 or value.kind != "nombre" or value.node == NULL:
        return value if value.kind != "nombre" else replace(value, step=step)
    times = factor.numerator
    low, high = value.low * times, value.high * times
    if isinstance(value.node, Lit) and isinstance(value.node.value, int):
        node: ColumnExpr = Lit(value.node.value * times)
    else:
        node = Call("*", (value.node, Lit(times)), (0,) if value.nullable else (), wide(low, high))
    return replace(value, node=node, step=step, low=low, high=high)


def aligned(values: Sequence[Scaled]) -> list[Scaled]:
    """Numbers counted in one step, and over one denominator when any has one."""
    numbers = [value for value in values if value.kind == "nombre"]
    if not numbers:
        return list(values)
    same = step_of([value.step for value in numbers])
    values = [at_step(value, same) for value in values]
    dens = list(dict.fromkeys(value.den for value in values if value.den is not None))
    if not dens:
        return values
    return [over_all(value, dens, values) for value in values]


def over_all(value: Scaled, dens: list[ColumnExpr], values: Sequence[Scaled]) -> Scaled:
    """``value`` over the product of ``dens``, the denominators of ``values``."""
    highs = {one.den: one.den_high for one in values if one.den is not None}
    found = value
    for den in dens:
        if den != value.den and value.node not in (NULL, ZERO):
            found = times_count(found, Scaled(den, "nombre", low=1, high=highs[den]))
    product = reduce(lambda left, right: Call("*", (left, right)), dens)
    high = 1
    for den in dens:
        high *= highs[den]
    wide(high)
    return replace(found, den=product, den_high=high)


def times_count(value: Scaled, count: Scaled) -> Scaled:
    """``value`` times a whole number, bounds included."""
    ends = [one * other for one in (value.low, value.high) for other in (count.low, count.high)]
    low, high = min(ends), max(ends)
    if count.node == ONE:
        return value
    node = count.node if value.node == ONE else call("*", (value, count), wide=wide(low, high))
    owed = strict((value, count))
    return replace(value, node=node, low=low, high=high, absent=owed.absent, mask=owed.mask)


def added(left: Scaled, right: Scaled, op: Literal["+", "-"]) -> Scaled:
    """A sum or a difference."""
    left, right = aligned([left, right])
    if op == "+":
        low, high = left.low + right.low, left.high + right.high
    else:
        low, high = left.low - right.high, left.high - right.low
    if right.node == ZERO:
        return left
    node = (
        right.node
        if left.node == ZERO and op == "+"
        else call(op, (left, right), wide=wide(low, high))
    )
    owed = strict((left, right))
    return replace(left, node=node, low=low, high=high, absent=owed.absent, mask=owed.mask)


def negated(value: Scaled) -> Scaled:
    """The opposite."""
    if isinstance(value.node, Lit) and isinstance(value.node.value, int):
        node: ColumnExpr = Lit(-value.node.value)
    else:
        node = call("neg", (value,), wide=wide(value.low, value.high))
    return replace(value, node=node, low=-value.high, high=-value.low)


def constant(value: Scaled) -> Fraction | None:
    """The value of a literal."""
    if value.den is None and isinstance(value.node, Lit) and isinstance(value.node.value, int):
        return value.node.value * value.step
    return None


def scaled_by(value: Scaled, factor: Fraction) -> Scaled:
    """``value`` times a number known beforehand: its step changes, not its count."""
    if factor == 0:
        zero = ZERO if not value.nullable else If(((null_test(value), NULL),), ZERO)
        return replace(value, node=zero, low=0, high=0, step=Fraction(1), den=None, den_high=1)
    found = negated(value) if factor < 0 else value
    return replace(found, step=found.step * abs(factor))


def product(left: Scaled, right: Scaled) -> Scaled:
    """A product; both may be quotients."""
    for one, other in ((left, right), (right, left)):
        factor = constant(one)
        if factor is not None:
            return scaled_by(other, factor)
    found = times_count(left, right)
    dens = [one for one in (left.den, right.den) if one is not None]
    den = reduce(lambda one, other: Call("*", (one, other)), dens) if dens else None
    high = left.den_high * right.den_high
    wide(high)
    return replace(found, step=left.step * right.step, den=den, den_high=high)


def rounded(value: Scaled, step: Fraction, mode: RoundingMode) -> Scaled:
    """``value`` on the grid of ``step``; ``proche`` sends the half away from zero."""
    ratio = value.step / step
    if value.den is None and ratio.denominator == 1:
        return at_step(value, step)
    if constant(value) is not None:
        message = "a literal is rounded beforehand"
        raise AssertionError(message)
    top = times_count(replace(value, step=Fraction(1), den=None), _count(ratio.numerator))
    bottom = _count(ratio.denominator)
    if value.den is not None:
        bottom = times_count(Scaled(value.den, "nombre", low=1, high=value.den_high), bottom)
    low = -(-top.low // bottom.low) - 1 if top.low < 0 else 0
    high = top.high // bottom.low + 1 if top.high > 0 else 0
    node = _divided(top, bottom, mode)
    return Scaled(node, "nombre", step, low, high, value.absent, value.mask)


def _count(number: int) -> Scaled:
    return Scaled(Lit(number), "nombre", low=number, high=number)


def _divided(top: Scaled, bottom: Scaled, mode: RoundingMode) -> ColumnExpr:
    """A rounded quotient in one integer division, which cuts what is behind the point.

    What is added first sends the quotient to the right whole number, on either side of 0.
    """
    if mode == "proche":
        above, below = times_count(top, _count(2)), times_count(bottom, _count(2))
        shifts = negated(bottom), bottom
    else:
        above, below = top, bottom
        short = added(bottom, _count(1), "-")
        up = mode == "superieur"
        shifts = (_count(0), short) if up else (negated(short), _count(0))
    if top.low >= 0:
        above = added(above, shifts[1], "+")
        return call("//", (above, below), wide=wide(above.high, below.high))
    negative = Call("<", (top.node, ZERO), (0,) if top.nullable else ())
    shift = choose([(negative, shifts[0].node)], shifts[1].node)
    above = added(above, Scaled(shift, "nombre", low=shifts[0].low, high=shifts[1].high), "+")
    return call("quo", (above, below), wide=wide(above.low, above.high, below.high))


# --- comparisons and choices


def unified(values: Sequence[Scaled]) -> list[Scaled]:
    """Values of one kind, numbers counted in one step and over one denominator."""
    found = aligned(values)
    model = next((one for one in found if one.kind is not None), None)
    if model is None:
        return found
    return [
        replace(
            model, node=one.node, low=model.low, high=model.high, absent=one.absent, mask=one.mask
        )
        if one.kind is None
        else one
        for one in found
    ]


def compared(op: Operation, left: Scaled, right: Scaled) -> Scaled:
    """A comparison of two values of one kind."""
    left, right = aligned([left, right])
    too_wide = left.kind == "nombre" and wide(left.low, left.high, right.low, right.high)
    node = call(op, (left, right), wide=too_wide)
    owed = strict((left, right))
    return truth(node, absent=owed.absent, mask=owed.mask)


def extreme(args: Sequence[Scaled], op: Literal["least", "greatest"]) -> Scaled:
    """The least or the greatest of numbers or of days."""
    args = aligned(args)
    pick = min if op == "least" else max
    lows, highs = [arg.low for arg in args], [arg.high for arg in args]
    node = call(op, args, wide=args[0].kind == "nombre" and wide(*lows, *highs))
    owed = strict(args)
    return replace(
        args[0], node=node, low=pick(lows), high=pick(highs), absent=owed.absent, mask=owed.mask
    )


def spread(values: Sequence[Scaled]) -> Bounds:
    """The bounds of whichever of ``values`` is taken."""
    numbers = [one for one in values if one.kind is not None and one.node != NULL]
    return (
        min((one.low for one in numbers), default=0),
        max((one.high for one in numbers), default=0),
    )
