"""Messages of a workbook of rates that is read back (E558 to E560, E566 to E568)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import PurePath

from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.positions import Span, whole_file

_AGAIN = "exportez de nouveau avec « reglo exporter-table », puis reportez-y vos valeurs"
_UNDO = "annulez (Ctrl + Z)"
_ONLY = "seules les cases blanches se modifient"


@dataclass(frozen=True, slots=True)
class Place:
    """A cell: its workbook, its sheet, its name and its numbers."""

    workbook: str
    sheet: str
    name: str  # « C9 »
    row: int
    column: int

    def __str__(self) -> str:
        return f"{_named(self.workbook)}, feuille « {self.sheet} », cellule {self.name}"

    @property
    def span(self) -> Span:
        """The cell as editors and forges take a place: its row as a line."""
        return Span(self.workbook, self.row, self.column, self.row, self.column + 1)


def _named(workbook: str) -> str:
    """The name of a workbook in a sentence: its place is said before."""
    return PurePath(workbook).name


# --- the workbook


def not_ours(workbook: str, why: str) -> Diagnostic:
    """E558: not a workbook, or none that réglo wrote; ``why`` says which."""
    return say("E558", workbook, cas=why)


_NOT_OURS = {
    "unreadable": (
        "n'est pas un classeur lisible",
        "ouvrez-le dans Excel ou LibreOffice et enregistrez-le au format .xlsx, sans mot de passe",
    ),
    "foreign": (
        "ne vient pas de « reglo exporter-table » : la feuille cachée « reglo » n'y est pas",
        _AGAIN,
    ),
    "altered": (
        "a perdu sa trace d'export : la feuille cachée « reglo » a été modifiée",
        f"n'affichez ni ne modifiez cette feuille ; {_AGAIN}",
    ),
    "version": ("a été exporté par une autre version de réglo", _AGAIN),
}


def sheet_missing(workbook: str, sheet: str) -> Diagnostic:
    """A sheet that was exported is no longer there, or has another name."""
    return say("E559", workbook, cas="absente", feuille=sheet)


def sheet_unknown(workbook: str, sheet: str, known: Sequence[str]) -> Diagnostic:
    """A sheet that was not exported."""
    return say("E559", workbook, cas="inconnue", feuille=sheet, connus=known)


def _wrong_sheet(message: str, workbook: str, hint: str) -> Diagnostic:
    """E559: a sheet is missing, or is one too many."""
    return Diagnostic("E559", message, whole_file(workbook), hints=(hint,))


# --- what the rules have become since


def version_gone(workbook: str, sheet: str, name: str, since: date) -> Diagnostic:
    """The version exported is no longer in the rules."""
    return say("E560", workbook, cas="version_otee", feuille=sheet, nom=name, depuis=since)


def newer_version(
    workbook: str, sheet: str, name: str, days: tuple[date, date], span: Span
) -> Diagnostic:
    """The version exported was the last one, and is no longer (``days``: its day, the new one)."""
    return say(
        "E560",
        workbook,
        (span, "cette version"),
        cas="version_nouvelle",
        feuille=sheet,
        nom=name,
        ancien=days[0],
        nouveau=days[1],
    )


def row_gone(place: Place, keys: str, span: Span) -> Diagnostic:
    """A row exported is no longer in the version."""
    return say(
        "E560",
        place.span,
        (span, "la table aujourd'hui"),
        cas="ligne_otee",
        feuille=place.sheet,
        cellule=place.name,
        cles=keys,
    )


def _older(  # noqa: PLR0913, PLR0917 - a sentence and its two places
    workbook: str, sheet: str, said: str, at: Span, hint: str, label: tuple[Span, str] | None = None
) -> Diagnostic:
    """E560: the rules are no longer those that were exported."""
    return Diagnostic(
        "E560",
        f"{_named(workbook)}, feuille « {sheet} », {said}",
        at,
        () if label is None else (label,),
        (hint,),
    )


# --- outside the cells that may be edited


def cell_changed(place: Place, before: str, after: str) -> Diagnostic:
    """A heading, a unit, a date or any other locked cell is not what was exported."""
    return say(
        "E566",
        place.span,
        cas="modifiee" if after else "videe",
        lieu=place,
        avant=before,
        apres=after,
    )


def key_changed(place: Place, before: str, after: str) -> Diagnostic:
    """A key of a row is not what was exported."""
    return say("E566", place.span, cas="cle", lieu=place, avant=before, apres=after)


def row_deleted(place: Place, keys: str) -> Diagnostic:
    """A row that was exported is no longer in the sheet."""
    return say("E566", place.span, cas="ligne_otee", lieu=place, cles=keys)


def row_added(place: Place, keys: str) -> Diagnostic:
    """A row of the sheet was not exported."""
    return say("E566", place.span, cas="ligne_ajoutee", lieu=place, cles=keys)


def rows_moved(place: Place) -> Diagnostic:
    """The rows are those that were exported, in another order."""
    return say("E566", place.span, cas="ordre", lieu=place)


def cell_added(place: Place, text: str) -> Diagnostic:
    """Something is written beside or below the table."""
    return say("E566", place.span, cas="hors_tableau", lieu=place, texte=text)


def merged(place: Place, cells: str) -> Diagnostic:
    """Cells are merged."""
    return say("E566", place.span, cas="fusion", lieu=place, cellules=cells)


def _outside(place: Place, said: str, hint: str) -> Diagnostic:
    """E566: something changed that may not be edited here."""
    return Diagnostic("E566", f"{place} : {said}", place.span, hints=(hint,))


# --- values that cannot be read


def formula(place: Place, text: str) -> Diagnostic:
    """A formula where a value is expected."""
    return say("E567", place.span, cas="formule", lieu=place, texte=text)


def cell_error(place: Place, text: str) -> Diagnostic:
    """« #REF! » and the like."""
    return say("E567", place.span, cas="erreur", lieu=place, texte=text)


