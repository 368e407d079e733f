"""Every rule file tells editors its schema, and the lists of codes are written the same twice."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from tests.structure.depot import ROOT
from tests.structure.rule_data import codes_of, schema_nodes

OPENING = re.compile(r"# yaml-language-server: \$schema=(?P<schema>\S+)")


def wrong_opening(path: Path) -> Iterator[str]:
    first = path.read_text(encoding="utf-8").split("\n", 1)[0]
    found = OPENING.fullmatch(first)
    if found is None:
        yield f"{path.relative_to(ROOT)}: first line is {first!r}"
        return
    schema = (path.parent / found["schema"]).resolve()
    if not schema.is_relative_to(ROOT / "schemas") or not schema.is_file():
        yield f"{path.relative_to(ROOT)}: no schema at {found['schema']}"


def test_every_rule_file_opens_with_the_schema_it_follows() -> None:
    paths = sorted((ROOT / "regles").rglob("*.yaml"))
    assert len(paths) >= 15
    assert [finding for path in paths for finding in wrong_opening(path)] == []


def test_every_schema_is_json_with_a_title() -> None:
    paths = sorted((ROOT / "schemas").rglob("*.json"))
    assert len(paths) >= 3
    for path in paths:
        schema = json.loads(path.read_text(encoding="utf-8"))
        assert schema["$schema"].startswith("https://json-schema.org/"), path.name
        assert schema["title"], path.name


def test_the_record_schema_lists_the_codes_of_the_nomenclatures() -> None:
    differences = []
    seen = set()
    for place, node in schema_nodes():
        if "x-nomenclature" not in node:
            continue
        name = node["x-nomenclature"]
        assert isinstance(name, str), place
        seen.add(name)
        listed = node["enum"]
        assert isinstance(listed, list), place
        # A code made of digits is listed twice: as a text and as a number.
        in_schema = {str(code) for code in listed if code is not None}
        in_rules = codes_of(name)
        assert len(in_rules) == len(set(in_rules)), name
        if in_schema != {*in_rules}:
            differences.append(
                f"{place} ({name}): only in the schema {sorted(in_schema - {*in_rules})}, "
                f"only in the nomenclature {sorted({*in_rules} - in_schema)}"
            )
    assert differences == []
    assert len(seen) >= 15


def test_every_closed_list_of_the_record_is_a_nomenclature() -> None:
    enums = [(place, node) for place, node in schema_nodes() if "enum" in node]
    assert len(enums) >= 15
    assert [place for place, node in enums if "x-nomenclature" not in node] == []
