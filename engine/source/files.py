"""A path or bytes in, text out, then located documents; a user's mistake never raises here."""

from __future__ import annotations

import codecs
import re
import stat
from collections.abc import Collection
from pathlib import Path, PurePath

from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.json_tree import read_json, read_json_lines
from engine.source.messages import reading
from engine.source.positions import Span
from engine.source.tree import Node, Sequence
from engine.source.yaml_tree import read_yaml

MAX_BYTES = 32 * 2**20
_UNSEEN = frozenset({"thumbs.db", "desktop.ini"})  # what a file manager leaves, like « .nom »

_CONTENT = re.compile(r"^[ \t\r\f\v]*[^\s#]", re.MULTILINE)
_ZIP = b"PK\x03\x04"
_LONGEST_STEP = 255  # bytes of a step of a path, as most systems have it
_MOST_STEPS = 32


def unread(folder: Path, shown: str, suffixes: Collection[str]) -> tuple[Diagnostic, ...]:
    """W627 of each file of a folder, in depth, that none of ``suffixes`` makes one to read."""
    found = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        hidden = any(part.startswith((".", "~")) for part in PurePath(name).parts)
        known = {*suffixes, ".md"}  # a page beside the files is for people
        if hidden or path.suffix in known or path.name.lower() in _UNSEEN or path.is_dir():
            continue
        stem = re.sub(r"\.(ya?ml|txt)", "", path.name, flags=re.IGNORECASE)
        meant = f"{stem}.yaml" if stem != path.name and "." not in stem else None
        found.append(
            say(
                "W627",
                f"{shown}/{name}",
                cas="sans_nom" if meant is None else "renommer",
                nom=meant,
            )
        )
    return tuple(found)


