"""A whole run on DuckDB: ranges of records, some computed at the same time, each written apart.

The records are those of raw tables sorted by their key. Each range leaves its Parquet files and its
counts in a folder; a run that stops is taken up again with the ranges that have no counts. The
tables are the files of all ranges, in the order of the records.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from queue import SimpleQueue
from shutil import copyfile
from typing import Final, TypeAlias, TypeVar

import duckdb

from engine.evaluation.compilation.specialise import epoch_numbers
from engine.evaluation.law import Law
from engine.langage.inputs import RecordModel
from engine.module.host import Module, module_for
from engine.source.digests import canonical, digest_of, digest_of_file
from engine.source.signals import uncut
from engine.source.writing import erase
from engine.sql.duck import OUTPUTS, REFUSALS, Chunks, Counts, another, connect
from engine.sql.exchange import needed_of
from engine.sql.fragments import literal, quoted
from engine.sql.output import DamagedError
from engine.sql.paths import copied, parquet
from engine.sql.reader import accepted
from engine.sql.tables import FILE, ORDER, ROW, Lost, Tables, TableSource, key_column, tables_of

KeyBound: TypeAlias = "str | int"
Piece = TypeVar("Piece")
Worker = TypeVar("Worker")
Made = TypeVar("Made")

CHUNK: Final = 50_000  # records: reading is shared by many of them, and the memory is small
_SHARE: Final = 250  # megabytes that ``CHUNK`` records take, every result computed
# A higher level is half as slow again, for files one hundredth smaller.
_COPY: Final = "(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 122880)"
_COUNTS: Final = "comptes.json"
_USUAL_LINES: Final = 8  # of a record, in all tables
_ROWS: Final = 50_000 * _USUAL_LINES
_LEAST: Final = 10_000  # records: fewer are not worth sharing
_AGAIN: Final = 50  # milliseconds: a query that begins once it is interrupted is not stopped


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
    connection = connect(None, settings.threads, spill)
    memory, _ = means(connection, settings)
    connection.execute(f"SET memory_limit = '{memory}MB'")
    return connection


def means(connection: duckdb.DuckDBPyConnection, settings: Settings) -> tuple[int, int]:
    """The memory of the database, in megabytes, and how many ranges are computed at a time."""
    (threads,) = connection.execute("SELECT current_setting('threads')").fetchone() or (1,)
    share = max(_SHARE, _SHARE * settings.chunk // CHUNK)
    memory = settings.memory or share * threads
    return memory, max(1, min(threads, memory // share))


def run(
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
        DamagedError: a range is no longer what it was when it was written.
        duckdb.Error, OSError: the disk, the memory or a damaged file.
    """
    model = law.corpus.model
    views = raw_sources(connection, tables)
    epochs = epochs_of(connection, law, views)
    module = module_for(
        law,
        epochs,
        readings=settings.readings,
        wanted=settings.wanted,
        controls=settings.checked,
    )
    total = Counts(0, 0, 0, 0, {})
    records = count_of(connection, model, views)
    tell(0, records)
    ranges = list(ranges_of(connection, model, views, settings.chunk))
    parts = [_part(folder, one) for one in ranges]
    mark = _mark(law, tables, settings)
    _, most = means(connection, settings)
    workers = Workers(connection, law, tables, epochs, module, settings, mark, most)
    if min(len(ranges), most) > 1:  # each thread has a range of its own
        connection.execute("SET threads = 1")
    with closing(workers.counts(ranges, folder)) as found:
        for counts in found:
            total = added(total, counts)
            tell(total.read, records)
    anomalies: Counter[str] = Counter()
    for part in parts:
        done = _known(part, mark)
        if done is None:
            raise DamagedError(part.name)
        anomalies += done[1]
    if tables.lost is not None:
        part = folder / "lot-illisible"
        counts = _lose(connection, tables.lost, key_column(model), part, parts[0])
        parts.append(part)
        total = added(total, counts)
    _put_together(parts, folder)
    return total, dict(sorted(anomalies.items()))


def epochs_of(
    connection: duckdb.DuckDBPyConnection, law: Law, views: Mapping[str, TableSource]
) -> tuple[int, ...]:
    """The epochs of the records of raw views; the last one when no date can be read."""
    days = days_of(connection, law.corpus.model, views)
    found = epoch_numbers(law, (day for day in days if day >= law.corpus.first_day))
    return found or (len(law.corpus.starts) - 1,)


