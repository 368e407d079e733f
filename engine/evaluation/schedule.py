"""What each month pays, arrears included, and the first day on which a sum is time-barred."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import MAXYEAR, date, timedelta
from fractions import Fraction

from engine.evaluation.interpreter import Interpreter
from engine.evaluation.outcomes import NotComputable
from engine.langage.agenda import Calendar, Delay, Month, Onset, Plan, Window
from engine.langage.model import FIRST_DAY
from engine.langage.records import Record

DECEMBER = 12
PUBLIC = "public"  # the sector of a payment when none is said


@dataclass(frozen=True, slots=True)
class Payment:
    """An amount paid in ``month`` (None: no source or date tells which), and why.

    ``line`` counts from 1 when the amount is that of one line. ``arrears``: how many months due
    earlier are paid with this one.
    """

    plan: Plan
    month: Month | None
    amount: Fraction
    line: int | None
    arrears: int


@dataclass(frozen=True, slots=True)
class Validation:
    """What a validation day means: the window it falls in (or the next one), the month paid."""

    day: date
    window: Window
    month: Month
    late: bool  # the day is in no window: the next one to open is taken


def shares(amount: Fraction, count: int, step: Fraction) -> list[Fraction]:
    """``amount`` in ``count`` equal parts on the grid of ``step``, whose sum is ``amount``.

    Largest remainder: equal parts all have the same remainder, so what is left goes to the first
    ones, a step each; what is finer than the grid stays with the first part.
    """
    whole = amount / step
    units = whole.numerator // whole.denominator
    least, left = divmod(units, count)
    parts = [(least + (index < left)) * step for index in range(count)]
    parts[0] += amount - sum(parts, Fraction(0))
    return parts


def validation(calendar: Calendar, day: date) -> Validation | None:
    """What validating on ``day`` gives; None in an earlier year, or when no later window pays."""
    if not calendar.windows or day.year < calendar.windows[0].start.year:
        return None
    for window in calendar.windows:
        if day <= window.end:
            month = window.month_of(max(day, window.start))
            if month is not None:
                return Validation(day, window, month, late=day < window.start)
    return None


def start_of(record: Record) -> date:
    """The first day of the year of a record; its own day when the model has no year."""
    first = record.values.get(FIRST_DAY)
    return first if isinstance(first, date) else record.day


def calendar_of(interpreter: Interpreter, sector: str) -> Calendar | None:
    """The calendar of a sector for the school year of a record."""
    year = start_of(interpreter.record).year
    calendars = interpreter.corpus.calendars
    wanted = f"{year}-{year + 1}", sector
    return next((one for one in calendars if (one.year, one.sector) == wanted), None)


def after(month: Month, count: int) -> Month:
    """The month that comes ``count`` months after ``month``."""
    number = month[0] * DECEMBER + month[1] - 1 + count
    return number // DECEMBER, number % DECEMBER + 1


def payments(interpreter: Interpreter, validated: Validation | None) -> Iterator[Payment]:
    """Every payment of the record, plan by plan; amounts of 0 are left out.

    A value that is *sans objet* is not paid; one that is not computable gives nothing here: the
    results say why.
    """
    schedule = interpreter.corpus.schedule
    if schedule is None:
        return
    start = start_of(interpreter.record)
    for plan in schedule.plans:
        if plan.scope is not None:
            yield from _by_line(interpreter, plan)
            continue
        amount = interpreter.step(plan.name).value
        if not isinstance(amount, Fraction) or amount == 0:
            continue
        if not plan.months:
            yield Payment(plan, None, amount, None, 0)
            continue
        months = sorted(  # in the school year that begins on ``start``
            (start.year if month >= start.month else start.year + 1, month) for month in plan.months
        )
        parts = shares(amount, len(months), schedule.step)
        yield from _moved(plan, dict(zip(months, parts, strict=True)), validated)


def _by_line(interpreter: Interpreter, plan: Plan) -> Iterator[Payment]:
    for index, line in enumerate(interpreter.lines(plan.scope or "")):
        amount = interpreter.step(plan.name, index).value
        if not isinstance(amount, Fraction) or amount == 0:
            continue
        day = line.values.get(plan.date_field or "")
        month = after((day.year, day.month), plan.delay) if isinstance(day, date) else None
        yield Payment(plan, month, amount, index + 1, 0)


def _moved(
    plan: Plan, due: dict[Month, Fraction], validated: Validation | None
) -> Iterator[Payment]:
    """What was due before the month of the validation is paid that month."""
    if validated is None or not plan.validated:
        for month, amount in due.items():
            yield Payment(plan, month, amount, None, 0)
        return
    late = {month: amount for month, amount in due.items() if month < validated.month}
    if late:
        own = due.get(validated.month, Fraction(0))
        total = sum(late.values(), own)
        yield Payment(plan, validated.month, total, None, len(late))
    for month, amount in due.items():
        if month > validated.month or (month == validated.month and not late):
            yield Payment(plan, month, amount, None, 0)


def unpaid(interpreter: Interpreter) -> tuple[str, ...]:
    """The planned amounts that cannot be computed, by name."""
    schedule = interpreter.corpus.schedule
    plans = () if schedule is None else schedule.plans
    names: list[str] = []
    for plan in plans:
        lines = [None] if plan.scope is None else range(len(interpreter.lines(plan.scope)))
        steps = [interpreter.step(plan.name, line) for line in lines]
        if any(isinstance(step.value, NotComputable) for step in steps):
            names.append(plan.name)
    return tuple(names)


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
