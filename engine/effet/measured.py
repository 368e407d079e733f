"""Two laws and the files of a population go in; the effects and some of its records come out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import duckdb

from engine.effet.people import People, look
from engine.effet.run import Asked, Found, weigh
from engine.evaluation.compilation.build import OffGridError
from engine.evaluation.compilation.lower import UnsupportedError
from engine.evaluation.compilation.scaled import TooWideError
from engine.evaluation.law import Law
from engine.langage.corpus import Corpus, Effects
from engine.langage.inputs import RecordModel
from engine.langage.records import Record
from engine.module.host import StoppedError
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.writing import temporary_folder
from engine.sql.campaign import CHUNK, Settings, open_database, raw_sources
from engine.sql.duck import close_doors, ctrl_c, disk_error
from engine.sql.inputs.open import changed_file, damage, open_inputs
from engine.sql.reader import Reader
from engine.sql.runs import not_planned
from engine.sql.tables import Tables, key_column


@dataclass(frozen=True, slots=True)
class ImpactRequest:
    """What is asked: a population, what it was before its own changes, the year of the law.

    ``year``: the first of the school year whose law applies, None: that of each record.
    ``top``: how many records are chosen of each kind. ``memory``: megabytes.
    """

    source: Path
    old: Path | None = None
    year: int | None = None
    top: int = 5
    memory: int | None = None
    threads: int | None = None
    chunk: int = CHUNK

    @property
    def settings(self) -> Settings:
        """How it is computed."""
        # A range of two populations takes as much memory as one of twice as many records.
        chunk = self.chunk if self.old is None else self.chunk // 2
        return Settings(None, {}, chunk, self.memory, self.threads)

    @property
    def room(self) -> Settings:
        """What the database may use."""
        return replace(self.settings, chunk=self.chunk * (1 if self.old is None else 2))


@dataclass(frozen=True, slots=True)
class Measurement:
    """The effects of two laws, and the chosen records before and after, None where one is not."""

    found: Found
    people: People
    records: Mapping[str, tuple[Record | None, Record | None]]
    grid: Fraction  # what one unit of an amount is worth


def measure(
    laws: tuple[Law, Law],
    effects: Effects,
    request: ImpactRequest,
    folder: Path,
    tell: Callable[[int, int], None],
) -> tuple[Measurement | None, tuple[Diagnostic, ...]]:
    """The effects of going from one law to the other.

    Args:
        laws: the old one and the new one; records are read as the new one says.
        effects: what is measured.
        request: what is asked.
        folder: an empty folder, where the records that differ are written, one file per range.
        tell: called with the number of records done and that of all of them.

    Returns:
        The effects, or None and what kept them from being measured: E115, E120 to E135, E528 to
        E530, E537, E589.

    Raises:
        OSError: the disk does not take what is written.
    """
    corpus = laws[1].corpus
    asked = Asked(effects.total, effects.by, request.year)
    try:
        with (
            ctrl_c(),
            temporary_folder() as aside,
            open_database(request.room, aside.as_posix()) as link,
        ):
            tables, findings = _open(link, request, corpus, aside)
            if tables is None:
                return None, findings
            files = {
                file: hashed
                for one in tables
                if one is not None
                for file, hashed in one.files.items()
            }
            close_doors(link, [aside, folder], files)
            found = weigh(link, laws, tables, asked, request.settings, folder, tell)
            unit = corpus.units[corpus.rule(effects.total).unit or ""]
            grid = Fraction(1, 10**unit.decimals)
            people = look(link, folder, asked.by, found.effects.people, grid, request.top)
            idents = [one.ident for one in people.chosen]
            records = _records(link, corpus, tables, request, idents)
        moved = changed_file(files)
        if moved is not None:
            return None, (say("E537", moved.as_posix()),)
        return Measurement(found, people, records, grid), ()
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
        return None, (not_planned(error),)
    except duckdb.Error as error:
        sources = [one for one in (request.source, request.old) if one is not None]
        found_damage = next((one for source in sources if (one := damage(source))), None)
        if found_damage is not None:
            return None, (found_damage,)
        if not isinstance(error, duckdb.IOException):
            raise
        raise disk_error(error) from error


def _open(
    link: duckdb.DuckDBPyConnection, request: ImpactRequest, corpus: Corpus, aside: Path
) -> tuple[tuple[Tables, Tables | None] | None, tuple[Diagnostic, ...]]:
    """The tables of both populations, or what is wrong with them."""
    found: list[Tables] = []
    for place, source in enumerate((request.source, request.old)):
        if source is None:
            continue
        copies = aside / f"copies-{place}"
        copies.mkdir()
        tables, findings = open_inputs(link, source, corpus.model, corpus.first_day, copies)
        if tables is None:
            return None, findings
        found.append(tables)
    kinds = {_is_text(one, corpus.model) for one in found}
    if request.old is not None and len(kinds) > 1:
        return None, (say("E589", request.old.as_posix(), nouveau=request.source.as_posix()),)
    return (found[0], None if request.old is None else found[1]), ()


def _is_text(tables: Tables, model: RecordModel) -> bool:
    """Whether the identifiers of records are texts."""
    written = dict(tables.renamed[model.table])[key_column(model)]
    return tables.raw[model.table].types[written] == "VARCHAR"


def _records(
    link: duckdb.DuckDBPyConnection,
    corpus: Corpus,
    tables: tuple[Tables, Tables | None],
    request: ImpactRequest,
    idents: Sequence[str],
) -> Mapping[str, tuple[Record | None, Record | None]]:
    """These records, before and after."""
    new, old = tables
    shown = request.source.as_posix()
    read = []
    for rows in (new, old):
        if rows is None:
            continue
        reader = Reader(corpus.model, raw_sources(link, rows), corpus.first_day)
        read.append(reader.records(link, idents, shown))
    after = read[0]
    before = read[-1]
    return {one: (before.get(one), after.get(one)) for one in idents}
