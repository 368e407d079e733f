"""A compiled law: columns of the record and of its lines, in the order in which they come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, TypeVar

from engine.evaluation.compilation.ir import (
    Call,
    Col,
    ColumnExpr,
    If,
    Lit,
    RowLookup,
    columns,
    nodes,
    parts,
)
from engine.evaluation.compilation.scaled import Scaled
from engine.evaluation.outcomes import Lack
from engine.langage.corpus import Control, Kind
from engine.langage.inputs import Field

TotalKind: TypeAlias = Literal["somme", "compte", "existe", "max", "min", "distincts", "bits"]


@dataclass(frozen=True, slots=True)
class SourceColumn:
    """A column that is read: a field of the record, of its lines, or of the line linked to them.

    ``via`` is the field of ``scope`` that refers to the line of which ``field`` is a field.
    """

    name: str
    scope: str | None
    field: Field
    via: Field | None = None


@dataclass(frozen=True, slots=True)
class CompiledColumn:
    """A value that is worked out; ``rule`` is the name it comes from, for comments."""

    name: str
    scope: str | None
    node: ColumnExpr
    kind: Kind
    rule: str
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Total:
    """A total over the lines of ``collection`` for which ``where`` is true.

    ``once_per``: of the lines that share one value of it, only the greatest ``body`` counts; lines
    without one count by themselves. A sum or a count of nothing is 0, ``existe`` is false, ``bits``
    is 0; the greatest or the least of nothing is ``NULL``. ``nullable``: ``body`` may be ``NULL``,
    such a line counts for nothing.
    """

    name: str
    collection: str
    how: TotalKind
    body: ColumnExpr
    where: ColumnExpr
    once_per: ColumnExpr | None
    kind: Kind
    rule: str
    nullable: bool = False
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Output:
    """A wanted result, and how many decimals its unit has."""

    name: str
    typed: Scaled
    decimals: int


@dataclass(frozen=True, slots=True)
class Alarm:
    """A control: when it fires (never ``NULL``), and the values of its message.

    ``count`` is the column of the record that tells whether it fires: its own truth, or whether it
    does on any line. A value of the message comes with the least number of decimals it is shown
    with.
    """

    control: Control
    condition: ColumnExpr
    count: str
    message: tuple[str | tuple[Scaled, int], ...]


@dataclass(frozen=True, slots=True)
class Level:
    """Columns of the record that only need what comes before."""

    columns: tuple[CompiledColumn, ...]


@dataclass(frozen=True, slots=True)
class Pass:
    """One reading of the lines of a collection: columns of the line, by level, then totals."""

    collection: str
    levels: tuple[tuple[CompiledColumn, ...], ...]
    totals: tuple[Total, ...]


ProgramStep: TypeAlias = "Level | Pass"


@dataclass(frozen=True, slots=True)
class Program:
    """Everything a back end emits. ``lacks``: the reason that each bit of a mask stands for."""

    sources: tuple[SourceColumn, ...]
    columns: tuple[CompiledColumn, ...]
    steps: tuple[ProgramStep, ...]
    outputs: tuple[Output, ...]
    alarms: tuple[Alarm, ...]
    lacks: tuple[Lack, ...]


def schedule(
    columns_: Sequence[CompiledColumn], totals: Sequence[Total]
) -> tuple[ProgramStep, ...]:
    """An order of steps with few readings of each collection."""
    return tuple(_Schedule(columns_, totals).steps())


def reads(item: CompiledColumn | Total) -> frozenset[tuple[str | None, str]]:
    """The columns that ``item`` reads, by scope and name."""
    inside = (
        (item.node,)
        if isinstance(item, CompiledColumn)
        else tuple(one for one in (item.body, item.where, item.once_per) if one is not None)
    )
    return frozenset((col.scope, col.name) for one in inside for col in columns(one))


class _Schedule:
    def __init__(self, columns_: Sequence[CompiledColumn], totals: Sequence[Total]) -> None:
        self._own = [one for one in columns_ if one.scope is None]
        self._lines = line_columns(columns_)
        self._totals = list(totals)
        self._reads = {(one.scope, one.name): reads(one) for one in columns_}
        self._reads |= {(None, one.name): reads(one) for one in totals}
        self._waiting: set[tuple[str | None, str]] = set()
        self._waiting.update((None, one.name) for one in self._own)
        self._waiting.update((None, one.name) for one in self._totals)

    def steps(self) -> Iterator[ProgramStep]:
        """Levels as long as one is ready, then every reading that nothing holds up any more."""
        while self._waiting:
            before = len(self._waiting)
            yield from self._levels()
            # the collections with nothing to wait for; else the least late that has a total ready
            late: dict[str, int] = {}
            ready: set[str] = set()
            for one in self._totals:
                blocked = self._blocked(one)
                late[one.collection] = late.get(one.collection, 0) + blocked
                ready |= set() if blocked else {one.collection}
            whole = [name for name, count in late.items() if count == 0]
            partly = sorted((name for name in late if name in ready), key=late.__getitem__)
            yield from [self._pass(name) for name in whole or partly[:1]]
            if len(self._waiting) == before:
                message = f"circular: {sorted(name for _, name in self._waiting)}"
                raise AssertionError(message)

    def _levels(self) -> Iterator[Level]:
        while True:
            ready = tuple(one for one in self._own if not self._blocked(one))
            if not ready:
                return
            self._own = [one for one in self._own if one not in ready]
            self._waiting -= {(None, one.name) for one in ready}
            yield Level(ready)

    def _blocked(self, item: CompiledColumn | Total) -> bool:
        """Whether ``item`` needs, itself or through columns of its line, what is not there yet."""
        needed = list(
            self._reads[item.scope if isinstance(item, CompiledColumn) else None, item.name]
        )
        seen: set[tuple[str | None, str]] = set()
        while needed:
            key = needed.pop()
            if key in self._waiting:
                return True
            if key in self._lines and key not in seen:
                seen.add(key)
                needed += self._reads[key]
        return False

    def _pass(self, collection: str) -> Pass:
        own = [one for one in self._totals if one.collection == collection]
        ready = tuple(one for one in own if not self._blocked(one))
        self._totals = [one for one in self._totals if one not in ready]
        found = Pass(collection, line_levels(ready, self._lines), ready)
        self._waiting -= {(None, one.name) for one in found.totals}
        return found


def line_columns(
    found: Iterable[CompiledColumn],
) -> Mapping[tuple[str | None, str], CompiledColumn]:
    """The columns of lines, by scope and name."""
    return {(one.scope, one.name): one for one in found if one.scope is not None}


def line_levels(
    wanted: Iterable[CompiledColumn | Total], lines: Mapping[tuple[str | None, str], CompiledColumn]
) -> tuple[tuple[CompiledColumn, ...], ...]:
    """The columns of the line that ``wanted`` need, each level reading the ones before."""
    depth: dict[tuple[str | None, str], int] = {}

    def deep(key: tuple[str | None, str]) -> int:
        if key not in lines:
            return -1
        if key not in depth:
            depth[key] = 1 + max((deep(one) for one in reads(lines[key])), default=-1)
        return depth[key]

    top = max((deep(key) for one in wanted for key in reads(one)), default=-1)
    return tuple(
        tuple(lines[key] for key, level in depth.items() if level == wanted_level)
        for wanted_level in range(top + 1)
    )


_DEEPEST = 40  # operations inside one another, beyond which a column stays by itself

Item = TypeVar("Item", CompiledColumn, Total)


def inline(
    columns: Sequence[CompiledColumn], totals: Sequence[Total], kept: Iterable[Col]
) -> tuple[list[CompiledColumn], list[Total]]:
    """The columns that are read more than once or are in ``kept``, and the totals.

    Args:
        columns: all columns, each after those it reads.
        totals: all totals.
        kept: what is read from outside.
    """
    uses: Counter[Col] = Counter()
    parts = [part for one in totals for part in (one.body, one.where, one.once_per)]
    for node in (*(one.node for one in columns), *parts):
        if node is not None:
            uses.update(one for one in nodes(node) if isinstance(one, Col))
    outside = frozenset(kept)
    inside: dict[Col, ColumnExpr] = {}
    depth: dict[Col, int] = {}
    stay: list[CompiledColumn] = []
    for one in columns:
        col = Col(one.name, one.scope)
        node = substituted(one.node, inside)
        deep = _depth(node)
        if uses[col] == 1 and col not in outside and deep <= _DEEPEST:
            inside[col], depth[col] = node, deep
        else:
            stay.append(replace(one, node=node))
    return stay, [
        replace(
            one,
            body=substituted(one.body, inside),
            where=substituted(one.where, inside),
            once_per=None if one.once_per is None else substituted(one.once_per, inside),
        )
        for one in totals
    ]


def substituted(node: ColumnExpr, inside: Mapping[Col, ColumnExpr]) -> ColumnExpr:
    """``node`` with some columns replaced by what they are."""
    match node:
        case Lit():
            return node
        case Col():
            return inside.get(node, node)
        case Call():
            return replace(node, args=tuple(substituted(arg, inside) for arg in node.args))
        case If():
            cases = tuple(
                (substituted(condition, inside), substituted(value, inside))
                for condition, value in node.cases
            )
            return If(cases, substituted(node.otherwise, inside))
        case RowLookup():
            return replace(node, keys=tuple(substituted(key, inside) for key in node.keys))


def _depth(node: ColumnExpr) -> int:
    below = parts(node)
    return 1 + max(_depth(one) for one in below) if below else 0
