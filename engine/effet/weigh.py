"""What the edits between two laws change in a population: in each range of records, then in all.

Records are grouped by the edits that their amounts rest on. What one edit alone may change is its
own whole effect; only for groups of several edits are the laws between the two computed. When two
populations are given, what changed in a record is one more edit, of that record alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import count
from math import factorial
from pathlib import Path
from typing import Final

import duckdb

from engine.effet.population import (
    DAY,
    KEY,
    LAWS,
    REFUSED,
    TRIED,
    WHO,
    ByField,
    Laws,
    Population,
    by_column,
    fields_needed,
    output_name,
    stops_column,
)
from engine.evaluation.causes import (
    MOST,
    Edits,
    Measured,
    Mixture,
    Players,
    measured,
    relevance,
    same_epochs,
)
from engine.evaluation.compilation.specialise import epoch_numbers
from engine.evaluation.law import Law
from engine.evaluation.shapley import subsets, weights
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
from engine.sql.fragments import quoted, select
from engine.sql.paths import copied
from engine.sql.tables import Tables, key_column

DIFFERENCE: Final = "ecart"
OWN: Final = "du_dossier"  # what the change of the record itself does, in ``SCALE`` parts of a unit
SCALE: Final = factorial(MOST)  # every weight of so many edits is a whole number of parts
_TOUCHED: Final = " touche"
_ALL: Final = "croisement"
_OWN: Final = "parts"
_KEPT: Final = "gardes"
_DATA_BIT: Final = 62
_TOGETHER: Final = 8  # laws in one statement: beyond, planning takes longer than it saves
_FORM: Final = "(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)"


# --- a population


@dataclass(frozen=True, slots=True)
class Measure:
    """What is measured: the total, the fields it is told by, and a shift.

    ``year``: the law is that of the school year that begins then, so many years after the day of
    each record; None: the law of that day.
    """

    total: str
    by: tuple[ByField, ...]
    year: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """Two laws over a population: what differs, what is measured, the shift, and the effects."""

    mixture: Mixture
    measured: Measured
    amounts: tuple[str, ...]
    years: int
    effects: Weighed


def weigh(
    connection: duckdb.DuckDBPyConnection,
    laws: tuple[Law, Law],
    tables: tuple[Tables, Tables | None],
    asked: Measure,
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
    effects = Weighed(lost, lost)
    if not amounts:
        effects.read += count_of(connection, after.model, views)
        return Found(mixture, what, amounts, years, effects)
    edits = {one: matters.of[one] for one in amounts}
    compiled = Laws(mixture, edits, fields_needed(after.model, asked.by))
    shifted = replace(after, starts=tuple(moved(one, -years) for one in after.starts))
    key, ranges = key_column(after.model), ranges_of(connection, after.model, views, settings.chunk)
    names_of_old = (f"avant {number}" for number in count())

    def side(link: duckdb.DuckDBPyConnection, rows: Tables, name: str | None) -> Population:
        sources = raw_sources(link, rows)
        chunks = Chunks(link, shifted, mixture.numbers, compiled.needed, sources)
        return Population(chunks, compiled, asked.by, name)

    def make(link: duckdb.DuckDBPyConnection) -> Weigher:
        past = None if old is None else side(another(connection), old, next(names_of_old))
        return Weigher(side(link, new, None), past, amounts, weighed, matters.players)

    def work(weigher: Weigher, one: Range) -> Weighed:
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


# --- a range


@dataclass(slots=True)
class GroupSums:
    """Records of one group, for one amount: how many differ, and the sums, in its units.

    ``between``: the sum when some of the edits have happened. ``stuck``: the records that are not
    computable under one of these laws; ``lost``: under the old law or the new one, not both.
    """

    differ: int = 0
    before: int = 0
    after: int = 0
    lost: int = 0
    stuck: int = 0
    between: dict[Edits, int] = field(default_factory=dict)

    def add(self, other: GroupSums) -> None:
        """Take in the same group of another range."""
        self.differ += other.differ
        self.before += other.before
        self.after += other.after
        self.lost += other.lost
        self.stuck += other.stuck
        for one, value in other.between.items():
            self.between[one] = self.between.get(one, 0) + value


@dataclass(slots=True)
class Weighed:
    """What a range gives: records read and refused, those of each value of the fields, the sums."""

    read: int = 0
    refused: int = 0
    people: dict[tuple[str | None, ...], int] = field(default_factory=dict)
    sums: dict[tuple[str, Players], GroupSums] = field(default_factory=dict)

    def add(self, other: Weighed) -> None:
        """Take in another range."""
        self.read += other.read
        self.refused += other.refused
        for who, many in other.people.items():
            self.people[who] = self.people.get(who, 0) + many
        for group, one in other.sums.items():
            self.sums.setdefault(group, GroupSums()).add(one)


@dataclass(slots=True)
class _Group:
    """The records of an amount that rest on the same edits: their masks, and their sums."""

    amount: str
    players: Players
    masks: list[int] = field(default_factory=list)
    sums: GroupSums = field(default_factory=GroupSums)

    @property
    def test(self) -> str:
        """Whether a row of ``_ALL`` is of the group."""
        listed = ", ".join(map(str, self.masks))
        return f"{quoted(self.amount + _TOUCHED)} IN ({listed})"

    def parts(self) -> Iterator[Edits]:
        """The edits that have happened, in each law between the two."""
        whole = frozenset[int]().union(*self.players)
        for some in subsets(self.players):
            edits = frozenset[int]().union(*some)
            if edits and edits != whole:
                yield edits


@dataclass(slots=True)
class Weigher:
    """The computation of ranges.

    ``old``: the population before, on another connection to the same database; None when it is the
    same. ``amounts``: what may change; ``weighed``: those whose differences make the effect.
    ``players``: the edits that may change an amount which rests on those that are seen, as they are
    weighed.
    """

    new: Population
    old: Population | None
    amounts: tuple[str, ...]
    weighed: tuple[str, ...]
    players: Callable[[str, Edits], Players]

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """Where the populations are crossed."""
        return self.new.connection

    @property
    def data(self) -> int:
        """The number of the edit that a record is to itself."""
        return len(self.new.laws.mixture.causes)

    def weigh(self, part: Path) -> Weighed:
        """The effects on the rows that the views hold; the records that differ go to ``part``."""
        link, two = self.connection, self.old is not None
        for side in self._sides:
            side.take(compared=two)
        self._cross()
        for side in self._sides if two else ():
            side.drop_forms()
        read, refused = self._counts()
        found = Weighed(read, refused)
        listed = [quoted(by_column(one)) for one in self.new.by]
        for row in link.execute(
            select(", ".join([*listed, "COUNT(*)"]), _ALL, "", "GROUP BY ALL")
        ).fetchall():
            found.people[tuple(row[:-1])] = row[-1]
        groups = self._groups()
        for one in groups:
            found.sums[one.amount, one.players] = one.sums
        link.execute(f"CREATE OR REPLACE TEMP TABLE {_OWN} ({KEY} VARCHAR, valeur HUGEINT)")
        # the sums under the old law and under the new one
        for one in groups:
            whole = frozenset[int]().union(*one.players)
            one.sums.between |= {frozenset(): one.sums.before, whole: one.sums.after}
            for edits, when in ((frozenset[int](), "avant"), (whole, "apres")):
                self._own_part(one, edits, quoted(f"{one.amount} {when}"), _ALL)
        self._between(groups)
        self._write(part)
        for side in self._sides:
            side.release()
        for name in (_ALL, _OWN):
            link.execute(f"DROP TABLE {name}")
        return found

    @property
    def _sides(self) -> tuple[Population, ...]:
        return (self.new,) if self.old is None else (self.new, self.old)

    def _counts(self) -> tuple[int, int]:
        """The records read and refused; one that either population has counts once."""
        rows = [
            f"SELECT {KEY} FROM {side.table(one)}" for side in self._sides for one in (WHO, REFUSED)
        ]
        counts = [f"(SELECT COUNT(*) FROM ({' UNION '.join(one)}))" for one in (rows, rows[1::2])]
        read, refused = self.connection.execute(f"SELECT {', '.join(counts)}").fetchone() or (0, 0)
        return read, refused

    # --- crossing the laws, and the populations

    def _cross(self) -> None:
        """One row a record: who it is, and for each amount before, after, and what it rests on."""
        old = "n" if self.old is None else "o"
        listed = self._identity()
        for one in self.amounts:
            was, now, spoiled = (output_name(one, place) for place in range(3))
            lost = {
                "avant": f"{old}.{quoted(stops_column(was))}",
                "apres": f"n.{quoted(stops_column(now))}",
            }
            lost = {when: f"(COALESCE({mask}, 0) <> 0)" for when, mask in lost.items()}
            values = {"avant": f"{old}.{quoted(was)}", "apres": f"n.{quoted(now)}"}
            fit = f"NOT ({' OR '.join(lost.values())})"
            listed += [
                f"CASE WHEN {fit} THEN COALESCE({value}, 0) END AS {quoted(f'{one} {when}')}"
                for when, value in values.items()
            ]
            listed += [f"{test} AS {quoted(f'{one} perdu {when}')}" for when, test in lost.items()]
            listed.append(f"{self._mask(stops_column(spoiled))} AS {quoted(one + _TOUCHED)}")
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {_ALL} AS {select(', '.join(listed), self._joined())}"
        )

    def _identity(self) -> list[str]:
        columns = [DAY, *(by_column(one) for one in self.new.by)]
        if self.old is None:
            return [f"p.{KEY}", *(f"p.{quoted(one)}" for one in columns)]
        both = (f"COALESCE(p.{quoted(one)}, q.{quoted(one)}) AS {quoted(one)}" for one in columns)
        return [f"k.{KEY}", *both]

    def _mask(self, stops: str) -> str:
        bits = sum(1 << place for place in self.new.laws.marks)
        own = f"(COALESCE(n.{quoted(stops)}, 0) & {bits})"
        if self.old is None:
            return own
        other = f"(COALESCE(o.{quoted(stops)}, 0) & {bits})"
        return f"{own} | {other} | CASE WHEN k.change THEN {1 << _DATA_BIT} ELSE 0 END"

    def _joined(self) -> str:
        new, old = self.new, self.old
        if old is None:
            return f"{new.table(WHO)} AS p JOIN {new.table(LAWS)} AS n USING ({KEY})"
        tables = (
            (new.table(WHO), "p"),
            (old.table(WHO), "q"),
            (new.table(LAWS), "n"),
            (old.table(LAWS), "o"),
        )
        joins = " ".join(f"LEFT JOIN {table} AS {alias} USING ({KEY})" for table, alias in tables)
        return f"({self._keys(new, old)}) AS k {joins}"

    def _keys(self, new: Population, old: Population) -> str:
        """The records that neither population refuses, and whether what they hold changed."""
        differ = [
            select(KEY, f"(FROM {one} EXCEPT ALL FROM {other})")
            for a, b in zip(new.forms(), old.forms(), strict=True)
            for one, other in ((a, b), (b, a))
        ]
        known = " UNION ".join(f"SELECT {KEY} FROM {one.table(WHO)}" for one in (new, old))
        refused = " UNION ".join(
            f"SELECT {KEY} FROM {one.table(REFUSED)} WHERE {KEY} IS NOT NULL" for one in (new, old)
        )
        changed = " UNION ".join(differ)
        return (
            f"SELECT {KEY}, {KEY} IN ({changed}) AS change FROM ({known}) "
            f"WHERE CAST({KEY} AS VARCHAR) NOT IN (SELECT CAST({KEY} AS VARCHAR) "
            f"FROM ({refused}))"
        )

    # --- groups

    def _groups(self) -> list[_Group]:
        """The records of each amount by the edits it rests on."""
        found: dict[tuple[str, Players], _Group] = {}
        for amount in self.amounts:
            for mask, *counts in self.connection.execute(_grouped(amount)).fetchall():
                differ, lost, before, after = (int(one or 0) for one in counts)
                seen = frozenset(
                    cause for place, cause in self.new.laws.marks.items() if mask >> place & 1
                )
                own = (frozenset({self.data}),) if mask >> _DATA_BIT & 1 else ()
                players = (*self.players(amount, seen), *own)
                if not players and (differ or before != after):
                    message = f"{amount} differs for no reason"
                    raise AssertionError(message)
                group = found.setdefault((amount, players), _Group(amount, players))
                group.masks.append(mask)
                group.sums.add(GroupSums(differ, before, after, lost))
        return list(found.values())

    def _between(self, groups: Sequence[_Group]) -> None:
        """Fill the sums under the laws between the two, for groups of several edits."""
        asked: dict[tuple[bool, Edits], list[tuple[_Group, Edits]]] = {}
        for one in groups:
            for edits in one.parts():
                now = self.old is None or self.data in edits
                asked.setdefault((now, edits - {self.data}), []).append((one, edits))
        if asked:
            tests = " OR ".join(one.test for one in groups if len(one.players) > 1)
            for side in self._sides:
                side.make(_KEPT, select(KEY, _ALL, tests), self.connection)
                side.keep_only(f"SELECT {KEY} FROM {side.table(_KEPT)}")
        for side in self._sides:
            now = side is self.new
            laws = [edits for when, edits in asked if when is now]
            for start in range(0, len(laws), _TOGETHER):
                several = tuple(laws[start : start + _TOGETHER])
                side.measure(several, TRIED)
                for place, law in enumerate(several):
                    for group, edits in asked[now, law]:
                        self._try(side, group, edits, output_name(group.amount, place))
                side.drop(TRIED)
        for side in self._sides if asked else ():
            side.drop(_KEPT)

    def _try(self, side: Population, group: _Group, edits: Edits, output: str) -> None:
        """Add what a group gives under a law between the two."""
        name, stops = f"COALESCE({quoted(output)}, 0)", quoted(stops_column(output))
        fit = f"{quoted(f'{group.amount} avant')} IS NOT NULL"
        rows = f"{_ALL} LEFT JOIN {side.table(TRIED)} USING ({KEY})"
        counts = (
            f"SUM({name}) FILTER (WHERE {fit} AND COALESCE({stops}, 0) = 0), "
            f"COUNT(*) FILTER (WHERE {fit} AND {stops} <> 0)"
        )
        row = self.connection.execute(select(counts, rows, group.test)).fetchone()
        total, stuck = (0, 0) if row is None else (int(one or 0) for one in row)
        group.sums.between[edits] = total
        group.sums.stuck += stuck
        self._own_part(group, edits, name, rows)

    def _own_part(self, group: _Group, edits: Edits, value: str, rows: str) -> None:
        """Add what a law counts for in the share of what changed in each record itself."""
        own = frozenset({self.data})
        if own not in group.players or group.amount not in self.weighed:
            return
        some = frozenset(one for one in group.players if one <= edits)
        weight = weights(frozenset(group.players), own)[some] * SCALE
        fit = f"{quoted(f'{group.amount} avant')} IS NOT NULL"
        listed = f"CAST({KEY} AS VARCHAR), CAST({value} AS HUGEINT) * {weight}"
        self.connection.execute(
            f"INSERT INTO {_OWN} {select(listed, rows, f'{group.test} AND {fit}')}"
        )

    # --- records that differ

    def _write(self, part: Path) -> None:
        """The records that differ, or cannot be compared, with every amount that may change."""
        listed = [KEY, DAY, *(quoted(by_column(one)) for one in self.new.by)]
        differ, stuck, moves = [], [], []
        for one in self.amounts:
            before, after = quoted(f"{one} avant"), quoted(f"{one} apres")
            lost = [quoted(f"{one} perdu {when}") for when in ("avant", "apres")]
            listed += [before, after, f"({' <> '.join(lost)}) AS {quoted(f'{one} perdu')}"]
            differ.append(f"{before} <> {after}")
            stuck.append(" <> ".join(lost))
            if one in self.weighed:
                moves.append(f"COALESCE({after} - {before}, 0)")
        listed.append(f"{' + '.join(moves)} AS {DIFFERENCE}")
        owns = f"SELECT {KEY} AS qui, SUM(valeur) AS valeur FROM {_OWN} GROUP BY {KEY}"
        listed.append(f"CAST(valeur AS DECIMAL(38, 0)) AS {OWN}")
        rows = f"{_ALL} LEFT JOIN ({owns}) ON qui = CAST({KEY} AS VARCHAR)"
        kept = " OR ".join([*differ, *stuck, "valeur <> 0"])
        query = select(", ".join(listed), rows, kept)
        self.connection.execute(copied(query, part, _FORM))


def _grouped(amount: str) -> str:
    before, after = quoted(f"{amount} avant"), quoted(f"{amount} apres")
    lost = " <> ".join(quoted(f"{amount} perdu {when}") for when in ("avant", "apres"))
    mask = quoted(f"{amount}{_TOUCHED}")
    counts = (
        f"COUNT(*) FILTER (WHERE {before} <> {after}), COUNT(*) FILTER (WHERE {lost}), "
        f"SUM({before}), SUM({after})"
    )
    where = f"{mask} <> 0 OR {before} <> {after} OR {lost}"
    return select(f"{mask}, {counts}", _ALL, where, f"GROUP BY {mask}")
