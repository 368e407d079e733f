"""What is sealed is what was read: changing inputs, databases that look elsewhere, two writers."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import duckdb
import pytest

from engine.evaluation.law import Law
from engine.sql.inputs import workbook
from engine.sql.runs import Request, run_campaign
from tests.ligne_de_commande.commande import reglo
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
    write_workbook,
)

ROOT = Path(__file__).resolve().parents[2]
Tell = Callable[[int, int], None]


def quiet(_done: int, _all: int) -> None:
    pass


def request(source: Path, output: Path, *, resume: bool = False, chunk: int = 10) -> Request:
    return Request(source, output, RESULTS, threads=1, resume=resume, chunk=chunk)


def ran(source: Path, output: Path, tell: Tell = quiet, under: Law | None = None) -> list[str]:
    _, findings = run_campaign(under or bare(), request(source, output), tell)
    return [one.code for one in findings]


def refused(output: Path) -> list[tuple[int, str]]:
    """The row and the code of each refusal."""
    query = f"SELECT ligne, code FROM '{output}/rejets.parquet' ORDER BY ALL"
    with duckdb.connect() as connection:
        return connection.execute(query).fetchall()


def hours(output: Path) -> dict[str, tuple[str, ...]]:
    columns = ", ".join(f"CAST({name} AS VARCHAR)" for name in RESULTS)
    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT dossier, {columns} FROM '{output}/resultats.parquet'")
        return {row[0]: tuple(row[1:]) for row in found.fetchall()}


# --- what changes meanwhile


FORMS: dict[str, tuple[Callable[[Path], Path], str]] = {
    "csv": (lambda at: write_csv(at / "pop"), "services.csv"),
    "parquet": (lambda at: write_parquet(at / "pop"), "services.parquet"),
    "jsonl": (lambda at: write_jsonl(at / "pop.jsonl"), ""),
    "xlsx": (lambda at: write_workbook(at / "pop.xlsx"), ""),
    "duckdb": (lambda at: write_database(at / "pop.duckdb"), ""),
}


@pytest.mark.parametrize("form", FORMS)
def test_an_input_that_changes_while_it_is_computed_is_not_sealed(
    form: str, tmp_path: Path
) -> None:
    make, name = FORMS[form]
    source = make(tmp_path)
    moved = source / name if name else source
    before = moved.stat()

    def change(done: int, _all: int) -> None:
        if not done:  # everything is open, nothing is computed; same size, same date
            data = moved.read_bytes()
            moved.write_bytes(bytes([data[0] ^ 1]) + data[1:])
            os.utime(moved, ns=(before.st_atime_ns, before.st_mtime_ns))

    assert ran(source, tmp_path / "sortie", change) == ["E537"]
    assert not (tmp_path / "sortie").exists()
    assert not (tmp_path / "sortie.en-cours").exists()


def test_a_row_is_not_explained_with_a_table_that_the_run_had_not(tmp_path: Path) -> None:
    source, work = write_csv(tmp_path / "pop"), tmp_path / "travail"
    work.mkdir()
    assert ran(source, tmp_path / "sortie") == []
    more = "dossier;uai;commune\nD-1;0130001A;Arles\n"
    (source / "etablissements.csv").write_text(more, encoding="utf-8")
    found, findings = record_of_run(bare(), tmp_path / "sortie", "D-1")
    assert found is None
    assert [one.code for one in findings] == ["E527"]
    assert "etablissements.csv" in findings[0].message


# --- databases


SECRET = "le secret du gestionnaire"  # noqa: S105 - what a view looks for


@pytest.mark.parametrize(
    "statements",
    [
        ["CREATE VIEW services AS SELECT content AS dossier, 1 AS heures FROM read_text('{}')"],
        ["CREATE VIEW services AS FROM read_csv('{}')"],
        ["CREATE TABLE services (dossier VARCHAR, heures DOUBLE AS (random()))"],
        ["CREATE MACRO reste() AS TABLE FROM read_csv('{}')",
         "CREATE VIEW services AS FROM reste()"],
    ],
    ids=["text", "csv", "random", "macro"],
)  # fmt: skip
def test_a_database_that_shows_what_it_does_not_hold_is_refused(
    statements: list[str], tmp_path: Path
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text(SECRET, encoding="utf-8")
    source = write_database(tmp_path / "base.duckdb")
    with duckdb.connect(str(source)) as connection:
        for one in ("DROP TABLE services", *statements):
            connection.execute(one.format(secret))
    assert ran(source, tmp_path / "sortie") == ["E131"]
    assert not (tmp_path / "sortie").exists()


def test_changes_that_wait_beside_a_database_are_not_read(tmp_path: Path) -> None:
    """They are not in the file that is sealed."""
    source = write_database(tmp_path / "base.duckdb")
    words = (
        "import duckdb, os, sys; c = duckdb.connect(sys.argv[1]); "
        "c.execute(\"UPDATE services SET heures = '1'\"); os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", words, str(source)], check=True)
    assert source.with_name("base.duckdb.wal").exists()
    assert ran(source, tmp_path / "sortie") == ["E131"]


def test_a_table_told_twice_by_a_database_or_a_workbook_is_refused(tmp_path: Path) -> None:
    source = write_database(tmp_path / "base.duckdb")
    with duckdb.connect(str(source)) as connection:
        connection.execute('CREATE TABLE "services " AS FROM services LIMIT 1')
    assert ran(source, tmp_path / "sortie") == ["E122"]
    book = write_workbook(tmp_path / "pop.xlsx")
    names = b'<sheet name="Services " sheetId="9" r:id="rId2"/></sheets>'
    edited(book, "xl/workbook.xml", lambda data: data.replace(b"</sheets>", names))
    assert ran(book, tmp_path / "sortie") == ["E122"]


# --- two writers


WRITER = """
import sys, time
from pathlib import Path
from engine.sql.runs import Request, run_campaign
from tests.sql.tables import RESULTS, bare
source, output, ready, go = map(Path, sys.argv[1:5])
def tell(done, _all):
    if not done:
        ready.touch()
        while not go.exists():
            time.sleep(0.01)
