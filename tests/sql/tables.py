"""The same records in every form that a run reads."""

from __future__ import annotations

import csv
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import duckdb

from engine.evaluation.law import Law, load_law, read_folder, schemas_of
from engine.langage.pipeline import RECORD, load
from engine.langage.records import Record
from engine.source.diagnostics import Diagnostic
from engine.sql.duck import Chunks
from engine.sql.prepare import Needed
from engine.sql.runs import open_run
from engine.sql.tables import TableSource
from tests.langage.bakery import FOLDER

Rows = Sequence[Mapping[str, str]]
TABLES: Mapping[str, Rows] = {
    "agents": [
        {"dossier": "D-2", "date": "2024-10-01", "corps": "certifie", "grade": "hors_classe"},
        {"dossier": "D-1", "date": "2024-10-01", "corps": "agrege", "grade": "classe_normale"},
    ],
    "services": [
        {"dossier": "D-1", "heures": "13,5", "niveau": "terminale_generale"},
        {"dossier": "D-2", "heures": "4 h 30", "niveau": "troisieme"},
        {"dossier": "D-2", "heures": "15", "niveau": "seconde_gt"},
    ],
}
# What the interpreter says of these two records, worked out by hand: 13.5 h, of which ten count
# one tenth more (article 6: at most one hour); 19.5 h for a maximum of 18.
EXPECTED = {"D-1": ("13.50", "1.00"), "D-2": ("19.50", "0.00")}
RESULTS = ("heures_enseignement", "ponderation")


@cache
def law() -> Law:
    found, findings = load_law()
    assert found is not None, findings
    return found


@cache
def bare() -> Law:
    """The law without its controls: DuckDB plans them for longer than it computes two records.

    How tables are found, read, written and sealed does not depend on them.
    """
    corpus = law().corpus
    return Law(replace(corpus, controls=(), digest=f"{corpus.digest}, sans contrôles"))


def taken(
    connection: duckdb.DuckDBPyConnection,
    sources: Mapping[str, TableSource],
    needed: Needed = Needed(frozenset()),  # noqa: B008 - nothing changes it
) -> int:
    """Prepare raw tables as a campaign does; ``REFUSALS`` has as many rows as is told."""
    return Chunks(connection, law().corpus, (0,), needed, sources).take()


def record_of_run(
    found: Law, output: Path, ident: str
) -> tuple[Record | None, tuple[Diagnostic, ...]]:
    """A record of the input of a run, read again."""
    with open_run(found, output) as opened:
        return (None, opened) if isinstance(opened, tuple) else opened.record(ident)


@cache
def bakery() -> Law:
    """The law of the bakery, every number of which a column can hold: each has a step.

    It reads fewer columns than that of teachers: DuckDB plans a run several times faster. How runs
    are written, stopped and taken up again does not depend on the law.
    """

    def with_step(shape: dict[str, Any]) -> dict[str, Any]:
        stepped = {"multipleOf": Decimal("0.01"), **shape}
        return stepped if "number" in shape.get("type", ()) else shape

    text = FOLDER.record_schema.read_text(encoding="utf-8")
    record = json.loads(text, parse_float=Decimal, object_hook=with_step)
    schemas, _ = schemas_of(FOLDER)
    contents, digest, _ = read_folder(FOLDER)
    files = [(f"regles/{name}", content.decode()) for name, content in contents.items()]
    corpus, findings = load(files, {**schemas, RECORD: record}, digest)
    assert corpus is not None, findings
    return Law(corpus)


def quoted(path: Path) -> str:
    """A path as an SQL text."""
    return "'" + path.as_posix().replace("'", "''") + "'"


def write_csv(folder: Path, separator: str = ";", encoding: str = "utf-8") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in TABLES.items():
        with (folder / f"{name}.csv").open("w", encoding=encoding, newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]), delimiter=separator)
            writer.writeheader()
            writer.writerows(rows)
    return folder


