"""The forms of a recall: what is owed or overpaid by month, its prescription, its causes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Literal, TypeAlias

from engine.evaluation.divergence import Divergence
from engine.evaluation.explanation import Explained
from engine.evaluation.law import Law
from engine.evaluation.results import Anomaly
from engine.langage.agenda import Delay, Month, Prescription
from engine.langage.records import Record
from engine.usages.recall_sides import Pair, Under, month_of

Fate: TypeAlias = Literal["exigible", "prescrit", "indetermine"]
SideName: TypeAlias = Literal["paye", "du"]
NOTHING = Fraction(0)


@dataclass(frozen=True, slots=True)
class Limit:
    """What prescribes a sum, from which day."""

    prescription: Prescription
    delay: Delay
    day: date


@dataclass(frozen=True, slots=True)
class Gap:
    """One amount of one month (None: no one can tell which), as paid and as due.

    ``limit`` is None when nothing differs. A sum whose month is not known is *indetermine* when it
    is prescribed or not according to the month, or when its year is not over.
    """

    name: str
    label: str
    month: Month | None
    paid: Fraction
    due: Fraction
    fate: Fate
    limit: Limit | None

    @property
    def difference(self) -> Fraction:
        """What is owed, above 0, or was overpaid, below."""
        return self.due - self.paid


@dataclass(frozen=True, slots=True)
class Lacking:
    """An amount that one side cannot compute: it is left out of both."""

    side: SideName
    name: str
    anomaly: Anomaly


@dataclass(frozen=True, slots=True)
class Cause:
    """Why an amount differs in ``months``: both explanations, and where they part.

    ``rule`` is what is explained: the amount, or for one that has a value per line the nearest
    rule of the record that rests on it. A side that has no record explains nothing.
    """

    name: str
    label: str
    rule: str
    months: tuple[Month | None, ...]
    under: str  # how the law of the paid side is told
    paid: Explained | None
    due: Explained | None
    divergence: Divergence | None


@dataclass(frozen=True, slots=True)
class Recall:
    """What is owed to one person for one year, or was overpaid.

    ``later``: what is due after the last month that is paid: it is not late.
    """

    pair: Pair
    gaps: tuple[Gap, ...]
    later: Fraction
    lacking: tuple[Lacking, ...]
    causes: tuple[Cause, ...]

    @property
    def record(self) -> Record:
        """The record as it is due, else as it was paid."""
        return self.pair.record

    @property
    def differing(self) -> tuple[Gap, ...]:
        """The amounts that differ."""
        return tuple(one for one in self.gaps if one.difference)

    @property
    def net(self) -> Fraction:
        """What may be asked for, all months together."""
        return self.sum("exigible")

    def sum(self, fate: Fate) -> Fraction:
        """The differences of one fate, netted."""
        return sum((one.difference for one in self.gaps if one.fate == fate), NOTHING)


@dataclass(frozen=True, slots=True)
class Terms:
    """The law of what is due, the day of the count, the claims, what months were paid under."""

    law: Law
    day: date
    claims: Sequence[date]
    paid_under: Mapping[Month, Under]

    @property
    def last(self) -> Month:
        """The last month that is paid."""
        return month_of(self.day)
