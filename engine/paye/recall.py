"""What was paid and what is due; what is owed or overpaid, month by month, and why; the totals.

A sum is prescribed, or not, by itself: month by month and amount by amount, before anything is
netted. What cannot be asked for any more makes up for nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Literal, TypeAlias

from engine.calcul.inputs import Inputs, ReadFile, read_sources
from engine.evaluation.divergence import Divergence, diverge
from engine.evaluation.explanation import Explained, explain
from engine.evaluation.interpreter import Interpreter
from engine.evaluation.law import Chosen, Law, law_of
from engine.evaluation.outcomes import NotComputable
from engine.evaluation.results import Anomaly, interpreter_for, lacking_anomaly
from engine.evaluation.schedule import (
    Validation,
    after,
    payments,
    prescribed_on,
    start_of,
    unpaid,
    validation,
)
from engine.histoire.history import known_on
from engine.langage.agenda import Delay, Month, Prescription, Schedule, Sense, of_month
from engine.langage.checks.cycles import graph
from engine.langage.corpus import Corpus
from engine.langage.records import Record
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic

RecordKey: TypeAlias = tuple[str, date]


@dataclass(frozen=True, slots=True)
class Under:
    """A law that some months were paid under: how it is told, the records as it reads them.

    ``refused``: what it finds wrong in the others, by identifier.
    """

    law: Law
    told: str
    records: Mapping[RecordKey, Record]
    refused: Mapping[str, Diagnostic]


@dataclass(frozen=True, slots=True)
class Pair:
    """One record on both sides; None on the side that does not have it."""

    paid: Record | None
    due: Record | None

    @property
    def record(self) -> Record:
        """The record as it is due, else as it was paid."""
        found = self.due or self.paid
        assert found is not None  # noqa: S101 - a pair has one side at least
        return found


def key_of(record: Record) -> RecordKey:
    """What tells a record from another."""
    return record.ident, start_of(record)


def month_of(day: date) -> Month:
    """The month of a day."""
    return day.year, day.month


def months_until(records: Iterable[Record], day: date) -> tuple[Month, ...]:
    """Every month from the first year of ``records`` to that of ``day``, included; maybe none."""
    last = month_of(day)
    start = min((month_of(start_of(one)) for one in records), default=last)
    count = (last[0] - start[0]) * 12 + last[1] - start[1] + 1
    return tuple(after(start, number) for number in range(count))


def read_under(law: Law, told: str, inputs: Inputs) -> Under:
    """The records of ``inputs``, which this law has read."""
    refused = {one.ident: one.diagnostics[0] for one in inputs.refused if one.ident is not None}
    return Under(law, told, {key_of(one): one for one in inputs.records}, refused)


def laws_known(
    chosen: Chosen, months: Iterable[Month], sources: tuple[ReadFile, ...], store: Path
) -> tuple[dict[Month, Under], tuple[Diagnostic, ...]]:
    """The law of each month, as its repository knew it on the first day of that month.

    Returns:
        One law per month, the same object for the months of one content; or E578 for the first
        month that has none, or what is wrong with the rules that were known then.
    """
    found: dict[Month, Under] = {}
    by_digest: dict[str, Under] = {}
    for month in months:
        known, missing = known_on(chosen, date(*month, 1), store)
        if known is None:
            return {}, (say("E578", "--avant", mois=of_month(month), pourquoi=missing[0].message),)
        law, wrong = law_of(known.folder)
        if law is None:
            return {}, wrong
        digest = law.corpus.digest
        if digest not in by_digest:
            told = f"version {known.commit[:12]} du {known.made} UTC"
            by_digest[digest] = read_under(law, told, read_sources(sources, law.corpus))
        found[month] = by_digest[digest]
    return found, ()


def readable(
    pairs: Iterable[Pair], laws: Mapping[Month, Under]
) -> tuple[tuple[Pair, ...], tuple[Diagnostic, ...]]:
    """The records that every law they were paid under reads, and E582 for each of the others."""
    wrong = [(pair, _unreadable(pair, laws)) for pair in pairs]
    return (
        tuple(pair for pair, finding in wrong if finding is None),
        tuple(finding for _, finding in wrong if finding is not None),
    )


def _unreadable(pair: Pair, laws: Mapping[Month, Under]) -> Diagnostic | None:
    if pair.paid is None:
        return None
    key = key_of(pair.paid)
    for month, law in laws.items():
        if month >= month_of(key[1]) and key not in law.records:
            wrong = law.refused.get(key[0])
            why = "il n'y est pas de la même année" if wrong is None else wrong.message
            return say("E582", pair.paid.span, dossier=key[0], dit=law.told, pourquoi=why)
    return None


def pairs(
    paid: Inputs, due: Inputs, ident: str | None
) -> tuple[tuple[Pair, ...], tuple[Diagnostic, ...]]:
    """The records of both sides, those due first; E581 and E583.

    A record that one side does not have was never paid, or is not owed any more; unless it may be
    among those which that side refused.
    """
    findings: list[Diagnostic] = []
    sides = [_side(one, findings) for one in ((paid, due) if paid is not due else (due,))]
    was, now = sides[0], sides[-1]
    found: list[Pair] = []
    for key in dict.fromkeys((*now, *was)):
        if ident not in (None, key[0]):
            continue
        if any(key in side and side[key] is None for side in (was, now)):
            continue  # twice on one side
        pair = Pair(was.get(key), now.get(key))
        lone = next(_lone(pair, paid, due), None)
        if lone is None:
            found.append(pair)
        else:
            findings.append(lone)
    return tuple(found), tuple(findings)


def _side(inputs: Inputs, findings: list[Diagnostic]) -> dict[RecordKey, Record | None]:
    """The records of one side by key; None for those that it has twice."""
    found: dict[RecordKey, Record | None] = {}
    first: dict[RecordKey, Record] = {}
    for record in inputs.records:
        key = key_of(record)
        if key in first:
            found[key] = None
            findings.append(say("E583", record.span, first[key].span, dossier=record.ident))
        else:
            found[key] = first[key] = record
    return found


def _lone(pair: Pair, paid: Inputs, due: Inputs) -> Iterator[Diagnostic]:
    record = pair.record
    for one, inputs, side in ((pair.paid, paid, "payé"), (pair.due, due, "dû")):
        refused = any(one.ident in (None, record.ident) for one in inputs.refused)
        if one is None and (refused or inputs.findings):
            yield say("E581", record.span, dossier=record.ident, cote=side)


Amounts: TypeAlias = dict[tuple[str, Month | None], Fraction]
Fate: TypeAlias = Literal["exigible", "prescrit", "indetermine"]
SideName: TypeAlias = Literal["paye", "du"]
NOTHING = Fraction(0)
_YEAR = 12


@dataclass(frozen=True, slots=True)
class Limit:
    """What prescribes a sum, from which day."""

    prescription: Prescription
    delay: Delay
    day: date


@dataclass(frozen=True, slots=True)
class PaidGap:
    """One amount of one month (None: no one can tell which), as paid and as due.

    ``limit`` is None when nothing differs. A sum whose month is not known is *indetermine* when it
    is prescribed or not according to the month, or when its year is not over.
    """

    name: str
    label: str
    month: Month | None
    paid: Fraction
    due: Fraction
    fate: Fate
    limit: Limit | None

    @property
    def difference(self) -> Fraction:
        """What is owed, above 0, or was overpaid, below."""
        return self.due - self.paid


@dataclass(frozen=True, slots=True)
class Lacking:
    """An amount that one side cannot compute: it is left out of both."""

    side: SideName
    name: str
    anomaly: Anomaly


@dataclass(frozen=True, slots=True)
class RecallCause:
    """Why an amount differs in ``months``: both explanations, and where they part.

    ``rule`` is what is explained: the amount, or for one that has a value per line the nearest
    rule of the record that rests on it. A side that has no record explains nothing.
    """

    name: str
    label: str
    rule: str
    months: tuple[Month | None, ...]
    under: str  # how the law of the paid side is told
    paid: Explained | None
    due: Explained | None
    divergence: Divergence | None


@dataclass(frozen=True, slots=True)
class Recall:
    """What is owed to one person for one year, or was overpaid.

    ``later``: what is due after the last month that is paid: it is not late.
    """

    pair: Pair
    gaps: tuple[PaidGap, ...]
    later: Fraction
    lacking: tuple[Lacking, ...]
    causes: tuple[RecallCause, ...]

    @property
    def record(self) -> Record:
        """The record as it is due, else as it was paid."""
        return self.pair.record

    @property
    def differing(self) -> tuple[PaidGap, ...]:
        """The amounts that differ."""
        return tuple(one for one in self.gaps if one.difference)

    @property
    def net(self) -> Fraction:
        """What may be asked for, all months together."""
        return self.sum("exigible")

    def sum(self, fate: Fate) -> Fraction:
        """The differences of one fate, netted."""
        return sum((one.difference for one in self.gaps if one.fate == fate), NOTHING)


@dataclass(frozen=True, slots=True)
class Terms:
    """The law of what is due, the day of the count, the claims, what months were paid under."""

    law: Law
    day: date
    claims: Sequence[date]
    paid_under: Mapping[Month, Under]

    @property
    def last(self) -> Month:
        """The last month that is paid."""
        return month_of(self.day)


def lacking_limit(schedule: Schedule | None, day: date) -> Sense | None:
    """The sense that has no prescription on ``day``, if any."""
    senses: tuple[Sense, ...] = ("rappel", "trop_percu")
    return next((one for one in senses if schedule is None or not schedule.delay(one, day)), None)


def recall(pair: Pair, terms: Terms) -> Recall:
    """What is owed for one record, every month to the last one paid.

    Args:
        pair: the record on both sides; every law of its months reads the one that was paid.
        terms: the laws, the day and the claims.
    """
    due = None if pair.due is None else _traced(terms.law, pair.due)
    sides = [] if pair.paid is None else list(_paid_sides(key_of(pair.paid), terms))
    lacking = tuple(_lacking(due, sides))
    left_out = {one.name for one in lacking}
    paid_amounts = {
        (name, month): amount
        for side in sides
        for (name, month), amount in _amounts(side.traced).items()
        if side.holds(month)
    }
    due_amounts = {} if due is None else _amounts(due)
    later = NOTHING
    for name, month in list(due_amounts):
        if _to_come(month, pair.record, terms.last):
            later += due_amounts.pop((name, month))
    keys = [
        one
        for one in _ordered(terms.law.corpus, paid_amounts, due_amounts)
        if one[0] not in left_out
    ]
    corpora = [terms.law.corpus, *(side.under.law.corpus for side in sides)]
    gaps = tuple(
        _gap(
            name,
            month,
            paid_amounts.get((name, month), NOTHING),
            due_amounts.get((name, month), NOTHING),
            corpora,
            pair.record,
            terms,
        )
        for name, month in keys
    )
    causes = tuple(_causes([one for one in gaps if one.difference], due, sides))
    return Recall(pair, gaps, later, lacking, causes)


@dataclass(frozen=True, slots=True)
class _PaidSide:
    """The record under one of the laws it was paid under, and the months of that law.

    None among the months: the amounts of no known month. ``before``: every month before that one is
    of this law too, for an amount may be of a day that is not of the year of its record.
    """

    under: Under
    traced: Interpreter
    months: frozenset[Month | None]
    before: Month | None

    def holds(self, month: Month | None) -> bool:
        """Whether what a month paid was paid under this law."""
        early = month is not None and self.before is not None and month < self.before
        return early or month in self.months


def _traced(law: Law, record: Record) -> Interpreter:
    return interpreter_for(law, record, {}, traced=True)


def _paid_sides(key: RecordKey, terms: Terms) -> Iterator[_PaidSide]:
    """The record under each law; what has no month is paid under the law of the year's last one."""
    start = month_of(key[1])
    months = [one for one in terms.paid_under if start <= one <= terms.last]
    year = [one for one in months if one < after(start, _YEAR)]
    laws = {id(terms.paid_under[one]): terms.paid_under[one] for one in months}
    for law in laws.values():
        own: set[Month | None] = {one for one in months if terms.paid_under[one] is law}
        if terms.paid_under[year[-1]] is law:
            own.add(None)
        before = start if months[0] in own else None
        yield _PaidSide(law, _traced(law.law, law.records[key]), frozenset(own), before)


