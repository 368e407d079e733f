"""A record being looked for: what its fields hold, and the plain record that this makes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Final, TypeAlias

from engine.cas.plain import plain_value, put
from engine.langage.inputs import Field, RecordModel, Value
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
