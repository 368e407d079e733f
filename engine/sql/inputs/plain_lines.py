r"""Which lines of nested records SQL reads as the reader of single records does.

A plain line is made of nothing but these: a record of known keys, each once; a group of known keys,
each once; a list of such groups, not too many in all; for each field null or a value of its type.

- The identifier is there, and so are the groups that must be: of a record without them, the reader
  says in one sentence all that is missing, and SQL would say it of each line.
- A number is a JSON number of at most nine digits and four decimals, none where a whole one is
  asked, without exponent nor useless zeros: the shortest text of the double that DuckDB makes of it
  is the same text.
- A code is one of the codes, a date has the form of one, a truth is true or false.
- A text is of printable Latin characters, and of the escapes of accented letters; an
  identifier has no escape, or is a whole number.

The expression lets what is opened be closed too soon, which JSON_VALID sees. This function allows
more than JSON does, commas before an end or NaN, which the expression does not. JSON functions are
few here: each holds the memory of thousands of lines.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Final, assert_never

from engine.langage.inputs import Field, RecordModel
from engine.sql.fragments import case, literal, matches

_WHOLE: Final = "(?:0|-?[1-9][0-9]{0,8})"
_NUMBER: Final = rf"{_WHOLE}(?:\.(?:0|[0-9]{{0,3}}[1-9]))?"
_DATE: Final = '"[0-9]{4}-[0-9]{2}-[0-9]{2}"'
_SIGN: Final = "!#-\\[\\]-~\u00a1-\u00ac\u00ae-\u024f"
_ACCENTED: Final = r"\\u0(?:0[c-fC-F]|1[0-9a-fA-F])[0-9a-fA-F]"
_TEXT: Final = f'"(?:[ {_SIGN}]|{_ACCENTED})+"'
_IDENTIFIER: Final = f'"[{_SIGN}]+(?: [{_SIGN}]+)*"|[1-9][0-9]{{0,17}}'


def plain_test(line: str, model: RecordModel) -> str:
    """Whether ``line``, an SQL text, is a plain line; never NULL."""
    own = [one for one in model.fields if not one.derived]
    needed = [one.name.partition(".")[0] for one in own if one.required]
    needed.append(model.role("identifiant").name)
    listed = ", ".join(map(literal, dict.fromkeys(needed)))
    inside = [each.name for one in model.collections for each in one.fields]
    most = min((one.max_items for one in model.collections), default=0)
    items = f"JSON_EXTRACT({line}, '$.*[*]')"  # of every list of the record
    wrong = f"LIST_FILTER({items}, lambda e, i: {_twice('e', inside)} OR i > {most})"
    tests = [
        f"NOT {_twice(line, [one.name for one in own])}",
        f"LIST_HAS_ALL(JSON_KEYS({line}), [{listed}])",
        f"LEN({wrong}) = 0",
    ]
    form = matches(line, literal(rf"\A(?:{_record(model)})\z"))
    # The JSON functions fail on what is no JSON: a CASE keeps them from it.
    valid = case([(f"JSON_VALID({line})", " AND ".join(tests))], "FALSE")
    return case([(form, valid)], "FALSE")


def _twice(value: str, names: Iterable[str]) -> str:
    """Whether a key of an object, or of one of its groups, is written twice."""
    groups = dict.fromkeys(name.rpartition(".")[0] for name in names)
    paths = ", ".join(["'$'", *(pointer(one) for one in groups if one)])
    wrong = "lambda k: LEN(k) <> LEN(LIST_DISTINCT(k))"
    return f"(LEN(LIST_FILTER(JSON_KEYS({value}, [{paths}]), {wrong})) > 0)"


def pointer(name: str) -> str:
    """The JSON pointer of a field, an SQL text, whatever its name is made of."""
    steps = (one.replace("~", "~0").replace("/", "~1") for one in name.split("."))
    return literal("".join(f"/{one}" for one in steps))


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
    """Some of ``inside``, at least one: after each, a comma or the end, never both.

    To write ``inside`` twice would say it better, in an expression twenty times as slow.
    """
    return f"\\{start}(?:(?:{'|'.join(inside)})(?:, *|\\{end}))+"


def _written(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _key(name: str) -> str:
    return f"{re.escape(_written(name))}: *"


def _value(field: Field) -> str:
    match field.kind:
        case "nombre":
            return _WHOLE if field.multiple_of == 1 else _NUMBER
        case "booleen":
            return "true|false"
        case "date":
            return _DATE
        case "code":
            return "|".join(re.escape(_written(one)) for one in field.codes)
        case "texte":
            return _IDENTIFIER if field.role == "identifiant" else _TEXT
        case _:
            assert_never(field.kind)
