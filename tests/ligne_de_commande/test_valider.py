"""``reglo valider``, and what the other commands do of a corpus that is not sound."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.ligne_de_commande.commande import GOOD, ROOT, copied_rules, reglo, written

RULE = """\
# yaml-language-server: $schema=../../schemas/texte.v1.json
texte: essai
intitule: Texte d'essai
nature: note
date: 2024-01-01
source: "000"
regles:
  essai:
    libelle: Essai
    unite: heures
    article: "1"
    versions:
      - depuis: 2024-01-01
        valeur: heures_enseignment
        arrondi: {pas: 0.01, sens: proche, source: "000"}
"""
GUILTY = 14  # the line of the dangling reference


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the copies of the rules are made: by their path, what was read before is known."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return written(tmp_path, GOOD)


@pytest.fixture
def broken() -> Path:
    rules = copied_rules(Path())
    written(rules / "textes", RULE, "essai.yaml")
    return rules


def test_the_corpus_of_the_checkout_is_sound() -> None:
    run = reglo("valider")
    assert (run.code, run.err) == (0, "")
    assert re.search(r"sha256:[0-9a-f]{64}", run.out)
    assert json.loads(reglo("valider", "--format", "json").out) == []


def test_a_copy_of_the_corpus_is_sound_wherever_it_lies(tmp_path: Path) -> None:
    assert reglo("valider", copied_rules(tmp_path)).code == 0


@pytest.mark.parametrize(
    ("name", "way_out"),
    [
        ("indices.txt", "renommez-le « indices.yaml », ou enlevez-le de ce répertoire"),
        ("indices.yaml.txt", "renommez-le « indices.yaml », ou enlevez-le de ce répertoire"),
        ("indices.YAML", "renommez-le « indices.yaml », ou enlevez-le de ce répertoire"),
        ("indices.xlsx", "enlevez-le de ce répertoire"),
        ("indices.yaml.bak", "enlevez-le de ce répertoire"),
    ],
)
def test_a_file_that_is_not_read_is_told(name: str, way_out: str) -> None:
    """Saved under another suffix, what is in it would never be applied."""
    rules = copied_rules(Path())
    for other in (name, "lisez-moi.md", ".DS_Store", "~$indices.xlsx", "Thumbs.db"):
        written(rules / "parametres", "parametres: {}\n", other)
    run = reglo("valider", rules)
    assert run.code == 1
    place = f"{rules.as_posix()}/parametres/{name}:1:1"
    why = "son nom ne finit pas par .yaml ni .yml"
    assert run.err.splitlines() == [
        f"{place}: avertissement W627: ce fichier n'est pas lu : {why}",
        f"  conseil : {way_out}",
    ]
    assert "Corpus à relire" in run.out


@pytest.mark.parametrize(
    ("file", "old", "new", "code"),
    [
        ("calendriers/stsweb-public-2024-2025.yaml", "fin: 2025-06-20", "fin: 2025-06-31", "E109"),
        ("calendriers/stsweb-public-2024-2025.yaml", "annee: 2024-2025", "annee: 2025-2026",
         "E420"),
        ("versements.yaml", "mois: [11, 12, 1, 2, 3, 4, 5, 6, 7]",
         "mois: [11, 12, 12, 1, 2, 3, 4, 5, 6]", "E107"),
        ("textes/decret-50-1253.yaml", "(traitement_premier_echelon + traitement_dernier_echelon)",
         "traitement_premier_echelon + traitement_dernier_echelon", "E407"),
    ],
)  # fmt: skip
def test_one_slip_is_not_told_of_all_that_reads_it(
    file: str, old: str, new: str, code: str
) -> None:
    """Nothing is said of the passages, the rules or the rows that only suffer from it."""
    rules = copied_rules(Path())
    path = rules / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    found = json.loads(reglo("valider", rules, "--format", "json").out)
    assert {one["code"] for one in found} == {code}
    columns = 6  # of the published table that the formula makes
    assert len(found) == (columns if code == "E407" else 1)


def test_an_error_is_told_at_its_line_with_the_nearest_name(broken: Path) -> None:
    run = reglo("valider", broken)
    assert run.code == 1
    place = re.escape(f"{broken.as_posix()}/textes/essai.yaml:{GUILTY}:")
    assert re.search(rf"^{place}\d+: erreur E201: .*heures_enseignment", run.err, re.MULTILINE)
    assert "vouliez-vous dire « heures_enseignement »" in run.err


def test_an_error_is_told_to_programs_too(broken: Path) -> None:
    run = reglo("valider", broken, "--format", "json")
    assert run.code == 1
    (found,) = (one for one in json.loads(run.out) if one["code"] == "E201")
    told = json.dumps(found, ensure_ascii=False)
    assert "essai.yaml" in told
    assert f": {GUILTY}" in told
    assert "heures_enseignment" in told


def test_an_error_is_told_to_forges_too(broken: Path) -> None:
    run = reglo("valider", broken, "--format", "sarif")
    assert run.code == 1
    report = json.loads(run.out)
    assert report["version"] == "2.1.0"
    (analysis,) = report["runs"]
    known = {rule["id"] for rule in analysis["tool"]["driver"]["rules"]}
    (found,) = (one for one in analysis["results"] if one["ruleId"] == "E201")
    place = found["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"].endswith("textes/essai.yaml")
    assert place["region"]["startLine"] == GUILTY
    assert {one["ruleId"] for one in analysis["results"]} <= known


def test_every_error_is_told_at_once(broken: Path) -> None:
    written(broken / "textes", RULE.replace("essai", "autre"), "autre.yaml")
    assert reglo("valider", broken).codes.count("E201") == 2


@pytest.mark.parametrize("command", ["calculer", "expliquer"])
def test_nothing_is_computed_with_an_unsound_corpus(broken: Path, good: Path, command: str) -> None:
    run = reglo("--regles", broken, command, good)
    assert (run.code, run.out) == (1, "")
    assert "E201" in run.codes


def test_nothing_is_replayed_with_an_unsound_corpus(broken: Path) -> None:
    run = reglo("--regles", broken, "rejouer", ROOT / "cas_tests" / "taux.yaml")
    assert (run.code, run.out) == (1, "")
    assert "E201" in run.codes


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"texte: [", b"- 1\n"])
def test_a_file_that_is_not_a_text_of_rules_is_told(content: bytes) -> None:
    rules = copied_rules(Path())
    path = rules / "textes" / "essai.yaml"
    path.write_bytes(content)
    run = reglo("valider", rules)
    assert run.code == 1
    assert f"{path.as_posix()}:1:" in run.err


def test_a_published_cell_that_differs_by_one_cent_is_told() -> None:
    rules = copied_rules(Path())
    table = rules / "publications" / "taux-hsa-2024-01-01.yaml"
    text = table.read_text(encoding="utf-8")
    assert "1218.96" in text
    line = text[: text.index("1218.96")].count("\n") + 1
    table.write_text(text.replace("1218.96", "1218.97", 1), encoding="utf-8")
    run = reglo("valider", rules)
    assert run.code == 1
    assert re.search(rf"taux-hsa-2024-01-01\.yaml:{line}:\d+: erreur E\d+: ", run.err)
    assert "1218" in re.sub(r"\D", "", run.err)


def test_a_corpus_folder_that_does_not_exist_is_told(tmp_path: Path, good: Path) -> None:
    absent = tmp_path / "nulle-part"
    runs = [
        reglo("valider", absent),
        reglo("--regles", absent, "valider"),
        reglo("--regles", absent, "calculer", good),
        reglo("--regles", absent, "rejouer"),
    ]
    for run in runs:
        assert run.code in (1, 2)
        assert run.out.count("dossier:") == 0
        assert absent.as_posix() in run.err
        assert "introuvable" in run.err or "n'existe pas" in run.err


def test_an_empty_corpus_folder_is_not_a_sound_corpus(tmp_path: Path, good: Path) -> None:
    empty = tmp_path / "vide"
    empty.mkdir()
    for arguments in (("valider", empty), ("--regles", empty, "calculer", good)):
        run = reglo(*arguments)
        assert run.code == 1
        assert "sain" not in run.out
        assert run.err.strip()


def test_the_corpus_can_be_named_by_the_environment(
    broken: Path, good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGLO_REGLES", str(broken))
    for arguments in (("valider",), ("calculer", good)):
        run = reglo(*arguments)
        assert (run.code, "E201" in run.codes) == (1, True)
    monkeypatch.chdir(ROOT)
    sound = reglo("--regles", "regles", "calculer", good)
    assert sound.code == 0
