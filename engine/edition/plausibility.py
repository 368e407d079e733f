"""A sound corpus goes in; its dated values that are possible and surprising come out.

Each version is looked at alone (its days, signature and source), then beside the ones before it.
One value gives one finding at most: the one that says best what may be wrong. A version may justify
a finding, on a date and for a reason; a justification that silences nothing is a finding too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from statistics import median
from typing import Final, TypeAlias

from engine.evaluation.show import french, french_number, percent
from engine.langage.agenda import Calendar
from engine.langage.corpus import (
    Checked,
    ControlVersion,
    Corpus,
    Justification,
    Nomenclature,
    Rule,
    Table,
    TableVersion,
    Text,
    Version,
)
from engine.langage.kernel import Const
from engine.langage.units import NamedUnit
from engine.langage.versions import DRAFT, in_words
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic, in_order
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

    def _day(self, name: str, version: Dated) -> Diagnostic | None:
        since = version.period.since
        if self._usual(since, _amended(version)):
            return None
        swapped = _month_and_day_swapped(since)
        return say(
            "W621",
            _place(version, "depuis"),
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

    def _new(self, version: Dated) -> bool:
        """Whether somebody is writing it, or wrote it with a signature, and filled its source."""
        told = version.checked
        written = told.status == DRAFT or told.signed_on is not None
        coming = self.today is not None and version.period.since > self.today
        return (written or coming) and "source" not in told.to_fill


def date_check(corpus: Corpus, today: date | None) -> DateCheck:
    """The check of a corpus on a day."""
    days = [day for text in corpus.texts.values() for day in text.dates]
    begun = {version.period.since for rule in corpus.rules for version in rule.versions}
    known = frozenset([*days, *(day + _DAY for day in days)])
    return DateCheck(today, known, frozenset(begun))


def _far(name: str, version: Dated, later: Sequence[Dated], today: date) -> Diagnostic | None:
    since, place, what = version.period.since, _place(version, "depuis"), f"« {name} » commence"
    if since > today + AHEAD:
        return say("W622", place, quoi=what, jour=since, pourquoi="il est loin dans l'avenir")
    if version.checked.status != DRAFT:
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


def _status(name: str, version: Dated, today: date) -> Iterator[Diagnostic]:
    told, since = version.checked, version.period.since
    if since > today and told.status != DRAFT and told.signed_on is None:
        yield say("W623", _place(version, "depuis"), cas="version", nom=name, depuis=since)
    what = f"« {name} », version du {since}"
    yield from _signed_later(what, told, version.span, today)
    for mine in () if isinstance(version, ControlVersion) else version.justified:
        if mine.day > today + AHEAD:  # a corpus is also checked as on a day before it was justified
            yield say("W624", mine.span, quoi=f"{what}, justification", cle="le", jour=mine.day)


def _signed_later(what: str, checked: Checked, span: Span, today: date) -> Iterator[Diagnostic]:
    days = {"publie_le": checked.published_on, "verifie_le": checked.verified_on}
    for key, day in (*days.items(), ("signe_le", checked.signed_on)):
        if day is not None and day > today:
            yield say("W624", checked.places.get(key, span), quoi=what, cle=key, jour=day)


def _place(version: Dated, key: str) -> Span:
    return version.checked.places.get(key, version.span)


def _source(version: Dated) -> str:
    return ("" if isinstance(version, ControlVersion) else version.source) or ""


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


def _idle(before: Dated, version: Dated) -> bool:
    """Whether a version says what the one before says, and gives no other reason to be."""
    if version.checked.to_fill or not _same(before, version):
        return False
    return _reasons(before) == _reasons(version)


def _reasons(version: Dated) -> tuple[object, ...]:
    """What a version says besides its values: why it may say them again."""
    match version:
        case Version():
            return (
                version.source,
                version.note,
                version.articles,
                version.cite,
                version.example,
                version.amended_by,
            )
        case TableVersion():
            return version.source, version.note
        case ControlVersion():
            return ()


def _amended(version: Dated) -> str:
    return (version.amended_by or "") if isinstance(version, Version) else ""


def _month_and_day_swapped(day: date) -> date | None:
    """The day whose month is written where it has its day, if that is the first of a month."""
    return date(day.year, day.day, 1) if day.month == 1 and day.day <= len(MONTHS) else None


@dataclass(frozen=True, slots=True)
class Succession:
    """A dated value after another, as texts; ``name``: what has them, with the row if any."""

    name: str
    new: str
    since: date
    old: str
    before: date
    span: Span

    @property
    def told(self) -> str:
        """« nom : 1 256 depuis le 2023-01-01, après 1 213,56 depuis le 2019-09-01 »."""
        return (
            f"{self.name} : {self.new} depuis le {self.since}, "
            f"après {self.old} depuis le {self.before}"
        )


# No revaluation of the corpus reaches a tenth but those that a text of their own decided.
JUMP: Final = Fraction(1, 10)
# Rows of one order are raised together; the steepest order of the corpus spreads over three points.
APART: Final = Fraction(1, 20)
# What follows another value is rounded: half a point of difference is no rounding.
LAG: Final = Fraction(1, 200)
# What time or a merge makes true: its justification says nothing any more, and stays.
PASSING: Final = frozenset({"W622", "W623", "W626"})
# A coefficient of the corpus is 2 at most.
PERCENT: Final = 5
_POWERS: Final = (10, 100, 1000)
_NEAR: Final = Fraction(1, 10)  # of a power of ten
_MOST: Final = Fraction(2, 3)  # of the rows, for the others to be the exception


@dataclass(frozen=True, slots=True)
class Plausibility:
    """What surprises, and how many dated values were looked at."""

    findings: tuple[Diagnostic, ...]
    values: int


@dataclass(frozen=True, slots=True)
class _Dated:
    """One value of a parameter, or of a row of a table, from its first day on."""

    value: Fraction
    since: date
    span: Span


def plausibility(
    corpus: Corpus,
    today: date | None = None,
    past: Mapping[str, Sequence[Diagnostic]] | None = None,
) -> Plausibility:
    """W611 to W619, W621 to W625, W628 and W629 of every dated value, in the order of their places.

    ``today`` is the day on which somebody asks; without it, nothing is said of what is to come.
    ``past``: what changes in the past (W626), by the name of a rule or a table.
    """
    found: list[Diagnostic] = []
    values = 0
    dates = date_check(corpus, today)
    for rule in corpus.rules:
        said = [
            *(past or {}).get(rule.ident, ()),
            *dates.version_findings(rule.name, rule.versions),
        ]
        if rule.parameter:
            history = [one for version in rule.versions for one in _of_version(version)]
            values += len(history)
            said += _parameter(corpus, rule, history)
        found += _unjustified(rule.name, rule.versions, said)
    for table in corpus.tables.values():
        said = [
            *(past or {}).get(table.name, ()),
            *dates.version_findings(table.name, table.versions),
        ]
        if table.kind == "nombre":
            values += sum(
                isinstance(row.value, Fraction)
                for version in table.versions
                for row in version.rows
            )
            said += _table(corpus, table)
        found += _unjustified(table.name, table.versions, said)
    for control in corpus.controls:
        found += dates.version_findings(control.code, control.versions)
    for calendar in corpus.calendars:
        found += dates.calendar_findings(calendar)
    for nomenclature in corpus.nomenclatures.values():
        found += dates.term_findings(nomenclature)
    for text in corpus.texts.values():
        found += dates.text_findings(text)
    return Plausibility(tuple(in_order(found)), values)


def far(before: Fraction, after: Fraction) -> bool:
    """Whether a value that takes the place of another one is surprisingly far from it."""
    return bool(before) and abs(after / before - 1) > JUMP


def _of_version(version: Version) -> Iterator[_Dated]:
    if isinstance(version.body, Const) and isinstance(version.body.value, Fraction):
        yield _Dated(version.body.value, version.period.since, version.body.span)


# --- parameters


def _parameter(corpus: Corpus, rule: Rule, history: Sequence[_Dated]) -> Iterator[Diagnostic]:
    for at, one in enumerate(history):
        yield from _decimals(corpus, rule.name, rule.unit, one)
        if at:
            unit = corpus.units.get(rule.unit or "")
            yield from _after(corpus, rule.name, history[: at + 1], rule.follows, unit)
        elif (
            rule.unit is not None
            and not corpus.units[rule.unit].powers
            and abs(one.value) >= PERCENT  # what multiplies is near 1: typed in hundredths?
        ):
            share = french_number(one.value / 100).replace(",", ".")
            yield say("W629", one.span, nom=rule.name, valeur=french_number(one.value), part=share)


def _after(
    corpus: Corpus,
    name: str,
    history: Sequence[_Dated],
    leader: str | None,
    unit: NamedUnit | None,
) -> Iterator[Diagnostic]:
    """What is said of the last value of a history, if anything: one thing."""
    new, old = history[-1], history[-2]
    change = _change(name, old, new, unit)
    found = (
        _moved_point(change, old, new)
        or _digits_swapped(change, old, new)
        or _comes_back(change, history)
        or _out_of_step(corpus, change, (old, new), leader)
    )
    if found is not None:
        yield found


def _change(name: str, old: _Dated, new: _Dated, unit: NamedUnit | None) -> Succession:
    texts = french(new.value, unit), french(old.value, unit)
    return Succession(name, texts[0], new.since, texts[1], old.since, new.span)


def _decimals(corpus: Corpus, name: str, unit: str | None, value: _Dated) -> Iterator[Diagnostic]:
    known = corpus.units.get(unit or "")
    if known is None or not known.symbol or (value.value * 10**known.decimals).denominator == 1:
        return
    yield say(
        "W614",
        value.span,
        nom=name,
        valeur=french_number(value.value),
        decimales=known.decimals,
        unite=known.name,
    )


def _moved_point(change: Succession, old: _Dated, new: _Dated) -> Diagnostic | None:
    if not old.value or not new.value:
        return None
    ratio = new.value / old.value
    for power in _POWERS:
        if abs(ratio / power - 1) <= _NEAR:
            return say("W612", change.span, evolution=change.told, fois=f"{power} fois plus")
        if abs(ratio * power - 1) <= _NEAR:
            return say("W612", change.span, evolution=change.told, fois=f"{power} fois moins")
    return None


def _digits_swapped(change: Succession, old: _Dated, new: _Dated) -> Diagnostic | None:
    scale = 1
    while (old.value * scale).denominator != 1 or (new.value * scale).denominator != 1:
        scale *= 10
    before, after = str(int(old.value * scale)), str(int(new.value * scale))
    if len(before) != len(after):
        return None
    apart = [at for at, (one, other) in enumerate(zip(before, after, strict=True)) if one != other]
    if len(apart) == 2 and apart[1] == apart[0] + 1:  # noqa: PLR2004 - a pair of digits
        first, second = apart
        if before[first] == after[second] and before[second] == after[first]:
            return say("W613", change.span, evolution=change.told)
    return None


def _comes_back(change: Succession, history: Sequence[_Dated]) -> Diagnostic | None:
    new, old = history[-1], history[-2]
    if new.value == old.value:
        return None
    first = next((one for one in history[:-2] if one.value == new.value), None)
    return (
        None
        if first is None
        else say("W615", change.span, evolution=change.told, premier=first.since)
    )


def _out_of_step(
    corpus: Corpus, change: Succession, pair: tuple[_Dated, _Dated], leader: str | None
) -> Diagnostic | None:
    """A change that is not that of the parameter it follows; a great one, when it follows none."""
    old, new = pair
    if not old.value:
        return None
    own = new.value / old.value
    led = None if leader is None else _change_of(corpus, leader, old.since, new.since)
    if leader is None or led is None:
        jumps = far(old.value, new.value)
        return (
            say(
                "W611",
                change.span,
                evolution=change.told,
                pourcent=percent(own),
                limite=f"{french_number(JUMP * 100)} %",
            )
            if jumps
            else None
        )
    if abs(own - led) <= LAG:
        return None
    return say(
        "W618",
        change.span,
        evolution=change.told,
        pourcent=percent(own),
        meneur=leader,
        suivi=percent(led),
    )


def _change_of(corpus: Corpus, name: str, before: date, after: date) -> Fraction | None:
    """The ratio of a parameter between two days, None when it has no value on one of them."""
    values = [
        one
        for rule in corpus.rules
        if rule.name == name
        for version in rule.versions
        for one in _of_version(version)
    ]
    there = [
        next((one.value for one in reversed(values) if one.since <= day), Fraction(0))
        for day in (before, after)
    ]
    return there[1] / there[0] if all(there) else None


# --- tables


def _table(corpus: Corpus, table: Table) -> Iterator[Diagnostic]:
    for at, version in enumerate(table.versions):
        for row in version.rows:
            if isinstance(row.value, Fraction):
                dated = _Dated(row.value, version.period.since, row.span)
                yield from _decimals(corpus, table.name, table.unit, dated)
        if at:
            yield from _version(corpus, table, table.versions[: at + 1])


def _version(
    corpus: Corpus, table: Table, versions: Sequence[TableVersion]
) -> Iterator[Diagnostic]:
    """What is said of the rows of the last version, each after the same row of the others."""
    unit = corpus.units.get(table.unit or "")
    histories = [_history(table, at, versions) for at in range(len(versions[-1].rows))]
    pairs = [one for one in histories if len(one) > 1 and one[-2].value]
    ratios = [one[-1].value / one[-2].value for one in pairs]
    moved = [one for one in ratios if one != 1]
    together = bool(moved) and len(moved) >= _MOST * len(ratios)
    usual = median(moved) if together else Fraction(1)
    for history, ratio in zip(pairs, ratios, strict=True):
        name = f"{table.name}, ligne « {_keys(versions[-1], history[-1].span)} »"
        change = _change(name, history[-2], history[-1], unit)
        if together and ratio == 1:
            yield say("W616", change.span, evolution=change.told, autres=len(moved))
        elif together and len(moved) > 2 and abs(ratio - usual) > APART:  # noqa: PLR2004
            typed = _moved_point(change, history[-2], history[-1]) or _digits_swapped(
                change, history[-2], history[-1]
            )
            yield typed or say(
                "W617",
                change.span,
                evolution=change.told,
                pourcent=percent(ratio),
                habituel=percent(usual),
            )
        else:
            yield from _after(corpus, name, history, table.follows, unit)


def _history(table: Table, at: int, versions: Sequence[TableVersion]) -> list[_Dated]:
    """The values of the rows of each version that accept what a row accepts, oldest first.

    Where a key repeats the value, it moves with it: rows are those that have the same rank.
    """
    last = versions[-1].rows
    if not isinstance(last[at].value, Fraction):
        return []
    if table.equal is not None:
        same = [(one, one.rows[at]) for one in versions if len(one.rows) == len(last)]
    else:
        same = [(one, row) for one in versions for row in one.rows if row.cells == last[at].cells]
    return [
        _Dated(row.value, version.period.since, row.span)
        for version, row in same
        if isinstance(row.value, Fraction)
    ]


def _keys(version: TableVersion, span: Span) -> str:
    number = next(at for at, row in enumerate(version.rows, 1) if row.span is span)
    return str(number)


# --- justifications


def _unjustified(
    name: str, versions: Sequence[Version] | Sequence[TableVersion], said: Sequence[Diagnostic]
) -> Iterator[Diagnostic]:
    """The findings that no version justifies, then the justifications that silence nothing."""
    used: set[Justification] = set()
    for one in said:
        silencing = [
            mine
            for version in versions
            if _inside(one.span, version.span)
            for mine in version.justified
            if mine.code == one.code
        ]
        used.update(silencing)
        if not silencing:
            yield one
    for version in versions:
        for mine in version.justified:
            if mine not in used and mine.code not in PASSING:
                yield say("W619", mine.span, nom=name, code=mine.code)


def _inside(part: Span, whole: Span) -> bool:
    begins = (whole.line, whole.column) <= (part.line, part.column)
    return begins and (part.end_line, part.end_column) <= (whole.end_line, whole.end_column)
