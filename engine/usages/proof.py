"""A receipt in, the same run again: what differs from what it says, or nothing.

The rules come from where they are now, from the history of their repository or from an archive, by
their hash; so do the inputs. What the run gives must have the hash that the receipt holds.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final

from engine.evaluation.law import Chosen, Folder, Law, corpus_folder, law_of, read_folder
from engine.source.diagnostics import Diagnostic
from engine.source.digests import digest_of_engine, digest_of_file
from engine.source.messages import receipts as say
from engine.usages.archive import Contents
from engine.usages.history import known_by_digest
from engine.usages.inputs import Source, read_sources
from engine.usages.keys import is_signed
from engine.usages.population import CAMPAIGN, run_again
from engine.usages.receipts import Receipt, results_of_records
from engine.usages.runs import Asked, objects_of

_NOTHING: Final = Contents({}, {}, None)


@dataclass(slots=True)
class Stores:
    """Where the rules and the inputs of receipts are looked for.

    Args:
        rules: the folder of the rules, as ``corpus_folder`` takes it.
        folders: where inputs may be, besides the names that receipts give.
        workspace: a folder to write in.
        archive: what an archive holds.
    """

    rules: Chosen
    folders: Sequence[Path]
    workspace: Path
    archive: Contents = _NOTHING
    _laws: dict[tuple[str, str], Law] = field(default_factory=dict)
    _sizes: dict[int, list[Path]] | None = None

    def law(self, receipt: Receipt) -> tuple[Law | None, tuple[Diagnostic, ...]]:
        """The law of a receipt, shown as it was then; or None, and E545 or its findings."""
        corpus = receipt.part("corpus")
        digest, shown = str(corpus["empreinte"]), str(corpus["dossier"])
        if (digest, shown) not in self._laws:
            found = self.folder(digest)
            if found is None:
                return None, (say.corpus_lost(receipt.number, digest, receipt.span),)
            law, findings = law_of(Folder(found.rules, found.record_schema, shown))
            if law is None:
                return None, findings
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

    def input(self, name: str, digest: str, size: int) -> Path | None:
        """The file that has this hash: under its name, in the archive, or in one of the folders."""
        if digest in self.archive.inputs:
            here = self.archive.inputs[digest]
            return here if digest_of_file(here) == digest else None
        places = [Path(name), *(folder / name for folder in self.folders)]
        for one in [*places, *self._of_size(size)]:
            if one.is_file() and one.stat().st_size == size and digest_of_file(one) == digest:
                return one
        return None

    def _of_size(self, size: int) -> Sequence[Path]:
        """The files of the folders that have this size: only those are worth reading."""
        if self._sizes is None:
            self._sizes = {}
            for folder in self.folders:
                for one in sorted(folder.rglob("*")):
                    if one.is_file():
                        self._sizes.setdefault(one.stat().st_size, []).append(one)
        return self._sizes.get(size, ())


def inputs_of(receipt: Receipt) -> Iterator[tuple[str, str, int]]:
    """The name, hash and size in bytes of each file that a run has read."""
    listed = receipt.content["entrees"]
    for one in listed if isinstance(listed, list) else ():
        yield str(one["nom"]), str(one["empreinte"]), int(one["octets"])


def check_signatures(
    receipts: Sequence[Receipt], trusted: str | None, shown: str
) -> tuple[Diagnostic, ...]:
    """Whether each signature is that of its receipt: E543.

    Args:
        receipts: those of a journal.
        trusted: the public key that must have signed each of them; None: whoever signed.
        shown: the file of this key.
    """
    found: list[Diagnostic] = []
    for one in receipts:
        key, signature = one.text("cle"), one.text("signature")
        if key is None or signature is None:
            if trusted is not None or key is not None or signature is not None:
                found.append(say.bad_signature("none", one.number, shown, one.span))
        elif trusted not in (None, key):
            found.append(say.bad_signature("other", one.number, shown, one.span))
        elif not is_signed(one.digest, key, signature):
            found.append(say.bad_signature("wrong", one.number, shown, one.span))
    return tuple(found)


def prove(receipt: Receipt, stores: Stores) -> tuple[Diagnostic, ...]:
    """Run again what a receipt tells of: nothing when it gives the same, to the byte.

    Returns:
        E545 (rules not found), E546 (an input not found), E547 (other results), or what keeps the
        rules or the inputs from being read.
    """
    law, findings = stores.law(receipt)
    if law is None:
        return findings
    found = {name: stores.input(name, hashed, size) for name, hashed, size in inputs_of(receipt)}
    lost = [
        say.input_lost(receipt.number, name, hashed, receipt.span)
        for name, hashed, _ in inputs_of(receipt)
        if found[name] is None
    ]
    if lost:
        return tuple(lost)
    files = {name: path for name, path in found.items() if path is not None}
    if receipt.text("commande") == CAMPAIGN:
        given, findings = _campaign_again(receipt, law, files, stores.workspace)
        names: Sequence[str] = ()
    else:
        given, names = _records_again(receipt, law, files)
    if given is None:
        return findings
    then = receipt.part("resultats")
    if given == dict(then):
        return ()
    changed = receipt.part("reglo").get("code") != digest_of_engine()
    return (say.not_proved(receipt.number, _parts(then, given, names), changed, receipt.span),)


def _records_again(
    receipt: Receipt, law: Law, files: Mapping[str, Path]
) -> tuple[Mapping[str, object], Sequence[str]]:
    """The hashes of what a run over records gives, and whose each is."""
    asked = Asked.from_json(str(receipt.text("commande")), receipt.part("reglages"))
    sources = [Source(name, path.read_bytes()) for name, path in files.items()]
    inputs = read_sources(sources, law.corpus, asked.day)
    objects = objects_of(law, inputs, asked)
    return results_of_records(asked, inputs, objects), [str(one["dossier"]) for one in objects]


def _campaign_again(
    receipt: Receipt, law: Law, files: Mapping[str, Path], workspace: Path
) -> tuple[Mapping[str, object] | None, tuple[Diagnostic, ...]]:
    place = workspace / f"recu-{receipt.number}"
    settings = receipt.part("reglages")
    for name, path in files.items():
        target = place / "entree" / PurePosixPath(name).relative_to(str(settings["entree"]))
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    found = run_again(law, settings, place / "entree", place / "sortie")
    shutil.rmtree(place, ignore_errors=True)
    return found


def _parts(
    then: Mapping[str, object], now: Mapping[str, object], names: Sequence[str]
) -> list[str]:
    """What differs: the records, or the tables."""
    before, after = then.get("parties"), now.get("parties")
    if not isinstance(before, list) or not isinstance(after, list):
        return [name for name, value in then.items() if now.get(name) != value]
    if len(before) != len(after):
        return [f"{len(after)} parties au lieu de {len(before)}"]
    numbered = [*names, *(f"refus n° {number}" for number in range(1, len(after) + 1))]
    return [name for name, a, b in zip(numbered, before, after, strict=False) if a != b]


def archived(
    receipts: Sequence[Receipt], stores: Stores, journal: Path
) -> tuple[Contents | None, tuple[Diagnostic, ...]]:
    """Everything that proves a journal; or None and each thing that is not found: E545, E546."""
    rules: dict[str, Folder] = {}
    inputs: dict[str, Path] = {}
    lost: list[Diagnostic] = []
    for one in receipts:
        digest = str(one.part("corpus")["empreinte"])
        folder = rules.get(digest) or stores.folder(digest)
        if folder is None:
            lost.append(say.corpus_lost(one.number, digest, one.span))
        else:
            rules[digest] = folder
        for name, hashed, size in inputs_of(one):
            path = inputs.get(hashed) or stores.input(name, hashed, size)
            if path is None:
                lost.append(say.input_lost(one.number, name, hashed, one.span))
            else:
                inputs[hashed] = path
    return (None, tuple(lost)) if lost else (Contents(rules, inputs, journal), ())
