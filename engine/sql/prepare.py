"""Raw tables go in; out come the tables that the module reads: exact, complete, counted.

A prepared table has the number of the record and the columns that are asked for, each under the
name that ``field_columns`` gives it: numbers are BIGINT counts of the grid of their field, codes of
an ENUM type, texts VARCHAR (loose texts folded), booleans BOOLEAN, dates DATE; NULL only where the
record of the interpreter has no value. The values of a doubtful row are whatever they are, until
the reader has looked at it (``engine.sql.reader``).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import MAXYEAR, date
from fractions import Fraction
from typing import Final, assert_never

from engine.evaluation.compilation.names import FieldOf, field_columns, marked
from engine.langage.agenda import YEAR_ENDS, YEAR_STARTS
from engine.langage.inputs import Collection as Lines
from engine.langage.inputs import Field, RecordModel
from engine.langage.model import FIRST_DAY
from engine.sql.convert import TableReading, read
from engine.sql.fragments import case, either, literal, quoted, select
from engine.sql.tables import TableSource, key_column, tables_of

ROOT: Final = "dossiers_prepares"  # the prepared root, which its view numbers
NUMBER: Final = marked("numero")  # tells a record from the others
PLACE: Final = marked("place")  # grows from line to line, in the order of the input
DOUBT: Final = marked("doute")  # the reader has to look at the row
RANK: Final = marked("rang")  # of a line among those of its record, from 0
_LITERAL: Final = re.compile("'(?:[^']|'')*'")


@dataclass(frozen=True, slots=True)
class Needed:
    """What is read of the prepared tables.

    ``fields``: (table, field). ``placed``: the tables in which the place of a line is wanted.
    ``links``: (table, field that refers to a line) where the rank of that line is wanted.
    """

    fields: frozenset[tuple[str, str]]
    placed: frozenset[str] = frozenset()
    links: frozenset[tuple[str, str]] = frozenset()

    def __or__(self, other: Needed) -> Needed:
        """What either reads."""
        return Needed(
            self.fields | other.fields, self.placed | other.placed, self.links | other.links
        )


def link_column(link: str) -> str:
    """The column of the rank of the line that a field of this name leads to."""
    return marked("lien", link.replace(".", "_"))


def prepared_view(table: str) -> str:
    """The name of the relation of the prepared rows of ``table``."""
    return f"{table}_net"


def prepare(
    model: RecordModel,
    sources: Mapping[str, TableSource],
    needed: Needed,
    watched: date | None = None,
    known: Mapping[str, Collection[str]] | None = None,
) -> Mapping[str, str]:
    """One query for each table that is given, with what is needed of it.

    Args:
        model: what a record may hold.
        sources: the raw tables by name, the root included.
        needed: the columns to make.
        watched: the first day for which rules exist, if the column ``DOUBT`` is wanted.
        known: for each table the fields of which there is a ``known_table``.

    Returns:
        The queries by table, in an order in which each reads only the relations (``prepared_view``)
        of those before: the root first, that is to be read through a view that numbers its rows. A
        line of no record of the root is in none.

    Raises:
        UnsupportedError: see ``engine.sql.convert.read``.
    """
    tables = {
        name: read(table, (known or {}).get(name, ()))
        for name, table in tables_of(model, sources).items()
    }
    wanted = needed if watched is None else _watched(model, needed)
    maker = _Maker(model, tables, watched, _completed(model, wanted), field_columns(model))
    pointed = [table for table, _ in links_to(model)]
    order = sorted(tables, key=lambda name: (name != model.table, name not in pointed))
    return {name: maker.root() if name == model.table else maker.lines(name) for name in order}


def prepared_again(model: RecordModel, changed: Collection[str]) -> frozenset[str]:
    """The tables whose prepared rows may differ when those of ``changed`` are read otherwise."""
    if model.table in changed:
        return frozenset((model.table, *(one.name for one in model.collections)))
    leading = {
        name
        for (table, _), lists in links_to(model).items()
        if table in changed
        for name, _ in lists
    }
    return frozenset((*changed, *leading))


def main_field(collection: Lines) -> Field | None:
    """The field that is true on exactly one line of a record."""
    return next((one for one in collection.fields if one.default_from == "premier"), None)


def links_to(model: RecordModel) -> Mapping[tuple[str, str], tuple[tuple[str, Field], ...]]:
    """For each (list, field) that lines of other lists refer to, these lists and their field."""
    found: dict[tuple[str, str], tuple[tuple[str, Field], ...]] = {}
    for collection in model.collections:
        for one in collection.fields:
            if one.link is not None:
                target, _, key = one.link.partition(".")
                found[target, key] = (*found.get((target, key), ()), (collection.name, one))
    return found


def _watched(model: RecordModel, needed: Needed) -> Needed:
    """``needed`` with what tells whether a record has two main lines or two lines of one name."""
    fields = set(needed.fields)
    fields |= {(table, key) for table, key in links_to(model)}
    for one in model.collections:
        main = main_field(one)
        fields |= set() if main is None else {(one.name, main.name)}
        fields |= {
            place
            for each in one.fields
            if each.link is not None
            for place in _for_link(model, one.name, each.name)
        }
    return replace(needed, fields=frozenset(fields))


def _completed(model: RecordModel, needed: Needed) -> Needed:
    """``needed`` with the fields from which others are made."""
    fields = set(needed.fields)
    for table, link in needed.links:
        fields |= _for_link(model, table, link)
    for one in model.collections:
        for each in one.fields:
            if (one.name, each.name) in needed.fields and each.link is not None:
                fields |= _for_link(model, one.name, each.name)
            elif (one.name, each.name) in needed.fields and each.default_from not in (
                None,
                "premier",
            ):
                fields.add((model.table, each.default_from or ""))
    return replace(needed, fields=frozenset(fields))


def _for_link(model: RecordModel, table: str, link: str) -> set[tuple[str, str]]:
    """What the table that ``link`` leads to must have."""
    own = next(one for one in model.collections if one.name == table)
    origin = next(one for one in own.fields if one.name == link)
    there, _, key = (origin.link or "").partition(".")
    mark = (origin.default_from or "").rpartition(".")[2]
    return {(there, one) for one in (key, mark) if one}


@dataclass(frozen=True, slots=True)
class _Maker:
    """The SQL of each prepared table.

    The rows of a raw table are read by a first SELECT, with the plain value of each field that is
    asked for under its ``_own`` name; what is made of them is on top of it.
    """

    model: RecordModel
    tables: Mapping[str, TableReading]
    watched: date | None
    needed: Needed
    columns: Mapping[FieldOf, str]

    @property
    def key(self) -> str:
        return quoted(key_column(self.model))

    def wanted(self, table: str, fields: Iterable[Field]) -> list[Field]:
        """Those of ``fields`` that are needed, in their order."""
        return [one for one in fields if (table, one.name) in self.needed.fields]

    def read(self, one: TableReading, fields: Iterable[str]) -> str:
        """The rows of a raw table, usable after FROM, with the values of ``fields`` at least."""
        used = None if self.watched is not None else sorted(set(fields))
        listed = ", ".join(
            f"{one.readings[name].value} AS {_own(name)}"
            for name in (one.readings if used is None else used)
        )
        return f"({select(f'*, {listed}' if listed else '*', one.relation(used))})"

    def doubts(self, one: TableReading) -> list[str]:
        """What makes a row doubtful, when that is wanted."""
        if self.watched is None:
            return []
        tests = [reading.doubtful(_own(name)) for name, reading in one.readings.items()]
        if one.table.name == self.model.table:
            when, year = (self.model.role(role).name for role in ("date", "annee"))
            day, written = _own(when), _own(year)
            first, last = (f"TRY_CAST(SUBSTRING({written}, {at}, 4) AS INTEGER)" for at in (1, 6))
            tests += [
                f"{last} <> {first} + 1",
                f"{first} < {date.min.year}",
                f"{first} <> {_year_of(day)}",
                f"{day} < DATE '{self.watched}'",
            ]
        return [one for one in tests if one]

    def constant(self, wanted: Field) -> str | None:
        """The default of a field as its prepared column holds it."""
        match wanted.default:
            case None:
                return None
            case bool():
                return "TRUE" if wanted.default else "FALSE"
            case Fraction():
                return f"CAST({wanted.default / (wanted.grid or 1)} AS BIGINT)"
            case date():
                return f"DATE '{wanted.default}'"
            case str() if wanted.kind == "code":
                codes = ", ".join(map(literal, wanted.codes))
                return f"CAST({literal(wanted.default)} AS ENUM({codes}))"
            case str():
                return literal(wanted.default)
            case _:
                assert_never(wanted.default)

    # --- the root table

    def root(self) -> str:
        """One row a record: its own fields, and the first and last days of its year."""
        one = self.tables[self.model.table]
        columns = [f"{one.table.light_key} AS {self.key}"]
        used: set[str] = set()
        for wanted in self.wanted(self.model.table, self.model.fields):
            if wanted.role == "identifiant":
                continue
            sql, from_fields = self._root_value(wanted)
            used |= from_fields
            columns.append(f"{sql} AS {quoted(self.columns[None, wanted.name, None])}")
        tests = self.doubts(one)
        if tests:
            columns.append(f"{_any(tests)} AS {DOUBT}")
        return select(", ".join(columns), self.read(one, used))

    def _root_value(self, wanted: Field) -> tuple[str, set[str]]:
        """A value of the root with its default, and the fields that it is made from."""
        if wanted.derived:
            day = self.model.role("date").name
            return _bound(wanted.name, _own(day)), {day}
        own = _own(wanted.name)
        if wanted.default_from is None:
            return _or(own, self.constant(wanted)), {wanted.name}
        fields = self.model.fields
        other = next(each for each in fields if each.name == wanted.default_from)
        # A default is filled in the order of the schema: a later one is not there yet.
        if fields.index(other) < fields.index(wanted):
            value, used = self._root_value(other)
        else:
            value, used = _own(other.name), {other.name}
        return _or(own, value), {wanted.name, *used}

    # --- lines

    def lines(self, name: str) -> str:
        """One row a line, completed as ``engine.dossiers.read`` does."""
        one = self.tables[name]
        collection = next(each for each in self.model.collections if each.name == name)
        made = _Lines(self, one)
        fields = self.wanted(name, collection.fields)
        main = main_field(collection)
        for each in collection.fields:
            ranked = (name, each.name) in self.needed.links
            if ranked or (each.link is not None and (each in fields or self.watched is not None)):
                made.follow(each, own=each in fields, ranked=ranked)
            elif each not in fields or each is main:
                continue
            elif each.default_from is not None:
                source = self.prepared(self.model.table, each.default_from)
                made.add(each, _or(made.own(each), f"r.{source}"))
            else:
                made.add(each, _or(made.own(each), self.constant(each)))
        if name in self.needed.placed or made.pointed:
            made.columns.append((f"l.{PLACE}", PLACE))
        return made.sql(main if main in fields else None)

    def prepared(self, table: str, name: str) -> str:
        """The prepared column of a field of ``table``."""
        return quoted(self.tables[table].table.column(name).prepared)


@dataclass(slots=True)
class _Lines:
    """One prepared table of lines being made: columns of the read lines ``l``, then of joins.

    ``r`` is the prepared record. ``used``: the fields that are read; ``columns``: the prepared
    ones, each with its name; ``lost``: whether a link leads nowhere.
    """

    maker: _Maker
    one: TableReading
    used: set[str] = field(default_factory=set)
    columns: list[tuple[str, str]] = field(default_factory=list)
    joins: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)

    @property
    def pointed(self) -> bool:
        """Whether the rank of a line of this table is wanted."""
        return any(
            (each.link or "").startswith(f"{self.one.table.name}.")
            and (one.name, each.name) in self.maker.needed.links
            for one in self.maker.model.collections
            for each in one.fields
        )

    def own(self, wanted: Field) -> str:
        """The value that the line itself writes."""
        self.used.add(wanted.name)
        return f"l.{_own(wanted.name)}"

    def add(self, wanted: Field, sql: str) -> None:
        """One prepared column."""
        self.columns.append((sql, quoted(self.one.table.column(wanted.name).prepared)))

    def follow(self, link: Field, *, own: bool, ranked: bool) -> None:
        """The line that ``link`` refers to, by default the main one: its key, or its rank."""
        table, _, key = (link.link or "").partition(".")
        mine = self.own(link)
        if table not in self.maker.tables:
            if ranked:
                self.columns.append(("CAST(NULL AS INTEGER)", link_column(link.name)))
            self.lost.append(f"{mine} IS NOT NULL")
            if own:
                self.add(link, mine)
            return
        value = self.maker.prepared(table, key)
        mark = (link.default_from or "").rpartition(".")[2]
        main, other = f"m{len(self.joins)}", f"t{len(self.joins)}"
        known = [NUMBER, value, *([RANK] if ranked else [])]
        rows = select(", ".join(known), prepared_view(table), f"{value} IS NOT NULL")
        others, is_main = rows, "FALSE"
        if mark:
            claim = self.maker.prepared(table, mark)
            self._join(main, f"{rows} AND {claim}")
            others = f"{rows} AND NOT {claim}"
            is_main = f"COALESCE({mine} = {main}.{value}, {mine} IS NULL)"
        self._join(other, others, f" AND {other}.{value} = {mine}")
        if own:
            self.add(link, _or(mine, f"{main}.{value}" if mark else None))
        if ranked:
            found = f"{other}.{RANK}"
            found = case([(is_main, f"{main}.{RANK}")], found) if mark else found
            self.columns.append((found, link_column(link.name)))
        self.lost.append(f"{mine} IS NOT NULL AND {other}.{value} IS NULL AND NOT {is_main}")

    def sql(self, main: Field | None) -> str:
        """The whole query; ``main``: the field that is true on exactly one line of a record."""
        maker, one = self.maker, self.one
        number, place = f"r.{NUMBER}", f"l.{PLACE}"
        columns = [(number, NUMBER), *self.columns]
        doubts = [f"l.{DOUBT}", *self.lost]
        if main is not None:
            claim = self.own(main)
            of_record = f"OVER (PARTITION BY {number})"
            first = (
                f"COALESCE(MIN(CASE WHEN {claim} THEN {place} END) {of_record},"
                f" MIN({place}) {of_record})"
            )
            self.add(main, f"{place} = {first}")
            columns.append(self.columns[-1])
            doubts.append(f"{claim} AND {place} <> {first}")
        if self.pointed:
            ranked = f"ROW_NUMBER() OVER (PARTITION BY {number} ORDER BY {place})"
            columns.append((f"CAST({ranked} - 1 AS INTEGER)", RANK))
        tests = maker.doubts(one)
        if maker.watched is not None:
            columns.append((_any(doubts), DOUBT))
        raw = [f"{one.table.light_key} AS cle", f"{_place(one.source)} AS {PLACE}"]
        raw += [] if maker.watched is None else [f"{_any(tests)} AS {DOUBT}"]
        raw += [_own(name) for name in sorted(self.used)]
        lines = select(", ".join(raw), maker.read(one, self.used))
        listed = ", ".join(f"{sql} AS {name}" for sql, name in columns)
        root = prepared_view(maker.model.table)
        record = f"JOIN {root} AS r ON r.{maker.key} = l.cle"
        return select(listed, f"({lines}) AS l {record}", then=" ".join(self.joins))

    def _join(self, alias: str, rows: str, also: str = "") -> None:
        self.joins.append(f"LEFT JOIN ({rows}) AS {alias} ON {alias}.{NUMBER} = r.{NUMBER}{also}")


def _own(field: str) -> str:
    """The column of the value that a raw row writes for a field; no column of a user has it."""
    return quoted(f"{field} net")


def _place(source: TableSource) -> str:
    """Something that grows from line to line, in the order of the input."""
    if source.order is not None:
        return source.order
    if _LITERAL.fullmatch(source.file):  # a table of one file
        return source.row
    return f"{{'fichier': {source.file}, 'ligne': {source.row}}}"


def _any(tests: Sequence[str]) -> str:
    """Whether one of ``tests`` is true; never NULL."""
    return f"COALESCE({either(tests)}, FALSE)"


def _or(value: str, other: str | None) -> str:
    return value if other is None else f"COALESCE({value}, {other})"


def _year_of(day: str) -> str:
    """The year in which begins the school year of ``day``."""
    month, first = YEAR_STARTS
    early = f"MONTH({day}) * 100 + DAY({day}) < {month * 100 + first}"
    return f"(YEAR({day}) - CASE WHEN {early} THEN 1 ELSE 0 END)"


def _bound(name: str, day: str) -> str:
    """The first or the last day of the school year of ``day``."""
    year = _year_of(day)
    if name == FIRST_DAY:
        month, first = YEAR_STARTS
        return f"MAKE_DATE({year}, {month}, {first})"
    month, last = YEAR_ENDS
    # The calendar itself has a last year.
    end = f"MAKE_DATE(LEAST({year}, {MAXYEAR - 1}) + 1, {month}, {last})"
    return case([(f"{year} >= {MAXYEAR}", f"DATE '{date.max}'")], end)
