"""Exact numbers from the file to the result, and rules that rest on hundreds of others."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.evaluation.outcomes import below
from tests.evaluation.kitchen import (
    added,
    batches,
    interpreter,
    law,
    result,
    rule,
    used,
)
from tests.langage.bakery import check


def test_decimals_of_a_file_are_exact() -> None:
    under = law(
        rule("somme_exacte", "valeur: 0.1 + 0.2 = 0.3", unit="booleen")
        + rule("tiers", "valeur: pieces / 3 * 3 = pieces", unit="booleen"),
        used("somme_exacte", "tiers"),
    )
    assert result("somme_exacte", under=under) is True
    assert result("tiers", batches(7), under=under) is True


@given(st.lists(st.integers(0, 9999), max_size=5))
def test_no_value_is_a_binary_float(quantities: list[int]) -> None:
    steps = below(interpreter(batches(*quantities)).step("total"))
    assert len(steps) >= 5
    assert not any(isinstance(step.value, float) for step in steps)


@given(st.lists(st.integers(0, 2000), max_size=6))
def test_a_total_is_what_its_steps_say(quantities: list[int]) -> None:
    day = date(2012, 5, 2)
    found = interpreter(batches(*quantities, day=day))
    names = ("montant_brut", "remise", "livraison", "total")
    gross, discount, delivery, total = (found.step(name).value for name in names)
    assert gross == Fraction("1.1") * sum(quantities)
    assert isinstance(gross, Fraction)
    assert isinstance(discount, Fraction)
    assert isinstance(delivery, Fraction)
    assert total == max(Fraction(0), gross - discount + delivery)


@pytest.mark.parametrize("upwards", [True, False])
def test_a_chain_of_400_rules_is_checked_and_evaluated(upwards: bool) -> None:  # noqa: FBT001
    links = range(400)
    bodies = {0: "valeur: 1", **{n: f"valeur: maillon_{n - 1} + 1" for n in links if n}}
    written = links if upwards else reversed(links)
    rules = "".join(rule(f"maillon_{n}", bodies[n]) for n in written)
    results = (
        "resultats:\n  depuis: 2000-01-01\n"
        "  sections: [{titre: Essai, noms: [maillon_399]}]\n  tableau: [pieces]\n"
    )
    under = law(rules, results)
    assert result("maillon_399", under=under) == 400
    assert len(below(interpreter(under=under).step("maillon_399"))) == 400


def test_a_chain_that_no_stack_would_hold_is_refused_where_it_begins_to_be() -> None:
    links = range(130)
    nested = f"{'max(0, ' * 15}{{}}{')' * 15}"
    bodies = {0: "pieces", **{n: nested.format(f"maillon_{n - 1}") for n in links if n}}
    rules = "".join(rule(f"maillon_{n}", f"valeur: '{body}'") for n, body in bodies.items())
    corpus, findings = check(added(rules, used("maillon_129")))
    assert corpus is None
    (found,) = findings
    assert found.code == "E218"
    assert found.message.startswith("« maillon_125 » demande 2003 opérations l'une dans l'autre")
    assert found.span.line == 132
