"""The interpreter, the module and DuckDB say the same of every record, to the digit."""

from __future__ import annotations

import atexit
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from functools import cache
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.calcul.inputs import read_inputs
from engine.cas.case import case_files, read_cases
from engine.dossiers.read import read_records
from engine.evaluation.compilation.build import Demand, compile_law
from engine.evaluation.compilation.specialise import epoch_numbers
from engine.evaluation.outcomes import NotComputable, Outcome
from engine.evaluation.results import Computed, compute
from engine.evaluation.show import exact_text
from engine.langage.inputs import Value
from engine.langage.kernel import ABSENT
from engine.langage.records import Record
from engine.module.host import Module, build, module_for
from engine.source.files import read_documents
from engine.source.schema import load_schema
from engine.sql.duck import Chunks, connect
from engine.sql.exchange import needed_of
from engine.sql.tables import TableSource, table_columns
from tests.droit.any_record import records as any_records
from tests.sql.tables import law

ROOT = Path(__file__).resolve().parents[2]
SQL_TYPES = {"nombre": "VARCHAR", "booleen": "BOOLEAN", "date": "DATE"}


@cache
def records_of_cases() -> tuple[Record, ...]:
    """The records of every case and of every example, each under a name of its own."""
    schema = load_schema(ROOT / "schemas" / "cas.v1.json")
    files, _ = case_files([ROOT / "cas_tests"])
    found = [
        case.outcome
        for file in files
        for case in read_cases(file, law().corpus, schema)[0]
        if isinstance(case.outcome, Record) and not case.readings
    ]
    found += read_inputs([ROOT / "exemples"], law().corpus, standard_input=b"").records
    return named(found)


def named(found: Iterable[Record]) -> tuple[Record, ...]:
    key = law().corpus.model.role("identifiant").name
    renamed = []
    for number, record in enumerate(found):
        ident = f"D-{number:05}"
        values = {**record.values, key: ident}
        renamed.append(Record(ident, record.day, values, record.lines, record.span))
    return tuple(renamed)


def told(value: Outcome) -> object:
    """An outcome, the places of its reasons left out."""
    if isinstance(value, NotComputable):
        return frozenset((lack.kind, lack.name) for lack in value.lacks)
    return value


@cache
def compiled(epoch: int) -> Module:
    return build(compile_law(law(), [epoch], asked=Demand(controls=False)))


atexit.register(compiled.cache_clear)  # wasmtime frees nothing once Python is going down


def expected(
    records: Sequence[Record], wanted: Sequence[str] | None = None
) -> Mapping[str, Computed]:
    return {record.ident: compute(law(), record, wanted=wanted) for record in records}


# --- to raw tables


def written(value: Value | None) -> object:
    if isinstance(value, Fraction):
        # as a person writes it: hours and minutes, or a decimal number
        if (value * 10**6).denominator == 1:
            return exact_text(value, 6).replace(".", ",")
        minutes = value * 60
        return f"{minutes // 60} h {int(minutes % 60):02}"
    return value


def load(
    connection: duckdb.DuckDBPyConnection, records: Sequence[Record]
) -> dict[str, TableSource]:
    """Raw tables of the records, numbers as texts, and the links and defaults already said."""
    model = law().corpus.model
    sources = {}
    for table, columns in table_columns(model).items():
        own = [one for one in columns if one.field.name != "dossier"]
        types = {one.prepared: SQL_TYPES.get(one.field.kind, "VARCHAR") for one in own}
        listed = "".join(f', "{one.prepared}" {types[one.prepared]}' for one in own)
        connection.execute(f'CREATE TABLE "{table}" (dossier VARCHAR, rang BIGINT{listed})')
        rows: list[list[object]] = []
        for record in records:
            if table == model.table:
                lines: Sequence[Mapping[str, Value]] = [record.values]
            else:
                lines = [line.values for line in record.lines.get(table, ())]
            rows += [
                [record.ident, len(rows) + at]
                + [written(values.get(one.field.name)) for one in own]
                for at, values in enumerate(lines, 1)
            ]
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            connection.executemany(f'INSERT INTO "{table}" VALUES ({marks})', rows)
        names = {one.prepared: one.prepared for one in own} | {"dossier": "dossier"}
        sources[table] = TableSource(
            table, types | {"dossier": "VARCHAR"}, names, f"'{table}'", "rang", "rang"
        )
    return sources


