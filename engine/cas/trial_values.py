"""A record that is sought, and what is worth trying in it to reach a rule."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from typing import Final, TypeAlias

from engine.cas.plain import plain_value, put
from engine.langage.corpus import Corpus, Epoch, Interval
from engine.langage.inputs import Field, RecordModel, Value
from engine.langage.kernel import Const, Expr, Lookup, Ref, walk
from engine.source.tree import Plain

Gene: TypeAlias = tuple[str | None, str]  # a collection (its only line), or None; a field
Genome: TypeAlias = Mapping[Gene, Value]

_TEXTS: Final = ("G1", "A", "0000001A", "13000", "2024-2025", "a-1")


def first_value(field: Field) -> Value | None:
    """A value that a required field may hold; None when none is known."""
    match field.kind:
        case "code":
            return field.codes[0]
        case "booleen":
            return False
        case "nombre":
            return next((one for one in map(Fraction, (1, 0, 10)) if fits(field, one)), None)
        case "texte":
            form = re.compile(field.pattern or "")
            return next((one for one in _TEXTS if form.search(one)), None)
        case "date":
            return None


def fits(field: Field, value: Fraction) -> bool:
    """Whether a number may be written in ``field``."""
    low, high, step = field.minimum, field.maximum, field.multiple_of
    if low is not None and (value < low or (value == low and field.above_minimum)):
        return False
    if high is not None and value > high:
        return False
    return step is None or (value / step).denominator == 1


def to_plain(genome: Genome, model: RecordModel) -> Plain:
    """Groups and collections put back, in the order of the model."""
    found: dict[str, Plain] = {}
    for field in model.fields:
        if (None, field.name) in genome:
            put(found, field.name, plain_value(genome[None, field.name]))
    for collection in model.collections:
        line: dict[str, Plain] = {}
        for field in collection.fields:
            if (collection.name, field.name) in genome:
                put(line, field.name, plain_value(genome[collection.name, field.name]))
        if line:
            found[collection.name] = [line]
    return found


_MOST: Final = 16  # numbers tried in one field


@dataclass(frozen=True, slots=True)
class Closure:
    """What some rules rest on: fields, tables, literals; ``direct``: the rules read at once."""

    fields: frozenset[Gene]
    tables: frozenset[str]
    literals: frozenset[Value]
    direct: frozenset[str]


def closure_of(epoch: Epoch, names: Iterable[str]) -> Closure:
    """Everything that the rules ``names`` rest on, through other rules."""
    waiting, done = list(names), set()
    roots = frozenset(waiting)
    fields: set[Gene] = set()
    tables: set[str] = set()
    literals: set[Value] = set()
    direct: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in done:
            continue
        done.add(name)
        for node in _nodes(epoch, name):
            match node:
                case Ref(kind="champ"):
                    fields.add((node.scope, node.name))
                case Ref():
                    waiting.append(node.name)
                    direct |= {node.name} if name in roots else set()
                case Lookup():
                    tables.add(node.table)
                case Const() if isinstance(node.value, frozenset):
                    literals |= node.value
                case Const() if isinstance(node.value, Fraction | str):
                    literals.add(node.value)
                case _:
                    pass
            if isinstance(node, Ref) and node.via is not None:
                fields.add((node.scope, node.via))
    return Closure(frozenset(fields), frozenset(tables), frozenset(literals), frozenset(direct))


def _nodes(epoch: Epoch, name: str) -> Iterable[Expr]:
    for _, version in epoch.rules.get(name, ()):
        yield from walk(version.body)
        if version.applicable is not None:
            yield from walk(version.applicable)


def trial_values(
    corpus: Corpus, closure: Closure, keys: Mapping[str, set[Value]]
) -> dict[Gene, tuple[Value | None, ...]]:
    """The values to try in each field of ``closure``, the most promising first.

    Args:
        corpus: the law.
        closure: what the rules to reach rest on.
        keys: the values sought, by nomenclature or unit; a field that takes one tries it first.
    """
    found: dict[Gene, tuple[Value | None, ...]] = {}
    sought = {one for values in keys.values() for one in values}
    for scope, fields in (
        (None, corpus.model.fields),
        *((one.name, one.fields) for one in corpus.model.collections),
    ):
        for field in fields:
            if (scope, field.name) not in closure.fields or field.role or field.derived:
                continue
            values = _of_field(corpus, closure, field, sought, keys)
            absent: tuple[Value | None, ...] = () if field.required else (None,)
            if values or absent:
                liked = any(one in sought for one in values)
                order = (*values, *absent) if liked else (*absent, *values)
                found[scope, field.name] = order
    return found


def _of_field(
    corpus: Corpus,
    closure: Closure,
    field: Field,
    sought: set[Value],
    keys: Mapping[str, set[Value]],
) -> tuple[Value, ...]:
    match field.kind:
        case "code":
            return tuple(
                sorted(
                    field.codes, key=lambda one: (one not in sought, one not in closure.literals)
                )
            )
        case "booleen":
            return (False, True)
        case "nombre":
            return _numbers(corpus, closure, field, keys.get(field.unit or "", set()))
        case "texte" if field.link is None and field.pattern is None:
            return ("G1",)
        case _:
            return ()


def _numbers(
    corpus: Corpus, closure: Closure, field: Field, sought: set[Value]
) -> tuple[Value, ...]:
    """The keys sought, then the bounds of tables, then the literals, each with its neighbours."""
    first = [one for one in sought if isinstance(one, Fraction)]
    bounds = [
        end
        for name in sorted(closure.tables)
        for position, column in enumerate(corpus.tables[name].columns)
        if column.reference == field.unit
        for version in corpus.tables[name].versions
        for row in version.rows
        if isinstance(cell := row.cells[position], Interval)
        for end in (cell.low, cell.high)
        if end is not None
    ]
    literals = sorted(one for one in closure.literals if isinstance(one, Fraction))
    step = field.multiple_of or Fraction(1)
    near = [value + shift for value in bounds for shift in (0, -step, step)]
    tried = dict.fromkeys([*first, *near, *literals, *(one + step for one in literals)])
    return tuple(islice((one for one in tried if fits(field, one)), _MOST))
