"""The sentences about the effect of a change: E586 to E589."""

from __future__ import annotations

from collections.abc import Sequence

from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.messages.types import close_names
from engine.source.positions import Span


def nothing_measured(place: str) -> Diagnostic:
    """E586: the corpus does not say what an effect is measured by."""
    return say("E586", place)


def other_effect(what: str, announced: str, found: str, span: Span) -> Diagnostic:
    """E587: the effect is not the one that was announced."""
    return say("E587", span, quoi=what, annonce=announced, lu=found)


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


def keys_differ(old: str, new: str) -> Diagnostic:
    """E589: the identifiers are numbers in one population and texts in the other."""
    return say("E589", old, nouveau=new)