def _amounts(traced: Interpreter) -> Amounts:
    found: Amounts = {}
    for one in payments(traced, None):
        key = one.plan.name, one.month
        found[key] = found.get(key, NOTHING) + one.amount
    return found


def _to_come(month: Month | None, record: Record, last: Month) -> bool:
    """Whether an amount is paid after ``last`` for sure."""
    return (month_of(start_of(record)) if month is None else month) > last


def _ordered(corpus: Corpus, paid: Amounts, due: Amounts) -> list[tuple[str, Month | None]]:
    """The amounts of both sides by month, then as the plans are written; those of no month last."""
    plans = () if corpus.schedule is None else corpus.schedule.plans
    rank = {plan.name: number for number, plan in enumerate(plans)}
    return sorted(
        {*paid, *due},
        key=lambda one: (one[1] is None, one[1] or (0, 0), rank.get(one[0], len(rank)), one[0]),
    )


def _gap(
    name: str,
    month: Month | None,
    paid: Fraction,
    due: Fraction,
    corpora: Sequence[Corpus],
    record: Record,
    terms: Terms,
) -> PaidGap:
    label = next(rule.label for one in corpora for rule in one.rules if rule.name == name)
    if paid == due:
        return PaidGap(name, label, month, paid, due, "exigible", None)
    schedule = terms.law.corpus.schedule
    sense: Sense = "rappel" if due > paid else "trop_percu"
    found = None if schedule is None else schedule.delay(sense, terms.day)
    assert found is not None  # noqa: S101 - ``lacking_limit`` has been asked
    prescription, delay = found
    start = month_of(start_of(record))
    span = (start, after(start, _YEAR - 1)) if month is None else (month, month)
    first, last = (prescribed_on(delay, one, terms.claims) for one in span)
    fate: Fate = "exigible" if terms.day < first else "prescrit"
    over = span[1] <= terms.last
    if not over or first <= terms.day < last:
        fate = "indetermine"
    return PaidGap(name, label, month, paid, due, fate, Limit(prescription, delay, first))


