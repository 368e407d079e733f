"""Records go in, what the module of the law says of them comes out: the host in Python."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from itertools import accumulate

import wasmtime

from engine.evaluation.compilation.program import Program
from engine.evaluation.outcomes import NotComputable, Outcome
from engine.evaluation.results import Anomaly, control_anomaly, shown
from engine.langage.corpus import Corpus
from engine.langage.inputs import Field, Value
from engine.langage.kernel import ABSENT
from engine.langage.records import Record
from engine.module.emit import emit
from engine.module.layout import EPOCH_DAY, PIECE, SLOT, Given, Layout, lay_out

_PAGE = 65_536
_ALIGNED = 16


@dataclass(slots=True)
class _Memory:
    """What is written in the memory before a run: the address of each slot, then the columns."""

    slots: list[int]
    parts: list[bytes] = field(default_factory=list)
    size: int = 0

    def put(self, slot: int, data: bytes) -> None:
        self.slots[slot] = self.size
        room = -len(data) % _ALIGNED + _ALIGNED
        self.parts += [data, bytes(room)]
        self.size += len(data) + room


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Module:
    """The module of a program, ready to run."""

    layout: Layout
    text: str
    engine: wasmtime.Engine
    compiled: wasmtime.Module

    @property
    def program(self) -> Program:
        """What it was made from."""
        return self.layout.program

    def outcomes(
        self, records: Sequence[Record], epochs: Sequence[int]
    ) -> list[dict[str, Outcome]]:
        """What the interpreter says of each wanted result of each record."""
        run = self.run(records, epochs)
        names = [(one, str(one.about)) for one in self.layout.results]
        return [
            {name: run.outcome(one, place) for one, name in names} for place in range(len(records))
        ]

    def run(self, records: Sequence[Record], epochs: Sequence[int]) -> Run:
        """The module run on some records, each in its epoch."""
        loaded = self.load(records, epochs)
        loaded.compute()
        return loaded.answers()

    def load(self, records: Sequence[Record], epochs: Sequence[int]) -> Loaded:
        """The columns of some records, each in its epoch, written where the module reads them."""
        layout = self.layout
        memory = _Memory(
            [0] * layout.slots, size=layout.slots * SLOT + -layout.slots * SLOT % _ALIGNED
        )
        texts = _Dictionary({text: number for number, text in enumerate(layout.texts)})
        lines = {
            scope: [record.lines.get(scope, ()) for record in records] for scope in layout.offsets
        }
        memory.put(layout.epoch, _ints("i", epochs))
        counts: dict[str | None, int] = {None: len(records)}
        ends = {scope: list(accumulate(map(len, own), initial=0)) for scope, own in lines.items()}
        for scope, slot in layout.offsets.items():
            counts[scope] = ends[scope][-1]
            memory.put(slot, _ints("i", ends[scope]))
        for one in layout.inputs:
            target, via = one.source.scope, one.source.via
            if via is not None:
                target = (via.link or "").partition(".")[0]
            rows: Iterable[Mapping[str, Value]] = (
                (record.values for record in records) if target is None
                else (line.values for own in lines[target] for line in own)
            )  # fmt: skip
            cells = [row.get(one.source.field.name) for row in rows]
            memory.put(one.values, _column(one.source.field, cells, texts))
            if one.there is not None:
                memory.put(one.there, _bits([cell is not None for cell in cells]))
        for link in layout.links:
            found = [line.links.get(link.name) for own in lines[link.scope] for line in own]
            memory.put(link.values, _ints("i", [place or 0 for place in found]))
            memory.put(link.there, _bits([place is not None for place in found]))
        if layout.ranks is not None:
            memory.put(layout.ranks, texts.ranks())
        if layout.space is not None:
            most = max((len(own) for several in lines.values() for own in several), default=0)
            memory.put(layout.space, bytes(most * PIECE * layout.pieces))
            memory.slots[layout.space + 1] = most * PIECE
        for answer in (*layout.results, *layout.alarms):
            count = counts[answer.scope]
            memory.put(answer.values, bytes(_size(answer, count)))
            if answer.there is not None:
                memory.put(answer.there, bytes(count // 8 + 1))
            for extra, size in ((answer.mask, 8), (answer.den, 16)):
                if extra is not None:
                    memory.put(extra, bytes(size * count))
        store = wasmtime.Store(self.engine)
        exported = wasmtime.Instance(store, self.compiled, []).exports(store)
        own, function = exported["memoire"], exported["calculer"]
        assert isinstance(own, wasmtime.Memory)  # noqa: S101 - written by emit
        assert isinstance(function, wasmtime.Func)  # noqa: S101 - written by emit
        lacking = memory.size - own.data_len(store)
        if lacking > 0:
            own.grow(store, -(-lacking // _PAGE))
        head = _ints("i", memory.slots)
        own.write(store, b"".join([head, bytes(-len(head) % _ALIGNED), *memory.parts]), 0)
        return Loaded(self, memory.slots, list(texts.numbers), ends, len(records), store, own,
                      function, memory.size)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Loaded:
    """Records in the memory of a module, in a store of their own, which goes with them."""

    module: Module
    slots: Sequence[int]
    texts: Sequence[str]
    ends: Mapping[str, Sequence[int]]
    count: int
    store: wasmtime.Store
    memory: wasmtime.Memory
    function: wasmtime.Func
    size: int

    def compute(self) -> None:
        """Run the module on every record."""
        self.function(self.store, 0, self.count)

    def answers(self) -> Run:
        """What the module said."""
        found = self.memory.read(self.store, 0, self.size)
        return Run(self.module, self.slots, found, self.texts, self.ends)


@dataclass(frozen=True, slots=True)
class Run:
    """What a run left in the memory."""

    module: Module
    slots: Sequence[int]
    memory: bytearray
    texts: Sequence[str]
    ends: Mapping[str, Sequence[int]]  # the lines of a record, by collection: where they begin

    def raised(self, corpus: Corpus, place: int) -> list[Anomaly]:
        """The anomalies of the controls for one record, in the order of the corpus."""
        alarms = self.module.program.alarms
        message: dict[int, list[Given]] = {}
        fires: dict[int, Given] = {}
        for one in self.module.layout.alarms:
            number, part = int(one.about[0]), int(one.about[1])
            if part < 0:
                fires[number] = one
            else:
                message.setdefault(number, []).append(one)
        found = []
        for number, condition in fires.items():
            alarm, scope = alarms[number], condition.scope
            first, last = (place, place + 1) if scope is None else (
                self.ends[scope][place], self.ends[scope][place + 1])  # fmt: skip
            for row in range(first, last):
                if self._truth(condition.values, row):
                    values = iter(message.get(number, ()))
                    said = "".join(
                        part if isinstance(part, str)
                        else shown(self.outcome(next(values), row), part[1])
                        for part in alarm.message
                    )  # fmt: skip
                    line = None if scope is None else str(row - first + 1)
                    found.append(control_anomaly(corpus, alarm.control, line, said))
        return found

    def outcome(self, answer: Given, place: int) -> Outcome:
        """A value as the interpreter says it."""
        mask = 0 if answer.mask is None else self._number(answer.mask, place, "<q")
        if mask:
            lacks = self.module.program.lacks
            return NotComputable(tuple(one for bit, one in enumerate(lacks) if mask >> bit & 1))
        if answer.typed.kind is None or not self._truth(answer.there, place):
            return ABSENT
        match answer.sort:
            case "booleen":
                return self._truth(answer.values, place)
            case "texte":
                return self.texts[self._number(answer.values, place)]
            case "jour":
                return date.fromordinal(self._number(answer.values, place) + EPOCH_DAY)
            case "nombre" | "grand":
                long = answer.sort == "nombre"
                count = self._number(answer.values, place, "<q") if long else (
                    self._wide(answer.values, place))  # fmt: skip
                value = count * answer.typed.step
                return value if answer.den is None else value / self._wide(answer.den, place)

    def _truth(self, slot: int | None, place: int) -> bool:
        return slot is None or bool(self.memory[self.slots[slot] + place // 8] >> place % 8 & 1)

    def _number(self, slot: int, place: int, form: str = "<i") -> int:
        at = self.slots[slot] + struct.calcsize(form) * place
        (found,) = struct.unpack_from(form, self.memory, at)
        return int(found)

    def _wide(self, slot: int | None, place: int) -> int:
        if slot is None:
            return 0
        low, high = struct.unpack_from("<Qq", self.memory, self.slots[slot] + 16 * place)
        return int(low) + (int(high) << 64)


def build(program: Program, *, alarms: bool = False) -> Module:
    """The module of a program, with its controls or without.

    Raises:
        UnsupportedError: something of the law has no form there.
    """
    layout = lay_out(program, alarms=alarms)
    text = emit(layout)
    engine = wasmtime.Engine()
    return Module(layout, text, engine, wasmtime.Module(engine, text))


@dataclass(slots=True)
class _Dictionary:
    """A number for each text that is met; those of the law come first."""

    numbers: dict[str, int]

    def number(self, text: str) -> int:
        return self.numbers.setdefault(text, len(self.numbers))

    def ranks(self) -> bytes:
        """The place of each text in their order."""
        order = {text: place for place, text in enumerate(sorted(self.numbers))}
        return _ints("i", [order[text] for text in self.numbers])


def _column(one: Field, cells: Sequence[Value | None], texts: _Dictionary) -> bytes:
    """The values of a field, absent ones being 0."""
    if one.kind == "booleen":
        return _bits([cell is True for cell in cells])
    if one.kind == "nombre":
        grid = one.grid or 1
        return _ints("q", [int(cell / grid) if isinstance(cell, Fraction) else 0 for cell in cells])
    if one.kind == "date":
        return _ints("i", [cell.toordinal() - EPOCH_DAY if isinstance(cell, date) else 0
                           for cell in cells])  # fmt: skip
    return _ints("i", [texts.number(cell) if isinstance(cell, str) else 0 for cell in cells])


def _size(answer: Given, count: int) -> int:
    if answer.sort == "booleen":
        return count // 8 + 1
    return count * {"nombre": 8, "grand": 16}.get(answer.sort, 4)


def _ints(form: str, values: Iterable[int]) -> bytes:
    found = array(form, values)
    return found.tobytes()


def _bits(truths: Sequence[bool]) -> bytes:
    """A bitmap: the first truth is the least bit of the first byte."""
    found = bytearray(len(truths) // 8 + 1)
    for place, truth in enumerate(truths):
        if truth:
            found[place // 8] |= 1 << place % 8
    return bytes(found)
