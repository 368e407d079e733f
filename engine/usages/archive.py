"""Rules, receipts and their inputs in one file, each under the hash of its content.

The same contents give the same file, to the byte: nothing in it depends on the day or the machine.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from engine.evaluation.law import RULE_SUFFIXES, SCHEMA_OF_RECORDS, Folder
from engine.source.diagnostics import Diagnostic
from engine.source.messages import receipts as say

SUFFIX: Final = ".zip"
JOURNAL: Final = "recus.jsonl"
_RULES, _INPUTS = "corpus", "entrees"
_LONG_AGO: Final = (1980, 1, 1, 0, 0, 0)  # the first date that a zip file can hold
_READABLE: Final = 0o644 << 16


@dataclass(frozen=True, slots=True)
class Contents:
    """What an archive holds: folders of rules and inputs by their hash, a journal."""

    rules: Mapping[str, Folder]
    inputs: Mapping[str, Path]
    journal: Path | None


def write_archive(path: Path, contents: Contents) -> tuple[Diagnostic, ...]:
    """Write an archive, whole or not at all; E549 when it cannot be."""
    aside = path.with_name(f"{path.name}.ecriture")
    try:
        with zipfile.ZipFile(aside, "w", zipfile.ZIP_STORED) as archive:
            for name, source in sorted(_members(contents)):
                entry = zipfile.ZipInfo(name, _LONG_AGO)
                entry.external_attr = _READABLE
                entry.create_system = 3  # wherever it is written
                with archive.open(entry, "w") as stream:
                    stream.write(source.read_bytes())
        aside.replace(path)
    except OSError:
        return (say.bad_archive("unwritable", path.as_posix()),)
    return ()


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


def _short(digest: str) -> str:
    return digest.removeprefix("sha256:")


def open_archive(path: Path, workspace: Path) -> tuple[Contents | None, tuple[Diagnostic, ...]]:
    """What an archive holds, written in the folder ``workspace``.

    The hashes are those that the archive says: whoever uses a content checks it.

    Returns:
        The contents, or None and E549.
    """
    shown = path.as_posix()
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if not all(_is_ours(name) for name in names):
                return None, (say.bad_archive("other", shown),)
            archive.extractall(workspace)
    except (OSError, zipfile.BadZipFile):
        return None, (say.bad_archive("unreadable", shown),)
    journal = workspace / JOURNAL
    return Contents(
        {f"sha256:{one.name}": _folder(one) for one in _inside(workspace / _RULES)},
        {f"sha256:{one.name}": one for one in _inside(workspace / _INPUTS)},
        journal if journal.is_file() else None,
    ), ()


def _is_ours(name: str) -> bool:
    """Whether a member has the place of one that we write: nothing may leave the folder."""
    parts = PurePosixPath(name).parts
    return name == JOURNAL or (
        len(parts) > 1 and parts[0] in {_RULES, _INPUTS} and ".." not in parts and "\\" not in name
    )


def _inside(folder: Path) -> Iterable[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else ()


def _folder(one: Path) -> Folder:
    return Folder(one / "regles", one / "schemas" / SCHEMA_OF_RECORDS, "regles")
