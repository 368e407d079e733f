"""The folder that a run writes: held by one run at a time, sealed by a manifest, then read.

It has its name once the disk holds it whole. Its tables are read by DuckDB, whichever engine wrote
them: hashed, counted again, summed up, written for a spreadsheet. Parquet files of the same rows
are not the same bytes from one version of DuckDB to the next, nor from DuckDB to Spark: what is
hashed is the rows, each written in one way, sorted.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final, Literal, TypeAlias

import duckdb
from filelock import FileLock, Timeout

from engine import __version__
from engine.langage.corpus import NOT_COMPUTED, Corpus
from engine.source.catalogue import codes, entry
from engine.source.signals import uncut
from engine.source.writing import erase, temporary_folder
from engine.sql.duck import ANOMALIES, OUTPUTS, REFUSALS, RESULTS, STOPPED, Counts, connect, ctrl_c
from engine.sql.fragments import literal, matches, quoted
from engine.sql.paths import copied, parquet, parts_of_table
from engine.sql.tables import described

Held: TypeAlias = Literal["made", "found", "busy"]
Engine: TypeAlias = Literal["duckdb", "spark"]
Stored: TypeAlias = "str | int | bool | Decimal | date | None"  # what a row of a table holds

OWN_FOLDER: Final = 0o700  # records of people: whoever else shares the machine reads none
SPILL: Final = "spark"  # in the folder of a run: what the tasks of Spark give, until it is read
_OWN_FILE: Final = 0o600
_LOCK: Final = "verrou"
MANIFEST: Final = "manifeste.json"
# The files of each form in which the tables of a run are written.
FORMS: Final[Mapping[str, tuple[str, ...]]] = {
    "parquet": tuple(f"{name}.parquet" for name in OUTPUTS),
    "csv": tuple(f"{name}.csv" for name in OUTPUTS),
    "xlsx": ("tables.xlsx",),
}
_ROWS: Final = 5_000  # read together
_FIELD, _NOTHING = "chr(31)", "chr(0)"  # hashed: between two values; instead of one
_MARK: Final = "\ufeff"  # Excel takes a file for UTF-8 when it begins with it
_CSV: Final = "(FORMAT csv, HEADER true, DELIMITER ';', QUOTE '\"', ESCAPE '\"', NULL '')"
# What a spreadsheet computes, were it in a cell: an apostrophe before it makes it a text.
_FORMULA: Final = r"'^[=+\-@\t\r\n]'"


class DamagedError(Exception):
    """A file of a run is not what the run wrote; its text is the name of the file."""


# --- held, named


@contextmanager
def held(folder: Path, *, fresh: bool) -> Iterator[Held]:
    """Hold a folder to the end of the block, so that no other run does.

    A folder that is made is held before it has its name: none is ever seen that nobody holds. A run
    that is killed holds nothing any more. The folder may be given another name meanwhile.

    Args:
        folder: where a run is written.
        fresh: whether it is to be made.

    Yields:
        « busy » when another run holds it, « made » or « found »: it was there.

    Raises:
        OSError: it cannot be made, or it is not a folder.
    """
    if fresh and not os.path.lexists(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with ExitStack() as mine:
            if _made(folder, mine):
                yield "made"
                return
    with _alone(folder) as mine:
        yield "found" if mine else "busy"


def _made(folder: Path, mine: ExitStack) -> bool:
    """Make a folder that ``mine`` holds from before it has its name; false: another run has it."""
    with uncut(), temporary_folder(folder.parent, f"{folder.name}.") as own:
        mine.enter_context(_alone(own))
        try:
            own.rename(folder)
        except OSError:
            if not os.path.lexists(folder):
                raise
            return False
        return True


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    lock = FileLock(folder / _LOCK, timeout=0, mode=_OWN_FILE)
    try:
        lock.acquire()
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


def give_name(folder: Path, name: Path) -> None:
    """Let a whole folder, that is ``held``, appear under its name: all that it holds first."""
    for place, _, files in os.walk(folder, topdown=False):
        for one in files:
            Path(place, one).chmod(_OWN_FILE)
            flush(Path(place, one))
        flush(Path(place))
    with uncut():
        folder.replace(name)
        flush(name.parent)
        # Until now: whoever waits for the folder would have made another one.
        (name / _LOCK).unlink(missing_ok=True)


def flush(path: Path) -> None:
    """Have the disk hold a file, or the names that a folder gives: a power cut then loses none."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_json(path: Path, content: Mapping[str, object]) -> None:
    """Write ``content`` for people and programs. A file that is there is whole, on the disk too."""
    text = json.dumps(content, ensure_ascii=False, indent=2)
    aside = path.with_name(f"{path.name}.ecriture")
    erase(aside)
    aside.write_text(text + "\n", encoding="utf-8")
    flush(aside)
    aside.replace(path)
    flush(path.parent)


