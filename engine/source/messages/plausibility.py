"""Messages of what is possible and surprising (W611 to W619, W621 to W626, W628 and W629)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from engine.source.diagnostics import Code, Diagnostic
from engine.source.positions import Span

_WAY_OUT: Final = (
    "corrigez la valeur, ou dites pourquoi elle est juste : "
    "`justifie: [{{constat: {code}, le: …, raison: …}}]`"
)


@dataclass(frozen=True, slots=True)
class Change:
    """A dated value after another, as texts; ``name``: what has them, with the row if any."""

    name: str
    new: str
    since: date
    old: str
    before: date
    span: Span

    @property
    def told(self) -> str:
        """« nom : 1 256 depuis le 2023-01-01, après 1 213,56 depuis le 2019-09-01 »."""
        return (
            f"{self.name} : {self.new} depuis le {self.since}, "
            f"après {self.old} depuis le {self.before}"
        )


def _surprise(code: Code, message: str, span: Span) -> Diagnostic:
    return Diagnostic(code, message, span, hints=(_WAY_OUT.format(code=code),))


def jump(change: Change, percent: str, limit: str) -> Diagnostic:
    """W611: much more or much less than the previous version; ``percent`` with its sign."""
    told = f"{change.told} : {percent}, au-delà de {limit}"
    return _surprise(Code.JUMP, told, change.span)


def moved_point(change: Change, times: str) -> Diagnostic:
    """W612: about ten, a hundred… times the previous version, or that part of it."""
    told = f"{change.told} : environ {times}, virgule déplacée ?"
    return _surprise(Code.MOVED_POINT, told, change.span)


def swapped_digits(change: Change) -> Diagnostic:
    """W613: the digits of the previous version, two neighbours of which are exchanged."""
    told = f"{change.told} : les mêmes chiffres, deux d'entre eux échangés ?"
    return _surprise(Code.SWAPPED_DIGITS, told, change.span)


def too_many_decimals(name: str, value: str, unit: str, decimals: int, span: Span) -> Diagnostic:
    """W614: a value with more decimals than its unit has."""
    told = f"{name} : {value} a plus de {decimals} décimales, celles de l'unité {unit}"
    return _surprise(Code.TOO_MANY_DECIMALS, told, span)


def value_comes_back(change: Change, first: date) -> Diagnostic:
    """W615: a value that was left, and that is written again."""
    told = f"{change.told} : la valeur est celle du {first}, que l'on avait quittée"
    return _surprise(Code.VALUE_COMES_BACK, told, change.span)


def row_forgotten(change: Change, others: int) -> Diagnostic:
    """W616: a row that keeps its value where ``others`` change theirs."""
    told = f"{change.told} : inchangée, quand {others} autres lignes changent ; oubliée ?"
    return _surprise(Code.ROW_FORGOTTEN, told, change.span)


def row_out_of_line(change: Change, percent: str, usual: str) -> Diagnostic:
    """W617: a row that changes by ``percent`` where the others change by about ``usual``."""
    told = f"{change.told} : {percent}, quand les autres lignes changent d'environ {usual}"
    return _surprise(Code.ROW_OUT_OF_LINE, told, change.span)


def does_not_follow(change: Change, percent: str, leader: str, led: str) -> Diagnostic:
    """W618: a value said to follow ``leader``, which changed by ``led`` between the same days."""
    told = f"{change.told} : {percent}, quand {leader} change de {led}"
    return _surprise(Code.DOES_NOT_FOLLOW, told, change.span)


def justified_for_nothing(name: str, code: str, span: Span) -> Diagnostic:
    """W619: a justification of something that surprises nobody."""
    return Diagnostic(
        Code.JUSTIFIED_FOR_NOTHING,
        f"{name} : rien n'est à justifier pour {code}",
        span,
        hints=("effacez cette justification",),
    )


_JUSTIFY: Final = "dites pourquoi : `justifie: [{{constat: {code}, le: …, raison: …}}]`"


def odd_day(
    what: str, day: date, swapped: date | None, span: Span, *, end: bool = False
) -> Diagnostic:
    """W621: a version begins on a day that no text has, nor is the first one of a month.

    ``what``: « nom » commence. ``swapped``: the first of a month that it would be, its day and its
    month exchanged. ``end``: it is the last day of a version or a code, the eve of such a day.
    """
    way_out = "corrigez la date, ou "
    if swapped is not None:
        way_out = f"jour et mois échangés ? écrivez {swapped}, ou "
    return Diagnostic(
        Code.ODD_DAY,
        f"{what} le {day} : ni "
        + ("la fin d'un mois, ni la veille" if end else "un premier du mois, ni le jour")
        + " d'un texte",
        span,
        (),
        (way_out + _JUSTIFY.format(code=Code.ODD_DAY.value),),
    )


def far_day(what: str, day: date, why: str, span: Span) -> Diagnostic:
    """W622: a version or a code begins or ends far from today, or a draft before what is in force.

    ``what``: « nom » commence, « nom » finit.
    """
    return Diagnostic(
        Code.FAR_DAY,
        f"{what} le {day} : {why}",
        span,
        (),
        ("vérifiez l'année, ou " + _JUSTIFY.format(code=Code.FAR_DAY.value),),
    )


def no_draft_mark(name: str, since: date, span: Span, *, calendar: bool = False) -> Diagnostic:
    """W623: a version or a calendar that is to come, and that is neither a draft nor signed."""
    told = f"« {name} » : la version du {since} est à venir, et n'est ni un projet ni signée"
    hints: tuple[str, ...] = (
        "ajoutez `statut: projet` ; après relecture, `statut: signee`, `signe_le` et `signe_par`",
        "ou " + _JUSTIFY.format(code=Code.NO_DRAFT_MARK.value),
    )
    if calendar:
        told = f"« {name} » commence le {since} : à venir, et ni en projet ni signé"
        hints = hints[:1]
    return Diagnostic(Code.NO_DRAFT_MARK, told, span, (), hints)


def signed_later(what: str, key: str, day: date, span: Span) -> Diagnostic:
    """W624: something published, checked, signed or justified on a day that is to come."""
    return Diagnostic(
        Code.SIGNED_LATER,
        f"{what} : `{key}: {day}` est un jour à venir",
        span,
        (),
        ("écrivez le jour où cela a été fait",),
    )


def old_source(name: str, since: date, source: str, span: Span) -> Diagnostic:
    """W625: a new version says another thing than the one before, from the very same source."""
    return Diagnostic(
        Code.OLD_SOURCE,
        f"« {name} », version du {since} : elle change, et sa source est celle d'avant,"
        f" « {source} »",
        span,
        (),
        (
            "écrivez la source de la nouvelle valeur, ou "
            + _JUSTIFY.format(code=Code.OLD_SOURCE.value),
        ),
    )


def same_as_before(name: str, since: date, before: date, span: Span) -> Diagnostic:
    """W628: a version that says what the one before it already says."""
    return Diagnostic(
        Code.SAME_AS_BEFORE,
        f"« {name} » : la version du {since} dit la même chose que celle du {before}",
        span,
        (),
        (
            "recopiée, sans rien changer que la date ? écrivez ce qui change, ou effacez-la",
            "si un texte confirme la valeur, " + _JUSTIFY.format(code=Code.SAME_AS_BEFORE.value),
        ),
    )


def in_percent(name: str, value: str, share: str, span: Span) -> Diagnostic:
    """W629: a number without unit that is great enough to have been typed in hundredths."""
    return Diagnostic(
        Code.IN_PERCENT,
        f"{name} : {value}, pour un nombre sans unité ; des pour cent ?",
        span,
        (),
        (f"écrivez {share} pour {value} %, ou " + _JUSTIFY.format(code=Code.IN_PERCENT.value),),
    )


def past_changes(  # noqa: PLR0913, PLR0917 - what, when, how, beside what, by whom, where
    name: str, since: date, told: str, branch: str, signed: tuple[str | None, date | None],
    span: Span,
) -> Diagnostic:  # fmt: skip
    """W626: what was in force until today is not what the reference branch says it was."""
    who, day = signed
    what = (
        f"la version du {since} {told}"
        if told.startswith(("est ", "n'est "))
        else f"version du {since}, {told}"
    )
    by = f" ; elle est signée par {who} le {day}" if who is not None and day is not None else ""
    return Diagnostic(
        Code.PAST_CHANGES,
        f"« {name} » : le passé change : {what} (comparé à {branch}){by}",
        span,
        (),
        (
            "une valeur nouvelle s'écrit dans une version de plus, depuis son jour d'effet",
            "si c'est une correction, " + _JUSTIFY.format(code=Code.PAST_CHANGES.value),
        ),
    )
