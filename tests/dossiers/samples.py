"""What the tests of the records share: the schema, its model, and reading a text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

from engine.dossiers.read import ReadOutcome, Refusal, read_records
from engine.langage.model import model_from_schema
from engine.langage.records import Record
from engine.source.diagnostics import Diagnostic
from engine.source.yaml_tree import read_yaml

SCHEMA: Mapping[str, object] = json.loads(
    (Path(__file__).parents[2] / "schemas" / "dossier.v1.json").read_text(encoding="utf-8"),
    parse_float=Decimal,
)
MODEL = model_from_schema(SCHEMA)
FIRST_DAY = date(2008, 9, 1)
HEAD = "dossier: D-1\ndate: 2024-10-01\nagent: {corps: certifie}\n"


def read(
    text: str, *, default_ident: str | None = None, override_day: date | None = None
) -> tuple[ReadOutcome, ...]:
    nodes, findings = read_yaml(text, "essai.yaml")
    assert findings == ()
    return read_records(
        nodes,
        MODEL,
        first_day=FIRST_DAY,
        default_ident=default_ident,
        override_day=override_day,
    )


def accepted(text: str) -> Record:
    (outcome,) = read(text)
    assert isinstance(outcome, Record), outcome
    return outcome


def refused(text: str) -> Refusal:
    (outcome,) = read(text)
    assert isinstance(outcome, Refusal), outcome
    return outcome


def sole_finding(text: str) -> Diagnostic:
    (finding,) = refused(text).diagnostics
    return finding


def place(finding: Diagnostic) -> tuple[str, int, int]:
    return str(finding.code), finding.span.line, finding.span.column
