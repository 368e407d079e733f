"""Calendars, plans and passages: a year is whole, a window alone, nothing is left unclaimed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from engine.langage.agenda import Calendar, Month, Passage, Schedule
from engine.langage.checks.cycles import needs, reached
from engine.langage.corpus import Control, Rule
from engine.langage.symbols import Symbols
from engine.source.diagnostics import Diagnostic
from engine.source.messages import agenda as say

SATURDAY = 5


def month_name(month: Month) -> str:
    """« 2024-12 »."""
    return f"{month[0]:04}-{month[1]:02}"


def check_calendars(calendars: Sequence[Calendar]) -> list[Diagnostic]:
    """E410 (two windows at once), E411 (a month not paid once), E416 (deadlines), W602."""
    found: list[Diagnostic] = []
    for calendar in calendars:
        for first, second in pairwise(calendar.windows):
            if second.start <= first.end:
                found.append(
                    say.windows_overlap(
                        second.name, first.name, second.start, second.span, first.span
                    )
                )
        paid = Counter(one.month for window in calendar.windows for one in window.deadlines)
        found += [
            say.month_not_paid_once(month_name(month), paid[month], calendar.span)
            for month in _months(calendar)
            if paid[month] != 1
        ]
        for window in calendar.windows:
            until = [one.until for one in window.deadlines]
            if until and (until[-1] != window.end or until != sorted(set(until))):
                found.append(say.deadline_aside(window.name, until[-1], window.end, window.span))
            days = {window.start, window.end, *(one.until for one in window.deadlines)}
            found += [
                say.week_end(window.name, day, window.span)
                for day in sorted(days)
                if day.weekday() >= SATURDAY
            ]
    return found


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
        say.unknown_taker(name, sorted(known), passage.span)
        for passage in passages
        for name in passage.takers
        if name not in known
    ]
    told = {passage.document for passage in passages}
    first = passages[0].span
    found += [
        say.unclaimed_document(name, origin.title, first)
        for name, origin in symbols.documents.items()
        if name in symbols.kept and name not in told
    ]
    claimed = _claimed({name for passage in passages for name in passage.takers}, rules, controls)
    declared = {name: heads[0] for name, heads in symbols.rules.items()} | symbols.controls
    return found + [
        say.unclaimed_rule(name, head.key.span)
        for name, head in declared.items()
        if name not in claimed
    ]


def _claimed(names: set[str], rules: Sequence[Rule], controls: Sequence[Control]) -> set[str]:
    """``names``, and every rule that one of them rests on."""
    arrows: dict[str, set[str]] = {}
    for rule in rules:
        bodies = [part for one in rule.versions for part in (one.body, one.applicable)]
        arrows.setdefault(rule.name, set()).update(needs(*bodies))
    for control in controls:
        parts = [one.condition for one in control.versions]
        parts += [part for part in control.message if not isinstance(part, str)]
        arrows[control.code] = needs(*parts)
    return set(reached(arrows, names))


def planned(schedule: Schedule | None) -> set[str]:
    """The rules whose payment is planned: they serve something."""
    return set() if schedule is None else {plan.name for plan in schedule.plans}
