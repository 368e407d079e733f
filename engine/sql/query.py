"""A compiled program goes in, the statements that compute all its records come out.

A statement is a chain of common table expressions, one per level of the program, each with the
columns that something later reads and no other. A reading of a collection is: its lines, with what
they need of their record; the columns of the line; the totals by record; and the record with these
totals. The records are kept in a table before each group of readings: their lines and they
themselves read it, and a long chain is planned in pieces.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias, assert_never

from sqlglot import exp

from engine.evaluation.compilation.ir import TRUE, Col, Lit, Node, choose, columns
from engine.evaluation.compilation.lower import EPOCH_COLUMN
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

    ``here`` are the columns of ``last``, besides the key.

    ``key`` is the column that tells a record, ``tables`` the relation of the prepared values of
    each collection (None: the records), ``kept`` the columns wanted at the end; ``prefix`` begins
    the name of every table made.
    """

    program: Program
    key: str
    tables: Mapping[str | None, str]
    kept: frozenset[str]
    carried: tuple[str, ...] = ()  # columns of the prepared records that no rule may read
    prefix: str = "etape"
    stages: list[Stage] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    last: str = ""
    here: tuple[str, ...] = ()

    def build(self) -> Query:
        """Fill ``stages`` and ``parts``; the query itself comes back."""
        needed = _needed_after(self.program, self.kept)
        own = [one.name for one in self.program.sources if one.scope is None]
        epochs = any(Col(EPOCH_COLUMN) in columns(one.node) for one in self.program.columns)
        self.last = self.tables[None]
        always = [*self.carried, *([EPOCH_COLUMN] if epochs else [])]
        self.here = tuple(dict.fromkeys((*own, *always)))
        steps = list(enumerate(self.program.steps))
        while steps:
            place, step = steps.pop(0)
            if isinstance(step, Level):
                self._level(step, needed[place])
                continue
            group = [step]
            while steps and isinstance(other := steps[0][1], Pass):
                group.append(other)
                place, _ = steps.pop(0)
            self._passes(group, needed[place])
        return self

    def final(self, listed: Sequence[exp.Expr]) -> exp.Select:
        """What is wanted of the records, over everything that the last stage leaves open."""
        return with_parts(_select(listed, self.last), self.parts)

    def _add(self, name: str, select: exp.Select) -> str:
        self.parts.append((name, select))
        return name

    def _close(self, needed: frozenset[str]) -> None:
        """Make a table of the records as they are."""
        if not self.parts:
            return
        kept = tuple(name for name in self.here if name in needed)
        rows = _select([column(name) for name in (self.key, *kept)], self.last)
        stage = Stage(f"{self.prefix}_{len(self.stages) + 1}", tuple(self.parts), rows)
        self.stages.append(stage)
        self.parts, self.last, self.here = [], stage.name, kept

    def _level(self, step: Level, needed: frozenset[str]) -> None:
        found = [_computed(one) for one in step.columns]
        kept = [name for name in self.here if name in needed]
        listed = [column(name) for name in (self.key, *kept)]
        name = f"niveau_{len(self.stages) + 1}_{len(self.parts) + 1}"
        self.last = self._add(name, _select([*listed, *found], self.last))
        self.here = (*kept, *(one.name for one in step.columns))

    def _passes(self, group: Sequence[Pass], needed: frozenset[str]) -> None:
        read = {name for step in group for scope, name in _read_by(step) if scope is None}
        self._close(needed | read)
        joined: list[tuple[str, Sequence[Total]]] = []
        for step in group:
            joined += self._pass(step)
        kept = [one for one in self.here if one in needed]
        listed: list[exp.Expr] = [column(one, RECORD) for one in (self.key, *kept)]
        for index, (_, totals) in enumerate(joined):
            listed += [_none_is_nothing(one, f"t{index + 1}") for one in totals]
        select = _select(listed, self.last, RECORD)
        for index, (relation, _) in enumerate(joined):
            self._join(select, relation, f"t{index + 1}", "left")
        self.last = self._add(f"niveau_{len(self.stages) + 1}_{len(self.parts) + 1}", select)
        self.here = (*kept, *(one.name for step in group for one in step.totals))

    def _pass(self, step: Pass) -> list[tuple[str, Sequence[Total]]]:
        """The relations of the totals of one reading, each with the totals it holds."""
        name = f"{step.collection}_{len(self.stages) + 1}"
        lines = self._lines(name, step)
        plain = [one for one in step.totals if not _apart(one)]
        found: list[tuple[str, Sequence[Total]]] = []
        if plain:
            listed = [column(self.key), *(_total(one) for one in plain)]
            select = _select(listed, lines).group_by(column(self.key), copy=False)
            found.append((self._add(f"{name}_totaux", select), plain))
        found += [(self._add(f"{name}_{one.name}", self._once(one, lines)), (one,))
                  for one in step.totals if _apart(one)]  # fmt: skip
        return found

    def _join(self, select: exp.Select, relation: str, alias: str, side: str) -> None:
        same = exp.EQ(this=column(self.key, alias), expression=column(self.key, RECORD))
        select.join(exp.to_table(relation, alias=alias), on=same, join_type=side, copy=False)

    def _lines(self, name: str, step: Pass) -> str:
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
            same = exp.EQ(this=column(self.key, LINE), expression=column(self.key, RECORD))
            select.join(exp.to_table(self.last, alias=RECORD), on=same, join_type="inner",
                        copy=False)  # fmt: skip
            source = self._add(f"{name}_lignes", select)
        here = [*fields, *own]
        return line_relation(
            self.key, step.levels, f"{name}_lignes", self.parts, here, source, step.totals
        )

    def _once(self, total: Total, lines: str) -> exp.Select:
        """A total in which lines that share a value count once: grouped twice."""
        mark = total.body if total.how == "distincts" else total.once_per
        if mark is None:
            message = f"{total.name} has no mark"
            raise AssertionError(message)
        listed = [column(self.key), named(expression(mark), "marque")]
        if total.how == "distincts":
            inner = _select(listed, lines).where(expression(total.where), copy=False).distinct()
            value: exp.Expr = exp.Count(this=column("marque"))
        else:
            # a line without the mark counts by itself: its rank tells it from the others
            return _marked(self.key, total, lines)
        outer = exp.select(column(self.key), named(cast(value, BIGINT), total.name))
        return outer.from_(inner.subquery("x")).group_by(column(self.key))


