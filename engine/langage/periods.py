"""Dated versions: from the dates that are written to the periods they mean."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from typing import Final, Literal

from engine.langage import nodes
from engine.langage.corpus import Period
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
