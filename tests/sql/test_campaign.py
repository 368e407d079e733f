"""A run over tables: whole or not at all, taken up again where it stopped, its counts balanced."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from bench import faults
from bench.population import generate
from cli import main
from engine.evaluation.compilation.lower import Obstacle, UnsupportedError
from engine.evaluation.compilation.scaled import TooWideError
from engine.module import host
from engine.module.host import StoppedError
from engine.source.positions import whole_file
from engine.sql import runs
from engine.sql.output import contents_of_run
from engine.sql.runs import Request, run_campaign
from tests.sql.tables import RESULTS, law, record_of_run, write_csv, write_parquet

PLACE = whole_file("regles/textes/exemple.yaml")


def command(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def quiet(_done: int, _all: int) -> None:
    pass


@pytest.fixture(scope="module")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A population in which every kind of fault was planted, and what was computed of it."""
    folder = tmp_path_factory.mktemp("population")
    generate(3000, folder / "tables")
    faults.plant(folder / "tables")
    request = Request(folder / "tables", folder / "sortie", chunk=1000, threads=2)
    manifest, findings = run_campaign(law(), request, quiet)
    assert findings == ()
    assert manifest is not None
    return folder / "tables", folder / "sortie"


def test_the_counts_of_a_dirty_population_balance(dirty: tuple[Path, Path]) -> None:
    source, output = dirty
    manifest = json.loads((output / "manifeste.json").read_text(encoding="utf-8"))
    records = manifest["dossiers"]
    assert records["lus"] == records["calcules"] + records["refuses"]
    assert records["refuses"] > 0
    with duckdb.connect() as connection:

        def count(relation: str) -> int:
            row = connection.execute(f"SELECT COUNT(*) FROM {relation}").fetchone()
            assert row is not None
            return int(row[0])

        assert count(f"'{source}/agents.parquet'") == records["lus"]
        assert count(f"'{output}/resultats.parquet'") == records["calcules"]
        assert count(f"'{output}/anomalies.parquet'") == sum(manifest["anomalies"].values())
        assert count(f"'{output}/rejets.parquet'") == manifest["rejets"]
        written = {one.stem for one in source.glob("*.parquet")}
        assert {*manifest["lignes"]} == written - {"agents"}
        for table, lines in manifest["lignes"].items():
            assert count(f"'{source}/{table}.parquet'") == lines["lues"]
            parts = (lines["calculees"], lines["refusees"], lines["sans_dossier"])
            assert sum(parts) == lines["lues"]
        refused = count(f"(SELECT DISTINCT dossier FROM '{output}/rejets.parquet') x")
        assert refused > 0
        both = (
            f"(SELECT dossier FROM '{output}/resultats.parquet' INTERSECT "
            f"SELECT dossier FROM '{output}/rejets.parquet' WHERE code <> '{'E520'}') x"
        )
        assert count(both) == 0


def test_every_planted_fault_is_found_at_its_place(dirty: tuple[Path, Path]) -> None:
    source, output = dirty
    planted = json.loads((source / "fautes.json").read_text(encoding="utf-8"))
    assert len({fault["nature"] for fault in planted}) >= 12
    with duckdb.connect() as connection:
        rows = connection.execute(
            f"SELECT \"table\", ligne FROM '{output}/rejets.parquet'"
        ).fetchall()
    found = {(table, line) for table, line in rows}
    missed = [fault for fault in planted if (fault["table"], fault["ligne"]) not in found]
    assert missed == []


def test_chunks_do_not_change_the_results(tmp_path: Path) -> None:
    generate(2500, tmp_path / "tables")
    for name, chunk in (("un", 250_000), ("trois", 1000)):
        request = Request(tmp_path / "tables", tmp_path / name, chunk=chunk, threads=2)
        assert run_campaign(law(), request, quiet)[1] == ()
    with duckdb.connect() as connection:
        for table in ("resultats", "anomalies"):
            one, three = (f"SELECT * FROM '{tmp_path}/{name}/{table}.parquet'"
                          for name in ("un", "trois"))  # fmt: skip
            assert connection.execute(f"{one} EXCEPT ALL {three}").fetchall() == []
            assert connection.execute(f"{three} EXCEPT ALL {one}").fetchall() == []
    assert contents_of_run(tmp_path / "un") == contents_of_run(tmp_path / "trois")


