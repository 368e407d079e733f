"""What is said of a dated version besides its value: its status, who checked it, who signed it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final, TypeVar, cast

from engine.langage import nodes
from engine.langage.corpus import (
    Checked,
    ControlVersion,
    Corpus,
    Period,
    Status,
    TableVersion,
    Version,
)
from engine.langage.symbols import Symbols
from engine.source.messages import statuses as say
from engine.source.tree import Mapping

DRAFT: Final = "projet"
REPEALED: Final = "abrogee"
Dated = TypeVar("Dated", Version, TableVersion, ControlVersion)


def checked(symbols: Symbols, name: str, node: Mapping, period: Period) -> Checked:
    """What a version says of itself.

    Reports E214 for a draft (the production refuses it), E215 for a version that is no draft and
    still has fields to fill, E216 for one that is repealed and has no end.
    """
    status = nodes.text(node, "statut") or "signee"
    to_fill = tuple(one.text for one in nodes.scalars(node.get("a_remplir")))
    place = nodes.scalar(node, "depuis")
    span = node.span if place is None else place.span
    if status == DRAFT:
        symbols.report(say.draft(name, period.since, to_fill, span))
    elif to_fill:
        symbols.report(say.not_filled(name, period.since, to_fill, span))
    if status == REPEALED and period.until is None:
        symbols.report(say.repealed_without_end(name, period.since, span))
    return Checked(
        cast("Status", status),
        to_fill,
        nodes.day(node, "verifie_le"),
        nodes.text(node, "verifie_par"),
        nodes.day(node, "signe_le"),
        nodes.text(node, "signe_par"),
    )


def without_drafts(corpus: Corpus) -> Corpus:
    """The corpus as if nobody had begun its drafts: what they were to replace goes on."""
    return replace(
        corpus,
        rules=tuple(replace(one, versions=_kept(one.versions)) for one in corpus.rules),
        tables={name: replace(one, versions=_kept(one.versions))
                for name, one in corpus.tables.items()},
        controls=tuple(replace(one, versions=_kept(one.versions)) for one in corpus.controls),
    )  # fmt: skip


def _kept(versions: Sequence[Dated]) -> tuple[Dated, ...]:
    """The versions that are no draft; one that a draft was to follow ends when the draft did."""
    kept: list[Dated] = []
    for one in sorted(versions, key=lambda each: each.period.since):
        if one.checked.status != DRAFT:
            kept.append(one)
        elif kept and kept[-1].period.until == one.period.since - timedelta(days=1):
            kept[-1] = replace(kept[-1], period=Period(kept[-1].period.since, one.period.until))
    return tuple(kept)
