"""Records or their columns go in, what the module of the law says of them comes out."""

from __future__ import annotations

import re
import struct
from array import array
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from importlib.metadata import version
from itertools import accumulate
from operator import sub
from typing import NamedTuple

import wasmtime

from engine.evaluation.compilation.build import Demand, check_grids, compile_law
from engine.evaluation.compilation.program import Program
from engine.evaluation.law import Law
from engine.evaluation.outcomes import Lack, NotComputable, Outcome
from engine.evaluation.results import shown
from engine.langage.inputs import Field, Value
from engine.langage.kernel import ABSENT
from engine.langage.records import Record
from engine.module.emit import emit
from engine.module.layout import EPOCH_DAY, PIECE, SLOT, AnswerSlots, Layout, lay_out
from engine.source.cache import cache_file, keep, kept

_PAGE = 65_536
_ALIGNED = 16
_WORDS = 2**32  # an address goes round
_MOST_WORDS = 2**16  # messages kept from chunk to chunk
_SOME = re.compile(b"[^\0]", re.DOTALL)
_SET = tuple(tuple(bit for bit in range(8) if byte >> bit & 1) for byte in range(256))


class StoppedError(Exception):
    """The module stopped: a defect of the compiler, since nothing accepted may stop it."""


@dataclass(frozen=True, slots=True)
class Columns:
    """What a module reads of some records, as it reads it.

    ``parts``: the bytes of each slot. ``ends``: for each collection, where the lines of each record
    begin among all of them, then their number. ``texts``: what the numbers of texts stand for.
    """

    count: int
    parts: Mapping[int, bytes | bytearray]
    ends: Mapping[str, Sequence[int]]
    texts: Mapping[int, str]