def differences(records: Sequence[Record], wanted: Sequence[str] | None = None) -> list[str]:
    """What DuckDB says of the records that the interpreter does not, in one run."""
    corpus = law().corpus
    epochs = epoch_numbers(law(), [record.day for record in records])
    module = module_for(law(), epochs, readings={}, wanted=wanted, controls=True)
    with connect(None, 2, "") as connection:
        needed = needed_of(corpus.model, [module.layout])
        chunks = Chunks(connection, corpus, epochs, needed, load(connection, records))
        counts = chunks.compute(module)
        assert (counts.read, counts.computed) == (len(records), len(records)), connection.execute(
            "SELECT * FROM rejets LIMIT 3"
        ).fetchall()
        found = connection.execute("SELECT * FROM resultats")
        names = [column[0] for column in found.description or ()]
        rows = {row[0]: dict(zip(names, row, strict=True)) for row in found.fetchall()}
        anomalies: dict[str, Counter[tuple[str, ...]]] = defaultdict(Counter)
        for ident, *anomaly in connection.execute(
            "SELECT dossier, code, gravite, message, regle FROM anomalies"
        ).fetchall():
            anomalies[ident][tuple(anomaly)] += 1
    wrong = []
    for ident, computed in expected(records, wanted).items():
        row = rows[ident]
        missing = (row["non_calculables"] or "").split(",")
        for name, value in computed.values.items():
            if isinstance(value, NotComputable):
                same = row[name] is None and name in missing
            elif value is ABSENT:
                same = row[name] is None and name not in missing
            else:
                same = Fraction(row[name]) == value if isinstance(value, Fraction) else (
                    row[name] == value
                )  # fmt: skip
            if not same:
                wrong.append(f"{ident} {name}: {value} / {row[name]} {missing}")
        said: Counter[tuple[str, ...]] = Counter(
            (one.code, one.gravity, one.message, one.rule) for one in computed.anomalies
        )
        if said != anomalies[ident]:
            wrong += [f"{ident} - {one}" for one in said - anomalies[ident]]
            wrong += [f"{ident} + {one}" for one in anomalies[ident] - said]
    return wrong


# --- tests


def test_duckdb_gives_the_values_and_the_anomalies_of_the_interpreter_on_every_case() -> None:
    records = records_of_cases()
    latest = max(law().corpus.epoch_number(record.day) for record in records)
    day = date(2024, 10, 1)
    now = law().corpus.epoch_number(day)
    assert latest >= now
    same = [record for record in records if law().corpus.epoch_number(record.day) == now]
    assert len(same) > 800
    assert differences(same) == []


def test_one_run_computes_records_of_every_epoch() -> None:
    records = records_of_cases()
    assert len({law().corpus.epoch_number(record.day) for record in records}) > 20
    assert differences(records) == []


def test_results_that_are_texts_and_codes_come_back_as_they_are() -> None:
    """Texts of the records, which the law does not name, and codes, which it does."""
    wanted = ("commune_principale", "base_hsa", "grade_hsa", "type_principal")
    records = [one for one in records_of_cases() if one.day == date(2024, 10, 1)]
    found = expected(records, wanted)
    for name in wanted:
        assert any(isinstance(one.values[name], str) for one in found.values()), name
    assert differences(records, wanted) == []


@st.composite
def batches(draw: st.DrawFn) -> tuple[Record, ...]:
    texts = draw(st.lists(any_records(), min_size=1, max_size=40))
    model, first = law().corpus.model, law().corpus.first_day
    found = []
    for text in texts:
        documents, findings = read_documents("tirage.json", text)
        assert findings == ()
        (record,) = read_records(documents, model, first_day=first)
        assert isinstance(record, Record), record
        found.append(record)
    return named(found)


@settings(max_examples=5, suppress_health_check=list(HealthCheck))
@given(batches())
def test_the_three_ways_agree_on_any_records(records: tuple[Record, ...]) -> None:
    for record in records:
        epoch = law().corpus.epoch_number(record.day)
        (found,) = compiled(epoch).outcomes([record], [epoch])
        values = compute(law(), record).values
        assert {name: told(value) for name, value in values.items()} == {
            name: told(value) for name, value in found.items()
        }
    assert differences(records) == []


@pytest.mark.parametrize("point", ["cycle-terminal-rep-plus", "documentaliste-ponderation"])
def test_another_reading_is_compiled_too(point: str) -> None:
    corpus = law().corpus
    other = next(
        one for one in corpus.points[point].options if one != corpus.points[point].retained
    )
    epoch = corpus.epoch_number(date(2024, 10, 1))
    program = build(
        compile_law(law(), [epoch], readings={point: other}, asked=Demand(controls=False))
    )
    seen = 0
    for record in records_of_cases():
        if corpus.epoch_number(record.day) == epoch:
            values = compute(law(), record, readings={point: other}).values
            (found,) = program.outcomes([record], [epoch])
            seen += values != compute(law(), record).values
            assert {name: told(one) for name, one in values.items()} == {
                name: told(one) for name, one in found.items()
            }
    assert seen >= 1
