"""The user's own git, asked about a folder; it may be missing, and the folder in no repository."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Answer:
    """What git gave: its output, or why it refused (one line, git's own words)."""

    output: bytes
    refusal: str | None = None

    @property
    def text(self) -> str:
        """The output as text, without the end of line."""
        return self.output.decode("utf-8", "replace").strip()


def ask(folder: Path, *words: str) -> Answer:
    """Run git in ``folder``; nothing is raised."""
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and the words are ours
            ["git", *words],  # noqa: S607 - the user's own
            cwd=folder,
            capture_output=True,
            check=False,
        )
    except OSError:
        return Answer(b"", "git n'est pas installé")
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        return Answer(b"", said[0] if said else "git a refusé")
    return Answer(done.stdout)


def commit_of(folder: Path, revision: str) -> Answer:
    """The commit that a name means, whatever the name: never an option of git."""
    return ask(folder, "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}")
