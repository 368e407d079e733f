"""Where a module reads and writes: the columns of the records, as Arrow lays them out.

The memory begins with a table of addresses, one of 32 bits for each *slot*. A column is one slot or
several: its values, the bitmap of the values that are there, the offsets of the lines of each
record. Numbers are whole counts of a step, 64 bits (128 for a
result that may need them); days are counted from 1970-01-01, 32 bits;
truths are one bit each; texts and codes are numbers of a dictionary, 32 bits, which begins with the
texts that the law itself names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from engine.evaluation.compilation.ir import ColumnExpr, Lit, RowLookup, nodes
from engine.evaluation.compilation.program import Pass, Program, SourceColumn, Total
from engine.evaluation.compilation.scaled import FITS, Scaled
from engine.langage.corpus import Kind

Storage: TypeAlias = Literal["nombre", "grand", "jour", "texte", "booleen"]
SORTS: Final[Mapping[Kind, Storage]] = {
    "nombre": "nombre",
    "date": "jour",
    "texte": "texte",
    "code": "texte",
    "booleen": "booleen",
}
SLOT: Final = 4  # bytes of an address
EPOCH_DAY: Final = 719_163  # what ``date.toordinal`` says of 1970-01-01
PIECE: Final = 16  # bytes of a line in the working space: a value or a mark, and what it has


@dataclass(frozen=True, slots=True)
class Input:
    """A field that is read: the slots of its values and, when it may lack, of its bitmap.

    ``link``: the field that leads from a line to the line of ``target`` of which this is a field;
    its own slots hold the place of that line among those of the record.
    """

    source: SourceColumn
    sort: Storage
    values: int
    there: int | None

    @property
    def table(self) -> str | None:
        """The collection in the lines of which it is read; None: the record."""
        via = self.source.via
        return self.source.scope if via is None else (via.link or "").partition(".")[0]


@dataclass(frozen=True, slots=True)
class Link:
    """A field of ``scope`` that leads to a line of ``target``."""

    scope: str
    name: str
    target: str
    values: int
    there: int


@dataclass(frozen=True, slots=True)
class AnswerSlots:
    """A value that is given: a result, whether a control fires, or a value of its message.

    ``about`` is what it is of: the place of a control, then that of a part of its message.
    ``scope``: the collection each line of which has one. ``mask`` is the slot of the reasons for
    which it is not computable, ``den`` that of its denominator.
    """

    about: str | tuple[int, int]
    scope: str | None
    typed: Scaled
    sort: Storage
    values: int
    there: int | None
    mask: int | None
    den: int | None

    @property
    def control(self) -> int:
        """The place of the control of which it tells something."""
        return int(self.about[0])

    @property
    def part(self) -> int | None:
        """The place of the part of the message that it is; None: whether the control fires."""
        return None if int(self.about[1]) < 0 else int(self.about[1])

    def columns(self) -> Iterator[tuple[int, int | None]]:
        """Its slots, each with the bytes of a value; None for a bitmap."""
        width = {"booleen": None, "nombre": 8, "grand": 16}.get(self.sort, 4)
        for slot, own in ((self.values, width), (self.there, None), (self.mask, 8), (self.den, 16)):
            if slot is not None:
                yield slot, own


@dataclass(slots=True)
class Layout:
    """Everything that a host must know, slot by slot."""

    program: Program
    texts: tuple[str, ...]
    inputs: tuple[Input, ...] = ()
    links: tuple[Link, ...] = ()
    offsets: Mapping[str, int] = field(default_factory=dict)
    epoch: int = 0
    ranks: int | None = None
    space: int | None = None  # of the working space, and then of the size of one piece of it
    pieces: int = 0
    spaced: frozenset[str] = frozenset()  # the collections whose totals use the working space
    results: tuple[AnswerSlots, ...] = ()
    alarms: tuple[AnswerSlots, ...] = ()
    slots: int = 0

    def take(self, count: int = 1) -> int:
        """The first of ``count`` new slots."""
        self.slots += count
        return self.slots - count


def lay_out(program: Program, *, alarms: bool) -> Layout:
    """The layout of a program, with its controls or without."""
    found = Layout(program, tuple(sorted(_texts(program))))
    found.epoch = found.take()
    scopes = dict.fromkeys(_scopes(program, alarms=alarms))
    found.offsets = {scope: found.take() for scope in scopes}
    links: dict[tuple[str, str], Link] = {}
    inputs: list[Input] = []
    for source in program.sources:
        if source.scope is not None and source.via is not None:
            key = source.scope, source.via.name
            if key not in links:
                target = (source.via.link or "").partition(".")[0]
                links[key] = Link(*key, target, found.take(), found.take())
                if target not in found.offsets:
                    found.offsets = {**found.offsets, target: found.take()}
        lacks = source.via is not None or source.field.may_be_absent
        inputs.append(
            Input(source, SORTS[source.field.kind], found.take(), found.take() if lacks else None)
        )
    found.inputs, found.links = tuple(inputs), tuple(links.values())
    totals = [one for step in program.steps if isinstance(step, Pass) for one in step.totals]
    if any(one.how in ("max", "min") and one.kind in ("texte", "code") for one in totals):
        found.ranks = found.take()
    found.pieces = sum(needs_space(one) for one in totals)
    if found.pieces:
        found.space = found.take(2)
        found.spaced = frozenset(one.collection for one in totals if needs_space(one))
    found.results = tuple(
        _given(found, one.name, None, one.typed, one.typed.kind) for one in program.outputs
    )
    if alarms:
        answers = []
        for place, alarm in enumerate(program.alarms):
            scope = alarm.control.scope
            fires = Scaled(alarm.condition, "booleen")
            answers.append(_given(found, (place, -1), scope, fires, "booleen"))
            for at, part in enumerate(alarm.message):
                if not isinstance(part, str):
                    answers.append(_given(found, (place, at), scope, part[0], part[0].kind))
        found.alarms = tuple(answers)
    return found


def needs_space(total: Total) -> bool:
    """Whether a total keeps what it has seen of a record."""
    return total.how == "distincts" or (total.how == "somme" and total.once_per is not None)


def _given(
    found: Layout, about: str | tuple[int, int], scope: str | None, typed: Scaled, kind: Kind | None
) -> AnswerSlots:
    sort: Storage = "booleen" if kind is None else SORTS[kind]
    if sort == "nombre" and max(abs(typed.low), abs(typed.high)) > FITS:
        sort = "grand"
    return AnswerSlots(
        about,
        scope,
        typed,
        sort,
        found.take(),
        found.take() if typed.nullable else None,
        None if typed.mask is None else found.take(),
        None if typed.den is None else found.take(),
    )


def _scopes(program: Program, *, alarms: bool) -> list[str]:
    found = [step.collection for step in program.steps if isinstance(step, Pass)]
    if alarms:
        found += [one.control.scope for one in program.alarms if one.control.scope is not None]
    return found


def _texts(program: Program) -> set[str]:
    """Every text that the law names: the codes of its tables, sets and comparisons."""
    found: set[str] = set()
    for node in _all_nodes(program):
        for one in nodes(node):
            match one:
                case Lit(str() as text):
                    found.add(text)
                case Lit(frozenset() as several):
                    found |= several
                case RowLookup():
                    found |= _texts_of_rows(one)
                case _:
                    pass
    return found


def _texts_of_rows(node: RowLookup) -> set[str]:
    found = {value for _, value in node.rows if isinstance(value, str)}
    found |= {node.otherwise} if isinstance(node.otherwise, str) else set()
    for cells, _ in node.rows:
        for cell in cells:
            if isinstance(cell, frozenset):
                found |= {one for one in cell if isinstance(one, str)}
    return found


def _all_nodes(program: Program) -> list[ColumnExpr]:
    totals = [one for step in program.steps if isinstance(step, Pass) for one in step.totals]
    found = [one.node for one in program.columns]
    found += [
        part for one in totals for part in (one.body, one.where, one.once_per) if part is not None
    ]
    typed = [one.typed for one in program.outputs]
    for alarm in program.alarms:
        found.append(alarm.condition)
        typed += [part[0] for part in alarm.message if not isinstance(part, str)]
    found += [part for one in typed for part in (one.node, one.mask, one.den) if part is not None]
    return found
