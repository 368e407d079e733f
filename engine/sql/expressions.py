"""Compiled expressions go in, sqlglot trees come out: whole numbers, conditions, texts and days."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
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

_MARKED: Final = re.compile("_[a-z0-9_]+")
BIGINT: Final = exp.DType.BIGINT
HUGEINT: Final = exp.DType.INT128

_BINARY: Final[Mapping[str, type[exp.Binary]]] = {
    "+": exp.Add, "-": exp.Sub, "*": exp.Mul, "//": exp.IntDiv, "quo": exp.IntDiv,
    "==": exp.EQ, "!=": exp.NEQ, "<": exp.LT, "<=": exp.LTE, ">": exp.GT, ">=": exp.GTE,
    "and": exp.And, "or": exp.Or, "bitor": exp.BitwiseOr,
}  # fmt: skip
Emit: TypeAlias = Callable[[Node], exp.Expr]


def column(name: str, table: str | None = None) -> exp.Column:
    """A reference to a column."""
    place = None if table is None else exp.Identifier(this=table, quoted=False)
    return exp.Column(this=identifier(name), table=place)


def identifier(name: str) -> exp.Identifier:
    """The name of a column, quoted unless it is marked as ours: it may be a word of SQL."""
    return exp.Identifier(this=name, quoted=_MARKED.fullmatch(name) is None)


def joined(kind: type[exp.Binary], parts: Sequence[exp.Expr]) -> exp.Expr:
    """``parts`` put together two by two, from left to right."""
    found = parts[0]
    for part in parts[1:]:
        found = kind(this=found, expression=part)
    return found


def concatenated(separator: str, parts: Sequence[exp.Expr]) -> exp.Expr:
    """The texts that are not ``NULL``, with ``separator`` between them.

    The library's own node would make the whole NULL as soon as one part is.
    """
    return exp.Anonymous(this="CONCAT_WS", expressions=[exp.Literal.string(separator), *parts])


def named(value: exp.Expr, name: str) -> exp.Alias:
    """``value AS name``."""
    return exp.Alias(this=value, alias=identifier(name))


def number(node: Node, *, wide: bool) -> exp.Expr:
    """The expression of a column of whole numbers, of 64 bits or, when ``wide``, of 128."""
    found = expression(node)
    if isinstance(node, Lit) or any(isinstance(one, Call) and one.wide for one in nodes(node)):
        return cast(found, HUGEINT if wide else BIGINT)
    return found


def cast(value: exp.Expr, kind: exp.DType) -> exp.Cast:
    """``CAST(value AS kind)``."""
    return exp.Cast(this=value, to=exp.DataType(this=kind))


def expression(node: Node) -> exp.Expr:
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


def literal(value: Plain) -> exp.Expr:
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
                            to=exp.DataType(this=exp.DType.DATE))  # fmt: skip
        case str():
            return exp.Literal.string(value)
        case frozenset():
            message = "a set stands only on the right of « in »"
            raise AssertionError(message)


def _case(cases: Sequence[tuple[exp.Expr, Node]], otherwise: Node) -> exp.Expr:
    """A CASE; one whose values are all literal numbers would have 32 bits."""
    branches = [exp.If(this=condition, true=_branch(value)) for condition, value in cases]
    found = exp.Case(ifs=branches, default=_branch(otherwise))
    values = [value for _, value in cases] + [otherwise]
    numbers = [one for one in values if isinstance(one, Lit) and type(one.value) is int]
    plain = all(isinstance(one, Lit) for one in values)
    return cast(found, BIGINT) if numbers and plain else found


def _branch(node: Node) -> exp.Expr:
    return expression(node)


def _call(node: Call) -> exp.Expr:
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
        case "text":
            return cast(args[0], exp.DType.VARCHAR)
        case "days":
            first, last = args
            length = exp.DateDiff(this=last, expression=first, unit=exp.Var(this="DAY"))
            return cast(exp.Add(this=length, expression=literal(1)), BIGINT)
        case "thirtieths":
            return _thirtieths(*args)
        case _:
            return joined(_BINARY[node.op], [_inside(arg) for arg in args])


def _thirtieths(first: exp.Expr, last: exp.Expr) -> exp.Expr:
    """Thirty days a month from ``first`` to the day after ``last``.

    A first month that is begun and goes to its end counts for its own days.
    """
    after = exp.DateAdd(this=_inside(last), expression=literal(1), unit=exp.Var(this="DAY"))
    ends = exp.LastDay(this=first.copy())

    def counted(day: exp.Expr) -> exp.Expr:
        terms = [
            exp.Mul(this=exp.Year(this=day.copy()), expression=literal(360)),
            exp.Mul(this=exp.Month(this=day.copy()), expression=literal(30)),
            exp.Day(this=day.copy()),
        ]
        return cast(exp.Paren(this=joined(exp.Add, terms)), BIGINT)

    begun = exp.And(
        this=exp.GT(this=exp.Day(this=first.copy()), expression=literal(1)),
        expression=exp.GTE(this=_inside(last.copy()), expression=ends),
    )
    own = exp.Sub(this=cast(exp.Day(this=ends.copy()), BIGINT), expression=literal(30))
    added = exp.Case(ifs=[exp.If(this=begun, true=own)], default=literal(0))
    spell = exp.Sub(this=counted(after), expression=counted(first))
    none = exp.LT(this=_inside(last.copy()), expression=_inside(first.copy()))
    count = exp.Add(this=exp.Paren(this=spell), expression=added)
    return exp.Case(ifs=[exp.If(this=none, true=literal(0))], default=count)


def _extreme(node: Call, args: list[exp.Expr]) -> exp.Expr:
    """LEAST and GREATEST skip ``NULL``: an argument that may be ``NULL`` is looked at first."""
    kind = exp.Least if node.op == "least" else exp.Greatest
    found: exp.Expr = kind(this=args[0], expressions=args[1:], ignore_nulls=True)
    tests = [exp.Is(this=_inside(args[at].copy()), expression=exp.Null()) for at in node.guarded]
    if not tests:
        return found
    any_null = joined(exp.Or, tests)
    return exp.Case(ifs=[exp.If(this=any_null, true=exp.Null())], default=found)


def _in(node: Call) -> exp.Expr:
    value, among = node.args
    codes = among.value if isinstance(among, Lit) else None
    if isinstance(codes, frozenset) and codes:
        listed = [literal(one) for one in sorted(codes)]
        return exp.In(this=_inside(expression(value)), expressions=listed)
    return exp.Boolean(this=False)


def _inside(found: exp.Expr) -> exp.Expr:
    """An operand, between parentheses when it is an operation itself."""
    simple = exp.Column | exp.Literal | exp.Func | exp.Cast | exp.Boolean | exp.Null | exp.Paren
    operation = isinstance(found, exp.Binary)  # AND and OR are functions too, for the library
    return found if isinstance(found, simple) and not operation else exp.Paren(this=found)


def _matches(cells: tuple[RowCell, ...], keys: list[exp.Expr]) -> exp.Expr:
    tests = [test for cell, key in zip(cells, keys, strict=True) for test in _accepts(cell, key)]
    if not tests:
        return exp.Boolean(this=True)
    return joined(exp.And, tests)


def _accepts(cell: RowCell, key: exp.Expr) -> list[exp.Expr]:
    key = _inside(key)
    if isinstance(cell, Span):
        if cell.low is not None and cell.low == cell.high:
            return [exp.EQ(this=key.copy(), expression=literal(cell.low))]
        tests: list[exp.Expr] = []
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
