"""One value of a record: a node and its field go in, an exact value or a finding comes out."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TypeAlias, assert_never
from unicodedata import combining, normalize

from engine.dossiers.forms import exact_text, in_words
from engine.dossiers.numbers import accepted_forms, likely_form, read_number
from engine.dossiers.plan import Cell
from engine.langage.inputs import Field, Value
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.messages import reading
from engine.source.messages.hints import suggestion
from engine.source.tree import Node, Scalar

Plain: TypeAlias = "str | bool | int | Decimal"

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LONGEST = 200  # beyond, a plain text is not worth converting: int() itself refuses 4300 digits


def read_value(cell: Cell, node: Node) -> Value | Diagnostic | None:
    """The value of ``node`` as ``cell`` asks, a finding, or None when nothing is written.

    May report E105, E106, E107, E108, E109 and E501.
    """
    field = cell.field
    if not isinstance(node, Scalar):
        return _wrong_type(field, node)
    value = node.text if node.quoted or len(node.text) > _LONGEST else node.value
    if value is None:
        return None
    match field.kind:
        case "nombre":
            return _number(cell, node, value)
        case "code":
            return _code(cell, node, value)
        case "texte":
            return _text(cell, node, value)
        case "date":
            return _date(field, node, value)
        case "booleen":
            return value if isinstance(value, bool) else _wrong_type(field, node)
        case _:
            assert_never(field.kind)


def _number(cell: Cell, node: Scalar, value: Plain) -> Fraction | Diagnostic:
    field = cell.field
    if isinstance(value, bool):
        return _wrong_type(field, node)
    if isinstance(value, str):
        number = read_number(value, field.writing)
        if number is None:
            return say(
                "E501",
                node.span,
                libelle=field.label,
                texte=value,
                proche=likely_form(value, field.writing) or None,
                formes=accepted_forms(field.writing),
            )
    else:
        number = Fraction(value)
    return number if _within(cell, number) else _out_of_bounds(field, node, number)


def _within(cell: Cell, number: Fraction) -> bool:
    field = cell.field
    low, high, step = field.minimum, field.maximum, cell.grid
    return (
        (low is None or number > low or (number == low and not field.above_minimum))
        and (high is None or number <= high)
        and (step is None or number % step == 0)
    )


def _out_of_bounds(field: Field, node: Scalar, number: Fraction) -> Diagnostic:
    """The bound that ``number`` breaks; to be a whole number is a matter of type."""
    low, high, step = field.minimum, field.maximum, field.multiple_of
    if low is not None and (number < low or (number == low and field.above_minimum)):
        bound = "exclusiveMinimum" if field.above_minimum else "minimum"
        return reading.out_of_bounds(bound, exact_text(low), node.text, node.span)
    if high is not None and number > high:
        return reading.out_of_bounds("maximum", exact_text(high), node.text, node.span)
    if step is None or step == 1:
        return reading.wrong_type(node, ("integer",), node.span)
    return reading.out_of_bounds("multipleOf", exact_text(step), node.text, node.span)


def _code(cell: Cell, node: Scalar, value: Plain) -> str | Diagnostic:
    if isinstance(value, bool | Decimal):
        return _wrong_type(cell.field, node)
    if node.text in cell.codes:
        return node.text
    return say(
        "E106",
        node.span,
        lu=node.text,
        proches=suggestion(node.text, cell.field.codes, "valeurs possibles"),
    )


def _text(cell: Cell, node: Scalar, value: Plain) -> str | Diagnostic | None:
    """A text; a whole number is taken as written, so that « 601 » may name a class.

    An empty text without a form says nothing, as in a table.
    """
    field = cell.field
    if node.text == "" and field.pattern is None:
        return None
    if isinstance(value, bool | Decimal):
        return _wrong_type(field, node)
    if field.max_length is not None and len(node.text) > field.max_length:
        longest = str(field.max_length)
        return reading.out_of_bounds("maxLength", longest, node.text, node.span)
    if cell.pattern is not None and not cell.pattern.search(node.text):
        pattern = field.pattern or ""
        return reading.wrong_form(node.text, pattern, in_words(pattern), node.span)
    return folded(node.text) if field.loose else node.text


def folded(text: str) -> str:
    """A text in capitals, without accents nor dashes: « Saint-Rémy » is « SAINT REMY »."""
    return " ".join(unaccented(text).split()) or text


def unaccented(text: str) -> str:
    """The capital letters and the digits of ``text``, spaces for the rest: each sign on its own."""
    bare = "".join(one for one in normalize("NFKD", text) if not combining(one))
    return re.sub(r"[\W_]+", " ", bare).upper()


def _date(field: Field, node: Scalar, value: Plain) -> date | Diagnostic:
    if not isinstance(value, str):
        return _wrong_type(field, node)
    if not _DATE.fullmatch(value):
        return reading.wrong_form(value, "", reading.DATE_FORM, node.span)
    try:
        return date.fromisoformat(value)
    except ValueError:
        return reading.impossible_date(value, node.span)


def _wrong_type(field: Field, node: Node) -> Diagnostic:
    return reading.wrong_type(node, (expected_type(field),), node.span)


def expected_type(field: Field) -> str:
    """What ``field`` holds, as ``messages.reading.wrong_type`` names types."""
    match field.kind:
        case "nombre":
            return "integer" if field.multiple_of == 1 else "number"
        case "booleen":
            return "boolean"
        case "date":
            return "date"
        case "code" | "texte":
            return "string"
        case _:
            assert_never(field.kind)
