"""Messages of what is owed or overpaid between two laws or two records (E578 to E583)."""

from __future__ import annotations

from datetime import date

from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.positions import Span


def law_then_unknown(month: str, why: str) -> Diagnostic:
    """E578: nothing says which rules a month was paid under; ``why``: what their history says."""
    return say("E578", "--avant", mois=month, pourquoi=why)


def claim_to_come(claim: date, day: date) -> Diagnostic:
    """E579: a claim made after the day of the computation."""
    return say("E579", "--reclame-le", reclamation=claim, jour=day)


def no_limit(sense: str, day: date) -> Diagnostic:
    """E580: the rules do not say, that day, for how long a sum may be asked for."""
    return say("E580", "--au", cas=sense, jour=day)


def other_side_refused(ident: str, side: str, span: Span) -> Diagnostic:
    """E581: a record with one side only, when the other may be among those refused."""
    return say("E581", span, dossier=ident, cote=side)


def unreadable_then(ident: str, told: str, why: str, span: Span) -> Diagnostic:
    """E582: a record that the rules it was paid under cannot read."""
    return say("E582", span, dossier=ident, dit=told, pourquoi=why)


def two_records(ident: str, span: Span, first: Span) -> Diagnostic:
    """E583: two records of one person for one year, on one side."""
    return say("E583", span, first, dossier=ident)
