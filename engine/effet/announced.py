"""An announced effect, from its file, and the measured one go in; what differs comes out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from engine.effet.impact import Impact
from engine.evaluation.law import read_shaped
from engine.evaluation.show import french_number
from engine.langage import nodes
from engine.source import tree
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic, in_order
from engine.source.messages.hints import close_names
from engine.source.positions import Span


@dataclass(frozen=True, slots=True)
class Announced:
    """A number that is announced: exactly, or between two bounds that are included."""

    low: Fraction
    high: Fraction
    span: Span

    @property
    def words(self) -> str:
        """How it is told."""
        low, high = french_number(self.low), french_number(self.high)
        return low if low == high else f"entre {low} et {high}"


def read_announced(path: Path) -> tuple[tree.Mapping | None, tuple[Diagnostic, ...]]:
    """What a file announces; None and E101 to E119 when it cannot be read."""
    root, wrong = read_shaped(path, "impact")
    return (None if root is None else nodes.mapping(root.get("impact"))), wrong


def check_announced(announced: tree.Mapping, found: Impact) -> tuple[Diagnostic, ...]:
    """E587 for each number that is not the announced one, E588 for what does not change."""
    people = found.people
    counts = {"changent": people.changed, "gagnent": people.winners, "perdent": people.losers}
    numbers = {"total": found.move, **{name: Fraction(one) for name, one in counts.items()}}
    findings = [
        wrong
        for name, measured in numbers.items()
        for one in _numbers(announced.get(name))
        for wrong in _compared(name, one, measured)
    ]
    moves = {one.name: one.move for one in found.amounts}
    causes = {one.cause.name: one.move for one in found.shares}
    findings += _named(announced, "montants", "un montant", moves)
    findings += _named(announced, "causes", "une cause", causes)
    return in_order(findings)


def _named(
    announced: tree.Mapping, key: str, what: str, measured: Mapping[str, Fraction]
) -> Iterator[Diagnostic]:
    """What is announced by name; what is not announced must not move."""
    body = nodes.mapping(announced.get(key))
    if body is None:
        return
    told = {name.text for name, _ in body.entries}
    for name, node in body.entries:
        if name.text not in measured:
            near = close_names(name.text, list(measured))
            yield say(
                "E588",
                name.span,
                nom=name.text,
                quoi=what,
                connus=list(measured) or ["rien"],
                conseils=near or ("reglo impact --format json donne leurs noms",),
            )
            continue
        for one in _numbers(node):
            yield from _compared(f"{what} « {name.text} »", one, measured[name.text])
    for other, move in measured.items():
        if other not in told and move:
            yield say(
                "E587", body.span, quoi=f"{what} « {other} »", annonce="rien n'est", lu=_shown(move)
            )


def _compared(what: str, one: Announced, measured: Fraction) -> Iterator[Diagnostic]:
    if not one.low <= measured <= one.high:
        yield say("E587", one.span, quoi=what, annonce=one.words, lu=_shown(measured))


def _numbers(node: tree.Node | None) -> Iterator[Announced]:
    if isinstance(node, tree.Scalar):
        value = nodes.number(node)
        if value is not None:
            yield Announced(value, value, node.span)
    elif isinstance(node, tree.Mapping):
        bounds = [nodes.number(one) for one in nodes.scalars(node.get("entre"))]
        low, high = bounds if len(bounds) == 2 else (None, None)  # noqa: PLR2004 - both bounds
        if low is not None and high is not None:
            yield Announced(low, high, node.span)


def _shown(value: Fraction) -> str:
    return french_number(value, 0 if value.denominator == 1 else 2)
