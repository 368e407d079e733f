"""The changes of the law to read, in JSON, or as a page that opens from a mail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby
from typing import Final

from engine.evaluation.show import french_number, signed
from engine.source.terminal import harmless
from engine.usages.compare import Change, Kind
from engine.usages.words import counted

_TITLES: Final[dict[Kind, str]] = {
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
_STYLE: Final = """
body { font: 15px/1.45 system-ui, sans-serif; color: #1b1b1b; }
body { margin: 2rem auto; max-width: 76rem; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; } h2 { margin-top: 2rem; }
th, td { border: 1px solid #c9c9c9; padding: .3rem .6rem; text-align: left; vertical-align: top; }
th { background: #f1f1f1; } td.n { text-align: right; white-space: nowrap; }
del { background: #ffd9d4; text-decoration: none; } ins { background: #d3ecc4; }
ins { text-decoration: none; } .lieu { color: #595959; font-size: .85em; }
"""


def change_words(changes: Sequence[Change], before: str, after: str) -> Iterator[str]:
    """The report, by kind then by name."""
    yield f"Avant : {before}"
    yield f"Après : {after}"
    if not changes:
        yield "La loi est la même."
        return
    for kind, group in groupby(changes, key=lambda one: one.kind):
        yield ""
        yield _TITLES[kind]
        for name, same in groupby(group, key=lambda one: (one.name, one.label)):
            yield f"  {name[0]} : {name[1]}" if name[0] != name[1] else f"  {name[0]}"
            yield from (f"    {_one(change)}" for change in same)
    yield ""
    yield counted(len(changes), "changement", "changements")


def _one(change: Change) -> str:
    since = "" if change.since is None else f"depuis le {change.since}, "
    told = f"{since}{change.what}"
    sides = _sides(change)
    place = f"   {change.place.file}:{change.place.line}"
    return f"{told}{f' : {sides}' if sides else ''}{_move(change)}{place}"


def _sides(change: Change) -> str:
    if change.before is None and change.after is None:
        return ""
    if change.before is None:
        return f"{change.after}"
    if change.after is None:
        return f"{change.before} → rien"
    return f"{change.before} → {change.after}"


def _move(change: Change) -> str:
    return "" if change.move is None else f" ({signed(change.move, 0, '%')})"


def changes_json(changes: Sequence[Change], before: str, after: str) -> dict[str, object]:
    """The same for programs; ``evolution`` is in percent, as a text."""
    return {
        "avant": before,
        "apres": after,
        "changements": [
            {
                "nature": one.kind,
                "nom": one.name,
                "libelle": one.label,
                "depuis": None if one.since is None else one.since.isoformat(),
                "quoi": one.what,
                "avant": one.before,
                "apres": one.after,
                "evolution": None if one.move is None else french_number(one.move),
                "fichier": one.place.file,
                "ligne": one.place.line,
            }
            for one in changes
        ],
    }


def changes_page(changes: Sequence[Change], before: str, after: str) -> str:
    """One page, without any script nor anything to fetch."""
    parts = [
        "<!doctype html>",
        '<html lang="fr"><head><meta charset="utf-8"><title>Ce qui change dans la loi</title>',
        f"<style>{_STYLE}</style></head><body><h1>Ce qui change dans la loi</h1>",
        f"<p>Avant : {escape(before)}<br>Après : {escape(after)}</p>",
        f"<p>{counted(len(changes), 'changement', 'changements')}.</p>",
    ]
    for kind, group in groupby(changes, key=lambda one: one.kind):
        parts.append(f"<h2>{_TITLES[kind]}</h2><table><tr><th>Nom</th><th>Depuis</th><th>Quoi</th>"
                     "<th>Avant</th><th>Après</th><th>Évolution</th></tr>")  # fmt: skip
        parts += [_line(one) for one in group]
        parts.append("</table>")
    return harmless("\n".join([*parts, "</body></html>"]) + "\n")


def _line(change: Change) -> str:
    old, new = (None if side is None else escape(side) for side in (change.before, change.after))
    place = f"{change.place.file}:{change.place.line}"
    return (
        f"<tr><td>{escape(change.label)}<br><span class=lieu>{escape(change.name)}, "
        f"{escape(place)}</span></td>"
        f"<td>{'' if change.since is None else change.since}</td><td>{escape(change.what)}</td>"
        f"<td>{'' if old is None else f'<del>{old}</del>'}</td>"
        f"<td>{'' if new is None else f'<ins>{new}</ins>'}</td>"
        f"<td class=n>{_move(change).strip(' ()')}</td></tr>"
    )
