"""Spark, on a real local session, writes the tables that DuckDB writes, value by value."""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest
from click.testing import CliRunner, Result

from bench import faults
from bench.population import generate
from cli import main
from engine.sql.output import contents_of_run
from engine.sql.paths import parquet, parts_of_table
from engine.sql.runs import Request, run_campaign
from engine.sql.spark import Means, cannot_start, find_java, in_french
from engine.sql.spark_task import OTHER_VERSION
from engine.sql.tables import table_columns
from tests.sql.tables import RESULTS, law, record_of_run, write_csv, write_parquet, write_parts
from tests.sql.test_parity import load, records_of_cases

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

TABLES = ("resultats", "anomalies", "rejets")
# The first compiler of Java alone: a test is over before the second has paid for itself.
QUICK = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    java, wrong = cannot_start(os.environ)
    assert java is not None, str(wrong)  # a machine without Java does not pass: it proves nothing
    from pyspark.sql import SparkSession

    spill = tmp_path_factory.mktemp("spark").as_posix()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JAVA_HOME", java.home.as_posix())
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        builder = SparkSession.builder.appName("essais")
        settings = Means("local[2]", 2000, None, spill).settings()
        for name, value in {**settings, "spark.driver.extraJavaOptions": QUICK}.items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
        yield session
        session.stop()


def quiet(_done: int, _all: int) -> None:
    pass


