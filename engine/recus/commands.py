"""Commands about receipts that are written: prouver, archiver, cle."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import click

from engine.commandes.base import FILE, FOLDER, LAYOUTS, print_json, report
from engine.evaluation.law import corpus_folder, read_folder
from engine.evaluation.show import counted
from engine.recus.keys import PHRASE, make_key, read_public, read_salt, salt_file
from engine.recus.proof import (
    SUFFIX,
    Contents,
    Stores,
    archived,
    corpus_of,
    open_archive,
    prove,
    write_archive,
)
from engine.recus.receipts import Receipt, check_signature, last_receipt, mend, read_journal
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.digests import digest_of_file
from engine.source.positions import whole_file
from engine.source.writing import temporary_folder


@click.command()
@click.argument("journal", type=FILE)
@click.option(
    "--numero",
    type=click.IntRange(1),
    metavar="NOMBRE",
    help="Ne rejoue que ce reçu ; les autres sont contrôlés.",
)
@click.option("--dernier", metavar="CONDENSE", help="Le condensé du dernier reçu, noté ailleurs.")
@click.option(
    "--cle",
    type=FILE,
    envvar="REGLO_CLE",
    help="La clé qui doit avoir signé chaque reçu (ou variable REGLO_CLE).",
)
@click.option(
    "--archive", type=FILE, help="Les règles et les entrées, écrites par « reglo archiver »."
)
@click.option(
    "--entrees",
    type=FOLDER,
    multiple=True,
    help="Où chercher les fichiers lus, quel que soit leur nom.",
)
@click.option("--reparer", is_flag=True, help="Met d'abord de côté un dernier reçu écrit à moitié.")
@click.option("--format", "layout", type=LAYOUTS, default="texte")
@click.pass_context
def prouver(
    ctx: click.Context,
    *,
    journal: Path,
    numero: int | None,
    dernier: str | None,
    cle: Path | None,
    archive: Path | None,
    entrees: tuple[Path, ...],
    reparer: bool,
    layout: str,
) -> None:
    """Rejoue les reçus d'un journal, avec les règles d'alors, et compare à l'octet près.

    JOURNAL est un fichier de reçus, ou une archive qui en contient un.

    Exemple : reglo prouver recus.jsonl
    """
    trusted = None if cle is None else _trusted(ctx, cle)
    if reparer:
        if journal.suffix.lower() == SUFFIX:
            message = "--reparer va avec un journal, et non avec une archive"
            raise click.UsageError(message, ctx)
        # end a journal where its last whole receipt ends, and tell what was done
        done, aside, findings = mend(journal)
        if findings:
            report(findings)
            ctx.exit(2)
        if aside is not None:
            told = f"le reçu inachevé est mis de côté dans {aside.as_posix()}"
        elif done == "ended":
            told = "le dernier reçu était entier ; sa fin de ligne est écrite"
        else:
            told = "il n'y a rien à réparer"
        click.echo(f"{journal.as_posix()} : {told}", err=True)
    with temporary_folder() as workspace:
        opened = _opened(ctx, journal, archive, entrees, workspace)
        tally = _Tally(layout)
        other_end = _end(opened, dernier)
        tally.tell(other_end)
        for checked in _checked(opened, trusted, "" if cle is None else cle.as_posix()):
            if checked.receipt is None:
                tally.unread = True
                tally.tell(checked.findings)
            elif numero in (None, checked.receipt.number):
                tally.add(_proved(checked, opened.stores, run=not other_end))
            else:
                tally.tell(checked.findings)
    if numero is not None and not tally.proofs and not tally.unread:
        message = f"{journal} n'a pas de reçu n° {numero}"
        raise click.UsageError(message, ctx)
    tally.end()
    ctx.exit(1 if tally.told else 0)


def _trusted(ctx: click.Context, path: Path) -> str:
    """The public key that must have signed; exit 2 when the file has none."""
    public, findings = read_public(path)
    if public is None:
        report(findings)
        ctx.exit(2)
    return public


@dataclass(frozen=True, slots=True)
class _Opened:
    """A journal that is read, and where to look for what its receipts name."""

    journal: Path
    shown: str
    stores: Stores


def _opened(
    ctx: click.Context, journal: Path, archive: Path | None, folders: Sequence[Path], place: Path
) -> _Opened:
    """A journal, or that of an archive; exit 1 when the archive cannot be read."""
    whole = journal.suffix.lower() == SUFFIX
    stores = Stores(ctx.obj, folders if whole else (*folders, journal.parent), place)
    given = journal if whole else archive
    files = [] if whole else [salt_file(journal)]
    inside, shown = journal, journal.as_posix()
    if given is not None:
        contents, findings = open_archive(given, place / "archive")
        if contents is None:
            report(findings)
            ctx.exit(1)
        files += [] if contents.salt is None else [contents.salt]
        if whole:
            if contents.journal is None:
                message = (
                    f"{journal} est une archive sans journal : "
                    f"donnez le journal, et --archive {journal}"
                )
                raise click.UsageError(message, ctx)
            inside, shown = contents.journal, f"{shown}/{contents.journal.name}"
        stores.archive, stores.received = contents, whole
    stores.salts = [one for one in map(read_salt, files) if one is not None]
    return _Opened(inside, shown, stores)


def _end(opened: _Opened, expected: str | None) -> tuple[Diagnostic, ...]:
    """Whether the journal ends with the receipt that was noted elsewhere: E544."""
    if expected is None:
        return ()
    last = last_receipt(opened.journal, opened.shown)
    if last is not None and last.digest == expected:
        return ()
    span = whole_file(opened.shown) if last is None else last.span
    return (
        say("E544", span, lu="d'aucun reçu" if last is None else last.digest, attendu=expected),
    )


@dataclass(frozen=True, slots=True)
class _Checked:
    """A line of a journal and all that is wrong with it, before anything is run."""

    receipt: Receipt | None
    findings: tuple[Diagnostic, ...]


def _checked(opened: _Opened, trusted: str | None, shown: str) -> Iterator[_Checked]:
    """Each line: whether it is a receipt, whole, in its place, possible, and signed as it must."""
    now = dt.datetime.now(tz=dt.UTC)
    for line in read_journal(opened.journal, opened.shown, now):
        signed = () if line.receipt is None else check_signature(line.receipt, trusted, shown)
        yield _Checked(line.receipt, (*line.findings, *signed))


@dataclass(frozen=True, slots=True)
class _Proof:
    """A receipt, whether it was run again, and all that is wrong with it."""

    number: int
    digest: str
    corpus: str
    key: str | None
    run: bool
    proved: bool
    sentence: str
    findings: tuple[Diagnostic, ...]


def _proved(checked: _Checked, stores: Stores, *, run: bool) -> _Proof:
    """Run a receipt again, when nothing is wrong with it before."""
    receipt = checked.receipt
    assert receipt is not None  # noqa: S101 - a line without one is told, not proved
    run = run and not checked.findings
    findings = (*checked.findings, *(prove(receipt, stores) if run else ()))
    digest, _ = corpus_of(receipt)
    counts = receipt.part("comptes")
    computed = counted(int(str(counts["calcules"])), "dossier calculé", "dossiers calculés")
    refused = counted(int(str(counts["refuses"])), "refusé", "refusés")
    command, moment = receipt.text("commande"), receipt.text("fait_le")
    sentence = (
        f"Reçu n° {receipt.number}, {command} du {moment} : prouvé, {computed}, {refused}, "
        f"règles {digest[:19]} (la date est celle que dit le reçu)"
    )
    proved = run and not findings
    return _Proof(
        receipt.number, receipt.digest, digest, receipt.signed_by, run, proved, sentence, findings
    )


@dataclass(slots=True)
class _Tally:
    """What is told of each receipt as it comes, and of all of them in the end."""

    layout: str
    proofs: list[_Proof] = field(default_factory=list)
    told: list[Diagnostic] = field(default_factory=list)
    unread: bool = False

    def tell(self, findings: Sequence[Diagnostic]) -> None:
        """Findings, at once for a person, in the end for a program."""
        self.told += findings
        if self.layout != "json":
            report(findings)

    def add(self, proof: _Proof) -> None:
        """A receipt that was asked for."""
        self.proofs.append(proof)
        self.tell(proof.findings)
        if proof.proved and self.layout != "json":
            click.echo(proof.sentence)

    def end(self) -> None:
        """The counts, or everything for a program."""
        if self.layout == "json":
            print_json(
                {
                    "recus": [
                        {
                            "numero": one.number,
                            "condense": one.digest,
                            "empreinte": one.corpus,
                            "cle": one.key,
                            "prouve": one.proved,
                        }
                        for one in self.proofs
                    ],
                    "constats": [one.to_json() for one in self.told],
                }
            )
            return
        keys = [one.key for one in self.proofs if one.key is not None]
        for key in sorted(set(keys)):
            signed = counted(keys.count(key), "reçu signé", "reçus signés")
            click.echo(f"{signed} par la clé {key}")
        run = sum(one.run for one in self.proofs)
        proved = sum(one.proved for one in self.proofs)
        lost, still = len(self.proofs) - proved, len(self.proofs) - run
        without = f", dont {still} sans être {'rejoué' if still == 1 else 'rejoués'}"
        total = counted(run, "reçu rejoué", "reçus rejoués")
        click.echo(
            f"{total} : {counted(proved, 'prouvé')}, {lost} en échec{without if still else ''}"
        )


# --- keeping


@click.command()
@click.argument("archive", type=FILE)
@click.option(
    "--journal",
    type=FILE,
    metavar="JOURNAL",
    help="Met dans l'archive les reçus, leurs règles et leurs entrées.",
)
@click.option(
    "--entrees",
    type=FOLDER,
    multiple=True,
    help="Où chercher les fichiers lus, quel que soit leur nom.",
)
@click.option("--format", "layout", type=LAYOUTS, default="texte")
@click.pass_context
def archiver(
    ctx: click.Context,
    *,
    archive: Path,
    journal: Path | None,
    entrees: tuple[Path, ...],
    layout: str,
) -> None:
    """Garde dans un fichier les règles de ce jour, ou tout ce qui prouve un journal de reçus.

    Exemple : reglo archiver preuve-2024-2025.zip --journal recus.jsonl
    """
    if archive.suffix.lower() != SUFFIX:
        message = f"le nom d'une archive finit par {SUFFIX} : {archive}"
        raise click.UsageError(message, ctx)
    if archive.exists():
        report([say("E549", archive.as_posix(), cas="there")])
        ctx.exit(2)
    contents: Contents | None
    with temporary_folder() as workspace:
        if journal is None:
            folder = corpus_folder(ctx.obj)
            _, digest, findings = read_folder(folder)
            contents = None if findings else Contents({digest: folder}, {}, None)
        else:
            contents, findings = _archived(ctx, journal, entrees, workspace)
        if contents is not None:
            findings = write_archive(archive, contents)
    if contents is None or findings:
        report(findings)
        ctx.exit(1)
    kept = {"regles": len(contents.rules), "entrees": len(contents.inputs)}
    sealed = digest_of_file(archive)
    if layout == "json":
        print_json({"archive": archive.as_posix(), "condense": sealed, **kept})
    else:
        rules = counted(kept["regles"], "corpus de règles", "corpus de règles")
        inputs = counted(kept["entrees"], "fichier d'entrée", "fichiers d'entrée")
        click.echo(f"{archive} : {rules}, {inputs} ; {sealed}")


def _archived(
    ctx: click.Context, journal: Path, folders: Sequence[Path], place: Path
) -> tuple[Contents | None, tuple[Diagnostic, ...]]:
    """Everything that proves a journal, as it is now: another run may be writing in it."""
    opened = _opened(ctx, journal, None, folders, place)
    copy = place / journal.name
    if not journal.is_file():
        return None, (say("E550", opened.shown, cas="missing"),)
    shutil.copyfile(journal, copy)
    opened = replace(opened, journal=copy)
    wrong: list[Diagnostic] = []

    def sound() -> Iterator[Receipt]:
        for checked in _checked(opened, None, ""):
            wrong.extend(checked.findings)
            if checked.receipt is not None and not wrong:
                yield checked.receipt

    contents, findings = archived(sound(), opened.stores, copy)
    if wrong or contents is None:
        return None, (*wrong, *findings)
    salt = salt_file(journal)
    return replace(contents, salt=salt if opened.stores.salts else None), ()


@click.command()
@click.argument("fichier", type=FILE)
@click.option("--format", "layout", type=LAYOUTS, default="texte")
@click.pass_context
def cle(ctx: click.Context, *, fichier: Path, layout: str) -> None:
    """Crée une clé Ed25519 : FICHIER signe les reçus, FICHIER.pub les vérifie.

    La variable REGLO_PHRASE, si elle est donnée, protège la clé privée.

    Exemple : reglo cle rectorat.pem
    """
    public, findings = make_key(fichier)
    if public is None:
        report(findings)
        ctx.exit(2)
    guarded = bool(os.environ.get(PHRASE))
    if layout == "json":
        print_json(
            {
                "privee": f"{fichier}",
                "publique": f"{fichier}.pub",
                "cle": public,
                "protegee": guarded,
            }
        )
    else:
        by = "protégée par la phrase de REGLO_PHRASE" if guarded else "sans phrase : gardez-la"
        click.echo(f"{fichier} : clé privée, {by}")
        click.echo(f"{fichier}.pub : clé publique, à donner à qui vérifie : {public}")
