"""Pass 5 of 6: a table and a name give one value, and only one, on every day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import product

from engine.langage import nodes
from engine.langage.corpus import Column, Interval, Nomenclature, Rule, Table, TableVersion
from engine.langage.epochs import by_priority, in_force
from engine.langage.symbols import Symbols
from engine.langage.units import NamedUnit
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.messages.hints import close_names


def check_exceptions(symbols: Symbols) -> list[Diagnostic]:
    """E208 for each ``deroge_a`` that is not a rule of the same name in another text."""
    found: list[Diagnostic] = []
    for heads in symbols.rules.values():
        known = [f"{head.text}.{head.name}" for head in heads]
        for head in heads:
            for target in nodes.scalars(head.node.get("deroge_a")):
                text, _, name = target.text.partition(".")
                if target.text == f"{head.text}.{head.name}":
                    why = "une règle ne déroge pas à elle-même"
                elif name != head.name:
                    why = f"cette règle donne « {head.name} »"
                elif target.text not in known:
                    why = f"le texte « {text} » ne définit pas « {name} »"
                else:
                    continue
                found.append(
                    say(
                        "E208",
                        target.span,
                        cible=target.text,
                        pourquoi=why,
                        proches=close_names(target.text, known),
                    )
                )
    return found


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two rules between which none prevails, on the first day it happens."""

    finding: Diagnostic
    day: date
    first: Rule
    second: Rule


def check_priorities(rules: Sequence[Rule], starts: Sequence[date]) -> list[Diagnostic]:
    """E207 for each pair of rules in force the same day for one name, none of which prevails."""
    return [one.finding for one in conflicts(rules, starts)]


def conflicts(rules: Sequence[Rule], starts: Sequence[date]) -> list[Conflict]:
    """What ``check_priorities`` reports, with both rules.

    Each pair is reported once, on the first day it happens. Nothing is said of a name that is
    already in doubt by its declarations (E202, E208).
    """
    idents = {rule.ident for rule in rules}
    doubtful = {
        rule.name
        for rule in rules
        if rule.parameter or not idents.issuperset(rule.overrides) or rule.ident in rule.overrides
    }
    named = Counter(rule.name for rule in rules)
    shared = [rule for rule in rules if named[rule.name] > 1 and rule.name not in doubtful]
    found: dict[tuple[str, str], Conflict] = {}
    for day in starts:
        for name, same in in_force(shared, day).items():
            _, conflict = by_priority(same)
            if conflict is not None:
                first, second = sorted(conflict, key=lambda rule: rule.span)
                finding = say("E207", second.span, first.span, nom=name, jour=day)
                key = (first.ident, second.ident)
                found.setdefault(key, Conflict(finding, day, first, second))
    return list(found.values())


ZERO = Fraction(0)
Element = str | bool | Fraction


@dataclass(frozen=True, slots=True)
class TableFault:
    """A finding and what shows it: the keys, on a day, and the rows that they match (from 0).

    A gap matches no row, an overlap two. A dead row comes with the row that is taken instead of
    it; without keys, nothing can reach it.
    """

    finding: Diagnostic
    table: Table
    day: date
    keys: tuple[Element, ...] | None
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Vocabulary:
    """What tells the values worth trying in a column."""

    nomenclatures: Mapping[str, Nomenclature]
    units: Mapping[str, NamedUnit]

    def domain(
        self, column: Column, version: TableVersion, position: int, day: date
    ) -> tuple[Element, ...]:
        """Every code of the day, every truth, or every bound and a value between bounds."""
        if column.kind == "code":
            terms = self.nomenclatures[column.reference].terms
            return tuple(term.code for term in terms if day in term.period)
        if column.kind == "booleen":
            return (True, False)
        bounds = {ZERO}
        for row in version.rows:
            cell = row.cells[position]
            if isinstance(cell, Interval):
                bounds |= {end for end in (cell.low, cell.high) if end is not None and end >= 0}
        return tuple(_between(sorted(bounds), whole=self.units[column.reference].whole))


@dataclass(frozen=True, slots=True)
class _Told:
    """What the days already looked at have shown: rows chosen, rows that match, faults.

    ``reached`` gives for a row the first keys that match it, their day, and the row they take.
    """

    used: set[int] = field(default_factory=set)
    reached: dict[int, tuple[tuple[Element, ...], date, int]] = field(default_factory=dict)
    gaps: set[tuple[Element, ...]] = field(default_factory=set)
    overlaps: set[tuple[int, int]] = field(default_factory=set)


