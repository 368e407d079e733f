"""The anomalies of computed records: one SELECT per control, and one per reason of no result."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from sqlglot import exp

from engine.evaluation.compilation.ir import FALSE, ZERO, Col, Lit, Node, columns, either
from engine.evaluation.compilation.names import marked
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
from engine.sql.prepare import NUMBER, PLACE
from engine.sql.query import LINE, RECORD, line_relation, with_parts

MARK: Final = "\N{OBJECT REPLACEMENT CHARACTER}"  # stands for what SQL writes in a sentence
RANK: Final = marked("rang")
FLAGGED: Final = (
    "alertes"  # the relation of the records for which some watcher has something to say
)
LACKS: Final = marked("manques")
COLUMNS: Final = ("code", "gravite", "message", "regle", "source")
_SAID: Final = marked("dit")


@dataclass(frozen=True, slots=True)
class Watcher:
    """How the anomalies of one kind are found among the flagged records.

    ``test`` is true of the records that have one; ``select`` gives the key, the line (from 1, NULL
    for the record) and ``COLUMNS``: it is built when it is asked for, most runs need few of them.
    ``table``: the collection of which it reads ``fired_view``.
    """

    name: str
    test: exp.Expr
    select: Callable[[], exp.Select]
    table: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """Where anomalies are read from, and of what their sentences are made.

    ``relation`` has the key, the rank of the line when ``ranked``, and what ``test`` and ``values``
    read. ``said``: what the marks of the sentence stand for, over the names of ``values``.
    """

    relation: str
    ranked: bool
    test: exp.Expr
    values: Mapping[str, exp.Expr]
    said: exp.Expr


def fired_view(table: str) -> str:
    """The relation of the lines of ``table`` for which some control fires."""
    return f"{table}_alertes"


def watchers(program: Program, corpus: Corpus, key: str) -> tuple[Watcher, ...]:
    """Every way in which a record may have an anomaly.

    Args:
        program: a program compiled with its controls.
        corpus: what the sentences name.
        key: the column of the identifier of a record.
    """
    found = [
        Watcher(
            f"controle_{place}",
            expression(Col(alarm.count)),
            partial(_of_alarm, corpus, alarm, key),
            alarm.control.scope,
        )
        for place, alarm in enumerate(program.alarms, 1)
        if not isinstance(alarm.condition, Lit)
    ]
    if not any(output.typed.mask for output in program.outputs):
        return tuple(found)
    for place in range(len(program.lacks)):
        select = partial(_lacking, program, corpus, place, key)
        found.append(Watcher(f"manque_{place + 1}", _lacks(place), select))
    return tuple(found)


def flagged(found: Sequence[Watcher], computed: str, columns_: Sequence[str]) -> exp.Select:
    """The rows of ``FLAGGED``: the columns of the records of which some watcher has to tell."""
    tests = [exp.Paren(this=one.test.copy()) for one in found]
    rows = exp.select(*(column(one) for one in columns_)).from_(computed)
    return rows.where(joined(exp.Or, tests) if tests else exp.false())


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
    """The columns of the record that ``watchers`` and ``fired_lines`` read."""
    nodes: list[Node] = []
    lines = line_columns(program.columns)
    for alarm in program.alarms:
        nodes.append(Col(alarm.count))
        inside = [alarm.condition, *_message_nodes(alarm)]
        nodes += inside
        if alarm.control.scope is not None:
            for level in line_levels(_as_columns([alarm]), lines):
                nodes += [one.node for one in level]
    for output in program.outputs:
        nodes += [] if output.typed.mask is None else [output.typed.mask]
    return frozenset(one.name for node in nodes for one in columns(node) if one.scope is None)


def _message_nodes(alarm: Alarm) -> list[Node]:
    parts = [part[0] for part in alarm.message if not isinstance(part, str)]
    return [node for one in parts for node in (one.node, one.mask, one.den) if node is not None]


def _as_columns(alarms: Sequence[Alarm]) -> list[Column]:
    return [
        Column("", alarm.control.scope, node, "booleen", alarm.count)
        for alarm in alarms
        for node in (alarm.condition, *_message_nodes(alarm))
    ]


# --- the lines for which some control fires


def fired_lines(program: Program, table: str, key: str, source: str) -> exp.Select:
    """The rows of ``fired_view(table)``: what the controls of these lines read, and their rank.

    Args:
        program: a program compiled with its controls.
        table: a collection.
        key: the column of the identifier of a record.
        source: the relation of the prepared lines, with the column ``PLACE``.
    """
    alarms = [
        alarm for alarm in program.alarms
        if alarm.control.scope == table and not isinstance(alarm.condition, Lit)
    ]  # fmt: skip
    wanted = _as_columns(alarms)
    levels = line_levels(wanted, line_columns(program.columns))
    read = {name for one in [*wanted, *(one for level in levels for one in level)]
            for name in reads(one)}  # fmt: skip
    made = {one.name for level in levels for one in level}
    fields = sorted(name for scope, name in read if scope is not None and name not in made)
    own = sorted({name for scope, name in read if scope is None} - {key})
    base = exp.select(*(column(one, RECORD) for one in (key, *own)))
    base = base.select(*(column(one, LINE) for one in fields), _rank())
    same = exp.EQ(this=column(NUMBER, LINE), expression=column(NUMBER, RECORD))
    base = base.from_(exp.to_table(source, alias=LINE)).join(
        exp.to_table(FLAGGED, alias=RECORD), on=same, join_type="inner"
    )
    fires: Node = FALSE
    for alarm in alarms:
        fires = either(fires, Col(alarm.count))
    base = base.where(_in_record(expression(fires)))
    parts = [("lignes_0", base)]
    last = line_relation(key, levels, "lignes", parts, [RANK, *fields, *own])
    on_line: Node = FALSE
    for alarm in alarms:
        on_line = either(on_line, alarm.condition)
    return with_parts(exp.select(exp.Star()).from_(last).where(expression(on_line)), parts)


def _in_record(test: exp.Expr) -> exp.Expr:
    for one in test.find_all(exp.Column):
        one.set("table", exp.to_identifier(RECORD))
    return test


def _rank() -> exp.Expr:
    """The place of a line among those of its record, from 1."""
    order = exp.Order(expressions=[exp.Ordered(this=column(PLACE, LINE), nulls_first=False)])
    rank = exp.Window(
        this=exp.RowNumber(), partition_by=[column(NUMBER, LINE)], order=order
    )  # fmt: skip
    return named(rank, RANK)


# --- sentences


def _of_alarm(corpus: Corpus, alarm: Alarm, key: str) -> exp.Select:
    scope = alarm.control.scope
    anomaly = control_anomaly(corpus, alarm.control, None if scope is None else MARK, MARK)
    values: dict[str, exp.Expr] = {}
    said: list[exp.Expr] = [exp.Literal.string("")]
    for part in alarm.message:
        if isinstance(part, str):
            said.append(exp.Literal.string(part))
        else:
            said.append(french_value(_named(part[0], values), part[1]))
    relation = FLAGGED if scope is None else fired_view(scope)
    test = expression(Col(alarm.count) if scope is None else alarm.condition)
    found = Told(relation, scope is not None, test, values, joined(exp.DPipe, said))
    return _select(anomaly, key, found)


def _named(typed: Typed, values: dict[str, exp.Expr]) -> Typed:
    """``typed`` read from columns of their own, which ``values`` receives."""

    def kept(node: Node | None) -> Node | None:
        if node is None or isinstance(node, Lit):
            return node
        name = marked(f"v{len(values)}")
        values[name] = expression(node)
        return Col(name)

    node = kept(typed.node)
    return typed if node is None else replace(
        typed, node=node, mask=kept(typed.mask), den=kept(typed.den)
    )  # fmt: skip


def _lacking(program: Program, corpus: Corpus, place: int, key: str) -> exp.Select:
    """The results that one reason keeps from being computed, named in one sentence."""
    bit = literal(1 << place)
    concerned = [one for one in program.outputs if one.typed.mask not in (None, ZERO)]
    values = {marked(f"v{at}"): _has(one.typed, bit) for at, one in enumerate(concerned)}
    anomaly = lacking_anomaly(corpus, program.lacks[place], [MARK])
    found = Told(FLAGGED, ranked=False, test=_lacks(place), values=values, said=_names(concerned))
    return _select(anomaly, key, found)


def _has(typed: Typed, bit: exp.Expr) -> exp.Expr:
    masked = exp.BitwiseAnd(this=exp.Paren(this=expression(typed.mask or ZERO)),
                            expression=bit.copy())  # fmt: skip
    return exp.NEQ(this=exp.Paren(this=masked), expression=literal(0))


def _names(concerned: Sequence[Output]) -> exp.Expr:
    names: list[exp.Expr] = [
        exp.Case(ifs=[exp.If(this=column(marked(f"v{at}")), true=exp.Literal.string(output.name))])
        for at, output in enumerate(concerned)
    ]
    return concatenated(", ", names)


def _select(anomaly: Anomaly, key: str, told: Told) -> exp.Select:
    """One row per anomaly; the sentence of each different set of values is written once."""
    rank = cast(column(RANK) if told.ranked else exp.Null(), BIGINT)
    ranks = [column(RANK)] if told.ranked else []
    listed = [named(cast(column(key), exp.DType.VARCHAR), key), named(rank, "ligne")]
    if not told.values:
        return exp.select(*listed, *_listed(anomaly, told, told.said)).from_(
            told.relation
        ).where(told.test)  # fmt: skip
    values = [named(value, name) for name, value in told.values.items()]
    read = exp.select(column(key), *ranks, *values).from_(told.relation).where(told.test)
    names = [column(name) for name in told.values]
    different = exp.select(*names).distinct().from_("lus")
    words = exp.select(*(one.copy() for one in names), named(told.said, _SAID)).from_("differents")
    same = joined(exp.And, [
        exp.NullSafeEQ(this=column(name, "l"), expression=column(name, "m"))
        for name in told.values
    ])  # fmt: skip
    final = exp.select(*listed, *_listed(anomaly, told, column(_SAID))).from_(
        exp.to_table("lus", alias="l")
    ).join(exp.to_table("mots", alias="m"), on=same, join_type="inner")  # fmt: skip
    return with_parts(final, [("lus", read), ("differents", different), ("mots", words)])


def _listed(anomaly: Anomaly, told: Told, said: exp.Expr) -> list[exp.Expr]:
    """The columns of an anomaly, each mark of its message replaced by what SQL says."""
    pieces = anomaly.message.split(MARK)
    words = [said]
    if told.ranked:
        words.insert(0, exp.Cast(this=column(RANK), to=exp.DataType.build("text")))
    message: exp.Expr = exp.Literal.string(pieces[0])
    for one, piece in zip(words, pieces[1:], strict=False):
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
