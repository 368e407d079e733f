"""The Java that Spark will run on: the machine's settings go in, a folder comes out, or why not."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

OLDEST: Final = 17  # that Spark 4 runs on
HOME: Final = "JAVA_HOME"
_VERSION: Final = re.compile(r'version "(?:1\.)?(\d+)')
_PATIENCE: Final = 60  # seconds


@dataclass(frozen=True, slots=True)
class Java:
    """A Java that starts: its home, its first version number, and how it says its version."""

    home: Path
    major: int
    version: str


def find_java(environment: Mapping[str, str]) -> tuple[Java | None, tuple[Java, ...]]:
    """The Java of ``JAVA_HOME``, else the first of ``PATH``, if it is recent enough.

    Returns:
        The Java, or None; and those that are too old.
    """
    old: list[Java] = []
    for program in _programs(environment):
        found = _asked(program)
        if found is not None and found.major >= OLDEST:
            return found, tuple(old)
        if found is not None:
            old.append(found)
    return None, tuple(old)


def _programs(environment: Mapping[str, str]) -> Iterator[Path]:
    home = environment.get(HOME)
    if home:
        yield Path(home) / "bin" / "java"
    found = shutil.which("java", path=environment.get("PATH", ""))
    if found is not None:
        yield Path(found)


def _asked(program: Path) -> Java | None:
    """What ``java -version`` says; it says it on the error output."""
    try:
        done = subprocess.run(  # noqa: S603 - the Java of the machine, as its owner set it
            [program, "-version"], capture_output=True, timeout=_PATIENCE, check=False, text=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    found = _VERSION.search(done.stderr)
    if found is None:
        return None
    version = done.stderr.partition('"')[2].partition('"')[0]
    return Java(program.resolve().parent.parent, int(found[1]), version)