def read_json(path: Path) -> dict[str, object] | None:
    """What ``write_json`` wrote; None when it is something else."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


# --- sealed


@dataclass(frozen=True, slots=True)
class RunInput:
    """What a run is given.

    ``source`` is a file or a folder, ``files`` what was read of it, with its hashes; ``chunk`` is
    how many records are computed together, None when the engine decides; ``forms`` are those, of
    ``FORMS``, in which the tables are written.
    """

    source: Path
    files: Mapping[Path, str]
    wanted: Sequence[str] | None
    readings: Mapping[str, str]
    chunk: int | None
    forms: tuple[str, ...] = ("parquet",)


def state(
    engine: Engine, versions: Mapping[str, str], digest: str, given: RunInput
) -> dict[str, object]:
    """What a run is started with: it can only go on, or be explained, with the same.

    Args:
        engine: what computes.
        versions: of the programs that compute, by name.
        digest: the content hash of the corpus.
        given: what is computed.
    """
    folder = given.source if given.source.is_dir() else given.source.parent
    return {
        "reglo": __version__,
        "moteur": engine,
        "versions": dict(versions),
        "empreinte": digest,
        "entree": {
            "chemin": given.source.resolve().as_posix(),
            "fichiers": {
                file.relative_to(folder).as_posix(): hashed for file, hashed in given.files.items()
            },
        },
        "reglages": {
            "resultats": None if given.wanted is None else list(given.wanted),
            "lectures": dict(given.readings),
            "lot": given.chunk,
            "tables": list(given.forms),
        },
        "tables": [file for form in given.forms for file in FORMS[form]],
    }


def counted(counts: Counts) -> dict[str, object]:
    """The counts of a manifest; they balance: read = computed + refused, for records and lines."""
    return {
        "dossiers": {
            "lus": counts.read,
            "calcules": counts.computed,
            "refuses": counts.refused,
        },
        "lignes": {
            table: {
                "lues": read,
                "calculees": read - refused - alone,
                "refusees": refused,
                "sans_dossier": alone,
            }
            for table, (read, refused, alone) in counts.lines.items()
        },
        "rejets": counts.refusals,
    }


# --- hashed, counted again


def contents_of_run(output: Path) -> dict[str, object]:
    """The hash of each output table, by its name, the rows in order of their text."""
    with ctrl_c(), temporary_folder() as spill:
        return {name: _content(output / f"{name}.parquet", spill.as_posix()) for name in OUTPUTS}


def _content(table: Path, spill: str) -> str:
    total = hashlib.sha256()
    with connect(None, None, spill) as connection:
        relation = parquet(*parts_of_table(table))
        columns = list(described(connection, relation))
        total.update(("\x1f".join(columns) + "\n").encode())
        listed = ", ".join(
            f"COALESCE(CAST({quoted(one)} AS VARCHAR), {_NOTHING})" for one in columns
        )
        rows = connection.execute(
            f"SELECT CONCAT_WS({_FIELD}, {listed}) AS texte FROM {relation} ORDER BY texte"
        )
        while found := rows.fetchmany(_ROWS):
            total.update("".join(f"{text}\n" for (text,) in found).encode())
    return f"sha256:{total.hexdigest()}"


def miscounted(
    connection: duckdb.DuckDBPyConnection,
    tables: Mapping[str, Path],
    manifest: Mapping[str, object],
    key: str,
) -> str | None:
    """The name of the first table that does not hold what a manifest counts, None when all do.

    Args:
        connection: where the tables can be read.
        tables: the output tables, by name.
        manifest: the counts; it is named itself when it has none.
        key: the column that tells a record.
    """
    match manifest:
        case {
            "dossiers": {"calcules": int(computed)},
            "rejets": int(refusals),
            "anomalies": dict(anomalies),
        }:
            told = sum(count for count in anomalies.values() if isinstance(count, int))
        case _:
            return MANIFEST
    rows = {RESULTS: computed, REFUSALS: refusals, ANOMALIES: told}
    for name, table in tables.items():
        records = f"COUNT(DISTINCT {quoted(key)})" if name == RESULTS else "COUNT(*)"
        query = f"SELECT COUNT(*), {records} FROM {parquet(*parts_of_table(table))}"
        try:
            found = connection.execute(query).fetchone()
        except STOPPED:
            raise
        except duckdb.Error:
            return table.name
        if found != (rows[name], rows[name]):
            return table.name
    return None


# --- summed up


@dataclass(frozen=True, slots=True)
class AmountTotal:
    """One amount over all records: its sum, in the unit of its rule.

    ``records``: how many have one that is not zero; ``uncomputed``: for how many it cannot be
    computed.
    """

    name: str
    label: str
    total: Decimal
    records: int
    uncomputed: int


@dataclass(frozen=True, slots=True)
class Raised:
    """The anomalies of one code; ``label``: that of the control."""

    code: str
    gravity: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Refused:
    """The refusals of one code, in one column of a table; ``file``, ``line``, ``why``: the first.

    A file is before another by its name.
    """

    code: str
    column: str | None
    count: int
    file: str | None
    line: int | None
    why: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What the tables of a run come to, the greatest first."""

    totals: tuple[AmountTotal, ...]
    raised: tuple[Raised, ...]
    refused: tuple[Refused, ...]


