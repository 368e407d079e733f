"""What cannot be computed: told once, with its reason and the results that it prevents."""

from __future__ import annotations

from fractions import Fraction

import pytest

from tests.evaluation.kitchen import (
    batches,
    computed,
    lacks,
    law,
    order,
    result,
    rule,
    used,
)


def anomalies(text: str, *, rules: str = "", more: str = "") -> list[tuple[str, str]]:
    under = law(rules, more)
    found = computed(order(text, under=under), under=under)
    return [(one.code, one.message) for one in found.anomalies]


def test_a_field_that_is_needed_and_missing_is_named() -> None:
    found = anomalies("fournees: [{produit: pain, quantite: 1}]\n")
    assert found == [
        (
            "E506",
            "non calculable, le dossier ne renseigne pas « distance » : livraison, total",
        )
    ]


def test_what_no_source_gives_is_told_with_the_results_it_prevents() -> None:
    ((code, message),) = anomalies("distance: 1\nfournees: [{produit: galette, quantite: 1}]\n")
    assert code == "E507"
    assert message == (
        "non calculable, il manque la page des galettes : montant_brut, taux_remise, remise, total"
    )


def test_what_does_not_read_the_missing_value_is_computed() -> None:
    found = computed(order("distance: 1\nfournees: [{produit: galette, quantite: 12}]\n"))
    assert found.texts["douzaines"] == "1"
    assert "montant_brut" not in found.texts


CASES = "selon: [{si: 10 < pieces < 30, alors: 1}, {si: pieces > 20, alors: 2}]"


@pytest.mark.parametrize(("quantity", "code"), [(5, "E509"), (15, None), (25, "E508")])
def test_cases_that_do_not_settle_an_order_are_told(quantity: int, code: str | None) -> None:
    results = (
        "resultats:\n  depuis: 2000-01-01\n"
        "  sections: [{titre: Essai, noms: [tranche]}]\n  tableau: [pieces]\n"
    )
    text = f"distance: 1\nfournees: [{{produit: pain, quantite: {quantity}}}]\n"
    found = anomalies(text, rules=rule("tranche", CASES), more=results)
    assert [one for one, _ in found] == ([] if code is None else [code])
    assert all("« tranche »" in message for _, message in found)


def test_the_first_case_is_chosen_when_the_rule_says_so() -> None:
    under = law(rule("tranche", f"{CASES}, choix: premier, sinon: 0"), used("tranche"))
    values = [result("tranche", batches(n), under=under) for n in (5, 15, 25)]
    assert values == [0, 1, 1]


def test_a_quotient_by_zero_is_told_and_stops_nothing_else() -> None:
    under = law(
        rule("prix_moyen", "valeur: montant_brut / pieces", unit="prix"), used("prix_moyen")
    )
    assert result("prix_moyen", batches(4), under=under) == Fraction("1.1")
    assert lacks(result("prix_moyen", batches(0), under=under)) == [("division", "prix_moyen")]


def test_the_anomaly_of_a_quotient_by_zero_names_the_rule() -> None:
    results = (
        "resultats:\n  depuis: 2000-01-01\n"
        "  sections: [{titre: Essai, noms: [prix_arrondi]}]\n  tableau: [pieces]\n"
    )
    rules = rule(
        "prix_arrondi",
        "valeur: montant_brut / pieces, arrondi: {pas: 0.01, sens: proche, source: j1}",
        unit="prix",
    )
    text = "distance: 1\nfournees: [{produit: pain, quantite: 0}]\n"
    (message,) = [
        words for code, words in anomalies(text, rules=rules, more=results) if code == "E514"
    ]
    assert "« prix_arrondi »" in message
