"""Nested records, one per line, become tables; the reader of single records is the only judge.

SQL flattens the lines that it provably reads as this reader does. Any other line is read by it:
refused, its findings are kept; accepted, its values are written again on a line, as texts. So there
is no second verdict, and no number goes through a binary one.
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
from typing import Final, Self, TextIO, TypeAlias, assert_never

import duckdb

from engine.dossiers.read import ReadOutcome, Refusal, blamed, record_reader, records_of
from engine.dossiers.values import written
from engine.langage.inputs import Field, RecordModel
from engine.langage.records import Record
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.files import MAX_BYTES, no_text, read_line
from engine.source.positions import whole_file
from engine.source.tree import Node
from engine.sql.fragments import case, literal, matches, quoted
from engine.sql.paths import copied, over, parquet
from engine.sql.tables import FILE, ORDER, ROW, Lost, Raw, key_column, table_columns

JsonValue: TypeAlias = "str | int | None"

_LINES: Final = "lu_lignes"
_RECORDS: Final = "lu_dossiers"  # the plain lines, and what the reader made of the others
_TWICE: Final = "lu_doubles"  # the identifiers of several records
_SEPARATOR: Final = "\x1f"
_NOT_FOR_SQL: Final = re.compile(rb"[\x00\x1f]|\r(?!\n?\Z)")
_LONGEST: Final = 2**13  # bytes of a line that SQL reads: thousands are held at a time
_LONGEST_ROW: Final = 2**20
_PLACES: Final = 2**12  # more than the lines of a list of a record
_OF_A_FILE: Final = 2**34  # more than the lines of a file
_BATCH: Final = 500  # rows held at a time
_NOWHERE: Final = whole_file("")
_COPY: Final = "(FORMAT parquet, ROW_GROUP_SIZE 100000)"
# What SQL reads of a line, as regular expressions.
_WHOLE: Final = "(?:0|-?[1-9][0-9]{0,8})"
_NUMBER: Final = rf"{_WHOLE}(?:\.(?:0|[0-9]{{0,3}}[1-9]))?"
_DATE: Final = '"[0-9]{4}-[0-9]{2}-[0-9]{2}"'
_SIGN: Final = "!#-\\[\\]-~\u00a1-\u00ac\u00ae-\u024f"
_ACCENTED: Final = r"\\u0(?:0[c-fC-F]|1[0-9a-fA-F])[0-9a-fA-F]"
_TEXT: Final = f'"(?:[ {_SIGN}]|{_ACCENTED})+"'
_IDENTIFIER: Final = f'"[{_SIGN}]+(?: [{_SIGN}]+)*"|[1-9][0-9]{{0,17}}'


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

    Records of one identifier are all refused. The findings are E113 to E115, of whole files.
    """
    findings = [found for file in files if (found := _no_lines(file)) is not None]
    if findings:
        return Flattened({}, None, tuple(findings))
    with _Judge.of(model, first_day, workspace) as judge:
        stored = [
            _read_lines(connection, file, at, judge, workspace) for at, file in enumerate(files)
        ]
        _view(connection, _LINES, f"FROM {parquet(*stored)}")
        rest = f"SELECT fichier, rang, tout, ligne FROM {_LINES} WHERE NOT simple"
        for file, row, order, text in _batches(connection, rest):
            judge.line(str(file), _int(row), _int(order), str(text).encode())
        judge.idents.stream.flush()
        own = f"JSON_EXTRACT_STRING(ligne, {pointer(key_column(model))}) AS cle"
        plain = f"SELECT fichier, rang, tout, {own}, ligne FROM {_LINES} WHERE simple"
        _view(connection, _RECORDS, f"{plain} UNION ALL BY NAME FROM {judge.idents.relation}")
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {_TWICE} AS SELECT cle FROM {_RECORDS} "
            "WHERE cle IS NOT NULL GROUP BY cle HAVING COUNT(*) > 1"
        )
        twice = f"fichier, rang, cle, ligne, refuse FROM {_RECORDS} WHERE cle IN (FROM {_TWICE})"
        for file, row, ident, text, refused in _batches(connection, f"SELECT {twice}"):
            judge.twice(str(file), _int(row), str(ident), text, refused=refused is not None)
    if not (judge.idents.count or connection.execute(f"FROM {_LINES} LIMIT 1").fetchone()):
        return Flattened({}, None, tuple(say("E114", file.name) for file in files))
    lost = Lost(judge.faults.relation, judge.refused, judge.faults.count) if judge.refused else None
    return Flattened(_flatten(connection, judge, workspace), lost)


