"""Messages of laws that hold between results (E561 to E565)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.source.diagnostics import Code, Diagnostic
from engine.source.messages.hints import suggestion
from engine.source.positions import Span


def property_fails(name: str, values: Mapping[str, str], record: str, span: Span) -> Diagnostic:
    """E561: a record of which a property is false; ``record``: on one line of YAML."""
    told = ", ".join(f"{one} = {value}" for one, value in values.items())
    return Diagnostic(
        Code.PROPERTY_FAILS,
        f"la propriété « {name} » est fausse : {told}",
        span,
        hints=(
            f"le plus petit dossier trouvé : {record}",
            "une personne décide : la règle est fausse, ou la propriété a une exception (sauf)",
        ),
    )


def never_said(name: str, draws: int, span: Span) -> Diagnostic:
    """E562: a property that speaks of none of the records drawn."""
    return Diagnostic(
        Code.NEVER_SAID,
        f"la propriété « {name} » ne dit rien d'aucun des {draws} dossiers tirés",
        span,
        hints=(
            "ses résultats y sont sans objet ou non calculables, ou « si » n'y est jamais vrai",
            "donnez dans « dossier » les champs qu'il faut",
        ),
    )


def draw_refused(name: str, record: str, why: Diagnostic, span: Span) -> Diagnostic:
    """E563: a property draws a record that réglo refuses."""
    return Diagnostic(
        Code.DRAW_REFUSED,
        f"la propriété « {name} » tire un dossier refusé : {why.code}, {why.message}",
        span,
        hints=(f"le dossier : {record}", *why.hints),
    )


def unknown_field(name: str, known: Sequence[str], span: Span) -> Diagnostic:
    """E564: a field or a list of lines that a record has not."""
    return Diagnostic(
        Code.UNKNOWN_FIELD,
        f"le dossier n'a pas de champ « {name} »",
        span,
        hints=suggestion(name, known, "les champs"),
    )


def two_places(names: Sequence[str], span: Span) -> Diagnostic:
    """E565: one change of fields that are not in the same place."""
    return Diagnostic(
        Code.TWO_PLACES,
        f"un changement porte sur le dossier, ou sur une seule liste : {', '.join(names)}",
        span,
        hints=("écrivez-en deux, l'un après l'autre",),
    )
