"""A record in plain values: read as if from a file, written, and what is worth trying in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import islice
from typing import Final, TypeAlias

from engine.dossiers.read import ReadOutcome, read_records
from engine.evaluation.outcomes import NotComputable, Outcome
from engine.evaluation.show import exact_text
from engine.langage.corpus import Corpus, Epoch, Interval
from engine.langage.inputs import Field, RecordModel, Value
from engine.langage.kernel import ABSENT, Const, Expr, Lookup, Ref, walk
from engine.langage.records import Record
from engine.source import tree
from engine.source.positions import Span, whole_file
from engine.source.tree import Plain

_HERE: Final = whole_file("dossier")
_BARE: Final = re.compile(r"[a-z][a-z0-9_]+|[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WORDS: Final = ("true", "false", "null", "yes", "no", "on", "off", "oui", "non", "vrai", "faux")


def to_tree(value: Plain, here: Span = _HERE) -> tree.Node:
    """The values as if they had been read at ``here``."""
    match value:
        case dict():
            entries = [
                (tree.Scalar(name, quoted=False, span=here), to_tree(one, here))
                for name, one in value.items()
            ]
            return tree.Mapping(tuple(entries), here)
        case list():
            return tree.Sequence(tuple(to_tree(one, here) for one in value), here)
        case _:
            return tree.Scalar(_text(value), quoted=isinstance(value, str), span=here)


def to_flow(value: Plain) -> str:
    """The values on one line of YAML, quoted only where another reader could go wrong."""
    match value:
        case dict():
            return f"{{{', '.join(f'{name}: {to_flow(one)}' for name, one in value.items())}}}"
        case list():
            return f"[{', '.join(to_flow(one) for one in value)}]"
        case str() if _BARE.fullmatch(value) is None or value in _WORDS:
            return json.dumps(value, ensure_ascii=False)
        case _:
            return _text(value)


def _text(value: str | int | Decimal | bool | None) -> str:  # noqa: FBT001 - a value
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def read_plain(value: Plain, corpus: Corpus, ident: str | None = None) -> ReadOutcome:
    """The record that these values make; ``ident`` when they give it no identifier."""
    node = to_tree(value)
    (found,) = read_records((node,), corpus.model, first_day=corpus.first_day, default_ident=ident)
    return found


def plain_record(record: Record, model: RecordModel) -> Plain:
    """What a file would write of an accepted record, its defaults included."""
    found = _plain_fields(record.values, model.fields)
    for one in model.collections:
        lines = record.lines.get(one.name, ())
        if lines:
            found[one.name] = [_plain_fields(line.values, one.fields) for line in lines]
    return found


def _plain_fields(values: Mapping[str, Value], fields: Iterable[Field]) -> dict[str, Plain]:
    found: dict[str, Plain] = {}
    for one in fields:
        if one.name in values and not one.derived:
            put(found, one.name, plain_value(values[one.name]))
    return found


def put(target: dict[str, Plain], dotted: str, value: Plain) -> None:
    """Write a value under its dotted name, in groups made on the way."""
    *groups, last = dotted.split(".")
    for group in groups:
        inside = target.setdefault(group, {})
        if not isinstance(inside, dict):
            message = f"{dotted}: {group} is not a group"
            raise TypeError(message)
        target = inside
    target[last] = value


def plain_value(value: Value) -> Plain:
    """A value as a file would write it; what is no decimal is a number of minutes, or a share."""
    if isinstance(value, Fraction):
        number = Decimal(value.numerator) / Decimal(value.denominator)
        if Fraction(number) == value:
            return number
        minutes = value * 60
        return f"{minutes // 60} h {minutes % 60:02}" if minutes.denominator == 1 else str(value)
    return value.isoformat() if isinstance(value, date) else value


SCHEMA: Final = "# yaml-language-server: $schema=../schemas/cas.v1.json"


@dataclass(frozen=True, slots=True)
class WrittenCase:
    """One case to write. ``values``: what some results give; ``fired``: codes, or None."""

    name: str
    document: str
    place: str
    record: Plain
    values: Mapping[str, Outcome]
    readings: Mapping[str, str]
    fired: Sequence[str] | None = None


def case_file_text(comments: Iterable[str], cases: Iterable[WrittenCase], corpus: Corpus) -> str:
    """A whole file: what is said of its cases, then the cases."""
    lines = [SCHEMA, *(f"# {one}" for one in comments), "cas:"]
    for one in cases:
        lines += _case(one, corpus)
    return "\n".join(lines) + "\n"


def _case(case: WrittenCase, corpus: Corpus) -> list[str]:
    lines = [
        f"  - nom: {_quoted(case.name)}",
        f"    source: {{document: {_quoted(case.document)}, reperage: {_quoted(case.place)}}}",
        "    nature: construite",
        f"    dossier: {to_flow(case.record)}",
    ]
    lacking = [name for name, value in case.values.items() if isinstance(value, NotComputable)]
    absent = [name for name, value in case.values.items() if value is ABSENT]
    given = {name: value for name, value in case.values.items() if name not in {*lacking, *absent}}
    if given:
        shown = ", ".join(f"{name}: {_value(value, corpus, name)}" for name, value in given.items())
        lines.append(f"    attendu: {{{shown}}}")
    if absent:
        lines.append(f"    sans_objet: [{', '.join(absent)}]")
    if lacking:
        lines.append(f"    non_calculable: [{', '.join(lacking)}]")
    if case.fired is not None:
        lines.append(f"    anomalies: [{', '.join(case.fired)}]")
    if case.readings:
        asked = ", ".join(f"{name}: {option}" for name, option in case.readings.items())
        lines.append(f"    lectures: {{{asked}}}")
    return lines


def _value(value: Outcome, corpus: Corpus, name: str) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case Fraction():
            return _quoted(exact_text(value, corpus.units[corpus.rule(name).unit or ""].decimals))
        case _:
            return _quoted(str(value))


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


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
