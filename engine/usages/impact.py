"""Two laws and a population go in; what changes for whom, by how much and why comes out, exactly.

Amounts are exact numbers of the unit of the total; shares of causes add up to the whole effect.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from engine.evaluation.causes import Edits, Mixture
from engine.evaluation.law import Law
from engine.evaluation.shapley import shares
from engine.langage.corpus import Effects
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.sql.effect_people import People
from engine.sql.effect_side import Place
from engine.sql.effects import SCALE
from engine.sql.effects_measured import Measurement, Request, measure
from engine.sql.effects_run import Found
from engine.usages.compare import Side
from engine.usages.impact_causes import Named, named, own_change
from engine.usages.impact_told import Teller, Told


@dataclass(frozen=True, slots=True)
class Amount:
    """One amount: records in which it differs, its sums before and after where it may differ."""

    name: str
    label: str
    changed: int
    before: Fraction
    after: Fraction

    @property
    def move(self) -> Fraction:
        """What the change does to it."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Share:
    """What one cause does, whatever the order: in all, and by amount."""

    cause: Named
    move: Fraction
    amounts: Mapping[str, Fraction]


@dataclass(frozen=True, slots=True)
class Impact:
    """The effect of a change on a population.

    ``decimals``: those of the amounts. ``amounts``: those that change. ``unsure``: records whose
    share between causes goes through a law under which an amount is not computable. ``own``: the
    effect of what changed in a record itself, the greatest first.
    """

    total: str
    label: str
    symbol: str
    decimals: int
    by: tuple[Place, ...]
    read: int
    refused: int
    amounts: tuple[Amount, ...]
    shares: tuple[Share, ...]
    unsure: int
    people: People
    told: tuple[Told, ...] = ()
    own: tuple[tuple[str, Fraction], ...] = ()

    @property
    def move(self) -> Fraction:
        """The whole effect."""
        return sum((one.move for one in self.shares), Fraction(0))


def impact(
    laws: tuple[Law, Law],
    sides: tuple[Side, Side],
    request: Request,
    folder: Path,
    tell: Callable[[int, int], None],
) -> tuple[Impact | None, tuple[Diagnostic, ...]]:
    """The effect of going from one law to the other.

    Args:
        laws: the old one and the new one; records are read as the new one says.
        sides: the same, with the text of their files.
        request: what is asked.
        folder: an empty folder, where the records that differ are written, one file per range.
        tell: called with the number of records done and that of all of them.

    Returns:
        The effect, or None and what kept it from being measured: E586, and see ``measure``.
    """
    after = laws[1].corpus
    if after.effects is None:
        return None, (say("E586", after.digest),)
    measured, findings = measure(laws, after.effects, request, folder, tell)
    return (None if measured is None else _told(measured, sides, after.effects)), findings


def _told(measured: Measurement, sides: tuple[Side, Side], asked: Effects) -> Impact:
    found, people, grid = measured.found, measured.people, measured.grid
    rule = found.mixture.after.rule(asked.total)
    unit = found.mixture.after.units[rule.unit or ""]
    teller = Teller(found.mixture, found.years, found.amounts)
    return Impact(
        asked.total,
        rule.label,
        unit.symbol,
        unit.decimals,
        asked.by,
        found.effects.read,
        found.effects.refused,
        tuple(_amounts(found, grid)),
        _shares(found, sides, grid),
        sum(one.stuck for one in found.effects.sums.values()),
        people,
        tuple(teller.told(one, *measured.records[one.ident]) for one in people.chosen),
        tuple((ident, value * grid / SCALE) for ident, value in people.own),
    )


def _amounts(found: Found, grid: Fraction) -> Iterable[Amount]:
    for name in found.amounts:
        sums = [one for (amount, _), one in found.effects.sums.items() if amount == name]
        changed = sum(one.differ for one in sums)
        before, after = sum(one.before for one in sums), sum(one.after for one in sums)
        if changed:
            yield Amount(name, found.mixture.after.rule(name).label, changed, before * grid,
                         after * grid)  # fmt: skip


@dataclass(slots=True)
class _Sum:
    move: Fraction = Fraction(0)
    amounts: dict[str, Fraction] = field(default_factory=dict)


def _shares(found: Found, sides: tuple[Side, Side], grid: Fraction) -> tuple[Share, ...]:
    """The share of each cause, the greatest first; a cause without any effect has one of 0."""
    every = range(len(found.mixture.causes))
    total: dict[Edits, _Sum] = {frozenset({one}): _Sum() for one in every}
    for (amount, players), sums in found.effects.sums.items():
        if amount not in found.measured.weighed:
            continue
        values = {frozenset(one for one in players if one <= edits): Fraction(value) * grid
                  for edits, value in sums.between.items()}  # fmt: skip
        for player, part in shares(frozenset(players), values).items():
            one = total.setdefault(player, _Sum())
            one.move += part
            one.amounts[amount] = one.amounts.get(amount, Fraction(0)) + part
    told = [Share(_named(found.mixture, sides, edits), one.move, one.amounts)
            for edits, one in total.items()]  # fmt: skip
    return tuple(sorted(told, key=lambda one: (-abs(one.move), one.cause.name)))


def _named(mixture: Mixture, sides: tuple[Side, Side], edits: Edits) -> Named:
    return own_change() if len(mixture.causes) in edits else named(mixture, sides, edits)


def to_grid(parts: Sequence[Fraction], grid: Fraction) -> list[Fraction]:
    """``parts`` on the grid, their sum that of the exact ones (largest remainders)."""
    whole = [part / grid for part in parts]
    cut = [one.numerator // one.denominator for one in whole]
    left = sum(whole, Fraction(0)) - sum(cut)
    order = sorted(range(len(parts)), key=lambda at: cut[at] - whole[at])
    for at in order[: left.numerator // left.denominator]:
        cut[at] += 1
    return [one * grid for one in cut]
