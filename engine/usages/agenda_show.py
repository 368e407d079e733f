"""What people read of calendars, payments, readings and passages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from fractions import Fraction

from rich.console import Console
from rich.table import Table

from engine.evaluation.explanation import named_in, named_source
from engine.evaluation.schedule import Payment
from engine.evaluation.show import french_number, visible
from engine.langage.agenda import Calendar, Month, Plan, month_name, month_words
from engine.langage.corpus import Corpus
from engine.source.messages.reading import MONTHS, WEEK
from engine.usages.payments import Schedule, label_of


def _day(day: date) -> str:
    return f"{WEEK[day.weekday()]} {day.isoformat()}"


def calendar_table(corpus: Corpus, calendar: Calendar) -> Table:
    """The windows of a calendar, week-ends told, with the months that they pay."""
    title = f"{calendar.label}, {calendar.year} ({named_source(corpus, calendar.source)})"
    table = Table(title=title, title_justify="left", box=None, header_style="bold")
    for heading in ("campagne", "type", "du", "au", "paye"):
        table.add_column(heading)
    for window in calendar.windows:
        paid = [
            f"{month_words(one.month)}"
            + ("" if one.until == window.end else f" jusqu'au {one.until.isoformat()}")
            for one in window.deadlines
        ]
        shown = " ; ".join(paid) or "la source ne le dit pas"
        table.add_row(window.name, window.kind, _day(window.start), _day(window.end), shown)
    return table


def stages(calendar: Calendar) -> Iterator[str]:
    """The steps of the procedure, one line each."""
    for stage in calendar.stages:
        actors = f" [{', '.join(stage.actors)}]" if stage.actors else ""
        remark = f" — {stage.remark}" if stage.remark else ""
        yield f"{stage.rank}. {stage.label}{actors}{remark}"


def day_words(found: dict[str, object]) -> Iterator[str]:
    """The answer for one day, in sentences."""
    opened, coming = found["campagne"], found["prochaine"]
    if isinstance(opened, dict):
        paid = _paid(found["paye"])
        yield (
            f"Le {found['date']}, campagne ouverte : {opened['nom']}, jusqu'au {opened['fin']} ; "
            f"une validation ce jour est payée en {paid}."
        )
    else:
        yield f"Le {found['date']}, aucune campagne n'est ouverte."
    if isinstance(coming, dict):
        paid = _paid(coming["paye"])
        yield f"Prochaine : {coming['nom']}, à partir du {coming['debut']}, payée en {paid}."
    else:
        yield "Aucune autre campagne n'est prévue."


def _paid(written: object) -> str:
    """The month of pay of an answer, « 2024-12 », in words."""
    if not isinstance(written, str):
        return "un mois que la source ne dit pas"
    year, month = written.split("-")
    return month_words((int(year), int(month)))


def schedule_table(corpus: Corpus, schedule: Schedule) -> Table:
    """One row per amount, one column per month, and the total of each."""
    months = schedule.months
    table = Table(box=None, header_style="bold", show_footer=True)
    table.add_column("montant", footer="total")
    for month in months:
        total = sum((one.amount for one in schedule.payments if one.month == month), Fraction(0))
        heading = month_words(month).replace(" ", "\n")
        table.add_column(heading, justify="right", footer=_amount(total))
    undated = [one for one in schedule.payments if one.month is None]
    if undated:
        total = sum((one.amount for one in undated), Fraction(0))
        table.add_column("sans mois", justify="right", footer=_amount(total))
    table.add_column("année", justify="right", footer=_amount(schedule.total))
    for name in dict.fromkeys(one.plan.name for one in schedule.payments):
        own = [one for one in schedule.payments if one.plan.name == name]
        cells = [_sum(own, month) for month in months] + ([_sum(own, None)] if undated else [])
        year = sum((one.amount for one in own), Fraction(0))
        table.add_row(label_of(corpus, name), *cells, _amount(year))
    return table


def _sum(payments: Sequence[Payment], month: Month | None) -> str:
    found = [one.amount for one in payments if one.month == month]
    return _amount(sum(found, Fraction(0))) if found else ""


def _amount(value: Fraction) -> str:
    return french_number(value, 2)


def payment_words(corpus: Corpus, payment: Payment) -> Iterator[str]:
    """Why an amount is paid that month: rule, text, sentence, place."""
    plan = payment.plan
    where = f", ligne {payment.line}" if payment.line is not None else ""
    month = "mois non déterminé" if payment.month is None else month_words(payment.month)
    late = f", dont {payment.arrears} mois d'arriérés" if payment.arrears else ""
    yield f"{label_of(corpus, plan.name)}{where} : {_amount(payment.amount)} € ({month}{late})"
    yield f"  {plan_words(plan)}"
    articles = f"art. {', '.join(plan.articles)}, " if plan.articles else ""
    yield f"  {articles}{named_source(corpus, plan.source)}   {plan.span.file}:{plan.span.line}"
    if plan.cite:
        yield f"  « {named_in(corpus, plan.cite.strip())} »"


def plan_words(plan: Plan) -> str:
    """The rule of payment, in words."""
    if plan.undated is not None:
        return plan.undated
    if plan.date_field is not None:
        return f"après service fait, {plan.delay} mois après le mois de « {plan.date_field} »"
    names = ", ".join(MONTHS[month - 1] for month in plan.months)
    if len(plan.months) == 1:
        return f"en une fois, en {names}"
    after = ", au plus tôt le mois de paye de la validation" if plan.validated else ""
    return f"en {len(plan.months)} parts : {names}{after}"


def print_schedule(screen: Console, corpus: Corpus, schedule: Schedule, month: str | None) -> None:
    """The table of a year, or what is paid in one ``month`` (« 2024-12 ») and why."""
    ident = visible(schedule.record.ident)
    screen.rule(f"{ident}, année du {schedule.record.day.isoformat()}", align="left")
    if schedule.validated is not None:
        found = schedule.validated
        late = " (ouverte après ce jour)" if found.late else ""
        screen.print(
            f"service validé le {found.day.isoformat()} : {found.window.name}{late}, "
            f"payé en {month_words(found.month)}"
        )
    elif schedule.asked is not None:
        screen.print("aucun calendrier connu pour cette année : la validation n'est pas suivie")
    if month is None:
        screen.print(schedule_table(corpus, schedule))
    for payment in schedule.payments:
        if month is not None and payment.month is not None and month_name(payment.month) == month:
            for line in payment_words(corpus, payment):
                screen.print(line)
    if month is not None and month not in {month_name(one) for one in schedule.months}:
        screen.print(f"rien n'est payé en {month_words((int(month[:4]), int(month[5:])))}")
    if schedule.lacking:
        names = ", ".join(label_of(corpus, name) for name in schedule.lacking)
        screen.print(f"non calculable, donc absent de cet échéancier : {names}")


def print_calendars(
    screen: Console, corpus: Corpus, calendars: Sequence[Calendar], answer: dict[str, object]
) -> None:
    """The calendars, their procedure, and the answer for one day."""
    for calendar in calendars:
        screen.print(calendar_table(corpus, calendar))
        for line in stages(calendar):
            screen.print(line)
    screen.print()
    for line in day_words(answer):
        screen.print(line)
