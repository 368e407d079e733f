"""A workbook and the rules of today go in; each cell that changed comes out, to be written.

Three versions of each cell are compared: as exported, in the workbook, in the rules today.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from engine.edition.cell_value import Value, cell_value, source_text, written_value
from engine.edition.new_version import Target, all_targets, since_of, written_number
from engine.edition.sheet_check import outside_changes
from engine.edition.table_export import (
    FRENCH_TRUTHS,
    LISTS,
    TRACE,
    TRACE_WIDTH,
    TRUTHS,
    Cell,
    Line,
    Place,
    Sheet,
    Traced,
    cell_name,
    full_name,
    is_table,
    one_line,
    read_trace,
    sheet_of,
)
from engine.edition.workbook_read import Read, ReadSheet, read_workbook
from engine.evaluation.show import french
from engine.langage.corpus import Corpus
from engine.source import tree
from engine.source.builder import MAX_DIGITS
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.positions import rewritten


@dataclass(frozen=True, slots=True)
class Edit:
    """A cell that changed: where, of what, from what to what, and the scalar to rewrite."""

    place: Place
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

    edits: list[Edit] = field(default_factory=list)
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
        [sheet.cells[row, column].text if (row, column) in sheet.cells else ""
         for column in range(1, TRACE_WIDTH + 1)]
        for row in range(1, last + 1)
    ]  # fmt: skip


def _compare_sheet(
    found: Comparison, corpus: Corpus, target: Target | None, traced: Traced, read: ReadSheet,
    workbook: str,
) -> None:  # fmt: skip
    now = None if target is None else _now(corpus, target, traced)
    if now is None or now.shape != traced.shape:
        found.findings.append(
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
        found.findings.append(say("E558", workbook, cas="altered"))
        return
    if traced.since == traced.latest < now.latest:
        found.findings.append(
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

    def at(row: int, column: int) -> Place:
        return Place(workbook, traced.title, cell_name(row, column), row, column)

    outside = outside_changes(traced, read, at)
    found.findings += outside
    if outside:  # what a cell holds means nothing when its row is not known
        return
    found.sheets.append(now)
    for (row, column), base in traced.cells.items():
        if base.role in {"valeur", "source"}:
            _compare_cell(found, now, base, (at(row, column), read.cells.get((row, column))),
                          tuple(corpus.documents))  # fmt: skip


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
    found: Comparison, now: Sheet, base: Cell, held: tuple[Place, Read | None],
    documents: tuple[str, ...],
) -> None:  # fmt: skip
    place, read = held
    source = base.role == "source"
    line = None if source else next((one for one in now.lines if one.ident == base.ident), None)
    if line is None and not source:
        found.findings.append(
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
        source_text(base, read, place, documents) if source
        else cell_value(now, base, read, place)
    )  # fmt: skip
    if isinstance(mine, Diagnostic):
        found.findings.append(mine)
        return
    scalar = now.source if line is None else line.value
    before = _value(now, base.text, source=source)
    theirs = None if scalar is None else _value(now, one_line(scalar.text), source=source)
    if mine == before:
        found.kept += theirs != before
    elif scalar is None or theirs not in (before, mine):
        there = now.version.span if scalar is None else scalar.span
        words = base.text, _text(now, mine, base.text), _there(scalar, line)
        found.findings.append(
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
        found.edits.append(
            Edit(place, now, ident, keys, scalar.text, after, scalar, line.twin if line else None)
        )


def _there(scalar: tree.Scalar | None, line: Line | None) -> str:
    """What the rules say today, in words when it is no value."""
    if scalar is not None:
        return one_line(scalar.text)
    return "absente" if line is None else line.shown


def _value(now: Sheet, text: str, *, source: bool) -> Value:
    return text if source else written_value(now, text)


def _text(now: Sheet, value: Value, before: str) -> str:
    """A value as the file writes it; a truth in the words of the one before."""
    if isinstance(value, bool):
        yes, no = FRENCH_TRUTHS if before in FRENCH_TRUTHS else ("true", "false")
        return yes if value else no
    if isinstance(value, Fraction):
        unit = now.unit
        return written_number(value, unit.decimals if unit is not None and unit.symbol else 0)
    return value


def edited(contents: Mapping[str, str], edits: Sequence[Edit]) -> dict[str, str]:
    """The new text of each file that the edits change, everything else to the character."""
    files = dict.fromkeys(one.sheet.file for one in edits)
    return {
        file: "\n".join(rewritten(
            contents[file].split("\n"),
            [
                (scalar.span, one.written)
                for one in edits if one.sheet.file == file
                for scalar in (one.scalar, one.twin) if scalar is not None
            ],
        ))
        for file in files
    }  # fmt: skip
