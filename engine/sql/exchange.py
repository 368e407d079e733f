"""Prepared rows go to a module as columns; its answers come back as relations of the database.

Nothing is looked at one by one: a column goes as DuckDB gives it to Arrow, whose layout is that of
the module. Codes only change their numbers, those of an ENUM type for those of the module.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final

import duckdb
import nanoarrow
from nanoarrow._schema import CSchemaBuilder  # the only way to a decimal of 64 bits
from nanoarrow.c_array import CArray, c_array_from_buffers
from nanoarrow.c_schema import CSchema

from engine.evaluation.compilation.names import EPOCH_COLUMN, field_columns, marked
from engine.langage.corpus import NOT_COMPUTED, Corpus
from engine.langage.inputs import Field, RecordModel, Value
from engine.module.host import Columns, Loaded, Module
from engine.module.layout import AnswerSlots, Input, Layout
from engine.module.rows import ends_of
from engine.sql.fragments import quoted
from engine.sql.prepare import NUMBER, PLACE, Needed, link_column, prepared_view
from engine.sql.tables import day_column, key_column

TEXTS: Final = "textes_du_lot"
ANSWERS: Final = "reponses"
MISSING: Final = marked("manquants")
KNOWN_TEXTS: Final = "textes_connus"
_FIRST_TEXT: Final = 2**20  # the number of the first text that the law does not name
_DIGITS: Final = 18  # of a result
_FIRST_DAY: Final = date(1970, 1, 1).toordinal()  # of Arrow


def needed_of(model: RecordModel, layouts: Iterable[Layout]) -> Needed:
    """What modules read of the prepared tables."""
    fields = {(model.table, model.role("date").name)}
    links: set[tuple[str, str]] = set()
    placed: set[str] = set()
    for layout in layouts:
        fields |= {(one.table or model.table, one.source.field.name) for one in layout.inputs}
        links |= {(one.scope, one.name) for one in layout.links}
        placed |= set(layout.offsets)
    return Needed(frozenset(fields), frozenset(placed), frozenset(links))


@dataclass(frozen=True, slots=True)
class _Table:
    """The rows of a prepared table: how many, and the pieces of each column."""

    count: int
    columns: Mapping[str, tuple[CArray, ...]]

    def words(self, name: str, size: int) -> bytes:
        """A column of values of ``size`` bytes."""
        return b"".join(
            memoryview(one.view().buffer(1)).cast("B")[: len(one) * size]
            for one in self.columns[name]
        )

    def bits(self, name: str, buffer: int) -> bytes:
        """A bitmap: that of the values (1), or of those that are there (0)."""
        found, at = 0, 0
        for one in self.columns[name]:
            if buffer == 0 and one.null_count == 0:
                piece = (1 << len(one)) - 1
            else:
                data = memoryview(one.view().buffer(buffer)).cast("B")[: -(-len(one) // 8)]
                piece = int.from_bytes(data, "little") & ((1 << len(one)) - 1)
            found |= piece << at
            at += len(one)
        return found.to_bytes(at // 8 + 1, "little")

    def codes(self, name: str, numbers: dict[str, int]) -> bytes | bytearray:
        """A column of an ENUM type, its codes told by their ``numbers``, which takes in others."""
        found, at = bytearray(4 * self.count), 0
        for one in self.columns[name]:
            end = 4 * (at + len(one))
            if one.dictionary is None:  # texts, or nothing at all
                codes = nanoarrow.Array(one).to_pylist()
                known = [
                    0 if code is None else numbers.setdefault(code, len(numbers)) for code in codes
                ]
                found[4 * at : end] = array("i", known).tobytes()
                at += len(one)
                continue
            codes = nanoarrow.Array(one.dictionary).to_pylist()
            known = [numbers.setdefault(code, len(numbers)) for code in codes]
            data = memoryview(one.view().buffer(1))[: len(one)]
            if data.itemsize > 1:  # more codes than a byte tells
                found[4 * at : end] = array("i", [known[number] for number in data]).tobytes()
            for byte in range(4) if data.itemsize == 1 else ():
                table = bytes((number >> 8 * byte) & 255 for number in known).ljust(256, b"\0")
                if any(table):
                    found[4 * at + byte : end : 4] = bytes(data).translate(table)
            at += len(one)
        return found


@dataclass(frozen=True, slots=True)
class Rows:
    """The prepared rows of a chunk, in the order of their records.

    ``numbers``: those of the records.
    """

    connection: duckdb.DuckDBPyConnection
    model: RecordModel
    numbers: bytes
    tables: Mapping[str, _Table]

    @property
    def count(self) -> int:
        """How many records there are."""
        return self.tables[self.model.table].count

    def columns(self, module: Module) -> Columns:
        """What ``module`` reads of them."""
        layout = module.layout
        own = {text: number for number, text in enumerate(layout.texts)}
        both = self._named(layout) if any(map(_is_text, layout.inputs)) else {}
        root = self.tables[self.model.table]
        parts: dict[int, bytes | bytearray] = {layout.epoch: root.words(EPOCH_COLUMN, 4)}
        names = field_columns(self.model)
        for one in layout.inputs:
            table = self.tables.get(one.table or self.model.table)
            name = names[one.table, one.source.field.name, None]
            parts[one.values] = b"" if table is None else _values(table, name, one, own, both)
            if one.there is not None:
                parts[one.there] = b"" if table is None else table.bits(name, 0)
        for link in layout.links:
            table = self.tables.get(link.scope)
            name = link_column(link.name)
            parts[link.values] = b"" if table is None else table.words(name, 4)
            parts[link.there] = b"" if table is None else table.bits(name, 0)
        ends: dict[str, Sequence[int]] = {}
        for scope in layout.offsets:
            table = self.tables.get(scope)
            lines = b"" if table is None else table.words(NUMBER, 8)
            ends[scope] = ends_of(self.numbers, lines)
        texts = _Texts(self.connection, {number: text for text, number in own.items()})
        if layout.ranks is not None or any(one.sort == "texte" for one in layout.results):
            texts.fill()  # those that a result may give are joined to it by their numbers
        return Columns(self.count, parts, ends, texts)

    def _named(self, layout: Layout) -> Mapping[int, int]:
        """The numbers of texts that the law names too, each with that of the law."""
        own = {text: number for number, text in enumerate(layout.texts)}
        rows = self.connection.execute(
            f"SELECT texte, numero FROM {TEXTS} WHERE texte IN (SELECT UNNEST(?))", [list(own)]
        ).fetchall()
        return {number: own[text] for text, number in rows}


def _is_text(one: Input) -> bool:
    return one.source.field.kind == "texte"


def _values(
    table: _Table, name: str, one: Input, own: dict[str, int], both: Mapping[int, int]
) -> bytes | bytearray:
    if one.sort == "booleen":
        return table.bits(name, 1)
    if one.source.field.kind == "code":
        return table.codes(name, own)
    found = table.words(name, 8 if one.sort == "nombre" else 4)
    if both and _is_text(one):
        words = bytearray(found)
        view = memoryview(words).cast("i")
        for place, number in enumerate(view):
            view[place] = both.get(number, number)
        view.release()
        return words
    return found


class _Texts(dict[int, str]):
    """The texts of a chunk by number, read when one is asked for that the law does not name."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, known: Mapping[int, str]) -> None:
        super().__init__(known)
        self._connection = connection

    def fill(self) -> None:
        """Read them all."""
        self |= dict(self._connection.execute(f"SELECT numero, texte FROM {TEXTS}").fetchall())

    def __missing__(self, number: int) -> str:
        self.fill()
        return self[number]


