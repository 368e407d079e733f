"""The raw tables of a run, and how each of their columns is written in SQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from engine.langage.inputs import RecordModel
from engine.sql.columns import Column, key_column, table_columns
from engine.sql.fragments import case, quoted

Sort: TypeAlias = Literal[
    "text", "integer", "decimal", "double", "boolean", "day", "moment", "list", "group"
]


@dataclass(frozen=True, slots=True)
class Source:
    """One raw table.

    ``relation`` is SQL usable after FROM, without an alias: a name, a call or a bracketed SELECT.
    ``types`` gives the DuckDB type of each column that the table has, by ``Column.prepared``, the
    key included under its own name; ``names`` gives, for the same keys, the column of ``relation``.
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
class Table:
    """One raw table with the columns of the model; ``most`` lines a record, None for the root.

    ``key`` is the identifier of the record, NULL where it is empty; ``light_key`` leaves an empty
    text as it is, and ``unnamed`` tells whether there is none.
    """

    name: str
    columns: tuple[Column, ...]
    source: Source
    key: str
    light_key: str
    unnamed: str
    most: int | None

    def raw(self, prepared: str) -> RawColumn | None:
        """The raw column of ``prepared``, None when the table has none."""
        return _raw(self.source, prepared)

    def column(self, field: str) -> Column:
        """The column of the field called ``field``."""
        return next(one for one in self.columns if one.field.name == field)


_BIGINTS: Final = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT"})
_INTEGERS: Final = _BIGINTS | {
    "HUGEINT",
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
    "UBIGINT",
    "UHUGEINT",
}


def key_type(sources: Iterable[Source], key: str) -> Literal["BIGINT", "VARCHAR"]:
    """The type of the key of every prepared table: that of whole numbers if each table has it."""
    kinds = {source.types[key] for source in sources}
    return "BIGINT" if kinds <= _BIGINTS else "VARCHAR"


def tables_of(model: RecordModel, sources: Mapping[str, Source]) -> Mapping[str, Table]:
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
            found[name] = Table(name, columns, source, written, light, raw.absent, most.get(name))
    return found


def _raw(source: Source, prepared: str) -> RawColumn | None:
    if prepared not in source.types:
        return None
    bare = quoted(source.names[prepared])
    written = source.types[prepared]
    kind, _, inside = written.partition("(")
    if written.endswith("]"):
        return RawColumn("list", bare)
    if kind in {"STRUCT", "MAP", "UNION"}:
        return RawColumn("group", bare)
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
