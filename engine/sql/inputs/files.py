"""The files of one table, as they come: Parquet read in place, CSV brought to UTF-8, as texts.

The statistics of Parquet files tell whether they are sorted; the separator and the characters of a
CSV file are found out.
"""

from __future__ import annotations

import codecs
import csv
import os
import shutil
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

import duckdb

from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.positions import Span
from engine.sql.duck import STOPPED
from engine.sql.fragments import WHITE, literal, matches, quoted, select
from engine.sql.paths import over
from engine.sql.tables import ORDER, Raw, described

_SEPARATORS: Final = (";", ",", "\t", "|")
_BLOCK: Final = 2**20
_MOST_FINDINGS: Final = 20
_MOST_COLUMNS: Final = 1000  # DuckDB holds a block of memory for each


# --- Parquet


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


# --- CSV


def read_csv(
    connection: duckdb.DuckDBPyConnection, file: Path, table: str, shown: str, workspace: Path
) -> tuple[Raw | None, list[Diagnostic]]:
    """The rows of ``file``: every column is text, an empty cell is NULL.

    Returns:
        The table, or None and E124, E135, or one E129 for each row that has not the columns of
        the header.
    """
    readable = _as_utf8(file, workspace / f"{table}.utf8.csv")
    with readable.open(encoding="utf-8-sig", newline="") as stream:
        header = stream.readline()
    separator = max(_SEPARATORS, key=header.count)
    written = next(csv.reader([header.rstrip("\r\n")], delimiter=separator), [])
    if not any(name.strip() for name in written):
        return None, [say("E124", shown, cas="csv")]
    if len(written) > _MOST_COLUMNS:
        return None, [say("E135", shown, nombre=len(written), limite=_MOST_COLUMNS)]
    names = [name if name.strip() else _unnamed(at) for at, name in enumerate(written, 1)]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        return None, [say("E127", shown, table=table, champ=twice[0], noms=(twice[0], twice[0]))]
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in names)
    options = (
        f"header = true, auto_detect = false, delim = {literal(separator)}, quote = '\"', "
        f"escape = '\"', columns = {{{columns}}}, strict_mode = true, null_padding = false, "
        "store_rejects = true"
    )
    stored, rows = f"lu_{table}", over("read_csv", [readable], options)
    try:
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {stored} AS SELECT * FROM {rows}")
    except STOPPED:
        raise
    except duckdb.Error:
        return None, [say("E124", shown, cas="csv")]
    wrong = connection.execute(
        "SELECT DISTINCT line FROM reject_errors ORDER BY line LIMIT ?", [_MOST_FINDINGS]
    ).fetchall()
    connection.execute("DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans")
    if wrong:
        return None, [
            say("E129", Span(shown, int(line), 1, int(line), 1), attendu=len(names))
            for (line,) in wrong
        ]
    unnamed = [_unnamed(at) for at, name in enumerate(written, 1) if not name.strip()]
    empty = {
        name
        for name in unnamed
        if connection.execute(f"SELECT COUNT({quoted(name)}) FROM {stored}").fetchone() == (0,)
    }
    types = {name: "VARCHAR" for name in names if name not in empty}
    # What a spreadsheet leaves below a table, or between two rows of it, is nobody's row.
    cells = f"CONCAT({', '.join(map(quoted, names))})"
    kept = select(f"*, rowid AS {ORDER}", stored, matches(cells, f"'[^{WHITE}]'"))
    return Raw(f"({kept})", types, literal(shown), f"{ORDER} + 1", ORDER), []


def _unnamed(place: int) -> str:
    """What to call a column without a name: spreadsheets write some, with nothing below."""
    return f"(sans nom, colonne {place})"


def _as_utf8(file: Path, converted: Path) -> Path:
    """``file`` itself when it is UTF-8, else a copy of it that is.

    It is UTF-16 when it begins with its mark, else Western European.
    """
    with file.open("rb") as stream:
        begins = stream.read(2)
    if begins in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}:
        with (
            file.open(encoding="utf-16", errors="replace", newline="") as text,
            converted.open("w", encoding="utf-8", newline="") as copy,
        ):
            shutil.copyfileobj(text, copy)
        return converted
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with file.open("rb") as stream:
            while block := stream.read(_BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        pass
    else:
        return file
    with file.open("rb") as source, converted.open("w", encoding="utf-8", newline="") as target:
        block = source.read(_BLOCK).removeprefix(codecs.BOM_UTF8)
        while block:
            target.write(block.decode("cp1252", errors="replace"))
            block = source.read(_BLOCK)
    return converted
