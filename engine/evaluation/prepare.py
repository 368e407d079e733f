"""An expression of the law goes in; the function that gives its value on a record comes out.

The ten nodes of the kernel have their meaning here and nowhere else. ``simpleeval`` evaluates an
expression once: it dispatches on the type of each node, and refuses whatever is not one of the ten.
What it gives is a function of an interpreter and of the current line, which runs as often as asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from fractions import Fraction
from operator import add, eq, ge, gt, le, lt, mul, ne, neg, not_, sub, truediv
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, cast

from simpleeval import SimpleEval

from engine.evaluation.arithmetic import is_state, once_per_mark, rounded, stopped
from engine.evaluation.outcomes import Lack, NotComputable, Outcome
from engine.evaluation.trace import At, Node, Place
from engine.langage.corpus import Row
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
from engine.source.positions import Span

if TYPE_CHECKING:
    from engine.evaluation.interpreter import Interpreter

Function: TypeAlias = "Callable[[Interpreter, At], Outcome]"

_ZERO: Final = Fraction(0)
_ONE: Final = Fraction(1)


def _days(first: date, last: date) -> Fraction:
    return Fraction((last - first).days + 1)


def _thirtieths(first: date, last: date) -> Fraction:
    return Fraction(thirtieths(first, last))


def _among(code: object, codes: frozenset[object]) -> bool:
    return code in codes


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
    "in": _among,
    "not": not_,
    "min": min,
    "max": max,
    "plafond": min,
    "plancher": max,
    "jours": _days,
    "trentiemes": _thirtieths,
}


class Maker:
    """Makes the functions of the expressions of one declaration after another."""

    def __init__(self) -> None:
        self._name = self._text = ""
        self._place: Place | None = None
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
        self, expr: Expr, place: Place | None = None, name: str = "", text: str = ""
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
        return made if self._place is None else _recorded(made, Node(self._place, expr))

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
            return _total(kind, once_per_mark(values))

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


def _recorded(made: Function, node: Node) -> Function:
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


def _total(kind: str, values: list[Value]) -> Outcome:
    numbers = cast("list[Fraction]", values)
    match kind:
        case "somme" | "compte":
            return sum(numbers, _ZERO)
        case "compte_distinct":
            return Fraction(len(set(values)))
        case "existe":
            return bool(values)
        case _:
            if numbers:
                return max(numbers) if kind == "max" else min(numbers)
            return ABSENT


def _lacking(
    kind: Literal["deux_cas", "aucun_cas", "division"],
    name: str,
    span: Span,
    others: tuple[Span, ...] = (),
) -> NotComputable:
    return NotComputable((Lack(kind, name, span, others),))
