"""A record in plain values: read as if from a file, written on one line, or as a case."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final

from engine.dossiers.read import ReadOutcome, read_records
from engine.evaluation.outcomes import NotComputable, Outcome
from engine.evaluation.show import exact_text
from engine.langage.corpus import Corpus
from engine.langage.inputs import Field, RecordModel, Value
from engine.langage.kernel import ABSENT
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
