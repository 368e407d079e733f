"""What is said of a case: one that shows a finding (--temoins), one that fails (E576, E577)."""

from __future__ import annotations

from dataclasses import replace

from engine.source.diagnostics import Diagnostic
from engine.source.positions import whole_file


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
