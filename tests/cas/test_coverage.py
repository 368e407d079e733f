"""What cases go through: versions, branches, rows; and what none goes through."""

from __future__ import annotations

from pathlib import Path

from engine.cas.coverage import Coverage, covered, observe
from engine.evaluation.law import Law
from tests.cas.bakery_cases import case, cases
from tests.evaluation.kitchen import law, rule, used


def coverage(folder: Path, found: Law, *written: str) -> Coverage:
    return covered(found.corpus, observe(found, cases(folder, found, *written)))


def branches(folder: Path, found: Law, name: str, *written: str) -> dict[str, bool]:
    """Each branch of a rule: whether some case goes through it."""
    points = coverage(folder, found, *written).points
    return {
        one.point.what: bool(one.by) for one in points if one.point.place.owner.endswith(f".{name}")
    }


def essay(folder: Path, body: str, *written: str) -> dict[str, bool]:
    return branches(folder, law(rule("essai", body), used("essai")), "essai", *written)


def test_each_case_of_a_choice_is_a_point(tmp_path: Path) -> None:
    body = "selon: [{si: pieces > 10, alors: 1}, {si: pieces = 5, alors: 2}], sinon: 0"
    assert essay(tmp_path, body, case(11, "essai: 1")) == {
        "la version s'applique": True,
        "le cas 1 s'applique": True,
        "le cas 2 s'applique": False,
        "aucun cas ne s'applique": False,
    }


def test_a_rule_that_may_be_left_out_must_be_once(tmp_path: Path) -> None:
    body = "applicable_si: pieces > 10, valeur: 1"
    applied = essay(tmp_path, body, case(11, "essai: 1"))
    assert applied == {"la version s'applique": True, "la règle est écartée": False}
    both = essay(
        tmp_path, body, case(11, "essai: 1"), case(3, "", more="    sans_objet: [essai]\n")
    )
    assert both == {"la version s'applique": True, "la règle est écartée": True}


def test_a_ceiling_plays_or_changes_nothing(tmp_path: Path) -> None:
    body = "valeur: pieces, plafond: 12"
    assert essay(tmp_path, body, case(12, "essai: 12"))["le plafond joue"] is False
    assert essay(tmp_path, body, case(13, "essai: 12")) == {
        "la version s'applique": True,
        "le plafond joue": True,
        "le plafond ne change rien": False,
    }


def test_a_case_that_does_not_ask_for_a_rule_does_not_cover_it(tmp_path: Path) -> None:
    assert essay(tmp_path, "valeur: 1", case(3, "pieces: 3")) == {"la version s'applique": False}


def test_a_case_that_fails_covers_nothing(tmp_path: Path) -> None:
    assert essay(tmp_path, "valeur: 1", case(3, "essai: 2")) == {"la version s'applique": False}


def test_each_row_of_each_version_of_a_table_is_a_point(tmp_path: Path) -> None:
    found = branches(tmp_path, law(), "prix_a_la_piece", case(3, "montant_brut: 3.30"))
    assert list(found.values()) == [True, False, False, False, False]


def test_a_control_is_covered_when_the_case_says_what_it_must_do(tmp_path: Path) -> None:
    silent = {"le contrôle se déclenche": False, "le contrôle se tait": False}
    heard = {"le contrôle se déclenche": False, "le contrôle se tait": True}
    assert branches(tmp_path, law(), "A001", case(3, "pieces: 3")) == silent
    told = case(3, "pieces: 3", more="    anomalies: []\n")
    assert branches(tmp_path, law(), "A001", told) == heard


def test_a_published_table_covers_what_it_is_computed_from(tmp_path: Path) -> None:
    found = branches(tmp_path, law(), "taux_remise", case(3, "pieces: 3"))
    assert found["le cas 1 s'applique"] is True


def test_each_point_names_its_cases_and_its_place(tmp_path: Path) -> None:
    made = coverage(tmp_path, law(), case(3, "pieces: 3"))
    found = next(one for one in made.points if one.point.place.owner == "arrete-pain.pieces")
    assert found.by == (f"{(tmp_path / 'cas.yaml').as_posix()}:2",)
    assert str(found.point.span).startswith("regles/textes/arrete-pain.yaml:")
    assert made.count + len(made.missed) == len(made.points)
    assert made.missed