def write_parquet(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    source = write_csv(folder.parent / "texte")
    with duckdb.connect() as connection:
        for name in TABLES:
            connection.execute(
                f"COPY (SELECT * FROM read_csv({quoted(source / f'{name}.csv')}, "
                f"all_varchar = true, delim = ';')) TO {quoted(folder / f'{name}.parquet')}"
            )
    return folder


def write_parts(folder: Path) -> Path:
    """Each table as a folder of parts, one row each, as Spark writes them."""
    source = write_parquet(folder.parent / "entier")
    with duckdb.connect() as connection:
        for name, rows in TABLES.items():
            part = folder / name
            part.mkdir(parents=True)
            (part / "_SUCCESS").touch()
            for at in range(len(rows)):
                connection.execute(
                    f"COPY (SELECT * FROM {quoted(source / f'{name}.parquet')} LIMIT 1 "
                    f"OFFSET {at}) TO {quoted(part / f'part-{at}.parquet')}"
                )
    return folder


def write_database(path: Path) -> Path:
    source = write_parquet(path.parent / "vers_base")
    with duckdb.connect(str(path)) as connection:
        for name in TABLES:
            connection.execute(
                f"CREATE TABLE {name} AS SELECT * FROM {quoted(source / f'{name}.parquet')}"
            )
    return path


def write_jsonl(path: Path) -> Path:
    lines = []
    for agent in TABLES["agents"]:
        services = [
            {key: value for key, value in row.items() if key != "dossier"}
            for row in TABLES["services"]
            if row["dossier"] == agent["dossier"]
        ]
        inside = {key: agent[key] for key in ("corps", "grade")}
        record = {"dossier": agent["dossier"], "date": agent["date"], "agent": inside}
        lines.append(json.dumps({**record, "services": services}))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def write_orders(path: Path) -> Path:
    """Two orders of the bakery, each with an anomaly, and between them a line that is no record."""
    orders = [
        {"commande": name, "livree_le": "2012-06-01", "client": {"categorie": "cantine"},
         "fournees": [{"produit": "pain", "quantite": quantity}]}
        for name, quantity in (("C-2", 600), ("C-1", 0))
    ]  # fmt: skip
    first, second = (json.dumps(one) for one in orders)
    path.write_text(f"{first}\n[1]\n{second}\n", encoding="utf-8")
    return path


def write_order_tables(folder: Path, idents: Iterable[str]) -> Path:
    """Orders of the bakery as CSV files; one of forty is refused, some have an anomaly."""
    orders, batches = ["commande;livree_le;categorie"], ["commande;produit;quantite"]
    for at, ident in enumerate(idents):
        orders.append(f"{ident};2012-06-01;{'inconnue' if at % 40 == 7 else 'cantine'}")
        batches.append(f"{ident};pain;{at * 3 % 1000}")
    folder.mkdir()
    for name, lines in (("dossiers", orders), ("fournees", batches)):
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def write_workbook(path: Path) -> Path:
    """The least that a spreadsheet program would write: texts in the cells, a sheet per table."""
    kind = "application/vnd.openxmlformats-officedocument"
    schema = "http://schemas.openxmlformats.org"
    sheets, links, types = [], [], []
    with zipfile.ZipFile(path, "w") as book:
        for at, (name, rows) in enumerate(TABLES.items(), 1):
            grid = [list(rows[0]), *(list(row.values()) for row in rows)]
            lines = "".join(
                f'<row r="{y}">'
                + "".join(
                    f'<c r="{chr(64 + x)}{y}" t="inlineStr"><is><t>{escape(cell)}</t></is></c>'
                    for x, cell in enumerate(row, 1)
                )
                + "</row>"
                for y, row in enumerate(grid, 1)
            )
            book.writestr(
                f"xl/worksheets/sheet{at}.xml",
                f'<worksheet xmlns="{schema}/spreadsheetml/2006/main"><sheetData>{lines}'
                "</sheetData></worksheet>",
            )
            sheets.append(f'<sheet name="{name}" sheetId="{at}" r:id="rId{at}"/>')
            links.append(
                f'<Relationship Id="rId{at}" Type="{schema}/officeDocument/2006/relationships/'
                f'worksheet" Target="worksheets/sheet{at}.xml"/>'
            )
            types.append(
                f'<Override PartName="/xl/worksheets/sheet{at}.xml" '
                f'ContentType="{kind}.spreadsheetml.worksheet+xml"/>'
            )
        book.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{schema}/spreadsheetml/2006/main" '
            f'xmlns:r="{schema}/officeDocument/2006/relationships">'
            f"<sheets>{''.join(sheets)}</sheets></workbook>",
        )
        relations = f"{schema}/package/2006/relationships"
        book.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{relations}">{"".join(links)}</Relationships>',
        )
        book.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{relations}"><Relationship Id="rId1" Type="{schema}/'
            'officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/>'
            "</Relationships>",
        )
        book.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{schema}/package/2006/content-types"><Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.spreadsheetml.sheet.main'
            f'+xml"/>{"".join(types)}</Types>',
        )
    return path
