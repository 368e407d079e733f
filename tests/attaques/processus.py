"""The entry point of réglo in processes of their own, after some lines of Python."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.ligne_de_commande.commande import HANG, ROOT

# What a computation over tables imports on its way. No thread is started by it.
IMPORTED = (
    "duckdb", "filelock", "wasmtime", "engine.effet.impact", "engine.sql.runs",
    "engine.effet.report",
)  # fmt: skip
EACH = """
import importlib, json, os, sys
import cli
imported, cases, place = sys.argv[1:]
for one in json.loads(imported):
    importlib.import_module(one)
for at, (code, words) in enumerate(json.loads(cases)):
    child = os.fork()
    if child == 0:
        for stream in (1, 2):
            file = os.open(f"{place}/{at}.{stream}", os.O_WRONLY | os.O_CREAT, 0o600)
            os.dup2(file, stream)
        sys.argv = ["reglo", *words]
        exec(code, {"__name__": "__main__"})
        cli.run()
        sys.exit()
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


def entry(
    code: str, *words: str | Path, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """One process, that imports everything after ``code``."""
    script = f"import sys\nsys.argv = ['reglo', *sys.argv[1:]]\n{code}\nimport cli\ncli.run()\n"
    return subprocess.run(
        [sys.executable, "-c", script, *words],
        cwd=cwd, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip


def entries(
    cases: Sequence[tuple[str, Sequence[str | Path]]], place: Path, cwd: Path | None = None
) -> list[subprocess.CompletedProcess[str]]:
    """One process for each code and its words; they begin when the modules are imported, once.

    ``place``: a folder that is not there yet, for what they print.
    """
    place.mkdir()
    given = [(code, [str(one) for one in words]) for code, words in cases]
    done = subprocess.run(
        [sys.executable, "-c", EACH, json.dumps(IMPORTED), json.dumps(given), place],
        cwd=cwd, capture_output=True, text=True, check=False, timeout=HANG,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    codes = [int(one) for one in done.stdout.split()]
    assert len(codes) == len(cases)
    return [
        subprocess.CompletedProcess(
            list(map(str, words)), code, *(
                (place / f"{at}.{stream}").read_text(encoding="utf-8") for stream in (1, 2)
            )
        )
        for at, (code, (_, words)) in enumerate(zip(codes, cases, strict=True))
    ]  # fmt: skip
