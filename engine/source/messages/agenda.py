"""Messages of calendars, payment plans and passages: E410 to E420, E423, E425 and W602."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from engine.source.diagnostics import Code, Diagnostic
from engine.source.messages.hints import quoted, suggestion
from engine.source.positions import Span

WEEK: Final = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


def windows_overlap(  # noqa: PLR0913, PLR0917 - two windows, and what one of them has
    name: str, other: str, day: date, span: Span, first: Span, long: str | None
) -> Diagnostic:
    """E410: two windows of one sector open the same day; ``long``: how long one is, if it is."""
    return Diagnostic(
        Code.WINDOWS_OVERLAP,
        f"« {name} » et « {other} » sont ouvertes toutes deux le {day}",
        span,
        ((first, f"« {other} »"),),
        (
            *([] if long is None else [f"{long} : un jour et un mois échangés ?"]),
            "l'une finit la veille du début de l'autre, au plus tard",
        ),
    )


def month_not_paid_once(
    month: str, count: int, span: Span, labels: tuple[tuple[Span, str], ...]
) -> Diagnostic:
    """E411: a month of the year that no window pays, or several do."""
    how = "aucune échéance ne le paye" if count == 0 else f"{count} échéances le payent"
    return Diagnostic(
        Code.MONTH_NOT_PAID_ONCE,
        f"{month} : {how}, il en faut une",
        span,
        labels,
        ("vérifiez les `paye:` et `mois_payes:`",),
    )


def pays_too() -> str:
    """What the other deadline of a month that is paid twice is told by."""
    return "payé ici aussi"


def pays_nothing(name: str) -> str:
    """What a window without any month to pay is told by."""
    return f"« {name} » ne dit pas de mois de paye"


def outside_year(name: str, day: date, year: str, span: Span) -> Diagnostic:
    """E417: a window of a calendar that is not in its year."""
    return Diagnostic(
        Code.OUTSIDE_YEAR,
        f"« {name} » : le {day} n'est pas dans l'année {year}",
        span,
        (),
        ("vérifiez l'année de cette date, ou `annee:` du calendrier",),
    )


def paid_aside(name: str, until: date, month: str, late: int, span: Span) -> Diagnostic:
    """E418: a month of pay that is before its deadline, or long after it."""
    how = "avant elle" if late < 0 else f"{late} mois après"
    return Diagnostic(
        Code.PAID_ASIDE,
        f"« {name} » : ce qui est validé au plus tard le {until} serait payé en {month}, {how}",
        span,
        (),
        ("vérifiez l'année et le mois de `paye:`",),
    )


def two_calendars(  # noqa: PLR0913, PLR0917 - two calendars, and what they share
    name: str, other: str, year: str, sector: str, span: Span, first: Span
) -> Diagnostic:  # fmt: skip
    """E419: two calendars of one year and one sector."""
    return Diagnostic(
        Code.TWO_CALENDARS,
        f"« {name} » et « {other} » ont la même année et le même secteur : {year}, {sector}",
        span,
        ((first, f"« {other} »"),),
        ("recopié de l'an dernier ? écrivez la nouvelle année dans `annee:`",),
    )


def other_year(name: str, said: str, year: str, span: Span, *, table: bool = False) -> Diagnostic:
    """E420: the identifier of a calendar says another year, or its year is not two in a row.

    ``table``: it is the identifier of a published table, which says another day.
    """
    return Diagnostic(
        Code.OTHER_YEAR,
        f"« {name} » dit {said}, et "
        + (f"`au:` est le {year}" if table else f"son calendrier est celui de {year}"),
        span,
        (),
        (
            "écrivez le même jour aux deux endroits, celui dont le tableau donne les valeurs"
            if table
            else "une année s'écrit par les deux années qui la font, à la suite, les mêmes partout",
        ),
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
    return Diagnostic(
        Code.WEEK_END,
        f"{quoted([what])} : le {day} est un {WEEK[day.weekday()]}",
        span,
        (),
        ("vérifiez la date dans la source",),
    )


def other_month(name: str, start: date, end: date, span: Span) -> Diagnostic:
    """E423: the name of a window says a month in which it neither begins nor ends."""
    return Diagnostic(
        Code.OTHER_MONTH,
        f"« {name} » va du {start} au {end} : ce n'est pas le mois de son nom",
        span,
        (),
        ("ligne recopiée ? corrigez le nom ou les dates, et le mois de paye",),
    )


def type_comes_back(name: str, kind: str, last: str, span: Span) -> Diagnostic:
    """E425: a window of a type that the windows before it had left."""
    return Diagnostic(
        Code.TYPE_COMES_BACK,
        f"« {name} » est de type {kind}, que le calendrier avait quitté après « {last} »",
        span,
        (),
        ("vérifiez `type:` ; une campagne recopiée garde celui de l'autre",),
    )
