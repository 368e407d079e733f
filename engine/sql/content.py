"""The output of a run in, the hash of what each table holds out, whoever wrote it.

Parquet files of the same rows are not the same bytes from one version of DuckDB to the next, nor
from DuckDB to Spark: what is hashed is the rows, each written in one way, sorted.
"""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import Final

from engine.sql.campaign import OUTPUTS
from engine.sql.duck import connect
from engine.sql.fragments import literal, quoted
from engine.sql.inputs.raw import described

_ROWS: Final = 20_000  # read together
_FIELD, _NOTHING = "chr(31)", "chr(0)"  # between two values; instead of one


def contents_of_run(output: Path) -> dict[str, object]:
    """The hash of each output table, by its name, the rows in order of their text."""
    with tempfile.TemporaryDirectory() as spill:
        return {name: _content(output / f"{name}.parquet", spill) for name in OUTPUTS}


def _content(table: Path, spill: str) -> str:
    files = (table / "*.parquet" if table.is_dir() else table).as_posix()
    total = hashlib.sha256()
    with connect(None, None, spill) as connection:
        relation = f"read_parquet({literal(files)})"
        columns = list(described(connection, relation))
        total.update(("\x1f".join(columns) + "\n").encode())
        listed = ", ".join(
            f"COALESCE(CAST({quoted(one)} AS VARCHAR), {_NOTHING})" for one in columns
        )
        rows = connection.execute(
            f"SELECT CONCAT_WS({_FIELD}, {listed}) AS texte FROM {relation} ORDER BY texte"
        )
        while found := rows.fetchmany(_ROWS):
            total.update("".join(f"{text}\n" for (text,) in found).encode())
    return f"sha256:{total.hexdigest()}"
