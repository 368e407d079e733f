"""The wheel alone, far from the checkout, computes as the checkout does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DATA = ("regles", "schemas")
RECORD = """\
dossier: D-0001
date: 2024-10-01
agent: {corps: certifie}
services: [{heures: 18, niveau: terminale_generale}]
"""


def run(*command: str | Path, cwd: Path, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        command, cwd=cwd, env=env, capture_output=True, text=True, check=False, encoding="utf-8"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ``bin`` of a new environment that holds the wheel, and borrows its dependencies.

    They are borrowed by a .pth file, so that nothing is downloaded; the .pth files of the lending
    environment are not followed, so that the checkout is not on the path.
    """
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, symlinks=os.name != "nt")
    scheme = {"base": str(folder), "platbase": str(folder)}
    bin_folder = Path(sysconfig.get_path("scripts", "venv", scheme))
    packages = Path(sysconfig.get_path("purelib", "venv", scheme))
    pip = (sys.executable, "-m", "pip", "--python", bin_folder / "python")
    run(*pip, "install", "--quiet", "--no-index", "--no-deps", wheel, cwd=folder)
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return bin_folder


def test_the_wheel_holds_the_rules_and_the_schemas(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    kept = {
        f"engine/donnees/{path.relative_to(ROOT).as_posix()}"
        for folder in DATA
        for path in (ROOT / folder).rglob("*")
        if path.is_file()
    }
    assert len(kept) >= 20
    assert kept <= held
    assert {"cli.py", "engine/source/catalogue.yaml", "engine/donnees/docs/codes.md"} <= held
    metadata = "-".join(wheel.name.split("-")[:2]) + ".dist-info"
    assert {name.split("/")[0] for name in held} == {"cli.py", "engine", metadata}


def test_the_installed_command_computes_from_any_folder(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "dossier.yaml").write_text(RECORD, encoding="utf-8")
    kept = {"PATH", "SYSTEMROOT", "TEMP", "TMP"}
    env = {name: value for name, value in os.environ.items() if name in kept}
    env |= {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}

    where = run(
        installed / "python",
        "-c",
        "import cli, engine; print(cli.__file__, engine.__file__, sep='\\n')",
        cwd=tmp_path,
        env=env,
    )
    assert all(Path(line).is_relative_to(installed.parent) for line in where.splitlines())

    answer = run(
        installed / "reglo", "calculer", "dossier.yaml", "--format", "json", cwd=tmp_path, env=env
    )
    (record,) = json.loads(answer)
    assert record["dossier"] == "D-0001"
    assert record["resultats"]["ponderation"] == "1.00"
    assert record["resultats"]["hsa"] == "1.00"
    assert record["empreinte"].startswith("sha256:")
