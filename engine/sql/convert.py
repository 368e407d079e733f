"""A field and its raw column go in, SQL that reads, checks and converts its values comes out.

The reference is ``engine.dossiers.values``: same decisions, same sentences. Tables are read with
a little more latitude than a record in YAML or JSON, since they come from other programs:

- a boolean may be a text: true, false, vrai, faux, oui or non, whatever the letter case;
- a date may be a text AAAA-MM-JJ or JJ/MM/AAAA, a date, or a moment that is midnight (in UTC when
  it bears a time zone);
- a whole number may stand for a code or for a text, even when its type has decimals (4112.0);
- an empty text is no value at all.
"""

from __future__ import annotations

from typing import assert_never

from engine.dossiers.forms import in_words
from engine.dossiers.values import expected_type
from engine.langage.inputs import Field, FieldKind
from engine.source.messages import reading as said
from engine.source.tree import Scalar
from engine.sql.convert_numbers import number_reading
from engine.sql.folding import folded
from engine.sql.fragments import case, either, literal, matches, regexp
from engine.sql.readings import Fault, Reading
from engine.sql.sentences import A_GROUP, A_LIST, A_NUMBER, A_TEXT, MARK, NOWHERE, Sentence, cut
from engine.sql.sources import RawColumn

_YES = ("true", "vrai", "oui")
_NO = ("false", "faux", "non")
_FIRST, _LAST = "DATE '0001-01-01'", "DATE '9999-12-31'"  # of the calendar of the interpreter
_ISO = regexp("^[0-9]{4}-[0-9]{2}-[0-9]{2}$")
_FRENCH = regexp("^[0-9]{2}/[0-9]{2}/[0-9]{4}$")
_NOTHING: dict[FieldKind, str] = {
    "nombre": "CAST(NULL AS BIGINT)",
    "booleen": "CAST(NULL AS BOOLEAN)",
    "date": "CAST(NULL AS DATE)",
    "texte": "CAST(NULL AS VARCHAR)",
    "code": "CAST(NULL AS VARCHAR)",
}


def reading(field: Field, raw: RawColumn | None, *, enums: bool = False) -> Reading:
    """How ``field`` is read from ``raw``, None when the table has no such column.

    ``enums``: the value of a code is of an ENUM type. It may find E105 to E109 and E501.
    """
    if raw is None:
        return Reading(None, _NOTHING[field.kind], None, ())
    match field.kind:
        case _ if raw.sort in {"list", "group"}:
            return _wrong_type(field, raw)
        case "nombre":
            return _number(field, raw)
        case "code":
            return _code(field, raw, enums=enums)
        case "texte":
            return _text(field, raw)
        case "date":
            return _date(field, raw)
        case "booleen":
            return _boolean(field, raw)
        case _:
            assert_never(field.kind)


def _number(field: Field, raw: RawColumn) -> Reading:
    match raw.sort:
        case "boolean":
            return _wrong_type(field, raw)
        case "day" | "moment":  # as the text that it would be in a file of texts
            return number_reading(field, RawColumn("text", raw.text))
        case _:
            return number_reading(field, raw)


def _code(field: Field, raw: RawColumn, *, enums: bool) -> Reading:
    if raw.sort == "boolean":
        return _wrong_type(field, raw)
    outside = cut(said.not_in_list(MARK, (), NOWHERE))
    written = raw.bare if raw.sort == "text" else raw.text
    code = f"TRY_CAST({written} AS ENUM({_list(field.codes)}))"
    refused = f"{raw.given} AND {code} IS NULL"
    faults = (*_not_whole(field, raw), Fault("TRUE", outside))
    if enums:
        return Reading(raw, code, refused, faults)
    return Reading(raw, raw.text, refused, faults)


