"""A path is a path: whatever its name is made of, a run reads and writes this one, and no other."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from engine.evaluation.law import Law
from engine.sql.output import contents_of_run
from engine.sql.paths import can_be_read, over, path_of
from engine.sql.runs import Request, run_campaign
from tests.sql.tables import (
    EXPECTED,
    RESULTS,
    bare,
    law,
    record_of_run,
    write_csv,
    write_database,
    write_jsonl,
    write_parquet,
    write_parts,
    write_workbook,
)

# Folders that a pattern of the names below would match.
DECOYS = ("pop1", "popa", "pop", "a", "b", "autre")
NAMES = (
    "pop[1]", "pop[!z]", "pop*", "pop?", "*", "**", "[", "pop[[]1]", "pop]", "{a,b}", "pop;a",
    "l'été à Nîmes", 'pop"a', "%41", "$HOME", "~", "~root", "s3:", "http:", "file:", "x\ny",
    " pop ", "-o", "#a", "pop\\a", "pop,a", "quotite=0.5", "date=2012-09-01",
)  # fmt: skip


def quiet(_done: int, _all: int) -> None:
    pass


def decoys(place: Path) -> None:
    """The same two records, with other hours, where another path would be read."""
    for name in DECOYS:
        write_csv(place / name)
        more = "dossier;heures;niveau\nD-1;25;troisieme\nD-2;25;troisieme\n"
        (place / name / "services.csv").write_text(more, encoding="utf-8")


def ran(source: Path, output: Path, *, resume: bool = False, under: Law | None = None) -> list[str]:
    request = Request(source, output, RESULTS, threads=1, resume=resume)
    manifest, findings = run_campaign(under or bare(), request, quiet)
    assert (manifest is None) == bool(findings), findings
    return [one.code for one in findings]


def rows(output: Path) -> dict[str, tuple[str, ...]]:
    """What the output holds, read with nothing that the run reads it with."""
    columns = ", ".join(f"CAST({name} AS VARCHAR)" for name in RESULTS)
    with tempfile.NamedTemporaryFile(suffix=".parquet") as copy, duckdb.connect() as connection:
        shutil.copyfile(output / "resultats.parquet", copy.name)
        found = connection.execute(f"SELECT dossier, {columns} FROM '{copy.name}'").fetchall()
    return {row[0]: tuple(row[1:]) for row in found}


@pytest.mark.parametrize(
    "name",
    ["pop[1]", "pop*", "~", "quotite=0.5", "/".join(one for one in NAMES if "\\" not in one)],
    ids=["class", "star", "home", "hive", "all"],
)
def test_a_folder_of_any_name_is_read_and_written(
    name: str, plain: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    decoys(Path())
    decoys(Path("sorties"))
    source, output = write_csv(Path(name)), Path("sorties", name)
    assert ran(source, output) == []
    assert rows(output) == EXPECTED
    sealed = json.loads((output / "manifeste.json").read_text(encoding="utf-8"))["entree"]
    assert sealed["chemin"] == str(tmp_path / name)
    work = tmp_path / "explique"
    work.mkdir()
    found, findings = record_of_run(bare(), output, "D-1")
    assert findings == ()
    assert found is not None
    assert [line.values["heures"] for line in found.lines["services"]] == [13.5]
    assert contents_of_run(output) == plain


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What the tables of a run hold, under names made of letters."""
    place = tmp_path_factory.mktemp("lettres")
    assert ran(write_csv(place / "pop"), place / "sortie") == []
    return contents_of_run(place / "sortie")


