"""The law, the epochs and the readings of a run go in, the compiled program comes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.evaluation.compilation.ir import FALSE, TRUE, Call, Col, ColumnExpr, Lit, columns
from engine.evaluation.compilation.lower import Lowering
from engine.evaluation.compilation.names import control_piece, marked, value_column
from engine.evaluation.compilation.program import (
    Alarm,
    CompiledColumn,
    Output,
    Program,
    SourceColumn,
    Total,
    inline,
    reads,
    schedule,
)
from engine.evaluation.compilation.scaled import Scaled
from engine.evaluation.compilation.specialise import Definition, Watch, specialise
from engine.evaluation.law import Law
from engine.evaluation.results import decimals_shown
from engine.langage.checks.types import NOTHING, when_true
from engine.langage.corpus import Corpus
from engine.source.positions import Span


class OffGridError(Exception):
    """A result that is asked for may have more decimals than its unit."""

    def __init__(self, name: str, span: Span) -> None:
        super().__init__(name)
        self.name, self.span = name, span


@dataclass(frozen=True, slots=True)
class Demand:
    """What is asked of a compilation.

    ``wanted``: the names of rules of the record (all results when None). ``controls``: whether
    anomalies are asked for.
    """

    wanted: tuple[str, ...] | None = None
    controls: bool = True


def compile_law(
    law: Law,
    epochs: Sequence[int],
    *,
    readings: Mapping[str, str] | None = None,
    asked: Demand | None = None,
) -> Program:
    """Everything that what is asked needs, and nothing else.

    Args:
        law: the corpus.
        epochs: the numbers of the epochs in which the records fall.
        readings: the option to take at some contested points.
        asked: the results and more; all of them with the controls when None.

    Raises:
        UnsupportedError: something of the law has no compiled form.
        TooWideError: bounds that no integer of the back ends holds.
    """
    what = asked or Demand()
    names = tuple(law.corpus.results) if what.wanted is None else what.wanted
    special = specialise(law, epochs, readings or {}, names, controls=what.controls)
    lowering = Lowering(law.corpus, special, max(epochs))
    outputs = []
    for name in names:
        unit = law.corpus.unit(name)
        outputs.append(Output(name, lowering.rule(name), 0 if unit is None else unit.decimals))
    alarms = [
        _alarm(lowering, law.corpus, watch, control_piece(place))
        for place, watch in enumerate(special.watches, 1)
    ]
    outside = frozenset(col for node in _wanted(outputs, alarms) for col in columns(node))
    own, totals = inline(list(lowering.columns.values()), list(lowering.totals.values()), outside)
    sources = tuple(lowering.sources.values())
    # the columns that something asked for reads, however far
    found: list[CompiledColumn | Total] = [*own, *totals]
    by_key = {_key(one): one for one in found}
    waiting = [(col.scope, col.name) for col in outside]
    kept: set[tuple[str | None, str]] = set()
    while waiting:
        key = waiting.pop()
        if key not in kept:
            kept.add(key)
            waiting += reads(by_key[key]) if key in by_key else ()
    own = [one for one in own if _key(one) in kept]
    totals = [one for one in totals if _key(one) in kept]
    return Program(
        tuple(one for one in sources if (one.scope, one.name) in kept),
        tuple(own),
        schedule(own, totals),
        tuple(outputs),
        tuple(alarms),
        tuple(lowering.lacks),
    )


def check_grids(law: Law, program: Program) -> None:
    """A number is written with the decimals of its unit: they must be enough for all its values.

    Raises:
        OffGridError: they are not.
    """
    for output in program.outputs:
        factor = output.typed.step * 10**output.decimals
        if output.typed.kind == "nombre" and (output.typed.den or factor.denominator != 1):
            raise OffGridError(output.name, law.corpus.rule(output.name).span)


def _alarm(lowering: Lowering, corpus: Corpus, watch: Watch, piece: str) -> Alarm:
    """The condition of a control, and the values of its message where it is true."""
    control = watch.control
    told = f"{control.text}.{control.code}"
    lowering.piece, lowering.told = piece, told
    typed = lowering.expression(watch.condition, NOTHING)
    node = Call("coalesce", (typed.node, FALSE)) if typed.nullable else typed.node
    definition = Definition(told, control.scope, "booleen", None, watch.condition)
    held = lowering.keep(definition, Scaled(node, "booleen"))
    count = held.node.name if isinstance(held.node, Col) else value_column(piece)
    if control.scope is not None and not isinstance(held.node, Lit):
        count = marked("lignes", piece)
        lowering.totals[count] = Total(
            count, control.scope, "existe", TRUE, held.node, None, "booleen", told
        )
    facts = when_true(watch.condition)
    message: list[str | tuple[Scaled, int]] = []
    for part, written in zip(watch.message, control.message, strict=True):
        if isinstance(part, str) or isinstance(written, str):
            message.append(str(part))
        else:
            message.append((lowering.expression(part, facts), decimals_shown(corpus, written)))
    return Alarm(control, held.node, count, tuple(message))


def _key(column: CompiledColumn | Total | SourceColumn) -> tuple[str | None, str]:
    return (None if isinstance(column, Total) else column.scope, column.name)


def _nodes_of(typed: Scaled) -> list[ColumnExpr]:
    return [one for one in (typed.node, typed.mask, typed.den) if one is not None]


def _wanted(outputs: Sequence[Output], alarms: Sequence[Alarm]) -> list[ColumnExpr]:
    """Everything that is read from outside: results, alarms and their messages."""
    nodes = [node for one in outputs for node in _nodes_of(one.typed)]
    for alarm in alarms:
        nodes += [alarm.condition, Col(alarm.count)]
        nodes += [
            node
            for part in alarm.message
            if not isinstance(part, str)
            for node in _nodes_of(part[0])
        ]
    return nodes
