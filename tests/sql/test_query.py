"""A long chain of columns is planned in pieces, and says what one query would say."""

from __future__ import annotations

import duckdb

from engine.evaluation.compilation.ir import ONE, Call, Col, Node
from engine.evaluation.compilation.program import Column, Program, schedule
from engine.sql.expressions import column
from engine.sql.query import Query

LENGTH = 100


def test_a_chain_of_a_hundred_levels_is_made_in_several_tables() -> None:
    before: Node = Col("depart")
    chain = []
    for place in range(LENGTH):
        node = Call("+", (before, ONE))
        chain.append(Column(f"c{place}", None, node, "nombre", "essai"))
        before = Col(f"c{place}")
    program = Program((), tuple(chain), schedule(chain, []), (), (), ())
    last = f"c{LENGTH - 1}"
    query = Query(program, "numero", {None: "base"}, frozenset({last, "depart"})).build()
    assert len(query.stages) >= 3
    final = query.final([column(name) for name in ("numero", "depart", last)])
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE base AS SELECT i AS numero, i * 7 AS depart FROM range(9) t(i)"
        )
        for stage in query.stages:
            connection.execute(f"CREATE TABLE {stage.name} AS {stage.select().sql('duckdb')}")
        rows = connection.execute(f"{final.sql('duckdb')} ORDER BY numero").fetchall()
    assert rows == [(i, i * 7, i * 7 + LENGTH) for i in range(9)]
