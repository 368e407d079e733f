"""``reglo reduire``: small, nameless, and still showing the same thing by the same rules."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from tests.ligne_de_commande.commande import EXAMPLES, MIXED, reglo, renamed, written

NAMES = """\
dossier: MARTIN-Zoe
date: 2024-10-01
annee_scolaire: 2024-2025
agent: {corps: certifie, grade: classe_normale, echelon: 5, discipline: svt}
etablissements:
  - {uai: 0139901A, commune: Saint-Rémy, type: lgt, effectif_total: 1240}
  - {uai: 0139902B, commune: SAINT REMY, type: college, effectif_total: 600}
  - {uai: 0139903C, commune: Arles, type: college, effectif_total: 700}
services:
  - {heures: 12, niveau: seconde_gt, division: 2NDE1, groupe: Zoe}
  - {heures: 2, niveau: cinquieme, division: 5A, etablissement: 0139902B}
  - {heures: 5, niveau: quatrieme, division: 4B, etablissement: 0139903C}
"""


def case(text: str) -> dict[str, object]:
    (found,) = yaml.safe_load(text)["cas"]
    assert isinstance(found, dict)
    return found


def test_what_makes_the_result_stays_and_the_rest_goes(tmp_path: Path) -> None:
    """6.21 HSA (source 001): the three lines make it, whatever the grade and the step."""
    run = reglo("reduire", written(tmp_path, MIXED), "--resultat", "hsa")
    assert run.code == 0
    found = case(run.out)
    assert found["attendu"] == {"hsa": "6.21"}
    assert found["dossier"]["agent"] == {"corps": "certifie"}  # type: ignore[index]
    assert [tuple(one.values()) for one in found["dossier"]["services"]] == [  # type: ignore[index]
        (10, "terminale_technologique"), (8, "sts_1"), (3, "sts_2"),
    ]  # fmt: skip


def test_the_case_that_is_written_passes(tmp_path: Path) -> None:
    folder = tmp_path / "cas_tests"
    folder.mkdir()
    for number, (record, result) in enumerate(
        [("RICHARD-Paul", "total_annuel"), ("DURAND-Sofia", "hsa"), ("DUPONT-Claire", "isoe_fixe")]
    ):
        run = reglo(
            "reduire", EXAMPLES / "lycee.yaml", "--dossier", record, "--resultat", result,
            "-o", folder / f"reduit-{number}.yaml",
        )  # fmt: skip
        assert (run.code, run.out) == (0, "")
    run = reglo("rejouer", folder)
    assert run.code == 0, run.err
    assert "3 cas rejoués : 3 conformes" in run.out


def test_no_name_is_left_and_what_was_equal_stays_equal(tmp_path: Path) -> None:
    """An hour less (art. 4): the complement is in another commune, Arles, and not Saint-Rémy."""
    run = reglo("reduire", written(tmp_path, NAMES), "--resultat", "reduction_complement")
    assert run.code == 0
    found = case(run.out)
    assert found["attendu"] == {"reduction_complement": "1.00"}
    for name in ("MARTIN", "Zoe", "01399", "Rémy", "REMY", "Arles", "ARLES", "2NDE1", "4B"):
        assert name not in run.out
    places = found["dossier"]["etablissements"]  # type: ignore[index]
    assert len(places) == 2
    assert len({one["commune"] for one in places}) == 2
    used = {one.get("etablissement") for one in found["dossier"]["services"]}  # type: ignore[index]
    assert used <= {one["uai"] for one in places} | {None}


def test_an_anomaly_is_kept(tmp_path: Path) -> None:
    run = reglo("reduire", written(tmp_path, MIXED), "--anomalie", "A102")
    assert run.code == 0
    assert "A102" in case(run.out)["anomalies"]  # type: ignore[operator]
    assert "attendu: " not in run.out
    wrong = reglo("reduire", written(tmp_path, MIXED), "--anomalie", "A101")
    assert (wrong.code, wrong.codes, wrong.out) == (1, ["E572"], "")


def test_the_same_record_comes_out_each_time(tmp_path: Path) -> None:
    path = written(tmp_path, NAMES)
    words = ("reduire", path, "--resultat", "total_annuel", "--format", "json")
    assert json.loads(reglo(*words).out) == json.loads(reglo(*words).out)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((), 2),
        (("--resultat", "hsaa"), 2),
        (("--resultat", "hsa,ors"), 2),
        (("--resultat", "hsa", "--dossier", "PERSONNE"), 2),
        (("--resultat", "hsa"), 2),  # two records, none chosen
        (("--resultat", "hsa", "--dossier", "FAUX"), 1),
    ],
)
def test_a_wrong_use_and_a_refused_record_are_told(
    tmp_path: Path, words: tuple[str, ...], code: int
) -> None:
    wrong = renamed(MIXED, "FAUX").replace("certifie", "certifiee")
    path = written(tmp_path, f"{MIXED}---\n{renamed(MIXED, 'AUTRE')}---\n{wrong}")
    run = reglo("reduire", path, *words)
    assert (run.code, run.out) == (code, "")
    assert run.err


def test_a_text_whose_own_words_matter_is_not_hidden(shop: Path) -> None:
    """The shop asks a price of « Roi » only: no other name shows the same."""
    rules = shop / "regles" / "textes" / "arrete-pain.yaml"
    text = rules.read_text(encoding="utf-8")
    old = "{depuis: 2000-01-01, valeur: quantite * prix_unitaire}"
    assert text.count(old) == 1
    price = "quantite * prix_unitaire * (si défaut(client.nom, 'x') = 'Roi' alors 1 sinon 0)"
    new = old.replace("quantite * prix_unitaire", f'"{price}"')
    rules.write_text(text.replace(old, new), encoding="utf-8")
    order = shop / "commande.yaml"
    named = order.read_text(encoding="utf-8").replace(
        "{categorie: cantine}", "{categorie: cantine, nom: Roi}"
    )
    order.write_text(named, encoding="utf-8")
    run = reglo("--regles", "regles", "reduire", "commande.yaml", "--resultat", "remise")
    assert (run.code, run.codes, run.out) == (1, ["E571"], "")
    assert re.search("dépend des mots mêmes de : .*nom", run.err)
