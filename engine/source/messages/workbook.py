"""Messages of a workbook of rates that is read back (E558 to E560, E566 to E568)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import PurePath

from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
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
        return f"{_named(self.workbook)}, feuille « {self.sheet} », cellule {self.name}"

    @property
    def span(self) -> Span:
        """The cell as editors and forges take a place: its row as a line."""
        return Span(self.workbook, self.row, self.column, self.row, self.column + 1)


def _named(workbook: str) -> str:
    """The name of a workbook in a sentence: its place is said before."""
    return PurePath(workbook).name


# --- the workbook


# --- what the rules have become since


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


# --- outside the cells that may be edited


def _outside(place: Place, said: str, hint: str) -> Diagnostic:
    """E566: something changed that may not be edited here."""
    return Diagnostic("E566", f"{place} : {said}", place.span, hints=(hint,))


# --- values that cannot be read


def too_many_decimals(place: Place, text: str, decimals: int, unit: str) -> Diagnostic:
    """More decimals than the unit has."""
    kind = "decimales" if decimals > 1 else "une_decimale" if decimals else "aucune_decimale"
    return say("E567", place.span, cas=kind, lieu=place, texte=text, unite=unit, decimales=decimals)


def _refused(place: Place, said: str, hint: str) -> Diagnostic:
    """E567: a value that cannot be taken."""
    return Diagnostic("E567", f"{place} : {said}", place.span, hints=(hint,))
