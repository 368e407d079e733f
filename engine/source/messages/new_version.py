"""Messages of a version that is added to a file (E554 to E556)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from engine.source.diagnostics import Code, Diagnostic
from engine.source.messages.hints import suggestion
from engine.source.positions import Span, whole_file


def nothing_to_copy(name: str, known: Sequence[str]) -> Diagnostic:
    """E554: nothing bears that name, or nothing in it has values of its own."""
    return Diagnostic(
        Code.NOTHING_TO_COPY,
        f"« {name} » : ni paramètre, ni table, ni règle, ni texte qui ait des valeurs à lui",
        whole_file("NOM"),
        hints=suggestion(name, known, "les noms", most=0)
        or ("pour une règle d'un texte, nommez-la : texte.regle, ou --regle",),
    )


def version_there(name: str, day: date, since: date, span: Span) -> Diagnostic:
    """E555: a version begins on that day or later."""
    when = "ce jour-là" if since == day else f"plus tard, le {since}"
    return Diagnostic(
        Code.VERSION_THERE,
        f"« {name} » : une version commence déjà {when}",
        span,
        hints=("modifiez cette version, ou donnez un jour plus récent avec --depuis",),
    )


def follows_nothing(names: Sequence[str]) -> Diagnostic:
    """E556: values that follow no parameter, or not the same one."""
    return Diagnostic(
        Code.FOLLOWS_NOTHING,
        f"{', '.join(names)} : rien ne dit quel paramètre ces valeurs suivent",
        whole_file("--point"),
        hints=("écrivez `suit: parametre` à côté de l'unité, ou employez --indexer",),
    )
