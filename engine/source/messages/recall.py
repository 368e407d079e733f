"""Messages of what is owed or overpaid between two laws or two records (E578 to E583)."""

from __future__ import annotations

from datetime import date

from engine.source.diagnostics import Code, Diagnostic
from engine.source.positions import Span, whole_file


def law_then_unknown(month: str, why: str) -> Diagnostic:
    """E578: nothing says which rules a month was paid under; ``why``: what their history says."""
    return Diagnostic(
        Code.LAW_THEN_UNKNOWN,
        f"on ne sait pas sous quelles règles le mois {month} a été payé : {why}",
        whole_file("--avant"),
        (),
        (
            "dites-le avec --avant : un dossier de règles, un jour ou une révision git",
            "si seuls les dossiers ont changé, --avant est le dossier des règles d'aujourd'hui",
        ),
    )


def claim_to_come(claim: date, day: date) -> Diagnostic:
    """E579: a claim made after the day of the computation."""
    return Diagnostic(
        Code.CLAIM_TO_COME,
        f"la réclamation du {claim} est postérieure au jour du calcul, le {day}",
        whole_file("--reclame-le"),
        (),
        ("donnez à --au un jour qui ne la précède pas, ou corrigez --reclame-le",),
    )


def no_limit(sense: str, day: date) -> Diagnostic:
    """E580: the rules do not say, that day, for how long a sum may be asked for."""
    name = {"rappel": "rappel", "trop_percu": "trop-perçu"}[sense]
    return Diagnostic(
        Code.NO_LIMIT,
        f"les règles ne disent pas, au {day}, après combien de temps un {name} est prescrit",
        whole_file("--au"),
        (),
        ("écrivez ce délai sous « prescriptions » du fichier des versements",),
    )


def other_side_refused(ident: str, side: str, span: Span) -> Diagnostic:
    """E581: a record with one side only, when the other may be among those refused."""
    return Diagnostic(
        Code.OTHER_SIDE_REFUSED,
        f"« {ident} » : le dossier {side} manque, ou a été refusé : rien n'est calculé pour lui",
        span,
        (),
        ("corrigez d'abord ce qui a été refusé",),
    )


def unreadable_then(ident: str, told: str, why: str, span: Span) -> Diagnostic:
    """E582: a record that the rules it was paid under cannot read."""
    return Diagnostic(
        Code.UNREADABLE_THEN,
        f"« {ident} » : les règles sous lesquelles il a été payé ({told}) ne le lisent pas : {why}",
        span,
        (),
        ("donnez avec --paye le dossier tel qu'il était, avec --avant les règles d'alors",),
    )


def two_records(ident: str, span: Span, first: Span) -> Diagnostic:
    """E583: two records of one person for one year, on one side."""
    return Diagnostic(
        Code.TWO_RECORDS,
        f"« {ident} » : deux dossiers pour une même année : rien n'est calculé pour lui",
        span,
        ((first, "premier dossier"),),
        ("gardez-en un, ou donnez-leur des identifiants différents",),
    )
