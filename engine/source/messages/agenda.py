"""Messages of calendars, payment plans and passages: E410 to E416, W602."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from engine.source.diagnostics import Code, Diagnostic
from engine.source.messages.hints import quoted, suggestion
from engine.source.positions import Span


def windows_overlap(name: str, other: str, day: date, span: Span, first: Span) -> Diagnostic:
    """E410: two windows of one sector open the same day."""
    return Diagnostic(
        Code.WINDOWS_OVERLAP,
        f"« {name} » et « {other} » sont ouvertes toutes deux le {day}",
        span,
        ((first, f"« {other} »"),),
        ("l'une finit la veille du début de l'autre, au plus tard",),
    )


def month_not_paid_once(month: str, count: int, span: Span) -> Diagnostic:
    """E411: a month of the year that no window pays, or several do."""
    how = "aucune échéance ne le paye" if count == 0 else f"{count} échéances le payent"
    return Diagnostic(
        Code.MONTH_NOT_PAID_ONCE,
        f"mois {month} : {how}, il en faut une",
        span,
        (),
        ("vérifiez les `paye:` et `mois_payes:`",),
    )


def unclaimed_document(name: str, title: str, span: Span) -> Diagnostic:
    """E412: a document whose passages are not told."""
    return Diagnostic(
        Code.UNCLAIMED_DOCUMENT,
        f"document « {name} » ({title}) : ses passages ne sont pas relevés",
        span,
        (),
        ("ajoutez un fichier `passages:` pour ce document",),
    )


def unclaimed_rule(name: str, span: Span) -> Diagnostic:
    """E413: a rule that no passage claims, itself or through a rule that needs it."""
    return Diagnostic(
        Code.UNCLAIMED_RULE,
        f"« {name} » ne vient d'aucun passage relevé",
        span,
        (),
        ("ajoutez ce nom à `pris_par` du passage d'où il vient",),
    )


def unknown_taker(name: str, known: Sequence[str], span: Span) -> Diagnostic:
    """E414: a passage taken by something that the corpus does not have."""
    hints = suggestion(name, known, "noms connus")
    message = f"ce passage est pris par « {name} », que rien ne définit"
    return Diagnostic(Code.UNKNOWN_TAKER, message, span, (), hints)


def bad_plan(name: str, why: str, known: Sequence[str], span: Span) -> Diagnostic:
    """E415: a payment plan of something that is not an amount of the corpus."""
    hints = suggestion(name, known, "montants connus") if known else ()
    return Diagnostic(Code.BAD_PLAN, f"versement de « {name} » : {why}", span, (), hints)


def deadline_aside(name: str, last: date, end: date, span: Span) -> Diagnostic:
    """E416: the deadlines of a window are not in order, or the last one is not its end."""
    return Diagnostic(
        Code.DEADLINE_ASIDE,
        f"« {name} » : ses échéances finissent le {last}, et elle finit le {end}",
        span,
        (),
        ("la dernière échéance est le dernier jour de la campagne, et chacune suit la précédente",),
    )


def week_end(what: str, day: date, span: Span) -> Diagnostic:
    """W602: a date of a calendar that falls on a Saturday or a Sunday."""
    names = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
    return Diagnostic(
        Code.WEEK_END,
        f"{quoted([what])} : le {day} est un {names[day.weekday()]}",
        span,
        (),
        ("vérifiez la date dans la source",),
    )
