"""A raw table goes in, the readings of its columns and the checks of its rows come out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from engine.dossiers.read import YEAR_FORM
from engine.langage.agenda import YEAR_STARTS
from engine.langage.inputs import Collection, Field, RecordModel
from engine.source.messages import reading as said
from engine.source.messages import situation
from engine.sql.convert import reading
from engine.sql.fragments import literal, select
from engine.sql.readings import Reading
from engine.sql.sentences import DAY_MARK, MARK, NOWHERE, Sentence, cut
from engine.sql.sources import Source, Table


@dataclass(frozen=True, slots=True)
class Read:
    """One table and the reading of each of its columns, by the name of its field."""

    table: Table
    readings: Mapping[str, Reading]

    @property
    def source(self) -> Source:
        """The raw table."""
        return self.table.source

    def written(self, field: str) -> str:
        """The name of the column of ``field`` in the input, else its usual name."""
        column = self.table.column(field)
        return self.source.names.get(column.prepared, column.name)

    def relation(self, fields: Iterable[str] | None = None) -> str:
        """What comes after FROM, for ``fields`` (all of them when None) to be read."""
        wanted = self.readings if fields is None else fields
        parts = [part for one in wanted for part in self.readings[one].parts]
        if not parts:
            return self.source.relation
        added = ", ".join(f"{sql} AS {name}" for name, sql in parts)
        return f"({select(f'*, {added}', self.source.relation)})"


def read(table: Table, *, enums: bool = False) -> Read:
    """How every column of ``table`` is read.

    Args:
        table: the raw table.
        enums: codes become an ENUM type.
    """
    found = {
        one.field.name: reading(one.field, table.raw(one.prepared), enums=enums)
        for one in table.columns
    }
    return Read(table, found)


def row_tests(one: Read, model: RecordModel, first_day: date) -> Iterator[tuple[str, str]]:
    """What may be wrong with one row of a table, seen on its own: a field and its test.

    The form of a text is not looked at here.
    """
    for column in one.table.columns:
        reading = one.readings[column.field.name]
        if reading.refused is not None:
            yield column.field.name, reading.refused
        if column.field.required:
            yield column.field.name, reading.absent
    if one.table.name == model.table:
        found = calendar(one, model, first_day)
        yield found.year.name, found.apart
        yield found.when.name, found.outside
        yield found.when.name, found.early


def required(read: Read) -> Mapping[str, tuple[str, ...]]:
    """The fields that each mapping of a row must fill, by the name of the mapping (« agent »)."""
    groups: dict[str, list[str]] = {}
    for column in read.table.columns:
        if column.field.required:
            groups.setdefault(column.field.name.rpartition(".")[0], []).append(column.field.name)
    return {group: tuple(names) for group, names in groups.items()}


@dataclass(frozen=True, slots=True)
class Calendar:
    """The date of a record and the school year that it says, in SQL over the root table.

    ``day`` and ``written`` are what it says; ``first`` is the first of the two years written;
    ``apart``: they do not follow each other; ``outside``: the date is in another year; ``early``:
    it is before the rules. Each is false or NULL where a value is absent or refused.
    """

    when: Field
    year: Field
    first_day: date
    day: str
    written: str
    apart: str
    outside: str
    early: str

    def not_following(self) -> Sentence:
        """E108: the years that are written do not follow each other."""
        return cut(said.wrong_form(MARK, "", YEAR_FORM, NOWHERE))

    def outside_year(self) -> tuple[Sentence, str]:
        """E504, and what it says: the year and the date."""
        day = date.fromisoformat(DAY_MARK)
        label = f"{self.year.label} {MARK}"
        sentence = cut(situation.date_outside_year(day, label, (day, day), NOWHERE, NOWHERE))
        middle, _, after = (sentence.after or "").partition(DAY_MARK)
        words = f"{self.written} || {literal(middle)} || CAST({self.day} AS VARCHAR)"
        return Sentence(sentence.code, sentence.before, after), words

    def too_early(self) -> tuple[Sentence, str]:
        """E505, and what it says: the date."""
        day = date.fromisoformat(DAY_MARK)
        sentence = cut(situation.before_corpus(day, self.first_day, NOWHERE), DAY_MARK)
        return sentence, f"CAST({self.day} AS VARCHAR)"


def calendar(read: Read, model: RecordModel, first_day: date) -> Calendar:
    """What ties the date and the year of a record together."""
    when, year = model.role("date"), model.role("annee")
    day, written = read.readings[when.name].value, read.readings[year.name].text
    first, last = (f"TRY_CAST(SUBSTRING({written}, {at}, 4) AS INTEGER)" for at in (1, 6))
    return Calendar(
        when,
        year,
        first_day,
        day,
        written,
        apart=f"{last} <> {first} + 1 OR {first} < {date.min.year}",
        outside=f"{first} <> {year_of(day)}",
        early=f"{day} < DATE '{first_day}'",
    )


def year_of(day: str) -> str:
    """The year in which begins the school year of ``day``."""
    month, first = YEAR_STARTS
    early = f"MONTH({day}) * 100 + DAY({day}) < {month * 100 + first}"
    return f"(YEAR({day}) - CASE WHEN {early} THEN 1 ELSE 0 END)"


def main_field(collection: Collection) -> Field | None:
    """The field that is true on exactly one line of a record."""
    return next((one for one in collection.fields if one.default_from == "premier"), None)


def links_to(model: RecordModel) -> Mapping[tuple[str, str], tuple[tuple[str, Field], ...]]:
    """For each (list, field) that lines of other lists refer to, these lists and their field."""
    found: dict[tuple[str, str], tuple[tuple[str, Field], ...]] = {}
    for collection in model.collections:
        for field in collection.fields:
            if field.link is not None:
                target, _, key = field.link.partition(".")
                found[target, key] = (*found.get((target, key), ()), (collection.name, field))
    return found