def summary_of(corpus: Corpus, tables: Mapping[str, Path]) -> Summary:
    """The totals and counts of the tables of a run.

    Amounts are the results in the unit of what the corpus measures the effect of a change by; those
    that are zero for all, and can be computed for all, are left out.

    Args:
        corpus: the law that the run applied.
        tables: the output tables, by name: each a Parquet file or a folder of them.
    """
    with ctrl_c(), connect(None, None, "") as link:
        rows = {name: parquet(*parts_of_table(table)) for name, table in tables.items()}
        amounts = _amounts(corpus, described(link, rows[RESULTS]))
        lists = f"',' || {quoted(NOT_COMPUTED)} || ','"
        sums = [
            f"COALESCE(SUM({quoted(one)}), 0), COUNT(*) FILTER ({quoted(one)} <> 0), "
            f"COUNT(*) FILTER (CONTAINS({lists}, {literal(f',{one},')}))"
            for one in amounts
        ]
        query = f"SELECT {', '.join(sums)} FROM {rows[RESULTS]}"
        found = link.execute(query).fetchone() if sums else None
        raised = link.execute(
            f"SELECT code, gravite, regle, COUNT(*) FROM {rows[ANOMALIES]} GROUP BY ALL"
        ).fetchall()
        refused = link.execute(
            f"SELECT code, champ, COUNT(*) AS n, MIN({{'f': fichier, 'l': ligne, 'm': motif}}) "
            f'FROM {rows[REFUSALS]} GROUP BY code, "table", champ '
            'ORDER BY n DESC, code, "table", champ'
        ).fetchall()
    totals = [
        AmountTotal(name, corpus.rule(name).label, *of_one)
        for name, of_one in zip(amounts, zip(*[iter(found or ())] * 3, strict=True), strict=True)
    ]
    totals.sort(key=lambda one: (-abs(one.total), -one.records, one.name))
    return Summary(
        tuple(one for one in totals if one.records or one.uncomputed),
        _raised(corpus, raised),
        tuple(
            Refused(code, column, count, first["f"], first["l"], first["m"])
            for code, column, count, first in refused
        ),
    )


