"""Messages of what is possible and surprising (W611 to W619, W621 to W626, W628 and W629)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
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


def _surprise(code: str, message: str, span: Span) -> Diagnostic:
    return Diagnostic(code, message, span, hints=(_WAY_OUT.format(code=code),))


def jump(change: Change, percent: str, limit: str) -> Diagnostic:
    """W611: much more or much less than the previous version; ``percent`` with its sign."""
    return say("W611", change.span, evolution=change.told, pourcent=percent, limite=limit)


def moved_point(change: Change, times: str) -> Diagnostic:
    """W612: about ten, a hundred… times the previous version, or that part of it."""
    return say("W612", change.span, evolution=change.told, fois=times)


def swapped_digits(change: Change) -> Diagnostic:
    """W613: the digits of the previous version, two neighbours of which are exchanged."""
    return say("W613", change.span, evolution=change.told)


def too_many_decimals(name: str, value: str, unit: str, decimals: int, span: Span) -> Diagnostic:
    """W614: a value with more decimals than its unit has."""
    return say("W614", span, nom=name, valeur=value, decimales=decimals, unite=unit)


def value_comes_back(change: Change, first: date) -> Diagnostic:
    """W615: a value that was left, and that is written again."""
    return say("W615", change.span, evolution=change.told, premier=first)


def row_forgotten(change: Change, others: int) -> Diagnostic:
    """W616: a row that keeps its value where ``others`` change theirs."""
    return say("W616", change.span, evolution=change.told, autres=others)


def row_out_of_line(change: Change, percent: str, usual: str) -> Diagnostic:
    """W617: a row that changes by ``percent`` where the others change by about ``usual``."""
    return say("W617", change.span, evolution=change.told, pourcent=percent, habituel=usual)


def does_not_follow(change: Change, percent: str, leader: str, led: str) -> Diagnostic:
    """W618: a value said to follow ``leader``, which changed by ``led`` between the same days."""
    return say(
        "W618", change.span, evolution=change.told, pourcent=percent, meneur=leader, suivi=led
    )


def justified_for_nothing(name: str, code: str, span: Span) -> Diagnostic:
    """W619: a justification of something that surprises nobody."""
    return say("W619", span, nom=name, code=code)


_JUSTIFY: Final = "dites pourquoi : `justifie: [{{constat: {code}, le: …, raison: …}}]`"


def odd_day(
    what: str, day: date, swapped: date | None, span: Span, *, end: bool = False
) -> Diagnostic:
    """W621: a version begins on a day that no text has, nor is the first one of a month.

    ``what``: « nom » commence. ``swapped``: the first of a month that it would be, its day and its
    month exchanged. ``end``: it is the last day of a version or a code, the eve of such a day.
    """
    way_out = "corrigez la date"
    if swapped is not None:
        way_out = f"jour et mois échangés ? écrivez {swapped}"
    return say("W621", span, cas="fin" if end else "debut", quoi=what, jour=day, dabord=way_out)


def far_day(what: str, day: date, why: str, span: Span) -> Diagnostic:
    """W622: a version or a code begins or ends far from today, or a draft before what is in force.

    ``what``: « nom » commence, « nom » finit.
    """
    return say("W622", span, quoi=what, jour=day, pourquoi=why)


def no_draft_mark(name: str, since: date, span: Span, *, calendar: bool = False) -> Diagnostic:
    """W623: a version or a calendar that is to come, and that is neither a draft nor signed."""
    return say("W623", span, cas="calendrier" if calendar else "version", nom=name, depuis=since)


def signed_later(what: str, key: str, day: date, span: Span) -> Diagnostic:
    """W624: something published, checked, signed or justified on a day that is to come."""
    return say("W624", span, quoi=what, cle=key, jour=day)


def old_source(name: str, since: date, source: str, span: Span) -> Diagnostic:
    """W625: a new version says another thing than the one before, from the very same source."""
    return say("W625", span, nom=name, depuis=since, source=source)


def same_as_before(name: str, since: date, before: date, span: Span) -> Diagnostic:
    """W628: a version that says what the one before it already says."""
    return say("W628", span, nom=name, depuis=since, avant=before)


def in_percent(name: str, value: str, share: str, span: Span) -> Diagnostic:
    """W629: a number without unit that is great enough to have been typed in hundredths."""
    return say("W629", span, nom=name, valeur=value, part=share)


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
    return say("W626", span, nom=name, quoi=what, branche=branch, signee=by)
