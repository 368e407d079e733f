"""The sentences about the effect of a change: E586 to E589."""

from __future__ import annotations

from collections.abc import Sequence

from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.messages.types import close_names
from engine.source.positions import Span


def unknown_cause(what: str, name: str, known: Sequence[str], span: Span) -> Diagnostic:
    """E588: something is announced of a cause or of an amount that does not change."""
    return say(
        "E588",
        span,
        nom=name,
        quoi=what,
        connus=known or ["rien"],
        conseils=close_names(name, known) or ("reglo impact --format json donne leurs noms",),
    )
