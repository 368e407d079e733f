"""Messages of conditions that decide nothing, or not all: E421, E422 and W630."""

from __future__ import annotations

from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.positions import Span


def idle(span: Span, *, true: bool) -> Diagnostic:
    """E421: a condition that has the same answer whatever it is asked of."""
    return say("E421", span, cas="vraie" if true else "fausse")


def never_reached(span: Span, other: Span | None, *, together: bool) -> Diagnostic:
    """E422: what never serves: a case that others take, or `sinon` (``other`` is then None).

    ``together``: only one case may apply, and this one never does without another.
    """
    return say(
        "E422", span, other, cas="sinon" if other is None else "ensemble" if together else "apres"
    )


def no_otherwise(span: Span) -> Diagnostic:
    """W630: cases that may all be false, and nothing says what is then the value."""
    return say("W630", span)
