"""One chunk of records on DuckDB: raw tables in, results, anomalies and refusals out, as tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import duckdb
from sqlglot import exp

from engine.langage.corpus import Corpus
from engine.sql.anomalies import COLUMNS as ANOMALY_COLUMNS
from engine.sql.checks import quick_checks
from engine.sql.fragments import quoted
from engine.sql.plan import COMPUTED, Plan, prepared_view, ranked_view, with_epoch
from engine.sql.prepare import Needed, prepare
from engine.sql.refusals import COLUMNS as REFUSAL_COLUMNS
from engine.sql.refusals import refusals
from engine.sql.sources import Source

DIALECT: Final = "duckdb"
RESULTS: Final = "resultats"
ANOMALIES: Final = "anomalies"
REFUSALS: Final = "rejets"
# Growing without end on nested conditions, and of no use to them (seen with duckdb 2.0).
_DISABLED: Final = "partial_aggregate_pushdown"


@dataclass(frozen=True, slots=True)
class Counts:
    """How many records were read, computed and refused; lines by table; anomalies by code."""

    read: int
    computed: int
    refused: int
    refusals: int
    lines: Mapping[str, tuple[int, int, int]]  # read, of a refused record, of no record
    anomalies: Mapping[str, int]


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
    _texts: dict[str, str] = field(default_factory=dict)

    @property
    def _key(self) -> str:
        return quoted(self.plan.key)

    def compute(self) -> Counts:
        """Make the tables ``RESULTS`` (a view), ``ANOMALIES`` and ``REFUSALS`` of the chunk."""
        refused = self._refuse() if self.checked else 0
        self._prepare(refused=refused > 0)
        for stage in self.plan.stages:
            self._table(stage.name, self._text(stage.name, stage.select))
        self._table(COMPUTED, self._text(COMPUTED, self.plan.computed))
        self._view(RESULTS, self._text(RESULTS, self.plan.results))
        anomalies = self._watch()
        return self._count(refused, anomalies)

    # --- statements

    def _text(self, name: str, build: exp.Select | Callable[[], exp.Select]) -> str:
        """The SQL of a statement, written when it is first needed."""
        if name not in self._texts:
            select = build if isinstance(build, exp.Select) else build()
            self._texts[name] = select.sql(dialect=DIALECT)
        return self._texts[name]

    def _table(self, name: str, sql: str) -> None:
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {quoted(name)} AS {sql}")

    def _view(self, name: str, sql: str) -> None:
        self.connection.execute(f"CREATE OR REPLACE TEMP VIEW {quoted(name)} AS {sql}")

    def _one(self, sql: str) -> tuple[int, ...]:
        row = self.connection.execute(sql).fetchone()
        return () if row is None else tuple(row)

    # --- refusals

    def _refuse(self) -> int:
        """Fill ``REFUSALS``; how many rows it has."""
        checks = quick_checks(self.corpus.model, self.sources, self.corpus.first_day)
        looked = [
            one.found(self._one(self._text(f"controle_{place}", one.query)))
            for place, one in enumerate(checks)
        ]
        found = [one for one in looked if one is not None]
        if not found:
            empty = ", ".join(
                f"CAST(NULL AS {'BIGINT' if name == 'ligne' else 'VARCHAR'}) AS {quoted(name)}"
                for name in REFUSAL_COLUMNS
            )
            self._table(REFUSALS, f"SELECT CAST(NULL AS VARCHAR) AS {self._key}, {empty} LIMIT 0")
            return 0
        query = refusals(self.corpus.model, self.sources, self.corpus.first_day, found)
        self._table(REFUSALS, query.sql(dialect=DIALECT))
        return self._one(f"SELECT COUNT(*) FROM {REFUSALS}")[0]

    # --- prepared rows

    def _prepare(self, *, refused: bool) -> None:
        model = self.corpus.model
        left_out = REFUSALS if refused else None
        made = prepare(model, self.sources, self.plan.needed, left_out)
        day = model.role("date").name
        for table, empty in self.plan.empty.items():
            select = made.get(table, empty)
            if table == model.table:
                select = with_epoch(select, self.plan, self.corpus.starts, day)
            self._view(prepared_view(table), select.sql(dialect=DIALECT))

    def _rank(self, table: str, test: str) -> None:
        """The prepared lines of the records that ``test`` is true of, with their ranks."""
        source = self.sources[table]
        key = quoted(source.names[self.plan.key])
        chosen = f"SELECT {self._key} FROM {COMPUTED} WHERE {test}"
        kept = f"(SELECT * FROM {source.relation} WHERE {key} IN ({chosen}))"
        narrowed = Source(kept, source.types, source.names, source.file, source.row)
        needed = Needed(self.plan.needed.fields, self.plan.needed.linked, frozenset((table,)))
        made = prepare(self.corpus.model, {**self.sources, table: narrowed}, needed)
        self._view(ranked_view(table), made[table].sql(dialect=DIALECT))

    # --- anomalies

    def _watch(self) -> Mapping[str, int]:
        """Fill ``ANOMALIES``: what fires is found in one scan, then worked out."""
        texts = ", ".join(f"CAST(NULL AS VARCHAR) AS {name}" for name in ANOMALY_COLUMNS)
        key = f"(SELECT {self._key} FROM {COMPUTED} LIMIT 0)"
        self._table(ANOMALIES, f"SELECT CAST({key} AS VARCHAR) AS {self._key}, "
                               f"CAST(NULL AS BIGINT) AS ligne, {texts} LIMIT 0")  # fmt: skip
        if not self.plan.watchers:
            return {}
        tests = [one.test.sql(dialect=DIALECT) for one in self.plan.watchers]
        fires = ", ".join(f"BOOL_OR({test})" for test in tests)
        found = self._one(f"SELECT {fires} FROM {COMPUTED}")
        for watcher, test, fired in zip(self.plan.watchers, tests, found, strict=True):
            if fired:
                if watcher.table is not None:
                    self._rank(watcher.table, test)
                sql = self._text(f"anomalie {watcher.name}", watcher.select)
                self.connection.execute(f"INSERT INTO {ANOMALIES} {sql}")
        rows = self.connection.execute(
            f"SELECT code, COUNT(*) FROM {ANOMALIES} GROUP BY code ORDER BY code"
        ).fetchall()
        return {str(code): int(count) for code, count in rows}

    # --- counts

    def _count(self, refused: int, anomalies: Mapping[str, int]) -> Counts:
        model = self.corpus.model
        root = self.sources[model.table]
        (read,) = self._one(f"SELECT COUNT(*) FROM {root.relation}")
        (computed,) = self._one(f"SELECT COUNT(*) FROM {COMPUTED}")
        lines = {}
        for table, source in self.sources.items():
            if table != model.table:
                lines[table] = self._lines(source, root, refused=refused > 0)
        return Counts(read, computed, read - computed, refused, lines, anomalies)

    def _lines(self, source: Source, root: Source, *, refused: bool) -> tuple[int, int, int]:
        """The lines of a table: read, of a refused record, of no record at all."""
        (read,) = self._one(f"SELECT COUNT(*) FROM {source.relation}")
        if not refused:
            return read, 0, 0
        key = f"CAST({quoted(source.names[self.plan.key])} AS VARCHAR)"
        own = f"CAST({quoted(root.names[self.plan.key])} AS VARCHAR)"
        (kept,) = self._one(
            f"SELECT COUNT(*) FROM {source.relation} WHERE {key} IN "
            f"(SELECT CAST({self._key} AS VARCHAR) FROM {COMPUTED})"
        )
        (known,) = self._one(
            f"SELECT COUNT(*) FROM {source.relation} WHERE {key} IN "
            f"(SELECT {own} FROM {root.relation} WHERE {own} IS NOT NULL)"
        )
        return read, known - kept, read - known
