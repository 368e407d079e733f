"""Messages of the rules as they were known on a day, and of their values (E551 to E553, E557)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.messages.hints import suggestion


def no_history(shown: str, why: str) -> Diagnostic:
    """E551: the rules are in no git repository, or git is not there; ``why``: its words."""
    return say("E551", "--connu-le", chemin=shown, pourquoi=why)


def nothing_known(shown: str, day: date) -> Diagnostic:
    """E552: no commit of the rules on that day or before."""
    return say("E552", "--connu-le", chemin=shown, jour=day)


def no_schema_then(shown: str, commit: str) -> Diagnostic:
    """E553: a commit of the rules without the schema of the records, or the other way round."""
    return say("E553", "--connu-le", chemin=shown, revision=commit)


def unknown_history(name: str, known: Sequence[str]) -> Diagnostic:
    """E557: no file of the rules declares that name."""
    return say("E557", "NOM", nom=name, proches=suggestion(name, known, "les noms", most=0))
