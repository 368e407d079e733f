"""``reglo rejouer``: what passes, what does not and why, and the JUnit report."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from engine.evaluation import interpreter
from engine.evaluation.outcomes import rounded
from engine.langage.kernel import RoundingMode
from tests.cas.case_files import FAILING, NAMES, PASSING, case_file, changed
from tests.ligne_de_commande.commande import Run, process, reglo

COUNTS = re.compile(r"(\d+) cas rejoués? : (\d+) conformes?, (\d+) en échec")


def counts(run: Run) -> tuple[int, int, int]:
    found = COUNTS.search(run.out)
    assert found is not None, run.out
    replayed, passed, failed = (int(one) for one in found.groups())
    return replayed, passed, failed


def junit(path: Path) -> ET.Element:
    return ET.fromstring(path.read_text(encoding="utf-8"))  # noqa: S314 - written just now


def test_a_case_that_passes_is_exit_code_0(tmp_path: Path) -> None:
    run = reglo("rejouer", case_file(tmp_path, PASSING))
    assert (run.code, run.err) == (0, "")
    assert counts(run) == (1, 1, 0)


def test_a_case_that_fails_says_what_was_expected_and_what_was_found(tmp_path: Path) -> None:
    path = case_file(tmp_path, PASSING, FAILING)
    run = reglo("rejouer", path)
    assert run.code == 1
    assert counts(run) == (2, 1, 1)
    assert NAMES[1] in run.err
    assert NAMES[0] not in run.err
    line = path.read_text(encoding="utf-8")[: path.read_text(encoding="utf-8").index(NAMES[1])]
    assert f"{path.as_posix()}:{line.count(chr(10)) + 1}:" in run.err
    assert re.search(r"ponderation : attendu 1,50 h, obtenu 1,00 h", run.err)


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("sans objet", "sans_objet"),
        ("Sans objet", "sans_objet"),
        ("sans_objet", "sans_objet"),
        ("non calculable", "non_calculable"),
    ],
)
def test_a_state_that_is_expected_as_a_value_says_which_key_to_write(
    tmp_path: Path, written: str, key: str
) -> None:
    path = case_file(tmp_path, PASSING.replace("attendu: {", f'attendu: {{ors: "{written}", '))
    run = reglo("rejouer", path)
    assert run.code == 1
    lines = path.read_text(encoding="utf-8").splitlines()
    (line,) = [at for at, text in enumerate(lines, 1) if f'"{written}"' in text]
    told = "erreur E141: « ors » : ce n'est pas une valeur, mais l'absence de valeur"
    assert re.search(rf"^{re.escape(path.as_posix())}:{line}:\d+: {told}$", run.err, re.MULTILINE)
    assert f"enlevez cette ligne d'`attendu:`, et écrivez `{key}: [ors]`" in run.err


def test_a_case_written_twice_is_told_and_a_file_saved_twice_is_told_once(tmp_path: Path) -> None:
    path = case_file(tmp_path, PASSING, PASSING)
    run = reglo("rejouer", path)
    assert run.code == 1
    assert run.err.count("erreur E202") == 1
    path = case_file(tmp_path, PASSING, FAILING.replace(NAMES[1], "Un autre"))
    text = path.read_text(encoding="utf-8")
    (path.parent / f"{path.stem} - Copie.yaml").write_text(text, encoding="utf-8")
    run = reglo("rejouer", tmp_path)
    assert "E202" not in run.err
    assert run.err.count("erreur E140") == 1
    assert f"{path.stem} - Copie.yaml:2:" in run.err


def test_a_file_beside_the_cases_that_is_not_read_is_told(tmp_path: Path) -> None:
    case_file(tmp_path, PASSING, name="a.yaml")
    case_file(tmp_path, FAILING, name="b.yaml.txt")
    (tmp_path / "lisez-moi.md").write_text("Des cas.\n", encoding="utf-8")
    run = reglo("rejouer", tmp_path)
    assert counts(run) == (1, 1, 0)
    assert "b.yaml.txt:1:1: avertissement W627: ce fichier n'est pas lu" in run.err
    assert "renommez-le « b.yaml »" in run.err
    assert "lisez-moi" not in run.err


def test_a_folder_is_replayed_in_depth(tmp_path: Path) -> None:
    case_file(tmp_path, PASSING, name="a.yaml")
    case_file(tmp_path, FAILING, name="b.yml")
    assert counts(reglo("rejouer", tmp_path)) == (2, 1, 1)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ('ponderation: "1.00"', 'ponderation: "1.01"', "ponderation"),
        ("hsa: 1,", "taux_hsa_exact: 1218.96,", "taux_hsa_exact"),
        ("hsa: 1,", "hsa: 0,", "hsa"),
        ("hsa: 1,", "hsa: oui,", "hsa"),
        ("hsa: 1,", "taux_interrogation: 0,", "taux_interrogation"),
        ("[taux_interrogation]", "[hsa]", "hsa"),
        ("sans_objet:", "non_calculable: [ors]\n    sans_objet:", "ors"),
        ("decret-2014-940 art. 6", "decret-2014-940 art. 99", "decret-2014-940 art. 99"),
        ("decret-2014-940 art. 6", "decret-2014-941 art. 6", "decret-2014-941 art. 6"),
        ("anomalies: []", "anomalies: [A101]", "A101"),
        ("heures: 18", "heures: 21", "A102"),
        ("niveau: terminale_generale", "niveau: terminale", "E106"),
        ("date: 2024-10-01", "date: 2001-10-01", "E505"),
    ],
)
def test_whatever_differs_is_a_failure_that_is_told(
    tmp_path: Path, before: str, after: str, told: str
) -> None:
    run = reglo("rejouer", case_file(tmp_path, changed(before, after)))
    assert run.code == 1
    assert counts(run) == (1, 0, 1)
    assert told in run.err


@pytest.mark.parametrize(
    ("before", "after", "code", "told"),
    [
        ("hsa: 1,", "hsaa: 1,", "E511", "« hsa »"),
        ("[taux_interrogation]", "[taux_interogation]", "E511", "« taux_interrogation »"),
        ("articles: {ponderation:", "articles: {ponderations:", "E511", "« ponderation »"),
        (
            "anomalies:",
            "lectures: {cpge-effectif-du-groupe: imprimee}\n    anomalies:",
            "E512",
            "cpge-effectif-du-groupe=imprime",
        ),
        (
            "anomalies:",
            "lectures: {cpge-effectif: imprime}\n    anomalies:",
            "E512",
            "cpge-effectif-du-groupe=imprime",
        ),
        ("nature: construite", "nature: inventee", "E106", "construite"),
        ("    nature: construite\n", "", "E104", "nature"),
        ("attendu:", "attendus:", "E103", "« attendu »"),
    ],
)
def test_a_case_that_names_what_does_not_exist_is_a_finding(
    tmp_path: Path, before: str, after: str, code: str, told: str
) -> None:
    text = changed(before, after)
    run = reglo("rejouer", case_file(tmp_path, PASSING, text))
    assert run.code == 1
    assert code in run.codes
    assert told in run.err


def test_every_finding_has_its_place(tmp_path: Path) -> None:
    path = case_file(tmp_path, PASSING, changed("hsa: 1,", "hsaa: 1,"))
    run = reglo("rejouer", path)
    places = re.findall(rf"^{re.escape(path.as_posix())}:(\d+):\d+: ", run.err, re.MULTILINE)
    assert places
    assert min(int(one) for one in places) > PASSING.count("\n")


@pytest.mark.parametrize("text", ["", "# rien\n", "cas: []\n", "autre: 1\n", "cas: [\n", "- 1\n"])
def test_a_file_without_any_case_is_not_a_success(tmp_path: Path, text: str) -> None:
    path = tmp_path / "vide.yaml"
    path.write_text(text, encoding="utf-8")
    run = reglo("rejouer", path)
    assert run.code == 1
    assert run.codes


def test_an_empty_folder_is_not_a_success_and_says_so(tmp_path: Path) -> None:
    run = reglo("rejouer", tmp_path)
    assert run.code == 1
    assert counts(run) == (0, 0, 0)
    assert run.err.strip(), "a failure must say why"


def test_an_empty_folder_beside_a_sound_file_is_not_a_success(tmp_path: Path) -> None:
    empty = tmp_path / "vide"
    empty.mkdir()
    assert reglo("rejouer", case_file(tmp_path, PASSING), empty).code == 1


# --- JUnit


def test_the_junit_report_says_the_same_as_the_replay(tmp_path: Path) -> None:
    path = case_file(tmp_path, PASSING, FAILING)
    report = tmp_path / "rapport.xml"
    run = reglo("rejouer", path, "--junit", report)
    assert run.code == 1
    root = junit(report)
    assert root.tag == "testsuites"
    (suite,) = root
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("2", "1", "0")
    assert [one.get("name") for one in suite] == [*NAMES]
    assert [len(one.findall("failure")) for one in suite] == [0, 1]
    failure = suite[1].find("failure")
    assert failure is not None
    assert "ponderation" in (failure.get("message") or "")
    assert "ponderation" in (failure.text or "")


def test_the_junit_report_has_one_suite_per_file_and_its_own_counts(tmp_path: Path) -> None:
    case_file(tmp_path, PASSING, name="a.yaml")
    case_file(tmp_path, FAILING, changed("hsa: 1,", "hsaa: 1,"), name="b.yaml")
    report = tmp_path / "rapport.xml"
    reglo("rejouer", tmp_path / "cas_tests", "--junit", report)
    for suite in junit(report):
        assert int(suite.get("tests") or "") == len(suite)
        assert int(suite.get("failures") or "") == len(suite.findall("*/failure"))
        assert int(suite.get("errors") or "") == len(suite.findall("*/error"))
    assert [Path(suite.get("name") or "").name for suite in junit(report)] == ["a.yaml", "b.yaml"]
    assert len(junit(report).findall("*/*/error")) == 1


def test_the_junit_report_is_well_formed_whatever_a_case_is_called(tmp_path: Path) -> None:
    name = "« < > & \" ' ]]> é €"
    text = FAILING.replace(NAMES[1], '"' + name.replace('"', '\\"') + '"')
    report = tmp_path / "rapport.xml"
    reglo("rejouer", case_file(tmp_path, text), "--junit", report)
    (suite,) = junit(report)
    assert [one.get("name") for one in suite] == [name]


def test_a_control_character_in_a_name_does_not_spoil_the_report(tmp_path: Path) -> None:
    text = FAILING.replace(NAMES[1], r'"a\x01b"')
    report = tmp_path / "rapport.xml"
    reglo("rejouer", case_file(tmp_path, text), "--junit", report)
    assert len(junit(report)) == 1


def test_a_report_that_cannot_be_written_is_told_without_a_traceback(tmp_path: Path) -> None:
    report = tmp_path / "absent" / "rapport.xml"
    done = process("rejouer", case_file(tmp_path, PASSING), "--junit", report)
    assert done.returncode in (1, 2)
    assert b"Traceback" not in done.stderr
    assert b"rapport.xml" in done.stderr


# --- two kinds of red


def test_what_the_rules_give_is_for_a_person_to_decide(tmp_path: Path) -> None:
    path = case_file(tmp_path, PASSING, FAILING)
    run = reglo("rejouer", path, "--junit", tmp_path / "rapport.xml")
    assert f"échec de droit : {NAMES[1]}" in run.err
    assert "1 de droit : une personne décide si la règle est fausse ou le cas dépassé" in run.out
    assert "moteur" not in run.out + run.err
    (suite,) = junit(tmp_path / "rapport.xml").iter("testsuite")
    assert (suite.get("failures"), suite.get("errors")) == ("1", "0")
    assert [one.get("type") for one in suite.iter("failure")] == ["droit"]


def test_nothing_expected_is_not_what_cannot_be_computed(tmp_path: Path) -> None:
    """No source gives the rate of a contractual teacher: his line is not paid 0."""
    case = """\
  - nom: "HSE d'un contractuel"
    source: {document: 001_d956f18a98911f90.txt, reperage: "p. 2"}
    nature: construite
    dossier:
      date: 2024-10-01
      agent: {corps: certifie, statut: contractuel, grade: classe_normale}
      services: [{heures: 18, niveau: seconde_gt}]
      hse: [{heures: 1, date: 2024-11-04}]
    versements: [{montant: hse_de_la_ligne, mois: {}}]
