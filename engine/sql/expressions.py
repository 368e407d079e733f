"""Compiled expressions go in, sqlglot trees come out: whole numbers, conditions, texts and days."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import reduce
from typing import Final, TypeAlias, assert_never

from sqlglot import exp

from engine.evaluation.compilation.ir import (
    Call,
    Col,
    If,
    Lit,
    Node,
    Plain,
    RowCell,
    Rows,
    Span,
    nodes,
)

BIGINT: Final = exp.DataType.Type.BIGINT
HUGEINT: Final = exp.DataType.Type.INT128

_BINARY: Final[Mapping[str, type[exp.Binary]]] = {
    "+": exp.Add, "-": exp.Sub, "*": exp.Mul, "//": exp.IntDiv, "==": exp.EQ, "!=": exp.NEQ,
    "<": exp.LT, "<=": exp.LTE, ">": exp.GT, ">=": exp.GTE, "and": exp.And, "or": exp.Or,
    "bitor": exp.BitwiseOr,
}  # fmt: skip
Emit: TypeAlias = Callable[[Node], exp.Expression]


def column(name: str, table: str | None = None) -> exp.Column:
    """A reference to a column, quoted where its name needs it."""
    return exp.column(name, table=table)


def named(value: exp.Expression, name: str) -> exp.Alias:
    """``value AS name``."""
    return exp.Alias(this=value, alias=exp.to_identifier(name))


def number(node: Node, *, wide: bool) -> exp.Expression:
    """The expression of a column of whole numbers, of 64 bits or, when ``wide``, of 128."""
    found = expression(node)
    if isinstance(node, Lit) or any(isinstance(one, Call) and one.wide for one in nodes(node)):
        return cast(found, HUGEINT if wide else BIGINT)
    return found


def cast(value: exp.Expression, kind: exp.DataType.Type) -> exp.Cast:
    """``CAST(value AS kind)``."""
    return exp.Cast(this=value, to=exp.DataType(this=kind))


def expression(node: Node) -> exp.Expression:
    """The tree of ``node``."""
    match node:
        case Lit():
            return literal(node.value)
        case Col():
            return column(node.name)
        case Call():
            return _call(node)
        case If():
            cases = [(expression(condition), value) for condition, value in node.cases]
            return _case(cases, node.otherwise)
        case Rows():
            keys = [expression(key) for key in node.keys]
            tests = [(_matches(cells, keys), Lit(value)) for cells, value in node.rows]
            return _case(tests, Lit(node.otherwise))
        case _:
            assert_never(node)


def literal(value: Plain) -> exp.Expression:
    """A literal; a set has no form of its own (see ``in``)."""
    match value:
        case None:
            return exp.Null()
        case bool():
            return exp.Boolean(this=value)
        case int():
            text = exp.Literal.number(str(abs(value)))
            return exp.Neg(this=text) if value < 0 else text
        case date():
            return exp.Cast(this=exp.Literal.string(value.isoformat()),
                            to=exp.DataType(this=exp.DataType.Type.DATE))  # fmt: skip
        case str():
            return exp.Literal.string(value)
        case frozenset():
            message = "a set stands only on the right of « in »"
            raise AssertionError(message)


def _case(cases: list[tuple[exp.Expression, Node]], otherwise: Node) -> exp.Expression:
    """A CASE; one whose values are all literal numbers would have 32 bits."""
    branches = [
        exp.If(this=condition, true=_branch(value)) for condition, value in cases
    ]
    found = exp.Case(ifs=branches, default=_branch(otherwise))
    values = [value for _, value in cases] + [otherwise]
    numbers = [one for one in values if isinstance(one, Lit) and type(one.value) is int]
    plain = all(isinstance(one, Lit) for one in values)
    return cast(found, BIGINT) if numbers and plain else found


def _branch(node: Node) -> exp.Expression:
    return expression(node)


def _call(node: Call) -> exp.Expression:
    if node.op == "in":
        return _in(node)
    if node.op in ("isnull", "notnull"):
        test = exp.Is(this=_inside(expression(node.args[0])), expression=exp.Null())
        return test if node.op == "isnull" else exp.Not(this=test)
    args = [expression(arg) for arg in node.args]
    if node.wide:
        args = [cast(arg, HUGEINT) for arg in args]
    match node.op:
        case "not":
            return exp.Not(this=_inside(args[0]))
        case "neg":
            return exp.Neg(this=_inside(args[0]))
        case "abs":
            return exp.Abs(this=args[0])
        case "coalesce":
            return exp.Coalesce(this=args[0], expressions=args[1:])
        case "least" | "greatest":
            return _extreme(node, args)
        case "days":
            first, last = args
            length = exp.DateDiff(this=last, expression=first, unit=exp.Var(this="DAY"))
            return cast(exp.Add(this=length, expression=literal(1)), BIGINT)
        case _:
            inside = [_inside(arg) for arg in args]
            return reduce(lambda a, b: _BINARY[node.op](this=a, expression=b), inside)


def _extreme(node: Call, args: list[exp.Expression]) -> exp.Expression:
    """LEAST and GREATEST skip ``NULL``: an argument that may be ``NULL`` is looked at first."""
    kind = exp.Least if node.op == "least" else exp.Greatest
    found: exp.Expression = kind(this=args[0], expressions=args[1:])
    tests = [exp.Is(this=_inside(args[at].copy()), expression=exp.Null()) for at in node.guarded]
    if not tests:
        return found
    any_null = reduce(lambda a, b: exp.Or(this=a, expression=b), tests)
    return exp.Case(ifs=[exp.If(this=any_null, true=exp.Null())], default=found)


def _in(node: Call) -> exp.Expression:
    value, among = node.args
    if not isinstance(among, Lit) or not isinstance(among.value, frozenset):
        message = f"no set: {among!r}"
        raise AssertionError(message)
    if not among.value:
        return exp.Boolean(this=False)
    return exp.In(this=_inside(expression(value)),
                  expressions=[literal(one) for one in sorted(among.value)])  # fmt: skip


def _inside(found: exp.Expression) -> exp.Expression:
    """An operand, between parentheses when it is an operation itself."""
    simple = exp.Column | exp.Literal | exp.Func | exp.Cast | exp.Boolean | exp.Null | exp.Paren
    operation = isinstance(found, exp.Binary)  # AND and OR are functions too, for the library
    return found if isinstance(found, simple) and not operation else exp.Paren(this=found)


def _matches(cells: tuple[RowCell, ...], keys: list[exp.Expression]) -> exp.Expression:
    tests = [
        test
        for cell, key in zip(cells, keys, strict=True)
        for test in _accepts(cell, key)
    ]
    if not tests:
        return exp.Boolean(this=True)
    return reduce(lambda a, b: exp.And(this=a, expression=b), tests)


def _accepts(cell: RowCell, key: exp.Expression) -> list[exp.Expression]:
    key = _inside(key)
    if isinstance(cell, Span):
        tests: list[exp.Expression] = []
        if cell.low is not None:
            tests.append(exp.GTE(this=key.copy(), expression=literal(cell.low)))
        if cell.high is not None:
            tests.append(exp.LTE(this=key.copy(), expression=literal(cell.high)))
        return tests
    if all(isinstance(one, bool) for one in cell):
        if len(cell) > 1:
            return []
        return [key.copy() if True in cell else exp.Not(this=key.copy())]
    codes = [literal(one) for one in sorted(str(one) for one in cell)]
    if len(codes) == 1:
        return [exp.EQ(this=key.copy(), expression=codes[0])]
    return [exp.In(this=key.copy(), expressions=codes)]
