from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.dossiers.values import LONGEST, accepted_forms, likely_form, read_number
from engine.langage.inputs import Writing

WRITINGS: tuple[Writing, ...] = ("nombre", "heures", "part")


@pytest.mark.parametrize("writing", WRITINGS)
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("4", Fraction(4)),
        ("4.5", Fraction(9, 2)),
        ("4,5", Fraction(9, 2)),
        (" 4,50 ", Fraction(9, 2)),
        ("-2", Fraction(-2)),
        ("1 250,50", Fraction(2501, 2)),
        ("1\u00a0250", Fraction(1250)),
        ("12\u202f345\u2009678,1", Fraction(123456781, 10)),
        ("0.1", Fraction(1, 10)),
    ],
)
def test_a_plain_number_is_read_exactly_in_every_writing(
    text: str, value: Fraction, writing: Writing
) -> None:
    assert read_number(text, writing) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("4 h 30", Fraction(9, 2)),
        ("4h30", Fraction(9, 2)),
        ("4\u00a0h\u00a030", Fraction(9, 2)),
        ("4h05", Fraction(49, 12)),
        ("0 h 20", Fraction(1, 3)),
        ("4 h", Fraction(4)),
        ("4,5 h", Fraction(9, 2)),
        ("4H30", Fraction(9, 2)),
    ],
)
def test_a_duration_is_read_in_hours(text: str, value: Fraction) -> None:
    assert read_number(text, "heures") == value
    assert read_number(text, "nombre") is None
    assert read_number(text, "part") is None


@pytest.mark.parametrize(
    ("text", "value"),
    [("80 %", Fraction(4, 5)), ("80%", Fraction(4, 5)), ("57,14\u202f%", Fraction(2857, 5000))],
)
def test_a_percentage_is_read_as_a_share_of_one(text: str, value: Fraction) -> None:
    assert read_number(text, "part") == value
    assert read_number(text, "heures") is None


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "h", "abc", "18:30", "4 h 60", "4 h 5", "4 h 30 h", "1e3", "0x10", "1_000"),
        *(".5", "5.", "+4", "4 5", "1 25", "1250 500", "4,5,6", "٤", "4\n", "nan", "4 h 30,5"),
        "9" * (LONGEST + 1),
    ],
)
def test_any_other_text_is_not_a_number(text: str) -> None:
    assert read_number(text, "heures") is None


def test_a_likely_form_is_proposed_for_a_time_of_day_only_where_hours_are_read() -> None:
    assert likely_form("18:30", "heures") == "18 h 30"
    assert likely_form("4 h 5", "heures") == "4 h 05"
    assert likely_form("18:30", "nombre") is None
    assert likely_form("abc", "heures") is None


@pytest.mark.parametrize("writing", WRITINGS)
def test_every_form_shown_in_a_hint_can_be_read(writing: Writing) -> None:
    forms = accepted_forms(writing)
    assert len(forms) >= 3
    assert None not in [read_number(form, writing) for form in forms]


@given(st.decimals(min_value=-9999, max_value=9999, places=3))
def test_a_decimal_is_read_alike_with_a_point_and_with_a_comma(number: object) -> None:
    point = str(number)
    assert read_number(point) == Fraction(point)
    assert read_number(point.replace(".", ",")) == Fraction(point)


@given(st.integers(0, 99), st.integers(0, 59))
def test_hours_and_minutes_are_sixtieths(hours: int, minutes: int) -> None:
    assert read_number(f"{hours} h {minutes:02}", "heures") == hours + Fraction(minutes, 60)


@given(st.text(max_size=50), st.sampled_from(WRITINGS))
def test_reading_never_fails(text: str, writing: Writing) -> None:
    assert isinstance(read_number(text, writing), Fraction | None)
