"""Faulty files whose guilty lines say, in a comment, what must be found there and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.source.diagnostics import Code, Diagnostic
from engine.source.files import read_documents, read_text
from engine.source.schema import check_shape, load_schema
from engine.source.tree import Mapping, Node

FOLDER = Path(__file__).parent / "fautes"
SCHEMAS = Path(__file__).parents[2] / "schemas"
FILES = sorted(FOLDER.iterdir())

_COMMENT = re.compile(r'# (E1\d\d: [^"\n]+)')


def expected(text: str) -> list[tuple[int, str]]:
    return sorted(
        (number, finding.strip())
        for number, line in enumerate(text.split("\n"), start=1)
        for comment in _COMMENT.findall(line)
        for finding in comment.split(" | ")
    )


def findings_of(path: Path) -> tuple[Diagnostic, ...]:
    text, findings = read_text(path, path.name)
    assert text is not None
    documents, found = read_documents(path.name, text)
    findings += found
    # Shapes are looked at when the reading is sound; each line of JSON lines is read on its own.
    if not findings or path.suffix == ".jsonl":
        for document in documents:
            findings += check_shape(document, load_schema(schema_of(document)))
    return findings


def schema_of(document: Node) -> Path:
    assert isinstance(document, Mapping)
    return SCHEMAS / f"{document.entries[0][0].text}.v1.json"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_faulty_file_gives_the_findings_its_comments_say_and_no_other(path: Path) -> None:
    wanted = expected(path.read_text(encoding="utf-8"))
    assert wanted
    got = sorted((found.span.line, f"{found.code}: {found.message}") for found in findings_of(path))
    assert got == wanted


def test_the_faulty_files_show_every_code_of_reading_a_document() -> None:
    seen = {found.code for path in FILES for found in findings_of(path)}
    # A file that cannot be opened has no line, E111 no comment, and E116 is said of the corpus.
    elsewhere = {
        Code.TOO_DEEP,
        Code.TOO_LARGE,
        Code.NOT_TEXT,
        Code.EMPTY_FILE,
        Code.INACCESSIBLE,
        Code.UNKNOWN_KIND,
        # Two files, and a case: langage/fautes/e140-copies, cas/test_rejouer.py.
        Code.COPIED_FILE,
        Code.STATE_AS_VALUE,
        # What is written, and what is found too many times: test_writing.py, test_many.py.
        Code.NOT_WRITTEN,
        Code.MORE_FINDINGS,
        # The tables of a run: tests/sql/test_inputs.py.
        Code.UNKNOWN_TABLE,
        Code.MIXED_FORMATS,
        Code.TABLE_TWICE,
        Code.NO_ROOT_TABLE,
        Code.DAMAGED_TABLE,
        Code.UNKNOWN_COLUMN,
        Code.MISSING_COLUMN,
        Code.COLUMN_TWICE,
        Code.UNUSABLE_TYPE,
        Code.UNEVEN_ROW,
        Code.UNREADABLE_LINE,
        # The same: tests/attaques/test_tables.py, test_chemins.py.
        Code.NOT_IN_THE_BASE,
        Code.WORKBOOK_TOO_LARGE,
        Code.UNUSABLE_PATH,
        Code.NAMED_COLUMN,
        Code.TOO_MANY_COLUMNS,
    }
    assert seen | elsewhere == {code for code in Code if code.startswith("E1")}


def test_every_finding_points_inside_its_file() -> None:
    for path in FILES:
        lines = path.read_text(encoding="utf-8").split("\n")
        for found in findings_of(path):
            assert found.span.file == path.name
            assert 1 <= found.span.column <= len(lines[found.span.line - 1]) + 1
