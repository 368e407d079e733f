"""What is doubtful in prepared rows goes to the reader of single records: it alone refuses.

A row is doubtful on its own (``DOUBT``); a record is for one of its rows, or for what they say
together. No fault of a record escapes that; what is doubtful may prove sound. The refused records
leave the prepared rows, and what is said of them comes out.

SQL knows what is plain (``engine.sql.convert``) and which records have something else. These are
read here as a record of a YAML file is, by ``engine.dossiers.read``: each row is a mapping, at the
place of its file and row. Tables come from other programs, and may say a few things otherwise:

- a boolean may be a text: true, false, vrai, faux, oui or non, whatever the letter case;
- a date may be a text AAAA-MM-JJ or JJ/MM/AAAA, a date, or a moment that is midnight (in UTC when
  it bears a time zone);
- a whole number may stand for a code or for a text, even when its type has decimals (4112.0);
- an empty text is no value at all.

Nor are tables one record after the other: every row that bears an identifier used twice is refused,
since their lines cannot be told apart; a row without identifier is refused on its own; a line whose
record is not in the root table is a finding (E520), and refuses nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from itertools import chain, islice
from typing import Final

import duckdb

from engine.dossiers.plan import ReadField
from engine.dossiers.read import ReadOutcome, Refusal, record_reader
from engine.dossiers.values import read_value
from engine.evaluation.compilation.names import field_columns, marked
from engine.langage.inputs import Field, RecordModel, Value
from engine.langage.records import Record
from engine.source import tree
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.messages import reading as said
from engine.source.positions import Span, whole_file
from engine.source.tree import Node, Scalar, is_number
from engine.sql.convert import NO, YES
from engine.sql.exchange import register, texts, whole_numbers
from engine.sql.fragments import literal, quoted, select
from engine.sql.prepare import DOUBT, NUMBER, PLACE, ROOT, links_to, prepared_view
from engine.sql.tables import (
    InputTable,
    RawColumn,
    Sort,
    TableSource,
    key_column,
    key_type,
    tables_of,
)

DOUBTFUL: Final = "douteux"  # the records to read: ``N``, from 0, and ``KEY``
N: Final = marked("rang")
KEY: Final = marked("cle")
COLUMNS: Final = ("fichier", "ligne", "table", "champ", "code", "motif", "valeur", "conseil")
_KEPT: Final = "dossiers_gardes"
_ASIDE: Final = "constats_du_lot"
_MANY: Final = 5000  # findings written together
_BATCH: Final = 1000  # records, or rows of none, read together
_FRENCH: Final = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})")
_NOWHERE: Final = whole_file("")
_ROW, _GROUP, _CELL = 1, 2, 1000  # the columns of the spans of a row, of its groups, of its cells

# The key of the record as a text, then ``COLUMNS``.
Told = tuple["str | None", ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """What the reader says of one record of the tables; ``n`` is its place in ``DOUBTFUL``."""

    n: int
    outcomes: tuple[ReadOutcome, ...]  # one for each of its rows in the root table
    refusals: tuple[Told, ...]


def accepted(field: Field, raw: RawColumn, texts: Iterable[str]) -> Mapping[str, Value]:
    """What the reader makes of texts of a column, those that it refuses left out."""
    cell = ReadField.of(field)
    found = {}
    for text in texts:
        value = read_value(cell, _node(field, raw.sort, text, _NOWHERE))
        if value is not None and not isinstance(value, Diagnostic):
            found[text] = value
    return found


@dataclass(frozen=True, slots=True)
class Reader:
    """The records of raw tables, as the reader of single records takes them.

    ``first_day``: the first day for which rules exist, included.
    """

    model: RecordModel
    sources: Mapping[str, TableSource]
    first_day: date

    @property
    def _tables(self) -> Mapping[str, InputTable]:
        return tables_of(self.model, self.sources)

    def read(self, connection: duckdb.DuckDBPyConnection) -> Iterator[Judged]:
        """Every record of ``DOUBTFUL``, in its order; nothing else may use ``connection``.

        A refusal may be E104 to E109, E501 to E505 or E510.
        """
        tables = self._tables
        for name, one in tables.items():
            rows = select(
                f"{N}, {_listed(one)}",
                one.source.relation,
                then=f"JOIN {DOUBTFUL} ON {KEY} = {one.light_key} ORDER BY {N}",
            )
            connection.execute(f"CREATE OR REPLACE TEMP TABLE {_copy(name)} AS {rows}")
        batches = [_batches(connection, name, DOUBTFUL) for name in tables]
        for batch in zip(*batches, strict=True):
            records: dict[int, dict[str, list[Sequence[object]]]] = {}
            for name, rows in zip(tables, batch, strict=True):
                for n, *row in rows:
                    own = records.setdefault(int(str(n)), {one: [] for one in tables})
                    own[name].append(row)
            for n in sorted(records):
                yield self._record(n, records[n])
        for name in tables:
            connection.execute(f"DROP TABLE {_copy(name)}")

    def records(
        self, connection: duckdb.DuckDBPyConnection, idents: Sequence[str], shown: str
    ) -> Mapping[str, Record]:
        """Those of the records called ``idents`` that are accepted; ``shown`` is their input."""
        tables = self._tables
        number = key_type(self.sources.values(), key_column(self.model)) == "BIGINT"
        # whether a text is a whole number of 64 bits, in its only form
        keys = {
            one: int(one) if number else one
            for one in idents
            if not number or (one == str(int(one)) if re.fullmatch("-?[0-9]{1,18}", one) else False)
        }
        listed = ", ".join(str(one) if number else literal(str(one)) for one in keys.values())
        rows: dict[object, dict[str, list[Sequence[object]]]] = {
            one: {name: [] for name in tables} for one in keys.values()
        }
        parts = []
        for name, one in tables.items():  # one statement: the tables are looked up side by side
            place, texts = _place_of(one), ", ".join(_texts_of(one))
            parts.append(
                select(
                    f"{literal(name)} AS t, {one.light_key}, {one.source.file}, {one.source.row},"
                    f" ROW_NUMBER() OVER (ORDER BY {place}) AS p, [{texts}]",
                    one.source.relation,
                    f"{one.light_key} IN ({listed or 'NULL'})",
                )
            )
        found = connection.execute(f"{' UNION ALL '.join(parts)} ORDER BY t, p")
        for table, key, file, line, place, written in found.fetchall():
            rows[key][table].append((file, line, place, *written))
        records = {}
        for ident, key in keys.items():
            match self._record(0, rows[key]).outcomes:
                case (Record() as record,):
                    records[ident] = replace(record, span=whole_file(shown))
                case _:
                    pass
        return records

    def strays(self, connection: duckdb.DuckDBPyConnection) -> Iterator[Told]:
        """What is said of rows without identifier (E104 at least) and of lines of no record (E520).

        Nothing else may use ``connection`` meanwhile, but between two of them.
        """
        tables = self._tables
        root = tables[self.model.table]
        known = select(root.light_key, root.source.relation, f"NOT ({root.unnamed})")
        for name, one in tables.items():
            where = one.unnamed
            if name != self.model.table:
                where += f" OR {one.light_key} NOT IN ({known})"
            rows = select(f"{one.key}, {_listed(one)}", one.source.relation, where)
            connection.execute(
                f"CREATE OR REPLACE TEMP TABLE {_copy(name)} AS"
                f" SELECT ROW_NUMBER() OVER (ORDER BY {PLACE}) - 1 AS {N}, * FROM ({rows})"
            )
            for _, key, *row in chain.from_iterable(_batches(connection, name)):
                yield from self._stray(one, None if key is None else str(key), row)
            connection.execute(f"DROP TABLE {_copy(name)}")

    def _stray(self, one: InputTable, key: str | None, row: Sequence[object]) -> Iterator[Told]:
        made = _Made()
        node = made.mapping(one, row)
        if one.name == self.model.table:
            yield from made.told(None, _findings(self._outcome(node)))
            return
        items = tree.Sequence((node,), _NOWHERE)
        name = Scalar(one.name, quoted=True, span=_NOWHERE)
        # The rest of its record is not there: only what its own values are counts.
        alone = [
            each
            for each in _findings(self._outcome(tree.Mapping(((name, items),), _NOWHERE)))
            if each.span in made.cells and each.code != "E502"
        ]
        column = one.source.names[key_column(self.model)]
        if key is not None:
            lost = say("E520", node.span, dossier=key, table=self.model.table)
            yield made.row(key, lost, one.name, column, key)
        else:  # what it lacks is told with its identifier, which is no field of a line
            alone = [each for each in alone if (each.code, each.span) != ("E104", node.span)]
            lacks = made.lacks.setdefault(node.span, [])
            lacks.insert(0, (column, column))
            alone.append(said.missing_key(tuple(name for name, _ in lacks), node.span))
        yield from made.told(key, alone)

    def _outcome(self, node: Node) -> ReadOutcome:
        return record_reader(self.model, first_day=self.first_day)(node)

    def _record(self, n: int, rows: Mapping[str, Sequence[Sequence[object]]]) -> Judged:
        """One record; its lines go with the first of its rows."""
        made, tables = _Made(), self._tables
        ident = self.model.role("identifiant")
        outcomes: list[ReadOutcome] = []
        told: list[Told] = []
        places: list[Span] = []
        for place, root in enumerate(rows[self.model.table]):
            node = made.mapping(tables[self.model.table], root)
            entries = list(node.entries)
            for one in self.model.collections if place == 0 else ():
                if rows.get(one.name):
                    items = tuple(made.mapping(tables[one.name], row) for row in rows[one.name])
                    name = Scalar(one.name, quoted=True, span=_NOWHERE)
                    entries.append((name, tree.Sequence(items, node.span)))
            outcomes.append(self._outcome(tree.Mapping(tuple(entries), node.span)))
            below = node.get(ident.name)
            places.append(node.span if below is None else below.span)
        for place, outcome in enumerate(outcomes):
            found = list(_findings(outcome))
            if len(outcomes) > 1 and outcome.ident is not None:
                other = places[1 if place == 0 else 0]
                found.append(
                    say("E503", places[place], other, libelle=ident.label, dossier=outcome.ident)
                )
            key = _key_text(tables[self.model.table], rows[self.model.table][place])
            told += made.told(key, found)
        return Judged(n, tuple(outcomes), tuple(told))


def _findings(outcome: ReadOutcome) -> tuple[Diagnostic, ...]:
    return outcome.diagnostics if isinstance(outcome, Refusal) else ()


def _key_text(root: InputTable, row: Sequence[object]) -> str | None:
    """The identifier that a row of the root table bears."""
    for column, text in zip(root.columns, row[3:], strict=True):
        if column.field.role == "identifiant":
            return None if text is None else str(text)
    return None


def _copy(table: str) -> str:
    return quoted(f"{DOUBTFUL} {table}")


def _batches(
    connection: duckdb.DuckDBPyConnection, table: str, counted: str = ""
) -> Iterator[list[tuple[object, ...]]]:
    """The rows of a copy, those of some numbers ``n`` at a time; ``counted``: what has them all."""
    (count,) = connection.execute(f"SELECT COUNT(*) FROM {counted or _copy(table)}").fetchone() or (
        0,
    )
    for first in range(0, count, _BATCH):
        yield connection.execute(
            f"SELECT * FROM {_copy(table)} WHERE {N} >= {first} AND {N} < {first + _BATCH}"
            f" ORDER BY {N}, {PLACE}"
        ).fetchall()


def _listed(one: InputTable) -> str:
    """The place of a row, then what each column of the model says there, as a text."""
    source = one.source
    return ", ".join([source.file, source.row, f"{_place_of(one)} AS {PLACE}", *_texts_of(one)])


def _place_of(one: InputTable) -> str:
    """What grows from row to row, in the order of the input."""
    source = one.source
    return source.order or f"{{'fichier': {source.file}, 'ligne': {source.row}}}"


def _texts_of(one: InputTable) -> list[str]:
    raws = [one.raw(column.prepared) for column in one.columns]
    return [f"CAST({'NULL' if raw is None else raw.text} AS VARCHAR)" for raw in raws]


@dataclass(slots=True)
class _Made:
    """The mappings made of some rows, and what their places stand for.

    ``cells``: for each place the table, the column and what is written there; ``lacks``: what a
    mapping lacks, as the schema names it there and as the table does.
    """

    tables: dict[str, int] = field(default_factory=dict)
    cells: dict[Span, tuple[str, str | None, str | None]] = field(default_factory=dict)
    lacks: dict[Span, list[tuple[str, str]]] = field(default_factory=dict)

    def mapping(self, one: InputTable, row: Sequence[object]) -> tree.Mapping:
        """One row as a mapping; its groups are always there, even with nothing in them."""
        span = self._span(one, row, _ROW)
        flat: list[tuple[Scalar, Node]] = []
        groups: dict[str, tuple[Span, list[tuple[Scalar, Node]]]] = {}
        for at, (column, text) in enumerate(zip(one.columns, row[3:], strict=True)):
            head, _, tail = column.field.name.rpartition(".")
            place, below = span, flat
            if head:
                if head not in groups:
                    groups[head] = self._span(one, row, _GROUP + len(groups)), []
                place, below = groups[head]
            written = one.source.names.get(column.prepared, column.name)
            raw = one.raw(column.prepared)
            if text is None or raw is None:
                if column.field.required:
                    self.lacks.setdefault(place, []).append((tail, written))
                continue
            here = self._span(one, row, _CELL + at, written, str(text))
            below.append(
                (
                    Scalar(tail, quoted=True, span=here),
                    _node(column.field, raw.sort, str(text), here),
                )
            )
        flat += [
            (Scalar(head, quoted=True, span=place), tree.Mapping(tuple(below), place))
            for head, (place, below) in groups.items()
        ]
        return tree.Mapping(tuple(flat), span)

    def told(self, key: str | None, found: Iterable[Diagnostic]) -> Iterator[Told]:
        """Findings as rows of the refusals."""
        for one in found:
            table, column, text = self.cells[one.span]
            if one.code == "E104":
                column = ", ".join(name for _, name in self.lacks[one.span])
            yield self.row(key, one, table, column, text)

    def row(
        self, key: str | None, one: Diagnostic, table: str, column: str | None, text: str | None
    ) -> Told:
        """One finding as a row of the refusals."""
        return (
            key,
            one.span.file,
            str(one.span.line),
            table,
            column,
            one.code,
            one.message,
            text,
            one.advice,
        )

    def _span(self, one: InputTable, row: Sequence[object], column: int, *told: str) -> Span:
        """A place of its own, two tables may be of one file; ``told``: the column and its text."""
        number = self.tables.setdefault(one.name, len(self.tables) + 1)
        span = Span(str(row[0]), int(str(row[1])), column, number, column)
        written, text = told or (None, None)
        self.cells[span] = one.name, written, text
        return span


def _node(field: Field, sort: Sort, text: str, span: Span) -> Node:
    """What a cell says, as a file would say it; ``text`` is not empty."""
    match sort:
        case "boolean":
            return Scalar(text, quoted=False, span=span)
        case "integer" | "decimal" | "double":
            # The shortest text of a DOUBLE, in full; one that is no number is told as it is.
            written = f"{number:f}" if (number := Decimal(text)).is_finite() else text
            return Scalar(written, quoted=not is_number(written), span=span)
        case _:
            pass
    if field.kind == "booleen" and text.lower() in (*YES, *NO):
        return Scalar("true" if text.lower() in YES else "false", quoted=False, span=span)
    if field.kind == "date" and (found := _FRENCH.fullmatch(text)):
        text = "-".join(found.group(3, 2, 1))
    return Scalar(text, quoted=True, span=span)


# --- refused records leave the prepared tables


def refuse(
    connection: duckdb.DuckDBPyConnection,
    reader: Reader,
    lines: Mapping[str, int] | None,
    into: str,
) -> int:
    """Take the rows of refused records out of the prepared tables.

    Args:
        connection: where the tables are prepared, with their ``DOUBT``.
        reader: of their raw tables.
        lines: how many rows the raw tables have; None: they are sound, no one looks.
        into: the table to make of what is said: the key of the record, as a text, then
            ``COLUMNS``.

    Returns:
        How many rows ``into`` has.
    """
    model = reader.model
    tables = tables_of(model, reader.sources)
    root, key = prepared_view(model.table), quoted(key_column(model))
    if lines is None:
        return _write(connection, key, iter(()), into)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {DOUBTFUL} AS"
        f" SELECT ROW_NUMBER() OVER (ORDER BY {KEY}) - 1 AS {N}, {KEY}"
        f" FROM ({doubtful_records(model, tables)}) WHERE CAST({KEY} AS VARCHAR) <> ''"
    )
    counts = [
        f"SELECT COUNT(*) FROM {DOUBTFUL}",
        select("COUNT(*)", root, f"CAST({key} AS VARCHAR) <> ''"),
    ]
    counts += [f"SELECT COUNT(*) FROM {prepared_view(name)}" for name in tables]
    doubtful, named, *kept = tuple(
        connection.execute(f"SELECT {', '.join(f'({one})' for one in counts)}").fetchone() or ()
    )
    uneven = any(count != lines[name] for name, count in zip(tables, kept, strict=True))
    refused: list[int] = []

    def told() -> Iterator[Told]:
        for one in reader.read(connection) if doubtful else ():
            refused.extend([one.n] if one.refusals else [])
            yield from one.refusals
        if uneven or named < lines[model.table]:
            yield from reader.strays(connection)

    written = _write(connection, key, told(), into)
    if refused or named < lines[model.table]:
        register(connection, _ASIDE, {N: whole_numbers(refused)}, len(refused))
        keys = select(KEY, DOUBTFUL, f"{N} IN (SELECT {N} FROM {_ASIDE})")
        kept_keys = f"CAST({key} AS VARCHAR) <> '' AND {key} NOT IN ({keys})"
        keep_only(connection, tables, model, select(NUMBER, root, kept_keys))
        connection.unregister(_ASIDE)
    connection.execute(f"DROP TABLE {DOUBTFUL}")
    return written


def keep_only(
    connection: duckdb.DuckDBPyConnection, tables: Iterable[str], model: RecordModel, numbers: str
) -> None:
    """Leave in the prepared tables the records whose number a query gives."""
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {_KEPT} AS {numbers}")
    for name in tables:
        rows, number = (
            (ROOT, "ROWID") if name == model.table else (quoted(prepared_view(name)), NUMBER)
        )
        connection.execute(f"DELETE FROM {rows} WHERE {number} NOT IN (FROM {_KEPT})")
    connection.execute(f"DROP TABLE {_KEPT}")


def doubtful_records(model: RecordModel, tables: Collection[str]) -> str:
    """The keys of the doubtful records, over the prepared tables."""
    root, key = quoted(prepared_view(model.table)), quoted(key_column(model))
    columns = field_columns(model)
    most = {one.name: one.max_items for one in model.collections}
    numbers = []
    for name in tables:
        view = quoted(prepared_view(name))
        numbers.append(select(NUMBER, view, DOUBT))
        if name != model.table:
            many = f"GROUP BY {NUMBER} HAVING COUNT(*) > {most[name]}"
            numbers.append(select(NUMBER, view, then=many))
    for table, link in links_to(model):  # two lines of one name
        if table in tables:
            view, value = quoted(prepared_view(table)), quoted(columns[table, link, None])
            several = select(NUMBER, view, then=f"GROUP BY {NUMBER} HAVING COUNT(*) > 1")
            named = f"{value} IS NOT NULL AND {NUMBER} IN ({several})"
            twice = f"GROUP BY {NUMBER}, {value} HAVING COUNT(*) > 1"
            numbers.append(select(NUMBER, view, named, twice))
    own = select(f"{key} AS {KEY}", root, f"{NUMBER} IN ({' UNION ALL '.join(numbers)})")
    return f"{own} UNION {select(key, root, then=f'GROUP BY {key} HAVING COUNT(*) > 1')}"


def _write(connection: duckdb.DuckDBPyConnection, key: str, told: Iterator[Told], into: str) -> int:
    """Make the table of what is said; how many rows it has."""
    named = {
        name: f"{quoted(name)} {'BIGINT' if name == 'ligne' else 'VARCHAR'}" for name in COLUMNS
    }
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {into} ({key} VARCHAR, {', '.join(named.values())})"
    )
    count = 0
    while rows := list(islice(told, _MANY)):
        columns = zip(*rows, strict=True)
        register(
            connection,
            _ASIDE,
            {f"c{at}": texts(column) for at, column in enumerate(columns)},
            len(rows),
        )
        connection.execute(f"INSERT INTO {into} FROM {_ASIDE}")
        connection.unregister(_ASIDE)
        count += len(rows)
    return count
