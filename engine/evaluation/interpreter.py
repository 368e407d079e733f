"""The interpreter: one record and the law of its day in, the step of any rule out.

It is the reference: obvious, exact, the only thing that explains. A rule is prepared once for all
the records of an epoch, when the first one needs it.

The ten nodes of the kernel have their meaning in ``Maker`` and nowhere else. ``simpleeval``
evaluates an expression once: it dispatches on the type of each node, and refuses whatever is not
one of the ten. What it gives is a function of an interpreter and of the current line, which runs as
often as asked.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from operator import add, eq, ge, gt, le, lt, mul, ne, neg, not_, sub, truediv
from typing import Final, Literal, TypeAlias, cast

from simpleeval import SimpleEval

from engine.evaluation.outcomes import (
    Key,
    Lack,
    NotComputable,
    Outcome,
    Step,
    is_state,
    once_per_mark,
    rounded,
    stopped,
)
from engine.evaluation.trace import (
    At,
    NodePlace,
    Trace,
    TracedNode,
    applicable_of,
    body_of,
    condition_of,
)
from engine.langage.corpus import Control, ControlVersion, Corpus, Epoch, Row, Rule, Version
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

# A chain of rules recurses once per rule and per operation, of which the load allows so many
# (E218). Beyond, Python must give up before an ordinary stack of 8 MB does: this takes half of it.
sys.setrecursionlimit(max(sys.getrecursionlimit(), 20_000))


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A version in force, ready to be run; what it rests on as soon as it applies."""

    rule: Rule
    version: Version
    applicable: Function | None
    body: Function
    articles: tuple[str, ...]
    notes: tuple[str, ...]


class _Frame:
    """What the step under way has read so far; ``key`` is None outside any step."""

    __slots__ = ("articles", "key", "needs", "notes", "points")

    def __init__(self, key: Key | None) -> None:
        self.key = key
        self.needs: dict[Key, Step] = {}
        self.articles: tuple[str, ...] = ()
        self.points: tuple[str, ...] = ()
        self.notes: tuple[str, ...] = ()


