"""Epochs: maximal ranges of days in which nothing changes, and what is in force in each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from itertools import pairwise
from typing import TypeVar

from engine.langage.corpus import (
    Control,
    ControlVersion,
    Epoch,
    Nomenclature,
    Period,
    Rule,
    Table,
    TableVersion,
    Version,
)

InForce = tuple[Rule, Version]
Dated = TypeVar("Dated", Version, TableVersion, ControlVersion)


def version_on(versions: Iterable[Dated], day: date) -> Dated | None:
    """The version in force on a day."""
    return next((one for one in versions if day in one.period), None)


def _turning_days(periods: Iterable[Period]) -> frozenset[date]:
    """The days on which one of ``periods`` begins or has just ended."""
    days: set[date] = set()
    for period in periods:
        days.add(period.since)
        if period.until is not None and period.until < date.max:
            days.add(date.fromordinal(period.until.toordinal() + 1))
    return frozenset(days)


def epoch_starts(
    rules: Iterable[Rule],
    tables: Iterable[Table],
    controls: Iterable[Control],
    nomenclatures: Iterable[Nomenclature],
    first_day: date,
) -> tuple[date, ...]:
    """The first day of each epoch, from ``first_day`` on."""
    periods = [version.period for rule in rules for version in rule.versions]
    periods += [version.period for table in tables for version in table.versions]
    periods += [version.period for control in controls for version in control.versions]
    periods += [term.period for one in nomenclatures for term in one.terms]
    later = {day for day in _turning_days(periods) if day > first_day}
    return (first_day, *sorted(later))


def in_force(rules: Iterable[Rule], day: date) -> dict[str, list[InForce]]:
    """For each name, the rules that have a version in force on ``day``, in the order given."""
    found: dict[str, list[InForce]] = {}
    for rule in rules:
        for version in rule.versions:
            period = version.period  # « in », without a call: every rule is asked at every epoch
            if period.since <= day and (period.until is None or day <= period.until):
                found.setdefault(rule.name, []).append((rule, version))
                break  # two versions on one day are a finding of the rule itself
    return found


def by_priority(same: list[InForce]) -> tuple[list[InForce], tuple[Rule, Rule] | None]:
    """The rules of one name, exceptions first; and two rules between which none prevails."""
    if len(same) == 1:
        return same, None
    order = sorted(same, key=lambda one: -_reach(one[0], same))
    for (first, _), (second, _) in pairwise(order):
        if (second.ident in _prevails_over(first, same)) == (
            first.ident in _prevails_over(second, same)
        ):
            return order, (first, second)
    return order, None


def _prevails_over(rule: Rule, same: list[InForce]) -> set[str]:
    """The rules over which ``rule`` prevails, directly or through others."""
    by_ident = {one.ident: one for one, _ in same}
    found: set[str] = set()
    waiting = list(rule.overrides)
    while waiting:
        ident = waiting.pop()
        if ident not in found:
            found.add(ident)
            waiting += by_ident[ident].overrides if ident in by_ident else ()
    return found


def _reach(rule: Rule, same: list[InForce]) -> int:
    idents = {one.ident for one, _ in same}
    return len(_prevails_over(rule, same) & idents)


def build_epoch(
    starts: tuple[date, ...],
    number: int,
    rules: Iterable[Rule],
    tables: Mapping[str, Table],
    controls: Iterable[Control],
) -> Epoch:
    """What is in force during epoch ``number`` (from 0)."""
    day = starts[number]
    last = number + 1 == len(starts)
    until = None if last else starts[number + 1] - timedelta(days=1)
    chosen: dict[str, TableVersion] = {}
    for name, table in tables.items():
        for version in table.versions:
            if day in version.period:
                chosen[name] = version
    watched: list[tuple[Control, ControlVersion]] = []
    for control in controls:
        watched += [(control, one) for one in control.versions if day in one.period]
    return Epoch(
        Period(day, until),
        {name: tuple(by_priority(same)[0]) for name, same in in_force(rules, day).items()},
        chosen,
        tuple(watched),
    )
