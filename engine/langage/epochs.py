"""Epochs: ranges of days in which nothing changes, what is in force in each, what each changes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
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
from engine.langage.kernel import Expr, Lookup, Ref, walk
from engine.source.positions import Span

InForce = tuple[Rule, Version]
Dated = TypeVar("Dated", Version, TableVersion, ControlVersion)


def version_on(versions: Iterable[Dated], day: date) -> Dated | None:
    """The version in force on a day."""
    return next((one for one in versions if day in one.period), None)


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
    days = {first_day}
    for period in periods:
        days.add(period.since)
        if period.until is not None and period.until < date.max:
            days.add(period.until + timedelta(days=1))
    return tuple(sorted(day for day in days if day >= first_day))


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
    idents = {one.ident for one, _ in same}
    order = sorted(same, key=lambda one: -len(_prevails_over(one[0], same) & idents))
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


@dataclass(frozen=True, slots=True)
class Turn:
    """An epoch, and what may not be in it as it was in the epoch before; in the first, everything.

    ``arrows``: each name in force of which the rules, or anything that they read however far, are
    others, with what it reads (« table:nom » for a table); after those it reads (where they
    go round, in some order).
    ``stale``: those names, and any other of which what was known may no longer hold.
    ``controls``: those to look at again.
    """

    epoch: Epoch
    arrows: Mapping[str, Collection[str]]
    stale: frozenset[str]
    controls: tuple[tuple[Control, ControlVersion], ...]


def turns(epochs: Iterable[Epoch]) -> Iterator[Turn]:
    """Each epoch beside the one before it."""
    before: Epoch | None = None
    arrows: dict[str, frozenset[str]] = {}
    # Each control that was in force, by its place, and what it reads.
    watched: dict[Span, tuple[ControlVersion, frozenset[str]]] = {}
    for epoch in epochs:
        changed = _changed(before, epoch)
        for name in changed:
            same = epoch.rules.get(name, ())
            arrows[name] = _reads(
                part for _, version in same for part in (version.applicable, version.body)
            )
        readers: dict[str, list[str]] = {}
        for name, read in arrows.items():
            for below in read:
                readers.setdefault(below, []).append(name)
        stale = reached(readers, changed)
        again = {name: arrows[name] for name in epoch.rules if name in stale}
        known, watched = watched, {}
        controls = []
        for control, version in epoch.controls:
            here = version.span
            new = here not in known or known[here][0] is not version
            if new:
                told = (part for part in control.message if not isinstance(part, str))
                watched[here] = version, _reads((version.condition, *told))
            else:
                watched[here] = known[here]
            if new or not stale.isdisjoint(watched[here][1]):
                controls.append((control, version))
        yield Turn(
            epoch,
            {name: again[name] for name in _dependencies_first(again)},
            stale,
            tuple(controls),
        )
        before = epoch


def reached(arrows: Mapping[str, Collection[str]], names: Iterable[str]) -> frozenset[str]:
    """Everything that the arrows lead to from ``names``, themselves included."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += arrows.get(name, ())
    return frozenset(found)


def _dependencies_first(arrows: dict[str, frozenset[str]]) -> list[str]:
    """The names, each after those it needs.

    A long chain of rules is walked in this order without ever nesting one rule in another.
    """
    done: dict[str, None] = {}
    seen: set[str] = set()
    waiting = [(name, False) for name in reversed(arrows)]
    while waiting:
        name, ready = waiting.pop()
        if ready:
            done[name] = None
        elif name not in seen:
            seen.add(name)
            waiting.append((name, True))
            waiting += [(below, False) for below in sorted(arrows[name]) if below in arrows]
    return list(done)


def _changed(before: Epoch | None, epoch: Epoch) -> set[str]:
    """What is in force in one of two epochs and not in the other."""
    if before is None:
        return {*epoch.rules, *(_table(name) for name in epoch.tables)}
    changed = {name for name in before.rules if name not in epoch.rules}
    for name, same in epoch.rules.items():
        old = before.rules.get(name, ())
        # Two versions that say the same at two places are two versions: findings have a place.
        if len(old) != len(same) or any(
            one is not other for (_, one), (_, other) in zip(old, same, strict=True)
        ):
            changed.add(name)
    for name in {*before.tables, *epoch.tables}:
        if before.tables.get(name) is not epoch.tables.get(name):
            changed.add(_table(name))
    return changed


def _reads(parts: Iterable[Expr | None]) -> frozenset[str]:
    found: set[str] = set()
    for node in (node for part in parts if part is not None for node in walk(part)):
        if isinstance(node, Ref) and node.kind == "regle":
            found.add(node.name)
        elif isinstance(node, Lookup):
            found.add(_table(node.table))
    return frozenset(found)


def _table(name: str) -> str:
    return f"table:{name}"
