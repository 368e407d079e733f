"""A sheet goes in; each of its cells comes out, and the trace of them that a workbook keeps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import PurePath
from typing import Final, Literal, TypeAlias, get_args

from openpyxl.utils import get_column_letter

from engine import __version__
from engine.edition.table_sheet import TRUTH_WORDS, TRUTHS, Sheet
from engine.source.digests import canonical, digest_of
from engine.source.positions import Span


@dataclass(frozen=True, slots=True)
class Place:
    """A cell: its workbook, its sheet, its name and its numbers."""

    workbook: str
    sheet: str
    name: str  # « C9 »
    row: int
    column: int

    def __str__(self) -> str:
        return f"{PurePath(self.workbook).name}, feuille « {self.sheet} », cellule {self.name}"

    @property
    def span(self) -> Span:
        """The cell as editors and forges take a place: its row as a line."""
        return Span(self.workbook, self.row, self.column, self.row, self.column + 1)


TRACE: Final = "reglo"  # the hidden sheet of the trace
LISTS: Final = "listes"  # the hidden sheet of what a cell may be chosen from
HEAD: Final = 9  # the row of the titles; the rows of the table follow
TRACE_WIDTH: Final = 7  # texts in a row of it
LAST_ROW: Final = 1_048_576  # of a sheet, in any spreadsheet
LAST_COLUMN: Final = 16_384
LONGEST_NAME: Final = 31  # of a sheet
_FORM: Final = "1"  # of the trace

SheetValue: TypeAlias = str | date | Decimal
Role = Literal["fixe", "cle", "valeur", "source"]
_ROLES: Final = get_args(Role)

_HOW: Final = (
    "Tapez les valeurs et la source dans les cases blanches ; les cases grises ne se modifient pas."
    " Enregistrez au format .xlsx, puis lancez « reglo importer-table » avec ce fichier."
)
_SAME_SOURCE: Final = "la même"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as it is exported: where, what for, what it shows, what the rules write there."""

    row: int
    column: int
    role: Role
    shown: SheetValue
    text: str
    ident: str = ""  # of the row of the table


@dataclass(frozen=True, slots=True)
class Traced:
    """What a workbook remembers of one of its sheets."""

    title: str
    name: str
    since: date
    latest: date
    shape: str
    cells: Mapping[tuple[int, int], Cell]


def cell_name(row: int, column: int) -> str:
    """« C9 » for the row 9 and the column 3."""
    return f"{get_column_letter(column)}{row}"


def one_line(text: str) -> str:
    """A text as a cell is compared: its runs of spaces, of any kind, are one space."""
    return " ".join(text.split())


def titles_of(sheets: Sequence[Sheet]) -> tuple[str, ...]:
    """A name for each sheet, that no other one has."""
    used = {TRACE, LISTS}
    found = []
    for sheet in sheets:
        own = sheet.name.rpartition(".")[2]
        title, number = own[:LONGEST_NAME], 1
        while title in used:
            number += 1
            title = f"{own[: LONGEST_NAME - len(str(number)) - 1]}_{number}"
        used.add(title)
        found.append(title)
    return tuple(found)


def grid(sheet: Sheet) -> Iterator[Cell]:
    """Every cell of a sheet, row by row."""
    yield _fixed(1, 1, sheet.label)
    for at, (what, said) in enumerate(sheet.head, 2):
        yield _fixed(at, 1, what)
        if said:
            yield _fixed(at, 2, said)
    yield _fixed(HEAD - 1, 1, _HOW)
    for at, title in enumerate(sheet.titles, 1):
        yield _fixed(HEAD, at, title)
    value_at, source_at = len(sheet.titles) - 1, len(sheet.titles)
    for row, line in enumerate(sheet.lines, HEAD + 1):
        for at, key in enumerate(line.keys, 1):
            yield Cell(row, at, "cle", key, one_line(key), line.ident)
        if line.value is None:
            yield _fixed(row, value_at, line.shown)
        else:
            text = line.value.text
            yield Cell(row, value_at, "valeur", _shown(sheet, text), text, line.ident)
        if row > HEAD + 1:
            yield _fixed(row, source_at, _SAME_SOURCE)
        elif sheet.source is None:
            yield _fixed(row, source_at, "voir le fichier de règles")
        else:
            text = one_line(sheet.source.text)
            yield Cell(row, source_at, "source", text, text)


def _fixed(row: int, column: int, shown: str | date) -> Cell:
    return Cell(row, column, "fixe", shown, one_line(str(shown)))


def _shown(sheet: Sheet, text: str) -> SheetValue:
    if sheet.kind == "nombre":
        return Decimal(text)
    return text if sheet.kind == "code" else TRUTH_WORDS[0 if TRUTHS[text] else 1]


# --- the trace


def trace(sheets: Sequence[Sheet], titles: Sequence[str], corpus: str) -> list[list[str]]:
    """The rows of the hidden sheet: what it takes to compare, and the hash of it all."""
    rows: list[list[str]] = []
    for sheet, title in zip(sheets, titles, strict=True):
        days = [sheet.since.isoformat(), sheet.latest.isoformat()]
        rows.append(["feuille", title, sheet.name, *days, sheet.shape, ""])
        rows += [
            ["cellule", str(one.row), str(one.column), one.role, one.text, one.ident, ""]
            for one in grid(sheet)
        ]
    head = [TRACE, _FORM, __version__, corpus, digest_of(canonical(rows)), "", ""]
    return [head, *rows]


def read_trace(rows: Sequence[Sequence[str]]) -> tuple[tuple[Traced, ...], str]:
    """What a workbook remembers of its sheets, or why it cannot be known: altered, version."""
    if not rows or rows[0][:1] != [TRACE]:
        return (), "altered"
    if rows[0][1:2] != [_FORM]:
        return (), "version"
    body = [list(one) for one in rows[1:]]
    if rows[0][4:5] != [digest_of(canonical(body))]:
        return (), "altered"
    try:
        found = tuple(_traced(body))
    except ValueError:  # its hash is that of its rows: someone made both
        return (), "altered"
    return found, ""


def _traced(body: Sequence[Sequence[str]]) -> Iterator[Traced]:
    """The sheets that the rows of a trace tell.

    Raises:
        ValueError: réglo never writes such a row.
    """
    cells: dict[tuple[int, int], Cell] = {}
    for number, (kind, *rest) in enumerate(body):
        if kind == "feuille":
            title, name, since, latest, shape, _ = rest
            cells = {}
            days = date.fromisoformat(since), date.fromisoformat(latest)
            yield Traced(title, name, *days, shape, cells)
        elif number and kind == "cellule":
            row, column, role, text, ident, _ = rest
            at = int(row), int(column)
            if not (1 <= at[0] <= LAST_ROW and 1 <= at[1] <= LAST_COLUMN):
                raise ValueError(at)
            cells[at] = Cell(*at, _ROLES[_ROLES.index(role)], text, text, ident)
        else:
            raise ValueError(kind)
