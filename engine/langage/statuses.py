"""What is said of a dated version besides its value: its status, who checked it, who signed it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Final, TypeVar, cast

from engine.langage import nodes
from engine.langage.corpus import (
    Checked,
    ControlVersion,
    Corpus,
    Justification,
    Period,
    Status,
    TableVersion,
    Version,
)
from engine.langage.symbols import Symbols
from engine.source.catalogue import say
from engine.source.tree import Mapping

DRAFT: Final = "projet"
SIGNED: Final = "signee"
REPEALED: Final = "abrogee"
_SIGNATURE: Final = ("signe_le", "signe_par")
_PLACED: Final = frozenset(
    {
        "depuis",
        "jusqu_a",
        "statut",
        "source",
        "publie_le",
        "verifie_le",
        "calendrier",
        "annee",
        "mois_payes",
        *_SIGNATURE,
    }
)
Dated = TypeVar("Dated", Version, TableVersion, ControlVersion)


def checked(symbols: Symbols, name: str, node: Mapping, period: Period) -> Checked:
    """What a version says of itself; E214 to E216 and E224."""
    if nodes.text(node, "statut") == REPEALED and period.until is None:
        place = nodes.scalar(node, "depuis")
        span = node.span if place is None else place.span
        symbols.report(say("E216", span, nom=name, depuis=period.since))
    return said(symbols, name, period.since, node)


def said(symbols: Symbols, name: str, since: date | None, node: Mapping) -> Checked:
    """What a version says of its status, or a calendar (``since`` is then None).

    Reports E214 for a draft (the production refuses it), E215 for a version that is no draft and
    still has fields to fill, E224 for a signature without its day or its signer.
    """
    status = nodes.text(node, "statut") or SIGNED
    to_fill = tuple(one.text for one in nodes.scalars(node.get("a_remplir")))
    place = nodes.scalar(node, "depuis" if since else "calendrier")
    span = node.span if place is None else place.span
    if status == DRAFT:
        subject = f"« {name} » : la version du {since}" if since else f"le calendrier « {name} »"
        left = f" ; à remplir : {', '.join(to_fill)}" if to_fill else ""
        symbols.report(say("E214", span, sujet=subject, reste=left))
    elif to_fill:
        symbols.report(say("E215", span, sujet=_named(name, since), noms=to_fill))
    _check_signature(symbols, name, since, node)
    return Checked(
        cast("Status", status),
        to_fill,
        nodes.day(node, "verifie_le"),
        nodes.text(node, "verifie_par"),
        nodes.day(node, "signe_le"),
        nodes.text(node, "signe_par"),
        nodes.day(node, "publie_le"),
        {key.text: value.span for key, value in node if key.text in _PLACED},
    )


def _check_signature(symbols: Symbols, name: str, since: date | None, node: Mapping) -> None:
    """E224: what says that it is signed says by whom, and on which day."""
    written = {key: nodes.scalar(node, key) for key in _SIGNATURE}
    lacking = [key for key, one in written.items() if one is None]
    said = nodes.scalar(node, "statut")
    begun = next((one for one in written.values() if one is not None), None)
    place = said if said is not None and said.text == SIGNED else begun
    if place is not None and lacking:
        symbols.report(say("E224", place.span, sujet=_named(name, since), manquants=lacking))


def justified(node: Mapping) -> tuple[Justification, ...]:
    """What ``justifie`` says of a dated value."""
    return tuple(
        Justification(
            nodes.text(one, "constat") or "",
            nodes.day(one, "le") or date.min,
            nodes.text(one, "raison") or "",
            one.span,
        )
        for one in nodes.mappings(node, "justifie")
    )


def without_drafts(corpus: Corpus) -> Corpus:
    """The corpus as if nobody had begun its drafts: what they were to replace goes on."""
    return replace(
        corpus,
        rules=tuple(replace(one, versions=_kept(one.versions)) for one in corpus.rules),
        tables={
            name: replace(one, versions=_kept(one.versions)) for name, one in corpus.tables.items()
        },
        controls=tuple(replace(one, versions=_kept(one.versions)) for one in corpus.controls),
        calendars=tuple(one for one in corpus.calendars if one.checked.status != DRAFT),
    )


def _kept(versions: Sequence[Dated]) -> tuple[Dated, ...]:
    """The versions that are no draft; one that a draft was to follow ends when the draft did."""
    kept: list[Dated] = []
    for one in sorted(versions, key=lambda each: each.period.since):
        if one.checked.status != DRAFT:
            kept.append(one)
        elif kept and kept[-1].period.until == one.period.since - timedelta(days=1):
            kept[-1] = replace(kept[-1], period=Period(kept[-1].period.since, one.period.until))
    return tuple(kept)


def _named(name: str, since: date | None) -> str:
    return f"« {name} », version du {since}" if since else f"calendrier « {name} »"