HARD = "a[1]*?{b}~"
FORMS: dict[str, Callable[[Path], Path]] = {
    "parquet": write_parquet,
    "parts": write_parts,
    "csv in UTF-16": lambda at: write_csv(at, ";", "utf-16"),
    "duckdb": lambda at: write_database(at.parents[1] / "b.duckdb").rename(f"{at}.duckdb"),
    "jsonl": lambda at: write_jsonl(at.with_name(f"{at.name}.jsonl")),
    "xlsx": lambda at: write_workbook(at.with_name(f"{at.name}.xlsx")),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_read_under_a_hard_name(form: str, tmp_path: Path) -> None:
    home = tmp_path / HARD
    home.mkdir()
    source = FORMS[form](home / HARD)
    under = law() if form == "parts" else bare()  # the anomalies have files of their own
    assert ran(source, home / f"sortie {HARD}", under=under) == []
    assert rows(home / f"sortie {HARD}") == EXPECTED


def test_parts_whose_names_are_patterns_are_each_read_once(tmp_path: Path) -> None:
    source = write_parts(tmp_path / "parts")
    for table in ("agents", "services"):
        for at, part in enumerate(sorted((source / table).glob("*.parquet"))):
            part.rename(part.with_name(("part1.parquet", "part[1].parquet", "part?.parquet")[at]))
    assert ran(source, tmp_path / "sortie") == []
    assert rows(tmp_path / "sortie") == EXPECTED


def test_a_run_is_taken_up_again_in_its_own_folder(tmp_path: Path) -> None:
    """Another interrupted run waits where the pattern of the output would look."""
    other = write_csv(tmp_path / "autre")
    (other / "services.csv").write_text("dossier;heures\nD-1;1\nD-2;2\n", encoding="utf-8")
    source = write_csv(tmp_path / "pop")

    class StoppedError(BaseException):
        pass

    def stop(done: int, _all: int) -> None:
        if done:
            raise StoppedError

    for given, output in ((other, tmp_path / "res1"), (source, tmp_path / "res[1]")):
        with pytest.raises(StoppedError):
            run_campaign(bare(), Request(given, output, RESULTS, threads=1), stop)
    assert ran(source, tmp_path / "res[1]", resume=True) == []
    assert rows(tmp_path / "res[1]") == EXPECTED
    assert (tmp_path / "res1.en-cours").is_dir()


def test_a_path_that_no_pattern_names_is_refused(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "a\\[1]")
    assert ran(source, tmp_path / "sortie") == ["E133"]
    plain = write_csv(tmp_path / "pop")
    assert ran(plain, tmp_path / "s\\*") == ["E133"]
    assert not can_be_read(Path("no\udcff"))
    base = tmp_path / "a\\b.duckdb"  # where DuckDB would look for « a/b.duckdb »
    base.write_bytes(write_database(tmp_path / "base.duckdb").read_bytes())
    assert ran(base, tmp_path / "sortie") == ["E133"]
    parts = write_parts(tmp_path / "parts")
    part = next((parts / "agents").glob("*.parquet"))
    part.rename(part.with_name("x\\[1].parquet"))
    assert ran(parts, tmp_path / "sortie") == ["E133"]
    assert not list(tmp_path.glob("s*.en-cours"))


def test_a_column_that_only_a_folder_tells_is_refused(tmp_path: Path) -> None:
    """What writes « quotite=0.5/ » takes the column out of the files: it would be lost."""
    source = write_parts(tmp_path / "parts")
    inside = source / "agents" / "quotite=0.5"
    inside.mkdir()
    for part in (source / "agents").glob("*.parquet"):
        part.rename(inside / part.name)
    assert ran(source, tmp_path / "sortie") == ["E134"]


@pytest.mark.parametrize("name", [*NAMES, HARD])
def test_a_pattern_matches_the_path_alone(name: str, tmp_path: Path) -> None:
    for decoy in (*DECOYS, "a1xx{b}~", "s"):
        (tmp_path / decoy).mkdir(exist_ok=True)
        (tmp_path / decoy / "t.csv").write_text("v\nautre\n", encoding="utf-8")
    (tmp_path / name).mkdir(exist_ok=True)
    target = tmp_path / name / "t.csv"
    target.write_text("v\njuste\n", encoding="utf-8")
    assert path_of(target).startswith("/")
    with duckdb.connect() as connection:
        found = connection.execute(f"FROM {over('read_csv', [target])}").fetchall()
    assert found == [("juste",)]
