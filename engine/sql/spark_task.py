"""One task of Spark: the raw rows of some records in, in Arrow batches, and what they give out.

It runs in a process of Python on a machine of the cluster, without Spark: it is a range of a run of
this machine (``engine.sql.campaign``), whose raw tables are in memory.
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Final

import duckdb

from engine import __version__
from engine.evaluation.compilation.names import marked
from engine.langage.corpus import Corpus
from engine.module.host import Module
from engine.sql.campaign import raw_sources
from engine.sql.duck import OUTPUTS, Chunks, Counts, connect
from engine.sql.exchange import needed_of
from engine.sql.fragments import literal, quoted
from engine.sql.tables import Tables, described

if TYPE_CHECKING:
    from pyarrow import RecordBatch  # type: ignore[import-untyped] # none are written for it

COUNTS: Final = "comptes"
OTHER_VERSION: Final = "another reglo"
_BATCH: Final = "lot_arrow"
_ROW: Final = marked("rangee")
_ROWS: Final = 10_000  # given back at a time


@dataclass(frozen=True, slots=True)
class Task:
    """What is the same for all tasks: the law of some epochs, and the raw tables as their heads."""

    corpus: Corpus
    module: Module
    epochs: tuple[int, ...]
    tables: Tables
    checked: bool

    def packed(self) -> bytes:
        """What goes to each machine."""
        return pickle.dumps((__version__, pickle.dumps(self)))

    def chunks(self, connection: duckdb.DuckDBPyConnection, tables: Tables) -> Chunks:
        """The computation of raw tables."""
        needed = needed_of(self.corpus.model, [self.module.layout])
        views = raw_sources(connection, tables)
        return Chunks(connection, self.corpus, self.epochs, needed, views, self.checked)

    def nothing(
        self, connection: duckdb.DuckDBPyConnection
    ) -> tuple[Counts, Mapping[str, Mapping[str, str]]]:
        """What no row at all gives: the counts, and the types of the columns of each output."""
        raw = {
            name: replace(one, relation=f"(FROM {one.relation} LIMIT 0)")
            for name, one in self.tables.raw.items()
        }
        counts = self.chunks(connection, replace(self.tables, raw=raw)).compute(self.module)
        return counts, {name: described(connection, name) for name in OUTPUTS}


@cache
def _unpacked(packed: bytes) -> Task:
    """The task that ``packed`` made, once for all those of this process.

    Raises:
        ValueError: it is that of another réglo, which might compute something else.
    """
    version, task = pickle.loads(packed)  # noqa: S301 - Spark brings it from the process that asks
    if version != __version__:
        message = f"{OTHER_VERSION}: {__version__}, not {version}"
        raise ValueError(message)
    found = pickle.loads(task)  # noqa: S301 - the same
    assert isinstance(found, Task)  # noqa: S101 - see ``packed``
    return found


def computed(packed: bytes, batches: Iterator[RecordBatch]) -> Iterator[RecordBatch]:
    """What the records of one task give.

    Args:
        packed: what ``Task.packed`` gave.
        batches: one column a raw table, a group of its columns as they are written, those of its
            rows that it needs to tell its place among them; NULL on the rows of other tables. All
            the lines of a record are there.

    Yields:
        One column an output table, a group of its columns, NULL on the rows of the others; and the
        column ``COUNTS``: on one row, the counts as JSON.
    """
    task = _unpacked(packed)
    with connect(None, 1, "") as connection:
        types: dict[str, Mapping[str, str]] = {}
        for batch in batches:
            connection.register(_BATCH, batch)
            for name, column in zip(batch.schema.names, batch.columns, strict=True):
                rows = f"SELECT UNNEST({quoted(name)}) FROM {_BATCH}"
                held = quoted(_held(name))
                if name not in types:
                    connection.execute(f"CREATE TABLE {held} AS {rows} LIMIT 0")
                    types[name] = described(connection, held)
                if column.null_count < len(column):
                    connection.execute(
                        f"INSERT INTO {held} {rows} WHERE {quoted(name)} IS NOT NULL"
                    )
            connection.unregister(_BATCH)
        if not types:  # no batch at all
            return
        raw = {
            name: replace(one, relation=quoted(_held(name)), types=types[name])
            for name, one in task.tables.raw.items()
        }
        chunks = task.chunks(connection, replace(task.tables, raw=raw))
        counts = chunks.compute(task.module)
        told = json.dumps({"comptes": asdict(counts), "anomalies": chunks.anomalies})
        parts = [f"SELECT {_ROW} AS {name} FROM {name} AS {_ROW}" for name in OUTPUTS]
        parts.append(f"SELECT {literal(told)} AS {COUNTS}")
        yield from connection.sql(" UNION ALL BY NAME ".join(parts)).to_arrow_reader(_ROWS)


def _held(table: str) -> str:
    """The table of the rows that came."""
    return f"recu_{table}"
