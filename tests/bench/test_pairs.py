"""The engines that réglo is compared with: measured alike, on results that are checked."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from bench import measure
from bench.pairs.environnements import HERE, NODE, PYTHON
from bench.reference import job
from bench.reference.donnees import generate
from tests.structure.depot import ROOT

COUNT = 60


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pairs")
    generate(COUNT, folder)
    return folder


@pytest.mark.parametrize(
    "module", ["bench.pairs.simpleeval_decimal", "bench.reference.sql_a_la_main"]
)
def test_an_engine_prints_one_line_that_says_it_is_exact(module: str, data: Path) -> None:
    command = [sys.executable, "-m", module, str(data), "--tours", "2"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    assert {*told} == {
        *("moteur", "n", "secondes", "mediane", "par_seconde", "memoire_mo", "exact"),
    }
    assert told["exact"] is True
    assert told["n"] == COUNT
    assert len(told["secondes"]) == 2


def test_a_wrong_result_is_not_exact(data: Path) -> None:
    asked = measure.Task(data, COUNT, rounds=1, threads=1)
    found = {one.dossier: job.compute(one) for one in job.read(data, COUNT)}
    assert measure.check(asked, found) == (True, "")
    del found[7]
    exact, told = measure.check(asked, found)
    assert not exact
    assert "7 : None au lieu de" in told


def test_results_are_compared_to_the_cent() -> None:
    assert measure.cents([Decimal("1.25"), 2.5]) == (125, 250)
    assert measure.cents([0.1 + 0.2]) == (-1,)
    assert measure.cents([0.1 + 0.2, 0.125], shown=True) == (30, 13)


@pytest.mark.parametrize("name", PYTHON)
def test_the_requirements_of_an_engine_are_pinned_by_hashes_and_name_no_address(name: str) -> None:
    text = (HERE / f"exigences-{name}.txt").read_text(encoding="utf-8")
    asked = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
    assert asked
    assert [line for line in asked if not re.match(r"[a-z0-9-]+==[0-9a-z.]+ .*\\$", line)] == []
    assert text.count("--hash=sha256:") >= len(asked)
    assert "://" not in text


def test_the_lock_of_publicodes_names_no_address() -> None:
    lock = json.loads((HERE / NODE / "package-lock.json").read_text(encoding="utf-8"))
    packages = [one for path, one in lock["packages"].items() if path]
    assert packages
    assert all(one["integrity"] and "resolved" not in one for one in packages)
