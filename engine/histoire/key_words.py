"""A key cell of a table goes in; what it accepts comes out in words, for whoever reads no code."""

from __future__ import annotations

from engine.evaluation.show import french, interval_words
from engine.langage.corpus import Cell, Column, Corpus, Interval

_ALL = "tous les cas"


def key_words(corpus: Corpus, column: Column, cell: Cell) -> str:
    """« Sixième, Cinquième », « oui », « de 20 à 35 », « plus de 35 », « tous les cas »."""
    if isinstance(cell, Interval):
        return interval_words(cell)
    vocabulary = corpus.nomenclatures.get(column.reference)
    if vocabulary is None:
        return _ALL if len(cell) > 1 else ", ".join(french(one) for one in cell)
    if len(cell) == len(vocabulary.terms):
        return _ALL
    return ", ".join(one.label for one in vocabulary.terms if one.code in cell)
