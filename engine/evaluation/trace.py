"""The trace of an evaluation: which node of the law, on which line of the record, gave what.

A node is named by its declaration, the day its version begins and the path down to it: its name is
the same in another process, and after another rule has changed. Whoever asks where an evaluation
went (coverage, explanation, divergence) reads the trace.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from engine.evaluation.outcomes import Key, Outcome
from engine.langage.corpus import (
    Control,
    ControlVersion,
    Row,
    Rule,
    Table,
    TableVersion,
    Version,
)
from engine.langage.kernel import Aggregate, Expr, Ref, children

if TYPE_CHECKING:
    from engine.evaluation.interpreter import Interpreter

At: TypeAlias = "tuple[str, int] | None"  # the current line: its collection, its index from 0
Holder: TypeAlias = Literal["regle", "table", "controle"]

# The first number of a path: what a version holds.
_BODY: Final = 0
_APPLICABLE: Final = 1


class NodePlace(NamedTuple):
    """The name of a node.

    ``owner``: « texte.nom » of the rule or of the table, « texte.code » of the control; ``since``:
    the first day of the version. ``path``: 0 for the body of the version or 1 for its condition,
    then the rank of each part among ``children``; in a table, the rank of the row. From 0.
    """

    holder: Holder
    owner: str
    since: date
    path: tuple[int, ...] = ()

    def part(self, rank: int) -> NodePlace:
        """The place of the part of that rank."""
        return NodePlace(self.holder, self.owner, self.since, (*self.path, rank))


@dataclass(frozen=True, slots=True)
class TracedNode:
    """An expression of the law and its name."""

    place: NodePlace
    expr: Expr

    @property
    def parts(self) -> tuple[TracedNode, ...]:
        """The direct sub-expressions, in the order of the text."""
        return tuple(
            TracedNode(self.place.part(rank), one) for rank, one in enumerate(children(self.expr))
        )

    def part(self, expr: Expr) -> TracedNode:
        """The direct sub-expression that ``expr`` is."""
        ranks = (rank for rank, one in enumerate(children(self.expr)) if one is expr)
        return TracedNode(self.place.part(next(ranks)), expr)

    def walk(self) -> Iterator[TracedNode]:
        """This node and everything below it, parents first."""
        yield self
        for one in self.parts:
            yield from one.walk()


def body_of(rule: Rule, version: Version) -> TracedNode:
    """What gives the value of a rule."""
    return TracedNode(NodePlace("regle", rule.ident, version.period.since, (_BODY,)), version.body)


def applicable_of(rule: Rule, version: Version) -> TracedNode | None:
    """The condition for a version to apply, if it has one."""
    if version.applicable is None:
        return None
    place = NodePlace("regle", rule.ident, version.period.since, (_APPLICABLE,))
    return TracedNode(place, version.applicable)


def condition_of(control: Control, version: ControlVersion) -> TracedNode:
    """The condition of a control."""
    place = NodePlace("controle", control.ident, version.period.since, (_BODY,))
    return TracedNode(place, version.condition)


def row_place(table: Table, version: TableVersion, rank: int) -> NodePlace:
    """The name of a row of a table."""
    return NodePlace("table", table.ident, version.period.since, (rank,))


@dataclass(slots=True)
class Trace:
    """What one interpreter evaluated, in order: a node after its parts.

    ``events``: the step under way (None for a control), the node, the current line, the value.
    ``rows``: the step, the table, the keys, the rank of the row that takes them, if one does.
    """

    events: list[tuple[Key | None, TracedNode, At, Outcome]] = field(default_factory=list)
    rows: list[tuple[Key | None, str, tuple[Outcome, ...], int | None]] = field(
        default_factory=list
    )
    _values: dict[tuple[NodePlace, At], Outcome] = field(default_factory=dict)
    _indexed: int = 0  # how many events are in ``_values``

    def value(self, place: NodePlace, at: At) -> Outcome | None:
        """What a node gave on a line, the same each time; None when it was not evaluated."""
        for _, node, line, value in self.events[self._indexed :]:
            self._values[node.place, line] = value
        self._indexed = len(self.events)
        return self._values.get((place, at))


FieldPlace: TypeAlias = "tuple[str, str | None, int | None]"  # a field, its collection, the line


@dataclass(frozen=True, slots=True)
class Reads:
    """What one step read without going through another rule.

    ``lines`` counts those of each collection it adds up; ``rows`` are those of tables, by table
    and keys, None when no row takes the keys.
    """

    fields: dict[FieldPlace, Outcome] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    rows: dict[tuple[str, tuple[Outcome, ...]], Row | None] = field(default_factory=dict)


def reads_of(interpreter: Interpreter) -> Mapping[Key, Reads]:
    """What each step of a traced interpreter has read itself; nothing, for one that is not told."""
    found: defaultdict[Key, Reads] = defaultdict(Reads)
    for key, node, at, value in interpreter.trace.events:
        if key is None:
            continue
        match node.expr:
            case Aggregate(collection=collection):
                found[key].lines[collection] = len(interpreter.lines(collection))
            case Ref(name=name, scope=scope, via=via) as ref:
                index = None if at is None or scope is None else at[1]
                if via is not None and at is not None:
                    line = interpreter.lines(at[0])[at[1]]
                    index = line.links.get(via)
                    if via in line.values:
                        found[key].fields[via, *at] = line.values[via]
                if ref.kind == "champ":
                    found[key].fields[name, scope, index] = value
            case _:
                pass
    for key, table, keys, rank in interpreter.trace.rows:
        if key is not None:
            rows = interpreter.epoch.tables[table].rows
            found[key].rows[table, keys] = None if rank is None else rows[rank]
    return found
