"""SARIF and GitLab reports: what forges need to show a finding on its line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine.reponse.forges import fingerprints, relative, to_gitlab, to_sarif
from engine.source.catalogue import say
from engine.source.positions import Span
from tests.ligne_de_commande.commande import ROOT, Run, copied_rules, reglo

CASES = "cas_tests/exemples-001.yaml"


def failing(folder: Path, layout: str) -> Run:
    """Ten hours of cycle terminal are weighted; with nine, the printed examples fail."""
    rules = copied_rules(folder)
    path = rules / "textes" / "decret-2014-940.yaml"
    text = path.read_text(encoding="utf-8")
    assert text.count("valeur: 10") == 1
    path.write_text(text.replace("valeur: 10", "valeur: 9"), encoding="utf-8")
    return reglo("--regles", rules, "rejouer", ROOT / CASES, "--format", layout)


def sarif(run: Run) -> dict[str, Any]:
    (analysis,) = json.loads(run.out)["runs"]
    assert isinstance(analysis, dict)
    return analysis


def test_a_failing_case_is_a_result_at_its_line_in_sarif(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    run = failing(tmp_path, "sarif")
    assert run.code == 1
    analysis = sarif(run)
    assert analysis["columnKind"] == "unicodeCodePoints"
    (rule,) = analysis["tool"]["driver"]["rules"]
    assert (rule["id"], rule["shortDescription"]["text"]) == ("E576", "cas en échec, de droit")
    first = analysis["results"][0]
    assert (first["ruleId"], first["ruleIndex"], first["level"]) == ("E576", 0, "error")
    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == CASES
    assert place["region"]["startLine"] == 4
    assert "ponderation : attendu 1,00 h, obtenu 0,90 h" in first["message"]["text"]


def test_a_failing_case_is_an_issue_at_its_line_for_gitlab(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    found = json.loads(failing(tmp_path, "gitlab").out)
    assert found[0]["location"] == {"path": CASES, "lines": {"begin": 4}}
    assert (found[0]["check_name"], found[0]["severity"]) == ("E576", "major")
    marks = [one["fingerprint"] for one in found]
    assert len(marks) == len(set(marks)) >= 1


def test_the_json_of_a_replay_tells_each_case() -> None:
    run = reglo("rejouer", ROOT / CASES, "--format", "json")
    assert run.code == 0
    found = json.loads(run.out)
    assert found["constats"] == []
    assert len(found["cas"]) >= 10
    assert all(one["conforme"] and one["ecarts"] == [] for one in found["cas"])


def test_a_replay_without_failure_is_an_empty_report() -> None:
    run = reglo("rejouer", ROOT / CASES, "--format", "gitlab")
    assert (run.code, json.loads(run.out)) == (0, [])


@pytest.mark.parametrize("layout", ["sarif", "gitlab"])
def test_what_no_case_goes_through_is_shown_to_forges_too(layout: str) -> None:
    run = reglo("couvrir", ROOT / CASES, "--format", layout)
    assert run.code == 0
    found = json.loads(run.out)
    codes = (
        {one["check_name"] for one in found} if layout == "gitlab"
        else {one["ruleId"] for one in found["runs"][0]["results"]}
    )  # fmt: skip
    assert codes == {"W631"}


def test_a_fingerprint_stays_when_lines_move_and_tells_twins_apart() -> None:
    here, lower = Span("a.yaml", 4, 5, 6, 1), Span("a.yaml", 40, 5, 42, 1)
    first, moved = (say("E576", span, nom="Un cas", ecarts=["hsa"]) for span in (here, lower))
    assert fingerprints([first]) == fingerprints([moved])
    assert len(set(fingerprints([first, moved]))) == 2


def test_a_path_below_the_current_folder_is_relative_and_escaped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert relative(str(tmp_path / "regles" / "a.yaml")) == "regles/a.yaml"
    found = say("E576", Span("cas é/a b.yaml", 1, 1, 1, 1), nom="Un cas", ecarts=["hsa"])
    text = json.dumps(to_sarif([found]))
    assert '"uri": "cas%20%C3%A9/a%20b.yaml"' in text
    assert to_gitlab([found])[0]["location"] == {"path": "cas é/a b.yaml", "lines": {"begin": 1}}


def test_the_summary_of_a_campaign_is_its_manifest_in_json(tmp_path: Path) -> None:
    tables = tmp_path / "population"
    tables.mkdir()
    agents = "dossier;date;corps;grade\nD-1;2024-10-01;certifie;classe_normale\n"
    (tables / "agents.csv").write_text(agents, encoding="utf-8")
    (tables / "services.csv").write_text("dossier;heures;niveau\nD-1;18;troisieme\n", "utf-8")
    run = reglo(
        "campagne", tables, "-o", tmp_path / "sortie", "--resultats", "ors", "--format", "json"
    )
    assert run.code == 0, run.err
    counts = json.loads(run.out)["dossiers"]
    assert (counts["lus"], counts["calcules"], counts["refuses"]) == (1, 1, 0)
