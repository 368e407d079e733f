"""A delay, a month and claims in; the first day on which its sum cannot be asked for out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import MAXYEAR, date, timedelta

from engine.evaluation.schedule import after
from engine.langage.agenda import Delay, Month, Onset

_ONE_DAY = timedelta(days=1)


def prescribed_on(delay: Delay, month: Month, claims: Iterable[date] = ()) -> date:
    """The first day on which a sum of ``month`` cannot be asked for any more.

    Args:
        delay: how long it may be.
        month: when the sum was earned, or paid.
        claims: the days on which it was asked for; one that comes in time makes a new delay run,
            one that comes too late changes nothing.
    """
    end = _later(_onset(delay.onset, last_day(month)), delay.years)
    for claim in sorted(claims):
        if claim < end:
            end = max(end, _later(_onset(delay.again, claim), delay.years))
    return end


def last_day(month: Month) -> date:
    """The last day of a month."""
    return date.max if month >= (MAXYEAR, 12) else date(*after(month, 1), 1) - _ONE_DAY


def _onset(onset: Onset, day: date) -> date:
    """The day from which a delay that follows ``day`` is counted, that day included."""
    if day.year == MAXYEAR:
        return date.max
    match onset:
        case "annee_suivante":
            return date(day.year + 1, 1, 1)
        case "mois_suivant":
            return date(*after((day.year, day.month), 1), 1)
        case "jour_suivant":
            return day + _ONE_DAY


def _later(day: date, years: int) -> date:
    """The same day ``years`` later; the first of March for a 29th of February that is not there."""
    if day.year + years > MAXYEAR:
        return date.max
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)
