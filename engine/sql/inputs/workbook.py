"""A spreadsheet workbook: each sheet becomes a CSV file that is read as any other."""

from __future__ import annotations

import csv
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TypeAlias

from python_calamine import CalamineError, CalamineWorkbook

Cell: TypeAlias = "str | int | float | bool | date | datetime | time | timedelta | None"


def sheets_to_csv(workbook: Path, workspace: Path) -> dict[str, Path] | None:
    """The sheets of a workbook by name, as CSV files in ``workspace``; None when it is damaged.

    A number is the shortest text that tells it, a date is AAAA-MM-JJ, an empty row stays a row:
    the numbers of the rows are those of the sheet.
    """
    found: dict[str, Path] = {}
    try:
        book = CalamineWorkbook.from_path(str(workbook))
        for place, name in enumerate(book.sheet_names):
            rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            target = workspace / f"feuille-{place + 1}.csv"
            with target.open("w", encoding="utf-8", newline="") as stream:
                writer = csv.writer(stream, delimiter=";")
                writer.writerows([_text(cell) for cell in row] for row in rows)
            found[name.strip()] = target
    except (CalamineError, OSError):
        return None
    return found


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
