"""A command goes in; what it printed, how long it took and the most memory it held come out.

What starts a process must itself be small: on Linux, a process counts in its peak what its parent
held when it was started. So nothing here imports a library that is measured.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.suite.report import Figure

ROOT = Path(__file__).resolve().parents[2]
PYTHON = sys.executable
REGLO = (PYTHON, "-c", "from cli import run; run()")  # what the installed command does
_TAIL = 2000  # characters of what a command that failed printed


class FailedError(Exception):
    """A command that did not end as it should; the message is what it printed last."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What one process did. ``peak`` is in megabytes (10^6 bytes)."""

    printed: str
    seconds: float
    peak: int

    @property
    def told(self) -> dict[str, Figure]:
        """The figures of the last line, one JSON object."""
        found = json.loads(self.printed.splitlines()[-1])
        if not isinstance(found, dict):
            message = f"ce n'est pas une mesure : {found}"
            raise FailedError(message)
        return found


def run(
    command: Sequence[str | Path], *, env: Mapping[str, str] | None = None, ends: int = 0
) -> Ran:
    """Run ``command`` from the root of the checkout, in a process of its own.

    Args:
        command: the program and its arguments.
        env: what is added to the environment.
        ends: the exit code that is expected.
    """
    listed = [str(one) for one in command]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        process = subprocess.Popen(
            listed, cwd=ROOT, env={**os.environ, **(env or {})}, stdout=out, stderr=errors
        )
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        errors.seek(0)
        printed, said = out.read().decode(), errors.read().decode()
    if process.returncode != ends:
        message = f"{' '.join(listed)} : code {process.returncode}\n{(printed + said)[-_TAIL:]}"
        raise FailedError(message)
    return Ran(printed, seconds, used.ru_maxrss * 1024 // 1_000_000)


def module(
    name: str,
    *arguments: str | Path,
    python: str | Path = PYTHON,
    env: Mapping[str, str] | None = None,
) -> Ran:
    """Run a module of the bench."""
    return run([python, "-m", name, *arguments], env=env)
