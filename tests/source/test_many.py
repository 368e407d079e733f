"""The same finding thousands of times: a hundred are told, the others are counted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.source.catalogue import MOST, capped, more_findings, say
from engine.source.diagnostics import Diagnostic
from engine.source.files import read_documents
from engine.source.messages import reading
from engine.source.messages.hints import suggestion
from engine.source.positions import Span
from engine.source.schema import check_shape

SHAPE = {
    "type": "object",
    "properties": {"nom": {"type": "string"}, "lignes": {"items": {"type": "integer"}}},
    "additionalProperties": False,
}


def empty(line: int, file: str = "a.yaml") -> Diagnostic:
    return reading.wrong_form("x", "", "y", Span(file, line, 1, line, 2))


def test_a_few_findings_are_all_told() -> None:
    found = tuple(empty(line) for line in range(1, MOST + 1))
    assert capped(found) == found


@pytest.mark.parametrize(("beyond", "words"), [(1, "un autre constat"), (900, "900 autres")])
def test_the_others_are_counted_where_they_begin(beyond: int, words: str) -> None:
    found = [empty(line) for line in range(1, MOST + beyond + 1)]
    told = capped([*found, empty(1, "b.yaml")])
    assert told[:MOST] == tuple(found[:MOST])
    more, other = told[MOST:]
    assert (more.code, more.span) == ("E138", found[MOST].span)
    assert words in more.message
    assert "E108" in more.message
    assert other.span.file == "b.yaml"


def test_what_is_said_of_the_law_is_told_in_full() -> None:
    spans = [Span("a.yaml", line, 1, line, 2) for line in range(1, 3 * MOST)]
    found = tuple(
        say("E594", "--texte", nom="a", proches=suggestion("a", (str(one.line),), "noms connus"))
        for one in spans
    )
    assert capped(found) == found


def test_the_shape_of_a_document_is_checked_in_bounded_time() -> None:
    keys = "".join(f"cle_{at}: 1\n" for at in range(5000))
    (document,), _ = read_documents("a.yaml", keys)
    found = check_shape(document, SHAPE)
    assert [one.code for one in found] == ["E103"] * MOST + ["E138"]
    assert "4900 autres constats E103" in found[-1].message


def test_the_rest_of_a_document_full_of_wrong_values_is_not_checked() -> None:
    lines = json.dumps({"lignes": ["x"] * 5000})
    (document,), _ = read_documents("a.json", lines)
    found = check_shape(document, SHAPE)
    assert len(found) == MOST + 1
    assert found[-1] == more_findings("E105", None, found[-2].span)


@pytest.mark.parametrize("name", ["a.yaml", "a.json"])
def test_a_key_written_thousands_of_times_is_told_a_hundred_times(name: str) -> None:
    pairs = ['"a": 1'] * 5000
    text = "{" + ",\n".join(pairs) + "}"
    documents, found = read_documents(name, text)
    assert len(documents) == 1
    assert [one.code for one in found].count("E102") == MOST
    assert "4899 autres constats E102" in found[-1].message


def test_the_count_starts_again_in_each_mapping(tmp_path: Path) -> None:
    text = "".join("- {a: 1, a: 2}\n" for _ in range(300))
    _, found = read_documents(str(tmp_path / "a.yaml"), text)
    assert len(found) == 300  # each record is refused for its own
