"""A range of records goes in; what each amount was and is under two laws comes out, in sums.

Records are grouped by the edits that their amounts rest on. What one edit alone may change is its
own whole effect; only for groups of several edits are the laws between the two computed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

import duckdb

from engine.evaluation.relevance import Relevance
from engine.evaluation.shapley import subsets
from engine.langage.inputs import RecordModel
from engine.sql.columns import table_columns
from engine.sql.duck import REFUSALS, Chunks
from engine.sql.fragments import literal, quoted, select
from engine.sql.laws import KEY, MEASURE, Chosen, Laws, measure, stops_column
from engine.sql.merging import output_name
from engine.sql.plan import COMPUTED
from engine.sql.prepare import NUMBER, Needed, prepared_view
from engine.sql.table_readings import main_field

DAY: Final = "jour"
DIFFERENCE: Final = "ecart"
TOUCHED: Final = " touche"
_LAWS: Final = "lois"
_ALL: Final = "croisement"
_TRIED: Final = "essai"
_TOGETHER: Final = 8  # laws in one statement: beyond, planning takes longer than it saves
_FORM: Final = "(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)"

Place: TypeAlias = tuple[str | None, str]  # a collection whose main line is meant, or None; a field
Edits: TypeAlias = frozenset[int]


@dataclass(slots=True)
class Sums:
    """Records of one group, for one amount: how many differ, and the sums, in its units.

    ``between``: the sum under the law of each part of the edits; ``stuck``: records that are not
    computable under one of these laws. ``lost``: not computable under the old law or the new one.
    """

    differ: int = 0
    before: int = 0
    after: int = 0
    lost: int = 0
    stuck: int = 0
    between: dict[Edits, int] = field(default_factory=dict)

    def add(self, other: Sums) -> None:
        """Take in the same group of another range."""
        self.differ += other.differ
        self.before += other.before
        self.after += other.after
        self.lost += other.lost
        self.stuck += other.stuck
        for one, value in other.between.items():
            self.between[one] = self.between.get(one, 0) + value


@dataclass(slots=True)
class Effects:
    """What a range gives: records read and refused, those of each value of the fields, the sums."""

    read: int = 0
    refused: int = 0
    people: dict[tuple[str | None, ...], int] = field(default_factory=dict)
    sums: dict[tuple[str, Edits], Sums] = field(default_factory=dict)

    def add(self, other: Effects) -> None:
        """Take in another range."""
        self.read += other.read
        self.refused += other.refused
        for who, count in other.people.items():
            self.people[who] = self.people.get(who, 0) + count
        for group, one in other.sums.items():
            self.sums.setdefault(group, Sums()).add(one)


def fields_needed(model: RecordModel, by: tuple[Place, ...]) -> Needed:
    """What the prepared tables must have to tell records apart by these fields."""
    found = {(scope or model.table, name) for scope, name in by}
    for scope in {scope for scope, _ in by if scope is not None}:
        lines = model.collection(scope)
        main = None if lines is None else main_field(lines)
        found |= set() if main is None else {(scope, main.name)}
    return Needed(frozenset(found))


@dataclass(slots=True)
class Weigher:
    """The computation of ranges on one connection.

    ``amounts``: what some edit may change. ``by``: the fields that records are told by.
    """

    chunks: Chunks
    laws: Laws
    relevance: Relevance
    amounts: tuple[str, ...]
    by: tuple[Place, ...]

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """Where everything is computed."""
        return self.chunks.connection

    def weigh(self, part: Path) -> Effects:
        """The effects on the rows that the views hold; the records that differ go to ``part``."""
        link, laws = self.connection, self.laws
        self.chunks.take()
        self._measure(laws.ends, _LAWS)
        self._cross()
        found = Effects(
            self.chunks.records, self._one(f"SELECT COUNT(DISTINCT {self._key}) FROM {REFUSALS}")
        )
        for row in link.execute(self._people()).fetchall():
            found.people[tuple(row[:-1])] = row[-1]
        groups = self._groups()
        for (amount, edits), (_, sums) in groups.items():
            found.sums[amount, edits] = sums
        self._between(groups)
        self._write(part)
        self.chunks.release()
        for name in (_LAWS, _ALL):
            link.execute(f"DROP TABLE {name}")
        return found

    def _one(self, sql: str) -> int:
        row = self.connection.execute(sql).fetchone()
        return 0 if row is None else int(row[0])

    @property
    def _key(self) -> str:
        return quoted(self.chunks.key)

    def _measure(self, several: tuple[Chosen, ...], name: str) -> None:
        """Make a table of the amounts under several laws."""
        statements = self.laws.together(several)
        self.chunks.evaluate(statements)
        sql = statements.one(MEASURE, lambda made: measure(made).from_(COMPUTED))
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {sql}")
        self.connection.execute(f"DROP TABLE {COMPUTED}")

    # --- crossing the laws

    def _cross(self) -> None:
        """One row a record: who it is, and for each amount before, after, and what it rests on."""
        listed = ["q.*"]
        bits = sum(1 << place for place in self.laws.marks)
        for one in self.amounts:
            before, after, spoiled = (output_name(one, place) for place in range(3))
            lost = [f"{quoted(stops_column(side))} <> 0" for side in (before, after)]
            listed += [
                *(f"CASE WHEN NOT ({' OR '.join(lost)}) THEN {quoted(side)} END AS {quoted(name)}"
                  for side, name in ((before, f"{one} avant"), (after, f"{one} apres"))),
                f"{lost[0]} AS {quoted(f'{one} perdu avant')}",
                f"{lost[1]} AS {quoted(f'{one} perdu apres')}",
                f"{quoted(stops_column(spoiled))} & {bits} AS {quoted(one + TOUCHED)}",
            ]  # fmt: skip
        joined = f"({self._who()}) AS q JOIN {_LAWS} USING ({KEY})"
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {_ALL} AS {select(', '.join(listed), joined)}"
        )

    def _who(self) -> str:
        """The key, the day, and the fields that records are told by."""
        model = self.chunks.corpus.model
        columns = table_columns(model)
        day = quoted(model.role("date").name)
        listed = [f"r.{NUMBER}", f"r.{self._key} AS {KEY}", f"r.{day} AS {DAY}"]
        joins = []
        for place, (scope, name) in enumerate(self.by):
            table = scope or model.table
            prepared = next(one.prepared for one in columns[table] if one.field.name == name)
            own = f"CAST({{}}.{quoted(prepared)} AS VARCHAR) AS {quoted(by_column(scope, name))}"
            lines = None if scope is None else model.collection(scope)
            main = None if lines is None else main_field(lines)
            if lines is None or main is None:
                listed.append(own.format("r"))
            elif scope not in self.chunks.sources:
                listed.append(f"NULL AS {quoted(by_column(scope, name))}")
            else:
                mark = next(one.prepared for one in columns[table] if one.field == main)
                alias = f"l{place}"
                listed.append(own.format(alias))
                rows = select("*", prepared_view(table), quoted(mark))
                joins.append(f"LEFT JOIN ({rows}) AS {alias} USING ({NUMBER})")
        return select(", ".join(listed), f"{prepared_view(model.table)} AS r {' '.join(joins)}")

    def _people(self) -> str:
        listed = [quoted(by_column(*one)) for one in self.by]
        return select(", ".join([*listed, "COUNT(*)"]), _ALL, "", "GROUP BY ALL")

    # --- groups

    def _groups(self) -> dict[tuple[str, Edits], tuple[list[int], Sums]]:
        """The records of each amount by the edits it rests on: the masks meant, and the sums."""
        found: dict[tuple[str, Edits], tuple[list[int], Sums]] = {}
        for amount in self.amounts:
            for mask, *counts in self.connection.execute(_grouped(amount)).fetchall():
                differ, lost, before, after = (int(one or 0) for one in counts)
                seen = frozenset(cause for place, cause in self.laws.marks.items()
                                 if mask >> place & 1)  # fmt: skip
                edits = self.relevance.closed(amount, seen)
                if not edits and (differ or before != after):
                    message = f"{amount} differs for no reason"
                    raise AssertionError(message)
                masks, sums = found.setdefault((amount, edits), ([], Sums()))
                masks.append(mask)
                sums.add(Sums(differ, before, after, lost))
        return found

    def _between(self, groups: Mapping[tuple[str, Edits], tuple[list[int], Sums]]) -> None:
        """Fill the sums under the laws between the two, for groups of several edits."""
        asked: dict[Edits, list[tuple[str, list[int], Sums]]] = {}
        for (amount, edits), (masks, sums) in groups.items():
            sums.between |= {frozenset(): sums.before, edits: sums.after}
            for some in subsets(edits):
                if some and some != edits:
                    asked.setdefault(some, []).append((amount, masks, sums))
        if asked:
            self._keep_only([(amount, masks) for (amount, edits), (masks, _) in groups.items()
                             if len(edits) > 1])  # fmt: skip
        for several in _batched(asked, _TOGETHER):
            self._measure(several, _TRIED)
            for place, some in enumerate(several):
                for amount, masks, sums in asked[some]:
                    sql = _tried(amount, output_name(amount, place), masks)
                    row = self.connection.execute(sql).fetchone()
                    total, stuck = (0, 0) if row is None else (int(one or 0) for one in row)
                    sums.between[some] = total
                    sums.stuck += stuck
            self.connection.execute(f"DROP TABLE {_TRIED}")

    def _keep_only(self, wanted: list[tuple[str, list[int]]]) -> None:
        """Leave in the prepared tables the records of these groups alone: they are read again."""
        tests = [f"{quoted(amount + TOUCHED)} IN ({', '.join(map(str, masks))})"
                 for amount, masks in wanted]  # fmt: skip
        self.chunks.keep_only(select(NUMBER, _ALL, " OR ".join(tests)))

    # --- records that differ

    def _write(self, part: Path) -> None:
        """The records that differ, or cannot be compared, with every amount that may change."""
        listed = [KEY, DAY, *(quoted(by_column(*one)) for one in self.by)]
        differ, stuck, moves = [], [], []
        for one in self.amounts:
            before, after = quoted(f"{one} avant"), quoted(f"{one} apres")
            lost = f"({quoted(f'{one} perdu avant')} OR {quoted(f'{one} perdu apres')})"
            listed += [before, after, f"{lost} AS {quoted(f'{one} perdu')}"]
            differ.append(f"{before} <> {after}")
            stuck.append(f"{quoted(f'{one} perdu avant')} <> {quoted(f'{one} perdu apres')}")
            moves.append(f"COALESCE({after} - {before}, 0)")
        listed.append(f"{' + '.join(moves)} AS {DIFFERENCE}")
        rows = select(", ".join(listed), _ALL, " OR ".join([*differ, *stuck]))
        self.connection.execute(f"COPY ({rows}) TO {literal(part.as_posix())} {_FORM}")


def by_column(scope: str | None, name: str) -> str:
    """The name of the column of a field that records are told by."""
    return name if scope is None else f"{scope}.{name}"


def _grouped(amount: str) -> str:
    before, after = quoted(f"{amount} avant"), quoted(f"{amount} apres")
    lost = f"{quoted(f'{amount} perdu avant')} <> {quoted(f'{amount} perdu apres')}"
    mask = quoted(f"{amount}{TOUCHED}")
    counts = (f"COUNT(*) FILTER (WHERE {before} <> {after}), COUNT(*) FILTER (WHERE {lost}), "
              f"SUM({before}), SUM({after})")  # fmt: skip
    where = f"{mask} <> 0 OR {before} <> {after} OR {lost}"
    return select(f"{mask}, {counts}", _ALL, where, f"GROUP BY {mask}")


def _tried(amount: str, output: str, masks: list[int]) -> str:
    name, stops = quoted(output), quoted(stops_column(output))
    fit = f"{quoted(f'{amount} avant')} IS NOT NULL"
    counts = (f"SUM({name}) FILTER (WHERE {fit} AND {stops} = 0), "
              f"COUNT(*) FILTER (WHERE {fit} AND {stops} <> 0)")  # fmt: skip
    listed = ", ".join(map(str, masks))
    where = f"{quoted(f'{amount}{TOUCHED}')} IN ({listed})"
    return select(counts, f"{_ALL} JOIN {_TRIED} USING ({KEY})", where)


def _batched(asked: Mapping[Edits, object], size: int) -> Iterator[tuple[Edits, ...]]:
    """The keys of ``asked``, some at a time."""
    listed = list(asked)
    for start in range(0, len(listed), size):
        yield tuple(listed[start : start + size])
