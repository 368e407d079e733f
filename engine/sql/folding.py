"""A text in capitals, without accents nor dashes, in SQL: ``engine.dossiers.values.folded``.

Equal to it for every text made of ``REPERTOIRE`` (Latin letters with their accents, composed or
not, ligatures, punctuation). Other letters keep the capitals and accents of the SQL engine.
"""

from __future__ import annotations

from functools import cache
from unicodedata import combining, normalize

from engine.dossiers.values import unaccented
from engine.sql.fragments import case, literal, matches

# ASCII, Latin letters, combining accents, more Latin letters, punctuation, ligatures.
_RANGES = (
    (0x01, 0x24F),
    (0x300, 0x34E),  # U+034F joins letters and is no accent
    (0x350, 0x36F),
    (0x1E00, 0x1EFF),
    (0x2000, 0x206F),
    (0xFB00, 0xFB06),
)
REPERTOIRE = "".join(chr(code) for low, high in _RANGES for code in range(low, high + 1))


def folded(text: str) -> str:
    """The SQL of ``text`` folded; NULL when it is NULL."""
    plain = case([(matches(text, literal(f"[{''.join(_odd())}]")), _unfolded(text))], text)
    upper = f"UPPER(STRIP_ACCENTS({plain}))"
    line = f"TRIM(REGEXP_REPLACE({upper}, '[^\\p{{L}}\\p{{N}}]+', ' ', 'g'), ' ')"
    return f"COALESCE(NULLIF({line}, ''), {text})"


def _bare(one: str) -> str:
    return "".join(mark for mark in normalize("NFD", one) if not combining(mark))


@cache
def _odd() -> tuple[str, ...]:
    """The signs that are not folded by taking their accents away, then their capital."""
    return tuple(
        one for one in REPERTOIRE if unaccented(one) != _simply(one) and unaccented(one) != " "
    )


def _simply(one: str) -> str:
    """``one`` without accents, in capitals as an SQL engine sees them: one sign for one sign."""
    return "".join(sign.upper() if len(sign.upper()) == 1 else sign for sign in _bare(one))


def _unfolded(text: str) -> str:
    for one in _odd():
        text = f"REPLACE({text}, {literal(one)}, {literal(unaccented(one))})"
    return text
