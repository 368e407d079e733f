"""One chunk of records on DuckDB: raw tables in, results, anomalies and refusals out, as tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

import duckdb
from sqlglot import exp

from engine.langage.corpus import Corpus
from engine.sql.anomalies import FLAGGED, fired_view
from engine.sql.checks import Check, quick_checks
from engine.sql.expressions import joined
from engine.sql.fragments import quoted
from engine.sql.plan import COMPUTED, Plan, with_epoch
from engine.sql.prepare import NUMBER, Manner, prepare, prepared_view
from engine.sql.refusals import COLUMNS as REFUSAL_COLUMNS
from engine.sql.refusals import refusals
from engine.sql.sources import Source
from engine.sql.suspicions import suspicions

DIALECT: Final = "duckdb"
RESULTS: Final = "resultats"
REFUSALS: Final = "rejets"
_ROOT: Final = "dossiers_prepares"
# Growing without end on nested conditions, and of no use to them (seen with duckdb 2.0).
_DISABLED: Final = "partial_aggregate_pushdown,projection_placement"


@dataclass(frozen=True, slots=True)
class Counts:
    """How many records were read, computed and refused; lines by table."""

    read: int
    computed: int
    refused: int
    refusals: int
    lines: Mapping[str, tuple[int, int, int]]  # read, of a refused record, of no record


def connect(memory: str | None, threads: int | None, spill: str) -> duckdb.DuckDBPyConnection:
    """A database of its own, in memory.

    Args:
        memory: what it may hold, as DuckDB writes it (« 1GB »); beyond, it uses ``spill``.
        threads: how many it may use.
        spill: the folder where what does not fit is written.
    """
    connection = duckdb.connect(":memory:")
    connection.execute(f"SET disabled_optimizers = '{_DISABLED}'")
    connection.execute("SET preserve_insertion_order = false")
    connection.execute("SET enable_progress_bar = false")
    connection.execute("SET temp_directory = ?", [spill])
    if memory is not None:
        connection.execute("SET memory_limit = ?", [memory])
    if threads is not None:
        connection.execute("SET threads = ?", [threads])
    return connection


@contextmanager
def nullable_columns(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Let every column of the Parquet files written meanwhile be one that may be NULL.

    Else those that hold no NULL are declared so, and files of one table differ in their schema.
    """
    connection.execute(f"SET disabled_optimizers = '{_DISABLED},statistics_propagation'")
    yield
    connection.execute(f"SET disabled_optimizers = '{_DISABLED}'")


