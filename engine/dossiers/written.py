"""An accepted record goes in, the values that a file would hold come out, each as one text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TypeAlias, assert_never

from engine.dossiers.numbers import read_number
from engine.langage.inputs import Field, RecordModel, Value
from engine.langage.records import Record

Written: TypeAlias = "str | bool | dict[str, Written] | list[Written]"


def written(record: Record, model: RecordModel) -> dict[str, Written]:
    """``record`` as it could have been written, its defaults and its links included."""
    found = _group(record.values, model.fields)
    for one in model.collections:
        found[one.name] = [_group(line.values, one.fields) for line in record.lines[one.name]]
    return found


def _group(values: Mapping[str, Value], fields: Iterable[Field]) -> dict[str, Written]:
    found: dict[str, Written] = {}
    for field in fields:
        if field.derived or field.name not in values:
            continue
        *groups, last = field.name.split(".")
        inside = found
        for group in groups:
            below = inside.setdefault(group, {})
            assert isinstance(below, dict), field.name  # noqa: S101 - no field is a group too
            inside = below
        inside[last] = _text(values[field.name], field)
    return found


def _text(value: Value, field: Field) -> str | bool:
    match value:
        case bool() | str():
            return value
        case date():
            return value.isoformat()
        case Fraction():
            return _number(value, field)
        case _:
            assert_never(value)


def _number(value: Fraction, field: Field) -> str:
    """A number is decimal, unless it was written in hours and minutes."""
    exact = f"{Decimal(value.numerator) / Decimal(value.denominator):f}"
    if Fraction(exact) == value:
        return exact
    hours, minutes = divmod(value * 60, 60)
    clock = f"{hours} h {minutes.numerator:02}"
    if read_number(clock, field.writing) != value:
        message = f"a number that cannot be written: {field.name}, {value}"
        raise ValueError(message)
    return clock
