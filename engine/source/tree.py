"""The located tree: what a YAML or JSON file says, every key and value with its place.

Nothing is guessed here. A scalar keeps the very text of the file; only a plain scalar that is
written as a canonical number, ``true``, ``false`` or ``null`` is also given that meaning.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeAlias

from engine.source.positions import Span

Plain: TypeAlias = "str | bool | int | Decimal | list[Plain] | dict[str, Plain] | None"
Node: TypeAlias = "Scalar | Sequence | Mapping"

# 012, 18:30, 1_000, 1e3, .5 or NO stay text: reading them as numbers or booleans is a known trap.
_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+")
_NUMBER = re.compile(rf"{_INTEGER.pattern}|{_DECIMAL.pattern}")
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text, as written. ``quoted`` tells "4" from 4 (a block scalar counts as quoted).

    ``inner`` is the number of characters between the start of ``span`` and the first character of
    the text (1 inside quotes), or None when offsets cannot be mapped (escapes, folded text).
    """

    text: str
    quoted: bool
    span: Span = field(compare=False, repr=False)
    inner: int | None = field(default=0, compare=False, repr=False)

    @property
    def value(self) -> str | bool | int | Decimal | None:
        """The exact meaning: int, Decimal, bool or None for canonical plain scalars, else text."""
        if self.quoted:
            return self.text
        if self.text in _WORDS:
            return _WORDS[self.text]
        if _INTEGER.fullmatch(self.text):
            return int(self.text)
        if _DECIMAL.fullmatch(self.text):
            return Decimal(self.text)
        return self.text

    def part(self, start: int, end: int) -> Span:
        """The place of the characters ``start`` to ``end`` of the text (best effort)."""
        if self.inner is None:
            return self.span
        return self.span.part(self.inner + start, self.inner + end)


def is_number(text: str) -> bool:
    """Whether a plain scalar of this text is read as a number."""
    return _NUMBER.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list of values."""

    items: tuple[Node, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys (unique) and values, in the order of the file; keys keep their place too."""

    entries: tuple[tuple[Scalar, Node], ...]
    span: Span = field(compare=False, repr=False)

    def __iter__(self) -> Iterator[tuple[Scalar, Node]]:
        return iter(self.entries)

    def get(self, name: str) -> Node | None:
        """The value of key ``name``, or None when it is not written."""
        for key, value in self.entries:  # asked for tens of thousands of times
            if key.text == name:
                return value
        return None

    def key(self, name: str) -> Scalar | None:
        """The key ``name`` itself, for its place."""
        return next((key for key, _ in self.entries if key.text == name), None)


def plain(node: Node) -> Plain:
    """The value of ``node`` without its places: dict, list, str, int, Decimal, bool or None."""
    match node:
        case Scalar():
            return node.value
        case Sequence():
            return [plain(item) for item in node.items]
        case Mapping():
            return {key.text: plain(value) for key, value in node.entries}


def at_path(node: Node, path: tuple[str | int, ...]) -> Node:
    """The node that ``path`` (keys and indices) reaches; stops where the path breaks."""
    for step in path:
        below: Node | None = None
        if isinstance(node, Mapping) and isinstance(step, str):
            below = node.get(step)
        elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
            below = node.items[step]
        if below is None:
            return node
        node = below
    return node
