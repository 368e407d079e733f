"""The payments of a record over its school year, checked against its yearly total."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from engine.evaluation.law import Law
from engine.evaluation.results import interpreter_for
from engine.evaluation.schedule import (
    Payment,
    Validation,
    after,
    calendar_of,
    payments,
    start_of,
    unpaid,
    validation,
)
from engine.evaluation.show import exact_text
from engine.langage.agenda import Month, month_name
from engine.langage.corpus import Corpus
from engine.langage.records import Record

MONTHS_OF_A_YEAR = 12


@dataclass(frozen=True, slots=True)
class Schedule:
    """What is paid to one record, month by month, and what could not be computed."""

    record: Record
    payments: tuple[Payment, ...]
    asked: date | None
    validated: Validation | None  # None too when no calendar of that year pays it
    lacking: tuple[str, ...]

    @property
    def total(self) -> Fraction:
        """Everything that is paid."""
        return sum((one.amount for one in self.payments), Fraction(0))

    @property
    def months(self) -> tuple[Month, ...]:
        """The months of the school year, and later ones if something is paid then."""
        start = start_of(self.record)
        year = {after((start.year, start.month), count) for count in range(MONTHS_OF_A_YEAR)}
        return tuple(sorted(year | {one.month for one in self.payments if one.month is not None}))

    def to_json(self, corpus: Corpus) -> dict[str, object]:
        """Month by month, each amount with its text."""
        return {
            "dossier": self.record.ident,
            "date": self.record.day.isoformat(),
            "empreinte": corpus.digest,
            "validation": None
            if self.validated is None
            else {
                "jour": self.validated.day.isoformat(),
                "campagne": self.validated.window.name,
                "paye": month_name(self.validated.month),
            },
            "mois": [
                {
                    "mois": month_name(month),
                    "total": exact_text(self._sum(month), 2),
                    "montants": [_payment(one) for one in self.payments if one.month == month],
                }
                for month in self.months
            ],
            "sans_mois": [_payment(one) for one in self.payments if one.month is None],
            "total": exact_text(self.total, 2),
            "non_calculables": list(self.lacking),
        }

    def _sum(self, month: Month) -> Fraction:
        return sum((one.amount for one in self.payments if one.month == month), Fraction(0))


def _payment(payment: Payment) -> dict[str, object]:
    plan = payment.plan
    return {
        "regle": plan.name,
        **({"ligne": payment.line} if payment.line is not None else {}),
        "montant": exact_text(payment.amount, 2),
        "arrieres": payment.arrears,
        "articles": list(plan.articles),
        "source": plan.source,
        "cite": plan.cite,
        "lieu": f"{plan.span.file}:{plan.span.line}",
    }


def schedule_of(
    law: Law,
    record: Record,
    sector: str,
    *,
    readings: Mapping[str, str],
    day: date | None,
) -> Schedule:
    """The payments of ``record``.

    Args:
        law: the corpus.
        record: an accepted record.
        sector: whose calendar tells when a validation is paid.
        readings: the option to take at some contested points.
        day: when the service was validated; None: everything is paid as it falls due.
    """
    interpreter = interpreter_for(law, record, readings)
    calendar = calendar_of(interpreter, sector)
    found = None if day is None or calendar is None else validation(calendar, day)
    paid = tuple(payments(interpreter, found))
    return Schedule(record, paid, day, found, unpaid(interpreter))


def label_of(corpus: Corpus, name: str) -> str:
    """The label of a rule."""
    return corpus.rule(name).label
