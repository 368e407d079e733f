"""The sentences about a run over tables: E521 to E539."""

from __future__ import annotations

from typing import Literal, TypeAlias

from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.positions import Span

Changed: TypeAlias = Literal["corpus", "entree", "reglages"]
Obstacle: TypeAlias = Literal[
    "full", "large", "permission", "file", "name", "taken", "silent", "other"
]


def not_compilable(what: str, span: Span, name: str = "") -> Diagnostic:
    """E530: something of the law that whole numbers cannot hold, or that has no compiled form."""
    return say("E530", span, cas=what, nom=f"« {name} » : " if name else "")
