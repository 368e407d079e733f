"""A receipt: what a run was given and what it gave, by their hashes, one line of a journal.

Each receipt holds the hash of the one before: none can be altered, removed or moved without the
next one showing it. See docs/recus.md.
"""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from engine import __version__
from engine.evaluation.law import Law, data_folder
from engine.langage.corpus import Corpus
from engine.source import tree
from engine.source.diagnostics import Diagnostic
from engine.source.digests import canonical, digest_of, digest_of_engine
from engine.source.json_tree import read_json_lines
from engine.source.messages import receipts as say
from engine.source.positions import Span
from engine.source.schema import check_shape, load_schema
from engine.usages.inputs import Inputs
from engine.usages.runs import Asked, Json

FORM: Final = "recu.v1"
SEALS: Final = ("condense", "signature")  # what is said of the rest


@dataclass(frozen=True, slots=True)
class Made:
    """What a run was and gave, before it takes its place in a journal.

    Args:
        command: the command.
        settings: what was asked, in JSON.
        corpus: the hash of the rules, and how their folder was shown.
        inputs: the name, hash and size in bytes of each file read, in order.
        results: the hash of what came out, and those of its parts.
        counts: of records.
        signers: who answers for the versions of the rules.
        followed: the contested readings that the results rest on.
    """

    command: str
    settings: Mapping[str, object]
    corpus: tuple[str, str]
    inputs: Sequence[tuple[str, str, int]]
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


def made_of_records(
    law: Law, shown: str, asked: Asked, inputs: Inputs, objects: Sequence[Json]
) -> Made:
    """What a run over records was: ``objects`` is what it gave, record after record."""
    followed = {str(name) for one in objects for name in _texts(one.get("lectures"))}
    return Made(
        asked.command,
        asked.to_json(),
        (law.corpus.digest, shown),
        [(one.shown, digest_of(one.content), len(one.content)) for one in inputs.sources],
        results_of_records(asked, inputs, objects),
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


def results_of_records(asked: Asked, inputs: Inputs, objects: Sequence[Json]) -> Json:
    """The hash of everything that a run over records gave, and those of each record."""
    parts = [digest_of(canonical(one)) for one in (*objects, *_refusals(inputs, asked.ident))]
    return {"ensemble": digest_of("\n".join(parts).encode()), "parties": parts}


def _refusals(inputs: Inputs, ident: str | None) -> Iterable[Json]:
    """What was not computed is a part of what a run gives. Files that were not read are not."""
    read = {one.shown for one in inputs.sources}
    for one in inputs.refused:
        if ident in (None, one.ident):
            yield {"dossier": one.ident, "refus": [why.to_json() for why in one.diagnostics]}
    for found in inputs.findings:
        if found.span.file in read:
            yield {"constat": found.to_json()}


def _texts(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()


def receipt_content(
    made: Made, previous: Receipt | None, moment: datetime, key: str | None
) -> Json:
    """What a receipt says, its seals aside; ``key`` is the public key of who signs it."""
    digest, shown = made.corpus
    content: Json = {
        "schema": FORM,
        "numero": 1 if previous is None else previous.number + 1,
        "precedent": None if previous is None else previous.digest,
        "fait_le": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "reglo": {
            "version": __version__,
            "code": digest_of_engine(),
            "python": platform.python_version(),
        },
        "corpus": {"empreinte": digest, "dossier": shown},
        "signataires": list(made.signers),
        "commande": made.command,
        "reglages": dict(made.settings),
        "lectures_suivies": list(made.followed),
        "entrees": [
            {"nom": name, "empreinte": hashed, "octets": size} for name, hashed, size in made.inputs
        ],
        "comptes": dict(made.counts),
        "resultats": dict(made.results),
    }
    return content if key is None else {**content, "cle": key}


def sealed_digest(content: Mapping[str, object]) -> str:
    """The hash of all that a receipt says, its seals aside."""
    told = {name: value for name, value in content.items() if name not in SEALS}
    return digest_of(canonical(told))


def read_receipts(text: str, shown: str) -> tuple[tuple[Receipt, ...], tuple[Diagnostic, ...]]:
    """The receipts of a journal, one a line.

    Returns:
        The receipts that have the form of one, and what is wrong with the others: E101 to E119.
    """
    documents, findings = read_json_lines(text, shown)
    schema = load_schema(data_folder("schemas") / f"{FORM}.json")
    receipts: list[Receipt] = []
    wrong = list(findings)
    for document in documents:
        shape = check_shape(document, schema)
        wrong += shape
        plain = tree.plain(document)
        if not shape and isinstance(plain, dict):
            receipts.append(Receipt(plain, document.span))
    return tuple(receipts), tuple(wrong)


def check_chain(receipts: Sequence[Receipt]) -> tuple[Diagnostic, ...]:
    """Whether each receipt is whole and follows the one before: E541, E542."""
    found: list[Diagnostic] = []
    before: Receipt | None = None
    for one in receipts:
        if not one.sound:
            found.append(say.altered(one.number, one.span))
        expected = 1 if before is None else before.number + 1
        follows = one.text("precedent") == (None if before is None else before.digest)
        if one.number != expected or not follows:
            found.append(say.out_of_place(one.number, expected, one.span))
        before = one
    return tuple(found)
