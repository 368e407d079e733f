"""What was read turns out to be damaged: which file is it?"""

from __future__ import annotations

from pathlib import Path

import duckdb

from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.sql.duck import database
from engine.sql.fragments import quoted
from engine.sql.inputs.parquet import parts_of
from engine.sql.paths import attached, parquet

_BASE = "a_relire"


def damage(path: Path) -> Diagnostic | None:
    """E124 for the first file of an input that cannot be read to its end, None when all can.

    The ends of the files were read when they were opened: a fault is in the middle of them.
    """
    if path.is_dir():
        return next(
            (
                say("E124", one.as_posix(), cas="parquet")
                for one in parts_of(path)
                if not _reads(one)
            ),
            None,
        )
    if path.suffix.lower() in {".duckdb", ".ddb", ".db"} and not _base_reads(path):
        return say("E124", path.as_posix(), cas="duckdb")
    return None


def _reads(file: Path) -> bool:
    with database() as connection:
        return _all_values(connection, parquet(file))


def _base_reads(file: Path) -> bool:
    with database() as connection:
        try:
            connection.execute(attached(file, _BASE))
        except duckdb.Error:
            return False
        names = connection.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_catalog = ?", [_BASE]
        ).fetchall()
        return all(_all_values(connection, f"{_BASE}.{quoted(name)}") for (name,) in names)


def _all_values(connection: duckdb.DuckDBPyConnection, relation: str) -> bool:
    """Whether every value of a relation can be read."""
    try:
        connection.execute(f"SELECT BIT_XOR(HASH(COLUMNS(*))) FROM {relation}").fetchall()
    except duckdb.Error:
        return False
    return True
