from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.source.diagnostics import Diagnostic
from engine.source.files import MAX_BYTES, decode, read_documents, read_text
from engine.source.tree import plain


def refused(data: bytes) -> Diagnostic:
    text, (found,) = decode(data, "f.yaml")
    assert text is None
    return found


def test_a_file_is_read_as_utf8_with_or_without_a_mark(tmp_path: Path) -> None:
    for mark in (b"", b"\xef\xbb\xbf"):
        path = tmp_path / "a.yaml"
        path.write_bytes(mark + "é: 1\n".encode())
        assert read_text(path, "a.yaml") == ("é: 1\n", ())


def test_a_mark_does_not_shift_the_columns() -> None:
    text, _ = decode(b"\xef\xbb\xbfa: 1\n", "f.yaml")
    assert text is not None
    (node,), _ = read_documents("f.yaml", text)
    assert (node.span.line, node.span.column) == (1, 1)


def test_a_missing_file_a_folder_and_an_impossible_name_cannot_be_opened(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.yaml", tmp_path, tmp_path / "a\0b", tmp_path / ("a" * 5000)):
        text, (found,) = read_text(path, "f.yaml")
        assert text is None
        assert (found.code, str(found.span)) == ("E115", "f.yaml:1:1")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_forbidden_file_cannot_be_opened(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("a: 1")
    path.chmod(0)
    assert read_text(path, "f.yaml")[1][0].code == "E115"


def test_a_file_over_the_limit_is_refused_without_being_read(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    with path.open("wb") as stream:
        stream.truncate(MAX_BYTES + 1)
    text, (found,) = read_text(path, "f.yaml")
    assert text is None
    assert found.code == "E112"
    assert "32 Mio" in found.message


def test_a_stream_over_the_limit_is_refused() -> None:
    assert refused(b" " * (MAX_BYTES + 1)).code == "E112"


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ("é: 1\nàb".encode() + b"\xe9", "2:3"),
        (b"a: \xff", "1:4"),
        ("é\n".encode() + b"a\0", "2:2"),
        ("a: é".encode("utf-16"), "1:1"),
        (b"PK\x03\x04\0\0", "1:1"),
    ],
)
def test_bytes_that_are_not_text_are_told_by_line_and_column(data: bytes, place: str) -> None:
    found = refused(data)
    assert (found.code, str(found.span)) == ("E113", f"f.yaml:{place}")


@pytest.mark.parametrize("data", [b"", b" \n\t\r\n", b"# a\n  # b", b"\xef\xbb\xbf"])
def test_a_file_without_content_is_empty(data: bytes) -> None:
    assert refused(data).code == "E114"


def test_document_marks_alone_are_empty_too() -> None:
    documents, (found,) = read_documents("f.yaml", "--- # rien\n---\n")
    assert (documents, found.code) == ((), "E114")


@pytest.mark.parametrize(
    ("name", "text", "values"),
    [
        ("a.yaml", "a: 012", [{"a": "012"}]),
        ("a.YML", "[1, 2]", [[1, 2]]),
        ("a.json", '{"a": [1.5, null]}', None),
        ("a.jsonl", '{"a": 1}\n{"a": 2}\n', [{"a": 1}, {"a": 2}]),
        ("-", "a: 1\n---\na: 2\n", [{"a": 1}, {"a": 2}]),
        ("-", ' {"a": "\\u00e9"}', [{"a": "é"}]),
        ("-", "[a, b]\n", [["a", "b"]]),
        ("-", '{"a": 1}\n{"a": 2}\n', [{"a": 1}, {"a": 2}]),
        ("notes.txt", "{a: 1}", [{"a": 1}]),
    ],
)
def test_the_name_says_how_a_text_is_read(
    name: str, text: str, values: list[object] | None
) -> None:
    documents, findings = read_documents(name, text)
    assert not findings
    if values is not None:
        assert [plain(document) for document in documents] == values


def test_standard_input_that_is_json_with_a_fault_on_one_line_keeps_the_other_lines() -> None:
    documents, (found,) = read_documents("-", '{"a": 1}\n{"a"}\n{"a": 3}\n')
    assert [plain(document) for document in documents] == [{"a": 1}, {"a": 3}]
    assert (found.code, found.span.line) == ("E119", 2)


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_no_bytes_whatever_raise(data: bytes) -> None:
    text, findings = decode(data, "-")
    assert (text is None) == bool(findings)
    for name in ("-", "a.yaml", "a.json", "a.jsonl"):
        if text is not None:
            documents, found = read_documents(name, text)
            assert documents or found
            for document in documents:
                plain(document)


@given(st.text(alphabet="ab:-[]{},&*!|>'\"\\#%@ \n\t?<.1é", max_size=40))
def test_no_yaml_whatever_raises_and_every_place_is_in_the_text(text: str) -> None:
    lines = text.split("\n")
    for found in read_documents("a.yaml", text)[1]:
        assert 1 <= found.span.line <= len(lines)
        assert 1 <= found.span.column <= len(lines[found.span.line - 1]) + 1
