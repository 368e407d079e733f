"""A folder of tables goes in; the same records come out as one would write them one by one.

What is measured on tables can so be compared with what the interpreter says of each record. Every
value has for place its file and its row, counted from 1, the header of the table not counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TypeAlias

from bench.draws import connect
from engine.langage.inputs import RecordModel
from engine.source import tree
from engine.source.positions import Span
from engine.source.tree import Node, Plain, Scalar, plain
from engine.sql.tables import key_column, table_columns

Written: TypeAlias = "bool | int | Decimal | float | str | date"

_PLACE = "-- row --"  # no column of the model is called so


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table: what it says of each field, empty cells left out, and its place."""

    key: str | None
    values: Mapping[str, Written]
    span: Span


def records(folder: Path, model: RecordModel, count: int | None = None) -> list[Plain]:
    """The first ``count`` records of the tables in ``folder`` (all of them if None), as plain data.

    Numbers are exact, dates are texts, and what is not written is not there: what reading a YAML
    or JSON file of the same records gives.
    """
    return [plain(node) for node in documents(folder, model, count)]


def documents(folder: Path, model: RecordModel, count: int | None = None) -> tuple[Node, ...]:
    """The same, as located trees, in the order of the root table.

    A row of another table belongs to every record of its key; a row without a key, or whose key is
    that of no record, to none. A table that is not there has no row.
    """
    roots = list(_rows(folder, model, model.table, count))
    keys = None if count is None else [root.key for root in roots if root.key is not None]
    lines: dict[str, dict[str, list[Row]]] = {}
    for one in model.collections:
        below = lines.setdefault(one.name, {})
        for row in _rows(folder, model, one.name, None, keys):
            if row.key is not None:
                below.setdefault(row.key, []).append(row)
    return tuple(
        _record(
            root,
            {
                name: [] if root.key is None else below.get(root.key, [])
                for name, below in lines.items()
            },
        )
        for root in roots
    )


def _rows(
    folder: Path,
    model: RecordModel,
    table: str,
    count: int | None,
    keys: Sequence[str] | None = None,
) -> Iterator[Row]:
    """The rows of a table, in order; with ``keys``, only those of these records."""
    path = folder / f"{table}.parquet"
    if not path.is_file():
        return
    key = key_column(model)
    names = {
        name: column.field.name
        for column in table_columns(model)[table]
        for name in (column.name, *column.aliases)
    }
    with connect() as link:
        rows = link.read_parquet(str(path), file_row_number=True)
        if keys is not None:
            link.execute("CREATE TABLE wanted AS SELECT unnest(?::VARCHAR[]) AS k", [keys])
            rows = rows.filter(f"CAST({key} AS VARCHAR) IN (FROM wanted)")
        rows = rows.order("file_row_number")
        if count is not None:
            rows = rows.limit(count)
        columns = rows.columns
        for cells in rows.fetchall():
            found = dict(zip(columns, cells, strict=True))
            place = found.pop("file_row_number") + 1
            values = {
                names.get(name, name): cell for name, cell in found.items() if cell is not None
            }
            ident = values.get(key) if table == model.table else values.pop(key, None)
            span = Span(path.name, place, 1, place, 1)
            yield Row(None if ident is None else str(ident), values, span)


def _record(root: Row, lines: Mapping[str, Iterable[Row]]) -> tree.Mapping:
    own = _mapping(root)
    entries = list(own.entries)
    for name, rows in lines.items():
        items = tuple(_mapping(row) for row in rows)
        if items:
            place = items[0].span
            entries.append((_word(name, place), tree.Sequence(items, place)))
    return tree.Mapping(tuple(entries), root.span)


def _mapping(row: Row) -> tree.Mapping:
    """What a row says; « agent.corps » is « corps » of the group « agent »."""
    return _nested([(name.split("."), value) for name, value in row.values.items()], row.span)


def _nested(cells: Sequence[tuple[Sequence[str], Written]], span: Span) -> tree.Mapping:
    groups: dict[str, list[tuple[Sequence[str], Written]]] = {}
    entries: dict[str, Node] = {}
    for (head, *rest), value in cells:
        if rest:
            groups.setdefault(head, []).append((rest, value))
            entries.setdefault(head, tree.Mapping((), span))  # its place among the keys
        else:
            entries[head] = _scalar(value, span)
    entries |= {head: _nested(inside, span) for head, inside in groups.items()}
    return tree.Mapping(tuple((_word(head, span), node) for head, node in entries.items()), span)


def _scalar(value: Written, span: Span) -> Scalar:
    """A value as one writes it: the zeros that only the type of a column adds are not written."""
    match value:
        case bool():
            return _word("true" if value else "false", span)
        case int() | float():
            return _word(str(value), span)
        case Decimal():
            digits = f"{value:f}"
            short = digits.rstrip("0").rstrip(".") if "." in digits else digits
            return _word(short, span)
        case date():
            return _word(value.isoformat(), span)
        case str():
            return Scalar(value, quoted=True, span=span)


def _word(text: str, span: Span) -> Scalar:
    return Scalar(text, quoted=False, span=span)
