"""Properties: what holds passes, what does not is shown by a minimal record, written as cases.

The shop sells bread at 1.10, a fifth off for canteens, and for everyone from 200 euros: below that,
more bread never costs less. The faults are planted in a copy of its rules.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import yaml

from engine.cas.draws import Dice
from engine.cas.plain import to_flow
from engine.cas.properties import Property, Verdict, read_properties, run_property
from engine.evaluation.law import load_law
from engine.source.tree import Plain
from tests.cas.test_pytest_plugin import run_pytest, verdicts
from tests.ligne_de_commande.commande import ROOT, Run, reglo

GROWS = """\
proprietes:
  - nom: Commander davantage ne coûte jamais moins
    source: {document: j1, reperage: "p. 2"}
    dossier:
      livree_le: {de: 2012-01-01, a: 2012-12-31}
      client: {categorie: {parmi: [cantine, particulier]}}
      fournees: {lignes: {de: 1, a: 2}, produit: {parmi: [pain]}, quantite: {de: 1, a: 50}}
    variantes:
      apres: [plus: {fournees.quantite: {de: 1, a: 80}}]
    alors: apres.total ≥ avant.total
"""
FREE_FROM_100 = (
    "valeur: montant_brut * taux_remise",
    "valeur: si pieces < 100 alors montant_brut * taux_remise sinon montant_brut",
)


def rules(shop: Path, before: str, after: str) -> None:
    file = shop / "regles" / "textes" / "arrete-pain.yaml"
    text = file.read_text(encoding="utf-8")
    assert text.count(before) == 1
    file.write_text(text.replace(before, after), encoding="utf-8")


def properties(shop: Path, text: str) -> Path:
    folder = shop / "cas_tests" / "proprietes"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "pain.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def checked(*words: str | Path) -> Run:
    return reglo("--regles", "regles", "proprietes", *words)


def verdict(text: str, shop: Path) -> Verdict:
    law, findings = load_law(Path("regles"))
    assert law is not None, findings
    (one,), wrong = read_properties(properties(shop, text), law)
    assert wrong == ()
    return run_property(law, one)


def pieces(record: Plain) -> int:
    return sum(int(count) for count in re.findall(r"quantite: (\d+)", to_flow(record)))


def test_a_property_that_holds_is_a_success(shop: Path) -> None:
    properties(shop, GROWS)
    run = checked()
    assert (run.code, run.err) == (0, "")
    assert run.out == "1 propriété : 1 tenue, 0 en échec ; 60 dossiers tirés\n"


def test_a_property_that_fails_shows_the_smallest_record(shop: Path) -> None:
    """Up to 50 euros off from 100 pieces: 99 would not be enough, and nothing else is needed."""
    rules(shop, *FREE_FROM_100)
    path = properties(shop, GROWS)
    run = checked()
    assert (run.code, run.codes) == (1, ["E561"])
    assert "cas_tests/proprietes/pain.yaml:2:5: erreur E561" in run.err
    assert "0 tenue, 1 en échec" in run.out
    found = re.search(r"le plus petit dossier trouvé : (.+)", run.err)
    assert found is not None
    record = yaml.safe_load(found[1])
    assert record["client"] in ({"categorie": "cantine"}, {"categorie": "particulier"})
    assert set(record) == {"livree_le", "client", "fournees"}
    failure = verdict(GROWS, shop).failure
    assert failure is not None
    assert to_flow(failure.records["avant"]) == found[1]
    before, after = (pieces(failure.records[name]) for name in ("avant", "apres"))
    assert before < after == 100  # one piece less, and nothing is free
    assert path.is_file()


def test_the_record_that_fails_is_written_as_cases_that_pass_as_long_as_it_does(
    shop: Path,
) -> None:
    rules(shop, *FREE_FROM_100)
    properties(shop, GROWS)
    run = checked("--temoins", "temoins")
    assert "Cas écrit : temoins/E561-pain-2.yaml" in run.err
    cases = yaml.safe_load((shop / "temoins" / "E561-pain-2.yaml").read_text(encoding="utf-8"))
    before, after = (float(one["attendu"]["total"]) for one in cases["cas"])
    assert after < before
    assert reglo("--regles", "regles", "rejouer", "temoins").code == 0
    rules(shop, FREE_FROM_100[1], FREE_FROM_100[0])
    assert reglo("--regles", "regles", "rejouer", "temoins").code == 1


def test_the_same_records_are_drawn_each_time(shop: Path) -> None:
    rules(shop, *FREE_FROM_100)
    first, second = verdict(GROWS, shop), verdict(GROWS, shop)
    assert first.failure == second.failure
    assert first.drawn == second.drawn
    other = verdict(GROWS.replace("davantage", "plus"), shop)
    assert other.failure is not None  # another seed, the same fault


def test_what_is_excepted_or_not_concerned_is_not_said(shop: Path) -> None:
    rules(shop, *FREE_FROM_100)
    small = GROWS.replace("    alors:", "    si: apres.pieces < 100\n    alors:")
    kept = verdict(small, shop)
    assert kept.failure is None
    assert 0 < kept.kept < kept.drawn == 60
    source = "{document: j1, reperage: p. 9}"
    excepted = GROWS.replace(
        "    alors:", f"    sauf: [{{quand: apres.pieces ≥ 100, source: {source}}}]\n    alors:"
    )
    assert verdict(excepted, shop).kept == kept.kept


def test_an_exception_of_the_law_itself_is_found_then_written(shop: Path) -> None:
    """From 200 euros everyone has a fifth off (usage-foire): there, a little more costs less."""
    large = GROWS.replace("quantite: {de: 1, a: 50}", "quantite: {de: 80, a: 95}")
    assert verdict(large, shop).failure is not None
    source = "{document: a2, reperage: foires}"
    fair = f"    sauf: [{{quand: apres.montant_brut ≥ 200, source: {source}}}]\n    alors:"
    assert verdict(large.replace("    alors:", fair), shop).findings == ()


@pytest.mark.parametrize(
    ("change", "claim", "held"),
    [
        ("inverser: fournees", "apres.total = avant.total", "vraie"),
        ("couper: fournees.quantite", "apres.total = avant.total", "vraie"),
        (
            "couper: fournees.quantite",
            "apres.plus_grosse_fournee = avant.plus_grosse_fournee",
            "fausse",
        ),
        ("renommer: client.nom", "apres.total = avant.total", "muette"),  # no name
        ("retirer: fournees", "apres.total ≤ avant.total", "vraie"),
        ("retirer: fournees", "apres.total < avant.total", "vraie"),
        ("mettre: {client.categorie: particulier}", "apres.remise = 0", "vraie"),
        ("mettre: {client.categorie: cantine}", "apres.remise = 0", "fausse"),
        (
            "ajouter: {fournees: {produit: pain, quantite: 10}}",
            "apres.montant_brut = avant.montant_brut + 11",
            "vraie",
        ),
        (
            "ajouter: {fournees: {produit: pain, quantite: 10}}",
            "apres.montant_brut = avant.montant_brut + 12",
            "fausse",
        ),
        ("lire: {douzaine: boulangere}", "apres.douzaines ≤ avant.douzaines", "vraie"),
        ("lire: {douzaine: boulangere}", "apres.douzaines = avant.douzaines", "fausse"),
    ],
)
def test_each_change_does_what_it_says(shop: Path, change: str, claim: str, held: str) -> None:
    """The prices: 1.10 and 1.25 a piece; a baker's dozen has 13."""
    text = GROWS.replace("plus: {fournees.quantite: {de: 1, a: 80}}", change)
    found = verdict(text.replace("apres.total ≥ avant.total", claim), shop)
    assert (found.kept > 0) == (held != "muette")
    assert (found.failure is not None) == (held == "fausse"), found.findings


