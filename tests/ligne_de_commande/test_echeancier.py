"""``reglo echeancier``, ``lectures`` and ``couverture-texte``: what they say, and to whom."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.evaluation.law import load_law
from tests.ligne_de_commande.commande import reglo, written

# 001 p. 6, mixed example 2: 6,21 HSA, 7813,53 € a year; a ninth is 868,17 €,
# with no cent left over (781353 = 9 x 86817). ISOE 2550 €, twelve months at 212,50 €.
TEACHER = """\
dossier: MIXTE
date: 2024-10-01
agent: {corps: certifie, grade: classe_normale, echelon: 11}
services:
  - {heures: 10, niveau: terminale_technologique}
  - {heures: 11, niveau: sts_1}
"""
HSA = "montant_hsa_annuel"


@pytest.fixture
def teacher(tmp_path: Path) -> Path:
    return written(tmp_path, TEACHER)


def paid(path: Path, name: str, *options: str) -> dict[str, str]:
    """What each month pays of one amount."""
    run = reglo("echeancier", path, "--format", "json", *options)
    assert run.code == 0, run.err
    (found,) = json.loads(run.out)
    return {
        month["mois"]: one["montant"]
        for month in found["mois"]
        for one in month["montants"]
        if one["regle"] == name
    }


def test_overtime_is_paid_in_ninths_from_october_to_june(teacher: Path) -> None:
    months = ["2024-10", "2024-11", "2024-12", *(f"2025-0{number}" for number in range(1, 7))]
    assert paid(teacher, HSA) == dict.fromkeys(months, "868.17")


def test_a_late_validation_pays_the_arrears_at_once(teacher: Path) -> None:
    # Validated on 2024-11-13, paid in December: October, November and December, 3 x 868,17.
    found = paid(teacher, HSA, "--validee-le", "2024-11-13")
    assert found == {
        "2024-12": "2604.51",
        **{f"2025-0{number}": "868.17" for number in range(1, 7)},
    }


def test_what_does_not_wait_for_the_validation_is_paid_from_september(teacher: Path) -> None:
    found = paid(teacher, "isoe_fixe", "--validee-le", "2024-11-13")
    assert len(found) == 12
    assert set(found.values()) == {"212.50"}


def test_a_month_is_explained_with_its_sentence_and_its_place(teacher: Path) -> None:
    run = reglo("echeancier", teacher, "--validee-le", "2024-11-13", "--mois", "2024-12")
    assert run.code == 0
    for words in (
        "2 604,51 €".replace(" ", "\u202f", 1),
        "dont 2 mois d'arriérés",
        "regles/versements.yaml:",
    ):
        assert words in run.out
    assert "«" in run.out


def test_the_readings_are_listed_with_what_they_change() -> None:
    run = reglo("lectures", "--format", "json")
    told = json.loads(run.out)
    found = {one["nom"]: one for one in told["lectures"]}
    assert len(found) >= 15
    assert [one["nom"] for one in told["lectures"] if not one["regles"]] == []
    assert found["cpge-effectif-du-groupe"]["retenue"] == "tableau"
    assert found["cpge-effectif-du-groupe"]["regles"] == ["colonne_du_groupe_reduit"]
    notes = {one["nom"]: one for one in told["notes"]}
    assert len(notes) >= 15
    assert not {*notes} & {*found}
    text = reglo("lectures").out
    assert text.index("cpge-effectif-du-groupe") < text.index("Notes : ") < text.index("are-7512")


def test_every_passage_of_the_sources_is_shown_with_what_takes_it() -> None:
    found = json.loads(reglo("couverture-texte", "--format", "json").out)
    assert {one["document"] for one in found} >= {"000", "001", "002", "003", "004"}
    assert all(one["pris_par"] or one["sans_effet"] for one in found)
    assert all(one["decide"] == (one["sans_effet"] is None) for one in found)
    deciding = sum(one["decide"] for one in found)
    retained = sum(bool(one["pris_par"] and one["sans_effet"]) for one in found)
    assert min(deciding, retained, len(found) - deciding - retained) >= 10
    assert (
        f"{len(found)} passages : {deciding} décident, {retained} sont retenus sans rien décider, "
        f"{len(found) - deciding - retained} sont sans effet"
    ) in reglo("couverture-texte").out


def test_a_passage_taken_by_words_only_says_that_it_decides_nothing() -> None:
    """A vocabulary, or a point of doctrine that no rule reads, decides nothing."""
    law, _ = load_law()
    assert law is not None
    corpus = law.corpus
    deciding = {
        *(rule.name for rule in corpus.rules),
        *(control.code for control in corpus.controls),
        *(calendar.name for calendar in corpus.calendars),
        *(publication.name for publication in corpus.publications),
        *corpus.tables,
        *corpus.gaps,
        *corpus.points,
    }
    assert [
        f"{one.span.file}:{one.span.line}"
        for one in corpus.passages
        if one.idle is None and deciding.isdisjoint(one.takers)
    ] == []


def test_a_validation_that_no_calendar_pays_is_a_wrong_use(teacher: Path) -> None:  # E518
    late, private = ("2025-07-25", "public"), ("2024-11-13", "prive")
    for day, sector in (("2030-01-01", "public"), ("2023-01-01", "public"), late, private):
        run = reglo("echeancier", teacher, "--validee-le", day, "--secteur", sector)
        assert run.code == 2
        assert day in run.err


def test_a_text_that_is_not_a_month_is_a_wrong_use(teacher: Path) -> None:  # E519
    for month in ("2024-13", "décembre", "2024-1"):
        run = reglo("echeancier", teacher, "--mois", month)
        assert run.code == 2
        assert "AAAA-MM" in run.err
    run = reglo("echeancier", teacher, "--mois", "2030-01")
    assert run.code == 0
    assert "rien n'est payé en janvier 2030" in run.out
