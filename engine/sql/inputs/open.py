"""A folder of tables, a database, a workbook or nested records go in; raw tables come out.

They are read again when the run ends: has a file changed, and which one proves damaged?
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final, Literal

import duckdb

from engine.langage.inputs import RecordModel
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic, in_order
from engine.source.digests import digest_of_file
from engine.source.messages.hints import suggestion
from engine.sql.duck import STOPPED, database
from engine.sql.fragments import literal, quoted
from engine.sql.inputs.files import (
    is_sorted,
    named_column,
    parts_of,
    read_csv,
    read_parquet,
    same_columns,
)
from engine.sql.inputs.jsonl import read_jsonl
from engine.sql.inputs.workbook import excess, sheets_to_csv
from engine.sql.paths import attached, can_be_opened, can_be_read, log_of, over, parquet
from engine.sql.tables import (
    Lost,
    Raw,
    Tables,
    described,
    find_columns,
    is_whole,
    key_column,
    sorted_copy,
    table_columns,
)

SUFFIXES: Final = (".parquet", ".csv", ".jsonl")
_DATABASES: Final = (".duckdb", ".ddb", ".db")
FORMS: Final = (".csv", ".jsonl", ".xlsx", *_DATABASES)  # besides .parquet
_BASE: Final = "a_relire"


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
        The tables, or None and what is wrong: E115, E120 to E135, W601.

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
        return None, (say("E123", path.as_posix(), nom=model.table),)
    tables = opening.sorted()
    connection.execute("SET preserve_insertion_order = false")
    return tables, ()


def look_at_parquet(
    connection: duckdb.DuckDBPyConnection, path: Path, model: RecordModel, first_day: date
) -> tuple[Tables | None, Mapping[str, tuple[Path, ...]], tuple[Diagnostic, ...]]:
    """The raw tables of a folder of Parquet files, as they are: only their heads are read.

    Returns:
        The tables and the files of each, or None, none and what is wrong: E115, E120 to E135.
    """
    opening = _Opening(connection, model, first_day, path)
    opening.read(path)
    for files in opening.parquet.values():
        if not same_columns(connection, files):
            opening.findings.append(say("E124", files[0].parent.as_posix(), cas="parquet"))
    if opening.findings:
        return None, {}, in_order(opening.findings)
    if model.table not in opening.raw:
        return None, {}, (say("E123", path.as_posix(), nom=model.table),)
    return Tables(opening.raw, opening.renamed, opening.files), opening.parquet, ()


def changed_file(files: Mapping[Path, str]) -> Path | None:
    """The first file that no longer has the hash it had before it was read."""
    return next((one for one, then in files.items() if _digest(one) != then), None)


def _digest(file: Path) -> str | None:
    try:
        return digest_of_file(file)
    except OSError:
        return None


def damage(path: Path) -> Diagnostic | None:
    """E124 for the first file of an input that cannot be read to its end, None when all can.

    The ends of the files were read when they were opened: a fault is in the middle of them.
    """
    with database() as connection:
        if path.is_dir():
            for one in parts_of(path):
                if not _reads(connection, parquet(one)):
                    return say("E124", one.as_posix(), cas="parquet")
            return None
        if path.suffix.lower() not in _DATABASES:
            return None
        try:
            connection.execute(attached(path, _BASE))
        except duckdb.Error:
            names = None
        else:
            names = connection.execute(
                "SELECT table_name FROM information_schema.tables WHERE table_catalog = ?", [_BASE]
            ).fetchall()
        if names is not None and all(
            _reads(connection, f"{_BASE}.{quoted(name)}") for (name,) in names
        ):
            return None
        return say("E124", path.as_posix(), cas="duckdb")


def _reads(connection: duckdb.DuckDBPyConnection, relation: str) -> bool:
    """Whether every value of a relation can be read."""
    try:
        connection.execute(f"SELECT BIT_XOR(HASH(COLUMNS(*))) FROM {relation}").fetchall()
    except duckdb.Error:
        return False
    return True


@dataclass(slots=True)
class _Opening:
    connection: duckdb.DuckDBPyConnection
    model: RecordModel
    first_day: date
    workspace: Path
    raw: dict[str, Raw] = field(default_factory=dict)
    renamed: dict[str, Mapping[str, str]] = field(default_factory=dict)
    parquet: dict[str, tuple[Path, ...]] = field(default_factory=dict)
    files: dict[Path, str] = field(default_factory=dict)
    named: dict[str, str] = field(default_factory=dict)  # the name each table was given
    lost: Lost | None = None
    findings: list[Diagnostic] = field(default_factory=list)

    # --- forms

    def read(self, path: Path) -> None:
        """Fill ``raw`` or ``findings`` by what ``path`` is.

        Raises:
            OSError: a copy cannot be written.
        """
        try:
            self._read(path)
        except OSError as error:
            place = None if error.filename is None else Path(error.filename)
            if place is None or not place.is_relative_to(path):
                raise
            kind = "permission" if isinstance(error, PermissionError) else "other"
            self.findings.append(say("E115", place.as_posix(), cas=kind))

    def _read(self, path: Path) -> None:
        shown = path.as_posix()
        base = path.suffix.lower() in _DATABASES
        if not (can_be_opened(path) if base else can_be_read(path)):
            self.findings.append(say("E133", shown))
        elif not path.exists():
            self.findings.append(say("E115", shown, cas="missing"))
        elif path.is_dir():
            self._folder(path)
        elif path.suffix.lower() == ".jsonl":
            self._nested([path])
        elif path.suffix.lower() == ".xlsx":
            self._workbook(path)
        elif base:
            self._database(path)
        else:
            self.findings.append(say("E124", shown, cas="other"))

    def _folder(self, folder: Path) -> None:
        found: dict[str, dict[str, Path]] = {}
        for one in sorted(folder.iterdir()):
            if one.name.startswith(("_", ".")):
                continue
            kind = ".parquet" if one.is_dir() and parts_of(one) else one.suffix.lower()
            if kind in SUFFIXES:
                found.setdefault(kind, {})[one.name] = one
        shown = folder.as_posix()
        if not found:
            self.findings.append(say("W601", shown, suffixes=SUFFIXES))
        elif len(found) > 1:
            first, other = (min(names) for names in list(found.values())[:2])
            self.findings.append(say("E121", shown, deux=(first, other)))
        elif ".jsonl" in found:
            self._nested(list(found[".jsonl"].values()))
        else:
            ((kind, files),) = found.items()
            # one file, or one folder of parts, per table
            for name, path in files.items():
                table = self._table(name.removesuffix(path.suffix), f"{shown}/{name}")
                if table is None or self._again("files", table, name, shown):
                    continue
                if kind == ".parquet":
                    self._parquet(path, table, name)
                elif self._take(path):
                    self._csv(path, table, name)

    def _table(self, name: str, shown: str) -> str | None:
        """The table that a name means, letter case aside."""
        known = list(table_columns(self.model))
        found = next((one for one in known if one == name.strip().casefold()), None)
        if found is None:
            self.findings.append(
                say("E120", shown, nom=name, proches=suggestion(name, known, "tables connues"))
            )
        return found

    def _again(
        self, kind: Literal["files", "sheets", "tables"], table: str, name: str, shown: str
    ) -> bool:
        """Whether the table was given already, under another name."""
        first = self.named.setdefault(table, name)
        if first != name:
            self.findings.append(say("E122", shown, cas=kind, nom=table, deux=(first, name)))
        return first != name

    def _take(self, file: Path) -> bool:
        """Keep the hash of a file that is about to be read; whether it can be."""
        shown = file.as_posix()
        if not can_be_read(file):
            self.findings.append(say("E133", shown))
        elif not file.is_file():  # a folder, or a pipe: it could not be read a second time
            kind = "folder" if file.is_dir() else "other"
            self.findings.append(say("E115", shown, cas=kind))
        else:
            self.files[file] = digest_of_file(file)
        return file in self.files

    def _parquet(self, path: Path, table: str, shown: str) -> None:
        files = parts_of(path) if path.is_dir() else (path,)
        named = named_column(path, files) if path.is_dir() else None
        if named is not None:
            self.findings.append(say("E134", path.as_posix(), table=table, nom=named))
            return
        for file in files:  # one after the other, to name the one that is damaged
            if not self._take(file):
                return
            try:
                look = f"SELECT COUNT(*) FROM {over('parquet_metadata', [file])}"
                self.connection.execute(look)
            except STOPPED:
                raise
            except duckdb.Error:
                self.findings.append(say("E124", file.as_posix(), cas="parquet"))
                return
        try:
            raw = read_parquet(self.connection, files, shown)
        except STOPPED:
            raise
        except duckdb.Error:  # the parts do not have the same columns
            self.findings.append(say("E124", path.as_posix(), cas="parquet"))
            return
        self.parquet[table] = files
        self._keep(table, raw, shown)

    def _csv(self, path: Path, table: str, shown: str) -> None:
        raw, wrong = read_csv(self.connection, path, table, shown, self.workspace)
        self.findings += wrong
        if raw is not None:
            self._keep(table, raw, shown)

    def _workbook(self, path: Path) -> None:
        if not self._take(path):
            return
        found = excess(path)
        sheets = None if found is not None else sheets_to_csv(path, self.workspace)
        if sheets is None:
            self.findings.append(found or say("E124", path.as_posix(), cas="xlsx"))
            return
        for name, file in sheets:
            shown = f"{path.name}, feuille {name}"
            table = self._table(name, shown)
            if table is not None and not self._again("sheets", table, name, path.as_posix()):
                self._csv(file, table, shown)

    def _database(self, path: Path) -> None:
        if not self._take(path):
            return
        if log_of(path).exists():
            self.findings.append(say("E131", path.as_posix(), cas="log"))
            return
        base = f"entree {self.workspace.name}"  # two populations may be two databases
        try:
            self.connection.execute(attached(path, base))
        except duckdb.Error:
            self.findings.append(say("E124", path.as_posix(), cas="duckdb"))
            return
        found = self.connection.execute(
            "SELECT table_schema, table_name, table_type = 'VIEW' FROM information_schema.tables "
            "WHERE table_catalog = ? ORDER BY ALL",
            [base],
        ).fetchall()
        for schema, name, is_view in found:
            shown = f"{path.name}, table {name}"
            table = self._table(name, shown)
            full = f"{schema}.{name}"
            if table is None or self._again("tables", table, full, path.as_posix()):
                continue
            if is_view or self._has_generated(base, schema, name):
                outside = "view" if is_view else "generated"
                self.findings.append(say("E131", shown, cas=outside))
                continue
            relation = f"{quoted(base)}.{quoted(schema)}.{quoted(name)}"
            types = described(self.connection, relation)
            self._keep(table, Raw(relation, types, literal(shown), "rowid + 1", "rowid"), shown)

    def _has_generated(self, base: str, schema: str, name: str) -> bool:
        """Whether a column of a table is worked out each time, from the clock perhaps."""
        row = self.connection.execute(
            "SELECT BOOL_OR(is_generated) FROM duckdb_columns() "
            "WHERE database_name = ? AND schema_name = ? AND table_name = ?",
            [base, schema, name],
        ).fetchone()
        return row == (True,)

    def _nested(self, files: Sequence[Path]) -> None:
        taken = [self._take(one) for one in files]
        if not all(taken):
            return
        found = read_jsonl(self.connection, files, self.model, self.first_day, self.workspace)
        self.lost = found.lost
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
        if all(raw.in_order for raw in self.raw.values()):
            return Tables(self.raw, self.renamed, self.files, self.lost)
        key = key_column(self.model)
        kinds = {self.raw[table].types[names[key]] for table, names in self.renamed.items()}
        whole = all(is_whole(kind) for kind in kinds)
        alike = whole or kinds == {"VARCHAR"}
        if (
            alike
            and set(self.parquet) == set(self.raw)
            and all(
                is_sorted(self.connection, files, self.renamed[table][key], whole=whole)
                for table, files in self.parquet.items()
            )
        ):
            return Tables(self.raw, self.renamed, self.files, self.lost)
        copies = {}
        for table, raw in self.raw.items():
            names = self.renamed[table]
            others = [name for meant, name in names.items() if meant != key]
            target = self.workspace / f"{table}.parquet"
            copies[table] = sorted_copy(
                self.connection, raw, names[key], target, as_text=not whole, others=others
            )
        return Tables(copies, self.renamed, self.files, self.lost)
