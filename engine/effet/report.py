"""The effect of a change as a report, and all that a folder keeps of it."""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Final

from engine.effet.impact import Impact, ImpactRequest, Share, impact, to_grid
from engine.effet.people import Bin, Why, greatest, write_records
from engine.effet.population import by_column
from engine.evaluation.law import Law
from engine.evaluation.show import counted, decimal_text, french_number, signed
from engine.histoire.compare import LawSide
from engine.reponse.page import report_page
from engine.reponse.report import Block, Heading, ListColumn, Listing, Report, Sentence, Shown
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.messages.system import not_written
from engine.source.writing import rename_folder, temporary_folder, write_files

RECORDS: Final = "dossiers.parquet"
CENT: Final = Fraction(1, 100)
MOST_ROWS: Final = 10_000  # records of the sheet: the table of records has them all
WHY: Final[dict[Why, str]] = {
    "gain": "Plus grand gain",
    "perte": "Plus grande perte",
    "typique": "Cas fréquent",
}
_SHOWN: Final = 10  # values of a field, in a text
_WIDE: Final = 40  # characters of the longest bar


def run_impact(
    laws: tuple[Law, Law],
    sides: tuple[LawSide, LawSide],
    request: ImpactRequest,
    output: Path | None,
    told: tuple[str, str],
    tell: Callable[[int, int], None],
) -> tuple[Impact | None, tuple[Diagnostic, ...]]:
    """Measure an effect and write it into the folder ``output``, whole or not at all.

    Returns:
        The effect, or None and what kept it from being measured: see ``impact``, and E137, E521,
        E531.
    """
    if output is not None and (output.exists() or output.is_symlink()):
        return None, (say("E521", output.as_posix()),)
    source = request.source
    if output is not None and source.is_dir() and output.resolve().is_relative_to(source.resolve()):
        return None, (say("E531", output.as_posix(), source=source.as_posix()),)
    place = Path(tempfile.gettempdir()) if output is None else output.resolve().parent
    try:
        with temporary_folder(place, ".impact-") as aside:
            parts, whole = aside / "lots", aside / "sortie"
            parts.mkdir()
            found, findings = impact(laws, sides, request, parts, tell)
            if found is not None and output is not None:
                whole.mkdir()
                _write(found, parts, whole, told)
                rename_folder(whole, output)
    except OSError as error:
        if not Path(error.filename or place).is_relative_to(place):
            raise
        return None, (not_written((output or place).as_posix(), error.errno),)
    return found, findings


def _write(found: Impact, parts: Path, whole: Path, told: tuple[str, str]) -> None:
    if any(parts.glob("*.parquet")):
        names = [one.name for one in found.amounts]
        write_records(parts, whole / RECORDS, found.by, names, found.decimals)
    from engine.reponse.book import write_report

    report, book = impact_report(found, *told, whole=True), io.BytesIO()
    write_report(report, book, _records(found, whole / RECORDS))
    text = json.dumps(report.data, ensure_ascii=False, indent=2)
    write_files(
        {
            whole / "impact.html": report_page(report).encode(),
            whole / "impact.json": f"{text}\n".encode(),
            whole / "impact.xlsx": book.getvalue(),
        }
    )


def impact_report(found: Impact, before: str, after: str, *, whole: bool) -> Report:
    """The report.

    Args:
        found: the effect.
        before: how the old law is told.
        after: how the new one is.
        whole: every value of every field at a terminal, every line of an explanation.
    """
    counts, causes, amounts, bins = _counts(found), _causes(found), _amounts(found), _bins(found)
    splits = {name: _split(name, found, whole=whole) for name in found.people.splits}
    examples = _examples(found, whole=whole)
    refused = ""
    if found.refused:
        refused = f", {counted(found.refused, 'refusé')} (« reglo campagne » dit pourquoi)"
    read = counted(found.read, "dossier lu", "dossiers lus")
    told = f"Avant : {before}\nAprès : {after}\nPopulation : {read}{refused}"
    parts: list[Block] = [Sentence(told), counts, causes, amounts, *splits.values()]
    parts += [bins] if bins.rows else []
    parts += [Heading("Dossiers expliqués"), examples] if examples.rows else []
    return Report(
        "Effet d'un changement",
        parts,
        {
            "avant": before,
            "apres": after,
            "total": found.total,
            "dossiers": counts.json()[0],
            "effet": decimal_text(found.move, 2),
            "causes": causes.json(),
            "dossiers_modifies": [
                {"dossier": ident, "part": decimal_text(_cents(move), 2), "exacte": str(move)}
                for ident, move in found.own
            ],
            "montants": amounts.json(),
            "par": {name: one.json() for name, one in splits.items()},
            "repartition": bins.json(),
            "exemples": examples.json(),
        },
    )