def _marked(key: str, total: Total, lines: str) -> exp.Select:
    """The sum of the greatest body of each mark, and of the bodies without one."""
    listed = [
        column(key),
        named(expression(total.once_per or Lit(None)), "marque"),
        named(number(total.body, wide=total.wide), "valeur"),
    ]
    inner = _select(listed, lines)
    if total.where != TRUE:
        inner = inner.where(expression(total.where), copy=False)
    alone = exp.Is(this=column("marque"), expression=exp.Null())
    middle = exp.select(
        column(key),
        named(
            exp.Case(
                ifs=[exp.If(this=alone, true=exp.Sum(this=column("valeur")))],
                default=exp.Max(this=column("valeur")),
            ),
            "valeur",
        ),
    ).from_(inner.subquery("x")).group_by(column(key), column("marque"))  # fmt: skip
    total_value = cast(exp.Sum(this=column("valeur")), HUGEINT if total.wide else BIGINT)
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


def _needed_after(program: Program, kept: frozenset[str]) -> list[frozenset[str]]:
    """For each step, the columns of the record that a later step or the end reads."""
    needed = set(kept)
    found: list[frozenset[str]] = []
    for step in reversed(program.steps):
        found.append(frozenset(needed))
        if isinstance(step, Pass):
            read = _read_by(step)
        else:
            read = frozenset(key for one in step.columns for key in reads(one))
        needed |= {name for scope, name in read if scope is None}
    return list(reversed(found))


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
