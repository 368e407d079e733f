"""A corpus brings the schema of its records: what cannot be read as a model is told at its line."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.evaluation.law import load_law
from tests.langage.bakery import CORPUS

# What a name could do if it went into SQL as it is written.
INJECTION = "z'), 'N') = 'N') END IS TRUE); COPY (SELECT 'pwn' AS a) TO '/tmp/pwned'; --"


def collection_named(schema: dict[str, Any], name: str) -> None:
    schema["properties"][name] = schema["properties"]["fournees"]


def field_named(schema: dict[str, Any], name: str) -> None:
    schema["properties"]["client"]["properties"][name] = {"type": "string"}


def group_named(schema: dict[str, Any], name: str) -> None:
    schema["properties"][name] = schema["properties"]["client"]


def column_named(schema: dict[str, Any], name: str) -> None:
    schema["properties"]["fournees"]["items"]["properties"][name] = {"type": "string"}


def table_named(schema: dict[str, Any], name: str) -> None:
    schema["x-table"] = name


def told(tmp_path: Path, change: Callable[[dict[str, Any]], object]) -> list[str]:
    """The codes of a corpus whose schema was changed."""
    copy = tmp_path / "boutique"
    shutil.copytree(CORPUS, copy)
    file = copy / "schemas" / "dossier.v1.json"
    schema = json.loads(file.read_text(encoding="utf-8"))
    change(schema)
    file.write_text(json.dumps(schema), encoding="utf-8")
    law, findings = load_law(copy / "regles")
    assert (law is None) == bool(findings)
    assert {one.span.file for one in findings} <= {"schemas/dossier.v1.json"}
    return [one.code for one in findings]


def test_the_schema_of_the_bakery_is_sound(tmp_path: Path) -> None:
    assert told(tmp_path, lambda _: None) == []


def test_a_field_may_have_the_name_of_a_keyword(tmp_path: Path) -> None:
    """Nothing uses them: that is what is told, and not a schema that would be wrong."""
    copy = tmp_path / "boutique"
    shutil.copytree(CORPUS, copy)
    file = copy / "schemas" / "dossier.v1.json"
    schema = json.loads(file.read_text(encoding="utf-8"))
    for name in ("items", "pattern", "enum", "properties", "required"):
        schema["properties"]["client"]["properties"][name] = {"type": "string"}
    file.write_text(json.dumps(schema), encoding="utf-8")
    _, findings = load_law(copy / "regles")
    assert [one for one in findings if one.span.file.startswith("schemas/")] == []


@pytest.mark.parametrize(
    "name", [INJECTION, "", "Pain", "pain au lait", "é", "1er", "a-b", "a.b", "a\n", "a" * 61, "_a"]
)
@pytest.mark.parametrize(
    "change", [collection_named, field_named, group_named, column_named, table_named]
)
def test_a_name_that_is_no_column_is_refused(
    tmp_path: Path, change: Callable[[dict[str, Any], str], None], name: str
) -> None:
    codes = told(tmp_path, lambda schema: change(schema, name))
    assert codes
    assert set(codes) <= {"E107", "E108"}


def of_itself(schema: dict[str, Any]) -> None:
    schema["$defs"] = {"boucle": {"properties": {"dedans": {"$ref": "#/$defs/boucle"}}}}
    schema["properties"]["client"] = {"$ref": "#/$defs/boucle"}


def doubling(schema: dict[str, Any]) -> None:
    """Sixty definitions, each twice in the next: 2^60 fields."""
    schema["$defs"] = {"d60": {"type": "string"}}
    for place in range(60):
        below = {"$ref": f"#/$defs/d{place + 1}"}
        schema["$defs"][f"d{place}"] = {"properties": {"a": below, "b": below}}
    schema["properties"]["client"] = {"$ref": "#/$defs/d0"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda schema: schema.pop("properties"), "E104"),
        (lambda schema: schema["properties"].update(client={"$ref": "#/$defs/absente"}), "E106"),
        (lambda schema: schema["properties"].update(client={"$ref": "https://a.b/c"}), "E108"),
        (of_itself, "E106"),
        (doubling, "E107"),
        (lambda schema: schema["properties"]["commande"].pop("x-role"), "E104"),
        (lambda schema: schema["properties"]["livree_le"].pop("x-role"), "E104"),
        (lambda schema: schema["properties"]["saison"].pop("x-role"), "E104"),
        (lambda schema: schema["properties"]["fournees"].pop("maxItems"), "E104"),
        (lambda schema: schema["properties"]["fournees"]["items"].pop("properties"), "E104"),
        (lambda schema: schema["properties"]["commande"].update(pattern="("), "E108"),
        (lambda schema: schema["properties"]["distance"].update({"x-defaut": "absent"}), "E106"),
        (lambda schema: schema["properties"]["distance"].update({"x-renvoi": "a.b"}), "E106"),
        (lambda schema: schema["properties"]["distance"].update(minimum="0"), "E105"),
        (lambda schema: schema["properties"].update(client=3), "E105"),
        (lambda schema: schema["properties"].update(client={"properties": []}), "E105"),
    ],
)
def test_what_cannot_be_read_as_a_model_is_told(
    tmp_path: Path, change: Callable[[dict[str, Any]], object], code: str
) -> None:
    assert set(told(tmp_path, change)) == {code}


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe{}", b"3", b"null"])
def test_a_schema_that_is_no_schema_is_told(tmp_path: Path, content: bytes) -> None:
    copy = tmp_path / "boutique"
    shutil.copytree(CORPUS, copy)
    (copy / "schemas" / "dossier.v1.json").write_bytes(content)
    law, findings = load_law(copy / "regles")
    assert law is None
    assert {one.span.file for one in findings} == {"schemas/dossier.v1.json"}
