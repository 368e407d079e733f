"""What several passes say of the rules: an unknown name, a bad expression, a bad row."""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.messages.hints import close_names
from engine.source.messages.reading import without_comma
from engine.source.positions import Span
from engine.source.tree import Node


def unknown_name(
    what: str, name: str, known: Sequence[str], span: Span, intro: str | None = None
) -> Diagnostic:
    """E201: nothing of that name (``what``: « règle ou champ », « table », « unité »…).

    ``intro``: what to say before the known names, where they are few and like no other.
    """
    hints = close_names(name, known) if intro is None else (f"{intro} : {', '.join(known)}",)
    return say("E201", span, quoi=what, nom=name, conseils=hints)


def expression_syntax(text: str, wanted: str, span: Span) -> Diagnostic:
    """E308: a text that is not an expression."""
    comma = re.search(r"[0-9],[0-9]", text)
    return say("E308", span, cas="virgule" if comma else "autre", texte=text.strip(), voulu=wanted)


def row_length(
    table: str, found: int, expected: int, span: Span, node: Node | None = None
) -> Diagnostic:
    """E405: a row that has not one cell per column; ``node``: the row as it is written."""
    return say(
        "E405",
        span,
        table=table,
        lu=found,
        attendu=expected,
        conseils=(node and without_comma(node))
        or ("une case par clé, dans l'ordre de `cles`, puis la valeur",),
    )
