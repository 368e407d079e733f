"""A workbook and the rules of today go in; each cell that changed comes out, to be written.

Three versions of each cell are compared: as exported, in the workbook, in the rules today.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Context, Decimal
from fractions import Fraction
from typing import Final, Literal, TypeAlias
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.cell.cell import Cell as BookCell
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.worksheet import Worksheet

from engine.dossiers.values import read_number
from engine.edition.new_version import (
    NewNumber,
    Target,
    all_targets,
    percent_words,
    since_of,
    written_number,
)
from engine.edition.plausibility import far, plausibility
from engine.edition.table_export import (
    FRENCH_TRUTHS,
    HEAD,
    LISTS,
    TRACE,
    TRACE_WIDTH,
    TRUTH_WORDS,
    TRUTHS,
    CellPlace,
    Sheet,
    SheetCell,
    SheetRow,
    Traced,
    cell_name,
    full_name,
    is_table,
    one_line,
    read_trace,
    sheet_of,
    titles_of,
)
from engine.evaluation.law import Folder, check_corpus
from engine.evaluation.show import counted, french
from engine.langage.corpus import Corpus
from engine.reponse.report import ListColumn, Listing, Report
from engine.source import tree
from engine.source.builder import MAX_DIGITS
from engine.source.catalogue import capped, say
from engine.source.diagnostics import Diagnostic
from engine.source.messages.hints import write_date
from engine.source.positions import rewritten
from engine.source.tree import is_number
from engine.sql.inputs.workbook import fits

# A spreadsheet computes with, and shows, fifteen digits: what a file holds beyond is the noise of
# its binary numbers (1308.7200000000003), which nobody typed.
_DIGITS: Final = Context(prec=15)

Held = Literal["texte", "nombre", "date", "booleen", "formule", "erreur"]


@dataclass(frozen=True, slots=True)
class ReadCell:
    """What a cell holds, as exact text, and the number format that shows it."""

    kind: Held
    text: str
    layout: str


@dataclass(frozen=True, slots=True)
class ReadSheet:
    """A sheet: its cells that hold something, by row and column, and its merged ranges."""

    cells: Mapping[tuple[int, int], ReadCell]
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
    ):  # what the library lets through
        return None


def _sheet(page: Worksheet) -> ReadSheet:
    cells: dict[tuple[int, int], ReadCell] = {}
    # The library only gives whole rectangles: one value far away would make millions of cells.
    for place, cell in sorted(page._cells.items()):  # noqa: SLF001
        if isinstance(cell, BookCell) and (found := _read(cell)) is not None:
            cells[place] = found
    merged = tuple((one.coord, one.min_row, one.min_col) for one in page.merged_cells.ranges)
    return ReadSheet(cells, merged)


def _read(cell: BookCell) -> ReadCell | None:
    layout = cell.number_format
    if cell.data_type == "f":
        text = getattr(cell.value, "text", None) or cell.value
        return ReadCell("formule", str(text), layout)
    if cell.data_type == "e":
        return ReadCell("erreur", str(cell.value), layout)
    match cell.value:
        case None:
            return None
        case bool():
            return ReadCell("booleen", "oui" if cell.value else "non", layout)
        case int() | float():
            number = plain_number(str(cell.value))
            return ReadCell("nombre" if is_number(number) else "erreur", number, layout)
        case datetime() as moment:
            day = moment.date().isoformat() if moment.time() == time() else str(moment)
            return ReadCell("date", day, layout)
        case date() | time() | timedelta() as moment:
            return ReadCell("date", str(moment), layout)
        case other:
            text = one_line(str(other))
            return ReadCell("texte", text, layout) if text else None


def plain_number(text: str) -> str:
    """A binary number as its shortest text says it, in the digits that a spreadsheet has."""
    number = f"{_DIGITS.create_decimal(Decimal(text)):f}"
    return number.rstrip("0").rstrip(".") if "." in number else number


CellValue: TypeAlias = Fraction | bool | str

_EUROS: Final = re.compile(r"\[\$(?:€|EUR)?(?:-[^\]]*)?\]")  # « [$€-40C] », or a language alone
_OTHER_MONEY: Final = re.compile(r"[$£¥]")
_STARTS_AS_NUMBER: Final = re.compile(r"[-+]?[0-9][0-9 .,\u00a0\u202f]*")


def written_value(sheet: Sheet, text: str) -> CellValue:
    """The value that a text of the rules writes."""
    if sheet.kind == "nombre":
        return Fraction(Decimal(text))
    return TRUTHS[text] if sheet.kind == "booleen" else text


def cell_value(
    sheet: Sheet, base: SheetCell, read: ReadCell | None, place: CellPlace
) -> CellValue | Diagnostic:
    """The value of a cell.

    Args:
        sheet: what the rules say of it today: kind of value, unit, codes.
        base: the cell as it was exported.
        read: what it holds now.
        place: where it is.

    Returns:
        The value, or E567.
    """
    refused = _held(base, read, place)
    if refused is not None or read is None:
        return refused or say("E567", place.span, cas="vide", lieu=place, avant=base.text)
    if sheet.kind != "nombre":
        text = read.text.lower() if sheet.kind == "booleen" else read.text
        if text not in sheet.choices:
            return say(
                "E567", place.span, cas="liste", lieu=place, texte=read.text, connus=sheet.choices
            )
        return text == TRUTH_WORDS[0] if sheet.kind == "booleen" else text
    if read.kind == "booleen":
        return say(
            "E567",
            place.span,
            cas="pas_un_nombre",
            lieu=place,
            texte=read.text,
            unite=sheet.unit_words,
        )
    value = Fraction(read.text) if read.kind == "nombre" else _typed(sheet, read.text, place)
    before = Fraction(Decimal(base.text))
    if isinstance(value, Diagnostic) or value == before:
        return value
    return _unfit(sheet, (base.text, value), read, place) or value


def source_text(
    base: SheetCell, read: ReadCell | None, place: CellPlace, documents: tuple[str, ...]
) -> str | Diagnostic:
    """The source that a cell gives, or E567."""
    refused = _held(base, read, place)
    if refused is not None or read is None:
        return refused or say("E567", place.span, cas="vide", lieu=place, avant=base.text)
    if read.text == base.text:
        return read.text
    if read.kind != "texte":
        return say("E567", place.span, cas="source_sans_texte", lieu=place, texte=read.text)
    document, comma, where = read.text.partition(", ")
    if document not in documents or (comma and not where):
        return say(
            "E567", place.span, cas="source_inconnue", lieu=place, texte=read.text, connus=documents
        )
    return read.text


def _held(base: SheetCell, read: ReadCell | None, place: CellPlace) -> Diagnostic | None:
    """What is refused wherever it stands: nothing, a formula, an error, a date."""
    if read is None:
        return say("E567", place.span, cas="vide", lieu=place, avant=base.text)
    match read.kind:
        case "formule":
            return say("E567", place.span, cas="formule", lieu=place, texte=read.text)
        case "erreur":
            return say("E567", place.span, cas="erreur", lieu=place, texte=read.text)
        case "date":
            return say("E567", place.span, cas="date", lieu=place, texte=read.text)
        case _:
            return None


def _typed(sheet: Sheet, text: str, place: CellPlace) -> Fraction | Diagnostic:
    """A number that is a text, with the unit of its column at most."""
    symbol = "" if sheet.unit is None else sheet.unit.symbol
    bare = text.removesuffix(symbol).strip() if symbol else text
    number = read_number(bare, "nombre" if symbol else "part")
    if number is not None:
        return number
    if _STARTS_AS_NUMBER.match(text) and re.search(r"[^\W\d_]|[%€$£¥]", text):
        return say("E567", place.span, cas="unite", lieu=place, texte=text, unite=sheet.unit_words)
    return say(
        "E567", place.span, cas="pas_un_nombre", lieu=place, texte=text, unite=sheet.unit_words
    )


def _unfit(
    sheet: Sheet, values: tuple[str, Fraction], read: ReadCell, place: CellPlace
) -> Diagnostic | None:
    """What is wrong with a number that was read, and is not the one exported."""
    before, value = values
    symbol = "" if sheet.unit is None else sheet.unit.symbol
    own = 0 if sheet.unit is None else sheet.unit.decimals
    decimals = max(own, len(before.partition(".")[2]))
    if symbol and "%" in read.layout:
        return say(
            "E567",
            place.span,
            cas="unite",
            lieu=place,
            texte=f"{_french(read.text)} au format pourcentage",
            unite=sheet.unit_words,
        )
    if read.kind == "nombre" and _OTHER_MONEY.search(_EUROS.sub("", read.layout)):
        return say(
            "E567",
            place.span,
            cas="unite",
            lieu=place,
            texte=f"{_french(read.text)} au format d'une autre monnaie",
            unite=sheet.unit_words,
        )
    if (value * 10**decimals).denominator != 1:
        return say(
            "E567",
            place.span,
            cas="decimales" if decimals > 1 else "une_decimale" if decimals else "aucune_decimale",
            lieu=place,
            texte=_french(read.text),
            unite=sheet.unit_words,
            decimales=decimals,
        )
    if value < 0 <= Fraction(Decimal(before)):
        return say("E567", place.span, cas="negatif", lieu=place, texte=_french(read.text))
    return None


def _french(text: str) -> str:
    return text.replace(".", ",")


At = Callable[[int, int], CellPlace]


def outside_changes(traced: Traced, read: ReadSheet, at: At) -> tuple[Diagnostic, ...]:
    """E566 for all that changed and may not be edited: merged cells, rows, keys, headings.

    A row that moved makes every other difference meaningless: it is told alone.
    """
    found = [
        say("E566", place.span, cas="fusion", lieu=place, cellules=cells)
        for cells, row, column in read.merged
        for place in [at(row, column)]
    ]
    return tuple(
        found
        or _moved_rows(traced, read, at)
        or [*_fixed(traced, read, at), *_beside(traced, read, at)]
    )


def _moved_rows(traced: Traced, read: ReadSheet, at: At) -> list[Diagnostic]:
    """What happened to the rows, told by their keys."""
    width = max(one.column for one in traced.cells.values() if one.role == "cle")
    before, after = _keys(traced.cells, width), _keys(read.cells, width)
    if before == after:
        return []
    lost = Counter(before.values()) - Counter(after.values())
    new = Counter(after.values()) - Counter(before.values())
    if not lost and not new:
        row = min(row for row, keys in before.items() if after.get(row) != keys)
        place = at(row, 1)
        return [say("E566", place.span, cas="ordre", lieu=place)]
    if len(before) > len(after):
        return [
            say("E566", place.span, cas="ligne_otee", lieu=place, cles=_words(keys))
            for row, keys in before.items()
            if keys in lost
            for place in [at(row, 1)]
        ]
    if len(before) < len(after):
        return [
            say("E566", place.span, cas="ligne_ajoutee", lieu=place, cles=_words(keys))
            for row, keys in after.items()
            if keys in new
            for place in [at(row, 1)]
        ]
    return [
        say("E566", place.span, cas="cle", lieu=place, avant=old, apres=now)
        for row, keys in before.items()
        for column, (old, now) in enumerate(
            zip(keys, after.get(row, ("",) * width), strict=True), 1
        )
        if old != now
        for place in [at(row, column)]
    ]


def _keys(
    cells: Mapping[tuple[int, int], SheetCell] | Mapping[tuple[int, int], ReadCell], width: int
) -> dict[int, tuple[str, ...]]:
    """The keys of each row of the table that has some."""
    texts = {place: one.text for place, one in cells.items()}
    found: dict[int, tuple[str, ...]] = {}
    for row in sorted({row for row, column in texts if row > HEAD and column <= width}):
        found[row] = tuple(texts.get((row, column), "") for column in range(1, width + 1))
    return found


def _words(keys: tuple[str, ...]) -> str:
    return ", ".join(one for one in keys if one)


def _fixed(traced: Traced, read: ReadSheet, at: At) -> Iterator[Diagnostic]:
    """Each locked cell that holds something else."""
    for (row, column), cell in traced.cells.items():
        if cell.role == "fixe":
            found = read.cells.get((row, column))
            if not _same(cell, found):
                after = "" if found is None else found.text
                place = at(row, column)
                yield say(
                    "E566",
                    place.span,
                    cas="modifiee" if after else "videe",
                    lieu=place,
                    avant=cell.text,
                    apres=after,
                )


def _same(cell: SheetCell, read: ReadCell | None) -> bool:
    """Whether a locked cell is as exported; a day is one, in whatever form it is kept."""
    if read is None or read.kind == "formule":
        return False
    return read.text == cell.text or _day(read.text) == cell.text


def _day(text: str) -> str | None:
    try:
        return date.fromisoformat(write_date(text) or text).isoformat()
    except ValueError:
        return None


def _beside(traced: Traced, read: ReadSheet, at: At) -> Iterator[Diagnostic]:
    """The first cell of each column, and of each row, that holds something and was not exported."""
    added = [place for place in sorted(read.cells) if place not in traced.cells]
    told: set[int] = set()
    for row, column in added:
        if column not in told:
            told.add(column)
            place = at(row, column)
            yield say(
                "E566",
                place.span,
                cas="hors_tableau",
                lieu=place,
                texte=read.cells[row, column].text,
            )


@dataclass(frozen=True, slots=True)
class CellEdit:
    """A cell that changed: where, of what, from what to what, and the scalar to rewrite."""

    place: CellPlace
    sheet: Sheet
    ident: str | None  # of its row; None for the source
    keys: str  # in words
    before: str  # as the rules write it
    after: str
    scalar: tree.Scalar
    twin: tree.Scalar | None  # the key that repeats the value

    @property
    def number(self) -> bool:
        """Whether it is a number, which moves by so much."""
        return self.ident is not None and self.sheet.kind == "nombre"

    @property
    def words(self) -> tuple[str, str]:
        """Both values as a reader of French expects them, with their unit."""
        if not self.number:
            return self.before, self.after
        unit = self.sheet.unit
        return french(Fraction(self.before), unit), french(Fraction(self.after), unit)

    @property
    def written(self) -> str:
        """What the file says instead of the scalar."""
        if self.ident is not None and not self.scalar.quoted:
            return self.after
        escaped = self.after.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'


@dataclass(slots=True)
class Comparison:
    """What comes of a workbook: the cells to write, and the findings that forbid it."""

    edits: list[CellEdit] = field(default_factory=list)
    findings: list[Diagnostic] = field(default_factory=list)
    sheets: list[Sheet] = field(default_factory=list)
    kept: int = 0  # the cells that changed in the rules, and not in the workbook


def compare_workbook(
    corpus: Corpus, contents: Mapping[str, str], workbook: str, data: bytes
) -> Comparison:
    """Compare a workbook with the rules.

    Args:
        corpus: the law of today, its drafts applied.
        contents: the text of each of its files, by the name it is shown under.
        workbook: the name to show in every place.
        data: the workbook.

    Returns:
        Its cells that changed, or E558 to E560 and E566 to E568.
    """
    found = Comparison()
    book = read_workbook(data)
    if book is None:
        found.findings.append(say("E558", workbook, cas="unreadable"))
        return found
    if TRACE not in book:
        found.findings.append(say("E558", workbook, cas="foreign"))
        return found
    traced, refusal = read_trace(_rows(book[TRACE]))
    if refusal:
        found.findings.append(say("E558", workbook, cas=refusal))
        return found
    titles = [one.title for one in traced]
    found.findings += [
        say("E559", workbook, cas="absente", feuille=one) for one in titles if one not in book
    ]
    found.findings += [
        say("E559", workbook, cas="inconnue", feuille=one, connus=titles)
        for one in book
        if one not in (*titles, TRACE, LISTS)
    ]
    known = {(full_name(one), is_table(one)): one for one in all_targets(corpus, contents)}
    for one in traced:
        if one.title in book:
            target = known.get((one.name, one.shape.startswith("table")))
            _compare_sheet(found, corpus, target, one, book[one.title], workbook)
    return found


def _rows(sheet: ReadSheet) -> list[list[str]]:
    """The rows of the trace, each of seven texts."""
    last = max((row for row, _ in sheet.cells), default=0)
    if last > len(sheet.cells):  # réglo leaves no row empty
        return []
    return [
        [
            sheet.cells[row, column].text if (row, column) in sheet.cells else ""
            for column in range(1, TRACE_WIDTH + 1)
        ]
        for row in range(1, last + 1)
    ]


def _compare_sheet(
    comparison: Comparison,
    corpus: Corpus,
    target: Target | None,
    traced: Traced,
    read: ReadSheet,
    workbook: str,
) -> None:
    now = None if target is None else _now(corpus, target, traced)
    if now is None or now.shape != traced.shape:
        comparison.findings.append(
            say(
                "E560",
                workbook,
                cas="version_otee",
                feuille=traced.title,
                nom=traced.name,
                depuis=traced.since,
            )
        )
        return
    if not _written_by_us(now, traced):
        comparison.findings.append(say("E558", workbook, cas="altered"))
        return
    if traced.since == traced.latest < now.latest:
        comparison.findings.append(
            say(
                "E560",
                workbook,
                (now.version.span, "cette version"),
                cas="version_nouvelle",
                feuille=traced.title,
                nom=traced.name,
                ancien=traced.since,
                nouveau=now.latest,
            )
        )
        return

    def at(row: int, column: int) -> CellPlace:
        return CellPlace(workbook, traced.title, cell_name(row, column), row, column)

    outside = outside_changes(traced, read, at)
    comparison.findings += outside
    if outside:  # what a cell holds means nothing when its row is not known
        return
    comparison.sheets.append(now)
    for (row, column), base in traced.cells.items():
        if base.role in {"valeur", "source"}:
            _compare_cell(
                comparison,
                now,
                base,
                (at(row, column), read.cells.get((row, column))),
                tuple(corpus.documents),
            )


def _written_by_us(now: Sheet, traced: Traced) -> bool:
    """Whether the values of a trace are of the kind of the sheet: anyone can make its hash."""
    values = [one.text for one in traced.cells.values() if one.role == "valeur"]
    if now.kind == "nombre":
        sound = all(len(one) <= MAX_DIGITS and tree.is_number(one) for one in values)
    else:
        sound = now.kind == "code" or all(one in TRUTHS for one in values)
    return sound and any(one.role == "cle" for one in traced.cells.values())


def _now(corpus: Corpus, target: Target, traced: Traced) -> Sheet | None:
    """The sheet that the version exported would have today."""
    version = next((one for one in target.versions if since_of(one) == traced.since), None)
    return None if version is None else sheet_of(corpus, target, version)


def _compare_cell(
    comparison: Comparison,
    now: Sheet,
    base: SheetCell,
    held: tuple[CellPlace, ReadCell | None],
    documents: tuple[str, ...],
) -> None:
    place, read = held
    source = base.role == "source"
    line = None if source else next((one for one in now.lines if one.ident == base.ident), None)
    if line is None and not source:
        comparison.findings.append(
            say(
                "E560",
                place.span,
                (now.version.span, "la table aujourd'hui"),
                cas="ligne_otee",
                feuille=place.sheet,
                cellule=place.name,
                cles=base.ident,
            )
        )
        return
    mine = (
        source_text(base, read, place, documents) if source else cell_value(now, base, read, place)
    )
    if isinstance(mine, Diagnostic):
        comparison.findings.append(mine)
        return
    scalar = now.source if line is None else line.value
    before = _value(now, base.text, source=source)
    theirs = None if scalar is None else _value(now, one_line(scalar.text), source=source)
    if mine == before:
        comparison.kept += theirs != before
    elif scalar is None or theirs not in (before, mine):
        there = now.version.span if scalar is None else scalar.span
        words = base.text, _text(now, mine, base.text), _there(scalar, line)
        comparison.findings.append(
            say(
                "E568",
                place.span,
                there,
                lieu=place,
                export=words[0],
                classeur=words[1],
                regles=words[2],
            )
        )
    elif theirs != mine:
        keys = "source" if line is None else ", ".join(line.keys)
        ident = None if line is None else line.ident
        after = _text(now, mine, scalar.text)
        comparison.edits.append(
            CellEdit(
                place, now, ident, keys, scalar.text, after, scalar, line.twin if line else None
            )
        )


def _there(scalar: tree.Scalar | None, line: SheetRow | None) -> str:
    """What the rules say today, in words when it is no value."""
    if scalar is not None:
        return one_line(scalar.text)
    return "absente" if line is None else line.shown


def _value(now: Sheet, text: str, *, source: bool) -> CellValue:
    return text if source else written_value(now, text)


def _text(now: Sheet, value: CellValue, before: str) -> str:
    """A value as the file writes it; a truth in the words of the one before."""
    if isinstance(value, bool):
        yes, no = FRENCH_TRUTHS if before in FRENCH_TRUTHS else ("true", "false")
        return yes if value else no
    if isinstance(value, Fraction):
        unit = now.unit
        return written_number(value, unit.decimals if unit is not None and unit.symbol else 0)
    return value


def edited(contents: Mapping[str, str], edits: Sequence[CellEdit]) -> dict[str, str]:
    """The new text of each file that the edits change, everything else to the character."""
    files = dict.fromkeys(one.sheet.file for one in edits)
    return {
        file: "\n".join(
            rewritten(
                contents[file].split("\n"),
                [
                    (scalar.span, one.written)
                    for one in edits
                    if one.sheet.file == file
                    for scalar in (one.scalar, one.twin)
                    if scalar is not None
                ],
            )
        )
        for file in files
    }


def check_edits(
    folder: Folder,
    today: Corpus,
    texts: Mapping[str, str],
    edits: Sequence[CellEdit],
    *,
    plausible: bool,
) -> tuple[Diagnostic, ...]:
    """What forbids some edits to be written.

    Args:
        folder: where the rules are.
        today: what they are, without the edits.
        texts: all their files as they would be, by the name each is shown under.
        edits: what differs in them.
        plausible: whether surprising values are accepted.

    Returns:
        The errors of the rules as they would be; if there are none, E567 for each surprise.
    """
    contents = {
        name.removeprefix(f"{folder.shown}/"): text.encode() for name, text in texts.items()
    }
    corpus, findings = check_corpus(folder, contents, "")
    if corpus is None:
        return findings
    return () if plausible else tuple(_surprises(today, corpus, edits))


def _surprises(today: Corpus, corpus: Corpus, edits: Sequence[CellEdit]) -> Iterator[Diagnostic]:
    """One finding for each surprising cell: what its history says, else how far it moved."""
    known = {_place(one) for one in plausibility(today).findings}
    told = {
        _place(one)[1:]: one for one in plausibility(corpus).findings if _place(one) not in known
    }
    for edit in (one for one in edits if one.number):
        # An edit moves nothing but what follows it on its line: lines stay what they are.
        said = told.get((edit.sheet.file, edit.scalar.span.line))
        if said is not None:
            yield say(
                "E567",
                edit.place.span,
                cas="etonnante",
                lieu=edit.place,
                dit=f"{said.code}, {said.message}",
            )
        elif far(Fraction(edit.before), Fraction(edit.after)):
            old, new = edit.words
            moved = percent_words(NewNumber("", edit.before, edit.after))
            yield say(
                "E567",
                edit.place.span,
                cas="etonnante",
                lieu=edit.place,
                dit=f"{old} est devenu {new}, {moved}",
            )


def _place(finding: Diagnostic) -> tuple[str, str, int]:
    return finding.code, finding.span.file, finding.span.line


_SHEETS: Final = (
    ListColumn("feuille", "Feuille"),
    ListColumn("nom", "Nom", "code"),
    ListColumn("depuis", "Depuis", "code"),
    ListColumn("projet", "Projet"),
    ListColumn("lignes", "Lignes", "count"),
)
_EDITS: Final = (
    ListColumn("feuille", "Feuille"),
    ListColumn("cellule", "Cellule", "code"),
    ListColumn("nom", "Nom", "code"),
    ListColumn("depuis", "Depuis", "code"),
    ListColumn("cles", "Clés"),
    ListColumn("avant", "Avant"),
    ListColumn("apres", "Après"),
    ListColumn("evolution", "Évolution"),
    ListColumn("fichier", None),
    ListColumn("ligne", None),
)


def sheets_report(sheets: Sequence[Sheet], book: str) -> Report:
    """What each sheet of the workbook ``book`` that was written holds."""
    rows, words = [], []
    for title, sheet in zip(titles_of(sheets), sheets, strict=True):
        rows.append((title, sheet.name, sheet.since, sheet.draft, len(sheet.lines)))
        state = "projet" if sheet.draft else "version"
        lines = counted(len(sheet.lines), "ligne")
        words.append(f"{sheet.name} : {state} du {sheet.since}, {lines}")
    notes = [f"{counted(len(sheets), 'feuille')} dans {book}"]
    listing = Listing("", _SHEETS, rows, words, notes=notes)
    return Report("Les feuilles", [listing], {"classeur": book, "feuilles": listing.json()})


def changes_report(comparison: Comparison, findings: Sequence[Diagnostic]) -> Report:
    """Each cell that changed, old and new; then what writing them means."""
    rows, words = [], []
    for edit in comparison.edits:
        place, sheet, span = edit.place, edit.sheet, edit.scalar.span
        move = percent_words(NewNumber(edit.keys, edit.before, edit.after)) if edit.number else None
        cell = (place.sheet, place.name, sheet.name, sheet.since, edit.keys)
        rows.append((*cell, edit.before, edit.after, move, span.file, span.line))
        before, after = edit.words
        moved = f" ({move})" if move else ""
        twin = "" if edit.twin is None else ", et sa clé"
        where = f"{place.sheet}, {place.name} ({edit.keys})"
        words.append(f"{where} : {before} → {after}{moved}{twin}   {span}")
    listing = Listing("", _EDITS, rows, words, notes=list(_meant(comparison)))
    data = {
        "changements": listing.json(),
        "gardees": comparison.kept,
        "constats": [one.to_json() for one in capped(findings)],
    }
    return Report("Les cases modifiées", [listing], data)


def _meant(comparison: Comparison) -> Iterator[str]:
    if comparison.kept:
        yield (
            f"{counted(comparison.kept, 'case changée', 'cases changées')} dans les règles depuis "
            "l'export : les règles sont gardées"
        )
    if not comparison.edits and not comparison.findings:
        yield "Aucune case modifiée : il n'y a rien à écrire."
    touched = {edit.sheet.name for edit in comparison.edits}
    for sheet in (one for one in comparison.sheets if one.name in touched):
        if not sheet.draft:
            yield (
                f"attention : {sheet.name} : c'est corriger la version du {sheet.since}, déjà "
                "signée, et non en ajouter une ; pour une valeur nouvelle : reglo "
                f"nouvelle-version {sheet.name} --depuis AAAA-MM-JJ"
            )
        elif sheet.to_fill:
            yield (
                f"{sheet.name} : le projet dit encore « a_remplir: [{', '.join(sheet.to_fill)}] » ;"
                " retirez-en, dans le fichier de règles, ce qui est rempli"
            )
