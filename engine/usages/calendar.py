"""Calendars: which window is open, which month pays, what opens next; and their ``.ics`` form."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from engine.evaluation.explanation import named_source
from engine.langage.agenda import Calendar, Window, month_name, of_month
from engine.langage.corpus import Corpus


def calendars_of(corpus: Corpus, year: str | None, sector: str) -> tuple[Calendar, ...]:
    """The calendars of a sector, those of ``year`` only when it is given."""
    return tuple(
        one for one in corpus.calendars if one.sector == sector and year in (None, one.year)
    )


def on_day(
    calendars: Sequence[Calendar], year: str | None, sector: str, day: date
) -> dict[str, object]:
    """What the calendars say of ``day``, in the form of the contract.

    ``campagne`` is the one open that day, ``paye`` the month that pays what is validated then, and
    ``prochaine`` the next one to open; each is None when no source says it.
    """
    windows = [window for calendar in calendars for window in calendar.windows]
    open_now = next((one for one in windows if one.start <= day <= one.end), None)
    coming = next((one for one in sorted(windows, key=_start) if one.start > day), None)
    month = None if open_now is None else open_now.month_of(day)
    return {
        "annee": year or (calendars[0].year if calendars else None),
        "date": day.isoformat(),
        "campagne": None if open_now is None else _window(open_now, sector),
        "paye": None if month is None else month_name(month),
        "prochaine": None
        if coming is None
        else {**_window(coming, sector), "paye": _first_month(coming)},
    }


def _start(window: Window) -> date:
    return window.start


def _window(window: Window, sector: str) -> dict[str, object]:
    return {
        "nom": window.name,
        "type": window.kind,
        "secteur": sector,
        "debut": window.start.isoformat(),
        "fin": window.end.isoformat(),
    }


def _first_month(window: Window) -> str | None:
    return month_name(window.deadlines[0].month) if window.deadlines else None


def to_ics(corpus: Corpus, calendars: Sequence[Calendar]) -> bytes:
    """The windows as all-day events, and each pay deadline as an event of its day."""
    from icalendar import Calendar as Agenda
    from icalendar import Event

    agenda = Agenda()
    agenda.add("prodid", "-//reglo//calendrier//FR")
    agenda.add("version", "2.0")
    for calendar in calendars:
        for window in calendar.windows:
            # Each kind has its number in the identifiers: an agenda that has an event updates it.
            days = [("ouverte", 7, window.start, window.end)]
            days += [
                (f"paye {of_month(one.month)} : dernier jour", 30, one.until, one.until)
                for one in window.deadlines
            ]
            for what, kind, first, last in days:
                event = Event()
                event.add("uid", f"{calendar.name}-{first}-{last}-{kind}@reglo")
                # The stamp is that of the event itself: the same corpus gives the same file.
                event.add("dtstamp", datetime.combine(first, time.min, UTC))
                event.add("summary", f"{window.name} : {what}")
                event.add(
                    "description", f"{calendar.label} ({named_source(corpus, calendar.source)})"
                )
                event.add("dtstart", first)
                event.add("dtend", last + timedelta(days=1))  # an end is excluded in iCalendar
                agenda.add_component(event)
    ics: bytes = agenda.to_ical()
    return ics
