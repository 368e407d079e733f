"""Two laws and a population go in; what changes for whom, by how much and why comes out, exactly.

The files are read, the effects measured, records chosen and explained; an announced effect is then
compared with the measured one. Amounts are exact numbers of the unit of the total; shares of causes
add up to the whole effect.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Final, TypeAlias

import duckdb

from engine.calcul.divergence import divergence_report
from engine.effet.people import ChosenRecord, People, look
from engine.effet.population import ByField
from engine.effet.weigh import SCALE, Found, Measure, moved, weigh
from engine.evaluation.causes import Edits, Mixture, Part
from engine.evaluation.compilation.build import OffGridError
from engine.evaluation.compilation.lower import UnsupportedError
from engine.evaluation.compilation.scaled import TooWideError
from engine.evaluation.divergence import diverge
from engine.evaluation.interpreter import Interpreter
from engine.evaluation.law import Law, read_shaped
from engine.evaluation.shapley import shares
from engine.evaluation.show import french, french_number
from engine.histoire.compare import LawSide, cell_of, keys_of, value_of
from engine.langage import nodes
from engine.langage.corpus import Cell, Corpus, Effects, Interval, Rule, Version
from engine.langage.epochs import version_on
from engine.langage.records import Record
from engine.module.host import StoppedError
from engine.reponse.text import report_lines
from engine.source import tree
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic, in_order
from engine.source.messages.hints import close_names
from engine.source.positions import Span
from engine.source.writing import temporary_folder
from engine.sql.campaign import CHUNK, Settings, open_database, raw_sources
from engine.sql.duck import close_doors, ctrl_c, disk_error
from engine.sql.inputs.open import changed_file, damage, open_inputs
from engine.sql.reader import Reader
from engine.sql.runs import not_planned
from engine.sql.tables import Tables, key_column

OWN_NAME: Final = "dossiers"  # what the changes of the records themselves are called
_PartWords: TypeAlias = "tuple[str, str, str | None, str | None]"  # name, label, before, after


@dataclass(frozen=True, slots=True)
class ImpactRequest:
    """What is asked: a population, what it was before its own changes, the year of the law.

    ``year``: the first of the school year whose law applies, None: that of each record.
    ``top``: how many records are chosen of each kind. ``memory``: megabytes.
    """

    source: Path
    old: Path | None = None
    year: int | None = None
    top: int = 5
    memory: int | None = None
    threads: int | None = None
    chunk: int = CHUNK

    @property
    def settings(self) -> Settings:
        """How it is computed."""
        # A range of two populations takes as much memory as one of twice as many records.
        chunk = self.chunk if self.old is None else self.chunk // 2
        return Settings(None, {}, chunk, self.memory, self.threads)

    @property
    def room(self) -> Settings:
        """What the database may use."""
        return replace(self.settings, chunk=self.chunk * (1 if self.old is None else 2))


# --- measured


@dataclass(frozen=True, slots=True)
class Measurement:
    """The effects of two laws, and the chosen records before and after, None where one is not."""

    found: Found
    people: People
    records: Mapping[str, tuple[Record | None, Record | None]]
    grid: Fraction  # what one unit of an amount is worth


def measure(
    laws: tuple[Law, Law],
    effects: Effects,
    request: ImpactRequest,
    folder: Path,
    tell: Callable[[int, int], None],
) -> tuple[Measurement | None, tuple[Diagnostic, ...]]:
    """The effects of going from one law to the other.

    Args:
        laws: the old one and the new one; records are read as the new one says.
        effects: what is measured.
        request: what is asked.
        folder: an empty folder, where the records that differ are written, one file per range.
        tell: called with the number of records done and that of all of them.

    Returns:
        The effects, or None and what kept them from being measured: E115, E120 to E135, E528 to
        E530, E537, E589.

    Raises:
        OSError: the disk does not take what is written.
    """
    corpus = laws[1].corpus
    asked = Measure(effects.total, effects.by, request.year)
    try:
        with (
            ctrl_c(),
            temporary_folder() as aside,
            open_database(request.room, aside.as_posix()) as link,
        ):
            tables, findings = _open(link, request, corpus, aside)
            if tables is None:
                return None, findings
            files = {
                file: hashed
                for one in tables
                if one is not None
                for file, hashed in one.files.items()
            }
            close_doors(link, [aside, folder], files)
            found = weigh(link, laws, tables, asked, request.settings, folder, tell)
            unit = corpus.units[corpus.rule(effects.total).unit or ""]
            grid = Fraction(1, 10**unit.decimals)
            people = look(link, folder, asked.by, found.effects.people, grid, request.top)
            idents = [one.ident for one in people.chosen]
            records = _records(link, corpus, tables, request, idents)
        moved = changed_file(files)
        if moved is not None:
            return None, (say("E537", moved.as_posix()),)
        return Measurement(found, people, records, grid), ()
    except duckdb.OutOfMemoryException:
        return None, (
            say(
                "E528",
                "--memoire",
                cas="libre" if request.memory is None else "permise",
                memoire=request.memory,
            ),
        )
    except (OffGridError, UnsupportedError, TooWideError, StoppedError) as error:
        return None, (not_planned(error),)
    except duckdb.Error as error:
        sources = [one for one in (request.source, request.old) if one is not None]
        found_damage = next((one for source in sources if (one := damage(source))), None)
        if found_damage is not None:
            return None, (found_damage,)
        if not isinstance(error, duckdb.IOException):
            raise
        raise disk_error(error) from error


def _open(
    link: duckdb.DuckDBPyConnection, request: ImpactRequest, corpus: Corpus, aside: Path
) -> tuple[tuple[Tables, Tables | None] | None, tuple[Diagnostic, ...]]:
    """The tables of both populations, or what is wrong with them."""
    found: list[Tables] = []
    for place, source in enumerate((request.source, request.old)):
        if source is None:
            continue
        copies = aside / f"copies-{place}"
        copies.mkdir()
        tables, findings = open_inputs(link, source, corpus.model, corpus.first_day, copies)
        if tables is None:
            return None, findings
        found.append(tables)
    root, key = corpus.model.table, key_column(corpus.model)
    kinds = {one.raw[root].types[one.renamed[root][key]] == "VARCHAR" for one in found}
    if request.old is not None and len(kinds) > 1:  # identifiers are texts in one of them only
        return None, (say("E589", request.old.as_posix(), nouveau=request.source.as_posix()),)
    return (found[0], None if request.old is None else found[1]), ()


def _records(
    link: duckdb.DuckDBPyConnection,
    corpus: Corpus,
    tables: tuple[Tables, Tables | None],
    request: ImpactRequest,
    idents: Sequence[str],
) -> Mapping[str, tuple[Record | None, Record | None]]:
    """These records, before and after."""
    new, old = tables
    shown = request.source.as_posix()
    read = []
    for rows in (new, old):
        if rows is None:
            continue
        reader = Reader(corpus.model, raw_sources(link, rows), corpus.first_day)
        read.append(reader.records(link, idents, shown))
    after = read[0]
    before = read[-1]
    return {one: (before.get(one), after.get(one)) for one in idents}


# --- told


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

    chosen: ChosenRecord
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
    by: tuple[ByField, ...]
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
    request: ImpactRequest,
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
            yield Amount(
                name, found.mixture.after.rule(name).label, changed, before * grid, after * grid
            )


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
        values = {
            frozenset(one for one in players if one <= edits): Fraction(value) * grid
            for edits, value in sums.between.items()
        }
        for player, part in shares(frozenset(players), values).items():
            one = total.setdefault(player, _Sum())
            one.move += part
            one.amounts[amount] = one.amounts.get(amount, Fraction(0)) + part
    told = [
        Share(_named(found.mixture, sides, edits), one.move, one.amounts)
        for edits, one in total.items()
    ]
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
        version = version_on(table.versions, day)
        rows = () if version is None else version.rows
        row = next((one for one in rows if one.cells == part.cells), None)
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


# --- a record, step by step


@dataclass(frozen=True, slots=True)
class Teller:
    """What records are evaluated with.

    ``years``: the law is that of so many years after the day of a record. ``names``: the amounts.
    """

    mixture: Mixture
    years: int
    names: Sequence[str]

    def told(self, chosen: ChosenRecord, before: Record | None, after: Record | None) -> Told:
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


# --- announced


@dataclass(frozen=True, slots=True)
class Announced:
    """A number that is announced: exactly, or between two bounds that are included."""

    low: Fraction
    high: Fraction
    span: Span

    @property
    def words(self) -> str:
        """How it is told."""
        low, high = french_number(self.low), french_number(self.high)
        return low if low == high else f"entre {low} et {high}"


def read_announced(path: Path) -> tuple[tree.Mapping | None, tuple[Diagnostic, ...]]:
    """What a file announces; None and E101 to E119 when it cannot be read."""
    root, wrong = read_shaped(path, "impact")
    return (None if root is None else nodes.mapping(root.get("impact"))), wrong


def check_announced(announced: tree.Mapping, found: Impact) -> tuple[Diagnostic, ...]:
    """E587 for each number that is not the announced one, E588 for what does not change."""
    people = found.people
    counts = {"changent": people.changed, "gagnent": people.winners, "perdent": people.losers}
    numbers = {"total": found.move, **{name: Fraction(one) for name, one in counts.items()}}
    findings = [
        wrong
        for name, measured in numbers.items()
        for one in _numbers(announced.get(name))
        for wrong in _compared(name, one, measured)
    ]
    moves = {one.name: one.move for one in found.amounts}
    causes = {one.cause.name: one.move for one in found.shares}
    findings += _announced_by_name(announced, "montants", "un montant", moves)
    findings += _announced_by_name(announced, "causes", "une cause", causes)
    return in_order(findings)


def _announced_by_name(
    announced: tree.Mapping, key: str, what: str, measured: Mapping[str, Fraction]
) -> Iterator[Diagnostic]:
    """What is announced by name; what is not announced must not move."""
    body = nodes.mapping(announced.get(key))
    if body is None:
        return
    told = {name.text for name, _ in body.entries}
    for name, node in body.entries:
        if name.text not in measured:
            near = close_names(name.text, list(measured))
            yield say(
                "E588",
                name.span,
                nom=name.text,
                quoi=what,
                connus=list(measured) or ["rien"],
                conseils=near or ("reglo impact --format json donne leurs noms",),
            )
            continue
        for one in _numbers(node):
            yield from _compared(f"{what} « {name.text} »", one, measured[name.text])
    for other, move in measured.items():
        if other not in told and move:
            yield say(
                "E587", body.span, quoi=f"{what} « {other} »", annonce="rien n'est", lu=_shown(move)
            )


def _compared(what: str, one: Announced, measured: Fraction) -> Iterator[Diagnostic]:
    if not one.low <= measured <= one.high:
        yield say("E587", one.span, quoi=what, annonce=one.words, lu=_shown(measured))


def _numbers(node: tree.Node | None) -> Iterator[Announced]:
    if isinstance(node, tree.Scalar):
        value = nodes.number(node)
        if value is not None:
            yield Announced(value, value, node.span)
    elif isinstance(node, tree.Mapping):
        bounds = [nodes.number(one) for one in nodes.scalars(node.get("entre"))]
        low, high = bounds if len(bounds) == 2 else (None, None)  # noqa: PLR2004 - both bounds
        if low is not None and high is not None:
            yield Announced(low, high, node.span)


def _shown(value: Fraction) -> str:
    return french_number(value, 0 if value.denominator == 1 else 2)
