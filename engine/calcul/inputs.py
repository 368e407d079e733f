"""Records from files, folders or standard input: what was accepted, what was refused, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from engine.dossiers.read import ReadOutcome, Refusal, blamed, read_records
from engine.langage.corpus import Corpus
from engine.langage.records import Record
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic, in_order
from engine.source.files import read_bytes, read_content
from engine.source.tree import Node

SUFFIXES = (".yaml", ".yml", ".json", ".jsonl")
STANDARD_INPUT = "-"


@dataclass(frozen=True, slots=True)
class ReadFile:
    """What was read of one file: its name as it is shown everywhere, its content."""

    shown: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Inputs:
    """The records of a run, in the order of its files, and what is wrong with the files.

    ``sources``: everything that was read.
    """

    outcomes: tuple[ReadOutcome, ...]
    findings: tuple[Diagnostic, ...]
    sources: tuple[ReadFile, ...] = ()

    @property
    def records(self) -> tuple[Record, ...]:
        """The accepted records."""
        return tuple(one for one in self.outcomes if isinstance(one, Record))

    @property
    def refused(self) -> tuple[Refusal, ...]:
        """The refused ones."""
        return tuple(one for one in self.outcomes if isinstance(one, Refusal))

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Everything to be told, by place."""
        found = [one for refusal in self.refused for one in refusal.diagnostics]
        return in_order([*self.findings, *found])


def read_inputs(
    paths: Sequence[Path], corpus: Corpus, *, standard_input: bytes, day: date | None = None
) -> Inputs:
    """Read every record that ``paths`` hold.

    Args:
        paths: files, folders (their YAML and JSON files, in order, whatever their depth), or
            ``-`` for standard input.
        corpus: what a record may hold.
        standard_input: the bytes that ``-`` stands for.
        day: the date of every record, whatever is written.

    Returns:
        The outcomes and findings: E101 to E119, E130, E501 to E505, E510, W601.
    """
    sources: list[ReadFile] = []
    findings: list[Diagnostic] = []
    for path in paths:
        for file, shown in _files(path, findings):
            data, wrong = (standard_input, ()) if file is None else read_bytes(file, shown)
            findings += wrong
            if data is not None:
                sources.append(ReadFile(shown, data))
    found = read_sources(sources, corpus, day)
    return replace(found, findings=(*findings, *found.findings))


def read_sources(sources: Sequence[ReadFile], corpus: Corpus, day: date | None = None) -> Inputs:
    """Read every record of ``sources``, as ``read_inputs`` does of files."""
    documents: list[Node] = []
    findings: list[Diagnostic] = []
    for source in sources:
        found, wrong = read_content(source.shown, source.content)
        documents += found
        findings += wrong
    outcomes = read_records(documents, corpus.model, first_day=corpus.first_day, override_day=day)
    placed, others = blamed(outcomes, findings)
    return Inputs(placed, others, tuple(sources))


def _files(path: Path, findings: list[Diagnostic]) -> Iterator[tuple[Path | None, str]]:
    """Each file of ``path`` and how it is shown; None is the standard input."""
    if str(path) == STANDARD_INPUT:
        yield None, "entrée standard"
    elif path.is_dir():
        inside = sorted(one for one in path.rglob("*") if one.suffix.lower() in SUFFIXES)
        yield from ((one, one.as_posix()) for one in inside)
        if not inside:
            findings.append(say("W601", path.as_posix(), suffixes=SUFFIXES))
    else:
        yield path, path.as_posix()
