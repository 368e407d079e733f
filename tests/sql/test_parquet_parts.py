"""Parquet files put together are the table of all their rows, and nothing is cut in silence."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from engine.sql.compact import List, Struct, Value, read_struct, write_struct
from engine.sql.parquet_parts import put_together

KINDS = (
    "i::BIGINT AS a, 'texte ' || (i % 7) AS b, (i % 3 = 0) AS c, CAST(i AS DECIMAL(18, 2)) AS d, "
    "DATE '2024-09-01' + (i % 400)::INTEGER AS e, CASE WHEN i % 5 > 0 THEN i END AS f"
)


def write(folder: Path, name: str, low: int, high: int, kinds: str = KINDS) -> Path:
    target = folder / f"{name}.parquet"
    with duckdb.connect() as connection:
        connection.execute("SET disabled_optimizers = 'statistics_propagation'")
        connection.execute(
            f"COPY (SELECT {kinds} FROM range({low}, {high}) t(i)) TO '{target}' "
            "(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 20480)"
        )
    return target


def test_the_rows_of_all_parts_are_there_in_their_order(tmp_path: Path) -> None:
    bounds = ((0, 50_000), (50_000, 50_000), (50_000, 50_003), (50_003, 130_000))
    parts = [write(tmp_path, f"p{at}", *ends) for at, ends in enumerate(bounds)]
    put_together(parts, tmp_path / "tout.parquet")
    with duckdb.connect() as connection:
        listed = f"(SELECT * FROM read_parquet('{tmp_path}/tout.parquet', file_row_number = true))"
        expected = f"(SELECT {KINDS}, i AS file_row_number FROM range(0, 130000) t(i))"
        for one, other in ((listed, expected), (expected, listed)):
            rows = connection.execute(f"{one} EXCEPT ALL {other}").fetchall()
            assert rows == []
        found = connection.execute(
            f"SELECT a, b FROM '{tmp_path}/tout.parquet' WHERE b = 'texte 3' AND a > 129990"
        ).fetchall()
        assert sorted(found) == [(i, "texte 3") for i in range(129_991, 130_000) if i % 7 == 3]


def test_a_part_with_another_schema_is_not_taken(tmp_path: Path) -> None:
    parts = [write(tmp_path, "a", 0, 9), write(tmp_path, "b", 0, 9, KINDS.replace("BIGINT", "INT"))]
    with pytest.raises(ValueError, match="another schema"):
        put_together(parts, tmp_path / "tout.parquet")


@pytest.mark.parametrize("cut", [3, 11, 400])
def test_a_truncated_part_is_not_taken(tmp_path: Path, cut: int) -> None:
    whole = write(tmp_path, "a", 0, 5000)
    part = tmp_path / "b.parquet"
    part.write_bytes(whole.read_bytes()[:-cut])
    with pytest.raises(ValueError, match="not a"):
        put_together([whole, part], tmp_path / "tout.parquet")


def test_a_structure_is_written_as_it_was_read() -> None:
    fields: list[tuple[int, int, Value]] = [
        *((1, 5, -3), (2, 8, b"texte"), (20, 1, True), (21, 2, False), (300, 6, 2**40)),
        *((301, 7, b"12345678"), (302, 9, List(5, [*range(-9, 9)]))),
        *((303, 9, List(12, [Struct([(1, 3, b"x")])])), (304, 9, List(1, [True, False]))),
    ]
    value = Struct(fields)
    assert read_struct(write_struct(value)) == value
    with pytest.raises(ValueError, match="not a structure"):
        read_struct(write_struct(value)[:-4])
