"""The pytest plug-in: the same cases, the same verdicts as ``reglo rejouer``."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.cas.case_files import FAILING, NAMES, PASSING, case_file, changed
from tests.ligne_de_commande.commande import HANG, ROOT, reglo

PLUGIN = "engine.cas.pytest_plugin"


def run_pytest(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run pytest in ``folder`` with the plug-in alone: neither our settings nor other plug-ins."""
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", "pytest", "-p", PLUGIN, "-p", "no:cacheprovider", *options]
    return subprocess.run(
        command,
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=HANG,
    )


def verdicts(report: Path) -> dict[str, bool]:
    """Each test of a JUnit report, and whether it passed."""
    root = ET.fromstring(report.read_text(encoding="utf-8"))  # noqa: S314 - written just now
    return {str(one.get("name")): len(one) == 0 for one in root.iter("testcase")}


def test_the_same_names_pass_and_fail_as_in_a_replay(tmp_path: Path) -> None:
    path = case_file(tmp_path, PASSING, FAILING)
    done = run_pytest(tmp_path, "--junit-xml=pytest.xml")
    reglo("rejouer", path, "--junit", tmp_path / "reglo.xml")
    assert done.returncode == 1, done.stdout
    expected = {NAMES[0]: True, NAMES[1]: False}
    assert verdicts(tmp_path / "pytest.xml") == verdicts(tmp_path / "reglo.xml") == expected


def test_cases_that_all_pass_are_a_success(tmp_path: Path) -> None:
    case_file(tmp_path, PASSING)
    done = run_pytest(tmp_path, "-q")
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout


def test_a_failure_shows_what_differs_where_and_from_which_source(tmp_path: Path) -> None:
    case_file(tmp_path, PASSING, FAILING)
    shown = run_pytest(tmp_path).stdout
    assert "ponderation : attendu 1" in shown
    assert "essai.yaml:" in shown
    assert "essai.txt, p. 1" in shown
    assert "Traceback" not in shown
    assert "CaseError" not in shown


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("hsa: 1,", "hsaa: 1,", "E511"),
        ("nature: construite", "nature: inventee", "E106"),
        (
            "anomalies:",
            "lectures: {cpge-effectif: imprime}\n    anomalies:",
            "E512",
        ),
    ],
)
def test_a_finding_is_a_failure(tmp_path: Path, before: str, after: str, code: str) -> None:
    case_file(tmp_path, PASSING, changed(before, after))
    done = run_pytest(tmp_path)
    assert done.returncode == 1, done.stdout
    assert code in done.stdout
    assert "Traceback" not in done.stdout


@pytest.mark.parametrize("text", ["", "cas: []\n", "cas: [\n"])
def test_a_file_without_any_case_is_not_a_success(tmp_path: Path, text: str) -> None:
    case_file(tmp_path).write_text(text, encoding="utf-8")
    assert run_pytest(tmp_path).returncode not in (0, 5)


def test_one_case_can_be_run_by_its_name(tmp_path: Path) -> None:
    case_file(tmp_path, PASSING, FAILING)
    done = run_pytest(tmp_path, "-k", "terminal")
    assert done.returncode == 0, done.stdout
    assert "1 passed, 1 deselected" in done.stdout


def test_files_elsewhere_than_in_the_case_folder_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "autre.yaml").write_text("a: 1\n", encoding="utf-8")
    case_file(tmp_path, PASSING)
    assert "1 passed" in run_pytest(tmp_path).stdout


def test_every_case_of_the_checkout_is_a_test(tmp_path: Path) -> None:
    """Both take the same cases: neither leaves a file aside."""
    (tmp_path / "cas_tests").symlink_to(ROOT / "cas_tests")
    done = run_pytest(tmp_path, "cas_tests", "--collect-only", "-q")
    assert done.returncode == 0, done.stdout
    run = reglo("rejouer", "--junit", tmp_path / "reglo.xml")  # the default: those of the checkout
    found = re.search(r"(\d+) cas rejoués : \d+ conformes?, (\d+) en échec", run.out)
    assert found is not None
    assert run.code == (0 if found[2] == "0" else 1)
    collected = [line.partition("::")[2] for line in done.stdout.splitlines() if "::" in line]
    assert {*collected} == verdicts(tmp_path / "reglo.xml").keys()
    assert len(collected) >= int(found[1]) >= 300
