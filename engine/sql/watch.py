"""The flagged records of a whole run go in, its anomalies come out, each with its sentence.

The sentences are planned once a run, and not once a chunk: planning them takes longer than writing
those of a chunk.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb
from sqlglot import exp

from engine.sql.anomalies import COLUMNS, FLAGGED
from engine.sql.duck import DIALECT
from engine.sql.fragments import quoted
from engine.sql.plan import Plan


@dataclass(frozen=True, slots=True)
class Watch:
    """The anomalies of the records of ``FLAGGED`` and of the lines of each ``fired_view``."""

    connection: duckdb.DuckDBPyConnection
    plan: Plan

    def queries(self) -> Iterator[str]:
        """The queries of the anomalies, those of each kind together; only of kinds that occur."""
        if not self.plan.watchers:
            return
        fires = exp.select(
            *(exp.LogicalOr(this=one.test.copy()) for one in self.plan.watchers)
        ).from_(FLAGGED)
        found = self.connection.execute(fires.sql(dialect=DIALECT)).fetchone() or ()
        for watcher, fired in zip(self.plan.watchers, found, strict=True):
            if fired:
                yield watcher.select().sql(dialect=DIALECT)

    def nothing(self) -> str:
        """A query of no anomaly, with the columns of the others."""
        texts = ", ".join(f"CAST(NULL AS VARCHAR) AS {name}" for name in COLUMNS)
        key = quoted(self.plan.key)
        return (
            f"SELECT CAST(NULL AS VARCHAR) AS {key}, CAST(NULL AS BIGINT) AS ligne, {texts} LIMIT 0"
        )
