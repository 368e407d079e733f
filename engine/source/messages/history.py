"""Messages of the rules as they were known on a day, and of their values (E551 to E553, E557)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from engine.source.diagnostics import Code, Diagnostic
from engine.source.messages.hints import suggestion
from engine.source.positions import whole_file


def no_history(shown: str, why: str) -> Diagnostic:
    """E551: the rules are in no git repository, or git is not there; ``why``: its words."""
    return Diagnostic(
        Code.NO_HISTORY,
        f"« {shown} » n'a pas d'histoire : {why}",
        whole_file("--connu-le"),
        hints=(
            "l'histoire des règles est celle de leur dépôt git : lancez la commande dans ce dépôt",
        ),
    )


def nothing_known(shown: str, day: date) -> Diagnostic:
    """E552: no commit of the rules on that day or before."""
    return Diagnostic(
        Code.NOTHING_KNOWN,
        f"« {shown} » : aucune version n'était connue le {day}",
        whole_file("--connu-le"),
        hints=(
            "donnez un jour plus récent",
            "une copie partielle du dépôt ne connaît que ses derniers jours",
        ),
    )


def no_schema_then(shown: str, commit: str) -> Diagnostic:
    """E553: a commit of the rules without the schema of the records, or the other way round."""
    return Diagnostic(
        Code.NO_SCHEMA_THEN,
        f"« {shown} » : la version {commit[:12]} n'a pas les règles et leur schéma",
        whole_file("--connu-le"),
        hints=("donnez un jour plus récent",),
    )


def unknown_history(name: str, known: Sequence[str]) -> Diagnostic:
    """E557: no file of the rules declares that name."""
    return Diagnostic(
        Code.UNKNOWN_HISTORY,
        f"« {name} » : ni texte, ni paramètre, ni table, ni règle, ni contrôle de ce nom",
        whole_file("NOM"),
        hints=suggestion(name, known, "les noms", most=0),
    )
