"""The interpreter: one record and the law of its day in, the step of any rule out.

It is the reference: slow, obvious, exact. ``simpleeval`` dispatches on the type of the node and
refuses whatever is not one of the ten kernel nodes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import partial
from operator import add, ge, gt, le, lt, mul, sub, truediv
from typing import Final, Literal, cast

from simpleeval import SimpleEval

from engine.evaluation.arithmetic import is_state, once_per_mark, rounded, stopped
from engine.evaluation.outcomes import Lack, NotComputable, Outcome, Step
from engine.langage.corpus import Corpus, Epoch, Row
from engine.langage.inputs import Value
from engine.langage.kernel import (
    ABSENT,
    Aggregate,
    Choice,
    Const,
    Expr,
    Lookup,
    Missing,
    Op,
    Otherwise,
    Reading,
    Ref,
    Round,
    thirtieths,
)
from engine.langage.records import Line, Record
from engine.source.positions import Span

ZERO: Final = Fraction(0)
ONE: Final = Fraction(1)
# A chain of rules recurses once per rule and per operation, of which the load allows so many
# (E218). Beyond, Python must give up before an ordinary stack of 8 MB does: this takes half of it.
sys.setrecursionlimit(max(sys.getrecursionlimit(), 20_000))

_ORDER: Final[Mapping[str, Callable[..., bool]]] = {"<": lt, "<=": le, ">": gt, ">=": ge}
_ARITHMETIC: Final[Mapping[str, Callable[..., Fraction]]] = {
    "+": add,
    "-": sub,
    "*": mul,
    "/": truediv,
    "min": min,
    "max": max,
    "plafond": min,
    "plancher": max,
}


@dataclass(slots=True)
class _Frame:
    """What the rule under way has read so far."""

    needs: dict[tuple[str, int | None], Step] = field(default_factory=dict)
    articles: list[str] = field(default_factory=list)
    points: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    name: str = ""
    text: str = ""


class Interpreter:
    """The evaluation of one record.

    Args:
        corpus: the law.
        epoch: what is in force on the day of the record.
        record: the accepted record.
        readings: the option asked for at some contested points; elsewhere, the one retained.
        imposed: values given to some names whatever the rules say (published tables, what-if).
    """

    def __init__(
        self,
        corpus: Corpus,
        epoch: Epoch,
        record: Record,
        readings: Mapping[str, str] | None = None,
        imposed: Mapping[str, Value] | None = None,
    ) -> None:
        self.corpus, self.epoch, self.record = corpus, epoch, record
        self.readings = readings or {}
        self._imposed = imposed or {}
        self._steps: dict[tuple[str, int | None], Step] = {}
        self._frames: list[_Frame] = [_Frame()]
        self._line: tuple[str, int] | None = None
        machine = SimpleEval(operators={}, functions={}, names={})
        machine.nodes = {
            Const: self._const,
            Ref: self._ref,
            Op: self._op,
            Choice: self._choice,
            Aggregate: self._aggregate,
            Lookup: self._lookup,
            Round: self._round,
            Otherwise: self._otherwise,
            Missing: self._missing,
            Reading: self._reading,
        }
        self._eval: Callable[[Expr], Outcome] = partial(machine.eval, "")

    # --- what callers ask

    def step(self, name: str, line: int | None = None) -> Step:
        """The step of rule ``name``, evaluated once (``line``: of which line of its scope)."""
        key = (name, line)
        if key not in self._steps:
            outer = self._line
            scope = self._scope(name)
            self._line = None if scope is None or line is None else (scope, line)
            self._steps[key] = self._run(name, line)
            self._line = outer
        step = self._steps[key]
        self._frames[-1].needs.setdefault(key, step)
        return step

    def steps(self, name: str) -> tuple[Step, ...]:
        """The steps of rule ``name`` so far: that of the record, or those of lines, in order."""
        if self._scope(name) is None:
            self.step(name)
        return tuple(step for (one, _), step in self._steps.items() if one == name)

    def value(self, expr: Expr, at: tuple[str, int] | None = None) -> Outcome:
        """The value of any expression, on the line ``at`` (collection, index) if it needs one."""
        outer, self._line = self._line, at
        self._frames.append(_Frame())
        try:
            return self._eval(expr)
        finally:
            self._frames.pop()
            self._line = outer

    def lines(self, collection: str) -> tuple[Line, ...]:
        """The lines of ``collection`` in the record."""
        return self.record.lines.get(collection, ())

    def option(self, node: Reading) -> str:
        """The option that this run takes at a contested point."""
        return self.readings.get(node.point, self.corpus.points[node.point].retained)

    def row(self, node: Lookup, keys: tuple[Outcome, ...]) -> Row | None:
        """The row of a table that matches ``keys``, or None."""
        for row in self.epoch.tables[node.table].rows:
            if all(key in cell for key, cell in zip(keys, row.cells, strict=True)):
                return row
        return None

    # --- rules

    def _scope(self, name: str) -> str | None:
        same = self.epoch.rules.get(name)
        return same[0][0].scope if same else None

    def _run(self, name: str, line: int | None) -> Step:
        if name in self._imposed:
            return Step(name, line, self._imposed[name], None, None, (), (), ())
        frame = _Frame(name=name)
        self._frames.append(frame)
        value: Outcome = ABSENT
        rule = version = None
        for rule, version in self.epoch.rules.get(name, ()):
            frame.text = rule.text
            applies = True if version.applicable is None else self._eval(version.applicable)
            if applies is False:
                continue
            if applies is True:
                frame.articles += [f"{rule.text} art. {one}" for one in version.articles]
                frame.notes += [] if version.note is None else [version.note]
                value = self._eval(version.body)
            else:
                value = applies
            break
        else:
            rule = version = None
        self._frames.pop()
        needs = tuple(frame.needs.values())
        told = (frame.articles, frame.points, frame.notes)
        return Step(
            name, line, value, rule, version, needs, *(tuple(dict.fromkeys(one)) for one in told)
        )

    # --- nodes

    def _const(self, node: Const) -> object:
        return node.value

    def _ref(self, node: Ref) -> Outcome:
        if node.scope is None:
            if node.kind == "regle":
                return self.step(node.name).value
            if node.name in self._imposed:
                return self._imposed[node.name]
            return self.record.values.get(node.name, ABSENT)
        index = self._index(node)
        if index is None:
            return ABSENT
        if node.kind == "regle":
            return self.step(node.name, index).value
        return self.lines(node.scope)[index].values.get(node.name, ABSENT)

    def _index(self, node: Ref) -> int | None:
        """Which line a reference means: the current one, or the one that a link leads to."""
        if self._line is None:
            message = f"{node.name}: no current line"
            raise AssertionError(message)
        collection, index = self._line
        return index if node.via is None else self.lines(collection)[index].links.get(node.via)

    def _op(self, node: Op) -> Outcome:
        if node.op in ("and", "or"):
            return self._junction(node)
        args = [self._eval(arg) for arg in node.args]
        if node.op == "present":
            return args[0] if isinstance(args[0], NotComputable) else args[0] is not ABSENT
        state = stopped(args)
        if state is not None:
            return state
        match node.op:
            case "not":
                return not args[0]
            case "neg":
                return -cast("Fraction", args[0])
            case "==":
                return args[0] == args[1]
            case "!=":
                return args[0] != args[1]
            case "in":
                return args[0] in cast("frozenset[str]", args[1])
            case "jours" | "trentiemes":
                first, last = cast("list[date]", args)
                days = (last - first).days + 1
                return Fraction(days if node.op == "jours" else thirtieths(first, last))
            case "/" if args[1] == ZERO:
                return self._unsettled("division", node)
            case "<" | "<=" | ">" | ">=":
                return _ORDER[node.op](*args)
            case _:
                return _ARITHMETIC[node.op](*args)

    def _junction(self, node: Op) -> Outcome:
        settled = node.op == "or"
        for arg in node.args:
            found = self._eval(arg)
            if found is settled or not isinstance(found, bool):
                return found
        return not settled

    def _choice(self, node: Choice) -> Outcome:
        chosen = None
        for case in node.cases:
            found = self._eval(case.condition)
            if chosen is not None:
                if found is True:
                    spans = (chosen.condition.span, case.condition.span)
                    return self._unsettled("deux_cas", node, spans)
            elif found is True:
                chosen = case
                if not node.exclusive:
                    break
            elif found is not False:
                return found
        if chosen is not None:
            frame = self._frames[-1]
            frame.articles += [f"{frame.text} art. {one}" for one in chosen.articles]
            return self._eval(chosen.value)
        if node.otherwise is not None:
            return self._eval(node.otherwise)
        return self._unsettled("aucun_cas", node)

    def _unsettled(
        self,
        kind: Literal["deux_cas", "aucun_cas", "division"],
        node: Choice | Lookup | Op,
        spans: tuple[Span, ...] = (),
    ) -> NotComputable:
        return NotComputable((Lack(kind, self._frames[-1].name, node.span, spans),))

    def _aggregate(self, node: Aggregate) -> Outcome:
        outer = self._line
        values: list[tuple[Outcome, Outcome]] = []  # (value, mark of « une fois par »)
        states: list[Outcome] = []
        for index in range(len(self.lines(node.collection))):
            self._line = (node.collection, index)
            kept = True if node.where is None else self._eval(node.where)
            if kept is True:
                value: Outcome = ONE if node.body is None else self._eval(node.body)
                mark: Outcome = ABSENT if node.once_per is None else self._eval(node.once_per)
                values.append((value, mark))
                states += [one for one in (value,) if is_state(one)]
                states += [mark] if isinstance(mark, NotComputable) else []
            elif kept is not False:
                states.append(kept)
        self._line = outer
        found = stopped(states)
        if found is not None:
            return found
        return self._total(node, once_per_mark(values))

    def _total(self, node: Aggregate, values: list[Value]) -> Outcome:
        numbers = cast("list[Fraction]", values)
        match node.kind:
            case "somme" | "compte":
                return sum(numbers, ZERO)
            case "compte_distinct":
                return Fraction(len(set(values)))
            case "existe":
                return bool(values)
            case "max" | "min":
                if numbers:
                    return max(numbers) if node.kind == "max" else min(numbers)
                return ABSENT if node.otherwise is None else self._eval(node.otherwise)

    def _lookup(self, node: Lookup) -> Outcome:
        keys = tuple(self._eval(key) for key in node.keys)
        state = stopped(keys)
        if state is not None:
            return state
        table = self.corpus.tables[node.table]
        frame, version = self._frames[-1], self.epoch.tables[node.table]
        frame.articles += [f"{table.text} art. {one}" for one in table.articles]
        frame.notes += [] if version.note is None else [version.note]
        row = self.row(node, keys)
        if row is None:
            return self._unsettled("aucun_cas", node)
        return self._eval(row.value) if isinstance(row.value, Missing) else row.value

    def _round(self, node: Round) -> Outcome:
        value = self._eval(node.value)
        return rounded(value, node.step, node.mode) if isinstance(value, Fraction) else value

    def _otherwise(self, node: Otherwise) -> Outcome:
        value = self._eval(node.value)
        return self._eval(node.fallback) if value is ABSENT else value

    def _missing(self, node: Missing) -> Outcome:
        return NotComputable((Lack(node.kind, node.name, node.span),))

    def _reading(self, node: Reading) -> Outcome:
        self._frames[-1].points.append(node.point)
        return self._eval(dict(node.options)[self.option(node)])
