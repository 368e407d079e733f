"""A receipt: what a run was given and what it gave, by their hashes, one line of a journal.

Each receipt holds the hash of the one before: none can be altered, removed or moved without the
next one showing it. What could tell of a person is hashed with the secret of the journal. See
docs/recus.md.
"""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Final, Literal

from engine import __version__
from engine.calcul.inputs import SUFFIXES, Inputs, Source
from engine.calcul.runs import Asked, Json
from engine.evaluation.law import Law, data_folder
from engine.langage.corpus import Corpus
from engine.recus.keys import Salt, Veil, is_signed
from engine.source import tree
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.digests import canonical, digest_of, digest_of_engine
from engine.source.messages import reading
from engine.source.messages.hints import suggestion
from engine.source.positions import Span
from engine.source.schema import check_shape, load_schema

FORM: Final = "recu.v2"
CLEAR: Final = "recu.v1"  # receipts written before: their hashes have no key
MOMENT: Final = "%Y-%m-%dT%H:%M:%SZ"
SEALS: Final = ("condense", "signature")  # what is said of the rest


@dataclass(frozen=True, slots=True)
class Given:
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
    inputs: Sequence[Given]
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


def names_for(sources: Sequence[Source]) -> dict[str, str]:
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
    asked: Asked,
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
    return Made(
        asked.command,
        asked.to_json(),
        (law.corpus.digest, shown),
        [
            Given(names[one.shown], digest_of(one.content), len(one.content), one.shown)
            for one in inputs.sources
        ],
        _results(asked, inputs, objects, names),
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


def _results(
    asked: Asked, inputs: Inputs, objects: Sequence[Json], names: Mapping[str, str]
) -> Json:
    """The hash of everything that a run over records gave, and those of each record."""
    refusals = _refusals(inputs, asked.ident, names)
    parts = [digest_of(canonical(one)) for one in (*objects, *refusals)]
    return {"ensemble": digest_of("\n".join(parts).encode()), "parties": parts}


def _refusals(inputs: Inputs, ident: str | None, names: Mapping[str, str]) -> Iterable[Json]:
    """What was not computed is a part of what a run gives. Files that were not read are not."""
    for one in inputs.refused:
        if ident in (None, one.ident):
            told = [_named(why, names) for why in one.diagnostics]
            yield {"dossier": one.ident, "refus": told}
    for found in inputs.findings:
        if found.span.file in names:
            yield {"constat": _named(found, names)}


def _named(found: Diagnostic, names: Mapping[str, str]) -> Json:
    """A finding about files that are called by the names of a receipt."""

    def called(span: Span) -> Span:
        return span._replace(file=names.get(span.file, span.file))

    labels = tuple((called(span), words) for span, words in found.labels)
    return replace(found, span=called(found.span), labels=labels).to_json()


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
