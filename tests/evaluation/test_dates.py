"""Dates in expressions: counts of days, the earlier and the later, the school year."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.evaluation.interpreter import Interpreter
from engine.langage.kernel import Const, Expr, Op
from engine.source.positions import whole_file
from tests.evaluation.kitchen import law, order

HERE = whole_file("essai")
DAYS = st.dates(date(1990, 1, 1), date(2100, 1, 1))


def evaluate(expr: Expr) -> object:
    under, record = law(), order("distance: 1\n")
    return Interpreter(under.corpus, under.epoch(record.day), record).value(expr)


def dates(op: str, *days: date) -> object:
    return evaluate(Op(op, tuple(Const(day, HERE) for day in days), HERE))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("first", "last", "count"),
    [
        ("2024-09-01", "2024-09-01", 1),
        ("2024-09-01", "2025-08-31", 365),
        ("2023-09-01", "2024-08-31", 366),
    ],
)
def test_days_are_counted_with_both_ends(first: str, last: str, count: int) -> None:
    assert dates("jours", date.fromisoformat(first), date.fromisoformat(last)) == count


@pytest.mark.parametrize(
    ("first", "last", "count"),
    [
        ("2024-09-01", "2025-08-31", 360),
        ("2024-09-15", "2024-09-30", 16),
        ("2025-08-24", "2025-08-31", 8),
        ("2016-12-26", "2016-12-31", 6),
        ("2017-02-20", "2017-02-28", 9),
        ("2024-10-31", "2024-10-31", 1),
        ("2024-10-01", "2024-10-30", 30),
        ("2025-02-01", "2025-02-28", 30),
        ("2024-02-01", "2024-02-28", 28),
        ("2024-02-02", "2024-02-29", 28),
        ("2024-12-16", "2025-01-15", 31),  # 16 days of December, 15 of January
        ("2024-12-16", "2025-02-28", 76),
        ("2024-09-01", "2024-08-31", 0),
        ("2024-09-10", "2024-08-31", 0),
    ],
)
def test_a_whole_month_is_thirty_thirtieths(first: str, last: str, count: int) -> None:
    """Counted by hand: whole months for thirty, the days of the others."""
    assert dates("trentiemes", date.fromisoformat(first), date.fromisoformat(last)) == count


@given(DAYS, DAYS, DAYS)
def test_a_period_is_the_sum_of_its_parts(one: date, two: date, three: date) -> None:
    first, middle, last = sorted((one, two, three))
    after = date.fromordinal(middle.toordinal() + 1)
    parts = [dates("jours", first, middle), dates("jours", after, last)]
    assert dates("jours", first, last) == sum(Fraction(str(part)) for part in parts)


def test_the_earlier_and_the_later_of_two_dates() -> None:
    days = date(2024, 9, 1), date(2025, 1, 1)
    assert dates("min", *days) == days[0]
    assert dates("max", *days) == days[1]
