"""Every bad input is told in French, at its place, with a way out; the others still compute."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.ligne_de_commande.commande import (
    EXAMPLES,
    GOOD,
    PLACE,
    Run,
    reglo,
    renamed,
    written,
)

HEAD = "dossier: FAUX\ndate: 2024-10-01\n"
CERTIFIED = HEAD + "agent: {corps: certifie}\n"


@dataclass(frozen=True, slots=True)
class Fault:
    """A file, where the fault stands, and words that the message must hold."""

    text: str | bytes
    code: str
    line: int
    words: tuple[str, ...]


FAULTS = {
    "unknown level": Fault(
        CERTIFIED + "services:\n  - {heures: 10, niveau: terminale_general}\n",
        "E106",
        5,
        ("terminale_general", "vouliez-vous dire « terminale_generale »"),
    ),
    "negative hours": Fault(
        CERTIFIED + "services: [{heures: -2, niveau: sixieme}]\n", "E107", 4, ("-2", "plus de 0")
    ),
    "30 February": Fault(
        "dossier: FAUX\ndate: 2025-02-30\nagent: {corps: certifie}\n",
        "E109",
        2,
        ("2025-02-30", "février 2025 compte 28 jours"),
    ),
    "quotité over 1": Fault(
        HEAD + "agent: {corps: certifie, quotite: 1.5}\n", "E107", 3, ("1.5", "au plus 1")
    ),
    "quotité over 100 %": Fault(
        HEAD + "agent: {corps: certifie, quotite: 150 %}\n", "E107", 3, ("au plus 1",)
    ),
    "unknown establishment": Fault(
        CERTIFIED
        + "etablissements: [{uai: 0139911B}]\n"
        + "services: [{heures: 10, etablissement: 0139912C}]\n",
        "E502",
        5,
        ("0139912C", "vouliez-vous dire « 0139911B »"),
    ),
    "unknown key": Fault(
        CERTIFIED + "services: [{heures: 18, niveaux: sixieme}]\n",
        "E103",
        4,
        ("niveaux", "vouliez-vous dire « niveau »"),
    ),
    "missing key": Fault("dossier: FAUX\ndate: 2024-10-01\n", "E104", 1, ("agent.corps",)),
    "hours in words": Fault(
        CERTIFIED + "services: [{heures: dix, niveau: sixieme}]\n",
        "E501",
        4,
        ("dix", "formes admises"),
    ),
    "year without the date": Fault(
        CERTIFIED + "annee_scolaire: 2023-2024\n", "E504", 2, ("2023-2024", "2023-09-01")
    ),
    "before the corpus": Fault(
        "dossier: FAUX\ndate: 1999-10-01\nagent: {corps: certifie}\n", "E505", 2, ("2008-09-01",)
    ),
    "a list where a mapping is expected": Fault(
        HEAD + "agent: [certifie]\n", "E105", 3, ("une liste",)
    ),
    "not YAML": Fault("dossier: [FAUX\ndate: 2024-10-01\n", "E101", 2, ("conseil",)),
    "not YAML but prose": Fault("Bonjour, voici mon service.\n", "E105", 1, ("attendu",)),
    "binary": Fault(b"\x89PNG\r\n\x1a\n\x00\x00", "E113", 3, ("octet nul", "YAML et JSON")),
    "a workbook": Fault(b"PK\x03\x04" + bytes(40), "E113", 1, ("classeur",)),
    "another encoding": Fault(
        CERTIFIED.replace("FAUX", "Hélène").encode("latin-1"), "E113", 1, ("UTF-8",)
    ),
    "deep nesting": Fault("a: " + "[" * 3000 + "]" * 3000 + "\n", "E111", 1, ("plus de 40",)),
    "deeper nesting": Fault("{a: " * 60_000, "E111", 1, ("plus de 40",)),
    "alias bomb": Fault(
        CERTIFIED
        + "etablissements: &a [x, x, x]\n"
        + "services: &b [*a, *a, *a, *a, *a, *a, *a, *a]\n"
        + "ares: [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]\n",
        "E110",
        6,
        ("alias refusé", "recopiez la valeur"),
    ),
    "python object": Fault(
        CERTIFIED + "services: !!python/object/apply:os.system [ls]\n", "E117", 4, ("python",)
    ),
    "duplicate key": Fault(
        CERTIFIED + "agent: {corps: agrege}\n", "E102", 4, ("agent", "gardez une seule")
    ),
    "empty file": Fault("", "E114", 1, ("vide",)),
    "comments only": Fault("# rien\n\n", "E114", 1, ("commentaires",)),
}


def findings(run: Run) -> list[tuple[str, int, str]]:
    """File, line and code of each finding of the error output."""
    found = []
    for told in run.err.split("\n"):
        place = PLACE.match(told)
        if place is not None:
            code = told[place.end() :].partition(":")[0]
            found.append((place["file"], int(place["line"]), code))
    return found


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return written(tmp_path, GOOD, "juste.yaml")


def refused(run: Run) -> None:
    """What every bad input has in common: told, exit code 1, and the good record computed."""
    assert run.code == 1
    assert run.idents == ["JUSTE"]
    assert run.err.strip()


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_told_at_its_place_and_the_good_record_is_computed(
    tmp_path: Path, good: Path, name: str
) -> None:
    fault = FAULTS[name]
    path = tmp_path / "faux.yaml"
    path.write_bytes(fault.text if isinstance(fault.text, bytes) else fault.text.encode())
    run = reglo("calculer", path, good, "--format", "json")
    refused(run)
    assert (path.as_posix(), fault.line, fault.code) in findings(run)
    assert [word for word in fault.words if word not in run.err] == []


@pytest.mark.parametrize("name", ["unknown level", "not YAML", "binary", "empty file"])
def test_a_fault_on_standard_input_has_a_place_too(good: Path, name: str) -> None:
    fault = FAULTS[name]
    run = reglo("calculer", "-", good, "--format", "json", data=fault.text)
    refused(run)
    assert ("entrée standard", fault.line, fault.code) in findings(run)


def test_every_fault_of_a_record_is_told_at_once_in_order(tmp_path: Path, good: Path) -> None:
    text = (
        "dossier: FAUX\ndate: 01/10/2024\nagent: {corps: certifiee, quotite: 2}\n"
        "services:\n  - {heures: 50, niveau: sixiem}\n"
    )
    run = reglo("calculer", written(tmp_path, text), good, "--format", "json")
    refused(run)
    assert [(line, code) for _, line, code in findings(run)] == [
        (2, "E108"),
        (3, "E106"),
        (3, "E107"),
        (5, "E107"),
        (5, "E106"),
    ]


def test_one_bad_record_does_not_hide_the_others_of_its_file(tmp_path: Path) -> None:
    several = [GOOD, renamed(GOOD, "FAUX").replace("18", "-1"), renamed(GOOD, "AUTRE")]
    run = reglo("calculer", written(tmp_path, "---\n".join(several)), "--format", "json")
    assert (run.code, run.idents, run.codes) == (1, ["JUSTE", "AUTRE"], ["E107"])
    assert "FAUX" in run.err


def test_a_broken_line_of_json_lines_does_not_hide_the_others(tmp_path: Path) -> None:
    line = '{"dossier": "%s", "date": "2024-10-01", "agent": {"corps": "certifie"}}'
    text = "\n".join([line % "A", '{"dossier": ', line % "B"])
    run = reglo("calculer", written(tmp_path, text, "d.jsonl"), "--format", "json")
    assert (run.code, run.idents) == (1, ["A", "B"])
    assert [line for _, line, _ in findings(run)] == [2]


def test_the_same_identifier_twice_in_a_file_shows_both_places(tmp_path: Path) -> None:
    twice = written(tmp_path, f"{GOOD}---\n{GOOD}", "deux.yaml")
    run = reglo("calculer", twice, "--format", "json")
    assert (run.code, run.idents) == (1, [])
    first, second = findings(run)
    assert (first, second[0], second[2]) == (
        (twice.as_posix(), 1, "E503"),
        twice.as_posix(),
        "E503",
    )
    assert f"{twice.as_posix()}:1:10: autre emploi" in run.err
    assert f"{twice.as_posix()}:{second[1]}:10: autre emploi" in run.err


def test_an_identifier_serves_once_in_each_file(tmp_path: Path, good: Path) -> None:
    again = written(tmp_path, GOOD, "encore.yaml")
    run = reglo("calculer", good, again, "--format", "json")
    assert run.code == 0
    assert run.idents == ["JUSTE", "JUSTE"]


def test_a_huge_file_is_refused_without_being_read(tmp_path: Path, good: Path) -> None:
    path = tmp_path / "enorme.yaml"
    with path.open("wb") as stream:
        stream.truncate(50 * 2**20)
    run = reglo("calculer", path, good, "--format", "json")
    refused(run)
    assert findings(run) == [(path.as_posix(), 1, "E112")]
    assert "32 Mio" in run.err


def test_a_missing_file_is_told_and_the_others_are_read(tmp_path: Path, good: Path) -> None:
    absent = tmp_path / "absent.yaml"
    run = reglo("calculer", absent, good, "--format", "json")
    refused(run)
    assert findings(run) == [(absent.as_posix(), 1, "E115")]
    assert "introuvable" in run.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_forbidden_file_is_told_and_the_others_are_read(tmp_path: Path, good: Path) -> None:
    path = written(tmp_path, GOOD, "interdit.yaml")
    path.chmod(0)
    run = reglo("calculer", path, good, "--format", "json")
    refused(run)
    assert findings(run) == [(path.as_posix(), 1, "E115")]
    assert "droits" in run.err


def test_a_folder_without_files_is_told(tmp_path: Path, good: Path) -> None:
    empty = tmp_path / "vide"
    empty.mkdir()
    run = reglo("calculer", empty, good, "--format", "json")
    refused(run)
    assert findings(run) == [(empty.as_posix(), 1, "W601")]
    assert ".yaml" in run.err


def test_a_broken_json_file_is_told_at_its_place(tmp_path: Path, good: Path) -> None:
    path = written(tmp_path, '{\n  "dossier": "FAUX",\n}\n', "faux.json")
    run = reglo("calculer", path, good, "--format", "json")
    refused(run)
    assert run.codes == ["E119"]
    assert "virgule" in run.err


def test_the_faulty_examples_are_each_told_and_the_good_ones_computed() -> None:
    """The file says it itself: what follows a comment « Juste » is sound, the rest is not."""
    path = EXAMPLES / "erreurs.yaml"
    text = path.read_text(encoding="utf-8")
    blocks = re.findall(r"^# (.+)\n(?:# .*\n)*- dossier: (\S+)", text, flags=re.MULTILINE)
    sound = [ident for comment, ident in blocks if comment.startswith("Juste")]
    faulty = [ident for comment, ident in blocks if not comment.startswith("Juste")]
    assert (len(sound), len(faulty)) >= (2, 8)
    run = reglo("calculer", path, "--format", "json")
    assert (run.code, run.idents) == (1, sound)
    told = findings(run)
    assert len(told) == len(faulty)
    assert len({line for _, line, _ in told}) == len(faulty)
    assert [ident for ident in faulty if ident not in run.err] == []


@pytest.mark.parametrize("name", ["unknown level", "not YAML", "empty file", "deep nesting"])
def test_explaining_a_faulty_file_says_the_same(tmp_path: Path, name: str) -> None:
    fault = FAULTS[name]
    assert isinstance(fault.text, str)
    path = written(tmp_path, fault.text)
    computed, explained = (reglo(command, path) for command in ("calculer", "expliquer"))
    assert (explained.code, explained.err) == (computed.code, computed.err)
