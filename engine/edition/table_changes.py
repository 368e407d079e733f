"""Sheets that were written, cells that changed, told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from engine.edition.new_version import Changed, percent_words
from engine.edition.table_export import Sheet, titles_of
from engine.edition.table_import import Comparison, Edit
from engine.evaluation.show import counted
from engine.reponse.report import ListColumn, Listing, Report
from engine.source.catalogue import capped
from engine.source.diagnostics import Diagnostic

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


def changes_report(found: Comparison, findings: Sequence[Diagnostic]) -> Report:
    """Each cell that changed, old and new; then what writing them means."""
    rows, words = [], []
    for edit in found.edits:
        place, sheet, span = edit.place, edit.sheet, edit.scalar.span
        move = _percent(edit) if edit.number else None
        cell = (place.sheet, place.name, sheet.name, sheet.since, edit.keys)
        rows.append((*cell, edit.before, edit.after, move, span.file, span.line))
        before, after = edit.words
        moved = f" ({move})" if move else ""
        twin = "" if edit.twin is None else ", et sa clé"
        where = f"{place.sheet}, {place.name} ({edit.keys})"
        words.append(f"{where} : {before} → {after}{moved}{twin}   {span}")
    listing = Listing("", _EDITS, rows, words, notes=list(_meant(found)))
    data = {
        "changements": listing.json(),
        "gardees": found.kept,
        "constats": [one.to_json() for one in capped(findings)],
    }
    return Report("Les cases modifiées", [listing], data)


def _meant(found: Comparison) -> Iterator[str]:
    if found.kept:
        yield (
            f"{counted(found.kept, 'case changée', 'cases changées')} dans les règles depuis "
            "l'export : les règles sont gardées"
        )
    if not found.edits and not found.findings:
        yield "Aucune case modifiée : il n'y a rien à écrire."
    touched = {edit.sheet.name for edit in found.edits}
    for sheet in (one for one in found.sheets if one.name in touched):
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


def _percent(edit: Edit) -> str:
    return percent_words(Changed(edit.keys, edit.before, edit.after))
