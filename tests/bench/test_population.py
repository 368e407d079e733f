"""The population that campaigns are measured on: réglo reads it, and its faults are told."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import duckdb
import pytest

from bench import faults
from bench.population import generate
from bench.records import documents, records
from engine.dossiers.read import Refusal, read_records
from engine.evaluation.law import load_law
from engine.langage.corpus import Corpus
from engine.langage.records import Record
from engine.sql.tables import key_column, table_columns

COUNT = 300
ENOUGH = 2000  # for a record at least for every kind of fault


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    law, findings = load_law()
    assert law is not None, findings
    return law.corpus


@pytest.fixture(scope="module")
def population(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("population")
    generate(COUNT, folder)
    return folder


def rows(path: Path) -> list[tuple[object, ...]]:
    return duckdb.read_parquet(str(path)).fetchall()


def test_every_table_and_every_column_of_the_record_is_there(
    corpus: Corpus, population: Path
) -> None:
    key = key_column(corpus.model)
    for table, columns in table_columns(corpus.model).items():
        found = duckdb.read_parquet(str(population / f"{table}.parquet")).columns
        assert {*found} == {key, *(column.name for column in columns)}, table
        assert len(found) == len({*found}), table


def test_every_record_is_accepted(corpus: Corpus, population: Path) -> None:
    nodes = documents(population, corpus.model)
    outcomes = read_records(nodes, corpus.model, first_day=corpus.first_day)
    assert [one for one in outcomes if isinstance(one, Refusal)] == []
    assert len(outcomes) == COUNT
    assert sum(len(one.lines["services"]) for one in outcomes if isinstance(one, Record)) > COUNT


def test_fewer_teachers_are_the_first_of_more(population: Path, tmp_path: Path) -> None:
    generate(COUNT // 3, tmp_path)
    for path in sorted(tmp_path.iterdir()):
        few, more = rows(path), rows(population / path.name)
        assert few == more[: len(few)], path.name
    assert len(rows(tmp_path / "agents.parquet")) == COUNT // 3


def test_the_dates_asked_for_are_those_of_the_records(tmp_path: Path) -> None:
    days = [date(2016, 11, 15), date(2024, 10, 1)]
    generate(20, tmp_path, days=days)
    agents = duckdb.read_parquet(str(tmp_path / "agents.parquet"))
    assert agents.project("date").distinct().order("date").fetchall() == [(day,) for day in days]


def test_a_record_of_the_tables_is_the_one_that_a_person_would_write(tmp_path: Path) -> None:
    law, _ = load_law()
    assert law is not None
    link = duckdb.connect()
    link.execute(
        "CREATE TABLE agents AS SELECT 'A' AS dossier, DATE '2024-10-01' AS date,"
        " 'certifie' AS corps, 0.800000::DECIMAL(7, 6) AS quotite, NULL::BOOLEAN AS tzr"
    )
    link.execute(
        "CREATE TABLE services AS SELECT * FROM (VALUES ('B', 1.5, '601'), ('A', 4.500, '602'),"
        " ('A', 3.0, NULL), (NULL, 2.0, '603')) AS t (dossier, heures, division)"
    )
    link.execute("CREATE TABLE hse AS SELECT 'A' AS dossier, 2 AS heures, true AS accordee")
    for table in ("agents", "services", "hse"):
        link.table(table).write_parquet(str(tmp_path / f"{table}.parquet"))
    (found,) = records(tmp_path, law.corpus.model)
    assert json.loads(json.dumps(found, default=str)) == {
        "dossier": "A",
        "date": "2024-10-01",
        "agent": {"corps": "certifie", "quotite": "0.8"},
        "services": [{"heures": "4.5", "division": "602"}, {"heures": 3}],
        "hse": [{"heures": 2, "derogation": {"accordee": True}}],
    }


def test_each_kind_of_fault_is_planted_where_it_is_told(corpus: Corpus, tmp_path: Path) -> None:
    generate(ENOUGH, tmp_path)
    planted = faults.plant(tmp_path)
    assert {one.nature for one in planted} == {kind.name for kind in faults.KINDS}
    listed = json.loads((tmp_path / faults.LIST).read_text(encoding="utf-8"))
    assert [faults.Fault(**one) for one in listed] == list(planted)
    nodes = documents(tmp_path, corpus.model)
    outcomes = read_records(nodes, corpus.model, first_day=corpus.first_day)
    told = {
        (one.span.file.removesuffix(".parquet"), one.span.line)
        for outcome in outcomes
        if isinstance(outcome, Refusal)
        for one in outcome.diagnostics
    }
    # A row that belongs to no record makes no record refused: the campaign itself must tell it.
    lost = {"ligne sans clé", "ligne orpheline"}
    # Of two records of one identifier, neither is known to be right: both are refused.
    double = {one.dossier for one in planted if one.nature == "identifiant en double"}
    agents = duckdb.read_parquet(str(tmp_path / "agents.parquet")).project("dossier").fetchall()
    twins = {("agents", row) for row, (ident,) in enumerate(agents, 1) if ident in double}
    expected = {(one.table, one.ligne) for one in planted if one.nature not in lost}
    assert (len(twins), expected | twins) == (2 * len(double), told)
    keys = {row[0] for row in duckdb.read_parquet(str(tmp_path / "agents.parquet")).fetchall()}
    for one in planted:
        path = tmp_path / f"{one.table}.parquet"
        column = duckdb.read_parquet(str(path)).project("dossier").fetchall()
        assert column[one.ligne - 1][0] == one.dossier, one
        if one.nature in lost:
            assert one.dossier is None or one.dossier not in keys, one
