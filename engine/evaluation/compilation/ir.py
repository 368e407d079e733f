"""What is compiled: expressions over integers, truths, texts and days, that any back end can emit.

A number is a count of the step of its column. ``NULL`` is *sans objet*; a value that is not
computable is ``NULL`` too, and its mask (an integer, one bit per reason) is then not 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Literal, TypeAlias

ColumnExpr: TypeAlias = "Lit | Col | Call | If | RowLookup"
LiteralValue: TypeAlias = "int | bool | str | date | frozenset[str] | None"
Operation: TypeAlias = Literal[
    "+", "-", "*", "neg", "abs", "//", "quo",
    "==", "!=", "<", "<=", ">", ">=", "in",
    "and", "or", "not", "isnull", "notnull", "coalesce",
    "least", "greatest", "days", "thirtieths", "bitor", "text",
]  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Lit:
    """A literal; None is ``NULL``. A truth is never equal to a number."""

    value: LiteralValue

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Lit)
            and type(self.value) is type(other.value)
            and self.value == other.value
        )

    def __hash__(self) -> int:
        return hash((type(self.value), self.value))


@dataclass(frozen=True, slots=True)
class Col:
    """A column: of the record when ``scope`` is None, else of the lines of that collection."""

    name: str
    scope: str | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """An operation; ``NULL`` when an argument is, but for ``coalesce`` and the tests of it.

    ``//`` and ``quo`` cut what is behind the point of a quotient whose divisor is positive; the
    dividend of ``//`` is proved not negative. ``guarded``: the positions of the arguments that may
    be ``NULL``. ``wide``: a result or an argument may not fit in 64 bits. ``and`` and ``or`` read
    their first argument first, which is never ``NULL``.
    """

    op: Operation
    args: tuple[ColumnExpr, ...]
    guarded: tuple[int, ...] = ()
    wide: bool = False


@dataclass(frozen=True, slots=True)
class If:
    """The value of the first condition that is true, else ``otherwise``; none is ``NULL``."""

    cases: tuple[tuple[ColumnExpr, ColumnExpr], ...]
    otherwise: ColumnExpr


@dataclass(frozen=True, slots=True)
class CountRange:
    """Whole numbers from ``low`` to ``high``, both included; None is infinite."""

    low: int | None
    high: int | None


RowCell: TypeAlias = "frozenset[str] | frozenset[bool] | CountRange"


@dataclass(frozen=True, slots=True)
class RowLookup:
    """The value of the first row all of whose cells hold the keys, which are never ``NULL``."""

    keys: tuple[ColumnExpr, ...]
    rows: tuple[tuple[tuple[RowCell, ...], LiteralValue], ...]
    otherwise: LiteralValue


TRUE: Final = Lit(value=True)
FALSE: Final = Lit(value=False)
NULL: Final = Lit(None)
ZERO: Final = Lit(0)
ONE: Final = Lit(1)


def parts(node: ColumnExpr) -> tuple[ColumnExpr, ...]:
    """The direct sub-expressions of ``node``."""
    match node:
        case Lit() | Col():
            return ()
        case Call():
            return node.args
        case If():
            return (*(part for case in node.cases for part in case), node.otherwise)
        case RowLookup():
            return node.keys


def nodes(node: ColumnExpr) -> Iterator[ColumnExpr]:
    """``node`` and everything below it."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        yield one
        waiting.extend(parts(one))


def columns(node: ColumnExpr) -> frozenset[Col]:
    """The columns that ``node`` reads."""
    return frozenset(one for one in nodes(node) if isinstance(one, Col))


_OPPOSITE: Final[Mapping[Operation, Operation]] = {
    "==": "!=",
    "!=": "==",
    "<": ">=",
    ">=": "<",
    ">": "<=",
    "<=": ">",
}


def both(left: ColumnExpr, right: ColumnExpr) -> ColumnExpr:
    """``left and right``, neither of them ``NULL``."""
    if left == TRUE or right == FALSE:
        return right
    return left if right == TRUE or left == FALSE else Call("and", (left, right))


def either(left: ColumnExpr, right: ColumnExpr) -> ColumnExpr:
    """``left or right``, neither of them ``NULL``."""
    if left == FALSE or right == TRUE:
        return right
    return left if right == FALSE or left == TRUE else Call("or", (left, right))


def negation(node: ColumnExpr) -> ColumnExpr:
    """``not node``; ``NULL`` stays."""
    match node:
        case Lit(bool() as value):
            return Lit(not value)
        case Call(op="not", args=(inside,)):
            return inside
        case Call(op="isnull"):
            return Call("notnull", node.args)
        case Call(op="notnull"):
            return Call("isnull", node.args)
        case Call() if node.op in _OPPOSITE:
            return replace(node, op=_OPPOSITE[node.op])
        case _:
            return Call("not", (node,), (0,))


def choose(cases: list[tuple[ColumnExpr, ColumnExpr]], otherwise: ColumnExpr) -> ColumnExpr:
    """An ``If`` without the cases that can never be, or that say what follows says."""
    kept: list[tuple[ColumnExpr, ColumnExpr]] = []
    for condition, value in cases:
        if condition == FALSE:
            continue
        if condition == TRUE:
            otherwise = value
            break
        kept.append((condition, value))
    while kept and kept[-1][1] == otherwise:
        kept.pop()
    if not kept:
        return otherwise
    if len(kept) == 1 and (kept[0][1], otherwise) == (TRUE, FALSE):
        return kept[0][0]
    return If(tuple(kept), otherwise)
