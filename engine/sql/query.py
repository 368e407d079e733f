"""A compiled program goes in, the statements that compute all its records come out.

The totals of a reading of lines are a table, by record. What the lines read of their record is
worked out for them, from the prepared records and from the totals of earlier readings, and nothing
else is: the columns of the record are all worked out at the end, once, over every total. A chain
of columns is one common table expression per level, each with the columns that something later
reads and no other; a long chain is cut in pieces, each a table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias, assert_never

from sqlglot import exp

from engine.evaluation.compilation.ir import TRUE, Col, Lit, Node, choose, columns
from engine.evaluation.compilation.names import marked
from engine.evaluation.compilation.program import (
    Column,
    Level,
    Pass,
    Program,
    Source,
    Total,
    reads,
)
from engine.sql.expressions import BIGINT, HUGEINT, cast, column, expression, named, number

RECORD: Final = "r"  # the record, where its lines are joined to it
LINE: Final = "l"
MARK: Final = marked("marque")
WORTH: Final = marked("valeur")
_LONGEST: Final = 30  # levels of one statement: planning more takes a time that grows faster


Part: TypeAlias = "tuple[str, exp.Select]"


@dataclass(frozen=True, slots=True)
class Stage:
    """A table to be made: its name, the expressions it rests on, in order, and its rows."""

    name: str
    parts: tuple[Part, ...]
    rows: exp.Select

    def select(self) -> exp.Select:
        """The whole query of the table."""
        return with_parts(self.rows, self.parts)


@dataclass(slots=True)
class Query:
    """The stages of a program, then the relation of the records, ``last``, over ``parts``.

    ``key`` is the column that tells a record, ``tables`` the relation of the prepared values of
    each collection (None: the records), ``kept`` the columns wanted at the end.
    """

    program: Program
    key: str
    tables: Mapping[str | None, str]
    kept: frozenset[str]
    stages: list[Stage] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    last: str = ""
    _columns: dict[str, Column] = field(default_factory=dict)
    _totals: dict[str, Total] = field(default_factory=dict)
    _relations: dict[str, str] = field(default_factory=dict)  # of each total

    def build(self) -> Query:
        """Fill ``stages`` and ``parts``; the query itself comes back."""
        self._columns = {one.name: one for one in self.program.columns if one.scope is None}
        passes = [step for step in self.program.steps if isinstance(step, Pass)]
        for step in passes:
            self._totals |= {one.name: one for one in step.totals}
        for group in _together(self.program):
            self._passes(group)
        self.last, self.parts = self._records(self.kept, "calcul")
        return self

    def final(self, listed: Sequence[exp.Expr]) -> exp.Select:
        """What is wanted of the records, over everything that the last stage leaves open."""
        return with_parts(_select(listed, self.last), self.parts)

    # --- columns of the record

    def _records(self, wanted: Iterable[str], name: str) -> tuple[str, list[Part]]:
        """A relation of the records with the columns ``wanted``, and what it rests on."""
        levels = self._levels(wanted)
        needed = self._read_after(levels, frozenset(wanted))
        made = {one.name for level in levels for one in level}
        here = sorted(needed[0] - made)
        parts: list[Part] = []
        last = self._base(here, name, parts)
        for at, level in enumerate(levels):
            if len(parts) >= _LONGEST:
                last, parts = self._cut(last, here, name, parts)
            kept = [one for one in here if one in needed[at + 1]]
            listed = [column(one) for one in (self.key, *kept)]
            rows = _select([*listed, *(_computed(one) for one in level)], last)
            last = f"{name}_{at + 1}"
            parts.append((last, rows))
            here = [*kept, *(one.name for one in level)]
        return last, parts

    def _levels(self, wanted: Iterable[str]) -> list[list[Column]]:
        """The columns that ``wanted`` need, each level reading the ones before."""
        depth: dict[str, int] = {}
        needed = set(wanted)
        for name in reversed(self._columns):
            if name in needed:
                needed |= {one for scope, one in reads(self._columns[name]) if scope is None}
        for name, one in self._columns.items():
            if name in needed:
                below = [depth.get(other, -1) for _, other in reads(one)]
                depth[name] = 1 + max(below, default=-1)
        found: list[list[Column]] = [[] for _ in range(1 + max(depth.values(), default=-1))]
        for name, level in depth.items():
            found[level].append(self._columns[name])
        return found

    def _read_after(
        self, levels: Sequence[Sequence[Column]], wanted: frozenset[str]
    ) -> list[frozenset[str]]:
        """For each level and for the end, the columns that are read from there on."""
        needed = set(wanted)
        found = [frozenset(needed)]
        for level in reversed(levels):
            needed |= {name for one in level for scope, name in reads(one) if scope is None}
            found.append(frozenset(needed))
        return list(reversed(found))

    def _base(self, wanted: Sequence[str], name: str, parts: list[Part]) -> str:
        """The prepared records with the totals among ``wanted``."""
        totals = [one for one in wanted if one in self._totals]
        if not totals:
            return self.tables[None]
        own = [one for one in wanted if one not in self._totals]
        relations = list(dict.fromkeys(self._relations[one] for one in totals))
        aliases = {one: f"t{at + 1}" for at, one in enumerate(relations)}
        listed: list[exp.Expr] = [column(one, RECORD) for one in (self.key, *own)]
        listed += [_none_is_nothing(self._totals[one], aliases[self._relations[one]])
                   for one in totals]  # fmt: skip
        select = _select(listed, self.tables[None], RECORD)
        for relation, alias in aliases.items():
            _join(select, self.key, relation, alias, "left")
        parts.append((f"{name}_0", select))
        return parts[-1][0]

    def _cut(
        self, last: str, here: Sequence[str], name: str, parts: list[Part]
    ) -> tuple[str, list[Part]]:
        """Make a table of the records as they are."""
        rows = _select([column(one) for one in (self.key, *here)], last)
        stage = Stage(f"etape_{len(self.stages) + 1}_{name}", tuple(parts), rows)
        self.stages.append(stage)
        return stage.name, []

    # --- lines

    def _passes(self, group: Sequence[Pass]) -> None:
        """The totals of readings that do not wait for one another."""
        read = {name for step in group for scope, name in _read_by(step) if scope is None}
        records = self.tables[None]
        if read & (self._columns.keys() | self._totals.keys()):
            last, parts = self._records(read, f"besoin_{len(self.stages) + 1}")
            rows = _select([column(one) for one in (self.key, *sorted(read))], last)
            self.stages.append(Stage(f"besoin_{len(self.stages) + 1}", tuple(parts), rows))
            records = self.stages[-1].name
        for step in group:
            self._pass(step, records)

    def _pass(self, step: Pass, records: str) -> None:
        """The tables of the totals of one reading."""
        name = f"{step.collection}_{len(self.stages) + 1}"
        parts: list[Part] = []
        lines = self._lines(name, step, records, parts)
        plain = [one for one in step.totals if not _apart(one)]
        alone = [one for one in step.totals if _apart(one)]
        rows = [self._plain(plain, lines)] if plain else []
        rows += [_once(self.key, one, lines) for one in alone]
        tables = [plain] if plain else []
        tables += [[one] for one in alone]
        if len(rows) == 1:
            self._total_stage(f"totaux_{name}", parts, rows[0], tables[0])
            return
        # several groupings read the same lines: the first makes them, the others read them again
        for at, (select, totals) in enumerate(zip(rows, tables, strict=True)):
            self._total_stage(f"totaux_{name}_{at + 1}", parts, select, totals)

    def _total_stage(
        self, name: str, parts: Sequence[Part], rows: exp.Select, totals: Sequence[Total]
    ) -> None:
        copies = tuple((one, select.copy()) for one, select in parts)
        self.stages.append(Stage(name, copies, rows))
        self._relations |= dict.fromkeys((one.name for one in totals), name)

    def _plain(self, totals: Sequence[Total], lines: str) -> exp.Select:
        listed = [column(self.key), *(_total(one) for one in totals)]
        return _select(listed, lines).group_by(column(self.key), copy=False)

    def _lines(self, name: str, step: Pass, records: str, parts: list[Part]) -> str:
        """The lines of a collection with the columns that its totals read."""
        read = _read_by(step)
        made = {one.name for level in step.levels for one in level}
        fields = sorted(col for scope, col in read if scope is not None and col not in made)
        own = sorted(col for scope, col in read if scope is None)
        source = self.tables[step.collection]
        if own:
            listed: list[exp.Expr] = [column(one, LINE) for one in (self.key, *fields)]
            listed += [column(one, RECORD) for one in own]
            select = _select(listed, source, LINE)
            _join(select, self.key, records, RECORD, "inner", LINE)
            parts.append((f"{name}_lignes", select))
            source = parts[-1][0]
        here = [*fields, *own]
        return line_relation(
            self.key, step.levels, f"{name}_lignes", parts, here, source, step.totals
        )


def _together(program: Program) -> list[list[Pass]]:
    """The readings of a program, those that follow each other without a level between together."""
    groups: list[list[Pass]] = []
    before: Level | Pass | None = None
    for step in program.steps:
        if isinstance(step, Pass):
            if isinstance(before, Pass):
                groups[-1].append(step)
            else:
                groups.append([step])
        before = step
    return groups


def _join(  # noqa: PLR0913, PLR0917 - the two sides, and how
    select: exp.Select, key: str, relation: str, alias: str, side: str, other: str = RECORD
) -> None:
    same = exp.EQ(this=column(key, alias), expression=column(key, other))
    select.join(exp.to_table(relation, alias=alias), on=same, join_type=side, copy=False)


def _once(key: str, total: Total, lines: str) -> exp.Select:
    """A total in which lines that share a value count once: grouped twice."""
    if total.how != "distincts":
        # a line without the mark counts by itself: its rank tells it from the others
        return _marked(key, total, lines)
    inner = _select([column(key), named(expression(total.body), MARK)], lines)
    inner = inner.where(expression(total.where), copy=False).distinct()
    value = cast(exp.Count(this=column(MARK)), BIGINT)
    outer = exp.select(column(key), named(value, total.name))
    return outer.from_(inner.subquery("x")).group_by(column(key))


def _marked(key: str, total: Total, lines: str) -> exp.Select:
    """The sum of the greatest body of each mark, and of the bodies without one."""
    listed = [
        column(key),
        named(expression(total.once_per or Lit(None)), MARK),
        named(number(total.body, wide=total.wide), WORTH),
    ]
    inner = _select(listed, lines)
    if total.where != TRUE:
        inner = inner.where(expression(total.where), copy=False)
    alone = exp.Is(this=column(MARK), expression=exp.Null())
    middle = exp.select(
        column(key),
        named(
            exp.Case(
                ifs=[exp.If(this=alone, true=exp.Sum(this=column(WORTH)))],
                default=exp.Max(this=column(WORTH)),
            ),
            WORTH,
        ),
    ).from_(inner.subquery("x")).group_by(column(key), column(MARK))  # fmt: skip
    total_value = cast(exp.Sum(this=column(WORTH)), HUGEINT if total.wide else BIGINT)
    return (
        exp.select(column(key), named(total_value, total.name))
        .from_(middle.subquery("y"))
        .group_by(column(key))
    )


def line_relation(  # noqa: PLR0913, PLR0917 - everything a chain of levels is made of
    key: str,
    levels: Sequence[Sequence[Column]],
    name: str,
    parts: list[Part],
    here: Sequence[str],
    source: str | None = None,
    wanted: Sequence[Total] | None = None,
) -> str:
    """Add the columns of the line to ``parts``, level after level; the last relation comes back.

    Args:
        key: the column that tells a record.
        levels: the columns of the line, each level reading the ones before.
        name: what the names of the relations begin with.
        parts: where they are added.
        here: the columns of ``source``, besides the key.
        source: the relation of the lines; the last of ``parts`` when None.
        wanted: the totals that are read from the lines; every column is kept when None.
    """
    last = parts[-1][0] if source is None else source
    for index, level in enumerate(levels):
        kept = list(here)
        if wanted is not None:
            later: list[Column | Total] = [*wanted]
            later += [one for rest in levels[index + 1 :] for one in rest]
            needed = {col for one in later for _, col in reads(one)}
            kept = [one for one in here if one in needed]
        listed = [column(one) for one in (key, *kept)]
        select = _select([*listed, *(_computed(one) for one in level)], last)
        last = f"{name}_{index + 1}"
        parts.append((last, select))
        here = [*kept, *(one.name for one in level)]
    return last


def _read_by(step: Pass) -> frozenset[tuple[str | None, str]]:
    """The columns that a reading reads, of its lines and of their record."""
    items: list[Column | Total] = [*step.totals]
    items += [one for level in step.levels for one in level]
    return frozenset(key for one in items for key in reads(one))


def _select(listed: Sequence[exp.Expr], source: str, alias: str | None = None) -> exp.Select:
    found = exp.Select(expressions=list(listed))
    return found.from_(exp.to_table(source, alias=alias), copy=False)


def _computed(one: Column) -> exp.Expr:
    found = number(one.node, wide=one.wide) if one.kind == "nombre" else expression(one.node)
    if isinstance(one.node, Lit) and one.node.value is None:
        found = cast(found, BIGINT)
    return named(found, one.name)


def _apart(total: Total) -> bool:
    """Whether a total needs a grouping of its own."""
    return total.how == "distincts" or total.once_per is not None


def _total(total: Total) -> exp.Expr:
    """The aggregate of a total over the lines of a record."""
    wide = HUGEINT if total.wide else BIGINT
    match total.how:
        case "somme" | "compte":
            chosen = choose([(total.where, total.body)], Lit(0))
            found: exp.Expr = cast(exp.Sum(this=number(chosen, wide=total.wide)), wide)
        case "existe":
            found = exp.LogicalOr(this=expression(total.where))
        case "bits":
            found = exp.BitwiseOrAgg(this=number(total.body, wide=False))
        case "max" | "min":
            chosen = choose([(total.where, total.body)], Lit(None))
            kind = exp.Max if total.how == "max" else exp.Min
            found = kind(this=expression(chosen))
        case "distincts":
            message = "grouped twice"
            raise AssertionError(message)
        case _:
            assert_never(total.how)
    return named(found, total.name)


def _none_is_nothing(total: Total, alias: str) -> exp.Expr:
    """A record without lines: its total is what the total of nothing is."""
    found: exp.Expr = column(total.name, alias)
    if total.how == "existe":
        found = exp.Coalesce(this=found, expressions=[exp.Boolean(this=False)])
    elif total.how not in ("max", "min"):
        found = exp.Coalesce(this=found, expressions=[cast(exp.Literal.number(0), BIGINT)])
    return named(found, total.name)


def with_parts(select: exp.Select, parts: Sequence[Part]) -> exp.Select:
    """``select`` preceded by its common table expressions."""
    if not parts:
        return select
    tables = [
        exp.CTE(this=inner, alias=exp.TableAlias(this=exp.to_identifier(name)))
        for name, inner in parts
    ]
    select.set("with_", exp.With(expressions=tables))
    return select


def needed_columns(program: Program, *, alarms: bool) -> frozenset[str]:
    """The columns of the record that the results, and the anomalies if asked, are read from."""
    found: list[Node] = []
    for output in program.outputs:
        typed = output.typed
        found += [one for one in (typed.node, typed.mask, typed.den) if one is not None]
    for alarm in program.alarms if alarms else ():
        found.append(Col(alarm.count))
        for part in alarm.message:
            if not isinstance(part, str) and alarm.control.scope is None:
                typed = part[0]
                found += [one for one in (typed.node, typed.mask, typed.den) if one is not None]
    names = {col.name for node in found for col in columns(node) if col.scope is None}
    made = {one.name for one in program.columns if one.scope is None}
    made |= {one.name for one in program.sources if one.scope is None}
    made |= {
        total.name for step in program.steps if isinstance(step, Pass) for total in step.totals
    }
    return frozenset(names & made)


def sources_by_table(program: Program) -> Mapping[str | None, tuple[Source, ...]]:
    """The columns that the program reads, by collection (None: the record itself)."""
    found: dict[str | None, list[Source]] = {None: []}
    for step in program.steps:
        if isinstance(step, Pass):
            found.setdefault(step.collection, [])
    for one in program.sources:
        found.setdefault(one.scope, []).append(one)
    return {scope: tuple(listed) for scope, listed in found.items()}