def test_a_period_is_cut_into_two_that_follow(shop: Path) -> None:
    """The days of a mission, on the real rules: each day is in one part, and in one only."""
    text = (ROOT / "cas_tests" / "proprietes" / "montants.yaml").read_text(encoding="utf-8")
    assert "couper_periode: [missions.debut, missions.fin]" in text
    law, _ = load_law()
    assert law is not None
    path = properties(shop, text)
    found, wrong = read_properties(path, law)
    assert wrong == ()
    (one,) = (each for each in found if each.name.startswith("Les parts d'un remplacement"))
    assert run_property(law, one).findings == ()


@pytest.mark.parametrize(
    ("before", "after", "code", "told"),
    [
        ("apres.total ≥", "apres.totale ≥", "E201", "apres.total"),
        ("apres.total ≥", "ensuite.total ≥", "E201", "total"),
        ("apres.total ≥ avant.total", "apres.total + avant.total", "E302", "vrai ou faux"),
        ("apres.total ≥ avant.total", "apres.total ≥ avant.pieces", "E301", "unités"),
        ("fournees.quantite:", "fournees.quantites:", "E564", "fournees.quantite"),
        ("categorie: {parmi", "categories: {parmi", "E564", "categorie"),
        ("produit: {parmi: [pain]}", "produit: {parmi: [pains]}", "E563", "E106"),
        ("plus: {fournees.quantite: {de: 1, a: 80}}", "lire: {douzaine: autre}", "E512", "douzai"),
        (
            "plus: {fournees.quantite: {de: 1, a: 80}}",
            "mettre: {fournees.quantite: 1, client.nom: A}",
            "E565",
            "écrivez-en deux",
        ),
        ("apres.total ≥ avant.total", "apres.cadeau ≥ avant.cadeau", "E562", "60 dossiers"),
        ("    alors:", "    alor:", "E103", "alors"),
        ("source: {document: j1", "sources: {document: j1", "E103", "source"),
    ],
)
def test_a_property_wrongly_written_is_a_finding_at_its_line(
    shop: Path, before: str, after: str, code: str, told: str
) -> None:
    assert GROWS.count(before) == 1
    path = properties(shop, GROWS.replace(before, after))
    run = checked(path)
    assert run.code == 1
    assert code in run.codes
    assert told in run.err
    assert re.search(rf"pain\.yaml:\d+:\d+: erreur {code}", run.err)


