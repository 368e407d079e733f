"""Messages of names, versions, sources and use: E201 to E213, E217, E218, E223, E225 to E228."""

from __future__ import annotations

from collections.abc import Sequence

from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.messages.types import close_names
from engine.source.positions import Span


def unknown_name(
    what: str, name: str, known: Sequence[str], span: Span, intro: str | None = None
) -> Diagnostic:
    """E201: nothing of that name (``what``: « règle ou champ », « table », « unité »…).

    ``intro``: what to say before the known names, where they are few and like no other.
    """
    hints = close_names(name, known) if intro is None else (f"{intro} : {', '.join(known)}",)
    return say("E201", span, quoi=what, nom=name, conseils=hints)
