"""Messages of a version that is added to a file (E554 to E556)."""

from __future__ import annotations

from collections.abc import Sequence

from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.messages.hints import suggestion


def nothing_to_copy(name: str, known: Sequence[str]) -> Diagnostic:
    """E554: nothing bears that name, or nothing in it has values of its own."""
    return say(
        "E554",
        "NOM",
        nom=name,
        conseils=suggestion(name, known, "les noms", most=0)
        or ("pour une règle d'un texte, nommez-la : texte.regle, ou --regle",),
    )
