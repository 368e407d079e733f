"""What a campaign writes for people: CSV files, a workbook, and what it says on the screen."""

from __future__ import annotations

import csv
import json
import re
import signal
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result
from openpyxl import Workbook, load_workbook

from bench import faults
from bench.population import generate
from cli import main
from engine.calcul.inputs import read_inputs
from engine.campagne import report as campaign_report
from engine.evaluation.outcomes import NotComputable
from engine.evaluation.results import compute
from engine.evaluation.show import french
from engine.reponse.text import report_lines
from engine.sql.output import summary_of, write_csv
from engine.sql.paths import parquet
from tests.langage.bakery import CORPUS
from tests.ligne_de_commande.commande import HANG
from tests.sql.tables import law, quoted, write_order_tables

ROOT = Path(__file__).resolve().parents[2]
TABLES = ("resultats", "anomalies", "rejets")
PARQUET = [f"{name}.parquet" for name in TABLES]
CSV = [f"{name}.csv" for name in TABLES]
SHEETS = {"resultats": "Résultats", "anomalies": "Anomalies", "rejets": "Rejets"}
BAKERY = ("--regles", CORPUS / "regles")
AMOUNTS = ("--resultats", "montant_brut,remise,total")
SOUND = {
    "dossier": "JUSTE", "date": "2024-10-01",
    "agent": {"corps": "certifie", "grade": "classe_normale", "echelon": 11},
    "services": [{"heures": 18, "niveau": "seconde_gt", "modalite": "CG"}],
}  # fmt: skip


def campaign(source: Path, output: Path, *more: str | Path) -> Result:
    words = ["campagne", source, "-o", output, *more]
    return CliRunner().invoke(main, [str(word) for word in words])


def of_bakery(source: Path, output: Path, *more: str | Path) -> Result:
    """A run over orders, for what does not depend on the law: fewer columns, several times faster.

    One order has an anomaly.
    """
    words = [*BAKERY, "campagne", source, "-o", output, *AMOUNTS, *more]
    return CliRunner().invoke(main, [str(word) for word in words])


def five_orders(folder: Path) -> Path:
    return write_order_tables(folder / "commandes", [f"C-{at}" for at in range(5)])


def records(path: Path, *changes: dict[str, object]) -> Path:
    lines = [json.dumps({**SOUND, **change}, ensure_ascii=False) for change in changes]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def varied(path: Path) -> Path:
    """Records of which some amounts differ, one of which some cannot be computed."""
    agent = {"corps": "certifie", "grade": "classe_normale"}
    return records(
        path,
        {"dossier": "A"},
        {"dossier": "B", "services": [{"heures": "19,5", "niveau": "terminale_generale"}]},
        {"dossier": "C", "agent": {**agent, "echelon": 2}},
        {"dossier": "D", "agent": agent},
        {"dossier": "E", "agent": {**agent, "echelon": 5, "quotite": "0,8"},
         "services": [{"heures": 20, "niveau": "troisieme"}]},
    )  # fmt: skip


def rows_of(table: Path) -> tuple[list[str], list[tuple[object, ...]]]:
    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT * FROM {quoted(table)}")
        return [one[0] for one in found.description or ()], found.fetchall()


def lines_of(file: Path) -> tuple[list[str], list[list[str]]]:
    """A CSV file as a French spreadsheet reads it."""
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    with file.open(encoding="utf-8-sig", newline="") as stream:
        heads, *rows = csv.reader(stream, delimiter=";")
    return heads, rows


