"""What is said of a case: one that shows a finding (--temoins), one that fails (E576, E577)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engine.source.diagnostics import Code, Diagnostic
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
    return Diagnostic(
        Code.CASE_FAILS,
        f"échec de droit, cas « {name} » : {' ; '.join(differences)}",
        span,
        hints=("une personne décide : la règle est fausse, ou le cas est dépassé",),
    )


def engine_fails(name: str, faults: Sequence[str], span: Span) -> Diagnostic:
    """E577: a case where the engine stops, or gives two values of one result."""
    return Diagnostic(
        Code.ENGINE_FAILS,
        f"échec du moteur, cas « {name} » : {' ; '.join(faults)}",
        span,
        hints=(
            "c'est un défaut de réglo : signalez-le avec ce cas, les règles n'y sont pour rien",
        ),
    )
