"""The tables of a run go in, what a spreadsheet takes comes out: CSV files, and rows for a book."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final, TypeAlias

from engine.source.writing import temporary_folder
from engine.sql.duck import connect, ctrl_c
from engine.sql.fragments import literal, matches, quoted
from engine.sql.inputs.raw import described
from engine.sql.paths import copied, parquet, parts_of_table

Value: TypeAlias = "str | int | bool | Decimal | date | None"
_ROWS: Final = 5_000  # read together
_MARK: Final = "\ufeff"  # Excel takes a file for UTF-8 when it begins with it
_CSV: Final = "(FORMAT csv, HEADER true, DELIMITER ';', QUOTE '\"', ESCAPE '\"', NULL '')"
# What a spreadsheet computes, were it in a cell: an apostrophe before it makes it a text.
_FORMULA: Final = r"'^[=+\-@\t\r\n]'"


def write_csv(
    tables: Mapping[str, Path], folder: Path, memory: int | None, threads: int | None
) -> None:
    """Write each table as « NAME.csv », for a French spreadsheet, its rows in the same order.

    UTF-8 with its mark, « ; » between columns, decimal commas, days as AAAA-MM-JJ, « oui » and
    « non ». A text that a spreadsheet would compute begins with an apostrophe.

    Args:
        tables: by name, each a Parquet file or a folder of them.
        folder: where the files are written, over those that are there.
        memory: megabytes that the database may hold.
        threads: how many it may use.

    Raises:
        duckdb.Error: the disk, the memory or a damaged table.
    """
    with ctrl_c(), temporary_folder() as spill, connect(memory, threads, spill.as_posix()) as link:
        link.execute("SET preserve_insertion_order = true")
        for name, table in tables.items():
            rows = parquet(*parts_of_table(table))
            cells = [
                f"{_cell(column, type_)} AS {quoted(column if at else _MARK + column)}"
                for at, (column, type_) in enumerate(described(link, rows).items())
            ]
            query = f"SELECT {', '.join(cells)} FROM {rows}"
            link.execute(copied(query, folder / f"{name}.csv", _CSV))


def _cell(column: str, type_: str) -> str:
    name = quoted(column)
    if type_ == "BOOLEAN":
        return f"CASE WHEN {name} THEN 'oui' WHEN NOT {name} THEN 'non' END"
    if type_.startswith("DECIMAL"):
        return f"REPLACE(CAST({name} AS VARCHAR), '.', ',')"
    if type_ == "VARCHAR":
        return (
            f"CASE WHEN {matches(name, _FORMULA)} THEN {literal(chr(39))} || {name} ELSE {name} END"
        )
    return f"CAST({name} AS VARCHAR)"


def columns_of(table: Path) -> tuple[str, ...]:
    """The columns of a table of a run, in order."""
    with ctrl_c(), connect(None, None, "") as link:
        return tuple(described(link, parquet(*parts_of_table(table))))


def first_rows(table: Path, most: int) -> Iterator[tuple[Value, ...]]:
    """The first rows of a table of a run, ``most`` at most, read little by little."""
    with ctrl_c(), connect(None, None, "") as link:
        link.execute("SET preserve_insertion_order = true")
        found = link.execute(f"FROM {parquet(*parts_of_table(table))} LIMIT {most}")
        while rows := found.fetchmany(_ROWS):
            yield from rows
