"""Running the command as a person or a machine does, and the files that the tests give it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from cli import main
from engine.evaluation import law
from engine.evaluation.law import Folder, checked_corpus
from engine.langage.corpus import Corpus
from engine.source.diagnostics import Diagnostic

ROOT = Path(__file__).resolve().parents[2]
# Seconds after which a process is taken for one that never ends; no slow machine comes near it.
HANG = 1800
EXAMPLES = ROOT / "exemples"
PLACE = re.compile(r"^(?P<file>.+):(?P<line>\d+):(?P<column>\d+): (erreur|avertissement) ")
# What click says when nobody taught it French.
ENGLISH = re.compile(
    r"Usage:|Try '|Error:|Options:|Commands:|Missing |Invalid |No such |does not |is not |"
    r"Show |and exit|DIRECTORY|TEXT|FILE\b|\[OPTIONS\]\.\.\."
)

GOOD = """\
dossier: JUSTE
date: 2024-10-01
agent: {corps: certifie, grade: classe_normale, echelon: 11}
services: [{heures: 18, niveau: seconde_gt}]
"""
# 001, page 6, mixed service, example 2: 6.21 HSA.
MIXED = """\
dossier: MIXTE
date: 2024-10-01
agent: {corps: certifie, grade: classe_normale, echelon: 11}
services:
  - {heures: 10, niveau: terminale_technologique}
  - {heures: 8, niveau: sts_1}
  - {heures: 3, niveau: sts_2}
"""
# 002, 1.2: the printed example says 11 h, its table 10 h.
CPGE = """\
dossier: PREPA
date: 2024-10-01
agent: {corps: agrege, grade: classe_normale, echelon: 11}
services: [{heures: 10, niveau: cpge_2, groupe: G1, effectif: 15, effectif_division: 40}]
"""


@dataclass(frozen=True, slots=True)
class Run:
    """What a run of the command gave."""

    code: int
    out: str
    err: str

    @property
    def records(self) -> list[dict[str, Any]]:
        """The objects of ``--format json``."""
        found = json.loads(self.out)
        assert isinstance(found, list)
        return found

    @property
    def idents(self) -> list[str]:
        return [one["dossier"] for one in self.records]

    @property
    def codes(self) -> list[str]:
        """The code of each finding told on the error output, in order."""
        return re.findall(r"(?:erreur|avertissement) ([EW]\d{3}):", self.err)


def command(name: str) -> click.Command:
    """The command of a name."""
    found = main.get_command(click.Context(main), name)
    assert found is not None, name
    return found


def reglo(*arguments: str | Path, data: str | bytes | None = None) -> Run:
    """Run ``reglo`` in this process, as ``invoke`` does."""
    result = invoke(*arguments, data=data)
    assert "Traceback" not in result.output
    return Run(result.exit_code, result.stdout, result.stderr)


def invoke(*arguments: str | Path, data: str | bytes | None = None) -> Result:
    """Run ``reglo`` in this process; an exception that gets out is a failure of the test.

    A sound corpus is read from the cache once (``process`` reads it each time).
    """
    words = [str(one) for one in arguments]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(law, "checked_corpus", _checked)
        return CliRunner().invoke(
            main, words, input=data, prog_name="reglo", catch_exceptions=False
        )


_KNOWN: dict[tuple[str, ...], tuple[Corpus, tuple[Diagnostic, ...]]] = {}


def _checked(
    folder: Folder, contents: Mapping[str, bytes], digest: str
) -> tuple[Corpus | None, tuple[Diagnostic, ...]]:
    made_of = digest, folder.shown, str(folder.drafts)  # as the cache does
    if made_of in _KNOWN:
        return _KNOWN[made_of]
    corpus, findings = checked_corpus(folder, contents, digest)
    if corpus is not None:
        _KNOWN[made_of] = corpus, findings
    return corpus, findings


def process(
    *arguments: str | Path,
    cwd: Path = ROOT,
    env: Mapping[str, str] | None = None,
    data: bytes | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Run ``cli.py`` of the checkout in a process of its own, as a script would."""
    command = [sys.executable, ROOT / "cli.py", *arguments]
    return subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, **(env or {})},
        input=data,
        capture_output=True,
        check=False,
        timeout=HANG,
    )


def written(folder: Path, text: str, name: str = "dossier.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def copied_rules(folder: Path) -> Path:
    """A copy of the corpus that a test may break."""
    return Path(shutil.copytree(ROOT / "regles", folder / "regles"))


def renamed(text: str, ident: str) -> str:
    """The same record under another identifier."""
    _, _, rest = text.partition("\n")
    return f"dossier: {ident}\n{rest}"
