"""One chunk of records: raw tables in, results, anomalies and refusals out, as relations."""

from __future__ import annotations

import errno
import os
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import repeat
from pathlib import Path
from typing import Final

import duckdb

from engine.evaluation.outcomes import Lack
from engine.evaluation.results import Anomaly, control_anomaly, lacking_anomaly
from engine.langage.corpus import Corpus
from engine.langage.inputs import Value
from engine.module.host import Loaded, Module
from engine.source.signals import asked
from engine.sql.convert import VALUE, WRITTEN, has_other_forms, known_table, read
from engine.sql.exchange import (
    ANSWERS,
    KNOWN_TEXTS,
    MISSING,
    Rows,
    answer_column,
    numbers_column,
    register,
    results_query,
    rows_of,
    texts,
    values_column,
    whole_numbers,
)
from engine.sql.fragments import literal, quoted
from engine.sql.paths import path_of, pattern_of
from engine.sql.prepare import (
    DOUBT,
    NUMBER,
    ROOT,
    Needed,
    prepare,
    prepared_again,
    prepared_view,
)
from engine.sql.reader import Reader, accepted, keep_only, refuse
from engine.sql.tables import FieldColumn, TableSource, key_column, tables_of

RESULTS: Final = "resultats"
ANOMALIES: Final = "anomalies"
REFUSALS: Final = "rejets"
OUTPUTS: Final = (RESULTS, ANOMALIES, REFUSALS)
# The columns of the anomalies, and what each of them is of an ``Anomaly``.
ANOMALY_COLUMNS: Final = {
    "code": "code",
    "gravite": "gravity",
    "message": "message",
    "regle": "rule",
    "source": "source",
}
_MOST_KNOWN: Final = 2**16  # texts of a column; beyond, what was learnt is forgotten
BLOCK: Final = 4096  # records that a module computes at a time: what it says stays in the processor
_FIRED: Final = "alertes_du_lot"
_SENTENCES: Final = "phrases_du_lot"
# The first grows without end on nested conditions, the second takes longer than what it saves (both
# seen with duckdb 2.0). The third declares the Parquet columns that hold no NULL as holding none,
# so that the files of one table differ in their schema.
_DISABLED: Final = "partial_aggregate_pushdown,projection_placement,statistics_propagation"
# What stops a query without a fault of what it reads.
STOPPED: Final = (duckdb.InterruptException, duckdb.OutOfMemoryException)


@contextmanager
def ctrl_c() -> Iterator[None]:
    """What DuckDB, or what was under way, makes of a stop is ``KeyboardInterrupt`` again."""
    try:
        yield
    except Exception as error:
        of_a_query = isinstance(error, RuntimeError | duckdb.InterruptException)
        if asked() or (of_a_query and "interrupt" in str(error).lower()):
            raise KeyboardInterrupt from error
        raise


