"""Calendars, payment plans and passages: what the corpus holds beside its rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import TypeAlias

from engine.source.positions import Span

Month: TypeAlias = tuple[int, int]  # year, month


@dataclass(frozen=True, slots=True)
class Deadline:
    """What is validated on ``until`` at the latest, that day included, is paid in ``month``."""

    until: date
    month: Month


@dataclass(frozen=True, slots=True)
class Window:
    """A range of days, both included, in which something may be validated."""

    name: str
    kind: str
    start: date
    end: date
    deadlines: tuple[Deadline, ...]
    span: Span = field(compare=False, repr=False)

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
    span: Span = field(compare=False, repr=False)


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
class Schedule:
    """How yearly amounts are cut: on the grid of ``step``, leftovers to the first months."""

    step: Fraction
    source: str
    plans: tuple[Plan, ...]


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage of a document, and what takes it: names, or why it has no effect."""

    document: str
    place: str
    text: str
    takers: tuple[str, ...]
    idle: str | None
    span: Span = field(compare=False, repr=False)
