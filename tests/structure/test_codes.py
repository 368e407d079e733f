"""Every code of a finding is built once, documented, and shown by a faulty example."""

from __future__ import annotations

import ast
import re

from engine.source.diagnostics import Code
from tests.structure.depot import ROOT, engine_modules

MESSAGES = "engine.source.messages"
PAGE = ROOT / "docs" / "codes.md"


def builders() -> dict[str, set[str]]:
    """The functions of the catalogue of messages that write ``Code.X``, by X."""
    places: dict[str, set[str]] = {code.name: set() for code in Code}
    for module in engine_modules():
        if not module.name.startswith(MESSAGES):
            continue
        for statement in module.tree.body:
            for node in ast.walk(statement):
                match node:
                    case ast.Attribute(value=ast.Name(id="Code") | ast.Attribute(attr="Code")):
                        places[node.attr].add(module.at(statement))
                    case _:
                        pass
    return places


def undocumented() -> list[str]:
    """The codes that ``docs/codes.md`` does not explain."""
    words = set(re.findall(r"\b[EW]\d{3}\b", PAGE.read_text(encoding="utf-8")))
    return sorted({*Code} - words)


def untested() -> list[str]:
    """The codes that nothing under ``tests/`` names, these structure tests aside."""
    paths = [
        path
        for path in (ROOT / "tests").rglob("*")
        if path.suffix in {".py", ".yaml", ".yml", ".json", ".txt"}
        and path.parent.name != "structure"
    ]
    assert len(paths) >= 5
    words = {
        word
        for path in paths
        for word in re.findall(r"\b[EW]\d{3}\b|\bCode\.[A-Z_]+", path.read_text(encoding="utf-8"))
    }
    return [code for code in Code if not {str(code), f"Code.{code.name}"} & words]


def test_every_code_is_built_by_exactly_one_function() -> None:
    places = builders()
    assert len(places) >= 40
    assert {code: where for code, where in places.items() if len(where) != 1} == {}


def test_a_finding_is_built_only_in_the_catalogue_of_messages() -> None:
    seen = 0
    strays = []
    for module in engine_modules():
        for node in ast.walk(module.tree):
            match node:
                case ast.Call(func=ast.Name(id="Diagnostic") | ast.Attribute(attr="Diagnostic")):
                    seen += 1
                    if not module.name.startswith(MESSAGES):
                        strays.append(module.at(node))
                case _:
                    pass
    assert strays == []
    assert seen >= 40


def test_a_code_is_a_letter_and_three_digits_used_once() -> None:
    values = [member.value for member in Code.__members__.values()]
    assert len(values) == len(set(values)) >= 40
    assert [value for value in values if not re.fullmatch(r"[EW][1-6]\d\d", value)] == []


def test_every_code_is_documented() -> None:
    assert undocumented() == []


def test_the_page_documents_no_code_that_does_not_exist() -> None:
    words = set(re.findall(r"\b[EW]\d{3}\b", PAGE.read_text(encoding="utf-8")))
    assert sorted(words - {*Code}) == []


def test_every_code_is_shown_by_a_faulty_example() -> None:
    assert untested() == []
