"""Dated versions: the period of each, its status, who checked it, who signed it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from typing import Final, Literal, TypeVar, cast

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
from engine.source.diagnostics import Diagnostic
from engine.source.messages.reading import MONTHS
from engine.source.positions import Span
from engine.source.tree import Mapping, Node

ONE_DAY = timedelta(days=1)
EARLIEST = date.min
_IN_WORDS: Final = re.compile(rf"(\d{{1,2}}|1er) ({'|'.join(MONTHS)}) (\d{{4}})")


def span_of(node: Mapping, key: str) -> Span:
    """The place of the value of ``key``, or of the whole mapping when it is not written."""
    found: Node | None = node.get(key)
    return node.span if found is None else found.span


def reversed_dates(
    node: Mapping, period: Period, what: Literal["version", "vie du code"] = "version"
) -> list[Diagnostic]:
    """E204: something that ends before it begins."""
    if period.until is None or period.until >= period.since:
        return []
    return [
        say("E204", span_of(node, "jusqu_a"), cas=what, depuis=period.since, jusque=period.until)
    ]


def periods(versions: tuple[Mapping, ...]) -> tuple[tuple[Period, ...], list[Diagnostic]]:
    """The period of each version, in the order they are written.

    A version lasts until the day before the next one, whatever the order of the file, unless
    ``jusqu_a`` ends it.

    Returns:
        As many periods as versions, and E204, E205 and E206.
    """
    found: list[Diagnostic] = []
    starts = [nodes.day(version, "depuis") or EARLIEST for version in versions]
    result: list[Period] = [Period(start, None) for start in starts]
    order = sorted(range(len(versions)), key=lambda index: starts[index])
    for index, after in zip(order, [*order[1:], None], strict=True):
        version, since = versions[index], starts[index]
        until = nodes.day(version, "jusqu_a")
        wrong = reversed_dates(version, Period(since, until))
        if wrong:
            found += wrong
            until = None
        elif after is not None:
            found += _against_next(version, until, versions[after], starts[after], since)
            until = starts[after] - ONE_DAY if starts[after] > since else since
        result[index] = Period(since, until)
    return tuple(result), found


def _against_next(
    version: Mapping, until: date | None, following: Mapping, start: date, since: date
) -> list[Diagnostic]:
    place, other = span_of(version, "jusqu_a"), span_of(following, "depuis")
    if start == since:
        return [say("E205", other, span_of(version, "depuis"), jour=start)]
    if until is None or until == start - ONE_DAY:
        return []
    if until >= start:
        return [say("E205", place, other, jour=start)]
    return [say("E206", place, other, premier=until + ONE_DAY, dernier=start - ONE_DAY)]


def in_words(text: str) -> Iterator[date]:
    """The days that a text names in words: « 23 mars 2016 »."""
    for day, month, year in _IN_WORDS.findall(text):
        number = 1 if day == "1er" else int(day)
        with suppress(ValueError):  # « 31 février 2016 » is no day
            yield date(int(year), MONTHS.index(month) + 1, number)


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
    # E224: what says that it is signed says by whom, and on which day
    written = {key: nodes.scalar(node, key) for key in _SIGNATURE}
    lacking = [key for key, one in written.items() if one is None]
    stated = nodes.scalar(node, "statut")
    begun = next((one for one in written.values() if one is not None), None)
    place = stated if stated is not None and stated.text == SIGNED else begun
    if place is not None and lacking:
        symbols.report(say("E224", place.span, sujet=_named(name, since), manquants=lacking))
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
