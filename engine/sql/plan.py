"""The law and the tables that are given go in, every statement of a run comes out as SQL text.

The statements read views whose names never change; a run only says, chunk after chunk, what these
views hold. The same plan is printed for people (``reglo sql``) and run by DuckDB or by Spark.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from sqlglot import exp

from engine.evaluation.compilation.build import Asked, check_grids, compile_law
from engine.evaluation.compilation.ir import ZERO, Call, Col, Lit, columns
from engine.evaluation.compilation.names import EPOCH_COLUMN
from engine.evaluation.compilation.program import Output, Program
from engine.evaluation.law import Law
from engine.langage.corpus import NOT_COMPUTED, Corpus
from engine.langage.inputs import RecordModel
from engine.sql.anomalies import (
    LACKS,
    Watcher,
    alarm_columns,
    all_lacks,
    fired_lines,
    flagged,
    watchers,
)
from engine.sql.coded import with_texts
from engine.sql.columns import day_column, key_column
from engine.sql.expressions import BIGINT, cast, column, concatenated, expression, literal, named
from engine.sql.prepare import NUMBER, PLACE, Needed, prepared_view
from engine.sql.query import Query, Stage, needed_columns, sources_by_table

COMPUTED: Final = "calcul"
_WIDTH: Final = 18  # digits of a result
_TYPES: Final[Mapping[str, str]] = {
    "nombre": "BIGINT", "booleen": "BOOLEAN", "date": "DATE", "code": "VARCHAR", "texte": "VARCHAR",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plan:
    """Every statement of a run.

    ``stages`` make tables one after the other; ``computed`` is the query of the relation
    ``COMPUTED``: one row per record, with the results and what the anomalies are read from.
    ``results`` is the query of the output table, over it, ``flagged`` that of the records and
    ``fired``, by collection, that of the lines of which the watchers tell. ``needed``: what the
    prepared tables must have, ``empty`` the query of prepared lines that are not given, by table;
    ``enums``: their codes are of an ENUM type.
    """

    program: Program
    key: str
    epochs: tuple[int, ...]
    needed: Needed
    stages: tuple[Stage, ...]
    computed: exp.Select
    results: exp.Select
    watchers: tuple[Watcher, ...]
    flagged: exp.Select
    fired: Mapping[str, Callable[[], exp.Select]]
    empty: Mapping[str, exp.Select]
    enums: bool


@dataclass(frozen=True, slots=True)
class Manners:
    """How a plan is written, besides what it computes.

    ``anomalies``: the controls are watched. ``enums``: the codes of the prepared tables are of an
    ENUM type.
    """

    anomalies: bool = True
    enums: bool = False


def plan(
    law: Law,
    epochs: Sequence[int],
    *,
    readings: Mapping[str, str] | None = None,
    wanted: Sequence[str] | None = None,
    manners: Manners | None = None,
) -> Plan:
    """The statements that compute ``wanted`` (every result when None) in ``epochs``.

    Args:
        law: the corpus.
        epochs: the numbers of the epochs in which the records fall.
        readings: the option to take at some contested points.
        wanted: the names of the results.
        manners: how they are written, if not in the simplest way.

    Raises:
        OffGridError: a name asked for that is no result, and may have too many decimals.
        UnsupportedError, TooWideError: see ``compile_law``.
    """
    how = manners or Manners()
    return plan_of(law, program_of(law, epochs, readings, wanted, how), epochs, how)


def program_of(
    law: Law,
    epochs: Sequence[int],
    readings: Mapping[str, str] | None,
    wanted: Sequence[str] | None,
    how: Manners,
) -> Program:
    """What ``plan`` computes, its results on the grid of their units."""
    asked = Asked(None if wanted is None else tuple(wanted), how.anomalies, spreads=True)
    program = compile_law(law, epochs, readings=readings, asked=asked)
    check_grids(law, program)
    return program


def plan_of(law: Law, program: Program, epochs: Sequence[int], how: Manners) -> Plan:
    """The statements of a program."""
    anomalies, corpus = how.anomalies, law.corpus
    model = corpus.model
    program = with_texts(program) if how.enums else program
    key = key_column(model)
    tables = {scope: prepared_view(scope or model.table) for scope in sources_by_table(program)}
    watched = {one.control.scope for one in program.alarms if one.control.scope is not None}
    day = model.role("date").name
    kept = needed_columns(program, alarms=anomalies) | {key, day_column(model)}
    if anomalies:
        kept |= alarm_columns(program)
    query = Query(program, NUMBER, tables, kept).build()
    listed = [column(one) for one in (NUMBER, *sorted(kept))]
    found = watchers(program, corpus, key) if anomalies else ()
    fired = {
        table: partial(fired_lines, program, table, key, prepared_view(table))
        for table in sorted(watched)
    }
    told = (NUMBER, *sorted((alarm_columns(program) | {key}) & kept), LACKS)
    return Plan(
        program,
        key,
        tuple(epochs),
        _needed(program, model, day, frozenset(watched)),
        tuple(query.stages),
        query.final([*listed, all_lacks(program)]),
        _results(program, key, model),
        found,
        flagged(found, COMPUTED, told),
        fired,
        _empty(program, model),
        how.enums,
    )


def with_more(made: Plan, also: Needed) -> Plan:
    """The same plan, over prepared tables that have ``also`` besides."""
    own = made.needed
    needed = Needed(own.fields | also.fields, own.linked | also.linked, own.placed | also.placed)
    return replace(made, needed=needed)


def _needed(program: Program, model: RecordModel, day: str, placed: frozenset[str]) -> Needed:
    fields = {(model.table, day)}
    linked = set()
    for one in program.sources:
        if one.via is not None and one.scope is not None:
            linked.add((one.scope, one.via.name, one.field.name))
        else:
            fields.add((one.scope or model.table, one.field.name))
    return Needed(frozenset(fields), frozenset(linked), placed)


def _empty(program: Program, model: RecordModel) -> Mapping[str, exp.Select]:
    """A table without rows for each collection, with the columns that are read of it."""
    found = {}
    for scope in (one.name for one in model.collections):
        listed = [named(_null("BIGINT"), NUMBER)]
        listed += [named(_null(_TYPES[one.field.kind]), one.name)
                   for one in program.sources if one.scope == scope]  # fmt: skip
        listed.append(named(_null("BIGINT"), PLACE))
        found[scope] = exp.select(*listed).where(exp.false())
    return found


def _null(kind: str) -> exp.Expr:
    return exp.Cast(this=exp.Null(), to=exp.DataType.build(kind))


def with_epoch(select: exp.Select, plan_: Plan, corpus: Corpus) -> exp.Select:
    """The prepared records with the number of their epoch, when the plan tells several apart."""
    reads_it = any(Col(EPOCH_COLUMN) in columns(one.node) for one in plan_.program.columns)
    if not reads_it:
        return select
    day = day_column(corpus.model)
    cases = [
        exp.If(this=exp.GTE(this=column(day), expression=expression(Lit(corpus.starts[number]))),
               true=literal(number))
        for number in reversed(plan_.epochs)
    ]  # fmt: skip
    epoch = cast(exp.Case(ifs=cases, default=literal(plan_.epochs[0])), BIGINT)
    return exp.select(exp.Star(), named(epoch, EPOCH_COLUMN)).from_(select.subquery("d"))


def _results(program: Program, key: str, model: RecordModel) -> exp.Select:
    """The output table: the key, the date, each result, and the names of those that have none."""
    listed = [named(cast(column(key), exp.DType.VARCHAR), key)]
    listed.append(named(column(day_column(model)), model.role("date").name))
    listed += [named(_shown(one), one.name) for one in program.outputs]
    masked = [one for one in program.outputs if one.typed.mask not in (None, ZERO)]
    listed.append(named(_not_computed(masked), NOT_COMPUTED))
    return exp.select(*listed).from_(COMPUTED)


def _shown(output: Output) -> exp.Expr:
    """A result with the decimals of its unit: hundredths become a decimal number, exactly."""
    found = expression(output.typed.node)
    if output.typed.kind != "nombre":
        return found
    factor = int(output.typed.step * 10**output.decimals)
    if factor != 1:
        found = exp.Mul(this=exp.Paren(this=found), expression=literal(factor))
    whole = exp.Cast(this=found, to=exp.DataType.build(f"DECIMAL({_WIDTH}, 0)"))
    if not output.decimals:
        return whole
    unit = exp.Cast(
        this=exp.Literal.number(f"0.{'1'.rjust(output.decimals, '0')}"),
        to=exp.DataType.build(f"DECIMAL({output.decimals + 1}, {output.decimals})"),
    )
    scaled = exp.Mul(this=whole, expression=unit)
    return exp.Cast(this=scaled, to=exp.DataType.build(f"DECIMAL({_WIDTH}, {output.decimals})"))


def _not_computed(masked: Sequence[Output]) -> exp.Expr:
    """The names of the results that are not computable, as one text; NULL when there is none."""
    names = [
        exp.Case(ifs=[exp.If(this=expression(Call("!=", (one.typed.mask or ZERO, ZERO))),
                             true=exp.Literal.string(one.name))])
        for one in masked
    ]  # fmt: skip
    if not names:
        return _null("VARCHAR")
    clear = exp.EQ(this=column(LACKS), expression=literal(0))
    listed = concatenated(",", names)
    return exp.Case(ifs=[exp.If(this=clear, true=exp.Null())], default=listed)
