"""The day, the machine and the versions: what a figure means nothing without."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version

from bench.pairs.environnements import HERE, NODE

_GIB = 2**30


def load() -> float:
    """How many processes were running or waiting, over the last minute."""
    return os.getloadavg()[0]


def context(busy: float) -> dict[str, str]:
    """What the page says of the run, by name; ``busy`` is the load before anything was measured."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _GIB
    return {
        "date": datetime.now(tz=UTC).date().isoformat(),
        "machine": f"{os.cpu_count()} cœurs, {memory:.0f} Gio de mémoire, {platform.system()}",
        "charge": f"{busy:.1f}".replace(".", ","),
        "Python": platform.python_version(),
        "DuckDB": version("duckdb"),
        "wasmtime": version("wasmtime"),
        "OpenFisca": _locked("openfisca", "openfisca-core"),
        "zen-engine": _locked("zen", "zen-engine"),
        "simpleeval": version("simpleeval"),
        "publicodes": _publicodes(),
        "Node": _node(),
    }


def _locked(name: str, package: str) -> str:
    text = (HERE / f"exigences-{name}.txt").read_text(encoding="utf-8")
    found = re.search(rf"^{package}==(\S+)", text, re.MULTILINE)
    return "" if found is None else found[1]


def _publicodes() -> str:
    told = json.loads((HERE / NODE / "package.json").read_text(encoding="utf-8"))
    return str(told["dependencies"]["publicodes"])


def _node() -> str:
    node = shutil.which("node")
    if node is None:
        return "absent"
    done = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    return done.stdout.strip().removeprefix("v")