def empty_cell(place: Place, before: str) -> Diagnostic:
    """The value was deleted."""
    return say("E567", place.span, cas="vide", lieu=place, avant=before)


def not_a_number(place: Place, text: str, unit: str) -> Diagnostic:
    """A text that is no number, for a value of ``unit`` (words)."""
    return say("E567", place.span, cas="pas_un_nombre", lieu=place, texte=text, unite=unit)


def a_date(place: Place, text: str) -> Diagnostic:
    """A spreadsheet took what was typed for a date."""
    return say("E567", place.span, cas="date", lieu=place, texte=text)


def other_unit(place: Place, text: str, unit: str) -> Diagnostic:
    """A number in another unit than that of the column."""
    return say("E567", place.span, cas="unite", lieu=place, texte=text, unite=unit)


def too_many_decimals(place: Place, text: str, decimals: int, unit: str) -> Diagnostic:
    """More decimals than the unit has."""
    kind = "decimales" if decimals > 1 else "une_decimale" if decimals else "aucune_decimale"
    return say("E567", place.span, cas=kind, lieu=place, texte=text, unite=unit, decimales=decimals)


def negative(place: Place, text: str) -> Diagnostic:
    """Less than zero, which no value of the table is."""
    return say("E567", place.span, cas="negatif", lieu=place, texte=text)


def not_in_list(place: Place, text: str, known: Sequence[str]) -> Diagnostic:
    """A text that is none of those of the list of the cell."""
    return say("E567", place.span, cas="liste", lieu=place, texte=text, connus=known)


def source_not_text(place: Place, text: str) -> Diagnostic:
    """A source that was read as a number or a truth."""
    return say("E567", place.span, cas="source_sans_texte", lieu=place, texte=text)


def unknown_source(place: Place, text: str, known: Sequence[str]) -> Diagnostic:
    """A source that begins with no declared document."""
    return say("E567", place.span, cas="source_inconnue", lieu=place, texte=text, connus=known)


def surprising(place: Place, said: str) -> Diagnostic:
    """A value that is possible and surprising."""
    return say("E567", place.span, cas="etonnante", lieu=place, dit=said)


def _refused(place: Place, said: str, hint: str) -> Diagnostic:
    """E567: a value that cannot be taken."""
    return Diagnostic("E567", f"{place} : {said}", place.span, hints=(hint,))


def conflict(place: Place, values: tuple[str, str, str], span: Span) -> Diagnostic:
    """E568: a cell changed in the workbook and in the rules, not to the same value.

    Args:
        place: the cell.
        values: as exported, in the workbook, in the rules today.
        span: the value in the rules.
    """
    return say(
        "E568", place.span, span, lieu=place, export=values[0], classeur=values[1], regles=values[2]
    )
