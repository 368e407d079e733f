"""A population and two laws: the module of any law between the two, and its records under it.

Modules are compiled when they are first needed. One population on one connection gives the amounts
of its records under several laws, who these are, and what the laws read of their rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from threading import RLock
from typing import Final, TypeAlias

import duckdb

from engine.evaluation.causes import MARK, Mixture
from engine.evaluation.compilation.build import Demand, check_grids, compile_law
from engine.langage.inputs import RecordModel
from engine.module.host import Module, build
from engine.sql.duck import REFUSALS, Chunks
from engine.sql.exchange import (
    ANSWERS,
    answer_column,
    mask_column,
    needed_of,
    numbers_column,
    register,
)
from engine.sql.fragments import quoted, select
from engine.sql.prepare import NUMBER, Needed, link_column, main_field, prepared_view
from engine.sql.tables import day_column, table_columns

Happened: TypeAlias = "frozenset[int] | None"  # the edits that have happened; None: all are spoiled
ByField: TypeAlias = tuple[str | None, str]  # a collection, for its main line, or None; a field

KEY: Final = "cle"
_STOPS: Final = " manque"
DAY: Final = "jour"
LAWS: Final = "lois"
TRIED: Final = "essai"
WHO: Final = "qui"
REFUSED: Final = "refuses"
_FORMS: Final = "formes"


def output_name(amount: str, place: int) -> str:
    """The column of an amount under the law at ``place`` (from 0) among several."""
    return f"{amount}@{place}"


def stops_column(amount: str) -> str:
    """The column of the reasons for which an amount is not computable."""
    return f"{amount}{_STOPS}"


@dataclass
class Laws:
    """The laws of a mixture, compiled when they are first needed; several threads may share them.

    ``amounts``: what they compute, and the edits that may change it. ``also``: what else the
    prepared tables must have.
    """

    mixture: Mixture
    amounts: Mapping[str, frozenset[int]]
    also: Needed
    _modules: dict[Happened, Module] = field(default_factory=dict)
    _lock: RLock = field(default_factory=RLock)

    @cached_property
    def ends(self) -> tuple[Happened, ...]:
        """The old law, the new one, and the one in which no edit is computable."""
        return frozenset(), frozenset(range(len(self.mixture.causes))), None

    @cached_property
    def needed(self) -> Needed:
        """What the prepared tables must have."""
        layouts = [self.module(one).layout for one in self.ends]
        return needed_of(self.mixture.after.model, layouts) | self.also

    @cached_property
    def marks(self) -> dict[int, int]:
        """The edit that each bit of a mask stands for, where no edit is computable."""
        return {
            place: int(lack.name.removeprefix(MARK))
            for place, lack in enumerate(self.module(None).program.lacks)
            if lack.name.startswith(MARK)
        }

    def module(self, chosen: Happened) -> Module:
        """The law in which some edits have happened.

        Raises:
            OffGridError, UnsupportedError, TooWideError: see ``module_for``.
        """
        with self._lock:
            if chosen not in self._modules:
                law = self.mixture.spoiled() if chosen is None else self.mixture.law(chosen)
                wanted = tuple(
                    name
                    for name, edits in self.amounts.items()
                    if chosen in self.ends or (chosen or frozenset()) <= edits
                )
                asked = Demand(wanted, controls=False)
                program = compile_law(law, self.mixture.numbers, asked=asked)
                check_grids(law, program)
                self._modules[chosen] = build(program)
            return self._modules[chosen]


# --- the population


def fields_needed(model: RecordModel, by: tuple[ByField, ...]) -> Needed:
    """What the prepared tables must have to tell records apart by these fields."""
    found = {(scope or model.table, name) for scope, name in by}
    for scope in {scope for scope, _ in by if scope is not None}:
        lines = model.collection(scope)
        main = None if lines is None else main_field(lines)
        found |= set() if main is None else {(scope, main.name)}
    return Needed(frozenset(found))


def by_column(place: ByField) -> str:
    """The name of the column of a field that records are told by."""
    scope, name = place
    return name if scope is None else f"{scope}.{name}"


@dataclass(frozen=True, slots=True)
class Population:
    """One population on one connection.

    ``by``: the fields that records are told by. ``name``: what its tables end with, when every
    connection must see them; None when they are those of its connection alone.
    """

    chunks: Chunks
    laws: Laws
    by: tuple[ByField, ...]
    name: str | None = None

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """Where it is computed."""
        return self.chunks.connection

    @property
    def _key(self) -> str:
        return quoted(self.chunks.key)

    def table(self, what: str) -> str:
        """The table of this population called ``what``."""
        return quoted(what if self.name is None else f"{what} {self.name}")

    def take(self, *, compared: bool) -> None:
        """Make ``LAWS``, ``WHO`` and ``REFUSED``; ``compared``: the forms of the rows too."""
        self.chunks.take()
        self.measure(self.laws.ends, LAWS)
        self.make(WHO, self._who())
        self.make(REFUSED, f"SELECT DISTINCT {self._key} AS {KEY} FROM {REFUSALS}")
        for place, query in enumerate(self._forms() if compared else ()):
            self.make(f"{_FORMS} {place}", query)

    def forms(self) -> list[str]:
        """The tables of the rows of each prepared table, to compare with those of another side."""
        return [
            self.table(f"{_FORMS} {place}")
            for place, _ in enumerate(table_columns(self.chunks.corpus.model))
        ]

    def measure(self, several: tuple[Happened, ...], what: str) -> None:
        """Make a table of the amounts under several laws."""
        rows = self.chunks.rows()
        columns, listed = {NUMBER: numbers_column(rows.numbers)}, [f"r.{self._key} AS {KEY}"]
        for place, chosen in enumerate(several):
            module = self.laws.module(chosen)
            loaded = module.load(rows.columns(module))
            loaded.finish()
            pairs = zip(module.layout.results, module.program.outputs, strict=True)
            for answer, output in pairs:
                name = output_name(output.name, place)
                stops = stops_column(name)
                columns[name] = answer_column(loaded, answer, 0)
                columns[stops] = mask_column(loaded, answer)
                units = Fraction(answer.typed.step * 10**output.decimals)
                value = f"CAST(COALESCE(a.{quoted(name)}, 0) * {units} AS BIGINT)"
                listed += [f"{value} AS {quoted(name)}", f"a.{quoted(stops)} AS {quoted(stops)}"]
        register(self.connection, ANSWERS, columns, rows.count)
        root = quoted(prepared_view(self.chunks.corpus.model.table))
        joined = f"{ANSWERS} AS a JOIN {root} AS r ON r.{NUMBER} = a.{NUMBER}"
        self.make(what, select(", ".join(listed), joined))
        self.connection.unregister(ANSWERS)

    def keep_only(self, keys: str) -> None:
        """Leave in the prepared tables the records of these keys, a query of ``KEY``."""
        self.chunks.keep_only(select(NUMBER, self.table(WHO), f"{KEY} IN ({keys})"))

    def drop_forms(self) -> None:
        """Give back the memory of the forms of the rows: they have been compared."""
        for one in self.forms():
            self.connection.execute(f"DROP TABLE {one}")

    def release(self) -> None:
        """Give back the memory of all that ``take`` made."""
        self.chunks.release()
        for one in (LAWS, WHO, REFUSED):
            self.drop(one)

    def drop(self, what: str) -> None:
        """Give back the memory of a table."""
        self.connection.execute(f"DROP TABLE {self.table(what)}")

    def make(self, what: str, sql: str, elsewhere: duckdb.DuckDBPyConnection | None = None) -> None:
        """Make a table; ``elsewhere``: the connection on which ``sql`` is a query."""
        kind = "TEMP TABLE" if self.name is None else "TABLE"
        link = elsewhere or self.connection
        link.execute(f"CREATE OR REPLACE {kind} {self.table(what)} AS {sql}")

    def _who(self) -> str:
        """The number, the key, the day, and the fields that records are told by."""
        model = self.chunks.corpus.model
        columns = table_columns(model)
        day = quoted(day_column(model))
        listed = [f"r.{NUMBER}", f"r.{self._key} AS {KEY}", f"r.{day} AS {DAY}"]
        joins = []
        for place, (scope, name) in enumerate(self.by):
            table = scope or model.table
            prepared = next(one.prepared for one in columns[table] if one.field.name == name)
            shown = f"AS {quoted(by_column((scope, name)))}"
            lines = None if scope is None else model.collection(scope)
            main = None if lines is None else main_field(lines)
            if main is not None and scope not in self.chunks.sources:
                listed.append(f"CAST(NULL AS VARCHAR) {shown}")
                continue
            alias = "r" if main is None else f"l{place}"
            listed.append(f"CAST({alias}.{quoted(prepared)} AS VARCHAR) {shown}")
            if main is not None:
                mark = next(one.prepared for one in columns[table] if one.field == main)
                rows = select("*", prepared_view(table), quoted(mark))
                joins.append(f"LEFT JOIN ({rows}) AS {alias} USING ({NUMBER})")
        return select(", ".join(listed), f"{prepared_view(model.table)} AS r {' '.join(joins)}")

    def _forms(self) -> Iterator[str]:
        """What the laws read of each row, with its key; the order of the lines is not theirs."""
        model, needed = self.chunks.corpus.model, self.chunks.needed
        root = quoted(prepared_view(model.table))
        for table, columns in table_columns(model).items():
            read = [
                quoted(one.prepared)
                for one in columns
                if (table, one.field.name) in needed.fields and one.field.role != "identifiant"
            ]
            read += [link_column(link) for scope, link in sorted(needed.links) if scope == table]
            if table not in self.chunks.sources:
                listed = ["CAST(NULL AS VARCHAR)" for _ in read]
                yield f"SELECT CAST(NULL AS VARCHAR) AS {KEY}, {', '.join(listed)} LIMIT 0"
                continue
            view, lines = quoted(prepared_view(table)), table != model.table
            shown = [f"CAST({'r' if lines else 't'}.{self._key} AS VARCHAR) AS {KEY}"]
            shown += [f"CAST(t.{one} AS VARCHAR)" for one in read]
            rows = f"{root} AS r JOIN {view} AS t USING ({NUMBER})" if lines else f"{view} AS t"
            yield select(", ".join(shown), rows)
