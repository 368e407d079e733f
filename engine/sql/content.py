"""The tables of a run in; the hash of what each holds out, and whether they are as counted.

Parquet files of the same rows are not the same bytes from one version of DuckDB to the next, nor
from DuckDB to Spark: what is hashed is the rows, each written in one way, sorted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import duckdb

from engine.source.writing import temporary_folder
from engine.sql.campaign import OUTPUTS
from engine.sql.duck import ANOMALIES, REFUSALS, RESULTS, STOPPED, connect, ctrl_c
from engine.sql.fragments import quoted
from engine.sql.inputs.raw import described
from engine.sql.manifest import MANIFEST
from engine.sql.paths import parquet, parts_of_table

_ROWS: Final = 20_000  # read together
_FIELD, _NOTHING = "chr(31)", "chr(0)"  # between two values; instead of one


def contents_of_run(output: Path) -> dict[str, object]:
    """The hash of each output table, by its name, the rows in order of their text."""
    with ctrl_c(), temporary_folder() as spill:
        return {name: _content(output / f"{name}.parquet", spill.as_posix()) for name in OUTPUTS}


def _content(table: Path, spill: str) -> str:
    total = hashlib.sha256()
    with connect(None, None, spill) as connection:
        relation = parquet(*parts_of_table(table))
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


def miscounted(
    connection: duckdb.DuckDBPyConnection,
    tables: Mapping[str, Path],
    manifest: Mapping[str, object],
    key: str,
) -> str | None:
    """The name of the first table that does not hold what a manifest counts, None when all do.

    Args:
        connection: where the tables can be read.
        tables: the output tables, by name.
        manifest: the counts; it is named itself when it has none.
        key: the column that tells a record.
    """
    match manifest:
        case {
            "dossiers": {"calcules": int(computed)},
            "rejets": int(refusals),
            "anomalies": dict(anomalies),
        }:
            told = sum(count for count in anomalies.values() if isinstance(count, int))
        case _:
            return MANIFEST
    rows = {RESULTS: computed, REFUSALS: refusals, ANOMALIES: told}
    for name, table in tables.items():
        records = f"COUNT(DISTINCT {quoted(key)})" if name == RESULTS else "COUNT(*)"
        query = f"SELECT COUNT(*), {records} FROM {parquet(*parts_of_table(table))}"
        try:
            found = connection.execute(query).fetchone()
        except STOPPED:
            raise
        except duckdb.Error:
            return table.name
        if found != (rows[name], rows[name]):
            return table.name
    return None
