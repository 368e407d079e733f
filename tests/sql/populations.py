"""Raw tables drawn at random, faults included, and what the reader of one record says of them.

A cell of a table becomes a node of the tree that a file would give (``node``); each node stands at
the file and the row of its cell, so that findings can be compared with their places.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from random import Random
from typing import TypeAlias

import duckdb

from engine.dossiers.read import ReadOutcome, read_records
from engine.evaluation.compilation.names import field_columns
from engine.langage.inputs import Collection, Field
from engine.source.positions import Span
from engine.source.tree import Mapping as Group
from engine.source.tree import Node, Scalar
from engine.source.tree import Sequence as Items
from engine.sql.tables import FieldColumn, TableSource, key_column, table_columns
from tests.dossiers.samples import FIRST_DAY, MODEL

Cell: TypeAlias = "str | int | bool | Decimal | float | date | None"

KEY = key_column(MODEL)
TRIES = 50  # draws of a value that its column can hold
COLUMNS = table_columns(MODEL)
NAMES = field_columns(MODEL)
UAIS = ("0130001A", "0130002B", "0840003C", "9750004D")
YES, NO = ("true", "vrai", "oui"), ("false", "faux", "non")
FRENCH_DAY = re.compile(r"(\d{2})/(\d{2})/(\d{4})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its record, None when it says none, and its cells by ``FieldColumn.prepared``."""

    key: Cell
    cells: Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class Population:
    """Tables of rows, and the type of each of their columns (those not given are not there)."""

    types: Mapping[str, Mapping[str, str]]
    rows: Mapping[str, Sequence[Row]]

    @property
    def idents(self) -> tuple[str, ...]:
        """The records, in order, as texts."""
        return tuple(str(row.key) for row in self.rows[MODEL.table])


# --- to tables


def write(con: duckdb.DuckDBPyConnection, population: Population) -> Mapping[str, TableSource]:
    """Make the raw tables in ``con``; the row of a line is its place in its table, from 1."""
    sources = {}
    for table, types in population.types.items():
        names = {one.prepared: one.name for one in COLUMNS[table]} | {KEY: KEY}
        columns = ", ".join(f'"{names[one]}" {kind}' for one, kind in types.items())
        con.execute(f'CREATE TABLE "{table}" ({columns}, n BIGINT)')
        rows = [
            f"({', '.join(sql(cell(row, one)) for one in types)}, {place})"
            for place, row in enumerate(population.rows[table], 1)
        ]
        if rows:
            con.execute(f'INSERT INTO "{table}" VALUES {", ".join(rows)}')
        given = {one: names[one] for one in types}
        sources[table] = TableSource(f'"{table}"', types, given, f"'{table}.csv'", "n")
    return sources


def cell(row: Row, prepared: str) -> Cell:
    return row.key if prepared == KEY else row.cells.get(prepared)


def sql(value: Cell) -> str:
    """``value`` as a constant of SQL."""
    match value:
        case None:
            return "NULL"
        case bool() | int():
            return str(value).upper()
        case Decimal() | float():
            return f"'{value}'"
        case datetime():
            return f"TIMESTAMP '{value}'"
        case date():
            return f"DATE '{value}'"
        case str():
            return "'" + value.replace("'", "''") + "'"


# --- to the reader of one record


def outcomes(population: Population) -> Mapping[str, ReadOutcome]:
    """What the reader says of each record alone, by its identifier."""
    lines: dict[str, dict[str, list[tuple[int, Row]]]] = {}
    for table, rows in population.rows.items():
        for place, row in enumerate(rows, 1):
            lines.setdefault(str(row.key), {}).setdefault(table, []).append((place, row))
    found = {}
    for ident in population.idents:
        tree = record(population, lines[ident])
        (found[ident],) = read_records([tree], MODEL, first_day=FIRST_DAY)
    return found


def record(population: Population, lines: Mapping[str, Sequence[tuple[int, Row]]]) -> Group:
    """The tree of one record, whose lines are given by table."""
    ((place, root),) = lines[MODEL.table]
    entries = list(mapping(population, MODEL.table, place, root).entries)
    for one in MODEL.collections:
        if one.name in lines:
            items = tuple(mapping(population, one.name, at, row) for at, row in lines[one.name])
            entries.append((name(one.name, place, one.name), Items(items, at_row(one.name, 1))))
    return Group(tuple(entries), at_row(MODEL.table, place))


