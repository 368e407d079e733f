"""The bytes of a workbook go in; what each cell of each sheet holds comes out, exactly."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Context, Decimal
from typing import Final, Literal
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.cell.cell import Cell as BookCell
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.worksheet import Worksheet

from engine.edition.table_export import one_line
from engine.edition.workbook_size import fits
from engine.source.tree import is_number

# A spreadsheet computes with, and shows, fifteen digits: what a file holds beyond is the noise of
# its binary numbers (1308.7200000000003), which nobody typed.
_DIGITS: Final = Context(prec=15)

Held = Literal["texte", "nombre", "date", "booleen", "formule", "erreur"]


@dataclass(frozen=True, slots=True)
class Read:
    """What a cell holds, as exact text, and the number format that shows it."""

    kind: Held
    text: str
    layout: str


@dataclass(frozen=True, slots=True)
class ReadSheet:
    """A sheet: its cells that hold something, by row and column, and its merged ranges."""

    cells: Mapping[tuple[int, int], Read]
    merged: tuple[tuple[str, int, int], ...]  # « A1:B2 », and where it begins


def read_workbook(content: bytes) -> dict[str, ReadSheet] | None:
    """The sheets of a workbook by name, hidden ones included; None when it cannot be read."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if not fits(packed):
                return None
        book = load_workbook(io.BytesIO(content))
        return {
            page.title: _sheet(page) if isinstance(page, Worksheet) else ReadSheet({}, ())
            for page in [*book.worksheets, *book.chartsheets]
        }
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        RuntimeError,
        OverflowError,
        InvalidFileException,
        ParseError,
        OSError,
        ValueError,
        KeyError,
        TypeError,
        IndexError,
        AttributeError,
    ):  # fmt: skip - what the library lets through
        return None


def _sheet(page: Worksheet) -> ReadSheet:
    cells: dict[tuple[int, int], Read] = {}
    # The library only gives whole rectangles: one value far away would make millions of cells.
    for place, cell in sorted(page._cells.items()):  # noqa: SLF001
        if isinstance(cell, BookCell) and (found := _read(cell)) is not None:
            cells[place] = found
    merged = tuple((one.coord, one.min_row, one.min_col) for one in page.merged_cells.ranges)
    return ReadSheet(cells, merged)


def _read(cell: BookCell) -> Read | None:
    layout = cell.number_format
    if cell.data_type == "f":
        text = getattr(cell.value, "text", None) or cell.value
        return Read("formule", str(text), layout)
    if cell.data_type == "e":
        return Read("erreur", str(cell.value), layout)
    match cell.value:
        case None:
            return None
        case bool():
            return Read("booleen", "oui" if cell.value else "non", layout)
        case int() | float():
            number = plain_number(str(cell.value))
            return Read("nombre" if is_number(number) else "erreur", number, layout)
        case datetime() as moment:
            day = moment.date().isoformat() if moment.time() == time() else str(moment)
            return Read("date", day, layout)
        case date() | time() | timedelta() as moment:
            return Read("date", str(moment), layout)
        case other:
            text = one_line(str(other))
            return Read("texte", text, layout) if text else None


def plain_number(text: str) -> str:
    """A binary number as its shortest text says it, in the digits that a spreadsheet has."""
    number = f"{_DIGITS.create_decimal(Decimal(text)):f}"
    return number.rstrip("0").rstrip(".") if "." in number else number
