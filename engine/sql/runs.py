"""A run over tables: checked before it begins, written aside, sealed by a manifest, renamed.

The folder of a run under way is « SORTIE.en-cours ». It holds what is needed to go on with it: what
it was started with, and the ranges that are done. The output appears whole, or not at all.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, assert_never

import duckdb

from engine.evaluation.compilation.scaled import TooWideError
from engine.evaluation.compilation.totals import UnsupportedError
from engine.evaluation.law import Law
from engine.langage.records import Record
from engine.source.diagnostics import Diagnostic
from engine.source.digests import digest_of_file
from engine.source.messages import campaign as say
from engine.source.messages import situation
from engine.source.positions import whole_file
from engine.sql.campaign import CHUNK, OUTPUTS, Settings, open_database, run
from engine.sql.columns import key_column
from engine.sql.duck import REFUSALS, RESULTS, connect
from engine.sql.fragments import quoted
from engine.sql.inputs import open_inputs
from engine.sql.inputs.damage import damage
from engine.sql.manifest import MANIFEST, Engine, Given, counted, state, write_json
from engine.sql.one_record import read_record
from engine.sql.plan import OffGridError
from engine.sql.ranges import raw_sources
from engine.sql.spark_runs import run_on_spark

_STATE: Final = "etat.json"
_COPIES: Final = "copies"
_PARTS: Final = "lots"


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a run.

    ``memory`` is in megabytes; ``chunk`` counts records; ``master`` is where Spark computes, as it
    writes it, None for this machine.
    """

    source: Path
    output: Path
    wanted: tuple[str, ...] | None = None
    readings: Mapping[str, str] | None = None
    memory: int | None = None
    threads: int | None = None
    chunk: int = CHUNK
    resume: bool = False
    engine: Engine = "duckdb"
    master: str | None = None

    @property
    def aside(self) -> Path:
        """Where the run is written until it is whole."""
        return self.output.with_name(f"{self.output.name}.en-cours")

    @property
    def settings(self) -> Settings:
        """What is computed."""
        readings = dict(self.readings or {})
        return Settings(self.wanted, readings, self.chunk, self.memory, self.threads)


def run_campaign(
    law: Law, request: Request, tell: Callable[[int, int], None]
) -> tuple[dict[str, object] | None, tuple[Diagnostic, ...]]:
    """Compute every record of ``request.source`` and write the output folder.

    Args:
        law: the corpus.
        request: what is asked.
        tell: called with the number of records done and the number of all of them.

    Returns:
        The manifest, or None and what kept the run from ending: E115, E120 to E129,
        E521 to E536. An interrupted run (``KeyboardInterrupt``) leaves its folder aside.
    """
    try:
        wrong = _first_look(request)
        if wrong is not None:
            return None, (wrong,)
        compute = run_on_spark if request.engine == "spark" else _run
        return compute(law, request, tell)
    except duckdb.OutOfMemoryException:
        return None, (say.out_of_memory(request.memory),)
    except (OffGridError, UnsupportedError, TooWideError) as error:
        if not request.resume:  # nothing was computed: there is nothing to go on with
            shutil.rmtree(request.aside, ignore_errors=True)
        return None, (not_planned(error),)
    except (RuntimeError, duckdb.InterruptException) as error:
        if "interrupt" not in str(error).lower():
            raise
        # What DuckDB makes of Ctrl-C in the middle of a query.
        raise KeyboardInterrupt from error
    except OSError as error:
        return None, (say.cannot_write(request.aside.as_posix(), _obstacle(error.errno)),)
    except duckdb.Error as error:
        found = damage(request.source)
        if found is not None:
            if not request.resume:
                shutil.rmtree(request.aside)
            return None, (found,)
        if isinstance(error, duckdb.IOException):
            text = str(error)
            number = next((one for one in _OBSTACLES if os.strerror(one) in text), None)
            return None, (say.cannot_write(request.aside.as_posix(), _obstacle(number)),)
        raise


