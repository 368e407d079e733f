"""``reglo expliquer``: every step with its value, its figures, its article and its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.ligne_de_commande.commande import (
    CPGE,
    EXAMPLES,
    GOOD,
    MIXED,
    ROOT,
    reglo,
    renamed,
    written,
)

Step = dict[str, Any]
PLACE = re.compile(r"regles/[\w./-]+\.yaml:\d+")


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    return written(tmp_path, MIXED, "mixte.yaml")


def explained(path: Path, result: str, *options: str) -> Step:
    run = reglo("expliquer", path, "--resultat", result, *options, "--format", "json")
    assert run.code == 0
    (record,) = run.records
    (step,) = record["explications"]
    return dict(step)


def steps(step: Step) -> Iterator[Step]:
    """Every step that is told in full: one that was already told is only named."""
    if "deja_explique" in step:
        return
    yield step
    for below in (*step["etapes"], *step["conditions"]):
        yield from steps(below)


def test_the_tree_begins_with_the_result_and_holds_the_steps_it_rests_on(mixed: Path) -> None:
    tree = explained(mixed, "hsa")
    assert (tree["regle"], tree["valeur"]) == ("hsa", "6,21 h")
    named = {step["regle"] for step in steps(tree)}
    assert {"service_total", "ors", "ponderation", "heures_enseignement"} <= named


def test_the_object_says_which_record_which_day_and_which_corpus(mixed: Path) -> None:
    run = reglo("expliquer", mixed, "--format", "json")
    (found,) = run.records
    (computed,) = reglo("calculer", mixed, "--format", "json").records
    for key in ("dossier", "date", "empreinte"):
        assert found[key] == computed[key]
    assert len(found["explications"]) >= 5


def test_every_step_with_a_rule_names_a_line_that_exists(mixed: Path) -> None:
    places = {step["lieu"] for step in steps(explained(mixed, "montant_hsa_annuel"))} - {""}
    assert len(places) >= 20
    for place in places:
        file, line = place.rsplit(":", 1)
        assert int(line) <= len((ROOT / file).read_text(encoding="utf-8").splitlines()), place


def test_the_steps_say_their_articles_and_their_figures(mixed: Path) -> None:
    found = {step["regle"]: step for step in steps(explained(mixed, "ponderation"))}
    assert "7" in found["gain_sts"]["articles"]
    assert "2014-940" in found["gain_sts"]["texte"]
    assert "11,00 h" in found["gain_sts"]["chiffres"]
    assert found["gain_sts"]["valeur"] == "2,75 h"


def test_a_rounded_step_says_so_and_from_what(mixed: Path) -> None:
    assert "3,2142…" in str(explained(mixed, "ponderation"))


def test_a_step_is_told_in_full_once_and_named_wherever_it_is_read(mixed: Path) -> None:
    tree = explained(mixed, "montant_hsa_annuel")
    told = [(step["regle"], step.get("ligne")) for step in steps(tree)]
    assert len(told) == len(set(told)) >= 20
    again = [one for step in steps(tree) for one in step["etapes"] if "deja_explique" in one]
    assert again
    assert {(one["regle"], one.get("ligne")) for one in again} <= {*told}


def test_what_did_not_apply_is_told_with_the_distance_to_the_threshold(mixed: Path) -> None:
    aside = [
        refused for step in steps(explained(mixed, "ponderation")) for refused in step["ecartes"]
    ]
    assert any("3,00 h" in refused["pourquoi"] for refused in aside)


def test_a_lacking_source_is_told_in_the_tree(tmp_path: Path) -> None:
    path = written(tmp_path, MIXED.replace("echelon: 11}", "echelon: 11, statut: contractuel}"))
    tree = explained(path, "taux_hsa")
    assert tree["valeur"] == "non calculable"
    assert any("contractuels" in lack for step in steps(tree) for lack in step["manque"])


def test_a_contested_reading_is_told_in_the_tree(tmp_path: Path) -> None:
    path = written(tmp_path, CPGE)
    named = "cpge-effectif-du-groupe"
    retained = explained(path, "ors")
    asked = explained(path, "ors", f"--lecture={named}=imprime")
    assert (retained["valeur"], asked["valeur"]) == ("10,00 h", "11,00 h")
    for tree, words in ((retained, "10 h"), (asked, "11 h")):
        told = [one for step in steps(tree) for one in step["lectures"]]
        assert any(named in one and words in one for one in told)


def test_a_contested_result_says_what_the_other_reading_would_give(tmp_path: Path) -> None:
    path = written(tmp_path, CPGE)
    named = "cpge-effectif-du-groupe"
    told = [line for line in reglo("expliquer", path, "--resultat", "ors").out.splitlines()
            if "lecture" in line]  # fmt: skip
    assert len(told) == 1
    assert f"l'autre (--lecture {named}=imprime) donnerait 11,00 h" in told[0]
    asked = reglo("expliquer", path, "--resultat", "ors", f"--lecture={named}=imprime").out
    assert "lecture demandée : " in asked
    assert f"l'autre (--lecture {named}=tableau) donnerait 10,00 h" in asked
    others = explained(path, "ors")["autres_lectures"]
    assert others == [{"lecture": named, "option": "imprime", "valeur": "11,00 h"}]


def test_a_result_that_another_reading_would_not_change_is_not_contested(tmp_path: Path) -> None:
    """One whole HSA: it is the first hour in both readings, and its monthly rate is rounded."""
    path = written(tmp_path, GOOD.replace("heures: 18", "heures: 19"))
    told = explained(path, "montant_hsa_annuel")["autres_lectures"]
    # 1,462.75 / 9 = 162.53 rounded; 9 x 162.53 = 1,462.77
    (only,) = told
    assert (only["lecture"], bare(only["valeur"])) == ("mensuel-et-annuel", "1462,77€")


def bare(text: str) -> str:
    """A text without what lays it out: the branches of a tree, the ends of lines."""
    return re.sub(r"[\s│├└─]+", "", text)


@pytest.mark.parametrize("day", ["2016-10-03", "2022-10-03", "2024-10-01"])
def test_an_explanation_tells_all_that_is_still_to_be_verified(tmp_path: Path, day: str) -> None:
    """Whatever bears it: the rule, a parameter, a table, a step that was read to choose."""
    record = MIXED.replace("2024-10-01", day).replace(
        "echelon: 11", "echelon: 4, abonnement_transport: 60"
    )
    # the circular that counts the days of a professeur principal was not read, at any date
    record += "professeur_principal: [{niveau: troisieme}]\n"
    path = written(tmp_path, record, "reserves.yaml")
    results = reglo("calculer", path, "--format", "json").records[0]["resultats"]
    told = 0
    for name in results:
        (found,) = reglo("calculer", path, "--resultats", name, "--format", "json").records
        for note in found.get("a_verifier", ()):
            text = reglo("expliquer", path, "--resultat", name).out
            # the label and its reason are on one line, or on the lines of one step
            assert bare(note.rpartition(" : ")[2]) in bare(text), (name, note)
            told += 1
    assert told >= 1


def test_sources_are_told_by_the_name_and_the_nature_of_their_document(tmp_path: Path) -> None:
    path = written(tmp_path, MIXED.replace("statut: titulaire", ""))
    outs = [
        reglo("expliquer", path, "--resultat", "montant_hsa_annuel", "--complet").out,
        reglo("calculer", EXAMPLES).out,
        reglo("echeancier", path, "--mois", "2024-12").out,
        reglo("lectures").out,
    ]
    for out in outs:
        assert "(source syndicale)" in out or "source officielle" in out
        assert not re.search(r"\b00[0-4]\b(?!\.yaml)[, ]", out)
    assert "vade-mecum du SIAES (source syndicale), p. " in outs[0]


def test_the_object_keeps_the_identifier_of_a_source_beside_its_name(tmp_path: Path) -> None:
    tree = explained(written(tmp_path, MIXED), "montant_hsa_annuel")
    (found,) = [one for one in steps(tree) if one["regle"] == "semaines_de_cours"]
    assert (found["source"], found["origine"]) == (
        "001, p. 2",
        "vade-mecum du SIAES (source syndicale), p. 2",
    )


def test_the_explained_value_is_the_computed_value() -> None:
    path = EXAMPLES / "circulaire.yaml"
    told = reglo("expliquer", path, "--resultat", "hsa", "--format", "json").records
    computed = reglo("calculer", path, "--resultats", "hsa", "--format", "json").records
    assert len(told) == len(computed) >= 10
    for tree, found in zip(told, computed, strict=True):
        value = found["resultats"]["hsa"].replace(".", ",")
        assert tree["explications"][0]["valeur"] == f"{value} h"


def test_the_text_gives_values_articles_and_places(mixed: Path) -> None:
    run = reglo("expliquer", mixed, "--resultat", "ponderation")
    assert (run.code, run.err) == (0, "")
    assert "3,21 h" in run.out
    assert "3,75 h" in run.out
    assert "art. 6" in run.out
    assert len(PLACE.findall(run.out)) >= 10


def test_an_explanation_never_prints_the_figures_of_somebody_else(tmp_path: Path) -> None:
    """001 (p. 6) works out another service, of 24.21 hours and 6.21 HSA."""
    path = written(tmp_path, GOOD)
    run = reglo("expliquer", path, "--resultat", "hsa")
    assert "hsa" in run.out
    assert not re.search("6,21|24,21|3,75", run.out)
    whole = reglo("expliquer", path, "--resultat", "hsa", "--complet").out
    examples = [line for line in whole.splitlines() if re.search("6,21|24,21|3,75", line)]
    assert len(examples) >= 3
    assert all("exemple de la source : « " in line for line in examples)
    assert "6,21 HSA" in str(explained(path, "hsa")["exemple"])


def test_the_amount_of_another_year_is_not_cited(tmp_path: Path) -> None:
    record = GOOD.replace("2024-10-01", "2019-10-01").replace("certifie", "cpe")
    path = written(tmp_path, record)
    run = reglo("expliquer", path, "--resultat", "indemnite_cpe", "--complet")
    assert "Indemnité CPE : (…) brut / an" in run.out
    assert "2743" not in run.out


def test_only_the_record_asked_for_is_explained(tmp_path: Path) -> None:
    several = written(tmp_path, "---\n".join(renamed(GOOD, name) for name in ("D-1", "D-2")))
    run = reglo("expliquer", several, "--dossier", "D-2", "--resultat", "ors", "--format", "json")
    assert (run.code, run.idents) == (0, ["D-2"])
    everyone = reglo("expliquer", several, "--resultat", "ors", "--format", "json")
    assert everyone.idents == ["D-1", "D-2"]


def test_a_refused_record_that_is_asked_for_is_not_an_unknown_one(tmp_path: Path) -> None:
    several = written(tmp_path, GOOD + "---\n" + renamed(GOOD, "FAUX").replace("18", "-1"))
    run = reglo("expliquer", several, "--dossier", "FAUX", "--format", "json")
    assert (run.code, run.idents, run.codes) == (1, [], ["E107"])


@pytest.mark.parametrize(("day", "value"), [("2019-08-31", "1,00 h"), ("2019-09-01", "2,00 h")])
def test_a_date_explains_the_law_of_that_day(mixed: Path, day: str, value: str) -> None:
    assert explained(mixed, "hsa_imposables", "--date", day)["valeur"] == value
