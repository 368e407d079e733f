"""A report goes in, a workbook comes out: what it comes to first, then a sheet for each listing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import IO, Final

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from engine.evaluation.show import decimal_text
from engine.reponse.report import ColumnKind, ListColumn, Listing, Report, Sentence, Shown
from engine.source.terminal import harmless

_FIRST: Final = "Synthèse"
_LONGEST: Final = 31  # characters of the name of a sheet
_WIDTHS: Final[dict[ColumnKind, int]] = {
    "text": 40,
    "code": 22,
    "count": 14,
    "number": 20,
    "move": 20,
    "bar": 14,
}


def write_report(report: Report, target: Path | IO[bytes], more: Iterable[Listing] = ()) -> None:
    """Write a report as a workbook, over the one that is there; ``more``: sheets after its own.

    A row is written as it comes: a listing of a million rows is never held whole.

    Raises:
        OSError: the disk does not take it; and whatever the rows of ``more`` raise.
    """
    book = Workbook(write_only=True)
    listings = [one for one in report.parts if isinstance(one, Listing)]
    try:
        first = _sheet(book, _FIRST, [ListColumn("", None)] * 6)
        first.append([_bold(first, report.title)])
        for one in report.parts:
            if isinstance(one, Sentence):
                lines = [[line] for line in ("", *one.text.split("\n"))]
                _append(first, [ListColumn("", None)], lines)
            elif isinstance(one, Listing) and not one.sheet:
                first.append([])
                _fill(first, one)
        for one in (*(one for one in listings if one.sheet), *more):
            _fill(_sheet(book, one.sheet, one.for_people()[0]), one)
        book.save(target)
    except BaseException:
        for sheet in book.worksheets:  # each holds a temporary file open until it is closed
            with suppress(Exception):
                sheet.close()
        raise


def _sheet(book: Workbook, name: str, columns: Sequence[ListColumn]) -> Worksheet:
    """An empty sheet, its heads staying in sight."""
    sheet: Worksheet = book.create_sheet(name[:_LONGEST])
    for at, column in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(at)].width = _WIDTHS[column.kind]
    sheet.freeze_panes = "B2"
    return sheet


def _fill(sheet: Worksheet, listing: Listing) -> None:
    columns, rows = listing.for_people()
    heads = [f"{one.heading}{f' ({one.symbol})' if one.symbol else ''}" for one in columns]
    if not listing.sheet:
        heads[0] = listing.title or heads[0]
    sheet.append([_bold(sheet, one) for one in heads])
    _append(sheet, columns, rows)


def _bold(sheet: Worksheet, text: str) -> Cell:
    cell = WriteOnlyCell(sheet, text)
    cell.font, cell.alignment = Font(bold=True), Alignment(wrap_text=True, vertical="top")
    return cell


def _append(
    sheet: Worksheet, columns: Sequence[ListColumn], rows: Iterable[Sequence[object]]
) -> None:
    """Write rows; a column writes in the same cells, again and again.

    A text is a text: « =1+1 » of a record is no formula.
    """
    plain, numbers = ([WriteOnlyCell(sheet) for _ in columns] for _ in range(2))
    for cell, column in zip(numbers, columns, strict=True):
        cell.number_format = "#,##0.00;[Red]-#,##0.00" if column.kind == "move" else "#,##0.00"
    for row in rows:
        written: list[Cell | None] = []
        for at, shown in enumerate(row):
            value = shown.value if type(shown) is Shown else shown
            cell = plain[at]
            match value:
                case None:
                    written.append(None)
                    continue
                case Decimal():
                    cell = numbers[at]
                    cell.value = value
                case Fraction():
                    cell = numbers[at]
                    cell.value = Decimal(decimal_text(value, columns[at].decimals))
                case bool():
                    cell.value = "oui" if value else "non"
                case int() | date():
                    cell.value = value
                case _:
                    cell.value = harmless(str(value))
                    cell.data_type = "s"
            written.append(cell)
        sheet.append(written)
