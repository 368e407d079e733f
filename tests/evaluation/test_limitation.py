"""Prescription: the first day on which a sum cannot be asked for, counted by hand."""

from __future__ import annotations

from datetime import date

import pytest

from engine.evaluation.schedule import last_day, prescribed_on
from engine.langage.agenda import Delay, Onset
from engine.langage.corpus import Checked, Period
from engine.source.positions import whole_file

HERE = whole_file("essai")
NOTHING_SAID = Checked("signee", (), None, None, None, None)


def delay(years: int, onset: Onset, again: Onset) -> Delay:
    period = Period(date(1969, 1, 1), None)
    return Delay(period, years, onset, again, "j1", None, None, NOTHING_SAID, HERE)


OWED = delay(4, "annee_suivante", "annee_suivante")
OVERPAID = delay(2, "mois_suivant", "jour_suivant")


@pytest.mark.parametrize(
    ("month", "first"),
    [
        ((2020, 1), "2025-01-01"),  # counted from 2021-01-01: four years, to 2024-12-31
        ((2020, 12), "2025-01-01"),
        ((2021, 1), "2026-01-01"),
    ],
)
def test_four_years_are_counted_from_the_year_that_follows(
    month: tuple[int, int], first: str
) -> None:
    assert prescribed_on(OWED, month) == date.fromisoformat(first)


@pytest.mark.parametrize(
    ("month", "first"),
    [
        ((2024, 10), "2026-11-01"),  # counted from 2024-11-01: two years, to 2026-10-31
        ((2024, 12), "2027-01-01"),
        ((2024, 1), "2026-02-01"),  # the leap day changes nothing
    ],
)
def test_two_years_are_counted_from_the_month_that_follows(
    month: tuple[int, int], first: str
) -> None:
    assert prescribed_on(OVERPAID, month) == date.fromisoformat(first)


def test_a_claim_on_the_last_day_makes_a_new_delay_run_and_one_day_later_none() -> None:
    assert prescribed_on(OWED, (2020, 10), [date(2024, 12, 31)]) == date(2029, 1, 1)
    assert prescribed_on(OWED, (2020, 10), [date(2025, 1, 1)]) == date(2025, 1, 1)
    assert prescribed_on(OVERPAID, (2024, 10), [date(2026, 10, 31)]) == date(2028, 11, 1)
    assert prescribed_on(OVERPAID, (2024, 10), [date(2026, 11, 1)]) == date(2026, 11, 1)


def test_claims_follow_one_another_in_any_order() -> None:
    """2028-03-10 comes in time thanks to 2024-05-02: from 2029-01-01, four years."""
    claims = [date(2028, 3, 10), date(2024, 5, 2)]
    assert prescribed_on(OWED, (2020, 10), claims) == date(2033, 1, 1)
    assert prescribed_on(OWED, (2020, 10), claims[:1]) == date(2025, 1, 1)


def test_a_claim_never_shortens_a_delay() -> None:
    """Made before the sum was earned: the delay of the sum is longer."""
    assert prescribed_on(OWED, (2020, 10), [date(2018, 3, 1)]) == date(2025, 1, 1)


def test_a_delay_from_a_leap_day_ends_with_february() -> None:
    """Claimed on 2024-02-28: from the 29th, two years, the last day is 2026-02-28."""
    assert prescribed_on(OVERPAID, (2024, 1), [date(2024, 2, 28)]) == date(2026, 3, 1)


def test_the_end_of_time_is_no_mistake() -> None:
    assert last_day((9999, 12)) == date.max
    assert prescribed_on(OWED, (9999, 12)) == date.max
    assert prescribed_on(OWED, (9997, 12)) == date.max
    assert last_day((2024, 2)) == date(2024, 2, 29)
