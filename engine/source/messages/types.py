"""Messages of units, types, absence, rounding and expressions: E301 to E309, and W620."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches

from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.positions import Span


def declared_unit(name: str, unit: str, span: Span) -> tuple[Span, str]:
    """Where a name that E301 reads says its unit."""
    return span, f"« {name} » est en « {unit} », d'après cette ligne"


def expression_syntax(text: str, wanted: str, span: Span) -> Diagnostic:
    """E308: a text that is not an expression."""
    comma = re.search(r"[0-9],[0-9]", text)
    return say("E308", span, cas="virgule" if comma else "autre", texte=text.strip(), voulu=wanted)


def close_names(name: str, known: Sequence[str]) -> tuple[str, ...]:
    """Hints that propose the names nearest to ``name``."""
    near = get_close_matches(name, known, n=2)
    return tuple(f"vouliez-vous dire « {other} » ?" for other in near)
