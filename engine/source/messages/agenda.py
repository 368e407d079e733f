"""Messages of calendars, payment plans and passages: E410 to E420, E423, E425 and W602."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.messages.hints import suggestion
from engine.source.positions import Span

WEEK: Final = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


def windows_overlap(  # noqa: PLR0913, PLR0917 - two windows, and what one of them has
    name: str, other: str, day: date, span: Span, first: Span, long: str | None
) -> Diagnostic:
    """E410: two windows of one sector open the same day; ``long``: how long one is, if it is."""
    return say("E410", span, first, nom=name, autre=other, jour=day, longueur=long)


def month_not_paid_once(
    month: str, count: int, span: Span, labels: tuple[tuple[Span, str], ...]
) -> Diagnostic:
    """E411: a month of the year that no window pays, or several do."""
    return say(
        "E411", span, *labels, cas="plusieurs" if count else "aucune", mois=month, nombre=count
    )


def pays_too() -> str:
    """What the other deadline of a month that is paid twice is told by."""
    return "payé ici aussi"


def pays_nothing(name: str) -> str:
    """What a window without any month to pay is told by."""
    return f"« {name} » ne dit pas de mois de paye"


def outside_year(name: str, day: date, year: str, span: Span) -> Diagnostic:
    """E417: a window of a calendar that is not in its year."""
    return say("E417", span, nom=name, jour=day, annee=year)


def paid_aside(name: str, until: date, month: str, late: int, span: Span) -> Diagnostic:
    """E418: a month of pay that is before its deadline, or long after it."""
    return say(
        "E418",
        span,
        cas="avant" if late < 0 else "apres",
        nom=name,
        jusque=until,
        mois=month,
        retard=late,
    )


def two_calendars(  # noqa: PLR0913, PLR0917 - two calendars, and what they share
    name: str, other: str, year: str, sector: str, span: Span, first: Span
) -> Diagnostic:  # fmt: skip
    """E419: two calendars of one year and one sector."""
    return say("E419", span, first, nom=name, autre=other, annee=year, secteur=sector)


def other_year(name: str, said: str, year: str, span: Span, *, table: bool = False) -> Diagnostic:
    """E420: the identifier of a calendar says another year, or its year is not two in a row.

    ``table``: it is the identifier of a published table, which says another day.
    """
    return say(
        "E420", span, cas="tableau" if table else "calendrier", nom=name, dit=said, annee=year
    )


def unclaimed_document(name: str, title: str, span: Span) -> Diagnostic:
    """E412: a document whose passages are not told."""
    return say("E412", span, nom=name, titre=title)


def unclaimed_rule(name: str, span: Span) -> Diagnostic:
    """E413: a rule that no passage claims, itself or through a rule that needs it."""
    return say("E413", span, nom=name)


def unknown_taker(name: str, known: Sequence[str], span: Span) -> Diagnostic:
    """E414: a passage taken by something that the corpus does not have."""
    return say("E414", span, nom=name, proches=suggestion(name, known, "noms connus"))


def bad_plan(name: str, why: str, known: Sequence[str], span: Span) -> Diagnostic:
    """E415: a payment plan of something that is not an amount of the corpus."""
    return say(
        "E415",
        span,
        nom=name,
        pourquoi=why,
        proches=suggestion(name, known, "montants connus") if known else (),
    )


def deadline_aside(name: str, last: date, end: date, span: Span) -> Diagnostic:
    """E416: the deadlines of a window are not in order, or the last one is not its end."""
    return say("E416", span, nom=name, dernier=last, fin=end)


def week_end(what: str, day: date, span: Span) -> Diagnostic:
    """W602: a date of a calendar that falls on a Saturday or a Sunday."""
    return say("W602", span, quoi=what, jour=day, semaine=WEEK[day.weekday()])


def other_month(name: str, start: date, end: date, span: Span) -> Diagnostic:
    """E423: the name of a window says a month in which it neither begins nor ends."""
    return say("E423", span, nom=name, debut=start, fin=end)


def type_comes_back(name: str, kind: str, last: str, span: Span) -> Diagnostic:
    """E425: a window of a type that the windows before it had left."""
    return say("E425", span, nom=name, sorte=kind, dernier=last)