# --- what cannot be computed


def _lacking(due: Interpreter | None, sides: Sequence[_PaidSide]) -> Iterator[Lacking]:
    told: set[tuple[SideName, str, str]] = set()
    named: list[tuple[SideName, Interpreter]] = [("paye", one.traced) for one in sides]
    if due is not None:
        named.append(("du", due))
    for side, traced in named:
        for name in unpaid(traced):
            for one in _lacks(traced, name):
                if (side, name, one.message) not in told:
                    told.add((side, name, one.message))
                    yield Lacking(side, name, one)


def _lacks(traced: Interpreter, name: str) -> Iterator[Anomaly]:
    scope = traced.corpus.rule(name).scope
    lines = [None] if scope is None else range(len(traced.lines(scope)))
    for line in lines:
        value = traced.step(name, line).value
        if isinstance(value, NotComputable):
            for lack in value.lacks:
                yield lacking_anomaly(traced.corpus, lack, [name])


# --- why


def _causes(
    gaps: Sequence[PaidGap], due: Interpreter | None, sides: Sequence[_PaidSide]
) -> Iterator[RecallCause]:
    """The causes of each amount that differs, one per law that it was paid under."""
    for name, label in dict.fromkeys((one.name, one.label) for one in gaps):
        months = [one.month for one in gaps if one.name == name]
        if not sides:
            yield _cause(name, label, tuple(months), due, None)
        for side in sides:
            own = tuple(one for one in months if side.holds(one))
            if own:
                yield _cause(name, label, own, due, side)


