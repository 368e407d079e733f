"""What is said of a case: one that shows a finding (--temoins), one that fails (E576, E577)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.positions import Span, whole_file


def with_witness(found: Diagnostic, file: str) -> Diagnostic:
    """The finding, and the case file that shows it."""
    label = (whole_file(file), "témoin : un dossier qui le montre")
    return replace(found, labels=(*found.labels, label))


def without_witness(found: Diagnostic, tried: int) -> Diagnostic:
    """The finding, and the fact that no record was found to show it."""
    told = f"aucun dossier ne le montre parmi les {tried} essayés" if tried else (
        "aucun dossier ne peut le montrer : rien ne mène à ces clés"
    )  # fmt: skip
    return replace(found, hints=(*found.hints, f"sans témoin : {told}"))


def case_fails(name: str, differences: Sequence[str], span: Span) -> Diagnostic:
    """E576: a case that does not give what it expects, and the engine agrees with itself."""
    return say("E576", span, nom=name, ecarts=differences)


def engine_fails(name: str, faults: Sequence[str], span: Span) -> Diagnostic:
    """E577: a case where the engine stops, or gives two values of one result."""
    return say("E577", span, nom=name, fautes=faults)
