"""A record and what it gives today, written as a case file that a person then checks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from engine.cas.plain import to_flow
from engine.evaluation.outcomes import NotComputable, Outcome
from engine.evaluation.show import exact_text
from engine.langage.corpus import Corpus
from engine.langage.kernel import ABSENT
from engine.source.tree import Plain

SCHEMA: Final = "# yaml-language-server: $schema=../schemas/cas.v1.json"


@dataclass(frozen=True, slots=True)
class Written:
    """One case to write. ``values``: what some results give; ``fired``: codes, or None."""

    name: str
    document: str
    place: str
    record: Plain
    values: Mapping[str, Outcome]
    readings: Mapping[str, str]
    fired: Sequence[str] | None = None


def case_file_text(comments: Iterable[str], cases: Iterable[Written], corpus: Corpus) -> str:
    """A whole file: what is said of its cases, then the cases."""
    lines = [SCHEMA, *(f"# {one}" for one in comments), "cas:"]
    for one in cases:
        lines += _case(one, corpus)
    return "\n".join(lines) + "\n"


def _case(one: Written, corpus: Corpus) -> list[str]:
    lines = [
        f"  - nom: {_text(one.name)}",
        f"    source: {{document: {_text(one.document)}, reperage: {_text(one.place)}}}",
        "    nature: construite",
        f"    dossier: {to_flow(one.record)}",
    ]
    lacking = [name for name, value in one.values.items() if isinstance(value, NotComputable)]
    absent = [name for name, value in one.values.items() if value is ABSENT]
    given = {name: value for name, value in one.values.items() if name not in {*lacking, *absent}}
    if given:
        shown = ", ".join(f"{name}: {_value(value, corpus, name)}" for name, value in given.items())
        lines.append(f"    attendu: {{{shown}}}")
    if absent:
        lines.append(f"    sans_objet: [{', '.join(absent)}]")
    if lacking:
        lines.append(f"    non_calculable: [{', '.join(lacking)}]")
    if one.fired is not None:
        lines.append(f"    anomalies: [{', '.join(one.fired)}]")
    if one.readings:
        asked = ", ".join(f"{name}: {option}" for name, option in one.readings.items())
        lines.append(f"    lectures: {{{asked}}}")
    return lines


def _value(value: Outcome, corpus: Corpus, name: str) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case Fraction():
            return _text(exact_text(value, corpus.units[corpus.rule(name).unit or ""].decimals))
        case _:
            return _text(str(value))


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
