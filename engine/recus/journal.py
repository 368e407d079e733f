"""A journal of receipts, one a line: read line by line, given one more at its end, mended.

It grows for years: only a line of it is ever in memory, and adding reads only the last one.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final, Literal, TypeAlias

from engine.recus.keys import Salt, Signer, make_salt, read_salt, salt_file
from engine.recus.receipts import (
    Made,
    Receipt,
    check_place,
    read_receipt,
    receipt_content,
    sealed_digest,
)
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.json_tree import read_json_lines
from engine.source.positions import Span, whole_file
from engine.source.signals import uncut

Mended: TypeAlias = Literal["nothing", "ended", "aside"]

_PATIENCE: Final = 30  # seconds that another run may take to write its receipt
_LONGEST: Final = 64 * 2**20  # bytes of a line: a receipt of some 800,000 records
_BLOCK: Final = 2**16
_MODE: Final = 0o600  # its owner alone
_MARK: Final = b"\xef\xbb\xbf"  # of UTF-8, at the start of a file


@dataclass(frozen=True, slots=True)
class Journal:
    """Where receipts go, and who signs them, if anyone does."""

    path: Path
    signer: Signer | None = None

    def look(self, now: datetime) -> tuple[Diagnostic, ...]:
        """What keeps a receipt from being added: E101 to E119, E541, E550, E595."""
        if not self.path.exists():
            closed = not os.access(self.path.parent, os.W_OK)
            return (self._closed("unwritable"),) if closed else self._salt(None)[1]
        try:
            with _opened(self.path, os.O_RDWR) as stream:
                last, findings = _last(stream, self.path.as_posix())
        except _NotAFileError:
            return (self._closed("special"),)
        except OSError:
            return (self._closed("unwritable"),)
        return findings or self._follows(last, now) or self._salt(last)[1]

    def add(
        self, made: Made, clock: Callable[[], datetime]
    ) -> tuple[Receipt | None, tuple[Diagnostic, ...]]:
        """Write the receipt of a run at the end; what is there is never rewritten.

        Args:
            made: what the run was and gave.
            clock: tells the moment, in UTC, when the receipt takes its place.

        Returns:
            The receipt, or None and what ``look`` finds.
        """
        from filelock import FileLock, Timeout

        lock = FileLock(self.path.with_name(f"{self.path.name}.verrou"), timeout=_PATIENCE)
        try:
            with lock, uncut(), _opened(self.path, os.O_RDWR | os.O_CREAT) as stream:
                return self._add(stream, made, clock())
        except Timeout:
            return None, (self._closed("busy"),)
        except _NotAFileError:
            return None, (self._closed("special"),)
        except OSError:
            return None, (self._closed("unwritable"),)

    def _add(
        self, stream: BinaryIO, made: Made, now: datetime
    ) -> tuple[Receipt | None, tuple[Diagnostic, ...]]:
        last, findings = _last(stream, self.path.as_posix())
        findings = findings or self._follows(last, now)
        salt, wrong = (None, ()) if findings else self._salt(last)
        if findings or wrong:
            return None, findings or wrong
        salt = salt or make_salt(salt_file(self.path))
        key = None if self.signer is None else self.signer.public
        content = receipt_content(made, last, now, salt, key)
        digest = sealed_digest(content)
        content["condense"] = digest
        if self.signer is not None:
            content["signature"] = self.signer.sign(digest)
        line = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        if len(line) > _LONGEST:
            return None, (self._closed("long"),)
        receipt, findings = _of_line(line, self.path.as_posix(), 1)
        if receipt is None:  # a name that the form of a receipt refuses
            return None, (self._closed("names"),)
        _append(stream, line)
        if last is None:
            _keep_entry(self.path.parent)
        return receipt, ()

    def _follows(self, last: Receipt | None, now: datetime) -> tuple[Diagnostic, ...]:
        """Whether a receipt made now can come after the last one."""
        if last is None:
            return ()
        late = last.moment is None or last.moment > now
        return (self._closed("late"),) if late else ()

    def _salt(self, last: Receipt | None) -> tuple[Salt | None, tuple[Diagnostic, ...]]:
        """The secret of the journal; None when no receipt has needed one yet."""
        file = salt_file(self.path)
        salt = read_salt(file)
        expected = None if last is None else last.salt
        lost = file.exists() if salt is None else False
        if expected is not None:
            lost = salt is None or salt.digest != expected
        if lost:
            number = 1 if last is None else last.number
            place = whole_file(self.path.as_posix())
            return None, (say("E595", place, numero=number, sel=file.as_posix()),)
        return salt, ()

    def _closed(
        self, kind: Literal["busy", "unwritable", "special", "missing", "late", "long", "names"]
    ) -> Diagnostic:
        return say("E550", self.path.as_posix(), cas=kind)


# --- reading


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a journal: the receipt it holds, if it holds one, and all that is wrong with it."""

    receipt: Receipt | None
    findings: tuple[Diagnostic, ...]


