"""Calendars, plans and passages: a year is whole, a window alone, nothing is left unclaimed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise
from typing import Final

from engine.langage.agenda import (
    YEAR_ENDS,
    YEAR_STARTS,
    Calendar,
    Month,
    Passage,
    Window,
    month_words,
)
from engine.langage.checks.cycles import needs
from engine.langage.corpus import Control, Rule
from engine.langage.epochs import reached
from engine.langage.symbols import Symbols
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.messages.hints import suggestion
from engine.source.messages.reading import MONTHS, WEEK
from engine.source.positions import Span

SATURDAY = 5
LATE: Final = 3  # months between a deadline and the pay of what it closes, at most
LONG: Final = 62  # days that a window seldom lasts
_YEAR: Final = re.compile(r"[0-9]{4}-[0-9]{4}")


def check_calendars(calendars: Sequence[Calendar]) -> list[Diagnostic]:
    """E410, E411, E416 to E420, E423, E425 and W602 of the calendars, then of all together."""
    found: list[Diagnostic] = []
    first: dict[tuple[str, str], Calendar] = {}
    for calendar in calendars:
        other = first.setdefault((calendar.year, calendar.sector), calendar)
        if other is not calendar:
            found.append(
                say(
                    "E419",
                    calendar.place("annee"),
                    other.place("annee"),
                    nom=calendar.name,
                    autre=other.name,
                    annee=calendar.year,
                    secteur=calendar.sector,
                )
            )
        other_year = [*_years(calendar)]
        found += other_year
        for before, after in pairwise(calendar.windows):
            if after.start <= before.end and _inside(calendar, after, before):
                long = next(
                    (
                        f"« {one.name} » dure {_days(one)} jours"
                        for one in (after, before)
                        if _days(one) > LONG
                    ),
                    None,
                )
                found.append(
                    say(
                        "E410",
                        after.span,
                        before.span,
                        nom=after.name,
                        autre=before.name,
                        jour=after.start,
                        longueur=long,
                    )
                )
        found += _months_paid(calendar)
        for window in calendar.windows:
            told = _window(calendar, window)
            found += [one for one in told if not other_year or one.code != "E417"]
        found += _types(calendar)
    return found


def _types(calendar: Calendar) -> Iterator[Diagnostic]:
    """E425: a type of window that is left never comes back."""
    left: dict[str, Window] = {}
    for before, window in pairwise(one for one in calendar.windows if _inside(calendar, one)):
        if window.kind != before.kind:
            left[before.kind] = before
            if window.kind in left:
                yield say(
                    "E425",
                    window.place("type"),
                    nom=window.name,
                    sorte=window.kind,
                    dernier=left[window.kind].name,
                )
                return


def _inside(calendar: Calendar, *windows: Window) -> bool:
    """Whether windows are in the year of their calendar: else it is their dates that are wrong."""
    first, last = _year(calendar)
    return all(first <= day <= last for one in windows for day in (one.start, one.end))


def _year(calendar: Calendar) -> tuple[date, date]:
    first, last = (int(one) for one in calendar.year.split("-"))
    return date(first, *YEAR_STARTS), date(last, *YEAR_ENDS)


def _days(window: Window) -> int:
    return (window.end - window.start).days + 1


def _years(calendar: Calendar) -> Iterator[Diagnostic]:
    """E420: its year is two years in a row, and its identifier says no other."""
    first, last = (int(one) for one in calendar.year.split("-"))
    said = _YEAR.search(calendar.name)
    if last != first + 1:
        place = calendar.place("annee")
        yield say(
            "E420",
            place,
            cas="calendrier",
            nom=calendar.name,
            dit=calendar.year,
            annee=f"{first}-{first + 1}",
        )
    elif said is not None and said[0] != calendar.year:
        place = calendar.place("calendrier")
        yield say(
            "E420", place, cas="calendrier", nom=calendar.name, dit=said[0], annee=calendar.year
        )


def _months_paid(calendar: Calendar) -> Iterator[Diagnostic]:
    """E411, at the second deadline that pays a month, or at the months to pay."""
    paying: dict[Month, list[Span]] = {}
    for window in calendar.windows:
        for one in window.deadlines:
            paying.setdefault(one.month, []).append(one.span or window.span)
    silent = tuple(
        (one.span, f"« {one.name} » ne dit pas de mois de paye")
        for one in calendar.windows
        if not one.deadlines
    )
    for month in _months(calendar):
        places = sorted(paying.get(month, []))
        if len(places) > 1:
            others = tuple((place, "payé ici aussi") for place in places[:-1])
            yield say(
                "E411",
                places[-1],
                *others,
                cas="plusieurs",
                mois=month_words(month),
                nombre=len(places),
            )
        elif not places:
            place = calendar.place("mois_payes")
            yield say("E411", place, *silent, cas="aucune", mois=month_words(month))


def _window(calendar: Calendar, window: Window) -> Iterator[Diagnostic]:
    """E416, E417, E418, E423 and W602 of one window."""
    days = _year(calendar)
    for key, day in (("debut", window.start), ("fin", window.end)):
        if not days[0] <= day <= days[1]:
            yield say("E417", window.place(key), nom=window.name, jour=day, annee=calendar.year)
    until = [one.until for one in window.deadlines]
    if until and (until[-1] != window.end or until != sorted(set(until))):
        yield say("E416", window.span, nom=window.name, dernier=until[-1], fin=window.end)
    for one in window.deadlines:
        year, month = one.month
        late = (year - one.until.year) * 12 + month - one.until.month
        if not 0 <= late <= LATE:
            yield say(
                "E418",
                one.span or window.span,
                cas="avant" if late < 0 else "apres",
                nom=window.name,
                jusque=one.until,
                mois=month_words(one.month),
                retard=late,
            )
    for day in sorted({window.start, window.end, *until}):
        if day.weekday() >= SATURDAY:
            yield say("W602", window.span, quoi=window.name, jour=day, semaine=WEEK[day.weekday()])
    said = [
        at for at, month in enumerate(MONTHS, 1) if re.search(rf"\b{month}\b", window.name.lower())
    ]
    if said and not {*said} & {window.start.month, window.end.month}:
        yield say("E423", window.place("nom"), nom=window.name, debut=window.start, fin=window.end)


def _months(calendar: Calendar) -> Iterator[Month]:
    if calendar.months is None:
        return
    month, last = calendar.months
    while month <= last:
        yield month
        year, number = month
        month = (year + 1, 1) if number == 12 else (year, number + 1)  # noqa: PLR2004 - December


def check_passages(
    symbols: Symbols,
    passages: Sequence[Passage],
    others: Sequence[str],
    rules: Sequence[Rule],
    controls: Sequence[Control],
) -> list[Diagnostic]:
    """E412, E413 and E414; nothing when the corpus tells no passage at all.

    Args:
        symbols: every declared name.
        passages: what the documents say, passage by passage.
        others: further names that may take a passage (calendars).
        rules: the sound rules.
        controls: the sound controls.
    """
    if not passages:
        return []
    known = {
        *symbols.rules,
        *symbols.tables,
        *symbols.controls,
        *symbols.points,
        *symbols.doctrine,
        *symbols.gaps,
        *symbols.nomenclatures,
        *symbols.publications,
        *others,
    }
    found = [
        say("E414", passage.span, nom=name, proches=suggestion(name, sorted(known), "noms connus"))
        for passage in passages
        for name in passage.takers
        if name not in known
    ]
    told = {passage.document for passage in passages}
    first = passages[0].span
    found += [
        say("E412", first, nom=name, titre=origin.title)
        for name, origin in symbols.documents.items()
        if name in symbols.kept and name not in told
    ]
    # names, and every rule that one of them rests on
    arrows: dict[str, set[str]] = {}
    for rule in rules:
        bodies = [part for one in rule.versions for part in (one.body, one.applicable)]
        arrows.setdefault(rule.name, set()).update(needs(*bodies))
    for control in controls:
        parts = [one.condition for one in control.versions]
        parts += [part for part in control.message if not isinstance(part, str)]
        arrows[control.code] = needs(*parts)
    claimed = set(reached(arrows, {name for passage in passages for name in passage.takers}))
    declared = {name: heads[0] for name, heads in symbols.rules.items()} | symbols.controls
    return found + [
        say("E413", head.key.span, nom=name)
        for name, head in declared.items()
        if name not in claimed
    ]
