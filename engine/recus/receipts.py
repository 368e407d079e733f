"""A receipt: what a run was given and what it gave, by their hashes, one line of a journal.

Each receipt holds the hash of the one before: none can be altered, removed or moved without the
next one showing it. What could tell of a person is hashed with the secret of the journal. The
journal grows for years: only a line of it is in memory, and adding reads the last one.
See docs/recus.md.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path, PurePath
from typing import BinaryIO, Final, Literal, TypeAlias

from engine import __version__
from engine.calcul.inputs import SUFFIXES, Inputs, ReadFile
from engine.calcul.runs import AskedOfRecords, Json
from engine.evaluation.law import Law, data_folder
from engine.langage.corpus import Corpus
from engine.recus.keys import Salt, Signer, Veil, is_signed, make_salt, read_salt, salt_file
from engine.source import tree
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.digests import canonical, digest_of, digest_of_engine
from engine.source.json_tree import read_json_lines
from engine.source.messages import reading
from engine.source.messages.hints import suggestion
from engine.source.positions import Span, whole_file
from engine.source.schema import check_shape, load_schema
from engine.source.signals import uncut

FORM: Final = "recu.v2"
CLEAR: Final = "recu.v1"  # receipts written before: their hashes have no key
MOMENT: Final = "%Y-%m-%dT%H:%M:%SZ"
SEALS: Final = ("condense", "signature")  # what is said of the rest


@dataclass(frozen=True, slots=True)
class GivenFile:
    """A file that a run has read: what a receipt calls it, its content, and where it was."""

    name: str
    digest: str
    size: int  # in bytes
    place: str


@dataclass(frozen=True, slots=True)
class Made:
    """What a run was and gave, before it takes its place in a journal.

    Args:
        command: the command.
        settings: what was asked, in JSON.
        corpus: the hash of the rules, and how their folder was shown.
        inputs: each file read, in order.
        results: the hash of what came out, and those of its parts.
        counts: of records.
        signers: who answers for the versions of the rules.
        followed: the contested readings that the results rest on.
    """

    command: str
    settings: Mapping[str, object]
    corpus: tuple[str, str]
    inputs: Sequence[GivenFile]
    results: Mapping[str, object]
    counts: Mapping[str, int]
    signers: Sequence[str] = ()
    followed: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """One receipt, as its journal holds it."""

    content: Mapping[str, object]
    span: Span = field(compare=False)

    @property
    def number(self) -> int:
        """Its place in its journal, from 1."""
        return int(str(self.content["numero"]))

    @property
    def digest(self) -> str:
        """The hash that it says it has."""
        return str(self.content["condense"])

    def text(self, name: str) -> str | None:
        """One of its texts, when it has it."""
        found = self.content.get(name)
        return found if isinstance(found, str) else None

    def part(self, name: str) -> Mapping[str, object]:
        """One of its objects."""
        found = self.content.get(name)
        return found if isinstance(found, dict) else {}

    @property
    def sound(self) -> bool:
        """Whether what it holds has the hash that it says."""
        return sealed_digest(self.content) == self.digest

    @property
    def salt(self) -> str | None:
        """The hash of the secret that its hashes are keyed with; None for the first form."""
        return self.text("sel")

    @property
    def moment(self) -> datetime | None:
        """When it says it was made; None when there is no such moment."""
        try:
            return datetime.strptime(str(self.text("fait_le")), MOMENT).replace(tzinfo=UTC)
        except ValueError:
            return None

    @property
    def signed_by(self) -> str | None:
        """The key that signed all that it says; None when nothing proves that one did."""
        key, signature = self.text("cle"), self.text("signature")
        if key is None or signature is None or not self.sound:
            return None
        return key if is_signed(self.digest, key, signature) else None


def names_for(sources: Sequence[ReadFile]) -> dict[str, str]:
    """What a receipt calls each file of records: its place and its kind, not its name.

    The name of a file is often that of a person.
    """
    names: dict[str, str] = {}
    for one in sources:
        suffix = PurePath(one.shown).suffix.lower()
        kind = suffix if suffix in SUFFIXES else ""
        names.setdefault(one.shown, f"entree-{len(names) + 1}{kind}")
    return names


def made_of_records(
    law: Law,
    shown: str,
    asked: AskedOfRecords,
    inputs: Inputs,
    objects: Sequence[Json],
    *,
    names: Mapping[str, str],
) -> Made:
    """What a run over records was.

    Args:
        law: what it applied.
        shown: how the folder of the rules was shown.
        asked: what was asked.
        inputs: what was read.
        objects: what it gave, record after record.
        names: what the receipt calls each file, by how it was shown.
    """
    followed = {str(name) for one in objects for name in _texts(one.get("lectures"))}
    # the hash of everything that a run over records gave, and those of each record
    refusals = _refusals(inputs, asked.ident, names)
    parts = [digest_of(canonical(one)) for one in (*objects, *refusals)]
    return Made(
        asked.command,
        asked.to_json(),
        (law.corpus.digest, shown),
        [
            GivenFile(names[one.shown], digest_of(one.content), len(one.content), one.shown)
            for one in inputs.sources
        ],
        {"ensemble": digest_of("\n".join(parts).encode()), "parties": parts},
        {"calcules": len(objects), "refuses": len(inputs.refused)},
        signers_of(law.corpus),
        sorted(followed),
    )


def signers_of(corpus: Corpus) -> tuple[str, ...]:
    """Who signed the versions of a corpus, each once."""
    told = [version.checked for one in corpus.rules for version in one.versions]
    told += [version.checked for one in corpus.tables.values() for version in one.versions]
    told += [version.checked for one in corpus.controls for version in one.versions]
    names = {one.signed_by for one in told}
    return tuple(sorted(name for name in names if name is not None))


def _refusals(inputs: Inputs, ident: str | None, names: Mapping[str, str]) -> Iterable[Json]:
    """What was not computed is a part of what a run gives. Files that were not read are not."""
    for one in inputs.refused:
        if ident in (None, one.ident):
            told = [_named(why, names) for why in one.diagnostics]
            yield {"dossier": one.ident, "refus": told}
    for found in inputs.findings:
        if found.span.file in names:
            yield {"constat": _named(found, names)}


def _named(finding: Diagnostic, names: Mapping[str, str]) -> Json:
    """A finding about files that are called by the names of a receipt."""

    def called(span: Span) -> Span:
        return span._replace(file=names.get(span.file, span.file))

    labels = tuple((called(span), words) for span, words in finding.labels)
    return replace(finding, span=called(finding.span), labels=labels).to_json()


def _texts(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()


def told(made: Made, veil: Veil | None) -> Json:
    """What a receipt says of a run: all of it is computed again when the receipt is proved.

    Args:
        made: the run.
        veil: the key of the receipt; None for one of the first form.
    """
    digest, shown = made.corpus
    settings = dict(made.settings)
    ident = settings.get("dossier")
    results = dict(made.results)
    inputs = list(made.inputs)
    if veil is not None:
        if isinstance(ident, str):
            settings["dossier"] = veil.hide("dossier", ident)
        inputs = [replace(one, digest=veil.hide("entree", one.digest)) for one in inputs]
        results = {name: _hidden(one, veil) for name, one in results.items()}
    return {
        "corpus": {"empreinte": digest, "dossier": shown},
        "signataires": list(made.signers),
        "commande": made.command,
        "reglages": settings,
        "lectures_suivies": list(made.followed),
        "entrees": [
            {"nom": one.name, "empreinte": one.digest, "octets": one.size} for one in inputs
        ],
        "comptes": dict(made.counts),
        "resultats": results,
    }


def _hidden(digest: object, veil: Veil) -> object:
    """The keyed hash of a hash, or of each of a list."""
    if isinstance(digest, list):
        return [_hidden(one, veil) for one in digest]
    return veil.hide("resultat", str(digest))


def receipt_content(
    made: Made, previous: Receipt | None, moment: datetime, salt: Salt, key: str | None
) -> Json:
    """What a receipt says, its seals aside; ``key`` is the public key of who signs it."""
    number = 1 if previous is None else previous.number + 1
    veil = salt.veil(number)
    said = told(made, veil)
    entries = said["entrees"]
    if isinstance(entries, list):
        said["entrees"] = [
            {**entry, "lieu": veil.cover(given.place)}
            for entry, given in zip(entries, made.inputs, strict=True)
        ]
    content: Json = {
        "schema": FORM,
        "numero": number,
        "precedent": None if previous is None else previous.digest,
        "fait_le": moment.strftime(MOMENT),
        "reglo": {
            "version": __version__,
            "code": digest_of_engine(),
            "python": platform.python_version(),
        },
        "sel": salt.digest,
        **said,
    }
    return content if key is None else {**content, "cle": key}


def sealed_digest(content: Mapping[str, object]) -> str:
    """The hash of all that a receipt says, its seals aside."""
    told = {name: value for name, value in content.items() if name not in SEALS}
    return digest_of(canonical(told))


def read_receipt(document: tree.Node) -> tuple[Receipt | None, tuple[Diagnostic, ...]]:
    """The receipt that a line of a journal holds; or None and why it is not one: E103 to E109."""
    plain = tree.plain(document)
    if not isinstance(plain, dict):
        return None, (reading.wrong_type(document, ("object",), document.span),)
    form = plain.get("schema")
    if form not in (FORM, CLEAR):
        node = document.get("schema") if isinstance(document, tree.Mapping) else None
        found = node.text if isinstance(node, tree.Scalar) else ""
        span = document.span if node is None else node.span
        return None, (
            say(
                "E106",
                span,
                lu=found,
                proches=suggestion(found, (FORM, CLEAR), "valeurs possibles"),
            ),
        )
    findings = check_shape(document, load_schema(data_folder("schemas") / f"{form}.json"))
    return (None, findings) if findings else (Receipt(plain, document.span), ())


def check_place(receipt: Receipt, before: Receipt | None, now: datetime) -> tuple[Diagnostic, ...]:
    """Whether a receipt is whole, follows the one before and has a moment: E541, E542, E596.

    Args:
        receipt: any receipt of a journal.
        before: the one above it; None for the first.
        now: no receipt comes after.
    """
    found: list[Diagnostic] = []
    if not receipt.sound:
        found.append(say("E541", receipt.span, cas="modifie", numero=receipt.number))
    expected = 1 if before is None else before.number + 1
    follows = receipt.text("precedent") == (None if before is None else before.digest)
    if receipt.number != expected or not follows:
        found.append(_out_of_place(receipt.number, expected, receipt.span))
    moment = receipt.moment
    earlier = None if before is None else before.moment
    kind: Literal["none", "future", "before"] | None = None
    if moment is None:
        kind = "none"
    elif moment > now:
        kind = "future"
    elif earlier is not None and moment < earlier:
        kind = "before"
    if kind is not None:
        shown = str(receipt.text("fait_le"))
        found.append(say("E596", receipt.span, cas=kind, numero=receipt.number, dit=shown))
    return tuple(found)


def check_signature(receipt: Receipt, trusted: str | None, shown: str) -> tuple[Diagnostic, ...]:
    """Whether the signature of a receipt is its own: E543.

    Args:
        receipt: any receipt.
        trusted: the public key that must have signed it; None: whoever signed, if anyone did.
        shown: the file of this key.
    """
    key, signature = receipt.text("cle"), receipt.text("signature")
    kind: Literal["none", "other", "wrong"] | None = None
    if key is None or signature is None:
        if trusted is not None or key is not None or signature is not None:
            kind = "none"
    elif trusted not in (None, key):
        kind = "other"
    elif receipt.sound and receipt.signed_by is None:
        kind = "wrong"
    return (
        ()
        if kind is None
        else (say("E543", receipt.span, cas=kind, numero=receipt.number, cle=shown or None),)
    )


def _out_of_place(number: int, expected: int, span: Span) -> Diagnostic:
    """E542: a receipt that does not follow the one before it; ``expected``: its number if it did.

    With the right number, it holds the hash of another one.
    """
    kind = "deplace"
    if number == expected:
        kind = "suite"
    elif number == expected + 1:
        kind = "un_manque"
    elif number > expected:
        kind = "manquent"
    return say("E542", span, cas=kind, numero=number, attendu=expected, dernier=number - 1)


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
class JournalLine:
    """A line of a journal: the receipt it holds, if it holds one, and all that is wrong with it."""

    receipt: Receipt | None
    findings: tuple[Diagnostic, ...]


def read_journal(path: Path, shown: str, now: datetime) -> Iterator[JournalLine]:
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
                    yield JournalLine(line.receipt, check_place(line.receipt, before, now))
                    before = line.receipt
    except _NotAFileError:
        yield JournalLine(None, (say("E550", shown, cas="special"),))
    except OSError:
        yield JournalLine(None, (say("E550", shown, cas="missing"),))


def last_receipt(path: Path, shown: str) -> Receipt | None:
    """The receipt that a journal ends with, when it is as it was written."""
    try:
        with _opened(path, os.O_RDONLY) as stream:
            return _last(stream, shown, placed=True)[0]
    except (_NotAFileError, OSError):
        return None


def _lines(stream: BinaryIO, shown: str) -> Iterator[JournalLine]:
    number, seen = 0, False
    while content := stream.readline(_LONGEST + 1):
        number += 1
        whole = content.endswith(b"\n")
        at = Span(shown, number, 1, number, 2)
        if not whole and len(content) > _LONGEST:
            while content and not content.endswith(b"\n"):
                content = stream.readline(_BLOCK)
            yield JournalLine(None, (say("E541", at, cas="long"),))
            seen = True
        elif content.strip():
            receipt, findings = _of_line(content, shown, number)
            if receipt is None and not whole:  # an end of line is written with each receipt
                findings = (say("E541", at, cas="torn"),)
            yield JournalLine(receipt, findings)
            seen = True
    if not seen:
        yield JournalLine(None, (say("E114", shown),))


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
