"""The mistakes that are made in a law: each kind, at its place, with what is written instead."""

from __future__ import annotations

from collections import Counter

from engine.cas.mutants import Mutant, mutants
from engine.evaluation.law import Law
from tests.evaluation.kitchen import law, rule, used


def of(found: Law, name: str) -> list[Mutant]:
    """The mutants of one rule, table or control, dates aside."""
    return [one for one in mutants(found) if one.owner.endswith(f".{name}") and one.day is None]


def told(found: Law, name: str) -> list[tuple[str, str, str]]:
    return [(one.kind, one.before, one.after) for one in of(found, name)]


def essay(body: str, *, unit: str = "pieces", head: str = "") -> list[tuple[str, str, str]]:
    made = law(rule("essai", body, unit=unit, head=head), used("essai"))
    return [one for one in told(made, "essai") if one != ("article", "1", "01")]


def test_a_number_is_wrong_by_its_last_digit() -> None:
    assert essay("valeur: 2550") == [("taux", "2550", "2551")]
    assert essay("valeur: 12.5", unit="euros") == [("taux", "12.5", "12.6")]
    assert essay("valeur: pieces + 3") == [("coefficient", "3", "4")]


def test_a_threshold_moves_both_ways_and_takes_or_leaves_its_bound() -> None:
    assert essay("valeur: pieces > 10", unit="booleen") == [
        ("seuil", ">", "≥"),
        ("seuil", "10", "9"),
        ("seuil", "10", "11"),
    ]


def test_a_limit_disappears() -> None:
    assert essay("valeur: pieces, plafond: 12") == [
        ("plafond", "plafond", "supprimé"),
        ("coefficient", "12", "13"),
    ]
    assert essay("valeur: 'min(pieces, 12)'") == [
        ("plafond", "min, terme 1", "supprimé"),
        ("plafond", "min, terme 2", "supprimé"),
        ("coefficient", "12", "13"),
    ]


def test_a_rounding_has_another_sense_or_another_step() -> None:
    body = 'valeur: pieces / 7, arrondi: {pas: 1, sens: proche, source: "j1"}'
    assert essay(body) == [
        ("arrondi", "sens: proche", "sens: superieur"),
        ("arrondi", "sens: proche", "sens: inferieur"),
        ("arrondi", "pas: 1", "pas: 2"),
        ("arrondi", "pas: 1", "pas: 10"),
        ("coefficient", "7", "8"),
    ]


def test_a_case_a_condition_and_an_article_disappear_or_change() -> None:
    body = (
        "applicable_si: pieces > 0, choix: premier, "
        'selon: [{si: pieces > 5, alors: 1, article: "3"}], sinon: 2'
    )
    assert Counter(essay(body)) == Counter(
        [
            ("cas", "cas 1", "supprimé"),
            ("article", "3", "03"),
            ("seuil", ">", "≥"),
            ("seuil", "5", "4"),
            ("seuil", "5", "6"),
            ("coefficient", "1", "2"),
            ("coefficient", "2", "3"),
            ("condition", "applicable_si", "supprimé"),
            ("seuil", ">", "≥"),
            ("seuil", "0", "-1"),
            ("seuil", "0", "1"),
        ]
    )


def test_a_total_loses_its_condition_and_its_mark() -> None:
    body = "somme: quantite, de: fournees, si: bio, une_fois_par: petrin"
    assert essay(body) == [
        ("condition", "si", "supprimé"),
        ("condition", "une_fois_par", "supprimé"),
    ]


def test_an_exception_disappears() -> None:
    kinds = [one for one in told(law(), "taux_remise") if one[0] == "exception"]
    assert kinds == [("exception", "deroge_a: arrete-pain.taux_remise", "supprimé")]


def test_each_code_of_a_row_has_a_rate_of_its_own() -> None:
    rates = [one[1:] for one in told(law(), "prix_a_la_piece") if one[0] == "taux"]
    assert rates == [
        ("1.1", "1.2"),
        ("1.45", "1.46"),
        ("brioche : 1.25", "brioche : 1.26"),
        ("croissant : 1.25", "croissant : 1.26"),
        ("non calculable", "1"),
        ("0.3", "0.4"),
    ]


def test_a_bound_moves_in_all_the_rows_that_name_it() -> None:
    table = "prix_de_la_livraison"
    bounds = [one for one in of(law(), table) if one.kind == "borne"]
    assert [(one.before, one.after) for one in bounds] == [
        ("0", "-1"),
        ("0", "1"),
        ("0 d'un côté", "0 de l'autre"),
        ("5", "4"),
        ("5", "6"),
        ("5 d'un côté", "5 de l'autre"),
        ("20", "19"),
        ("20", "21"),
        ("20 d'un côté", "20 de l'autre"),
    ]
    moved = next(one.new for one in bounds if one.after == "21")
    cells = [row.cells[0] for row in moved.versions[0].rows]  # type: ignore[union-attr]
    assert [(one.low, one.high) for one in cells] == [(0, 5), (5, 21), (21, None)]  # type: ignore[union-attr]


def test_a_version_begins_a_day_earlier_or_later() -> None:
    found = [
        (str(one.since), one.before, one.after, str(one.day))
        for one in mutants(law())
        if one.day is not None and one.owner == "arrete-pain.livraison"
    ]
    assert found == [
        ("2000-01-01", "2000-01-01", "2000-01-02", "2000-01-01"),
        ("2015-01-01", "2015-01-01", "2014-12-31", "2014-12-31"),
        ("2015-01-01", "2015-01-01", "2015-01-02", "2015-01-01"),
    ]


def test_a_version_that_ends_for_good_ends_a_day_earlier_or_later() -> None:
    found = [
        (one.before, one.after, str(one.day))
        for one in mutants(law())
        if one.day is not None and one.owner == "arrete-pain.A002" and one.before > "2010"
    ]
    assert found == [
        ("2019-12-31", "2019-12-30", "2019-12-31"),
        ("2019-12-31", "2020-01-01", "2020-01-01"),
    ]


def test_a_date_that_nothing_reads_that_day_is_no_mistake() -> None:
    """``livraison`` reads the table from 2015 on: the table has no reader the day before."""
    found = [
        str(one.day)
        for one in mutants(law())
        if one.day is not None and one.owner == "arrete-pain.prix_de_la_livraison"
    ]
    assert found == ["2015-01-01"]


def test_mutants_are_told_apart_whatever_their_line() -> None:
    keys = Counter(one.key for one in mutants(law()))
    assert len(keys) >= 100
    assert {key: count for key, count in keys.items() if count > 1} == {}
    zeros = [one.rank for one in of(law(), "total") if (one.before, one.after) == ("0", "1")]
    assert zeros == [1, 2]