def not_planned(error: OffGridError | UnsupportedError | TooWideError) -> Diagnostic:
    """What keeps the rules from being computed over tables."""
    match error:
        case OffGridError():
            return say.off_grid(error.name, error.span)
        case UnsupportedError():
            return say.not_compilable(error.what, error.span, error.name)
        case TooWideError():
            return say.not_compilable("largeur", whole_file("regles"))
        case _:
            assert_never(error)


_OBSTACLES: Final[Mapping[int, say.Obstacle]] = {
    errno.ENOSPC: "full",
    errno.EDQUOT: "full",
    errno.EFBIG: "large",
    errno.EACCES: "permission",
    errno.EPERM: "permission",
    errno.EROFS: "permission",
    errno.ENOTDIR: "file",
    errno.EEXIST: "file",
    errno.ENAMETOOLONG: "name",
    errno.ENOTEMPTY: "taken",
}


def _obstacle(number: int | None) -> say.Obstacle:
    """Why the disk does not take what is written, by the number of the system."""
    return "other" if number is None else _OBSTACLES.get(number, "other")


def _first_look(request: Request) -> Diagnostic | None:
    """What the folders say before anything is read."""
    aside = request.aside.as_posix()
    if request.output.exists() or request.output.is_symlink():
        return say.output_exists(request.output.as_posix())
    if request.source.is_dir() and request.output.resolve().is_relative_to(
        request.source.resolve()
    ):
        return say.output_in_input(request.output.as_posix(), request.source.as_posix())
    if request.resume and not request.aside.is_dir():
        return say.nothing_to_resume(aside)
    if not request.resume and request.aside.exists():
        return say.run_unfinished(aside)
    return None


def _run(
    law: Law, request: Request, tell: Callable[[int, int], None]
) -> tuple[dict[str, object] | None, tuple[Diagnostic, ...]]:
    aside = request.aside
    if request.resume and (aside / MANIFEST).exists():
        return _seal(law, request)
    fresh = not (request.resume and (aside / _STATE).exists())
    copies, parts = aside / _COPIES, aside / _PARTS
    for folder in (copies, parts):
        folder.mkdir(parents=True, exist_ok=True)
    with open_database(request.settings, copies.as_posix()) as connection:
        tables, findings = open_inputs(
            connection, request.source, law.corpus.model, law.corpus.first_day, copies
        )
        if tables is None:
            if fresh:
                shutil.rmtree(aside)
            return None, findings
        begun = _state(law, request, tables.files)
        if fresh:
            write_json(aside / _STATE, begun)
        else:
            then = json.loads((aside / _STATE).read_text(encoding="utf-8"))
            changed = _difference(then, begun)
            if changed is not None:
                return None, (say.resume_differs(changed, aside.as_posix()),)
        counts, anomalies = run(connection, law, tables, request.settings, parts, tell)
    manifest = {**begun, **counted(counts), "anomalies": dict(anomalies)}
    write_json(aside / MANIFEST, manifest)
    _finish(request)
    return manifest, ()


def _seal(law: Law, request: Request) -> tuple[dict[str, object] | None, tuple[Diagnostic, ...]]:
    """End a run that stopped when everything was computed, if it is the one that is asked for."""
    manifest = json.loads((request.aside / MANIFEST).read_text(encoding="utf-8"))
    folder = request.source if request.source.is_dir() else request.source.parent
    files = [folder / name for name in manifest["entree"]["fichiers"]]
    if not all(file.is_file() for file in files):
        return None, (say.resume_differs("entree", request.aside.as_posix()),)
    changed = _difference(manifest, _state(law, request, files))
    if changed is not None:
        return None, (say.resume_differs(changed, request.aside.as_posix()),)
    _finish(request)
    return manifest, ()


def _state(law: Law, request: Request, files: Iterable[Path]) -> dict[str, object]:
    """What a run is started with."""
    given = Given(
        request.source, tuple(files), request.wanted, request.readings or {}, request.chunk
    )
    return state("duckdb", {"duckdb": duckdb.__version__}, law.corpus.digest, given)