def mapping(population: Population, table: str, place: int, row: Row) -> Group:
    """One row as a mapping; its groups are always there, even with nothing in them."""
    flat: list[tuple[Scalar, Node]] = []
    groups: dict[str, list[tuple[Scalar, Node]]] = {}
    for at, column in enumerate(COLUMNS[table]):
        head, _, tail = column.field.name.rpartition(".")
        below = groups.setdefault(head, []) if head else flat
        if column.prepared in population.types[table]:
            value = node(column.field, cell(row, column.prepared), at_row(table, place, at + 2))
            if value is not None:
                below.append((name(table, place, tail), value))
    flat += [
        (name(table, place, head), Group(tuple(below), at_row(table, place)))
        for head, below in groups.items()
    ]
    return Group(tuple(flat), at_row(table, place))


def name(table: str, place: int, key: str) -> Scalar:
    return Scalar(key, quoted=True, span=at_row(table, place))


def at_row(table: str, place: int, column: int = 1) -> Span:
    """A place in a table; column 1 is that of the whole row."""
    return Span(f"{table}.csv", place, column, place, column)


def node(field: Field, value: Cell, span: Span) -> Scalar | None:
    """``value`` as a file would say it; see ``engine.sql.convert`` for what only tables may say."""
    match value:
        case None | "":
            return None
        case bool():
            return Scalar(str(value).lower(), quoted=False, span=span)
        case int():
            return Scalar(str(value), quoted=False, span=span)
        case Decimal() | float():
            written = f"{Decimal(str(value)):f}"  # the shortest text of a DOUBLE, in full
            return Scalar(re.sub(r"\.0*\Z", "", written), quoted=False, span=span)
        case datetime():
            midnight = (value.hour, value.minute, value.second) == (0, 0, 0)
            return Scalar(str(value.date() if midnight else value), quoted=True, span=span)
        case date():
            return Scalar(str(value), quoted=True, span=span)
        case str():
            if field.kind == "booleen" and value.lower() in (*YES, *NO):
                return Scalar(str(value.lower() in YES).lower(), quoted=False, span=span)
            if field.kind == "date" and (found := FRENCH_DAY.fullmatch(value)):
                value = "-".join(found.group(3, 2, 1))
            return Scalar(value, quoted=True, span=span)


# --- drawing


ODD_TEXTS = (
    *("x", "12", "12.0", "4,5", "4 h 30", "80 %", "18:30", "2024-02-30", "01/10/2024", "  "),
    *("oui", "NON", "Vrai", "null", "~", "-1", "-0", "1e3", "0,00000001", "40,0000001", "٤"),
    *("1\u00a0250,50", "certifie", "CERTIFIE", "0130009z", "0130009A\n", "4112", "2024-2026"),
    *("0000-01-01", "0000-0001", "9999-12-31", "é" * 200, "a" * 201, "9" * 40, "9" * 41),
    *("un  texte\tsur deux\nlignes " * 4, "l'« apostrophe »", "0" * 39 + "4", "4 h 3", "4h05 "),
)
ODD_NUMBERS = (0, 1, -1, 12, 250, 4112, 10**6, 2024, 9999)
ODD_DAYS = (date(1, 1, 1), date(2008, 8, 31), date(2008, 9, 1), date(2024, 2, 29), date.max)
NATURAL: Mapping[str, tuple[str, ...]] = {
    "booleen": ("BOOLEAN", "VARCHAR"),
    "date": ("DATE", "VARCHAR", "TIMESTAMP"),
    "texte": ("VARCHAR",),
    "code": ("VARCHAR", "VARCHAR", "ENUM"),
}
WHOLE = (
    "INTEGER",
    "TINYINT",
    "BIGINT",
    "HUGEINT",
    "UINTEGER",
    "DECIMAL(12,0)",
    "DOUBLE",
    "VARCHAR",
)
DECIMALS = ("DECIMAL(8,2)", "DECIMAL(18,3)", "DECIMAL(38,9)", "DOUBLE", "VARCHAR", "INTEGER")
STRANGE = ("BOOLEAN", "DATE", "TIMESTAMP", "INTEGER", "DOUBLE", "DECIMAL(9,2)")


