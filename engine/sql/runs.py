"""A run over tables: checked before it begins, written aside, sealed by a manifest, renamed.

The folder of a run under way is « SORTIE.en-cours ». It holds what is needed to go on with it: what
it was started with, and the ranges that are done. The output appears whole, or not at all.

A run is opened again to explain one of its records: its law and every file of its input are then
proved to be those of the manifest. It stays open for the next records, as long as no file changes.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, TypeAlias, assert_never

import duckdb

from engine.evaluation.compilation.build import OffGridError
from engine.evaluation.compilation.lower import UnsupportedError
from engine.evaluation.compilation.scaled import TooWideError
from engine.evaluation.law import Law
from engine.langage.records import Record
from engine.module.host import StoppedError
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.digests import digest_of_file
from engine.source.writing import erase, temporary_folder
from engine.sql.campaign import CHUNK, Settings, open_database, raw_sources, run
from engine.sql.duck import OUTPUTS, REFUSALS, RESULTS, close_doors, connect, ctrl_c, database
from engine.sql.fragments import quoted
from engine.sql.inputs.open import changed_file, damage, open_inputs
from engine.sql.output import (
    FORMS,
    MANIFEST,
    OWN_FOLDER,
    SPILL,
    DamagedError,
    Engine,
    Held,
    RunInput,
    counted,
    flush,
    give_name,
    held,
    miscounted,
    read_json,
    state,
    write_json,
)
from engine.sql.paths import can_be_read, parquet, parts_of_table
from engine.sql.reader import Reader
from engine.sql.tables import key_column

Mismatch: TypeAlias = Literal["corpus", "entree", "reglages"]
DiskObstacle: TypeAlias = Literal[
    "full", "large", "permission", "file", "name", "taken", "silent", "other"
]

_STATE: Final = "etat.json"
_COPIES: Final = "copies"
_PARTS: Final = "lots"

# Given the Parquet tables by name, the manifest and the folder, what writes there a form of them.
Copy: TypeAlias = Callable[[Mapping[str, Path], Mapping[str, object], Path], None]


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a run.

    ``memory`` is in megabytes; ``chunk`` counts records; ``master`` is where Spark computes, as it
    writes it, None for this machine. ``copies``: what writes the tables in forms other than
    Parquet, by form.
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
    copies: Mapping[str, Copy] = field(default_factory=dict)

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
        The manifest, or None and what kept the run from ending: E115, E120 to E135,
        E521 to E539. An interrupted run (``KeyboardInterrupt``) leaves its folder aside.
    """
    aside = request.aside
    try:
        wrong = _first_look(request)
        if wrong is not None:
            return None, (wrong,)
        with held(aside, fresh=not request.resume) as how:
            wrong = _second_look(request, how)
            if wrong is None:
                return _carry_out(law, request, tell)
            if how == "made":
                erase(aside)
            return None, (wrong,)
    except OSError as error:
        return None, (say("E525", aside.as_posix(), cas=_obstacle(error.errno)),)


def _carry_out(
    law: Law, request: Request, tell: Callable[[int, int], None]
) -> tuple[dict[str, object] | None, tuple[Diagnostic, ...]]:
    try:
        with ctrl_c():
            if request.engine == "duckdb":
                return _run(law, request, tell)
            from engine.sql.spark import run_on_spark

            return run_on_spark(law, request, tell)
    except DamagedError as error:
        return None, (say("E539", request.aside.as_posix(), nom=str(error)),)
    except duckdb.OutOfMemoryException:
        return None, (
            say(
                "E528",
                "--memoire",
                cas="libre" if request.memory is None else "permise",
                memoire=request.memory,
            ),
        )
    except (OffGridError, UnsupportedError, TooWideError, StoppedError) as error:
        if not request.resume:  # there is nothing to go on with
            erase(request.aside)
        return None, (not_planned(error),)
    except OSError as error:
        return None, (say("E525", request.aside.as_posix(), cas=_obstacle(error.errno)),)
    except duckdb.Error as error:
        found = damage(request.source)
        if found is not None:
            if not request.resume:
                erase(request.aside)
            return None, (found,)
        if isinstance(error, duckdb.IOException):
            text = str(error)
            number = next((one for one in _OBSTACLES if os.strerror(one) in text), None)
            return None, (say("E525", request.aside.as_posix(), cas=_obstacle(number)),)
        raise