class Interpreter:
    """The evaluation of one record.

    Args:
        corpus: the law.
        epoch: what is in force on the day of the record.
        record: the accepted record.
        readings: the option asked for at some contested points; elsewhere, the one retained.
        imposed: values given to some names whatever the rules say (published tables, what-if).
        traced: whether ``trace`` records what is evaluated, at the cost of a third more time.
        known: steps that are what this evaluation would give, and are not made again.
    """

    def __init__(
        self,
        corpus: Corpus,
        epoch: Epoch,
        record: Record,
        readings: Mapping[str, str] | None = None,
        imposed: Mapping[str, Value] | None = None,
        *,
        traced: bool = False,
        known: Mapping[Key, Step] | None = None,
    ) -> None:
        self.corpus, self.epoch, self.record = corpus, epoch, record
        self.readings = readings or {}
        self._imposed = imposed or {}
        self.values = {**record.values, **self._imposed} if imposed else record.values
        self.frame = _Frame(None)
        self._steps: dict[Key, Step] = {} if known is None else dict(known)
        self._trace = Trace() if traced else None
        self._kept = epoch.prepared.setdefault(traced, {})

    # --- what callers ask

    def step(self, name: str, line: int | None = None) -> Step:
        """The step of rule ``name``, evaluated once (``line``: of which line of its scope)."""
        key = (name, line)
        step = self._steps.get(key)
        if step is None:
            step = self._steps[key] = self._run(key)
        self.frame.needs[key] = step
        return step

    def steps(self, name: str) -> tuple[Step, ...]:
        """The steps of rule ``name`` so far: that of the record, or those of lines, in order."""
        same = self.epoch.rules.get(name)
        if not same or same[0][0].scope is None:
            self.step(name)
        return tuple(step for (one, _), step in self._steps.items() if one == name)

    def value(self, expr: Expr, at: At = None) -> Outcome:
        """The value of any expression, on the line ``at`` (collection, index) if it needs one."""
        # what a function gives outside any step
        function = self._maker.function(expr)
        outer, self.frame = self.frame, _Frame(None)
        try:
            return function(self, at)
        finally:
            self.frame = outer

    def holds(self, control: Control, version: ControlVersion, at: At) -> bool:
        """Whether a control of the epoch fires, on the line ``at`` if it has a scope."""
        key = (control.ident, None if at is None else at[1])
        step = self._steps.get(key)
        if step is None:
            function = self._kept.get(control.ident)
            if function is None:
                function = self._kept[control.ident] = self._function(
                    condition_of(control, version)
                )
            outer, self.frame = self.frame, _Frame(None)
            value = cast("Function", function)(self, at)
            needs, self.frame = tuple(self.frame.needs.values()), outer
            step = self._steps[key] = Step(*key, value, None, None, needs, (), ())
        return step.value is True

    @property
    def done(self) -> Mapping[Key, Step]:
        """The steps so far, and what each control gave, each after all that it needs."""
        return self._steps

    @property
    def trace(self) -> Trace:
        """What was evaluated so far, of an interpreter made to tell it."""
        if self._trace is None:
            message = "this interpreter records nothing"
            raise AssertionError(message)
        return self._trace

    def seen(self, node: TracedNode, at: At) -> Outcome:
        """What the trace says a node gave; its value, of a branch that was not taken."""
        found = self.trace.value(node.place, at)
        return self.value(node.expr, at) if found is None else found

    def lines(self, collection: str) -> tuple[Line, ...]:
        """The lines of ``collection`` in the record."""
        return self.record.lines.get(collection, ())

    def option(self, node: Reading) -> str:
        """The option that this run takes at a contested point."""
        return self.readings.get(node.point, self.corpus.points[node.point].retained)

    # --- rules

    def _run(self, key: Key) -> Step:
        name, line = key
        if name in self._imposed:
            return Step(name, line, self._imposed[name], None, None, (), (), ())
        outer, self.frame = self.frame, _Frame(key)
        frame = self.frame
        value: Outcome = ABSENT
        rule = version = None
        # the versions in force of the rules of that name, exceptions first
        found = self._kept.get(name)
        if found is None:
            same = self.epoch.rules.get(name, ())
            found = self._kept[name] = tuple(self._prepared(*one) for one in same)
        for one in cast("tuple[_Prepared, ...]", found):
            scope = one.rule.scope
            at = None if scope is None or line is None else (scope, line)
            applies = True if one.applicable is None else one.applicable(self, at)
            if applies is False:
                continue
            rule, version, value = one.rule, one.version, applies
            if applies is True:
                frame.articles += one.articles
                frame.notes += one.notes
                value = one.body(self, at)
            break
        self.frame = outer
        return Step(
            name,
            line,
            value,
            rule,
            version,
            tuple(frame.needs.values()),
            _once(frame.articles),
            _once(frame.points),
            _once(frame.notes),
        )

    # --- what is prepared

    @cached_property
    def _maker(self) -> Maker:
        return Maker()

    def _prepared(self, rule: Rule, version: Version) -> _Prepared:
        applicable = applicable_of(rule, version)
        return _Prepared(
            rule,
            version,
            None if applicable is None else self._function(applicable, rule),
            self._function(body_of(rule, version), rule),
            tuple(f"{rule.text} art. {one}" for one in version.articles),
            () if version.note is None else (version.note,),
        )

    def _function(self, node: TracedNode, rule: Rule | None = None) -> Function:
        place = node.place if self._trace is not None else None
        named = ("", "") if rule is None else (rule.name, rule.text)
        return self._maker.function(node.expr, place, *named)


def _once(texts: tuple[str, ...]) -> tuple[str, ...]:
    return texts if len(texts) < 2 else tuple(dict.fromkeys(texts))  # noqa: PLR2004 - two


def sharing(epoch: Epoch, other: Epoch, without: str | None = None) -> Epoch:
    """``epoch``, with what is prepared for ``other``: they differ by the rule or control named."""
    for traced, kept in other.prepared.items():
        epoch.prepared[traced] = {name: one for name, one in kept.items() if name != without}
    return epoch


Function: TypeAlias = "Callable[[Interpreter, At], Outcome]"

_ZERO: Final = Fraction(0)
_ONE: Final = Fraction(1)


# What needs every argument and meets no state.
_EXACT: Final[Mapping[str, Callable[..., Value]]] = {
    "+": add,
    "-": sub,
    "*": mul,
    "/": truediv,
    "neg": neg,
    "==": eq,
    "!=": ne,
    "<": lt,
    "<=": le,
    ">": gt,
    ">=": ge,
    "in": lambda code, codes: code in codes,
    "not": not_,
    "min": min,
    "max": max,
    "plafond": min,
    "plancher": max,
    "jours": lambda first, last: Fraction((last - first).days + 1),
    "trentiemes": lambda first, last: Fraction(thirtieths(first, last)),
}


