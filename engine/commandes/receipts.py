"""Commands about receipts that are written: prouver, archiver, cle."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.commandes.base import FILE, FOLDER, LAYOUTS, print_json, report
from engine.usages.words import counted

if TYPE_CHECKING:
    from engine.source.diagnostics import Diagnostic
    from engine.usages.archive import Contents
    from engine.usages.proof import Stores
    from engine.usages.receipts import Receipt


@click.command()
@click.argument("journal", type=FILE)
@click.option("--numero", type=click.IntRange(1), metavar="NOMBRE",
              help="Ne rejoue que ce reçu ; les autres sont contrôlés.")  # fmt: skip
@click.option("--dernier", metavar="CONDENSE",
              help="Le condensé du dernier reçu, noté ailleurs.")  # fmt: skip
@click.option("--cle", type=FILE, metavar="FICHIER",
              help="La clé publique qui doit avoir signé chaque reçu.")  # fmt: skip
@click.option("--archive", type=FILE, metavar="FICHIER",
              help="Les règles et les entrées, écrites par « reglo archiver ».")  # fmt: skip
@click.option("--entrees", type=FOLDER, multiple=True, metavar="DOSSIER",
              help="Où chercher les fichiers lus, quel que soit leur nom.")  # fmt: skip
@click.option("--format", "layout", type=LAYOUTS, default="texte")
@click.pass_context
def prouver(  # noqa: PLR0913 - one parameter per option
    ctx: click.Context,
    *,
    journal: Path,
    numero: int | None,
    dernier: str | None,
    cle: Path | None,
    archive: Path | None,
    entrees: tuple[Path, ...],
    layout: str,
) -> None:
    """Rejoue les reçus d'un journal, avec les règles d'alors, et compare à l'octet près.

    JOURNAL est un fichier de reçus, ou une archive qui en contient un.

    Exemple : reglo prouver recus.jsonl
    """
    from engine.usages.keys import read_public  # noqa: PLC0415 - start-up time
    from engine.usages.proof import check_signatures  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as workspace:
        receipts, stores, findings = _opened(ctx, journal, archive, entrees, Path(workspace))
        trusted, wrong = (None, ()) if cle is None else read_public(cle)
        findings += wrong
        findings += check_signatures(receipts, trusted, "" if cle is None else cle.as_posix())
        findings += _end(receipts, dernier, journal)
        chosen = [one for one in receipts if numero in (None, one.number)]
        if numero is not None and not chosen:
            message = f"{journal} n'a pas de reçu n° {numero}"
            raise click.UsageError(message, ctx)
        proofs = _prove(chosen, stores)
    told = (*findings, *(one for _, found in proofs for one in found))
    if layout == "json":
        print_json(_json(proofs, told))
    else:
        _show(proofs, told)
    ctx.exit(1 if told else 0)


def _opened(
    ctx: click.Context, journal: Path, archive: Path | None, folders: Sequence[Path], place: Path
) -> tuple[tuple[Receipt, ...], Stores, tuple[Diagnostic, ...]]:
    """The receipts of a journal, or of an archive, and where to look for what they name."""
    from engine.usages.archive import SUFFIX, open_archive  # noqa: PLC0415 - start-up time
    from engine.usages.journal import read_journal  # noqa: PLC0415
    from engine.usages.proof import Stores  # noqa: PLC0415

    stores = Stores(ctx.obj, (*folders, journal.parent), place)
    whole = journal.suffix.lower() == SUFFIX
    opened = journal if whole else archive
    if opened is not None:
        contents, findings = open_archive(opened, place / "archive")
        if contents is None:
            report(findings)
            ctx.exit(1)
        stores.archive = contents
    inside = _inside(ctx, stores.archive, journal) if whole else journal
    receipts, findings = read_journal(inside)
    return receipts, stores, findings


def _inside(ctx: click.Context, contents: Contents, shown: Path) -> Path:
    """The journal of an archive; one without is a wrong use."""
    if contents.journal is None:
        message = f"{shown} est une archive sans journal : donnez le journal, et --archive {shown}"
        raise click.UsageError(message, ctx)
    return contents.journal


def _end(
    receipts: Sequence[Receipt], expected: str | None, journal: Path
) -> tuple[Diagnostic, ...]:
    from engine.source.messages.receipts import other_end  # noqa: PLC0415 - only when asked
    from engine.source.positions import whole_file  # noqa: PLC0415

    last = receipts[-1] if receipts else None
    if expected is None or (last is not None and last.digest == expected):
        return ()
    span = whole_file(journal.as_posix()) if last is None else last.span
    return (other_end(expected, "d'aucun reçu" if last is None else last.digest, span),)


def _prove(
    receipts: Sequence[Receipt], stores: Stores
) -> list[tuple[Receipt, tuple[Diagnostic, ...]]]:
    from engine.usages.proof import prove  # noqa: PLC0415 - start-up time

    return [(one, prove(one, stores) if one.sound else ()) for one in receipts]


def _show(
    proofs: Sequence[tuple[Receipt, tuple[Diagnostic, ...]]], told: Sequence[Diagnostic]
) -> None:
    report(told)
    proved = [one for one, found in proofs if one.sound and not found]
    for one in proved:
        counts = one.part("comptes")
        computed = counted(int(str(counts["calcules"])), "dossier calculé", "dossiers calculés")
        refused = counted(int(str(counts["refuses"])), "refusé", "refusés")
        digest = str(one.part("corpus")["empreinte"])[:19]
        click.echo(
            f"Reçu n° {one.number}, {one.text('commande')} du {one.text('fait_le')} : prouvé, "
            f"{computed}, {refused}, règles {digest}"
        )
    keys = [one.text("cle") for one, _ in proofs]
    for key in sorted({one for one in keys if one is not None}):
        signed = counted(keys.count(key), "reçu signé", "reçus signés")
        click.echo(f"{signed} par la clé {key}")
    total = counted(len(proofs), "reçu rejoué", "reçus rejoués")
    lost = len(proofs) - len(proved)
    click.echo(f"{total} : {counted(len(proved), 'prouvé')}, {lost} en échec")


def _json(
    proofs: Sequence[tuple[Receipt, tuple[Diagnostic, ...]]], told: Sequence[Diagnostic]
) -> dict[str, object]:
    return {
        "recus": [
            {
                "numero": one.number,
                "condense": one.digest,
                "empreinte": one.part("corpus")["empreinte"],
                "cle": one.text("cle"),
                "prouve": one.sound and not found,
            }
            for one, found in proofs
        ],
        "constats": [one.to_json() for one in told],
    }


# --- keeping


@click.command()
@click.argument("archive", type=FILE)
@click.option("--journal", type=FILE, metavar="JOURNAL",
              help="Met dans l'archive les reçus, leurs règles et leurs entrées.")  # fmt: skip
@click.option("--entrees", type=FOLDER, multiple=True, metavar="DOSSIER",
              help="Où chercher les fichiers lus, quel que soit leur nom.")  # fmt: skip
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
    from engine.evaluation.law import corpus_folder, read_folder  # noqa: PLC0415 - start-up time
    from engine.source.digests import digest_of_file  # noqa: PLC0415
    from engine.source.messages.receipts import bad_archive  # noqa: PLC0415
    from engine.usages.archive import SUFFIX, Contents, write_archive  # noqa: PLC0415
    from engine.usages.proof import archived  # noqa: PLC0415

    if archive.suffix.lower() != SUFFIX:
        message = f"le nom d'une archive finit par {SUFFIX} : {archive}"
        raise click.UsageError(message, ctx)
    if archive.exists():
        report([bad_archive("there", archive.as_posix())])
        ctx.exit(2)
    contents: Contents | None
    with tempfile.TemporaryDirectory() as workspace:
        if journal is None:
            folder = corpus_folder(ctx.obj)
            _, digest, findings = read_folder(folder)
            contents = None if findings else Contents({digest: folder}, {}, None)
        else:
            receipts, stores, findings = _opened(ctx, journal, None, entrees, Path(workspace))
            contents = None
            if not findings:
                contents, findings = archived(receipts, stores, journal)
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


@click.command()
@click.argument("fichier", type=FILE)
@click.option("--format", "layout", type=LAYOUTS, default="texte")
@click.pass_context
def cle(ctx: click.Context, *, fichier: Path, layout: str) -> None:
    """Crée une clé Ed25519 : FICHIER signe les reçus, FICHIER.pub les vérifie.

    La variable REGLO_PHRASE, si elle est donnée, protège la clé privée.

    Exemple : reglo cle rectorat.pem
    """
    from engine.usages.keys import PHRASE, make_key  # noqa: PLC0415 - start-up time

    public, findings = make_key(fichier)
    if public is None:
        report(findings)
        ctx.exit(2)
    guarded = bool(os.environ.get(PHRASE))
    if layout == "json":
        print_json(
            {"privee": f"{fichier}", "publique": f"{fichier}.pub", "cle": public,
             "protegee": guarded}
        )  # fmt: skip
    else:
        by = "protégée par la phrase de REGLO_PHRASE" if guarded else "sans phrase : gardez-la"
        click.echo(f"{fichier} : clé privée, {by}")
        click.echo(f"{fichier}.pub : clé publique, à donner à qui vérifie : {public}")
