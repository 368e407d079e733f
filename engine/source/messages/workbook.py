"""Messages of a workbook of rates that is read back (E558 to E560, E566 to E568)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import PurePath

from engine.source.diagnostics import Code, Diagnostic
from engine.source.messages.hints import quoted, shown
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
    message, hint = _NOT_OURS[why]
    return Diagnostic(
        Code.NOT_OUR_WORKBOOK, f"{_named(workbook)} {message}", whole_file(workbook), hints=(hint,)
    )


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
    return _wrong_sheet(
        f"{_named(workbook)} : la feuille « {sheet} » n'y est plus",
        workbook,
        f"rendez son nom à la feuille si elle a été renommée ; sinon, {_AGAIN}",
    )


def sheet_unknown(workbook: str, sheet: str, known: Sequence[str]) -> Diagnostic:
    """A sheet that was not exported."""
    return _wrong_sheet(
        f"{_named(workbook)} : la feuille « {sheet} » ne vient pas de l'export, qui contient "
        f"{quoted(known)}",
        workbook,
        "supprimez cette feuille, ou gardez-la dans un autre classeur",
    )


def _wrong_sheet(message: str, workbook: str, hint: str) -> Diagnostic:
    """E559: a sheet is missing, or is one too many."""
    return Diagnostic(Code.WRONG_SHEET, message, whole_file(workbook), hints=(hint,))


# --- what the rules have become since


def version_gone(workbook: str, sheet: str, name: str, since: date) -> Diagnostic:
    """The version exported is no longer in the rules."""
    said = f"la version de « {name} » du {since} n'est plus dans les règles"
    return _older(workbook, sheet, said, whole_file(workbook), _AGAIN)


def newer_version(
    workbook: str, sheet: str, name: str, days: tuple[date, date], span: Span
) -> Diagnostic:
    """The version exported was the last one, and is no longer (``days``: its day, the new one)."""
    old, new = days
    said = f"« {name} » a depuis l'export une version plus récente, du {new}"
    hint = f"{_AGAIN} ; pour corriger l'ancienne, exportez-la avec --date {old}"
    return _older(workbook, sheet, said, whole_file(workbook), hint, (span, "cette version"))


def row_gone(place: Place, keys: str, span: Span) -> Diagnostic:
    """A row exported is no longer in the version."""
    said = f"cellule {place.name} : la ligne « {keys} » n'est plus dans les règles"
    return _older(
        place.workbook, place.sheet, said, place.span, _AGAIN, (span, "la table aujourd'hui")
    )


def _older(  # noqa: PLR0913, PLR0917 - a sentence and its two places
    workbook: str, sheet: str, said: str, at: Span, hint: str, label: tuple[Span, str] | None = None
) -> Diagnostic:
    """E560: the rules are no longer those that were exported."""
    return Diagnostic(
        Code.OLDER_EXPORT,
        f"{_named(workbook)}, feuille « {sheet} », {said}",
        at,
        () if label is None else (label,),
        (hint,),
    )


# --- outside the cells that may be edited


def cell_changed(place: Place, before: str, after: str) -> Diagnostic:
    """A heading, a unit, a date or any other locked cell is not what was exported."""
    found = f"on y lit « {shown(after)} »" if after else "elle est vide"
    return _outside(
        place,
        f"cette case ne se modifie pas : elle contenait « {shown(before)} », {found}",
        f"rendez-lui son contenu, ou {_UNDO} ; {_ONLY}",
    )


def key_changed(place: Place, before: str, after: str) -> Diagnostic:
    """A key of a row is not what was exported."""
    return _outside(
        place,
        f"une clé ne se modifie pas : « {shown(before)} » est devenu « {shown(after)} »",
        f"rendez-lui son contenu, ou {_UNDO} ; une ligne nouvelle s'écrit dans le fichier de "
        "règles, pas ici",
    )


def row_deleted(place: Place, keys: str) -> Diagnostic:
    """A row that was exported is no longer in the sheet."""
    return _outside(
        place,
        f"la ligne « {keys} » n'y est plus",
        f"remettez-la, ou {_UNDO} ; une ligne se supprime dans le fichier de règles, pas ici",
    )


def row_added(place: Place, keys: str) -> Diagnostic:
    """A row of the sheet was not exported."""
    return _outside(
        place,
        f"la ligne « {shown(keys)} » n'a pas été exportée",
        "supprimez-la ; une ligne nouvelle s'écrit dans le fichier de règles, pas ici",
    )


def rows_moved(place: Place) -> Diagnostic:
    """The rows are those that were exported, in another order."""
    return _outside(
        place,
        "les lignes ne sont plus dans l'ordre de l'export",
        f"{_UNDO}, ou remettez-les dans l'ordre : une table ne se trie pas",
    )


def cell_added(place: Place, text: str) -> Diagnostic:
    """Something is written beside or below the table."""
    return _outside(
        place,
        f"« {shown(text)} » est hors du tableau exporté",
        "videz cette case, ou supprimez sa colonne ou sa ligne ; un calcul se fait dans un "
        "autre classeur",
    )


def merged(place: Place, cells: str) -> Diagnostic:
    """Cells are merged."""
    return _outside(
        place, f"les cellules {cells} sont fusionnées", "annulez la fusion de ces cellules"
    )


def _outside(place: Place, said: str, hint: str) -> Diagnostic:
    """E566: something changed that may not be edited here."""
    return Diagnostic(Code.OUTSIDE_EDITABLE, f"{place} : {said}", place.span, hints=(hint,))


# --- values that cannot be read


def formula(place: Place, text: str) -> Diagnostic:
    """A formula where a value is expected."""
    said = f"c'est une formule, « {shown(text)} », et non une valeur"
    return _refused(place, said, "tapez la valeur, ou collez-la avec « collage spécial : valeurs »")


def cell_error(place: Place, text: str) -> Diagnostic:
    """« #REF! » and the like."""
    return _refused(place, f"on y lit l'erreur « {text} »", "tapez la valeur")


