"""A text in, the same text out without anything that could drive a terminal, or hide in it."""

from __future__ import annotations

import re
import unicodedata

# Controls (ESC and its like), marks that reorder or hide what follows, half characters, and the
# separators of lines that are not the end of one.
_DRIVING = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_UNUSUAL = re.compile(r"[^\n\t -~\u00a0-\u00ac\u00ae-\u036f\u2010-\u2027\u202f-\u205e]")


def harmless(text: str) -> str:
    """``text`` to be printed: what could drive a terminal is written as JSON escapes it.

    JSON stays JSON, and says the same. Ends of line and tabulations stay.
    """
    return _UNUSUAL.sub(_escaped, text)


def on_its_line(text: str) -> str:
    """The same for a text that stands on one line: an end of line would forge another."""
    return harmless(text).replace("\n", "\\u000a")


def _escaped(match: re.Match[str]) -> str:
    one = match[0]
    if unicodedata.category(one) not in _DRIVING:
        return one
    units = one.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
