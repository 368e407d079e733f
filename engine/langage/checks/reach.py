"""Conditions: none is always true or always false, and every case of a choice can be reached.

What conditions compare is tried on every side of what they compare it with: each code and any
other, each bound and both its sides. What they cannot tell apart counts as either: a finding is
sure, and a condition may be idle without being found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import pairwise
from math import prod
from typing import Final, TypeAlias

from engine.langage.corpus import Control, Rule
from engine.langage.inputs import Value
from engine.langage.kernel import (
    Choice,
    Const,
    Expr,
    Missing,
    Op,
    Otherwise,
    Ref,
    children,
)
from engine.langage.symbols import Names, Symbols
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic

# What is compared with literals, or with another thing; or what is true or false as a whole.
Thing: TypeAlias = "tuple[str, Expr] | tuple[str, Expr, Expr]"
Tried: TypeAlias = "Fraction | str"  # a day counts as its number
MOST: Final = 2**14  # combinations worth trying; beyond, nothing is said
_ANY_OTHER: Final = ""  # a code that no condition names
_YES, _NO = "vrai", "faux"
_SIDES: Final = (Fraction(-1), Fraction(0), Fraction(1))  # before, the same, after
_ACCEPTED: Final[Mapping[str, frozenset[int]]] = {
    "<": frozenset({-1}),
    "<=": frozenset({-1, 0}),
    "==": frozenset({0}),
    "!=": frozenset({-1, 1}),
    ">=": frozenset({0, 1}),
    ">": frozenset({1}),
}
_TRUTHS: Final = frozenset({*_ACCEPTED, "in", "and", "or", "not"})


def check_reach(
    symbols: Symbols, names: Names, rules: Sequence[Rule], controls: Sequence[Control]
) -> list[Diagnostic]:
    """E421, E422 and W630 of every condition and every choice."""
    conditions = [watched.condition for one in controls for watched in one.versions]
    for rule in rules:
        for version in rule.versions:
            conditions += [one for one in (version.applicable, version.body) if one is not None]
    codes = _Codes(symbols, names)
    return [found for one in conditions for found in _idle(one, codes)]


@dataclass(frozen=True, slots=True)
class _Codes:
    """Which codes a field or a rule may have."""

    symbols: Symbols
    names: Names

    def of(self, expr: Expr) -> frozenset[str] | None:
        if isinstance(expr, Otherwise) and isinstance(expr.fallback, Missing):
            return self.of(expr.value)
        if not isinstance(expr, Ref):
            return None
        seen = self.names.root if expr.scope is None else self.names.lines[expr.scope]
        known = self.symbols.nomenclatures.get(seen[expr.name].vocabulary or "")
        first = self.symbols.first_day or date.min  # a code that ended before is never met
        return (
            None
            if known is None
            else frozenset(
                one.code for one in known.terms if (one.period.until or date.max) >= first
            )
        )


def _idle(expr: Expr, codes: _Codes) -> list[Diagnostic]:
    """What is said of ``expr`` and of what is in it: of a condition, its smallest idle part."""
    found = [one for part in children(expr) for one in _idle(part, codes)]
    if found:
        return found
    if isinstance(expr, Op) and expr.op in _TRUTHS:
        worlds = _Worlds([expr], codes)
        where = worlds.where(expr) if worlds.possible else None
        return (
            [say("E421", expr.span, cas="vraie" if bool(where) else "fausse")]
            if where in (0, worlds.all)
            else []
        )
    return list(_cases(expr, codes)) if isinstance(expr, Choice) else []


def _cases(choice: Choice, codes: _Codes) -> Iterator[Diagnostic]:
    """E421 of a constant condition, E422 of a case that nothing reaches, W630 without `sinon`."""
    conditions = [one.condition for one in choice.cases]
    for one in conditions:
        if isinstance(one, Const):
            yield say("E421", one.span, cas="vraie" if one.value is True else "fausse")
            return
    worlds = _Worlds(conditions, codes)
    if not worlds.possible:
        return
    where = [worlds.where(one) for one in conditions]
    for at, mine in enumerate(where):
        others = [*enumerate(where[:at])]
        if choice.exclusive:
            others += enumerate(where[at + 1 :], at + 1)
        if not mine & ~_union(one for _, one in others):
            other = next(each for each, one in others if one & mine)
            first, later = sorted((at, other))
            yield say(
                "E422",
                conditions[later].span,
                conditions[first].span,
                cas="sinon"
                if conditions[first].span is None
                else "ensemble"
                if choice.exclusive
                else "apres",
            )
            return
    whole = _union(where) == worlds.all
    if choice.otherwise is None and not whole:
        yield say("W630", choice.span)
    elif choice.otherwise is not None and whole:
        yield say("E422", choice.otherwise.span, None, cas="sinon")


def _union(parts: Iterable[int]) -> int:
    found = 0
    for one in parts:
        found |= one
    return found


@dataclass(frozen=True, slots=True)
class _Compared:
    """A comparison: the thing, the literals it is compared with, and what it accepts of it."""

    thing: Thing
    literals: frozenset[Tried]
    accepted: frozenset[int]


class _Worlds:
    """Every combination of what some conditions tell apart; a set of them is the bits of a number.

    ``possible``: whether there are few enough combinations to try.
    """

    def __init__(self, conditions: Sequence[Expr], codes: _Codes) -> None:
        literals: dict[Thing, set[Tried]] = {}
        for condition in conditions:
            for node in _comparisons(condition):
                one = _compared(node)
                literals.setdefault(one.thing, set()).update(one.literals)
        self._tried = {thing: _tried(thing, found, codes) for thing, found in literals.items()}
        self.possible = prod(len(one) for one in self._tried.values()) <= MOST
        self._stride: dict[Thing, int] = {}
        size = 1
        for thing, values in self._tried.items() if self.possible else ():
            self._stride[thing] = size
            size *= len(values)
        self.all = (1 << size) - 1

    def where(self, expr: Expr) -> int:
        """The combinations in which ``expr`` is true."""
        match expr:
            case Const(value=value):
                return self.all if value is True else 0
            case Op(op="and", args=args):
                return self.all & ~_union(self.all & ~self.where(one) for one in args)
            case Op(op="or", args=args):
                return _union(self.where(one) for one in args)
            case Op(op="not", args=(arg,)):
                return self.all & ~self.where(arg)
            case Otherwise(value=value, fallback=Const(value=bool() as fallback)):
                there = self.where(Op("present", (value,), expr.span))
                return there & self.where(value) | (self.all & ~there if fallback else 0)
            case _:
                one = _compared(expr)
                stride, values = self._stride[one.thing], self._tried[one.thing]
                bits = _union(
                    ((1 << stride) - 1) << stride * at
                    for at, value in enumerate(values)
                    if _holds(one, value)
                )
                return bits * (self.all // ((1 << stride * len(values)) - 1))


def _comparisons(expr: Expr) -> Iterator[Expr]:
    """The comparisons of a condition, and what of it is true or false as a whole."""
    match expr:
        case Const():
            return
        case Op(op="and" | "or" | "not", args=args):
            for one in args:
                yield from _comparisons(one)
        case Otherwise(value=value, fallback=Const(value=bool())):
            yield Op("present", (value,), expr.span)
            yield from _comparisons(value)
        case _:
            yield expr


def _compared(expr: Expr) -> _Compared:
    match expr:
        case Op(op="present", args=(value,)):
            return _Compared(("présent", value), frozenset((_YES,)), _ACCEPTED["=="])
        case Op(op="in", args=(value, Const(value=frozenset() as members))):
            return _Compared(("valeur", value), members, _ACCEPTED["=="])
        case Op(op=op, args=(left, right)) if op in _ACCEPTED:
            accepted = _ACCEPTED[op]
            turned = frozenset(-one for one in accepted)
            match left, right:
                case _, Const(value=bool() | str() | Fraction() | date() as literal):
                    return _Compared(("valeur", left), frozenset((_plain(literal),)), accepted)
                case Const(value=bool() | str() | Fraction() | date() as literal), _:
                    return _Compared(("valeur", right), frozenset((_plain(literal),)), turned)
                case _:
                    pass
            nothing = frozenset((Fraction(0),))
            if repr(left) > repr(right):
                return _Compared(("ordre", right, left), nothing, turned)
            return _Compared(("ordre", left, right), nothing, accepted)
        case _:
            return _Compared(("vrai", expr), frozenset((_YES,)), _ACCEPTED["=="])


def _plain(literal: Value) -> Tried:
    if isinstance(literal, bool):
        return _YES if literal else _NO
    return Fraction(literal.toordinal()) if isinstance(literal, date) else literal


def _tried(thing: Thing, literals: set[Tried], codes: _Codes) -> Sequence[Tried]:
    """One value for each answer that the comparisons of ``thing`` may give together."""
    if thing[0] == "ordre":
        return _SIDES[1:2] if thing[1] == thing[-1] else _SIDES
    numbers = sorted(one for one in literals if isinstance(one, Fraction))
    if numbers:
        inside = [(low + high) / 2 for low, high in pairwise(numbers)]
        return [numbers[0] - 1, *numbers, *inside, numbers[-1] + 1]
    known = codes.of(thing[1]) if thing[0] == "valeur" else None
    named = sorted(str(one) for one in literals)
    return named if known is not None and known <= literals else [*named, _ANY_OTHER]


def _holds(comparison: _Compared, value: Tried) -> bool:
    """Whether a comparison is true of ``value``, one of those tried for its thing."""
    for literal in comparison.literals:
        if isinstance(value, Fraction) and isinstance(literal, Fraction):
            side = (value > literal) - (value < literal)
        else:
            side = (str(value) > str(literal)) - (str(value) < str(literal))
        if side in comparison.accepted:
            return True
    return False
