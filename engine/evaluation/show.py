"""Exact values to text: the JSON form (« 3.21 ») and the French one (« 3,21 h »).

Whatever a person reads is written one way: an amount with the decimals of its unit, a difference
and a percentage with their sign, an interval and a month in words, a day as the files write it.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from engine.evaluation.outcomes import NotComputable, Outcome, rounded
from engine.langage.corpus import Cell, Column, Corpus, Interval
from engine.langage.kernel import ABSENT
from engine.langage.units import NamedUnit

_MOST_DECIMALS = 4  # of a value that nothing rounds yet, in an explanation
_ALL_CASES = "tous les cas"
_THIN = "\N{NARROW NO-BREAK SPACE}"


def decimal_text(value: Fraction, decimals: int) -> str:
    """An exact number with its declared decimals, a point, no grouping: « 1250.00 ».

    ``value`` lies on that grid (the corpus proves it for every result); nothing is rounded here.
    """
    units = value * 10**decimals
    if units.denominator != 1:
        message = f"{value} is not on the grid of {decimals} decimals"
        raise AssertionError(message)
    digits = str(abs(units.numerator)).rjust(decimals + 1, "0")
    sign = "-" if units < 0 else ""
    whole, rest = (digits[:-decimals], "." + digits[-decimals:]) if decimals else (digits, "")
    return f"{sign}{whole}{rest}"


def exact_text(value: Fraction, decimals: int) -> str:
    """Any exact number: with its decimals when it lies on their grid, else as a fraction."""
    on_grid = (value * 10**decimals).denominator == 1
    return decimal_text(value, decimals) if on_grid else str(value)


def visible(text: str) -> str:
    """A text of a record as it may be shown: what could drive a terminal is written out."""
    return "".join(one if one.isprintable() else f"\\u{ord(one):04x}" for one in text)


def french_number(value: Fraction, decimals: int = 0) -> str:
    """A number as French readers write it: at least ``decimals`` decimals, thousands set apart.

    A value with more decimals keeps them, up to four, then « … » says that they go on.
    """
    shown = decimals
    while shown < _MOST_DECIMALS and (value * 10**shown).denominator != 1:
        shown += 1
    scaled = abs(value) * 10**shown
    cut = Fraction(scaled.numerator // scaled.denominator, 10**shown)
    text = decimal_text(cut, shown)
    whole, _, rest = text.partition(".")
    groups = f"{int(whole):,}".replace(",", _THIN)
    more = "…" if cut != abs(value) else ""
    sign = "-" if value < 0 else ""
    return f"{sign}{groups}{',' + rest if rest else ''}{more}"


def french(value: Outcome | frozenset[str], unit: NamedUnit | None = None) -> str:
    """Any value in French, with the symbol of its unit."""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, Fraction):
        symbol = unit.symbol if unit is not None else ""
        # a literal or a ratio shows only the decimals it has
        shown = french_number(value, unit.decimals if unit is not None and symbol else 0)
        return f"{shown} {symbol}".strip()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, NotComputable):
        return "non calculable"
    if isinstance(value, frozenset):
        return ", ".join(sorted(value))
    return "sans objet" if value is ABSENT else visible(str(value))


def signed(value: Fraction, decimals: int = 0, symbol: str = "") -> str:
    """« + 1 234,50 € », « - 12 % », « 0,00 € »: a difference, its sign told."""
    sign = "-" if value < 0 else "+" if value > 0 else ""
    return f"{sign} {french_number(abs(value), decimals)} {symbol}".strip()


def percent(ratio: Fraction) -> str:
    """« + 1,96 % »: how much what is multiplied by ``ratio`` moves, to the nearest hundredth."""
    return signed(rounded((ratio - 1) * 100, Fraction(1, 100), "proche"), 0, "%")


def interval_words(cell: Interval) -> str:
    """« 20 », « de 20 à 35 », « plus de 35 », « tous les cas »."""
    low = None if cell.low is None else french_number(cell.low)
    high = None if cell.high is None else french_number(cell.high)
    if low == high:
        return "tous les cas" if low is None else low
    if low is None:
        return f"{high} et moins" if cell.high_in else f"moins de {high}"
    if high is None:
        return f"{low} et plus" if cell.low_in else f"plus de {low}"
    begins = f"de {low}" if cell.low_in else f"de plus de {low}"
    return f"{begins} à {high}" if cell.high_in else f"{begins} à moins de {high}"


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """« 1 dossier », « 2 dossiers », « 0 dossier »: zero is singular in French."""
    return f"{count} {plural or noun + 's' if abs(count) > 1 else noun}"


def key_words(corpus: Corpus, column: Column, cell: Cell) -> str:
    """« Sixième, Cinquième », « oui », « de 20 à 35 », « plus de 35 », « tous les cas »."""
    if isinstance(cell, Interval):
        return interval_words(cell)
    vocabulary = corpus.nomenclatures.get(column.reference)
    if vocabulary is None:
        return _ALL_CASES if len(cell) > 1 else ", ".join(french(one) for one in cell)
    if len(cell) == len(vocabulary.terms):
        return _ALL_CASES
    return ", ".join(one.label for one in vocabulary.terms if one.code in cell)
