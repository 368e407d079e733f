"""The kernel: the ten nodes that checks, interpreter and compilation know, and nothing else.

Laws of evaluation, each held by a test:

- a value is an exact number, a truth, a text, a code, a date, *sans objet* (``ABSENT``) or *not
  computable* (a ``Missing`` that was reached);
- an operation on a not computable value is not computable, first of all, whatever the others;
- an operation on ``ABSENT`` is ``ABSENT``; only ``Otherwise`` turns it into something else, and
  the load checks prove that no ``ABSENT`` reaches the value of a rule without being asked for;
- ``and``, ``or`` and ``Choice`` read from left to right and only what they need;
- a sum or a count over no line is 0; nothing rounds but ``Round``;
- a quotient by 0 is not computable, nor is a ``Choice`` none of whose cases applies.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import Enum
from fractions import Fraction
from typing import Final, Literal, TypeAlias

from engine.langage.inputs import Value
from engine.source.positions import Span


class Absence(Enum):
    """The one state of a thing that has no value because it does not apply."""

    ABSENT = "sans objet"


ABSENT: Final = Absence.ABSENT

Expr: TypeAlias = (
    "Const | Ref | Op | Choice | Aggregate | Lookup | Round | Otherwise | Missing | Reading"
)
Operator: TypeAlias = Literal[
    "+", "-", "*", "/", "neg",
    "==", "!=", "<", "<=", ">", ">=", "in",
    "and", "or", "not",
    "min", "max", "plafond", "plancher",
    "present", "jours", "trentiemes",
]  # fmt: skip
AggregateKind: TypeAlias = Literal["somme", "compte", "compte_distinct", "max", "min", "existe"]
RoundingMode: TypeAlias = Literal["proche", "superieur", "inferieur"]


def thirtieths(first: date, last: date) -> int:
    """The thirtieths of a month from ``first`` to ``last``, both included: 0 if there is no day.

    A whole month counts for thirty, whatever its length; a month that is not whole, for its days.
    """
    if last < first:
        return 0
    months = 12 * (last.year - first.year) + last.month - first.month
    ended = last.day == monthrange(last.year, last.month)[1]
    count = 30 * months + (30 if ended else last.day) - first.day + 1
    if first.day > 1 and (months or ended):  # what the first month has more, or less, than thirty
        count += monthrange(first.year, first.month)[1] - 30
    return count


@dataclass(frozen=True, slots=True)
class Const:
    """A literal, exactly as written; a set of codes for ``in`` (``label``: its name)."""

    value: Value | frozenset[str] | Absence
    span: Span = field(compare=False, repr=False)
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Ref:
    """The value of an input field or of a rule.

    ``scope`` is None for a value of the record, else the collection whose line is meant: the
    current line, or the line that the field ``via`` of the current line refers to.
    """

    kind: Literal["champ", "regle"]
    name: str
    scope: str | None
    span: Span = field(compare=False, repr=False)
    via: str | None = None


@dataclass(frozen=True, slots=True)
class Op:
    """An operation on its arguments.

    ``plafond`` is the lesser of two, ``plancher`` the greater; ``jours`` counts the days from a
    date to another, both included (0 when the second is the day before the first); ``trentiemes``
    counts them as thirtieths of months (``thirtieths``).
    """

    op: Operator
    args: tuple[Expr, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Branch:
    """One branch of a ``Choice``, with the articles it rests on."""

    condition: Expr
    value: Expr
    articles: tuple[str, ...] = ()
    cite: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """The first case that applies; when ``exclusive``, two that apply are an error of the record.

    Without ``otherwise``, no case at all is an error of the record too.
    """

    cases: tuple[Branch, ...]
    otherwise: Expr | None
    exclusive: bool
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A total over the lines of ``collection`` that satisfy ``where``.

    ``once_per``: among the lines that share one present value of it, only the greatest counts.
    ``otherwise`` is the value of a ``max`` or ``min`` over no line.
    """

    kind: AggregateKind
    collection: str
    body: Expr | None
    where: Expr | None
    once_per: Expr | None
    otherwise: Expr | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Lookup:
    """The value of the row of ``table`` that matches ``keys``, in the order of its columns."""

    table: str
    keys: tuple[Expr, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Round:
    """``value`` on the grid of ``step``; ``proche`` sends the half away from zero."""

    value: Expr
    step: Fraction
    mode: RoundingMode
    source: str
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Otherwise:
    """``value``, or ``fallback`` when it is ``ABSENT`` (``fallback`` may say ``ABSENT``)."""

    value: Expr
    fallback: Expr
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Missing:
    """Not computable: the input field ``name`` is needed, or ``name`` is in the register."""

    kind: Literal["champ", "registre"]
    name: str
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Reading:
    """The option of a contested point that is retained, or that the run asks for."""

    point: str
    options: tuple[tuple[str, Expr], ...]
    span: Span = field(compare=False, repr=False)


def children(expr: Expr) -> tuple[Expr, ...]:
    """The direct sub-expressions of ``expr``, in the order of the text."""
    match expr:
        case Const() | Ref() | Missing():
            return ()
        case Op():
            return expr.args
        case Choice():
            inside = [part for case in expr.cases for part in (case.condition, case.value)]
            return (*inside, *([expr.otherwise] if expr.otherwise is not None else []))
        case Aggregate():
            parts = (expr.body, expr.where, expr.once_per, expr.otherwise)
            return tuple(part for part in parts if part is not None)
        case Lookup():
            return expr.keys
        case Round():
            return (expr.value,)
        case Otherwise():
            return (expr.value, expr.fallback)
        case Reading():
            return tuple(option for _, option in expr.options)


def with_children(expr: Expr, parts: Sequence[Expr]) -> Expr:
    """``expr`` with other direct sub-expressions: as many as ``children`` gives, in its order."""
    match expr:
        case Const() | Ref() | Missing():
            return expr
        case Op():
            return replace(expr, args=tuple(parts))
        case Choice():
            pairs = zip(expr.cases, parts[::2], parts[1::2], strict=False)
            cases = tuple(replace(case, condition=test, value=value) for case, test, value in pairs)
            otherwise = None if expr.otherwise is None else parts[-1]
            return replace(expr, cases=cases, otherwise=otherwise)
        case Aggregate():
            left = iter(parts)
            given = [
                None if old is None else next(left)
                for old in (expr.body, expr.where, expr.once_per, expr.otherwise)
            ]
            body, where, once_per, otherwise = given
            return replace(expr, body=body, where=where, once_per=once_per, otherwise=otherwise)
        case Lookup():
            return replace(expr, keys=tuple(parts))
        case Round():
            return replace(expr, value=parts[0])
        case Otherwise():
            return replace(expr, value=parts[0], fallback=parts[1])
        case Reading():
            names = (name for name, _ in expr.options)
            return replace(expr, options=tuple(zip(names, parts, strict=True)))


def values_of(expr: Expr) -> tuple[Expr, ...]:
    """The sub-expressions that may be, or make, the value of ``expr``: its conditions left out."""
    match expr:
        case Choice():
            rest = () if expr.otherwise is None else (expr.otherwise,)
            return (*(case.value for case in expr.cases), *rest)
        case Aggregate():
            return tuple(part for part in (expr.body, expr.otherwise) if part is not None)
        case _:
            return children(expr)


def walk(expr: Expr) -> tuple[Expr, ...]:
    """``expr`` and everything below it, parents first."""
    found: list[Expr] = []
    waiting = [expr]
    while waiting:
        node = waiting.pop()
        found.append(node)
        waiting.extend(reversed(children(node)))
    return tuple(found)
