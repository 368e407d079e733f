"""What « reglo rejouer » prints of the cases: to read, in JSON, or as findings for a forge."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from engine.commandes.base import print_json, report
from engine.usages.words import counted

if TYPE_CHECKING:
    from engine.cas.replay import Replay
    from engine.source.diagnostics import Diagnostic


def show_replay(replay: Replay, layout: str, *, alone: bool) -> tuple[Diagnostic, ...]:
    """Print the replay; the JSON only when it is ``alone`` on the output.

    Returns:
        What is wrong with the files, and E576 for each case that does not pass.
    """
    from engine.source.messages.witness import case_fails  # noqa: PLC0415 - start-up time

    if layout == "texte":
        report(replay.findings)
        for one in replay.failed:
            click.echo(f"{one.case.span}: échec : {one.case.name}", err=True)
            for difference in one.differences:
                click.echo(f"  {difference}", err=True)
    elif layout == "json" and alone:
        print_json(_json(replay))
    count = len(replay.replayed)
    passed = count - len(replay.failed)
    replayed = counted(count, "cas rejoué", "cas rejoués")
    told = f"{replayed} : {counted(passed, 'conforme')}, {len(replay.failed)} en échec"
    click.echo(told, err=layout != "texte")
    failed = [case_fails(one.case.name, one.differences, one.case.span) for one in replay.failed]
    return (*replay.findings, *failed)


def _json(replay: Replay) -> dict[str, object]:
    return {
        "cas": [
            {
                "nom": one.case.name,
                "fichier": one.case.span.file,
                "ligne": one.case.span.line,
                "conforme": not one.differences,
                "ecarts": list(one.differences),
            }
            for one in replay.replayed
        ],
        "constats": [one.to_json() for one in replay.findings],
    }