def _cents(move: Fraction) -> Fraction:
    return to_grid([move], CENT)[0]


def _records(found: Impact, records: Path) -> Iterator[Listing]:
    """The sheet of the records that differ most."""
    if found.people.changed:
        names = ("Dossier", *(by_column(one) for one in found.by))
        columns = [ListColumn("", name, "code") for name in names]
        yield Listing(
            "",
            [ListColumn("", "Écart", "move", 2, found.symbol), *columns],
            greatest(records, found.by, MOST_ROWS),
            sheet="Dossiers",
        )


def _counts(found: Impact) -> Listing:
    people = found.people
    changed = counted(people.changed, "dossier change", "dossiers changent")
    words = [
        f"Effet sur « {found.label} » : {signed(found.move, 2, found.symbol)}",
        f"{changed} : {_winners(people.winners, people.losers)}",
    ]
    if people.even:
        told = counted(people.even, "dossier a", "dossiers ont")
        words.append(f"{told} des montants qui se compensent")
    if people.not_compared:
        told = counted(people.not_compared, "dossier a", "dossiers ont")
        words.append(f"{told} un montant calculable d'un seul côté : il n'est pas compté")
    columns = [
        ListColumn("", f"Effet sur « {found.label} »", "move", 2, found.symbol),
        ListColumn("lus", "Dossiers lus", "count"),
        ListColumn("refuses", "Dossiers refusés", "count"),
        ListColumn("changent", "Changent", "count"),
        ListColumn("gagnent", "Gagnent", "count"),
        ListColumn("perdent", "Perdent", "count"),
        ListColumn("se_compensent", "Se compensent", "count"),
        ListColumn("non_compares", "Calculables d'un seul côté", "count"),
        ListColumn("approches", "Dont la part est approchée", "count"),
    ]
    dossiers = (found.read, found.refused, people.changed, people.winners, people.losers)
    row = (found.move, *dossiers, people.even, people.not_compared, found.unsure)
    return Listing("", columns, [row], words)


def _causes(found: Impact) -> Listing:
    """Each cause and its share to the cent, which add up to the effect; the exact one in JSON."""
    rows, words = [], []
    parts = to_grid([one.move for one in found.shares], CENT)
    for share, part in zip(found.shares, parts, strict=True):
        cause = share.cause
        rows.append(
            (
                cause.name,
                cause.label,
                cause.before,
                cause.after,
                cause.place,
                part,
                str(share.move),
                {name: str(one) for name, one in share.amounts.items()},
            )
        )
        place = f"   {cause.place}" if cause.place else ""
        words.append(
            f"{signed(part, 2, found.symbol)}  {cause.label} ({cause.name}){_sides(share)}{place}"
        )
    notes = [] if rows else ["aucune différence de la loi ne porte sur ces dossiers"]
    notes += [
        f"  dont {signed(_cents(move), 2, found.symbol)} : dossier {ident}"
        for ident, move in found.own
    ]
    if found.unsure:
        told = counted(found.unsure, "dossier n'est", "dossiers ne sont")
        notes.append(f"{told} pas calculable sous une loi entre les deux : sa part est approchée")
    if len(rows) > 1:
        notes.append(
            "chaque part est l'effet de la cause après certaines des autres, en moyenne sur tous "
            "les ordres possibles ; leur somme est l'effet entier, exactement"
        )
    columns = [
        ListColumn("nom", "Nom", "code"),
        ListColumn("libelle", "Cause"),
        ListColumn("avant", "Avant"),
        ListColumn("apres", "Après"),
        ListColumn("lieu", "Lieu", "code"),
        ListColumn("part", "Block", "move", 2, found.symbol),
        ListColumn("exacte", None),
        ListColumn("montants", None),
    ]
    title = "Ce que fait chaque cause, quel que soit leur ordre"
    return Listing(title, columns, rows, words, notes=notes, sheet="Causes")


def _sides(share: Share) -> str:
    """« , 59,07 € → 60,00 € », when a cause has two sides that can be told."""
    before, after = share.cause.before, share.cause.after
    return "" if before is None and after is None else f", {before or 'rien'} → {after or 'rien'}"