def not_planned(
    error: OffGridError | UnsupportedError | TooWideError | StoppedError,
) -> Diagnostic:
    """What keeps the rules from being computed over tables."""
    match error:
        case OffGridError():
            return say("E529", error.span, nom=error.name)
        case UnsupportedError():
            return say(
                "E530", error.span, cas=error.what, nom=f"« {error.name} » : " if error.name else ""
            )
        case StoppedError():
            return say("E540", "regles")
        case TooWideError():
            return say("E530", "regles", cas="largeur", nom="")
        case _:
            assert_never(error)


_OBSTACLES: Final[Mapping[int, DiskObstacle]] = {
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
    errno.EIO: "silent",
}


def _obstacle(number: int | None) -> DiskObstacle:
    """Why the disk does not take what is written, by the number of the system."""
    return "other" if number is None else _OBSTACLES.get(number, "other")


def _first_look(request: Request) -> Diagnostic | None:
    """What the folders say before anything is read."""
    shown = request.output.as_posix()
    if not can_be_read(request.aside):
        return say("E133", shown)
    if request.output.exists() or request.output.is_symlink():
        return say("E521", shown)
    if request.source.is_dir() and request.output.resolve().is_relative_to(
        request.source.resolve()
    ):
        return say("E531", shown, source=request.source.as_posix())
    if request.resume and not request.aside.is_dir():
        return say("E523", request.aside.as_posix())
    return None


def _second_look(request: Request, how: Held) -> Diagnostic | None:
    """What the folder aside says once it is held; another run may have ended meanwhile."""
    aside = request.aside.as_posix()
    if how == "busy":
        return say("E538", aside)
    if how == "found" and not request.resume:
        return say("E522", aside)
    return _first_look(request)


def _run(
    law: Law, request: Request, tell: Callable[[int, int], None]
) -> tuple[dict[str, object] | None, tuple[Diagnostic, ...]]:
    aside = request.aside
    if request.resume and os.path.lexists(aside / MANIFEST):
        return _seal(law, request)
    fresh = not (request.resume and os.path.lexists(aside / _STATE))
    copies, parts = aside / _COPIES, aside / _PARTS
    if fresh:  # what another run has left there, on Spark perhaps, is of no use
        for name in (_PARTS, *(f"{name}.parquet" for name in OUTPUTS), SPILL):
            erase(aside / name)
    erase(copies)
    for folder in (copies, parts):
        folder.mkdir(mode=OWN_FOLDER, exist_ok=True)
    model = law.corpus.model
    with open_database(request.settings, copies.as_posix()) as connection:
        tables, findings = open_inputs(
            connection, request.source, model, law.corpus.first_day, copies
        )
        if tables is None:
            if fresh:
                erase(aside)
            return None, findings
        close_doors(connection, [aside], tables.files)
        begun = _state(law, request, tables.files)
        if fresh:
            write_json(aside / _STATE, begun)
        else:
            changed = _difference(_read(aside / _STATE), begun)
            if changed is not None:
                return None, (say("E524", aside.as_posix(), cas=changed),)
        counts, anomalies = run(connection, law, tables, request.settings, parts, tell)
        manifest = {**begun, **counted(counts), "anomalies": dict(anomalies)}
        _count_again(connection, _tables_aside(aside), manifest, key_column(model))
    moved = changed_file(tables.files)
    if moved is not None:  # what was computed is of no input that can be named
        erase(aside)
        return None, (say("E537", moved.as_posix()),)
    _end(request, manifest)
    return manifest, ()


