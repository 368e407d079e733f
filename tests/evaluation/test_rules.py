"""Rules of the bakery, applied to orders: versions, exceptions, links, readings, steps."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from engine.evaluation.outcomes import below
from engine.evaluation.results import compute
from engine.langage.kernel import ABSENT
from tests.evaluation.kitchen import (
    batches,
    computed,
    interpreter,
    law,
    order,
    result,
    rule,
    used,
)

CANTEEN = """\
client: {categorie: cantine}
distance: 4
fournees: [{produit: pain, quantite: %d}]
"""


# --- a whole order


def test_a_whole_order_is_computed_to_the_cent() -> None:
    found = computed(
        order("""\
client: {categorie: cantine, fidele: true, bon_reduction: 1.50}
distance: 7,5
fours: [{repere: F1, prechauffage: 30}, {repere: F2}]
fournees:
  - {produit: pain, quantite: 33, bio: true, petrin: P1}
  - {produit: brioche, quantite: 20, petrin: P1, four: F2}
  - {produit: croissant, quantite: 7}
""")
    )
    assert found.anomalies == ()
    assert dict(found.texts) == {
        "pieces": "60",
        "douzaines": "5",
        "petrins": "1.0000",
        "plus_grosse_fournee": "33",
        "panier": "carton",
        "montant_brut": "81.60",
        "taux_remise": "0.1000",
        "remise": "8.16",
        "cadeau": "1.50",
        "livraison": "7.50",
        "total": "79.44",
        "temps_de_travail": "100",  # 55 min for the two batches of P1, 45 min for the third
        "viennoiseries": "oui",
        "premiere_cuisson": "35",
    }
    assert found.points == ("douzaine",)


def test_what_does_not_apply_is_listed_apart() -> None:
    found = computed(order("distance: 1\n")).to_json()
    assert found["sans_objet"] == ["cadeau", "premiere_cuisson"]
    assert found["anomalies"] == [
        {
            "code": "A001",
            "gravite": "bloquant",
            "message": "aucune pièce n'est commandée",
            "regle": "arrete-pain.A001",
            "source": "arrete-pain art. 2",
        }
    ]


def test_what_is_still_to_be_verified_is_said_of_what_relies_on_it() -> None:
    before, after = date(2009, 12, 31), date(2010, 1, 1)
    assert computed(order(day=before)).notes == ("Remise la plus grande : une page est déchirée",)
    assert computed(order(day=after)).notes == ()


# --- versions


@pytest.mark.parametrize(
    ("day", "price"), [(date(2014, 12, 31), 0), (date(2015, 1, 1), Fraction("7.5"))]
)
def test_a_version_applies_from_its_first_day_and_not_the_day_before(
    day: date, price: Fraction
) -> None:
    assert result("livraison", order("distance: 10\n", day=day)) == price


@pytest.mark.parametrize(("day", "seen"), [(date(2019, 12, 31), True), (date(2020, 1, 1), False)])
def test_an_end_is_included(day: date, seen: bool) -> None:  # noqa: FBT001 - a case of the test
    found = computed(
        order("distance: 1\nfournees: [{produit: pain, quantite: 501}]\n", day=day)
    ).anomalies
    messages = [one.message for one in found if one.code == "A002"]
    expected = "fournées, ligne 1 : 501 pièces de pain en une fournée ; 1 sans pétrin"
    assert messages == ([expected] if seen else [])


def test_a_parameter_written_in_any_order_has_the_value_of_the_day() -> None:
    assert result("plafond_remise", order(day=date(2009, 12, 31))) == Fraction("30.5")
    assert result("plafond_remise", order(day=date(2010, 1, 1))) == 50


def test_a_rule_that_is_not_in_force_has_no_value() -> None:
    under = law(
        '  tardive: {libelle: E, unite: pieces, article: "1", versions: '
        "[{depuis: 2012-01-01, jusqu_a: 2012-12-31, valeur: 3}]}\n"
        + rule("lue", 'valeur: "défaut(tardive, 8)"'),
        used("lue"),
    )
    values = [
        result("lue", batches(day=day), under=under)
        for day in (date(2011, 12, 31), date(2012, 1, 1), date(2012, 12, 31), date(2013, 1, 1))
    ]
    assert values == [8, 3, 3, 8]


# --- exceptions


@pytest.mark.parametrize(
    ("quantity", "day", "rate"),
    [
        (181, DAY_AFTER := date(2011, 1, 1), "0.1"),  # 199.10 €, under the threshold
        (182, DAY_AFTER, "0.2"),  # 200.20 €
        (182, date(2010, 12, 31), "0.1"),  # the exception is not in force yet
    ],
)
def test_an_exception_prevails_when_it_applies(quantity: int, day: date, rate: str) -> None:
    assert result("taux_remise", order(CANTEEN % quantity, day=day)) == Fraction(rate)


def test_the_articles_are_those_of_the_rule_and_of_the_case_that_applied() -> None:
    plain = interpreter(order(CANTEEN % 10)).step("taux_remise")
    assert plain.articles == ("arrete-pain art. 4",)
    assert plain.rule is not None
    assert plain.rule.text == "arrete-pain"
    special = interpreter(order(CANTEEN % 1000)).step("taux_remise")
    assert special.articles == ("usage-foire art. 1",)


def test_exceptions_of_exceptions_are_tried_from_the_most_special() -> None:
    third = """\
texte: franchise
intitule: Franchise de la foire
nature: usage
date: 2000-01-01
source: "j1"
regles:
  taux_remise:
    libelle: Taux de la remise
    unite: ratio
    article: "9"
    deroge_a: usage-foire.taux_remise
    versions:
      - {depuis: 2012-01-01, applicable_si: pieces > 2000, valeur: 0.9}
