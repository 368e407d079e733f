"""Prepared tables go in; out comes one query that says whether any row of them may be at fault.

It is made of counts that the preparation has made cheap. A clean chunk costs nothing more; only
where a count is not 0 are the raw tables looked at (``checks``), then read again (``refusals``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.langage.inputs import RecordModel
from engine.sql.checks import form_counts
from engine.sql.columns import key_column
from engine.sql.fragments import quoted, select
from engine.sql.prepare import FAULT, NUMBER, prepared_view
from engine.sql.sources import Source, tables_of
from engine.sql.table_readings import links_to, read


def suspicions(model: RecordModel, sources: Mapping[str, Source]) -> str:
    """One row of counts over the prepared tables: when all are 0, no row is refused.

    The tables were prepared with ``Manner.watched``. A line that is in the raw table and not in the
    prepared one, or there twice, is another reason to look: that is for the caller to count.
    """
    tables = {name: read(table) for name, table in tables_of(model, sources).items()}
    counts = [_twice(prepared_view(model.table), quoted(key_column(model)), "")]
    for name, one in tables.items():
        counts.append(select("COUNT(*)", prepared_view(name), FAULT))
        counts += [count for _, count in form_counts(one)]
        if one.table.most is not None:
            counts.append(_groups(prepared_view(name), NUMBER, "", one.table.most))
    for (target, name), origins in links_to(model).items():
        if target in tables:
            marks = {(origin.default_from or "").rpartition(".")[2] for _, origin in origins}
            main = next((one for one in marks if one), None)
            table = tables[target].table
            mark = None if main is None else quoted(table.column(main).prepared)
            counts += _same_value(prepared_view(target), quoted(table.column(name).prepared), mark)
    listed = ", ".join(f"({count}) AS s{at}" for at, count in enumerate(counts))
    return f"SELECT {listed}"


def _twice(relation: str, value: str, where: str) -> str:
    return select(f"COUNT(*) - COUNT(DISTINCT {value})", relation, where)


def _groups(relation: str, by: str, where: str, most: int) -> str:
    """How many groups have more than ``most`` rows."""
    groups = select(f"{by}", relation, where, f"GROUP BY {by} HAVING COUNT(*) > {most}")
    return select("COUNT(*)", f"({groups}) AS g")


def _same_value(relation: str, value: str, mark: str | None) -> Iterator[str]:
    """Two lines of a record with the same value; most records only have their main line."""
    by = f"{NUMBER}, {value}"
    named = f"{value} IS NOT NULL"
    if mark is None:
        yield _groups(relation, by, named, 1)
        return
    yield _groups(relation, by, f"{named} AND NOT {mark}", 1)
    others = select(by, relation, f"{named} AND NOT {mark}")
    mains = select(by, relation, f"{named} AND {mark}")
    same = f"a.{NUMBER} = b.{NUMBER} AND a.{value} = b.{value}"
    yield select("COUNT(*)", f"({others}) AS a JOIN ({mains}) AS b ON {same}")
