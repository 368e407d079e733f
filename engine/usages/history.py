"""A day or a content goes in; the rules as their git repository had them then come out.

They are written in a folder of their own, which any command can be pointed at: what was computed
by these rules is computed again.
"""

from __future__ import annotations

import io
import shutil
import tarfile
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from engine.evaluation.law import (
    RULE_SUFFIXES,
    SCHEMA_OF_RECORDS,
    Chosen,
    Folder,
    corpus_folder,
)
from engine.source import git
from engine.source.diagnostics import Diagnostic
from engine.source.digests import digest_of_all, digest_of_text
from engine.source.messages import history as say
from engine.source.messages.protection import no_revision
from engine.source.positions import whole_file


@dataclass(frozen=True, slots=True)
class Known:
    """Rules of the past: where they are, their commit, and when it was made (UTC).

    They are shown as the folder of today is: where they are kept is no one's concern.
    """

    folder: Folder
    commit: str
    made: str


def known_on(chosen: Chosen, day: date, store: Path) -> tuple[Known | None, tuple[Diagnostic, ...]]:
    """The rules of the last commit made on ``day`` or before, the day being that of UTC.

    Args:
        chosen: the folder of the rules today, as ``corpus_folder`` takes it.
        day: included.
        store: a folder where the rules of past days are kept, each under its commit.

    Returns:
        The rules, or None and E551 (no repository), E552 (nothing that old) or E553 (no schema
        of the records in that commit).
    """
    folder = corpus_folder(chosen)
    place, refusal = _place(folder)
    if place is None:
        return None, (say.no_history(folder.shown, refusal),)
    until = f"--before={day.isoformat()}T23:59:59Z"
    found = git.ask(place.root, "log", "-1", until, "--format=%H %ct", "HEAD", "--", *place.paths)
    if found.refusal is not None or not found.text:
        return None, (say.nothing_known(folder.shown, day),)
    commit, made = found.text.split()
    known = _written(place, commit, int(made), store)
    return known, () if known else (say.no_schema_then(folder.shown, commit),)


def known_at(
    chosen: Chosen, revision: str, store: Path
) -> tuple[Known | None, tuple[Diagnostic, ...]]:
    """The rules of a git revision, whatever its name.

    Returns:
        The rules, or None and E551 (no repository), E553 (no rules in that revision) or E593 (no
        such revision).
    """
    folder = corpus_folder(chosen)
    place, refusal = _place(folder)
    if place is None:
        return None, (say.no_history(folder.shown, refusal),)
    commit = git.commit_of(place.root, revision)
    if commit.refusal is not None:
        return None, (no_revision(revision, commit.refusal, whole_file(revision)),)
    made = git.ask(place.root, "log", "-1", "--format=%ct", commit.text)
    known = _written(place, commit.text, int(made.text), store)
    return known, () if known else (say.no_schema_then(folder.shown, commit.text),)


def known_by_digest(chosen: Chosen, digest: str, store: Path) -> Known | None:
    """The rules whose content has a hash, from any commit of their repository; None without."""
    place, _ = _place(corpus_folder(chosen))
    if place is None:
        return None
    found = git.ask(place.root, "log", "--all", "--format=%H %ct", "HEAD", "--", *place.paths)
    hashes: dict[str, str] = {}
    for line in found.text.splitlines():
        commit, made = line.split()
        if _digest_then(place, commit, hashes) == digest:
            return _written(place, commit, int(made), store)
    return None


@dataclass(frozen=True, slots=True)
class _Place:
    """A repository, and where the rules and the schema of the records are in it."""

    root: Path
    rules: str
    schema: str
    shown: str

    @property
    def paths(self) -> tuple[str, str]:
        return self.rules, self.schema


def _place(folder: Folder) -> tuple[_Place | None, str]:
    """Where the history of a folder is; or None and why it has none."""
    top = git.ask(folder.rules, "rev-parse", "--show-toplevel")
    if top.refusal is not None:
        return None, top.refusal
    root = Path(top.text).resolve()
    rules, schema = (_inside(one, root) for one in (folder.rules, folder.record_schema))
    if rules is None or schema is None:
        return None, "les règles et le schéma n'y sont pas"
    return _Place(root, rules, schema, folder.shown), ""


def _digest_then(place: _Place, commit: str, hashes: dict[str, str]) -> str | None:
    """The hash of the rules in a commit, as ``read_folder`` would give it.

    ``hashes``: those of the files already read in other commits, by what git calls them.
    """
    listed = git.ask(place.root, "ls-tree", "-r", "-z", commit, "--", *place.paths)
    names: dict[str, str] = {}
    for line in listed.output.decode("utf-8", "replace").split("\0")[:-1]:
        kind, _, name = line.partition("\t")
        if name == place.schema:
            names[""] = kind.split()[2]
        elif name.endswith(RULE_SUFFIXES):
            names[name.removeprefix(f"{place.rules}/")] = kind.split()[2]
    unknown = sorted({one for one in names.values() if one not in hashes})
    for blob, content in git.contents(place.root, unknown):
        hashes[blob] = digest_of_text(content)
    if "" not in names or not all(one in hashes for one in names.values()):
        return None
    schema = names.pop("")
    return digest_of_all([(one, hashes[names[one]]) for one in sorted(names)]
                         + [("", hashes[schema])])  # fmt: skip


def _written(place: _Place, commit: str, made: int, store: Path) -> Known | None:
    """The rules of a commit in the folder of ``store`` that has its name."""
    target = store / commit
    if not target.is_dir() and not _write(place.root, commit, place.paths, target):
        return None
    folder = Folder(target / "regles", target / "schemas" / SCHEMA_OF_RECORDS, place.shown)
    return Known(folder, commit, moment(made))


def _inside(path: Path, root: Path) -> str | None:
    """``path`` as git names it from the root of its repository."""
    resolved = path.resolve()
    return resolved.relative_to(root).as_posix() if resolved.is_relative_to(root) else None


def _write(root: Path, commit: str, paths: tuple[str, str], target: Path) -> bool:
    """Write the rules and the schema of a commit; whether it has both. Whole, or not at all."""
    archive = git.ask(root, "archive", "--format=tar", commit, "--", *paths)
    if archive.refusal is not None:
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as aside:
        with tarfile.open(fileobj=io.BytesIO(archive.output)) as tar:
            tar.extractall(aside, filter="data")
        made = Path(aside, "connu")
        (made / "schemas").mkdir(parents=True)
        rules, schema = (Path(aside, one) for one in paths)
        shutil.move(schema, made / "schemas" / SCHEMA_OF_RECORDS)
        shutil.move(rules, made / "regles")
        if not target.is_dir():
            made.replace(target)
    return True


def moment(seconds: int) -> str:
    """« 2024-09-28 17:05 », in UTC."""
    days, rest = divmod(seconds, 86_400)
    hour, minute = rest // 3600, rest % 3600 // 60
    day = date.fromordinal(date(1970, 1, 1).toordinal() + days)
    return f"{day.isoformat()} {hour:02}:{minute:02}"
