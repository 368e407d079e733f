"""What « reglo rejouer » prints of the cases: to read, in JSON, or as findings for a forge."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import click

from engine.commandes.base import print_json, report
from engine.commandes.properties import properties_json
from engine.evaluation.show import counted
from engine.source.catalogue import capped, say

if TYPE_CHECKING:
    from engine.cas.properties import Verdicts
    from engine.cas.replay import Fault, Replay, Replayed
    from engine.source.diagnostics import Diagnostic


_FAILURES: Final[Mapping[Fault | None, str]] = {
    "droit": "échec de droit",
    "moteur": "échec du moteur",
}
_MEANINGS: Final[Mapping[Fault, str]] = {
    "droit": "de droit : une personne décide si la règle est fausse ou le cas dépassé",
    "moteur": "du moteur : un défaut de réglo, à signaler avec le cas",
}


def show_replay(
    replay: Replay, layout: str, verdicts: Verdicts, *, alone: bool
) -> tuple[Diagnostic, ...]:
    """Print the replay; the JSON, with that of the properties, only when ``alone`` on the output.

    Returns:
        What is wrong with the files, and E576 or E577 for each case that does not pass.
    """
    if layout == "texte":
        report(replay.findings)
        for one in replay.failed:
            click.echo(f"{one.case.span}: {_FAILURES[one.fault]} : {one.case.name}", err=True)
            for difference in (*one.differences, *_more(one)):
                click.echo(f"  {difference}", err=True)
    elif layout == "json" and alone:
        print_json(_json(replay, verdicts))
    count = len(replay.replayed)
    if count or not verdicts.found:
        passed = counted(count - len(replay.failed), "conforme")
        replayed = counted(count, "cas rejoué", "cas rejoués")
        told = f"{replayed} : {passed}, {len(replay.failed)} en échec"
        click.echo(told, err=layout != "texte")
    for fault, sentence in _MEANINGS.items():
        if found := sum(one.fault == fault for one in replay.failed):
            click.echo(f"  {found} {sentence}", err=layout != "texte")
    failed = [
        say("E577", one.case.span, nom=one.case.name, fautes=one.engine)
        if one.fault == "moteur"
        else say("E576", one.case.span, nom=one.case.name, ecarts=one.differences)
        for one in replay.failed
    ]
    return (*replay.findings, *failed)


def _more(one: Replayed) -> tuple[str, ...]:
    """What the second computation says that the differences do not."""
    return tuple(why for why in one.engine if why not in one.differences)


def _json(replay: Replay, verdicts: Verdicts) -> dict[str, object]:
    return {
        "cas": [
            {
                "nom": one.case.name,
                "fichier": one.case.span.file,
                "ligne": one.case.span.line,
                "conforme": not one.differences,
                "echec": one.fault,
                "ecarts": [*one.differences, *_more(one)],
            }
            for one in replay.replayed
        ],
        "proprietes": properties_json(verdicts),
        "constats": [one.to_json() for one in capped((*replay.findings, *verdicts.findings))],
    }
