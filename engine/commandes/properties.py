"""What « reglo rejouer » prints of properties, and the cases it writes of those that fail."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.commandes.base import report
from engine.commandes.witness import write_case
from engine.evaluation.show import counted

if TYPE_CHECKING:
    from engine.cas.properties import Verdicts
    from engine.evaluation.law import Law


def show_properties(law: Law, verdicts: Verdicts, layout: str, folder: Path | None) -> None:
    """Print what became of the properties; write in ``folder`` the records of those that fail."""
    from engine.cas.properties import failure_name, failure_text

    if layout == "texte":
        report(verdicts.findings)
    taken: set[str] = set()
    for one in verdicts.found:
        if one.failure is not None and folder is not None:
            text = failure_text(one, one.failure, law)
            path = write_case(folder, failure_name(one), taken, text)
            click.echo(f"Cas écrit : {path.as_posix()}", err=True)
    count = len(verdicts.found)
    if not count:
        return
    held = sum(not one.findings for one in verdicts.found)
    told = counted(count, "propriété", "propriétés")
    drawn = counted(verdicts.drawn, "dossier tiré", "dossiers tirés")
    click.echo(
        f"{told} : {counted(held, 'tenue')}, {count - held} en échec ; {drawn}",
        err=layout != "texte",
    )


def properties_json(verdicts: Verdicts) -> list[dict[str, object]]:
    """Each property, for programs."""
    return [
        {
            "nom": one.property.name,
            "fichier": one.property.span.file,
            "ligne": one.property.span.line,
            "tenue": not one.findings,
            "tires": one.drawn,
            "retenus": one.kept,
        }
        for one in verdicts.found
    ]