def rows_of(
    connection: duckdb.DuckDBPyConnection,
    corpus: Corpus,
    epochs: Sequence[int],
    needed: Needed,
    given: Iterable[str],
) -> Rows:
    """The prepared rows with what is ``needed``, each record with the number of its epoch.

    ``given``: the tables that are prepared, the root among them. Makes ``TEXTS``.
    """
    model, names = corpus.model, field_columns(corpus.model)
    fields = {model.table: model.fields, **{one.name: one.fields for one in model.collections}}
    wanted: dict[str, list[tuple[str, Field]]] = {}
    for table in given:
        if table != model.table and table not in needed.placed:
            continue  # no module reads it
        scope = None if table == model.table else table
        wanted[table] = [
            (names[scope, one.name, None], one)
            for one in fields[table]
            if (table, one.name) in needed.fields and one.role != "identifiant"
        ]
    # a number for each different text; two texts are told apart by it
    found = [
        f"SELECT {quoted(name)} AS texte FROM {quoted(prepared_view(table))}"
        for table, columns in wanted.items()
        for name, field in columns
        if field.kind == "texte"
    ]
    rows = " UNION ".join(found) or "SELECT CAST(NULL AS VARCHAR) AS texte"
    number = f"CAST(ROW_NUMBER() OVER () + {_FIRST_TEXT} AS INTEGER)"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {TEXTS} AS SELECT texte, {number} AS numero"
        f" FROM ({rows}) WHERE texte IS NOT NULL"
    )
    tables = {}
    for table, columns in wanted.items():
        links = [link_column(link) for scope, link in needed.links if scope == table]
        root = table == model.table
        epoch = _epoch(corpus, epochs, f"r.{quoted(day_column(model))}") if root else None
        tables[table] = _fetched(connection, _select(table, columns, links, epoch))
    return Rows(connection, model, tables[model.table].words(NUMBER, 8), tables)


