"""Messages of a version that is added to a file (E554 to E556)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.messages.hints import suggestion
from engine.source.positions import Span


def nothing_to_copy(name: str, known: Sequence[str]) -> Diagnostic:
    """E554: nothing bears that name, or nothing in it has values of its own."""
    return say(
        "E554",
        "NOM",
        nom=name,
        conseils=suggestion(name, known, "les noms", most=0)
        or ("pour une règle d'un texte, nommez-la : texte.regle, ou --regle",),
    )


def version_there(name: str, day: date, since: date, span: Span) -> Diagnostic:
    """E555: a version begins on that day or later."""
    return say("E555", span, cas="ce_jour" if since == day else "plus_tard", nom=name, depuis=since)


def follows_nothing(names: Sequence[str]) -> Diagnostic:
    """E556: values that follow no parameter, or not the same one."""
    return say("E556", "--point", noms=names)