"""
    run = reglo("rejouer", case_file(tmp_path, case))
    assert run.code == 1
    assert "versements, hse_de_la_ligne : non calculable" in run.err


def wrong_rounding(monkeypatch: pytest.MonkeyPatch) -> None:
    """An interpreter that rounds wrongly: a bug that the rules cannot have."""

    def wrong(value: Fraction, step: Fraction, mode: RoundingMode) -> Fraction:
        return rounded(value, step, mode) + step

    monkeypatch.setattr(interpreter, "rounded", wrong)


def test_an_engine_that_contradicts_itself_is_told_as_a_bug(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = case_file(tmp_path, PASSING)
    wrong_rounding(monkeypatch)
    run = reglo("rejouer", path, "--junit", tmp_path / "rapport.xml")
    assert run.code == 1
    assert f"échec du moteur : {NAMES[0]}" in run.err
    # 1.00 is right: two hundredths of error in one, none in the other.
    assert "ponderation : l'interpréteur donne 1,01, le calcul compilé 1" in run.err
    assert "1 du moteur : un défaut de réglo, à signaler avec le cas" in run.out
    (suite,) = junit(tmp_path / "rapport.xml").iter("testsuite")
    assert (suite.get("failures"), suite.get("errors")) == ("0", "1")
    (case,) = json.loads(reglo("rejouer", path, "--format", "json").out)["cas"]
    assert case["echec"] == "moteur"
    (finding,) = json.loads(reglo("rejouer", path, "--format", "gitlab").out)
    assert finding["check_name"] == "E577"


def test_a_computation_that_stops_is_a_bug_and_hides_no_other_case(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = changed("services: [{heures: 18, niveau: terminale_generale}]", "services: []")
    other = other.replace(NAMES[0], "Aucune heure")
    path = case_file(tmp_path, PASSING, FAILING, other)

    def stops(*_: object) -> Fraction:
        message = "essai"
        raise ZeroDivisionError(message)

    monkeypatch.setattr(interpreter, "rounded", stops)
    run = reglo("rejouer", path)
    assert counts(run) == (3, 0, 3)
    assert run.err.count("le calcul s'est arrêté : ZeroDivisionError, essai") == 3
    assert run.err.count("échec du moteur") == 3


def test_payments_and_words_that_differ_are_told(tmp_path: Path) -> None:
    """ISOE: 2 550 / 12 = 212.50 a month (001, p. 1); the campaign of November pays in December."""
    paid = PASSING.replace(
        "    anomalies: []\n",
        """\
    versements:
      - {montant: isoe_fixe, mois: {2024-09/2025-08: "212.50"}}
      - {validee_le: 2024-11-13, campagne: Campagne modificative de novembre, paye: 2024-12}
      - {validee_le: 2024-11-14, campagne: null, paye: 2025-01}
