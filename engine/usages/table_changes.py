"""Sheets that were written or cells that changed go in; words and JSON come out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.evaluation.show import counted
from engine.source.catalogue import capped
from engine.source.diagnostics import Diagnostic
from engine.usages.new_version import Changed, percent_words
from engine.usages.table_grid import titles_of
from engine.usages.table_import import Comparison, Edit
from engine.usages.table_sheet import Sheet


def sheets_words(sheets: Sequence[Sheet]) -> Iterator[str]:
    """What each sheet of a workbook that was written holds."""
    for sheet in sheets:
        state = "projet" if sheet.draft else "version"
        yield f"{sheet.name} : {state} du {sheet.since}, {counted(len(sheet.lines), 'ligne')}"


def sheets_json(sheets: Sequence[Sheet]) -> list[dict[str, object]]:
    """The same for a program."""
    return [
        {
            "feuille": title,
            "nom": sheet.name,
            "depuis": sheet.since.isoformat(),
            "projet": sheet.draft,
            "lignes": len(sheet.lines),
        }
        for title, sheet in zip(titles_of(sheets), sheets, strict=True)
    ]


def changes_words(found: Comparison) -> Iterator[str]:
    """Each cell that changed, old and new; then what writing them means."""
    for edit in found.edits:
        before, after = edit.words
        moved = f" ({_percent(edit)})" if edit.number else ""
        place = f"{edit.place.sheet}, {edit.place.name} ({edit.keys})"
        twin = "" if edit.twin is None else ", et sa clé"
        yield f"{place} : {before} → {after}{moved}{twin}   {edit.scalar.span}"
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


def changes_json(found: Comparison, findings: Sequence[Diagnostic]) -> dict[str, object]:
    """The same for a program."""
    return {
        "changements": [
            {
                "feuille": edit.place.sheet,
                "cellule": edit.place.name,
                "nom": edit.sheet.name,
                "depuis": edit.sheet.since.isoformat(),
                "cles": edit.keys,
                "avant": edit.before,
                "apres": edit.after,
                "evolution": _percent(edit) if edit.number else None,
                "fichier": edit.scalar.span.file,
                "ligne": edit.scalar.span.line,
            }
            for edit in found.edits
        ],
        "gardees": found.kept,
        "constats": [one.to_json() for one in capped(findings)],
    }


def _percent(edit: Edit) -> str:
    return percent_words(Changed(edit.keys, edit.before, edit.after))
