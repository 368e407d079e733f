"""Totals over lines: what is kept, what counts once, what no line gives."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.langage.kernel import ABSENT, Aggregate, AggregateKind, Const, Expr, Ref
from engine.langage.records import Record
from tests.evaluation.kitchen import (
    ABSENT_,
    FALSE,
    HERE,
    LACKING,
    TRUE,
    batches,
    lacks,
    number,
    op,
    value,
)

QUANTITY = Ref("champ", "quantite", "fournees", HERE)
MARK = Ref("champ", "petrin", "fournees", HERE)
QUANTITIES = st.lists(st.integers(0, 500), max_size=8)
MARKS = st.lists(st.sampled_from([None, "P1", "P2", "P3"]), min_size=8, max_size=8)


def total(
    kind: AggregateKind,
    record: Record,
    *,
    body: Expr | None = QUANTITY,
    where: Expr | None = None,
    once_per: Expr | None = None,
    otherwise: Expr | None = None,
) -> object:
    return value(Aggregate(kind, "fournees", body, where, once_per, otherwise, HERE), record)


def test_over_no_line_a_sum_and_a_count_are_zero() -> None:
    empty = batches()
    assert total("somme", empty) == 0
    assert total("compte", empty, body=None) == 0
    assert total("compte_distinct", empty) == 0
    assert total("existe", empty, body=None) is False
    assert total("somme", batches(3, 4), where=FALSE) == 0


def test_over_no_line_max_and_min_are_what_is_said() -> None:
    for kind in ("max", "min"):
        assert total(kind, batches(), otherwise=number(7)) == 7
        assert total(kind, batches(), otherwise=ABSENT_) is ABSENT
        assert total(kind, batches(3, 4), where=FALSE, otherwise=number(7)) == 7


@given(QUANTITIES)
def test_totals_are_those_of_the_lines(quantities: list[int]) -> None:
    record = batches(*quantities)
    assert total("somme", record) == sum(quantities)
    assert total("compte", record, body=None) == len(quantities)
    assert total("compte_distinct", record) == len(set(quantities))
    assert total("existe", record, body=None) is bool(quantities)
    assert total("max", record, otherwise=number(-1)) == max(quantities, default=-1)
    assert total("min", record, otherwise=number(-1)) == min(quantities, default=-1)


@given(QUANTITIES, st.integers(0, 500))
def test_only_the_lines_that_satisfy_the_condition_count(quantities: list[int], low: int) -> None:
    kept = [one for one in quantities if one > low]
    where = op(">", QUANTITY, number(low))
    record = batches(*quantities)
    assert total("somme", record, where=where) == sum(kept)
    assert total("compte", record, body=None, where=where) == len(kept)
    assert total("existe", record, body=None, where=where) is bool(kept)


@given(QUANTITIES, MARKS)
def test_lines_of_one_mark_count_once_by_the_greatest(
    quantities: list[int], marks: list[str | None]
) -> None:
    record = batches(*quantities, marks=tuple(marks))
    pairs = list(zip(quantities, marks, strict=False))
    alone = sum(quantity for quantity, mark in pairs if mark is None)
    groups = {mark for _, mark in pairs if mark is not None}
    once = sum(max(quantity for quantity, mark in pairs if mark == one) for one in groups)
    assert total("somme", record, once_per=MARK) == alone + once


@given(QUANTITIES)
def test_one_mark_for_all_is_the_maximum(quantities: list[int]) -> None:
    mark = Const("P1", HERE)
    found = total("somme", batches(*quantities), once_per=mark)
    assert found == max(quantities, default=0)


def test_the_body_of_a_line_left_out_is_not_read() -> None:
    body = op("+", QUANTITY, LACKING)
    assert total("somme", batches(3, 4), body=body, where=FALSE) == 0


def test_one_line_without_value_leaves_the_whole_without_value() -> None:
    record = batches(1, 2, marks=("P1",))
    assert total("compte_distinct", record, body=MARK) is ABSENT
    assert total("compte_distinct", record, body=MARK, where=op("present", MARK)) == 1


def test_one_line_not_computable_wins_over_those_without_value() -> None:
    record = batches(1, 2, marks=("P1",))
    found = total("compte_distinct", record, body=op("==", MARK, LACKING))
    assert lacks(found) == [("registre", "prix-galette")]  # type: ignore[arg-type]


def test_a_condition_or_a_mark_not_computable_leaves_the_whole_so() -> None:
    for found in (
        total("somme", batches(1), where=LACKING),
        total("somme", batches(1), once_per=LACKING),
    ):
        assert lacks(found) == [("registre", "prix-galette")]  # type: ignore[arg-type]


def test_a_total_inside_a_line_is_over_every_line() -> None:
    inner = Aggregate("somme", "fournees", QUANTITY, None, None, None, HERE)
    share = op("/", QUANTITY, inner)
    assert total("somme", batches(1, 2, 5), body=share) == 1


def test_a_line_outside_of_any_list_is_a_bug_of_the_program() -> None:
    with pytest.raises(AssertionError, match="no current line"):
        value(QUANTITY, batches(1))


def test_a_sum_of_truths_in_lines_is_asked_for_as_a_count() -> None:
    assert total("compte", batches(3, 4), body=None, where=TRUE) == Fraction(2)
