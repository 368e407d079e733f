"""A raw column and a field that holds a number go in, SQL that counts its grid comes out.

A prepared number is a BIGINT: how many times the grid of its field it holds. Nothing here depends
on a binary fraction: a DOUBLE is taken for the decimal number of the grid of which it is the
nearest DOUBLE, which is its shortest text, and is refused when there is none.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from math import lcm

from engine.dossiers import numbers
from engine.dossiers.forms import exact_text
from engine.evaluation.compilation.totals import Obstacle, UnsupportedError
from engine.evaluation.law import SCHEMA_OF_RECORDS
from engine.langage.inputs import Field
from engine.source.messages import reading as said
from engine.source.messages import situation
from engine.source.positions import whole_file
from engine.source.tree import Scalar
from engine.sql.fragments import case, either, literal, matches, quoted, whole
from engine.sql.readings import Fault, Reading
from engine.sql.sentences import A_NUMBER, A_TEXT, MARK, NOWHERE, Sentence, cut
from engine.sql.sources import RawColumn

_MOST_DIGITS = 18  # of a whole number in 64 bits
_HUGE = 9 * 10**18  # in 64 bits, and beyond any bound
_STICKY = 10  # one more digit, which tells whether some were cut


@dataclass(frozen=True, slots=True)
class _Number:
    """What is asked of a number: its bounds and its grid; ``per_unit`` times the grid is 1."""

    field: Field
    low: Fraction
    high: Fraction
    per_unit: Fraction

    @property
    def decimals(self) -> int:
        """How many decimals the decimal numbers of the grid have at most."""
        left, count = self.per_unit.numerator, 0
        while 10**count % _twos_and_fives(left):
            count += 1
        return count

    def within(self, value: str, unit: int = 1) -> str:
        """Whether ``value``, in parts of one ``unit``, is inside the bounds."""
        above = ">" if self.field.above_minimum else ">="
        low, high = exact_text(self.low * unit), exact_text(self.high * unit)
        return f"{value} {above} {low} AND {value} <= {high}"

    def count(self, units: str, unit: int) -> tuple[str, str | None]:
        """``units``, a BIGINT of parts of one ``unit``, on the grid; and whether it falls on it."""
        ratio = self.per_unit / unit
        times = units if ratio.numerator == 1 else f"{units} * {ratio.numerator}"
        if ratio.denominator == 1:
            return times, None
        return f"({times}) // {ratio.denominator}", f"({units}) % {ratio.denominator} = 0"


def number_reading(field: Field, raw: RawColumn) -> Reading:
    """How a number is read from texts or from numbers.

    May find E105 (not a whole number), E107 (bounds, step) and E501 (unreadable).

    Raises:
        UnsupportedError: it has no bounds, no step, or more digits than 64 bits hold.
    """
    if field.grid is None or field.minimum is None or field.maximum is None:
        raise UnsupportedError(Obstacle.BORNES, whole_file(SCHEMA_OF_RECORDS), field.name)
    asked = _Number(field, field.minimum, field.maximum, 1 / field.grid)
    if len(str(int(asked.high))) > _most_whole(asked.decimals):
        raise UnsupportedError(Obstacle.LARGEUR, whole_file(SCHEMA_OF_RECORDS), field.name)
    match raw.sort:
        case "integer":
            return _integer(asked, raw)
        case "decimal":
            return _decimal(asked, raw)
        case "double":
            return _double(asked, raw)
        case _:
            return _text(asked, raw)


def _most_whole(decimals: int) -> int:
    """How many digits before the point leave a product by the unit in 64 bits."""
    return min(9, _MOST_DIGITS - 1 - 2 * decimals)


def _integer(asked: _Number, raw: RawColumn) -> Reading:
    within = asked.within(raw.bare)
    count, on_grid = asked.count(f"CAST({raw.bare} AS BIGINT)", 1)
    return _typed(asked, raw, within, count, on_grid)


def _decimal(asked: _Number, raw: RawColumn) -> Reading:
    digits, scale = raw.digits
    kept = min(scale, asked.decimals)
    within = asked.within(raw.bare)
    narrow = raw.bare
    if kept < scale or digits + kept >= _MOST_DIGITS:
        narrow = f"CAST({raw.bare} AS {_narrow(kept)})"
    units = f"CAST({narrow} * {10**kept} AS BIGINT)"
    count, on_grid = asked.count(units, 10**kept)
    tests = [on_grid, f"{narrow} = {raw.bare}" if kept < scale else None]
    return _typed(asked, raw, within, count, " AND ".join(filter(None, tests)) or None)


def _double(asked: _Number, raw: RawColumn) -> Reading:
    decimals = asked.decimals
    within = asked.within(raw.bare)
    near = f"CAST({raw.bare} AS {_narrow(decimals)})"
    units = f"CAST({near} * {10**decimals} AS BIGINT)"
    count, on_grid = asked.count(units, 10**decimals)
    exact = f"CAST({near} AS DOUBLE) = {raw.bare}"
    reading = _typed(asked, raw, within, count, f"{exact} AND {on_grid}" if on_grid else exact)
    # Not a number, or infinite: nothing that a person can have meant.
    strange = Fault(f"NOT ({raw.bare} > -1e308 AND {raw.bare} < 1e308)", _unreadable(asked.field))
    return replace(reading, faults=(strange, *reading.faults))


def _narrow(decimals: int) -> str:
    """A decimal type whose unit, as a whole number, is still one of 64 bits."""
    return f"DECIMAL({_MOST_DIGITS - decimals - 1}, {decimals})"


def _typed(asked: _Number, raw: RawColumn, within: str, count: str, on_grid: str | None) -> Reading:
    refused = f"NOT ({within})"
    if on_grid is not None:
        refused = case([(within, f"NOT ({on_grid})")], raw.given)
    faults = _bounds(
        asked,
        A_NUMBER,
        below=f"{raw.bare} < {exact_text(asked.low)}",
        least=f"{raw.bare} = {exact_text(asked.low)}",
        above=f"{raw.bare} > {exact_text(asked.high)}",
    )
    return Reading(raw, case([(within, count)]), refused, faults)


def _bounds(
    asked: _Number, node: Scalar, *, below: str, least: str, above: str
) -> tuple[Fault, ...]:
    """What is said of a number that is outside its bounds, else off its grid."""
    field = asked.field
    bound = "exclusiveMinimum" if field.above_minimum else "minimum"
    under = either([below, least]) if field.above_minimum else below
    low, high = exact_text(asked.low), exact_text(asked.high)
    if field.multiple_of is None or field.multiple_of == 1:
        off = cut(said.wrong_type(node, ("integer",), NOWHERE), node.text)
    else:
        step = exact_text(field.multiple_of)
        off = cut(said.out_of_bounds("multipleOf", step, MARK, NOWHERE))
    return (
        Fault(under, cut(said.out_of_bounds(bound, low, MARK, NOWHERE))),
        Fault(above, cut(said.out_of_bounds("maximum", high, MARK, NOWHERE))),
        Fault("TRUE", off),
    )


def _unreadable(field: Field) -> Sentence:
    return cut(situation.unreadable_number(field.label, MARK, (), None, NOWHERE))


# --- texts


def _text(asked: _Number, raw: RawColumn) -> Reading:
    """A text is first read in fine parts of one, ``scale`` of them, in a column of its own."""
    decimals = asked.decimals + 2 * (asked.field.writing == "part")  # « 77,78 % » is 0.7778
    minutes = 60 if asked.field.writing == "heures" else 1
    unit = lcm(asked.per_unit.numerator, 10**decimals, minutes)
    scale = unit * _STICKY
    read = quoted(f"{asked.field.name} lu")
    low, high = (exact_text(one * scale) for one in (asked.low, asked.high))
    count, on_grid = asked.count(read, scale)
    tests = [asked.within(read, scale), on_grid]
    value = case([(" AND ".join(filter(None, tests)), count)])
    bounds = _bounds(
        asked,
        A_TEXT,
        below=f"{read} < {low}",
        least=f"{read} = {low}",
        above=f"{read} > {high}",
    )
    unreadable = Fault(f"{read} IS NULL", _unreadable(asked.field))
    parts = ((read, _parse(asked, raw.bare, decimals, unit)),)
    refused = f"{raw.given} AND ({value}) IS NULL"
    return Reading(raw, value, refused, (unreadable, *bounds), parts=parts)


def _parse(asked: _Number, text: str, decimals: int, unit: int) -> str:
    """A text in the forms of ``engine.dossiers.numbers``, in parts of ``unit * _STICKY``.

    A number with more decimals is cut, and its last digit is then 1 and not 0: it remains on the
    right side of every bound, and on no grid. A number with too many digits is as good as any
    other that is too large. NULL when the text has none of the forms.
    """
    writing = asked.field.writing
    bare = f"TRIM({text}, ' ')"
    part = f"(?:[.,][0-9]{{1,{asked.decimals}}})?" if asked.decimals else ""
    usual = whole(f"-?[0-9]{{1,{_most_whole(asked.decimals)}}}{part}")
    plain = f"CAST(REPLACE({text}, ',', '.') AS {_narrow(asked.decimals)})"
    units = f"CAST({plain} * {10**asked.decimals} AS BIGINT)"
    branches = [
        (matches(text, usual), f"{units} * {unit * _STICKY // 10**asked.decimals}"),
        (f"LENGTH({text}) > {numbers.LONGEST}", "NULL"),
    ]
    mark = {"nombre": "", "heures": numbers.HOURS_MARK, "part": numbers.PERCENT_MARK}[writing]
    form = f"-?(?:{numbers.WHOLE})(?:[.,]{numbers.PART})?"
    if writing == "part":
        size = _size(bare, decimals - 2, unit // 100)
        branches.append((matches(bare, whole(f"{form}{mark}")), _signed(bare, size)))
        mark = ""
    if writing == "heures":
        hours = f"CAST(REGEXP_EXTRACT({bare}, '^0*([0-9]{{1,9}})', 1) AS BIGINT)"
        minutes = f"({hours} * 60 + CAST(RIGHT({bare}, 2) AS BIGINT)) * {unit * _STICKY // 60}"
        clock = whole(numbers.CLOCK)
        long = matches(bare, literal("^0*[0-9]{10}"))
        branches.append((matches(bare, clock), case([(long, str(_HUGE))], minutes)))
    form = whole(f"{form}(?:{mark})?")
    branches.append((matches(bare, form), _signed(bare, _size(bare, decimals, unit))))
    return case(branches)


def _size(text: str, decimals: int, unit: int) -> str:
    """The digits of ``text``, sign aside, in parts of ``unit * _STICKY``."""
    digits = f"REGEXP_REPLACE({text}, '[.,].*|[^0-9]', '', 'g')"
    part = f"RPAD(REGEXP_EXTRACT({text}, '[.,]([0-9]+)', 1), {decimals}, '0')"
    more = matches(text, literal(f"[.,][0-9]{{{decimals}}}[0-9]*[1-9]"))
    kept = f"LTRIM({digits} || {part} || {case([(more, literal('1'))], literal('0'))}, '0')"
    times = unit // 10**decimals  # what the unit has that is not decimal: 3, for the minutes
    width = _MOST_DIGITS - (0 if times < _STICKY else len(str(times)))
    size = f"CAST(TRY_CAST('0' || {kept} AS DECIMAL({width}, 0)) AS BIGINT)"
    return f"COALESCE({size} * {times}, {_HUGE})"


def _signed(text: str, size: str) -> str:
    negative = f"{text} LIKE '-%'"
    return f"{size} * {case([(negative, '-1')], '1')}"


def _twos_and_fives(number: int) -> int:
    """The largest divisor of ``number`` that divides a power of ten."""
    left = number
    for prime in (2, 5):
        while left % prime == 0:
            left //= prime
    return number // left
