from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.source.builder import MAX_DEPTH
from engine.source.json_tree import read_json, read_json_lines
from engine.source.positions import Span
from engine.source.tree import Mapping, Scalar, plain

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES, st.sampled_from([None, 1, "\t"]), st.booleans())
def test_what_the_standard_library_writes_is_read_back(
    value: object,
    indent: int | str | None,
    ascii_only: bool,  # noqa: FBT001 - hypothesis gives it
) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    (node,), findings = read_json(text, "f.json")
    assert plain(node) == value
    assert not findings


@given(st.text(alphabet='{}[]:,"\\ \n\t01e.-+atruflsnd', max_size=40))
def test_it_accepts_exactly_what_the_standard_library_accepts(text: str) -> None:
    try:
        json.loads(text)
        sound = True
    except ValueError:
        sound = False
    _, findings = read_json(text, "f.json")
    assert ("E119" not in {found.code for found in findings}) == sound


def test_numbers_keep_their_text_and_are_exact() -> None:
    (node,), _ = read_json('[1.10, 18, -0.25, 1e3, "18"]', "f.json")
    assert plain(node) == [Decimal("1.10"), 18, Decimal("-0.25"), "1e3", "18"]
    assert str(plain(node)).startswith("[Decimal('1.10')")


def test_places_count_characters_over_lines() -> None:
    (node,), _ = read_json('{\n  "é": "ça",\r\n  "b": {"😀": 12}\n}', "f.json")
    assert isinstance(node, Mapping)
    assert node.span == Span("f.json", 1, 1, 4, 2)
    (first, text), (_, inside) = node
    assert (first.span, text.span) == (Span("f.json", 2, 3, 2, 6), Span("f.json", 2, 8, 2, 12))
    assert isinstance(inside, Mapping)
    assert inside.entries[0][1].span == Span("f.json", 3, 14, 3, 16)


def test_a_text_is_quoted_and_mapped_to_its_place_unless_it_has_escapes() -> None:
    (node,), _ = read_json('{"a": "heures", "b": "l\\u0027"}', "f.json")
    assert isinstance(node, Mapping)
    plainly, escaped = (value for _, value in node)
    assert isinstance(plainly, Scalar)
    assert isinstance(escaped, Scalar)
    assert (plainly.quoted, plainly.inner, plainly.part(0, 6).column) == (True, 1, 8)
    assert (escaped.text, escaped.inner) == ("l'", None)


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("[1, 2,]", "1:7", "valeur attendue"),
        ('{"a": 1,}', "1:9", "clé attendue"),
        ("{'a': 1}", "1:2", "clé attendue"),
        ('{"a" 1}', "1:6", "« : » attendu"),
        ("[1\n 2]", "2:2", "« , » ou « ] »"),
        ('{"é": 1 "b": 2}', "1:9", "« , » ou « } »"),
        ('["é\n"]', "1:4", "retour à la ligne"),
        ('["abc]', "1:2", "jamais refermé"),
        ('["a\\q"]', "1:4", "« \\ »"),
        ('["\\ud800"]', "1:2", "« \\ »"),
        ("[012]", "1:2", "nombre mal écrit"),
        ("[1_000]", "1:2", "nombre mal écrit"),
        ("[.5]", "1:2", "nombre mal écrit"),
        ("[NaN]", "1:2", "NaN"),
        ("[-Infinity]", "1:2", "NaN"),
        ("[True]", "1:2", "valeur attendue"),
        ("[1,\n\n", "3:1", "fin du texte"),
        ("1 2", "1:3", "après la fin"),
        ("{}\n{}", "2:1", "après la fin"),
    ],
)
def test_a_fault_is_said_in_french_at_its_place(text: str, place: str, words: str) -> None:
    documents, (found,) = read_json(text, "f.json")
    assert documents == ()
    assert (found.code, str(found.span)) == ("E119", f"f.json:{place}")
    assert words in found.message


@pytest.mark.parametrize("opening", ["[", '{"a": '])
def test_a_hundred_thousand_levels_are_one_finding(opening: str) -> None:
    documents, (found,) = read_json(opening * 100_000, "f.json")
    assert documents == ()
    assert found.code == "E111"
    assert read_json("[" * MAX_DEPTH + "]" * MAX_DEPTH, "f.json")[1] == ()


def test_both_places_of_a_duplicate_key_are_shown_and_the_first_is_kept() -> None:
    (node,), (found,) = read_json('{"a": 1,\n "a": [2]}', "f.json")
    assert plain(node) == {"a": 1}
    assert (found.code, str(found.span)) == ("E102", "f.json:2:2")
    assert [str(span) for span, _ in found.labels] == ["f.json:1:2"]


def test_a_number_too_long_to_mean_anything_is_reported_and_stays_a_text() -> None:
    (node,), (found,) = read_json("[" + "9" * 5000 + "]", "f.json")
    assert found.code == "E107"
    assert plain(node) == ["9" * 5000]


def test_a_bad_line_is_reported_and_the_others_come_out() -> None:
    text = '{"a": 1}\n{"a": }\n\n{"a": 3}\r\n[[\n"\u2028"\n'
    documents, findings = read_json_lines(text, "f.jsonl")
    assert [plain(document) for document in documents] == [{"a": 1}, {"a": 3}, "\u2028"]
    assert [str(found.span) for found in findings] == ["f.jsonl:2:7", "f.jsonl:5:3"]
    assert documents[1].span == Span("f.jsonl", 4, 1, 4, 9)


def test_a_line_too_deep_does_not_stop_the_next_ones() -> None:
    documents, (found,) = read_json_lines("[" * 50 + "\n[1]\n", "f.jsonl")
    assert [plain(document) for document in documents] == [[1]]
    assert (found.code, found.span.line) == ("E111", 1)
