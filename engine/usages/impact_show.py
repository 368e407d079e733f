"""The effect of a change to read, or in JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Final

from engine.evaluation.show import decimal_text, french_number, signed
from engine.sql.effect_people import Bin, Chosen, Split, Why
from engine.usages.impact import Impact, Share, to_grid
from engine.usages.impact_told import Told
from engine.usages.words import counted

CENT: Final = Fraction(1, 100)
WHY: Final[dict[Why, str]] = {
    "gain": "Plus grand gain",
    "perte": "Plus grande perte",
    "typique": "Cas fréquent",
}
_SHOWN: Final = 10  # values of a field, in a text
_WIDE: Final = 40  # characters of the longest bar


def impact_words(found: Impact, before: str, after: str, *, whole: bool) -> Iterator[str]:
    """The report; ``whole``: every value of every field, every explanation."""
    people = found.people
    yield f"Avant : {before}"
    yield f"Après : {after}"
    refused = f", {counted(found.refused, 'refusé', 'refusés')}" if found.refused else ""
    refused += " (« reglo campagne » dit pourquoi)" if found.refused else ""
    yield f"Population : {counted(found.read, 'dossier lu', 'dossiers lus')}{refused}"
    yield ""
    yield f"Effet sur « {found.label} » : {signed(found.move, 2, found.symbol)}"
    yield (f"{counted(people.changed, 'dossier change', 'dossiers changent')} : "
           f"{counted(people.winners, 'gagne', 'gagnent')}, "
           f"{counted(people.losers, 'perd', 'perdent')}")  # fmt: skip
    if people.even:
        told = counted(people.even, "dossier a", "dossiers ont")
        yield f"{told} des montants qui se compensent"
    if found.people.not_compared:
        told = counted(found.people.not_compared, "dossier a", "dossiers ont")
        yield f"{told} un montant calculable d'un seul côté : il n'est pas compté"
    yield from _causes(found)
    yield from _amounts(found)
    for name, splits in people.splits.items():
        yield from _split(name, splits, found.symbol, whole=whole)
    yield from _histogram(people.bins, found.symbol)
    for one in found.told:
        yield ""
        yield heading(one.chosen, found.symbol)
        yield from (f"  {line}" for line in (one.words if whole else _short(one)))


def ends(one: Bin, symbol: str) -> str:
    """« de 10,00 à 20,00 € »: the differences that a bar of the distribution holds."""
    low = "" if one.low is None else french_number(one.low, 2)
    high = "" if one.high is None else french_number(one.high, 2)
    if one.low is None:
        return f"moins de {high} {symbol}"
    return f"{low} {symbol} et plus" if one.high is None else f"de {low} à {high} {symbol}"


def heading(one: Chosen, symbol: str) -> str:
    """Which record is told, and why it is."""
    others = "" if one.alike == 1 else f", {one.alike} dossiers ont le même écart"
    who = ", ".join(value for value in one.who if value is not None)
    return f"{WHY[one.why]} : {one.ident} ({who}), {signed(one.move, 2, symbol)}{others}"


def shares_shown(found: Impact) -> list[tuple[Share, Fraction]]:
    """Each cause and its share to the cent; they add up to the effect."""
    parts = to_grid([one.move for one in found.shares], CENT)
    return list(zip(found.shares, parts, strict=True))


def sides(share: Share) -> str:
    """« 59,07 € → 60,00 € », when a cause has two sides that can be told."""
    before, after = share.cause.before, share.cause.after
    if before is None and after is None:
        return ""
    return f"{before or 'rien'} → {after or 'rien'}"


def _causes(found: Impact) -> Iterator[str]:
    yield ""
    yield "Ce que fait chaque cause, quel que soit leur ordre :"
    for share, part in shares_shown(found):
        cause = share.cause
        place = f"   {cause.place}" if cause.place else ""
        told = f", {sides(share)}" if sides(share) else ""
        yield f"  {signed(part, 2, found.symbol)}  {cause.label} ({cause.name}){told}{place}"
    if not found.shares:
        yield "  aucune différence de la loi ne porte sur ces dossiers"
    for ident, move in found.own:
        yield f"    dont {signed(to_grid([move], CENT)[0], 2, found.symbol)} : dossier {ident}"
    if found.unsure:
        told = counted(found.unsure, "dossier n'est", "dossiers ne sont")
        yield f"  {told} pas calculable sous une loi entre les deux : sa part est approchée"


def _amounts(found: Impact) -> Iterator[str]:
    yield ""
    yield "Par montant :"
    for one in found.amounts:
        sums = f"{french_number(one.before, 2)} → {french_number(one.after, 2)} {found.symbol}"
        count = counted(one.changed, "dossier", "dossiers")
        yield f"  {signed(one.move, 2, found.symbol)}  {one.label} ({one.name}) : {sums}, {count}"


def _split(name: str, splits: Sequence[Split], symbol: str, *, whole: bool) -> Iterator[str]:
    yield ""
    yield f"Par {name} :"
    shown = splits if whole else splits[:_SHOWN]
    for one in shown:
        value = one.value or "(sans valeur)"
        yield (f"  {signed(one.move, 2, symbol)}  {value} : {one.changed} sur {one.people}, "
               f"{counted(one.winners, 'gagne', 'gagnent')}, "
               f"{counted(one.losers, 'perd', 'perdent')}")  # fmt: skip
    if len(shown) < len(splits):
        rest = sum((one.move for one in splits[len(shown) :]), Fraction(0))
        others = counted(len(splits) - len(shown), "autre", "autres")
        yield f"  {signed(rest, 2, symbol)}  {others} (--complet montre tout)"


def _histogram(bins: Sequence[Bin], symbol: str) -> Iterator[str]:
    if not bins:
        return
    yield ""
    yield "Répartition des écarts :"
    most = max(one.count for one in bins)
    for one in bins:
        if not one.count:
            continue
        yield f"  {ends(one, symbol):>34}  {'█' * (one.count * _WIDE // most):<{_WIDE}} {one.count}"


def _short(one: Told) -> Iterator[str]:
    """The reasons of a record, without its heading."""
    for line in one.words:
        if line and not line.startswith(("A : ", "B : ")):
            yield line


# --- JSON


def impact_json(found: Impact, before: str, after: str) -> dict[str, object]:
    """The report for programs; a share that is on no grid comes with its exact fraction."""
    people = found.people
    return {
        "avant": before,
        "apres": after,
        "total": found.total,
        "dossiers": {
            "lus": found.read, "refuses": found.refused, "changent": people.changed,
            "gagnent": people.winners, "perdent": people.losers, "se_compensent": people.even,
            "non_compares": found.people.not_compared, "approches": found.unsure,
        },
        "effet": decimal_text(found.move, 2),
        "causes": [_share_json(share, part) for share, part in shares_shown(found)],
        "dossiers_modifies": [
            {"dossier": ident, "part": decimal_text(to_grid([move], CENT)[0], 2),
             "exacte": str(move)}
            for ident, move in found.own
        ],
        "montants": [
            {"nom": one.name, "libelle": one.label, "dossiers": one.changed,
             "avant": decimal_text(one.before, 2), "apres": decimal_text(one.after, 2),
             "effet": decimal_text(one.move, 2)}
            for one in found.amounts
        ],
        "par": {
            name: [
                {"valeur": one.value, "dossiers": one.people, "changent": one.changed,
                 "gagnent": one.winners, "perdent": one.losers, "effet": decimal_text(one.move, 2)}
                for one in splits
            ]
            for name, splits in people.splits.items()
        },
        "repartition": [
            {"de": None if one.low is None else decimal_text(one.low, 2),
             "a": None if one.high is None else decimal_text(one.high, 2), "dossiers": one.count}
            for one in people.bins
        ],
        "exemples": [
            {"dossier": one.chosen.ident, "nature": one.chosen.why,
             "ecart": decimal_text(one.chosen.move, 2), "semblables": one.chosen.alike,
             "explication": one.json}
            for one in found.told
        ],
    }  # fmt: skip


def _share_json(share: Share, part: Fraction) -> dict[str, object]:
    cause = share.cause
    return {
        "nom": cause.name, "libelle": cause.label, "avant": cause.before, "apres": cause.after,
        "lieu": cause.place, "part": decimal_text(part, 2), "exacte": str(share.move),
        "montants": {name: str(value) for name, value in share.amounts.items()},
    }  # fmt: skip
