"""Raw tables go in; out come a few cheap queries that tell whether anything is wrong with them.

A query counts what has to be looked at. It may count something that proves sound afterwards, it
never misses a fault: a clean table is known as such for the price of a few scans, without any
window, and the findings of ``refusals`` are looked for only where a count is not 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from engine.langage.inputs import RecordModel
from engine.sql.columns import key_column
from engine.sql.fragments import case, select
from engine.sql.readings import unlike
from engine.sql.sources import Source, tables_of
from engine.sql.table_readings import Read, links_to, main_field, read, row_tests

# In a sum over the lines of a record, what a table with too many lines reaches on its own.
_FULL = 2**20


@dataclass(frozen=True, slots=True)
class Check:
    """One look at some tables: ``query`` gives one row of counts, one for each of ``fields``.

    ``values``: each row of one table on its own. ``keys``: the rows of each record in all tables.
    ``links``: the lines that refer to lines of the first table. ``fields`` are those that a count
    is about; a check of another kind than ``values`` has one count, and no field.
    """

    kind: Literal["values", "keys", "links"]
    tables: tuple[str, ...]
    fields: tuple[str, ...]
    query: str = field(compare=False, repr=False)

    def found(self, counts: Sequence[int | None]) -> Check | None:
        """This check for what is at fault only, None when ``counts`` (the row) are all 0."""
        if not any(counts):
            return None
        at_fault = (name for name, count in zip(self.fields, counts, strict=False) if count)
        return replace(self, fields=tuple(dict.fromkeys(at_fault)))


def quick_checks(
    model: RecordModel, sources: Mapping[str, Source], first_day: date
) -> tuple[Check, ...]:
    """Every check of the tables that are given.

    Args:
        model: what a record may hold.
        sources: the raw tables by name, the root included.
        first_day: the first day for which rules exist, included.
    """
    tables = {name: read(table) for name, table in tables_of(model, sources).items()}
    return (
        *(_values(one, model, first_day) for one in tables.values()),
        Check("keys", tuple(tables), (), _keys(tables, model)),
        *_links(tables, model),
    )


def _values(one: Read, model: RecordModel, first_day: date) -> Check:
    """One scan for all tests, and one for each form that texts must obey."""
    counts = [
        (name, f"COUNT({case([(test, '1')])})") for name, test in row_tests(one, model, first_day)
    ]
    counts += [(name, f"({count})") for name, count in form_counts(one)]
    if one.table.name != model.table:  # a line that says no record
        counts.append((key_column(model), f"COUNT({case([(one.table.unnamed, '1')])})"))
    columns = ", ".join(f"{count} AS c{at}" for at, (_, count) in enumerate(counts))
    query = select(columns or "0 AS c0", one.relation())
    return Check("values", (one.table.name,), tuple(name for name, _ in counts), query)


def form_counts(one: Read) -> Iterator[tuple[str, str]]:
    """For each field whose texts must obey a form, a query of the number of those that do not.

    A form is sought in the distinct values, which are few. That of a link is not: a link that does
    not obey it is not found among the lines that it may refer to, and a check of links says so.
    """
    for column in one.table.columns:
        reading = one.readings[column.field.name]
        if reading.form is not None and column.field.link is None:
            values = select(f"DISTINCT {reading.text} AS valeur", one.source.relation)
            yield (
                column.field.name,
                select("COUNT(*)", f"({values}) AS v", unlike("valeur", reading.form)),
            )


def _keys(tables: Mapping[str, Read], model: RecordModel) -> str:
    """A record has one row in the root table, and in the others not too many nor two main ones.

    Lines without identifier are those of no record. Too many lines are told by a sum in which each
    table reaches ``_FULL`` as soon as it has one line too many; several tables may reach it
    together, which is then looked at for nothing.
    """
    mains = {
        collection.name: found.name
        for collection in model.collections
        if collection.name in tables and (found := main_field(collection)) is not None
    }
    parts = []
    for name, one in tables.items():
        root = name == model.table
        weight = 0 if one.table.most is None else -(-_FULL // (one.table.most + 1))
        columns = [
            f"{one.table.light_key} AS cle",
            f"CAST({'TRUE' if root else 'NULL'} AS BOOLEAN) AS racine",
            f"CAST({weight} AS INTEGER) AS poids",
        ]
        for at, (table, marked) in enumerate(mains.items()):
            claim = case([(one.readings[marked].value, "TRUE")]) if table == name else "NULL"
            columns.append(f"CAST({claim} AS BOOLEAN) AS principal{at}")
        rows = one.relation([mains[name]] if name in mains else [])
        where = f"NOT ({one.table.unnamed})" if root else ""
        parts.append(select(", ".join(columns), rows, where))
    wrong = ["COUNT(racine) <> 1", f"SUM(poids) >= {_FULL}"]
    wrong += [f"COUNT(principal{at}) > 1" for at in range(len(mains))]
    return _grouped(parts, "cle", " OR ".join(wrong))


def _links(tables: Mapping[str, Read], model: RecordModel) -> Iterator[Check]:
    """A value that is referred to is there, once in its record."""
    for (target, key), origins in links_to(model).items():
        sides = [(target, key, "TRUE"), *((name, one.name, "NULL") for name, one in origins)]
        parts = []
        for name, one, mark in sides:
            if name in tables:
                reading = tables[name].readings[one]
                columns = (
                    f"{tables[name].table.light_key} AS cle, {reading.value} AS valeur,"
                    f" CAST({mark} AS BOOLEAN) AS cible"
                )
                parts.append(select(columns, tables[name].relation([one]), reading.given))
        if parts:
            names = tuple(dict.fromkeys(name for name, _, _ in sides if name in tables))
            query = _grouped(parts, "cle, valeur", "COUNT(cible) <> 1")
            yield Check("links", (target, *(one for one in names if one != target)), (), query)


def _grouped(parts: Sequence[str], by: str, wrong: str) -> str:
    """How many groups of the rows of ``parts`` are ``wrong``."""
    rows = f"({' UNION ALL '.join(parts)}) AS lignes"
    groups = select("cle", rows, then=f"GROUP BY {by} HAVING {wrong}")
    return select("COUNT(*) AS constats", f"({groups}) AS groupes")
