"""Mutated populations: every record is computed or refused, and those left alone give the same."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Literal

import duckdb
from openpyxl import Workbook

from engine.cas.draws import Dice
from engine.cas.plain import read_plain
from engine.evaluation.law import Law, load_law
from engine.evaluation.results import Computed, compute
from engine.langage.records import Record
from engine.source.tree import Plain
from engine.sql.tables import table_columns
from tests.attaques.longue import mutations
from tests.attaques.longue.accord import records_of, same, write_lines
from tests.attaques.longue.base import Ended, Trial

KEY = "dossier"
DAY = "2024-10-01"
COUNT = 30
RESULTS = "ors,ponderation,hsa"
HIDDEN = "ce que seul le gestionnaire lit"
Grid = list[list[str]]
Tables = dict[str, Grid]
LIKELY = (
    "", " ", "12", "4 h 30", "80 %", "1e1", "1,5", "20.00000000000000000001", "oui", "-1", "null",
    "certifie", "CERTIFIE", "2024-09-01", "01/10/2024", "99999", "0,001", "٤",
)  # fmt: skip


@cache
def law() -> Law:
    found, findings = load_law()
    assert found is not None, findings
    return found


def prepare(shared: Path) -> None:
    """Records are drawn once: it is long. The cache of the run has the law for the commands."""
    dice = Dice("populations")
    trial = Trial("populations", shared, shared, dice)
    trial.kept.mkdir()
    write_lines(shared / "dossiers.jsonl", [one for one, _ in records_of(trial, law(), 90, DAY)])


def attempt(trial: Trial) -> None:
    lines = (trial.shared / "dossiers.jsonl").read_text(encoding="utf-8").splitlines()
    first = trial.dice.pick(len(lines) - COUNT)
    drawn = [json.loads(line) for line in lines[first : first + COUNT]]
    records = [read_plain(one, law().corpus) for one in drawn]
    expected = {one.ident: compute(law(), one) for one in records if isinstance(one, Record)}
    tables = flat(drawn)
    touched: set[str] = set()
    for _ in range(trial.dice.choose((1, 2, 4, 10))):
        mutate(trial, tables, touched)
    form = trial.dice.choose((csv_files, csv_files, parquet, workbook, database))
    counted = form(trial, tables, touched)
    wanted = () if trial.chance(4) else ("--resultats", RESULTS)
    source = next(one for one in trial.kept.iterdir() if one.name.startswith("population"))
    output = trial.place / "sortie"
    run = trial.reglo if trial.chance(5) else trial.inside
    ended = run("campagne", source, "-o", output, "--fils", "1", *wanted)
    trial.sentence(ended, (0, 1))
    trial.counts["refus"] += ended.code != 0
    whole(trial, output, ended)
    if output.exists():
        rows = read(output / "resultats.parquet")
        if HIDDEN in json.dumps(rows, default=str):
            trial.found("fuite", "le contenu d'un autre fichier est dans la sortie")
        if counted:
            recount(trial, tables, output, rows)
            unchanged(trial, rows, expected, touched)


# --- tables


def flat(records: Sequence[Plain]) -> Tables:
    """The tables of some records, every column there."""
    model = law().corpus.model
    found: Tables = {}
    for table, columns in table_columns(model).items():
        names = [one.name for one in columns if one.field.name != KEY]
        grid = [[KEY, *names]]
        for record in records:
            assert isinstance(record, dict)
            lines = [record] if table == model.table else record.get(table) or []
            assert isinstance(lines, list)
            grid += [
                [str(record[KEY]), *(text(line, one.field.name) for one in columns
                                     if one.field.name != KEY)]
                for line in lines
            ]  # fmt: skip
        if len(grid) > 1:
            found[table] = grid
    return found


def text(line: Plain, dotted: str) -> str:
    value = line
    for name in dotted.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    if isinstance(value, bool):
        return "vrai" if value else "faux"
    return "" if value is None else str(value)


def mutate(trial: Trial, tables: Tables, touched: set[str]) -> None:
    """One change of a cell, a row or a column; ``touched``: the records that it may change."""
    dice = trial.dice
    name = dice.choose(sorted(tables))
    grid = tables[name]
    row = 1 + dice.pick(max(len(grid) - 1, 1))
    if row >= len(grid):
        return
    column = dice.pick(len(grid[0]))
    touched.add(grid[row][0])
    match dice.pick(8):
        case 0:
            grid.insert(1 + dice.pick(len(grid)), list(grid[row]))
        case 1:
            del grid[row]
        case 2:
            grid[row][0] = dice.choose(("", "D-99", grid[1 + dice.pick(len(grid) - 1)][0]))
            touched.add(grid[row][0])
        case 3:
            at, column = (1 + dice.pick(len(grid[0]) - 1) for _ in range(2))
            for one in grid:
                one[at], one[column] = one[column], one[at]
        case 4:
            grid.insert(1 + dice.pick(len(grid)), [""] * len(grid[0]))
        case _:
            column = max(column, 1)
            strange = (*LIKELY, *mutations.TEXTS, *mutations.CONTROL)
            grid[row][column] = dice.choose(dice.choose((LIKELY, strange)))


# --- forms: what is written, and whether its rows can be counted


def csv_files(trial: Trial, tables: Tables, _touched: set[str]) -> bool:
    folder = trial.kept / "population"
    folder.mkdir()
    dice = trial.dice
    separator = dice.choose((";", ";", ",", "\t"))
    quoting: Literal[0, 1] = csv.QUOTE_ALL if dice.pick(2) else csv.QUOTE_MINIMAL
    encoding = dice.choose(("utf-8", "utf-8", "utf-8-sig"))
    for name, grid in tables.items():
        with (folder / f"{name}.csv").open("w", encoding=encoding, newline="") as stream:
            csv.writer(stream, delimiter=separator, quoting=quoting).writerows(grid)
    if dice.pick(3):
        return True
    path = dice.choose(sorted(folder.iterdir()))
    path.write_bytes(mutations.bytes_of(dice, path.read_bytes()))
    return False


def parquet(trial: Trial, tables: Tables, touched: set[str]) -> bool:
    csv_files(trial, tables, touched)
    texts = (trial.kept / "population").rename(trial.place / "textes")
    folder = trial.kept / "population"
    folder.mkdir()
    dice = trial.dice
    with duckdb.connect() as link:
        for name, grid in tables.items():
            columns = ", ".join(f'"{one}" VARCHAR' for one in dict.fromkeys(grid[0]))
            link.execute(f'CREATE TABLE "{name}" ({columns})')
            marks = ", ".join("?" * len(grid[0]))
            link.executemany(f'INSERT INTO "{name}" VALUES ({marks})', grid[1:])
            if trial.chance(3):
                kind = dice.choose(("DOUBLE", "DATE", "TIMESTAMP", "TIMESTAMPTZ", "BLOB", "JSON",
                                    "INTEGER[]", "BIGINT", "TIME", "DECIMAL(4,1)"))  # fmt: skip
                at = dice.choose(grid[0])
                link.execute(f'ALTER TABLE "{name}" ALTER "{at}" TYPE {kind} '
                             f'USING TRY_CAST("{at}" AS {kind})')  # fmt: skip
                touched |= {row[0] for row in grid}
            link.execute(f"COPY \"{name}\" TO '{folder}/{name}.parquet'")
    shutil.rmtree(texts)
    if dice.pick(4):
        return False
    path = dice.choose(sorted(folder.iterdir()))
    path.write_bytes(mutations.bytes_of(dice, path.read_bytes()))
    return False


def workbook(trial: Trial, tables: Tables, _touched: set[str]) -> bool:
    book = Workbook()
    book.remove(book.worksheets[0])
    dice = trial.dice
    for name, grid in tables.items():
        sheet = book.create_sheet(name)
        for row in grid:
            sheet.append([one if one.isprintable() and len(one) < 500 else "" for one in row])
    counted = False
    match dice.pick(6):
        case 0:
            at = dice.choose(("XFD1048576", "A1048576", "CV5000", "XFD1"))
            dice.choose(book.worksheets)[at] = dice.choose((" ", "x", "1"))
        case 1:
            name = dice.choose(sorted(tables))
            twin = book.create_sheet(f"{name} ", dice.pick(len(tables)))
            row = list(tables[name][1])
            row[0] = "D-JUMEAU"
            tables[name].append(row)
            for one in (tables[name][0], row):
                twin.append(one)
            counted = True
        case 2:
            sheet = dice.choose(book.worksheets)
            sheet["B2"] = dice.choose(("=1+1", "=A1", "#REF!", '=WEBSERVICE("http://x")'))
        case _:
            pass
    path = trial.kept / "population.xlsx"
    book.save(path)
    if trial.chance(8):
        path.write_bytes(mutations.bytes_of(dice, path.read_bytes()))
        return False
    return counted


def database(trial: Trial, tables: Tables, _touched: set[str]) -> bool:
    secret = trial.place / "secret.txt"
    secret.write_text(HIDDEN, encoding="utf-8")
    path = trial.kept / "population.duckdb"
    with duckdb.connect(str(path)) as link:
        for name, grid in tables.items():
            columns = ", ".join(f'"{one}" VARCHAR' for one in dict.fromkeys(grid[0]))
            link.execute(f'CREATE TABLE "{name}" ({columns})')
            marks = ", ".join("?" * len(grid[0]))
            link.executemany(f'INSERT INTO "{name}" VALUES ({marks})', grid[1:])
        if trial.chance(2):
            link.execute("ALTER TABLE agents RENAME TO gens")
            link.execute(
                f"CREATE VIEW agents AS SELECT (SELECT trim(content) FROM read_text('{secret}')) "
                f"AS dossier, g.* EXCLUDE (dossier) FROM gens g"
            )
    return False


# --- what must be true


def whole(trial: Trial, output: Path, ended: Ended) -> None:
    """The output is there whole, or nothing of it is."""
    names = {one.name for one in output.iterdir()} if output.exists() else set()
    all_of_it = {"anomalies.parquet", "manifeste.json", "rejets.parquet", "resultats.parquet"}
    if names not in (set(), all_of_it):
        trial.found("sortie en partie", f"la sortie n'a que {', '.join(sorted(names))}")
    if not names and ended.code == 0:
        trial.found("sortie absente", "code 0, et pas de sortie")
    left = [one.name for one in trial.place.iterdir() if ".en-cours" in one.name]
    if left and not ended.hung:
        trial.found(f"reste {ended.err[:60]}", f"reste après la fin : {', '.join(left)}")


def read(path: Path) -> list[dict[str, object]]:
    found = duckdb.read_parquet(str(path))
    return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]


def recount(trial: Trial, tables: Tables, output: Path, rows: Sequence[dict[str, object]]) -> None:
    """Counted again, from the cells that were written."""
    manifest = json.loads((output / "manifeste.json").read_text(encoding="utf-8"))
    counts = manifest["dossiers"]
    idents = [str(row[KEY]).strip() for row in rows]
    refused = {str(row[KEY]).strip() for row in read(output / "rejets.parquet")}
    root = {row[0].strip() for row in tables["agents"][1:]} - {""}
    named = {row[0].strip() for grid in tables.values() for row in grid[1:]} - {""}
    trial.counts["recomptés"] += 1
    said = (counts["lus"], counts["calcules"], counts["refuses"])
    if said[0] != said[1] + said[2] or len(idents) != said[1] or len(set(idents)) != said[1]:
        trial.found("comptes", f"comptes {said}, {len(idents)} lignes de résultats")
    if not len(root) <= said[0] <= len(tables["agents"]) - 1:
        trial.found("lus", f"{said[0]} dossiers lus pour {len(root)} numéros")
    if lost := named - set(idents) - refused:
        trial.found("perdu", f"ni calculés ni refusés : {', '.join(sorted(lost))}")


def unchanged(
    trial: Trial, rows: Sequence[dict[str, object]], expected: dict[str, Computed],
    touched: set[str],
) -> None:  # fmt: skip
    """A record that nothing has touched gives what it gave."""
    seen = {str(row[KEY]): row for row in rows}
    for ident, computed in expected.items():
        if ident in touched:
            continue
        row = seen.get(ident)
        if row is None:
            trial.found("refus à tort", f"{ident} n'est pas calculé, et n'a pas changé")
            continue
        lacking = str(row["non_calculables"] or "").split(",")
        for name, value in computed.values.items():
            if name in row and not same(row[name], value, lacking=name in lacking):
                trial.found("autre montant", f"{ident} {name} : {row[name]} au lieu de {value}")
