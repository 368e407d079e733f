"""A statement written for DuckDB goes in, the same one comes out as PostgreSQL's SQL.

It serves the script that people run where their data is (``engine.sql.script``), over clean and
typed tables: what only reads dirty texts has no form here.
"""

from __future__ import annotations

from typing import Final

from sqlglot import exp, parse_one

from engine.source.digests import digest_of
from engine.sql.folding import without_accents

DIALECT: Final = "postgres"
_TYPE: Final = exp.DType
_WIDE: Final = "DECIMAL(38, 0)"
_LONGEST: Final = 63  # characters of a name, all of them ASCII


def postgres_sql(select: exp.Expr, *, pretty: bool = False) -> str:
    """The text of ``select`` in PostgreSQL's dialect; the tree itself is left as it is."""
    found = _inside(select)
    for one in found.find_all(exp.CTE):
        # Put in the place of its name, a step would be written again at each use of each column:
        # the planner ends by taking all the memory of the machine.
        one.set("materialized", True)  # noqa: FBT003 - a name and a value, as the library has it
    return found.sql(dialect=DIALECT, pretty=pretty)


def _inside(tree: exp.Expr) -> exp.Expr:
    found: exp.Expr = tree.transform(_translated)
    return found


def _translated(node: exp.Expr) -> exp.Expr:
    """What takes the place of ``node``, which is then not looked into any further."""
    match node:
        case exp.Identifier() if len(node.name) > _LONGEST:
            # Two long names that begin alike would be one: PostgreSQL cuts them.
            digest = digest_of(node.name.encode()).rpartition(":")[2][:16]
            return exp.Identifier(this=f"{node.name[:40]}_{digest}", quoted=node.args["quoted"])
        case exp.IntDiv():  # DIV truncates, whatever the type of whole numbers
            above, below = _inside(node.this), _inside(node.expression)
            return exp.Anonymous(this="DIV", expressions=[above, below])
        case exp.DataType(this=_TYPE.INT128):
            return exp.DataType.build(_WIDE)
        case exp.TryCast(to=exp.DataType(this=_TYPE.ENUM)):
            return _inside(node.this)
        case exp.TryCast():
            return exp.Cast(this=_inside(node.this), to=_inside(node.to))
        case exp.DateDiff():  # a difference of days is a whole number
            return exp.Paren(
                this=exp.Sub(this=_inside(node.this), expression=_inside(node.expression))
            )
        case exp.DateFromParts():
            parts = (node.args[name] for name in ("year", "month", "day"))
            return exp.Anonymous(this="MAKE_DATE", expressions=[_inside(one) for one in parts])
        case exp.Year() | exp.Month() | exp.Day():
            return _part(node)
        case exp.RegexpReplace() if node.args.get("modifiers") is not None:
            return _replaced_everywhere(node)
        case exp.Anonymous() if node.name.upper() == "STRIP_ACCENTS":
            return _bare(node.expressions[0])
        case _:
            return node


def _part(node: exp.Year | exp.Month | exp.Day) -> exp.Expr:
    found = exp.Extract(this=exp.Var(this=node.sql_name()), expression=_inside(node.this))
    return exp.Cast(this=found, to=exp.DataType.build("INT"))


def _replaced_everywhere(node: exp.RegexpReplace) -> exp.Expr:
    """Classes of Unicode have no name in PostgreSQL: its own classes know the letters."""
    words = node.expression.name.replace(r"\p{L}\p{N}", "[:alnum:]")
    pattern = exp.Literal.string(words)
    return exp.Anonymous(
        this="REGEXP_REPLACE",
        expressions=[_inside(node.this), pattern, node.args["replacement"].copy(),
                     exp.Literal.string("g")],
    )  # fmt: skip


def _bare(text: exp.Expr) -> exp.Expr:
    """What ``STRIP_ACCENTS`` does, over ``text``."""
    found: exp.Expr = parse_one(without_accents("x"), dialect="duckdb")
    inside = _inside(text)
    return found.transform(lambda node: inside if isinstance(node, exp.Column) else node)