def check_tables(
    tables: Sequence[Table],
    nomenclatures: Mapping[str, Nomenclature],
    units: Mapping[str, NamedUnit],
    first_day: date,
) -> list[Diagnostic]:
    """E402 (gap), E403 (overlap) and E404 (dead row), each with a combination that shows it."""
    return [one.finding for one in table_faults(tables, nomenclatures, units, first_day)]


def table_faults(
    tables: Sequence[Table],
    nomenclatures: Mapping[str, Nomenclature],
    units: Mapping[str, NamedUnit],
    first_day: date,
) -> list[TableFault]:
    """What ``check_tables`` reports, with the keys that show it."""
    found: list[TableFault] = []
    vocabulary = _Vocabulary(nomenclatures, units)
    for table in tables:
        for version in table.versions:
            told = _Told()
            # the first day of the version, then each day in it on which a vocabulary changes
            start = first_day if first_day in version.period else version.period.since
            days = {start}
            for column in table.columns:
                if column.kind == "code":
                    for term in nomenclatures[column.reference].terms:
                        days.add(term.period.since)
                        if term.period.until is not None:
                            days.add(term.period.until + timedelta(days=1))
            for day in sorted(day for day in days if day >= start and day in version.period):
                domains = [
                    vocabulary.domain(column, version, index, day)
                    for index, column in enumerate(table.columns)
                ]
                found += _one_day(table, version, domains, day, told)
            found += _dead_rows(table, version, told)
    return found


def _dead_rows(table: Table, version: TableVersion, told: _Told) -> Iterator[TableFault]:
    for index, row in enumerate(version.rows):
        if index in told.used:
            continue
        why = "ses clés n'existent pas à ces dates"
        if index in told.reached:
            why = "les précédentes la couvrent"
        elif any(_empty(cell) for cell in row.cells):
            why = "son intervalle est vide"
        finding = say("E404", row.span, table=table.name, pourquoi=why)
        if index in told.reached:
            keys, day, taken = told.reached[index]
            yield TableFault(finding, table, day, keys, (taken, index))
        else:
            yield TableFault(finding, table, version.period.since, None, ())


def _between(bounds: list[Fraction], *, whole: bool) -> Iterator[Fraction]:
    """Each bound, and one value strictly between two bounds and after the last one."""
    for low, high in zip(bounds, [*bounds[1:], None], strict=True):
        if not whole or low.denominator == 1:
            yield low
        inside = low + 1 if high is None else (low + high) / 2
        if whole:
            inside = Fraction(low.numerator // low.denominator + 1)
        if high is None or inside < high:
            yield inside


def _one_day(
    table: Table,
    version: TableVersion,
    domains: list[tuple[Element, ...]],
    day: date,
    told: _Told,
) -> list[TableFault]:
    gaps: list[tuple[Element, ...]] = []
    overlaps: dict[tuple[int, int], tuple[Element, ...]] = {}
    for keys in product(*domains):
        hits = [
            index
            for index, row in enumerate(version.rows)
            if all(key in cell for key, cell in zip(keys, row.cells, strict=True))
        ]
        for hit in hits:
            told.reached.setdefault(hit, (keys, day, hits[0]))
        told.used.update(hits[:1] if version.first else hits)
        if not hits and keys not in told.gaps:
            gaps.append(keys)
        for later in [] if version.first else hits[1:]:
            if (hits[0], later) not in told.overlaps:
                overlaps.setdefault((hits[0], later), keys)
    told.gaps.update(gaps)
    told.overlaps.update(overlaps)
    found = []
    if gaps:
        witness = _witness(table, gaps[0])
        gap = say(
            "E402",
            version.span,
            cas="autres" if len(gaps) - 1 else "seule",
            table=table.name,
            temoin=witness,
            jour=day,
            autres=len(gaps) - 1,
        )
        found.append(TableFault(gap, table, day, gaps[0], ()))
    for (first, later), keys in overlaps.items():
        overlap = say(
            "E403",
            version.rows[later].span,
            version.rows[first].span,
            table=table.name,
            temoin=_witness(table, keys),
            jour=day,
        )
        found.append(TableFault(overlap, table, day, keys, (first, later)))
    return found


def _witness(table: Table, keys: tuple[Element, ...]) -> str:
    named = zip(table.columns, keys, strict=True)
    return ", ".join(f"{column.name} = {_show(key)}" for column, key in named)


def _show(key: Element) -> str:
    if isinstance(key, bool):
        return "vrai" if key else "faux"
    if isinstance(key, Fraction):
        return str(Decimal(key.numerator) / key.denominator)  # halves of decimals are decimals
    return key


def _empty(cell: object) -> bool:
    if not isinstance(cell, Interval) or cell.low is None or cell.high is None:
        return False
    return cell.low > cell.high or (cell.low == cell.high and not (cell.low_in and cell.high_in))
