"""Thirtieths of months: the databases count as the language does."""

from __future__ import annotations

from datetime import date, timedelta

import duckdb

from engine.evaluation.compilation.ir import Call, Col
from engine.langage.kernel import thirtieths
from engine.sql.expressions import expression


def test_the_database_counts_as_the_language_does() -> None:
    first = date(2023, 12, 27)  # every end of month, a leap year and another
    days = [first + timedelta(days=at) for at in range(450)]
    periods = [(a, b) for a in days[::5] for b in days]
    counted = expression(Call("thirtieths", (Col("_du"), Col("_au")))).sql("duckdb")
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE jours AS SELECT unnest(?) AS jour", [days])
        found = connection.execute(
            f"SELECT d.jour, f.jour, {counted} FROM (SELECT jour, jour AS _du FROM jours) AS d,"
            " (SELECT jour, jour AS _au FROM jours) AS f"
        ).fetchall()
    assert {(a, b) for a, b, _ in found} >= set(periods)
    assert all(count == thirtieths(a, b) for a, b, count in found)
