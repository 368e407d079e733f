"""Calendars: which window is open, which month pays, what opens next; and their ``.ics`` form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from engine.evaluation.explanation import named_source
from engine.langage.agenda import Calendar, Month, Window, month_name, month_words, of_month
from engine.langage.corpus import Corpus
from engine.reponse.report import Block, Heading, ListColumn, Listing, Report, Sentence
from engine.source.messages.reading import WEEK

_COLUMNS: Final = tuple(ListColumn("", one) for one in ("campagne", "type", "du", "au", "paye"))


def calendars_of(corpus: Corpus, year: str | None, sector: str) -> tuple[Calendar, ...]:
    """The calendars of a sector, those of ``year`` only when it is given."""
    return tuple(
        one for one in corpus.calendars if one.sector == sector and year in (None, one.year)
    )


def calendar_report(
    corpus: Corpus, calendars: Sequence[Calendar], year: str | None, sector: str, day: date
) -> Report:
    """The windows of each calendar and the steps of its procedure, and what is open on ``day``.

    In JSON, in the form of the contract: ``campagne`` is the one open that day, ``paye`` the month
    that pays what is validated then, and ``prochaine`` the next one to open; each is None when no
    source says it.
    """
    windows = [window for calendar in calendars for window in calendar.windows]
    now = next((one for one in windows if one.start <= day <= one.end), None)
    later = [one for one in windows if one.start > day]
    coming = min(later, key=lambda one: one.start, default=None)
    month = None if now is None else now.month_of(day)
    told = f"Le {day}, aucune campagne n'est ouverte."
    if now is not None:
        told = (
            f"Le {day}, campagne ouverte : {now.name}, jusqu'au {now.end} ; "
            f"une validation ce jour est payée en {_paid(month)}."
        )
    soon, follows = "Aucune autre campagne n'est prévue.", None
    if coming is not None:
        first = coming.deadlines[0].month if coming.deadlines else None
        soon = f"Prochaine : {coming.name}, à partir du {coming.start}, payée en {_paid(first)}."
        follows = {**_json(coming, sector), "paye": None if first is None else month_name(first)}
    data = {
        "annee": year or (calendars[0].year if calendars else None),
        "date": day.isoformat(),
        "campagne": None if now is None else _json(now, sector),
        "paye": None if month is None else month_name(month),
        "prochaine": follows,
    }
    parts = [part for one in calendars for part in _parts(corpus, one)]
    return Report("Calendrier des campagnes", [*parts, Sentence(f"{told}\n{soon}")], data)


def _paid(month: Month | None) -> str:
    return "un mois que la source ne dit pas" if month is None else month_words(month)


def _json(window: Window, sector: str) -> dict[str, object]:
    return {
        "nom": window.name,
        "type": window.kind,
        "secteur": sector,
        "debut": window.start.isoformat(),
        "fin": window.end.isoformat(),
    }


def _parts(corpus: Corpus, calendar: Calendar) -> Iterator[Block]:
    """The windows, week-ends told, with the months that they pay; the steps, one line each."""
    source = named_source(corpus, calendar.source)
    yield Heading(f"{calendar.label}, {calendar.year} ({source})")
    rows, notes = [], []
    for window in calendar.windows:
        paid = [
            month_words(one.month) + ("" if one.until == window.end else f" jusqu'au {one.until}")
            for one in window.deadlines
        ]
        days = [f"{WEEK[one.weekday()]} {one}" for one in (window.start, window.end)]
        shown = " ; ".join(paid) or "la source ne le dit pas"
        rows.append((window.name, window.kind, *days, shown))
    for stage in calendar.stages:
        actors = f" [{', '.join(stage.actors)}]" if stage.actors else ""
        remark = f" — {stage.remark}" if stage.remark else ""
        notes.append(f"{stage.rank}. {stage.label}{actors}{remark}")
    yield Listing("", _COLUMNS, rows, notes=notes)


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
