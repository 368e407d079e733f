"""One chunk of records on DuckDB: raw tables in, results, anomalies and refusals out, as tables."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

import duckdb
from sqlglot import exp

from engine.langage.corpus import Corpus
from engine.source.signals import asked
from engine.sql.anomalies import FLAGGED, fired_view
from engine.sql.checks import Check, quick_checks
from engine.sql.expressions import joined
from engine.sql.fragments import literal, quoted
from engine.sql.paths import path_of, pattern_of
from engine.sql.plan import COMPUTED, Plan, with_epoch
from engine.sql.prepare import NUMBER, Manner, prepare, prepared_view
from engine.sql.refusals import COLUMNS as REFUSAL_COLUMNS
from engine.sql.refusals import refusals_text
from engine.sql.sources import Source
from engine.sql.statements import Shape, Statements
from engine.sql.suspicions import suspicions

RESULTS: Final = "resultats"
REFUSALS: Final = "rejets"
_ROOT: Final = "dossiers_prepares"
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
    connection.execute("SET allowed_configs = ['enable_progress_bar']")  # ``another`` changes it
    connection.execute("SET lock_configuration = true")


def available_threads() -> int:
    """How many threads a database uses when it is not told."""
    with database() as connection:
        row = connection.execute("SELECT current_setting('threads')").fetchone()
    return 1 if row is None else int(row[0])


def another(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """A connection to the same database, with temporary tables of its own."""
    found = connection.cursor()
    found.execute("SET enable_progress_bar = false")
    return found


@dataclass(slots=True)
class Chunks:
    """The computation of a chunk, over raw views whose content the run changes.

    ``sources``: the raw tables, their relations restricted to the chunk under way. ``statements``
    may be shared by several that have the same sources.
    """

    connection: duckdb.DuckDBPyConnection
    corpus: Corpus
    statements: Statements
    sources: Mapping[str, Source]
    checked: bool = True
    fired: tuple[str, ...] = ()
    _checks: tuple[Check, ...] | None = None
    _read: dict[str, int] = field(default_factory=dict)

    @property
    def _shape(self) -> Shape:
        return self.statements.shape

    @property
    def key(self) -> str:
        """The column that tells a record."""
        return self._shape.key

    @property
    def records(self) -> int:
        """How many rows of records were read of the chunk."""
        return self._read[self.corpus.model.table]

    @property
    def _key(self) -> str:
        return quoted(self._shape.key)

    def compute(self) -> Counts:
        """Make ``RESULTS`` (a view), ``REFUSALS`` and ``FLAGGED`` of the chunk.

        ``fired`` are then the collections of which there is a ``fired_view``.
        """
        refused = self.take()
        self.evaluate(self.statements)
        self._view(RESULTS, self.statements.one(RESULTS, lambda plan: plan.results))
        self._flag()
        counts = self._count(refused)
        self._forget(map(prepared_view, self._shape.collections))
        return counts

    def keep_only(self, numbers: str) -> None:
        """Leave in the prepared tables the records whose number a query gives."""
        for name in map(prepared_view, self._shape.collections):
            self.connection.execute(f"DELETE FROM {quoted(name)} WHERE {NUMBER} NOT IN ({numbers})")
        self._view(
            prepared_view(self.corpus.model.table),
            f"SELECT ROWID AS {NUMBER}, * FROM {_ROOT} WHERE ROWID IN ({numbers})",
        )

    def release(self) -> None:
        """Give back the memory of all that ``take`` made."""
        self._forget(map(prepared_view, self._shape.collections))
        self._drop_records()

    def _drop_records(self) -> None:
        self.connection.execute(f"DROP VIEW {quoted(prepared_view(self.corpus.model.table))}")
        self._forget((_ROOT, REFUSALS))

    def take(self) -> int:
        """Prepare the rows of the chunk without those of refused records; how many refusals."""
        read = self._one(_counts(one.relation for one in self.sources.values()))
        self._read = dict(zip(self.sources, read, strict=True))
        self._prepare(None)
        refused = self._refuse() if self.checked else self._no_refusal()
        if refused:
            self._prepare(REFUSALS)
        return refused

    def evaluate(self, statements: Statements) -> None:
        """Make ``COMPUTED`` of the prepared rows, by a plan that needs no more than they have."""
        stages = statements.shape.stages
        for place, name in enumerate(stages):
            self._table(name, statements.one(name, partial(_stage, place)))
        self._table(COMPUTED, statements.one(COMPUTED, lambda plan: plan.computed))
        self._forget(stages)

    def forget(self) -> None:
        """Give back the memory of all that ``compute`` made: it has been read."""
        self.connection.execute(f"DROP VIEW {RESULTS}")
        self._forget((COMPUTED, FLAGGED, *map(fired_view, self.fired)))
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

    def _prepare(self, left_out: str | None) -> None:
        """Make the prepared tables, without the records of ``left_out``."""
        prepared = self.statements.several(
            f"{_ROOT} sans {left_out}", lambda plan: self._queries(plan, left_out)
        )
        for table, sql in prepared.items():
            if table == self.corpus.model.table:
                self._table(_ROOT, sql)
                self._view(prepared_view(table), f"SELECT ROWID AS {NUMBER}, * FROM {_ROOT}")
            else:
                self._table(prepared_view(table), sql)

    def _queries(self, plan: Plan, left_out: str | None) -> Mapping[str, exp.Select]:
        """The query of each prepared table, in order."""
        model = self.corpus.model
        watched = self.corpus.first_day if self.checked else None
        manner = Manner(numbered=True, enums=plan.enums, watched=watched)
        made = prepare(model, self.sources, plan.needed, left_out, manner)
        root = with_epoch(made[model.table], plan, self.corpus)
        empty = {name: one.copy() for name, one in plan.empty.items() if name not in made}
        return {**made, model.table: root, **empty}

    # --- refusals

    def _refuse(self) -> int:
        """Fill ``REFUSALS``; how many rows it has. The prepared tables say whether to look."""
        read = self._read
        model, first = self.corpus.model, self.corpus.first_day
        names = [name for name in self.sources if name != model.table]
        made = self._one(_counts(prepared_view(name) for name in names)) if names else ()
        uneven = [name for name, count in zip(names, made, strict=True) if count != read[name]]
        found: list[Check] = []
        if uneven or any(self._one(self._suspicions())):
            if self._checks is None:
                self._checks = quick_checks(model, self.sources, first)
            for place, one in enumerate(self._checks):
                sql = self.statements.one(f"controle {place}", partial(_look, one))
                check = one.found(self._one(sql))
                found += [] if check is None else [check]
        if not found:
            return self._no_refusal()
        self._table(REFUSALS, refusals_text(model, self.sources, first, found))
        return self._one(f"SELECT COUNT(*) FROM {REFUSALS}")[0]

    def _suspicions(self) -> str:
        return self.statements.one(
            "soupcons", lambda _: suspicions(self.corpus.model, self.sources)
        )

    def _no_refusal(self) -> int:
        empty = ", ".join(
            f"CAST(NULL AS {'BIGINT' if name == 'ligne' else 'VARCHAR'}) AS {quoted(name)}"
            for name in REFUSAL_COLUMNS
        )
        self._table(REFUSALS, f"SELECT CAST(NULL AS VARCHAR) AS {self._key}, {empty} LIMIT 0")
        return 0

    # --- anomalies

    def _flag(self) -> None:
        """Make the relations that ``Watch`` reads: records, and the lines of those that need it."""
        self._table(FLAGGED, self.statements.one(FLAGGED, lambda plan: plan.flagged))
        watched = self._shape.fired
        fired = self._one(self.statements.one("tables en alerte", _fires)) if watched else ()
        self.fired = tuple(table for table, one in zip(watched, fired, strict=True) if one)
        for table in self.fired:
            view = fired_view(table)
            self._table(view, self.statements.one(view, partial(_fired, table)))

    # --- counts

    def _count(self, refused: int) -> Counts:
        model = self.corpus.model
        (computed,) = self._one(f"SELECT COUNT(*) FROM {COMPUTED}")
        lines = {
            table: self._lines(table, refused=refused > 0)
            for table in self.sources
            if table != model.table
        }
        read = self._read[model.table]
        return Counts(read, computed, read - computed, refused, lines)

    def _lines(self, table: str, *, refused: bool) -> tuple[int, int, int]:
        """The lines of a table: read, of a refused record, of no record at all."""
        source, root = self.sources[table], self.sources[self.corpus.model.table]
        read = self._read[table]
        if not refused:
            return read, 0, 0
        (kept,) = self._one(f"SELECT COUNT(*) FROM {prepared_view(table)}")
        key = f"CAST({quoted(source.names[self._shape.key])} AS VARCHAR)"
        own = f"CAST({quoted(root.names[self._shape.key])} AS VARCHAR)"
        (known,) = self._one(
            f"SELECT COUNT(*) FROM {source.relation} WHERE {key} IN "
            f"(SELECT {own} FROM {root.relation} WHERE {own} IS NOT NULL)"
        )
        return read, known - kept, read - known


def _counts(relations: Iterable[str]) -> str:
    """One query of the numbers of rows of relations, in order."""
    counts = [f"(SELECT COUNT(*) FROM {one})" for one in relations]
    return f"SELECT {', '.join(counts) or '0'}"


def _stage(place: int, plan: Plan) -> exp.Select:
    return plan.stages[place].select()


def _look(check: Check, _: Plan) -> exp.Select:
    return check.query


def _fired(table: str, plan: Plan) -> exp.Select:
    return plan.fired[table]()


def _fires(plan: Plan) -> exp.Select:
    """Whether some control of the lines of each collection may fire."""
    tests = {
        table: [one.test.copy() for one in plan.watchers if one.table == table]
        for table in plan.fired
    }
    return exp.select(
        *(exp.LogicalOr(this=joined(exp.Or, found)) for found in tests.values())
    ).from_(FLAGGED)
