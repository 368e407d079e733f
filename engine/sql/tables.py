"""The tables of a population: those of the model, those that were read, and how SQL says a column.

The model names tables and columns; what was read is found under these names, or findings say why
not; each column is then written in SQL by its type.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

import duckdb

from engine.evaluation.compilation.names import FieldOf, field_columns
from engine.langage.inputs import Field, RecordModel
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.messages.hints import suggestion
from engine.sql.fragments import case, quoted
from engine.sql.paths import copied, parquet

Sort: TypeAlias = Literal["text", "integer", "decimal", "double", "boolean", "day", "moment"]

FILE: Final = "_fichier"  # in a copy: the file that a row comes from,
ROW: Final = "_ligne"  # its row there, from 1, the header not counted,
ORDER: Final = "_rang"  # and its place among all the rows of the table
_OWN: Final = (FILE, ROW, ORDER)
_NOT_SIMPLE: Final = ("LIST", "STRUCT", "MAP", "UNION", "BLOB", "ARRAY", "BIT", "VARIANT")
_BIGINTS: Final = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT"})
_WHOLE: Final = _BIGINTS | {"UTINYINT", "USMALLINT", "UINTEGER"}
_INTEGERS: Final = _WHOLE | {"HUGEINT", "UBIGINT", "UHUGEINT"}


# --- the model


@dataclass(frozen=True, slots=True)
class FieldColumn:
    """One field as a column.

    ``name`` is how the column is called in an input table, ``aliases`` the other names that are
    read alike; ``prepared`` is its name, unique in the whole model, once its values are checked
    and scaled.
    """

    table: str
    field: Field
    name: str
    aliases: tuple[str, ...]
    prepared: str


def table_columns(model: RecordModel) -> Mapping[str, tuple[FieldColumn, ...]]:
    """The columns of each table: the root table first, then one table per collection.

    A field of a group is called by its last name where no other field of the table has it
    (« agent.corps » is « corps »), else by its path with underscores, or with dots where another
    field has that too; all three are read, when they say one field and no other. Every table but
    the root also bears the key, the column of the identifier, under the same name.
    """
    prepared = field_columns(model)
    found = {model.table: _columns(model.table, None, model.fields, prepared)}
    for one in model.collections:
        found[one.name] = _columns(one.name, one.name, one.fields, prepared)
    return found


def key_column(model: RecordModel) -> str:
    """The column by which the lines of every table are those of one record."""
    return model.role("identifiant").name


def day_column(model: RecordModel) -> str:
    """The column of the date of a record, in the prepared table of the records."""
    return field_columns(model)[None, model.role("date").name, None]


def _columns(
    table: str, scope: str | None, fields: Iterable[Field], prepared: Mapping[FieldOf, str]
) -> tuple[FieldColumn, ...]:
    written = [field for field in fields if not field.derived]
    called = {
        field.name: dict.fromkeys(
            (field.name.rpartition(".")[2], field.name.replace(".", "_"), field.name)
        )
        for field in written
    }
    uses = Counter(name for names in called.values() for name in names)
    uses.update(list(called))  # a whole name says its field first
    columns = []
    for field in written:
        name, *aliases = (one for one in called[field.name] if one == field.name or uses[one] == 1)
        columns.append(
            FieldColumn(table, field, name, tuple(aliases), prepared[scope, field.name, None])
        )
    return tuple(columns)


# --- as they were read


@dataclass(frozen=True, slots=True)
class Raw:
    """One table as it was read.

    ``relation`` is SQL usable after FROM; ``types`` gives the DuckDB type of each column as it is
    written. ``file``, ``row`` (from 1, the header not counted) and ``order`` are SQL expressions
    over it; ``order`` is None when the file and the row tell the order. ``in_order``: whether the
    rows are known to be sorted by key, then in that order.
    """

    relation: str
    types: Mapping[str, str]
    file: str
    row: str
    order: str | None = None
    in_order: bool = False


@dataclass(frozen=True, slots=True)
class Lost:
    """Records that are refused before they are rows of any table.

    ``relation`` is SQL usable after FROM: ``cle``, ``fichier``, ``rang``, ``code``, ``motif``,
    ``conseil``, one row a finding; ``records`` and ``findings`` count them.
    """

    relation: str
    records: int
    findings: int


@dataclass(frozen=True, slots=True)
class Tables:
    """Raw tables sorted by key, by name.

    ``renamed``: for each table, the column as written by ``FieldColumn.prepared``, the key under
    its own name. ``files``: what they were read from, each with its hash before it was read.
    """

    raw: Mapping[str, Raw]
    renamed: Mapping[str, Mapping[str, str]]
    files: Mapping[Path, str]
    lost: Lost | None = None


def described(connection: duckdb.DuckDBPyConnection, relation: str) -> Mapping[str, str]:
    """The columns of a relation with their types.

    Raises:
        duckdb.Error: the relation cannot be read.
    """
    rows = connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
    return {str(row[0]): str(row[1]) for row in rows if row[0] not in _OWN}


def find_columns(
    raw: Raw, table: str, model: RecordModel, shown: str
) -> tuple[Mapping[str, str], list[Diagnostic]]:
    """The columns of a raw table under the names of the model.

    Letter case and spaces around a name do not count.

    Returns:
        ``Tables.renamed`` of the table, and E125 to E128.
    """
    key = key_column(model)
    columns = table_columns(model)[table]
    meant: dict[str, str] = {key: key}
    for one in columns:
        for name in (one.name, *one.aliases):
            meant[name.casefold()] = one.prepared if one.name != key else key
    known = [key, *(one.name for one in columns if one.name != key)]
    fields = {key: key} | {one.prepared: one.field.name for one in columns}
    findings: list[Diagnostic] = []
    found: dict[str, list[str]] = {}
    for written, kind in raw.types.items():
        prepared = meant.get(written.strip().casefold())
        if prepared is None:
            findings.append(
                say(
                    "E125",
                    shown,
                    table=table,
                    nom=written,
                    proches=suggestion(written, known, f"colonnes de « {table} »"),
                )
            )
            continue
        found.setdefault(prepared, []).append(written)
        if kind.endswith("]") or kind.startswith(_NOT_SIMPLE):
            findings.append(
                say("E128", shown, nom=written, table=table, sorte=kind.partition("(")[0])
            )
    findings += [
        say("E127", shown, table=table, champ=fields[name], noms=names)
        for name, names in found.items()
        if len(names) > 1
    ]
    needed = [one for one in columns if one.field.required and one.name != key]
    missing = [key] if key not in found else []
    missing += [one.name for one in needed if one.prepared not in found]
    if missing:
        few = "une" if len(missing) == 1 else "plusieurs"
        findings.append(say("E126", shown, cas=few, noms=missing, table=table))
    return {name: names[0] for name, names in found.items()}, findings


def is_whole(kind: str) -> bool:
    """Whether a type holds whole numbers of at most 64 bits."""
    return kind in _WHOLE


def sorted_copy(
    connection: duckdb.DuckDBPyConnection,
    raw: Raw,
    key: str,
    target: Path,
    *,
    as_text: bool,
    others: Iterable[str],
) -> Raw:
    """Write a table sorted by key, with the place of its rows; the copy is as good as the table.

    Args:
        connection: where the table can be read.
        raw: the table.
        key: its key column, as written.
        target: the Parquet file to write.
        as_text: whether the key becomes a text (the keys of the tables are of several types).
        others: its other columns, as written.

    Raises:
        duckdb.Error: the disk is full, or a file proves damaged.
    """
    own = quoted(key)
    if as_text and raw.types[key] != "VARCHAR":
        own = f"REGEXP_REPLACE(CAST({own} AS VARCHAR), '[.]0+$', '')"
    listed = [f"{own} AS {quoted(key)}", *(quoted(one) for one in others)]
    order = raw.order or "ROW_NUMBER() OVER ()"
    rows = (
        f"SELECT {', '.join(listed)}, {raw.file} AS {FILE}, {raw.row} AS {ROW}, "
        f"{order} AS {ORDER} FROM {raw.relation} ORDER BY {quoted(key)}, {ORDER}"
    )
    connection.execute(copied(rows, target, "(FORMAT parquet, ROW_GROUP_SIZE 100000)"))
    relation = parquet(target)
    return Raw(relation, described(connection, relation), FILE, ROW, ORDER)


# --- as SQL says them


@dataclass(frozen=True, slots=True)
class TableSource:
    """One raw table.

    ``relation`` is SQL usable after FROM, without an alias: a name, a call or a bracketed SELECT.
    ``types`` gives the DuckDB type of each column that the table has, by ``FieldColumn.prepared``,
    the key included under its own name; ``names`` gives, for the same keys, the column of
    ``relation``.
    ``file`` and ``row`` are SQL expressions over ``relation``: where a line was read (row from 1).
    ``order`` grows from line to line; without it the file and the row tell the order.
    """

    relation: str
    types: Mapping[str, str]
    names: Mapping[str, str]
    file: str
    row: str
    order: str | None = None


@dataclass(frozen=True, slots=True)
class RawColumn:
    """One column as it was read.

    ``bare`` is the column itself; ``sql`` is NULL too where a text is empty; ``text`` is what is
    written, as a message shows it. ``digits`` are the digits and the decimals of a decimal type.
    """

    sort: Sort
    bare: str
    digits: tuple[int, int] = (0, 0)

    @property
    def sql(self) -> str:
        """The value as it was read, NULL where a text is empty."""
        return f"NULLIF({self.bare}, '')" if self.sort == "text" else self.bare

    @property
    def given(self) -> str:
        """Whether something is written."""
        return f"{self.bare} <> ''" if self.sort == "text" else f"{self.bare} IS NOT NULL"

    @property
    def absent(self) -> str:
        """Whether nothing is written."""
        empty = f" OR {self.bare} = ''" if self.sort == "text" else ""
        return f"{self.bare} IS NULL{empty}"

    @property
    def text(self) -> str:
        """What is written, without the decimals of a whole number nor the hour of midnight."""
        written = f"CAST({self.bare} AS VARCHAR)"
        match self.sort:
            case "text":
                return self.sql
            case "decimal":
                return f"REGEXP_REPLACE({written}, '[.]0*$', '')"
            case "double":
                # Beyond, a DOUBLE does not tell a whole number from the next one.
                small = f"ABS({self.bare}) < 9007199254740992"
                whole = f"CAST(CAST({self.bare} AS BIGINT) AS VARCHAR)"
                return case([(f"{small} AND FLOOR({self.bare}) = {self.bare}", whole)], written)
            case "moment":
                day = f"CAST({self.bare} AS DATE)"
                midnight = f"CAST({day} AS TIMESTAMP) = {self.bare}"
                return case([(midnight, f"CAST({day} AS VARCHAR)")], written)
            case _:
                return written


@dataclass(frozen=True, slots=True)
class InputTable:
    """One raw table with the columns of the model; ``most`` lines a record, None for the root.

    ``key`` is the identifier of the record, NULL where it is empty; ``light_key`` leaves an empty
    text as it is, and ``unnamed`` tells whether there is none.
    """

    name: str
    columns: tuple[FieldColumn, ...]
    source: TableSource
    key: str
    light_key: str
    unnamed: str
    most: int | None

    def raw(self, prepared: str) -> RawColumn | None:
        """The raw column of ``prepared``, None when the table has none."""
        return _raw(self.source, prepared)

    def column(self, field: str) -> FieldColumn:
        """The column of the field called ``field``."""
        return next(one for one in self.columns if one.field.name == field)


def key_type(sources: Iterable[TableSource], key: str) -> Literal["BIGINT", "VARCHAR"]:
    """The type of the key of every prepared table: that of whole numbers if each table has it."""
    kinds = {source.types[key] for source in sources}
    return "BIGINT" if kinds <= _BIGINTS else "VARCHAR"


def tables_of(model: RecordModel, sources: Mapping[str, TableSource]) -> Mapping[str, InputTable]:
    """The tables that are given, the root first."""
    key = key_column(model)
    kind = key_type(sources.values(), key)
    most = {one.name: one.max_items for one in model.collections}
    found = {}
    for name, columns in table_columns(model).items():
        source = sources.get(name)
        raw = None if source is None else _raw(source, key)
        if source is not None and raw is not None:
            written = raw.text if kind == "VARCHAR" else f"CAST({raw.bare} AS BIGINT)"
            light = raw.bare if raw.sort == "text" else written
            found[name] = InputTable(
                name, columns, source, written, light, raw.absent, most.get(name)
            )
    return found


def _raw(source: TableSource, prepared: str) -> RawColumn | None:
    if prepared not in source.types:
        return None
    bare = quoted(source.names[prepared])
    written = source.types[prepared]
    kind, _, inside = written.partition("(")
    if kind == "DECIMAL":
        digits, decimals = map(int, inside.removesuffix(")").split(","))
        return RawColumn("decimal" if decimals else "integer", bare, (digits, decimals))
    if kind in _INTEGERS:
        return RawColumn("integer", bare)
    if kind == "DOUBLE":
        return RawColumn("double", bare)
    if kind == "FLOAT":  # by its own shortest text: 0.8 is not the DOUBLE 0.800000011920929
        return RawColumn("double", f"CAST(CAST({bare} AS VARCHAR) AS DOUBLE)")
    if kind == "BOOLEAN":
        return RawColumn("boolean", bare)
    if kind == "DATE":
        return RawColumn("day", bare)
    if kind.startswith("TIMESTAMP"):
        moment = f"{bare} AT TIME ZONE 'UTC'" if kind.endswith("ZONE") else bare
        return RawColumn("moment", f"CAST({moment} AS TIMESTAMP)")
    return RawColumn("text", bare if kind == "VARCHAR" else f"CAST({bare} AS VARCHAR)")
