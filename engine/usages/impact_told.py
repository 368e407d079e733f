"""A record of a population goes in; why the two laws part for it comes out, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.evaluation.causes import Mixture
from engine.evaluation.divergence import diverge
from engine.evaluation.interpreter import Interpreter
from engine.evaluation.law import Law
from engine.langage.corpus import Corpus
from engine.langage.records import Record
from engine.sql.effect_people import Chosen
from engine.sql.effects_run import moved
from engine.usages.divergence import divergence_json, divergence_words


@dataclass(frozen=True, slots=True)
class Told:
    """A record and why its amounts differ; no words when one of the populations has it not."""

    chosen: Chosen
    words: tuple[str, ...]
    json: object


@dataclass(frozen=True, slots=True)
class Teller:
    """What records are evaluated with.

    ``years``: the law is that of so many years after the day of a record. ``names``: the amounts.
    """

    mixture: Mixture
    years: int
    names: Sequence[str]

    def told(self, chosen: Chosen, before: Record | None, after: Record | None) -> Told:
        """Why the amounts of a record differ."""
        if before is None or after is None:
            which = "d'avant" if before is None else "d'après"
            return Told(chosen, (f"absent de la population {which}",), None)
        first = self._evaluation(self.mixture.before, before)
        second = self._evaluation(self.mixture.after, after)
        found = diverge(first, second, self.names)
        words = tuple(divergence_words(found, first, second))
        return Told(chosen, words, divergence_json(found, first, second))

    def _evaluation(self, corpus: Corpus, record: Record) -> Interpreter:
        epoch = Law(corpus).epoch(moved(record.day, self.years))
        return Interpreter(corpus, epoch, record, traced=True)