def read_journal(path: Path, shown: str, now: datetime) -> Iterator[Line]:
    """Each line of a journal, in order; blank ones aside.

    Args:
        path: the file.
        shown: its name in every place.
        now: no receipt comes after.

    Yields:
        The receipts, and E101 to E119, E541, E542, E550, E596. A journal that cannot be read is
        one line that holds none.
    """
    try:
        with _opened(path, os.O_RDONLY) as stream:
            before: Receipt | None = None
            for line in _lines(stream, shown):
                if line.receipt is None:
                    yield line
                else:
                    yield Line(line.receipt, check_place(line.receipt, before, now))
                    before = line.receipt
    except _NotAFileError:
        yield Line(None, (say("E550", shown, cas="special"),))
    except OSError:
        yield Line(None, (say("E550", shown, cas="missing"),))


def last_receipt(path: Path, shown: str) -> Receipt | None:
    """The receipt that a journal ends with, when it is as it was written."""
    try:
        with _opened(path, os.O_RDONLY) as stream:
            return _last(stream, shown, placed=True)[0]
    except (_NotAFileError, OSError):
        return None


def _lines(stream: BinaryIO, shown: str) -> Iterator[Line]:
    number, seen = 0, False
    while content := stream.readline(_LONGEST + 1):
        number += 1
        whole = content.endswith(b"\n")
        at = Span(shown, number, 1, number, 2)
        if not whole and len(content) > _LONGEST:
            while content and not content.endswith(b"\n"):
                content = stream.readline(_BLOCK)
            yield Line(None, (say("E541", at, cas="long"),))
            seen = True
        elif content.strip():
            receipt, findings = _of_line(content, shown, number)
            if receipt is None and not whole:  # an end of line is written with each receipt
                findings = (say("E541", at, cas="torn"),)
            yield Line(receipt, findings)
            seen = True
    if not seen:
        yield Line(None, (say("E114", shown),))


def _of_line(
    content: bytes, shown: str, number: int
) -> tuple[Receipt | None, tuple[Diagnostic, ...]]:
    """The receipt of a line; or None and E102 to E119."""
    if number == 1:
        content = content.removeprefix(_MARK)
    try:
        text = content.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError as error:
        found = f"0x{content[error.start]:02X}"
        column = len(content[: error.start].decode("utf-8", "replace")) + 1
        at = Span(shown, number, column, number, column + 1)
        return None, (say("E113", at, cas="utf8", lu=found),)
    above = "\n" * (number - 1)  # for the number of the line
    documents, findings = read_json_lines(above + text, shown)
    if not documents:
        return None, findings or (say("E541", Span(shown, number, 1, number, 2), cas="torn"),)
    receipt, wrong = (None, findings) if findings else read_receipt(documents[0])
    return receipt, wrong


def _last(
    stream: BinaryIO, shown: str, *, placed: bool = False
) -> tuple[Receipt | None, tuple[Diagnostic, ...]]:
    """The last receipt, when it is as it was written; None alone: there is none.

    The others are for who proves them. Its line is counted only when it is told, or ``placed``:
    that reads all the journal.
    """
    start, end = stream.seek(0, os.SEEK_END), b""
    while start and b"\n" not in end.rstrip():
        if len(end) > _LONGEST + _BLOCK:
            return None, (say("E541", _at(stream, start, shown), cas="long"),)
        step = min(max(_BLOCK, len(end)), start)
        start -= step
        stream.seek(start)
        end = stream.read(step) + end
    cut = end.rstrip().rfind(b"\n") + 1
    line = end[cut:].strip()
    if not line:
        return None, ()
    first = start + cut == 0
    receipt, findings = _of_line(line, shown, 1 if first else 2)
    if receipt is not None and not receipt.sound:
        findings = (say("E541", receipt.span, cas="modifie", numero=receipt.number),)
    whole = end.endswith(b"\n")
    if whole and not findings and not placed:
        return receipt, ()
    at = _at(stream, start + cut, shown)
    if not whole:
        return None, (say("E541", at, cas="torn"),)
    receipt, findings = _of_line(line, shown, at.line)
    if receipt is not None and not receipt.sound:
        return None, (say("E541", receipt.span, cas="modifie", numero=receipt.number),)
    return receipt, findings


