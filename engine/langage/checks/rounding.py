"""Rounding: exposed numbers are on the grid of their unit, and no rounding is there for nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import assert_never

from engine.langage.corpus import Epoch
from engine.langage.epochs import Turn
from engine.langage.inputs import Field, step_of
from engine.langage.kernel import (
    Aggregate,
    Choice,
    Const,
    Expr,
    Lookup,
    Missing,
    Op,
    Otherwise,
    Reading,
    Ref,
    Round,
    values_of,
    walk,
)
from engine.langage.symbols import Names, Symbols
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.positions import Span

ZERO = Fraction(0)  # the grid of nothing but 0: it divides into every other grid


@dataclass(frozen=True, slots=True)
class Grid:
    """Values are multiples of ``step``; when it is None, of nothing, because of ``culprit``.

    ``division`` tells that the culprit is a quotient.
    """

    step: Fraction | None
    culprit: Span | None = None
    division: bool = False


def check_rounding(
    symbols: Symbols, names: Names, turns: Iterable[Turn], paid: Iterable[str] = ()
) -> list[Diagnostic]:
    """E304 at the quotient, or E305 at the rule, for each result that may leave its grid.

    So does each of the ``paid`` amounts: no part of a cent is ever paid. And W620 at each rounding
    whose values are on its grid before it, in every epoch.
    """
    checked = {*(shown.text for shown in symbols.exposed), *paid}
    found: dict[tuple[str, Span], Diagnostic] = {}
    idle: dict[tuple[str, Span], bool] = {}
    known: dict[str, Grid] = {}
    for turn in turns:
        for name in turn.stale:
            known.pop(name, None)
        grids = _Grids(turn.epoch, names, known)
        for name in turn.arrows:
            grids.of_rule(name)
        for place, on_grid in grids.of_roundings(turn.arrows):
            idle[place] = idle.get(place, True) and on_grid
        for shown in sorted(checked.intersection(turn.arrows)):
            rule = turn.epoch.rules[shown][0][0]
            if rule.kind != "nombre":
                continue
            decimals = symbols.units[rule.unit or ""].decimals
            grid = grids.of_rule(shown)
            if _divides(Fraction(1, 10**decimals), grid.step):
                continue
            if grid.division and grid.culprit is not None:
                labels = ((rule.span, "le résultat"),)
                finding = say("E304", grid.culprit, *labels, resultat=shown)
            else:
                finding = say("E305", rule.span, resultat=shown, decimales=decimals)
            found.setdefault((shown, finding.span), finding)
    always = [say("W620", span, nom=name) for (name, span), on_grid in idle.items() if on_grid]
    return [*found.values(), *always]


@dataclass(slots=True)
class _Grids:
    """The grids of an epoch; ``known``: those that are as in the epoch before.

    Rules are best asked for after those they need: they may be many.
    """

    epoch: Epoch
    names: Names
    known: dict[str, Grid]

    def of_rule(self, name: str) -> Grid:
        """The grid of every value that a rule may have."""
        if name not in self.known:
            self.known[name] = Grid(ZERO)  # for cycles, reported elsewhere
            bodies = [version.body for _, version in self.epoch.rules.get(name, ())]
            self.known[name] = _common([self.of(body) for body in bodies])
        return self.known[name]

    def of_roundings(self, rules: Iterable[str]) -> Iterator[tuple[tuple[str, Span], bool]]:
        """Each rounding in ``rules``: its rule and its place, and whether it changes no value."""
        for name in rules:
            for node in (
                node for _, version in self.epoch.rules[name] for node in walk(version.body)
            ):
                if isinstance(node, Round):
                    step = self.of(node.value).step
                    yield (name, node.span), _divides(node.step, step)

    def of(self, expr: Expr) -> Grid:
        """The grid of every value that an expression may have."""
        match expr:
            case Const():
                return Grid(abs(expr.value) if isinstance(expr.value, Fraction) else ZERO)
            case Ref():
                if expr.kind == "regle":
                    return self.of_rule(expr.name)
                table = self.names.root if expr.scope is None else self.names.lines[expr.scope]
                target = table[expr.name]
                step = target.grid if isinstance(target, Field) else None
                return Grid(step, None if step is not None else expr.span)
            case Op(op="*", args=(left, right)):
                first, second = self.of(left), self.of(right)
                if first.step is None or second.step is None:
                    return first if first.step is None else second
                return Grid(first.step * second.step)
            case Op(op="jours" | "trentiemes"):
                return Grid(Fraction(1))
            case Op(op="/"):
                return Grid(None, expr.span, division=True)
            case Aggregate() if expr.body is None or expr.kind == "compte_distinct":
                return Grid(Fraction(1))
            case Op() | Otherwise() | Reading() | Choice() | Aggregate():
                return _common([self.of(part) for part in values_of(expr)])
            case Lookup():
                version = self.epoch.tables.get(expr.table)
                cells = [] if version is None else [row.value for row in version.rows]
                steps = [abs(cell) for cell in cells if isinstance(cell, Fraction)]
                return _common([Grid(step) for step in steps])
            case Round():
                return Grid(expr.step)
            case Missing():
                return Grid(ZERO)
            case _:
                assert_never(expr)


def _common(grids: Sequence[Grid]) -> Grid:
    """The coarsest grid that holds every value; a quotient is named before anything else."""
    lost = [grid for grid in grids if grid.step is None]
    if lost:
        return next((grid for grid in lost if grid.division), lost[0])
    return Grid(step_of([grid.step for grid in grids if grid.step is not None]))


def _divides(step: Fraction, grid: Fraction | None) -> bool:
    """Whether all that is on ``grid`` is on the grid of ``step``."""
    return grid is not None and (grid / step).denominator == 1