def _select(
    table: str, columns: Sequence[tuple[str, Field]], links: Sequence[str], epoch: str | None
) -> str:
    """The rows of a prepared table, those of the root with their epoch."""
    listed, joins = [f"r.{NUMBER} AS {NUMBER}"], []
    for place, (name, field) in enumerate(columns):
        own = f"r.{quoted(name)}"
        if field.kind == "texte":
            joins.append(f"LEFT JOIN {TEXTS} AS t{place} ON t{place}.texte = {own}")
            own = f"t{place}.numero"
        listed.append(f"{own} AS {quoted(name)}")
    listed += [f"r.{link} AS {link}" for link in links]
    order = f"r.{NUMBER}"
    if epoch is None:
        order += f", r.{PLACE}"
    else:
        listed.append(f"{epoch} AS {EPOCH_COLUMN}")
    rows = f"{quoted(prepared_view(table))} AS r {' '.join(joins)}"
    return f"SELECT {', '.join(listed)} FROM {rows} ORDER BY {order}"


def _epoch(corpus: Corpus, epochs: Sequence[int], day: str) -> str:
    """The number of the epoch of a record."""
    cases = " ".join(
        f"WHEN {day} >= DATE '{corpus.starts[number]}' THEN {number}"
        for number in sorted(epochs[1:], reverse=True)
    )
    found = f"CASE {cases} ELSE {epochs[0]} END" if cases else str(epochs[0])
    return f"CAST({found} AS INTEGER)"


def _fetched(connection: duckdb.DuckDBPyConnection, sql: str) -> _Table:
    with nanoarrow.c_array_stream(connection.sql(sql)) as stream:
        names = [one.name for one in stream.get_schema().children]
        pieces = list(stream)
    columns = {name: tuple(one.child(at) for one in pieces) for at, name in enumerate(names)}
    return _Table(sum(map(len, pieces)), columns)


# --- answers


def register(
    connection: duckdb.DuckDBPyConnection, name: str, columns: Mapping[str, CArray], count: int
) -> None:
    """A relation of the database whose columns are in memory."""
    whole = CSchemaBuilder.allocate()
    whole.set_format("+s")
    whole.allocate_children(len(columns))
    for place, (column, values) in enumerate(columns.items()):
        whole.set_child(place, column, values.schema)
    made = c_array_from_buffers(
        whole.finish(), count, [None], null_count=0, children=list(columns.values())
    )
    connection.register(name, nanoarrow.Array(made))


def whole_numbers(values: Sequence[int | None]) -> CArray:
    """A column of whole numbers."""
    return nanoarrow.c_array(values, nanoarrow.int64())


