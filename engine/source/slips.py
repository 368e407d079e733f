"""Slips of the hand that a file shows: what an eye does not see, a wrong indent, a lost comma."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

# Spaces that an editor shows like the common one, then characters that it does not show at all.
_SPACES: Final = "\u00a0\u2007\u202f"
_HIDDEN: Final = "\u00ad\u200b\u2060\ufeff"
_LOOKALIKE: Final = re.compile(
    f"^[{_SPACES}“”„‟]|(?<![\\s{_SPACES}]):[{_SPACES}]|[{_SPACES}]$|[{_HIDDEN}]"
)
_IN_A_LINE: Final = re.compile(f"^ *-?[{_SPACES}]|(?<![\\s{_SPACES}]):[{_SPACES}]")
_DASH: Final = re.compile(r" *- +")
_KEY: Final = re.compile(r"[^\s\"'\[{#-][^:#\[{]*:(?: |$)")


def lookalike(text: str) -> int | None:
    """Where a plain text has a character that passes for another one, or for nothing."""
    found = _LOOKALIKE.search(text)
    return None if found is None else found.end() - 1


def odd_space(line: str) -> int | None:
    """Where a line has an odd space instead of the common one, in its indent or after a sign."""
    found = _IN_A_LINE.search(line)
    return None if found is None else found.end() - 1


def wrong_indent(lines: Sequence[str], at: int) -> tuple[int, int, int] | None:
    """An indent that is one space away from one that is possible, and that no line above has.

    Args:
        lines: the lines of the file.
        at: the number of the line, from 0.

    Returns:
        The indent, the one that was meant, and the number (from 1) of a line that has it.
    """
    line = lines[at]
    indent = _indent(line)
    dash = _DASH.match(line) is not None
    above = list(_indents(lines, at))
    if any(each == indent for each, _, _ in above):
        return None
    near = [one for one in above if one[1] == dash and abs(one[0] - indent) == 1]
    return (indent, near[0][0], near[0][2] + 1) if near else None


def _indents(lines: Sequence[str], at: int) -> Iterator[tuple[int, bool, int]]:
    """The indents that are open above a line: each, whether it is one of dashes, where."""
    least: int | None = None
    for number in range(at - 1, -1, -1):
        line = lines[number]
        indent = _indent(line)
        if (
            not line.strip()
            or line.lstrip().startswith("#")
            or (least is not None and indent >= least)
        ):
            continue
        dash = _DASH.match(line)
        if dash is not None and _KEY.match(line[dash.end() :]):
            yield dash.end(), False, number
        yield indent, dash is not None, number
        least = indent


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def lost_comma(line: str, at: int) -> str:
    """The word before which a comma is lacking, when a list or a group is cut at ``at``."""
    before, here = line[:at], line[at:]
    if here.startswith(":"):
        found = re.search(r"[^\s,{\[]\s+(\w+)$", before)
        return "" if found is None else found[1]
    closed = re.search(r"[\"'\]}]\s+$", before)
    word = re.match(r"[\w\"'.-]+", here)
    return word[0] if closed and word else ""


def two_in_one(text: str) -> bool:
    """Whether a plain cell is two values without a comma between them."""
    return re.fullmatch(r"\S+ +-?\d+(\.\d+)?", text) is not None


def swallowed(lines: Sequence[str]) -> bool:
    """Whether a text in quotes holds whole lines of a file: keys, or items of a list."""
    return any(re.match(r" *(- |[a-z_]+:(?: |$))", line) for line in lines)
