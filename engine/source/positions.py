"""Where a thing is written: a file and two points, both 1-based, the end excluded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Span(NamedTuple):
    """A stretch of a text file.

    Lines and columns count from 1 and columns count characters, accents included; the end column
    is the first one after the stretch. A span that stands for a whole file is its first character.
    A tuple: there is one for each word of the rules, made, kept and read again at each run.
    """

    file: str
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        """The GNU form ``file:line:column``, which editors turn into a link."""
        return f"{self.file}:{self.line}:{self.column}"

    def part(self, start: int, end: int) -> Span:
        """The characters ``start`` (from 0, included) to ``end`` (excluded) of a one-line span.

        A span over several lines is returned whole: offsets inside a folded text point nowhere.
        """
        if self.line != self.end_line:
            return self
        return Span(self.file, self.line, self.column + start, self.line, self.column + end)


def whole_file(file: str) -> Span:
    """The span that stands for ``file`` as a whole: its first character."""
    return Span(file, 1, 1, 1, 1)


def rewritten(lines: Sequence[str], edits: Iterable[tuple[Span, str]]) -> list[str]:
    """The lines of a text, each of the one-line stretches of ``edits`` replaced."""
    edited = list(lines)
    for span, new in sorted(edits, reverse=True):
        line = edited[span.line - 1]
        edited[span.line - 1] = line[: span.column - 1] + new + line[span.end_column - 1 :]
    return edited
