"""Messages of a record that is made small and nameless (E571, E572)."""

from __future__ import annotations

from collections.abc import Sequence

from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.messages.hints import suggestion
from engine.source.positions import Span


def names_matter(labels: Sequence[str], span: Span) -> Diagnostic:
    """E571: the words of a text are what the rules look at: no other name shows the same."""
    return say("E571", span, libelles=labels)


def not_raised(code: str, raised: Sequence[str], span: Span) -> Diagnostic:
    """E572: the anomaly asked for is not one of the record."""
    return say("E572", span, code=code, proches=suggestion(code, raised, "il déclenche"))
