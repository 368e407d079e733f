"""A revision of git goes in; which lines of the rules changed since then comes out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from engine.source import git
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.positions import whole_file

_FILE: Final = re.compile(r"^\+\+\+ b/(.*)$")
_HUNK: Final = re.compile(r"^@@ -\S+ \+(\d+)(?:,(\d+))? @@")


def changed_lines(
    rules: Path, shown: str, revision: str
) -> tuple[Mapping[str, frozenset[int]] | None, tuple[Diagnostic, ...]]:
    """The lines of the rules that are not those of ``revision``; new files are changed whole.

    Args:
        rules: the folder of the rules, in a git repository.
        shown: how this folder is shown in places.
        revision: any name that git knows.

    Returns:
        The numbers of the lines (from 1) by file, as places show it; or None and E593.
    """
    place = whole_file("--depuis")
    commit = git.commit_of(rules, revision)
    if commit.refusal is not None:
        return None, (say("E593", place, revision=revision, pourquoi=commit.refusal),)
    options = ("--unified=0", "--no-color", "--no-ext-diff", "--relative")
    changes = git.ask(rules, "diff", *options, commit.text, "--", ".")
    fresh = git.ask(rules, "ls-files", "--others", "--exclude-standard", "--", ".")
    found: dict[str, set[int]] = {}
    lines: set[int] = set()
    for line in changes.text.splitlines():
        if file := _FILE.match(line):
            lines = found.setdefault(f"{shown}/{file[1]}", set())
        elif hunk := _HUNK.match(line):
            start, count = int(hunk[1]), int(hunk[2] or 1)
            lines.update(range(start, start + count))
    for name in fresh.text.splitlines():
        text = (rules / name).read_text(encoding="utf-8", errors="replace")
        found[f"{shown}/{name}"] = set(range(1, len(text.splitlines()) + 1))
    return {file: frozenset(one) for file, one in found.items()}, ()
