"""A CSV file as it comes: its separator and its characters are found out; values stay texts."""

from __future__ import annotations

import codecs
import csv
import shutil
from pathlib import Path
from typing import Final

import duckdb

from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.positions import Span
from engine.sql.duck import STOPPED
from engine.sql.fragments import WHITE, literal, matches, quoted, select
from engine.sql.paths import over
from engine.sql.tables import ORDER, Raw

_SEPARATORS: Final = (";", ",", "\t", "|")
_BLOCK: Final = 2**20
_MOST_FINDINGS: Final = 20
_MOST_COLUMNS: Final = 1000  # DuckDB holds a block of memory for each


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
    empty = {name for name in unnamed if _is_empty(connection, stored, name)}
    types = {name: "VARCHAR" for name in names if name not in empty}
    # What a spreadsheet leaves below a table, or between two rows of it, is nobody's row.
    cells = f"CONCAT({', '.join(map(quoted, names))})"
    kept = select(f"*, rowid AS {ORDER}", stored, matches(cells, f"'[^{WHITE}]'"))
    return Raw(f"({kept})", types, literal(shown), f"{ORDER} + 1", ORDER), []


def _unnamed(place: int) -> str:
    """What to call a column without a name: spreadsheets write some, with nothing below."""
    return f"(sans nom, colonne {place})"


def _is_empty(connection: duckdb.DuckDBPyConnection, table: str, column: str) -> bool:
    row = connection.execute(f"SELECT COUNT({quoted(column)}) FROM {table}").fetchone()
    return row == (0,)


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