def command(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def relation(output: Path, table: str) -> str:
    return parquet(*parts_of_table(output / f"{table}.parquet"))


def compared(source: Path, folder: Path, *words: str) -> Mapping[str, object]:
    """The manifest of Spark, once its tables and its counts prove to be those of DuckDB."""
    manifests = {}
    for engine in ("duckdb", "spark"):
        output = folder / engine
        done = command("campagne", source, "-o", output, "--moteur", engine, *words)
        assert done.exit_code in {0, 1}, done.stderr
        manifests[engine] = json.loads((output / "manifeste.json").read_text(encoding="utf-8"))
    with duckdb.connect() as connection:
        for table in TABLES:
            one, other = (relation(folder / engine, table) for engine in ("duckdb", "spark"))
            types = [connection.execute(f"DESCRIBE SELECT * FROM {rows}").fetchall()
                     for rows in (one, other)]  # fmt: skip
            assert [row[:2] for row in types[0]] == [row[:2] for row in types[1]]
            for left, right in ((one, other), (other, one)):
                rows = f"SELECT * FROM {left} EXCEPT ALL SELECT * FROM {right}"
                assert connection.execute(f"{rows} LIMIT 3").fetchall() == []
    assert contents_of_run(folder / "spark") == contents_of_run(folder / "duckdb")
    ours: dict[str, object] = manifests["spark"]
    theirs = manifests["duckdb"]
    assert list(ours) == list(theirs)
    for name in ("reglo", "empreinte", "entree", "dossiers", "lignes", "rejets", "anomalies"):
        assert ours[name] == theirs[name], name
    assert ours["moteur"] == "spark"
    assert set(manifests["spark"]["versions"]) == {"spark", "java", "duckdb"}
    assert sorted(path.name for path in (folder / "spark").iterdir()) == [
        "anomalies.parquet", "manifeste.json", "rejets.parquet", "resultats.parquet",
    ]  # fmt: skip
    assert not (folder / "spark.en-cours").exists()
    return ours


@pytest.mark.usefixtures("spark")
def test_the_records_of_the_cases_give_what_duckdb_gives(tmp_path: Path) -> None:
    corpus = law().corpus
    epoch = corpus.epoch_number(date(2024, 10, 1))
    records = [one for one in records_of_cases() if corpus.epoch_number(one.day) == epoch]
    assert len(records) > 800
    source = tmp_path / "tables"
    source.mkdir()
    with duckdb.connect() as connection:
        for table, given in load(connection, records).items():
            names = {one.prepared: one.name for one in table_columns(law().corpus.model)[table]}
            listed = [f'"{one}" AS "{names.get(one, one)}"' for one in given.types]
            connection.execute(
                f'COPY (SELECT {", ".join(listed)} FROM "{table}" ORDER BY rang) '
                f"TO '{source}/{table}.parquet'"
            )
    manifest = compared(source, tmp_path)
    assert manifest["dossiers"] == {"lus": len(records), "calcules": len(records), "refuses": 0}


@pytest.mark.usefixtures("spark")
def test_a_dirty_population_is_refused_for_the_same_reasons(tmp_path: Path) -> None:
    source = tmp_path / "tables"
    generate(1000, source, days=(date(2016, 10, 1), date(2024, 10, 1)))  # of two epochs
    planted = faults.plant(source)
    manifest = compared(source, tmp_path, "--resultats", "hsa")
    records = manifest["dossiers"]
    assert isinstance(records, dict)
    assert records["lus"] == records["calcules"] + records["refuses"]
    assert records["refuses"] > 0
    with duckdb.connect() as connection:
        rows = connection.execute(
            f'SELECT "table", ligne FROM {relation(tmp_path / "spark", "rejets")}'
        ).fetchall()
    found = set(rows)
    assert [one for one in planted if (one.table, one.ligne) not in found] == []


@pytest.mark.usefixtures("spark")
def test_a_folder_of_parts_is_read_and_a_row_is_explained(tmp_path: Path) -> None:
    source = write_parts(tmp_path / "parties")
    with duckdb.connect() as connection:  # a fault in the second part: its file is named
        connection.execute(
            "COPY (SELECT 'D-2' AS dossier, 'quatre' AS heures, 'troisieme' AS niveau) "
            f"TO '{source}/services/part-1.parquet'"
        )
    for engine in ("duckdb", "spark"):
        request = Request(source, tmp_path / engine, RESULTS, threads=2, engine=engine)
        manifest, findings = run_campaign(law(), request, quiet)
        assert findings == ()
        assert manifest is not None
        assert manifest["dossiers"] == {"lus": 2, "calcules": 1, "refuses": 1}
    with duckdb.connect() as connection:
        refused = [
            connection.execute(f"SELECT * FROM {relation(tmp_path / engine, 'rejets')}").fetchall()
            for engine in ("duckdb", "spark")
        ]
    assert refused[0] == refused[1]
    assert refused[1][0][1:3] == ("services/part-1.parquet", 1)
    found, findings = record_of_run(law(), tmp_path / "spark", "D-1")
    assert findings == ()
    assert found is not None


@pytest.mark.usefixtures("spark")
def test_keys_of_several_types_and_rows_without_a_key(tmp_path: Path) -> None:
    """A record is one whether its key is a whole number or not; a row of no record is counted."""
    source = tmp_path / "tables"
    source.mkdir()
    root = "1, DATE '2024-10-01', 'agrege', 'classe_normale'"
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY (SELECT * FROM (VALUES ({root}), ({root.replace('1,', '20000000,', 1)}),"
            f" ({root.replace('1,', 'NULL,', 1)}), ({root.replace('1,', '4,', 1)}),"
            f" ({root.replace('1,', '4,', 1)})) AS r(dossier, date, corps, grade))"
            f" TO '{source}/agents.parquet'"
        )
        connection.execute(
            "COPY (SELECT dossier, '6' AS heures, 'troisieme' AS niveau FROM (VALUES (1::DOUBLE),"
            " (20000000), (20000000), (9), (9), (NULL), (4)) AS l(dossier))"
            f" TO '{source}/services.parquet'"
        )
    manifest = compared(source, tmp_path, "--resultats", ",".join(RESULTS))
    assert manifest["dossiers"] == {"lus": 5, "calcules": 2, "refuses": 3}
    assert manifest["lignes"] == {
        "services": {"lues": 7, "calculees": 3, "refusees": 1, "sans_dossier": 3}
    }


# --- what is told


def test_only_parquet_is_read(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "csv")
    done = command("campagne", source, "-o", tmp_path / "s", "--moteur", "spark")
    assert (done.exit_code, "E535" in done.stderr) == (1, True)
    assert not (tmp_path / "s").exists()


def test_parts_with_other_columns_are_told(tmp_path: Path) -> None:
    source = write_parts(tmp_path / "parties")
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY (SELECT 'D-1' AS dossier, 4 AS heures) TO '{source}/services/part-1.parquet'"
        )
    request = Request(source, tmp_path / "sortie", RESULTS, engine="spark")
    manifest, findings = run_campaign(law(), request, quiet)
    assert (manifest, [one.code for one in findings]) == (None, ["E124"])


def test_an_option_of_the_other_engine_is_a_wrong_use(tmp_path: Path) -> None:
    source, output = tmp_path / "x", tmp_path / "s"
    for words in (
        ("--moteur", "spark", "--reprendre"),
        ("--moteur", "spark", "--lot", "5000"),
        ("--maitre", "local[2]"),
    ):
        done = command("campagne", source, "-o", output, *words)
        assert done.exit_code == 2
        assert words[-1 if words[-1].startswith("--") else -2] in done.stderr


def test_without_the_library_the_way_out_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.sql.spark.find_spec", lambda _name: None)
    source = write_parquet(tmp_path / "parquet")
    done = command("campagne", source, "-o", tmp_path / "s", "--moteur", "spark")
    assert (done.exit_code, "E533" in done.stderr) == (1, True)
    assert "pip install 'reglo[spark]'" in done.stderr


def fake_java(folder: Path, says: str) -> Path:
    """A program that says it is a Java."""
    program = folder / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho 'openjdk version \"{says}\"' >&2\n", encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return folder


def test_a_java_that_is_missing_or_too_old_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_parquet(tmp_path / "parquet")
    old = fake_java(tmp_path / "vieux", "1.8.0_402")
    for home, expected in ((tmp_path / "rien", "aucun"), (old, "1.8.0_402")):
        monkeypatch.setenv("JAVA_HOME", home.as_posix())
        monkeypatch.setenv("PATH", tmp_path.as_posix())
        done = command("campagne", source, "-o", tmp_path / "s", "--moteur", "spark")
        assert (done.exit_code, "E534" in done.stderr) == (1, True)
        assert expected in done.stderr


def test_the_java_of_the_home_comes_first_then_that_of_the_path(tmp_path: Path) -> None:
    good = fake_java(tmp_path / "bon", "21.0.2")
    old = fake_java(tmp_path / "vieux", "11.0.1")
    path = f"{good / 'bin'}{os.pathsep}/bin"
    found, seen = find_java({"JAVA_HOME": old.as_posix(), "PATH": path})
    assert found is not None
    assert (found.major, found.home) == (21, good)
    assert [one.major for one in seen] == [11]


def test_what_spark_says_becomes_one_french_sentence(tmp_path: Path) -> None:
    request = Request(tmp_path, tmp_path / "s", engine="spark", master="spark://ailleurs:7077")
    assert in_french(request, "java.io.IOException: No space left on device").code == "E536"
    assert in_french(request, "java.lang.OutOfMemoryError: Java heap").code == "E528"
    for text in ("No module named 'engine'", f"ValueError: {OTHER_VERSION}: 1.0, not 2.0"):
        assert "le même réglo" in in_french(request, text).message
    failed = in_french(request, "\nJob aborted.\n\tat org.apache\n")
    assert failed.code == "E536"
    assert failed.message.endswith(": Job aborted.")
    assert "spark://ailleurs:7077" in failed.message


def test_the_means_become_settings_of_spark() -> None:
    here = Means(None, 2000, 3, "/vers/disque").settings()
    assert here["spark.master"] == "local[3]"
    assert here["spark.driver.memory"] == "2000m"
    assert here["spark.driver.bindAddress"] == "127.0.0.1"
    there = Means("spark://maitre:7077", 8000, 4, "/vers/disque").settings()
    assert there["spark.master"] == "spark://maitre:7077"
    assert (there["spark.executor.memory"], there["spark.executor.cores"]) == ("8000m", "4")
    assert "spark.local.dir" not in there


@pytest.mark.usefixtures("spark")
def test_a_path_of_any_name_is_read_and_written(tmp_path: Path) -> None:
    """Spark has patterns of its own, with braces."""
    for decoy in ("a1xxb", "a1xxc"):
        write_parts(tmp_path / decoy / "pop")
        more = tmp_path / decoy / "pop" / "agents" / "part-9.parquet"
        more.write_bytes((more.parent / "part-0.parquet").read_bytes())
    home = tmp_path / "a[1]*?{b,c}"
    home.mkdir()
    source = write_parts(home / "l'\u00e9t\u00e9 {1} %41")
    compared(source, home, "--resultats", ",".join(RESULTS))


def test_the_copies_to_read_are_those_of_duckdb(spark: SparkSession, tmp_path: Path) -> None:
    assert spark is not None
    source = write_parquet(tmp_path / "parquet")
    for engine in ("duckdb", "spark"):
        words = ("--moteur", engine, "--tables", "csv,xlsx", "--resultats", ",".join(RESULTS))
        done = command("campagne", source, "-o", tmp_path / engine, *words)
        assert done.exit_code in {0, 1}, done.stderr
    for table in TABLES:
        one, other = ((tmp_path / engine / f"{table}.csv").read_text(encoding="utf-8-sig")
                      for engine in ("duckdb", "spark"))  # fmt: skip
        assert sorted(one.splitlines()) == sorted(other.splitlines())
    assert (tmp_path / "spark" / "tables.xlsx").exists()
    manifest = json.loads((tmp_path / "spark" / "manifeste.json").read_text(encoding="utf-8"))
    assert "tables.xlsx" in manifest["tables"]
