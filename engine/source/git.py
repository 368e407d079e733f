"""The user's own git, asked about a folder; it may be missing, and the folder in no repository."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
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


def ask(folder: Path, *words: str, given: bytes = b"") -> Answer:
    """Run git in ``folder``, ``given`` on its standard input; nothing is raised."""
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and the words are ours
            ["git", *words],  # noqa: S607 - the user's own
            cwd=folder,
            input=given,
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


def contents(folder: Path, blobs: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """The content of each file that git keeps under these names, in one question."""
    if not blobs:
        return
    output = ask(folder, "cat-file", "--batch", given="\n".join(blobs).encode()).output
    at = 0
    while at < len(output):
        end = output.index(b"\n", at)
        name, *found = output[at:end].split()
        if len(found) == 1:  # « missing »: a partial copy of the repository
            at = end + 1
            continue
        at = end + 1 + int(found[1]) + 1
        yield name.decode(), output[end + 1 : at - 1]
