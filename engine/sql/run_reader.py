"""The records of the input of a run, read again one by one: what is explained is what was computed.

Everything is proved when the run is opened: the law and every file of the input are those of the
manifest. It stays open for the next records, as long as none of these files changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from engine.evaluation.law import Law
from engine.langage.records import Record
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.digests import digest_of_file
from engine.source.writing import temporary_folder
from engine.sql.campaign import raw_sources
from engine.sql.duck import REFUSALS, RESULTS, close_doors, connect, ctrl_c
from engine.sql.fragments import quoted
from engine.sql.inputs.open import changed_file, open_inputs
from engine.sql.output import MANIFEST, read_json
from engine.sql.paths import parquet, parts_of_table
from engine.sql.reader import Reader
from engine.sql.tables import key_column


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