@dataclass(frozen=True, slots=True)
class Workers:
    """The computation of ranges, ``most`` at a time: as many as there are threads and memory for.

    A range is too small for its rows to be shared among threads.
    """

    connection: duckdb.DuckDBPyConnection
    law: Law
    tables: Tables
    epochs: Sequence[int]
    module: Module
    settings: Settings
    mark: str
    most: int

    def counts(self, ranges: Sequence[Range], folder: Path) -> Generator[Counts]:
        """The counts of each range, those that are done already first.

        Closed before its end, or stopped by an error, it interrupts what is under way.
        """
        waiting: list[Range] = []
        for one in ranges:
            part = _part(folder, one)
            known = _known(part, self.mark)
            if known is None:
                erase(part)
                waiting.append(one)
            else:
                yield known[0]

        def work(chunks: Chunks, one: Range) -> Counts:
            return self._compute(chunks, one, _part(folder, one))

        yield from side_by_side(self.connection, self.most, waiting, self._chunks, work)

    def _chunks(self, link: duckdb.DuckDBPyConnection) -> Chunks:
        corpus, needed = self.law.corpus, needed_of(self.law.corpus.model, [self.module.layout])
        views = raw_sources(link, self.tables)
        return Chunks(link, corpus, self.epochs, needed, views, self.settings.checked)

    def _compute(self, chunks: Chunks, one: Range, part: Path) -> Counts:
        """Compute one range and write its files."""
        link = chunks.connection
        restrict(link, self.tables, chunks.sources, key_column(self.law.corpus.model), one)
        counts = chunks.compute(self.module)
        _write(link, part, counts, chunks.anomalies, self.mark)
        chunks.forget()
        return counts


def _part(folder: Path, one: Range) -> Path:
    return folder / f"lot-{one.number:05}"


def added(left: Counts, right: Counts) -> Counts:
    """The counts of two ranges."""
    lines = {
        name: tuple(
            a + b
            for a, b in zip(
                left.lines.get(name, (0,) * 3), right.lines.get(name, (0,) * 3), strict=True
            )
        )
        for name in [*left.lines, *(one for one in right.lines if one not in left.lines)]
    }
    return Counts(
        left.read + right.read,
        left.computed + right.computed,
        left.refused + right.refused,
        left.refusals + right.refusals,
        {name: (a, b, c) for name, (a, b, c) in lines.items()},
    )


# --- parts


def _mark(law: Law, tables: Tables, settings: Settings) -> str:
    """What the ranges of one computation have in common, and no other has."""
    files = sorted(f"{file.name} {hashed}" for file, hashed in tables.files.items())
    wanted = None if settings.wanted is None else list(settings.wanted)
    given = [law.corpus.digest, files, wanted, dict(settings.readings), settings.chunk]
    return digest_of(canonical(given))


def _write(
    connection: duckdb.DuckDBPyConnection,
    part: Path,
    counts: Counts,
    anomalies: Mapping[str, int],
    mark: str,
) -> None:
    """The files of a range, then its counts: without them the range is not done."""
    part.mkdir(parents=True, exist_ok=True)
    _copy(connection, part, {name: name for name in OUTPUTS})
    told = {
        "de": mark,
        "comptes": asdict(counts),
        "anomalies": anomalies,
        "fichiers": _hashes(part),
    }
    aside = part / f"{_COUNTS}.ecriture"
    aside.write_text(json.dumps(told), encoding="utf-8")
    aside.replace(part / _COUNTS)


def _hashes(part: Path) -> Mapping[str, str]:
    """The hash of each table of a range, by the name of its file."""
    return {one.name: digest_of_file(one) for one in sorted(part.glob("*.parquet"))}


def _copy(connection: duckdb.DuckDBPyConnection, part: Path, relations: Mapping[str, str]) -> None:
    """Write relations as the files of a part, by name of table."""
    for name, rows in relations.items():
        connection.execute(copied(f"SELECT * FROM {rows}", part / f"{name}.parquet", _COPY))


