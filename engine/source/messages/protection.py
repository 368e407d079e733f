"""Messages of what the cases protect (E590 to E594, W631 and W632)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, Literal, TypeAlias

from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.messages.hints import suggestion
from engine.source.positions import Span

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
    return say("E590", span, cas=kind, proprietaire=owner, depuis=since, avant=before, apres=after)


def admitted_for_nothing(owner: str, before: str, after: str, span: Span) -> Diagnostic:
    """E591: a mistake that is said to be harmless, and that no mutant is, or that a case sees."""
    return say("E591", span, proprietaire=owner, avant=before, apres=after)


def floor_broken(what: Floor, missed: int, allowed: int, span: Span) -> Diagnostic:
    """E592: less is protected than the floor asks."""
    return say("E592", span, cas=what, manques=missed, admis=allowed)


def no_revision(revision: str, why: str, span: Span) -> Diagnostic:
    """E593: a revision that git does not know; ``why`` is what git says."""
    return say("E593", span, revision=revision, pourquoi=why)


def unknown_text(name: str, known: Sequence[str]) -> Diagnostic:
    """E594: a text or a parameter that the corpus does not have."""
    return say("E594", "--texte", nom=name, proches=suggestion(name, known, "noms connus"))


def point_missed(owner: str, since: date, what: str, span: Span) -> Diagnostic:
    """W631: a point of the law that no case goes through."""
    return say("W631", span, quoi=what, proprietaire=owner, depuis=since)


def floor_can_rise(what: Floor, missed: int, allowed: int, span: Span) -> Diagnostic:
    """W632: more is protected than the floor asks."""
    return say("W632", span, cas=what, manques=missed, admis=allowed)