def texts(values: Sequence[str | None]) -> CArray:
    """A column of texts."""
    return nanoarrow.c_array(values, nanoarrow.string())


def values_column(field: Field, values: Iterable[Value]) -> CArray:
    """Values of a field as a prepared column holds them."""
    if field.kind == "texte":
        return texts([str(value) for value in values])
    counts = []
    for value in values:
        if isinstance(value, date):
            counts.append(value.toordinal() - _FIRST_DAY)
        else:
            assert isinstance(value, Fraction)  # noqa: S101 - of a number
            counts.append(int(value / (field.grid or 1)))
    kind = nanoarrow.date32() if field.kind == "date" else nanoarrow.int64()
    return nanoarrow.c_array(counts, kind)


def numbers_column(numbers: bytes) -> CArray:
    """The numbers of records as a column."""
    return c_array_from_buffers(nanoarrow.int64(), len(numbers) // 8, [None, numbers], null_count=0)


def answer_column(loaded: Loaded, answer: AnswerSlots, decimals: int) -> CArray:
    """A result as a column; one that is not computable has no value."""
    width = {"booleen": None, "nombre": 8, "grand": 16}.get(answer.sort, 4)
    values = loaded.column(answer.values, width)
    there = None if answer.there is None else loaded.column(answer.there, None)
    return c_array_from_buffers(
        _schema(answer, decimals),
        loaded.given.count,
        [there, values],
        null_count=0 if there is None else -1,
    )


def mask_column(loaded: Loaded, answer: AnswerSlots) -> CArray:
    """The reasons for which a result is not computable, a bit for each; 0 when it is."""
    count = loaded.given.count
    mask = bytes(8 * count) if answer.mask is None else loaded.column(answer.mask, 8)
    return c_array_from_buffers(nanoarrow.int64(), count, [None, mask], null_count=0)


def _schema(answer: AnswerSlots, decimals: int) -> CSchema:
    match answer.sort:
        case "booleen":
            return nanoarrow.c_schema(nanoarrow.bool_())
        case "jour":
            return nanoarrow.c_schema(nanoarrow.date32())
        case "texte":
            return nanoarrow.c_schema(nanoarrow.int32())
        case "nombre":
            made = CSchemaBuilder.allocate()
            made.set_format(f"d:{_DIGITS},{decimals},64")
            made.set_name("")
            return made.finish()
        case "grand":
            return nanoarrow.c_schema(nanoarrow.decimal128(38, decimals))


def results_query(corpus: Corpus, module: Module) -> str:
    """The output table: the key, the date, each result, and the names of those that have none.

    It reads ``ANSWERS``, the prepared records and ``TEXTS``.
    """
    model = corpus.model
    key = quoted(key_column(model))
    listed = [f"CAST(r.{key} AS VARCHAR) AS {key}"]
    listed.append(f"r.{quoted(day_column(model))} AS {quoted(model.role('date').name)}")
    joins = []
    pairs = zip(module.layout.results, module.program.outputs, strict=True)
    for place, (answer, output) in enumerate(pairs):
        own = f"a.{quoted(output.name)}"
        if answer.sort == "texte":
            joins.append(f"LEFT JOIN {KNOWN_TEXTS} AS t{place} ON t{place}.numero = {own}")
            own = f"t{place}.texte"
        elif answer.sort in ("nombre", "grand"):
            factor = Fraction(answer.typed.step * 10**output.decimals)
            kind = f"DECIMAL({_DIGITS}, {output.decimals})"
            own = own if factor == 1 else f"{own} * {factor}"
            if factor != 1 or answer.sort == "grand":
                own = f"CAST({own} AS {kind})"
        listed.append(f"{own} AS {quoted(output.name)}")
    listed.append(f"m.noms AS {quoted(NOT_COMPUTED)}")
    root = quoted(prepared_view(model.table))
    return (
        f"SELECT {', '.join(listed)} FROM {ANSWERS} AS a JOIN {root} AS r"
        f" ON r.{NUMBER} = a.{NUMBER} LEFT JOIN {MISSING} AS m ON m.place = a.{MISSING}"
        f" {' '.join(joins)}"
    )