@dataclass(slots=True)
class Chunks:
    """The computation of a chunk, over raw views whose content the run changes.

    ``sources``: the raw tables, their relations restricted to the chunk under way. The statements
    are written once.
    """

    connection: duckdb.DuckDBPyConnection
    corpus: Corpus
    plan: Plan
    sources: Mapping[str, Source]
    checked: bool = True
    fired: tuple[str, ...] = ()
    _texts: dict[str, str] = field(default_factory=dict)
    _checks: tuple[Check, ...] | None = None
    _prepared: dict[str | None, Mapping[str, str]] = field(default_factory=dict)
    _read: dict[str, int] = field(default_factory=dict)

    @property
    def _key(self) -> str:
        return quoted(self.plan.key)

    def compute(self) -> Counts:
        """Make ``RESULTS`` (a view), ``REFUSALS`` and ``FLAGGED`` of the chunk.

        ``fired`` are then the collections of which there is a ``fired_view``.
        """
        read = self._one(_counts(one.relation for one in self.sources.values()))
        self._read = dict(zip(self.sources, read, strict=True))
        self._prepare(None)
        refused = self._refuse() if self.checked else self._no_refusal()
        if refused:
            self._prepare(REFUSALS)
        for stage in self.plan.stages:
            self._table(stage.name, self._text(stage.name, stage.select))
        self._table(COMPUTED, self._text(COMPUTED, self.plan.computed))
        self._forget(stage.name for stage in self.plan.stages)
        self._view(RESULTS, self._text(RESULTS, self.plan.results))
        self._flag()
        counts = self._count(refused)
        self._forget(prepared_view(name) for name in self._lines_there)
        return counts

    def forget(self) -> None:
        """Give back the memory of all that ``compute`` made: it has been read."""
        for view in (RESULTS, prepared_view(self.corpus.model.table)):
            self.connection.execute(f"DROP VIEW {quoted(view)}")
        self._forget((_ROOT, COMPUTED, REFUSALS, FLAGGED, *map(fired_view, self.fired)))

    # --- statements

    def _text(self, name: str, build: exp.Select | Callable[[], exp.Select]) -> str:
        """The SQL of a statement, written when it is first needed."""
        if name not in self._texts:
            select = build if isinstance(build, exp.Select) else build()
            self._texts[name] = select.sql(dialect=DIALECT, copy=False)
        return self._texts[name]

    def _table(self, name: str, sql: str) -> None:
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {quoted(name)} AS {sql}")

    def _forget(self, names: Iterable[str]) -> None:
        """Give back the memory of tables that nothing reads any more."""
        for name in names:
            self.connection.execute(f"DROP TABLE {quoted(name)}")

    @property
    def _lines_there(self) -> list[str]:
        return [name for name in self.plan.empty if name != self.corpus.model.table]

    def _view(self, name: str, sql: str) -> None:
        self.connection.execute(f"CREATE OR REPLACE TEMP VIEW {quoted(name)} AS {sql}")

    def _one(self, sql: str) -> tuple[int, ...]:
        row = self.connection.execute(sql).fetchone()
        return () if row is None else tuple(row)

    # --- prepared rows

    def _prepare(self, left_out: str | None) -> None:
        """Make the prepared tables, without the records of ``left_out``."""
        if left_out not in self._prepared:
            self._prepared[left_out] = self._queries(left_out)
        for table, sql in self._prepared[left_out].items():
            if table == self.corpus.model.table:
                self._table(_ROOT, sql)
                self._view(prepared_view(table), f"SELECT ROWID AS {NUMBER}, * FROM {_ROOT}")
            else:
                self._table(prepared_view(table), sql)

    def _queries(self, left_out: str | None) -> Mapping[str, str]:
        """The SQL of each prepared table, in order."""
        model = self.corpus.model
        watched = self.corpus.first_day if self.checked else None
        manner = Manner(numbered=True, enums=self.plan.enums, watched=watched)
        made = prepare(model, self.sources, self.plan.needed, left_out, manner)
        day = model.role("date").name
        root = with_epoch(made[model.table], self.plan, self.corpus.starts, day)
        queries = {**self.plan.empty, **made, model.table: root}
        order = [*made, *(name for name in queries if name not in made)]
        return {name: queries[name].sql(dialect=DIALECT, copy=False) for name in order}

    # --- refusals

    def _refuse(self) -> int:
        """Fill ``REFUSALS``; how many rows it has. The prepared tables say whether to look."""
        read = self._read
        names = [name for name in self.sources if name != self.corpus.model.table]
        made = self._one(_counts(prepared_view(name) for name in names)) if names else ()
        uneven = [name for name, count in zip(names, made, strict=True) if count != read[name]]
        found: list[Check] = []
        if uneven or any(self._one(self._text("soupcons", self._suspicions))):
            if self._checks is None:
                model, first = self.corpus.model, self.corpus.first_day
                self._checks = quick_checks(model, self.sources, first)
            for place, one in enumerate(self._checks):
                check = one.found(self._one(self._text(f"controle_{place}", one.query)))
                found += [] if check is None else [check]
        if not found:
            return self._no_refusal()
        query = refusals(self.corpus.model, self.sources, self.corpus.first_day, found)
        self._table(REFUSALS, query.sql(dialect=DIALECT))
        return self._one(f"SELECT COUNT(*) FROM {REFUSALS}")[0]

    def _suspicions(self) -> exp.Select:
        return suspicions(self.corpus.model, self.sources)

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
        self._table(FLAGGED, self._text(FLAGGED, self.plan.flagged))
        by_table: dict[str, list[exp.Expr]] = {table: [] for table in self.plan.fired}
        for one in self.plan.watchers:
            if one.table is not None:
                by_table[one.table].append(one.test)
        tests = [joined(exp.Or, found) for found in by_table.values()]
        fires = exp.select(*(exp.LogicalOr(this=one.copy()) for one in tests)).from_(FLAGGED)
        fired = self._one(self._text("tables en alerte", fires)) if tests else ()
        self.fired = tuple(table for table, one in zip(by_table, fired, strict=True) if one)
        for table in self.fired:
            view = fired_view(table)
            self._table(view, self._text(view, self.plan.fired[table]))

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
        key = f"CAST({quoted(source.names[self.plan.key])} AS VARCHAR)"
        own = f"CAST({quoted(root.names[self.plan.key])} AS VARCHAR)"
        (known,) = self._one(
            f"SELECT COUNT(*) FROM {source.relation} WHERE {key} IN "
            f"(SELECT {own} FROM {root.relation} WHERE {own} IS NOT NULL)"
        )
        return read, known - kept, read - known


def _counts(relations: Iterable[str]) -> str:
    """One query of the numbers of rows of relations, in order."""
    counts = [f"(SELECT COUNT(*) FROM {one})" for one in relations]
    return f"SELECT {', '.join(counts) or '0'}"
