"""A raw table goes in, SQL that converts its plain values comes out; the reader judges the others.

What a column says is plain when SQL provably reads it as ``engine.dossiers.values`` does: a number
inside its bounds and on its grid, a code of the list, a day as AAAA-MM-JJ, a word for a boolean. Of
anything else that is written SQL says nothing: the value is NULL, and the row is doubtful. What is
written there goes to the reader (``engine.sql.reader``), which knows more forms: the values that it
accepts are looked up in a table (``known_table``), and a record with any other is read by it whole.

A prepared number is a BIGINT: how many times the grid of its field it holds. Nothing here depends
on a binary fraction: a DOUBLE is taken for the decimal number of the grid of which it is the
nearest DOUBLE, which is its shortest text, and is not plain when there is none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, assert_never

from engine.dossiers.values import exact_text
from engine.evaluation.compilation.lower import Obstacle, UnsupportedError
from engine.evaluation.compilation.names import marked
from engine.evaluation.law import SCHEMA_OF_RECORDS
from engine.langage.inputs import Field, FieldKind
from engine.source.positions import whole_file
from engine.sql.fragments import case, either, literal, matches, quoted, regexp, select, whole
from engine.sql.tables import InputTable, RawColumn, TableSource

WRITTEN: Final = marked("ecrit")
VALUE: Final = marked("valeur")
YES: Final = ("true", "vrai", "oui")
NO: Final = ("false", "faux", "non")
_MOST_DIGITS: Final = 18  # of a whole number in 64 bits
_FIRST, _LAST = "DATE '0001-01-01'", "DATE '9999-12-31'"  # of the calendar of the interpreter
_ISO: Final = whole("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_FOLDED: Final = whole("[A-Z0-9]+( [A-Z0-9]+)*")
_TYPES: Final[Mapping[FieldKind, str]] = {
    "nombre": "BIGINT",
    "booleen": "BOOLEAN",
    "date": "DATE",
    "texte": "VARCHAR",
    "code": "VARCHAR",
}


@dataclass(frozen=True, slots=True)
class ColumnReading:
    """How one column is read; every text is SQL over ``TableReading.relation``, and never fails.

    ``raw``: the raw column, None when the table has none. ``value``: what it says, NULL when it
    says nothing or nothing plain. ``doubt``: what makes a row doubtful besides a value that is
    written and not read, empty when nothing does. ``first``: a column that ``value`` reads, its
    name and its SQL over the raw table.
    """

    field: Field
    raw: RawColumn | None
    value: str
    doubt: str = ""
    first: tuple[str, str] | None = None

    def doubtful(self, value: str) -> str:
        """Whether the reader must look at the row; ``value`` is the SQL of ``self.value``."""
        if self.raw is None:
            return "TRUE" if self.field.required else ""
        tests = [self.doubt] if self.doubt else []
        if self.field.required:
            tests.append(f"{value} IS NULL")
        elif self.value not in {self.raw.bare, self.raw.sql}:  # which says all that is written
            tests.append(f"{value} IS NULL AND {self.raw.given}")
        return either(tests) if tests else ""


@dataclass(frozen=True, slots=True)
class TableReading:
    """One table and the reading of each of its columns, by the name of its field.

    ``known``: the fields of which the values that the reader has accepted are in a table.
    """

    table: InputTable
    readings: Mapping[str, ColumnReading]
    known: Collection[str]

    @property
    def source(self) -> TableSource:
        """The raw table."""
        return self.table.source

    def relation(self, fields: Iterable[str] | None = None) -> str:
        """What comes after FROM, for ``fields`` (all of them when None) to be read."""
        wanted = list(self.readings if fields is None else fields)
        firsts = [first for one in wanted if (first := self.readings[one].first) is not None]
        joined = [one for one in wanted if one in self.known]
        if not firsts and not joined:
            return self.source.relation
        listed, joins = ["t.*"], []
        for name, sql in firsts:
            listed.append(f"{sql} AS {name}")
        for place, one in enumerate(joined):
            raw = self.readings[one].raw
            text = "NULL" if raw is None else raw.text
            table = quoted(known_table(self.table.column(one).prepared))
            listed.append(f"k{place}.{VALUE} AS {_known_column(one)}")
            joins.append(f"LEFT JOIN {table} AS k{place} ON k{place}.{WRITTEN} = {text}")
        rows = select(", ".join(listed), f"{self.source.relation} AS t", then=" ".join(joins))
        return f"({rows})"


def known_table(prepared: str) -> str:
    """The table of what the reader has accepted for a field: ``WRITTEN`` and ``VALUE``."""
    return marked("lu", prepared)


def _known_column(field: str) -> str:
    return quoted(f"{field} connu")


def read(table: InputTable, known: Collection[str] = ()) -> TableReading:
    """How every column of ``table`` is read.

    Args:
        table: the raw table.
        known: the fields of which there is a ``known_table``.

    Raises:
        UnsupportedError: a number has no bounds, no step, or more digits than 64 bits hold.
    """
    found = {}
    for one in table.columns:
        made = _reading(one.field, table.raw(one.prepared))
        if one.field.name in known:
            value = f"COALESCE({made.value}, {_known_column(one.field.name)})"
            made = ColumnReading(made.field, made.raw, value, made.doubt, made.first)
        found[one.field.name] = made
    return TableReading(table, found, known)


def has_other_forms(field: Field, raw: RawColumn | None) -> bool:
    """Whether the reader may accept what SQL does not read."""
    return (
        raw is not None and raw.sort == "text" and (field.kind in {"nombre", "date"} or field.loose)
    )


def _reading(field: Field, raw: RawColumn | None) -> ColumnReading:
    if raw is None:
        return ColumnReading(field, None, f"CAST(NULL AS {_TYPES[field.kind]})")
    match field.kind:
        case "nombre":
            return _number(field, raw)
        case "code":
            codes = ", ".join(map(literal, field.codes))
            written = raw.bare if raw.sort == "text" else raw.text
            return ColumnReading(field, raw, f"TRY_CAST({written} AS ENUM({codes}))")
        case "texte":
            return _text(field, raw)
        case "date":
            return ColumnReading(field, raw, _day(raw))
        case "booleen":
            return ColumnReading(field, raw, _boolean(raw))
        case _:
            assert_never(field.kind)


def _text(field: Field, raw: RawColumn) -> ColumnReading:
    match raw.sort:
        case "text":
            text = raw.bare
        case "integer" | "decimal" | "double":
            text = case([(matches(raw.text, whole("-?[0-9]+")), raw.text)])
        case "day" | "moment":
            text = raw.text
        case _:
            return ColumnReading(field, raw, "CAST(NULL AS VARCHAR)")
    tests = []
    if field.max_length is not None:  # bytes: no text of fewer has more characters
        tests.append(f"STRLEN({text}) > {field.max_length}")
    if field.pattern is not None and field.link is None:
        # That of a link is not looked at: nothing that does not obey it is found where it leads.
        tests.append(f"{text} <> '' AND NOT ({matches(text, regexp(field.pattern))})")
    value = raw.sql if raw.sort == "text" else text
    if field.loose:
        value = case([(matches(text, _FOLDED), text)])
    return ColumnReading(field, raw, value, either(tests) if tests else "")


def _day(raw: RawColumn) -> str:
    match raw.sort:
        case "day":
            return case([(f"{raw.bare} BETWEEN {_FIRST} AND {_LAST}", raw.bare)])
        case "moment":
            day = f"CAST({raw.bare} AS DATE)"
            whole_day = f"CAST({day} AS TIMESTAMP) = {raw.bare}"
            return case([(f"{whole_day} AND {day} BETWEEN {_FIRST} AND {_LAST}", day)])
        case "text":
            plain = f"{matches(raw.bare, _ISO)} AND {raw.bare} >= '0001-01-01'"
            return case([(plain, f"TRY_CAST({raw.bare} AS DATE)")])
        case _:
            return "CAST(NULL AS DATE)"


def _boolean(raw: RawColumn) -> str:
    if raw.sort == "boolean":
        return raw.bare
    if raw.sort != "text":
        return "CAST(NULL AS BOOLEAN)"
    word = f"LOWER({raw.bare})"
    yes, no = (", ".join(map(literal, words)) for words in (YES, NO))
    return case([(f"{word} IN ({yes})", "TRUE"), (f"{word} IN ({no})", "FALSE")])


# --- numbers


def _number(field: Field, raw: RawColumn) -> ColumnReading:
    if field.grid is None or field.minimum is None or field.maximum is None:
        raise UnsupportedError(Obstacle.BORNES, whole_file(SCHEMA_OF_RECORDS), field.name)
    asked = _Number(field, field.minimum, field.maximum, 1 / field.grid)
    if len(str(int(asked.high))) > asked.most_whole:
        raise UnsupportedError(Obstacle.LARGEUR, whole_file(SCHEMA_OF_RECORDS), field.name)
    match raw.sort:
        case "integer":
            return ColumnReading(
                field, raw, asked.counted(raw.bare, f"CAST({raw.bare} AS BIGINT)", 0)
            )
        case "decimal":
            digits, scale = raw.digits
            kept = min(scale, asked.decimals)
            narrow = raw.bare
            if kept < scale or digits + kept >= _MOST_DIGITS:
                narrow = f"CAST({raw.bare} AS {_narrow(kept)})"
            units = f"CAST({narrow} * {10**kept} AS BIGINT)"
            return ColumnReading(
                field,
                raw,
                asked.counted(
                    raw.bare, units, kept, *([f"{narrow} = {raw.bare}"] * (kept < scale))
                ),
            )
        case "double":
            near = f"CAST({raw.bare} AS {_narrow(asked.decimals)})"
            exact = f"CAST({near} AS DOUBLE) = {raw.bare}"
            units = f"CAST({near} * {10**asked.decimals} AS BIGINT)"
            return ColumnReading(field, raw, asked.counted(raw.bare, units, asked.decimals, exact))
        case "text":
            # digits with a point or a comma, as most programs write them
            decimals = asked.decimals
            part = f"(?:[.,][0-9]{{1,{decimals}}})?" if decimals else ""
            usual = matches(raw.bare, whole(f"-?[0-9]{{1,{asked.most_whole}}}{part}"))
            exact = f"CAST(REPLACE({raw.bare}, ',', '.') AS {_narrow(decimals)})"
            units = quoted(f"{asked.field.name} lu")
            count, on_grid = asked.count(units, decimals)
            tests = [asked.within(units, 10**decimals), *([] if on_grid is None else [on_grid])]
            first = case([(usual, f"CAST({exact} * {10**decimals} AS BIGINT)")])
            value = case([(" AND ".join(tests), count)])
            return ColumnReading(asked.field, raw, value, first=(units, first))
        case _:
            return ColumnReading(field, raw, "CAST(NULL AS BIGINT)")


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

    @property
    def most_whole(self) -> int:
        """How many digits before the point leave a product by the unit in 64 bits."""
        return min(9, _MOST_DIGITS - 1 - 2 * self.decimals)

    def within(self, value: str, unit: int = 1) -> str:
        """Whether ``value``, in parts of one ``unit``, is inside the bounds."""
        above = ">" if self.field.above_minimum else ">="
        low, high = exact_text(self.low * unit), exact_text(self.high * unit)
        return f"{value} {above} {low} AND {value} <= {high}"

    def count(self, units: str, decimals: int) -> tuple[str, str | None]:
        """``units``, a BIGINT, on the grid; and whether it falls on it."""
        ratio = self.per_unit / 10**decimals
        times = units if ratio.numerator == 1 else f"{units} * {ratio.numerator}"
        if ratio.denominator == 1:
            return times, None
        return f"({times}) // {ratio.denominator}", f"({units}) % {ratio.denominator} = 0"

    def counted(self, value: str, units: str, decimals: int, *also: str) -> str:
        """``units`` on the grid where ``value`` is inside the bounds; what is off is nothing."""
        count, on_grid = self.count(units, decimals)
        tests = [*also, *([] if on_grid is None else [on_grid])]
        # One within the other: nothing is converted that is out of bounds.
        return case(
            [(self.within(value), case([(" AND ".join(tests), count)]) if tests else count)]
        )


def _narrow(decimals: int) -> str:
    """A decimal type whose unit, as a whole number, is still one of 64 bits."""
    return f"DECIMAL({_MOST_DIGITS - decimals - 1}, {decimals})"


def _twos_and_fives(number: int) -> int:
    """The largest divisor of ``number`` that divides a power of ten."""
    left = number
    for prime in (2, 5):
        while left % prime == 0:
            left //= prime
    return number // left
