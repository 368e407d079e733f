"""What a case says of payments: the window of a validation day, its month, amounts, delays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Final

from engine.cas.prescribed import Prescribed, prescribed_differences, read_prescribed
from engine.evaluation.interpreter import Interpreter
from engine.evaluation.schedule import (
    PUBLIC,
    Payment,
    Validation,
    after,
    calendar_of,
    payments,
    unpaid,
    validation,
)
from engine.evaluation.show import french_number
from engine.langage import nodes
from engine.langage.agenda import Calendar, Month, month_words
from engine.langage.checks.agenda import month_name
from engine.source import tree

UNDATED: Final = "sans_mois"
_NOTHING: Final = Fraction(0)


@dataclass(frozen=True, slots=True)
class Paid:
    """What is expected of one validation day, or without any.

    ``plan``: the amount looked at, all of them when None. ``window`` and ``month`` are None when
    nothing is said of them, "" when there must be none. ``months``: every amount expected, by month
    or under ``UNDATED``; None when nothing is said.
    """

    plan: str | None
    day: date | None
    sector: str
    window: str | None
    month: str | None
    months: Mapping[str, Fraction] | None = field(default=None)
    prescribed: tuple[Prescribed, ...] = ()


def read_paid(node: tree.Mapping) -> tuple[Paid, ...]:
    """What the case written in ``node`` expects; the schema has checked its shape."""
    return tuple(_paid(one) for one in nodes.mappings(node, "versements"))


def _paid(node: tree.Mapping) -> Paid:
    amounts = nodes.mapping(node.get("mois"))
    return Paid(
        nodes.text(node, "montant"),
        nodes.day(node, "validee_le"),
        nodes.text(node, "secteur") or PUBLIC,
        _said(node, "campagne"),
        _said(node, "paye"),
        None if amounts is None else dict(_amounts(amounts)),
        read_prescribed(node),
    )


def _said(node: tree.Mapping, name: str) -> str | None:
    found = nodes.scalar(node, name)
    if found is None:
        return None
    return "" if found.value is None else found.text


def _amounts(node: tree.Mapping) -> Iterator[tuple[str, Fraction]]:
    """Each month with its amount; « 2024-09/2025-08 » stands for each of these months."""
    for key, value in node.entries:
        if not isinstance(value, tree.Scalar):
            continue
        amount = Fraction(value.text)
        first, _, last = key.text.partition("/")
        yield first, amount
        while last and first != last:
            first = month_name(after(_month(first), 1))
            yield first, amount


def _month(text: str) -> Month:
    year, _, month = text.partition("-")
    return int(year), int(month)


def paid_differences(paid: Paid, interpreter: Interpreter) -> Iterator[str]:
    """What the calendars and the plans of the corpus give that is not expected."""
    calendar = calendar_of(interpreter, paid.sector)
    found = None
    if paid.day is not None and calendar is not None:
        found = validation(calendar, paid.day)
    about = "versements" if paid.day is None else f"validé le {paid.day.isoformat()}"
    window = _open_window(calendar, paid.day)
    if paid.window is not None and paid.window != window:
        yield f"{about} : campagne attendue {_shown(paid.window)}, obtenue {_shown(window)}"
    month = "" if found is None else month_name(found.month)
    if paid.month is not None and paid.month != month:
        wanted, given = (_shown(_month_shown(one)) for one in (paid.month, month))
        yield f"{about} : paye attendue {wanted}, obtenue {given}"
    if paid.months is not None:
        for name in unpaid(interpreter):  # what is not computed is not nothing
            if paid.plan in (None, name):
                yield f"{about}, {name} : non calculable"
        yield from _wrong_amounts(paid, _by_month(paid, interpreter, found), about)
    schedule, seen = interpreter.corpus.schedule, interpreter.record.day
    yield from prescribed_differences(paid.prescribed, schedule, seen)


def _open_window(calendar: Calendar | None, day: date | None) -> str:
    """The name of the window that is open on a day, "" when there is none."""
    windows = () if calendar is None or day is None else calendar.windows
    return next((one.name for one in windows if day and one.start <= day <= one.end), "")


def _by_month(
    paid: Paid, interpreter: Interpreter, found: Validation | None
) -> dict[str, Fraction]:
    totals: dict[str, Fraction] = {}
    for one in payments(interpreter, found):
        if paid.plan in (None, one.plan.name):
            name = _month_of(one)
            totals[name] = totals.get(name, _NOTHING) + one.amount
    return totals


def _month_of(payment: Payment) -> str:
    return UNDATED if payment.month is None else month_name(payment.month)


def _wrong_amounts(paid: Paid, totals: Mapping[str, Fraction], about: str) -> Iterator[str]:
    expected = paid.months or {}
    named = "" if paid.plan is None else f", {paid.plan}"
    for name in sorted({*expected, *totals}):
        wanted, given = (one.get(name, _NOTHING) for one in (expected, totals))
        if wanted != given:
            yield (
                f"{about}{named}, {_month_shown(name)} : attendu {french_number(wanted, 2)}, "
                f"obtenu {french_number(given, 2)}"
            )


def _month_shown(name: str) -> str:
    """« décembre 2024 », « sans mois » ; nothing when there is none."""
    if name == UNDATED:
        return "sans mois"
    return month_words(_month(name)) if name else ""


def _shown(text: str) -> str:
    return f"« {text} »" if text else "aucune"
