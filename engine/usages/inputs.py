"""Records from files, folders or standard input: what was accepted, what was refused, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from engine.dossiers.read import Outcome, Refusal, read_records
from engine.langage.corpus import Corpus
from engine.langage.records import Record
from engine.source.diagnostics import Diagnostic, in_order
from engine.source.files import decode, read_documents, read_text
from engine.source.messages import reading
from engine.source.tree import Node

SUFFIXES = (".yaml", ".yml", ".json", ".jsonl")
STANDARD_INPUT = "-"


@dataclass(frozen=True, slots=True)
class Inputs:
    """The records of a run, in the order of its files, and what is wrong with the files."""

    outcomes: tuple[Outcome, ...]
    findings: tuple[Diagnostic, ...]

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
        The outcomes and findings: E101 to E119, E501 to E505, E510, W601.
    """
    documents: list[Node] = []
    findings: list[Diagnostic] = []
    for path in paths:
        for text, shown in _texts(path, standard_input, findings):
            found, wrong = read_documents(shown, text)
            documents += found
            findings += wrong
    outcomes = read_records(documents, corpus.model, first_day=corpus.first_day, override_day=day)
    return _blame(outcomes, findings)


def _texts(
    path: Path, standard_input: bytes, findings: list[Diagnostic]
) -> Iterator[tuple[str, str]]:
    if str(path) == STANDARD_INPUT:
        sources: Iterable[tuple[str, Path | None]] = [("entrée standard", None)]
    elif path.is_dir():
        inside = sorted(one for one in path.rglob("*") if one.suffix.lower() in SUFFIXES)
        sources = [(one.as_posix(), one) for one in inside]
        if not inside:
            findings.append(reading.nothing_read(path.as_posix(), SUFFIXES))
    else:
        sources = [(path.as_posix(), path)]
    for shown, file in sources:
        text, wrong = decode(standard_input, shown) if file is None else read_text(file, shown)
        findings += wrong
        if text is not None:
            yield text, shown


def _blame(outcomes: Sequence[Outcome], findings: Sequence[Diagnostic]) -> Inputs:
    """A record in which the reader found something is refused: a key read twice is not a value."""
    placed: list[Outcome] = []
    taken: set[Diagnostic] = set()
    for outcome in outcomes:
        span = outcome.span
        inside = [
            one
            for one in findings
            if one.span.file == span.file and span.line <= one.span.line <= span.end_line
        ]
        taken.update(inside)
        if not inside:
            placed.append(outcome)
            continue
        known = outcome.diagnostics if isinstance(outcome, Refusal) else ()
        placed.append(Refusal(outcome.ident, in_order([*known, *inside]), span))
    return Inputs(tuple(placed), tuple(one for one in findings if one not in taken))
