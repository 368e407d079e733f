"""A folder of tables, a database, a workbook or nested records go in; raw tables come out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

import duckdb

from engine.langage.inputs import RecordModel
from engine.source.diagnostics import Diagnostic, in_order
from engine.source.messages import reading
from engine.source.messages import tables_input as say
from engine.sql.columns import key_column, table_columns
from engine.sql.fragments import literal, quoted
from engine.sql.inputs.csv_files import read_csv
from engine.sql.inputs.jsonl import read_jsonl
from engine.sql.inputs.parquet import is_sorted, parts_of, read_parquet, same_columns
from engine.sql.inputs.raw import (
    ORDER,
    Lost,
    Raw,
    Tables,
    described,
    find_columns,
    is_whole,
    sorted_copy,
)
from engine.sql.inputs.workbook import sheets_to_csv

SUFFIXES: Final = (".parquet", ".csv", ".jsonl")
_DATABASES: Final = (".duckdb", ".ddb", ".db")
FORMS: Final = (".csv", ".jsonl", ".xlsx", *_DATABASES)  # besides .parquet
_BASE: Final = "entree"


def open_inputs(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    model: RecordModel,
    first_day: date,
    workspace: Path,
) -> tuple[Tables | None, tuple[Diagnostic, ...]]:
    """The raw tables of ``path``, sorted by key.

    Args:
        connection: where they can then be read.
        path: a folder of ``.parquet`` or ``.csv`` files named after the tables, a ``.duckdb``
            file, an ``.xlsx`` workbook, a ``.jsonl`` file or a folder of them.
        model: the tables and columns that there may be.
        first_day: the first day for which rules exist.
        workspace: a folder for sorted or converted copies.

    Returns:
        The tables, or None and what is wrong: E115, E120 to E129, W601.

    Raises:
        duckdb.Error, OSError: a copy cannot be written.
    """
    opening = _Opening(connection, model, first_day, workspace)
    # The rows are numbered as they come, and a finding says the number of its row.
    connection.execute("SET preserve_insertion_order = true")
    opening.read(path)
    if opening.findings:
        return None, in_order(opening.findings)
    if model.table not in opening.raw:
        return None, (say.no_root_table(model.table, path.as_posix()),)
    tables = opening.sorted()
    connection.execute("SET preserve_insertion_order = false")
    return tables, ()


def look_at_parquet(
    connection: duckdb.DuckDBPyConnection, path: Path, model: RecordModel, first_day: date
) -> tuple[Tables | None, Mapping[str, tuple[Path, ...]], tuple[Diagnostic, ...]]:
    """The raw tables of a folder of Parquet files, as they are: only their heads are read.

    Returns:
        The tables and the files of each, or None, none and what is wrong: E115, E120 to E128.
    """
    opening = _Opening(connection, model, first_day, path)
    opening.read(path)
    for files in opening.parquet.values():
        if not same_columns(connection, files):
            opening.findings.append(say.damaged("parquet", files[0].parent.as_posix()))
    if opening.findings:
        return None, {}, in_order(opening.findings)
    if model.table not in opening.raw:
        return None, {}, (say.no_root_table(model.table, path.as_posix()),)
    return Tables(opening.raw, opening.renamed, tuple(opening.files)), opening.parquet, ()


@dataclass(slots=True)
class _Opening:
    connection: duckdb.DuckDBPyConnection
    model: RecordModel
    first_day: date
    workspace: Path
    raw: dict[str, Raw] = field(default_factory=dict)
    renamed: dict[str, Mapping[str, str]] = field(default_factory=dict)
    parquet: dict[str, tuple[Path, ...]] = field(default_factory=dict)
    files: list[Path] = field(default_factory=list)
    lost: Lost | None = None
    findings: list[Diagnostic] = field(default_factory=list)

    # --- forms

    def read(self, path: Path) -> None:
        """Fill ``raw`` or ``findings`` by what ``path`` is."""
        shown = path.as_posix()
        if not path.exists():
            self.findings.append(reading.inaccessible("missing", shown))
        elif path.is_dir():
            self._folder(path)
        elif path.suffix.lower() == ".jsonl":
            self._nested([path])
        elif path.suffix.lower() == ".xlsx":
            self._workbook(path)
        elif path.suffix.lower() in _DATABASES:
            self._database(path)
        else:
            self.findings.append(say.damaged("other", shown))

    def _folder(self, folder: Path) -> None:
        found: dict[str, dict[str, Path]] = {}
        for one in sorted(folder.iterdir()):
            kind = ".parquet" if one.is_dir() and parts_of(one) else one.suffix.lower()
            if kind in SUFFIXES and not one.name.startswith(("_", ".")):
                found.setdefault(kind, {})[one.name] = one
        shown = folder.as_posix()
        if not found:
            self.findings.append(reading.nothing_read(shown, SUFFIXES))
        elif len(found) > 1:
            first, other = (min(names) for names in list(found.values())[:2])
            self.findings.append(say.mixed_formats(first, other, shown))
        elif ".jsonl" in found:
            self._nested(list(found[".jsonl"].values()))
        else:
            ((kind, files),) = found.items()
            self._tables(kind, files, shown)

    def _tables(self, kind: str, files: Mapping[str, Path], shown: str) -> None:
        """One file, or one folder of parts, per table."""
        seen: dict[str, str] = {}
        for name, path in files.items():
            table = self._table(name.removesuffix(path.suffix), f"{shown}/{name}")
            if table is None:
                continue
            if table in seen:
                self.findings.append(say.table_twice(table, seen[table], name, shown))
                continue
            seen[table] = name
            if kind == ".csv":
                self._csv(path, table, name)
            else:
                self._parquet(path, table, name)

    def _table(self, name: str, shown: str) -> str | None:
        """The table that a name means, letter case aside."""
        known = list(table_columns(self.model))
        found = next((one for one in known if one == name.strip().casefold()), None)
        if found is None:
            self.findings.append(say.unknown_table(name, known, shown))
        return found

    def _parquet(self, path: Path, table: str, shown: str) -> None:
        files = parts_of(path) if path.is_dir() else (path,)
        for file in files:  # one after the other, to name the one that is damaged
            try:
                self.connection.execute("SELECT COUNT(*) FROM parquet_metadata(?)", [str(file)])
            except duckdb.Error:
                self.findings.append(say.damaged("parquet", file.as_posix()))
                return
        try:
            raw = read_parquet(self.connection, files, shown)
        except duckdb.Error:  # the parts do not have the same columns
            self.findings.append(say.damaged("parquet", path.as_posix()))
            return
        self.parquet[table] = files
        self.files += files
        self._keep(table, raw, shown)

    def _csv(self, path: Path, table: str, shown: str) -> None:
        raw, wrong = read_csv(self.connection, path, table, shown, self.workspace)
        self.findings += wrong
        if raw is not None:
            self.files.append(path)
            self._keep(table, raw, shown)

    def _workbook(self, path: Path) -> None:
        sheets = sheets_to_csv(path, self.workspace)
        if sheets is None:
            self.findings.append(say.damaged("xlsx", path.as_posix()))
            return
        for name, file in sheets.items():
            shown = f"{path.name}, feuille {name}"
            table = self._table(name, shown)
            if table is not None:
                self._csv(file, table, shown)
        self.files = [path]

    def _database(self, path: Path) -> None:
        try:
            self.connection.execute(f"ATTACH {literal(path.as_posix())} AS {_BASE} (READ_ONLY)")
        except duckdb.Error:
            self.findings.append(say.damaged("duckdb", path.as_posix()))
            return
        self.files = [path]
        names = self.connection.execute(
            "SELECT table_name, table_type = 'VIEW' FROM information_schema.tables "
            "WHERE table_catalog = ?",
            [_BASE],
        ).fetchall()
        for name, is_view in sorted(names):
            shown = f"{path.name}, table {name}"
            table = self._table(name, shown)
            if table is None:
                continue
            relation = f"{_BASE}.{quoted(name)}"
            try:
                types = described(self.connection, relation)
            except duckdb.Error:  # a view of something that is not there
                self.findings.append(say.damaged("duckdb", shown))
                continue
            row, order = "rowid + 1", "rowid"
            if is_view:
                relation = f"(SELECT *, ROW_NUMBER() OVER () AS {ORDER} FROM {relation})"
                row = order = ORDER
            self._keep(table, Raw(relation, types, literal(shown), row, order), shown)

    def _nested(self, files: Sequence[Path]) -> None:
        found = read_jsonl(self.connection, files, self.model, self.first_day, self.workspace)
        self.files, self.lost = list(files), found.lost
        self.findings += found.findings
        for table, raw in found.tables.items():
            self._keep(table, raw, table)

    def _keep(self, table: str, raw: Raw, shown: str) -> None:
        self.renamed[table], wrong = find_columns(raw, table, self.model, shown)
        self.findings += wrong
        self.raw[table] = raw

    # --- order

    def sorted(self) -> Tables:
        """The tables as they are when they are sorted by key, else sorted copies of all of them."""
        key = key_column(self.model)
        kinds = {self.raw[table].types[names[key]] for table, names in self.renamed.items()}
        whole = all(is_whole(kind) for kind in kinds)
        alike = whole or kinds == {"VARCHAR"}
        if alike and set(self.parquet) == set(self.raw) and self._all_sorted(key, whole=whole):
            return Tables(self.raw, self.renamed, tuple(self.files), self.lost)
        copies = {}
        for table, raw in self.raw.items():
            names = self.renamed[table]
            others = [name for meant, name in names.items() if meant != key]
            target = self.workspace / f"{table}.parquet"
            copies[table] = sorted_copy(
                self.connection, raw, names[key], target, as_text=not whole, others=others
            )
        return Tables(copies, self.renamed, tuple(self.files), self.lost)

    def _all_sorted(self, key: str, *, whole: bool) -> bool:
        return all(
            is_sorted(self.connection, files, self.renamed[table][key], whole=whole)
            for table, files in self.parquet.items()
        )
