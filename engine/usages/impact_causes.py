"""The causes of an effect go in; what each of them is comes out in words, with what it was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final, TypeAlias

from engine.evaluation.causes import Mixture, Part
from engine.evaluation.show import french, french_number
from engine.langage.corpus import Cell, Interval, Row, Rule, Table, Version
from engine.langage.epochs import version_on
from engine.usages.compare import Side, cell_of, keys_of, value_of

OWN_NAME: Final = "dossiers"  # what the changes of the records themselves are called


Told: TypeAlias = "tuple[str, str, str | None, str | None]"  # name, label, before, after


@dataclass(frozen=True, slots=True)
class Named:
    """One cause: a name to announce it by, what it is, what it was and is, and where."""

    name: str
    label: str
    before: str | None
    after: str | None
    place: str


def named(mixture: Mixture, sides: tuple[Side, Side], edits: frozenset[int]) -> Named:
    """What edits that are weighed together are."""
    parts = [one for number in sorted(edits) for one in mixture.causes[number].parts]
    days = [mixture.starts[number] for number in reversed(mixture.numbers)]
    told = [_when_it_differs(sides, one, days) for one in parts]
    first = mixture.causes[min(edits)]
    place = f"{first.places[0].file}:{first.places[0].line}"
    if len(told) == 1:
        name, label, before, after = told[0]
        return Named(name, label, before, after, place)
    names = list(dict.fromkeys(name.partition("[")[0] for name, *_ in told))
    labels = list(dict.fromkeys(label for _, label, *_ in told))
    count = f"{len(told)} modifications ensemble"
    return Named("+".join(names), f"{' ; '.join(labels)} ({count})", None, None, place)


def own_change() -> Named:
    """What changed in the records themselves."""
    return Named(OWN_NAME, "Dossiers modifiés", None, None, "")


def _when_it_differs(sides: tuple[Side, Side], part: Part, days: Sequence[date]) -> Told:
    """What a part is on the last day on which it is not the same on both sides."""
    told = [_part(sides, part, day) for day in days]
    return next((one for one in told if one[2] != one[3]), told[0])


def _part(sides: tuple[Side, Side], part: Part, day: date) -> Told:
    match part.kind:
        case "parametre" | "regle":
            label, *told = _rule(sides, part.name, day)
            return part.name, label, told[0], told[1]
        case "table":
            tables = [one for side in sides if (one := side.corpus.tables.get(part.name))]
            return part.name, f"{tables[-1].label}, toute la table", None, None
        case "ligne":
            return _row(sides, part, day)
        case "lecture":
            points = [side.corpus.points[part.name] for side in sides]
            return part.name, points[-1].subject, points[0].retained, points[1].retained


def _rule(sides: tuple[Side, Side], ident: str, day: date) -> tuple[str, str | None, str | None]:
    label, told = ident, []
    for side in sides:
        rule = next((one for one in side.corpus.rules if one.ident == ident), None)
        version = None if rule is None else version_on(rule.versions, day)
        label = label if rule is None else rule.label
        told.append(None if rule is None or version is None else _said(side, rule, version))
    return label, told[0], told[1]


def _said(side: Side, rule: Rule, version: Version) -> str:
    condition = version.applicable
    value = value_of(side, rule, version)
    return value if condition is None else f"{value}, si {side.written(condition.span)}"


def _row(sides: tuple[Side, Side], part: Part, day: date) -> Told:
    told: list[str | None] = []
    keys, code, label = "", "", part.name
    for side in sides:
        table = side.corpus.tables[part.name]
        label = table.label
        row = next((one for one in _rows(table, day) if one.cells == part.cells), None)
        told.append(None if row is None else cell_of(side, table, row))
        if row is not None:
            keys = keys_of(side.corpus, table, row)
            code = ",".join(_code(cell) for cell in row.cells)
    return f"{part.name}[{code}]", f"{label} : {keys}", told[0], told[1]


def _code(cell: Cell) -> str:
    """A key in the name of a row, which is typed: codes, « [20;35] », no space."""
    if not isinstance(cell, Interval):
        return "/".join(sorted(french(one) for one in cell))
    if cell.low is not None and cell.low == cell.high:
        return _bare(cell.low)
    low = "-∞" if cell.low is None else _bare(cell.low)
    high = "+∞" if cell.high is None else _bare(cell.high)
    return f"{'[' if cell.low_in else ']'}{low};{high}{']' if cell.high_in else '['}"


def _bare(value: Fraction) -> str:
    return "".join(french_number(value).split())


def _rows(table: Table, day: date) -> Iterator[Row]:
    version = version_on(table.versions, day)
    yield from () if version is None else version.rows
