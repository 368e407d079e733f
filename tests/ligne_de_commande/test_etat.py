"""``reglo etat``: what is lacking for the year that comes is named, at its line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.ligne_de_commande.commande import Run, reglo

CEILING = Path("regles/parametres/plafond_remise.yaml")


def state(*words: str) -> Run:
    return reglo("--regles", "regles", "etat", *words)


def told(*words: str) -> list[tuple[str, str]]:
    found = json.loads(state(*words, "--format", "json").out)
    return [(one["nature"], one["nom"]) for one in found["constats"]]


@pytest.mark.usefixtures("shop")
def test_a_version_verified_this_year_is_not_to_be_verified_again() -> None:
    """The ceiling of the shop was verified on 2024-05-02."""
    assert ("non_verifiee", "plafond_remise") not in told("--date", "2025-05-02")
    assert ("non_verifiee", "plafond_remise") in told("--date", "2025-05-03")
    assert "vérifiée le 2024-05-02" in state("--date", "2025-05-03", "--complet").out


@pytest.mark.usefixtures("shop")
def test_a_draft_says_what_is_left_to_write() -> None:
    reglo("--regles", "regles", "nouvelle-version", "plafond_remise", "--depuis", "2026-09-01",
          "--oui")  # fmt: skip
    run = state("--date", "2026-05-20")
    assert run.code == 0
    assert "1 version en projet" in run.out
    assert "plafond_remise : depuis le 2026-09-01, à remplir : valeur, source" in run.out


@pytest.mark.usefixtures("shop")
def test_what_ends_before_the_year_lacks_a_value_and_what_ended_long_ago_does_not() -> None:
    """The delivery costs nothing before 2015; its price ends with 2025."""
    text = Path("regles/textes/arrete-pain.yaml").read_text(encoding="utf-8")
    old = '      - depuis: 2015-01-01\n        source: "j1, p. 11"\n        lignes:'
    assert text.count(old) == 1
    ended = old.replace("2015-01-01\n", "2015-01-01\n        jusqu_a: 2026-08-31\n")
    text = text.replace(old, ended).replace(
        "        table: prix_de_la_livraison\n",
        "        table: prix_de_la_livraison\n        jusqu_a: 2026-08-31\n",
    )
    Path("regles/textes/arrete-pain.yaml").write_text(text, encoding="utf-8")
    total = "montant_brut - remise + livraison - défaut(cadeau, 0)"
    free = text.replace(total, total.replace("livraison", "défaut(livraison, 0)"))
    Path("regles/textes/arrete-pain.yaml").write_text(free, encoding="utf-8")
    assert ("sans_valeur", "prix_de_la_livraison") in told("--date", "2026-05-20")
    assert ("sans_valeur", "prix_de_la_livraison") not in told("--date", "2028-05-20")


def test_the_state_of_the_law_names_its_calendars_and_its_next_campaign() -> None:
    run = reglo("etat", "--date", "2024-09-16", "--annee", "2024-09-01")
    assert run.code == 0
    assert "Campagne initiale (public 2024-2025) : ouvre le 2024-09-20, dans 4 jours" in run.out
    assert "aucun calendrier" not in run.out
    late = reglo("etat", "--date", "2026-05-20")
    assert "aucun calendrier public 2026-2027 ; le dernier est stsweb-public-2024-2025" in late.out
    assert "Aucune campagne à venir" in late.out
    assert "pour l'année qui commence le 2026-09-01" in late.out
    assert "pour l'année qui commence le 2026-09-01" in reglo("etat", "--date", "2025-09-02").out


def test_the_delays_of_prescription_are_to_be_verified() -> None:
    """Their texts are not among the documents received."""
    found = json.loads(reglo("etat", "--date", "2026-05-20", "--format", "json").out)["constats"]
    named = [(one["nature"], one["nom"]) for one in found]
    assert {("a_verifier", "rappel"), ("a_verifier", "trop_percu")} <= {*named}
