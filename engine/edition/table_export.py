"""Versions go in; the workbook that an administrator edits comes out, everything else locked.

A version gives a sheet, a sheet its cells; a hidden sheet keeps the trace of them as exported.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import PurePath
from typing import Final, Literal, TypeAlias, get_args

from openpyxl import Workbook
from openpyxl.cell.cell import Cell as BookCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter
from openpyxl.workbook.protection import WorkbookProtection
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from engine import __version__
from engine.edition.new_version import Target, since_of
from engine.evaluation.show import key_words
from engine.langage import nodes
from engine.langage.corpus import Corpus, Table
from engine.langage.units import NamedUnit
from engine.langage.versions import DRAFT
from engine.source import tree
from engine.source.digests import canonical, digest_of
from engine.source.positions import Span
from engine.sql.inputs.workbook import LAST_COLUMN, LAST_ROW

SheetKind = Literal["nombre", "booleen", "code"]
TRUTHS: Final = {"true": True, "vrai": True, "false": False, "faux": False}
FRENCH_TRUTHS: Final = ("vrai", "faux")
TRUTH_WORDS: Final = ("oui", "non")


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row: its keys as the file writes them and in words, and its value.

    ``value`` is None when it is not edited in a sheet; ``shown`` says then what it is. ``twin`` is
    the key that repeats the value: it changes with it.
    """

    ident: str
    keys: tuple[str, ...]
    value: tree.Scalar | None
    shown: str
    twin: tree.Scalar | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is shown of one version, and where each value of it is written."""

    name: str  # « texte.nom », or that of the parameter
    file: str
    label: str
    table: bool
    kind: SheetKind
    unit: NamedUnit | None
    choices: tuple[str, ...]  # what a value that is no number may be
    version: tree.Mapping
    since: date
    latest: date  # the first day of the last version
    head: tuple[tuple[str, str | date], ...]
    titles: tuple[str, ...]
    lines: tuple[SheetRow, ...]
    source: tree.Scalar | None  # None: not edited in a sheet

    @property
    def shape(self) -> str:
        """What must not have changed since an export: a table or not, its kind, its unit."""
        unit = "" if self.unit is None else self.unit.name
        return " ".join(("table" if self.table else "valeur", self.kind, unit)).strip()

    @property
    def draft(self) -> bool:
        """Whether the version is a draft."""
        return nodes.text(self.version, "statut") == DRAFT

    @property
    def to_fill(self) -> tuple[str, ...]:
        """What a draft says is left to write."""
        return tuple(one.text for one in nodes.scalars(self.version.get("a_remplir")))

    @property
    def unit_words(self) -> str:
        """« euros (€) »."""
        if self.unit is None:
            return "code de la liste" if self.kind == "code" else "oui ou non"
        return f"{self.unit.name} ({self.unit.symbol})" if self.unit.symbol else self.unit.name


def full_name(target: Target) -> str:
    """« decret.taux » for what a text declares, the name alone of a parameter."""
    return target.name if target.parameter else f"{target.owner}.{target.name}"


def has_sheet(target: Target) -> bool:
    """Whether a target has values that a sheet can hold: a formula has none."""
    return target.parameter or is_table(target) or any(_number(one) for one in target.versions)


def in_force(target: Target, day: date | None) -> tree.Mapping | None:
    """The last version, or the one in force on ``day``; None when there is none."""
    if day is None:
        return max(target.versions, key=since_of)
    begun = [one for one in target.versions if since_of(one) <= day]
    last = max(begun, key=since_of, default=None)
    ended = None if last is None else nodes.day(last, "jusqu_a")
    return None if ended is not None and ended < day else last


def sheet_of(corpus: Corpus, target: Target, version: tree.Mapping) -> Sheet:
    """The sheet of one version of a target."""
    table = corpus.tables[target.name] if is_table(target) else None
    unit = corpus.units.get(nodes.text(target.node, "unite") or "")
    kind, choices = _kind(corpus, table)
    source = nodes.scalar(version, "source")
    if source is not None and source.span.line != source.span.end_line:
        source = None  # a text over several lines is not rewritten here
    latest = max(map(since_of, target.versions))
    symbol = "" if unit is None else unit.symbol or unit.name
    return Sheet(
        full_name(target),
        target.file,
        nodes.text(target.node, "libelle") or target.name,
        table is not None,
        kind,
        unit,
        choices,
        version,
        since_of(version),
        latest,
        _head(corpus, target, version, unit),
        (*_titles(corpus, table), f"Valeur ({symbol})" if symbol else "Valeur", "Source"),
        _lines(corpus, target, version, table, kind, choices),
        source,
    )


def is_table(target: Target) -> bool:
    """Whether a target has keys and rows."""
    return target.node.get("cles") is not None


def _number(version: tree.Mapping) -> bool:
    value = nodes.scalar(version, "valeur")
    return value is not None and nodes.number(value) is not None


def _kind(corpus: Corpus, table: Table | None) -> tuple[SheetKind, tuple[str, ...]]:
    if table is None or table.kind == "nombre":
        return "nombre", ()
    if table.kind == "booleen":
        return "booleen", TRUTH_WORDS
    return "code", tuple(one.code for one in corpus.nomenclatures[table.vocabulary or ""].terms)


def _head(
    corpus: Corpus, target: Target, version: tree.Mapping, unit: NamedUnit | None
) -> tuple[tuple[str, str | date], ...]:
    """What is said above the table, each with its words; the last day when there is one."""
    ended = nodes.day(version, "jusqu_a")
    articles = nodes.scalars(version.get("article")) or nodes.scalars(target.node.get("article"))
    known = corpus.texts.get(target.owner)
    text = "" if known is None else known.short
    rests = f"{text}{', art. ' if text and articles else ''}"
    left = ", ".join(one.text for one in nodes.scalars(version.get("a_remplir")))
    said = {DRAFT: "projet", "abrogee": "abrogée"}.get(
        nodes.text(version, "statut") or "", "signée"
    )
    return (
        ("Nom dans les règles", full_name(target)),
        ("Unité", "choix dans une liste" if unit is None else _unit(unit)),
        ("En vigueur depuis le", since_of(version)),
        ("Jusqu'au", "la version suivante" if ended is None else ended),
        ("Texte", (rests + ", ".join(one.text for one in articles)) or "voir la source"),
        ("État de la version", f"{said}, à remplir : {left}" if left else said),
    )


def _unit(unit: NamedUnit) -> str:
    decimals = f"{unit.decimals} décimale{'s' if unit.decimals > 1 else ''}"
    return f"{unit.name}{f' ({unit.symbol})' if unit.symbol else ''}, {decimals}"


def _titles(corpus: Corpus, table: Table | None) -> tuple[str, ...]:
    if table is None:
        return ("Paramètre",)
    found = []
    for column in table.columns:
        vocabulary = corpus.nomenclatures.get(column.reference)
        label = column.reference if vocabulary is None else vocabulary.label
        found.append(f"{column.name} ({'oui ou non' if column.kind == 'booleen' else label})")
    return tuple(found)


# --- rows


def _lines(
    corpus: Corpus,
    target: Target,
    version: tree.Mapping,
    table: Table | None,
    kind: SheetKind,
    choices: Sequence[str],
) -> tuple[SheetRow, ...]:
    if table is None:
        label = nodes.text(target.node, "libelle") or target.name
        node = version.get("valeur") or version.get("non_calculable")
        value, shown = _value(node, kind, choices)
        if version.get("non_calculable") is not None:
            value, shown = None, "non calculable"
        return (SheetRow(target.name, (label,), value, shown),)
    lowered = next(one for one in table.versions if one.period.since == since_of(version))
    seen: Counter[str] = Counter()
    found: list[SheetRow] = []
    rows = nodes.items(version, "lignes")
    for node, row in zip(rows, lowered.rows, strict=True):
        cells = node.items if isinstance(node, tree.Sequence) else ()
        ident = ", ".join(_key_text(one) for one in cells[:-1])
        seen[ident] += 1
        if seen[ident] > 1:
            ident = f"{ident} ({seen[ident]})"
        pairs = zip(table.columns, row.cells, strict=True)
        keys = tuple(key_words(corpus, column, cell) for column, cell in pairs)
        found.append(SheetRow(ident, keys, *_value(cells[-1], kind, choices), _twin(table, cells)))
    return tuple(found)


def _key_text(node: tree.Node) -> str:
    """The key of a row as its file writes it, « brioche/croissant »: a sheet finds it by that."""
    if isinstance(node, tree.Sequence):
        return "/".join(_key_text(one) for one in node.items)
    return node.text if isinstance(node, tree.Scalar) else "…"


def _twin(table: Table, cells: Sequence[tree.Node]) -> tree.Scalar | None:
    """The key of a row that is its value too, where the table says so."""
    if table.equal is None:
        return None
    key = cells[[one.name for one in table.columns].index(table.equal)]
    return key if isinstance(key, tree.Scalar) and nodes.number(key) is not None else None


def _value(
    node: tree.Node | None, kind: SheetKind, choices: Sequence[str]
) -> tuple[tree.Scalar | None, str]:
    """The scalar of a value that a sheet may edit; else None and its words."""
    if isinstance(node, tree.Mapping):
        return None, "non calculable"
    if not isinstance(node, tree.Scalar):
        return None, "voir le fichier de règles"
    if node.text == "sans_objet":
        return None, "sans objet"
    plain = (
        nodes.number(node) is not None
        if kind == "nombre"
        else node.text in (TRUTHS if kind == "booleen" else choices)
    )
    return (node, "") if plain else (None, f"formule : {node.text}")


@dataclass(frozen=True, slots=True)
class CellPlace:
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
class SheetCell:
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
    cells: Mapping[tuple[int, int], SheetCell]


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


def grid(sheet: Sheet) -> Iterator[SheetCell]:
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
            yield SheetCell(row, at, "cle", key, one_line(key), line.ident)
        if line.value is None:
            yield _fixed(row, value_at, line.shown)
        else:
            text = line.value.text
            yield SheetCell(row, value_at, "valeur", _shown(sheet, text), text, line.ident)
        if row > HEAD + 1:
            yield _fixed(row, source_at, _SAME_SOURCE)
        elif sheet.source is None:
            yield _fixed(row, source_at, "voir le fichier de règles")
        else:
            text = one_line(sheet.source.text)
            yield SheetCell(row, source_at, "source", text, text)


def _fixed(row: int, column: int, shown: str | date) -> SheetCell:
    return SheetCell(row, column, "fixe", shown, one_line(str(shown)))


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
    cells: dict[tuple[int, int], SheetCell] = {}
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
            cells[at] = SheetCell(*at, _ROLES[_ROLES.index(role)], text, text, ident)
        else:
            raise ValueError(kind)


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
    rule = DataValidation("textLength", "1", operator="greaterThanOrEqual", allow_blank=False)
    rule.errorTitle, rule.showErrorMessage = "Source refusée", True
    rule.error = "Écrivez d'où viennent ces valeurs : le document, puis la page."
    rules = {"valeur": _value_rule(sheet, cells, lists), "source": rule}
    for one in cells:
        cell = _put(page, one.row, one.column, one.shown)
        _dress(cell, one, sheet)
        if one.role in rules:
            rules[one.role].add(cell)
    for rule in rules.values():
        if rule.sqref.ranges:
            page.add_data_validation(rule)
    widths = {
        at: [len(str(one.shown)) for one in cells if one.column == at and one.row >= HEAD]
        for at in range(1, len(sheet.titles) + 1)
    }
    for at, lengths in widths.items():
        page.column_dimensions[get_column_letter(at)].width = min(max(lengths) + 3, _WIDEST)
    page.column_dimensions["A"].width = max(24, page.column_dimensions["A"].width)
    page.freeze_panes = cell_name(HEAD + 1, 1)
    page.protection.sheet = True
    page.protection.formatColumns = False  # the width of a column may be changed


def _dress(cell: BookCell, one: SheetCell, sheet: Sheet) -> None:
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
    sheet: Sheet, cells: Sequence[SheetCell], lists: Sequence[tuple[str, ...]]
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
