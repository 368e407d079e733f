"""Raw tables sorted by key go in; ranges of their records come out, and views restricted to one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

import duckdb

from engine.langage.inputs import RecordModel
from engine.sql.fragments import literal, quoted
from engine.sql.reader import accepted
from engine.sql.tables import FILE, ORDER, ROW, Tables, TableSource, tables_of

Key: TypeAlias = "str | int"

_USUAL_LINES = 8  # of a record, in all tables
_ROWS = 50_000 * _USUAL_LINES
_LEAST = 10_000  # records: fewer are not worth sharing


@dataclass(frozen=True, slots=True)
class Range:
    """The records whose key is at least ``low`` and below ``high``; None has no end."""

    number: int
    low: Key | None
    high: Key | None


def _view(table: str) -> str:
    return f"brut_{table}"


def raw_sources(connection: duckdb.DuckDBPyConnection, tables: Tables) -> Mapping[str, TableSource]:
    """A view of each raw table, whole at first, with the place of its rows."""
    found = {}
    for name, raw in tables.raw.items():
        names = dict(tables.renamed[name])
        types = {prepared: raw.types[written] for prepared, written in names.items()}
        _make_view(connection, tables, name, "")
        order = None if raw.order is None else ORDER
        found[name] = TableSource(_view(name), types, names, FILE, ROW, order)
    return found


def _make_view(
    connection: duckdb.DuckDBPyConnection, tables: Tables, table: str, where: str
) -> None:
    raw = tables.raw[table]
    listed = [quoted(name) for name in tables.renamed[table].values()]
    listed += [f"{raw.file} AS {FILE}", f"{raw.row} AS {ROW}"]
    listed += [] if raw.order is None else [f"{raw.order} AS {ORDER}"]
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW {quoted(_view(table))} AS SELECT {', '.join(listed)} "
        f"FROM {raw.relation}{where}"
    )


def restrict(
    connection: duckdb.DuckDBPyConnection,
    tables: Tables,
    views: Mapping[str, TableSource],
    column: str,
    one: Range,
) -> None:
    """Let the views hold the rows of one range; rows without a key go with the first."""
    for name in tables.raw:
        key = quoted(views[name].names[column])
        low = None if one.low is None else f"{key} >= {_key_literal(one.low)}"
        high = None if one.high is None else f"{key} < {_key_literal(one.high)}"
        if low is None and high is not None:
            high = f"({high} OR {key} IS NULL)"
        tests = " AND ".join(test for test in (low, high) if test is not None)
        _make_view(connection, tables, name, f" WHERE {tests}" if tests else "")


def _key_literal(key: Key) -> str:
    return str(key) if isinstance(key, int) else literal(key)


def days_of(
    connection: duckdb.DuckDBPyConnection, model: RecordModel, views: Mapping[str, TableSource]
) -> list[date]:
    """The dates of the records that can be read: the law is compiled for their epochs."""
    root = tables_of(model, {model.table: views[model.table]})[model.table]
    field = model.role("date")
    raw = root.raw(root.column(field.name).prepared)
    if raw is None:
        return []
    texts = connection.execute(
        f"SELECT DISTINCT CAST({raw.text} AS VARCHAR) FROM {root.source.relation} WHERE {raw.given}"
    ).fetchall()
    found = accepted(field, raw, (text for (text,) in texts))
    return sorted({day for day in found.values() if isinstance(day, date)})


def count_of(
    connection: duckdb.DuckDBPyConnection, model: RecordModel, views: Mapping[str, TableSource]
) -> int:
    """How many rows the root table has."""
    return _rows(connection, views[model.table])


def _rows(connection: duckdb.DuckDBPyConnection, view: TableSource) -> int:
    row = connection.execute(f"SELECT COUNT(*) FROM {view.relation}").fetchone()
    return 0 if row is None else int(row[0])


def ranges_of(
    connection: duckdb.DuckDBPyConnection,
    model: RecordModel,
    views: Mapping[str, TableSource],
    size: int,
) -> Iterator[Range]:
    """Ranges of about ``size`` records; the rows of one key are in one range.

    They are smaller where records have many lines: the memory of a range is that of its rows, of
    which it has at most ``_ROWS``, unless larger ranges were asked for.
    """
    root = tables_of(model, {model.table: views[model.table]})[model.table]
    records = _rows(connection, root.source)
    lines = sum(_rows(connection, one) for one in views.values())
    most = max(_ROWS, _USUAL_LINES * size) * records // max(1, lines)
    # From 20,000 records on there are two ranges at least, for two threads.
    size = max(1, min(size, most, max(_LEAST, -(-records // 2))))
    rows = connection.execute(
        f"SELECT cle FROM (SELECT cle, ROW_NUMBER() OVER (ORDER BY cle) AS rang FROM "
        f"(SELECT {root.light_key} AS cle FROM {root.source.relation}) WHERE cle IS NOT NULL) "
        f"WHERE (rang - 1) % {size} = 0 ORDER BY cle"
    ).fetchall()
    starts = list(dict.fromkeys(key for (key,) in rows))
    lows: Sequence[Key | None] = [None, *starts[1:]]
    for number, (low, high) in enumerate(zip(lows, [*lows[1:], None], strict=True)):
        yield Range(number + 1, low, high)