def as_written(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "oui" if value else "non"
        case Decimal():
            return f"{value:f}".replace(".", ",")
        case str():
            return f"'{value}" if value.startswith(("=", "+", "-", "@", "\t")) else value
        case _:
            return str(value)


@pytest.fixture(scope="module")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """A population in which every kind of fault was planted, written in every form."""
    folder = tmp_path_factory.mktemp("population")
    generate(600, folder / "tables")
    faults.plant(folder / "tables")
    done = campaign(folder / "tables", folder / "sortie", "--tables", "xlsx, csv")
    assert done.exit_code == 1, done.output
    return folder / "sortie", done


# --- CSV


@pytest.mark.parametrize("name", TABLES)
def test_a_csv_file_says_what_the_table_says_to_the_digit(
    name: str, dirty: tuple[Path, Result]
) -> None:
    columns, rows = rows_of(dirty[0] / f"{name}.parquet")
    heads, lines = lines_of(dirty[0] / f"{name}.csv")
    assert heads == columns
    assert lines == [[as_written(value) for value in row] for row in rows]
    assert len(rows) >= 30


def test_hostile_texts_stay_texts_in_their_cells(tmp_path: Path) -> None:
    texts = ["a;b", 'un "mot"', "deux\nlignes", "élève", "=1+1", "+1", "-1", "@A1", "\t=1", "a=1"]
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE t (n INTEGER, texte VARCHAR, vrai BOOLEAN, jour DATE)")
        for at, text in enumerate([*texts, None]):
            known = None if text is None else at % 2 == 0
            connection.execute("INSERT INTO t VALUES (?, ?, ?, ?)",
                               [at, text, known, date(2024, 10, 1)])  # fmt: skip
        connection.execute(f"COPY t TO {quoted(tmp_path / 'x.parquet')}")
    write_csv({"x": tmp_path / "x.parquet"}, tmp_path, 200, 1)
    heads, lines = lines_of(tmp_path / "x.csv")
    assert heads == ["n", "texte", "vrai", "jour"]
    assert [line[1] for line in lines] == [
        *texts[:4], "'=1+1", "'+1", "'-1", "'@A1", "'\t=1", "a=1", "",
    ]  # fmt: skip
    assert [line[2] for line in lines] == [*["oui", "non"] * 5, ""]
    assert {line[3] for line in lines} == {"2024-10-01"}


# --- the workbook


@pytest.mark.parametrize("name", TABLES)
def test_a_sheet_holds_the_table(name: str, dirty: tuple[Path, Result]) -> None:
    columns, rows = rows_of(dirty[0] / f"{name}.parquet")
    sheet = load_workbook(dirty[0] / "tables.xlsx")[SHEETS[name]]
    heads, *cells = sheet.iter_rows(values_only=True)
    assert [str(head).partition("\n")[2] for head in heads] == columns
    assert len(cells) == len(rows)
    for found, row in zip(cells, rows, strict=True):
        for cell, value in zip(found, row, strict=True):
            match cell, value:
                case int() | float(), Decimal():
                    assert Decimal(str(cell)) == value
                case datetime(), date():
                    assert cell.date() == value
                case _:
                    assert cell == (value or None if isinstance(value, str) else value)


def test_the_heads_of_a_sheet_are_labels_with_their_unit(dirty: tuple[Path, Result]) -> None:
    book = load_workbook(dirty[0] / "tables.xlsx")
    assert book.sheetnames == ["Synthèse", *SHEETS.values()]
    heads = next(book["Résultats"].iter_rows(values_only=True))
    assert "Heures gagnées par pondération (h)\nponderation" in heads
    assert "Total annuel (€)\ntotal_annuel" in heads
    assert "Dossier\ndossier" in heads


def test_an_identifier_that_looks_like_a_formula_is_a_text(tmp_path: Path) -> None:
    source = write_order_tables(tmp_path / "commandes", ["=1+1", "é,'x'"])
    done = of_bakery(source, tmp_path / "sortie", "--tables", "csv,xlsx")
    assert done.exit_code == 0, done.output
    book = load_workbook(tmp_path / "sortie" / "tables.xlsx")
    cells = [row[0] for row in book["Résultats"].iter_rows(min_row=2)]
    assert {(cell.value, cell.data_type) for cell in cells} == {("=1+1", "s"), ("é,'x'", "s")}
    _, lines = lines_of(tmp_path / "sortie" / "resultats.csv")
    assert {line[0] for line in lines} == {"'=1+1", "é,'x'"}


def test_a_sheet_that_is_too_short_holds_the_first_rows_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(campaign_report, "MOST_ROWS", 2)
    done = of_bakery(five_orders(tmp_path), tmp_path / "sortie", "--tables", "csv,xlsx")
    said = (
        "La feuille « Résultats » de tables.xlsx n'a que les 2 premières lignes ;"
        " 3 autres sont dans resultats.parquet et resultats.csv."
    )
    assert said in done.stdout
    book = load_workbook(tmp_path / "sortie" / "tables.xlsx")
    rows = list(book["Résultats"].iter_rows(values_only=True))
    _, whole = rows_of(tmp_path / "sortie" / "resultats.parquet")
    assert [row[0] for row in rows[1:]] == [row[0] for row in whole[:2]]
    assert len(whole) == 5
    assert any(row[0] == said for row in book["Synthèse"].iter_rows(values_only=True))


# --- the summary


def test_the_totals_are_those_of_the_interpreter(tmp_path: Path) -> None:
    source = varied(tmp_path / "d.jsonl")
    corpus = law().corpus
    found = read_inputs([source], corpus, standard_input=b"").records
    assert len(found) == 5
    sums: defaultdict[str, Fraction] = defaultdict(Fraction)
    people: Counter[str] = Counter()
    lacking: Counter[str] = Counter()
    codes: Counter[tuple[str, str]] = Counter()
    for record in found:
        computed = compute(law(), record)
        codes.update((one.code, one.gravity) for one in computed.anomalies)
        for name, value in computed.values.items():
            if corpus.rule(name).unit != corpus.rule("total_annuel").unit:
                continue
            if isinstance(value, NotComputable):
                lacking[name] += 1
            elif isinstance(value, Fraction) and value:
                sums[name] += value
                people[name] += 1
    done = campaign(source, tmp_path / "sortie", "--complet")
    tables = {name: tmp_path / "sortie" / f"{name}.parquet" for name in TABLES}
    summary = summary_of(corpus, tables)
    told = {one.name: (Fraction(one.total), one.records, one.uncomputed) for one in summary.totals}
    assert told == {name: (sums[name], people[name], lacking[name]) for name in people | lacking}
    assert lacking
    assert len(people) >= 3
    assert {(one.code, one.gravity): one.count for one in summary.raised} == codes
    for one in summary.totals:
        money = re.escape(french(Fraction(one.total), corpus.units["euros"]))
        line = next(line for line in done.stdout.splitlines() if line.startswith(f"  {one.label} "))
        rest = rf" +{one.uncomputed}" if one.uncomputed else ""
        assert re.search(rf"  {money} +{one.records}{rest}$", line), line


def test_what_spark_writes_comes_to_the_same(dirty: tuple[Path, Result], tmp_path: Path) -> None:
    """Spark writes each table as a folder of parts."""
    tables = {name: dirty[0] / f"{name}.parquet" for name in TABLES}
    parts = {name: tmp_path / f"{name}.parquet" for name in TABLES}
    for name, folder in parts.items():
        folder.mkdir()
        with duckdb.connect() as connection:
            for at in range(3):
                connection.execute(
                    f"COPY (SELECT * EXCLUDE n FROM (SELECT *, ROW_NUMBER() OVER () AS n "
                    f"FROM {parquet(tables[name])}) WHERE n % 3 = {at}) "
                    f"TO {quoted(folder / f'part-{at}.parquet')}"
                )
    assert summary_of(law().corpus, parts) == summary_of(law().corpus, tables)


def test_long_lists_are_cut_unless_they_are_asked_for(
    dirty: tuple[Path, Result], tmp_path: Path
) -> None:
    shown = dirty[1].stdout.splitlines()
    tables = {one: dirty[0] / f"{one}.parquet" for one in TABLES}
    manifest = json.loads((dirty[0] / "manifeste.json").read_text(encoding="utf-8"))
    told = campaign_report.campaign_report(law().corpus, tables, manifest, whole=True)
    assert max(map(len, report_lines(told, 100))) <= 100
    summary = summary_of(law().corpus, tables)
    lists = [summary.totals, summary.raised, summary.refused]
    more = [len(one) - 10 for one in lists]
    assert min(more) > 1
    assert [line for line in shown if line.startswith("  …")] == [
        f"  … et {count} autres (--complet les montre)" for count in more
    ]
    done = campaign(dirty[0].with_name("tables"), tmp_path / "sortie", "--complet")
    assert "… et" not in done.stdout
    assert len([line for line in done.stdout.splitlines() if line.startswith("  ")]) == sum(
        map(len, lists)
    )


def test_each_refusal_is_grouped_with_the_first_of_its_fault(tmp_path: Path) -> None:
    folder = tmp_path / "t"
    folder.mkdir()
    agents = "dossier;date;corps\nD-1;2024-10-01;certifié\nD-2;2024-10-01;agrégé\n"
    (folder / "agents.csv").write_text(agents, encoding="utf-8")
    done = campaign(folder, tmp_path / "sortie", "--tables", "csv,xlsx")
    assert done.exit_code == 1
    place = "agents.csv, ligne 1, colonne corps"
    assert done.stdout.splitlines() == [
        f"2 dossiers lus : 0 calculé, 2 refusés ; voir {(tmp_path / 'sortie').as_posix()}",
        "",
        "Refus   nombre  le premier",
        f"  E106       2  {place} : valeur hors de la liste : « certifié »",
    ]
    assert len(lines_of(tmp_path / "sortie" / "resultats.csv")[1]) == 0
    assert [line[0] for line in lines_of(tmp_path / "sortie" / "rejets.csv")[1]] == ["D-1", "D-2"]


def test_without_anomaly_nor_refusal_nothing_is_said_of_them(tmp_path: Path) -> None:
    done = campaign(records(tmp_path / "d.jsonl", {}), tmp_path / "sortie")
    assert done.exit_code == 0, done.output
    assert "Montants" in done.stdout
    assert "Anomalies" not in done.stdout
    assert "Refus" not in done.stdout


# --- forms, manifest, receipts


def names_of(output: Path) -> list[str]:
    return sorted(one.name for one in output.iterdir())


def test_the_manifest_names_the_files(tmp_path: Path) -> None:
    source = five_orders(tmp_path)
    expected: Sequence[tuple[tuple[str, ...], list[str]]] = [
        ((), PARQUET),
        (("--tables", "csv"), PARQUET + CSV),
        (("--tables", "xlsx,parquet"), [*PARQUET, "tables.xlsx"]),
    ]
    for at, (words, files) in enumerate(expected):
        output = tmp_path / f"sortie-{at}"
        assert of_bakery(source, output, *words).exit_code == 0
        manifest = json.loads((output / "manifeste.json").read_text(encoding="utf-8"))
        assert manifest["tables"] == files
        assert names_of(output) == sorted([*files, "manifeste.json"])


def test_a_name_that_is_no_form_is_a_wrong_use(tmp_path: Path) -> None:
    for words, said in (
        (("--tables", "csv,xls"), "« xls » n'est pas une forme de tables : parquet, csv, xlsx"),
        (("--tables", " ,"), "n'est pas une forme de tables"),
    ):
        done = campaign(tmp_path / "x", tmp_path / "sortie", *words)
        assert (done.exit_code, said in done.stderr) == (2, True), done.stderr


def test_a_receipt_proves_the_tables_whatever_their_copies(tmp_path: Path) -> None:
    journal = tmp_path / "recus.jsonl"
    words = ("--tables", "csv,xlsx", "--recu", journal)
    done = of_bakery(five_orders(tmp_path), tmp_path / "s", *words)
    assert done.exit_code == 0, done.output
    proved = CliRunner().invoke(main, [*map(str, BAKERY), "prouver", str(journal)])
    assert proved.exit_code == 0, proved.output
    assert "1 prouvé" in proved.stdout


# --- a stop, a full disk


def test_a_stop_before_the_copies_is_taken_up_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, words = five_orders(tmp_path), ("--tables", "csv,xlsx")
    assert of_bakery(source, tmp_path / "entiere", *words).exit_code == 0

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("engine.campagne.commands.write_csv", stop)
        done = of_bakery(source, tmp_path / "sortie", *words)
    assert done.exit_code == 130
    assert "--reprendre" in done.stderr
    assert not (tmp_path / "sortie").exists()
    other = of_bakery(source, tmp_path / "sortie", "--reprendre")
    assert "E524" in other.stderr
    (tmp_path / "sortie.en-cours" / "resultats.csv").mkdir()  # whatever is there
    again = of_bakery(source, tmp_path / "sortie", "--reprendre", *words)
    assert again.exit_code == 0, again.output
    assert names_of(tmp_path / "sortie") == names_of(tmp_path / "entiere")
    for name in (*CSV, "manifeste.json"):
        assert (tmp_path / "sortie" / name).read_text(encoding="utf-8") == (
            tmp_path / "entiere" / name
        ).read_text(encoding="utf-8")


# A run of the command that sends itself a signal in the middle of the workbook.
WATCHED = """
import os, sys
import cli
from engine.campagne import report as campaign_report

sent, *sys.argv[1:] = sys.argv[1:]
real = campaign_report.first_rows

def first_rows(table, most):
    for row in real(table, most):
        yield row
        os.kill(os.getpid(), int(sent))

campaign_report.first_rows = first_rows
cli.run()
"""


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL])
def test_a_signal_in_the_middle_of_the_workbook_leaves_a_run_to_take_up(
    sent: signal.Signals, tmp_path: Path
) -> None:
    source, output = five_orders(tmp_path), tmp_path / "sortie"
    words = [*BAKERY, "campagne", source, "-o", output, *AMOUNTS, "--tables", "csv,xlsx"]
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, str(int(sent)), *map(str, words)],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=HANG,
    )  # fmt: skip
    assert done.returncode == (130 if sent == signal.SIGINT else -signal.SIGKILL)
    assert "Traceback" not in done.stderr
    assert "ignored" not in done.stderr
    assert not output.exists()
    again = of_bakery(source, output, "--tables", "csv,xlsx", "--reprendre")
    assert again.exit_code == 0, again.output
    assert names_of(output) == sorted([*PARQUET, *CSV, "manifeste.json", "tables.xlsx"])
    assert len(load_workbook(output / "tables.xlsx")["Résultats"]["A"]) == 6


def test_a_full_disk_is_told_and_the_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "plus de place")

    source = five_orders(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(Workbook, "save", full)
        done = of_bakery(source, tmp_path / "sortie", "--tables", "xlsx")
    assert done.exit_code == 1
    assert "il n'y a plus de place sur le disque" in done.stderr
    assert "Traceback" not in done.output
    again = of_bakery(source, tmp_path / "sortie", "--tables", "xlsx", "--reprendre")
    assert again.exit_code == 0, again.output
