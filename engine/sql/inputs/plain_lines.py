r"""Which lines of nested records SQL reads as the reader of single records does.

A plain line is made of nothing but these: a record of known keys, each once; a group of known keys,
each once; a list, not too long, of such groups; for each field null or a value of its very type.

- The identifier is there, and so are the groups that must be: of a record without them, the reader
  says in one sentence all that is missing, and SQL would say it of each line.
- A number is a JSON number of at most nine digits and four decimals, none where a whole one is
  asked, without exponent nor useless zeros: the shortest text of the double that DuckDB makes of it
  is the same text.
- A code is one of the codes, a date has the form of one, a truth is true or false.
- A text is of printable Latin characters, and of the escapes of accented letters; an identifier has
  no escape, or is a whole number.

The expression does not count what it opens and closes. JSON_VALID does, which allows more than JSON
does: commas in excess, NaN, comments. None of these is in the language of the expression.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, assert_never

from engine.langage.inputs import Field, RecordModel
from engine.sql.fragments import literal

_WHOLE: Final = "(?:0|-?[1-9][0-9]{0,8})"
_NUMBER: Final = rf"{_WHOLE}(?:\.(?:0|[0-9]{{0,3}}[1-9]))?"
_DATE: Final = '"[0-9]{4}-[0-9]{2}-[0-9]{2}"'
_SIGN: Final = "!#-\\[\\]-~\u00a1-\u00ac\u00ae-\u024f"
_ACCENTED: Final = r"\\u0(?:0[c-fC-F]|1[0-9a-fA-F])[0-9a-fA-F]"
_TEXT: Final = f'"(?:[ {_SIGN}]|{_ACCENTED})+"'
_IDENTIFIER: Final = f'"[{_SIGN}]+(?: [{_SIGN}]+)*"|[1-9][0-9]{{0,17}}'


def plain_test(line: str, model: RecordModel) -> str:
    """Whether ``line``, an SQL text, is a plain line; never NULL."""
    form = literal(rf"\A(?:{_record(model)})\z")
    tests = [f"JSON_VALID({line})"]
    own = [one for one in model.fields if not one.derived]
    tests += _once(line, [one.name for one in own])
    needed = [one.name.rpartition(".")[0] for one in own if one.required]
    needed.append(model.role("identifiant").name)
    tests += [f"JSON_EXISTS({line}, {pointer(one)})" for one in dict.fromkeys(needed) if one]
    for one in model.collections:
        items = items_of(line, one.name)
        tests.append(
            f"COALESCE(JSON_ARRAY_LENGTH({line}, {pointer(one.name)}), 0) <= {one.max_items}"
        )
        inside = " AND ".join(_once("e", [each.name for each in one.fields]))
        tests.append(f"COALESCE(LEN(LIST_FILTER({items}, lambda e: NOT ({inside}))), 0) = 0")
    # JSON functions fail on what is no JSON: nothing but a CASE keeps them from it.
    whole = f"CASE WHEN {tests[0]} THEN {' AND '.join(f'({one})' for one in tests[1:])} END"
    return f"(CASE WHEN REGEXP_MATCHES({line}, {form}) THEN {whole} END IS TRUE)"


def pointer(name: str) -> str:
    """The JSON pointer of a field, an SQL text, whatever its name is made of."""
    steps = (one.replace("~", "~0").replace("/", "~1") for one in name.split("."))
    return literal("".join(f"/{one}" for one in steps))


def items_of(line: str, collection: str) -> str:
    """The items of a list of a record, as an SQL list."""
    return f"JSON_EXTRACT(JSON_EXTRACT({line}, {pointer(collection)}), '$[*]')"


# --- the expression


def _record(model: RecordModel) -> str:
    members = _members(one for one in model.fields if not one.derived)
    for one in model.collections:
        lines = _closed("[", [_closed("{", _members(one.fields), "}")], "]")
        members.append(f"{_key(one.name)}(?:null|\\[\\]|{lines})")
    return _closed("{", members, "}")


def _members(fields: Iterable[Field], prefix: str = "") -> list[str]:
    """What a group may hold; ``prefix`` is that of the names of its fields."""
    fields = tuple(fields)
    found: dict[str, str] = {}
    for one in fields:
        head, _, tail = one.name.removeprefix(prefix).partition(".")
        if not tail:
            nothing = "" if one.role == "identifiant" else "null|"
            found[head] = f"{_key(head)}(?:{nothing}{_value(one)})"
        elif head not in found:
            below = f"{prefix}{head}."
            inside = _members((each for each in fields if each.name.startswith(below)), below)
            found[head] = f"{_key(head)}{_closed('{', inside, '}')}"
    return list(found.values())


def _closed(start: str, inside: Sequence[str], end: str) -> str:
    """Some of ``inside``, at least one: after each, a comma, or the end (never both)."""
    return f"\\{start}(?:(?:{'|'.join(inside)})(?:, *|\\{end}))+"


def _key(name: str) -> str:
    return f"{re.escape(json.dumps(name, ensure_ascii=False))}: *"


def _value(field: Field) -> str:
    match field.kind:
        case "nombre":
            return _WHOLE if field.multiple_of == 1 else _NUMBER
        case "booleen":
            return "true|false"
        case "date":
            return _DATE
        case "code":
            return "|".join(re.escape(json.dumps(one, ensure_ascii=False)) for one in field.codes)
        case "texte":
            return _IDENTIFIER if field.role == "identifiant" else _TEXT
        case _:
            assert_never(field.kind)


# --- what no expression can count


def _once(value: str, names: Iterable[str]) -> Iterator[str]:
    """Whether each key of an object, and of its groups, is written once."""
    groups = dict.fromkeys(name.rpartition(".")[0] for name in names)
    for one in dict.fromkeys(["", *groups]):
        keys = f"JSON_KEYS({value}, {pointer(one)})" if one else f"JSON_KEYS({value})"
        yield f"COALESCE(LEN({keys}) = LEN(LIST_DISTINCT({keys})), TRUE)"
