"""What « --temoins » does: a case file for each finding that a record can show."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.commandes.base import report, write
from engine.source.diagnostics import Diagnostic
from engine.source.messages.system import not_written
from engine.usages.words import counted

if TYPE_CHECKING:
    from engine.evaluation.law import Chosen


def write_witnesses(
    rules: Chosen, folder: Path, findings: tuple[Diagnostic, ...]
) -> tuple[Diagnostic, ...]:
    """Write the witnesses; the findings, each with the place of the one that shows it.

    One sentence on the error output tells how many were found, or why none was looked for.
    """
    from engine.cas.witness import TOLERATED, witnesses  # noqa: PLC0415 - start-up time
    from engine.cas.witness_file import witness_name, witness_text  # noqa: PLC0415
    from engine.evaluation.law import faulty_law  # noqa: PLC0415
    from engine.source.messages.witness import with_witness, without_witness  # noqa: PLC0415

    law = faulty_law(rules, TOLERATED)
    if law is None:
        click.echo(
            "Témoins : rien n'est cherché, d'autres erreurs sont à corriger avant.", err=True
        )
        return findings
    told: dict[Diagnostic, Diagnostic] = {}
    taken: set[str] = set()
    for one in witnesses(law):
        if one.witness is None:
            told[one.finding] = without_witness(one.finding, one.tried)
            continue
        text = witness_text(one.witness, law.corpus)
        path = write_case(folder, witness_name(one.witness), taken, text)
        told[one.finding] = with_witness(one.finding, path.as_posix())
    shown = counted(len(taken), "constat montré", "constats montrés")
    where = f" dans {folder.as_posix()}" if taken else ""
    click.echo(f"Témoins : {shown}{where}, {len(told) - len(taken)} sans dossier", err=True)
    return tuple(told.get(one, one) for one in findings)


def write_case(folder: Path, name: str, taken: set[str], text: str) -> Path:
    """Write a case file in a folder, made if need be; its name, or the next one that is free."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        report([not_written(folder.as_posix(), error.errno)])
        click.get_current_context().exit(1)
    path = folder / _free(name, taken)
    write({path: text.encode()})
    return path


def _free(name: str, taken: set[str]) -> str:
    """``name``, or the same with a number when another finding of that line has it."""
    stem, number = name.removesuffix(".yaml"), 2
    while name in taken:
        name, number = f"{stem}-{number}.yaml", number + 1
    taken.add(name)
    return name