def _view(connection: duckdb.DuckDBPyConnection, name: str, sql: str) -> None:
    connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {sql}")


def _batches(connection: duckdb.DuckDBPyConnection, sql: str) -> Iterator[tuple[JsonValue, ...]]:
    """The rows of a query, some at a time: nothing else may use ``connection`` meanwhile."""
    found = connection.execute(sql)
    while rows := found.fetchmany(_BATCH):
        yield from rows


# --- lines


def _no_lines(file: Path) -> Diagnostic | None:
    """What keeps a file from being read, or what it is when it is no text at all."""
    try:
        with file.open("rb") as stream:
            return no_text(stream.read(4), file.name)
    except OSError:
        return say("E115", file.name, cas="other")


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
) -> Path:
    """Copy the lines of a file, told plain or not, into a Parquet file.

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
    options = (
        "header = false, auto_detect = false, columns = {'ligne': 'VARCHAR'}, "
        f"delim = '{_SEPARATOR}', quote = '', escape = ''"
    )
    rows = (
        f"SELECT {literal(file.name)} AS fichier, rang, {first} + rang AS tout, ligne, "
        f"{plain_test('ligne', judge.model)} AS simple FROM (SELECT ROW_NUMBER() OVER () AS rang, "
        f"TRIM(ligne, E' \\t') AS ligne FROM {over('read_csv', [copy], options)}) WHERE ligne <> ''"
    )
    stored = copy.with_suffix(".parquet")
    connection.execute(copied(rows, stored, _COPY))
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
        """Rows that tell a file, its line (``rang``) and its place, then the texts ``columns``."""
        types = {"fichier": "VARCHAR", "rang": "BIGINT", "tout": "BIGINT"}
        types |= dict.fromkeys(columns, "VARCHAR")
        listed = ", ".join(f"{literal(name)}: {literal(kind)}" for name, kind in types.items())
        options = (
            f"columns = {{{listed}}}, format = 'newline_delimited', "
            f"maximum_object_size = {_LONGEST_ROW}"
        )
        relation = over("read_json", [path], options)
        return cls(relation, path.open("w", encoding="utf-8", newline="\n"))

    def add(self, row: Mapping[str, JsonValue]) -> None:
        """Write a row; a column that it does not name is NULL."""
        self.stream.write(f"{json.dumps(row)}\n")
        self.count += 1


@dataclass(slots=True)
class _Judge:
    """What the reader of single records says of lines, written as it says it.

    ``idents``: each record, « refuse » when it is; ``faults``: the findings of those that are;
    ``tables``: the rows of the others, by table; ``refused`` counts refused records.
    """

    model: RecordModel
    read: Callable[[Node], ReadOutcome]
    idents: _Rows
    faults: _Rows
    tables: Mapping[str, _Rows]
    refused: int = 0

    @classmethod
    def of(cls, model: RecordModel, first_day: date, workspace: Path) -> Self:
        """A judge that writes in ``workspace``."""
        tables = {
            table: _Rows.of(workspace / f"relu-{at}.jsonl", "cle", *_texts(len(columns)))
            for at, (table, columns) in enumerate(table_columns(model).items())
        }
        idents = _Rows.of(workspace / "relus.jsonl", "cle", "refuse")
        faults = _Rows.of(workspace / "refus.jsonl", "cle", "code", "motif", "conseil")
        return cls(model, record_reader(model, first_day=first_day), idents, faults, tables)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for rows in (self.idents, self.faults, *self.tables.values()):
            rows.stream.close()

    def line(self, file: str, row: int, order: int, line: bytes) -> None:
        """Read the records of a line."""
        for one in self._outcomes(file, row, line):
            place: dict[str, JsonValue] = {"fichier": file, "rang": row, "cle": one.ident}
            if isinstance(one, Refusal):
                self.idents.add({**place, "refuse": "oui"})
                self._refuse(file, row, one.ident, one.diagnostics)
            else:
                self.idents.add(place)
                self._accept(one, place, order)

    def _accept(self, record: Record, place: Mapping[str, JsonValue], order: int) -> None:
        """Write the values of a record, its defaults and its links included."""
        for table, columns in table_columns(self.model).items():
            root = table == self.model.table
            lines = [record.values] if root else [line.values for line in record.lines[table]]
            for at, values in enumerate(lines):
                texts = {
                    name: written(values[one.field.name], one.field)
                    for name, one in zip(_texts(len(columns)), columns, strict=True)
                    if one.field.name in values
                }
                self.tables[table].add({**place, "tout": order * _PLACES + at, **texts})

    def twice(self, file: str, row: int, ident: str, line: JsonValue, *, refused: bool) -> None:
        """Refuse a record that shares its identifier; ``line`` is None when it was read."""
        label = self.model.role("identifiant").label
        shared = say("E503", _NOWHERE, _NOWHERE, libelle=label, dossier=ident)
        known: tuple[Diagnostic, ...] = ()
        if line is not None:
            (one,) = self._outcomes(file, row, str(line).encode())
            known = one.diagnostics if isinstance(one, Refusal) else ()
        tell = self._tell if refused else self._refuse
        tell(file, row, ident, (*known, shared))

    def _outcomes(self, file: str, row: int, line: bytes) -> tuple[ReadOutcome, ...]:
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
            said: dict[str, JsonValue] = {
                "code": one.code,
                "motif": one.message,
                "conseil": one.advice,
            }
            self.faults.add({"fichier": file, "rang": row, "cle": ident, **said})


# --- tables


def _flatten(
    connection: duckdb.DuckDBPyConnection, judge: _Judge, workspace: Path
) -> Mapping[str, Raw]:
    """The tables of the records that no one refused, each sorted in a file of its own.

    A row tells its place among all: that of its line, then its own in its list. A list that no
    record has is no table.
    """
    model = judge.model
    key = key_column(model)
    alone = f"(cle IN (FROM {_TWICE})) IS NOT TRUE"
    plain = f"FROM {_RECORDS} WHERE ligne IS NOT NULL AND {alone}"
    found = {}
    for at, (table, columns) in enumerate(table_columns(model).items()):
        paths = ", ".join(pointer(one.field.name) for one in columns)
        if table == model.table:
            rows = f"SELECT ligne AS e, fichier, rang, cle, tout * {_PLACES} AS tout {plain}"
        else:
            items = f"JSON_EXTRACT(JSON_EXTRACT(ligne, {pointer(table)}), '$[*]') AS e"
            rows = (
                f"SELECT UNNEST(e) AS e, fichier, rang, cle, tout * {_PLACES} + "
                "UNNEST(RANGE(LEN(e))) AS tout "
                f"FROM (SELECT {items}, fichier, rang, cle, tout {plain})"
            )
        texts = _texts(len(columns))
        listed = ", ".join(f"v[{place}] AS {name}" for place, name in enumerate(texts, 1))
        values = f"SELECT *, JSON_EXTRACT_STRING(e, [{paths}]) AS v FROM ({rows})"
        again = ", ".join(texts)
        names = {name: one.name for name, one in zip(texts, columns, strict=True)}
        names |= {} if table == model.table else {"cle": key}
        shown = ", ".join(f"{name} AS {quoted(known)}" for name, known in names.items())
        place = f"fichier AS {FILE}, rang AS {ROW}, tout AS {ORDER}"
        target = workspace / f"lu-{at}.parquet"
        written = connection.execute(
            copied(
                f"SELECT {shown}, {place} FROM "
                f"(SELECT fichier, rang, tout, cle, {listed} FROM ({values}) UNION ALL BY NAME "
                f"SELECT fichier, rang, tout, cle, {again} FROM {judge.tables[table].relation} "
                f"WHERE {alone}) ORDER BY {quoted(key)}, {ORDER}",
                target,
                _COPY,
            )
        ).fetchone()
        types = dict.fromkeys(names.values(), "VARCHAR")
        if table == model.table or written != (0,):
            found[table] = Raw(parquet(target), types, FILE, ROW, ORDER, in_order=True)
    return found


def _texts(count: int) -> tuple[str, ...]:
    """What the columns of a table are called until it is whole."""
    return tuple(f"v{at}" for at in range(count))


def _int(cell: JsonValue) -> int:
    return int(cell or 0)


# --- the lines that SQL reads


def plain_test(line: str, model: RecordModel) -> str:
    """Whether ``line``, an SQL text, is a plain line, never NULL: the reader would say the same.

    It is made of nothing but these: a record of known keys, each once; a group of known keys, each
    once; a list of such groups, not too many in all; for each field null or a value of its type.

    - The identifier is there, and so are the groups that must be: of a record without them, the
      reader says in one sentence all that is missing, and SQL would say it of each line.
    - A number is a JSON number of at most nine digits and four decimals, none where a whole one is
      asked, without exponent nor useless zeros: the shortest text of the double that DuckDB makes
      of it is the same text.
    - A code is one of the codes, a date has the form of one, a truth is true or false.
    - A text is of printable Latin characters, and of the escapes of accented letters; an identifier
      has no escape, or is a whole number.

    The expression lets what is opened be closed too soon, which JSON_VALID sees. This function
    allows more than JSON does, commas before an end or NaN, which the expression does not. JSON
    functions are few here: each holds the memory of thousands of lines.
    """
    own = [one for one in model.fields if not one.derived]
    needed = [one.name.partition(".")[0] for one in own if one.required]
    needed.append(model.role("identifiant").name)
    listed = ", ".join(map(literal, dict.fromkeys(needed)))
    inside = [each.name for one in model.collections for each in one.fields]
    most = min((one.max_items for one in model.collections), default=0)
    items = f"JSON_EXTRACT({line}, '$.*[*]')"  # of every list of the record
    wrong = f"LIST_FILTER({items}, lambda e, i: {_twice('e', inside)} OR i > {most})"
    tests = [
        f"NOT {_twice(line, [one.name for one in own])}",
        f"LIST_HAS_ALL(JSON_KEYS({line}), [{listed}])",
        f"LEN({wrong}) = 0",
    ]
    form = matches(line, literal(rf"\A(?:{_record(model)})\z"))
    # The JSON functions fail on what is no JSON: a CASE keeps them from it.
    valid = case([(f"JSON_VALID({line})", " AND ".join(tests))], "FALSE")
    return case([(form, valid)], "FALSE")


def _twice(value: str, names: Iterable[str]) -> str:
    """Whether a key of an object, or of one of its groups, is written twice."""
    groups = dict.fromkeys(name.rpartition(".")[0] for name in names)
    paths = ", ".join(["'$'", *(pointer(one) for one in groups if one)])
    wrong = "lambda k: LEN(k) <> LEN(LIST_DISTINCT(k))"
    return f"(LEN(LIST_FILTER(JSON_KEYS({value}, [{paths}]), {wrong})) > 0)"


def pointer(name: str) -> str:
    """The JSON pointer of a field, an SQL text, whatever its name is made of."""
    steps = (one.replace("~", "~0").replace("/", "~1") for one in name.split("."))
    return literal("".join(f"/{one}" for one in steps))


# --- the expression


def _record(model: RecordModel) -> str:
    members = _members(one for one in model.fields if not one.derived)
    for one in model.collections:
        lines = _closed("[", [_closed("{", _members(one.fields), "}")], "]")
        members.append(f"{_key(one.name)}(?:null|\\[\\]|{lines})")
    return _closed("{", members, "}")


def _members(fields: Iterable[Field], prefix: str = "") -> list[str]:
    """What a group may hold; ``prefix`` is that of the names of its fields."""
    fields = tuple(fields)
    found: dict[str, str] = {}
    for one in fields:
        head, _, tail = one.name.removeprefix(prefix).partition(".")
        if not tail:
            nothing = "" if one.role == "identifiant" else "null|"
            found[head] = f"{_key(head)}(?:{nothing}{_value(one)})"
        elif head not in found:
            below = f"{prefix}{head}."
            inside = _members((each for each in fields if each.name.startswith(below)), below)
            found[head] = f"{_key(head)}{_closed('{', inside, '}')}"
    return list(found.values())


def _closed(start: str, inside: Sequence[str], end: str) -> str:
    """Some of ``inside``, at least one: after each, a comma or the end, never both.

    To write ``inside`` twice would say it better, in an expression twenty times as slow.
    """
    return f"\\{start}(?:(?:{'|'.join(inside)})(?:, *|\\{end}))+"


def _written(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _key(name: str) -> str:
    return f"{re.escape(_written(name))}: *"


def _value(field: Field) -> str:
    match field.kind:
        case "nombre":
            return _WHOLE if field.multiple_of == 1 else _NUMBER
        case "booleen":
            return "true|false"
        case "date":
            return _DATE
        case "code":
            return "|".join(re.escape(_written(one)) for one in field.codes)
        case "texte":
            return _IDENTIFIER if field.role == "identifiant" else _TEXT
        case _:
            assert_never(field.kind)
