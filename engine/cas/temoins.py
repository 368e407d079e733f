"""What « --temoins » does: a case file for each finding that a record can show."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.commandes.base import report, write
from engine.evaluation.show import counted
from engine.source.diagnostics import Diagnostic
from engine.source.messages.system import not_written
from engine.source.positions import whole_file

if TYPE_CHECKING:
    from engine.evaluation.law import Chosen


def write_witnesses(
    rules: Chosen, folder: Path, findings: tuple[Diagnostic, ...]
) -> tuple[Diagnostic, ...]:
    """Write the witnesses; the findings, each with the place of the one that shows it.

    One sentence on the error output tells how many were found, or why none was looked for.
    """
    from engine.cas.witness import TOLERATED, witness_name, witness_text, witnesses
    from engine.evaluation.law import faulty_law

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
            words = f"aucun dossier ne le montre parmi les {one.tried} essayés"
            if not one.tried:
                words = "aucun dossier ne peut le montrer : rien ne mène à ces clés"
            hints = (*one.finding.hints, f"sans témoin : {words}")
            told[one.finding] = replace(one.finding, hints=hints)
            continue
        text = witness_text(one.witness, law.corpus)
        path = write_case(folder, witness_name(one.witness), taken, text)
        label = (whole_file(path.as_posix()), "témoin : un dossier qui le montre")
        told[one.finding] = replace(one.finding, labels=(*one.finding.labels, label))
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
