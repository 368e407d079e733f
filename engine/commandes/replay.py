"""What « reglo rejouer » prints for programs: each case in JSON, or its failures for a forge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.commandes.base import print_findings, print_json

if TYPE_CHECKING:
    from engine.cas.replay import Replay


def show_replay(replay: Replay, layout: str) -> None:
    """The replay as JSON, SARIF or a GitLab report; each failing case at its line."""
    from engine.source.messages.witness import case_fails  # noqa: PLC0415 - start-up time

    if layout == "json":
        print_json(
            {
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
        )
        return
    failed = [case_fails(one.case.name, one.differences, one.case.span) for one in replay.failed]
    print_findings([*replay.findings, *failed], layout)
