"""Sheets go in; the workbook that an administrator edits comes out, everything else locked."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date
from typing import Final, Literal

from openpyxl import Workbook
from openpyxl.cell.cell import Cell as BookCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter
from openpyxl.workbook.protection import WorkbookProtection
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from engine import __version__
from engine.edition.table_grid import (
    HEAD,
    LISTS,
    TRACE,
    Cell,
    SheetValue,
    cell_name,
    grid,
    titles_of,
    trace,
)
from engine.edition.table_sheet import Sheet

_GREY: Final = PatternFill("solid", fgColor="E7E6E6")
_LINE: Final = Side(style="thin", color="BFBFBF")
_BOX: Final = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
_FREE: Final = Protection(locked=False)
_WIDEST: Final = 60
_FAR: Final = "1000000000"


def workbook_of(sheets: Sequence[Sheet], corpus: str) -> bytes:
    """The workbook of some sheets; ``corpus``: the hash of the rules they come from."""
    book = Workbook()
    book.remove(book.worksheets[0])
    titles = titles_of(sheets)
    lists: list[tuple[str, ...]] = []
    for sheet, title in zip(sheets, titles, strict=True):
        if sheet.choices and sheet.choices not in lists:
            lists.append(sheet.choices)
        _fill(book.create_sheet(title), sheet, lists)
    if lists:
        hidden = book.create_sheet(LISTS)
        hidden.sheet_state = "hidden"
        for column, choices in enumerate(lists, 1):
            for row, one in enumerate(choices, 1):
                _put(hidden, row, column, one)
    memory = book.create_sheet(TRACE)
    memory.sheet_state = "veryHidden"
    for row, texts in enumerate(trace(sheets, titles, corpus), 1):
        for column, text in enumerate(texts, 1):
            if text:
                _put(memory, row, column, text)
    book.properties.creator = f"réglo {__version__}"
    book.security = WorkbookProtection(lockStructure=True)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _put(page: Worksheet, row: int, column: int, shown: SheetValue) -> BookCell:
    """Write a cell; a text stays a text, whatever it begins with."""
    cell = page.cell(row, column, shown)
    if isinstance(shown, str):
        cell.data_type = "s"
    return cell


def _fill(page: Worksheet, sheet: Sheet, lists: Sequence[tuple[str, ...]]) -> None:
    cells = tuple(grid(sheet))
    rules = {"valeur": _value_rule(sheet, cells, lists), "source": _source_rule()}
    for one in cells:
        cell = _put(page, one.row, one.column, one.shown)
        _dress(cell, one, sheet)
        if one.role in rules:
            rules[one.role].add(cell)
    for rule in rules.values():
        if rule.sqref.ranges:
            page.add_data_validation(rule)
    widths = {at: [len(str(one.shown)) for one in cells if one.column == at and one.row >= HEAD]
              for at in range(1, len(sheet.titles) + 1)}  # fmt: skip
    for at, lengths in widths.items():
        page.column_dimensions[get_column_letter(at)].width = min(max(lengths) + 3, _WIDEST)
    page.column_dimensions["A"].width = max(24, page.column_dimensions["A"].width)
    page.freeze_panes = cell_name(HEAD + 1, 1)
    page.protection.sheet = True
    page.protection.formatColumns = False  # the width of a column may be changed


def _dress(cell: BookCell, one: Cell, sheet: Sheet) -> None:
    """How a cell looks, and whether it may be edited."""
    cell.font = Font(bold=one.row in {1, HEAD} or (one.row < HEAD - 1 and one.column == 1))
    if one.row >= HEAD:
        cell.border = _BOX
        cell.alignment = Alignment(vertical="top", wrap_text=one.role in {"cle", "source"})
    if one.role in {"valeur", "source"}:
        cell.protection = _FREE
    elif one.row >= HEAD:
        cell.fill = _GREY
    if isinstance(one.shown, date):
        cell.number_format = "dd/mm/yyyy"
        cell.alignment = Alignment(horizontal="left")
    elif one.role == "source":
        cell.number_format = "@"
    elif one.role == "valeur" and sheet.kind == "nombre":
        cell.number_format = _number_format(sheet, one.text)


def _number_format(sheet: Sheet, text: str) -> str:
    """The decimals of the unit, or those of the value when it has more; any for a ratio."""
    if sheet.unit is None or not sheet.unit.symbol:
        return "General"
    decimals = max(sheet.unit.decimals, len(text.partition(".")[2]))
    return f"#,##0.{'0' * decimals}" if decimals else "#,##0"


def _value_rule(
    sheet: Sheet, cells: Sequence[Cell], lists: Sequence[tuple[str, ...]]
) -> DataValidation:
    """What the spreadsheet itself refuses of a value."""
    if sheet.kind != "nombre":
        letter = get_column_letter(lists.index(sheet.choices) + 1)
        rule = DataValidation(
            "list", f"{LISTS}!${letter}$1:${letter}${len(sheet.choices)}", allow_blank=False
        )
        said = "Choisissez dans la liste."
    else:
        whole = sheet.unit is not None and sheet.unit.whole
        kind: Literal["whole", "decimal"] = "whole" if whole else "decimal"
        below = any(one.role == "valeur" and one.text.startswith("-") for one in cells)
        rule = (
            DataValidation(kind, f"-{_FAR}", _FAR, operator="between", allow_blank=False)
            if below
            else DataValidation(kind, "0", operator="greaterThanOrEqual", allow_blank=False)
        )
        said = f"Tapez un nombre seul, en {sheet.unit_words}, sans texte ni formule."
    rule.errorTitle, rule.error, rule.showErrorMessage = "Valeur refusée", said, True
    rule.promptTitle, rule.prompt, rule.showInputMessage = "Valeur", said, True
    return rule


def _source_rule() -> DataValidation:
    rule = DataValidation("textLength", "1", operator="greaterThanOrEqual", allow_blank=False)
    rule.errorTitle, rule.showErrorMessage = "Source refusée", True
    rule.error = "Écrivez d'où viennent ces valeurs : le document, puis la page."
    return rule
