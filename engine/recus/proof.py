"""A receipt in, the same run again: what differs, or nothing; an archive is enough for it.

The rules come from where they are now, from the history of their repository or from an archive, by
their hash; so do the inputs. All that a receipt says of its run is computed again and compared.
What cannot be (the moment, the versions of the programs) is not proved, nor told as if it were.

An archive holds rules, receipts, their inputs and their secret in one file, each under the hash of
its content. The same contents give the same file, to the byte: nothing in it depends on the day or
the machine. One that is received is believed in nothing: nothing of it is compressed, so that it
never holds more than its own size; each member has the place of one that we write, and is what its
name says.

A receipt may come from anyone. What it names is looked for, never written; only files of a folder
of ours are, under names that cannot leave it.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
import struct
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import IO, Final, Literal

from engine.calcul.inputs import Inputs, ReadFile, read_sources
from engine.calcul.runs import AskedOfRecords, objects_of
from engine.campagne.population import CAMPAIGN, run_again
from engine.evaluation.law import (
    RULE_SUFFIXES,
    SCHEMA_OF_RECORDS,
    Chosen,
    Folder,
    Law,
    corpus_folder,
    law_of,
    read_folder,
)
from engine.evaluation.results import wrong_reading
from engine.evaluation.schedule import PUBLIC, validation
from engine.histoire.history import known_by_digest
from engine.recus.keys import Salt, Veil
from engine.recus.receipts import Made, Receipt, made_of_records, names_for, told
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.digests import digest_of, digest_of_engine, digest_of_file
from engine.source.files import MAX_BYTES, inside
from engine.source.messages.hints import suggestion
from engine.source.writing import temporary_file, temporary_folder

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
    OSError,
    EOFError,
    RuntimeError,
    ValueError,
    struct.error,
    zipfile.BadZipFile,
)


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
    rules = {
        f"sha256:{one.name}": Folder(one / "regles", one / "schemas" / SCHEMA_OF_RECORDS, "regles")
        for one in _inside(workspace / _RULES)
    }
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


_MOST_NAMED: Final = 5  # parts that differ

_NOTHING: Final = Contents({}, {}, None)


@dataclass(frozen=True, slots=True)
class RecordedFile:
    """A file that a receipt says was read: its name, its hash (keyed, but in the first form)."""

    name: str
    digest: str
    size: int
    covered: str | None  # where it was, under the key; None in the first form: its name says it

    def is_of(self, digest: str, veil: Veil | None) -> bool:
        """Whether the hash of a content is that of this file."""
        return self.digest == (digest if veil is None else veil.hide("entree", digest))


def inputs_of(receipt: Receipt) -> Iterator[RecordedFile]:
    """Each file that a run has read."""
    listed = receipt.content["entrees"]
    for one in listed if isinstance(listed, list) else ():
        covered = one.get("lieu")
        yield RecordedFile(str(one["nom"]), str(one["empreinte"]), int(one["octets"]), covered)


@dataclass(slots=True)
class Stores:
    """Where the rules, the inputs and the secrets of receipts are looked for.

    Args:
        rules: the folder of the rules, as ``corpus_folder`` takes it.
        folders: where inputs may be, besides the names that receipts give.
        workspace: a folder to write in.
        salts: the secrets at hand.
        archive: what an archive holds.
        received: whether the journal came in that archive: its receipts then name no file of this
            machine.
    """

    rules: Chosen
    folders: Sequence[Path]
    workspace: Path
    salts: Sequence[Salt] = ()
    archive: Contents = _NOTHING
    received: bool = False
    _laws: dict[tuple[str, str], Law] = field(default_factory=dict)
    _sizes: dict[int, list[Path]] | None = None

    def law(self, receipt: Receipt) -> tuple[Law | None, tuple[Diagnostic, ...]]:
        """The law of a receipt, shown as it was then; or None, and E545 or its findings."""
        digest, shown = corpus_of(receipt)
        if (digest, shown) not in self._laws:
            found = self.folder(digest)
            if found is None:
                return None, (say("E545", receipt.span, numero=receipt.number, condense=digest),)
            law, findings = law_of(Folder(found.rules, found.record_schema, shown))
            if law is None:
                return None, findings
            if law.corpus.digest != digest:  # they were changed meanwhile
                return None, (say("E545", receipt.span, numero=receipt.number, condense=digest),)
            self._laws[digest, shown] = law
        return self._laws[digest, shown], ()

    def folder(self, digest: str) -> Folder | None:
        """The folder of the rules that have this hash."""
        candidates = [corpus_folder(self.rules)]
        candidates += [one for one in (self.archive.rules.get(digest),) if one is not None]
        for one in candidates:
            if read_folder(one)[1] == digest:
                return one
        known = known_by_digest(self.rules, digest, self.workspace / "connus")
        return None if known is None else known.folder

    def veil(self, receipt: Receipt) -> tuple[Veil | None, tuple[Diagnostic, ...]]:
        """The key of a receipt, None for one that has none; or E595 when its secret is not here."""
        if receipt.salt is None:
            return None, ()
        found = next((one for one in self.salts if one.digest == receipt.salt), None)
        if found is not None:
            return found.veil(receipt.number), ()
        file = f"{receipt.span.file}.sel"
        return None, (say("E595", receipt.span, numero=receipt.number, sel=file),)

    def input(self, read: RecordedFile, veil: Veil | None) -> Path | None:
        """The file that was read: in the archive, under its name, or in one of the folders."""
        for digest, path in self.archive.inputs.items():
            if read.is_of(digest, veil):
                return path if digest_of_file(path) == digest else None
        for one in self._candidates(read, veil):
            now = _digest_of(one, read.size)
            if now is not None and read.is_of(now, veil):
                return one
        return None

    def _candidates(self, read: RecordedFile, veil: Veil | None) -> Iterator[Path]:
        """Where a file may be."""
        place = read.name
        if veil is not None:
            place = (read.covered and veil.uncover(read.covered)) or ""
        if place and not self.received:
            yield Path(place)
        for folder in self.folders:
            yield folder / read.name
        if self._sizes is None:
            self._sizes = {}
            for folder in self.folders:
                for one in sorted(folder.rglob("*")):
                    size = _size_of(one)
                    if size is not None:
                        self._sizes.setdefault(size, []).append(one)
        yield from self._sizes.get(read.size, ())


def _size_of(path: Path) -> int | None:
    """The size of an ordinary file; None for what is not one, or cannot be looked at."""
    try:
        return path.stat().st_size if path.is_file() else None
    except (OSError, ValueError):
        return None


def _digest_of(path: Path, size: int) -> str | None:
    """The hash of an ordinary file of this size; None for any other.

    No more is read than its size: some files of a system never end, or wait for their reader.
    """
    if _size_of(path) != size:
        return None
    total, left = hashlib.sha256(), size
    try:
        with path.open("rb") as stream:
            while left and (block := stream.read(min(_BLOCK, left))):
                total.update(block)
                left -= len(block)
    except OSError:
        return None
    return None if left else f"sha256:{total.hexdigest()}"


def corpus_of(receipt: Receipt) -> tuple[str, str]:
    """The hash of the rules of a receipt, and how their folder was shown."""
    corpus = receipt.part("corpus")
    return str(corpus["empreinte"]), str(corpus["dossier"])


def prove(receipt: Receipt, stores: Stores) -> tuple[Diagnostic, ...]:
    """Run again what a receipt tells of: nothing when it gives all that the receipt says.

    Args:
        receipt: one that is whole, in its place, and signed as it should be: nothing of any other
            may be run.
        stores: where to look.

    Returns:
        E545 (rules not found), E546 (an input not found), E547 (something else comes out), E595 (no
        secret), E597 (names that are of no run), E511, E512 or E518 (it asks for what the rules do
        not have), or what keeps the rules or the inputs from being read.
    """
    veil, findings = stores.veil(receipt)
    if findings:
        return findings
    law, findings = stores.law(receipt)
    if law is None:
        return findings
    files: list[tuple[RecordedFile, Path]] = []
    lost: list[Diagnostic] = []
    for read in inputs_of(receipt):
        path = stores.input(read, veil)
        if path is None:
            lost.append(
                say(
                    "E546", receipt.span, numero=receipt.number, nom=read.name, condense=read.digest
                )
            )
        else:
            files.append((read, path))
    if lost:
        return tuple(lost)
    run = _campaign_again if receipt.text("commande") == CAMPAIGN else _records_again
    again = run(receipt, law, files, veil, stores.workspace)
    return again if isinstance(again, tuple) else _compared(receipt, again, veil)


@dataclass(frozen=True, slots=True)
class _Again:
    """What a run is, made again, and whose each of its parts is."""

    made: Made
    idents: Sequence[str] = ()


def _compared(receipt: Receipt, again: _Again, veil: Veil | None) -> tuple[Diagnostic, ...]:
    """What a receipt says that its run, made again, does not give: E547."""
    different: list[str] = []
    for name, value in told(again.made, veil).items():
        then = _comparable(receipt, name)
        if name == "resultats" and isinstance(value, dict):
            different += _parts(receipt.part(name), value, again.idents)
        elif then != value:
            different.append(name)
    if not different:
        return ()
    changed = receipt.part("reglo").get("code") != digest_of_engine()
    beyond = len(different) - _MOST_NAMED
    return (
        say(
            "E547",
            receipt.span,
            cas="change" if changed else "meme",
            numero=receipt.number,
            parts=different[:_MOST_NAMED],
            reste=f", et {beyond} autres" if beyond > 0 else "",
        ),
    )


def _comparable(receipt: Receipt, name: str) -> object:
    """A part of a receipt, without where its files were: nothing can tell it again."""
    if name != "entrees":
        return receipt.content.get(name)
    return [
        {"nom": one.name, "empreinte": one.digest, "octets": one.size} for one in inputs_of(receipt)
    ]


def _parts(
    then: Mapping[str, object], now: Mapping[str, object], idents: Sequence[str]
) -> list[str]:
    """What differs in the results: the records, or the tables."""
    before, after = then.get("parties"), now.get("parties")
    if not isinstance(before, list) or not isinstance(after, list):
        return [name for name in sorted({*then, *now}) if now.get(name) != then.get(name)]
    if len(before) != len(after):
        return [f"{len(after)} parties au lieu de {len(before)}"]
    numbered = [*idents, *(f"refus n° {number}" for number in range(1, len(after) + 1))]
    found = [name for name, a, b in zip(numbered, before, after, strict=False) if a != b]
    return found or ["ensemble"] * (then.get("ensemble") != now.get("ensemble"))


# --- records


def _records_again(
    receipt: Receipt,
    law: Law,
    files: Sequence[tuple[RecordedFile, Path]],
    veil: Veil | None,
    _workspace: Path,
) -> _Again | tuple[Diagnostic, ...]:
    """A run over records, made again."""
    settings = dict(receipt.part("reglages"))
    hidden = settings.pop("dossier", None)
    asked = AskedOfRecords.from_json(str(receipt.text("commande")), settings)
    wrong = _not_in(law, asked, receipt)
    if wrong:
        return wrong
    sources: list[ReadFile] = []
    for read, path in files:
        content = b""
        if read.size <= MAX_BYTES + 1:  # no more is ever read of a file of records
            with path.open("rb") as stream:
                content = stream.read(read.size + 1)
        if not read.is_of(digest_of(content), veil):
            return (
                say(
                    "E546", receipt.span, numero=receipt.number, nom=read.name, condense=read.digest
                ),
            )
        sources.append(ReadFile(read.name, content))
    inputs = read_sources(sources, law.corpus, asked.day)
    if hidden is not None:
        ident = _asked_for(str(hidden), inputs, veil)
        if ident is None:
            return (say("E597", receipt.span, cas="record", numero=receipt.number),)
        asked = replace(asked, ident=ident)
    objects = objects_of(law, inputs, asked)
    names = names_for(sources) if veil is not None else {one.shown: one.shown for one in sources}
    _, shown = corpus_of(receipt)
    made = made_of_records(law, shown, asked, inputs, objects, names=names)
    return _Again(made, [str(one["dossier"]) for one in objects])


def _asked_for(said: str, inputs: Inputs, veil: Veil | None) -> str | None:
    """The identifier of the record that a receipt is about."""
    idents = [one.ident for one in inputs.outcomes if one.ident is not None]
    hidden = (lambda one: one) if veil is None else (lambda one: veil.hide("dossier", one))
    return next((one for one in idents if hidden(one) == said), None)


def _not_in(law: Law, asked: AskedOfRecords, receipt: Receipt) -> tuple[Diagnostic, ...]:
    """What a receipt asks of a law that does not have it: no command would have computed it."""
    place = receipt.span
    results = [rule.name for rule in law.corpus.rules if rule.scope is None]
    wrong = [
        say("E511", place, nom=one, proches=suggestion(one, law.corpus.results, "résultats connus"))
        for one in asked.wanted or ()
        if one not in results
    ]
    wrong += [
        found
        for name, option in asked.readings.items()
        if (found := wrong_reading(law.corpus, f"{name}={option}", place)) is not None
    ]
    sector, day = asked.sector or PUBLIC, asked.validated
    calendars = [one for one in law.corpus.calendars if one.sector == sector]
    if day is not None and not any(validation(one, day) for one in calendars):
        wrong.append(say("E518", "--validee-le", secteur=sector, jour=day))
    return tuple(wrong)


# --- campaigns


def _campaign_again(
    receipt: Receipt,
    law: Law,
    files: Sequence[tuple[RecordedFile, Path]],
    veil: Veil | None,
    workspace: Path,
) -> _Again | tuple[Diagnostic, ...]:
    """A campaign, made again on copies of its files, in a folder of ours."""
    settings = receipt.part("reglages")
    wrong = _not_in(law, AskedOfRecords.from_json(CAMPAIGN, settings), receipt)
    if wrong:
        return wrong
    with temporary_folder(workspace) as place:
        source = place / "entree"
        source.mkdir()
        names: set[str] = set()
        for read, path in files:
            name = _from(settings.get("entree"), read.name)
            target = None if name is None else inside(source, name)
            if name is None or target is None or target.exists():
                return (
                    say("E597", receipt.span, cas="input", numero=receipt.number, nom=read.name),
                )
            names.add(name)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
            if not read.is_of(digest_of_file(target), veil):  # it changed meanwhile
                return (
                    say(
                        "E546",
                        receipt.span,
                        numero=receipt.number,
                        nom=read.name,
                        condense=read.digest,
                    ),
                )
        table = settings.get("table")
        if table is not None and names != {table}:
            return (say("E597", receipt.span, cas="table", numero=receipt.number, nom=str(table)),)
        _, shown = corpus_of(receipt)
        made, findings = run_again(law, shown, settings, source, place / "sortie")
    return findings if made is None else _Again(_as_named(made, receipt))


def _from(folder: object, name: str) -> str | None:
    """The name of a file from the folder of its campaign, which the first form wrote with it.

    None when it is not in that folder.
    """
    if not isinstance(folder, str):
        return name
    path, top = PurePosixPath(name), PurePosixPath(folder)
    return path.relative_to(top).as_posix() if path.is_relative_to(top) else None


def _as_named(made: Made, receipt: Receipt) -> Made:
    """A campaign as its receipt names its folder and its files, in the order of the receipt.

    Where files come in another order, the run is the same.
    """
    folder = receipt.part("reglages").get("entree")
    if isinstance(folder, str):
        files = [
            replace(one, name=(PurePosixPath(folder) / one.name).as_posix()) for one in made.inputs
        ]
        made = replace(made, settings={"entree": folder, **made.settings}, inputs=files)
    order = [one.name for one in inputs_of(receipt)]
    known = {name: place for place, name in enumerate(order)}
    inputs = sorted(made.inputs, key=lambda one: known.get(one.name, len(order)))
    return replace(made, inputs=inputs)


# --- keeping


def archived(
    receipts: Iterator[Receipt], stores: Stores, journal: Path
) -> tuple[Contents | None, tuple[Diagnostic, ...]]:
    """Everything that proves a journal; or None and each thing that is not found.

    Returns:
        The contents, or None and E545, E546, E595.
    """
    rules: dict[str, Folder] = {}
    inputs: dict[str, Path] = {}
    lost: list[Diagnostic] = []
    for receipt in receipts:
        digest, _ = corpus_of(receipt)
        folder = rules.get(digest) or stores.folder(digest)
        if folder is None:
            lost.append(say("E545", receipt.span, numero=receipt.number, condense=digest))
        else:
            rules[digest] = folder
        veil, findings = stores.veil(receipt)
        lost += findings
        for read in () if findings else inputs_of(receipt):
            known = next((one for one in inputs if read.is_of(one, veil)), None)
            path = stores.input(read, veil) if known is None else inputs[known]
            if path is None:
                lost.append(
                    say(
                        "E546",
                        receipt.span,
                        numero=receipt.number,
                        nom=read.name,
                        condense=read.digest,
                    )
                )
            elif known is None:
                inputs[digest_of_file(path)] = path
    return (None, tuple(lost)) if lost else (Contents(rules, inputs, journal), ())