def _amounts(found: Impact) -> Listing:
    columns = [
        ListColumn("nom", "Nom", "code"),
        ListColumn("libelle", "Montant"),
        ListColumn("dossiers", "Dossiers", "count"),
        ListColumn("avant", "Avant", "number"),
        ListColumn("apres", "Après", "number"),
        ListColumn("effet", "Effet", "move", 2, found.symbol),
    ]
    rows, words = [], []
    for one in found.amounts:
        rows.append((one.name, one.label, one.changed, one.before, one.after, one.move))
        words.append(
            f"{signed(one.move, 2, found.symbol)}  {one.label} ({one.name}) : "
            f"{french_number(one.before, 2)} → {french_number(one.after, 2)} {found.symbol}, "
            f"{counted(one.changed, 'dossier')}"
        )
    return Listing("Par montant", columns, rows, words, sheet="Montants")


def _split(name: str, found: Impact, *, whole: bool) -> Listing:
    columns = [
        ListColumn("valeur", name),
        ListColumn("dossiers", "Dossiers", "count"),
        ListColumn("changent", "Changent", "count"),
        ListColumn("gagnent", "Gagnent", "count"),
        ListColumn("perdent", "Perdent", "count"),
        ListColumn("effet", "Effet", "move", 2, found.symbol),
    ]
    rows, words = [], []
    splits = found.people.splits[name]
    for one in splits:
        told = one.value or "(sans valeur)"
        counts = (one.people, one.changed, one.winners, one.losers)
        rows.append((Shown(one.value, told), *counts, one.move))
        words.append(
            f"{signed(one.move, 2, found.symbol)}  {told} : {one.changed} sur {one.people}, "
            f"{_winners(one.winners, one.losers)}"
        )
    left = splits[_SHOWN:]
    move = signed(sum((one.move for one in left), Fraction(0)), 2, found.symbol)
    rest = f"{move}  {counted(len(left), 'autre')} (--complet montre tout)"
    shown = None if whole else _SHOWN
    return Listing(f"Par {name}", columns, rows, words, shown, rest, sheet=f"Par {name}")


def _winners(winners: int, losers: int) -> str:
    return f"{counted(winners, 'gagne', 'gagnent')}, {counted(losers, 'perd', 'perdent')}"


def _bins(found: Impact) -> Listing:
    columns = [
        ListColumn("de", "De", "number", 2, found.symbol),
        ListColumn("a", "À", "number", 2, found.symbol),
        ListColumn("dossiers", "Dossiers", "bar"),
    ]
    bins = found.people.bins
    most = max((one.count for one in bins), default=1)
    words = [
        f"{_ends(one, found.symbol):>34}  {'█' * (one.count * _WIDE // most):<{_WIDE}} {one.count}"
        for one in bins
        if one.count
    ]
    rows = [(one.low, one.high, one.count) for one in bins]
    return Listing("Répartition des écarts", columns, rows, words, sheet="Répartition")


def _ends(one: Bin, symbol: str) -> str:
    """« de 10,00 à 20,00 € »: the differences that a bar of the distribution holds."""
    low = "" if one.low is None else french_number(one.low, 2)
    high = "" if one.high is None else french_number(one.high, 2)
    if one.low is None:
        return f"moins de {high} {symbol}"
    return f"{low} {symbol} et plus" if one.high is None else f"de {low} à {high} {symbol}"


def _examples(found: Impact, *, whole: bool) -> Listing:
    """Records that are explained: each says why it was chosen."""
    columns = [
        ListColumn("dossier", "Dossier", "code"),
        ListColumn("nature", "Nature", "code"),
        ListColumn("ecart", "Écart", "move", 2, found.symbol),
        ListColumn("semblables", "Semblables", "count"),
        ListColumn("explication", None),
        ListColumn("", "Explication"),
    ]
    rows, words = [], list[str]()
    for one in found.told:
        chosen = one.chosen
        who = ", ".join(value for value in chosen.who if value is not None)
        move = signed(chosen.move, 2, found.symbol)
        others = "" if chosen.alike == 1 else f", {chosen.alike} dossiers ont le même écart"
        head = f"{WHY[chosen.why]} : {chosen.ident} ({who}), {move}{others}"
        kind, whole_text = Shown(chosen.why, WHY[chosen.why]), "\n".join((head, *one.words))
        rows.append((chosen.ident, kind, chosen.move, chosen.alike, one.json, whole_text))
        short = [line for line in one.words if line and not line.startswith(("A : ", "B : "))]
        words += [""] if words else []
        words += [head, *(f"  {line}" for line in (one.words if whole else short))]
    return Listing("", columns, rows, words, sheet="Exemples")
