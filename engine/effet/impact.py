"""Two laws and a population go in; what changes for whom, by how much and why comes out, exactly.

Amounts are exact numbers of the unit of the total; shares of causes add up to the whole effect.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Final, TypeAlias

from engine.calcul.divergence import divergence_report
from engine.effet.measured import Measurement, Request, measure
from engine.effet.people import Chosen, People
from engine.effet.run import Found, moved
from engine.effet.side import Place
from engine.effet.weigh import SCALE
from engine.evaluation.causes import Edits, Mixture, Part
from engine.evaluation.divergence import diverge
from engine.evaluation.interpreter import Interpreter
from engine.evaluation.law import Law
from engine.evaluation.shapley import shares
from engine.evaluation.show import french, french_number
from engine.histoire.compare import LawSide, cell_of, keys_of, value_of
from engine.langage.corpus import Cell, Corpus, Effects, Interval, Row, Rule, Table, Version
from engine.langage.epochs import version_on
from engine.langage.records import Record
from engine.reponse.text import report_lines
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic

OWN_NAME: Final = "dossiers"  # what the changes of the records themselves are called
_PartWords: TypeAlias = "tuple[str, str, str | None, str | None]"  # name, label, before, after


@dataclass(frozen=True, slots=True)
class Amount:
    """One amount: records in which it differs, its sums before and after where it may differ."""

    name: str
    label: str
    changed: int
    before: Fraction
    after: Fraction

    @property
    def move(self) -> Fraction:
        """What the change does to it."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Named:
    """One cause: a name to announce it by, what it is, what it was and is, and where."""

    name: str
    label: str
    before: str | None
    after: str | None
    place: str


@dataclass(frozen=True, slots=True)
class Share:
    """What one cause does, whatever the order: in all, and by amount."""

    cause: Named
    move: Fraction
    amounts: Mapping[str, Fraction]


@dataclass(frozen=True, slots=True)
class Told:
    """A record and why its amounts differ; no words when one of the populations has it not."""

    chosen: Chosen
    words: tuple[str, ...]
    json: object


@dataclass(frozen=True, slots=True)
class Impact:
    """The effect of a change on a population.

    ``decimals``: those of the amounts. ``amounts``: those that change. ``unsure``: records whose
    share between causes goes through a law under which an amount is not computable. ``own``: the
    effect of what changed in a record itself, the greatest first.
    """

    total: str
    label: str
    symbol: str
    decimals: int
    by: tuple[Place, ...]
    read: int
    refused: int
    amounts: tuple[Amount, ...]
    shares: tuple[Share, ...]
    unsure: int
    people: People
    told: tuple[Told, ...] = ()
    own: tuple[tuple[str, Fraction], ...] = ()

    @property
    def move(self) -> Fraction:
        """The whole effect."""
        return sum((one.move for one in self.shares), Fraction(0))


def impact(
    laws: tuple[Law, Law],
    sides: tuple[LawSide, LawSide],
    request: Request,
    folder: Path,
    tell: Callable[[int, int], None],
) -> tuple[Impact | None, tuple[Diagnostic, ...]]:
    """The effect of going from one law to the other.

    Args:
        laws: the old one and the new one; records are read as the new one says.
        sides: the same, with the text of their files.
        request: what is asked.
        folder: an empty folder, where the records that differ are written, one file per range.
        tell: called with the number of records done and that of all of them.

    Returns:
        The effect, or None and what kept it from being measured: E586, and see ``measure``.
    """
    after = laws[1].corpus
    if after.effects is None:
        return None, (say("E586", after.digest),)
    measured, findings = measure(laws, after.effects, request, folder, tell)
    return (None if measured is None else _told(measured, sides, after.effects)), findings


def _told(measured: Measurement, sides: tuple[LawSide, LawSide], asked: Effects) -> Impact:
    found, people, grid = measured.found, measured.people, measured.grid
    rule = found.mixture.after.rule(asked.total)
    unit = found.mixture.after.units[rule.unit or ""]
    teller = Teller(found.mixture, found.years, found.amounts)
    return Impact(
        asked.total,
        rule.label,
        unit.symbol,
        unit.decimals,
        asked.by,
        found.effects.read,
        found.effects.refused,
        tuple(_amounts(found, grid)),
        _shares(found, sides, grid),
        sum(one.stuck for one in found.effects.sums.values()),
        people,
        tuple(teller.told(one, *measured.records[one.ident]) for one in people.chosen),
        tuple((ident, value * grid / SCALE) for ident, value in people.own),
    )


