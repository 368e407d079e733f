"""Messages of what is possible and surprising (W611 to W619, W621 to W626, W628 and W629)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.positions import Span


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
