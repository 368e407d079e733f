"""A run over tables: checked before it begins, written aside, sealed by a manifest, renamed.

The folder of a run under way is « SORTIE.en-cours ». It holds what is needed to go on with it: what
it was started with, and the ranges that are done. The output appears whole, or not at all.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, TypeAlias, assert_never

import duckdb

from engine.evaluation.compilation.build import OffGridError
from engine.evaluation.compilation.lower import UnsupportedError
from engine.evaluation.compilation.scaled import TooWideError
from engine.evaluation.law import Law
from engine.module.host import StoppedError
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.writing import erase
from engine.sql.campaign import CHUNK, Settings, open_database, run
from engine.sql.duck import OUTPUTS, close_doors, ctrl_c, database
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
from engine.sql.paths import can_be_read, parts_of_table
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
