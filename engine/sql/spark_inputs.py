"""Parquet files of the input go in, views of the raw tables in a Spark session come out.

The names of the columns are found as for DuckDB, which reads nothing but the heads of the files
here; the types are those that Spark sees. A row bears the file and the rank that DuckDB gives it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlglot import exp, parse_one

from engine.langage.inputs import RecordModel
from engine.source.diagnostics import Diagnostic
from engine.source.messages import campaign as say
from engine.sql.duck import connect
from engine.sql.inputs import Tables, look_at_parquet
from engine.sql.inputs.open import FORMS
from engine.sql.inputs.raw import FILE, ROW
from engine.sql.paths import over, spark_pattern
from engine.sql.sources import Source
from engine.sql.spark_dialect import DIALECT

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_FILE_OF: Final = "_metadata.file_name"
_ROW_OF: Final = "_metadata.row_index"
_KINDS: Final[Mapping[str, str]] = {
    "string": "VARCHAR", "int": "INTEGER", "timestamp": "TIMESTAMPTZ", "timestamp_ntz": "TIMESTAMP",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Heads:
    """The tables as the heads of their files tell them; ``files`` by table, ``records`` in all."""

    tables: Tables
    files: Mapping[str, tuple[Path, ...]]
    records: int


def read_heads(
    path: Path, model: RecordModel, first_day: date
) -> tuple[Heads | None, tuple[Diagnostic, ...]]:
    """What the Parquet files of the folder ``path`` hold.

    Returns:
        The heads, or None and E115, E120 to E128, E535.
    """
    if _other_form(path):
        return None, (say.spark_reads_parquet(path.as_posix()),)
    with connect(None, None, "") as connection:
        tables, files, findings = look_at_parquet(connection, path, model, first_day)
        if tables is None:
            return None, findings
        heads = over("parquet_file_metadata", files[model.table])
        row = connection.execute(f"SELECT SUM(num_rows) FROM {heads}").fetchone()
    return Heads(tables, files, 0 if row is None else int(row[0])), ()


def _other_form(path: Path) -> bool:
    """Whether it is an input that DuckDB reads and Spark does not."""
    if path.is_dir():
        suffixes = {one.suffix.lower() for one in path.iterdir()
                    if not one.name.startswith(("_", "."))}  # fmt: skip
        return bool(suffixes & {*FORMS}) and ".parquet" not in suffixes
    return path.is_file() and path.suffix.lower() in FORMS


def raw_views(spark: SparkSession, heads: Heads) -> Mapping[str, Source]:
    """A view of each raw table, with the place of its rows."""
    found = {}
    for name, raw in heads.tables.raw.items():
        names = dict(heads.tables.renamed[name])
        read = spark.read.parquet(*map(spark_pattern, heads.files[name]))
        kinds = dict(read.dtypes)
        types = {prepared: _kind(kinds[written]) for prepared, written in names.items()}
        rows = _placed(read, list(names.values()), _place(raw.file), _place(raw.row))
        rows.createOrReplaceTempView(f"brut_{name}")
        found[name] = Source(f"brut_{name}", types, names, FILE, ROW)
    return found


def _placed(read: DataFrame, names: Sequence[str], file: str, row: str) -> DataFrame:
    listed = [exp.to_identifier(name, quoted=True).sql(dialect=DIALECT) for name in names]
    return read.selectExpr(*listed, f"{file} AS {FILE}", f"{row} AS {ROW}")


def _place(sql: str) -> str:
    """An expression over what DuckDB tells of the place of a row, over what Spark does."""

    def translated(node: exp.Expr) -> exp.Expr:
        match node:
            case exp.Anonymous() if node.name.upper() == "PARSE_FILENAME":
                return parse_one(_FILE_OF)
            case exp.Column() if node.name == "file_row_number":
                return parse_one(_ROW_OF)
            case _:
                return node

    return parse_one(sql, dialect="duckdb").transform(translated).sql(dialect=DIALECT)


def _kind(kind: str) -> str:
    """The name of a type of Spark for DuckDB."""
    return _KINDS.get(kind, kind.upper())
