"""The records that differ go in; how many, of whom, by how much, and which to tell, come out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import duckdb

from engine.effet.population import DAY, KEY, ByField, by_column
from engine.effet.weigh import DIFFERENCE, OWN, SCALE
from engine.sql.duck import database, disk_error
from engine.sql.fragments import quoted, select
from engine.sql.paths import copied, parquet, parts_of_table

Why: TypeAlias = Literal["gain", "perte", "typique"]
RECORDS: Final = "ecarts"  # the view of the records that differ
_BINS: Final = 24
_NICE: Final = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Split:
    """The records that share a value of a field (None: they have none)."""

    value: str | None
    people: int
    changed: int
    winners: int
    losers: int
    move: Fraction


@dataclass(frozen=True, slots=True)
class Bin:
    """Records whose difference is at least ``low`` and below ``high``; None: without bound."""

    low: Fraction | None
    high: Fraction | None
    count: int


@dataclass(frozen=True, slots=True)
class ChosenRecord:
    """A record to be told: why, its difference, and how many others have the same."""

    ident: str
    why: Why
    move: Fraction
    alike: int
    who: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class People:
    """Whom a change concerns. ``even``: amounts of theirs moved, and make up for each other."""

    changed: int
    winners: int
    losers: int
    even: int
    not_compared: int
    splits: Mapping[str, tuple[Split, ...]]
    bins: tuple[Bin, ...]
    chosen: tuple[ChosenRecord, ...]
    own: tuple[tuple[str, int], ...]


def look(
    link: duckdb.DuckDBPyConnection,
    folder: Path,
    by: tuple[ByField, ...],
    known: Mapping[tuple[str | None, ...], int],
    grid: Fraction,
    top: int,
) -> People:
    """What there is to say of the records of ``folder``.

    Args:
        link: a connection.
        folder: the files of the records that differ.
        by: the fields that they are told by.
        known: how many records there are in all, by the values of these fields.
        grid: what one unit of a difference is worth.
        top: how many records of each kind are chosen.
    """
    parts = parts_of_table(folder)
    if not parts:
        none = {by_column(one): () for one in by}
        return People(0, 0, 0, 0, 0, none, (), (), ())
    link.execute(f"CREATE OR REPLACE TEMP VIEW {RECORDS} AS FROM {parquet(*parts)}")
    found = _People(link, by, grid, top)
    lost = [one for one in found.columns if one.endswith(" perdu")]
    any_lost = " OR ".join(map(quoted, lost))
    counts = [
        f"COUNT(*) FILTER (WHERE {test})"
        for test in (
            f"{DIFFERENCE} <> 0",
            f"{DIFFERENCE} > 0",
            f"{DIFFERENCE} < 0",
            f"{DIFFERENCE} = 0 AND NOT ({any_lost})",
            any_lost,
        )
    ]
    changed, winners, losers, even, stuck = found.rows(select(", ".join(counts), RECORDS))[0]
    own = select(
        f"CAST({KEY} AS VARCHAR), {OWN}",
        RECORDS,
        f"{OWN} <> 0",
        f"ORDER BY ABS({OWN}) DESC, {KEY} LIMIT {top}",
    )
    return People(
        changed,
        winners,
        losers,
        even,
        stuck,
        {by_column(one): found.split(at, known) for at, one in enumerate(by)},
        tuple(found.bins()),
        tuple(found.chosen()),
        tuple((ident, int(value)) for ident, value in found.rows(own)),
    )


@dataclass(frozen=True, slots=True)
class _People:
    link: duckdb.DuckDBPyConnection
    by: tuple[ByField, ...]
    grid: Fraction
    top: int

    @property
    def columns(self) -> list[str]:
        return [str(row[0]) for row in self.rows(f"DESCRIBE {RECORDS}")]

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.link.execute(sql).fetchall()

    def split(self, at: int, known: Mapping[tuple[str | None, ...], int]) -> tuple[Split, ...]:
        """The records by the values of one field, the greatest effects first."""
        people: dict[str | None, int] = {}
        for who, count in known.items():
            people[who[at]] = people.get(who[at], 0) + count
        name = quoted(by_column(self.by[at]))
        sums = (
            f"{name}, COUNT(*) FILTER (WHERE {DIFFERENCE} <> 0), "
            f"COUNT(*) FILTER (WHERE {DIFFERENCE} > 0), "
            f"COUNT(*) FILTER (WHERE {DIFFERENCE} < 0), SUM({DIFFERENCE})"
        )
        told = {row[0]: row[1:] for row in self.rows(select(sums, RECORDS, "", "GROUP BY ALL"))}
        found = []
        for value, count in people.items():
            changed, winners, losers, move = told.get(value, (0, 0, 0, 0))
            found.append(Split(value, count, changed, winners, losers, int(move) * self.grid))
        return tuple(sorted(found, key=lambda one: (-abs(one.move), one.value or "")))

    def bins(self) -> Iterator[Bin]:
        """The differences that are not 0, in steps of a round width; the ends hold the rest."""
        ends = f"QUANTILE_DISC({DIFFERENCE}, 0.01), QUANTILE_DISC({DIFFERENCE}, 0.99)"
        low, high = self.rows(select(ends, RECORDS, f"{DIFFERENCE} <> 0"))[0]
        if low is None:
            return
        width = _round_width(max(int(high) - int(low), 1))
        first, last = int(low) // width, int(high) // width
        least, most = self.rows(select(f"MIN({DIFFERENCE}), MAX({DIFFERENCE})", RECORDS))[0]
        place = f"LEAST(GREATEST(CAST(FLOOR({DIFFERENCE} / {width}) AS BIGINT), {first}), {last})"
        counts = select(f"{place} AS pas, COUNT(*)", RECORDS, f"{DIFFERENCE} <> 0", "GROUP BY pas")
        told = dict(self.rows(counts))
        for pas in range(first, last + 1):
            open_low, open_high = least < pas * width, most >= (pas + 1) * width
            yield Bin(
                None if pas == first and open_low else pas * width * self.grid,
                None if pas == last and open_high else (pas + 1) * width * self.grid,
                told.get(pas, 0),
            )

    def chosen(self) -> Iterator[ChosenRecord]:
        """The records to tell, each once."""
        seen: set[str] = set()
        for one in (*self.extremes("gain"), *self.extremes("perte"), *self.typical()):
            if one.ident not in seen:
                seen.add(one.ident)
                yield one

    def extremes(self, why: Why) -> Iterator[ChosenRecord]:
        """The greatest gains, or the greatest losses."""
        sign, order = (">", "DESC") if why == "gain" else ("<", "ASC")
        yield from self._chosen(why, f"{DIFFERENCE} {sign} 0", f"{DIFFERENCE} {order}")

    def typical(self) -> Iterator[ChosenRecord]:
        """A record of each of the most frequent differences."""
        counts = select(
            f"{DIFFERENCE} AS pas, COUNT(*) AS combien, MIN({KEY}) AS premier",
            RECORDS,
            f"{DIFFERENCE} <> 0",
            f"GROUP BY pas ORDER BY combien DESC, pas LIMIT {self.top}",
        )
        yield from self._chosen(
            "typique", f"{KEY} IN ({select('premier', f'({counts})')})", f"alike DESC, {DIFFERENCE}"
        )

    def _chosen(self, why: Why, where: str, order: str) -> Iterator[ChosenRecord]:
        alike = f"COUNT(*) OVER (PARTITION BY {DIFFERENCE}) AS alike"
        whose = [quoted(by_column(one)) for one in self.by]
        counted = f"({select(f'*, {alike}', RECORDS)})"
        listed = ", ".join([f"CAST({KEY} AS VARCHAR)", DIFFERENCE, "alike", *whose])
        ordered = f"ORDER BY {order}, {KEY} LIMIT {self.top}"
        for ident, move, same, *who in self.rows(select(listed, counted, where, ordered)):
            yield ChosenRecord(ident, why, int(move) * self.grid, int(same), tuple(who))


def _round_width(span: int) -> int:
    """The least of 1, 2, 5, 10, 20… of which at most ``_BINS`` cover ``span``."""
    power = 1
    while True:
        for one in _NICE:
            if one * power * _BINS >= span:
                return one * power
        power *= 10


def write_records(
    folder: Path, target: Path, by: tuple[ByField, ...], amounts: Sequence[str], decimals: int
) -> None:
    """Write the records that differ as one table, in the unit of the amounts.

    The share of what changed in a record itself is a text, since a third has no decimals: « 1/3 ».

    Args:
        folder: the files of the records that differ.
        target: the Parquet file to write.
        by: the fields that records are told by.
        amounts: those that may change.
        decimals: of the unit of an amount.
    """
    unit = 10**decimals
    listed = [f"{KEY} AS dossier", f"{DAY} AS date", *(quoted(by_column(one)) for one in by)]
    for one in amounts:
        listed += [
            f"{_decimal(quoted(f'{one} {when}'), decimals)} AS {quoted(f'{one}_{when}')}"
            for when in ("avant", "apres")
        ]
        listed.append(f"{quoted(f'{one} perdu')} AS {quoted(f'{one}_non_compare')}")
    listed.append(f"{_decimal(DIFFERENCE, decimals)} AS {DIFFERENCE}")
    whole = f"CAST({OWN} AS HUGEINT)"
    common = f"GCD({whole}, {SCALE * unit})"
    below = f"{SCALE * unit} // {common}"
    listed.append(
        f"CASE WHEN {OWN} <> 0 THEN CAST({whole} // {common} AS VARCHAR) || "
        f"CASE WHEN {below} = 1 THEN '' ELSE '/' || CAST({below} AS VARCHAR) END END AS {OWN}"
    )
    rows = parquet(*parts_of_table(folder))
    query = select(", ".join(listed), rows, "", "ORDER BY dossier")
    with database() as link:
        try:
            link.execute(copied(query, target, "(FORMAT parquet)"))
        except duckdb.IOException as error:
            raise disk_error(error) from error


def _decimal(column: str, decimals: int) -> str:
    """A count of units as a decimal number, exactly."""
    unit = f"CAST(0.{'1'.rjust(decimals, '0')} AS DECIMAL({decimals + 1}, {decimals}))"
    whole = f"CAST({column} AS DECIMAL(18, 0))"
    return f"CAST({whole} * {unit} AS DECIMAL(18, {decimals}))" if decimals else whole


def greatest(records: Path, by: tuple[ByField, ...], most: int) -> list[tuple[Any, ...]]:
    """The difference, the key and the fields of the records that differ most, the first ones.

    ``records``: the table that ``write_records`` wrote; the difference is a ``Decimal``.
    """
    names = [quoted(by_column(one)) for one in by]
    listed = ", ".join([DIFFERENCE, "CAST(dossier AS VARCHAR)", *names])
    rows = select(
        listed,
        parquet(records),
        f"{DIFFERENCE} <> 0",
        f"ORDER BY ABS({DIFFERENCE}) DESC, dossier LIMIT {most}",
    )
    with database() as link:
        return link.execute(rows).fetchall()
