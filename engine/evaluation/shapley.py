"""What a group of causes does together goes in; the share of each comes out, whatever the order.

The share of a cause is its effect when it comes after some of the others, averaged over every order
in which all of them may come (the Shapley value). The shares add up to the whole effect, exactly.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from itertools import combinations
from math import factorial
from typing import TypeVar

Cause = TypeVar("Cause")


def subsets(causes: Iterable[Cause]) -> Iterator[frozenset[Cause]]:
    """Every group of ``causes``, the empty one and the whole one included, small ones first."""
    listed = list(causes)
    for size in range(len(listed) + 1):
        yield from (frozenset(one) for one in combinations(listed, size))


def weights(causes: frozenset[Cause], cause: Cause) -> Mapping[frozenset[Cause], Fraction]:
    """How much the value of each group counts in the share of ``cause``."""
    found: dict[frozenset[Cause], Fraction] = {}
    count = len(causes)
    for group in subsets(causes - {cause}):
        before = len(group)
        weight = Fraction(factorial(before) * factorial(count - before - 1), factorial(count))
        found[group | {cause}] = weight
        found[group] = -weight
    return found


def shares(
    causes: frozenset[Cause], values: Mapping[frozenset[Cause], Fraction]
) -> Mapping[Cause, Fraction]:
    """The share of each cause; ``values``: what each group of them gives."""
    return {
        one: sum(
            (weight * values[group] for group, weight in weights(causes, one).items()), Fraction(0)
        )
        for one in causes
    }
