"""One value of a record: as written, as accepted, as it may be written again; or what is wrong."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TypeAlias, assert_never
from unicodedata import combining, normalize

from engine.dossiers.plan import ReadField
from engine.langage.inputs import Field, Value, Writing
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.messages import reading
from engine.source.messages.hints import suggestion
from engine.source.tree import Node, Scalar

LONGEST = 40  # characters; far beyond any figure of a record, and keeps reading time bounded

# The forms, as regular expressions that the readers of tables use too: no named group here.
SPACES = " \u00a0\u2009\u202f"  # ordinary, no-break, thin and narrow no-break spaces
WHOLE = rf"[0-9]+|[0-9]{{1,3}}(?:[{SPACES}][0-9]{{3}})+"
PART = "[0-9]+"
HOURS_MARK = rf"[{SPACES}]*[hH]"
PERCENT_MARK = rf"[{SPACES}]*%"
CLOCK = rf"([0-9]+)[{SPACES}]*[hH][{SPACES}]*([0-5][0-9])"

_PLAIN = rf"(?P<sign>-?)(?P<whole>{WHOLE})(?:[.,](?P<part>{PART}))?"
_FORMS: dict[Writing, re.Pattern[str]] = {
    "nombre": re.compile(_PLAIN),
    "heures": re.compile(rf"{_PLAIN}(?:{HOURS_MARK})?"),
    "part": re.compile(rf"{_PLAIN}(?P<percent>{PERCENT_MARK})?"),
}
_CLOCK = re.compile(CLOCK)
_COLON = re.compile(r"([0-9]{1,3}):([0-5][0-9])")
_SHORT_MINUTES = re.compile(rf"([0-9]{{1,3}})[{SPACES}]*[hH][{SPACES}]*([0-9])")
_ACCEPTED: dict[Writing, tuple[str, ...]] = {
    "nombre": ("4", "4,5", "4.5", "1 250,50"),
    "heures": ("4", "4,5", "4.5", "4 h 30", "4h05"),
    "part": ("0,8", "0.8", "80 %"),
}


def read_number(text: str, writing: Writing = "nombre") -> Fraction | None:
    """The exact value of ``text``, or None when it is not a number in a form of ``writing``.

    A duration is in hours (« 4 h 30 » is 9/2), a share is a part of one (« 80 % » is 4/5).
    """
    if len(text) > LONGEST:
        return None
    text = text.strip(" ")
    if writing == "heures" and (clock := _CLOCK.fullmatch(text)):
        return Fraction(int(clock[1]) * 60 + int(clock[2]), 60)
    match = _FORMS[writing].fullmatch(text)
    if match is None:
        return None
    whole = "".join(char for char in match["whole"] if char not in SPACES)
    part = match["part"] or ""
    scale = 10 ** len(part)
    if writing == "part" and match["percent"]:
        scale *= 100
    value = int(whole + part)
    return Fraction(-value if match["sign"] else value, scale)


def accepted_forms(writing: Writing) -> tuple[str, ...]:
    """Examples of what ``read_number`` reads, for a hint."""
    return _ACCEPTED[writing]


def likely_form(text: str, writing: Writing) -> str | None:
    """What the author of an unreadable ``text`` most probably meant, in an accepted form."""
    if writing == "heures" and (clock := _COLON.fullmatch(text.strip())):
        return f"{clock[1]} h {clock[2]}"
    if writing == "heures" and (clock := _SHORT_MINUTES.fullmatch(text.strip())):
        return f"{clock[1]} h 0{clock[2]}"
    return None


# Two identifiers that are shown alike are one: no space but a single one between two words, nothing
# invisible, no accent apart from its letter.
_VISIBLE = "[!-~\u00a1-\u00ac\u00ae-\u024f\u2019€]"
IDENTIFIER = f"^{_VISIBLE}+( {_VISIBLE}+)*$"

_PART = re.compile(r"(?P<set>\[0-9\]|\[A-Z\]|\[a-z\])(?:\{(?P<times>[0-9]+)\})?|(?P<mark>[-_/.])")
_SETS = {
    "[0-9]": ("un chiffre", "chiffres"),
    "[A-Z]": ("une lettre majuscule", "lettres majuscules"),
    "[a-z]": ("une lettre minuscule", "lettres minuscules"),
}


def in_words(pattern: str) -> str:
    """« ^[0-9]{7}[A-Z]$ » as « 7 chiffres, une lettre majuscule »; else the pattern itself."""
    if pattern == IDENTIFIER:
        return "lettres, chiffres et signes visibles ; une espace seule entre deux mots"
    inside = pattern.removeprefix("^").removesuffix("$")
    words = []
    end = 0
    for part in _PART.finditer(inside):
        if part.start() != end:
            return pattern
        end = part.end()
        if part["mark"]:
            words.append(f"« {part['mark']} »")
        else:
            one, several = _SETS[part["set"]]
            words.append(f"{part['times']} {several}" if part["times"] else one)
    return ", ".join(words) if words and end == len(inside) else pattern


def exact_text(number: Fraction) -> str:
    """A bound of the schema, which is a whole or decimal number, as it is written."""
    return str(Decimal(number.numerator) / Decimal(number.denominator))


ScalarValue: TypeAlias = "str | bool | int | Decimal"

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LONGEST = 200  # beyond, a plain text is not worth converting: int() itself refuses 4300 digits


def read_value(cell: ReadField, node: Node) -> Value | Diagnostic | None:
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
        case "texte":
            # a text; a whole number is taken as written, so that « 601 » may name a class. An
            # empty text without a form says nothing, as in a table
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
        case "date":
            if not isinstance(value, str):
                return _wrong_type(field, node)
            if not _DATE.fullmatch(value):
                return reading.wrong_form(value, "", reading.DATE_FORM, node.span)
            try:
                return date.fromisoformat(value)
            except ValueError:
                return reading.impossible_date(value, node.span)
        case "booleen":
            return value if isinstance(value, bool) else _wrong_type(field, node)
        case _:
            assert_never(field.kind)


def _number(cell: ReadField, node: Scalar, value: ScalarValue) -> Fraction | Diagnostic:
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
    low, high = field.minimum, field.maximum
    if low is not None and (number < low or (number == low and field.above_minimum)):
        bound = "exclusiveMinimum" if field.above_minimum else "minimum"
        return reading.out_of_bounds(bound, exact_text(low), node.text, node.span)
    if high is not None and number > high:
        return reading.out_of_bounds("maximum", exact_text(high), node.text, node.span)
    if cell.grid is None or number % cell.grid == 0:
        return number
    step = field.multiple_of
    if step is None or step == 1:  # to be a whole number is a matter of type
        return reading.wrong_type(node, ("integer",), node.span)
    return reading.out_of_bounds("multipleOf", exact_text(step), node.text, node.span)


def folded(text: str) -> str:
    """A text in capitals, without accents nor dashes: « Saint-Rémy » is « SAINT REMY »."""
    return " ".join(unaccented(text).split()) or text


def unaccented(text: str) -> str:
    """The capital letters and the digits of ``text``, spaces for the rest: each sign on its own."""
    bare = "".join(one for one in normalize("NFKD", text) if not combining(one))
    return re.sub(r"[\W_]+", " ", bare).upper()


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
            # a number is decimal, unless it was written in hours and minutes
            exact = f"{Decimal(value.numerator) / Decimal(value.denominator):f}"
            if Fraction(exact) == value:
                return exact
            hours, minutes = divmod(value * 60, 60)
            clock = f"{hours} h {minutes.numerator:02}"
            if read_number(clock, field.writing) != value:
                message = f"a number that cannot be written: {field.name}, {value}"
                raise ValueError(message)
            return clock
        case _:
            assert_never(value)
