"""The laws written at the top of ``engine.langage.kernel``, on expressions by themselves."""

from __future__ import annotations

from fractions import Fraction
from operator import add, mul, sub, truediv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.langage.kernel import (
    ABSENT,
    Branch,
    Choice,
    Const,
    Expr,
    Missing,
    Op,
    Operator,
    Otherwise,
    Reading,
)
from tests.evaluation.kitchen import (
    ABSENT_,
    FALSE,
    HERE,
    LACKING,
    TRUE,
    interpreter,
    lacks,
    number,
    op,
    value,
)

NUMBERS = st.fractions(-1000, 1000, max_denominator=60)
BINARY: tuple[Operator, ...] = (
    "+", "-", "*", "/", "==", "!=", "<", "<=", ">", ">=", "min", "max", "plafond", "plancher",
)  # fmt: skip
OTHER = Missing("champ", "distance", HERE)


def choice(*cases: tuple[Expr, Expr], otherwise: Expr | None = None, first: bool = False) -> Choice:
    made = tuple(Branch(condition, then) for condition, then in cases)
    return Choice(made, otherwise, exclusive=not first, span=HERE)


# --- arithmetic


@given(NUMBERS, NUMBERS)
def test_an_operation_on_numbers_is_exact(left: Fraction, right: Fraction) -> None:
    signs: dict[Operator, object] = {
        "+": add(left, right),
        "-": sub(left, right),
        "*": mul(left, right),
        "min": min(left, right),
        "max": max(left, right),
        "plafond": min(left, right),
        "plancher": max(left, right),
        "==": left == right,
        "!=": left != right,
        "<": left < right,
        "<=": left <= right,
        ">": left > right,
        ">=": left >= right,
    }
    for sign, expected in signs.items():
        assert value(op(sign, number(left), number(right))) == expected
    if right:
        assert value(op("/", number(left), number(right))) == truediv(left, right)


def test_a_third_times_three_is_one() -> None:
    assert value(op("*", op("/", number(1), number(3)), number(3))) == 1


@given(NUMBERS, st.integers(1, 60))
def test_a_quotient_times_its_divisor_is_the_dividend(left: Fraction, right: int) -> None:
    found = value(op("*", op("/", number(left), number(right)), number(right)))
    assert found == left
    assert type(found) is Fraction


@given(st.lists(NUMBERS, min_size=2, max_size=6))
def test_min_and_max_take_any_number_of_values(numbers: list[Fraction]) -> None:
    args = [number(one) for one in numbers]
    assert value(op("min", *args)) == min(numbers)
    assert value(op("max", *args)) == max(numbers)


@given(NUMBERS)
def test_a_quotient_by_zero_is_not_computable(left: Fraction) -> None:
    assert lacks(value(op("/", number(left), number(0)))) == [("division", "")]


# --- sans objet, not computable


@pytest.mark.parametrize("sign", BINARY)
def test_an_operation_on_what_is_absent_is_absent(sign: Operator) -> None:
    assert value(op(sign, ABSENT_, number(2))) is ABSENT
    assert value(op(sign, number(2), ABSENT_)) is ABSENT
    assert value(op(sign, ABSENT_, ABSENT_)) is ABSENT


@pytest.mark.parametrize("sign", BINARY)
def test_not_computable_wins_over_everything_on_either_side(sign: Operator) -> None:
    for other in (number(2), ABSENT_, LACKING):
        assert lacks(value(op(sign, LACKING, other))) == [("registre", "prix-galette")]
        assert lacks(value(op(sign, other, LACKING))) == [("registre", "prix-galette")]


def test_every_reason_why_a_value_is_not_computable_is_kept_once() -> None:
    found = value(op("+", op("+", LACKING, OTHER), op("*", LACKING, ABSENT_)))
    assert lacks(found) == [("registre", "prix-galette"), ("champ", "distance")]


def test_not_and_minus_follow_the_same_law() -> None:
    members = Const(frozenset(("pain",)), HERE)
    assert value(op("not", ABSENT_)) is ABSENT
    assert value(op("neg", ABSENT_)) is ABSENT
    assert value(op("in", ABSENT_, members)) is ABSENT
    for found in (op("not", LACKING), op("neg", LACKING), op("in", LACKING, members)):
        assert lacks(value(found)) == [("registre", "prix-galette")]
    assert value(op("neg", number(3))) == -3
    assert value(op("not", TRUE)) is False


def test_only_otherwise_turns_absent_into_something() -> None:
    assert value(Otherwise(ABSENT_, number(4), HERE)) == 4
    assert value(Otherwise(number(3), number(4), HERE)) == 3
    assert value(Otherwise(ABSENT_, ABSENT_, HERE)) is ABSENT