""",
    )
    assert reglo("rejouer", case_file(tmp_path, paid)).code == 0
    for before, after, told in (
        (
            "2024-09/2025-08",
            "2024-10/2025-08",
            "isoe_fixe, septembre 2024 : attendu 0,00, obtenu 212,50",
        ),
        ('"212.50"', '"212.51"', "août 2025 : attendu 212,51, obtenu 212,50"),
        (
            "paye: 2024-12",
            "paye: 2025-01",
            "paye attendue « janvier 2025 », obtenue « décembre 2024 »",
        ),
        ("campagne: null", "campagne: Autre", "campagne attendue « Autre », obtenue aucune"),
        ("montant: isoe_fixe", "montant: isoe", "E511"),
    ):
        assert paid.count(before) == 1
        run = reglo("rejouer", case_file(tmp_path, paid.replace(before, after)))
        assert run.code == 1
        assert told in run.err
    said = changed("anomalies: []", 'messages: {A102: "trois HSA"}')
    run = reglo("rejouer", case_file(tmp_path, said))
    assert run.code == 1
    assert "A102 : attendu « trois HSA », obtenu rien" in run.err


def test_a_prescription_that_differs_is_told(tmp_path: Path) -> None:
    """Of 2024, four years from 2025-01-01; paid in October, two years from November 1st."""
    told = PASSING.replace(
        "    anomalies: []\n",
        """\
    versements:
      - prescriptions:
          - {sens: rappel, mois: 2024-10, prescrit_le: 2029-01-01}
          - {sens: trop_percu, mois: 2024-10, reclamee_le: [2026-10-31], prescrit_le: 2028-11-01}
