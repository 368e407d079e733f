"""Messages of what the cases protect (E590 to E594, W631 and W632)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, Literal, TypeAlias

from engine.source.diagnostics import Code, Diagnostic
from engine.source.messages.hints import shown, suggestion
from engine.source.positions import Span, whole_file

Floor: TypeAlias = Literal["points", "fautes"]
_FLOORS: Final[Mapping[Floor, str]] = {
    "points": "points de la loi sans aucun cas",
    "fautes": "fautes que rien ne voit",
}
_MAY: Final[Mapping[str, str]] = {
    "taux": "ce taux peut être faux",
    "coefficient": "ce nombre peut être faux",
    "seuil": "ce seuil peut être faux",
    "borne": "cette borne peut être fausse",
    "date": "cette date peut être fausse",
    "plafond": "cette limite peut disparaître",
    "arrondi": "cet arrondi peut être faux",
    "exception": "cette exception peut disparaître",
    "condition": "cette condition peut disparaître",
    "cas": "ce cas peut disparaître",
    "article": "cet article peut être faux",
    "versement": "ce versement peut être faux",
    "prescription": "ce délai de prescription peut être faux",
    "campagne": "cette date de campagne, ou sa paye, peut être fausse",
}


def survivor(  # noqa: PLR0913, PLR0917 - what a mutant is
    kind: str, owner: str, since: date, before: str, after: str, span: Span
) -> Diagnostic:
    """E590: a mistake that no case and no check sees."""
    return Diagnostic(
        Code.MUTANT_SURVIVES,
        f"{_MAY[kind]} sans qu'aucun cas ne le voie : {owner}, version du {since} : "
        f"« {shown(before)} » → « {shown(after)} »",
        span,
        hints=("ajoutez un cas qu'elle ferait échouer, ou justifiez-la dans protection.yaml",),
    )


def admitted_for_nothing(owner: str, before: str, after: str, span: Span) -> Diagnostic:
    """E591: a mistake that is said to be harmless, and that no mutant is, or that a case sees."""
    return Diagnostic(
        Code.ADMITTED_FOR_NOTHING,
        f"{owner} : « {shown(before)} » → « {shown(after)} » : un cas voit cette faute, "
        "ou la règle n'est plus écrite ainsi",
        span,
        hints=("effacez cette justification : elle ne sert plus",),
    )


def floor_broken(what: Floor, missed: int, allowed: int, span: Span) -> Diagnostic:
    """E592: less is protected than the floor asks."""
    return Diagnostic(
        Code.FLOOR_BROKEN,
        f"{missed} {_FLOORS[what]} ; le plancher en admet {allowed}",
        span,
        hints=("ajoutez les cas qui manquent : ce qui n'est pas protégé est nommé plus haut",),
    )


def no_revision(revision: str, why: str, span: Span) -> Diagnostic:
    """E593: a revision that git does not know; ``why`` is what git says."""
    return Diagnostic(
        Code.NO_REVISION,
        f"révision « {shown(revision)} » : {why}",
        span,
        hints=("donnez un nom que git connaît : HEAD~1, main, une étiquette, un condensé",),
    )


def unknown_text(name: str, known: Sequence[str]) -> Diagnostic:
    """E594: a text or a parameter that the corpus does not have."""
    return Diagnostic(
        Code.UNKNOWN_TEXT,
        f"ni texte ni paramètre de ce nom : « {shown(name)} »",
        whole_file("--texte"),
        hints=suggestion(name, known, "noms connus"),
    )


def point_missed(owner: str, since: date, what: str, span: Span) -> Diagnostic:
    """W631: a point of the law that no case goes through."""
    return Diagnostic(Code.POINT_MISSED, f"aucun cas : {what} ({owner}, version du {since})", span)


def floor_can_rise(what: Floor, missed: int, allowed: int, span: Span) -> Diagnostic:
    """W632: more is protected than the floor asks."""
    return Diagnostic(
        Code.FLOOR_CAN_RISE,
        f"{missed} {_FLOORS[what]} ; le plancher en admet encore {allowed}",
        span,
        hints=(f"écrivez {missed} : ce qui est protégé le reste",),
    )
