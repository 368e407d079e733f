"""Tables drawn at random, in each form of file, and what the reader says of the same records."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final, TypeAlias

from openpyxl import Workbook

from engine.dossiers.read import Refusal
from engine.sql.campaign import raw_sources
from engine.sql.duck import REFUSALS, connect
from engine.sql.inputs.open import open_inputs
from tests.dossiers.samples import FIRST_DAY, MODEL
from tests.sql.populations import COLUMNS, KEY, Cell, Population, cell, drawn, outcomes, write
from tests.sql.tables import quoted, taken

Said: TypeAlias = Counter[tuple[str | None, str, str]]


def said_by_the_reader(population: Population) -> tuple[Said, set[str]]:
    """What is found of each record, and the accepted ones."""
    found, accepted = Counter[tuple[str | None, str, str]](), set()
    for ident, outcome in outcomes(population).items():
        if isinstance(outcome, Refusal):
            found.update((ident, str(one.code), one.message) for one in outcome.diagnostics)
        else:
            accepted.add(ident)
    return found, accepted


def said_by_tables(source: Path, workspace: Path) -> tuple[Said, set[str]]:
    """The same, of the tables of ``source``."""
    with connect(None, 2, workspace.as_posix()) as connection:
        tables, findings = open_inputs(connection, source, MODEL, FIRST_DAY, workspace)
        assert tables is not None, findings
        views = raw_sources(connection, tables)
        taken(connection, views)
        found = Counter(connection.execute(f"SELECT {KEY}, code, motif FROM {REFUSALS}").fetchall())
        rows = connection.execute(f"SELECT {KEY} FROM {views[MODEL.table].relation}").fetchall()
    return found, {ident for (ident,) in rows} - {ident for ident, _, _ in found}


def grids(population: Population) -> Mapping[str, list[list[Cell]]]:
    """The cells of each table, its header first."""
    found: dict[str, list[list[Cell]]] = {}
    for table, types in population.types.items():
        names = {one.prepared: one.name for one in COLUMNS[table]} | {KEY: KEY}
        found[table] = [[names[one] for one in types]]
        found[table] += [[cell(row, one) for one in types] for row in population.rows[table]]
    return found


def without_blanks(population: Population) -> Population:
    """The cells that hold nothing but spaces emptied: the library writes them as empty."""
    rows = {
        table: [
            replace(row, cells={
                name: None if isinstance(one, str) and not one.strip() else one
                for name, one in row.cells.items()
            })
            for row in lines
        ]
        for table, lines in population.rows.items()
    }  # fmt: skip
    return Population(population.types, rows)


def as_csv(population: Population, folder: Path) -> Path:
    folder.mkdir()
    for table, grid in grids(population).items():
        with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream, delimiter=";").writerows(grid)
    return folder


def as_workbook(population: Population, folder: Path) -> Path:
    folder.mkdir()
    book = Workbook(write_only=True)
    for table, grid in grids(population).items():
        sheet = book.create_sheet(table)
        for row in grid:
            sheet.append(row)
    book.save(folder / "classeur.xlsx")
    return folder / "classeur.xlsx"


def as_parquet(population: Population, folder: Path) -> Path:
    folder.mkdir()
    with connect(None, 2, folder.as_posix()) as connection:
        for table, source in write(connection, population).items():
            target = quoted(folder / f"{table}.parquet")
            connection.execute(
                f"COPY (SELECT * EXCLUDE (n) FROM {source.relation} ORDER BY n) TO {target}"
            )
    return folder


FORMS: Final[Mapping[str, tuple[Callable[[Population, Path], Path], bool]]] = {
    "csv": (as_csv, True),
    "xlsx": (as_workbook, True),
    "parquet": (as_parquet, False),
}  # and whether every cell is a text


def disagreements(form: str, seed: int, count: int, folder: Path) -> tuple[list[str], int]:
    """What the reader and the tables do not say alike; how many records were refused."""
    make, texts = FORMS[form]
    population = drawn(seed, texts=texts, count=count)
    if form == "xlsx":
        population = without_blanks(population)
    (folder / "travail").mkdir(parents=True)
    said, accepted = said_by_the_reader(population)
    told, kept = said_by_tables(make(population, folder / "entree"), folder / "travail")
    wrong = [f"{form} {seed} lecteur : {one}" for one in said - told]
    wrong += [f"{form} {seed} tables : {one}" for one in told - said]
    wrong += [f"{form} {seed} : {one}" for one in sorted(accepted ^ kept)]
    return wrong, count - len(accepted)
