"""Small pieces of SQL as texts: names, literals, patterns, choices. DuckDB's dialect."""

from __future__ import annotations

import re
from collections.abc import Iterable

from engine.source.messages.hints import shown as shown_in_python

# What Python calls a white space, for the engines of regular expressions of DuckDB and of Java,
# whose own \s is ASCII only.
WHITE = (
    r"\x{09}-\x{0D}\x{1C}-\x{20}\x{85}\x{A0}\x{1680}\x{2000}-\x{200A}"
    r"\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}"
)
_CLASSES = {r"\s": f"[{WHITE}]", r"\S": f"[^{WHITE}]"}
_PIECE = re.compile(r"\\.|\[(?:\\.|[^\]])*\]|.")
_LONGEST_SHOWN = len(shown_in_python("x" * 1000))


def quoted(name: str) -> str:
    """A name of a table or of a column, whatever it is made of."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text constant."""
    return "'" + text.replace("'", "''") + "'"


def select(columns: str, source: str, where: str = "", then: str = "") -> str:
    """A SELECT; ``then`` is what follows its conditions."""
    parts = ["SELECT", columns, "FROM", source, where and f"WHERE {where}", then]
    return " ".join(part for part in parts if part)


def case(branches: Iterable[tuple[str, str]], otherwise: str | None = None) -> str:
    """The value of the first condition that holds, else ``otherwise``, else NULL."""
    written = "".join(f" WHEN {test} THEN {value}" for test, value in branches)
    if not written:
        return otherwise or "NULL"
    return f"CASE{written}{'' if otherwise is None else f' ELSE {otherwise}'} END"


def either(tests: Iterable[str]) -> str:
    """Whether one of ``tests`` holds; FALSE when there is none."""
    return " OR ".join(f"({test})" for test in tests) or "FALSE"


def regexp(pattern: str) -> str:
    r"""A regular expression of the schema, as DuckDB and Spark understand it alike.

    ``$`` is the very end of the text and ``\S`` is what Python calls so. A construct whose sense
    differs from one engine to another is a bug of the schema, hence an exception.
    """
    inside, end = (pattern[:-1], r"\z") if pattern.endswith("$") else (pattern, "")
    return literal("".join(_alike(piece, pattern) for piece in _PIECE.findall(inside)) + end)


def _alike(piece: str, pattern: str) -> str:
    """One piece of a pattern, as every engine reads it."""
    if piece in _CLASSES:
        return _CLASSES[piece]
    if piece in {".", "$"} or re.match(r"\\[A-Za-z]", piece) or re.match(r"\[.*\\[A-Za-z]", piece):
        message = f"a pattern that not every engine reads alike: {pattern}"
        raise ValueError(message)
    return piece


def matches(text: str, pattern: str) -> str:
    """Whether ``pattern``, an SQL text, is found in ``text``."""
    return f"REGEXP_MATCHES({text}, {pattern})"


def whole(pattern: str) -> str:
    """A pattern that a text must obey from its start to its end."""
    return literal(rf"^(?:{pattern})\z")


def shown(text: str) -> str:
    """``text`` on one line and short enough for a message, as ``messages.hints.shown`` says."""
    line = f"TRIM(REGEXP_REPLACE({text}, '[{WHITE}]+', ' ', 'g'), ' ')"
    cut = f"SUBSTRING({line}, 1, {_LONGEST_SHOWN - 1}) || '…'"
    return case([(f"LENGTH({line}) > {_LONGEST_SHOWN}", cut)], line)
