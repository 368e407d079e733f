"""Messages of cycles, tables and published tables: E401 to E408, E424."""

from __future__ import annotations

from collections.abc import Sequence

from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.messages.reading import without_comma
from engine.source.positions import Span
from engine.source.tree import Node


def cycle(names: Sequence[str], spans: Sequence[Span]) -> Diagnostic:
    """E401: rules that need one another; the whole loop is shown, with each place."""
    labels = tuple(
        (span, f"« {name} » a besoin de « {after} »")
        for name, after, span in zip(names, [*names[1:], names[0]], spans, strict=True)
    )
    return say("E401", spans[0], *labels, boucle=" → ".join([*names, names[0]]))


def row_length(
    table: str, found: int, expected: int, span: Span, node: Node | None = None
) -> Diagnostic:
    """E405: a row that has not one cell per column; ``node``: the row as it is written."""
    return say(
        "E405",
        span,
        table=table,
        lu=found,
        attendu=expected,
        conseils=(node and without_comma(node))
        or ("une case par clé, dans l'ordre de `cles`, puis la valeur",),
    )


def published_differs(  # noqa: PLR0913, PLR0917 - two figures, where from, where
    name: str, printed: str, computed: str, source: str, span: Span, others: int, rule: Span
) -> Diagnostic:
    """E407: a published figure that the rules do not give; ``others``: as many in its column."""
    more = "plusieurs" if others > 1 else "une" if others else "seule"
    return say(
        "E407",
        span,
        rule,
        cas=more,
        nom=name,
        publie=printed,
        source=source,
        calcule=computed,
        autres=others,
    )
