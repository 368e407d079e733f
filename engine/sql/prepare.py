"""Raw tables go in; out come the tables that the compiled query reads: exact, complete, counted.

A prepared table has the number of the record and the columns that are asked for, each under the
name that ``field_columns`` gives it: numbers are BIGINT counts of the grid of their field, codes
and texts VARCHAR (loose texts folded; codes are of an ENUM type when asked for), booleans BOOLEAN,
dates DATE; NULL only where the record of the interpreter has no value. The values of a refused
record are whatever they are: its rows must be left out (``refused``), or their results ignored.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import MAXYEAR, date
from fractions import Fraction
from typing import Final, assert_never

from engine.evaluation.compilation.names import FieldOf, field_columns, marked
from engine.langage.agenda import YEAR_ENDS, YEAR_STARTS
from engine.langage.inputs import Field, RecordModel
from engine.langage.model import FIRST_DAY
from engine.sql.columns import key_column
from engine.sql.folding import folded
from engine.sql.fragments import case, either, literal, quoted, select
from engine.sql.sources import Source, tables_of
from engine.sql.table_readings import Read, links_to, main_field, read, row_tests, year_of

NUMBER: Final = marked("numero")  # tells a record from the others
PLACE: Final = marked("place")  # grows from line to line, in the order of the input
FAULT: Final = marked("faute")  # something of the row has to be looked at
RANK: Final = marked("rang")  # of a line among those of its record, from 0
_ROWS: Final = marked("lignes")
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


@dataclass(frozen=True, slots=True)
class Manner:
    """How tables are prepared.

    ``numbered``: the prepared root is read through a view that numbers its rows; else a record is
    told by its key. ``enums``: codes are of an ENUM type. ``watched``: the column ``FAULT`` is
    wanted; the rules begin on this day.
    """

    numbered: bool = False
    enums: bool = False
    watched: date | None = None


def link_column(link: str) -> str:
    """The column of the rank of the line that a field of this name leads to."""
    return marked("lien", link.replace(".", "_"))


def prepared_view(table: str) -> str:
    """The name of the relation of the prepared rows of ``table``."""
    return f"{table}_net"


def prepare(
    model: RecordModel,
    sources: Mapping[str, Source],
    needed: Needed,
    refused: str | None = None,
    manner: Manner | None = None,
) -> Mapping[str, str]:
    """One query for each table that is given, with what is needed of it.

    Args:
        model: what a record may hold.
        sources: the raw tables by name, the root included.
        needed: the columns to make.
        refused: a relation of the identifiers of the refused records, as texts under the name of
            the key; their rows are left out, and those of the root without identifier.
        manner: how, if not in the simplest way.

    Returns:
        The queries by table, in an order in which each reads only the relations (``prepared_view``)
        of those before: the root first. A line of no record of the root is in none, unless records
        are told by their key and no one is refused.
    """
    how = manner or Manner()
    tables = {
        name: read(table, enums=how.enums) for name, table in tables_of(model, sources).items()
    }
    wanted = _watched(model, needed) if how.watched is not None else needed
    maker = _Maker(model, tables, refused, how, _completed(model, wanted), field_columns(model))
    pointed = [table for table, _ in links_to(model)]
    order = sorted(tables, key=lambda name: (name != model.table, name not in pointed))
    return {name: maker.root() if name == model.table else maker.lines(name) for name in order}


def _watched(model: RecordModel, needed: Needed) -> Needed:
    """``needed`` with what tells whether a record has two main lines or two lines of one name."""
    fields = set(needed.fields)
    fields |= {(table, key) for table, key in links_to(model)}
    for one in model.collections:
        main = main_field(one)
        fields |= set() if main is None else {(one.name, main.name)}
        fields |= {
            place for each in one.fields if each.link is not None
            for place in _for_link(model, one.name, each.name)
        }  # fmt: skip
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
                None, "premier",
            ):  # fmt: skip
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
    """The SQL of each prepared table."""

    model: RecordModel
    tables: Mapping[str, Read]
    refused: str | None
    manner: Manner
    needed: Needed
    columns: Mapping[FieldOf, str]

    @property
    def key(self) -> str:
        return quoted(key_column(self.model))

    def wanted(self, table: str, fields: Iterable[Field]) -> list[Field]:
        """Those of ``fields`` that are needed, in their order."""
        return [one for one in fields if (table, one.name) in self.needed.fields]

    def faulty(self, one: Read) -> list[str]:
        """What makes a row one to be looked at, when that is wanted."""
        if self.manner.watched is None:
            return []
        return [test for _, test in row_tests(one, self.model, self.manner.watched)]

    def constant(self, wanted: Field) -> str | None:
        """The default of a field as its prepared column holds it."""
        found = _constant(wanted)
        if found is None or wanted.kind != "code" or not self.manner.enums:
            return found
        return f"CAST({found} AS ENUM({', '.join(map(literal, wanted.codes))}))"

    # --- the root table

    def root(self) -> str:
        """One row a record: its own fields, and the first and last days of its year."""
        one = self.tables[self.model.table]
        columns = [f"{one.table.light_key} AS {self.key}"]
        if not self.manner.numbered:
            columns.append(f"{one.table.light_key} AS {NUMBER}")
        used: set[str] = set()
        for wanted in self.wanted(self.model.table, self.model.fields):
            if wanted.role == "identifiant":
                continue
            sql, from_fields = self._root_value(one, wanted)
            used |= from_fields
            columns.append(f"{sql} AS {quoted(self.columns[None, wanted.name, None])}")
        tests = self.faulty(one)
        if tests:
            columns.append(f"{_any(tests)} AS {FAULT}")
        rows = one.relation(None if tests else sorted(used))
        return f"SELECT {', '.join(columns)} FROM {rows}{self._kept(one)}"

    def _root_value(self, one: Read, wanted: Field) -> tuple[str, set[str]]:
        """A value of the root with its default, and the fields that it is made from."""
        if wanted.derived:
            day = self.model.role("date").name
            return _bound(wanted.name, one.readings[day].value), {day}
        own = one.readings[wanted.name].value
        if wanted.default_from is None:
            return _or(own, self.constant(wanted)), {wanted.name}
        fields = self.model.fields
        other = next(each for each in fields if each.name == wanted.default_from)
        # A default is filled in the order of the schema: a later one is not there yet.
        if fields.index(other) < fields.index(wanted):
            value, used = self._root_value(one, other)
        else:
            value, used = one.readings[other.name].value, {other.name}
        return _or(own, value), {wanted.name, *used}

    def _kept(self, one: Read) -> str:
        """The rows of the root that are not refused: what follows FROM."""
        if self.refused is None:
            return ""
        refused = f"SELECT {self.key} FROM {self.refused} WHERE {self.key} IS NOT NULL"
        key = one.table.key
        return f" WHERE {key} IS NOT NULL AND CAST({key} AS VARCHAR) NOT IN ({refused})"

    # --- lines

    def lines(self, name: str) -> str:
        """One row a line, completed as ``engine.dossiers.complete`` does."""
        one = self.tables[name]
        collection = next(each for each in self.model.collections if each.name == name)
        made = _Lines(self, one)
        fields = self.wanted(name, collection.fields)
        for each in collection.fields:
            watched = self.manner.watched is not None and each.link is not None
            ranked = (name, each.name) in self.needed.links
            if ranked or (each.link is not None and (each in fields or watched)):
                made.follow(each, own=each in fields, ranked=ranked)
            elif each not in fields or each is main_field(collection):
                continue
            elif each.default_from is not None:
                made.inherit(each)
            else:
                made.take(each)
        made.ranked = any(
            (each.link or "").startswith(f"{name}.") and (one.name, each.name) in self.needed.links
            for one in self.model.collections for each in one.fields
        )  # fmt: skip
        if made.ranked or name in self.needed.placed:
            made.place()
        main = main_field(collection)
        return made.sql_with_main(main) if main is not None and main in fields else made.sql()

    def prepared(self, table: str, name: str) -> str:
        """The prepared column of a field of ``table``."""
        return quoted(self.tables[table].table.column(name).prepared)


@dataclass(slots=True)
class _Lines:
    """One prepared table of lines being made: columns of the raw lines ``l``, then of joins.

    ``r`` is the prepared record, joined if ``record``. ``raw``: columns of the raw lines, by alias;
    ``used``: the fields that they are read from; ``columns``: the prepared ones, each with its
    name; ``lost``: whether a link leads nowhere; ``ranked``: links lead to lines of this table.
    """

    maker: _Maker
    one: Read
    raw: dict[str, str] = field(default_factory=dict)
    used: list[str] = field(default_factory=list)
    columns: list[tuple[str, str]] = field(default_factory=list)
    joins: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    record: bool = False
    ranked: bool = False

    def take(self, wanted: Field) -> None:
        """A field that needs nothing else; its default is a constant."""
        own = self._folded(wanted) if wanted.loose else self._own(wanted)
        self._add(wanted, _or(own, self.maker.constant(wanted)))

    def inherit(self, wanted: Field) -> None:
        """A field whose default is the value of a field of the root."""
        source = self.maker.prepared(self.maker.model.table, wanted.default_from or "")
        self.record = True
        self._add(wanted, _or(self._own(wanted), f"r.{source}"))

    def follow(self, link: Field, *, own: bool, ranked: bool) -> None:
        """The line that ``link`` refers to, by default the main one: its key, or its rank."""
        table, _, key = (link.link or "").partition(".")
        mine = self._own(link)
        if table not in self.maker.tables:
            if ranked:
                self.columns.append(("CAST(NULL AS INTEGER)", link_column(link.name)))
            self.lost.append(f"{mine} IS NOT NULL")
            if own:
                self._add(link, mine)
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
            self._add(link, _or(mine, f"{main}.{value}" if mark else None))
        if ranked:
            found = f"{other}.{RANK}"
            found = case([(is_main, f"{main}.{RANK}")], found) if mark else found
            self.columns.append((found, link_column(link.name)))
        self.lost.append(f"{mine} IS NOT NULL AND {other}.{value} IS NULL AND NOT {is_main}")

    def place(self) -> None:
        """What tells the order of the lines."""
        self.raw[PLACE] = _place(self.one.source)
        self.columns.append((f"l.{PLACE}", PLACE))

    def sql(self, *, main: bool = False) -> str:
        """The whole query; ``main``: of a table that has a main line."""
        alone = not self._needs_record()
        columns = [("l.cle" if alone else f"r.{NUMBER}", NUMBER), *self.columns]
        relation = self.one.relation(self.used)
        if self.ranked and not main:
            columns.append((_rank("l.cle" if alone else f"r.{NUMBER}", f"l.{PLACE}"), RANK))
        if self.maker.manner.watched is not None:
            self.raw[FAULT] = _any(self.maker.faulty(self.one))
            columns.append((_any([f"l.{FAULT}", *self.lost]), FAULT))
            relation = self.one.relation()
        raw = [f"{self.one.table.light_key} AS cle"]
        raw += [f"{sql} AS {alias}" for alias, sql in self.raw.items()]
        listed = ", ".join(f"{sql} AS {name}" for sql, name in columns)
        root = prepared_view(self.maker.model.table)
        record = f"JOIN {root} AS r ON r.{self.maker.key} = l.cle"
        return " ".join([
            f"SELECT {listed} FROM ({select(', '.join(raw), relation)}) AS l",
            *([] if alone else [record]),
            *self.joins,
        ])  # fmt: skip

    def _needs_record(self) -> bool:
        """Whether the lines have to be joined to the prepared records.

        Where a record is told by its key, lines of no record are left out when their totals are.
        """
        manner = self.maker.manner
        if manner.numbered or manner.watched is not None or self.maker.refused is not None:
            return True
        return self.record

    def sql_with_main(self, main: Field) -> str:
        """The whole query, with the field that is true on exactly one line of a record."""
        kept = [NUMBER, *(name for _, name in self.columns)]
        if PLACE not in kept:
            self.place()
        self.raw["dit"] = self.one.readings[main.name].value
        self.used.append(main.name)
        self.columns.append(("l.dit", "dit"))
        first = f"COALESCE(MIN(CASE WHEN dit THEN {PLACE} END), MIN({PLACE})) AS {PLACE}"
        name = quoted(self.one.table.column(main.name).prepared)
        columns = ", ".join(f"x.{one} AS {one}" for one in kept)
        if self.maker.manner.watched is not None:
            second = f"(x.dit AND x.{PLACE} <> m.{PLACE})"
            columns += f", {_any([f'x.{FAULT}', second])} AS {FAULT}"
        if self.ranked:
            columns += f", {_rank(f'x.{NUMBER}', f'x.{PLACE}')} AS {RANK}"
        return (
            f"WITH {_ROWS} AS ({self.sql(main=True)}) SELECT {columns},"
            f" x.{PLACE} = m.{PLACE} AS {name} FROM {_ROWS} AS x"
            f" JOIN (SELECT {NUMBER}, {first} FROM {_ROWS} GROUP BY {NUMBER}) AS m"
            f" ON m.{NUMBER} = x.{NUMBER}"
        )

    def _own(self, wanted: Field) -> str:
        """The value that the line itself writes."""
        alias = quoted(self.one.table.column(wanted.name).prepared)
        self.raw[alias] = self.one.readings[wanted.name].value
        self.used.append(wanted.name)
        return f"l.{alias}"

    def _folded(self, wanted: Field) -> str:
        """A loose text: each different one is folded once."""
        alias, written = f"p{len(self.joins)}", quoted(f"{wanted.name} lu")
        text = self.one.readings[wanted.name].text
        self.raw[written] = text
        values = select(f"DISTINCT {text} AS ecrit", self.one.source.relation)
        each = select(f"ecrit, {folded('ecrit')} AS plie", f"({values}) AS v")
        self.joins.append(f"LEFT JOIN ({each}) AS {alias} ON {alias}.ecrit = l.{written}")
        return f"{alias}.plie"

    def _join(self, alias: str, rows: str, also: str = "") -> None:
        self.record = True
        self.joins.append(f"LEFT JOIN ({rows}) AS {alias} ON {alias}.{NUMBER} = r.{NUMBER}{also}")

    def _add(self, wanted: Field, sql: str) -> None:
        self.columns.append((sql, quoted(self.one.table.column(wanted.name).prepared)))


def _rank(number: str, place: str) -> str:
    """The rank of a line among those of its record."""
    ranked = f"ROW_NUMBER() OVER (PARTITION BY {number} ORDER BY {place})"
    return f"CAST({ranked} - 1 AS INTEGER)"


def _place(source: Source) -> str:
    """Something that grows from line to line, in the order of the input."""
    if source.order is not None:
        return source.order
    if _LITERAL.fullmatch(source.file):  # a table of one file
        return source.row
    return f"{{'fichier': {source.file}, 'ligne': {source.row}}}"


def _constant(wanted: Field) -> str | None:
    """The default of a field as its prepared column holds it."""
    match wanted.default:
        case None:
            return None
        case bool():
            return "TRUE" if wanted.default else "FALSE"
        case Fraction():
            count = wanted.default / (wanted.grid or 1)
            return f"CAST({count} AS BIGINT)"
        case date():
            return f"DATE '{wanted.default}'"
        case str():
            return literal(wanted.default)
        case _:
            assert_never(wanted.default)


def _any(tests: Sequence[str]) -> str:
    """Whether one of ``tests`` is true; never NULL."""
    return f"COALESCE({either(tests)}, FALSE)"


def _or(value: str, other: str | None) -> str:
    return value if other is None else f"COALESCE({value}, {other})"


def _bound(name: str, day: str) -> str:
    """The first or the last day of the school year of ``day``."""
    year = year_of(day)
    if name == FIRST_DAY:
        month, first = YEAR_STARTS
        return f"MAKE_DATE({year}, {month}, {first})"
    month, last = YEAR_ENDS
    # The calendar itself has a last year.
    end = f"MAKE_DATE(LEAST({year}, {MAXYEAR - 1}) + 1, {month}, {last})"
    return case([(f"{year} >= {MAXYEAR}", f"DATE '{date.max}'")], end)
