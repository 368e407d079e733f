"""Payment plans, prescriptions and calendars go in; each small mistake to make there comes out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Final, TypeAlias, assert_never, get_args

from engine.cas.mutant_nodes import ONE_DAY, REMOVED, Change
from engine.evaluation.schedule import after
from engine.evaluation.show import decimal_text
from engine.langage.agenda import (
    Calendar,
    Deadline,
    Delay,
    Onset,
    Plan,
    Prescription,
    Schedule,
    Window,
)
from engine.langage.checks.agenda import month_name

Agenda: TypeAlias = Plan | Schedule | Calendar | Prescription
_TENFOLD = Fraction(10)
_ONE_MONTH = 1
_ONSETS: Final[tuple[Onset, ...]] = get_args(Onset)


def agenda_owner(one: Agenda) -> str:
    """The name of a plan, a prescription or a calendar, or of the whole schedule."""
    match one:
        case Plan():
            return f"versements.{one.name}"
        case Prescription():
            return f"versements.{one.sense}"
        case Calendar():
            return one.name
        case Schedule():
            return "versements"
        case _:
            assert_never(one)


def schedule_changes(schedule: Schedule) -> Iterator[tuple[Change, Agenda, Agenda]]:
    """The step of the shares, each month, delay and wait of each plan, then each prescription."""
    step = replace(schedule, step=schedule.step * _TENFOLD)
    texts = f"pas: {decimal_text(schedule.step, 2)}", f"pas: {decimal_text(step.step, 2)}"
    span = schedule.plans[0].span
    yield Change("arrondi", span, *texts), schedule, step
    for plan in schedule.plans:
        yield from _plan_changes(plan)
    for prescription in schedule.prescriptions:
        for at, delay in enumerate(prescription.delays):
            for before, after_, new in _delay_changes(delay):
                delays = (*prescription.delays[:at], new, *prescription.delays[at + 1 :])
                told = Change("prescription", delay.span, before, after_)
                yield told, prescription, replace(prescription, delays=delays)


def _delay_changes(delay: Delay) -> Iterator[tuple[str, str, Delay]]:
    """A year more, a year less, another day from which it is counted."""
    for years in (delay.years - 1, delay.years + 1):
        if years:
            yield f"annees: {delay.years}", f"annees: {years}", replace(delay, years=years)
    for onset in _ONSETS:
        if onset not in (delay.onset, "jour_suivant"):  # the day that follows a month begins one
            texts = f"a_partir_de: {delay.onset}", f"a_partir_de: {onset}"
            yield *texts, replace(delay, onset=onset)
        if onset != delay.again:
            texts = f"apres_reclamation: {delay.again}", f"apres_reclamation: {onset}"
            yield *texts, replace(delay, again=onset)


def _plan_changes(plan: Plan) -> Iterator[tuple[Change, Agenda, Agenda]]:
    for month in plan.months:
        fewer = tuple(one for one in plan.months if one != month)
        told = Change("versement", plan.span, f"mois {month}", REMOVED)
        yield told, plan, replace(plan, months=fewer)
    if plan.scope is not None:
        later = replace(plan, delay=plan.delay + _ONE_MONTH)
        texts = f"decalage: {plan.delay}", f"decalage: {later.delay}"
        yield Change("versement", plan.span, *texts), plan, later
    if plan.months:
        other = replace(plan, validated=not plan.validated)
        words = {True: "après validation", False: "sans attendre"}
        texts = words[plan.validated], words[other.validated]
        yield Change("versement", plan.span, *texts), plan, other


def calendar_changes(calendar: Calendar) -> Iterator[tuple[Change, Agenda, Agenda]]:
    """Each end of each window, each deadline and the month that it pays, moved by one."""
    for at, window in enumerate(calendar.windows):
        for before, after_, moved in _window_changes(window):
            windows = (*calendar.windows[:at], moved, *calendar.windows[at + 1 :])
            told = Change("campagne", window.span, before, after_)
            yield told, calendar, replace(calendar, windows=windows)


def _window_changes(window: Window) -> Iterator[tuple[str, str, Window]]:
    for shift in (-ONE_DAY, ONE_DAY):
        start, end = window.start + shift, window.end + shift
        yield f"debut: {window.start}", f"debut: {start}", replace(window, start=start)
        yield f"fin: {window.end}", f"fin: {end}", _ended(window, end)
    for at, one in enumerate(window.deadlines):
        for until in (one.until - ONE_DAY, one.until + ONE_DAY):
            if len(window.deadlines) > 1:  # else it is the end that says it
                yield (
                    f"jusqu_au: {one.until}",
                    f"jusqu_au: {until}",
                    _deadline(window, at, replace(one, until=until)),
                )
        for count in (-_ONE_MONTH, _ONE_MONTH):
            month = after(one.month, count)
            yield (
                f"paye: {month_name(one.month)}",
                f"paye: {month_name(month)}",
                _deadline(window, at, replace(one, month=month)),
            )


def _ended(window: Window, end: date) -> Window:
    """The window with another end, which is also the deadline of its only month."""
    alone = len(window.deadlines) == 1
    deadlines = tuple(replace(one, until=end) for one in window.deadlines)
    return replace(window, end=end, deadlines=deadlines if alone else window.deadlines)


def _deadline(window: Window, at: int, changed: Deadline) -> Window:
    deadlines = (*window.deadlines[:at], changed, *window.deadlines[at + 1 :])
    return replace(window, deadlines=deadlines)