def test_an_interrupted_run_leaves_no_output_and_goes_on(tmp_path: Path) -> None:
    generate(3000, tmp_path / "tables")
    output = tmp_path / "sortie"
    request = Request(tmp_path / "tables", output, RESULTS, chunk=1000, threads=2)

    def stop(done: int, _all: int) -> None:
        if done >= 1000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_campaign(law(), request, stop)
    assert not output.exists()
    assert run_campaign(law(), request, quiet)[1][0].code == "E522"
    seen: list[int] = []
    again = Request(tmp_path / "tables", output, RESULTS, chunk=1000, threads=2, resume=True)
    other = Request(tmp_path / "tables", output, None, chunk=1000, threads=2, resume=True)
    assert run_campaign(law(), other, quiet)[1][0].code == "E524"
    manifest, findings = run_campaign(law(), again, lambda done, _all: seen.append(done))
    assert findings == ()
    assert manifest is not None
    assert manifest["dossiers"] == {"lus": 3000, "calcules": 3000, "refuses": 0}
    assert seen == [0, 1000, 2000, 3000]
    assert sorted(path.name for path in output.iterdir()) == [
        "anomalies.parquet", "manifeste.json", "rejets.parquet", "resultats.parquet",
    ]  # fmt: skip
    assert not request.aside.exists()


def test_an_output_that_exists_is_left_alone(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "csv")
    (tmp_path / "sortie").mkdir()
    done = command("campagne", source, "-o", tmp_path / "sortie")
    assert done.exit_code == 1
    assert "E521" in done.stderr
    assert list((tmp_path / "sortie").iterdir()) == []


def test_there_is_nothing_to_resume(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "csv")
    done = command("campagne", source, "-o", tmp_path / "sortie", "--reprendre")
    assert (done.exit_code, "E523" in done.stderr) == (1, True)


def test_a_disk_that_does_not_take_what_is_written_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "plus de place")

    monkeypatch.setattr(runs, "run", full)
    source = write_csv(tmp_path / "csv")
    request = Request(source, tmp_path / "sortie", RESULTS)
    (found,) = run_campaign(law(), request, quiet)[1]
    assert found.code == "E525"
    assert found.message.endswith("il n'y a plus de place sur le disque")


def test_too_little_memory_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def short(*_: object) -> None:
        raise duckdb.OutOfMemoryException

    monkeypatch.setattr(runs, "run", short)
    request = Request(write_csv(tmp_path / "csv"), tmp_path / "sortie", RESULTS, memory=20)
    assert run_campaign(law(), request, quiet)[1][0].code == "E528"
    assert command("campagne", "x", "-o", "y", "--memoire", "beaucoup").exit_code == 2


def test_a_row_is_explained_from_the_input_and_the_law_of_its_run(tmp_path: Path) -> None:
    source = write_parquet(tmp_path / "parquet")
    output = tmp_path / "sortie"
    assert command("campagne", source, "-o", output).exit_code == 0
    asked = ("expliquer", "--campagne", output, "--dossier", "D-1", "--resultat", "ponderation")
    done = command(*asked, "--format", "json")
    assert done.exit_code == 0, done.stderr
    (explained,) = json.loads(done.stdout)
    assert explained["dossier"] == "D-1"
    assert explained["explications"][0]["valeur"].startswith("1,00")
    unknown = command("expliquer", "--campagne", output, "--dossier", "D-9")
    assert (unknown.exit_code, "E513" in unknown.stderr) == (1, True)
    file = source / "services.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE t AS SELECT * FROM '{file}'")
        connection.execute(f"COPY (SELECT * FROM t WHERE heures <> '15') TO '{file}'")
    changed = command(*asked)
    assert (changed.exit_code, "E527" in changed.stderr) == (1, True)
    nowhere = command("expliquer", "--campagne", source, "--dossier", "D-1")
    assert (nowhere.exit_code, "E526" in nowhere.stderr) == (1, True)


def test_a_record_of_a_run_is_the_one_that_a_file_would_give(tmp_path: Path) -> None:
    source = write_parquet(tmp_path / "parquet")
    request = Request(source, tmp_path / "sortie", RESULTS)
    run_campaign(law(), request, quiet)
    found, findings = record_of_run(law(), tmp_path / "sortie", "D-2")
    assert findings == ()
    assert found is not None
    assert [str(line.values["heures"]) for line in found.lines["services"]] == ["9/2", "15"]
    assert found.values["agent.quotite"] == 1


def test_a_result_that_is_not_rounded_cannot_be_a_column(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "csv")
    done = command("campagne", source, "-o", tmp_path / "s", "--resultats", "taux_hsa_exact")
    assert (done.exit_code, "E529" in done.stderr) == (1, True)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (UnsupportedError(Obstacle.QUOTIENTS, PLACE, "total"), "E530"),
        (TooWideError(), "E530"),
        (StoppedError(), "E540"),  # E540
    ],
)
def test_a_rule_that_has_no_compiled_form_is_told_and_leaves_nothing(
    fault: Exception, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise fault

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(host, "compile_law", refused)
    request = Request(write_csv(tmp_path / "csv"), tmp_path / "sortie", RESULTS)
    (found,) = run_campaign(law(), request, quiet)[1]
    assert found.code == code
    assert not request.aside.exists()
