"""The changes of the law, told: to read, as JSON, as a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from engine.evaluation.show import counted, french_number, signed
from engine.histoire.compare import Change, LawChangeKind
from engine.reponse.report import Block, Heading, ListColumn, Listing, Report, Sentence, Shown

_TITLES: Final[dict[LawChangeKind, str]] = {
    "texte": "Textes",
    "parametre": "Paramètres",
    "regle": "Règles",
    "table": "Tables",
    "controle": "Contrôles",
    "lecture": "Lectures",
    "code": "Nomenclatures",
    "calendrier": "Calendriers",
    "versement": "Versements",
}
_COLUMNS: Final = (
    ListColumn("nature", None),
    ListColumn("nom", "Nom", "code"),
    ListColumn("libelle", "Libellé"),
    ListColumn("depuis", "Depuis", "code"),
    ListColumn("quoi", "Quoi"),
    ListColumn("avant", "Avant"),
    ListColumn("apres", "Après"),
    ListColumn("evolution", None),
    ListColumn("", "Évolution", "move", 0, "%"),
    ListColumn("fichier", None),
    ListColumn("ligne", None),
    ListColumn("", "Lieu", "code"),
)


def compare_report(changes: Sequence[Change], before: str, after: str) -> Report:
    """The report, by kind then by name; ``evolution`` is in percent."""
    sides = f"Avant : {before}\nAprès : {after}"
    parts: list[Block] = [Sentence(sides if changes else f"{sides}\nLa loi est la même.")]
    listed: list[dict[str, object]] = []
    for kind, group in groupby(changes, key=lambda one: one.kind):
        same = list(group)
        listing = Listing("", _COLUMNS, [_row(one) for one in same], list(_words(same)))
        listed += listing.json()
        parts += [Heading(_TITLES[kind]), listing]
    parts += [Sentence(counted(len(changes), "changement"))] if changes else []
    data = {"avant": before, "apres": after, "changements": listed}
    return Report("Ce qui change dans la loi", parts, data)


def _row(change: Change) -> Sequence[object]:
    file, line = change.place.file, change.place.line
    move = None if change.move is None else french_number(change.move)
    old, new = Shown(change.before, tone="avant"), Shown(change.after, tone="apres")
    first = (
        change.kind,
        change.name,
        change.label,
        change.since,
        change.what,
        old,
        new,
        move,
        change.move,
    )
    return (*first, file, line, f"{file}:{line}")


def _words(changes: Sequence[Change]) -> Iterator[str]:
    for (name, label), same in groupby(changes, key=lambda one: (one.name, one.label)):
        yield f"  {name} : {label}" if name != label else f"  {name}"
        for one in same:
            since = "" if one.since is None else f"depuis le {one.since}, "
            sides = [one.before, one.after or "rien"] if one.before else [one.after or ""]
            told = f" : {' → '.join(sides)}" if one.before or one.after else ""
            move = "" if one.move is None else f" ({signed(one.move, 0, '%')})"
            yield f"    {since}{one.what}{told}{move}   {one.place.file}:{one.place.line}"
