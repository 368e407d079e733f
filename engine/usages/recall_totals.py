"""The recalls of a population go in; their sums, by person, by month and by window, come out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from engine.evaluation.schedule import Validation, start_of, validation
from engine.langage.agenda import Calendar, Month
from engine.langage.corpus import Corpus
from engine.usages.recall_forms import NOTHING, Recall


@dataclass(frozen=True, slots=True)
class Sums:
    """What is owed and what was overpaid (below 0): month by month, nothing netted."""

    owed: Fraction
    overpaid: Fraction

    @property
    def net(self) -> Fraction:
        """Both together."""
        return self.owed + self.overpaid


@dataclass(frozen=True, slots=True)
class MonthTotal:
    """What is asked for of one month, and the window that had it paid (None: no calendar says)."""

    month: Month | None
    window: str | None
    sums: Sums


@dataclass(frozen=True, slots=True)
class Totals:
    """What a whole population is owed or was overpaid.

    ``owed`` and ``overpaid`` count persons and add up what each nets to, all years together.
    """

    persons: int
    owed_persons: int
    overpaid_persons: int
    incomplete: int
    sums: Sums
    prescribed: Sums
    unsettled: Sums
    months: tuple[MonthTotal, ...]


def totals(corpus: Corpus, recalls: Sequence[Recall], sector: str) -> Totals:
    """The sums of ``recalls``.

    Args:
        corpus: the law of what is due; its calendars tell the window of each month.
        recalls: every record computed.
        sector: whose calendars.
    """
    nets: dict[str, Fraction] = {}
    for one in recalls:
        nets[one.record.ident] = nets.get(one.record.ident, NOTHING) + one.net
    months: dict[tuple[Month | None, str | None], list[Fraction]] = {}
    for month, window, difference in _asked(corpus, recalls, sector):
        months.setdefault((month, window), []).append(difference)
    order = sorted(months, key=lambda one: (one[0] is None, one[0] or (0, 0), one[1] or ""))
    return Totals(
        len(nets),
        sum(net > 0 for net in nets.values()),
        sum(net < 0 for net in nets.values()),
        sum(bool(one.lacking) for one in recalls),
        sums(list(nets.values())),
        sums([gap.difference for one in recalls for gap in one.gaps if gap.fate == "prescrit"]),
        sums([gap.difference for one in recalls for gap in one.gaps if gap.fate == "indetermine"]),
        tuple(MonthTotal(*one, sums(months[one])) for one in order),
    )


def sums(differences: Sequence[Fraction]) -> Sums:
    """What is above 0, and what is below."""
    return Sums(
        sum((one for one in differences if one > 0), NOTHING),
        sum((one for one in differences if one < 0), NOTHING),
    )


def _asked(
    corpus: Corpus, recalls: Sequence[Recall], sector: str
) -> Iterator[tuple[Month | None, str | None, Fraction]]:
    """Each difference that may be asked for, with its month and the window that had it paid."""
    for one in recalls:
        year = start_of(one.record).year
        calendar = next(
            (own for own in corpus.calendars if own.sector == sector and _starts(own, year)), None
        )
        for gap in one.gaps:
            if gap.difference and gap.fate == "exigible":
                yield gap.month, _window(calendar, gap.month), gap.difference


def _starts(calendar: Calendar, year: int) -> bool:
    return calendar.year == f"{year}-{year + 1}"


def _window(calendar: Calendar | None, month: Month | None) -> str | None:
    windows = () if calendar is None else calendar.windows
    return next(
        (one.name for one in windows for deadline in one.deadlines if deadline.month == month), None
    )


def paid_by(corpus: Corpus, sector: str, day: date) -> Validation | None:
    """The window that a validation made on ``day`` falls in, or the next one, and its pay month."""
    own = sorted(
        (one for one in corpus.calendars if one.sector == sector and one.windows),
        key=lambda one: one.windows[0].start,
    )
    return next((found for one in own if (found := validation(one, day)) is not None), None)
