"""A corpus and a day go in; what is lacking for the year that comes, and what is old, come out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal, TypeAlias, TypeVar

from engine.evaluation.show import counted
from engine.langage.agenda import Delay
from engine.langage.corpus import Corpus, Rule, TableVersion, Version
from engine.langage.kernel import Const, Missing
from engine.reponse.report import Block, Heading, ListColumn, Listing, Report, Sentence
from engine.source.positions import Span

LackKind: TypeAlias = Literal["projet", "sans_valeur", "a_verifier", "non_verifiee", "calendrier"]
Dated = TypeVar("Dated", Version, TableVersion, Delay)
_A_YEAR: Final = timedelta(days=365)
_TITLES: Final[dict[LackKind, tuple[str, str]]] = {
    "projet": ("version en projet", "versions en projet"),
    "sans_valeur": ("valeur manque", "valeurs manquent"),
    "a_verifier": ("version à vérifier", "versions à vérifier"),
    "non_verifiee": ("version non vérifiée depuis un an", "versions non vérifiées depuis un an"),
    "calendrier": ("calendrier", "calendriers"),
}


_SHOWN: Final = 5  # of the longest list, at a terminal
_COLUMNS: Final = (
    ListColumn("nature", None),
    ListColumn("nom", "Nom", "code"),
    ListColumn("dit", "Ce qui est à voir"),
    ListColumn("fichier", None),
    ListColumn("ligne", None),
    ListColumn("", "Lieu", "code"),
)
_WINDOWS: Final = (
    ListColumn("nom", "Campagne"),
    ListColumn("ouvre", "Ouvre le", "code"),
    ListColumn("jours", "Dans (jours)", "count"),
)


@dataclass(frozen=True, slots=True)
class Item:
    """Something that a person should look at: its kind, its name, what is said of it, where."""

    kind: LackKind
    name: str
    told: str
    span: Span


@dataclass(frozen=True, slots=True)
class State:
    """What is to be looked at on ``today`` before the year that begins on ``start``."""

    today: date
    start: date
    items: tuple[Item, ...]
    windows: tuple[tuple[str, date, int], ...]  # each next window, its first day, the days left


def state_of(corpus: Corpus, today: date, start: date) -> State:
    """What is lacking or old.

    Args:
        corpus: the law, its drafts included.
        today: when the question is asked.
        start: the first day of the year that is prepared.
    """
    items: list[Item] = []
    for rule in corpus.rules:
        # a number or a gap: the rest is worked out
        if rule.parameter or isinstance(rule.versions[-1].body, Const | Missing):
            items += _of_rule(rule, today, start)
    for table in corpus.tables.values():
        items += _of_versions(table.name, table.versions, today, start)
    for one in () if corpus.schedule is None else corpus.schedule.prescriptions:
        items += _of_versions(one.sense, one.delays, today, start)
    for calendar in corpus.calendars:
        if calendar.checked.status == "projet":
            items.append(Item("projet", calendar.name, "calendrier en projet", calendar.span))
    year = f"{start.year}-{start.year + 1}"
    for sector in dict.fromkeys(one.sector for one in corpus.calendars):
        if all((one.year, one.sector) != (year, sector) for one in corpus.calendars):
            last = max(
                (one for one in corpus.calendars if one.sector == sector), key=lambda one: one.year
            )
            told = f"aucun calendrier {sector} {year} ; le dernier est {last.name}"
            items.append(Item("calendrier", sector, told, last.span))
    return State(today, start, tuple(items), tuple(_windows(corpus, today)))


def _of_rule(rule: Rule, today: date, start: date) -> Iterator[Item]:
    yield from _drafts(rule.name, rule.versions)
    now = _in_force(rule.versions, start)
    if now is None:
        yield from _ended(rule.name, rule.versions, today, start)
    elif isinstance(now.body, Missing):
        told = f"non calculable au {start} ({now.body.name})"
        yield Item("sans_valeur", rule.name, told, now.span)
    elif rule.parameter:
        yield from _old(rule.name, now, today)


def _of_versions(name: str, versions: Sequence[Dated], today: date, start: date) -> Iterator[Item]:
    yield from _drafts(name, versions)
    now = _in_force(versions, start)
    if now is None:
        yield from _ended(name, versions, today, start)
    else:
        yield from _old(name, now, today)


def _in_force(versions: Sequence[Dated], day: date) -> Dated | None:
    return next((one for one in versions if day in one.period), None)


def _ended(name: str, versions: Sequence[Dated], today: date, start: date) -> Iterator[Item]:
    """What ends before that year; what ended long ago is over, not lacking."""
    last = versions[-1]
    until = last.period.until
    if until is None or today - until <= _A_YEAR:
        when = f"commence le {last.period.since}" if until is None else f"finit le {until}"
        yield Item("sans_valeur", name, f"pas de version au {start} : {when}", last.span)


def _drafts(name: str, versions: Sequence[Dated]) -> Iterator[Item]:
    for one in versions:
        if one.checked.status == "projet":
            left = ", ".join(one.checked.to_fill)
            told = f"depuis le {one.period.since}" + (f", à remplir : {left}" if left else "")
            yield Item("projet", name, told, one.span)


def _old(name: str, version: Version | TableVersion | Delay, today: date) -> Iterator[Item]:
    """What is said to be verified, or was verified too long ago."""
    if version.note is not None:
        yield Item("a_verifier", name, version.note, version.span)
    day = version.checked.verified_on
    if day is None or today - day > _A_YEAR:
        by = f" par {version.checked.verified_by}" if version.checked.verified_by else ""
        told = "jamais" if day is None else f"le {day}{by}"
        yield Item(
            "non_verifiee",
            name,
            f"version du {version.period.since}, vérifiée {told}",
            version.span,
        )


def _windows(corpus: Corpus, today: date) -> Iterator[tuple[str, date, int]]:
    for calendar in corpus.calendars:
        for window in calendar.windows:
            if window.start > today:
                name = f"{window.name} ({calendar.sector} {calendar.year})"
                yield name, window.start, (window.start - today).days
                break


# --- told


def state_report(state: State, *, whole: bool) -> Report:
    """The report, by kind; at a terminal the longest list is cut unless ``whole``."""
    rows = [_row(item) for item in state.items]
    parts: list[Block] = [
        Sentence(f"Au {state.today}, pour l'année qui commence le {state.start} :")
    ]
    for kind, (one, many) in _TITLES.items():
        found = [item for item in state.items if item.kind == kind]
        if found:
            limit = None if whole or kind != "non_verifiee" else _SHOWN
            words = [
                f"  {item.span.file}:{item.span.line} {item.name} : {item.told}" for item in found
            ]
            rest = f"  … et {len(found) - _SHOWN} autres (--complet)"
            listing = Listing("", _COLUMNS, [_row(item) for item in found], words, limit, rest)
            parts += [Heading(counted(len(found), one, many)), listing]
    words = [
        f"{name} : ouvre le {day}, dans {counted(left, 'jour')}"
        for name, day, left in state.windows
    ]
    windows = Listing(
        "", _WINDOWS, state.windows, words or ["Aucune campagne à venir dans les calendriers."]
    )
    data = {
        "le": state.today.isoformat(),
        "annee": state.start.isoformat(),
        "constats": Listing("", _COLUMNS, rows).json(),
        "campagnes": windows.json(),
    }
    return Report("Ce qui manque pour l'année qui vient", [*parts, windows], data)


def _row(item: Item) -> Sequence[object]:
    file, line = item.span.file, item.span.line
    return (item.kind, item.name, item.told, file, line, f"{file}:{line}")
