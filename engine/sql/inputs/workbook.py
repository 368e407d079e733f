"""A spreadsheet workbook: each sheet becomes a CSV file that is read as any other."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import repeat
from pathlib import Path
from typing import Final, TypeAlias

from python_calamine import CalamineError, CalamineWorkbook

Cell: TypeAlias = "str | int | float | bool | date | datetime | time | timedelta | None"
_NOTHING: Final[tuple[Cell, ...]] = (None, "")


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


def _up_to_the_last(rows: Iterable[Sequence[Cell]]) -> Iterator[list[str]]:
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


def _text(cell: Cell) -> str:
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
