"""Raw tables and the checks that found something go in, every refused row comes out, with why.

One row per finding: the record (``dossier``), the file and the row of the line at fault, its table
and column, the code and the sentence of the finding, and what is written there. The decisions and
the sentences are those of ``engine.dossiers.read`` for the same record, with these differences:

- every row that bears an identifier used twice is refused, not only the second one: their lines
  cannot be told apart;
- a line whose record is not in the root table is a finding of its own (E520); it refuses nothing.

A record is refused when it has a finding in any table; a row without identifier, on its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from engine.langage.inputs import Field, RecordModel
from engine.source.messages import reading as said
from engine.source.messages import situation
from engine.sql.checks import Check
from engine.sql.columns import key_column
from engine.sql.fragments import case, either, literal, quoted, shown
from engine.sql.sentences import MARK, NOWHERE, Numbers, Sentence, cut
from engine.sql.sources import Source, tables_of
from engine.sql.table_readings import (
    Read,
    calendar,
    links_to,
    main_field,
    read,
    required,
    row_tests,
)

_NO_SENTENCE = "(0, '', '', NULL)"
COLUMNS = ("fichier", "ligne", "table", "champ", "code", "motif", "valeur")


def refusals_text(
    model: RecordModel, sources: Mapping[str, Source], first_day: date, found: Iterable[Check]
) -> str:
    """Every finding of the tables in which a check found something.

    Args:
        model: what a record may hold.
        sources: the raw tables by name, the root included.
        first_day: the first day for which rules exist, included.
        found: the checks whose count is not 0.

    Returns:
        A query of the key of the record, as a text, then ``COLUMNS``, in SQL of DuckDB. It may
        find E104 to E109, E501 to E505, E510 and E520.
    """
    tables = {name: read(table) for name, table in tables_of(model, sources).items()}
    found = tuple(found)
    looked = {name for check in found if check.kind != "keys" for name in check.tables}
    keys = any(check.kind == "keys" for check in found)
    search = _Search(model, tables, first_day, Numbers(), too_many=keys)
    parts = [part for name in tables if name in looked for part in search.values(name)]
    if keys:
        parts += search.keys()
    linked = {check.tables[0] for check in found if check.kind == "links"}
    for (target, key), origins in links_to(model).items():
        if target in linked:
            parts += search.links(target, key, origins)
    return search.query(parts)


@dataclass(frozen=True, slots=True)
class _Slot:
    """One place of a row where something may be found, in SQL.

    ``number`` is that of the sentence, NULL when nothing is found; ``words`` is what the sentence
    says when it is not the value as it is written.
    """

    column: str
    number: str
    value: str
    words: str = "NULL"


@dataclass(frozen=True, slots=True)
class _Search:
    """The findings of some tables; each method gives SELECTs of the same columns."""

    model: RecordModel
    tables: Mapping[str, Read]
    first_day: date
    numbers: Numbers
    too_many: bool  # whether some record may have too many lines

    # --- one row on its own

    def values(self, name: str) -> Iterator[str]:
        """What is wrong with the values of the rows of a table."""
        one = self.tables[name]
        slots = [*self._columns(one), *self._missing(one)]
        if name == self.model.table:
            slots += self._calendar(one)
        columns = ", ".join(
            f"{slot.column} AS c{at}, {slot.number} AS n{at}, {slot.value} AS v{at},"
            f" {slot.words} AS m{at}"
            for at, slot in enumerate(slots)
        )
        tests = either([*self._tests(one), *self._unnamed(one)])
        rows = f"SELECT {_place(one)}, {columns} FROM {one.relation()} WHERE {tests}"
        places = ", ".join(f"({at})" for at in range(len(slots)))

        def choice(texts: Iterable[str]) -> str:
            return case((f"p.i = {at}", text) for at, text in enumerate(texts))

        yield (
            f"SELECT l.cle, l.fichier, l.ligne, {literal(name)} AS nom,"
            f" {choice(f'l.c{at}' for at in range(len(slots)))} AS champ,"
            f" {choice(f'l.n{at}' for at in range(len(slots)))} AS phrase,"
            f" {choice(f'l.v{at}' for at in range(len(slots)))} AS valeur,"
            f" {choice(f'l.m{at}' for at in range(len(slots)))} AS mots"
            f" FROM ({rows}) AS l CROSS JOIN (VALUES {places}) AS p(i)"
            f" WHERE {choice(f'l.n{at}' for at in range(len(slots)))} IS NOT NULL"
            f"{self._kept(name, 'l')}"
        )

    def _tests(self, one: Read) -> Iterator[str]:
        """What may be wrong with a row: its values, then the forms of its texts."""
        for _, test in row_tests(one, self.model, self.first_day):
            yield test
        for reading in one.readings.values():
            if reading.form is not None and reading.faulty is not None:
                yield reading.faulty

    def _unnamed(self, one: Read) -> Iterator[str]:
        """A line that says no record."""
        if one.table.name != self.model.table:
            yield one.table.unnamed

    def _columns(self, one: Read) -> Iterator[_Slot]:
        root = one.table.name == self.model.table
        for column in one.table.columns:
            reading = one.readings[column.field.name]
            faults = [
                (fault.test, str(self.numbers.of(fault.sentence))) for fault in reading.faults
            ]
            branches = [] if reading.faulty is None else [(reading.faulty, case(faults))]
            if root and column.field.role == "annee":
                found = calendar(one, self.model, self.first_day)
                number = self._number(found.not_following())
                branches.append((f"{reading.given} AND ({found.apart})", number))
            if branches:
                written = literal(one.written(column.field.name))
                yield _Slot(written, case(branches), reading.text)

    def _missing(self, one: Read) -> Iterator[_Slot]:
        """E104: one finding for each mapping that lacks something, as in a file."""
        root = one.table.name == self.model.table
        key = key_column(self.model)
        for group, names in required(one).items():
            absent = {name: f"({one.readings[name].given}) IS NOT TRUE" for name in names}
            written = {name: one.written(name) for name in names}
            if not (group or root):
                absent = {key: f"{one.table.key} IS NULL", **absent}
                written = {key: key, **written}
            numbers, columns = [], []
            for count in range(len(absent), 0, -1):
                for lacking in combinations(absent, count):
                    test = " AND ".join(absent[name] for name in lacking)
                    shorts = tuple(name.removeprefix(f"{group}.") for name in lacking)
                    sentence = cut(said.missing_key(shorts, NOWHERE))
                    numbers.append((test, str(self.numbers.of(sentence))))
                    columns.append((test, literal(", ".join(written[name] for name in lacking))))
            yield _Slot(case(columns), case(numbers), "NULL")

    def _calendar(self, one: Read) -> Iterator[_Slot]:
        """E504 and E505: the date, when it is sound, is in its year and not before the rules."""
        found = calendar(one, self.model, self.first_day)
        when, year = one.readings[found.when.name], one.readings[found.year.name]
        column = literal(one.written(found.when.name))
        sound = f"({when.sound}) IS NOT NULL"
        dated = f"{sound} AND ({year.sound}) IS NOT NULL AND NOT ({found.apart})"
        sentence, words = found.outside_year()
        outside = case([(f"{dated} AND {found.outside}", self._number(sentence))])
        yield _Slot(column, outside, when.text, words)
        sentence, words = found.too_early()
        early = case([(f"{sound} AND {found.early}", self._number(sentence))])
        yield _Slot(column, early, when.text, words)

    # --- the rows of one record

    def keys(self) -> Iterator[str]:
        """What is wrong with the identifiers, and with the number of lines of a record."""
        yield self._twice()
        for name, one in self.tables.items():
            if name != self.model.table:
                yield self._orphans(one)
                yield self._too_many(one)
        for collection in self.model.collections:
            main = main_field(collection)
            if main is not None and collection.name in self.tables:
                yield self._mains(self.tables[collection.name], main.name)

    def _twice(self) -> str:
        """E503: an identifier of several rows of the root table."""
        one = self.tables[self.model.table]
        ident = self.model.role("identifiant")
        sentence = cut(situation.duplicate_record(ident.label, MARK, NOWHERE, NOWHERE))
        key = one.table.key
        many = f"SELECT {key} FROM {one.relation([])} GROUP BY {key} HAVING COUNT(*) > 1"
        rows = (
            f"SELECT {_place(one)}, {one.readings[ident.name].text} AS valeur FROM"
            f" {one.relation([ident.name])}"
            f" WHERE {key} IN ({many}) AND ({one.readings[ident.name].sound}) IS NOT NULL"
        )
        return self._rows(one, ident.name, sentence, rows)

    def _orphans(self, one: Read) -> str:
        """E520: a line of no record."""
        root = self.tables[self.model.table]
        sentence = cut(situation.orphan_line(MARK, self.model.table, NOWHERE))
        rows = f"SELECT {_place(one)}, {_text(one)} AS valeur FROM {one.relation([])}"
        known = f"SELECT {root.table.key} AS cle FROM {root.relation([])}"
        lost = (
            f"SELECT l.* FROM ({rows}) AS l WHERE l.cle IS NOT NULL"
            f" AND NOT EXISTS (SELECT 1 FROM ({known}) AS r WHERE r.cle = l.cle)"
        )
        return self._rows(one, None, sentence, lost)

    def _too_many(self, one: Read) -> str:
        """E107: the first line that is one too many."""
        most = one.table.most
        sentence = cut(said.out_of_bounds("maxItems", str(most), MARK, NOWHERE))
        rows = (
            f"SELECT cle, fichier, ligne, NULL AS valeur FROM {_excess(one)}"
            f" WHERE rang = {(most or 0) + 1}"
        )
        return self._rows(one, "", sentence, rows)

    def _mains(self, one: Read, main: str) -> str:
        """E510: a second main line."""
        label = one.table.column(main).field.label
        sentence = cut(situation.several_main(label, NOWHERE, NOWHERE))
        claims = f"({one.readings[main].sound}) AND {one.table.key} IS NOT NULL"
        return self._repeated(one, main, sentence, claims, [])

    # --- lines that refer to others

    def links(self, target: str, key: str, origins: tuple[tuple[str, Field], ...]) -> Iterator[str]:
        """E503, a value referred to and written twice; E502, one that is not there."""
        one = self.tables.get(target)
        if one is not None:
            label = one.table.column(key).field.label
            sentence = cut(situation.duplicate_record(label, MARK, NOWHERE, NOWHERE))
            known = f"({one.readings[key].sound}) IS NOT NULL AND {one.table.key} IS NOT NULL"
            yield self._repeated(one, key, sentence, known, [one.readings[key].value])
        for name, field in origins:
            if name in self.tables:
                yield self._unknown(self.tables[name], field, one, key)

    def _unknown(self, one: Read, field: Field, target: Read | None, key: str) -> str:
        link = one.readings[field.name]
        sentence = cut(situation.unknown_link(field.label, MARK, (), NOWHERE, None))
        rows = (
            f"SELECT {_place(one)}, {link.text} AS valeur, {link.sound} AS renvoi"
            f" FROM {one.relation([field.name])}"
        )
        unknown = ""
        if target is not None:
            there = (
                f"SELECT {_place(target)}, {target.readings[key].sound} AS valeur"
                f" FROM {target.relation([key])}"
            )
            # A line without a sound value may be the one that is meant: nothing more is said.
            unknown = (
                f" AND NOT EXISTS (SELECT 1 FROM ({there}) AS c WHERE c.cle = l.cle"
                " AND (c.valeur = l.renvoi OR c.valeur IS NULL)"
                f"{self._kept(target.table.name, 'c')})"
            )
        # A line of no record says so (E520): what that record would list is not asked of it too.
        root = self.tables[self.model.table]
        known = f"SELECT {root.table.key} AS cle FROM {root.relation([])}"
        lost = (
            f"SELECT l.* FROM ({rows}) AS l"
            f" WHERE l.renvoi IS NOT NULL AND l.cle IS NOT NULL{unknown}"
            f" AND EXISTS (SELECT 1 FROM ({known}) AS r WHERE r.cle = l.cle)"
        )
        return self._rows(one, field.name, sentence, lost)

    # --- common pieces

    def _repeated(self, one: Read, name: str, sentence: Sentence, test: str, by: list[str]) -> str:
        """The lines of a record that come after a first one with the same values ``by``."""
        rows = (
            f"SELECT {_place(one)}, {one.readings[name].text} AS valeur"
            f"{''.join(f', {value} AS p{at}' for at, value in enumerate(by))}"
            f" FROM {one.relation([name])} WHERE {test}"
        )
        group = ", ".join(["l.cle", *(f"l.p{at}" for at in range(len(by)))])
        ranked = (
            f"SELECT l.*, ROW_NUMBER() OVER (PARTITION BY {group} ORDER BY l.fichier, l.ligne)"
            f" AS rang FROM ({rows}) AS l WHERE TRUE{self._kept(one.table.name, 'l')}"
        )
        return self._rows(one, name, sentence, f"SELECT * FROM ({ranked}) AS r WHERE rang > 1")

    def _rows(self, one: Read, name: str | None, sentence: Sentence, rows: str) -> str:
        """``rows`` as findings; ``name`` is the field, None for the key, empty for no field."""
        written = one.written(name) if name else key_column(self.model)
        column = "NULL" if name == "" else literal(written)
        return (
            f"SELECT t.cle, t.fichier, t.ligne, {literal(one.table.name)} AS nom,"
            f" {column} AS champ,"
            f" {self._number(sentence)} AS phrase, t.valeur, NULL AS mots FROM ({rows}) AS t"
        )

    def _kept(self, name: str, alias: str) -> str:
        """Leave out the lines that a record has in excess: the others are read as if alone."""
        one = self.tables[name]
        if not self.too_many or one.table.most is None:
            return ""
        return (
            f" AND NOT EXISTS (SELECT 1 FROM {_excess(one)} AS x"
            f" WHERE x.fichier = {alias}.fichier AND x.ligne = {alias}.ligne)"
        )

    def _number(self, sentence: Sentence) -> str:
        return str(self.numbers.of(sentence))

    def query(self, parts: list[str]) -> str:
        """All findings, each with its sentence."""
        excess = [
            f"{_excess(one)} AS ({_lines_in_excess(one)})"
            for one in self.tables.values()
            if self.too_many and one.table.most is not None
        ]
        empty = (
            "SELECT NULL AS cle, NULL AS fichier, NULL AS ligne, NULL AS nom, NULL AS champ,"
            " NULL AS phrase, NULL AS valeur, NULL AS mots WHERE FALSE"
        )
        found = " UNION ALL ".join(parts or [empty])
        sentences = ", ".join(
            f"({number}, {literal(one.code)}, {literal(one.before)},"
            f" {'NULL' if one.after is None else literal(one.after)})"
            for one, number in self.numbers.known.items()
        )
        words = f"COALESCE(c.mots, {shown('c.valeur')})"
        motive = case([("p.fin IS NULL", "p.debut")], f"p.debut || {words} || p.fin")
        return (
            f"WITH {''.join(f'{one}, ' for one in excess)}constats AS ({found}),"
            f" phrases(numero, code, debut, fin) AS (VALUES {sentences or _NO_SENTENCE})"
            f" SELECT CAST(c.cle AS VARCHAR) AS {quoted(key_column(self.model))},"
            f" c.fichier AS fichier, c.ligne AS ligne, c.nom AS {quoted('table')},"
            f" c.champ AS champ, p.code AS code, {motive} AS motif, c.valeur AS valeur"
            f" FROM constats AS c JOIN phrases AS p ON p.numero = c.phrase"
        )


def _place(one: Read) -> str:
    source = one.source
    return f"{one.table.key} AS cle, {source.file} AS fichier, {source.row} AS ligne"


def _text(one: Read) -> str:
    return f"CAST({one.table.key} AS VARCHAR)"


def _excess(one: Read) -> str:
    return quoted(f"trop_{one.table.name}")


def _lines_in_excess(one: Read) -> str:
    """The lines that follow the last one that a record may have, in the order of the files."""
    key, most = one.table.key, one.table.most
    many = f"SELECT {key} FROM {one.relation([])} GROUP BY {key} HAVING COUNT(*) > {most}"
    rows = f"SELECT {_place(one)} FROM {one.relation([])} WHERE {key} IN ({many})"
    ranked = (
        "SELECT l.*, ROW_NUMBER() OVER (PARTITION BY l.cle ORDER BY l.fichier, l.ligne) AS rang"
        f" FROM ({rows}) AS l"
    )
    return f"SELECT * FROM ({ranked}) AS r WHERE rang > {most}"