def disk_error(error: duckdb.IOException) -> OSError:
    """The error of the system that DuckDB tells in words."""
    text = str(error)
    number = next((one for one in errno.errorcode if os.strerror(one) in text), None)
    return OSError(text) if number is None else OSError(number, text)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many records were read, computed and refused; lines by table."""

    read: int
    computed: int
    refused: int
    refusals: int
    lines: Mapping[str, tuple[int, int, int]]  # read, of a refused record, of no record


def database() -> duckdb.DuckDBPyConnection:
    """A database of its own, in memory: no code comes into it, from the network nor from a disk."""
    connection = duckdb.connect(":memory:")
    connection.execute("SET autoinstall_known_extensions = false")
    connection.execute("SET autoload_known_extensions = false")
    connection.execute("SET allow_community_extensions = false")
    connection.execute("SET allow_persistent_secrets = false")
    return connection


def connect(memory: int | None, threads: int | None, spill: str) -> duckdb.DuckDBPyConnection:
    """A database for the tables of a run.

    Args:
        memory: the megabytes it may hold; beyond, it uses ``spill``.
        threads: how many it may use.
        spill: the folder where what does not fit is written; empty: nowhere.
    """
    connection = database()
    connection.execute(f"SET disabled_optimizers = '{_DISABLED}'")
    connection.execute("SET preserve_insertion_order = false")
    connection.execute("SET enable_progress_bar = false")
    connection.execute("SET temp_directory = ?", [spill and path_of(Path(spill))])
    if memory is not None:
        connection.execute(f"SET memory_limit = '{memory}MB'")
    if threads is not None:
        connection.execute("SET threads = ?", [threads])
    return connection


def close_doors(
    connection: duckdb.DuckDBPyConnection, folders: Iterable[Path], files: Iterable[Path]
) -> None:
    """Leave to a database what is in ``folders``, and ``files``: nothing else, for good."""
    for setting, paths in (("allowed_directories", folders), ("allowed_paths", files)):
        allowed = [literal(one) for path in paths for one in (path_of(path), pattern_of(path))]
        connection.execute(f"SET {setting} = [{', '.join(allowed)}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET allowed_configs = ['enable_progress_bar', 'threads']")  # changed later
    connection.execute("SET lock_configuration = true")


def another(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """A connection to the same database, with temporary tables of its own."""
    found = connection.cursor()
    found.execute("SET enable_progress_bar = false")
    return found


@dataclass(slots=True)
class Chunks:
    """The computation of a chunk, over raw views whose content the run changes.

    ``epochs``: those of all the records. ``needed``: what the modules read of the prepared tables,
    and who asks for more. ``sources``: the raw tables, their relations restricted to the chunk
    under way. ``anomalies``: of the last chunk, how many by code.
    """

    connection: duckdb.DuckDBPyConnection
    corpus: Corpus
    epochs: Sequence[int]
    needed: Needed
    sources: Mapping[str, TableSource]
    checked: bool = True
    anomalies: Counter[str] = field(default_factory=Counter)
    _known: dict[tuple[str, str], dict[str, Value]] = field(default_factory=dict)
    _prepared: Mapping[str, str] = field(default_factory=dict)
    _read: dict[str, int] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The column that tells a record."""
        return key_column(self.corpus.model)

    @property
    def _key(self) -> str:
        return quoted(self.key)

    @property
    def _root(self) -> str:
        return self.corpus.model.table

    def compute(self, module: Module) -> Counts:
        """Make ``RESULTS``, ``ANOMALIES`` and ``REFUSALS`` of the chunk, three relations."""
        refused = self.take()
        rows = self.rows()
        lines = {
            table: self._lines(table, refused=refused > 0)
            for table in self.sources
            if table != self._root
        }
        read = self._read[self._root]
        counts = Counts(read, rows.count, read - rows.count, refused, lines)
        self._forget(prepared_view(one) for one in self.sources if one != self._root)
        loaded = module.load(rows.columns(module), BLOCK)
        self._tell(loaded, rows)
        return counts

    def take(self) -> int:
        """Prepare the rows of the chunk without those of refused records; how many refusals."""
        # one query of the numbers of rows of relations, in order
        relations = (one.relation for one in self.sources.values())
        counts = [f"(SELECT COUNT(*) FROM {one})" for one in relations]
        read = self._one(f"SELECT {', '.join(counts) or '0'}")
        self._read = dict(zip(self.sources, read, strict=True))
        self._prepare()
        learnt = self._learn() if self.checked else set()
        if learnt:
            self._prepare(prepared_again(self.corpus.model, learnt))
        reader = Reader(self.corpus.model, self.sources, self.corpus.first_day)
        return refuse(self.connection, reader, self._read if self.checked else None, REFUSALS)

    def rows(self) -> Rows:
        """The prepared rows, as modules take them."""
        return rows_of(self.connection, self.corpus, self.epochs, self.needed, self.sources)

    def keep_only(self, numbers: str) -> None:
        """Leave in the prepared tables the records whose number a query gives."""
        keep_only(self.connection, self.sources, self.corpus.model, numbers)

    def release(self) -> None:
        """Give back the memory of all that ``take`` made."""
        self._forget(prepared_view(one) for one in self.sources if one != self._root)
        self._drop_records()

    def _drop_records(self) -> None:
        self.connection.execute(f"DROP VIEW {quoted(prepared_view(self._root))}")
        self._forget((ROOT, REFUSALS))

    def forget(self) -> None:
        """Give back the memory of all that ``compute`` made: it has been read."""
        for name in (RESULTS, ANOMALIES):
            self.connection.execute(f"DROP VIEW {name}")
        for name in (ANSWERS, MISSING, KNOWN_TEXTS, _FIRED, _SENTENCES):
            self.connection.unregister(name)
        self._drop_records()

    # --- statements

    def _table(self, name: str, sql: str) -> None:
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {quoted(name)} AS {sql}")

    def _forget(self, names: Iterable[str]) -> None:
        """Give back the memory of tables that nothing reads any more."""
        for name in names:
            self.connection.execute(f"DROP TABLE {quoted(name)}")

    def _view(self, name: str, sql: str) -> None:
        self.connection.execute(f"CREATE OR REPLACE TEMP VIEW {quoted(name)} AS {sql}")

    def _one(self, sql: str) -> tuple[int, ...]:
        row = self.connection.execute(sql).fetchone()
        return () if row is None else tuple(row)

    # --- prepared rows

    def _prepare(self, only: Container[str] | None = None) -> None:
        """Make the prepared tables of all rows, or ``only`` some: the others are made already."""
        if not self._prepared:
            known: dict[str, set[str]] = {}
            for table, name in self._known:
                known.setdefault(table, set()).add(name)
            watched = self.corpus.first_day if self.checked else None
            self._prepared = prepare(self.corpus.model, self.sources, self.needed, watched, known)
        for table, sql in self._prepared.items():
            if only is not None and table not in only:
                continue
            if table == self._root:
                self._table(ROOT, sql)
                self._view(prepared_view(table), f"SELECT ROWID AS {NUMBER}, * FROM {ROOT}")
            else:
                self._table(prepared_view(table), sql)

    def _learn(self) -> set[str]:
        """Let the reader look at what is not plain; the tables of which it accepts some.

        Each different text is read once. What it refuses is not kept.
        """
        tables = tables_of(self.corpus.model, self.sources)
        doubts = [f"(SELECT COUNT(*) FROM {prepared_view(one)} WHERE {DOUBT})" for one in tables]
        learnt: set[str] = set()
        for (name, table), count in zip(
            tables.items(), self._one(f"SELECT {', '.join(doubts)}"), strict=True
        ):
            known = {one for scope, one in self._known if scope == name}
            rows = read(table, known) if count else None
            for column in table.columns if rows is not None else ():
                raw = table.raw(column.prepared)
                if raw is None or rows is None or not has_other_forms(column.field, raw):
                    continue
                one = column.field.name
                relation, value = rows.relation([one]), rows.readings[one].value
                texts_found = self.connection.execute(
                    f"SELECT DISTINCT {raw.text} FROM {relation}"
                    f" WHERE {raw.given} AND ({value}) IS NULL"
                ).fetchall()
                found = accepted(column.field, raw, (text for (text,) in texts_found))
                if found:
                    self._remember(name, column, found)
                    learnt.add(name)
        return learnt

    def _remember(self, table: str, column: FieldColumn, found: Mapping[str, Value]) -> None:
        """Keep values that the reader accepts, and put them where SQL looks them up."""
        before = self._known.get((table, column.field.name))
        if before is None or len(before) > _MOST_KNOWN:
            before = {}
            self._prepared = {}
        held = self._known[table, column.field.name] = {**before, **found}
        columns = {WRITTEN: texts(list(held)), VALUE: values_column(column.field, held.values())}
        register(self.connection, known_table(column.prepared), columns, len(held))

    # --- answers

    def _tell(self, loaded: Loaded, rows: Rows) -> None:
        """Run the module; make ``RESULTS`` and ``ANOMALIES`` of what it says."""
        corpus, module = self.corpus, loaded.module
        numbers = memoryview(rows.numbers).cast("q")
        sentences: dict[Anomaly, int] = {}
        # The record, the line (from 1, 0 for the record) and the sentence of each anomaly.
        fired = array("q"), array("q"), array("q")
        known: dict[tuple[int, str, int], int] = {}

        def sentence(control: int, said: str, line: int) -> int:
            found = known.get((control, said, line))
            if found is None:
                alarm = module.program.alarms[control].control
                told = control_anomaly(corpus, alarm, str(line) if line else None, said)
                found = sentences.setdefault(told, len(sentences))
                known[control, said, line] = found
            return found

        for control, said, where in loaded.compute():
            alarm = module.program.alarms[control].control
            if alarm.scope is None:
                place = sentence(control, said, 0)
                fired[0].extend(map(numbers.__getitem__, where))
                fired[1].frombytes(bytes(8 * len(where)))
                fired[2].extend(repeat(place, len(where)))
                continue
            ends = loaded.given.ends[alarm.scope]
            for row in where:
                record = bisect_right(ends, row) - 1
                line = row - ends[record] + 1
                fired[0].append(numbers[record])
                fired[1].append(line)
                fired[2].append(sentence(control, said, line))
        names = [output.name for output in module.program.outputs]
        missing: dict[tuple[int, ...], tuple[int, tuple[int, ...]]] = {}
        lists: list[str] = []
        absent: list[int | None] = [None] * rows.count
        for record, masks in loaded.lacking():
            if masks not in missing:
                lacking = _lacking(corpus, loaded, names, masks)
                places = tuple(sentences.setdefault(each, len(sentences)) for each in lacking)
                missing[masks] = len(lists), places
                lists.append(
                    ",".join(name for name, mask in zip(names, masks, strict=True) if mask)
                )
            absent[record], places = missing[masks]
            for place in places if self.checked else ():
                fired[0].append(numbers[record])
                fired[1].append(0)
                fired[2].append(place)
        codes = [one.code for one in sentences]
        self.anomalies = Counter()
        for place, count in Counter(fired[2]).items():
            self.anomalies[codes[place]] += count
        answers = {NUMBER: numbers_column(rows.numbers)}
        pairs = zip(module.layout.results, module.program.outputs, strict=True)
        answers |= {
            output.name: answer_column(loaded, answer, output.decimals) for answer, output in pairs
        }
        answers[MISSING] = whole_numbers(absent)
        link = self.connection
        register(link, ANSWERS, answers, rows.count)
        listed = {"place": whole_numbers(range(len(lists))), "noms": texts(lists)}
        register(link, MISSING, listed, len(lists))
        given = loaded.given.texts
        register(
            link,
            KNOWN_TEXTS,
            {"numero": whole_numbers(list(given)), "texte": texts(list(given.values()))},
            len(given),
        )
        self._view(RESULTS, results_query(corpus, module))
        columns = {
            one: texts([getattr(each, name) for each in sentences])
            for one, name in ANOMALY_COLUMNS.items()
        }
        columns["place"] = whole_numbers(range(len(sentences)))
        register(link, _SENTENCES, columns, len(sentences))
        names_of_columns = (NUMBER, "ligne", "place")
        of_lines = {
            name: numbers_column(column.tobytes())
            for name, column in zip(names_of_columns, fired, strict=True)
        }
        register(link, _FIRED, of_lines, len(fired[0]))
        said_columns = ", ".join(f"s.{one}" for one in ANOMALY_COLUMNS)
        self._view(
            ANOMALIES,
            f"SELECT CAST(r.{self._key} AS VARCHAR) AS {self._key}, NULLIF(f.ligne, 0) AS ligne,"
            f" {said_columns} FROM {_FIRED} AS f JOIN {_SENTENCES} AS s ON s.place = f.place"
            f" JOIN {quoted(prepared_view(self._root))} AS r ON r.{NUMBER} = f.{NUMBER}",
        )

    # --- counts

    def _lines(self, table: str, *, refused: bool) -> tuple[int, int, int]:
        """The lines of a table: read, of a refused record, of no record at all."""
        read = self._read[table]
        if not refused:
            return read, 0, 0
        (kept,) = self._one(f"SELECT COUNT(*) FROM {prepared_view(table)}")
        tables = tables_of(self.corpus.model, self.sources)
        line, root = tables[table], tables[self._root]
        (known,) = self._one(
            f"SELECT COUNT(*) FROM {line.source.relation} WHERE {line.light_key} IN (SELECT"
            f" {root.light_key} FROM {root.source.relation} WHERE {root.light_key} IS NOT NULL)"
        )
        return read, known - kept, read - known


def _lacking(
    corpus: Corpus, loaded: Loaded, names: Sequence[str], masks: Sequence[int]
) -> Iterator[Anomaly]:
    """What is said of the results of a record that cannot be computed, by reason."""
    lacks: dict[Lack, list[str]] = {}
    for name, mask in zip(names, masks, strict=True):
        for lack in loaded.lacks(mask):
            lacks.setdefault(lack, []).append(name)
    return (lacking_anomaly(corpus, lack, concerned) for lack, concerned in lacks.items())
