"""The flagged records of a whole run go in, its anomalies come out, each with its sentence.

The sentences are planned once a run, and not once a chunk: planning them takes longer than writing
those of a chunk.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import duckdb
from sqlglot import exp

from engine.sql.anomalies import COLUMNS, FLAGGED
from engine.sql.fragments import quoted
from engine.sql.plan import Plan
from engine.sql.statements import Statements


@dataclass(frozen=True, slots=True)
class Watch:
    """The anomalies of the records of ``FLAGGED`` and of the lines of each ``fired_view``."""

    connection: duckdb.DuckDBPyConnection
    statements: Statements

    def queries(self) -> Iterator[str]:
        """The queries of the anomalies, those of each kind together; only of kinds that occur."""
        names = self.statements.shape.watchers
        if not names:
            return
        found = self.connection.execute(self.statements.one("alertes levées", _fires)).fetchone()
        for place, (name, fired) in enumerate(zip(names, found or (), strict=True)):
            if fired:
                yield self.statements.one(f"alerte {name}", partial(_told, place))

    def nothing(self) -> str:
        """A query of no anomaly, with the columns of the others."""
        texts = ", ".join(f"CAST(NULL AS VARCHAR) AS {name}" for name in COLUMNS)
        key = quoted(self.statements.shape.key)
        return (
            f"SELECT CAST(NULL AS VARCHAR) AS {key}, CAST(NULL AS BIGINT) AS ligne, {texts} LIMIT 0"
        )


def _told(place: int, plan: Plan) -> exp.Select:
    return plan.watchers[place].select()


def _fires(plan: Plan) -> exp.Select:
    """Whether each watcher has something to tell."""
    return exp.select(*(exp.LogicalOr(this=one.test.copy()) for one in plan.watchers)).from_(
        FLAGGED
    )
