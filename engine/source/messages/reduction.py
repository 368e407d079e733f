"""Messages of a record that is made small and nameless (E571, E572)."""

from __future__ import annotations

from collections.abc import Sequence

from engine.source.diagnostics import Code, Diagnostic
from engine.source.messages.hints import suggestion
from engine.source.positions import Span


def names_matter(labels: Sequence[str], span: Span) -> Diagnostic:
    """E571: the words of a text are what the rules look at: no other name shows the same."""
    return Diagnostic(
        Code.NAMES_MATTER,
        f"ce que montre ce dossier dépend des mots mêmes de : {', '.join(labels)}",
        span,
        hints=("rien n'est écrit ; « reglo expliquer --complet » montre la règle qui les lit",),
    )


def not_raised(code: str, raised: Sequence[str], span: Span) -> Diagnostic:
    """E572: the anomaly asked for is not one of the record."""
    return Diagnostic(
        Code.NOT_RAISED,
        f"ce dossier ne déclenche pas l'anomalie {code}",
        span,
        hints=suggestion(code, raised, "il déclenche"),
    )
