"""A whole run on DuckDB: ranges of records, some computed at the same time, each written apart.

The records are those of raw tables sorted by their key. Each range leaves its Parquet files and its
counts in a folder; a run that stops is taken up again with the ranges that have no counts. The
files of all ranges are put together at the end, in the order of the records.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

import duckdb

from engine.evaluation.compilation.specialise import epoch_numbers
from engine.evaluation.law import Law
from engine.sql.anomalies import FLAGGED, fired_view
from engine.sql.columns import key_column
from engine.sql.duck import (
    REFUSALS,
    RESULTS,
    Chunks,
    Counts,
    available_threads,
    connect,
)
from engine.sql.fragments import literal, quoted
from engine.sql.inputs import Tables
from engine.sql.inputs.raw import Lost, described
from engine.sql.parquet_parts import put_together
from engine.sql.pool import side_by_side
from engine.sql.ranges import Range, count_of, days_of, ranges_of, raw_sources, restrict
from engine.sql.statements import Statements, known_statements
from engine.sql.watch import Watch

ANOMALIES: Final = "anomalies"
OUTPUTS: Final = (RESULTS, ANOMALIES, REFUSALS)
CHUNK: Final = 100_000  # records: planning is a small part of the time, and the memory is small
_SHARE: Final = 200  # megabytes that ``CHUNK`` records take, every result computed
# A higher level is half as slow again, for files one hundredth smaller.
_COPY: Final = "(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 122880)"
_COUNTS: Final = "comptes.json"


@dataclass(frozen=True, slots=True)
class Settings:
    """What is computed, and how: results (all when None), readings, records of a range.

    ``memory`` (megabytes) and ``threads`` are what the database may use; None: as many threads as
    it finds, the memory that they need. ``checked``: whether records are refused and anomalies are
    told. Without, a record must be sound: only what measures the price of it asks for that.
    """

    wanted: tuple[str, ...] | None
    readings: Mapping[str, str]
    chunk: int = CHUNK
    memory: int | None = None
    threads: int | None = None
    checked: bool = True


def open_database(settings: Settings, spill: str) -> duckdb.DuckDBPyConnection:
    """A database for ``run``; what its memory does not hold is written in the folder ``spill``."""
    memory, _ = means(settings)
    return connect(memory, settings.threads, spill)


def means(settings: Settings) -> tuple[int, int]:
    """The memory of the database, in megabytes, and how many ranges are computed at a time."""
    threads = settings.threads or available_threads()
    share = max(_SHARE, _SHARE * settings.chunk // CHUNK)
    memory = settings.memory or share * threads
    return memory, max(1, min(threads, memory // share))


def run(  # noqa: PLR0913, PLR0917 - everything a run is made of
    connection: duckdb.DuckDBPyConnection,
    law: Law,
    tables: Tables,
    settings: Settings,
    folder: Path,
    tell: Callable[[int, int], None],
) -> tuple[Counts, Mapping[str, int]]:
    """Compute every record and write the three output tables into ``folder``.

    Args:
        connection: one that ``open_database`` gave, where the raw tables can be read.
        law: the corpus.
        tables: the raw tables, sorted by key.
        settings: what is computed.
        folder: an empty folder, or that of a run that stopped, with the same settings.
        tell: called before the first range and after each, with the number of records done and
            that of all of them.

    Returns:
        The counts, and the number of anomalies by code.

    Raises:
        OffGridError, UnsupportedError, TooWideError: see ``plan``.
        duckdb.Error, OSError: the disk, the memory or a damaged file.
    """
    model = law.corpus.model
    views = raw_sources(connection, tables)
    days = days_of(connection, model, views)
    epochs = epoch_numbers(law, (day for day in days if day >= law.corpus.first_day)) or (
        len(law.corpus.starts) - 1,
    )
    statements = known_statements(
        law, epochs, views,
        readings=settings.readings, wanted=settings.wanted, anomalies=settings.checked,
    )  # fmt: skip
    total = Counts(0, 0, 0, 0, {})
    records = count_of(connection, model, views)
    tell(0, records)
    ranges = list(ranges_of(connection, model, views, settings.chunk))
    parts = [_part(folder, one) for one in ranges]
    workers = Workers(connection, law, tables, statements, settings)
    with closing(workers.counts(ranges, folder)) as found:
        for counts in found:
            total = added(total, counts)
            tell(total.read, records)
    if tables.lost is not None:
        part = folder / "lot-illisible"
        counts = _lose(connection, tables.lost, key_column(model), part, parts[0])
        parts.append(part)
        total = added(total, counts)
    _put_together(parts, folder)
    anomalies = _tell_anomalies(connection, statements, parts, folder)
    statements.save()
    return total, anomalies


@dataclass(frozen=True, slots=True)
class Workers:
    """The computation of ranges, several at a time: as many as there are threads and memory for.

    A range is too small for its rows to be shared among threads, and a part of its time is that of
    planning statements, which no thread shares.
    """

    connection: duckdb.DuckDBPyConnection
    law: Law
    tables: Tables
    statements: Statements
    settings: Settings

    def counts(self, ranges: Sequence[Range], folder: Path) -> Generator[Counts]:
        """The counts of each range, those that are done already first.

        Closed before its end, or stopped by an error, it interrupts what is under way.
        """
        waiting: list[Range] = []
        for one in ranges:
            known = _known(_part(folder, one))
            if known is None:
                waiting.append(one)
            else:
                yield known
        _, most = means(self.settings)

        def work(chunks: Chunks, one: Range) -> Counts:
            return self._compute(chunks, one, _part(folder, one))

        yield from side_by_side(self.connection, most, waiting, self._chunks, work)

    def _chunks(self, link: duckdb.DuckDBPyConnection) -> Chunks:
        views, checked = raw_sources(link, self.tables), self.settings.checked
        return Chunks(link, self.law.corpus, self.statements, views, checked)

    def _compute(self, chunks: Chunks, one: Range, part: Path) -> Counts:
        """Compute one range and write its files."""
        link = chunks.connection
        restrict(link, self.tables, chunks.sources, key_column(self.law.corpus.model), one)
        counts = chunks.compute()
        _write(link, part, counts, chunks.fired)
        chunks.forget()
        return counts


def _part(folder: Path, one: Range) -> Path:
    return folder / f"lot-{one.number:05}"


def added(left: Counts, right: Counts) -> Counts:
    """The counts of two ranges."""
    lines = {
        name: tuple(
            a + b
            for a, b in zip(left.lines.get(name, (0,) * 3), right.lines.get(name, (0,) * 3),
                            strict=True)
        )
        for name in [*left.lines, *(one for one in right.lines if one not in left.lines)]
    }  # fmt: skip
    return Counts(
        left.read + right.read,
        left.computed + right.computed,
        left.refused + right.refused,
        left.refusals + right.refusals,
        {name: (a, b, c) for name, (a, b, c) in lines.items()},
    )


# --- parts


def _write(
    connection: duckdb.DuckDBPyConnection, part: Path, counts: Counts, fired: Iterable[str]
) -> None:
    """The files of a range, then its counts: without them the range is not done."""
    part.mkdir(parents=True, exist_ok=True)
    alerts = [FLAGGED, *(fired_view(table) for table in fired)]
    exact = {name: _exact(connection, name) for name in alerts}
    _copy(connection, part, {RESULTS: RESULTS, REFUSALS: REFUSALS, **exact})
    aside = part / f"{_COUNTS}.ecriture"
    aside.write_text(json.dumps(asdict(counts)), encoding="utf-8")
    aside.replace(part / _COUNTS)


def _copy(connection: duckdb.DuckDBPyConnection, part: Path, relations: Mapping[str, str]) -> None:
    """Write relations as the files of a part, by name of table."""
    for name, rows in relations.items():
        target = literal((part / f"{name}.parquet").as_posix())
        connection.execute(f"COPY (SELECT * FROM {rows}) TO {target} {_COPY}")


def _exact(connection: duckdb.DuckDBPyConnection, relation: str) -> str:
    """``relation``, its numbers of 128 bits as decimals: Parquet would make them inexact."""
    wide = [
        f"CAST({quoted(name)} AS DECIMAL(38, 0)) AS {quoted(name)}"
        for name, kind in described(connection, relation).items()
        if kind == "HUGEINT"
    ]
    replaced = f" REPLACE ({', '.join(wide)})" if wide else ""
    return f"(SELECT *{replaced} FROM {quoted(relation)})"


def _lose(
    connection: duckdb.DuckDBPyConnection, lost: Lost, key: str, part: Path, like: Path
) -> Counts:
    """Write the records that are no row of any table: each is a refused one.

    The tables have the columns of those of the range ``like``, which another run may have computed.
    """
    part.mkdir(exist_ok=True)
    empty = {
        name: f"(FROM read_parquet({literal((like / f'{name}.parquet').as_posix())}) LIMIT 0)"
        for name in (RESULTS, REFUSALS)
    }
    rows = f"SELECT cle AS {quoted(key)}, fichier, rang AS ligne, code, motif FROM {lost.relation}"
    refused = f"({empty[REFUSALS]} UNION ALL BY NAME {rows})"
    _copy(connection, part, {**empty, REFUSALS: refused})
    return Counts(lost.records, 0, lost.records, lost.findings, {})


def _known(part: Path) -> Counts | None:
    """The counts of a range that is done."""
    try:
        found = json.loads((part / _COUNTS).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    lines = {
        name: (read, refused, alone) for name, (read, refused, alone) in found["lines"].items()
    }
    return replace(Counts(**found), lines=lines)


def _put_together(parts: Sequence[Path], folder: Path) -> None:
    """One file per output table; a single range is moved, several are joined in their order.

    The ranges stay where they are: a run that stops here begins this again.
    """
    for name in (RESULTS, REFUSALS):
        files = [part / f"{name}.parquet" for part in parts]
        target = folder / f"{name}.parquet"
        if len(files) == 1:
            if files[0].exists():  # else a run that stopped here has moved it already
                files[0].replace(target)
            continue
        put_together(files, target)


def _tell_anomalies(
    connection: duckdb.DuckDBPyConnection,
    statements: Statements,
    parts: Sequence[Path],
    folder: Path,
) -> Mapping[str, int]:
    """Write the table of the anomalies; how many there are by code.

    Those of each kind are a file, put together at the end.
    """
    for name in (FLAGGED, *map(fired_view, statements.shape.fired)):
        files = [file for part in parts if (file := part / f"{name}.parquet").exists()]
        if files:
            listed = ", ".join(literal(file.as_posix()) for file in files)
            connection.execute(
                f"CREATE OR REPLACE TEMP VIEW {quoted(name)} AS FROM read_parquet([{listed}])"
            )
    watch = Watch(connection, statements)
    kinds: list[Path] = []
    aside = folder / ANOMALIES
    aside.mkdir(exist_ok=True)
    for query in (watch.nothing(), *watch.queries()):
        kinds.append(aside / f"{len(kinds):03}.parquet")
        connection.execute(f"COPY ({query}) TO {literal(kinds[-1].as_posix())} {_COPY}")
    whole = folder / f"{ANOMALIES}.parquet"
    put_together(kinds, whole)
    rows = connection.execute(
        f"SELECT code, COUNT(*) FROM {literal(whole.as_posix())} GROUP BY code ORDER BY code"
    ).fetchall()
    return {str(code): int(count) for code, count in rows}
