"""A population and two laws go in; what the edits change comes out, added up over its ranges."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date
from itertools import count
from pathlib import Path

import duckdb

from engine.effet.laws import Laws
from engine.effet.side import Place, Side, fields_needed
from engine.effet.weigh import Effects, Weigher
from engine.evaluation.causes import Measured, Mixture, measured, relevance, same_epochs
from engine.evaluation.compilation.specialise import epoch_numbers
from engine.evaluation.law import Law
from engine.langage.agenda import YEAR_STARTS
from engine.sql.campaign import (
    Range,
    Settings,
    count_of,
    days_of,
    means,
    ranges_of,
    raw_sources,
    restrict,
    side_by_side,
)
from engine.sql.duck import Chunks, another
from engine.sql.tables import Tables, key_column


@dataclass(frozen=True, slots=True)
class Asked:
    """What is measured: the total, the fields it is told by, and a shift.

    ``year``: the law is that of the school year that begins then, so many years after the day of
    each record; None: the law of that day.
    """

    total: str
    by: tuple[Place, ...]
    year: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """Two laws over a population: what differs, what is measured, the shift, and the effects."""

    mixture: Mixture
    measured: Measured
    amounts: tuple[str, ...]
    years: int
    effects: Effects


def weigh(
    connection: duckdb.DuckDBPyConnection,
    laws: tuple[Law, Law],
    tables: tuple[Tables, Tables | None],
    asked: Asked,
    settings: Settings,
    folder: Path,
    tell: Callable[[int, int], None],
) -> Found:
    """The effects on every record of ``tables``.

    Args:
        connection: one that ``open_database`` gave, where the raw tables can be read.
        laws: the old one and the new one; records are read as the new one says.
        tables: the raw tables, sorted by key, and those of the same records before their own
            changes, if they are others.
        asked: what is measured.
        settings: how it is computed.
        folder: an empty folder, for the records that differ.
        tell: called after each range with the number of records done and that of all of them.

    Raises:
        OffGridError, UnsupportedError, TooWideError: see ``plan``.
    """
    before, after = same_epochs(laws[0].corpus, laws[1].corpus)
    new, old = tables
    views = raw_sources(connection, new)
    days = days_of(connection, after.model, views)
    if old is not None:
        days += days_of(connection, after.model, raw_sources(connection, old))
        views = raw_sources(connection, new)
    years = 0 if asked.year is None or not days else asked.year - school_year(max(days))
    then = [moved(day, years) for day in days]
    numbers = epoch_numbers(Law(after), (day for day in then if day >= after.starts[0]))
    mixture = Mixture(before, after, numbers)
    sides = (mixture.law(frozenset()), mixture.law(frozenset(range(len(mixture.causes)))))
    what = measured(sides, numbers, asked.total)
    names = dict.fromkeys((*what.amounts, *what.weighed))
    matters = relevance(mixture, names)
    amounts = tuple(one for one in names if matters.of[one] or old is not None)
    weighed = tuple(one for one in what.weighed if one in amounts)
    lost = 0 if new.lost is None else new.lost.records
    effects = Effects(lost, lost)
    if not amounts:
        effects.read += count_of(connection, after.model, views)
        return Found(mixture, what, amounts, years, effects)
    edits = {one: matters.of[one] for one in amounts}
    compiled = Laws(mixture, edits, fields_needed(after.model, asked.by))
    shifted = replace(after, starts=tuple(moved(one, -years) for one in after.starts))
    key, ranges = key_column(after.model), ranges_of(connection, after.model, views, settings.chunk)
    names_of_old = (f"avant {number}" for number in count())

    def side(link: duckdb.DuckDBPyConnection, rows: Tables, name: str | None) -> Side:
        sources = raw_sources(link, rows)
        chunks = Chunks(link, shifted, mixture.numbers, compiled.needed, sources)
        return Side(chunks, compiled, asked.by, name)

    def make(link: duckdb.DuckDBPyConnection) -> Weigher:
        past = None if old is None else side(another(connection), old, next(names_of_old))
        return Weigher(side(link, new, None), past, amounts, weighed, matters.players)

    def work(weigher: Weigher, one: Range) -> Effects:
        restrict(weigher.connection, new, weigher.new.chunks.sources, key, one)
        if weigher.old is not None and old is not None:
            restrict(weigher.old.connection, old, weigher.old.chunks.sources, key, one)
        return weigher.weigh(folder / f"lot-{one.number:05}.parquet")

    records, (_, most) = (
        lost + count_of(connection, after.model, views),
        means(connection, settings),
    )
    with closing(side_by_side(connection, most, list(ranges), make, work)) as found:
        for one in found:
            effects.add(one)
            tell(effects.read, records)
    return Found(mixture, what, amounts, years, effects)


def school_year(day: date) -> int:
    """The year in which begins the school year of a day."""
    return day.year if (day.month, day.day) >= YEAR_STARTS else day.year - 1


def moved(day: date, years: int) -> date:
    """The same day so many years later; the 29th of February is the 28th where there is none."""
    year = min(max(day.year + years, date.min.year), date.max.year)
    try:
        return day.replace(year=year)
    except ValueError:
        return day.replace(year=year, day=28)
