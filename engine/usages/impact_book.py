"""The effect of a change as a workbook: one sheet for each table of the report."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Final, TypeAlias

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

from engine.evaluation.show import decimal_text
from engine.source.terminal import harmless
from engine.sql.effect_people import greatest
from engine.sql.effect_side import by_column
from engine.usages.impact import Impact
from engine.usages.impact_show import WHY, shares_shown

Cell: TypeAlias = "str | int | Decimal | None"
MOST_ROWS: Final = 10_000  # records of the sheet: the table of records has them all
_MONEY: Final = "#,##0.00;[Red]-#,##0.00"
_WIDTHS: Final = (22, 60, 22, 22, 40, 14, 14, 14)


def impact_book(found: Impact, records: Path, before: str, after: str) -> bytes:
    """The workbook; ``records``: the table of the records that differ."""
    book = Workbook(write_only=True)
    people = found.people
    _sheet(book, "Synthèse", ("Quoi", "Combien"), [
        ("Avant", before), ("Après", after), (f"Effet sur « {found.label} »", _cell(found.move)),
        ("Dossiers lus", found.read), ("Dossiers refusés", found.refused),
        ("Changent", people.changed), ("Gagnent", people.winners), ("Perdent", people.losers),
        ("Se compensent", people.even), ("Calculables d'un seul côté", found.people.not_compared),
    ])  # fmt: skip
    _sheet(book, "Causes", ("Part", "Cause", "Avant", "Après", "Lieu", "Nom"), [
        (_cell(part), one.cause.label, one.cause.before, one.cause.after, one.cause.place,
         one.cause.name)
        for one, part in shares_shown(found)
    ])  # fmt: skip
    _sheet(book, "Montants", ("Effet", "Montant", "Avant", "Après", "Nom", "Dossiers"), [
        (_cell(one.move), one.label, _cell(one.before), _cell(one.after), one.name, one.changed)
        for one in found.amounts
    ])  # fmt: skip
    for name, splits in people.splits.items():
        columns = ("Effet", name, "Dossiers", "Changent", "Gagnent", "Perdent")
        _sheet(book, f"Par {name}"[:31], columns, [
            (_cell(one.move), one.value, one.people, one.changed, one.winners, one.losers)
            for one in splits
        ])  # fmt: skip
    _sheet(book, "Répartition", ("De", "À", "Dossiers"), [
        (_bound(one.low), _bound(one.high), one.count) for one in people.bins
    ])  # fmt: skip
    _sheet(book, "Exemples", ("Écart", "Explication", "Nature", "Dossier", "Semblables"), [
        (_cell(one.chosen.move), "\n".join(one.words), WHY[one.chosen.why], one.chosen.ident,
         one.chosen.alike)
        for one in found.told
    ])  # fmt: skip
    if people.changed:
        heads = ("Écart", "Dossier", *(by_column(one) for one in found.by))
        _sheet(book, "Dossiers", heads, list(_records(found, records)))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _sheet(
    book: Workbook, title: str, heads: Sequence[str], rows: Sequence[Sequence[Cell]]
) -> None:
    sheet = book.create_sheet(title)
    for at, width in enumerate(_WIDTHS[: len(heads)]):
        sheet.column_dimensions["ABCDEFGH"[at]].width = width
    sheet.freeze_panes = "A2"
    bold = [WriteOnlyCell(sheet, one) for one in heads]
    for cell in bold:
        cell.font = Font(bold=True)
    sheet.append(bold)
    for row in rows:
        sheet.append([_written(sheet, one) for one in row])


def _written(sheet: Worksheet, value: Cell) -> object:
    if isinstance(value, Decimal):
        cell = WriteOnlyCell(sheet)
        cell.value = value
        cell.number_format = _MONEY
        return cell
    if isinstance(value, str):  # « =1+1 » of an identifier is no formula
        cell = WriteOnlyCell(sheet, harmless(value))
        cell.data_type = "s"
        return cell
    return value


def _cell(value: Fraction) -> Decimal:
    """A number of the sheet, which a workbook writes in decimal."""
    return Decimal(decimal_text(value, 2))


def _bound(value: Fraction | None) -> Decimal | None:
    return None if value is None else _cell(value)


def _records(found: Impact, records: Path) -> Iterator[tuple[Cell, ...]]:
    """The records that differ, the greatest effects first."""
    for move, ident, *who in greatest(records, found.by, MOST_ROWS):
        yield (move, ident, *who)
