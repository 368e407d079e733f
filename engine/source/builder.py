"""Opening and closing marks in, a located tree out: what the YAML and JSON readers share.

The tree is built with an explicit stack, never by recursion, so that no file can exhaust Python's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from engine.source.catalogue import MOST, more_findings, say
from engine.source.diagnostics import Diagnostic
from engine.source.messages import reading
from engine.source.positions import Span
from engine.source.tree import Mapping, Node, Scalar, Sequence, is_number

MAX_DEPTH = 40
# No amount needs more, and ``decimal`` computes on 28 digits: the rest is room for a remainder.
MAX_DIGITS = 24

Mark: TypeAlias = tuple[int, int]


@dataclass(slots=True)
class _Open:
    """A list or a mapping that is still being read."""

    start: Mark
    is_mapping: bool
    last: Mark
    items: list[Node] = field(default_factory=list)
    entries: dict[str, tuple[Scalar, Node]] = field(default_factory=dict)
    key: Scalar | None = None
    at_key: bool = True
    twice: int = 0  # keys written again
    untold: Span | None = None  # the first of them that is only counted


class TreeBuilder:
    """Builds the trees of one file, and keeps what it finds wrong in ``findings``."""

    __slots__ = ("_file", "_open", "_root", "findings")

    def __init__(self, file: str) -> None:
        """Start with no tree; ``file`` is the name shown in every place."""
        self._file = file
        self._open: list[_Open] = []
        self._root: Node | None = None
        self.findings: list[Diagnostic] = []

    @property
    def depth(self) -> int:
        """How many lists and mappings are open."""
        return len(self._open)

    @property
    def in_mapping(self) -> bool:
        """Whether the innermost open construct is a mapping."""
        return bool(self._open) and self._open[-1].is_mapping

    @property
    def at_key(self) -> bool:
        """Whether what comes next is a key."""
        return self.in_mapping and self._open[-1].at_key

    def span(self, start: Mark, end: Mark) -> Span:
        """The stretch of the file between two points."""
        return Span(self._file, *start, *end)

    def open(self, start: Mark, *, mapping: bool) -> bool:
        """Begin a list or a mapping; false, and E111, when it would be too deep."""
        if self.depth == MAX_DEPTH:
            here = self.span(start, (start[0], start[1] + 1))
            self.findings.append(say("E111", here, limite=MAX_DEPTH))
            return False
        self._open.append(_Open(start, mapping, start))
        return True

    def close(self, end: Mark | None = None) -> None:
        """End the innermost construct, at ``end`` or where its last value ends."""
        done = self._open.pop()
        if done.untold is not None:
            more = more_findings("E102", done.twice - MOST, done.untold)
            self.findings.append(more)
        span = self.span(done.start, end or done.last)
        if done.is_mapping:
            self.add(Mapping(tuple(done.entries.values()), span))
        else:
            self.add(Sequence(tuple(done.items), span))

    def scalar(self, text: str, span: Span, *, quoted: bool, inner: int | None) -> None:
        """Add a scalar; a number longer than MAX_DIGITS is an E107 and stays a text."""
        if not quoted and len(text) > MAX_DIGITS and is_number(text):
            limit = str(MAX_DIGITS)
            self.findings.append(reading.out_of_bounds("digits", limit, text, span))
            quoted = True
        self.add(Scalar(text, quoted, span, inner))

    def add(self, node: Node) -> None:
        """Put a finished node where it belongs: as the root, an item, a key or a value."""
        if not self._open:
            self._root = node
            return
        top = self._open[-1]
        top.last = (node.span.end_line, node.span.end_column)
        if not top.is_mapping:
            top.items.append(node)
        elif top.at_key:
            top.at_key = False
            top.key = self._key(top, node)
        else:
            if top.key is not None:
                top.entries[top.key.text] = (top.key, node)
            top.at_key = True

    def skip_key(self) -> None:
        """The next key was refused: its value will be read and dropped."""
        self._open[-1].at_key = False
        self._open[-1].key = None

    def take(self) -> Node | None:
        """The finished tree, if any; the builder is ready for another document."""
        root, self._root = self._root, None
        return root

    def reset(self) -> None:
        """Forget an unfinished document, keeping the findings."""
        self._open.clear()
        self._root = None

    def _key(self, top: _Open, node: Node) -> Scalar | None:
        if not isinstance(node, Scalar):
            self.findings.append(say("E118", node.span))
            return None
        first = top.entries.get(node.text)
        if first is not None:
            top.twice += 1
            if top.twice <= MOST:
                found = say("E102", node.span, first[0].span, nom=node.text)
                self.findings.append(found)
            elif top.untold is None:
                top.untold = node.span
            return None
        return node
