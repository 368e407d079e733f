"""``reglo comparer``: each change of the law is told in words, what says the same is not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.langage.shop import git
from tests.ligne_de_commande.commande import ROOT, Run, copied_rules, reglo

BREAD = "regles/textes/arrete-pain.yaml"
CEILING = "regles/parametres/plafond_remise.yaml"
SEEN = 'source: "j1, p. 9", verifie_le: 2024-05-02'


def compared(*words: str) -> Run:
    return reglo("--regles", "regles", "comparer", *words)


def changes(*words: str) -> list[tuple[Any, ...]]:
    """Each change: its kind, its name, what, before, after, percent."""
    run = compared(*words, "--format", "json")
    assert run.code == 0, run.err
    return [
        (one["nature"], one["nom"], one["quoi"], one["avant"], one["apres"], one["evolution"])
        for one in json.loads(run.out)["changements"]
    ]


def edit(file: str, *pairs: tuple[str, str]) -> None:
    path = Path(file)
    text = path.read_text(encoding="utf-8")
    for before, after in pairs:
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    path.write_text(text, encoding="utf-8")


@pytest.mark.usefixtures("shop")
def test_a_rate_that_changed_is_told_by_day_and_by_revision() -> None:
    """The shop gave a tenth until June 2024, a fifth since."""
    before = 'selon: - {si: categorie = cantine, alors: 0.1, article: "4"}'
    for first in ("2024-01-10", "HEAD~1"):
        ((kind, name, what, old, new, _),) = changes(first)
        assert (kind, name, what) == ("regle", "arrete-pain.taux_remise", "formule")
        assert old.startswith(before)
        assert "alors: 0.2" in new
    assert changes("HEAD") == changes("2030-01-01") == []
    assert "La loi est la même." in compared("HEAD").out


@pytest.mark.parametrize(
    ("file", "edits", "expected"),
    [
        (CEILING, [("valeur: 50,", "valeur: 60,")],
         ("parametre", "plafond_remise", "valeur", "50,00 €", "60,00 €", "20")),
        (CEILING, [(f"      - {{depuis: 2010-01-01, valeur: 50, {SEEN}}}\n", "")],
         ("parametre", "plafond_remise", "version supprimée", "50,00 €", None, None)),
        (CEILING, [("valeurs:\n",
                    f"valeurs:\n      - {{depuis: 2026-01-01, valeur: 45, {SEEN}}}\n")],
         ("parametre", "plafond_remise", "version ajoutée", "50,00 €", "45,00 €", "-10")),
        (CEILING, [('"j1, p. 9"', '"j1, p. 10"')],
         ("parametre", "plafond_remise", "source", "j1, p. 9", "j1, p. 10", None)),
        (BREAD, [("- [pain, faux, 1.10]", "- [pain, faux, 1.21]")],
         ("table", "prix_a_la_piece", "ligne Pain, non", "1,10 €/pièce", "1,21 €/pièce", "10")),
        (BREAD, [("libelle: Commande vide\n    gravite: bloquant",
                  "libelle: Commande vide\n    gravite: alerte")],
         ("controle", "A001", "gravité", "bloquant", "alerte", None)),
        (BREAD, [("si: pieces = 0}", "si: pieces = 1}")],
         ("controle", "A001", "condition", "pieces = 0", "pieces = 1", None)),
        (BREAD, [("applicable_si: client.fidele", "applicable_si: non client.fidele")],
         ("regle", "arrete-pain.cadeau", "condition", "client.fidele", "non client.fidele", None)),
        ("regles/resultats.yaml", [("taux_remise, remise, cadeau", "taux_remise, cadeau")],
         ("regle", "arrete-pain.remise", "parmi les résultats", "oui", "non", None)),
        ("regles/lectures.yaml", [("retenue: commune", "retenue: boulangere")],
         ("lecture", "douzaine", "lecture retenue", "commune", "boulangere", None)),
        ("regles/nomenclatures/produits.yaml", [("libelle: Brioche}", "libelle: Brioche dorée}")],
         ("code", "produits brioche", "libellé", "Brioche", "Brioche dorée", None)),
    ],
)  # fmt: skip
def test_each_change_says_what_it_was_and_what_it_is(
    shop: Path, file: str, edits: list[tuple[str, str]], expected: tuple[Any, ...]
) -> None:
    assert shop.is_dir()
    edit(file, *edits)
    assert expected in changes("HEAD")


def test_what_is_only_moved_or_commented_is_no_change(shop: Path) -> None:
    edit(CEILING, ("valeurs:\n", "# une note\n    valeurs:\n"))
    assert changes("HEAD") == []
    assert shop.is_dir()


def test_two_folders_are_compared_and_the_page_opens_alone(shop: Path, tmp_path: Path) -> None:
    import shutil

    other = tmp_path / "autre"
    shutil.copytree(shop / "regles", other / "regles")
    shutil.copytree(shop / "schemas", other / "schemas")
    edit(CEILING, ("valeur: 50,", "valeur: 60,"))
    run = compared(str(other / "regles"), "regles", "--format", "html", "-o", "page.html")
    assert (run.code, run.out) == (0, "")
    page = (shop / "page.html").read_text(encoding="utf-8")
    assert '<td class="avant">50,00 €</td>' in page
    assert '<td class="apres">60,00 €</td>' in page
    assert "http" not in page
    assert "<script" not in page
    told = compared(str(other / "regles"), "regles").out
    assert "plafond_remise : Remise la plus grande" in told
    assert "depuis le 2010-01-01, valeur : 50,00 € → 60,00 € (+ 20 %)" in told
    assert "1 changement" in told


def test_what_is_neither_a_folder_nor_a_day_nor_a_revision_is_told(shop: Path) -> None:
    git(shop, "tag", "payee")
    assert compared("payee").code == 0
    run = compared("jamais")
    assert (run.code, run.codes) == (2, ["E593"])
    assert compared("1999-01-01").codes == ["E552"]


def test_a_delay_of_prescription_that_changed_is_told(tmp_path: Path) -> None:
    file = copied_rules(tmp_path) / "versements.yaml"
    text = file.read_text(encoding="utf-8")
    assert text.count("annees: 4") == 1
    file.write_text(text.replace("annees: 4", "annees: 5"), encoding="utf-8")
    run = reglo("comparer", str(ROOT / "regles"), str(tmp_path / "regles"), "--format", "json")
    (change,) = json.loads(run.out)["changements"]
    assert (change["nom"], change["quoi"]) == ("rappel", "prescription")
    assert change["avant"].startswith("4 ans, annee_suivante, ")
    assert change["apres"].startswith("5 ans, annee_suivante, ")
