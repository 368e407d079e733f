"""``reglo diverger``: where two evaluations part, why, and what follows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.ligne_de_commande.commande import (
    CPGE,
    EXAMPLES,
    GOOD,
    MIXED,
    ROOT,
    copied_rules,
    reglo,
    written,
)

# 002, 1.2: nine hours in the first year in front of more than 35 pupils, ten up to 35.
GROUP = """\
dossier: PREPA
date: 2024-10-01
agent: {corps: agrege, grade: classe_normale, echelon: 11}
services: [{heures: 10, niveau: cpge_1, groupe: G1, effectif: 35, effectif_division: 40}]
"""


def told(*arguments: str | Path) -> dict[str, Any]:
    run = reglo("diverger", *arguments, "--format", "json")
    assert run.code in (0, 1), run.err
    found = json.loads(run.out)
    assert isinstance(found, dict)
    assert found["identiques"] is (run.code == 0)
    return found


def test_one_record_twice_does_not_diverge(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    run = reglo("diverger", path, path)
    assert (run.code, run.err) == (0, "")
    assert run.out.endswith("Aucune divergence : les deux calculs donnent les mêmes résultats.\n")


def test_two_dates_part_at_the_indices_of_2024(tmp_path: Path) -> None:
    """1 462,75 + 5,21 x 1 218,96 = 7 813,53 in 2024; 1 449,12 + 5,21 x 1 207,60 = 7 740,72."""
    path = written(tmp_path, MIXED)
    asked = ("--resultat", "montant_hsa_annuel")
    found = told(path, "--au-a", "2023-12-31", "--au-b", "2024-01-01", *asked)
    origins = {one["regle"]: (one["a"]["valeur"], one["b"]["valeur"]) for one in found["origines"]}
    assert origins == {
        "indice_certifie_premier_echelon": ("390 points", "395 points"),
        "indice_certifie_dernier_echelon": ("673 points", "678 points"),
    }
    assert all(one["premiere"] for one in found["origines"])
    assert {why["nature"] for one in found["origines"] for why in one["raisons"]} == {"version"}
    (end,) = [one for one in found["suite"] if one["regle"] == "montant_hsa_annuel"]
    assert end["a"]["valeur"].replace("\N{NARROW NO-BREAK SPACE}", " ") == "7 740,72 €"
    assert end["b"]["valeur"].replace("\N{NARROW NO-BREAK SPACE}", " ") == "7 813,53 €"
    assert found["resultats"] == ["montant_hsa_annuel"]


def test_two_readings_part_at_the_contested_point(tmp_path: Path) -> None:
    path = written(tmp_path, CPGE)
    asked = ("--lecture-b", "cpge-effectif-du-groupe=imprime", "--resultat", "ors")
    (origin,) = told(path, *asked)["origines"]
    (why,) = origin["raisons"]
    assert (why["nature"], why["quoi"]) == ("lecture", "cpge-effectif-du-groupe")
    assert why["a"].startswith("tableau : ")
    assert why["b"].startswith("imprime : ")


def test_a_corrected_number_of_pupils_is_the_origin_and_names_the_other_row(
    tmp_path: Path,
) -> None:
    before = written(tmp_path, GROUP, "avant.yaml")
    after = written(tmp_path, GROUP.replace("effectif: 35", "effectif: 36"), "apres.yaml")
    found = told(before, after, "--resultat", "ors")
    (origin,) = found["origines"]
    (why,) = origin["raisons"]
    assert why == {
        "nature": "champ", "quoi": "effectif, services, ligne 1", "a": "35 élèves", "b": "36 élèves"
    }  # fmt: skip
    (row,) = [row for one in found["suite"] for row in one["lignes_de_table"]]
    assert row["table"] == "maxima_cpge"
    assert row["a"].startswith("annee = cpge_1, effectif = 35 : 10,00 h, ")
    assert row["b"].startswith("annee = cpge_1, effectif = 36 : 9,00 h, ")
    (end,) = [one for one in found["suite"] if one["regle"] == "ors"]
    assert (end["a"]["valeur"], end["b"]["valeur"]) == ("10,00 h", "9,00 h")


def test_another_corpus_parts_at_the_row_that_was_edited(tmp_path: Path) -> None:
    rules = copied_rules(tmp_path)
    file = rules / "textes" / "circulaire-2004-056.yaml"
    text = file.read_text(encoding="utf-8")
    assert text.count("[cpge_1, [20, 35], 10]") == 1
    written(file.parent, text.replace("[cpge_1, [20, 35], 10]", "[cpge_1, [20, 35], 9]"), file.name)
    found = told(written(tmp_path, GROUP), "--regles-b", rules, "--resultat", "ors")
    (origin,) = found["origines"]
    assert origin["regle"] == "maximum_cpge_du_tableau"
    (why,) = origin["raisons"]
    assert (why["nature"], why["quoi"]) == ("table", "maxima_cpge (annee = cpge_1, effectif = 35)")
    assert why["a"].startswith("10,00 h, ")
    assert why["b"].startswith(f"9,00 h, {file.as_posix()}:")
    assert found["a"]["empreinte"] != found["b"]["empreinte"]


def test_a_line_more_is_told_as_such(tmp_path: Path) -> None:
    before = written(tmp_path, GOOD, "avant.yaml")
    more = "seconde_gt}, {heures: 1, niveau: troisieme}]"
    after = written(tmp_path, GOOD.replace("seconde_gt}]", more), "apres.yaml")
    run = reglo("diverger", before, after, "--resultat", "hsa")
    assert run.code == 1
    assert "  nombre de lignes différent : lignes de service\n    A : 1\n    B : 2\n" in run.out
    assert run.out.endswith("1 résultat différent : hsa\n")


def test_a_condition_that_fails_on_one_side_only_is_told(tmp_path: Path) -> None:
    """With one more hour of STS, 19 weightable hours are above the maximum of 18."""
    before = written(tmp_path, MIXED.replace("heures: 3,", "heures: 0.5,").replace(
        "heures: 8,", "heures: 7,"), "avant.yaml")  # fmt: skip
    after = written(tmp_path, MIXED, "apres.yaml")
    run = reglo("diverger", before, after, "--resultat", "ponderation")
    assert run.code == 1
    assert "    écarté en B seulement : heures_ponderables ≤ maximum_ponderable (" in run.out


def test_a_rule_without_a_version_that_day_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    run = reglo("diverger", path, "--au-b", "2013-10-01", "--resultat", "ponderation")
    assert run.code == 1
    assert "    B : aucune version en vigueur au 2013-10-01\n" in run.out


WRONG = {
    "one file and nothing else": (("ONE",), 2, "donnez un second fichier"),
    "several records": ((EXAMPLES / "lycee.yaml", "ONE"), 2, "choisissez avec --dossier"),
    "an unknown record": (("ONE", "ONE", "--dossier", "X"), 2, "« X »"),
    "an unknown reading": (("ONE", "--lecture-b", "x=y"), 2, "x=y"),
    "a missing file": (("ONE", "absent.yaml"), 1, "E115"),
    "a day before the law": (("ONE", "--au-b", "2001-01-01"), 1, "E505"),
    "a folder that holds no rules": (("ONE", "--regles-b", ROOT / "docs"), 1, "W601"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_faulty_request_is_told(name: str, tmp_path: Path) -> None:
    arguments, code, words = WRONG[name]
    path = written(tmp_path, GOOD)
    run = reglo("diverger", *(path if one == "ONE" else one for one in arguments))
    assert (run.code, run.out) == (code, "")
    assert words in run.err
