"""JSON text in, one located tree out (one per line for JSON lines), with what is unreadable in it.

The scanner is its own, with an explicit stack: the standard one gives no places, turns numbers
into binary floats and recurses.
"""

from __future__ import annotations

import re
from enum import StrEnum
from json import JSONDecodeError
from json.decoder import scanstring  # type: ignore[attr-defined] # not in the stubs

from engine.source.builder import Mark, TreeBuilder
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic, in_order
from engine.source.tree import Node

_BLANKS = " \t\n\r"
_BLANK = re.compile(f"[{_BLANKS}]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_WORD = re.compile(r"[\w.+-]+")
_CONSTANTS = frozenset({"true", "false", "null"})
_NOT_FINITE = frozenset({"NaN", "Infinity", "-Infinity"})
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")


class _FaultKind(StrEnum):
    """What can be wrong, as ``messages`` names it."""

    VALUE = "value"
    KEY = "key"
    COLON = "colon"
    ARRAY = "array"
    OBJECT = "object"
    STRING = "string"
    CONTROL = "control"
    ESCAPE = "escape"
    NUMBER = "number"
    NOT_FINITE = "nan"
    END = "end"
    EXTRA = "extra"


class _FaultError(Exception):
    """The text is not JSON at ``at``; caught in this module and turned into an E119."""

    def __init__(self, kind: _FaultKind, at: int) -> None:
        super().__init__(kind)
        self.kind = kind
        self.at = at


class _TooDeepError(Exception):
    """The builder refused to go deeper, and said so."""


def read_json(text: str, file: str) -> tuple[tuple[Node, ...], tuple[Diagnostic, ...]]:
    """Read a JSON text that holds one value.

    Args:
        text: the text, without a byte order mark.
        file: the name shown in every place.

    Returns:
        The value, unless the text is not JSON or too deep, and E102, E107, E111 or E119.
    """
    builder = TreeBuilder(file)
    root = _read_value(text, builder, line=1)
    return (() if root is None else (root,)), in_order(builder.findings)


def read_json_lines(
    text: str, file: str, first: int = 1
) -> tuple[tuple[Node, ...], tuple[Diagnostic, ...]]:
    """Read a text with one JSON value a line; blank lines are skipped.

    Args:
        text: the text, without a byte order mark.
        file: the name shown in every place.
        first: the number of its first line.

    Returns:
        The values of the lines that are sound, and for the others E102, E107, E111 or E119.
    """
    builder = TreeBuilder(file)
    roots = [
        _read_value(line, builder, line=number)
        for number, line in enumerate(text.split("\n"), start=first)
        if line.strip(_BLANKS)
    ]
    return tuple(root for root in roots if root is not None), in_order(builder.findings)


def _read_value(text: str, builder: TreeBuilder, line: int) -> Node | None:
    scanner = _Scanner(text, builder, line)
    try:
        scanner.run()
    except _FaultError as fault:
        start = scanner.place(fault.at)
        span = builder.span(start, (start[0], start[1] + 1))
        builder.findings.append(say("E119", span, cas=fault.kind))
        builder.reset()
    except _TooDeepError:
        builder.reset()
    return builder.take()


class _Scanner:
    """Walks the text once, from left to right, and tells the builder what it meets."""

    __slots__ = ("_at", "_builder", "_first", "_line", "_line_start", "_text")

    def __init__(self, text: str, builder: TreeBuilder, line: int) -> None:
        self._text = text
        self._builder = builder
        self._line = line
        self._line_start = 0
        self._at = 0
        self._first = False

    def place(self, at: int) -> Mark:
        """The line and column of a character at or after the last line break met."""
        line = self._line + self._text.count("\n", self._line_start, at)
        return line, at - max(self._text.rfind("\n", 0, at), self._line_start - 1)

    def run(self) -> None:
        """Read the whole text as one value."""
        self._skip_blanks()
        self._value()
        while self._builder.depth:
            self._skip_blanks()
            self._next()
        self._skip_blanks()
        if self._at < len(self._text):
            raise _FaultError(_FaultKind.EXTRA, self._at)

    def _next(self) -> None:
        """Read what follows inside the innermost list or mapping: an end or one more member."""
        mapping = self._builder.in_mapping
        char = self._peek()
        if char == ("}" if mapping else "]"):
            self._at += 1
            self._builder.close((self._line, self._column(self._at)))
            self._first = False
            return
        if not self._first:
            if char != ",":
                raise _FaultError(_FaultKind.OBJECT if mapping else _FaultKind.ARRAY, self._at)
            self._at += 1
            self._skip_blanks()
        self._first = False
        if mapping:
            if self._peek() != '"':
                raise _FaultError(_FaultKind.KEY, self._at)
            self._string()
            self._skip_blanks()
            if self._peek() != ":":
                raise _FaultError(_FaultKind.COLON, self._at)
            self._at += 1
            self._skip_blanks()
        self._value()

    def _value(self) -> None:
        char = self._peek()
        if char in "{[":
            start = (self._line, self._column(self._at))
            if not self._builder.open(start, mapping=char == "{"):
                raise _TooDeepError
            self._at += 1
            self._first = True
        elif char == '"':
            self._string()
        else:
            # read a number, which keeps its text, or one of the three constants
            found = _WORD.match(self._text, self._at)
            word = found[0] if found else ""
            if word in _NOT_FINITE:
                raise _FaultError(_FaultKind.NOT_FINITE, self._at)
            if word not in _CONSTANTS and not _NUMBER.fullmatch(word):
                looks = word.lstrip("+-.")[:1].isdecimal()
                raise _FaultError(_FaultKind.NUMBER if looks else _FaultKind.VALUE, self._at)
            self._scalar(word, self._at + len(word), quoted=False, inner=0)

    def _string(self) -> None:
        try:
            text, end = scanstring(self._text, self._at + 1, True)  # noqa: FBT003 - positional in C
        except JSONDecodeError as error:
            raise _FaultError(_string_fault(error.msg), error.pos) from None
        if _HALF_CHARACTER.search(text):
            raise _FaultError(_FaultKind.ESCAPE, self._at)
        escaped = end - self._at != len(text) + 2
        self._scalar(text, end, quoted=True, inner=None if escaped else 1)

    def _scalar(self, text: str, end: int, *, quoted: bool, inner: int | None) -> None:
        line = self._line
        span = self._builder.span((line, self._column(self._at)), (line, self._column(end)))
        self._builder.scalar(text, span, quoted=quoted, inner=inner)
        self._at = end

    def _peek(self) -> str:
        if self._at == len(self._text):
            raise _FaultError(_FaultKind.END, self._at)
        return self._text[self._at]

    def _skip_blanks(self) -> None:
        found = _BLANK.match(self._text, self._at)
        end = found.end() if found else self._at
        breaks = self._text.count("\n", self._at, end)
        if breaks:
            self._line += breaks
            self._line_start = self._text.rfind("\n", self._at, end) + 1
        self._at = end

    def _column(self, at: int) -> int:
        return at - self._line_start + 1


def _string_fault(message: str) -> _FaultKind:
    if "Unterminated" in message:
        return _FaultKind.STRING
    return _FaultKind.CONTROL if "control" in message else _FaultKind.ESCAPE
