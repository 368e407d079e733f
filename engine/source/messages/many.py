"""E138: the same finding thousands of times in one file is told a hundred times, then counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.positions import Span

MOST: Final = 100  # findings of one code told of one file
# Of what a file says: anyone may have written it. What is said of the law is told in full.
_OF_FILES: Final = ("E1", "E50", "E51")


def more_findings(code: str, count: int | None, span: Span) -> Diagnostic:
    """E138: how many more there are of a code, the first of them at ``span``; None: not known."""
    return say(
        "E138",
        span,
        cas="suite" if count is None else "un" if count == 1 else "autres",
        code=code,
        nombre=count,
    )


def capped(findings: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """The findings to tell: of each file, a hundred of a code, then how many more there are."""
    told: list[Diagnostic] = []
    met: Counter[tuple[str, str]] = Counter()
    beyond: dict[tuple[str, str], int] = {}  # where to tell how many more there are
    for one in findings:
        kind = (one.span.file, one.code)
        met[kind] += 1
        if met[kind] <= MOST or not one.code.startswith(_OF_FILES):
            told.append(one)
        elif kind not in beyond:
            beyond[kind] = len(told)
            told.append(one)
    for kind, at in beyond.items():
        told[at] = more_findings(kind[1], met[kind] - MOST, told[at].span)
    return tuple(told)
