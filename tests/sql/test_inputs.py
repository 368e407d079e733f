"""Every form gives the same records; every fault of a form is told, none is lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from engine.sql.runs import Request, run_campaign
from tests.sql.tables import (
    EXPECTED,
    RESULTS,
    law,
    write_csv,
    write_database,
    write_jsonl,
    write_parquet,
    write_parts,
    write_workbook,
)


def run(source: Path, output: Path) -> tuple[dict[str, object] | None, list[str]]:
    request = Request(source, output, RESULTS, threads=2)
    manifest, findings = run_campaign(law(), request, lambda _done, _all: None)
    return manifest, [one.code for one in findings]


def rows(output: Path) -> dict[str, tuple[str, ...]]:
    columns = ", ".join(f"CAST({name} AS VARCHAR)" for name in RESULTS)
    with duckdb.connect() as connection:
        found = connection.execute(
            f"SELECT dossier, {columns} FROM '{output}/resultats.parquet'"
        ).fetchall()
    return {row[0]: tuple(row[1:]) for row in found}


FORMS: dict[str, Callable[[Path], Path]] = {
    "parquet": lambda folder: write_parquet(folder / "l'été à Nîmes"),
    "parts": lambda folder: write_parts(folder / "parts"),
    "csv ;": lambda folder: write_csv(folder / "csv"),
    "csv tab": lambda folder: write_csv(folder / "csv", "\t"),
    "csv utf-8 bom": lambda folder: write_csv(folder / "csv", ";", "utf-8-sig"),
    "duckdb": lambda folder: write_database(folder / "base.duckdb"),
    "jsonl": lambda folder: write_jsonl(folder / "dossiers.jsonl"),
    "xlsx": lambda folder: write_workbook(folder / "classeur.xlsx"),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_records(form: str, tmp_path: Path) -> None:
    manifest, codes = run(FORMS[form](tmp_path), tmp_path / "sortie")
    assert codes == []
    assert manifest is not None
    assert manifest["dossiers"] == {"lus": 2, "calcules": 2, "refuses": 0}
    assert rows(tmp_path / "sortie") == EXPECTED


def test_a_latin_1_file_with_the_mark_of_utf_8_is_read(tmp_path: Path) -> None:
    folder = write_csv(tmp_path / "csv")
    text = (
        "dossier;uai;commune\nD-1;0130001A;Orl\u00e9ans\nD-2;0130002B;Saint-R\u00e9my\n"
    ).encode("latin-1")
    (folder / "etablissements.csv").write_bytes(b"\xef\xbb\xbf" + text)
    manifest, codes = run(folder, tmp_path / "sortie")
    assert codes == []
    assert manifest is not None
    assert manifest["dossiers"] == {"lus": 2, "calcules": 2, "refuses": 0}


def test_a_line_that_is_no_json_is_a_refused_record_and_the_others_come_out(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "dossiers.jsonl")
    text = path.read_text(encoding="utf-8")
    path.write_text(
        f'{{"dossier": \n[1]\n{text}{{"dossier": "X", "datte": "2024-10-01"}}\n', encoding="utf-8"
    )
    manifest, codes = run(path, tmp_path / "sortie")
    assert codes == []
    assert manifest is not None
    assert manifest["dossiers"] == {"lus": 5, "calcules": 2, "refuses": 3}
    assert rows(tmp_path / "sortie") == EXPECTED
    with duckdb.connect() as connection:
        found = connection.execute(
            f"SELECT ligne, code FROM '{tmp_path}/sortie/rejets.parquet' ORDER BY ligne"
        ).fetchall()
    assert {line for line, _ in found} == {1, 2, 5}
    assert (2, "E105") in found
    assert (5, "E103") in found


def _no_root(folder: Path) -> None:
    (folder / "agents.csv").unlink()


def _mixed(folder: Path) -> None:
    (folder / "hse.parquet").write_bytes(b"PAR1")


def _unknown_table(folder: Path) -> None:
    (folder / "servises.csv").write_text("dossier\n", encoding="utf-8")


def _twice(folder: Path) -> None:
    (folder / "AGENTS.csv").write_text("dossier;date;corps\n", encoding="utf-8")


def _unknown_column(folder: Path) -> None:
    (folder / "services.csv").write_text("dossier;heures;niveaux\n", encoding="utf-8")


def _missing_column(folder: Path) -> None:
    (folder / "services.csv").write_text("dossier;niveau\n", encoding="utf-8")


def _column_twice(folder: Path) -> None:
    (folder / "agents.csv").write_text(
        "dossier;date;corps;agent_corps\nD-1;2024-10-01;agrege;agrege\n", encoding="utf-8"
    )


def _uneven(folder: Path) -> None:
    (folder / "services.csv").write_text(
        "dossier;heures\nD-1;4\nD-1;4;5\nD-2;3\n", encoding="utf-8"
    )


FAULTS: dict[str, tuple[Callable[[Path], None], str]] = {
    "no root table": (_no_root, "E123"),
    "two forms": (_mixed, "E121"),
    "unknown table": (_unknown_table, "E120"),
    "one table twice": (_twice, "E122"),
    "unknown column": (_unknown_column, "E125"),
    "missing column": (_missing_column, "E126"),
    "one field twice": (_column_twice, "E127"),
    "uneven row": (_uneven, "E129"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_tables_is_told_and_nothing_is_written(fault: str, tmp_path: Path) -> None:
    folder = write_csv(tmp_path / "csv")
    spoil, code = FAULTS[fault]
    spoil(folder)
    manifest, codes = run(folder, tmp_path / "sortie")
    assert manifest is None
    assert code in codes
    assert sorted(path.name for path in tmp_path.iterdir()) == ["csv"]


def test_a_column_of_lists_is_told(tmp_path: Path) -> None:
    folder = write_parquet(tmp_path / "parquet")
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY (SELECT 'D-1' AS dossier, [4] AS heures) TO '{folder}/services.parquet'"
        )
    assert run(folder, tmp_path / "sortie")[1] == ["E128"]


@pytest.mark.parametrize("name", ["agents.parquet", "base.duckdb", "classeur.xlsx"])
def test_a_damaged_file_is_told(name: str, tmp_path: Path) -> None:
    path = tmp_path / "entree" / name
    path.parent.mkdir()
    path.write_bytes(b"PAR1 rien de tel")
    source = path.parent if path.suffix == ".parquet" else path
    assert run(source, tmp_path / "sortie")[1] == ["E124"]


def test_a_truncated_parquet_file_is_told(tmp_path: Path) -> None:
    folder = write_parquet(tmp_path / "parquet")
    file = folder / "services.parquet"
    file.write_bytes(file.read_bytes()[:-20])
    assert run(folder, tmp_path / "sortie")[1] == ["E124"]


def test_a_path_that_holds_nothing_is_told(tmp_path: Path) -> None:
    assert run(tmp_path / "absent", tmp_path / "sortie")[1] == ["E115"]
    (tmp_path / "vide").mkdir()
    assert run(tmp_path / "vide", tmp_path / "sortie")[1] == ["W601"]
