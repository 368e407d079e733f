"""``reglo journal``: each value, who changed it, when, why, from what to what."""

from __future__ import annotations

import json
from pathlib import Path

from tests.langage.shop import git
from tests.ligne_de_commande.commande import Run, reglo

CEILING = Path("regles/parametres/plafond_remise.yaml")
BREAD = Path("regles/textes/arrete-pain.yaml")


def told(*words: str) -> Run:
    return reglo("--regles", "regles", "journal", *words)


def change(shop: Path, file: Path, before: str, after: str, why: str = "") -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(before) == 1
    file.write_text(text.replace(before, after), encoding="utf-8")
    if why:
        git(shop, "commit", "--quiet", "-a", "-m", why, made="2026-05-20T08:30:00+0000")


def test_each_change_says_who_when_why_and_what(shop: Path) -> None:
    change(shop, CEILING, "valeur: 50,", "valeur: 60,", "Arrêté du 3 mai 2026")
    run = told("plafond_remise")
    assert run.code == 0
    first, _, rest = run.out.partition("\n\n")
    assert first.startswith("2024-01-10 12:00, Essai (")
    assert "  + plafond_remise, version du 2010-01-01, valeur : 50" in first.splitlines()
    assert "2026-05-20 08:30, Essai (" in rest
    moved = "  plafond_remise, version du 2010-01-01, valeur : 50 → 60\n"
    assert f") : Arrêté du 3 mai 2026\n{moved}" in rest
    assert rest.endswith("2 modifications\n")


def test_a_rule_of_a_text_has_its_own_history_and_a_row_its_keys(shop: Path) -> None:
    """The shop changed its discount in June 2024; the price of bread, after."""
    change(shop, BREAD, "- [pain, faux, 1.10]", "- [pain, faux, 1.20]", "Le pain")
    (first, second) = json.loads(told("taux_remise", "--format", "json").out)
    assert first["pourquoi"] == "les règles"
    assert second["changements"] == [
        {"quoi": "taux_remise, version du 2000-01-01, selon, 1, alors", "avant": "0.1",
         "apres": "0.2"}
    ]  # fmt: skip
    (_, price) = json.loads(told("prix_a_la_piece", "--format", "json").out)
    assert price["changements"] == [
        {"quoi": "prix_a_la_piece, version du 2000-01-01, ligne pain faux", "avant": "1.10",
         "apres": "1.20"}
    ]  # fmt: skip
    assert len(json.loads(told("arrete-pain", "--format", "json").out)) == 3


def test_a_value_is_followed_from_the_file_of_its_own_to_that_of_its_group(shop: Path) -> None:
    alone, value = Path("regles/parametres/remise_ancienne.yaml"), "{depuis: 2010-01-01, valeur: "
    alone.write_text(
        f"parametre: remise_ancienne\nlibelle: Remise\nunite: euros\nvaleurs:\n  - {value}3}}\n",
        encoding="utf-8",
    )
    git(shop, "add", "regles")
    git(shop, "commit", "--quiet", "-m", "une remise", made="2026-05-19T08:30:00+0000")
    alone.unlink()
    change(shop, CEILING, "parametres:\n",
           "parametres:\n  remise_ancienne:\n    libelle: Remise\n    unite: euros\n"
           f"    valeurs:\n      - {value}4}}\n", "groupées")  # fmt: skip
    (first, second) = json.loads(told("remise_ancienne", "--format", "json").out)
    assert (first["pourquoi"], second["pourquoi"]) == ("une remise", "groupées")
    assert second["changements"] == [
        {"quoi": "remise_ancienne, version du 2010-01-01, valeur", "avant": "3", "apres": "4"}
    ]
    assert len(json.loads(told("plafond_remise", "--format", "json").out)) == 1


def test_the_name_of_a_file_of_parameters_tells_all_of_them(shop: Path) -> None:
    change(shop, CEILING, "valeur: 50,", "valeur: 60,")
    CEILING.rename(CEILING.with_name("remises.yaml"))
    git(shop, "add", "regles")
    git(shop, "commit", "--quiet", "-m", "renommé", made="2026-05-20T08:30:00+0000")
    (moved,) = json.loads(told("remises", "--format", "json").out)
    assert "plafond_remise, version du 2010-01-01, valeur" in str(moved["changements"])
    assert len(json.loads(told("plafond_remise", "--format", "json").out)) == 2


def test_what_is_not_recorded_yet_is_told_last(shop: Path) -> None:
    change(shop, CEILING, "valeur: 50,", "valeur: 60,")
    said = "modification qui n'est pas enregistrée\n  plafond_remise, version du 2010"
    assert said in told("plafond_remise").out
    assert json.loads(told("plafond_remise", "--format", "json").out)[-1]["commit"] is None


def test_a_comment_is_no_change(shop: Path) -> None:
    change(shop, CEILING, "valeurs:\n", "valeurs:  # les mêmes\n", "une note")
    assert told("plafond_remise").out.endswith("\n1 modification\n")


def test_a_name_that_nothing_bears_is_told_with_the_nearest(shop: Path, tmp_path: Path) -> None:
    assert shop.is_dir()
    run = told("plafond_remis")
    assert (run.code, run.codes) == (2, ["E557"])
    assert "« plafond_remise »" in run.err
    import shutil

    alone = tmp_path / "sans-git"
    shutil.copytree(shop / "regles", alone / "regles")
    run = reglo("--regles", alone / "regles", "journal", "plafond_remise")
    assert (run.code, run.codes) == (2, ["E551"])