def _lose(
    connection: duckdb.DuckDBPyConnection, lost: Lost, key: str, part: Path, like: Path
) -> Counts:
    """Write the records that are no row of any table: each is a refused one.

    The tables have the columns of those of the range ``like``, which another run may have computed.
    """
    erase(part)
    part.mkdir()
    empty = {name: f"(FROM {parquet(like / f'{name}.parquet')} LIMIT 0)" for name in OUTPUTS}
    rows = (
        f"SELECT cle AS {quoted(key)}, fichier, rang AS ligne, code, motif, conseil"
        f" FROM {lost.relation}"
    )
    refused = f"({empty[REFUSALS]} UNION ALL BY NAME {rows})"
    _copy(connection, part, {**empty, REFUSALS: refused})
    return Counts(lost.records, 0, lost.records, lost.findings, {})


def _known(part: Path, mark: str) -> tuple[Counts, Counter[str]] | None:
    """The counts of a range that is done, if it is of this computation and its files are whole."""
    try:
        found = json.loads((part / _COUNTS).read_text(encoding="utf-8"))
        if found["de"] != mark or found["fichiers"] != _hashes(part):
            return None
        counts = Counts(**found["comptes"])
        anomalies = Counter({str(code): int(count) for code, count in found["anomalies"].items()})
        lines = {
            name: (read, refused, alone) for name, (read, refused, alone) in counts.lines.items()
        }
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None  # absent, or damaged: the range is computed again
    return replace(counts, lines=lines), anomalies


def _put_together(parts: Sequence[Path], folder: Path) -> None:
    """Each output table: a file, or a folder of the files of several ranges, named in their order.

    The ranges stay where they are: a run that stops here begins this again.
    """
    for name in OUTPUTS:
        target = folder / f"{name}.parquet"
        erase(target)
        if len(parts) > 1:
            target.mkdir()
        for part in parts:
            file = target / f"{part.name}.parquet" if len(parts) > 1 else target
            copyfile(part / f"{name}.parquet", file)


# --- ranges of records


@dataclass(frozen=True, slots=True)
class Range:
    """The records whose key is at least ``low`` and below ``high``; None has no end."""

    number: int
    low: KeyBound | None
    high: KeyBound | None


def _view(table: str) -> str:
    return f"brut_{table}"


def raw_sources(connection: duckdb.DuckDBPyConnection, tables: Tables) -> Mapping[str, TableSource]:
    """A view of each raw table, whole at first, with the place of its rows."""
    found = {}
    for name, raw in tables.raw.items():
        names = dict(tables.renamed[name])
        types = {prepared: raw.types[written] for prepared, written in names.items()}
        _make_view(connection, tables, name, "")
        order = None if raw.order is None else ORDER
        found[name] = TableSource(_view(name), types, names, FILE, ROW, order)
    return found


def _make_view(
    connection: duckdb.DuckDBPyConnection, tables: Tables, table: str, where: str
) -> None:
    raw = tables.raw[table]
    listed = [quoted(name) for name in tables.renamed[table].values()]
    listed += [f"{raw.file} AS {FILE}", f"{raw.row} AS {ROW}"]
    listed += [] if raw.order is None else [f"{raw.order} AS {ORDER}"]
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW {quoted(_view(table))} AS SELECT {', '.join(listed)} "
        f"FROM {raw.relation}{where}"
    )


def restrict(
    connection: duckdb.DuckDBPyConnection,
    tables: Tables,
    views: Mapping[str, TableSource],
    column: str,
    one: Range,
) -> None:
    """Let the views hold the rows of one range; rows without a key go with the first."""
    for name in tables.raw:
        key = quoted(views[name].names[column])
        low = None if one.low is None else f"{key} >= {_key_literal(one.low)}"
        high = None if one.high is None else f"{key} < {_key_literal(one.high)}"
        if low is None and high is not None:
            high = f"({high} OR {key} IS NULL)"
        tests = " AND ".join(test for test in (low, high) if test is not None)
        _make_view(connection, tables, name, f" WHERE {tests}" if tests else "")


def _key_literal(key: KeyBound) -> str:
    return str(key) if isinstance(key, int) else literal(key)


