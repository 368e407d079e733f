"""A key cell of a table goes in; what it accepts comes out in words, for whoever reads no code."""

from __future__ import annotations

from engine.evaluation.show import french, french_number
from engine.langage.corpus import Cell, Column, Corpus, Interval

_ALL = "tous les cas"


def key_words(corpus: Corpus, column: Column, cell: Cell) -> str:
    """« Sixième, Cinquième », « oui », « de 20 à 35 », « plus de 35 », « tous les cas »."""
    if isinstance(cell, Interval):
        return _interval(cell)
    vocabulary = corpus.nomenclatures.get(column.reference)
    if vocabulary is None:
        return _ALL if len(cell) > 1 else ", ".join(french(one) for one in cell)
    if len(cell) == len(vocabulary.terms):
        return _ALL
    return ", ".join(one.label for one in vocabulary.terms if one.code in cell)


def _interval(cell: Interval) -> str:
    low = None if cell.low is None else french_number(cell.low)
    high = None if cell.high is None else french_number(cell.high)
    if low == high:
        return _ALL if low is None else low
    if low is None:
        return f"{high} et moins" if cell.high_in else f"moins de {high}"
    if high is None:
        return f"{low} et plus" if cell.low_in else f"plus de {low}"
    begins = f"de {low}" if cell.low_in else f"de plus de {low}"
    return f"{begins} à {high}" if cell.high_in else f"{begins} à moins de {high}"
