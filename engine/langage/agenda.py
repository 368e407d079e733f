"""Calendars, payment plans, prescriptions and passages: what the corpus holds beside its rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from engine.source.messages.reading import MONTHS
from engine.source.positions import Span

if TYPE_CHECKING:
    from engine.langage.corpus import Checked, Period

Month: TypeAlias = tuple[int, int]  # year, month
Sense: TypeAlias = Literal["rappel", "trop_percu"]  # owed and not paid; paid and not owed
YEAR_STARTS: Final = (9, 1)  # month and day, included
YEAR_ENDS: Final = (8, 31)  # of the next year, included
Onset: TypeAlias = Literal["annee_suivante", "mois_suivant", "jour_suivant"]


def month_name(month: Month) -> str:
    """« 2024-12 »."""
    return f"{month[0]:04}-{month[1]:02}"


def month_words(month: Month) -> str:
    """« décembre 2024 »: how a month is written for whoever reads it."""
    return f"{MONTHS[month[1] - 1]} {month[0]}"


def of_month(month: Month) -> str:
    """« de décembre 2024 », « d'octobre 2024 »."""
    words = month_words(month)
    return f"d'{words}" if words[0] in "ao" else f"de {words}"


@dataclass(frozen=True, slots=True)
class Deadline:
    """What is validated on ``until`` at the latest, that day included, is paid in ``month``."""

    until: date
    month: Month
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Window:
    """A range of days, both included, in which something may be validated."""

    name: str
    kind: str
    start: date
    end: date
    deadlines: tuple[Deadline, ...]
    span: Span = field(compare=False, repr=False)
    places: Mapping[str, Span] = field(default_factory=dict, compare=False, repr=False)

    def place(self, key: str) -> Span:
        """Where one of its keys is written, else the whole of it."""
        return self.places.get(key, self.span)

    def month_of(self, day: date) -> Month | None:
        """The month that pays what is validated on ``day``; None when no source says it."""
        return next((one.month for one in self.deadlines if day <= one.until), None)


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of a procedure: its rank, what is done, by whom, and a remark."""

    rank: int
    label: str
    actors: tuple[str, ...]
    remark: str | None


@dataclass(frozen=True, slots=True)
class Calendar:
    """The windows of one year and one sector, in the order of their dates.

    ``months``: the first and the last month to pay; each of them is paid by one window exactly.
    """

    name: str
    label: str
    year: str
    sector: str
    source: str
    windows: tuple[Window, ...]
    stages: tuple[Stage, ...]
    months: tuple[Month, Month] | None
    checked: Checked
    span: Span = field(compare=False, repr=False)

    def place(self, key: str) -> Span:
        """Where one of its keys is written, else the whole of it."""
        return self.checked.places.get(key, self.span)


@dataclass(frozen=True, slots=True)
class Plan:
    """When the value of rule ``name`` is paid.

    Exactly one of: ``months`` (equal parts), ``date_field`` (a line's date: paid ``delay`` months
    after it), ``undated`` (why no month can be told). ``validated``: nothing is paid before the
    month that follows a validation; what was due before is paid then.
    """

    name: str
    months: tuple[int, ...]
    scope: str | None
    date_field: str | None
    delay: int
    undated: str | None
    validated: bool
    articles: tuple[str, ...]
    source: str
    cite: str | None
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Delay:
    """How long a sum may be asked for: ``years`` whole years, counted from the ``onset``.

    The onset follows the month of the sum; ``again`` follows a claim, which interrupts the delay.
    ``note`` is set when the delay is still to be verified.
    """

    period: Period
    years: int
    onset: Onset
    again: Onset
    source: str
    cite: str | None
    note: str | None
    checked: Checked
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Prescription:
    """The delays after which a sum of one ``sense`` cannot be asked for any more."""

    sense: Sense
    label: str
    delays: tuple[Delay, ...]
    span: Span = field(compare=False, repr=False)

    def delay(self, day: date) -> Delay | None:
        """The delay in force on ``day``."""
        return next((one for one in self.delays if day in one.period), None)


@dataclass(frozen=True, slots=True)
class Schedule:
    """How yearly amounts are cut: on the grid of ``step``, leftovers to the first months."""

    step: Fraction
    source: str
    plans: tuple[Plan, ...]
    prescriptions: tuple[Prescription, ...]

    def delay(self, sense: Sense, day: date) -> tuple[Prescription, Delay] | None:
        """The prescription of a sense, with its delay in force on ``day``."""
        for one in self.prescriptions:
            delay = one.delay(day) if one.sense == sense else None
            if delay is not None:
                return one, delay
        return None


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage of a document, what takes it (names), and why it decides nothing.

    With takers only, it decides; with both, it is retained and decides nothing; never neither.
    """

    document: str
    place: str
    text: str
    takers: tuple[str, ...]
    idle: str | None
    span: Span = field(compare=False, repr=False)


def planned(schedule: Schedule | None) -> set[str]:
    """The rules whose payment is planned: they serve something."""
    return set() if schedule is None else {plan.name for plan in schedule.plans}
