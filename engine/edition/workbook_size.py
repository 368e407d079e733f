"""A packed workbook goes in; whether the library can unfold it without end comes out.

A few bytes may name a whole sheet: a range is as large as its two ends say, however light the file.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from typing import Final
from xml.parsers import expat

from openpyxl.utils import range_boundaries

from engine.edition.table_export import LAST_COLUMN, LAST_ROW

_LARGEST: Final = 128 * 2**20  # bytes, once unpacked
_ELEMENTS: Final = 1_000_000  # of XML, in all: the workbook of every table of réglo has a tenth
_CELLS: Final = 100_000  # of the ranges that the library makes cell by cell
_SHARED: Final = 1000  # formulas copied from another one
_FORMULA: Final = 8192  # characters, as spreadsheets themselves have it
_BLOCK: Final = 2**16
_SHEET: Final = (1, 1, LAST_COLUMN, LAST_ROW)


class _TooLargeError(Exception):
    """Raised in the middle of a file; caught in this module."""


@dataclass(slots=True)
class _Count:
    """What was met of a workbook so far."""

    elements: int = 0
    cells: int = 0
    shared: int = 0
    formula: int | None = None  # characters of the one that is being read

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Count an element that begins."""
        self.elements += 1
        match name.rpartition(":")[2]:
            case "mergeCell" | "hyperlink":
                self.cells += _extent(attributes.get("ref", ""))
            case "f":
                self.formula = 0
                self.shared += attributes.get("t") == "shared"
            case _:
                pass
        if self.elements > _ELEMENTS or self.cells > _CELLS or self.shared > _SHARED:
            raise _TooLargeError

    def text(self, text: str) -> None:
        """Count the characters of a formula."""
        if self.formula is not None:
            self.formula += len(text)
            if self.formula > _FORMULA:
                raise _TooLargeError

    def end(self, _name: str) -> None:
        """A formula has no element inside."""
        self.formula = None


def fits(packed: zipfile.ZipFile) -> bool:
    """Whether a workbook takes a bounded time and a bounded room to be read."""
    entries = packed.infolist()
    if sum(one.file_size for one in entries) > _LARGEST:
        return False
    count = _Count()
    try:
        for entry in entries:
            _look(packed, entry, count)
    except _TooLargeError:
        return False
    return True


def _look(packed: zipfile.ZipFile, entry: zipfile.ZipInfo, count: _Count) -> None:
    parser = expat.ParserCreate()
    parser.StartElementHandler = count.start
    parser.EndElementHandler = count.end
    parser.CharacterDataHandler = count.text
    with packed.open(entry) as stream:
        try:
            while block := stream.read(_BLOCK):
                parser.Parse(block)
        except expat.ExpatError:
            return  # an image, or a file that the library does not read to its end either


def _extent(reference: str) -> int:
    """How many cells a range has; one that cannot be read has none, and the library refuses it."""
    try:
        ends = range_boundaries(reference)
    except ValueError:
        return 0
    left, top, right, bottom = (one or most for one, most in zip(ends, _SHEET, strict=True))
    return max(0, right - left + 1) * max(0, bottom - top + 1)
