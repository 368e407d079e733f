"""Raw tables go in; out come the tables that the compiled query reads: exact, complete, counted.

A prepared table has the key of the record and the columns that are asked for, each under its
``Column.prepared`` name: numbers are BIGINT counts of the grid of their field, codes and texts
VARCHAR (loose texts folded), booleans BOOLEAN, dates DATE; NULL only where the record of the
interpreter has no value. The values of a refused record are whatever they are: its rows must be
left out (``refused``), or their results ignored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import MAXYEAR, date
from fractions import Fraction
from typing import assert_never

from sqlglot import exp, parse_one

from engine.dossiers.read import YEAR_ENDS, YEAR_STARTS
from engine.langage.inputs import Field, RecordModel
from engine.langage.model import FIRST_DAY
from engine.sql.columns import key_column
from engine.sql.convert import reading
from engine.sql.fragments import case, literal, quoted
from engine.sql.sources import Source, tables_of
from engine.sql.table_readings import Read, main_field, read, year_of

RANK = "ligne_rang"


@dataclass(frozen=True, slots=True)
class Needed:
    """What the compiled query reads.

    ``fields``: (table, field). ``linked``: (table, field that refers to a line, field of that
    line). ``ranks``: the tables in which the place of a line in its record, from 1, is wanted.
    """

    fields: frozenset[tuple[str, str]]
    linked: frozenset[tuple[str, str, str]] = frozenset()
    ranks: frozenset[str] = frozenset()


def linked_column(prepared: str, target: str) -> str:
    """The column of a field of the line referred to; ``prepared`` is that of the link."""
    return f"{prepared}__{target.replace('.', '_')}"


def derived_column(field: str) -> str:
    """The column of a field that is worked out, in the root table."""
    return field.replace(".", "_")


def prepare(
    model: RecordModel,
    sources: Mapping[str, Source],
    needed: Needed,
    refused: str | None = None,
) -> Mapping[str, exp.Select]:
    """One query for each table that is given, with what is needed of it.

    Args:
        model: what a record may hold.
        sources: the raw tables by name, the root included.
        needed: the columns to make.
        refused: a relation of the identifiers of the refused records, as texts under the name of
            the key; their rows are left out, and those of the root without identifier.

    Returns:
        The queries by table, the root first.
    """
    tables = {name: read(table) for name, table in tables_of(model, sources).items()}
    maker = _Maker(model, tables, refused)
    queries = {}
    for name in tables:
        fields = {field for table, field in needed.fields if table == name}
        linked = {(link, field) for table, link, field in needed.linked if table == name}
        if name == model.table:
            sql = maker.root(fields)
        else:
            sql = maker.lines(name, fields, linked, ranked=name in needed.ranks)
        queries[name] = parse_one(sql, dialect="duckdb", into=exp.Select)
    return queries


@dataclass(frozen=True, slots=True)
class _Maker:
    """The SQL of each prepared table."""

    model: RecordModel
    tables: Mapping[str, Read]
    refused: str | None

    @property
    def key(self) -> str:
        return quoted(key_column(self.model))

    # --- the root table

    def root(self, fields: Iterable[str]) -> str:
        """One row a record: its own fields, and the first and last days of its year."""
        one = self.tables[self.model.table]
        columns = [f"{one.table.light_key} AS {self.key}"]
        used: set[str] = set()
        for wanted in self.model.fields:
            if wanted.name not in fields or wanted.role == "identifiant":
                continue
            sql, from_fields = self._root_value(one, wanted)
            used |= from_fields
            column = None if wanted.derived else one.table.column(wanted.name).prepared
            columns.append(f"{sql} AS {quoted(column or derived_column(wanted.name))}")
        rows = one.relation(sorted(used))
        return f"SELECT {', '.join(columns)} FROM {rows}{self.kept(one)}"

    def _root_value(self, one: Read, wanted: Field) -> tuple[str, set[str]]:
        """A value of the root with its default, and the fields that it is made from."""
        if wanted.derived:
            day = self.model.role("date").name
            return _bound(wanted.name, one.readings[day].value), {day}
        own = one.readings[wanted.name].value
        if wanted.default_from is None:
            return _or(own, _constant(wanted)), {wanted.name}
        fields = self.model.fields
        other = next(each for each in fields if each.name == wanted.default_from)
        # A default is filled in the order of the schema: a later one is not there yet.
        if fields.index(other) < fields.index(wanted):
            value, used = self._root_value(one, other)
        else:
            value, used = one.readings[other.name].value, {other.name}
        return _or(own, value), {wanted.name, *used}

    # --- lines

    def lines(
        self, name: str, fields: set[str], linked: set[tuple[str, str]], *, ranked: bool = False
    ) -> str:
        """One row a line, completed as ``engine.dossiers.complete`` does."""
        one = self.tables[name]
        collection = next(each for each in self.model.collections if each.name == name)
        main = main_field(collection)
        made = _Lines(self, one)
        for each in collection.fields:
            targets = sorted(target for link, target in linked if link == each.name)
            if targets or (each.link is not None and each.name in fields):
                made.follow(each, targets, own=each.name in fields)
            elif each.name not in fields:
                continue
            elif each is main:
                made.choose_main(each)
            elif each.default_from is not None:
                made.inherit(each)
            else:
                made.take(each)
        if ranked:
            made.rank()
        return made.sql()

    def inherited(self, names: Iterable[str]) -> str:
        """The values of the root that lines take when they have none of their own."""
        one = self.tables[self.model.table]
        columns, used = [f"{one.table.light_key} AS cle"], set()
        for name in names:
            field = next(each for each in self.model.fields if each.name == name)
            value, read_fields = self._root_value(one, field)
            used |= read_fields
            columns.append(f"{value} AS {quoted(name)}")
        return f"SELECT {', '.join(columns)} FROM {one.relation(sorted(used))}"

    def mains(self, one: Read, field: Field) -> str:
        """The place of the main line of each record: the one that says so, else the first."""
        rows = (
            f"SELECT {one.table.light_key} AS cle, {one.readings[field.name].value} AS dit,"
            f" {_place(one.source)} AS place FROM {one.relation([field.name])}"
        )
        place = "COALESCE(MIN(CASE WHEN dit THEN place END), MIN(place))"
        return f"SELECT cle, {place} AS place FROM ({rows}) AS lignes GROUP BY cle"

    def kept(self, one: Read) -> str:
        """The rows of a table that are not refused: what follows FROM."""
        if self.refused is None:
            return ""
        refused = f"SELECT {self.key} FROM {self.refused} WHERE {self.key} IS NOT NULL"
        key = one.table.key
        return f" WHERE {key} IS NOT NULL AND CAST({key} AS VARCHAR) NOT IN ({refused})"


@dataclass(slots=True)
class _Lines:
    """One prepared table of lines being made: columns of the raw lines ``l``, then of joins."""

    maker: _Maker
    one: Read
    own: dict[str, str] = field(default_factory=dict)  # columns of the raw lines, by alias
    used: list[str] = field(default_factory=list)  # the fields that they are read from
    columns: list[str] = field(default_factory=list)
    inherited: list[str] = field(default_factory=list)  # fields of the root
    joins: list[str] = field(default_factory=list)

    def take(self, wanted: Field) -> None:
        """A field that needs nothing else; its default is a constant."""
        own = self._own(wanted)
        self._add(wanted, _or(own, _constant(wanted)))

    def inherit(self, wanted: Field) -> None:
        """A field whose default is the value of a field of the root."""
        source = wanted.default_from or ""
        self.inherited.append(source)
        self._add(wanted, _or(self._own(wanted), f"r.{quoted(source)}"))

    def choose_main(self, wanted: Field) -> None:
        """The field that is true on exactly one line."""
        self.own["place"] = _place(self.one.source)
        self.joins.append(f"LEFT JOIN ({self.maker.mains(self.one, wanted)}) AS m ON m.cle = l.cle")
        self._add(wanted, "l.place = m.place")

    def follow(self, link: Field, targets: list[str], *, own: bool) -> None:
        """The fields of the line that ``link`` refers to, by default the main one."""
        table, _, key = (link.link or "").partition(".")
        there = self.maker.tables.get(table)
        mine = self._own(link)
        if there is None:
            if own:
                self._add(link, mine)
            for target in targets:
                nothing = reading(self._target(table, target), None).value
                self._linked(link, target, nothing)
            return
        alias = f"t{len(self.joins)}"
        self.joins.append(self._target_join(alias, link, there, key, targets))
        if own:
            self._add(link, _or(mine, f"{alias}.{quoted(there.table.column(key).prepared)}"))
        for target in targets:
            self._linked(link, target, f"{alias}.{quoted(there.table.column(target).prepared)}")

    def rank(self) -> None:
        """The place of the line in its record, in the order of the input."""
        self.own["place"] = _place(self.one.source)
        rank = "ROW_NUMBER() OVER (PARTITION BY l.cle ORDER BY l.place)"
        self.columns.append(f"{rank} AS {quoted(RANK)}")

    def sql(self) -> str:
        """The whole query."""
        own = "".join(f", {sql} AS {alias}" for alias, sql in self.own.items())
        rows = (
            f"SELECT {self.one.table.light_key} AS cle{own}"
            f" FROM {self.one.relation(self.used)}{self.maker.kept(self.one)}"
        )
        joins = list(self.joins)
        if self.inherited:
            root = self.maker.inherited(dict.fromkeys(self.inherited))
            joins.append(f"LEFT JOIN ({root}) AS r ON r.cle = l.cle")
        columns = ", ".join([f"l.cle AS {self.maker.key}", *self.columns])
        return " ".join([f"SELECT {columns} FROM ({rows}) AS l", *joins])

    def _own(self, wanted: Field) -> str:
        """The value that the line itself writes."""
        alias = quoted(self.one.table.column(wanted.name).prepared)
        self.own[alias] = self.one.readings[wanted.name].value
        self.used.append(wanted.name)
        return f"l.{alias}"

    def _add(self, wanted: Field, sql: str) -> None:
        self.columns.append(f"{sql} AS {quoted(self.one.table.column(wanted.name).prepared)}")

    def _linked(self, link: Field, target: str, sql: str) -> None:
        name = linked_column(self.one.table.column(link.name).prepared, target)
        self.columns.append(f"{sql} AS {quoted(name)}")

    def _target(self, table: str, name: str) -> Field:
        collection = next(one for one in self.maker.model.collections if one.name == table)
        return next(one for one in collection.fields if one.name == name)

    def _target_join(
        self, alias: str, link: Field, there: Read, key: str, targets: list[str]
    ) -> str:
        """The lines referred to; the main one stands a second time, for lines that refer to none.

        It is then called by an empty text, which is no value, so that one join is enough.
        """
        mark = (link.default_from or "").rpartition(".")[2]
        wanted = {key, *targets, *([mark] if mark else [])}
        rows = self.maker.lines(there.table.name, wanted, set())
        value = f"x.{quoted(there.table.column(key).prepared)}"
        link_value = f"l.{quoted(self.one.table.column(link.name).prepared)}"
        if not mark:
            named = f"SELECT x.*, {value} AS lien FROM ({rows}) AS x"
            return self._join(alias, named, link_value)
        main = f"x.{quoted(there.table.column(mark).prepared)}"
        named = (
            f"SELECT x.*, {case([('d.par_defaut', literal(''))], value)} AS lien"
            f" FROM ({rows}) AS x CROSS JOIN (VALUES (FALSE), (TRUE)) AS d(par_defaut)"
            f" WHERE {value} IS NOT NULL AND (NOT d.par_defaut OR {main})"
        )
        return self._join(alias, named, f"COALESCE({link_value}, '')")

    def _join(self, alias: str, named: str, value: str) -> str:
        key = f"{alias}.{self.maker.key}"
        return f"LEFT JOIN ({named}) AS {alias} ON {key} = l.cle AND {alias}.lien = {value}"


def _place(source: Source) -> str:
    """Something that grows from line to line, in the order of the input."""
    if source.order is not None:
        return source.order
    if isinstance(parse_one(source.file, dialect="duckdb"), exp.Literal):
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
