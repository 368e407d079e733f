"""A workbook: what keeps it from being read in a bounded memory, then its sheets as CSV files.

A small file may ask for terabytes: one stray cell, one long text shown often, a merged range as
large as its two ends say. Its parts are looked at before a library reads them, as they come,
without being kept; each library has its own looker, since each holds something else.
"""

from __future__ import annotations

import csv
import errno
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import repeat
from pathlib import Path
from string import ascii_uppercase, digits
from typing import Final, Protocol, TypeAlias
from xml.parsers import expat

from python_calamine import CalamineError, CalamineWorkbook

from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic

CalamineValue: TypeAlias = "str | int | float | bool | date | datetime | time | timedelta | None"
_NOTHING: Final[tuple[CalamineValue, ...]] = (None, "")
_MEGABYTE: Final = 2**20
_XML: Final = (".xml", ".rels")
_PACKINGS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_RANGE: Final = re.compile(
    r"\$?([A-Za-z]{0,3})\$?([0-9]{0,4300})(?:(:)\$?([A-Za-z]{0,3})\$?([0-9]{0,4300}))?"
)
LAST_ROW: Final = 1_048_576  # of a sheet, in any spreadsheet
LAST_COLUMN: Final = 16_384

# For sheets read whole.
_UNPACKED: Final = 512  # megabytes, all parts together
_CELLS: Final = 20_000_000  # from A1 to the last one: a million rows of a table
_TEXTS: Final = 2**30  # characters, each text as many times as it is shown

# For sheets read cell by cell.
_LARGEST: Final = 128  # megabytes, all parts together
_ELEMENTS: Final = 1_000_000  # of XML, in all: the workbook of every table of réglo has a tenth
_RANGES: Final = 100_000  # cells of the ranges that the library makes cell by cell
_COPIED: Final = 1000  # formulas copied from another one
_FORMULA: Final = 8192  # characters, as spreadsheets themselves have it


class _TooLargeError(Exception):
    """Raised in the middle of a part: « cells » or « texts », and which; caught in this module."""


class _Looker(Protocol):
    def begin(self) -> None:
        """A part begins."""

    def start(self, name: str, given: dict[str, str]) -> None:
        """An element begins."""

    def text(self, text: str) -> None:
        """Some text of it."""

    def end(self, name: str) -> None:
        """It ends."""


def _judged(packed: zipfile.ZipFile, looker: _Looker) -> Iterator[str]:
    """Show every part to ``looker``; the names of those that are no XML, or not to their end.

    Raises:
        _TooLargeError: what the looker says.
        zipfile.BadZipFile, zlib.error: a part is not what its size and its checksum say.
    """
    for part in packed.infolist():
        looker.begin()
        parser = expat.ParserCreate()
        parser.StartElementHandler = looker.start
        parser.EndElementHandler = looker.end
        parser.CharacterDataHandler = looker.text
        with packed.open(part) as stream:
            try:
                parser.ParseFile(stream)
                whole = stream.read(1) == b""
            except expat.ExpatError:
                whole = False
        if not whole:
            yield part.filename


def _unpacked(packed: zipfile.ZipFile) -> int:
    return sum(one.file_size for one in packed.infolist())


# --- sheets read whole: the rectangle from A1 to the last cell, each text each time it is shown


def excess(workbook: Path) -> Diagnostic | None:
    """E124 when a part of a workbook cannot be read, E132 when ``sheets_to_csv`` would be too much.

    Raises:
        OSError: the file cannot be read.
    """
    shown = workbook.as_posix()
    seen = _Rectangles()
    try:
        with zipfile.ZipFile(workbook) as packed:
            if any(one.compress_type not in _PACKINGS for one in packed.infolist()):
                return say("E124", shown, cas="xlsx")
            if _unpacked(packed) > _UNPACKED * _MEGABYTE:
                return say("E132", shown, cas="unpacked", quoi=str(_UNPACKED))
            if any(name.lower().endswith(_XML) for name in _judged(packed, seen)):
                return say("E124", shown, cas="xlsx")
    except _TooLargeError as error:
        return say("E132", shown, cas="cells", quoi=str(error))
    except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, ValueError):
        # Truncated, or locked by a password; RuntimeError is what the library says of the latter.
        return say("E124", shown, cas="xlsx")
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        return say("E124", shown, cas="xlsx")  # a part that would begin before the file
    if seen.shared * seen.longest > _TEXTS:
        return say("E132", shown, cas="texts", quoi=str(seen.longest))
    return None


