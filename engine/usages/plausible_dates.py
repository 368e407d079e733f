"""A dated version goes in; what surprises in its days, its signature and its source comes out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, TypeAlias

from engine.langage.agenda import Calendar
from engine.langage.corpus import Checked, ControlVersion, Corpus, TableVersion, Version
from engine.langage.periods import in_words
from engine.langage.statuses import DRAFT
from engine.source.diagnostics import Diagnostic
from engine.source.messages import plausibility as say
from engine.source.messages.reading import MONTHS
from engine.source.positions import Span

Dated: TypeAlias = "Version | TableVersion | ControlVersion"
# A text is announced a year ahead, seldom more; it looks back by one term, seldom by two.
AHEAD: Final = timedelta(days=550)
BACK: Final = timedelta(days=183)
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DateCheck:
    """The check of the versions of a corpus, as one does it ``today`` (None: on no day)."""

    today: date | None
    known: frozenset[date]  # the days of the texts, and the days after them

    def version_findings(self, name: str, versions: Sequence[Dated]) -> Iterator[Diagnostic]:
        """W621 to W625 of each version, oldest first."""
        for at, one in enumerate(versions):
            before = versions[at - 1] if at else None
            found = self._day(name, one)
            if self.today is not None:
                found = found or _far(name, one, versions[at + 1 :], self.today)
                yield from _status(name, one, self.today)
            if found is not None:
                yield found
            if before is not None and self._new(one) and _same_source(before, one):
                since, told = one.period.since, _source(one)
                yield say.old_source(name, since, told, _place(one, "source"))

    def calendar_findings(self, calendar: Calendar) -> Iterator[Diagnostic]:
        """W623 and W624 of a calendar."""
        told, start = calendar.checked, min(one.start for one in calendar.windows)
        if self.today is None:
            return
        if start > self.today and told.status != DRAFT and told.signed_on is None:
            place = calendar.place("calendrier")
            yield say.no_draft_mark(calendar.name, start, place, calendar=True)
        yield from _signed_later(f"calendrier « {calendar.name} »", told, calendar.span, self.today)

    def _day(self, name: str, one: Dated) -> Diagnostic | None:
        since = one.period.since
        days = self.known | set(in_words(getattr(one, "amended_by", None) or ""))
        if since.day == 1 or since in days:
            return None
        swapped = _swapped(since)
        return say.odd_day(name, since, swapped, _place(one, "depuis"))

    def _new(self, one: Dated) -> bool:
        """Whether somebody is writing it, or wrote it with a signature, and filled its source."""
        told = one.checked
        written = told.status == DRAFT or told.signed_on is not None
        coming = self.today is not None and one.period.since > self.today
        return (written or coming) and "source" not in told.to_fill


def date_check(corpus: Corpus, today: date | None) -> DateCheck:
    """The check of a corpus on a day."""
    days = [day for text in corpus.texts.values() for day in text.dates]
    return DateCheck(today, frozenset([*days, *(day + _DAY for day in days)]))


def _far(name: str, one: Dated, later: Sequence[Dated], today: date) -> Diagnostic | None:
    since, place = one.period.since, _place(one, "depuis")
    if since > today + AHEAD:
        return say.far_day(name, since, "il est loin dans l'avenir", place)
    if one.checked.status != DRAFT:
        return None
    after = next((each for each in later if each.checked.status != DRAFT), None)
    if after is not None:
        why = f"la version du {after.period.since}, déjà en vigueur, commence après lui"
        return say.far_day(name, since, why, place)
    if since < today - BACK:
        return say.far_day(name, since, "c'est un projet, et il est loin dans le passé", place)
    return None


def _status(name: str, one: Dated, today: date) -> Iterator[Diagnostic]:
    told, since = one.checked, one.period.since
    if since > today and told.status != DRAFT and told.signed_on is None:
        yield say.no_draft_mark(name, since, _place(one, "depuis"))
    yield from _signed_later(f"« {name} », version du {since}", told, one.span, today)


def _signed_later(what: str, told: Checked, span: Span, today: date) -> Iterator[Diagnostic]:
    for key, day in (("signe_le", told.signed_on), ("verifie_le", told.verified_on)):
        if day is not None and day > today:
            yield say.signed_later(what, key, day, told.places.get(key, span))


def _place(one: Dated, key: str) -> Span:
    return one.checked.places.get(key, one.span)


def _source(one: Dated) -> str:
    return ("" if isinstance(one, ControlVersion) else one.source) or ""


def _same_source(before: Dated, after: Dated) -> bool:
    """Whether a version says another thing than the one before, from the same place."""
    if "source" not in after.checked.places or _source(before) != _source(after):
        return False
    if isinstance(before, TableVersion) and isinstance(after, TableVersion):
        return [(one.cells, one.value) for one in before.rows] != [
            (one.cells, one.value) for one in after.rows
        ]
    return isinstance(before, Version) and isinstance(after, Version) and before.body != after.body


def _swapped(day: date) -> date | None:
    """The day whose month is written where it has its day, if that is the first of a month."""
    return date(day.year, day.day, 1) if day.month == 1 and day.day <= len(MONTHS) else None
