"""Files saved twice: two that declare the same names are told once, and not name by name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import PurePath
from typing import Final

from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic

SEVERAL: Final = 2  # names that two files share by accident, at most


def copied_files(findings: Sequence[Diagnostic]) -> list[Diagnostic]:
    """E140 for each pair of files between which E202 was found, when one is a copy of the other."""
    pairs: defaultdict[tuple[str, str], list[Diagnostic]] = defaultdict(list)
    for one in findings:
        if one.code == "E202" and one.labels[0][0].file != one.span.file:
            pairs[one.labels[0][0].file, one.span.file].append(one)
    return [
        _copied(*files, twice)
        for files, twice in pairs.items()
        if len(twice) > SEVERAL or _named_after(*files)
    ]


def _copied(first: str, second: str, twice: Sequence[Diagnostic]) -> Diagnostic:
    """At the copy: the one that is named after the other, else the one that is read last."""
    again, before = twice[0].span, twice[0].labels[0][0]
    if _named_after(first, second) and len(PurePath(first).name) > len(PurePath(second).name):
        first, second = second, first
        again, before = before, again
    return say(
        "E140",
        again,
        before,
        cas="plusieurs" if len(twice) > 1 else "un",
        copie=PurePath(second).name,
        autre=PurePath(first).name,
        nombre=len(twice),
    )


def _named_after(first: str, second: str) -> bool:
    """« indices - Copie.yaml », « indices.yml » and « indices.yaml » beside each other."""
    one, other = sorted((PurePath(first), PurePath(second)), key=lambda path: len(path.name))
    return one.parent == other.parent and other.name.startswith(one.stem)