@dataclass(slots=True)
class _Rectangles:
    """The place of each cell, the length of each shared text."""

    shared: int = 0  # cells that show a shared text
    longest: int = 0  # shared text
    _row: int = 0
    _column: int = 0
    _place: tuple[int, int] = (0, 0)  # of the cell under way
    _last: tuple[int, int] = (0, 0)  # row and column, each the greatest of the part
    _length: int = 0  # of the text under way

    def begin(self) -> None:
        self._row = self._column = 0
        self._last = (0, 0)

    def start(self, name: str, given: dict[str, str]) -> None:
        match name.rpartition(":")[2]:
            case "c":
                self._column += 1
                self._place = placed(given["r"]) if "r" in given else (self._row, self._column)
                self._column = self._place[1]
                self.shared += given.get("t") == "s"
            case "v" | "is":  # else the cell has a layout only, and is not kept
                self._last = (
                    max(self._last[0], self._place[0]),
                    max(self._last[1], self._place[1]),
                )
                if self._last[0] * self._last[1] > _CELLS:
                    raise _TooLargeError(name_of(self._place))
            case "row":
                self._row = int(given["r"]) if "r" in given else self._row + 1
                self._column = 0
            case "si":
                self._length = 0
            case _:
                pass

    def text(self, text: str) -> None:
        self._length += len(text)

    def end(self, name: str) -> None:
        if name.rpartition(":")[2] == "si":
            self.longest = max(self.longest, self._length)


# --- sheets read cell by cell


def fits(packed: zipfile.ZipFile) -> bool:
    """Whether openpyxl takes a bounded time and a bounded room to read a workbook."""
    if _unpacked(packed) > _LARGEST * _MEGABYTE:
        return False
    try:
        for _ in _judged(packed, _Cells()):
            pass  # an image, or a file that the library does not read to its end either
    except _TooLargeError:
        return False
    return True


@dataclass(slots=True)
class _Cells:
    """What the library makes one by one: elements, cells of ranges, formulas."""

    elements: int = 0
    cells: int = 0
    copied: int = 0
    formula: int | None = None  # characters of the one that is being read

    def begin(self) -> None:
        self.formula = None

    def start(self, name: str, given: dict[str, str]) -> None:
        self.elements += 1
        match name.rpartition(":")[2]:
            case "mergeCell" | "hyperlink":
                self.cells += _extent(given.get("ref", ""))
            case "f":
                self.formula = 0
                self.copied += given.get("t") == "shared"
            case _:
                pass
        if self.elements > _ELEMENTS or self.cells > _RANGES or self.copied > _COPIED:
            raise _TooLargeError

    def text(self, text: str) -> None:
        if self.formula is not None:
            self.formula += len(text)
            if self.formula > _FORMULA:
                raise _TooLargeError

    def end(self, _name: str) -> None:
        """A formula has no element inside."""
        self.formula = None


def _extent(reference: str) -> int:
    """How many cells a range has; one that cannot be read has none, and the library refuses it."""
    found = _RANGE.fullmatch(reference)
    if found is None:
        return 0
    left, top, mark, right, bottom = found.groups()
    if not mark:
        right, bottom = left, top
    # « A:C » and « 1:3 » go to the end of the sheet.
    columns = (_number(right) or LAST_COLUMN) - (_number(left) or 1) + 1
    rows = (int(bottom or 0) or LAST_ROW) - (int(top or 0) or 1) + 1
    return max(0, columns) * max(0, rows)


# --- the names of cells


@lru_cache(2**15)
def _number(letters: str) -> int:
    """The number of a column, from 1."""
    total = 0
    for letter in letters.upper():
        total = total * 26 + ascii_uppercase.index(letter) + 1
    return total


def placed(reference: str) -> tuple[int, int]:
    """The row and the column of « B3 ».

    Raises:
        ValueError: it is no reference.
    """
    letters = reference.rstrip(digits)
    return int(reference[len(letters) :]), _number(letters)


def name_of(place: tuple[int, int]) -> str:
    """The name of a cell: « B3 »."""
    row, column = place
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = ascii_uppercase[rest] + letters
    return f"{letters}{row}"


# --- as CSV files


def sheets_to_csv(workbook: Path, workspace: Path) -> list[tuple[str, Path]] | None:
    """The sheets of a workbook, as CSV files in ``workspace``; None when it is damaged.

    A number is the shortest text that tells it, a date is AAAA-MM-JJ, an empty row stays a row:
    the numbers of the rows are those of the sheet.
    """
    found: list[tuple[str, Path]] = []
    try:
        book = CalamineWorkbook.from_path(str(workbook))
        for place, name in enumerate(book.sheet_names):
            rows = book.get_sheet_by_name(name).iter_rows()
            target = workspace / f"feuille-{place + 1}.csv"
            with target.open("w", encoding="utf-8", newline="") as stream:
                csv.writer(stream, delimiter=";").writerows(_up_to_the_last(rows))
            found.append((name, target))
    except CalamineError:
        return None
    return found


def _up_to_the_last(rows: Iterable[Sequence[CalamineValue]]) -> Iterator[list[str]]:
    """The rows as texts, without the blank ones that end them: there may be a million."""
    blank = 0
    for row in rows:
        texts = [_text(cell) for cell in row] if any(cell not in _NOTHING for cell in row) else []
        if not any(text.strip() for text in texts):
            blank += 1
            continue
        yield from repeat([""] * len(row), blank)
        yield texts
        blank = 0


def _text(cell: CalamineValue) -> str:
    match cell:
        case None:
            return ""
        case bool():
            return "true" if cell else "false"
        case datetime():
            return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ")
        case float():  # a spreadsheet has no whole numbers; 0.000001 is not written 1e-06
            return f"{Decimal(str(cell)):f}".removesuffix(".0")
        case _:
            return str(cell)