def test_otherwise_does_not_hide_what_is_not_computable() -> None:
    assert lacks(value(Otherwise(LACKING, number(4), HERE))) == [("registre", "prix-galette")]


def test_otherwise_reads_its_fallback_only_when_needed() -> None:
    assert value(Otherwise(number(3), LACKING, HERE)) == 3
    assert lacks(value(Otherwise(ABSENT_, LACKING, HERE))) == [("registre", "prix-galette")]


def test_present_tells_absent_from_a_value_and_passes_on_what_is_not_computable() -> None:
    assert value(op("present", ABSENT_)) is False
    assert value(op("present", number(0))) is True
    assert value(op("present", FALSE)) is True
    assert lacks(value(op("present", LACKING))) == [("registre", "prix-galette")]


# --- reading only what is needed


@given(st.lists(st.booleans(), min_size=1, max_size=6))
def test_and_and_or_are_those_of_logic(truths: list[bool]) -> None:
    args = [Const(one, HERE) for one in truths]
    assert value(op("and", *args)) is all(truths)
    assert value(op("or", *args)) is any(truths)


@given(st.lists(st.booleans(), max_size=4), st.sampled_from([LACKING, ABSENT_]))
def test_and_and_or_stop_at_what_settles_them(truths: list[bool], after: Expr) -> None:
    args = [Const(one, HERE) for one in truths]
    if not all(truths):
        assert value(op("and", *args, after)) is False
    if any(truths):
        assert value(op("or", *args, after)) is True


def test_and_and_or_read_from_left_to_right() -> None:
    assert value(op("and", ABSENT_, FALSE)) is ABSENT
    assert value(op("or", ABSENT_, TRUE)) is ABSENT
    assert lacks(value(op("and", LACKING, FALSE))) == [("registre", "prix-galette")]
    assert lacks(value(op("or", FALSE, LACKING, TRUE))) == [("registre", "prix-galette")]


def test_a_choice_reads_the_value_of_the_case_that_applies_and_no_other() -> None:
    assert value(choice((FALSE, LACKING), (TRUE, number(2)), otherwise=LACKING)) == 2
    assert value(choice((FALSE, LACKING), otherwise=number(3))) == 3
    assert lacks(value(choice((TRUE, LACKING), otherwise=number(3)))) == [
        ("registre", "prix-galette")
    ]


def test_the_first_case_that_applies_stops_the_reading_when_the_first_is_chosen() -> None:
    assert value(choice((TRUE, number(1)), (LACKING, number(2)), first=True)) == 1
    assert value(choice((TRUE, number(1)), (TRUE, number(2)), first=True)) == 1


def test_a_condition_without_value_stops_a_choice() -> None:
    assert value(choice((ABSENT_, number(1)), (TRUE, number(2)))) is ABSENT
    assert lacks(value(choice((LACKING, number(1)), (TRUE, number(2))))) == [
        ("registre", "prix-galette")
    ]


def test_two_cases_that_apply_are_not_computable() -> None:
    found = value(choice((TRUE, number(1)), (FALSE, number(2)), (TRUE, number(1))))
    assert lacks(found) == [("deux_cas", "")]


def test_no_case_that_applies_is_not_computable_unless_something_is_said() -> None:
    assert lacks(value(choice((FALSE, number(1))))) == [("aucun_cas", "")]
    assert value(choice((FALSE, number(1)), otherwise=ABSENT_)) is ABSENT


@given(st.lists(st.booleans(), min_size=1, max_size=6))
def test_a_choice_says_how_many_of_its_cases_apply(truths: list[bool]) -> None:
    cases = [(Const(one, HERE), number(index)) for index, one in enumerate(truths)]
    found = value(choice(*cases))
    match truths.count(True):
        case 0:
            assert lacks(found) == [("aucun_cas", "")]
        case 1:
            assert found == truths.index(True)
        case _:
            assert lacks(found) == [("deux_cas", "")]


def test_a_reading_is_the_option_retained_or_the_one_asked_for() -> None:
    node = Reading("douzaine", (("commune", number(12)), ("boulangere", LACKING)), HERE)
    assert interpreter().value(node) == 12
    asked = interpreter(readings={"douzaine": "boulangere"}).value(node)
    assert lacks(asked) == [("registre", "prix-galette")]


def test_a_deep_expression_is_evaluated() -> None:
    expr: Expr = number(0)
    for _ in range(500):
        expr = Op("+", (expr, number(1)), HERE)
    assert value(expr) == 500
