"""The cells of a workbook that changed go in; what is read of them comes out, in words and JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.source.diagnostics import Diagnostic
from engine.usages.new_version import Changed, percent_words
from engine.usages.table_import import Comparison, Edit
from engine.usages.words import counted


def changes_words(found: Comparison) -> Iterator[str]:
    """Each cell that changed, old and new; then what writing them means."""
    for edit in found.edits:
        before, after = edit.words
        moved = f" ({_percent(edit)})" if edit.number else ""
        place = f"{edit.place.sheet}, {edit.place.name} ({edit.keys})"
        yield f"{place} : {before} → {after}{moved}   {edit.scalar.span}"
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
        "constats": [one.to_json() for one in findings],
    }


def _percent(edit: Edit) -> str:
    return percent_words(Changed(edit.keys, edit.before, edit.after))
