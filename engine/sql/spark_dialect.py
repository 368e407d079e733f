"""A statement written for DuckDB goes in, the same one comes out as Spark's SQL (ANSI mode).

The logic is written once, as sqlglot trees; the library knows most of the words of Spark. Here is
what it does not know: types that Spark does not have, functions that it lacks or that mean
something else there. The session reads moments in UTC (see ``engine.sql.spark_session``).
"""

from __future__ import annotations

from typing import Final

from sqlglot import exp, parse_one

from engine.sql.folding import without_accents

DIALECT: Final = "spark"
_TYPE: Final = exp.DType
_WIDE: Final = "DECIMAL(38, 0)"


def spark_sql(select: exp.Expr, *, pretty: bool = False) -> str:
    """The text of ``select`` in Spark's dialect; the tree itself is left as it is."""
    return _inside(select).sql(dialect=DIALECT, pretty=pretty)


def _inside(tree: exp.Expr) -> exp.Expr:
    found: exp.Expr = tree.transform(_translated)
    return found


def _translated(node: exp.Expr) -> exp.Expr:
    """What takes the place of ``node``, which is then not looked into any further."""
    match node:
        case exp.IntDiv() if _is_wide(node) and not _is_narrowed(node):
            return _exact_quotient(node)
        case exp.TryCast(to=exp.DataType(this=_TYPE.ENUM)):
            return _among(node)
        case exp.DataType(this=_TYPE.INT128):
            return exp.DataType.build(_WIDE)
        case exp.DataType(this=_TYPE.TIMESTAMP):
            return exp.DataType(this=_TYPE.TIMESTAMPNTZ)
        case exp.AtTimeZone():
            return _inside(node.this)
        case exp.Chr(expressions=[exp.Literal() as code]):
            return exp.Literal.string(chr(int(code.name)))  # Spark counts modulo 256
        case exp.Anonymous() if node.name.upper() == "STRIP_ACCENTS":
            return _bare(node.expressions[0])
        case _:
            return node


def _is_wide(node: exp.IntDiv) -> bool:
    """Whether a side of a division has 128 bits."""
    casts = node.find_all(exp.Cast)
    return any(one.to.this == _TYPE.INT128 for one in casts)


def _is_narrowed(node: exp.IntDiv) -> bool:
    """Whether the quotient is known to fit in 64 bits: it is cast to them at once."""
    above = node.parent
    while isinstance(above, exp.Paren):
        above = above.parent
    return isinstance(above, exp.Cast) and above.to.this == _TYPE.BIGINT


def _exact_quotient(node: exp.IntDiv) -> exp.Expr:
    """A quotient of 128 bits: Spark's DIV has 64 and wraps beyond, its ``/`` rounds."""
    above, below = exp.paren(_inside(node.this)), exp.paren(_inside(node.expression))
    rest = exp.Mod(this=above.copy(), expression=below.copy())
    whole = exp.paren(exp.Sub(this=above, expression=exp.paren(rest)))
    return exp.Cast(this=exp.Div(this=whole, expression=below), to=exp.DataType.build(_WIDE))


def _among(node: exp.TryCast) -> exp.Expr:
    """``TRY_CAST(x AS ENUM(…))``: the text itself when it is in the list."""
    listed = [exp.Literal.string(one.name) for one in node.to.expressions]
    text = _inside(node.this)
    test = exp.In(this=text, expressions=listed)
    return exp.Case(ifs=[exp.If(this=test, true=text.copy())])


def _bare(text: exp.Expr) -> exp.Expr:
    """What ``STRIP_ACCENTS`` does, over ``text``."""
    found: exp.Expr = parse_one(without_accents("x"), dialect="duckdb")
    inside = _inside(text)
    return found.transform(lambda node: inside if isinstance(node, exp.Column) else node)