def _amounts(found: Found, grid: Fraction) -> Iterable[Amount]:
    for name in found.amounts:
        sums = [one for (amount, _), one in found.effects.sums.items() if amount == name]
        changed = sum(one.differ for one in sums)
        before, after = sum(one.before for one in sums), sum(one.after for one in sums)
        if changed:
            yield Amount(name, found.mixture.after.rule(name).label, changed, before * grid,
                         after * grid)  # fmt: skip


@dataclass(slots=True)
class _Sum:
    move: Fraction = Fraction(0)
    amounts: dict[str, Fraction] = field(default_factory=dict)


def _shares(found: Found, sides: tuple[LawSide, LawSide], grid: Fraction) -> tuple[Share, ...]:
    """The share of each cause, the greatest first; a cause without any effect has one of 0."""
    every = range(len(found.mixture.causes))
    total: dict[Edits, _Sum] = {frozenset({one}): _Sum() for one in every}
    for (amount, players), sums in found.effects.sums.items():
        if amount not in found.measured.weighed:
            continue
        values = {frozenset(one for one in players if one <= edits): Fraction(value) * grid
                  for edits, value in sums.between.items()}  # fmt: skip
        for player, part in shares(frozenset(players), values).items():
            one = total.setdefault(player, _Sum())
            one.move += part
            one.amounts[amount] = one.amounts.get(amount, Fraction(0)) + part
    told = [Share(_named(found.mixture, sides, edits), one.move, one.amounts)
            for edits, one in total.items()]  # fmt: skip
    return tuple(sorted(told, key=lambda one: (-abs(one.move), one.cause.name)))


def to_grid(parts: Sequence[Fraction], grid: Fraction) -> list[Fraction]:
    """``parts`` on the grid, their sum that of the exact ones (largest remainders)."""
    whole = [part / grid for part in parts]
    cut = [one.numerator // one.denominator for one in whole]
    left = sum(whole, Fraction(0)) - sum(cut)
    order = sorted(range(len(parts)), key=lambda at: cut[at] - whole[at])
    for at in order[: left.numerator // left.denominator]:
        cut[at] += 1
    return [one * grid for one in cut]


# --- a cause, in words


def _named(mixture: Mixture, sides: tuple[LawSide, LawSide], edits: Edits) -> Named:
    """What edits that are weighed together are: of the law, or of the records themselves."""
    if len(mixture.causes) in edits:
        return Named(OWN_NAME, "Dossiers modifiés", None, None, "")
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


def _when_it_differs(
    sides: tuple[LawSide, LawSide], part: Part, days: Sequence[date]
) -> _PartWords:
    """What a part is on the last day on which it is not the same on both sides."""
    told = [_part(sides, part, day) for day in days]
    return next((one for one in told if one[2] != one[3]), told[0])


def _part(sides: tuple[LawSide, LawSide], part: Part, day: date) -> _PartWords:
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


def _rule(
    sides: tuple[LawSide, LawSide], ident: str, day: date
) -> tuple[str, str | None, str | None]:
    label, told = ident, []
    for side in sides:
        rule = next((one for one in side.corpus.rules if one.ident == ident), None)
        version = None if rule is None else version_on(rule.versions, day)
        label = label if rule is None else rule.label
        told.append(None if rule is None or version is None else _said(side, rule, version))
    return label, told[0], told[1]


def _said(side: LawSide, rule: Rule, version: Version) -> str:
    condition = version.applicable
    value = value_of(side, rule, version)
    return value if condition is None else f"{value}, si {side.written(condition.span)}"


def _row(sides: tuple[LawSide, LawSide], part: Part, day: date) -> _PartWords:
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


# --- a record, step by step


@dataclass(frozen=True, slots=True)
class Teller:
    """What records are evaluated with.

    ``years``: the law is that of so many years after the day of a record. ``names``: the amounts.
    """

    mixture: Mixture
    years: int
    names: Sequence[str]

    def told(self, chosen: Chosen, before: Record | None, after: Record | None) -> Told:
        """Why the amounts of a record differ."""
        if before is None or after is None:
            which = "d'avant" if before is None else "d'après"
            return Told(chosen, (f"absent de la population {which}",), None)
        first = self._evaluation(self.mixture.before, before)
        second = self._evaluation(self.mixture.after, after)
        report = divergence_report(diverge(first, second, self.names), first, second)
        return Told(chosen, tuple(report_lines(report, None)), report.data)

    def _evaluation(self, corpus: Corpus, record: Record) -> Interpreter:
        epoch = Law(corpus).epoch(moved(record.day, self.years))
        return Interpreter(corpus, epoch, record, traced=True)
