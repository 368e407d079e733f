"""Rules, receipts, their inputs and their secret in one file, each under the hash of its content.

The same contents give the same file, to the byte: nothing in it depends on the day or the machine.
An archive that is received is believed in nothing: nothing of it is compressed, so that it never
holds more than its own size; each member has the place of one that we write, and is what its name
says.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import struct
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, Literal

from engine.evaluation.law import RULE_SUFFIXES, SCHEMA_OF_RECORDS, Folder, read_folder
from engine.recus.inside import inside
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.writing import temporary_file

SUFFIX: Final = ".zip"
JOURNAL: Final = "recus.jsonl"
SALT: Final = "recus.jsonl.sel"
_RULES, _INPUTS = "corpus", "entrees"
_LONG_AGO: Final = (1980, 1, 1, 0, 0, 0)  # the first date that a zip file can hold
_READABLE: Final = 0o644 << 16
_BLOCK: Final = 2**20
_MOST: Final = 200_000  # members
_ENCRYPTED: Final = 1  # a flag of a member
_OURS: Final = re.compile(
    rf"{re.escape(JOURNAL)}|{re.escape(SALT)}|{_INPUTS}/[0-9a-f]{{64}}"
    rf"|{_RULES}/[0-9a-f]{{64}}/(schemas/{re.escape(SCHEMA_OF_RECORDS)}|regles/.+)"
)
# What zipfile makes of the many ways in which a file can be no archive.
_BROKEN: Final = (
    OSError, EOFError, RuntimeError, ValueError, struct.error, zipfile.BadZipFile,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Contents:
    """What an archive holds: folders of rules and inputs by their hash, a journal, its secret."""

    rules: Mapping[str, Folder]
    inputs: Mapping[str, Path]
    journal: Path | None
    salt: Path | None = None


def write_archive(path: Path, contents: Contents) -> tuple[Diagnostic, ...]:
    """Write an archive, whole or not at all, for its owner alone; E549 when it cannot be."""
    shown = path.as_posix()
    try:
        with temporary_file(path.parent) as aside:
            with aside.open("wb") as stream:
                with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
                    kept = [_copied(archive, *one) for one in sorted(_members(contents))]
                kept += [read_folder(one)[1] == digest for digest, one in contents.rules.items()]
                if not all(kept):
                    return (say("E549", shown, cas="moved"),)
                stream.flush()
                os.fsync(stream.fileno())
            aside.replace(path)
    except OSError:
        return (say("E549", shown, cas="unwritable"),)
    return ()


def _copied(archive: zipfile.ZipFile, name: str, source: Path) -> bool:
    """Write a member; whether it is what its name says."""
    entry = zipfile.ZipInfo(name, _LONG_AGO)
    entry.external_attr = _READABLE
    entry.create_system = 3  # wherever it is written
    entry.file_size = source.stat().st_size  # the form of a large one is another
    with source.open("rb") as content, archive.open(entry, "w") as stream:
        return _fits(name, _copy(content, stream))


def _copy(source: IO[bytes], target: IO[bytes]) -> str:
    """Copy by blocks; the hash of what passed."""
    total = hashlib.sha256()
    while block := source.read(_BLOCK):
        total.update(block)
        target.write(block)
    return total.hexdigest()


def _fits(name: str, digest: str) -> bool:
    """Whether an input has the hash that names it; rules are hashed together."""
    folder, _, said = name.partition("/")
    return folder != _INPUTS or said == digest


def _members(contents: Contents) -> Iterator[tuple[str, Path]]:
    for digest, folder in contents.rules.items():
        top = f"{_RULES}/{_short(digest)}"
        files = [one for one in folder.rules.rglob("*") if one.suffix in RULE_SUFFIXES]
        for file in files:
            yield f"{top}/regles/{file.relative_to(folder.rules).as_posix()}", file
        yield f"{top}/schemas/{SCHEMA_OF_RECORDS}", folder.record_schema
    for digest, file in contents.inputs.items():
        yield f"{_INPUTS}/{_short(digest)}", file
    if contents.journal is not None:
        yield JOURNAL, contents.journal
    if contents.salt is not None:
        yield SALT, contents.salt


def _short(digest: str) -> str:
    return digest.removeprefix("sha256:")


def open_archive(path: Path, workspace: Path) -> tuple[Contents | None, tuple[Diagnostic, ...]]:
    """What an archive holds, written in the folder ``workspace``: every content has its hash.

    Returns:
        The contents, or None and E549: nothing is written of an archive that is not ours.
    """
    shown = path.as_posix()
    try:
        if not path.is_file():  # a pipe would be waited for
            return None, (say("E549", shown, cas="unreadable"),)
        with zipfile.ZipFile(path) as archive:
            kind: str | None = _refused(archive.infolist(), path.stat().st_size)
            if kind is None and not all(
                _unpacked(archive, one, workspace) for one in archive.infolist()
            ):
                kind = "changed"
    except _BROKEN:
        kind = "unreadable"
    if kind is not None:
        return None, (say("E549", shown, cas=kind),)
    rules = {f"sha256:{one.name}": _folder(one) for one in _inside(workspace / _RULES)}
    if not all(read_folder(folder)[1] == digest for digest, folder in rules.items()):
        return None, (say("E549", shown, cas="changed"),)
    inputs = {f"sha256:{one.name}": one for one in _inside(workspace / _INPUTS)}
    journal, salt = workspace / JOURNAL, workspace / SALT
    return Contents(
        rules, inputs, journal if journal.is_file() else None, salt if salt.is_file() else None
    ), ()


def _refused(members: Sequence[zipfile.ZipInfo], size: int) -> Literal["other", "larger"] | None:
    """Why an archive of ``size`` bytes is not one of ours, by what it says of its members."""
    names = {one.orig_filename for one in members}
    for one in members:
        name, mode = one.orig_filename, one.external_attr >> 16
        rule = name.rpartition("/regles/")[1]
        if (
            not _OURS.fullmatch(name)
            or (rule and not name.endswith(RULE_SUFFIXES))
            or inside(Path("archive"), name) is None
            or stat.S_IFMT(mode) not in {0, stat.S_IFREG}
            or one.flag_bits & _ENCRYPTED
        ):
            return "other"
        if one.compress_type != zipfile.ZIP_STORED or one.compress_size != one.file_size:
            return "larger"
    if len(members) > _MOST or len(names) != len(members):
        return "other"
    # Members may overlap: together they would be more than what holds them.
    return "larger" if sum(one.file_size for one in members) > size else None


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo, workspace: Path) -> bool:
    """Write a member in its place; whether it has the hash that names it."""
    target = inside(workspace, member.orig_filename)
    if target is None:
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(member) as content, target.open("xb") as stream:
        return _fits(member.orig_filename, _copy(content, stream))


def _inside(folder: Path) -> Iterable[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else ()


def _folder(one: Path) -> Folder:
    return Folder(one / "regles", one / "schemas" / SCHEMA_OF_RECORDS, "regles")