def _amounts(corpus: Corpus, columns: Mapping[str, str]) -> list[str]:
    if corpus.effects is None:
        return []
    unit = corpus.rule(corpus.effects.total).unit
    known = {rule.name for rule in corpus.rules if rule.scope is None and rule.unit == unit}
    return [name for name in columns if name in known]


def _raised(corpus: Corpus, found: list[tuple[str, str, str, int]]) -> tuple[Raised, ...]:
    labels = {control.ident: control.label for control in corpus.controls}
    own = {*codes()}  # the others are those of controls
    counts: Counter[tuple[str, str, str]] = Counter()
    for code, gravity, rule, count in found:
        counts[code, gravity, entry(code).titre if code in own else labels[rule]] += count
    return tuple(
        Raised(code, gravity, label, count)
        for (code, gravity, label), count in sorted(
            counts.items(), key=lambda one: (one[0][1] != "bloquant", -one[1], one[0])
        )
    )


# --- for a spreadsheet


def write_csv(
    tables: Mapping[str, Path], folder: Path, memory: int | None, threads: int | None
) -> None:
    """Write each table as « NAME.csv », for a French spreadsheet, its rows in the same order.

    UTF-8 with its mark, « ; » between columns, decimal commas, days as AAAA-MM-JJ, « oui » and
    « non ». A text that a spreadsheet would compute begins with an apostrophe.

    Args:
        tables: by name, each a Parquet file or a folder of them.
        folder: where the files are written, over those that are there.
        memory: megabytes that the database may hold.
        threads: how many it may use.

    Raises:
        duckdb.Error: the disk, the memory or a damaged table.
    """
    with ctrl_c(), temporary_folder() as spill, connect(memory, threads, spill.as_posix()) as link:
        link.execute("SET preserve_insertion_order = true")
        for name, table in tables.items():
            rows = parquet(*parts_of_table(table))
            cells = [
                f"{_cell(column, type_)} AS {quoted(column if at else _MARK + column)}"
                for at, (column, type_) in enumerate(described(link, rows).items())
            ]
            query = f"SELECT {', '.join(cells)} FROM {rows}"
            link.execute(copied(query, folder / f"{name}.csv", _CSV))


def _cell(column: str, type_: str) -> str:
    name = quoted(column)
    if type_ == "BOOLEAN":
        return f"CASE WHEN {name} THEN 'oui' WHEN NOT {name} THEN 'non' END"
    if type_.startswith("DECIMAL"):
        return f"REPLACE(CAST({name} AS VARCHAR), '.', ',')"
    if type_ == "VARCHAR":
        return (
            f"CASE WHEN {matches(name, _FORMULA)} THEN {literal(chr(39))} || {name} ELSE {name} END"
        )
    return f"CAST({name} AS VARCHAR)"


def columns_of(table: Path) -> tuple[str, ...]:
    """The columns of a table of a run, in order."""
    with ctrl_c(), connect(None, None, "") as link:
        return tuple(described(link, parquet(*parts_of_table(table))))


def first_rows(table: Path, most: int) -> Iterator[tuple[Stored, ...]]:
    """The first rows of a table of a run, ``most`` at most, read little by little."""
    with ctrl_c(), connect(None, None, "") as link:
        link.execute("SET preserve_insertion_order = true")
        found = link.execute(f"FROM {parquet(*parts_of_table(table))} LIMIT {most}")
        while rows := found.fetchmany(_ROWS):
            yield from rows
