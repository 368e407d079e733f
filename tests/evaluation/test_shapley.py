"""Shares of causes: they add up to the whole effect, and no order has a say."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from engine.evaluation.shapley import shares, subsets

GROUPS = list(subsets("abc"))


def by_orders(values: dict[frozenset[str], Fraction]) -> dict[str, Fraction]:
    """The definition: what each adds when it comes, averaged over every order."""
    found = dict.fromkeys("abc", Fraction(0))
    orders = list(permutations("abc"))
    for order in orders:
        for place, one in enumerate(order):
            before = frozenset(order[:place])
            found[one] += (values[before | {one}] - values[before]) / len(orders)
    return found


@given(st.lists(st.integers(-1000, 1000), min_size=len(GROUPS), max_size=len(GROUPS)))
def test_the_shares_are_the_average_over_every_order(drawn: list[int]) -> None:
    values = {group: Fraction(one) for group, one in zip(GROUPS, drawn, strict=True)}
    found = shares(frozenset("abc"), values)
    assert found == by_orders(values)
    assert sum(found.values()) == values[frozenset("abc")] - values[frozenset()]


def test_two_causes_that_only_work_together_share_alike() -> None:
    # a rate of 10 for 0 hour: 0; 20 for 0: 0; 10 for 3: 30; 20 for 3: 60. In the order rate then
    # hours: 0 and 60; hours then rate: 30 and 30. On average 15 for the rate, 45 for the hours.
    values = {"": 0, "t": 0, "h": 30, "th": 60}
    found = shares(frozenset("th"), {frozenset(one): Fraction(v) for one, v in values.items()})
    assert found == {"t": 15, "h": 45}
