"""One record of raw tables, as the interpreter takes it: for explaining a row of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TypeAlias

import duckdb

from engine.evaluation.compilation.names import FieldOf, field_columns
from engine.langage.inputs import Field, RecordModel, Value
from engine.langage.records import Line, Record
from engine.source.positions import whole_file
from engine.sql.columns import key_column
from engine.sql.fragments import literal, quoted
from engine.sql.prepare import PLACE, Needed, prepare, prepared_view
from engine.sql.sources import Source

Cell: TypeAlias = "int | str | bool | date | Decimal | None"


def read_record(
    connection: duckdb.DuckDBPyConnection,
    model: RecordModel,
    sources: Mapping[str, Source],
    ident: str,
    shown: str,
) -> Record | None:
    """The record called ``ident``, its defaults and links worked out; None when there is none.

    Args:
        connection: where the raw tables can be read.
        model: what a record may hold.
        sources: the raw tables, whole.
        ident: an accepted record of the tables.
        shown: the name of the input, for the place of the record.
    """
    key = key_column(model)
    own = {name: _only(one, key, ident) for name, one in sources.items()}
    fields = {(model.table, field.name) for field in model.fields}
    fields |= {(one.name, field.name) for one in model.collections for field in one.fields}
    placed = frozenset(one.name for one in model.collections if one.name in sources)
    made = prepare(model, own, Needed(frozenset(fields), placed))
    rows = {}
    for name, select in made.items():
        view = prepared_view(name)
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {view} AS {select}")
        rows[name] = _rows(connection, view, f" ORDER BY {PLACE}" if name in placed else "")
    if not rows[model.table]:
        return None
    names = field_columns(model)
    values = _values(model.fields, rows[model.table][0], names, None)
    values[key] = ident
    day = values[model.role("date").name]
    if not isinstance(day, date):
        return None
    lines = {
        one.name: [_values(one.fields, row, names, one.name) for row in rows.get(one.name, ())]
        for one in model.collections
    }
    linked = {
        one.name: tuple(Line(each, _links(one.fields, each, lines)) for each in lines[one.name])
        for one in model.collections
    }
    return Record(ident, day, values, linked, whole_file(shown))


def _only(source: Source, key: str, ident: str) -> Source:
    """A raw table restricted to one record."""
    own = f"CAST({quoted(source.names[key])} AS VARCHAR)"
    relation = f"(SELECT * FROM {source.relation} WHERE {own} = {literal(ident)})"
    return Source(relation, source.types, source.names, source.file, source.row, source.order)


def _rows(
    connection: duckdb.DuckDBPyConnection, relation: str, order: str
) -> Sequence[Mapping[str, Cell]]:
    found = connection.execute(f"SELECT * FROM {relation}{order}")
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _values(
    fields: Sequence[Field],
    row: Mapping[str, Cell],
    names: Mapping[FieldOf, str],
    scope: str | None,
) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for field in fields:
        cell = row.get(names[scope, field.name, None])
        if cell is None:
            continue
        if field.kind == "nombre" and isinstance(cell, int):
            found[field.name] = cell * (field.grid or Fraction(1))
        elif isinstance(cell, bool | str | date):
            found[field.name] = cell
    return found


def _links(
    fields: Sequence[Field],
    values: Mapping[str, Value],
    lines: Mapping[str, list[dict[str, Value]]],
) -> dict[str, int]:
    """Which line each link of a line leads to."""
    found = {}
    for field in fields:
        if field.link is not None and field.name in values:
            collection, _, key = field.link.partition(".")
            for place, other in enumerate(lines[collection]):
                if other.get(key) == values[field.name]:
                    found[field.name] = place
    return found
