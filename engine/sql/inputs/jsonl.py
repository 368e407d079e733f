"""Nested records, one per line, become tables; the reader of single records is the only judge.

SQL flattens the lines that it provably reads as this reader does (``plain_lines``). Any other line
is read by it: refused, its findings are kept; accepted, its values are written again on a line, as
texts. So there is no second verdict, and no number goes through a binary one.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from io import BufferedReader
from pathlib import Path
from typing import Final, Self, TextIO, TypeAlias

import duckdb

from engine.dossiers.read import Outcome, Refusal, blamed, record_reader, records_of
from engine.dossiers.written import written
from engine.langage.inputs import RecordModel
from engine.source.diagnostics import Diagnostic
from engine.source.files import MAX_BYTES, no_text, read_line
from engine.source.messages import reading, situation
from engine.source.positions import whole_file
from engine.source.tree import Node
from engine.sql.columns import key_column, table_columns
from engine.sql.fragments import literal, quoted
from engine.sql.inputs.plain_lines import items_of, plain_test, pointer
from engine.sql.inputs.raw import Lost, Raw

Cell: TypeAlias = "str | int | None"

_LINES: Final = "lu_lignes"
_RECORDS: Final = "lu_dossiers"  # the plain lines, and what the reader made of the others
_TWICE: Final = "lu_doubles"  # the identifiers of several records
_SEPARATOR: Final = "\x1f"
_NOT_FOR_SQL: Final = re.compile(rb"[\x00\x1f]|\r(?!\n?\Z)")
_LONGEST: Final = 2**20  # bytes of a line that SQL reads: more than any record
_PLACES: Final = 2**12  # more than the lines of a list of a record
_OF_A_FILE: Final = 2**34  # more than the lines of a file
_BATCH: Final = 500  # rows held at a time
_NOWHERE: Final = whole_file("")
_COPY: Final = "(FORMAT parquet, ROW_GROUP_SIZE 20480)"


@dataclass(frozen=True, slots=True)
class Flattened:
    """The tables of nested records, and the records that are refused before any table."""

    tables: Mapping[str, Raw]
    lost: Lost | None
    findings: tuple[Diagnostic, ...] = ()


def read_jsonl(
    connection: duckdb.DuckDBPyConnection,
    files: Sequence[Path],
    model: RecordModel,
    first_day: date,
    workspace: Path,
) -> Flattened:
    """The tables that the records of ``files`` make up, in files of ``workspace``.

    Records of one identifier are all refused. The findings are E113 and E114, of whole files.
    """
    findings = [found for file in files if (found := _no_lines(file)) is not None]
    if findings:
        return Flattened({}, None, tuple(findings))
    own = f"JSON_EXTRACT_STRING(ligne, {pointer(key_column(model))}) AS cle"
    with (
        _Rows.of(workspace / "relus.jsonl", "tout", "cle", "ligne") as again,
        _Rows.of(workspace / "refus.jsonl", "cle", "code", "motif") as refused,
    ):
        judge = _Judge(model, record_reader(model, first_day=first_day), again, refused)
        stored = [
            _read_lines(connection, file, at, judge, workspace) for at, file in enumerate(files)
        ]
        _view(connection, _LINES, f"FROM read_parquet([{', '.join(stored)}])")
        rest = f"SELECT fichier, rang, tout, ligne FROM {_LINES} WHERE NOT simple"
        for file, row, order, text in _batches(connection, rest):
            judge.line(str(file), _int(row), _int(order), str(text).encode())
        again.stream.flush()
        plain = f"SELECT fichier, rang, tout, {own}, ligne FROM {_LINES} WHERE simple"
        _view(connection, _RECORDS, f"{plain} UNION ALL BY NAME FROM {again.relation}")
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {_TWICE} AS SELECT cle FROM {_RECORDS} "
            "WHERE cle IS NOT NULL GROUP BY cle HAVING COUNT(*) > 1"
        )
        twice = f"SELECT fichier, rang, cle, ligne FROM {_RECORDS} WHERE cle IN (FROM {_TWICE})"
        for file, row, ident, text in _batches(connection, twice):
            judge.twice(str(file), _int(row), str(ident), text)
    if not (again.count or connection.execute(f"SELECT 1 FROM {_LINES} LIMIT 1").fetchone()):
        return Flattened({}, None, tuple(reading.empty_file(file.name) for file in files))
    lost = Lost(refused.relation, judge.refused, refused.count) if judge.refused else None
    return Flattened(_flatten(connection, model, workspace), lost)


def _view(connection: duckdb.DuckDBPyConnection, name: str, sql: str) -> None:
    connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {sql}")


def _batches(connection: duckdb.DuckDBPyConnection, sql: str) -> Iterator[tuple[Cell, ...]]:
    """The rows of a query, some at a time: nothing else may use ``connection`` meanwhile."""
    found = connection.execute(sql)
    while rows := found.fetchmany(_BATCH):
        yield from rows


# --- lines


def _no_lines(file: Path) -> Diagnostic | None:
    """What a file is when it is no text at all."""
    with file.open("rb") as stream:
        return no_text(stream.read(4), file.name)


def _lines(stream: BufferedReader) -> Iterator[tuple[int, bytes]]:
    """Each line and its number from 1; of one that is too long, no more than is needed to know."""
    number = 0
    while line := stream.readline(MAX_BYTES + 1):
        number += 1
        yield number, line
        while len(line) > MAX_BYTES and not line.endswith(b"\n"):
            line = stream.readline(MAX_BYTES + 1)


def _is_for_sql(number: int, line: bytes) -> bool:
    """Whether SQL reads these bytes as the line that they are."""
    if len(line) > _LONGEST or _NOT_FOR_SQL.search(line):
        return False
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return number > 1 or not line.startswith(codecs.BOM_UTF8)


def _read_lines(
    connection: duckdb.DuckDBPyConnection, file: Path, place: int, judge: _Judge, workspace: Path
) -> str:
    """Copy the lines of a file, told plain or not, into a Parquet file: its path, an SQL text.

    Lines that SQL cannot take are left out: the reader judges them at once.
    """
    copy = workspace / f"lignes-{place}.txt"
    first = place * _OF_A_FILE
    with file.open("rb") as stream, copy.open("wb") as target:
        for number, line in _lines(stream):
            fit = _is_for_sql(number, line)
            target.write((line.rstrip(b"\r\n") if fit else b"") + b"\n")
            if not fit:
                judge.line(file.name, number, first + number, line)
    stored = literal(copy.with_suffix(".parquet").as_posix())
    connection.execute(
        f"COPY (SELECT {literal(file.name)} AS fichier, rang, {first} + rang AS tout, ligne, "
        f"{plain_test('ligne', judge.model)} AS simple FROM (SELECT ROW_NUMBER() OVER () AS rang, "
        f"TRIM(ligne, E' \\t') AS ligne FROM read_csv({literal(copy.as_posix())}, header = false, "
        f"auto_detect = false, columns = {{'ligne': 'VARCHAR'}}, delim = '{_SEPARATOR}', "
        f"quote = '', escape = '')) WHERE ligne <> '') TO {stored} {_COPY}"
    )
    copy.unlink()
    return stored


# --- what the reader says


@dataclass(slots=True)
class _Rows:
    """A file of rows being written, and how SQL reads what is in it."""

    relation: str
    stream: TextIO
    count: int = 0

    @classmethod
    def of(cls, path: Path, *columns: str) -> Self:
        """Rows that tell a file and its line (``rang``), then ``columns``."""
        types = {"fichier": "VARCHAR", "rang": "BIGINT"}
        types |= {one: "BIGINT" if one == "tout" else "VARCHAR" for one in columns}
        listed = ", ".join(f"{name}: {literal(kind)}" for name, kind in types.items())
        shown = literal(path.as_posix())
        relation = f"read_json({shown}, columns = {{{listed}}}, format = 'newline_delimited')"
        return cls(relation, path.open("w", encoding="utf-8", newline="\n"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stream.close()

    def add(self, row: Mapping[str, Cell]) -> None:
        """Write a row; a column that it does not name is NULL."""
        self.stream.write(f"{json.dumps(row)}\n")
        self.count += 1


@dataclass(slots=True)
class _Judge:
    """What the reader of single records says of lines.

    ``records`` receives each record, with its values written again when it is accepted; ``faults``
    the findings of those that are refused; ``refused`` counts these.
    """

    model: RecordModel
    read: Callable[[Node], Outcome]
    records: _Rows
    faults: _Rows
    refused: int = 0

    def line(self, file: str, row: int, order: int, line: bytes) -> None:
        """Read the records of a line."""
        for one in self._outcomes(file, row, line):
            found: dict[str, Cell] = {"fichier": file, "rang": row, "tout": order, "cle": one.ident}
            if isinstance(one, Refusal):
                self._refuse(file, row, one.ident, one.diagnostics)
            else:
                found["ligne"] = json.dumps(written(one, self.model))
            self.records.add(found)

    def twice(self, file: str, row: int, ident: str, line: Cell) -> None:
        """Refuse a record whose identifier is that of another; ``line`` is None if it already is."""
        label = self.model.role("identifiant").label
        shared = situation.duplicate_record(label, ident, _NOWHERE, _NOWHERE)
        if line is None:
            self._tell(file, row, ident, (shared,))
            return
        (one,) = self._outcomes(file, row, str(line).encode())
        known = one.diagnostics if isinstance(one, Refusal) else ()
        self._refuse(file, row, ident, (*known, shared))

    def _outcomes(self, file: str, row: int, line: bytes) -> tuple[Outcome, ...]:
        """Each record of a line, and a refusal for what is found outside any."""
        nodes, findings = read_line(line, file, row)
        outcomes, others = blamed([self.read(node) for node in records_of(nodes)], findings)
        return (*outcomes, *([Refusal(None, others, others[0].span)] if others else []))

    def _refuse(
        self, file: str, row: int, ident: str | None, findings: Iterable[Diagnostic]
    ) -> None:
        self.refused += 1
        self._tell(file, row, ident, findings)

    def _tell(self, file: str, row: int, ident: str | None, findings: Iterable[Diagnostic]) -> None:
        for one in findings:
            self.faults.add(
                {"fichier": file, "rang": row, "cle": ident, "code": one.code, "motif": one.message}
            )


# --- tables


def _flatten(
    connection: duckdb.DuckDBPyConnection, model: RecordModel, workspace: Path
) -> Mapping[str, Raw]:
    """The tables of the records that no one refused, each written in a file of its own.

    A row tells its place among all: that of its line, then its own in its list.
    """
    key = key_column(model)
    kept = f"(FROM {_RECORDS} WHERE ligne IS NOT NULL AND (cle IN (FROM {_TWICE})) IS NOT TRUE)"
    found = {}
    for number, (table, columns) in enumerate(table_columns(model).items()):
        paths = ", ".join(pointer(one.field.name) for one in columns)
        place = f"fichier, rang, tout * {_PLACES} AS tout"
        rows = f"SELECT {place}, JSON_EXTRACT_STRING(ligne, [{paths}]) AS v FROM {kept}"
        names = [one.name for one in columns]
        if table != model.table:
            items = items_of("ligne", table)
            rows = (
                f"SELECT fichier, rang, tout + place AS tout, cle, "
                f"JSON_EXTRACT_STRING(e, [{paths}]) AS v FROM (SELECT {place}, cle, "
                f"UNNEST({items}) AS e, GENERATE_SUBSCRIPTS({items}, 1) AS place FROM {kept})"
            )
        listed = [f"v[{at}] AS {quoted(name)}" for at, name in enumerate(names, 1)]
        if table != model.table:
            listed.insert(0, f"cle AS {quoted(key)}")
        target = literal((workspace / f"lu-{number}.parquet").as_posix())
        connection.execute(
            f"COPY (SELECT {', '.join(listed)}, fichier AS lu_fichier, rang AS lu_rang, "
            f"tout AS lu_tout FROM ({rows})) TO {target} {_COPY}"
        )
        types = dict.fromkeys([key, *names], "VARCHAR")
        found[table] = Raw(f"read_parquet({target})", types, "lu_fichier", "lu_rang", "lu_tout")
    return found


def _int(cell: Cell) -> int:
    return int(cell or 0)
