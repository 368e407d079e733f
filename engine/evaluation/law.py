"""The law that a run applies: found, hashed, loaded once, kept in a cache by content."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from engine.langage.corpus import Corpus, Epoch
from engine.langage.epochs import build_epoch
from engine.langage.model import check_record_schema
from engine.source import tree
from engine.source.cache import Shelf, cache_file, keep, kept
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic, in_order
from engine.source.digests import digest_of_all, digest_of_text
from engine.source.files import decode, read_documents, read_text
from engine.source.schema import Schema, check_shape, load_schema

if TYPE_CHECKING:
    from engine.langage.pipeline import DayCheck

_ENGINE = Path(__file__).resolve().parent.parent
SCHEMA_OF_RECORDS = "dossier.v1.json"
SCHEMA_OF_SCHEMAS = "modele.v1.json"
RULE_SUFFIXES = (".yaml", ".yml")


@dataclass(slots=True)
class Law:
    """A sound corpus and its epochs, each built when it is first needed."""

    corpus: Corpus
    _epochs: dict[int, Epoch] = field(default_factory=dict)

    def epoch(self, day: date) -> Epoch:
        """What is in force on ``day`` (not before the first day of the corpus)."""
        number = self.corpus.epoch_number(day)
        if number not in self._epochs:
            corpus = self.corpus
            self._epochs[number] = build_epoch(
                corpus.starts, number, corpus.rules, corpus.tables, corpus.controls
            )
        return self._epochs[number]


@dataclass(frozen=True, slots=True)
class Folder:
    """Where a corpus lies: its rules, the schema of its records, and how its files are shown."""

    rules: Path
    record_schema: Path
    shown: str
    drafts: bool = False  # whether its drafts are applied, to try them


Chosen: TypeAlias = Path | Folder | None  # what a run is asked to apply; None: nothing is said


def data_folder(name: str) -> Path:
    """What réglo carries (``regles``, ``schemas``, ``docs``): in the wheel or in the checkout."""
    packed = _ENGINE / "donnees" / name
    return packed if packed.is_dir() else _ENGINE.parent / name


def corpus_folder(chosen: Chosen) -> Folder:
    """The corpus to apply: ``chosen``, else ``REGLO_REGLES``, else the one that réglo carries.

    A corpus of its own brings the schema of its records in ``schemas/``, beside its folder; without
    it the schema of réglo is used.
    """
    if isinstance(chosen, Folder):
        return chosen
    named = os.environ.get("REGLO_REGLES")
    asked = chosen or (Path(named) if named else None)
    carried = data_folder("schemas") / SCHEMA_OF_RECORDS
    if asked is None:
        return Folder(data_folder("regles"), carried, "regles")
    # Of links that go round in circles, « resolve » makes an error, which is told later.
    own = Path(os.path.realpath(asked)).parent / "schemas" / SCHEMA_OF_RECORDS
    return Folder(asked, own if own.is_file() else carried, asked.as_posix())


def load_law(chosen: Chosen = None) -> tuple[Law | None, tuple[Diagnostic, ...]]:
    """The law of ``chosen`` (see ``corpus_folder``), as ``law_of`` gives it."""
    return law_of(corpus_folder(chosen))


def law_of(folder: Folder) -> tuple[Law | None, tuple[Diagnostic, ...]]:
    """The law of a folder, from the cache when its content is there.

    Returns:
        The law and its warnings, or None and every finding: E101 to E119 (of the rules and of the
        schema of the records), E201 to E425, E505, W601.
    """
    contents, digest, findings = read_folder(folder)
    if findings:
        return None, findings
    corpus, findings = checked_corpus(folder, contents, digest)
    return None if corpus is None else Law(corpus), findings


def checked_corpus(
    folder: Folder, contents: Mapping[str, bytes], digest: str
) -> tuple[Corpus | None, tuple[Diagnostic, ...]]:
    """What ``check_corpus`` gives; of a sound corpus, from the cache when it was given before."""
    path = cache_file("corpus", digest, folder.shown, str(folder.drafts))
    match kept(path):
        case (Corpus() as known, tuple() as warnings):
            return known, warnings
        case _:
            corpus, findings = check_corpus(folder, contents, digest)
    if corpus is not None:
        keep(path, (corpus, findings))
    return corpus, findings


def read_folder(folder: Folder) -> tuple[dict[str, bytes], str, tuple[Diagnostic, ...]]:
    """The content of each rule file by its path in the folder, and the hash of it all.

    Line ends do not count in the hash: a checkout on another system has the same.
    """
    if not folder.rules.is_dir():
        why = "other" if folder.rules.exists() else "no_folder"
        return {}, "", (say("E115", folder.shown, cas=why),)
    parts: list[tuple[str, str]] = []
    contents: dict[str, bytes] = {}
    paths = [one for one in folder.rules.rglob("*") if one.suffix in RULE_SUFFIXES]
    if not paths:
        return {}, "", (say("W601", folder.shown, suffixes=RULE_SUFFIXES),)
    named = sorted((path.relative_to(folder.rules).as_posix(), path) for path in paths)
    for name, path in [*named, ("", folder.record_schema)]:
        try:
            content = path.read_bytes()
        except OSError:
            return {}, "", (say("E115", f"{folder.shown}/{name}", cas="permission"),)
        if name:
            contents[name] = content
        parts.append((name, digest_of_text(content)))
    return contents, digest_of_all(parts), ()


def check_corpus(
    folder: Folder, contents: Mapping[str, bytes], digest: str
) -> tuple[Corpus | None, tuple[Diagnostic, ...]]:
    """Load and check everything, published tables included; imports what only that needs."""
    from engine.evaluation.publications import check_publications
    from engine.langage.pipeline import load

    files, findings = _texts_of(folder, contents)
    tolerated = frozenset({"E214"}) if folder.drafts else frozenset[str]()
    schemas, found = schemas_of(folder)
    if found:
        return None, in_order([*findings, *found])
    corpus, found = load(files, schemas, digest, tolerated)
    found = tuple(one for one in found if one.code not in tolerated)
    if findings:  # the names of a file that is not read are not missing: only reading is told
        return None, in_order([*findings, *(one for one in found if one.code.startswith("E1"))])
    if corpus is None:
        return None, found
    differing, _ = check_publications(corpus)
    return (None, in_order([*found, *differing])) if differing else (corpus, found)


def _texts_of(
    folder: Folder, contents: Mapping[str, bytes]
) -> tuple[list[tuple[str, str]], list[Diagnostic]]:
    """What the pipeline takes: how each file is shown, its text; E112 to E114 of the others."""
    files: list[tuple[str, str]] = []
    findings: list[Diagnostic] = []
    for name, content in contents.items():
        shown = f"{folder.shown}/{name}"
        text, found = decode(content, shown)
        findings += found
        if text is not None:
            files.append((shown, text))
    return files, findings


def faulty_law(chosen: Chosen, tolerated: frozenset[str]) -> Law | None:
    """The law of a corpus whose only errors are ``tolerated``, to show what they do; else None."""
    from engine.langage.pipeline import load

    folder = corpus_folder(chosen)
    contents, digest, findings = read_folder(folder)
    files, unread = _texts_of(folder, contents)
    schemas, wrong = schemas_of(folder)
    if findings or wrong or unread:
        return None
    corpus, _ = load(files, schemas, digest, tolerated)
    return None if corpus is None else Law(corpus)


def schemas_of(folder: Folder) -> tuple[dict[str, Schema], tuple[Diagnostic, ...]]:
    """The schema of each kind of rule file, and that of a record, unless something is wrong in it.

    Returns:
        The schemas, and E101 to E119: a corpus brings the schema of its records.
    """
    from engine.langage.pipeline import RECORD
    from engine.langage.symbols import KINDS

    carried = data_folder("schemas")
    found = {kind: load_schema(carried / f"{kind}.v1.json") for kind in KINDS}
    form = load_schema(carried / SCHEMA_OF_SCHEMAS)
    shown = f"schemas/{SCHEMA_OF_RECORDS}"

    def read(shown: str, text: str) -> tuple[Schema | None, tuple[Diagnostic, ...]]:
        documents, findings = read_documents(shown, text)
        schema: Schema | None = None
        for document in documents:
            findings += check_record_schema(document, form)
            plain = tree.plain(document)
            if not findings and isinstance(plain, dict):
                schema = plain
        return schema, findings

    text, findings = read_text(folder.record_schema, shown)
    if text is not None:
        shelf = Shelf("modeles", json.dumps(form, default=str))
        schema, wrong = shelf.thing(read, shown, text)
        shelf.close()
        findings += wrong
        if schema is not None:
            found[RECORD] = schema
    return found, findings


def read_shaped(path: Path, form: str) -> tuple[tree.Mapping | None, tuple[Diagnostic, ...]]:
    """The only document of a file that goes beside the rules, of the shape ``form.v1.json``.

    Returns:
        It, or None and what is wrong with the file: E101 to E119.
    """
    shown = path.as_posix()
    text, findings = read_text(path, shown)
    if text is None:
        return None, findings
    documents, wrong = read_documents(shown, text)
    schema = load_schema(data_folder("schemas") / f"{form}.v1.json")
    wrong = (*wrong, *(one for document in documents for one in check_shape(document, schema)))
    if wrong or not documents or not isinstance(documents[0], tree.Mapping):
        return None, wrong
    return documents[0], ()


def checker(chosen: Chosen) -> DayCheck:
    """What checks a law that differs from the sound corpus of ``chosen`` on one day."""
    from engine.langage.pipeline import day_check

    folder = corpus_folder(chosen)
    contents, _, _ = read_folder(folder)
    return day_check(_texts_of(folder, contents)[0], schemas_of(folder)[0])