def read_bytes(path: Path, shown: str) -> tuple[bytes | None, tuple[Diagnostic, ...]]:
    """The content of a file.

    Args:
        path: the file; a pipe is read too.
        shown: the name to show in every place.

    Returns:
        The content, or None and one of E112 (too large) or E115 (cannot be opened).
    """
    try:
        found = path.stat()
        if stat.S_ISREG(found.st_mode) and found.st_size > MAX_BYTES:
            return None, (say("E112", shown, mio=MAX_BYTES // 2**20),)
        with path.open("rb") as stream:
            # A pipe has no size: one byte more than allowed is enough to know.
            return stream.read(MAX_BYTES + 1), ()
    except FileNotFoundError:
        return None, (say("E115", shown, cas="missing"),)
    except PermissionError:
        return None, (say("E115", shown, cas="permission"),)
    except IsADirectoryError:
        return None, (say("E115", shown, cas="folder"),)
    except (OSError, ValueError):
        return None, (say("E115", shown, cas="other"),)


def read_text(path: Path, shown: str) -> tuple[str | None, tuple[Diagnostic, ...]]:
    """The text of a file, as ``read_bytes`` and ``decode`` give it.

    Returns:
        The text, or None and one of E112 (too large), E113 (not UTF-8 text), E114 (empty) or
        E115 (cannot be opened).
    """
    data, findings = read_bytes(path, shown)
    return (None, findings) if data is None else decode(data, shown)


def decode(data: bytes, shown: str) -> tuple[str | None, tuple[Diagnostic, ...]]:
    """The text of bytes already read, as from standard input; a UTF-8 byte order mark is dropped.

    Returns:
        The text, or None and one of E112, E113 or E114.
    """
    wrong = too_large(data, shown) or no_text(data, shown)
    if wrong is not None:
        return None, (wrong,)
    text, findings = _utf8(data, shown, 1)
    if text is not None and _CONTENT.search(text) is None:
        return None, (say("E114", shown),)
    return text, findings


def too_large(data: bytes, shown: str) -> Diagnostic | None:
    """E112: more bytes than a file may have."""
    return say("E112", shown, mio=MAX_BYTES // 2**20) if len(data) > MAX_BYTES else None


def no_text(data: bytes, shown: str) -> Diagnostic | None:
    """E113: what begins like something else than a text in UTF-8."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return say("E113", Span(shown, 1, 1, 1, 1), cas="utf16")
    if data.startswith(_ZIP):
        return say("E113", Span(shown, 1, 1, 1, 1), cas="zip")
    return None


def _utf8(data: bytes, shown: str, line: int) -> tuple[str | None, tuple[Diagnostic, ...]]:
    """The text of bytes that begin at ``line``, or None and E113."""
    if line == 1:
        data = data.removeprefix(codecs.BOM_UTF8)
    nul = data.find(b"\0")
    if nul >= 0:
        return None, (say("E113", _byte(data, nul, shown, line), cas="nul"),)
    try:
        return data.decode("utf-8"), ()
    except UnicodeDecodeError as error:
        found = f"0x{data[error.start]:02X}"
        return None, (say("E113", _byte(data, error.start, shown, line), cas="utf8", lu=found),)


def read_content(shown: str, data: bytes) -> tuple[tuple[Node, ...], tuple[Diagnostic, ...]]:
    """The documents of a file, by its bytes: those of ``decode`` and ``read_documents``.

    A line of JSON lines that is no text says so, and the others are read.

    Returns:
        The sound documents, and E101 to E119 or E130.
    """
    if PurePath(shown).suffix.lower() != ".jsonl":
        text, wrong = decode(data, shown)
        return ((), wrong) if text is None else read_documents(shown, text)
    unfit = too_large(data, shown) or no_text(data, shown)
    if unfit is not None:
        return (), (unfit,)
    documents: list[Node] = []
    findings: list[Diagnostic] = []
    for number, line in enumerate(data.split(b"\n"), start=1):
        found, wrong = read_line(line, shown, number)
        documents += found
        findings += wrong
    if not documents and not findings:
        return (), (say("E114", shown),)
    return tuple(documents), tuple(findings)


def read_line(
    line: bytes, shown: str, number: int
) -> tuple[tuple[Node, ...], tuple[Diagnostic, ...]]:
    """The value of one line of JSON lines, nothing of a blank one.

    Returns:
        The value, unless it is not JSON, and E102, E107, E111, E113, E119 or E130 (no record).
    """
    if len(line) > MAX_BYTES:
        here = Span(shown, number, 1, number, 1)
        return (), (reading.out_of_bounds("maxLength", str(MAX_BYTES), "", here),)
    text, findings = _utf8(line, shown, number)
    if text is None:
        return (), findings
    documents, findings = read_json_lines(text, shown, number)
    if any(isinstance(one, Sequence) and not one.items for one in documents):
        return (), (say("E130", Span(shown, number, 1, number, 1)),)
    return documents, findings


def read_documents(path_name: str, text: str) -> tuple[tuple[Node, ...], tuple[Diagnostic, ...]]:
    """The documents of a text, read as the suffix of its name says.

    ``.yaml`` and ``.yml`` are YAML, ``.json`` is JSON, ``.jsonl`` is one JSON value a line. Under
    any other name (standard input), a text that begins like JSON and is JSON is read as such, and
    anything else as YAML.

    Args:
        path_name: the name of the file, shown in every place.
        text: its text, as ``read_text`` gives it.

    Returns:
        The sound documents, and what the readers found; E114 when there is nothing at all.
    """
    match PurePath(path_name).suffix.lower():
        case ".json":
            documents, findings = read_json(text, path_name)
        case ".jsonl":
            documents, findings = read_json_lines(text, path_name)
        case ".yaml" | ".yml":
            documents, findings = read_yaml(text, path_name)
        case _:
            documents, findings = _guess(path_name, text)
    if not documents and not findings:
        return (), (say("E114", path_name),)
    return documents, findings


def _guess(path_name: str, text: str) -> tuple[tuple[Node, ...], tuple[Diagnostic, ...]]:
    start = text.lstrip()
    if start.startswith(("{", "[")):
        found = read_json(text, path_name)
        if _is_json(found):
            return found
        if _is_json(read_json(start.partition("\n")[0], path_name)):
            return read_json_lines(text, path_name)
    return read_yaml(text, path_name)


def _is_json(parsed: tuple[tuple[Node, ...], tuple[Diagnostic, ...]]) -> bool:
    return all(finding.code != "E119" for finding in parsed[1])


def _byte(data: bytes, at: int, shown: str, first: int) -> Span:
    """The place of a byte; what stands before it on its line counts in characters."""
    line = data.count(b"\n", 0, at) + first
    before = data[data.rfind(b"\n", 0, at) + 1 : at].decode("utf-8", "replace")
    return Span(shown, line, len(before) + 1, line, len(before) + 2)


def inside(folder: Path, name: str) -> Path | None:
    """The file that ``name`` names in ``folder``: None for a name that is not a plain relative one.

    A plain name has steps that are not empty, neither « . » nor « .. », of characters that can be
    shown, without any backslash.
    """
    steps = name.split("/")
    plain = len(steps) <= _MOST_STEPS and all(
        step not in {"", ".", ".."}
        and "\\" not in step
        and step.isprintable()
        and len(step.encode("utf-8", "surrogateescape")) <= _LONGEST_STEP
        for step in steps
    )
    if not plain:
        return None
    target = folder.joinpath(*steps)
    return target if target.resolve().is_relative_to(folder.resolve()) else None
