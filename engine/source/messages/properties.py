"""Messages of laws that hold between results (E561 to E565)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.messages.hints import suggestion
from engine.source.positions import Span


def property_fails(name: str, values: Mapping[str, str], record: str, span: Span) -> Diagnostic:
    """E561: a record of which a property is false; ``record``: on one line of YAML."""
    return say(
        "E561",
        span,
        nom=name,
        valeurs=[f"{one} = {value}" for one, value in values.items()],
        dossier=record,
    )


def never_said(name: str, draws: int, span: Span) -> Diagnostic:
    """E562: a property that speaks of none of the records drawn."""
    return say("E562", span, nom=name, tirages=draws)


def draw_refused(name: str, record: str, why: Diagnostic, span: Span) -> Diagnostic:
    """E563: a property draws a record that réglo refuses."""
    return say(
        "E563",
        span,
        nom=name,
        code=why.code,
        pourquoi=why.message,
        dossier=record,
        conseils=why.hints,
    )


def unknown_field(name: str, known: Sequence[str], span: Span) -> Diagnostic:
    """E564: a field or a list of lines that a record has not."""
    return say("E564", span, nom=name, proches=suggestion(name, known, "les champs"))


def two_places(names: Sequence[str], span: Span) -> Diagnostic:
    """E565: one change of fields that are not in the same place."""
    return say("E565", span, noms=names)
