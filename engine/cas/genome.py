"""A record being looked for: what its fields hold, as a tree to read and as YAML to write."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Final, TypeAlias

from engine.evaluation.show import exact_text
from engine.langage.inputs import Field, RecordModel, Value
from engine.source import tree
from engine.source.positions import whole_file

Gene: TypeAlias = tuple[str | None, str]  # a collection (its only line), or None; a field
Genome: TypeAlias = Mapping[Gene, Value]

_HERE: Final = whole_file("témoin")
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


def to_tree(genome: Genome, model: RecordModel) -> tree.Mapping:
    """The record as if it had been read."""
    return _node(nested(genome, model))


def to_yaml(genome: Genome, model: RecordModel) -> str:
    """The record on one line of YAML."""
    return _flow(nested(genome, model))


Nested: TypeAlias = "dict[str, Nested | list[Nested] | Value]"


def nested(genome: Genome, model: RecordModel) -> Nested:
    """Groups and collections put back, in the order of the model."""
    found: Nested = {}
    for field in model.fields:
        if (None, field.name) in genome:
            _put(found, field.name, genome[None, field.name])
    for collection in model.collections:
        line: Nested = {}
        for field in collection.fields:
            if (collection.name, field.name) in genome:
                _put(line, field.name, genome[collection.name, field.name])
        if line:
            found[collection.name] = [line]
    return found


def _put(target: Nested, dotted: str, value: Value) -> None:
    *groups, last = dotted.split(".")
    for group in groups:
        inside = target.setdefault(group, {})
        if not isinstance(inside, dict):
            message = f"{dotted}: {group} is not a group"
            raise TypeError(message)
        target = inside
    target[last] = value


def _node(found: Nested) -> tree.Mapping:
    entries: list[tuple[tree.Scalar, tree.Node]] = []
    for name, value in found.items():
        match value:
            case dict():
                node: tree.Node = _node(value)
            case list():
                node = tree.Sequence(tuple(_node(one) for one in value), _HERE)
            case _:
                node = tree.Scalar(_text(value), quoted=isinstance(value, str), span=_HERE)
        entries.append((tree.Scalar(name, quoted=False, span=_HERE), node))
    return tree.Mapping(tuple(entries), _HERE)


def _flow(found: Nested) -> str:
    parts = []
    for name, value in found.items():
        match value:
            case dict():
                shown = _flow(value)
            case list():
                shown = f"[{', '.join(_flow(one) for one in value)}]"
            case str():
                shown = json.dumps(value, ensure_ascii=False)
            case _:
                shown = _text(value)
        parts.append(f"{name}: {shown}")
    return f"{{{', '.join(parts)}}}"


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Fraction):
        return exact_text(value, 0 if value.denominator == 1 else 4)
    return value.isoformat() if isinstance(value, date) else value
