"""Rounding is exact, and its three modes are those of ``decimal``."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.evaluation.outcomes import rounded
from engine.langage.kernel import ABSENT, Round, RoundingMode
from tests.evaluation.kitchen import ABSENT_, HERE, LACKING, lacks, number, value

MODES: dict[RoundingMode, str] = {
    "proche": ROUND_HALF_UP,  # decimal too sends the half away from zero
    "superieur": ROUND_CEILING,
    "inferieur": ROUND_FLOOR,
}
STEPS = st.sampled_from(["1", "0.1", "0.01", "0.001", "0.5", "0.25", "5", "10", "0.05"])
NUMBERS = st.decimals(-(10**9), 10**9, places=5)
FRACTIONS = st.fractions(-(10**6), 10**6, max_denominator=1000)


def by_decimal(amount: Decimal, step: Decimal, mode: RoundingMode) -> Fraction:
    with localcontext() as context:
        context.prec = 60
        return Fraction((amount / step).to_integral_value(MODES[mode]) * step)


@given(NUMBERS, STEPS, st.sampled_from(sorted(MODES)))
@example(Decimal("2.5"), "1", "proche")
@example(Decimal("-2.5"), "1", "proche")
@example(Decimal("0.125"), "0.01", "proche")
@example(Decimal("-0.125"), "0.01", "superieur")
@example(Decimal("2.675"), "0.01", "proche")
def test_a_rounding_is_the_one_of_decimal(amount: Decimal, step: str, mode: RoundingMode) -> None:
    expected = by_decimal(amount, Decimal(step), mode)
    assert rounded(Fraction(amount), Fraction(step), mode) == expected


@given(st.integers(-(10**6), 10**6), STEPS)
def test_a_half_goes_away_from_zero(units: int, step: str) -> None:
    grid = Fraction(step)
    half = (units + Fraction(1, 2)) * grid
    assert abs(rounded(half, grid, "proche")) == abs(half) + grid / 2


@given(FRACTIONS, STEPS)
def test_a_rounding_is_on_the_grid_and_no_further_than_its_mode_says(
    amount: Fraction, step: str
) -> None:
    grid = Fraction(step)
    near, above, below = (rounded(amount, grid, mode) for mode in MODES)
    assert {(found / grid).denominator for found in (near, above, below)} == {1}
    assert abs(near - amount) <= grid / 2
    assert 0 <= above - amount < grid
    assert 0 <= amount - below < grid
    assert near in (above, below)


@given(st.integers(-(10**9), 10**9), STEPS, st.sampled_from(sorted(MODES)))
def test_what_is_on_the_grid_does_not_move(units: int, step: str, mode: RoundingMode) -> None:
    assert rounded(units * Fraction(step), Fraction(step), mode) == units * Fraction(step)


@given(FRACTIONS, FRACTIONS, STEPS, st.sampled_from(sorted(MODES)))
def test_a_rounding_keeps_the_order(
    one: Fraction, other: Fraction, step: str, mode: RoundingMode
) -> None:
    low, high = sorted((one, other))
    assert rounded(low, Fraction(step), mode) <= rounded(high, Fraction(step), mode)


@given(FRACTIONS, STEPS)
def test_up_and_down_mirror_each_other(amount: Fraction, step: str) -> None:
    grid = Fraction(step)
    assert rounded(-amount, grid, "superieur") == -rounded(amount, grid, "inferieur")
    assert rounded(-amount, grid, "proche") == -rounded(amount, grid, "proche")


def test_a_third_is_never_cut_before_it_is_rounded() -> None:
    third = Round(number(Fraction(1, 3)), Fraction(1, 100), "proche", "j1", HERE)
    assert value(third) == Fraction("0.33")


@pytest.mark.parametrize("mode", sorted(MODES))
def test_what_has_no_value_is_not_rounded(mode: RoundingMode) -> None:
    assert value(Round(ABSENT_, Fraction(1), mode, "j1", HERE)) is ABSENT
    assert lacks(value(Round(LACKING, Fraction(1), mode, "j1", HERE))) == [
        ("registre", "prix-galette")
    ]
