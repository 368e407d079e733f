"""A table is refused what the reader of single records refuses, where and with the same words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import duckdb
import pytest

from engine.dossiers.read import Refusal
from engine.langage.inputs import Field, Value
from engine.langage.records import Line, Record
from engine.module.host import module_for
from engine.source.diagnostics import Diagnostic
from engine.sql.duck import REFUSALS, Chunks, connect
from engine.sql.exchange import needed_of
from engine.sql.prepare import (
    DOUBT,
    NUMBER,
    PLACE,
    RANK,
    Needed,
    link_column,
    prepared_view,
)
from engine.sql.tables import TableSource
from tests.dossiers.samples import MODEL
from tests.sql.populations import COLUMNS, KEY, NAMES, Cell, Population, Row, drawn, outcomes, write
from tests.sql.tables import law, taken

POPULATIONS = [(seed, seed % 3 == 0) for seed in range(9)]  # typed tables vary more


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """A finding of either side; ``field`` is the prepared column, empty for a whole row."""

    ident: str | None
    table: str
    row: int
    field: str
    code: str
    sentence: str


# --- what each side finds


def said_by_the_reader(population: Population) -> set[Finding]:
    return {
        at_place(ident, one)
        for ident, outcome in outcomes(population).items()
        if isinstance(outcome, Refusal)
        for one in outcome.diagnostics
    }


def at_place(ident: str, found: Diagnostic) -> Finding:
    """The cell of a finding: ``populations`` gives each column of a table its own place."""
    table = found.span.file.removesuffix(".csv")
    place = found.span.column - 2
    field = "" if place < 0 or found.code == "E104" else COLUMNS[table][place].prepared
    return Finding(ident, table, found.span.line, field, str(found.code), found.message)


def said_by_sql(
    connection: duckdb.DuckDBPyConnection, sources: Mapping[str, TableSource]
) -> set[Finding]:
    count = taken(connection, sources)
    found = read_findings(connection, sources, REFUSALS)
    assert len(found) == count
    return found


def read_findings(
    connection: duckdb.DuckDBPyConnection, sources: Mapping[str, TableSource], relation: str
) -> set[Finding]:
    rows = connection.execute(
        f'SELECT {KEY}, "table", ligne, champ, code, motif FROM {relation}'
    ).fetchall()
    prepared = {
        table: {written: name for name, written in source.names.items()}
        for table, source in sources.items()
    }
    found = [
        Finding(
            ident,
            table,
            line,
            "" if code == "E104" else prepared[table].get(field or "", ""),
            code,
            motive,
        )
        for ident, table, line, field, code, motive in rows
    ]
    assert len(found) == len(set(found)), "a finding is told once"
    return set(found)


@pytest.mark.parametrize(("seed", "texts"), POPULATIONS)
def test_the_tables_are_refused_what_the_reader_refuses(seed: int, *, texts: bool) -> None:
    population = drawn(seed, texts=texts)
    expected = said_by_the_reader(population)
    assert len({one.ident for one in expected}) >= 20
    with duckdb.connect() as connection:
        sources = write(connection, population)
        found = said_by_sql(connection, sources)
    assert sorted(found - expected) == []
    assert sorted(expected - found) == []


# --- a clean verdict


def through_views(sources: Mapping[str, TableSource]) -> Mapping[str, TableSource]:
    """The tables through views, which ``restrict`` makes those of one record."""
    return {table: replace(one, relation=f"seul_{table}") for table, one in sources.items()}


def restrict(
    connection: duckdb.DuckDBPyConnection, sources: Mapping[str, TableSource], ident: str
) -> None:
    for table, source in sources.items():
        connection.execute(
            f"CREATE OR REPLACE TEMP VIEW seul_{table} AS SELECT * FROM {source.relation} "
            f"WHERE {KEY} = '{ident}'"
        )


@pytest.mark.parametrize(("seed", "texts"), [(1000, True), (1001, False)])
def test_a_record_alone_is_computed_or_refused_as_the_reader_says(
    seed: int, *, texts: bool
) -> None:
    """Nothing else in the tables makes the quick looks see what they would miss of one record."""
    last = len(law().corpus.starts) - 1
    module = module_for(law(), (last,), readings={}, wanted=("ors",), controls=False)
    population = drawn(seed, texts=texts, count=24, faults=4)
    expected = said_by_the_reader(population)
    refused = {one.ident for one in expected}
    assert 6 <= len(refused) <= 20
    with connect(None, 1, "") as connection:
        sources = write(connection, population)
        views = through_views(sources)
        restrict(connection, sources, "")
        needed = needed_of(MODEL, [module.layout])
        chunks = Chunks(connection, law().corpus, (last,), needed, views)
        for ident in population.idents:
            restrict(connection, sources, ident)
            counts = chunks.compute(module)
            found = read_findings(connection, views, REFUSALS)
            assert found == {one for one in expected if one.ident == ident}
            assert (counts.read, counts.refused) == (1, int(ident in refused))
            assert (counts.computed, counts.refusals) == (1 - counts.refused, len(found))


# --- what only tables can say


def with_rows(population: Population, table: str, rows: Sequence[Row]) -> Population:
    return Population(population.types, {**population.rows, table: rows})


def test_an_identifier_used_twice_refuses_all_its_rows() -> None:
    population = drawn(2000, texts=True, count=5, faults=0)
    first, *others = population.rows[MODEL.table]
    doubled = with_rows(population, MODEL.table, [first, *others, first])
    with duckdb.connect() as connection:
        sources = write(connection, doubled)
        found = said_by_sql(connection, sources)
    assert {(one.ident, one.row, one.code) for one in found} == {
        ("D-0", 1, "E503"),
        ("D-0", 6, "E503"),
    }


def test_a_line_of_no_record_is_a_finding_and_refuses_nothing() -> None:
    population = drawn(2001, texts=True, count=5, faults=0)
    lines = population.rows["services"]
    elsewhere = {**lines[0].cells, NAMES["services", "etablissement", None]: "0840003C"}
    lost = with_rows(population, "services", [*lines, Row("D-9", elsewhere)])
    with duckdb.connect() as connection:
        sources = write(connection, lost)
        (found,) = said_by_sql(connection, sources)
    assert (found.ident, found.table, found.row) == ("D-9", "services", len(lines) + 1)
    assert (found.code, found.field) == ("E520", KEY)


@pytest.mark.parametrize("table", [MODEL.table, "services"])
@pytest.mark.parametrize("key", [None, ""])
def test_a_row_without_identifier_is_refused_on_its_own(table: str, key: Cell) -> None:
    population = drawn(2002, texts=True, count=5, faults=0)
    lines = population.rows[table]
    unnamed = with_rows(population, table, [*lines, replace(lines[0], key=key)])
    with duckdb.connect() as connection:
        sources = write(connection, unnamed)
        (found,) = said_by_sql(connection, sources)
    assert found.ident is None
    assert (found.table, found.row) == (table, len(lines) + 1)
    assert found.code == "E104"
    assert KEY in found.sentence


# --- the values of those that are accepted


@pytest.mark.parametrize(("seed", "texts"), [(3000, True), (3001, False), (3002, False)])
def test_the_prepared_values_are_those_of_the_interpreter(seed: int, *, texts: bool) -> None:
    population = drawn(seed, texts=texts, faults=1)
    accepted = {
        ident: outcome
        for ident, outcome in outcomes(population).items()
        if isinstance(outcome, Record)
    }
    assert len(accepted) >= 30
    with duckdb.connect() as connection:
        sources = write(connection, population)
        prepared = prepared_rows(connection, sources)
    for ident, record in accepted.items():
        ((_, root),) = prepared[MODEL.table][ident]
        assert root == counted(root_values(record))
        for one in MODEL.collections:
            expected = [counted(line_values(one.name, line)) for line in
                        record.lines[one.name]]  # fmt: skip
            assert [line for _, line in prepared[one.name].get(ident, [])] == expected


Prepared = Mapping[str, list[tuple[object, Mapping[str, object]]]]


def prepared_rows(
    connection: duckdb.DuckDBPyConnection, sources: Mapping[str, TableSource]
) -> Mapping[str, Prepared]:
    """Every prepared column of every line, in order, by table and by record."""
    fields = {(MODEL.table, one.name) for one in MODEL.fields}
    fields |= {(table, one.field.name) for table, columns in COLUMNS.items() for one in columns}
    placed = frozenset(one.name for one in MODEL.collections)
    taken(connection, sources, Needed(frozenset(fields), placed, frozenset(links())))
    root = prepared_view(MODEL.table)
    idents = dict(connection.execute(f"SELECT {NUMBER}, {KEY} FROM {root}").fetchall())
    found: dict[str, dict[str, list[tuple[object, Mapping[str, object]]]]] = {}
    for table in sources:
        order = f" ORDER BY {PLACE}" if table in placed else ""
        rows = connection.execute(f"SELECT * FROM {prepared_view(table)}{order}")
        names = [column[0] for column in rows.description or ()]
        for row in rows.fetchall():
            values = dict(zip(names, row, strict=True))
            ident = str(idents[values.pop(NUMBER)])
            place = values.pop(PLACE, None)
            for own in (KEY, RANK, DOUBT):
                values.pop(own, None)
            given = {name: value for name, value in values.items() if value is not None}
            found.setdefault(table, {}).setdefault(ident, []).append((place, given))
    return {table: found.get(table, {}) for table in COLUMNS}


def links() -> set[tuple[str, str]]:
    """Every field that refers to a line."""
    return {(one.name, each.name) for one in MODEL.collections
            for each in one.fields if each.link is not None}  # fmt: skip


Named = Mapping[str, tuple[Field, Value]]


def root_values(record: Record) -> Named:
    """The values of a record by prepared column, its identifier aside."""
    return {
        NAMES[None, field.name, None]: (field, record.values[field.name])
        for field in MODEL.fields
        if field.name in record.values and field.name != KEY
    }


def line_values(table: str, line: Line) -> Named:
    """The values of a line by prepared column, with the ranks of the lines it refers to."""
    found = {
        one.prepared: (one.field, line.values[one.field.name])
        for one in COLUMNS[table]
        if one.field.name in line.values
    }
    return found | {
        link_column(name): (one.field, Fraction(rank))
        for name, rank in line.links.items()
        for one in COLUMNS[table] if one.field.name == name
    }  # fmt: skip


def counted(values: Named) -> Mapping[str, Value]:
    """Numbers as counts of their grid."""
    return {
        name: value / (field.grid or Fraction(1)) if isinstance(value, Fraction) else value
        for name, (field, value) in values.items()
    }
