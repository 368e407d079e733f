"""A whole run on Spark: raw views in, three Parquet folders and their counts out.

The statements are those of DuckDB, in Spark's dialect. The records never come to the process that
asks: what comes back are counts, and the distinct days of the records.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlglot import exp, parse_one

from engine.evaluation.compilation.specialise import epoch_numbers
from engine.evaluation.law import Law
from engine.langage.inputs import RecordModel
from engine.source.signals import uncut
from engine.sql.anomalies import COLUMNS as ANOMALY_COLUMNS
from engine.sql.anomalies import FLAGGED, Watcher, fired_view
from engine.sql.campaign import Settings
from engine.sql.checks import quick_checks
from engine.sql.columns import day_column
from engine.sql.duck import ANOMALIES, REFUSALS, RESULTS, Counts
from engine.sql.paths import path_of, spark_pattern
from engine.sql.plan import COMPUTED, Plan, plan, with_epoch
from engine.sql.prepare import NUMBER, Manner, Needed, prepare, prepared_view
from engine.sql.refusals import COLUMNS as REFUSAL_COLUMNS
from engine.sql.refusals import refusals, refused_keys
from engine.sql.sources import Source, Table, tables_of
from engine.sql.spark_dialect import DIALECT, spark_sql

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

REFUSED_KEYS: Final = "refuses"
_AT_ONCE: Final = 4  # kinds of anomalies
_LINE: Final = "ligne"  # the columns of that name are whole numbers, the others texts


@dataclass(slots=True)
class SparkRun:
    """The computation of all the records of raw views.

    ``sources``: the raw views; ``folder``: where the outputs are written, ``spill`` what is
    needed to work them out.
    """

    spark: SparkSession
    law: Law
    settings: Settings
    sources: Mapping[str, Source]
    folder: Path
    spill: Path
    plan: Plan = field(init=False)

    def compute(self) -> tuple[Counts, Mapping[str, int]]:
        """Write ``RESULTS``, ``ANOMALIES`` and ``REFUSALS``, each a Parquet folder.

        Returns:
            The counts, and the number of anomalies by code.

        Raises:
            OffGridError, UnsupportedError, TooWideError: see ``plan``.
            pyspark.errors.PySparkException, py4j.protocol.Py4JError: Spark gives up.
        """
        epochs = epoch_numbers(self.law, self._days()) or (len(self.law.corpus.starts) - 1,)
        settings = self.settings
        self.plan = plan(self.law, epochs, readings=settings.readings, wanted=settings.wanted)
        refused = self._refuse()
        self._prepare(refused=refused > 0)
        for stage in self.plan.stages:
            self._hold(stage.name, stage.select())
        computed = self._hold(COMPUTED, self.plan.computed)
        self._write(RESULTS, self._query(self.plan.results))
        anomalies = self._watch()
        return self._count(computed.count(), refused), anomalies

    # --- statements

    @property
    def _model(self) -> RecordModel:
        return self.law.corpus.model

    @property
    def _key(self) -> str:
        return self.plan.key

    def _query(self, select: exp.Select) -> DataFrame:
        return self.spark.sql(spark_sql(select))

    def _hold(self, name: str, select: exp.Select) -> DataFrame:
        """A relation that is read several times: written, so that what follows starts from it.

        A relation kept in memory would carry the plan of all those before it, and Spark would take
        minutes to plan the last ones.
        """
        return self._keep(name, self._query(select))

    def _keep(self, name: str, rows: DataFrame) -> DataFrame:
        target = self.spill / name
        rows.write.parquet(path_of(target))
        found = self.spark.read.parquet(spark_pattern(target))
        found.createOrReplaceTempView(name)
        return found

    def _nothing(self, columns: Sequence[str]) -> DataFrame:
        """No row of ``columns``, made without Python: the machines of a cluster may have none."""
        listed = (f"CAST(NULL AS {_kind(name)}) AS `{name}`" for name in columns)
        return self.spark.range(0).selectExpr(*listed)

    def _one(self, select: exp.Select | str) -> tuple[int, ...]:
        """The single row of a query of counts."""
        found = self.spark.sql(select) if isinstance(select, str) else self._query(select)
        return tuple(found.collect()[0])

    def _write(self, name: str, rows: DataFrame) -> DataFrame:
        """Write an output; it comes back as it was written."""
        target = self.folder / f"{name}.parquet"
        rows.write.option("compression", "zstd").parquet(path_of(target))
        return self.spark.read.parquet(spark_pattern(target))

    def _among(self, rows: DataFrame, key: str, records: DataFrame, how: str) -> DataFrame:
        """The rows whose ``key`` is (``left_semi``) or is not (``left_anti``) among ``records``."""
        from pyspark.sql.functions import expr  # noqa: PLC0415 - an option of the package

        known = records.selectExpr(f"{self._key} AS cle_cherchee")
        return rows.join(known, expr(f"{key} = cle_cherchee"), how)

    # --- what is read

    def _days(self) -> list[date]:
        """The distinct dates of the records: the law is compiled for their epochs."""
        day = day_column(self._model)
        root = {self._model.table: self.sources[self._model.table]}
        needed = Needed(frozenset({(self._model.table, self._model.role("date").name)}))
        made = prepare(self._model, root, needed)
        first = exp.Literal.string(self.law.corpus.first_day.isoformat())
        rows = self._query(_parsed(made[self._model.table])).select(day).distinct()
        kept = rows.where(f"{day} >= {exp.cast(first, exp.DType.DATE).sql(dialect=DIALECT)}")
        return sorted(found for (found,) in kept.collect() if isinstance(found, date))

    # --- refusals

    def _refuse(self) -> int:
        """Write ``REFUSALS``; how many rows it has."""
        first_day = self.law.corpus.first_day
        checks = quick_checks(self._model, self.sources, first_day)
        looked = [one.found(self._one(_parsed(one.query))) for one in checks]
        found = [one for one in looked if one is not None]
        columns = (self._key, *REFUSAL_COLUMNS)
        if found:
            rows = self._query(refusals(self._model, self.sources, first_day, found))
        else:
            rows = self._nothing(columns)
        written = self._write(REFUSALS, _typed(rows, columns))
        written.createOrReplaceTempView(REFUSALS)
        return written.count()

    def _accepted(self) -> Source:
        """The raw records without the refused ones, nor those without a name."""
        root = tables_of(self._model, self.sources)[self._model.table]
        refused_rows = self._hold(REFUSED_KEYS, refused_keys(self._model, REFUSALS))
        key, view = _spark(root.key), f"{root.name}_acceptes"
        rows = self.spark.table(root.source.relation).where(f"{key} IS NOT NULL")
        own = f"CAST({key} AS STRING)"
        self._among(rows, own, refused_rows, "left_anti").createOrReplaceTempView(view)
        return replace(root.source, relation=view)

    # --- prepared rows

    def _prepare(self, *, refused: bool) -> None:
        """Make the prepared tables; the lines of a refused record are not in them either."""
        model = self._model
        given = {**self.sources}
        if refused:
            given[model.table] = self._accepted()
        texts = prepare(model, given, self.plan.needed, None, Manner(numbered=True))
        made = {name: _parsed(sql) for name, sql in texts.items()}
        root = with_epoch(made[model.table], self.plan, self.law.corpus)
        queries = {**self.plan.empty, **made, model.table: root}
        order = [*made, *(name for name in queries if name not in made)]
        for name in order:
            rows = self._query(queries[name])
            self._keep(prepared_view(name), self._numbered(rows) if name == model.table else rows)

    def _numbered(self, rows: DataFrame) -> DataFrame:
        """The records with a number each; it is theirs once it is written."""
        from pyspark.sql.functions import monotonically_increasing_id  # noqa: PLC0415 - an option

        return rows.withColumn(NUMBER, monotonically_increasing_id())

    # --- anomalies

    def _watch(self) -> Mapping[str, int]:
        """Write ``ANOMALIES``: what fires is found in one scan, then worked out, a few at a time.

        Spark takes much longer to plan their union than each of them.
        """
        columns = (self._key, _LINE, *ANOMALY_COLUMNS)
        self._hold(FLAGGED, self.plan.flagged)
        fired = self._fired()
        for table in dict.fromkeys(one.table for one in fired):
            if table is not None:
                self._hold(fired_view(table), self.plan.fired[table]())
        places = [self.spill / ANOMALIES / one.name for one in fired]

        def work_out(one: Watcher, place: Path) -> None:
            _typed(self._query(one.select()), columns).write.parquet(path_of(place))

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            with uncut():  # see ``side_by_side``
                worked_out = pool.map(work_out, fired, places)
            for _ in worked_out:
                pass
        read = self.spark.read.schema(_schema(columns))
        rows = read.parquet(*map(spark_pattern, places)) if places else self._nothing(columns)
        written = self._write(ANOMALIES, rows)
        counts = written.groupBy("code").count().collect()
        return dict(sorted((str(code), int(count)) for code, count in counts))

    def _fired(self) -> list[Watcher]:
        """The watchers that see something."""
        watchers = self.plan.watchers
        if not watchers:
            return []
        tests = ", ".join(f"BOOL_OR({_spark(one.test)})" for one in watchers)
        found = self._one(f"SELECT {tests} FROM {FLAGGED}")
        return [one for one, fires in zip(watchers, found, strict=True) if fires]

    # --- counts

    def _count(self, computed: int, refused: int) -> Counts:
        tables = tables_of(self._model, self.sources)
        root = tables[self._model.table]
        (read,) = self._one(f"SELECT COUNT(*) FROM {root.source.relation}")
        lines = {
            name: self._lines(table, root, refused=refused > 0)
            for name, table in tables.items()
            if name != self._model.table
        }
        return Counts(read, computed, read - computed, refused, lines)

    def _lines(self, table: Table, root: Table, *, refused: bool) -> tuple[int, int, int]:
        """The lines of a table: read, of a refused record, of no record at all."""
        relation = table.source.relation
        (read,) = self._one(f"SELECT COUNT(*) FROM {relation}")
        if not refused:
            return read, 0, 0
        records = self.spark.table(root.source.relation)
        named = records.selectExpr(f"{_spark(root.key)} AS {self._key}")
        rows = self.spark.table(relation)
        known = self._among(rows, _spark(table.key), named, "left_semi").count()
        kept = self.spark.table(prepared_view(table.name)).count()
        return read, known - kept, read - known


def _parsed(sql: str) -> exp.Select:
    return parse_one(sql, dialect="duckdb", into=exp.Select)


def _spark(sql: str | exp.Expr) -> str:
    """An expression written for DuckDB."""
    tree = exp.maybe_parse(sql, dialect="duckdb")
    return spark_sql(tree)


def _kind(name: str) -> str:
    return "BIGINT" if name == _LINE else "STRING"


def _schema(columns: Sequence[str]) -> str:
    return ", ".join(f"`{name}` {_kind(name)}" for name in columns)


def _typed(rows: DataFrame, columns: Sequence[str]) -> DataFrame:
    """Rows with exactly ``columns``, of the types of the output tables."""
    return rows.selectExpr(*(f"CAST(`{name}` AS {_kind(name)}) AS `{name}`" for name in columns))