def test_cases_and_properties_are_replayed_together_and_told_apart(shop: Path) -> None:
    rules(shop, *FREE_FROM_100)
    properties(shop, GROWS)
    run = reglo("--regles", "regles", "rejouer", "--junit", "r.xml", "--format", "json")
    assert run.code == 1
    told = json.loads(run.out)
    assert told["cas"] == []
    assert [(one["nom"], one["tenue"]) for one in told["proprietes"]] == [
        ("Commander davantage ne coûte jamais moins", False)
    ]
    assert "E561" in {one["code"] for one in told["constats"]}
    (suite,) = (
        one
        for one in ET.parse("r.xml").iter("testsuite")  # noqa: S314 - written just now
        if str(one.get("name")).endswith("pain.yaml")
    )
    assert (suite.get("tests"), suite.get("failures")) == ("1", "1")


def test_pytest_says_the_same(tmp_path: Path) -> None:
    folder = tmp_path / "cas_tests" / "proprietes"
    folder.mkdir(parents=True)
    sound = (ROOT / "cas_tests" / "proprietes" / "service.yaml").read_text(encoding="utf-8")
    head, first, second, *_ = sound.split("  - nom: ")
    wrong = second.replace("apres.service_total ≥ avant", "apres.service_total < avant")
    assert wrong != second
    (folder / "service.yaml").write_text(f"{head}  - nom: {first}  - nom: {wrong}", "utf-8")
    done = run_pytest(tmp_path, "--junit-xml=pytest.xml")
    assert list(verdicts(tmp_path / "pytest.xml").values()) == [True, False]
    assert "est fausse" in done.stdout


def test_the_properties_of_the_law_all_speak_and_each_has_its_source() -> None:
    law, _ = load_law()
    assert law is not None
    found: list[Property] = []
    for path in sorted((ROOT / "cas_tests" / "proprietes").glob("*.yaml")):
        properties_, wrong = read_properties(path, law)
        assert wrong == ()
        found += properties_
    assert len(found) >= 20
    assert len({one.name for one in found}) == len(found)
    documents = {path.name for path in (ROOT / "regles").glob("documents.yaml")}
    assert documents
    assert all(re.fullmatch(r"\d{3}_[0-9a-f]{16}\.txt", one.source.document) for one in found)


def test_dice_give_the_same_choices_for_ever() -> None:
    """The values are those of SHA-256: « essai/1 », « essai/2 », « essai/3 » modulo 1000."""
    import hashlib

    dice = Dice("essai")
    expected = [
        int(hashlib.sha256(f"essai/{number}".encode()).hexdigest(), 16) % 1000
        for number in (1, 2, 3)
    ]
    assert [dice.pick(1000) for _ in range(3)] == expected
