"""A day or a content goes in; the rules as their git repository had them then come out.

They are written in a folder of their own, which any command can be pointed at: what was computed
by these rules is computed again.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from engine.evaluation.law import (
    RULE_SUFFIXES,
    SCHEMA_OF_RECORDS,
    Chosen,
    Folder,
    corpus_folder,
    read_folder,
)
from engine.source import git
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.digests import digest_of_all, digest_of_text
from engine.source.files import inside
from engine.source.writing import temporary_folder


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
        return None, (say("E551", "--connu-le", chemin=folder.shown, pourquoi=refusal),)
    until = f"--before={day.isoformat()}T23:59:59Z"
    found = git.ask(place.root, "log", "-1", until, "--format=%H %ct", "HEAD", "--", *place.paths)
    if found.refusal is not None or not found.text:
        return None, (say("E552", "--connu-le", chemin=folder.shown, jour=day),)
    commit, made = found.text.split()
    known = _written(place, commit, int(made), store)
    return known, () if known else (
        say("E553", "--connu-le", chemin=folder.shown, revision=commit),
    )


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
        return None, (say("E551", "--connu-le", chemin=folder.shown, pourquoi=refusal),)
    commit = git.commit_of(place.root, revision)
    if commit.refusal is not None:
        return None, (say("E593", revision, revision=revision, pourquoi=commit.refusal),)
    made = git.ask(place.root, "log", "-1", "--format=%ct", commit.text)
    known = _written(place, commit.text, int(made.text), store)
    return known, () if known else (
        say("E553", "--connu-le", chemin=folder.shown, revision=commit.text),
    )


def known_by_digest(chosen: Chosen, digest: str, store: Path) -> Known | None:
    """The rules whose content has a hash, from any commit of their repository; None without."""
    place, _ = _place(corpus_folder(chosen))
    if place is None:
        return None
    found = git.ask(place.root, "log", "--all", "--format=%H %ct", "HEAD", "--", *place.paths)
    hashes: dict[str, str] = {}
    for line in found.text.splitlines():
        commit, made = line.split()
        then = _then(place, commit, hashes)
        if then is not None and then.digest == digest:
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


@dataclass(frozen=True, slots=True)
class _Then:
    """The rules of a commit: what git calls each file, by its path in their folder.

    « » is the schema of the records; ``digest`` is that of it all, as ``read_folder`` gives it.
    """

    blobs: Mapping[str, str]
    digest: str


def _then(place: _Place, commit: str, hashes: dict[str, str]) -> _Then | None:
    """The rules of a commit; None when it has not both rules and schema.

    ``hashes``: those of the files already read in other commits, by what git calls them.
    """
    listed = git.ask(place.root, "ls-tree", "-r", "-z", commit, "--", *place.paths)
    blobs: dict[str, str] = {}
    for line in listed.output.decode("utf-8", "replace").split("\0")[:-1]:
        kind, _, name = line.partition("\t")
        if name == place.schema:
            blobs[""] = kind.split()[2]
        elif name.endswith(RULE_SUFFIXES):
            blobs[name.removeprefix(f"{place.rules}/")] = kind.split()[2]
    unknown = sorted({one for one in blobs.values() if one not in hashes})
    for blob, content in git.contents(place.root, unknown):
        hashes[blob] = digest_of_text(content)
    names = [*sorted(blobs.keys() - {""}), ""]
    plain = all(inside(Path("regles"), one) for one in names[:-1])
    if not plain or not blobs.keys() > {""} or not all(one in hashes for one in blobs.values()):
        return None
    return _Then(blobs, digest_of_all([(one, hashes[blobs[one]]) for one in names]))


def _written(place: _Place, commit: str, made: int, store: Path) -> Known | None:
    """The rules of a commit in the folder of ``store`` that has its name.

    What is there already serves only when it has the content that git gives: whoever can write in
    the store does not write the law.
    """
    then = _then(place, commit, {})
    if then is None:
        return None
    target = store / commit
    folder = Folder(target / "regles", target / "schemas" / SCHEMA_OF_RECORDS, place.shown)
    if not target.is_dir() or read_folder(folder)[1] != then.digest:
        _write(place, then, target)
    return Known(folder, commit, moment(made))


def _inside(path: Path, root: Path) -> str | None:
    """``path`` as git names it from the root of its repository."""
    resolved = path.resolve()
    return resolved.relative_to(root).as_posix() if resolved.is_relative_to(root) else None


def _write(place: _Place, then: _Then, target: Path) -> None:
    """Write the rules and the schema of a commit. Whole, or not at all."""
    contents = dict(git.contents(place.root, sorted(set(then.blobs.values()))))
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with temporary_folder(target.parent) as aside:
        made, other = aside / "connu", aside / "autre"
        for name, blob in then.blobs.items():
            file = made / "regles" / name if name else made / "schemas" / SCHEMA_OF_RECORDS
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(contents[blob])
        with suppress(OSError):  # another run wrote the same a moment before
            if target.exists():
                target.replace(other)
            made.replace(target)


def moment(seconds: int) -> str:
    """« 2024-09-28 17:05 », in UTC."""
    days, rest = divmod(seconds, 86_400)
    hour, minute = rest // 3600, rest % 3600 // 60
    day = date.fromordinal(date(1970, 1, 1).toordinal() + days)
    return f"{day.isoformat()} {hour:02}:{minute:02}"
