"""A day goes in; the rules as their git repository knew them at the end of that day come out.

They are written in a folder of their own, which any command can be pointed at: what was computed
that day, by these rules, is computed again.
"""

from __future__ import annotations

import io
import shutil
import tarfile
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from engine.evaluation.law import SCHEMA_OF_RECORDS, corpus_folder
from engine.source import git
from engine.source.diagnostics import Diagnostic
from engine.source.messages import history as say


@dataclass(frozen=True, slots=True)
class Known:
    """Rules of the past: the folder where they are, their commit, and when it was made (UTC)."""

    rules: Path
    commit: str
    made: str


def known_on(
    chosen: Path | None, day: date, store: Path
) -> tuple[Known | None, tuple[Diagnostic, ...]]:
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
    top = git.ask(folder.rules, "rev-parse", "--show-toplevel")
    if top.refusal is not None:
        return None, (say.no_history(folder.shown, top.refusal),)
    root = Path(top.text).resolve()
    paths = [_inside(one, root) for one in (folder.rules, folder.record_schema)]
    rules, schema = (one for one in paths)
    if rules is None or schema is None:
        return None, (say.no_history(folder.shown, "les règles et le schéma n'y sont pas"),)
    until = f"--before={day.isoformat()}T23:59:59Z"
    found = git.ask(root, "log", "-1", until, "--format=%H %ct", "HEAD", "--", rules, schema)
    if found.refusal is not None or not found.text:
        return None, (say.nothing_known(folder.shown, day),)
    commit, made = found.text.split()
    target = store / commit
    if not target.is_dir() and not _write(root, commit, (rules, schema), target):
        return None, (say.no_schema_then(folder.shown, commit),)
    return Known(target / "regles", commit, _moment(int(made))), ()


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


def _moment(seconds: int) -> str:
    """« 2024-09-28 17:05 », in UTC."""
    days, rest = divmod(seconds, 86_400)
    hour, minute = rest // 3600, rest % 3600 // 60
    day = date.fromordinal(date(1970, 1, 1).toordinal() + days)
    return f"{day.isoformat()} {hour:02}:{minute:02}"
