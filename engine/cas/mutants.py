"""A corpus goes in; every small mistake that someone could make in it comes out, one at a time.

A mutant is one declaration of the corpus with one thing changed: a rate, a bound, a date, a
threshold, a coefficient, a cap, a rounding, an exception, a condition, a reference to an article, a
payment or a date of a calendar.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeAlias, TypeVar

from engine.cas.mutant_agenda import Agenda, agenda_owner, calendar_changes, schedule_changes
from engine.cas.mutant_nodes import (
    ONE_DAY,
    REMOVED,
    Change,
    Kind,
    node_changes,
    wrong_article,
)
from engine.cas.mutant_tables import bound_changes, row_changes
from engine.cas.reach import reached
from engine.evaluation.law import Law
from engine.langage.corpus import (
    Control,
    ControlVersion,
    Corpus,
    Period,
    Rule,
    Table,
    TableVersion,
    Version,
)
from engine.langage.kernel import Const
from engine.source.positions import Span

MutantKey: TypeAlias = tuple[str, str, str, str, str, int]
Declaration: TypeAlias = Rule | Table | Control | Agenda
Dated = TypeVar("Dated", Version, TableVersion, ControlVersion)


@dataclass(frozen=True, slots=True)
class Mutant:
    """One mistake: ``new`` is written instead of ``old``.

    ``owner``: « texte.nom » of the rule or table, « texte.code » of the control, the plan or the
    calendar; ``since``: the first day of the version; ``day``: the only day on which it changes
    anything, when the mistake is that of a date.
    """

    kind: Kind
    owner: str
    since: date
    span: Span = field(compare=False)
    before: str
    after: str
    old: Declaration = field(compare=False, repr=False)
    new: Declaration = field(compare=False, repr=False)
    day: date | None = None
    rank: int = 1  # among those of one version that read the same

    @property
    def key(self) -> MutantKey:
        """What tells it from the others, whatever the line where it is written."""
        return self.kind, self.owner, self.since.isoformat(), self.before, self.after, self.rank


def mutants(law: Law) -> Iterator[Mutant]:
    """Every mutant of the law: rules, tables, controls, then payment plans and calendars.

    What can change nothing is left out: a date moved to a day on which nothing reads what is dated.
    """
    corpus = law.corpus
    reach: dict[date, frozenset[str]] = {}
    ranks: Counter[MutantKey] = Counter()
    for found in _every(corpus):
        if found.day is not None and isinstance(found.old, Rule | Table):
            epoch = law.epoch(found.day)
            since = epoch.period.since
            if since not in reach:
                reach[since] = reached(corpus, epoch)
            if found.old.name not in reach[since]:
                continue
        ranks[found.key] += 1
        yield replace(found, rank=ranks[found.key])


def _every(corpus: Corpus) -> Iterator[Mutant]:
    for rule in corpus.rules:
        yield from _of_rule(corpus, rule)
    for table in corpus.tables.values():
        yield from _of_table(corpus, table)
    for control in corpus.controls:
        yield from _of_control(corpus, control)
    if corpus.schedule is not None:
        for change, old, new in schedule_changes(corpus.schedule):
            yield _mutant(change, agenda_owner(old), corpus.first_day, old, new)
    for calendar in corpus.calendars:
        for change, old, new in calendar_changes(calendar):
            since = calendar.windows[0].start
            yield _mutant(change, agenda_owner(old), since, old, new)


def _of_rule(corpus: Corpus, rule: Rule) -> Iterator[Mutant]:
    for at, version in enumerate(rule.versions):
        if _over(corpus, version.period):
            continue
        for change, changed in _version_changes(version):
            new = replace(rule, versions=_at(rule.versions, at, changed))
            yield _mutant(change, rule.ident, version.period.since, rule, new)
    for ident in rule.overrides:
        new = replace(rule, overrides=tuple(one for one in rule.overrides if one != ident))
        since = rule.versions[0].period.since
        told = Change("exception", rule.span, f"deroge_a: {ident}", REMOVED)
        yield _mutant(told, rule.ident, since, rule, new)
    yield from _moved(corpus, rule, rule.ident, rule.versions)


def _version_changes(version: Version) -> Iterator[tuple[Change, Version]]:
    number: Kind = "taux" if isinstance(version.body, Const) else "coefficient"
    for change, body in node_changes(version.body, number):
        yield change, replace(version, body=body)
    if version.applicable is not None:
        for change, applicable in node_changes(version.applicable):
            yield change, replace(version, applicable=applicable)
        told = Change("condition", version.applicable.span, "applicable_si", REMOVED)
        yield told, replace(version, applicable=None)
    for number_, article in enumerate(version.articles):
        wrong = wrong_article(version.articles, number_)
        told = Change("article", version.span, article, wrong[number_])
        yield told, replace(version, articles=wrong)


def _of_table(corpus: Corpus, table: Table) -> Iterator[Mutant]:
    owner = table.ident
    for at, version in enumerate(table.versions):
        if _over(corpus, version.period):
            continue
        for changes in (
            row_changes(table, version, corpus.nomenclatures),
            bound_changes(table, version),
        ):
            for change, changed in changes:
                new = replace(table, versions=_at(table.versions, at, changed))
                yield _mutant(change, owner, version.period.since, table, new)
    for number, article in enumerate(table.articles):
        wrong = wrong_article(table.articles, number)
        told = Change("article", table.span, article, wrong[number])
        since = table.versions[0].period.since
        yield _mutant(told, owner, since, table, replace(table, articles=wrong))
    yield from _moved(corpus, table, owner, table.versions)


def _of_control(corpus: Corpus, control: Control) -> Iterator[Mutant]:
    owner = control.ident
    for at, version in enumerate(control.versions):
        if _over(corpus, version.period):
            continue
        for change, condition in node_changes(version.condition):
            changed = replace(version, condition=condition)
            new = replace(control, versions=_at(control.versions, at, changed))
            yield _mutant(change, owner, version.period.since, control, new)
    yield from _moved(corpus, control, owner, control.versions)


# --- dates


def _moved(
    corpus: Corpus, old: Declaration, owner: str, versions: Sequence[Dated]
) -> Iterator[Mutant]:
    """Each version that begins, or that ends for good, one day earlier or later.

    The version before ends accordingly. Only one day is then under another law.
    """
    for at, version in enumerate(versions):
        period = version.period
        for since in (period.since - ONE_DAY, period.since + ONE_DAY):
            day = min(since, period.since)
            if day < corpus.first_day:
                continue
            changed = _at(versions, at, _dated(version, Period(since, period.until)))
            before = versions[at - 1] if at else None
            if before is not None and before.period.until == period.since - ONE_DAY:
                last = Period(before.period.since, since - ONE_DAY)
                changed = _at(changed, at - 1, _dated(before, last))
            yield _date_mutant(old, owner, period.since, version.span, since, day, changed)
        until = period.until
        if until is None or until < corpus.first_day or _follows(versions, at):
            continue
        for end in (until - ONE_DAY, until + ONE_DAY):
            changed = _at(versions, at, _dated(version, Period(period.since, end)))
            day = max(end, until)
            yield _date_mutant(old, owner, until, version.span, end, day, changed, period.since)


def _date_mutant(
    old: Declaration,
    owner: str,
    written: date,
    span: Span,
    moved: date,
    day: date,
    versions: Sequence[Dated],
    since: date | None = None,
) -> Mutant:
    new = replace(old, versions=tuple(versions))  # type: ignore[arg-type]
    texts = written.isoformat(), moved.isoformat()
    return Mutant("date", owner, since or written, span, *texts, old, new, day)


def _follows(versions: Sequence[Dated], at: int) -> bool:
    """Whether the next version begins when this one ends."""
    until = versions[at].period.until
    return at + 1 < len(versions) and versions[at + 1].period.since - ONE_DAY == until


def _dated(version: Dated, period: Period) -> Dated:
    return replace(version, period=period)


# --- small parts


def _over(corpus: Corpus, period: Period) -> bool:
    """Whether a period ends before the corpus begins."""
    return period.until is not None and period.until < corpus.first_day


def _at(versions: Sequence[Dated], at: int, changed: Dated) -> tuple[Dated, ...]:
    return tuple(changed if number == at else one for number, one in enumerate(versions))


def _mutant(change: Change, owner: str, since: date, old: Declaration, new: Declaration) -> Mutant:
    texts = change.before, change.after
    return Mutant(change.kind, owner, since, change.span, *texts, old, new)
