"""What was paid and what is due go in; their records by pairs come out, with the law of each month.

A record is known on both sides by its identifier and its year: one person may have several years.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeAlias

from engine.calcul.inputs import Inputs, Source, read_sources
from engine.evaluation.law import Chosen, Law, law_of
from engine.evaluation.schedule import after, start_of
from engine.histoire.history import known_on
from engine.langage.agenda import Month, of_month
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


def under(law: Law, told: str, inputs: Inputs) -> Under:
    """The records of ``inputs``, which this law has read."""
    refused = {one.ident: one.diagnostics[0] for one in inputs.refused if one.ident is not None}
    return Under(law, told, {key_of(one): one for one in inputs.records}, refused)


def laws_known(
    chosen: Chosen, months: Iterable[Month], sources: tuple[Source, ...], store: Path
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
            by_digest[digest] = under(law, told, read_sources(sources, law.corpus))
        found[month] = by_digest[digest]
    return found, ()


def readable(
    found: Iterable[Pair], laws: Mapping[Month, Under]
) -> tuple[tuple[Pair, ...], tuple[Diagnostic, ...]]:
    """The records that every law they were paid under reads, and E582 for each of the others."""
    wrong = [(pair, _unreadable(pair, laws)) for pair in found]
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
