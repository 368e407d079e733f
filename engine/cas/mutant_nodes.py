"""An expression goes in; each small mistake inside it comes out, with the whole expression."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Final, Literal, TypeAlias

from engine.evaluation.show import decimal_text
from engine.langage.kernel import (
    Aggregate,
    Case,
    Choice,
    Const,
    Expr,
    Op,
    Operator,
    Round,
    RoundingMode,
    children,
    with_children,
)
from engine.source.positions import Span

Kind: TypeAlias = Literal[
    "taux", "coefficient", "seuil", "borne", "date", "plafond", "arrondi",
    "exception", "condition", "cas", "article", "versement", "campagne", "prescription",
]  # fmt: skip
ONE_DAY: Final = timedelta(days=1)
_STRICT: Final[dict[str, Operator]] = {">": ">=", ">=": ">", "<": "<=", "<=": "<"}
_SIGNS: Final = {">": ">", ">=": "≥", "<": "<", "<=": "≤"}
_COMPARISONS: Final = ("==", "!=", *_STRICT)
_MODES: Final[tuple[RoundingMode, ...]] = ("proche", "superieur", "inferieur")
_COARSER: Final = (2, 10)  # by how much a step is made larger
REMOVED: Final = "supprimé"


@dataclass(frozen=True, slots=True)
class Change:
    """One mistake: its kind, where, what was written and what is written instead."""

    kind: Kind
    span: Span
    before: str
    after: str


def node_changes(expr: Expr, number: Kind = "coefficient") -> Iterator[tuple[Change, Expr]]:
    """Every mistake in an expression, and what it becomes; ``number``: what its numbers are."""
    yield from _own(expr, number)
    parts = children(expr)
    below: Kind = "seuil" if isinstance(expr, Op) and expr.op in _COMPARISONS else "coefficient"
    for at, part in enumerate(parts):
        for change, changed in node_changes(part, below):
            yield change, with_children(expr, (*parts[:at], changed, *parts[at + 1 :]))


def last_digit(value: Fraction) -> Fraction:
    """One unit of the last decimal that ``value`` needs: 1 for 2550, a hundredth for 1218.96."""
    step = Fraction(1)
    while (value / step).denominator != 1:
        step /= 10
    return step


def written(value: Fraction) -> str:
    """A number as the files of the rules write it: « 2550 », « 12.5 »."""
    decimals = len(str(last_digit(value).denominator)) - 1
    return decimal_text(value, decimals)


def _own(node: Expr, number: Kind) -> Iterator[tuple[Change, Expr]]:
    match node:
        case Const(value=Fraction() as value):
            yield from _of_number(node, value, number)
        case Const(value=date() as day):
            for moved in (day - ONE_DAY, day + ONE_DAY):
                told = Change("date", node.span, day.isoformat(), moved.isoformat())
                yield told, replace(node, value=moved)
        case Op():
            yield from _of_operation(node)
        case Round():
            yield from _of_rounding(node)
        case Choice(cases=cases) if len(cases) > 1 or node.otherwise is not None:
            yield from _of_choice(node)
        case Aggregate():
            if node.where is not None:
                told = Change("condition", node.where.span, "si", REMOVED)
                yield told, replace(node, where=None)
            if node.once_per is not None:
                told = Change("condition", node.once_per.span, "une_fois_par", REMOVED)
                yield told, replace(node, once_per=None)
        case _:
            pass


def _of_number(node: Const, value: Fraction, kind: Kind) -> Iterator[tuple[Change, Expr]]:
    step = last_digit(value)
    moves = (value - step, value + step) if kind == "seuil" else (value + step,)
    for moved in moves:
        told = Change(kind, node.span, written(value), written(moved))
        yield told, replace(node, value=moved)


def _of_operation(node: Op) -> Iterator[tuple[Change, Expr]]:
    if node.op in _STRICT:
        other = _STRICT[node.op]
        told = Change("seuil", node.span, _SIGNS[node.op], _SIGNS[other])
        yield told, replace(node, op=other)
    elif node.op in ("plafond", "plancher"):
        yield Change("plafond", node.span, node.op, REMOVED), node.args[0]
    elif node.op in ("min", "max"):
        for at, arg in enumerate(node.args):
            rest = (*node.args[:at], *node.args[at + 1 :])
            told = Change("plafond", arg.span, f"{node.op}, terme {at + 1}", REMOVED)
            yield told, rest[0] if len(rest) == 1 else replace(node, args=rest)


def _of_rounding(node: Round) -> Iterator[tuple[Change, Expr]]:
    for mode in _MODES:
        if mode != node.mode:
            told = Change("arrondi", node.span, f"sens: {node.mode}", f"sens: {mode}")
            yield told, replace(node, mode=mode)
    for times in _COARSER:
        step = node.step * times
        before, after = f"pas: {written(node.step)}", f"pas: {written(step)}"
        yield Change("arrondi", node.span, before, after), replace(node, step=step)


def _of_choice(node: Choice) -> Iterator[tuple[Change, Expr]]:
    for at, case in enumerate(node.cases):
        rest = (*node.cases[:at], *node.cases[at + 1 :])
        told = Change("cas", case.condition.span, f"cas {at + 1}", REMOVED)
        if rest:
            yield told, replace(node, cases=rest)
        elif node.otherwise is not None:
            yield told, node.otherwise
        yield from _of_articles(node, at, case)


def _of_articles(node: Choice, at: int, case: Case) -> Iterator[tuple[Change, Expr]]:
    for number, article in enumerate(case.articles):
        wrong = wrong_article(case.articles, number)
        changed = replace(case, articles=wrong)
        cases = (*node.cases[:at], changed, *node.cases[at + 1 :])
        told = Change("article", case.condition.span, article, wrong[number])
        yield told, replace(node, cases=cases)


def wrong_article(articles: tuple[str, ...], at: int) -> tuple[str, ...]:
    """``articles``, the one at ``at`` being another, that no text has."""
    return (*articles[:at], f"0{articles[at]}", *articles[at + 1 :])
