"""Thrift's compact protocol: bytes go in, structures come out, and the other way round.

Nothing is known of what a structure means: every field is kept, so that what is written again says
all that was read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

# Types of the compact protocol.
_STOP, _TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, STRUCT = 0, 1, 2, 3, 7, 8, 9, 10, 12
_INTEGERS: Final = frozenset({4, 5, 6})
_LONG: Final = 15  # in the head of a list: its size follows

_WIDTHS: Final = {_BYTE: 1, _DOUBLE: 8}  # of the values that are kept as bytes

Value: TypeAlias = "int | bool | bytes | Struct | List"


@dataclass(slots=True)
class Struct:
    """A structure: each field with its number, its type and its value, in order."""

    fields: list[tuple[int, int, Value]]

    def get(self, number: int) -> Value | None:
        """The value of a field, None when it is not there."""
        return next((value for one, _, value in self.fields if one == number), None)

    def put(self, number: int, value: Value) -> None:
        """Give another value to a field that is there."""
        self.fields = [
            (one, kind, value if one == number else old) for one, kind, old in self.fields
        ]

    def shift(self, number: int, by: int) -> None:
        """Add ``by`` to a place, unless it is not there or says nothing."""
        place = self.get(number)
        if isinstance(place, int) and place > 0:
            self.put(number, place + by)


@dataclass(slots=True)
class List:
    """A list, or a set: the type of its elements, and these."""

    kind: int
    items: list[Value]

    def structs(self) -> list[Struct]:
        """The elements of a list of structures."""
        return [one for one in self.items if isinstance(one, Struct)]


def read_struct(data: bytes) -> Struct:
    """The structure that ``data`` begins with.

    Raises:
        ValueError: the bytes are not those of a structure.
    """
    try:
        return _Reader(data).struct()
    except (IndexError, RecursionError) as error:
        message = "not a structure"
        raise ValueError(message) from error


def write_struct(value: Struct) -> bytes:
    """The bytes of a structure."""
    found = bytearray()
    _write_struct(found, value)
    return bytes(found)


@dataclass(slots=True)
class _Reader:
    data: bytes
    at: int = 0

    def byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]

    def bytes(self, count: int) -> bytes:
        found = self.data[self.at : self.at + count]
        if len(found) < count:
            raise IndexError
        self.at += count
        return found

    def varint(self) -> int:
        found = shift = 0
        while True:
            one = self.byte()
            found |= (one & 0x7F) << shift
            if one < 0x80:  # noqa: PLR2004 - the last byte has no high bit
                return found
            shift += 7

    def struct(self) -> Struct:
        fields: list[tuple[int, int, Value]] = []
        number = 0
        while (head := self.byte()) != _STOP:
            kind, step = head & 0x0F, head >> 4
            number = number + step if step else _signed(self.varint())
            if kind in (_TRUE, _FALSE):
                fields.append((number, kind, kind == _TRUE))
            else:
                fields.append((number, kind, self.value(kind)))
        return Struct(fields)

    def value(self, kind: int) -> Value:
        if kind in _INTEGERS:
            return _signed(self.varint())
        if kind == _BINARY:
            return self.bytes(self.varint())
        if kind in (_LIST, _SET):
            return self.list()
        if kind == STRUCT:
            return self.struct()
        if kind in (_TRUE, _FALSE):  # inside a list
            return self.byte() == _TRUE
        return self.bytes(_WIDTHS[kind])

    def list(self) -> List:
        head = self.byte()
        count = head >> 4
        count = self.varint() if count == _LONG else count
        return List(head & 0x0F, [self.value(head & 0x0F) for _ in range(count)])


def _signed(count: int) -> int:
    return (count >> 1) ^ -(count & 1)


def _write_varint(out: bytearray, count: int) -> None:
    while count >= 0x80:  # noqa: PLR2004 - more bytes follow one with a high bit
        out.append(count & 0x7F | 0x80)
        count >>= 7
    out.append(count)


def _write_integer(out: bytearray, number: int) -> None:
    _write_varint(out, number << 1 if number >= 0 else (-number << 1) - 1)


def _write_struct(out: bytearray, value: Struct) -> None:
    before = 0
    for number, kind, one in value.fields:
        step = number - before
        if 0 < step < _LONG + 1:
            out.append(step << 4 | kind)
        else:
            out.append(kind)
            _write_integer(out, number)
        before = number
        if kind not in (_TRUE, _FALSE):
            _write_value(out, kind, one)
    out.append(_STOP)


def _write_value(out: bytearray, kind: int, value: Value) -> None:
    match value:
        case bool():
            out.append(_TRUE if value else _FALSE)
        case int():
            _write_integer(out, value)
        case bytes():
            if kind == _BINARY:
                _write_varint(out, len(value))
            out += value
        case Struct():
            _write_struct(out, value)
        case List():
            count = len(value.items)
            out.append(min(count, _LONG) << 4 | value.kind)
            if count >= _LONG:
                _write_varint(out, count)
            for item in value.items:
                _write_value(out, value.kind, item)
