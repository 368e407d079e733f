"""Prepared rows go in; the refused records leave them, and what is said of these comes out.

A row is doubtful on its own (``DOUBT``); a record is for one of its rows, or for what they say
together. No fault of a record escapes that; what is doubtful may prove sound, and the reader, which
looks at doubtful records only, says so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from typing import Final

import duckdb

from engine.evaluation.compilation.names import field_columns
from engine.langage.inputs import RecordModel
from engine.sql.exchange import register, texts, whole_numbers
from engine.sql.fragments import quoted, select
from engine.sql.prepare import DOUBT, NUMBER, ROOT, links_to, prepared_view
from engine.sql.reader import COLUMNS, DOUBTFUL, KEY, N, Reader, Told
from engine.sql.tables import key_column, tables_of

_KEPT: Final = "dossiers_gardes"
_ASIDE: Final = "constats_du_lot"
_MANY: Final = 5000  # findings written together


def refuse(
    connection: duckdb.DuckDBPyConnection,
    reader: Reader,
    lines: Mapping[str, int] | None,
    into: str,
) -> int:
    """Take the rows of refused records out of the prepared tables.

    Args:
        connection: where the tables are prepared, with their ``DOUBT``.
        reader: of their raw tables.
        lines: how many rows the raw tables have; None: they are sound, no one looks.
        into: the table to make of what is said: the key of the record, as a text, then
            ``COLUMNS``.

    Returns:
        How many rows ``into`` has.
    """
    model = reader.model
    tables = tables_of(model, reader.sources)
    root, key = prepared_view(model.table), quoted(key_column(model))
    if lines is None:
        return _write(connection, key, iter(()), into)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {DOUBTFUL} AS"
        f" SELECT ROW_NUMBER() OVER (ORDER BY {KEY}) - 1 AS {N}, {KEY}"
        f" FROM ({doubtful_records(model, tables)}) WHERE CAST({KEY} AS VARCHAR) <> ''"
    )
    counts = [
        f"SELECT COUNT(*) FROM {DOUBTFUL}",
        select("COUNT(*)", root, f"CAST({key} AS VARCHAR) <> ''"),
    ]
    counts += [f"SELECT COUNT(*) FROM {prepared_view(name)}" for name in tables]
    doubtful, named, *kept = tuple(
        connection.execute(f"SELECT {', '.join(f'({one})' for one in counts)}").fetchone() or ()
    )
    uneven = any(count != lines[name] for name, count in zip(tables, kept, strict=True))
    refused: list[int] = []

    def told() -> Iterator[Told]:
        for one in reader.read(connection) if doubtful else ():
            refused.extend([one.n] if one.refusals else [])
            yield from one.refusals
        if uneven or named < lines[model.table]:
            yield from reader.strays(connection)

    written = _write(connection, key, told(), into)
    if refused or named < lines[model.table]:
        register(connection, _ASIDE, {N: whole_numbers(refused)}, len(refused))
        keys = select(KEY, DOUBTFUL, f"{N} IN (SELECT {N} FROM {_ASIDE})")
        kept_keys = f"CAST({key} AS VARCHAR) <> '' AND {key} NOT IN ({keys})"
        keep_only(connection, tables, model, select(NUMBER, root, kept_keys))
        connection.unregister(_ASIDE)
    connection.execute(f"DROP TABLE {DOUBTFUL}")
    return written


def keep_only(
    connection: duckdb.DuckDBPyConnection, tables: Iterable[str], model: RecordModel, numbers: str
) -> None:
    """Leave in the prepared tables the records whose number a query gives."""
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {_KEPT} AS {numbers}")
    for name in tables:
        rows, number = (
            (ROOT, "ROWID") if name == model.table else (quoted(prepared_view(name)), NUMBER)
        )
        connection.execute(f"DELETE FROM {rows} WHERE {number} NOT IN (FROM {_KEPT})")
    connection.execute(f"DROP TABLE {_KEPT}")


def doubtful_records(model: RecordModel, tables: Collection[str]) -> str:
    """The keys of the doubtful records, over the prepared tables."""
    root, key = quoted(prepared_view(model.table)), quoted(key_column(model))
    columns = field_columns(model)
    most = {one.name: one.max_items for one in model.collections}
    numbers = []
    for name in tables:
        view = quoted(prepared_view(name))
        numbers.append(select(NUMBER, view, DOUBT))
        if name != model.table:
            many = f"GROUP BY {NUMBER} HAVING COUNT(*) > {most[name]}"
            numbers.append(select(NUMBER, view, then=many))
    for table, field in links_to(model):  # two lines of one name
        if table in tables:
            view, value = quoted(prepared_view(table)), quoted(columns[table, field, None])
            several = select(NUMBER, view, then=f"GROUP BY {NUMBER} HAVING COUNT(*) > 1")
            named = f"{value} IS NOT NULL AND {NUMBER} IN ({several})"
            twice = f"GROUP BY {NUMBER}, {value} HAVING COUNT(*) > 1"
            numbers.append(select(NUMBER, view, named, twice))
    own = select(f"{key} AS {KEY}", root, f"{NUMBER} IN ({' UNION ALL '.join(numbers)})")
    return f"{own} UNION {select(key, root, then=f'GROUP BY {key} HAVING COUNT(*) > 1')}"


def _write(connection: duckdb.DuckDBPyConnection, key: str, told: Iterator[Told], into: str) -> int:
    """Make the table of what is said; how many rows it has."""
    named = {
        name: f"{quoted(name)} {'BIGINT' if name == 'ligne' else 'VARCHAR'}" for name in COLUMNS
    }
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {into} ({key} VARCHAR, {', '.join(named.values())})"
    )
    count = 0
    while rows := list(islice(told, _MANY)):
        columns = zip(*rows, strict=True)
        register(
            connection,
            _ASIDE,
            {f"c{at}": texts(column) for at, column in enumerate(columns)},
            len(rows),
        )
        connection.execute(f"INSERT INTO {into} FROM {_ASIDE}")
        connection.unregister(_ASIDE)
        count += len(rows)
    return count
