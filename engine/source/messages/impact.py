"""The sentences about the effect of a change: E586 to E589."""

from __future__ import annotations

from collections.abc import Sequence

from engine.source.diagnostics import Code, Diagnostic
from engine.source.messages.types import close_names
from engine.source.positions import Span, whole_file


def nothing_measured(place: str) -> Diagnostic:
    """E586: the corpus does not say what an effect is measured by."""
    return Diagnostic(
        Code.NOTHING_MEASURED,
        "ces règles ne disent pas ce que mesure un impact",
        whole_file(place),
        hints=("dans le fichier des résultats, ajoutez « effets: {total: …, par: […]} »",),
    )


def other_effect(what: str, announced: str, found: str, span: Span) -> Diagnostic:
    """E587: the effect is not the one that was announced."""
    return Diagnostic(
        Code.OTHER_EFFECT,
        f"l'effet n'est pas celui qui est annoncé : {what}, {announced} annoncé, {found} mesuré",
        span,
        hints=("corrigez les règles, ou l'annonce si l'effet mesuré est le bon",),
    )


def unknown_cause(what: str, name: str, known: Sequence[str], span: Span) -> Diagnostic:
    """E588: something is announced of a cause or of an amount that does not change."""
    listed = ", ".join(known) or "rien"
    return Diagnostic(
        Code.UNKNOWN_CAUSE,
        f"« {name} » n'est pas {what} de ce changement : {listed}",
        span,
        hints=close_names(name, known) or ("reglo impact --format json donne leurs noms",),
    )


def keys_differ(old: str, new: str) -> Diagnostic:
    """E589: the identifiers are numbers in one population and texts in the other."""
    return Diagnostic(
        Code.KEYS_DIFFER,
        f"les dossiers de « {old} » et de « {new} » ne se correspondent pas : l'identifiant est un "
        "nombre d'un côté, un texte de l'autre",
        whole_file(old),
        hints=("écrivez la colonne de l'identifiant de la même façon dans les deux",),
    )