"""
    under = law(more=third)
    rates = [
        result("taux_remise", order(CANTEEN % quantity, under=under), under=under)
        for quantity in (10, 1000, 2001)
    ]
    assert rates == [Fraction("0.1"), Fraction("0.2"), Fraction("0.9")]


def test_a_rule_whose_condition_is_false_is_without_object_and_what_reads_it_says_what_then() -> (
    None
):
    bread = "distance: 1\nfournees: [{produit: pain, quantite: 10}]\n"
    assert result("cadeau", order(bread)) is ABSENT
    assert result("total", order(bread)) == 11
    loyal = bread + "client: {categorie: particulier, fidele: true, bon_reduction: 2}\n"
    assert result("cadeau", order(loyal)) == 2
    assert result("total", order(loyal)) == 9


def test_a_floor_and_a_ceiling_bound_the_value_before_it_is_rounded() -> None:
    assert result("remise", order(CANTEEN % 100)) == 11
    assert result("remise", order(CANTEEN % 5000)) == 50
    under = law(rule("bornee", "valeur: pieces - 10, plancher: 0, plafond: 5"), used("bornee"))
    values = [result("bornee", batches(n), under=under) for n in (0, 10, 12, 15, 90)]
    assert values == [0, 0, 2, 5, 5]


# --- lines and links


def test_a_link_leads_to_the_value_of_another_line() -> None:
    text = """\
fours: [{repere: F1, prechauffage: 30}, {repere: F2}, {repere: F3, prechauffage: 0}]
fournees:
  - {produit: pain, quantite: 1, four: F3}
  - {produit: pain, quantite: 1, four: F2}
  - {produit: pain, quantite: 1}
"""
    found = interpreter(order(text))
    assert [found.step("duree", line).value for line in range(3)] == [25, 45, 55]


def test_a_link_that_leads_nowhere_has_no_value() -> None:
    found = interpreter(order("fournees: [{produit: brioche, quantite: 1}]\n"))
    assert found.step("duree", 0).value == 15


def test_a_line_reads_its_own_field_before_any_other() -> None:
    rules = rule("pieces_de_la_ligne", "valeur: quantite", head=" portee: fournees,") + rule(
        "part", "valeur: quantite / pieces", unit="ratio", head=" portee: fournees,"
    )
    under = law(rules, used("pieces_de_la_ligne", "part", scope=" portee: fournees,"))
    found = interpreter(batches(1, 3), under=under)
    assert [found.step("part", line).value for line in (0, 1)] == [Fraction(1, 4), Fraction(3, 4)]
    assert [found.step("pieces_de_la_ligne", line).value for line in (0, 1)] == [1, 3]


def test_a_field_of_a_group_is_read_with_or_without_the_group() -> None:
    under = law(
        rule("avec", "valeur: client.categorie = cantine", unit="booleen")
        + rule("sans", "valeur: categorie = cantine", unit="booleen"),
        used("avec", "sans"),
    )
    record = order(CANTEEN % 1, under=under)
    assert result("avec", record, under=under) is True
    assert result("sans", record, under=under) is True


def test_lines_of_one_mark_count_once() -> None:
    assert result("temps_de_travail", batches(1, 1, 1, marks=("P1", "P1"))) == 50
    assert result("temps_de_travail", batches(1, 1, 1)) == 75


# --- dates and codes in expressions


def test_a_text_compared_with_a_date_is_a_date() -> None:
    under = law(
        rule("ete", "valeur: 2012-06-21 ≤ livree_le < 2012-09-21", unit="booleen"),
        used("ete"),
    )
    days = (date(2012, 6, 20), date(2012, 6, 21), date(2012, 9, 20), date(2012, 9, 21))
    found = [result("ete", order(day=day, under=under), under=under) for day in days]
    assert found == [False, True, True, False]


def test_a_code_is_in_a_set_or_in_a_list() -> None:
    under = law(
        rule("liste", "compte: lignes, de: fournees, si: 'produit parmi [pain, galette]'")
        + rule("hors", "compte: lignes, de: fournees, si: produit non parmi VIENNOISERIES"),
        used("liste", "hors"),
    )
    text = "fournees: [{produit: pain, quantite: 1}, {produit: brioche, quantite: 1}]\n"
    record = order(text, under=under)
    assert result("liste", record, under=under) == 1
    assert result("hors", record, under=under) == 1


# --- contested points


def test_another_reading_is_applied_when_it_is_asked_for() -> None:
    record = batches(26)
    assert interpreter(record).step("douzaines").value == 2
    asked = interpreter(batches(25), readings={"douzaine": "boulangere"})
    assert asked.step("douzaines").value == 1
    assert asked.step("douzaines").points == ("douzaine",)
    assert (
        compute(law(), batches(26), readings={"douzaine": "boulangere"}).texts["douzaines"] == "2"
    )


# --- steps


def test_a_rule_is_evaluated_once_and_says_what_it_needed() -> None:
    found = interpreter(order(CANTEEN % 10))
    total = found.step("total")
    assert found.step("total") is total
    assert [one.name for one in total.needs] == ["montant_brut", "remise", "livraison", "cadeau"]
    assert len({(one.name, one.line) for one in below(total)}) == len(below(total))
    assert ("prix_unitaire", 0) in {(one.name, one.line) for one in below(total)}


def test_an_imposed_value_replaces_a_rule_or_a_field() -> None:
    found = interpreter(imposed={"montant_brut": Fraction(100), "client.categorie": "cantine"})
    assert found.step("remise").value == 10
    assert found.step("montant_brut").rule is None