def _seal(law: Law, request: Request) -> tuple[dict[str, object] | None, tuple[Diagnostic, ...]]:
    """End a run that stopped when everything was computed, if it is the one that is asked for."""
    manifest = _read(request.aside / MANIFEST)
    folder = request.source if request.source.is_dir() else request.source.parent
    match manifest:
        case {"entree": {"fichiers": dict(then)}}:
            files = {folder / name: hashed for name, hashed in then.items()}
        case _:
            raise DamagedError(MANIFEST)
    changed = _difference(manifest, _state(law, request, files))
    if changed is None and changed_file(files) is not None:
        changed = "entree"
    if changed is not None:
        return None, (say("E524", request.aside.as_posix(), cas=changed),)
    with database() as connection:
        _count_again(
            connection, _tables_aside(request.aside), manifest, key_column(law.corpus.model)
        )
    _end(request, manifest)
    return manifest, ()


def _read(path: Path) -> dict[str, object]:
    """A file that the run left, whole.

    Raises:
        DamagedError: it is not.
    """
    found = read_json(path)
    if found is None:
        raise DamagedError(path.name)
    return found


def _state(law: Law, request: Request, files: Mapping[Path, str]) -> dict[str, object]:
    """What a run is started with."""
    forms = ("parquet", *request.copies)
    given = RunInput(
        request.source, files, request.wanted, request.readings or {}, request.chunk, forms
    )
    return state("duckdb", {"duckdb": duckdb.__version__}, law.corpus.digest, given)


def _difference(then: Mapping[str, object], begun: Mapping[str, object]) -> Mismatch | None:
    """What is not what the interrupted run was started with."""
    if then.get("empreinte") != begun["empreinte"] or then.get("reglo") != begun["reglo"]:
        return "corpus"
    if then.get("entree") != begun["entree"]:
        return "entree"
    return None if then.get("reglages") == begun["reglages"] else "reglages"


def _tables_aside(aside: Path) -> Mapping[str, Path]:
    """Where each table of a run that is computed is, by its name."""
    made = {name: aside / _PARTS / f"{name}.parquet" for name in OUTPUTS}
    return {name: one if one.exists() else aside / one.name for name, one in made.items()}


def _count_again(
    connection: duckdb.DuckDBPyConnection,
    tables: Mapping[str, Path],
    manifest: Mapping[str, object],
    key: str,
) -> None:
    """Look whether each table holds what the manifest counts.

    Raises:
        DamagedError: one does not.
    """
    wrong = miscounted(connection, tables, manifest, key)
    if wrong is not None:
        raise DamagedError(wrong)


def _end(request: Request, manifest: Mapping[str, object]) -> None:
    """Leave the tables, their copies and the manifest in the folder, name it.

    A run that stops once the manifest is there does again what is not done yet, and the copies:
    nothing tells whether they are whole.
    """
    aside = request.aside
    tables = _tables_aside(aside)
    for file in (one for table in tables.values() for one in parts_of_table(table)):
        flush(file)
    for form, copy in request.copies.items():
        for name in FORMS[form]:
            erase(aside / name)
        copy(tables, manifest, aside)
    if not (aside / MANIFEST).exists():
        write_json(aside / MANIFEST, manifest)
    for table in tables.values():
        table.replace(aside / table.name)
    for name in (_PARTS, _COPIES, _STATE):
        erase(aside / name)
    give_name(aside, request.output)


# --- opened again


