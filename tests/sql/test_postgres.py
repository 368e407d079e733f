"""The SQL printed for PostgreSQL runs there, where there is one, and gives DuckDB's results."""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner
from sqlglot import parse_one

from bench.population import generate
from cli import main
from engine.sql.columns import table_columns
from engine.sql.postgres_dialect import postgres_sql
from engine.sql.runs import Request, run_campaign
from tests.sql.tables import law

KINDS: Mapping[str, str] = {
    "nombre": "DECIMAL(18, 6)", "booleen": "BOOLEAN", "date": "DATE", "code": "VARCHAR",
    "texte": "VARCHAR",
}  # fmt: skip


def found(name: str) -> str | None:
    """A program of the server: in PATH, or where Debian puts it."""
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(debian[-1]) if debian else shutil.which(name)


@dataclass(frozen=True, slots=True)
class Server:
    """A server of its own, on a socket in a folder of its own; it refuses to run as root."""

    folder: Path
    user: Sequence[str]

    def run(self, name: str, *words: str, given: str = "") -> str:
        program = found(name)
        assert program is not None
        done = subprocess.run(
            [*self.user, program, *words],
            input=given, capture_output=True, text=True, check=False, cwd=self.folder,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    def sql(self, text: str) -> str:
        options = ("-X", "-q", "--csv", "-v", "ON_ERROR_STOP=1")
        return self.run("psql", "-h", str(self.folder), *options, "postgres", given=text)


@pytest.fixture
def server() -> Iterator[Server]:
    if found("initdb") is None:
        pytest.skip("pas de PostgreSQL sur cette machine")
    root = os.geteuid() == 0
    # the folder of a test is closed to others, and the path of a socket has a hundred characters
    folder = Path(tempfile.mkdtemp(prefix="reglo-pg-"))
    user: tuple[str, ...] = ()
    if root:
        shutil.chown(folder, "nobody")
        user = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")
    one = Server(folder, user)
    data = str(folder / "base")
    one.run("initdb", "-D", data, "-A", "trust", "-U", "nobody" if root else os.environ["USER"],
            "-E", "UTF8", "--locale=C.UTF-8")  # fmt: skip
    options = f"-c listen_addresses='' -k {folder} -c shared_buffers=32MB"
    one.run("pg_ctl", "-D", data, "-o", options, "-l", str(folder / "journal"), "-w", "start")
    try:
        yield one
    finally:
        one.run("pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder)


def fill(server: Server, folder: Path) -> None:
    """The tables of the contract, typed, with the rows of Parquet files."""
    with duckdb.connect() as connection:
        for table, columns in table_columns(law().corpus.model).items():
            kinds = {"dossier": "VARCHAR"} | {one.name: KINDS[one.field.kind] for one in columns}
            made = ", ".join(f'"{name}" {kind}' for name, kind in kinds.items())
            server.sql(f"CREATE TABLE {table} ({made})")
            file = folder / f"{table}.parquet"
            if not file.exists():
                continue
            rows = connection.execute(f"SELECT * FROM '{file}'")
            names = ", ".join(f'"{column[0]}"' for column in rows.description or ())
            text = io.StringIO()
            csv.writer(text, lineterminator="\n").writerows(rows.fetchall())
            server.sql(f"COPY {table} ({names}) FROM STDIN (FORMAT csv);\n{text.getvalue()}\\.\n")


def test_the_printed_sql_of_every_result_runs_on_postgresql(server: Server, tmp_path: Path) -> None:
    generate(300, tmp_path / "tables")
    fill(server, tmp_path / "tables")
    done = CliRunner().invoke(main, ["sql", "--dialecte", "postgres", "--date", "2024-10-01"])
    (tmp_path / "rendu.csv").write_text(server.sql(done.stdout), encoding="utf-8")
    request = Request(tmp_path / "tables", tmp_path / "sortie")
    assert run_campaign(law(), request, lambda _done, _all: None)[1] == ()
    with duckdb.connect() as connection:
        ours = f"'{tmp_path}/sortie/resultats.parquet'"
        columns = connection.execute(f"DESCRIBE SELECT * FROM {ours}").fetchall()
        kinds = ", ".join(f"'{name}': '{kind}'" for name, kind, *_ in columns)
        connection.execute(f"CREATE TABLE ici AS SELECT * FROM {ours}")
        connection.execute(
            f"CREATE TABLE la AS SELECT * FROM read_csv('{tmp_path}/rendu.csv', header = true,"
            f" columns = {{{kinds}}})"
        )
        assert connection.execute("SELECT COUNT(*) FROM la").fetchone() == (300,)
        for left, right in (("ici", "la"), ("la", "ici")):
            rows = f"SELECT * FROM {left} EXCEPT ALL SELECT * FROM {right} LIMIT 3"
            assert connection.execute(rows).fetchall() == []


def test_two_long_names_that_begin_alike_stay_two() -> None:
    long = "x" * 80
    text = postgres_sql(parse_one(f'SELECT "{long}1" AS a, "{long}2" AS b, c FROM t'))
    first, second, *_ = re.findall("x+_[0-9a-f]+", text)
    assert first != second
    assert max(len(first), len(second)) <= 63