def _difference(then: Mapping[str, object], begun: Mapping[str, object]) -> say.Changed | None:
    """What is not what the interrupted run was started with."""
    if then.get("empreinte") != begun["empreinte"] or then.get("reglo") != begun["reglo"]:
        return "corpus"
    if then.get("entree") != begun["entree"]:
        return "entree"
    return None if then.get("reglages") == begun["reglages"] else "reglages"


def _finish(request: Request) -> None:
    """Leave the tables and the manifest alone in the folder, then give it its name.

    The manifest is there: a run that stops here does again what is not done yet.
    """
    aside = request.aside
    for name in OUTPUTS:
        table = aside / _PARTS / f"{name}.parquet"
        if table.exists():
            table.replace(aside / table.name)
    for folder in (aside / _PARTS, aside / _COPIES):
        if folder.exists():
            shutil.rmtree(folder)
    (aside / _STATE).unlink(missing_ok=True)
    aside.replace(request.output)


# --- explaining a row


@dataclass(frozen=True, slots=True)
class Explained:
    """A record of a run, and the readings the run applied."""

    record: Record
    readings: Mapping[str, str]


def record_of_run(
    law: Law, output: Path, ident: str, workspace: Path
) -> tuple[Explained | None, tuple[Diagnostic, ...]]:
    """The record ``ident`` of the input of a run, if neither this input nor the law has changed.

    Returns:
        The record, or None and E513, E526, E527 or E532.
    """
    shown = output.as_posix()
    try:
        manifest = json.loads((output / MANIFEST).read_text(encoding="utf-8"))
        source = Path(manifest["entree"]["chemin"])
        then = dict(manifest["entree"]["fichiers"])
        readings = dict(manifest["reglages"]["lectures"])
        digest = str(manifest["empreinte"])
    except (OSError, ValueError, KeyError, TypeError):
        return None, (say.not_a_run(shown),)
    if digest != law.corpus.digest:
        return None, (say.run_changed("corpus", digest, law.corpus.digest, shown),)
    folder = source if source.is_dir() else source.parent
    for name, sealed in then.items():
        file = folder / name
        now = digest_of_file(file) if file.is_file() else "fichier absent"
        if now != sealed:
            return None, (say.run_changed("entree", f"{name} {sealed}", now, shown),)
    with connect(None, None, workspace.as_posix()) as connection:
        model = law.corpus.model
        key = quoted(key_column(model))
        kept = connection.execute(
            f"SELECT COUNT(*) FROM read_parquet(?) WHERE CAST({key} AS VARCHAR) = ?",
            [_rows_of(output / f"{RESULTS}.parquet"), ident],
        ).fetchone()
        if kept == (0,):
            refused = _refused(connection, output, key, ident)
            unknown = situation.unknown_record(ident, (), whole_file(shown))
            return None, refused or (unknown,)
        tables, findings = open_inputs(connection, source, model, law.corpus.first_day, workspace)
        if tables is None:
            return None, findings
        views = raw_sources(connection, tables)
        record = read_record(connection, model, views, ident, source.as_posix())
    if record is None:
        message = f"a computed record that the same input does not hold: {ident}"
        raise ValueError(message)
    return Explained(record, readings), ()


def _refused(
    connection: duckdb.DuckDBPyConnection, output: Path, key: str, ident: str
) -> tuple[Diagnostic, ...]:
    """Why the run refused a record; nothing when it did not."""
    rows = connection.execute(
        f"SELECT fichier, ligne, champ, code, motif FROM read_parquet(?) WHERE {key} = ? "
        "ORDER BY ALL",
        [_rows_of(output / f"{REFUSALS}.parquet"), ident],
    ).fetchall()
    return tuple(
        say.refused_in_run(
            ident,
            f"{file}, ligne {row}" + (f", colonne {column}" if column else ""),
            code,
            why,
            output.as_posix(),
        )
        for file, row, column, code, why in rows
    )


def _rows_of(table: Path) -> str:
    """An output table for DuckDB: a file, or the parts of a folder that Spark has written."""
    return (table / "*.parquet" if table.is_dir() else table).as_posix()