asked = Request(source, output, RESULTS, threads=1, chunk=10)
_, findings = run_campaign(bare(), asked, tell)
print([str(one.code) for one in findings])
"""


def writer(source: Path, output: Path, place: Path) -> subprocess.Popen[str]:
    """Another process, that has begun to write ``output`` and waits for the file « allez »."""
    words = [source, output, place / "pret", place / "allez"]
    found = subprocess.Popen(
        [sys.executable, "-c", WRITER, *map(str, words)],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    while not (place / "pret").exists():
        assert found.poll() is None
        time.sleep(0.01)
    return found


def test_a_second_run_in_the_same_output_is_told_that_the_first_is_there(tmp_path: Path) -> None:
    source, other = write_csv(tmp_path / "pop"), write_csv(tmp_path / "autre")
    (other / "services.csv").write_text("dossier;heures\nD-1;1\nD-2;1\n", encoding="utf-8")
    output = tmp_path / "sortie"
    first = writer(source, output, tmp_path)
    assert ran(other, output) == ["E538"]
    _, findings = run_campaign(bare(), request(source, output, resume=True), quiet)
    assert [one.code for one in findings] == ["E538"]
    (tmp_path / "allez").touch()
    assert first.communicate()[0] == "[]\n"
    assert hours(output) == EXPECTED
    names = ["anomalies.parquet", "manifeste.json", "rejets.parquet", "resultats.parquet"]
    assert sorted(one.name for one in output.iterdir()) == names
    assert ran(other, output) == ["E521"]


def test_a_run_that_was_killed_holds_its_output_no_more(tmp_path: Path) -> None:
    source, output = write_csv(tmp_path / "pop"), tmp_path / "sortie"
    first = writer(source, output, tmp_path)
    first.kill()
    first.communicate()
    assert ran(source, output) == ["E522"]
    manifest, findings = run_campaign(bare(), request(source, output, resume=True), quiet)
    assert findings == ()
    assert manifest is not None
    assert hours(output) == EXPECTED


def test_of_several_runs_at_the_same_time_one_writes(tmp_path: Path) -> None:
    sources = [write_csv(tmp_path / name) for name in ("pop0", "pop1", "pop2")]
    for at, source in enumerate(sources):
        text = f"dossier;heures\nD-1;{at + 1}\nD-2;{at + 1}\n"
        (source / "services.csv").write_text(text, encoding="utf-8")
    output = tmp_path / "sortie"
    told: dict[str, list[str]] = {}

    def one(source: Path) -> None:
        told[source.as_posix()] = ran(source, output)

    threads = [Thread(target=one, args=[source]) for source in sources]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    (winner,) = [name for name, codes in told.items() if codes == []]
    assert all(set(codes) <= {"E538", "E521"} for codes in told.values())
    manifest = json.loads((output / "manifeste.json").read_text(encoding="utf-8"))
    assert manifest["entree"]["chemin"] == winner
    assert {row[0] for row in hours(output).values()} == {f"{int(winner[-1]) + 1}.00"}


# --- what is counted


def test_a_range_that_another_run_has_replaced_is_not_sealed(tmp_path: Path) -> None:
    source, output = write_csv(tmp_path / "pop"), tmp_path / "sortie"
    lots = tmp_path / "sortie.en-cours" / "lots"

    def replace(done: int, records: int) -> None:
        if done == records:
            one, other = (lots / part / "resultats.parquet" for part in ("lot-00001", "lot-00002"))
            one.write_bytes(other.read_bytes())

    _, findings = run_campaign(bare(), request(source, output, chunk=1), replace)
    assert [one.code for one in findings] == ["E539"]
    assert not output.exists()


def test_the_output_is_for_its_owner_alone(tmp_path: Path) -> None:
    mask = os.umask(0)
    try:
        assert ran(write_csv(tmp_path / "pop"), tmp_path / "sortie", under=law()) == []
    finally:
        os.umask(mask)
    output = tmp_path / "sortie"
    assert stat.S_IMODE(output.stat().st_mode) == 0o700
    assert {stat.S_IMODE(one.stat().st_mode) for one in output.iterdir()} == {0o600}


# --- what cannot be read


def _folder(place: Path) -> None:
    place.mkdir()


def _loop(place: Path) -> None:
    place.symlink_to(place)


def _pipe(place: Path) -> None:
    os.mkfifo(place)


@pytest.mark.parametrize("make", [_folder, _loop, _pipe])
def test_an_input_that_cannot_be_read_is_told_as_such(
    make: Callable[[Path], None], tmp_path: Path
) -> None:
    source = write_csv(tmp_path / "pop")
    (source / "services.csv").unlink()
    make(source / "services.csv")
    assert ran(source, tmp_path / "sortie") == ["E115"]
    assert not (tmp_path / "sortie.en-cours").exists()


# --- workbooks


def edited(book: Path, name: str, change: Callable[[bytes], bytes]) -> Path:
    """A workbook, one of its parts changed."""
    with zipfile.ZipFile(book) as packed:
        parts = {one: packed.read(one) for one in packed.namelist()}
    assert change(parts[name]) != parts[name]
    with zipfile.ZipFile(book, "w", zipfile.ZIP_DEFLATED) as packed:
        for one, data in parts.items():
            packed.writestr(one, change(data) if one == name else data)
    return book


def with_rows(book: Path, rows: str, sheet: int = 2) -> Path:
    """A workbook, with more rows at the end of a sheet: 1 is « agents », 2 is « services »."""
    end = b"</sheetData>"
    return edited(
        book, f"xl/worksheets/sheet{sheet}.xml", lambda data: data.replace(end, rows.encode() + end)
    )


def cell(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def test_a_stray_cell_far_away_is_told_before_the_sheet_is_held(tmp_path: Path) -> None:
    book = with_rows(
        write_workbook(tmp_path / "pop.xlsx"), f'<row r="1048576">{cell("XFD1048576", "x")}</row>'
    )
    _, findings = run_campaign(bare(), request(book, tmp_path / "sortie"), quiet)
    assert [(one.code, "XFD1048576" in one.message) for one in findings] == [("E132", True)]


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_a_cell_lost_far_to_the_right_is_told(tmp_path: Path, form: str) -> None:
    """Its sheet has few rows: it is small, but DuckDB holds memory for each column."""
    if form == "xlsx":
        row = f'<row r="2">{cell("XFD2", "x")}</row>'
        source = with_rows(write_workbook(tmp_path / "pop.xlsx"), row)
    else:
        source = write_csv(tmp_path / "pop")
        services = source / "services.csv"
        header, *others = services.read_text(encoding="utf-8").splitlines()
        services.write_text("\n".join([header + ";" * 2000, *others]), encoding="utf-8")
    assert ran(source, tmp_path / "sortie") == ["E135"]


def test_rows_that_are_blank_are_nobodys_and_the_others_keep_their_number(tmp_path: Path) -> None:
    book = with_rows(
        write_workbook(tmp_path / "pop.xlsx"),
        f'<row r="9">{cell("A9", "D-1")}{cell("B9", "beaucoup")}</row>'
        f'<row r="12">{cell("A12", " ")}{cell("C12", "&#160;")}</row>'
        f'<row r="90000">{cell("A90000", " ")}</row>',
    )
    assert ran(book, tmp_path / "sortie") == []
    manifest = json.loads((tmp_path / "sortie/manifeste.json").read_text(encoding="utf-8"))
    assert manifest["lignes"]["services"]["lues"] == 4
    assert refused(tmp_path / "sortie") == [(8, "E501")]


def test_a_blank_row_of_a_csv_file_is_no_row(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "pop")
    with (source / "services.csv").open("a", encoding="utf-8", newline="") as stream:
        stream.write(";;\r\n ; ;\u00a0\r\nD-1;beaucoup;\r\n;;\r\n")
    assert ran(source, tmp_path / "sortie") == []
    assert refused(tmp_path / "sortie") == [(6, "E501")]


def test_a_cell_that_has_a_layout_only_makes_no_sheet_large(tmp_path: Path) -> None:
    book = with_rows(
        write_workbook(tmp_path / "pop.xlsx"), '<row r="1048576"><c r="XFD1048576" s="1"/></row>'
    )
    assert ran(book, tmp_path / "sortie") == []
    assert hours(tmp_path / "sortie") == EXPECTED


def test_cells_without_a_place_follow_one_another(tmp_path: Path) -> None:
    wide = "<c><v>1</v></c>" * 30
    book = with_rows(write_workbook(tmp_path / "pop.xlsx"), f'<row r="1000000">{wide}</row>')
    _, findings = run_campaign(bare(), request(book, tmp_path / "sortie"), quiet)
    assert [one.code for one in findings] == ["E132"]
    assert "U1000000" in findings[0].message


def _zeros(book: Path) -> None:
    with zipfile.ZipFile(book, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", bytes(5 * 2**20))


def _lying(book: Path) -> None:
    """A part that is far longer than what is written of it."""
    with zipfile.ZipFile(book) as packed:
        (size,) = [
            one.file_size for one in packed.infolist() if one.filename.endswith("sheet2.xml")
        ]
    data = book.read_bytes()
    assert data.count(size.to_bytes(4, "little")) >= 2
    book.write_bytes(data.replace(size.to_bytes(4, "little"), (40).to_bytes(4, "little")))


def _texts(book: Path) -> None:
    """A short file that shows one long text many times."""
    long = "x" * 30_000
    shared = f"<sst><si><t>{long}</t></si></sst>"
    with zipfile.ZipFile(book, "a") as packed:
        packed.writestr("xl/sharedStrings.xml", shared)
    cells = "<row>" + '<c t="s"><v>0</v></c>' * 16 + "</row>"
    with_rows(book, cells * 2400)


def _beheaded(book: Path) -> None:
    """Its first part would begin before the file."""
    book.write_bytes(book.read_bytes()[40:])


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (_beheaded, "E124"),
        (_zeros, "E132"),
        (_texts, "E132"),
        (_lying, "E124"),
    ],
)
def test_a_small_workbook_that_grows_is_refused_before(
    make: Callable[[Path], None], code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr("engine.sql.inputs.open.sheets_to_csv", never)
    monkeypatch.setattr(workbook, "_UNPACKED", 4)
    book = write_workbook(tmp_path / "pop.xlsx")
    make(book)
    assert book.stat().st_size < 2**20
    assert ran(book, tmp_path / "sortie") == [code]
    monkeypatch.chdir(ROOT)  # the law of before is that of after: it is loaded once
    same = ("--avant", "regles", "--apres", "regles")
    assert reglo("impact", book, *same, "-o", tmp_path / "effet").codes == [code]
    assert list(tmp_path.iterdir()) == [book]


def test_the_names_of_far_cells() -> None:
    for place in ("A1", "Z1", "AA1", "XFD1048576", "b4"):
        assert workbook.name_of(workbook.placed(place)) == place.upper()
