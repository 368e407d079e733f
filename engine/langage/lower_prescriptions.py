"""Pass 4 of 6, prescriptions: the delays after which a sum cannot be asked for any more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from engine.langage import nodes
from engine.langage.agenda import Delay, Onset, Prescription, Sense
from engine.langage.corpus import Period
from engine.langage.periods import periods
from engine.langage.statuses import checked
from engine.langage.symbols import Symbols, check_source, only_once
from engine.source import tree


def lower_prescriptions(
    symbols: Symbols, bodies: Sequence[tree.Mapping]
) -> tuple[Prescription, ...]:
    """The prescriptions of the payments, one per sense; E202, E204 to E206, E209, E214 to E216."""
    return tuple(
        _prescription(symbols, key, node)
        for body in bodies
        for key, node in nodes.entries(body, "prescriptions")
        if only_once(symbols, "prescription", key)
    )


def _prescription(symbols: Symbols, key: tree.Scalar, node: tree.Mapping) -> Prescription:
    versions = nodes.mappings(node, "versions")
    found, wrong = periods(versions)
    for one in wrong:
        symbols.report(one)
    return Prescription(
        cast("Sense", key.text),
        nodes.text(node, "libelle") or "",
        tuple(
            _delay(symbols, key.text, version, period)
            for version, period in zip(versions, found, strict=True)
        ),
        node.span,
    )


def _delay(symbols: Symbols, name: str, node: tree.Mapping, period: Period) -> Delay:
    source = nodes.scalar(node, "source")
    if source is not None:
        check_source(symbols, source)
    return Delay(
        period,
        int(nodes.text(node, "annees") or 0),
        cast("Onset", nodes.text(node, "a_partir_de")),
        cast("Onset", nodes.text(node, "apres_reclamation")),
        "" if source is None else source.text,
        nodes.text(node, "cite"),
        nodes.text(node, "a_verifier"),
        checked(symbols, name, node, period),
        node.span,
    )
