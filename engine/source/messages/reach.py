"""Messages of conditions that decide nothing, or not all: E421, E422 and W630."""

from __future__ import annotations

from engine.source.diagnostics import Code, Diagnostic
from engine.source.positions import Span


def idle(span: Span, *, true: bool) -> Diagnostic:
    """E421: a condition that has the same answer whatever it is asked of."""
    return Diagnostic(
        Code.IDLE_CONDITION,
        f"cette condition est toujours {'vraie' if true else 'fausse'}",
        span,
        (),
        (
            "« ou » mis pour « et » ? si elle ne décide rien, écrivez ce qui reste : `sinon:`"
            if true
            else "« et » mis pour « ou », un code ou une borne mis pour l'autre ?",
        ),
    )


def never_reached(span: Span, other: Span | None, *, together: bool) -> Diagnostic:
    """E422: what never serves: a case that others take, or `sinon` (``other`` is then None).

    ``together``: only one case may apply, and this one never does without another.
    """
    if other is None:
        why, way_out = "`sinon` : un des cas s'applique toujours", "effacez ce qui ne sert pas"
    elif together:
        why = "ce cas : un autre s'applique toujours avec lui, et un seul le doit"
        way_out = "`choix: premier` si l'ordre des cas décide"
    else:
        why = "ce cas : ceux d'avant prennent tout ce qu'il prendrait"
        way_out = "écrivez-le plus haut, ou effacez-le"
    return Diagnostic(
        Code.CASE_NEVER_REACHED,
        f"rien n'atteint {why}",
        span,
        () if other is None else ((other, "l'autre cas"),),
        (f"corrigez une des conditions ; {way_out}",),
    )


def no_otherwise(span: Span) -> Diagnostic:
    """W630: cases that may all be false, and nothing says what is then the value."""
    return Diagnostic(
        Code.NO_OTHERWISE,
        "aucun `sinon` : là où aucun de ces cas ne s'applique, il n'y aura pas de valeur (E509)",
        span,
        (),
        ("écrivez `sinon:`, au besoin `sinon: sans_objet` ou une entrée du registre",),
    )
