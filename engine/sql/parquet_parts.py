"""Parquet files of one schema go in, one file with all their row groups comes out.

The bytes of the columns are copied as they are: only the footers are read, put together and written
again, with the places where the columns now are. Encoding the tables of a large run a second time
would cost a fourth of the whole run.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, Final

from engine.sql.compact import STRUCT, List, Struct, Value, read_struct, write_struct

_MAGIC: Final = b"PAR1"
_LENGTH: Final = struct.Struct("<I")
_BLOCK: Final = 2**20

# Fields of the Parquet format, by structure.
_SCHEMA, _NUM_ROWS, _ROW_GROUPS = 2, 3, 4  # of the file
_COLUMNS, _GROUP_OFFSET, _ORDINAL = 1, 5, 7  # of a row group
_CHUNK_OFFSET, _META, _OFFSET_INDEX, _COLUMN_INDEX = 2, 3, 4, 6  # of a column chunk
_PAGES: Final = (9, 10, 11, 14)  # of its metadata: data, index, dictionary, bloom filter


def put_together(parts: Sequence[Path], target: Path) -> None:
    """Write into ``target`` the row groups of ``parts``, in order; there is at least one part.

    Raises:
        OSError: a file cannot be read or written.
        ValueError: a part is not a whole Parquet file, or has another schema.
    """
    groups: list[Struct] = []
    rows, whole = 0, Struct([])
    schema: Value | None = None
    with target.open("wb") as out:
        out.write(_MAGIC)
        for part in parts:
            with part.open("rb") as source:
                whole, end = _footer(source, part)
                by = out.tell() - len(_MAGIC)
                source.seek(len(_MAGIC))
                _copy(source, out, end - len(_MAGIC))
            schema = schema or whole.get(_SCHEMA)
            if whole.get(_SCHEMA) != schema:
                message = f"a part with another schema: {part}"
                raise ValueError(message)
            groups += [_moved(group, by) for group in _structs(whole, _ROW_GROUPS)]
            rows += _number(whole, _NUM_ROWS)
        for place, group in enumerate(groups):
            group.put(_ORDINAL, place)
        whole.put(_NUM_ROWS, rows)
        whole.put(_ROW_GROUPS, List(STRUCT, list(groups)))
        footer = write_struct(whole)
        out.write(footer + _LENGTH.pack(len(footer)) + _MAGIC)


def _footer(source: BinaryIO, part: Path) -> tuple[Struct, int]:
    """The footer of a file, and where it begins."""
    tail = len(_MAGIC) + _LENGTH.size
    size = source.seek(0, 2)
    source.seek(max(size - tail, 0))
    end = source.read()
    if len(end) < tail or not end.endswith(_MAGIC):
        message = f"not a whole Parquet file: {part}"
        raise ValueError(message)
    (length,) = _LENGTH.unpack(end[: _LENGTH.size])
    source.seek(size - tail - length)
    return read_struct(source.read(length)), size - tail - length


def _copy(source: BinaryIO, out: BinaryIO, left: int) -> None:
    while left:
        block = source.read(min(left, _BLOCK))
        if not block:
            message = "the file is shorter than its footer says"
            raise ValueError(message)
        out.write(block)
        left -= len(block)


def _moved(group: Struct, by: int) -> Struct:
    """A row group whose bytes are now ``by`` farther."""
    group.shift(_GROUP_OFFSET, by)
    for column in _structs(group, _COLUMNS):
        for place in (_CHUNK_OFFSET, _OFFSET_INDEX, _COLUMN_INDEX):
            column.shift(place, by)
        meta = column.get(_META)
        if isinstance(meta, Struct):
            for place in _PAGES:
                meta.shift(place, by)
    return group


def _structs(value: Struct, number: int) -> list[Struct]:
    found = value.get(number)
    return found.structs() if isinstance(found, List) else []


def _number(value: Struct, number: int) -> int:
    found = value.get(number)
    return found if isinstance(found, int) else 0