def _cause(
    name: str,
    label: str,
    months: tuple[Month | None, ...],
    due: Interpreter | None,
    side: _PaidSide | None,
) -> RecallCause:
    paid = None if side is None else side.traced
    rules = [None if one is None else _explained_by(one, name) for one in (due, paid)]
    rule = next((one for one in rules if one is not None), name)
    told = [
        None if one is None or own is None else explain(one, rule)
        for one, own in zip((paid, due), reversed(rules), strict=True)
    ]
    divergence = None if paid is None or due is None else diverge(paid, due, [rule])
    under = "" if side is None else side.under.told
    return RecallCause(name, label, rule, months, under, told[0], told[1], divergence)


def _explained_by(traced: Interpreter, name: str) -> str | None:
    """The rule of the record that tells an amount: itself, or the nearest that rests on it."""
    scopes = {rule.name: rule.scope for rule in traced.corpus.rules}
    arrows = graph(traced.epoch)
    waiting = [name] if name in scopes else []
    for one in waiting:
        if scopes[one] is None:
            return one
        waiting += sorted(
            above for above, below in arrows.items() if one in below and above not in waiting
        )
    return None


# --- the totals of everyone


@dataclass(frozen=True, slots=True)
class RecallSums:
    """What is owed and what was overpaid (below 0): month by month, nothing netted."""

    owed: Fraction
    overpaid: Fraction

    @property
    def net(self) -> Fraction:
        """Both together."""
        return self.owed + self.overpaid