@dataclass(frozen=True, slots=True)
class Draw:
    """What is drawn: ``texts``, all columns are texts; ``faults``, of a thousand cells."""

    random: Random
    texts: bool
    faults: int

    def chance(self, parts: int) -> bool:
        return self.random.randrange(1000) < parts

    def population(self, count: int) -> Population:
        types = {name: self.types(columns) for name, columns in COLUMNS.items()}
        rows: dict[str, list[Row]] = {name: [] for name in COLUMNS}
        for number in range(count):
            self.record(f"D-{number}", types, rows)
        for table, written in rows.items():
            if table != MODEL.table and self.random.random() < 0.5:
                rows[table] = self.mixed(written)
        return Population(types, rows)

    def mixed(self, rows: list[Row]) -> list[Row]:
        """The rows of the records one among the others; those of one record keep their order."""
        left: dict[Cell, list[Row]] = {}
        for row in reversed(rows):
            left.setdefault(row.key, []).append(row)
        order = [row.key for row in rows]
        self.random.shuffle(order)
        return [left[key].pop() for key in order]

    def types(self, columns: Sequence[FieldColumn]) -> Mapping[str, str]:
        """A type for each column of a table, some left out when they may be."""
        found = {KEY: "VARCHAR"}
        for one in columns:
            if one.prepared != KEY and (one.field.required or not self.chance(100)):
                found[one.prepared] = "VARCHAR" if self.texts else self.type_of(one.field)
        return found

    def type_of(self, field: Field) -> str:
        if not field.required and self.chance(40):
            return self.random.choice(STRANGE)
        if field.kind == "nombre":
            return self.random.choice(WHOLE if field.multiple_of == 1 else DECIMALS)
        if field.kind == "code" and field.codes[0].isdecimal():
            return self.random.choice(("INTEGER", "DOUBLE", "DECIMAL(9,2)", "VARCHAR"))
        kind = self.random.choice(NATURAL[field.kind])
        if kind == "ENUM":
            kinds = ", ".join(sql(one) for one in ("", *field.codes, *ODD_TEXTS[:4]))
            return f"ENUM({kinds})"
        return kind

    def record(
        self, ident: str, types: Mapping[str, Mapping[str, str]], rows: Mapping[str, list[Row]]
    ) -> None:
        uais = self.random.sample(UAIS, self.random.randrange(4))
        rows[MODEL.table].append(self.row(MODEL.table, ident, types, uais))
        for one in MODEL.collections:
            count = self.random.choice((0, 0, 1, 2, 3))
            if any(field.name == "uai" for field in one.fields):
                count = len(uais)
            if self.chance(self.faults):
                count = one.max_items + self.random.randrange(3)
            chief = self.random.randrange(count) if count and self.chance(400) else None
            for at in range(count):
                row = self.row(one.name, ident, types, uais)
                if one.name == "etablissements":
                    row = self.school(
                        one, row, types, at == chief, [*uais, UAIS[0]][at % (len(uais) or 1)]
                    )
                rows[one.name].append(row)

    def school(
        self,
        one: Collection,
        row: Row,
        types: Mapping[str, Mapping[str, str]],
        chief: bool,  # noqa: FBT001
        uai: str,
    ) -> Row:
        """A school of the record: its own number; one at most is the main one, but for faults."""
        cells = dict(row.cells)
        if not self.chance(self.faults):
            cells[NAMES[one.name, "uai", None]] = uai
        (main,) = (each for each in one.fields if each.name == "principal")
        column = NAMES[one.name, main.name, None]
        if (chief or self.chance(self.faults)) and column in types[one.name]:
            cells[column] = self.encoded(main, types[one.name][column], "true")
        return Row(row.key, cells)

    def row(
        self,
        table: str,
        ident: str,
        types: Mapping[str, Mapping[str, str]],
        uais: Sequence[str],
    ) -> Row:
        cells: dict[str, Cell] = {}
        for column in COLUMNS[table]:
            kind = types[table].get(column.prepared)
            if kind is not None and column.prepared != KEY:
                cells[column.prepared] = self.value(column.field, kind, uais)
        return Row(ident, cells)

    def value(self, field: Field, kind: str, uais: Sequence[str]) -> Cell:
        if self.chance(self.faults):
            return self.odd(field, kind)
        if not field.required and self.chance(350):
            return "" if kind == "VARCHAR" and self.chance(300) else None
        if field.name == "principal":  # one line at most may bear it: see ``record``
            return None
        if field.link is not None:
            return self.encoded(field, kind, self.random.choice(uais)) if uais else None
        found = self.encoded(field, kind, self.sound(field))
        for _ in range(TRIES if field.required else 0):
            # a column of whole numbers holds few of the amounts that its field accepts
            found = self.encoded(field, kind, self.sound(field)) if found is None else found
        return found

    def sound(self, field: Field) -> str:
        """A value that ``field`` accepts, as a text."""
        match field.kind:
            case "code":
                return self.random.choice(field.codes)
            case "booleen":
                return self.random.choice(("true", "false"))
            case "date":
                low = date(2024, 9, 1) if field.role == "date" else date(1960, 1, 1)
                high = date(2025, 8, 31) if field.role == "date" else date(2030, 1, 1)
                day = self.random.choice((low.toordinal(), high.toordinal(), None))
                day = day or self.random.randrange(low.toordinal(), high.toordinal())
                return str(date.fromordinal(day))
            case "texte":
                if field.role == "annee":
                    return "2024-2025"
                return self.random.choice(("P1", "601", "Saint-Rémy", "SAINT REMY", "é" * 200, "—"))
            case "nombre":
                return str(self.number(field))

    def number(self, field: Field) -> Decimal:
        assert field.minimum is not None
        assert field.maximum is not None
        assert field.multiple_of is not None
        step = Decimal(field.multiple_of.numerator) / Decimal(field.multiple_of.denominator)
        low = int(field.minimum / field.multiple_of) + field.above_minimum
        high = int(field.maximum / field.multiple_of)
        whole = int(1 / step)
        count = self.random.choice(
            (low, high, self.random.randint(low, high), high // whole // 2 * whole or high)
        )
        return step * count

    def encoded(self, field: Field, kind: str, text: str) -> Cell:
        """A sound value in a column of type ``kind``, or nothing where the type cannot hold it."""
        match kind:
            case "VARCHAR":
                return self.spelled(field, text)
            case "BOOLEAN":
                return text == "true" if field.kind == "booleen" else None
            case "DATE" | "TIMESTAMP":
                if field.kind != "date":
                    return None
                day = date.fromisoformat(text)
                return day if kind == "DATE" else datetime(day.year, day.month, day.day)  # noqa: DTZ001
            case "DOUBLE":
                return float(text) if re.fullmatch(r"[0-9.]+", text) else None
            case _ if kind.startswith("ENUM"):
                return text
            case _ if not re.fullmatch(r"[0-9.]+", text):
                return None
            case _ if kind.startswith("DECIMAL"):
                return decimal(kind, Decimal(text))
            case _:
                whole = int(Decimal(text))
                fits = whole < 128 if kind == "TINYINT" else True
                return whole if fits and whole == Decimal(text) else None

    def spelled(self, field: Field, text: str) -> str:
        """A sound value as people write it."""
        if field.kind == "booleen":
            word = self.random.choice(YES if text == "true" else NO)
            return self.random.choice((word, word.upper(), word.capitalize()))
        if field.kind == "date" and self.chance(300):
            return date.fromisoformat(text).strftime("%d/%m/%Y")
        if field.kind != "nombre":
            return text
        number = Decimal(text)
        forms = [text, text.replace(".", ","), f" {text} ", f"{text}0" if "." in text else text]
        if number == int(number):
            grouped = f"{int(number):,}".replace(",", self.random.choice(" \u00a0\u2009\u202f"))
            forms += [grouped, f"{int(number)}.00", f"000{int(number)}"]
        if field.writing == "heures":
            minutes = self.random.randrange(60)
            assert field.maximum is not None
            hours = self.random.randrange(int(field.maximum))
            forms += [f"{text} h", f"{hours} h {minutes:02}", f"{hours + 1}H{minutes:02}"]
            if hours + 1 == field.maximum:
                forms.pop()
        if field.writing == "part":
            forms.append(f"{(number * 100).normalize():f}".replace(".", ",") + " %")
        return self.random.choice(forms)

    def odd(self, field: Field, kind: str) -> Cell:
        """Something that may well be refused."""
        match kind:
            case "VARCHAR":
                return self.random.choice(("", *ODD_TEXTS, self.random.choice(UAIS)))
            case "BOOLEAN":
                return self.random.choice((True, False, None))
            case "DATE":
                return self.random.choice((None, *ODD_DAYS))
            case "TIMESTAMP":
                return self.random.choice((None, datetime(2024, 10, 1, 12, 30)))  # noqa: DTZ001
            case "DOUBLE":
                return self.random.choice((None, *map(float, ODD_NUMBERS), 4.5, 0.1 + 0.2, 1 / 3))
            case _ if kind.startswith("ENUM"):
                return self.random.choice((None, "", *ODD_TEXTS[:4]))
            case _ if kind.startswith("DECIMAL"):
                odd = (*map(Decimal, ODD_NUMBERS), Decimal("4.05"), Decimal("0.123456789"))
                return decimal(kind, self.random.choice(odd))
            case _:
                low, high = (0, 2**31) if kind == "UINTEGER" else (-128, 2**31)
                high = 128 if kind == "TINYINT" else high
                fits = [one for one in ODD_NUMBERS if low <= one < high]
                return self.random.choice((None, *fits)) if field.name else None


def decimal(kind: str, value: Decimal) -> Decimal | None:
    """``value`` in a column of type ``kind``, None when it is too large; cut to its decimals."""
    digits, scale = (int(one) for one in re.findall(r"\d+", kind))
    cut = value.quantize(Decimal(1).scaleb(-scale), rounding="ROUND_DOWN")
    return cut if abs(cut) < 10 ** (digits - scale) else None


def drawn(seed: int, *, texts: bool, count: int = 150, faults: int = 4) -> Population:
    """``count`` records, with faults in ``faults`` of a thousand cells."""
    return Draw(Random(seed), texts=texts, faults=faults).population(count)  # noqa: S311
