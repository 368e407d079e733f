"""Raw tables: their columns found under the names of the model, or what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from engine.langage.inputs import RecordModel
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.messages.hints import suggestion
from engine.sql.columns import key_column, table_columns
from engine.sql.fragments import quoted
from engine.sql.paths import copied, parquet

FILE: Final = "_fichier"  # in a copy: the file that a row comes from,
ROW: Final = "_ligne"  # its row there, from 1, the header not counted,
ORDER: Final = "_rang"  # and its place among all the rows of the table
_OWN: Final = (FILE, ROW, ORDER)
_NOT_SIMPLE: Final = ("LIST", "STRUCT", "MAP", "UNION", "BLOB", "ARRAY", "BIT", "VARIANT")
_WHOLE: Final = frozenset(
    {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"}
)


@dataclass(frozen=True, slots=True)
class Raw:
    """One table as it was read.

    ``relation`` is SQL usable after FROM; ``types`` gives the DuckDB type of each column as it is
    written. ``file``, ``row`` (from 1, the header not counted) and ``order`` are SQL expressions
    over it; ``order`` is None when the file and the row tell the order. ``in_order``: whether the
    rows are known to be sorted by key, then in that order.
    """

    relation: str
    types: Mapping[str, str]
    file: str
    row: str
    order: str | None = None
    in_order: bool = False


@dataclass(frozen=True, slots=True)
class Lost:
    """Records that are refused before they are rows of any table.

    ``relation`` is SQL usable after FROM: ``cle``, ``fichier``, ``rang``, ``code``, ``motif``,
    ``conseil``, one row a finding; ``records`` and ``findings`` count them.
    """

    relation: str
    records: int
    findings: int


@dataclass(frozen=True, slots=True)
class Tables:
    """Raw tables sorted by key, by name.

    ``renamed``: for each table, the column as written by ``Column.prepared``, the key under its own
    name. ``files``: what they were read from, each with its hash before it was read.
    """

    raw: Mapping[str, Raw]
    renamed: Mapping[str, Mapping[str, str]]
    files: Mapping[Path, str]
    lost: Lost | None = None


def described(connection: duckdb.DuckDBPyConnection, relation: str) -> Mapping[str, str]:
    """The columns of a relation with their types.

    Raises:
        duckdb.Error: the relation cannot be read.
    """
    rows = connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
    return {str(row[0]): str(row[1]) for row in rows if row[0] not in _OWN}


def find_columns(
    raw: Raw, table: str, model: RecordModel, shown: str
) -> tuple[Mapping[str, str], list[Diagnostic]]:
    """The columns of a raw table under the names of the model.

    Letter case and spaces around a name do not count.

    Returns:
        ``Tables.renamed`` of the table, and E125 to E128.
    """
    key = key_column(model)
    columns = table_columns(model)[table]
    meant: dict[str, str] = {key: key}
    for one in columns:
        for name in (one.name, *one.aliases):
            meant[name.casefold()] = one.prepared if one.name != key else key
    known = [key, *(one.name for one in columns if one.name != key)]
    fields = {key: key} | {one.prepared: one.field.name for one in columns}
    findings: list[Diagnostic] = []
    found: dict[str, list[str]] = {}
    for written, kind in raw.types.items():
        prepared = meant.get(written.strip().casefold())
        if prepared is None:
            findings.append(
                say(
                    "E125",
                    shown,
                    table=table,
                    nom=written,
                    proches=suggestion(written, known, f"colonnes de « {table} »"),
                )
            )
            continue
        found.setdefault(prepared, []).append(written)
        if kind.endswith("]") or kind.startswith(_NOT_SIMPLE):
            findings.append(
                say("E128", shown, nom=written, table=table, sorte=kind.partition("(")[0])
            )
    findings += [
        say("E127", shown, table=table, champ=fields[name], noms=names)
        for name, names in found.items()
        if len(names) > 1
    ]
    needed = [one for one in columns if one.field.required and one.name != key]
    missing = [key] if key not in found else []
    missing += [one.name for one in needed if one.prepared not in found]
    if missing:
        few = "une" if len(missing) == 1 else "plusieurs"
        findings.append(say("E126", shown, cas=few, noms=missing, table=table))
    return {name: names[0] for name, names in found.items()}, findings


def is_whole(kind: str) -> bool:
    """Whether a type holds whole numbers of at most 64 bits."""
    return kind in _WHOLE


def sorted_copy(
    connection: duckdb.DuckDBPyConnection,
    raw: Raw,
    key: str,
    target: Path,
    *,
    as_text: bool,
    others: Iterable[str],
) -> Raw:
    """Write a table sorted by key, with the place of its rows; the copy is as good as the table.

    Args:
        connection: where the table can be read.
        raw: the table.
        key: its key column, as written.
        target: the Parquet file to write.
        as_text: whether the key becomes a text (the keys of the tables are of several types).
        others: its other columns, as written.

    Raises:
        duckdb.Error: the disk is full, or a file proves damaged.
    """
    own = quoted(key)
    if as_text and raw.types[key] != "VARCHAR":
        own = f"REGEXP_REPLACE(CAST({own} AS VARCHAR), '[.]0+$', '')"
    listed = [f"{own} AS {quoted(key)}", *(quoted(one) for one in others)]
    order = raw.order or "ROW_NUMBER() OVER ()"
    rows = (
        f"SELECT {', '.join(listed)}, {raw.file} AS {FILE}, {raw.row} AS {ROW}, "
        f"{order} AS {ORDER} FROM {raw.relation} ORDER BY {quoted(key)}, {ORDER}"
    )
    connection.execute(copied(rows, target, "(FORMAT parquet, ROW_GROUP_SIZE 100000)"))
    relation = parquet(target)
    return Raw(relation, described(connection, relation), FILE, ROW, ORDER)