class Maker:
    """Makes the functions of the expressions of one declaration after another."""

    def __init__(self) -> None:
        self._name = self._text = ""
        self._place: NodePlace | None = None
        self.machine = SimpleEval(operators={}, functions={}, names={})
        self.machine.nodes = {
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

    def function(
        self, expr: Expr, place: NodePlace | None = None, name: str = "", text: str = ""
    ) -> Function:
        """The function of an expression.

        Args:
            expr: the expression.
            place: its place in the law, to record what is evaluated; None records nothing.
            name: the rule that is told when the expression settles nothing.
            text: the text whose articles its cases name.
        """
        self._name, self._text, self._place = name, text, place
        return self._made(expr)

    def _made(self, expr: Expr) -> Function:
        made: Function = self.machine.eval("", expr)
        return made if self._place is None else _recorded(made, TracedNode(self._place, expr))

    def _part(self, expr: Expr, rank: int) -> Function:
        """The function of the part of that rank of the node under way."""
        whole = self._place
        self._place = None if whole is None else whole.part(rank)
        made = self._made(expr)
        self._place = whole
        return made

    def _parts(self, exprs: tuple[Expr, ...]) -> tuple[Function, ...]:
        return tuple(self._part(one, rank) for rank, one in enumerate(exprs))

    # --- nodes

    def _const(self, node: Const) -> Function:
        value = cast("Outcome", node.value)
        return lambda _run, _at: value

    def _missing(self, node: Missing) -> Function:
        value = NotComputable((Lack(node.kind, node.name, node.span),))
        return lambda _run, _at: value

    def _ref(self, node: Ref) -> Function:
        name, scope, via = node.name, node.scope, node.via
        if scope is None:
            if node.kind == "regle":
                return lambda run, _at: run.step(name).value
            return lambda run, _at: run.values.get(name, ABSENT)

        def place(run: Interpreter, at: At) -> int | None:
            """Which line is meant: the current one, or the one that a link leads to."""
            if at is None:
                message = f"{name}: no current line"
                raise AssertionError(message)
            collection, index = at
            return index if via is None else run.record.lines[collection][index].links.get(via)

        def rule(run: Interpreter, at: At) -> Outcome:
            index = place(run, at)
            return ABSENT if index is None else run.step(name, index).value

        def field(run: Interpreter, at: At) -> Outcome:
            index = place(run, at)
            return (
                ABSENT if index is None else run.record.lines[scope][index].values.get(name, ABSENT)
            )

        return rule if node.kind == "regle" else field

    def _op(self, node: Op) -> Function:
        args = self._parts(node.args)
        match node.op:
            case "and" | "or":
                return _junction(args, settled=node.op == "or")
            case "present":
                return _present(args[0])
            case "/":
                first, second = args
                return _quotient(first, second, self._unsettled("division", node.span))
            case _:
                return _strict(args, _EXACT[node.op])

    def _choice(self, node: Choice) -> Function:
        exclusive = node.exclusive
        cases = [
            (
                self._part(case.condition, 2 * rank),
                self._part(case.value, 2 * rank + 1),
                tuple(f"{self._text} art. {one}" for one in case.articles),
                case.condition.span,
            )
            for rank, case in enumerate(node.cases)
        ]
        none = self._unsettled("aucun_cas", node.span)
        otherwise = None
        if node.otherwise is not None:
            otherwise = self._part(node.otherwise, 2 * len(cases))
        name, span = self._name, node.span

        def choice(run: Interpreter, at: At) -> Outcome:
            chosen = None
            for case in cases:
                found = case[0](run, at)
                if chosen is not None:
                    if found is True:
                        return _lacking("deux_cas", name, span, (chosen[3], case[3]))
                elif found is True:
                    chosen = case
                    if not exclusive:
                        break
                elif found is not False:
                    return found
            if chosen is None:
                return none if otherwise is None else otherwise(run, at)
            run.frame.articles += chosen[2]
            return chosen[1](run, at)

        return choice

    def _unsettled(self, kind: Literal["aucun_cas", "division"], span: Span) -> NotComputable:
        return _lacking(kind, self._name, span)

    def _aggregate(self, node: Aggregate) -> Function:
        collection = node.collection
        parts = [node.body, node.where, node.once_per, node.otherwise]
        ranks = iter(range(len(parts)))
        body, where, once_per, otherwise = (
            None if one is None else self._part(one, next(ranks)) for one in parts
        )
        kind = node.kind

        def aggregate(run: Interpreter, _at: At) -> Outcome:
            values: list[tuple[Outcome, Outcome]] = []  # (value, mark of « une fois par »)
            states: list[Outcome] = []
            for index in range(len(run.lines(collection))):
                line = (collection, index)
                kept = True if where is None else where(run, line)
                if kept is True:
                    value: Outcome = _ONE if body is None else body(run, line)
                    mark: Outcome = ABSENT if once_per is None else once_per(run, line)
                    values.append((value, mark))
                    if is_state(value):
                        states.append(value)
                    if isinstance(mark, NotComputable):
                        states.append(mark)
                elif kept is not False:
                    states.append(kept)
            if states:
                return cast("Outcome", stopped(states))
            if not values and otherwise is not None:
                return otherwise(run, _at)
            counted = once_per_mark(values)
            numbers = cast("list[Fraction]", counted)
            match kind:
                case "somme" | "compte":
                    return sum(numbers, _ZERO)
                case "compte_distinct":
                    return Fraction(len(set(counted)))
                case "existe":
                    return bool(counted)
                case _:
                    if numbers:
                        return max(numbers) if kind == "max" else min(numbers)
                    return ABSENT

        return aggregate

    def _lookup(self, node: Lookup) -> Function:
        table, keys = node.table, self._parts(node.keys)
        none, recorded = self._unsettled("aucun_cas", node.span), self._place is not None

        def lookup(run: Interpreter, at: At) -> Outcome:
            wanted = tuple(key(run, at) for key in keys)
            state = stopped(wanted)
            if state is not None:
                return state
            frame, version = run.frame, run.epoch.tables[table]
            declared = run.corpus.tables[table]
            frame.articles += tuple(f"{declared.text} art. {one}" for one in declared.articles)
            if version.note is not None:
                frame.notes += (version.note,)
            rank = _matching(version.rows, wanted)
            if recorded:
                run.trace.rows.append((frame.key, table, wanted, rank))
            if rank is None:
                return none
            value = version.rows[rank].value
            if isinstance(value, Missing):
                return NotComputable((Lack(value.kind, value.name, value.span),))
            return value

        return lookup

    def _round(self, node: Round) -> Function:
        inside, step, mode = self._part(node.value, 0), node.step, node.mode

        def rounding(run: Interpreter, at: At) -> Outcome:
            value = inside(run, at)
            return rounded(value, step, mode) if isinstance(value, Fraction) else value

        return rounding

    def _otherwise(self, node: Otherwise) -> Function:
        first, second = self._part(node.value, 0), self._part(node.fallback, 1)

        def otherwise(run: Interpreter, at: At) -> Outcome:
            value = first(run, at)
            return second(run, at) if value is ABSENT else value

        return otherwise

    def _reading(self, node: Reading) -> Function:
        options = {name: self._part(one, rank) for rank, (name, one) in enumerate(node.options)}

        def reading(run: Interpreter, at: At) -> Outcome:
            run.frame.points += (node.point,)
            return options[run.option(node)](run, at)

        return reading


def _recorded(made: Function, node: TracedNode) -> Function:
    """The same function, which tells the trace what it gave."""

    def recorded(run: Interpreter, at: At) -> Outcome:
        value = made(run, at)
        run.trace.events.append((run.frame.key, node, at, value))
        return value

    return recorded


def _strict(args: tuple[Function, ...], exact: Callable[..., Value]) -> Function:
    """The operation on the values of its arguments; on a state, that state."""
    if len(args) != 2:  # noqa: PLR2004 - the common case is written out below

        def several(run: Interpreter, at: At) -> Outcome:
            values = [arg(run, at) for arg in args]
            state = stopped(values)
            return exact(*values) if state is None else state

        return several

    first, second = args

    def both(run: Interpreter, at: At) -> Outcome:
        left, right = first(run, at), second(run, at)
        if (
            left is ABSENT
            or right is ABSENT
            or isinstance(left, NotComputable)
            or isinstance(right, NotComputable)
        ):
            return cast("Outcome", stopped((left, right)))
        return exact(left, right)

    return both


def _quotient(first: Function, second: Function, by_zero: NotComputable) -> Function:
    def quotient(run: Interpreter, at: At) -> Outcome:
        left, right = first(run, at), second(run, at)
        state = stopped((left, right))
        if state is not None:
            return state
        return by_zero if right == _ZERO else cast("Fraction", left) / cast("Fraction", right)

    return quotient


def _present(inside: Function) -> Function:
    def present(run: Interpreter, at: At) -> Outcome:
        value = inside(run, at)
        return value if isinstance(value, NotComputable) else value is not ABSENT

    return present


def _junction(args: tuple[Function, ...], *, settled: bool) -> Function:
    def junction(run: Interpreter, at: At) -> Outcome:
        for arg in args:
            found = arg(run, at)
            if found is settled or not isinstance(found, bool):
                return found
        return not settled

    return junction


def _matching(rows: tuple[Row, ...], keys: tuple[Outcome, ...]) -> int | None:
    """The rank of the first row that takes the keys."""
    for rank, row in enumerate(rows):
        for key, cell in zip(keys, row.cells, strict=True):
            if key not in cell:
                break
        else:
            return rank
    return None


def _lacking(
    kind: Literal["deux_cas", "aucun_cas", "division"],
    name: str,
    span: Span,
    others: tuple[Span, ...] = (),
) -> NotComputable:
    return NotComputable((Lack(kind, name, span, others),))