def empty_cell(place: Place, before: str) -> Diagnostic:
    """The value was deleted."""
    said = f"elle est vide ; elle contenait « {shown(before)} »"
    return _refused(place, said, "tapez la valeur : une case vide n'est pas un zéro")


def not_a_number(place: Place, text: str, unit: str) -> Diagnostic:
    """A text that is no number, for a value of ``unit`` (words)."""
    said = f"« {shown(text)} » n'est pas un nombre"
    return _refused(place, said, f"tapez un nombre seul, comme 1250,50, en {unit}")


def a_date(place: Place, text: str) -> Diagnostic:
    """A spreadsheet took what was typed for a date."""
    said = f"c'est une date, {text}, et non une valeur"
    return _refused(
        place,
        said,
        "redonnez à la case le format « Nombre » (« Texte » pour une source), puis tapez la valeur",
    )


def other_unit(place: Place, text: str, unit: str) -> Diagnostic:
    """A number in another unit than that of the column."""
    said = f"« {shown(text)} » n'est pas dans l'unité de la colonne, {unit}"
    return _refused(place, said, "tapez le nombre seul, dans cette unité")


def too_many_decimals(place: Place, text: str, decimals: int, unit: str) -> Diagnostic:
    """More decimals than the unit has."""
    most = f"{decimals} décimale{'s' if decimals > 1 else ''}" if decimals else "aucune décimale"
    said = f"{text} a trop de décimales : {unit} en a {decimals} au plus" if decimals else (
        f"{text} a des décimales : {unit} n'en a pas"
    )  # fmt: skip
    return _refused(place, said, f"tapez la valeur publiée, avec {most} ; rien n'est arrondi")


def negative(place: Place, text: str) -> Diagnostic:
    """Less than zero, which no value of the table is."""
    said = f"{text} est négatif, hors des bornes de la case"
    return _refused(place, said, "tapez une valeur positive ou nulle")


def not_in_list(place: Place, text: str, known: Sequence[str]) -> Diagnostic:
    """A text that is none of those of the list of the cell."""
    said = f"« {shown(text)} » n'est pas dans la liste de la case"
    return _refused(place, said, f"choisissez parmi {quoted(known)}")


def source_not_text(place: Place, text: str) -> Diagnostic:
    """A source that was read as a number or a truth."""
    said = f"la source « {text} » n'est pas un texte"
    return _refused(
        place, said, "donnez à la case le format « Texte », puis retapez : 001, p. 2 par exemple"
    )


def unknown_source(place: Place, text: str, known: Sequence[str]) -> Diagnostic:
    """A source that begins with no declared document."""
    said = f"la source « {shown(text)} » ne commence par aucun document déclaré"
    return _refused(
        place, said, f"commencez par l'un des documents {', '.join(known)}, puis « , p. 2 »"
    )


def surprising(place: Place, said: str) -> Diagnostic:
    """A value that is possible and surprising."""
    return _refused(
        place,
        f"valeur étonnante : {said}",
        "relisez la source ; si la valeur est juste, ajoutez --plausible à la commande",
    )


def _refused(place: Place, said: str, hint: str) -> Diagnostic:
    """E567: a value that cannot be taken."""
    return Diagnostic(Code.REFUSED_CELL, f"{place} : {said}", place.span, hints=(hint,))


def conflict(place: Place, values: tuple[str, str, str], span: Span) -> Diagnostic:
    """E568: a cell changed in the workbook and in the rules, not to the same value.

    Args:
        place: the cell.
        values: as exported, in the workbook, in the rules today.
        span: the value in the rules.
    """
    base, mine, theirs = values
    return Diagnostic(
        Code.BOTH_CHANGED,
        f"{place} : « {base} » à l'export est devenu « {mine} » dans le classeur et « {theirs} » "
        "dans les règles",
        place.span,
        ((span, f"« {theirs} », changé depuis l'export"),),
        (f"pour garder la valeur des règles, tapez-la dans la case ; sinon, {_AGAIN}",),
    )
