"""Exact values to text: the JSON form and the French one."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.evaluation.outcomes import NotComputable
from engine.evaluation.show import decimal_text, french, french_number
from engine.langage.kernel import ABSENT
from engine.langage.units import NamedUnit

THIN = "\N{NARROW NO-BREAK SPACE}"
EUROS = NamedUnit("euros", "€", 2, (("euros", 1),))
RATIO = NamedUnit("ratio", "", 4, ())


@given(st.integers(-(10**15), 10**15), st.integers(0, 9))
def test_a_decimal_text_reads_back_as_the_same_number(units: int, decimals: int) -> None:
    exact = Fraction(units, 10**decimals)
    text = decimal_text(exact, decimals)
    assert Fraction(text) == exact
    _, _, after = text.partition(".")
    assert len(after) == decimals
    assert Decimal(text).as_tuple().exponent == -decimals


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        ("1250", 2, "1250.00"),
        ("0", 2, "0.00"),
        ("-0.05", 2, "-0.05"),
        ("-12", 0, "-12"),
        ("0.007", 3, "0.007"),
        ("3.2", 2, "3.20"),
    ],
)
def test_a_decimal_text_has_its_declared_decimals(value: str, decimals: int, text: str) -> None:
    assert decimal_text(Fraction(value), decimals) == text


def test_a_decimal_text_never_rounds() -> None:
    with pytest.raises(AssertionError, match="not on the grid of 2 decimals"):
        decimal_text(Fraction("0.005"), 2)


@given(st.integers(-(10**12), 10**12), st.integers(0, 4))
def test_a_french_number_reads_back_as_the_same_number(units: int, decimals: int) -> None:
    exact = Fraction(units, 10**decimals)
    text = french_number(exact, decimals)
    assert Fraction(text.replace(THIN, "").replace(",", ".")) == exact


@given(st.fractions(-(10**6), 10**6, max_denominator=10**4), st.integers(0, 2))
def test_a_french_number_is_cut_only_after_four_decimals_and_says_so(
    exact: Fraction, decimals: int
) -> None:
    text = french_number(exact, decimals)
    read = Fraction(text.removesuffix("…").replace(THIN, "").replace(",", "."))
    if text.endswith("…"):
        assert 0 < abs(exact) - abs(read) < Fraction(1, 10**4)
    else:
        assert read == exact


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        ("1234567.5", 2, f"1{THIN}234{THIN}567,50"),
        ("999", 0, "999"),
        ("1000", 0, f"1{THIN}000"),
        ("0.5", 0, "0,5"),
        ("-2.25", 2, "-2,25"),
        ("1/3", 2, "0,3333…"),
        ("2/3", 0, "0,6666…"),
        ("0.12345", 2, "0,1234…"),
    ],
)
def test_a_french_number_has_a_comma_and_groups(value: str, decimals: int, text: str) -> None:
    assert french_number(Fraction(value), decimals) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (Fraction("7.5"), EUROS, "7,50 €"),
        (Fraction("0.1"), RATIO, "0,1"),
        (Fraction(3), None, "3"),
        (True, None, "oui"),
        (False, None, "non"),
        (date(2024, 5, 2), None, "2024-05-02"),
        ("cantine", None, "cantine"),
        (frozenset(("pain", "brioche")), None, "brioche, pain"),
        (ABSENT, EUROS, "sans objet"),
        (NotComputable(()), EUROS, "non calculable"),
    ],
)
def test_any_value_is_told_in_french(value: object, unit: NamedUnit | None, text: str) -> None:
    assert french(value, unit) == text  # type: ignore[arg-type]
