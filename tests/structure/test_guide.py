"""The yearly guide is followed from its first line to its last, in one clone, by its own words.

Its ``console`` blocks are those of the other pages (see ``test_documents``), and go on from one
another: an edit or a file is written where it stands, and ``$ git …`` runs git.
"""

from __future__ import annotations

import shlex
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.langage.shop import git
from tests.ligne_de_commande.commande import invoke
from tests.structure.depot import ROOT
from tests.structure.test_documents import (
    BLOCK,
    COMMAND,
    CONTENT,
    DATA,
    EDIT,
    EXIT,
    FILE,
    SHEET,
    Shown,
    renumbered,
    type_in,
    unseen,
)

GUIDE = ROOT / "docs" / "guide-annuel.md"
GIT = "$ git "
MADE = "2025-10-06T09:00:00+0200"


@dataclass(slots=True)
class Reader:
    """Where the guide is followed: what it writes, and the command that was typed last."""

    folder: Path
    content: Path | None = None
    shown: Shown | None = None
    run: int = 0
    told: list[str] = field(default_factory=list)

    def line(self, line: str) -> None:
        """Do what one line of a block says."""
        if self.content is not None and line.startswith(CONTENT):
            with self.content.open("a", encoding="utf-8", newline="\n") as file:
                file.write(line.removeprefix(CONTENT) + "\n")
            return
        self.content = None
        if line.startswith((COMMAND, GIT)):
            self.end()
            self.shown = Shown(line)
        elif found := EXIT.fullmatch(line):
            assert self.shown is not None
            self.shown.code = int(found["code"])
        elif line.startswith("#"):
            self.end()
            self.scene(line)
        elif line.strip() and self.shown is not None:
            self.shown.lines.append(line)

    def scene(self, line: str) -> None:
        """An edit of a cell, an edit of a file, or a new file."""
        if found := SHEET.fullmatch(line):
            type_in(found)
        elif found := EDIT.fullmatch(line):
            old, new = (found[name].replace("↵", "\n") for name in ("old", "new"))
            path = self.folder / found["file"]
            text = path.read_text(encoding="utf-8")
            assert text.count(old) == 1, f"« {old} » in {found['file']}"
            path.write_text(text.replace(old, new), encoding="utf-8", newline="\n")
        else:
            found = FILE.fullmatch(line)
            assert found is not None, line
            self.content = self.folder / found["file"]
            self.content.parent.mkdir(parents=True, exist_ok=True)
            self.content.write_text("", encoding="utf-8")

    def end(self) -> None:
        """Type the command whose output has been read."""
        shown, self.shown = self.shown, None
        if shown is None:
            return
        self.run += 1
        if shown.command.startswith(GIT):
            git(self.folder, *shlex.split(shown.command.removeprefix(GIT)), made=MADE)
            return
        done = invoke(*shlex.split(shown.command.removeprefix(COMMAND)))
        shown.lines = renumbered(GUIDE, shown, done.output)
        if done.exit_code != shown.code or unseen(shown, done.output):
            missing = "\n".join(unseen(shown, done.output))
            told = (f"code {done.exit_code}", f"missing:\n{missing}", f"printed:\n{done.output}")
            self.told.append("\n".join((shown.command, *told)))


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository that holds what a clone of this one does."""
    for name in DATA:
        shutil.copytree(ROOT / name, tmp_path / name)
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "les règles")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REGLO_REGLES", "regles")
    return tmp_path


def test_the_guide_is_as_it_says_from_its_first_line_to_its_last(clone: Path) -> None:
    reader = Reader(clone)
    for block in BLOCK.finditer(GUIDE.read_text(encoding="utf-8")):
        for line in block["body"].splitlines():
            reader.line(line)
        reader.end()
    assert reader.told == [], "\n\n".join(reader.told)
    assert reader.run >= 20
