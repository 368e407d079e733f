"""A dated version goes in; what surprises in its days, its signature and its source comes out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, TypeAlias

from engine.langage.agenda import Calendar
from engine.langage.corpus import (
    Checked,
    ControlVersion,
    Corpus,
    Nomenclature,
    TableVersion,
    Text,
    Version,
)
from engine.langage.versions import DRAFT, in_words
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
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
    begun: frozenset[date]  # the days on which a version begins

    def version_findings(self, name: str, versions: Sequence[Dated]) -> Iterator[Diagnostic]:
        """W621 to W625 and W628 of each version, oldest first."""
        for at, one in enumerate(versions):
            before = versions[at - 1] if at else None
            found = self._day(name, one)
            if self.today is not None:
                found = found or _far(name, one, versions[at + 1 :], self.today)
                yield from _status(name, one, self.today)
            if found is not None:
                yield found
            if "jusqu_a" in one.checked.places:
                place = _place(one, "jusqu_a")
                yield from self._end(f"« {name} »", one.period.until, place, _amended(one))
            since = one.period.since
            if before is not None and _idle(before, one):
                yield say(
                    "W628", _place(one, "depuis"), nom=name, depuis=since, avant=before.period.since
                )
            elif before is not None and self._new(one) and _same_source(before, one):
                yield say(
                    "W625", _place(one, "source"), nom=name, depuis=since, source=_source(one)
                )

    def calendar_findings(self, calendar: Calendar) -> Iterator[Diagnostic]:
        """W623 and W624 of a calendar."""
        told, start = calendar.checked, min(one.start for one in calendar.windows)
        if self.today is None:
            return
        if start > self.today and told.status != DRAFT and told.signed_on is None:
            place = calendar.place("calendrier")
            yield say("W623", place, cas="calendrier", nom=calendar.name, depuis=start)
        yield from _signed_later(f"calendrier « {calendar.name} »", told, calendar.span, self.today)

    def term_findings(self, nomenclature: Nomenclature) -> Iterator[Diagnostic]:
        """W621 and W622 of the last day of each code."""
        for term in nomenclature.terms:
            what = f"« {term.code} » ({nomenclature.name})"
            known = {one.code for one in term.justified}
            for found in self._end(what, term.period.until, term.span):
                if found.code not in known:
                    yield found

    def text_findings(self, text: Text) -> Iterator[Diagnostic]:
        """W624 of a text signed or published on a day that is to come."""
        for key, day in zip(("date", "publie_le"), text.dates, strict=False):
            if self.today is not None and day > self.today:
                yield say("W624", text.span, quoi=f"« {text.name} »", cle=key, jour=day)

    def _day(self, name: str, one: Dated) -> Diagnostic | None:
        since = one.period.since
        if self._usual(since, _amended(one)):
            return None
        swapped = _swapped(since)
        return say(
            "W621",
            _place(one, "depuis"),
            cas="debut",
            quoi=f"« {name} » commence",
            jour=since,
            dabord="corrigez la date"
            if swapped is None
            else f"jour et mois échangés ? écrivez {swapped}",
        )

    def _end(
        self, what: str, last: date | None, place: Span, amended: str = ""
    ) -> Iterator[Diagnostic]:
        """What surprises in a last day, if one is written."""
        if last is None or last == date.max:
            return
        if last + _DAY not in self.begun and not self._usual(last + _DAY, amended):
            yield say(
                "W621", place, cas="fin", quoi=f"{what} finit", jour=last, dabord="corrigez la date"
            )
        elif self.today is not None and last > self.today + AHEAD:
            yield say(
                "W622", place, quoi=f"{what} finit", jour=last, pourquoi="c'est loin dans l'avenir"
            )

    def _usual(self, day: date, amended: str) -> bool:
        return day.day == 1 or day in self.known or day in in_words(amended)

    def _new(self, one: Dated) -> bool:
        """Whether somebody is writing it, or wrote it with a signature, and filled its source."""
        told = one.checked
        written = told.status == DRAFT or told.signed_on is not None
        coming = self.today is not None and one.period.since > self.today
        return (written or coming) and "source" not in told.to_fill


def date_check(corpus: Corpus, today: date | None) -> DateCheck:
    """The check of a corpus on a day."""
    days = [day for text in corpus.texts.values() for day in text.dates]
    begun = {version.period.since for rule in corpus.rules for version in rule.versions}
    known = frozenset([*days, *(day + _DAY for day in days)])
    return DateCheck(today, known, frozenset(begun))


def _far(name: str, one: Dated, later: Sequence[Dated], today: date) -> Diagnostic | None:
    since, place, what = one.period.since, _place(one, "depuis"), f"« {name} » commence"
    if since > today + AHEAD:
        return say("W622", place, quoi=what, jour=since, pourquoi="il est loin dans l'avenir")
    if one.checked.status != DRAFT:
        return None
    after = next((each for each in later if each.checked.status != DRAFT), None)
    if after is not None:
        why = f"la version du {after.period.since}, déjà en vigueur, commence après lui"
        return say("W622", place, quoi=what, jour=since, pourquoi=why)
    if since < today - BACK:
        return say(
            "W622",
            place,
            quoi=what,
            jour=since,
            pourquoi="c'est un projet, et il est loin dans le passé",
        )
    return None


def _status(name: str, one: Dated, today: date) -> Iterator[Diagnostic]:
    told, since = one.checked, one.period.since
    if since > today and told.status != DRAFT and told.signed_on is None:
        yield say("W623", _place(one, "depuis"), cas="version", nom=name, depuis=since)
    what = f"« {name} », version du {since}"
    yield from _signed_later(what, told, one.span, today)
    for mine in () if isinstance(one, ControlVersion) else one.justified:
        if mine.day > today + AHEAD:  # a corpus is also checked as on a day before it was justified
            yield say("W624", mine.span, quoi=f"{what}, justification", cle="le", jour=mine.day)


def _signed_later(what: str, told: Checked, span: Span, today: date) -> Iterator[Diagnostic]:
    days = {"publie_le": told.published_on, "verifie_le": told.verified_on}
    for key, day in (*days.items(), ("signe_le", told.signed_on)):
        if day is not None and day > today:
            yield say("W624", told.places.get(key, span), quoi=what, cle=key, jour=day)


def _place(one: Dated, key: str) -> Span:
    return one.checked.places.get(key, one.span)


def _source(one: Dated) -> str:
    return ("" if isinstance(one, ControlVersion) else one.source) or ""


def _same_source(before: Dated, after: Dated) -> bool:
    """Whether a version says another thing than the one before, from the same place."""
    written = "source" in after.checked.places and _source(before) == _source(after)
    return written and not _same(before, after)


def _same(before: Dated, after: Dated) -> bool:
    """Whether two versions give the same values to the same things."""
    match before, after:
        case TableVersion(), TableVersion():
            return (before.rows, before.first) == (after.rows, after.first)
        case Version(), Version():
            return (before.body, before.applicable) == (after.body, after.applicable)
        case ControlVersion(), ControlVersion():
            return before.condition == after.condition
        case _:
            return False


def _idle(before: Dated, one: Dated) -> bool:
    """Whether a version says what the one before says, and gives no other reason to be."""
    if one.checked.to_fill or not _same(before, one):
        return False
    return _reasons(before) == _reasons(one)


def _reasons(one: Dated) -> tuple[object, ...]:
    """What a version says besides its values: why it may say them again."""
    match one:
        case Version():
            return one.source, one.note, one.articles, one.cite, one.example, one.amended_by
        case TableVersion():
            return one.source, one.note
        case ControlVersion():
            return ()


def _amended(one: Dated) -> str:
    return (one.amended_by or "") if isinstance(one, Version) else ""


def _swapped(day: date) -> date | None:
    """The day whose month is written where it has its day, if that is the first of a month."""
    return date(day.year, day.day, 1) if day.month == 1 and day.day <= len(MONTHS) else None
