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


def pays_too() -> str:
    """What the other deadline of a month that is paid twice is told by."""
    return "payé ici aussi"


def pays_nothing(name: str) -> str:
    """What a window without any month to pay is told by."""
    return f"« {name} » ne dit pas de mois de paye"


def bad_plan(name: str, why: str, known: Sequence[str], span: Span) -> Diagnostic:
    """E415: a payment plan of something that is not an amount of the corpus."""
    return say(
        "E415",
        span,
        nom=name,
        pourquoi=why,
        proches=suggestion(name, known, "montants connus") if known else (),
    )


def week_end(what: str, day: date, span: Span) -> Diagnostic:
    """W602: a date of a calendar that falls on a Saturday or a Sunday."""
    return say("W602", span, quoi=what, jour=day, semaine=WEEK[day.weekday()])
