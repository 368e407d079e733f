"""A record of a population goes in; why the two laws part for it comes out, step by step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import duckdb

from engine.evaluation.causes import Mixture
from engine.evaluation.divergence import diverge
from engine.evaluation.law import Law
from engine.evaluation.traced import Traced
from engine.langage.corpus import Corpus
from engine.langage.records import Record
from engine.sql.columns import key_column
from engine.sql.effects_run import moved
from engine.sql.fragments import literal, quoted, select
from engine.sql.inputs import Tables
from engine.sql.one_record import read_record
from engine.sql.ranges import raw_sources
from engine.sql.sources import Source
from engine.usages.divergence import divergence_json, divergence_words
from engine.usages.impact_people import Chosen


@dataclass(frozen=True, slots=True)
class Told:
    """A record and why its amounts differ; no words when one of the populations has it not."""

    chosen: Chosen
    words: tuple[str, ...]
    json: object


@dataclass(frozen=True, slots=True)
class Teller:
    """What records are read and evaluated with.

    ``years``: the law is that of so many years after the day of a record. ``names``: the amounts.
    """

    link: duckdb.DuckDBPyConnection
    mixture: Mixture
    tables: tuple[Tables, Tables | None]
    years: int
    names: Sequence[str]
    shown: str

    def all(self, chosen: Sequence[Chosen]) -> tuple[Told, ...]:
        """Why the amounts of each record differ, in order."""
        idents = ", ".join(literal(one.ident) for one in chosen)
        rows = [None if one is None else self._rows(place, one, idents)
                for place, one in enumerate(self.tables)]  # fmt: skip
        return tuple(self._told(one, rows[0] or {}, rows[1]) for one in chosen)

    def _rows(self, place: int, tables: Tables, idents: str) -> Mapping[str, Source]:
        """The raw rows of these records, read once."""
        found = {}
        key = key_column(self.mixture.after.model)
        for name, one in raw_sources(self.link, tables).items():
            table = f"extrait_{place}_{name}"
            own = f"CAST({quoted(one.names[key])} AS VARCHAR)"
            self.link.execute(
                f"CREATE OR REPLACE TEMP TABLE {quoted(table)} AS "
                f"{select('*', one.relation, f'{own} IN ({idents or chr(39) * 2})')}"
            )
            found[name] = replace(one, relation=quoted(table))
        return found

    def _told(
        self, chosen: Chosen, new: Mapping[str, Source], old: Mapping[str, Source] | None
    ) -> Told:
        """Why the amounts of a record differ."""
        after = self._record(new, chosen.ident)
        before = after if old is None else self._record(old, chosen.ident)
        if before is None or after is None:
            which = "d'avant" if before is None else "d'après"
            return Told(chosen, (f"absent de la population {which}",), None)
        first = self._evaluation(self.mixture.before, before)
        second = self._evaluation(self.mixture.after, after)
        found = diverge(first, second, self.names)
        words = tuple(divergence_words(found, first, second))
        return Told(chosen, words, divergence_json(found, first, second))

    def _record(self, views: Mapping[str, Source], ident: str) -> Record | None:
        return read_record(self.link, self.mixture.after.model, views, ident, self.shown)

    def _evaluation(self, corpus: Corpus, record: Record) -> Traced:
        epoch = Law(corpus).epoch(moved(record.day, self.years))
        return Traced(corpus, epoch, record)
