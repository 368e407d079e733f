"""The anomalies of computed records: one SELECT per control, and one per reason of no result."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from sqlglot import exp

from engine.evaluation.compilation.ir import ZERO, Col, Lit, Node, columns
from engine.evaluation.compilation.program import (
    Alarm,
    Column,
    Output,
    Program,
    line_columns,
    line_levels,
    reads,
)
from engine.evaluation.compilation.scaled import Typed
from engine.evaluation.results import Anomaly, control_anomaly, lacking_anomaly
from engine.langage.corpus import Corpus
from engine.sql.expressions import (
    BIGINT,
    cast,
    column,
    concatenated,
    expression,
    joined,
    literal,
    named,
)
from engine.sql.french import french_value
from engine.sql.query import LINE, RECORD, line_relation, with_parts

MARK: Final = "\N{OBJECT REPLACEMENT CHARACTER}"  # stands for what SQL writes in a sentence
RANK: Final = "ligne_rang"
LACKS: Final = "manques"
COLUMNS: Final = ("code", "gravite", "message", "regle", "source")


@dataclass(frozen=True, slots=True)
class Watcher:
    """How the anomalies of one kind are found among the computed records.

    ``test`` is true of the records that have one; ``select`` gives the key, the line (from 1, NULL
    for the record) and ``COLUMNS``: it is built when it is asked for, most runs need few of them.
    ``table``: the collection that has to be read again, with the rank of its lines.
    """

    name: str
    test: exp.Expr
    select: Callable[[], exp.Select]
    table: str | None


def watchers(
    program: Program, corpus: Corpus, key: str, computed: str, lines: Mapping[str, str]
) -> tuple[Watcher, ...]:
    """Every way in which a record of ``computed`` may have an anomaly.

    Args:
        program: a program compiled with its controls.
        corpus: what the sentences name.
        key: the column that tells a record.
        computed: the relation of the records, with ``alarm_columns``.
        lines: for each collection, the relation of its prepared lines with the column ``RANK``.
    """
    found = [
        Watcher(
            alarm.count,
            expression(Col(alarm.count)),
            partial(_of_record, corpus, alarm, key, computed)
            if alarm.control.scope is None
            else partial(
                _of_line, program, corpus, alarm, key, computed, lines[alarm.control.scope]
            ),
            alarm.control.scope,
        )
        for alarm in program.alarms
        if not isinstance(alarm.condition, Lit)
    ]
    if not any(output.typed.mask for output in program.outputs):
        return tuple(found)
    for place in range(len(program.lacks)):
        select = partial(_lacking, program, corpus, place, key, computed)
        found.append(Watcher(f"manque_{place + 1}", _lacks(place), select, None))
    return tuple(found)


def all_lacks(program: Program) -> exp.Expr:
    """The column ``LACKS`` of a computed record: every reason for which a result is missing."""
    masks = dict.fromkeys(one.typed.mask for one in program.outputs if one.typed.mask is not None)
    found = [expression(mask) for mask in masks] or [literal(0)]
    wrapped = [exp.Paren(this=one) for one in found]
    return named(cast(joined(exp.BitwiseOr, wrapped), BIGINT),
                 LACKS)  # fmt: skip


def _lacks(place: int) -> exp.Expr:
    masked = exp.BitwiseAnd(this=column(LACKS), expression=literal(1 << place))
    return exp.NEQ(this=exp.Paren(this=masked), expression=literal(0))


def alarm_columns(program: Program) -> frozenset[str]:
    """The columns of the record that ``watchers`` read."""
    nodes: list[Node] = []
    lines = line_columns(program.columns)
    for alarm in program.alarms:
        nodes.append(Col(alarm.count))
        inside = [alarm.condition, *_message_nodes(alarm)]
        nodes += inside
        if alarm.control.scope is not None:
            for level in line_levels(_as_columns(alarm, inside), lines):
                nodes += [one.node for one in level]
    for output in program.outputs:
        nodes += [] if output.typed.mask is None else [output.typed.mask]
    return frozenset(one.name for node in nodes for one in columns(node) if one.scope is None)


def _message_nodes(alarm: Alarm) -> list[Node]:
    parts = [part[0] for part in alarm.message if not isinstance(part, str)]
    return [node for one in parts for node in (one.node, one.mask, one.den) if node is not None]


def _as_columns(alarm: Alarm, nodes: Sequence[Node]) -> list[Column]:
    scope = alarm.control.scope
    return [Column("", scope, node, "booleen", alarm.count) for node in nodes]


def _of_record(corpus: Corpus, alarm: Alarm, key: str, computed: str) -> exp.Select:
    anomaly = control_anomaly(corpus, alarm.control, None, MARK)
    listed = [column(key), named(exp.Null(), "ligne"), *_listed(anomaly, [_said(alarm)])]
    return exp.select(*listed).from_(computed).where(expression(Col(alarm.count)))


def _of_line(  # noqa: PLR0913, PLR0917 - everything that its lines are read from
    program: Program, corpus: Corpus, alarm: Alarm, key: str, computed: str, source: str
) -> exp.Select:
    """The lines of the records in which a line fires: worked out again, with their rank."""
    known = line_columns(program.columns)
    wanted = _as_columns(alarm, [alarm.condition, *_message_nodes(alarm)])
    levels = line_levels(wanted, known)
    read = {name for one in [*wanted, *(one for level in levels for one in level)]
            for name in reads(one)}  # fmt: skip
    made = {one.name for level in levels for one in level}
    fields = sorted(name for scope, name in read if scope is not None and name not in made)
    own = sorted(name for scope, name in read if scope is None)
    listed = [column(one, LINE) for one in (key, RANK, *fields)]
    listed += [column(one, RECORD) for one in own]
    base = exp.select(*listed).from_(exp.to_table(source, alias=LINE))
    same = exp.EQ(this=column(key, LINE), expression=column(key, RECORD))
    base.join(exp.to_table(computed, alias=RECORD), on=same, join_type="inner", copy=False)
    base.where(column(alarm.count, RECORD), copy=False)
    parts = [("lignes_0", base)]
    last = line_relation(key, levels, "lignes", parts, [RANK, *fields, *own])
    anomaly = control_anomaly(corpus, alarm.control, MARK, MARK)
    rank = exp.Cast(this=column(RANK), to=exp.DataType.build("text"))
    said = [rank, _said(alarm)]
    select = exp.select(
        column(key), named(column(RANK), "ligne"), *_listed(anomaly, said)
    ).from_(last).where(expression(alarm.condition))  # fmt: skip
    return with_parts(select, parts)


def _concerned(program: Program, place: int) -> list[tuple[Output, exp.Expr]]:
    """The results that a reason may keep from being computed, and whether it does."""
    bit = literal(1 << place)
    return [
        (output, _has(output.typed, bit)) for output in program.outputs
        if output.typed.mask is not None and output.typed.mask != ZERO
    ]  # fmt: skip


def _lacking(program: Program, corpus: Corpus, place: int, key: str, computed: str) -> exp.Select:
    """The results that one reason keeps from being computed, named in one sentence."""
    concerned = _concerned(program, place)
    anomaly = lacking_anomaly(corpus, program.lacks[place], [MARK])
    listed = [column(key), named(exp.Null(), "ligne"), *_listed(anomaly, [_names(concerned)])]
    return exp.select(*listed).from_(computed).where(_lacks(place))


def _has(typed: Typed, bit: exp.Expr) -> exp.Expr:
    masked = exp.BitwiseAnd(this=exp.Paren(this=expression(typed.mask or ZERO)),
                            expression=bit.copy())  # fmt: skip
    return exp.Paren(this=exp.NEQ(this=exp.Paren(this=masked), expression=literal(0)))


def _names(concerned: Sequence[tuple[Output, exp.Expr]]) -> exp.Expr:
    names = [
        exp.Case(ifs=[exp.If(this=has.copy(), true=exp.Literal.string(output.name))])
        for output, has in concerned
    ]
    return concatenated(", ", names)


def _said(alarm: Alarm) -> exp.Expr:
    parts = [
        exp.Literal.string(part) if isinstance(part, str) else french_value(*part)
        for part in alarm.message
    ]
    return joined(exp.DPipe, [exp.Literal.string(""), *parts])


def _listed(anomaly: Anomaly, said: Sequence[exp.Expr]) -> list[exp.Expr]:
    """The columns of an anomaly, each mark of its message replaced by what SQL says."""
    pieces = anomaly.message.split(MARK)
    message: exp.Expr = exp.Literal.string(pieces[0])
    for one, piece in zip(said, pieces[1:], strict=False):
        message = exp.DPipe(this=message, expression=exp.Paren(this=one))
        message = exp.DPipe(this=message, expression=exp.Literal.string(piece))
    texts = {
        "code": exp.Literal.string(anomaly.code),
        "gravite": exp.Literal.string(anomaly.gravity),
        "message": message,
        "regle": exp.Literal.string(anomaly.rule),
        "source": exp.Literal.string(anomaly.source),
    }
    return [named(texts[name], name) for name in COLUMNS]
