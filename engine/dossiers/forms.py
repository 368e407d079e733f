"""Patterns and bounds of the schema, said in words for a message."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

# Two identifiers that are shown alike are one: no space but a single one between two words, nothing
# invisible, no accent apart from its letter.
_VISIBLE = "[!-~\u00a1-\u00ac\u00ae-\u024f\u2019€]"
IDENTIFIER = f"^{_VISIBLE}+( {_VISIBLE}+)*$"

_PART = re.compile(r"(?P<set>\[0-9\]|\[A-Z\]|\[a-z\])(?:\{(?P<times>[0-9]+)\})?|(?P<mark>[-_/.])")
_SETS = {
    "[0-9]": ("un chiffre", "chiffres"),
    "[A-Z]": ("une lettre majuscule", "lettres majuscules"),
    "[a-z]": ("une lettre minuscule", "lettres minuscules"),
}


def in_words(pattern: str) -> str:
    """« ^[0-9]{7}[A-Z]$ » as « 7 chiffres, une lettre majuscule »; else the pattern itself."""
    if pattern == IDENTIFIER:
        return "lettres, chiffres et signes visibles ; une espace seule entre deux mots"
    inside = pattern.removeprefix("^").removesuffix("$")
    words = []
    end = 0
    for part in _PART.finditer(inside):
        if part.start() != end:
            return pattern
        end = part.end()
        if part["mark"]:
            words.append(f"« {part['mark']} »")
        else:
            one, several = _SETS[part["set"]]
            words.append(f"{part['times']} {several}" if part["times"] else one)
    return ", ".join(words) if words and end == len(inside) else pattern


def exact_text(number: Fraction) -> str:
    """A bound of the schema, which is a whole or decimal number, as it is written."""
    return str(Decimal(number.numerator) / Decimal(number.denominator))
