"""What ends a command that computes: what was refused is told, a receipt is written if asked."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.calcul.inputs import Inputs
from engine.calcul.runs import AskedOfRecords, Json
from engine.commandes.base import FILE, report
from engine.evaluation.law import Law, corpus_folder
from engine.evaluation.show import counted, visible

if TYPE_CHECKING:  # few commands that may write a receipt are asked to
    from engine.recus.receipts import Journal, Made


@dataclass(frozen=True, slots=True)
class Ran:
    """A run over records: what it applied, what it was asked and given, what each record gave."""

    law: Law
    asked: AskedOfRecords
    inputs: Inputs
    objects: Sequence[Json]


def with_receipt(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options ``--recu`` and ``--cle``; it takes the journal they name, or None.

    What would keep the receipt from being written is told before anything is computed.
    """

    @click.option(
        "--recu",
        type=FILE,
        metavar="JOURNAL",
        help="Ajoute à ce journal un reçu, que « reglo prouver » rejoue.",
    )
    @click.option(
        "--cle",
        type=FILE,
        envvar="REGLO_CLE",
        help="Signe le reçu avec cette clé (ou variable REGLO_CLE).",
    )
    @functools.wraps(command)
    def wrapped(*args: object, recu: Path | None, cle: Path | None, **rest: object) -> None:
        journal = None if recu is None else _journal(click.get_current_context(), recu, cle)
        command(*args, journal=journal, **rest)

    return wrapped


def _journal(ctx: click.Context, path: Path, key: Path | None) -> Journal:
    """The journal to write in; exit 2 when it cannot be."""
    if getattr(ctx.obj, "drafts", False):
        message = "--recu ne va pas avec --projets : un projet ne se prouve pas"
        raise click.UsageError(message, ctx)
    from engine.recus.keys import read_signer
    from engine.recus.receipts import Journal

    signer, findings = (None, ()) if key is None else read_signer(key)
    journal = Journal(path, signer)
    findings = findings or journal.look(_now())
    if findings:
        report(findings)
        ctx.exit(2)
    return journal


def end(ctx: click.Context, ran: Ran, journal: Journal | None) -> None:
    """Tell what was refused, on the error output, and write the receipt; exit 1 if anything was."""
    inputs = ran.inputs
    tell_refused(inputs)
    if journal is not None:
        shown = corpus_folder(ctx.obj).shown
        from engine.recus.receipts import made_of_records, names_for

        names = names_for(inputs.sources)
        made = made_of_records(ran.law, shown, ran.asked, inputs, ran.objects, names=names)
        write_receipt(ctx, journal, made)
    ctx.exit(1 if inputs.diagnostics else 0)


def tell_refused(inputs: Inputs) -> None:
    """Everything wrong with the records, then who is refused, on the error output."""
    report(inputs.diagnostics)
    if inputs.refused:
        names = ", ".join(visible(one.ident or "sans identifiant") for one in inputs.refused)
        refused = counted(len(inputs.refused), "dossier refusé", "dossiers refusés")
        click.echo(f"{refused} : {names}", err=True)


def write_receipt(ctx: click.Context, journal: Journal, made: Made) -> None:
    """Add the receipt of a run to its journal and tell its hash on the error output."""
    receipt, findings = journal.add(made, _now)
    if receipt is None:
        report(findings)
        ctx.exit(1)
    told = f"Reçu n° {receipt.number} dans {journal.path.as_posix()} : {receipt.digest}"
    click.echo(told, err=True)


def _now() -> dt.datetime:
    return dt.datetime.now(tz=dt.UTC)
