"""Parquet files of one table: read in place, and known to be sorted or not by their statistics."""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import duckdb

from engine.sql.fragments import literal
from engine.sql.paths import over
from engine.sql.tables import Raw, described


def read_parquet(connection: duckdb.DuckDBPyConnection, files: Sequence[Path], shown: str) -> Raw:
    """The table that the parts ``files`` make up, in their order.

    Raises:
        duckdb.Error: a file is truncated or no Parquet file.
    """
    relation = over("read_parquet", files, "file_row_number = true, filename = true")
    types = {
        name: kind
        for name, kind in described(connection, relation).items()
        if name not in ("file_row_number", "filename")
    }
    if len(files) == 1:
        return Raw(relation, types, literal(shown), "file_row_number + 1", "file_row_number")
    file = f"{literal(shown + '/')} || PARSE_FILENAME(filename)"
    return Raw(relation, types, file, "file_row_number + 1")


def same_columns(connection: duckdb.DuckDBPyConnection, files: Sequence[Path]) -> bool:
    """Whether all parts of a table have the columns of the first: an engine may not look."""
    if len(files) == 1:
        return True
    schemas = over("parquet_schema", files)
    row = connection.execute(
        "SELECT COUNT(DISTINCT noms) FROM (SELECT file_name, STRING_AGG(name, '/' ORDER BY name) "
        f"AS noms FROM {schemas} WHERE num_children IS NULL GROUP BY file_name)"
    ).fetchone()
    return row == (1,)


def is_sorted(
    connection: duckdb.DuckDBPyConnection, files: Sequence[Path], key: str, *, whole: bool
) -> bool:
    """Whether the row groups of ``files``, in order, hold keys that never go back.

    The keys of one row group may be in any order: reading a range of keys looks at the groups that
    may hold some, and sorted groups are few.
    """
    bounds: list[tuple[str | None, str | None]] = []
    for file in files:
        rows = connection.execute(
            f"SELECT stats_min_value, stats_max_value FROM {over('parquet_metadata', [file])} "
            "WHERE path_in_schema = ? ORDER BY row_group_id",
            [key],
        ).fetchall()
        bounds += rows
    known = [(low, high) for low, high in bounds if low is not None and high is not None]
    if len(known) < len(bounds):
        return False
    if whole:
        numbers = [(int(low), int(high)) for low, high in known]
        return all(before[1] <= after[0] for before, after in pairwise(numbers))
    encoded = [(low.encode(), high.encode()) for low, high in known]
    return all(before[1] <= after[0] for before, after in pairwise(encoded))


def parts_of(folder: Path) -> tuple[Path, ...]:
    """The Parquet files of a folder written in parts; what begins with « _ » or « . » is none.

    Raises:
        OSError: a folder of it cannot be read: its parts would be missing without a word.
    """

    def stop(error: OSError) -> None:
        raise error

    found = []
    for place, folders, names in os.walk(folder, onerror=stop):
        folders[:] = [one for one in folders if not one.startswith(("_", "."))]
        found += [
            Path(place, one)
            for one in names
            if one.endswith(".parquet") and not one.startswith(("_", "."))
        ]
    return tuple(sorted(found))


def named_column(folder: Path, parts: Sequence[Path]) -> str | None:
    """The first folder of a table whose name tells a value of its parts, as « quotite=0.5 ».

    What writes such folders takes the column out of the files.
    """
    names = (name for one in parts for name in one.relative_to(folder).parent.parts)
    return next((name for name in names if "=" in name), None)