def days_of(
    connection: duckdb.DuckDBPyConnection, model: RecordModel, views: Mapping[str, TableSource]
) -> list[date]:
    """The dates of the records that can be read: the law is compiled for their epochs."""
    root = tables_of(model, {model.table: views[model.table]})[model.table]
    field = model.role("date")
    raw = root.raw(root.column(field.name).prepared)
    if raw is None:
        return []
    texts = connection.execute(
        f"SELECT DISTINCT CAST({raw.text} AS VARCHAR) FROM {root.source.relation} WHERE {raw.given}"
    ).fetchall()
    found = accepted(field, raw, (text for (text,) in texts))
    return sorted({day for day in found.values() if isinstance(day, date)})


def count_of(
    connection: duckdb.DuckDBPyConnection, model: RecordModel, views: Mapping[str, TableSource]
) -> int:
    """How many rows the root table has."""
    return _rows(connection, views[model.table])


def _rows(connection: duckdb.DuckDBPyConnection, view: TableSource) -> int:
    row = connection.execute(f"SELECT COUNT(*) FROM {view.relation}").fetchone()
    return 0 if row is None else int(row[0])


def ranges_of(
    connection: duckdb.DuckDBPyConnection,
    model: RecordModel,
    views: Mapping[str, TableSource],
    size: int,
) -> Iterator[Range]:
    """Ranges of about ``size`` records; the rows of one key are in one range.

    They are smaller where records have many lines: the memory of a range is that of its rows, of
    which it has at most ``_ROWS``, unless larger ranges were asked for.
    """
    root = tables_of(model, {model.table: views[model.table]})[model.table]
    records = _rows(connection, root.source)
    lines = sum(_rows(connection, one) for one in views.values())
    most = max(_ROWS, _USUAL_LINES * size) * records // max(1, lines)
    # From 20,000 records on there are two ranges at least, for two threads.
    size = max(1, min(size, most, max(_LEAST, -(-records // 2))))
    rows = connection.execute(
        f"SELECT cle FROM (SELECT cle, ROW_NUMBER() OVER (ORDER BY cle) AS rang FROM "
        f"(SELECT {root.light_key} AS cle FROM {root.source.relation}) WHERE cle IS NOT NULL) "
        f"WHERE (rang - 1) % {size} = 0 ORDER BY cle"
    ).fetchall()
    starts = list(dict.fromkeys(key for (key,) in rows))
    lows: Sequence[KeyBound | None] = [None, *starts[1:]]
    for number, (low, high) in enumerate(zip(lows, [*lows[1:], None], strict=True)):
        yield Range(number + 1, low, high)


# --- several at the same time


def side_by_side(
    connection: duckdb.DuckDBPyConnection,
    most: int,
    waiting: Sequence[Piece],
    make: Callable[[duckdb.DuckDBPyConnection], Worker],
    work: Callable[[Worker, Piece], Made],
) -> Generator[Made]:
    """What ``work`` makes of each piece, in the order in which they end.

    Closed before its end, or stopped by an error, it interrupts what is under way.

    Args:
        connection: the database.
        most: how many pieces are worked on at a time.
        waiting: the pieces.
        make: a worker of a connection, which keeps it for several pieces.
        work: what is done of one piece.
    """
    links = [another(connection) for _ in range(min(most, len(waiting)))]
    idle: SimpleQueue[Worker] = SimpleQueue()
    for link in links:
        idle.put(make(link))

    def one_more(piece: Piece) -> Made:
        worker = idle.get()
        try:
            return work(worker, piece)
        finally:
            idle.put(worker)

    given: set[Future[Made]] = set()  # those whose end is not told yet
    # Not ``as_completed``: a signal in the middle of its locks would leave one that a thread waits
    # for. Nor may one come while a thread starts: the pool would not know it, nor wait for its end.
    ended: SimpleQueue[Future[Made]] = SimpleQueue()
    with ThreadPoolExecutor(max(1, len(links))) as pool:
        try:
            with uncut():
                for piece in waiting:
                    one = pool.submit(one_more, piece)
                    given.add(one)
                    one.add_done_callback(ended.put)
            while given:
                one = ended.get()
                given.remove(one)
                yield one.result()
        finally:
            with uncut():
                under_way = [each for each in given if not each.cancel()]
                while not all(each.done() for each in under_way):
                    for link in links:
                        link.interrupt()
                    wait(under_way, timeout=_AGAIN / 1000)
    for link in links:
        link.close()
