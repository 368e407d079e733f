"""An accepted value goes in, the text that a file would hold for it comes out."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import assert_never

from engine.dossiers.numbers import read_number
from engine.langage.inputs import Field, Value


def written(value: Value, field: Field) -> str:
    """``value`` as it could have been written, and as ``engine.dossiers.values`` reads it."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
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