def _text(field: Field, raw: RawColumn) -> Reading:
    if raw.sort == "boolean":
        return _wrong_type(field, raw)
    faults = list(_not_whole(field, raw))
    text = raw.bare if raw.sort == "text" else raw.text
    if field.max_length is not None:
        longest = said.out_of_bounds("maxLength", str(field.max_length), MARK, NOWHERE)
        faults.append(Fault(f"LENGTH({text}) > {field.max_length}", cut(longest)))
    tests = [fault.test for fault in faults]
    form = None
    if field.pattern is not None:
        wrong = said.wrong_form(MARK, field.pattern, in_words(field.pattern), NOWHERE)
        form = regexp(field.pattern)
        unlike = f"NOT ({matches(text, form)})"
        faults.append(Fault(unlike, cut(wrong)))
        if field.role == "identifiant":
            # All different: looking for the form in distinct values would save nothing.
            tests.append(f"{text} <> '' AND {unlike}")
            form = None
    value = folded(raw.sql) if field.loose else raw.text
    return Reading(raw, value, either(tests) if tests else None, tuple(faults), form)


def _not_whole(field: Field, raw: RawColumn) -> tuple[Fault, ...]:
    """A number stands for a text when it is a whole one."""
    if raw.sort not in {"decimal", "double"}:
        return ()
    whole = matches(raw.text, literal(r"^-?[0-9]+\z"))
    return (Fault(f"NOT ({whole})", _type_said(field, A_NUMBER)),)


def _date(field: Field, raw: RawColumn) -> Reading:
    wrong = cut(said.wrong_form(MARK, "", said.DATE_FORM, NOWHERE))
    match raw.sort:
        case "day":
            refused = f"NOT ({raw.bare} BETWEEN {_FIRST} AND {_LAST})"
            return Reading(raw, raw.bare, refused, (Fault("TRUE", wrong),))
        case "moment":
            day = f"CAST({raw.bare} AS DATE)"
            tests = (
                f"CAST({day} AS TIMESTAMP) <> {raw.bare}",
                f"NOT ({day} BETWEEN {_FIRST} AND {_LAST})",
            )
            return Reading(raw, day, either(tests), (Fault("TRUE", wrong),))
        case "text":
            pass
        case _:
            return _wrong_type(field, raw)
    year, month, day = (f"SUBSTRING({raw.bare}, {at})" for at in ("7, 4", "4, 2", "1, 2"))
    turned = f"{year} || '-' || {month} || '-' || {day}"
    iso = case([(matches(raw.bare, _FRENCH), turned)], raw.bare)
    value = f"TRY_CAST({iso} AS DATE)"
    unlike = f"NOT ({matches(iso, _ISO)})"
    none = f"{value} IS NULL OR {value} < {_FIRST}"
    impossible = "9999-99-99"
    faults = (
        Fault(unlike, wrong),
        Fault(none, cut(said.impossible_date(impossible, NOWHERE), impossible)),
    )
    return Reading(raw, value, f"{raw.given} AND ({either([unlike, none])})", faults)


def _boolean(field: Field, raw: RawColumn) -> Reading:
    if raw.sort == "boolean":
        return Reading(raw, raw.bare, None, ())
    if raw.sort != "text":
        return _wrong_type(field, raw)
    word = f"LOWER({raw.bare})"
    value = case([(f"{word} IN ({_list(_YES)})", "TRUE"), (f"{word} IN ({_list(_NO)})", "FALSE")])
    refused = f"{raw.given} AND ({value}) IS NULL"
    return Reading(raw, value, refused, (Fault("TRUE", _type_said(field, A_TEXT)),))


def _wrong_type(field: Field, raw: RawColumn) -> Reading:
    """A column none of whose values can be read."""
    match raw.sort:
        case "boolean":
            faults = tuple(
                Fault(test, _type_said(field, Scalar(word, quoted=False, span=NOWHERE)))
                for test, word in ((raw.bare, "true"), ("TRUE", "false"))
            )
        case "list" | "group":
            node = A_LIST if raw.sort == "list" else A_GROUP
            wrong = said.wrong_type(node, (expected_type(field),), NOWHERE)
            faults = (Fault("TRUE", cut(wrong)),)
        case "integer" | "decimal" | "double":
            faults = (Fault("TRUE", _type_said(field, A_NUMBER)),)
        case _:
            faults = (Fault("TRUE", _type_said(field, A_TEXT)),)
    return Reading(raw, _NOTHING[field.kind], raw.given, faults)


def _type_said(field: Field, node: Scalar) -> Sentence:
    return cut(said.wrong_type(node, (expected_type(field),), NOWHERE), node.text)


def _list(words: tuple[str, ...]) -> str:
    return ", ".join(literal(word) for word in words)
