"""The payments of a record over its school year, and how they are told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from engine.evaluation.explanation import named_in, named_source
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
from engine.evaluation.show import exact_text, french_number, visible
from engine.langage.agenda import Month, Plan, month_name, month_words
from engine.langage.corpus import Corpus
from engine.langage.records import Record
from engine.reponse.report import Block, Heading, ListColumn, Listing, Report, Sentence
from engine.source.messages.reading import MONTHS

MONTHS_OF_A_YEAR = 12


@dataclass(frozen=True, slots=True)
class PaymentSchedule:
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
                    "total": exact_text(
                        sum(
                            (one.amount for one in self.payments if one.month == month), Fraction(0)
                        ),
                        2,
                    ),
                    "montants": [_payment(one) for one in self.payments if one.month == month],
                }
                for month in self.months
            ],
            "sans_mois": [_payment(one) for one in self.payments if one.month is None],
            "total": exact_text(self.total, 2),
            "non_calculables": list(self.lacking),
        }


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
) -> PaymentSchedule:
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
    return PaymentSchedule(record, paid, day, found, unpaid(interpreter))


def schedules_report(
    corpus: Corpus, schedules: Sequence[PaymentSchedule], objects: object, month: str | None
) -> Report:
    """What is paid to each record, month by month, or in one ``month`` (« 2024-12 ») and why.

    ``objects``: the same in JSON.
    """
    parts = [part for one in schedules for part in _parts(corpus, one, month)]
    return Report("Échéancier", parts, objects)


def _parts(corpus: Corpus, schedule: PaymentSchedule, month: str | None) -> Iterator[Block]:
    title = f"{visible(schedule.record.ident)}, année du {schedule.record.day.isoformat()}"
    found = schedule.validated
    if found is not None:
        late = " (ouverte après ce jour)" if found.late else ""
        title += f"\nservice validé le {found.day.isoformat()} : {found.window.name}{late}, "
        title += f"payé en {month_words(found.month)}"
    elif schedule.asked is not None:
        title += "\naucun calendrier connu pour cette année : la validation n'est pas suivie"
    yield Heading(title)
    notes = []
    if schedule.lacking:
        names = ", ".join(corpus.rule(name).label for name in schedule.lacking)
        notes = [f"non calculable, donc absent de cet échéancier : {names}"]
    if month is None:
        yield _year(corpus, schedule, notes)
        return
    lines = [
        line
        for one in schedule.payments
        if one.month is not None and month_name(one.month) == month
        for line in _why(corpus, one)
    ]
    if month not in {month_name(one) for one in schedule.months}:
        lines = [f"rien n'est payé en {month_words((int(month[:4]), int(month[5:])))}"]
    yield Sentence("\n".join((*lines, *notes)))


def _year(corpus: Corpus, schedule: PaymentSchedule, notes: Sequence[str]) -> Listing:
    """One row per amount, one column per month, and the total of each."""
    months: list[Month | None] = [*schedule.months]
    if any(one.month is None for one in schedule.payments):
        months.append(None)
    heads = ["sans mois" if one is None else month_words(one) for one in months]
    columns = [ListColumn("", one.replace(" ", "\n"), "number") for one in heads]
    names = dict.fromkeys(one.plan.name for one in schedule.payments)
    rows = [
        _row(
            corpus.rule(name).label,
            months,
            [one for one in schedule.payments if one.plan.name == name],
        )
        for name in names
    ]
    rows.append(_row("total", months, schedule.payments))
    every = [ListColumn("", "montant"), *columns, ListColumn("", "année", "number")]
    return Listing("", every, rows, notes=notes)


def _row(
    label: str, months: Sequence[Month | None], payments: Sequence[Payment]
) -> tuple[object, ...]:
    sums: dict[Month | None, Fraction] = {}
    for one in payments:
        sums[one.month] = sums.get(one.month, Fraction(0)) + one.amount
    return (label, *(sums.get(month, "") for month in months), sum(sums.values(), Fraction(0)))


def _why(corpus: Corpus, payment: Payment) -> Iterator[str]:
    """Why an amount is paid that month: rule, text, sentence, place."""
    plan = payment.plan
    where = f", ligne {payment.line}" if payment.line is not None else ""
    month = "mois non déterminé" if payment.month is None else month_words(payment.month)
    late = f", dont {payment.arrears} mois d'arriérés" if payment.arrears else ""
    amount = f"{french_number(payment.amount, 2)} €"
    yield f"{corpus.rule(plan.name).label}{where} : {amount} ({month}{late})"
    yield f"  {_plan_words(plan)}"
    articles = f"art. {', '.join(plan.articles)}, " if plan.articles else ""
    yield f"  {articles}{named_source(corpus, plan.source)}   {plan.span.file}:{plan.span.line}"
    if plan.cite:
        yield f"  « {named_in(corpus, plan.cite.strip())} »"


def _plan_words(plan: Plan) -> str:
    """The rule of payment, in words."""
    if plan.undated is not None:
        return plan.undated
    if plan.date_field is not None:
        return f"après service fait, {plan.delay} mois après le mois de « {plan.date_field} »"
    names = ", ".join(MONTHS[month - 1] for month in plan.months)
    if len(plan.months) == 1:
        return f"en une fois, en {names}"
    later = ", au plus tôt le mois de paye de la validation" if plan.validated else ""
    return f"en {len(plan.months)} parts : {names}{later}"
