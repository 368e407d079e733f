"""Faulty files whose guilty lines say, in a comment, what must be found there and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.source.catalogue import codes
from engine.source.diagnostics import Diagnostic
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
        "E111",
        "E112",
        "E113",
        "E114",
        "E115",
        "E116",
        # Two files, and a case: langage/fautes/e140-copies, cas/test_rejouer.py.
        "E140",
        "E141",
        # What is written, and what is found too many times: test_writing.py, test_many.py.
        "E137",
        "E138",
        # The tables of a run: tests/sql/test_inputs.py.
        "E120",
        "E121",
        "E122",
        "E123",
        "E124",
        "E125",
        "E126",
        "E127",
        "E128",
        "E129",
        "E130",
        # The same: tests/attaques/test_tables.py, test_chemins.py.
        "E131",
        "E132",
        "E133",
        "E134",
        "E135",
    }
    assert seen | elsewhere == {code for code in codes() if code.startswith("E1")}


def test_every_finding_points_inside_its_file() -> None:
    for path in FILES:
        lines = path.read_text(encoding="utf-8").split("\n")
        for found in findings_of(path):
            assert found.span.file == path.name
            assert 1 <= found.span.column <= len(lines[found.span.line - 1]) + 1