@dataclass(frozen=True, slots=True)
class RunReader:
    """A run whose input and law are proved unchanged; ``readings``: those that it applied."""

    readings: Mapping[str, str]
    _connection: duckdb.DuckDBPyConnection
    _reader: Reader
    _output: Path
    _source: Path
    _files: Mapping[Path, str]
    _marks: dict[Path, tuple[int, ...]]

    def record(self, ident: str) -> tuple[Record | None, tuple[Diagnostic, ...]]:
        """The record ``ident``, or None and E513, E532 or E537."""
        moved = self._moved()
        if moved is not None:
            return None, (say("E537", moved.as_posix()),)
        with ctrl_c():
            own = quoted(key_column(self._reader.model))
            results = parquet(*parts_of_table(self._output / f"{RESULTS}.parquet"))
            if self._rows(f"SELECT 1 FROM {results} WHERE {own} = ?", ident):
                found = self._reader.records(self._connection, [ident], self._source.as_posix())
                return found[ident], ()
            table = parquet(*parts_of_table(self._output / f"{REFUSALS}.parquet"))
            refused = self._rows(
                f"SELECT fichier, ligne, champ, code, motif FROM {table} WHERE {own} = ?"
                " ORDER BY ALL",
                ident,
            )
        if not refused:
            return None, (say("E513", self._output.as_posix(), dossier=ident, proches=()),)
        return None, tuple(
            say(
                "E532",
                self._output.as_posix(),
                dossier=ident,
                lieu=f"{file}, ligne {row}" + (f", colonne {column}" if column else ""),
                code=str(code),
                pourquoi=str(why),
            )
            for file, row, column, code, why in refused
        )

    def _rows(self, query: str, ident: str) -> Sequence[Sequence[object]]:
        return self._connection.execute(query, [ident]).fetchall()

    def _moved(self) -> Path | None:
        """The first file of the input that is no longer what it was; it is read if it was touched.

        What its system says of a file is enough to know that no program has written it.
        """
        for file, hashed in self._files.items():
            mark = _mark(file)
            if mark != self._marks[file]:
                if changed_file({file: hashed}) is not None:
                    return file
                self._marks[file] = mark
        return None


@contextmanager
def open_run(law: Law, output: Path) -> Iterator[RunReader | tuple[Diagnostic, ...]]:
    """The run of the folder ``output``, or E526, E527 or E537: what it was made from has changed.

    Raises:
        OSError, duckdb.Error: a copy of its input cannot be written.
    """
    shown = output.as_posix()
    manifest = read_json(output / MANIFEST)
    match manifest:
        case {
            "entree": {"chemin": str(chemin), "fichiers": dict(then)},
            "reglages": {"lectures": dict(readings)},
            "empreinte": str(digest),
        }:
            source = Path(chemin)
        case _:
            yield (say("E526", shown),)
            return
    if digest != law.corpus.digest:
        yield (say("E527", shown, cas="corpus", avant=digest, maintenant=law.corpus.digest),)
        return
    folder = source if source.is_dir() else source.parent
    for name, sealed in then.items():
        file = folder / name
        now = digest_of_file(file) if file.is_file() else "fichier absent"
        if now != sealed:
            yield (say("E527", shown, cas="entree", avant=f"{name} {sealed}", maintenant=now),)
            return
    model, first_day = law.corpus.model, law.corpus.first_day
    with (
        temporary_folder() as workspace,
        ctrl_c(),
        connect(None, None, workspace.as_posix()) as connection,
    ):
        connection.execute("SET parquet_metadata_cache = true")  # the same files, record by record
        marks = {folder / name: _mark(folder / name) for name in then}
        tables, findings = open_inputs(connection, source, model, first_day, workspace)
        if tables is None:
            yield findings
            return
        close_doors(connection, [workspace, output], tables.files)
        read = {file.relative_to(folder).as_posix(): one for file, one in tables.files.items()}
        other = next((one for one in {**then, **read} if then.get(one) != read.get(one)), None)
        if other is not None:  # a file that the run has not read, or one that changes meanwhile
            before, after = (str(files.get(other, "fichier absent")) for files in (then, read))
            yield (say("E527", shown, cas="entree", avant=f"{other} {before}", maintenant=after),)
            return
        reader = Reader(model, raw_sources(connection, tables), first_day)
        yield RunReader(
            readings,
            connection,
            reader,
            output,
            source,
            tables.files,
            {file: marks.get(file, ()) for file in tables.files},
        )


def _mark(file: Path) -> tuple[int, ...]:
    """What the system says of a file; nothing when it cannot be asked."""
    try:
        found = file.stat()
    except OSError:
        return ()
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
