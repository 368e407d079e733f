"""Payments: parts that sum to the year, and arrears that lose nothing."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.evaluation.schedule import after, shares, validation
from engine.langage.agenda import Calendar, Deadline, Window
from engine.langage.corpus import Checked
from engine.source.positions import whole_file

CENT = Fraction(1, 100)
HERE = whole_file("essai")
AMOUNTS = st.integers(0, 10**9).map(lambda cents: Fraction(cents, 100))


@given(AMOUNTS, st.integers(1, 12))
def test_the_parts_of_a_year_sum_to_the_year(amount: Fraction, count: int) -> None:
    parts = shares(amount, count, CENT)
    assert len(parts) == count
    assert sum(parts, Fraction(0)) == amount


@given(AMOUNTS, st.integers(1, 12))
def test_two_parts_differ_by_a_cent_at_most_and_the_first_are_the_greater(
    amount: Fraction, count: int
) -> None:
    parts = shares(amount, count, CENT)
    assert parts == sorted(parts, reverse=True)
    assert parts[0] - parts[-1] <= CENT
    assert all((part / CENT).denominator == 1 for part in parts)


@given(st.fractions(0, 10**6), st.integers(1, 12))
def test_nothing_is_lost_off_the_grid(amount: Fraction, count: int) -> None:
    assert sum(shares(amount, count, CENT), Fraction(0)) == amount


def test_a_ninth_is_the_one_of_the_source() -> None:
    # 001 p. 2: 2110,28 € a year, 234,48 € a month; 9 x 234,48 = 2110,32, four cents too much:
    # 211028 = 9 x 23447 + 5, so five months at 234,48 and four at 234,47.
    parts = shares(Fraction("2110.28"), 9, CENT)
    assert parts == [Fraction("234.48")] * 5 + [Fraction("234.47")] * 4


@pytest.mark.parametrize(
    ("month", "count", "found"),
    [((2024, 12), 1, (2025, 1)), ((2024, 9), 0, (2024, 9)), ((2024, 1), 12, (2025, 1))],
)
def test_months_follow_one_another(
    month: tuple[int, int], count: int, found: tuple[int, int]
) -> None:
    assert after(month, count) == found


def window(name: str, start: str, end: str, *deadlines: tuple[str, tuple[int, int]]) -> Window:
    paid = tuple(Deadline(date.fromisoformat(day), month) for day, month in deadlines)
    return Window(name, "essai", date.fromisoformat(start), date.fromisoformat(end), paid, HERE)


CALENDAR = Calendar(
    "essai",
    "Essai",
    "2024-2025",
    "public",
    "j1",
    (
        window(
            "un",
            "2024-09-20",
            "2024-10-22",
            ("2024-09-25", (2024, 10)),
            ("2024-10-22", (2024, 11)),
        ),
        window("deux", "2024-11-04", "2024-11-13", ("2024-11-13", (2024, 12))),
    ),
    (),
    None,
    Checked("signee", (), None, None, None, None),
    HERE,
)


@pytest.mark.parametrize(
    ("day", "name", "month", "late"),
    [
        ("2024-09-01", "un", (2024, 10), True),
        ("2024-09-25", "un", (2024, 10), False),
        ("2024-09-26", "un", (2024, 11), False),
        ("2024-10-22", "un", (2024, 11), False),
        ("2024-10-23", "deux", (2024, 12), True),
        ("2024-11-13", "deux", (2024, 12), False),
    ],
)
def test_a_validation_is_paid_by_the_window_it_falls_in_or_the_next(
    day: str, name: str, month: tuple[int, int], *, late: bool
) -> None:
    found = validation(CALENDAR, date.fromisoformat(day))
    assert found is not None
    assert (found.window.name, found.month, found.late) == (name, month, late)


def test_a_validation_after_the_last_window_is_paid_by_none() -> None:
    assert validation(CALENDAR, date(2024, 11, 14)) is None
