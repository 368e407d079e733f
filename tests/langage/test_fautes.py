"""Faulty corpora whose guilty lines say in a comment what must be found there, and no more."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from engine.source.catalogue import codes
from engine.source.diagnostics import Diagnostic
from tests.langage.bakery import findings_of

FOLDER = Path(__file__).parent / "fautes"
FAULTS = sorted(FOLDER.iterdir())

_EXPECTED = re.compile(r"# ([EW]\d{3}\b.*)$")
_REPLACES = re.compile(r"# remplace: (\S+)\n")


@dataclass(frozen=True, slots=True, order=True)
class Expected:
    file: str
    line: int
    code: str
    words: str


def files_of(fault: Path) -> dict[str, str]:
    """The files of a fault by their path in the corpus, where they are added or replace others."""
    if fault.is_dir():
        paths = [path for path in fault.rglob("*") if path.is_file()]
        return {path.relative_to(fault).as_posix(): _text(path) for path in paths}
    text = _text(fault)
    replaced = _REPLACES.match(text)
    return {fault.name if replaced is None else replaced[1]: text}


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def expected_in(files: dict[str, str]) -> Iterator[Expected]:
    for name, text in files.items():
        for number, line in enumerate(text.split("\n"), start=1):
            comment = _EXPECTED.search(line)
            for finding in [] if comment is None else re.split(r" \| (?=[EW]\d{3})", comment[1]):
                code, _, words = finding.partition(": ")
                yield Expected(f"regles/{name}", number, code, words)


@cache
def found_in(fault: Path) -> tuple[Diagnostic, ...]:
    return findings_of(files_of(fault))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda path: path.stem)
def test_a_faulty_corpus_gives_the_findings_its_comments_say_and_no_other(fault: Path) -> None:
    wanted = sorted(expected_in(files_of(fault)))
    assert wanted
    found = found_in(fault)
    places = sorted((one.span.file, one.span.line, str(one.code)) for one in found)
    assert places == [(one.file, one.line, one.code) for one in wanted], "\n".join(map(str, found))
    for one in wanted:
        said = [
            other.message
            for other in found
            if (other.span.file, other.span.line, other.code) == (one.file, one.line, one.code)
        ]
        assert any(one.words in message for message in said), (one, said)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda path: path.stem)
def test_findings_are_sorted_and_point_inside_their_file(fault: Path) -> None:
    files = files_of(fault)
    found = found_in(fault)
    assert list(found) == sorted(found, key=lambda one: (one.span, one.code))
    for one in found:
        line = files[one.span.file.removeprefix("regles/")].split("\n")[one.span.line - 1]
        assert 1 <= one.span.column <= len(line)


def test_the_faulty_corpora_show_every_code_of_the_language() -> None:
    seen = {one.code for fault in FAULTS for one in found_in(fault)}
    language = {code for code in codes() if code[:2] in {"E2", "E3", "E4"}}
    assert len(language) >= 28
    # a chain of rules that is too deep is too long for a page (see evaluation/test_exactness.py)
    assert language - seen == {"E218"}
    assert seen - language <= {code for code in codes() if code.startswith("E1")} | {
        "E505",
        "W602",
        "W620",
        "W630",
    }
