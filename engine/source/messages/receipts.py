"""Messages of receipts: their journal, their keys, their archive, their proof (E541 to E550).

E595 to E597 are about the secret of a journal, the moments and the names that receipts say.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, TypeAlias

from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.positions import Span

Signature: TypeAlias = Literal["none", "other", "wrong"]
Archive: TypeAlias = Literal[
    "there", "unwritable", "unreadable", "other", "larger", "changed", "moved"
]
Closed: TypeAlias = Literal["busy", "unwritable", "special", "missing", "late", "long", "names"]
Unwritten: TypeAlias = Literal["torn", "long"]
Moment: TypeAlias = Literal["none", "future", "before"]
Outside: TypeAlias = Literal["input", "table", "record"]

_MOST: Final = 5  # parts named


def altered(which: int | Unwritten, span: Span) -> Diagnostic:
    """E541: a receipt, by its number, that has not the hash that it says; or that is not whole."""
    return say("E541", span, cas="modifie" if isinstance(which, int) else which, numero=which)


def out_of_place(number: int, expected: int, span: Span) -> Diagnostic:
    """E542: a receipt that does not follow the one before it; ``expected``: its number if it did.

    With the right number, it holds the hash of another one.
    """
    kind = "deplace"
    if number == expected:
        kind = "suite"
    elif number == expected + 1:
        kind = "un_manque"
    elif number > expected:
        kind = "manquent"
    return say("E542", span, cas=kind, numero=number, attendu=expected, dernier=number - 1)


def not_proved(number: int, parts: Sequence[str], changed: bool, span: Span) -> Diagnostic:  # noqa: FBT001 - a fact
    """E547: the same run gives something else; ``changed``: réglo is no longer the same."""
    more = f", et {len(parts) - _MOST} autres" if len(parts) > _MOST else ""
    return say(
        "E547",
        span,
        cas="change" if changed else "meme",
        numero=number,
        parts=parts[:_MOST],
        reste=more,
    )