""",
    )
    assert reglo("rejouer", case_file(tmp_path, told)).code == 0
    for before, after, words in (
        (
            "2029-01-01",
            "2029-01-02",
            "rappel d'octobre 2024 : attendue le 2029-01-02, obtenue le 2029",
        ),
        ("2026-10-31", "2026-11-01", "attendue le 2028-11-01, obtenue le 2026-11-01"),
        (
            "2028-11-01",
            "null",
            "trop_percu d'octobre 2024 : attendue aucune, obtenue le 2028-11-01",
        ),
    ):
        assert told.count(before) == 1
        run = reglo("rejouer", case_file(tmp_path, told.replace(before, after)))
        assert run.code == 1
        assert words in run.err


def test_a_case_that_speaks_of_anomalies_alone_is_one_of_law(tmp_path: Path) -> None:
    lines = [
        one
        for one in changed("anomalies: []", "anomalies: [A101]").splitlines()
        if not one.lstrip().startswith(("attendu", "sans_objet", "articles"))
    ]
    run = reglo("rejouer", case_file(tmp_path, "\n".join(lines) + "\n"))
    assert run.code == 1
    assert "échec de droit" in run.err


def test_case_files_read_before_say_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    shaped = changed("nature: construite", "nature: inventee")
    path = case_file(tmp_path, PASSING, FAILING, shaped.replace(NAMES[0], "Une sorte inconnue"))
    cold = reglo("rejouer", path)
    (kept,) = (tmp_path / "cache" / "reglo").glob("*.cas")
    warm = reglo("rejouer", path)
    assert "E106" in cold.err
    assert (warm.code, warm.out, warm.err) == (cold.code, cold.out, cold.err)
    kept.write_bytes(kept.read_bytes()[:-1])
    damaged = reglo("rejouer", path)
    assert (damaged.code, damaged.out, damaged.err) == (cold.code, cold.out, cold.err)