def _at(stream: BinaryIO, offset: int, shown: str) -> Span:
    """The place of a byte that begins a line."""
    stream.seek(0)
    number, left = 1, offset
    while left and (block := stream.read(min(_BLOCK, left))):
        number += block.count(b"\n")
        left -= len(block)
    return Span(shown, number, 1, number, 2)


# --- writing


class _NotAFileError(Exception):
    """A pipe, a device, a folder: what is there is no journal."""


@contextmanager
def _opened(path: Path, flags: int) -> Iterator[BinaryIO]:
    """An ordinary file, opened without waiting for anyone."""
    waiting = getattr(os, "O_NONBLOCK", 0)
    try:
        handle = os.open(path, flags | waiting, _MODE)
    except IsADirectoryError:
        raise _NotAFileError from None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise _NotAFileError
    with os.fdopen(handle, "rb" if flags & os.O_RDWR == 0 else "r+b") as stream:
        yield stream


def _append(stream: BinaryIO, content: bytes) -> None:
    """Write at the end and on the disk, whole or not at all.

    What is written goes through no buffer: nothing is left that would be written later.
    """
    handle = stream.fileno()
    before = os.lseek(handle, 0, os.SEEK_END)
    left = memoryview(content)
    try:
        while left:
            left = left[os.write(handle, left) :]
        os.fsync(handle)
    except BaseException:
        _cut(handle, before)
        raise


def _cut(handle: int, size: int) -> None:
    os.ftruncate(handle, size)
    os.fsync(handle)


def _keep_entry(folder: Path) -> None:
    """Put on the disk the name of a file that was just made."""
    with suppress(OSError):  # some systems have no such thing
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


# --- mending


def mend(path: Path) -> tuple[Mended, Path | None, tuple[Diagnostic, ...]]:
    """End a journal where its last whole receipt ends; nothing of it is lost.

    Returns:
        What was done: « ended », only the end of the last line was lacking, and it is written;
        « aside », a part of a receipt was there, and it is now in the file that comes with it. And
        E550 when the journal cannot be written.
    """
    from filelock import FileLock, Timeout

    shown = path.as_posix()
    if not path.exists():
        return "nothing", None, (say("E550", shown, cas="missing"),)
    lock = FileLock(path.with_name(f"{path.name}.verrou"), timeout=_PATIENCE)
    try:
        with lock, uncut(), _opened(path, os.O_RDWR) as stream:
            done, aside = _mend(stream, path)
    except Timeout:
        return "nothing", None, (say("E550", shown, cas="busy"),)
    except _NotAFileError:
        return "nothing", None, (say("E550", shown, cas="special"),)
    except OSError:
        return "nothing", None, (say("E550", shown, cas="unwritable"),)
    return done, aside, ()


def _mend(stream: BinaryIO, path: Path) -> tuple[Mended, Path | None]:
    size = start = stream.seek(0, os.SEEK_END)
    found = -1
    while start and found < 0:
        step = min(_BLOCK, start)
        start -= step
        stream.seek(start)
        found = stream.read(step).rfind(b"\n")
    end = start + found + 1  # of what is whole
    if end == size:
        return "nothing", None
    stream.seek(end)
    if size - end <= _LONGEST:
        receipt, _ = _of_line(stream.read(), path.as_posix(), 1 if end == 0 else 2)
        if receipt is not None and receipt.sound:
            _append(stream, b"\n")
            return "ended", None
        stream.seek(end)
    number = 1
    while (aside := path.with_name(f"{path.name}.reste-{number}")).exists():
        number += 1
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
    with os.fdopen(handle, "wb") as kept:
        shutil.copyfileobj(stream, kept)
        kept.flush()
        os.fsync(kept.fileno())
    _keep_entry(path.parent)
    _cut(stream.fileno(), end)
    return "aside", aside