class Alert(NamedTuple):
    """A control that fires with one message: its place in the program, what it says, where.

    ``rows``: the records, or the lines among all those of its collection, in order.
    """

    control: int
    said: str
    rows: Sequence[int]


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Module:
    """The module of a program, ready to run."""

    layout: Layout
    compiled: wasmtime.Module
    engine: wasmtime.Engine
    # What the controls say, by their values; texts have other numbers in each chunk.
    words: dict[object, str] = field(default_factory=dict, compare=False, repr=False)

    def __reduce__(self) -> tuple[Callable[..., Module], tuple[Layout, bytes]]:
        return _opened, (self.layout, bytes(self.compiled.serialize()))

    @property
    def program(self) -> Program:
        """What it was made from."""
        return self.layout.program

    def outcomes(
        self, records: Sequence[Record], epochs: Sequence[int]
    ) -> list[dict[str, Outcome]]:
        """What the interpreter says of each wanted result of each record."""
        loaded, _ = self.run(records, epochs)
        return [loaded.outcomes(place) for place in range(len(records))]

    def run(
        self, records: Sequence[Record], epochs: Sequence[int]
    ) -> tuple[Loaded, tuple[Alert, ...]]:
        """The module run on some records, each in its epoch, and the controls that fire."""
        loaded = self.load(self.columns(records, epochs))
        return loaded, tuple(loaded.compute())

    def columns(self, records: Sequence[Record], epochs: Sequence[int]) -> Columns:
        """The columns of some records, each in its epoch."""
        layout = self.layout
        texts = _Dictionary({text: number for number, text in enumerate(layout.texts)})
        lines = {
            scope: [record.lines.get(scope, ()) for record in records] for scope in layout.offsets
        }
        ends = {scope: list(accumulate(map(len, own), initial=0)) for scope, own in lines.items()}
        parts: dict[int, bytes | bytearray] = {layout.epoch: _ints("i", epochs)}
        for one in layout.inputs:
            target = one.table
            rows: Iterable[Mapping[str, Value]] = (
                (record.values for record in records)
                if target is None
                else (line.values for own in lines[target] for line in own)
            )
            cells = [row.get(one.source.field.name) for row in rows]
            parts[one.values] = _column(one.source.field, cells, texts)
            if one.there is not None:
                parts[one.there] = _bits([cell is not None for cell in cells])
        for link in layout.links:
            found = [line.links.get(link.name) for own in lines[link.scope] for line in own]
            parts[link.values] = _ints("i", [place or 0 for place in found])
            parts[link.there] = _bits([place is not None for place in found])
        known = {number: text for text, number in texts.numbers.items()}
        return Columns(len(records), parts, ends, known)

    def load(self, given: Columns, block: int | None = None) -> Loaded:
        """Columns written where the module reads them, in a store of their own.

        ``block``: how many records are computed at a time, all of them when None. What the controls
        say is only kept of one block.
        """
        layout, store = self.layout, wasmtime.Store(self.engine)
        exported = wasmtime.Instance(store, self.compiled, []).exports(store)
        memory, function = exported["memoire"], exported["calculer"]
        assert isinstance(memory, wasmtime.Memory)  # noqa: S101 - written by emit
        assert isinstance(function, wasmtime.Func)  # noqa: S101 - written by emit
        parts = dict(given.parts)
        parts |= {slot: _ints("i", given.ends[scope]) for scope, slot in layout.offsets.items()}
        if layout.ranks is not None:
            parts[layout.ranks] = _ranks(given.texts)
        slots = [0] * layout.slots
        size = _aligned(layout.slots * SLOT)

        def take(slot: int, length: int) -> None:
            nonlocal size
            slots[slot] = size
            size += _aligned(length) + _ALIGNED

        for slot, data in parts.items():
            take(slot, len(data))
        if layout.space is not None:
            most = max(most_of(given.ends[scope], 1) for scope in layout.spaced)
            take(layout.space, most * PIECE * layout.pieces)
            slots[layout.space + 1] = most * PIECE
        step = max(1, given.count if block is None else min(block, given.count))
        rows = {scope: most_of(own, step) for scope, own in given.ends.items()}
        bitmaps: tuple[int, int] = (0, 0)
        for bits in (False, True):  # the bitmaps of the controls together: they are cleared at once
            bitmaps = size, size
            for answer in (*(() if bits else layout.results), *layout.alarms):
                result = isinstance(answer.about, str)
                count = (
                    given.count
                    if result
                    else step
                    if answer.scope is None
                    else (rows[answer.scope])
                )
                for slot, width in answer.columns():
                    if result or bits == (width is None):
                        # a block may begin in the middle of a byte
                        take(slot, count // 8 + 2 if width is None else width * count)
            bitmaps = bitmaps[0], size
        lacking = size - memory.data_len(store)
        if lacking > 0:
            memory.grow(store, -(-lacking // _PAGE))
        view = memoryview(memory.get_buffer_ptr(store)).cast("B")
        for slot, data in parts.items():
            view[slots[slot] : slots[slot] + len(data)] = data
        return Loaded(self, given, step, tuple(slots), slots, bitmaps, store, view, function)


def most_of(ends: Sequence[int], step: int) -> int:
    """The greatest number of lines of ``step`` records that follow each other from the first."""
    starts = [*ends[::step], ends[-1]]
    return max(map(sub, starts[1:], starts), default=0)


def _aligned(length: int) -> int:
    return length + -length % _ALIGNED


@dataclass(frozen=True, slots=True)
class Loaded:
    """Records in the memory of a module.

    ``slots``: where the first record or line of each column would be. ``bases``: where the first
    one of a block is.
    """

    module: Module
    given: Columns
    step: int
    bases: Sequence[int]
    slots: list[int]
    bitmaps: tuple[int, int]
    store: wasmtime.Store
    view: memoryview
    function: wasmtime.Func

    def compute(self) -> Iterator[Alert]:
        """Run the module on every record, as the controls that fire are asked for.

        Raises:
            StoppedError: a defect of the compiler.
        """
        layout = self.module.layout
        fires = [one for one in layout.alarms if one.part is None]
        parts: dict[int, list[AnswerSlots]] = {one.control: [] for one in fires}
        for one in layout.alarms:
            parts[one.control] += [] if one.part is None else [one]
        moving = [
            (slot, width, one.scope) for one in layout.alarms for slot, width in one.columns()
        ]
        words: dict[object, str] = {}
        if len(self.module.words) > _MOST_WORDS:
            self.module.words.clear()
        for first in range(0, self.given.count, self.step):
            last = min(first + self.step, self.given.count)
            low, high = self.bitmaps
            self.view[low:high] = bytes(high - low)
            starts: dict[str | None, int] = {None: first}
            starts |= {scope: ends[first] for scope, ends in self.given.ends.items()}
            for slot, width, scope in moving:
                row = starts[scope]
                self.slots[slot] = self.bases[slot] - (row // 8 if width is None else row * width)
            told = _ints("I", [one % _WORDS for one in self.slots])
            self.view[: len(told)] = told
            try:
                self.function(self.store, first, last)
            except wasmtime.Trap as error:
                raise StoppedError from error
            for one in fires:
                texts = any(each.sort == "texte" for each in parts[one.control])
                known = words if texts else self.module.words
                yield from self._alerts(one, parts[one.control], (first, last), known)

    def finish(self) -> None:
        """Run the module on every record, without a word of the controls."""
        deque(self.compute(), maxlen=0)

    def _alerts(
        self,
        fires: AnswerSlots,
        parts: Sequence[AnswerSlots],
        block: tuple[int, int],
        words: dict[object, str],
    ) -> Iterator[Alert]:
        """The records or the lines of a block for which a control fires, by message."""
        ends = None if fires.scope is None else self.given.ends[fires.scope]
        first, last = block if ends is None else (ends[block[0]], ends[block[1]])
        start = self.slots[fires.values] + first // 8
        bitmap = self.view[start : start + (last - first) // 8 + 2].tobytes()
        places = [
            row + bit
            for found in _SOME.finditer(bitmap)
            for row in [(first // 8 + found.start()) * 8]
            for bit in _SET[bitmap[found.start()]]
        ]
        read = self._reader(parts)
        groups: dict[object, list[int]] = {}
        if read is not None:
            for place in places:
                groups.setdefault(read(place), []).append(place)
        elif places:
            groups[None] = places
        for key, rows in groups.items():
            said = words.get((fires.control, key))
            if said is None:
                said = words[fires.control, key] = self._words(fires, parts, rows[0])
            yield Alert(fires.control, said, rows)

    def _words(self, fires: AnswerSlots, parts: Sequence[AnswerSlots], place: int) -> str:
        values = iter(parts)
        return "".join(
            part if isinstance(part, str) else shown(self.outcome(next(values), place), part[1])
            for part in self.module.program.alarms[fires.control].message
        )

    def _reader(self, parts: Sequence[AnswerSlots]) -> Callable[[int], object] | None:
        """What gives the bits that values of a message are made of, in a row; None without any."""
        whole = {4: self.view.cast("i"), 8: self.view.cast("q")}
        words: list[tuple[memoryview, int, int]] = []
        bits: list[int] = []
        for slot, width in (column for one in parts for column in one.columns()):
            at = self.slots[slot]
            if width is None:
                bits.append(at)
            elif width in whole:
                words.append((whole[width], at // width, 1))
            else:
                words += [(whole[8], at // 8 + half, 2) for half in range(2)]
        if not words and not bits:
            return None
        if len(words) == 1 and not bits:
            ((view, base, _),) = words
            return lambda place: view[base + place]

        def read(place: int) -> object:
            found = [view[base + step * place] for view, base, step in words]
            return (*found, *(self.view[at + place // 8] >> place % 8 & 1 for at in bits))

        return read

    # --- results

    def lacking(self) -> Iterator[tuple[int, tuple[int, ...]]]:
        """Each record of which some result is not computable, with the reasons of every result."""
        slots = [one.mask for one in self.module.layout.results]
        masks = [None if slot is None else self.column(slot, 8) for slot in slots]
        union = 0
        for mask in masks:
            union |= 0 if mask is None else int.from_bytes(mask, "little")
        if not union:
            return
        # One row a record: a row is then one slice, and few are different.
        rows = bytearray(8 * len(masks) * self.given.count)
        words = memoryview(rows).cast("q")
        for place, mask in enumerate(masks):
            if mask is not None:
                words[place :: len(masks)] = memoryview(mask).cast("q")
        width, seen = 8 * len(masks), -1
        known: dict[bytes, tuple[int, ...]] = {}
        for found in _SOME.finditer(union.to_bytes(8 * self.given.count, "little")):
            record = found.start() // 8
            if record != seen:
                seen = record
                row = bytes(rows[width * record : width * (record + 1)])
                if row not in known:
                    known[row] = struct.unpack(f"<{len(masks)}q", row)
                yield record, known[row]

    def outcomes(self, place: int) -> dict[str, Outcome]:
        """What the interpreter says of each wanted result of a record."""
        return {str(one.about): self.outcome(one, place) for one in self.module.layout.results}

    def column(self, slot: int, width: int | None) -> bytes:
        """The bytes of a column of the results; a bitmap when ``width`` is None."""
        count, at = self.given.count, self.slots[slot]
        return bytes(self.view[at : at + (-(-count // 8) if width is None else width * count)])

    def outcome(self, answer: AnswerSlots, place: int) -> Outcome:
        """A value as the interpreter says it."""
        mask = 0 if answer.mask is None else self._number(answer.mask, place, "<q")
        if mask:
            return NotComputable(self.lacks(mask))
        if answer.typed.kind is None or not self._truth(answer.there, place):
            return ABSENT
        match answer.sort:
            case "booleen":
                return self._truth(answer.values, place)
            case "texte":
                return self.given.texts[self._number(answer.values, place)]
            case "jour":
                return date.fromordinal(self._number(answer.values, place) + EPOCH_DAY)
            case "nombre" | "grand":
                long = answer.sort == "nombre"
                count = (
                    self._number(answer.values, place, "<q")
                    if long
                    else (self._wide(answer.values, place))
                )
                value = count * answer.typed.step
                return value if answer.den is None else value / self._wide(answer.den, place)

    def lacks(self, mask: int) -> tuple[Lack, ...]:
        """The reasons that a mask stands for."""
        lacks = self.module.program.lacks
        return tuple(one for bit, one in enumerate(lacks) if mask >> bit & 1)

    def _truth(self, slot: int | None, place: int) -> bool:
        return slot is None or bool(self.view[self.slots[slot] + place // 8] >> place % 8 & 1)

    def _number(self, slot: int, place: int, form: str = "<i") -> int:
        at = self.slots[slot] + struct.calcsize(form) * place
        (found,) = struct.unpack_from(form, self.view, at)
        return int(found)

    def _wide(self, slot: int | None, place: int) -> int:
        if slot is None:
            return 0
        low, high = struct.unpack_from("<Qq", self.view, self.slots[slot] + 16 * place)
        return int(low) + (int(high) << 64)


def module_for(
    law: Law,
    epochs: Sequence[int],
    *,
    readings: Mapping[str, str],
    wanted: Sequence[str] | None,
    controls: bool,
) -> Module:
    """The module of ``wanted`` (every result when None) in some epochs, that of the cache first.

    Raises:
        OffGridError: a name asked for that is no result, and may have too many decimals.
        UnsupportedError, TooWideError: see ``compile_law``.
    """
    names = None if wanted is None else tuple(wanted)
    path = cache_file(
        "module",
        law.corpus.digest,
        version("wasmtime"),
        repr(tuple(epochs)),
        repr(sorted(readings.items())),
        repr(names),
        repr(controls),
    )
    match kept(path):
        case Module() as found:
            return found
        case _:
            pass
    program = compile_law(law, epochs, readings=readings, asked=Demand(names, controls))
    check_grids(law, program)
    made = build(program, alarms=controls)
    keep(path, made)
    return made


def build(program: Program, *, alarms: bool = False) -> Module:
    """The module of a program, with its controls or without.

    Raises:
        UnsupportedError: something of the law has no form there.
    """
    return _assembled(lay_out(program, alarms=alarms))


def _opened(layout: Layout, native: bytes) -> Module:
    """A module that was compiled, perhaps for another processor: it is then compiled again."""
    engine = wasmtime.Engine()
    try:
        return Module(layout, wasmtime.Module.deserialize(engine, native), engine)
    except wasmtime.WasmtimeError:
        return _assembled(layout)


def _assembled(layout: Layout) -> Module:
    engine = wasmtime.Engine()
    return Module(layout, wasmtime.Module(engine, emit(layout)), engine)


@dataclass(slots=True)
class _Dictionary:
    """A number for each text that is met; those of the law come first."""

    numbers: dict[str, int]

    def number(self, text: str) -> int:
        return self.numbers.setdefault(text, len(self.numbers))


def _ranks(texts: Mapping[int, str]) -> bytes:
    """The place of each text in their order, by its number."""
    found = [0] * (max(texts, default=0) + 1)
    for place, number in enumerate(sorted(texts, key=lambda one: texts[one])):
        found[number] = place
    return _ints("i", found)


def _column(one: Field, cells: Sequence[Value | None], texts: _Dictionary) -> bytes:
    """The values of a field, absent ones being 0."""
    if one.kind == "booleen":
        return _bits([cell is True for cell in cells])
    if one.kind == "nombre":
        grid = one.grid or 1
        return _ints("q", [int(cell / grid) if isinstance(cell, Fraction) else 0 for cell in cells])
    if one.kind == "date":
        return _ints(
            "i", [cell.toordinal() - EPOCH_DAY if isinstance(cell, date) else 0 for cell in cells]
        )
    return _ints("i", [texts.number(cell) if isinstance(cell, str) else 0 for cell in cells])


def _ints(form: str, values: Iterable[int]) -> bytes:
    if isinstance(values, memoryview) and values.format == form:
        return values.tobytes()
    return array(form, values).tobytes()


def _bits(truths: Sequence[bool]) -> bytes:
    """A bitmap: the first truth is the least bit of the first byte."""
    found = bytearray(len(truths) // 8 + 1)
    for place, truth in enumerate(truths):
        if truth:
            found[place // 8] |= 1 << place % 8
    return bytes(found)