@dataclass(frozen=True, slots=True)
class MonthTotal:
    """What is asked for of one month, and the window that had it paid (None: no calendar says)."""

    month: Month | None
    window: str | None
    sums: RecallSums


@dataclass(frozen=True, slots=True)
class Totals:
    """What a whole population is owed or was overpaid.

    ``owed`` and ``overpaid`` count persons and add up what each nets to, all years together.
    """

    persons: int
    owed_persons: int
    overpaid_persons: int
    incomplete: int
    sums: RecallSums
    prescribed: RecallSums
    unsettled: RecallSums
    months: tuple[MonthTotal, ...]


def totals(corpus: Corpus, recalls: Sequence[Recall], sector: str) -> Totals:
    """The sums of ``recalls``.

    Args:
        corpus: the law of what is due; its calendars tell the window of each month.
        recalls: every record computed.
        sector: whose calendars.
    """
    nets: dict[str, Fraction] = {}
    for one in recalls:
        nets[one.record.ident] = nets.get(one.record.ident, NOTHING) + one.net
    months: dict[tuple[Month | None, str | None], list[Fraction]] = {}
    for month, window, difference in _asked(corpus, recalls, sector):
        months.setdefault((month, window), []).append(difference)
    order = sorted(months, key=lambda one: (one[0] is None, one[0] or (0, 0), one[1] or ""))
    return Totals(
        len(nets),
        sum(net > 0 for net in nets.values()),
        sum(net < 0 for net in nets.values()),
        sum(bool(one.lacking) for one in recalls),
        sums(list(nets.values())),
        sums([gap.difference for one in recalls for gap in one.gaps if gap.fate == "prescrit"]),
        sums([gap.difference for one in recalls for gap in one.gaps if gap.fate == "indetermine"]),
        tuple(MonthTotal(*one, sums(months[one])) for one in order),
    )


def sums(differences: Sequence[Fraction]) -> RecallSums:
    """What is above 0, and what is below."""
    return RecallSums(
        sum((one for one in differences if one > 0), NOTHING),
        sum((one for one in differences if one < 0), NOTHING),
    )


def _asked(
    corpus: Corpus, recalls: Sequence[Recall], sector: str
) -> Iterator[tuple[Month | None, str | None, Fraction]]:
    """Each difference that may be asked for, with its month and the window that had it paid."""
    for one in recalls:
        year = start_of(one.record).year
        calendar = next(
            (
                each
                for each in corpus.calendars
                if each.sector == sector and each.year == f"{year}-{year + 1}"
            ),
            None,
        )
        windows = {
            deadline.month: window.name
            for window in reversed(() if calendar is None else calendar.windows)
            for deadline in window.deadlines
        }
        for gap in one.gaps:
            if gap.difference and gap.fate == "exigible":
                window = None if gap.month is None else windows.get(gap.month)
                yield gap.month, window, gap.difference


def paid_by(corpus: Corpus, sector: str, day: date) -> Validation | None:
    """The window that a validation made on ``day`` falls in, or the next one, and its pay month."""
    own = sorted(
        (one for one in corpus.calendars if one.sector == sector and one.windows),
        key=lambda one: one.windows[0].start,
    )
    return next((found for one in own if (found := validation(one, day)) is not None), None)
