"""Nested records, one per line: flattened to tables; odd lines are read as single records are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from engine.dossiers.read import Refusal, read_records
from engine.langage.inputs import Field, RecordModel
from engine.source.diagnostics import Diagnostic
from engine.source.files import read_documents
from engine.source.messages import tables_input as say
from engine.sql.columns import key_column, table_columns
from engine.sql.fragments import literal, quoted
from engine.sql.inputs.raw import Raw
from engine.sql.paths import over

_LINES = "lu_lignes"
_NO_SIGN = "\x1f"  # JSON never holds it
_LONGEST_LINE = 2**24  # in bytes: more than any record
_SHOWN = 200  # characters kept of a longer line, which is then no JSON


@dataclass(frozen=True, slots=True)
class Flattened:
    """The tables of nested records, and the lines that are refused as a whole."""

    tables: Mapping[str, Raw]
    lost: tuple[tuple[str, int, tuple[Diagnostic, ...]], ...]


def read_jsonl(
    connection: duckdb.DuckDBPyConnection,
    files: Sequence[Path],
    model: RecordModel,
    first_day: date,
    workspace: Path,
) -> Flattened:
    """The tables that the records of ``files`` make up.

    A line whose keys are all known, each once, and whose lists are lists of objects is flattened by
    SQL; any other is read by the reader of single records, and refused with what it finds.
    """
    _read_lines(connection, files, workspace)
    odd = f"ligne <> '' AND NOT ({_plain_test(model)})"
    rows = connection.execute(
        f"SELECT fichier, rang, ligne FROM {_LINES} WHERE {odd} ORDER BY fichier, rang"
    ).fetchall()
    lost = [(file, row, _findings(file, row, text, model, first_day))
            for file, row, text in rows]  # fmt: skip
    connection.execute(f"DELETE FROM {_LINES} WHERE ligne = '' OR {odd}")
    return Flattened(_flatten(connection, model), tuple(lost))


def _read_lines(
    connection: duckdb.DuckDBPyConnection, files: Sequence[Path], workspace: Path
) -> None:
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {_LINES} (fichier VARCHAR, rang BIGINT, ligne VARCHAR)"
    )
    for at, file in enumerate(files):
        try:
            _insert_lines(connection, file, file.name)
        except duckdb.Error:  # a line is too long, or no text
            cleaned = workspace / f"lignes-{at}.jsonl"
            _clean(file, cleaned)
            _insert_lines(connection, cleaned, file.name)


def _insert_lines(connection: duckdb.DuckDBPyConnection, file: Path, shown: str) -> None:
    options = (
        "columns = {'ligne': 'VARCHAR'}, header = false, auto_detect = false, "
        f"delim = '{_NO_SIGN}', quote = '', escape = '', max_line_size = {_LONGEST_LINE}"
    )
    connection.execute(
        f"INSERT INTO {_LINES} SELECT ?, ROW_NUMBER() OVER (), COALESCE(TRIM(ligne), '') "
        f"FROM {over('read_csv', [file], options)}",
        [shown],
    )


def _clean(file: Path, cleaned: Path) -> None:
    """A copy of ``file`` that can be read; what JSON does not allow becomes what it refuses."""
    with file.open("rb") as source, cleaned.open("w", encoding="utf-8", newline="\n") as target:
        for line in source:
            text = line.rstrip(b"\r\n").decode("utf-8", "backslashreplace")
            text = text.replace(_NO_SIGN, repr(_NO_SIGN)[1:-1]).replace("\r", " ")
            target.write(f"{text if len(line) <= _LONGEST_LINE // 2 else text[:_SHOWN]}\n")


# --- lines that SQL can flatten


def _plain_test(model: RecordModel) -> str:
    """Whether a line is an object of known keys, groups and lists as the model has them."""
    root = [*(one.name for one in model.fields if not one.derived),
            *(one.name for one in model.collections)]  # fmt: skip
    own = [one for one in model.fields if not one.derived]
    tests = ["JSON_VALID(ligne)", *_object_tests("ligne", "$", root), *_plain_values("ligne", own)]
    for one in model.collections:
        path = f"$.{one.name}"
        items = f"JSON_EXTRACT(ligne, '{path}[*]')"
        inside = _object_tests("e", "$", [field.name for field in one.fields])
        inside += _plain_values("e", one.fields)
        tests.append(
            f"COALESCE(JSON_TYPE(ligne, '{path}'), 'NULL') IN ('NULL', 'ARRAY') AND "
            f"COALESCE(LEN(LIST_FILTER({items}, lambda e: NOT ({' AND '.join(inside)}))), 0) = 0"
        )
    return (
        f"CASE WHEN {tests[0]} THEN {' AND '.join(f'({test})' for test in tests[1:])} END IS TRUE"
    )


def _plain_values(value: str, fields: Iterable[Field]) -> Iterator[str]:
    """Whether no field holds a list or an object, nor a boolean where none is expected."""
    booleans = [one.name for one in fields if one.kind == "booleen"]
    others = [one.name for one in fields if one.kind != "booleen"]
    for names, kinds in ((booleans, ("OBJECT", "ARRAY")), (others, ("OBJECT", "ARRAY", "BOOLEAN"))):
        if names:
            paths = ", ".join(literal(f"$.{name}") for name in names)
            refused = ", ".join(literal(kind) for kind in kinds)
            yield f"NOT LIST_HAS_ANY(JSON_TYPE({value}, [{paths}]), [{refused}])"


def _object_tests(value: str, path: str, names: Iterable[str]) -> list[str]:
    """Whether what lies at ``path`` is an object whose keys are all known, each once."""
    heads = list(dict.fromkeys(name.partition(".")[0] for name in names))
    known = ", ".join(literal(name) for name in heads)
    keys = f"JSON_KEYS({value}, '{path}')"
    tests = [
        f"JSON_TYPE({value}, '{path}') = 'OBJECT'",
        f"LIST_HAS_ALL([{known}], {keys})",
        f"LEN({keys}) = LEN(LIST_DISTINCT({keys}))",
    ]
    for head in heads:
        below = [name.partition(".")[2] for name in names if name.startswith(f"{head}.")]
        if below:
            inside = " AND ".join(_object_tests(value, f"{path}.{head}", below))
            kind = f"COALESCE(JSON_TYPE({value}, '{path}.{head}'), 'NULL')"
            tests.append(f"CASE WHEN {kind} = 'NULL' THEN TRUE ELSE {inside} END")
    return tests


def _flatten(connection: duckdb.DuckDBPyConnection, model: RecordModel) -> Mapping[str, Raw]:
    key = key_column(model)
    found = {}
    for table, columns in table_columns(model).items():
        relation = f"lu_{table}"
        if table == model.table:
            listed = [_value("ligne", one.field, one.name) for one in columns]
            rows = f"SELECT {', '.join(listed)}, fichier, rang, 0 AS place FROM {_LINES}"
        else:
            own = f"JSON_EXTRACT_STRING(ligne, '$.{key}') AS {quoted(key)}"
            listed = [_value("e", one.field, one.name) for one in columns]
            items = f"JSON_EXTRACT(ligne, '$.{table}[*]')"
            rows = (
                f"SELECT {quoted(key)}, {', '.join(listed)}, fichier, rang, place "
                f"FROM (SELECT {own}, fichier, rang, UNNEST({items}) AS e, "
                f"GENERATE_SUBSCRIPTS({items}, 1) AS place FROM {_LINES})"
            )
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {relation} AS {rows}")
        names = [one.name for one in columns]
        types = dict.fromkeys([key, *names], "VARCHAR")
        order = "{'f': fichier, 'r': rang, 'p': place}"
        ranked = f"(SELECT *, ROW_NUMBER() OVER (ORDER BY {order}) AS tout FROM {relation})"
        found[table] = Raw(ranked, types, "fichier", "rang", "tout")
    return found


def _value(value: str, field: Field, name: str) -> str:
    return f"JSON_EXTRACT_STRING({value}, '$.{field.name}') AS {quoted(name)}"


# --- the others


def _findings(
    file: str, row: int, text: str, model: RecordModel, first_day: date
) -> tuple[Diagnostic, ...]:
    """What the reader of single records finds wrong with a line."""
    documents, findings = read_documents(f"{file}.json", text)
    if findings:
        return findings
    for outcome in read_records(documents, model, first_day=first_day, default_ident="?"):
        if isinstance(outcome, Refusal) and outcome.diagnostics:
            return outcome.diagnostics
    return (say.unreadable_line(file, row),)
