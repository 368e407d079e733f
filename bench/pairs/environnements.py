"""The environments of the engines that are compared: locks go in, folders come out.

Each engine has its own, under ``bench/.envs/``, so that réglo's depends on none of them. One that
is there already and whose requirements did not change is left alone.

    .venv/bin/python bench/pairs/environnements.py            # all of them
    .venv/bin/python bench/pairs/environnements.py openfisca  # one
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
FOLDER = HERE.parent / ".envs"
PYTHON = ("openfisca", "zen")
NODE = "publicodes"
MADE = ".fait"  # holds the requirements that were installed


def main() -> None:
    """Make the environments that are asked for."""
    parser = argparse.ArgumentParser(description="Prépare les moteurs que réglo se compare.")
    names = (*PYTHON, NODE)
    parser.add_argument("noms", nargs="*", metavar="NOM", help=f"parmi {', '.join(names)} (tous)")
    asked = parser.parse_args().noms or names
    unknown = sorted({*asked} - {*names})
    if unknown:
        parser.error(f"environnement inconnu : {', '.join(unknown)}")
    for name in asked:
        print(f"{name} : {'prêt' if make(name) else 'déjà prêt'}")


def make(name: str) -> bool:
    """Make one environment; False when it was there."""
    target = FOLDER / name
    locks = _locks(name)
    wanted = "".join(lock.read_text(encoding="utf-8") for lock in locks)
    made = target / MADE
    if made.is_file() and made.read_text(encoding="utf-8") == wanted:
        return False
    shutil.rmtree(target, ignore_errors=True)
    if name == NODE:
        target.mkdir(parents=True)
        for lock in locks:
            shutil.copy(lock, target)
        _run(["npm", "ci", "--no-audit", "--no-fund", "--prefix", str(target)])
    else:
        _run([sys.executable, "-m", "venv", str(target)])
        pip = [str(target / "bin/python"), "-m", "pip", "--disable-pip-version-check", "--quiet"]
        _run([*pip, "install", "--require-hashes", "-r", str(locks[0])])
    made.write_text(wanted, encoding="utf-8")
    return True


def python(name: str) -> Path:
    """The interpreter of an environment of Python."""
    return FOLDER / name / "bin/python"


def _locks(name: str) -> Sequence[Path]:
    if name == NODE:
        return [HERE / NODE / "package.json", HERE / NODE / "package-lock.json"]
    return [HERE / f"exigences-{name}.txt"]


def _run(command: Sequence[str]) -> None:
    subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
