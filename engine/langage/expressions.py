"""Expressions: the text of a scalar in, a Python syntax tree of the closed list out."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from engine.langage.kernel import ABSENT, Absence
from engine.source.diagnostics import Diagnostic
from engine.source.messages import types as say
from engine.source.positions import Span
from engine.source.tree import Scalar

MAX_LENGTH: Final = 500
MAX_NODES: Final = 200
MAX_DEPTH: Final = 20
CONSTANTS: Final[Mapping[str, bool | Absence]] = {
    "vrai": True,
    "faux": False,
    "true": True,
    "false": False,
    "sans_objet": ABSENT,
}
FUNCTIONS: Final = ("min", "max", "sinon", "present", "requis", "jours", "trentiemes")

_ALLOWED: Final = (
    ast.BoolOp, ast.And, ast.Or,
    ast.UnaryOp, ast.Not, ast.USub,
    ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Div,
    ast.Compare, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn,
    ast.IfExp, ast.Call, ast.Name, ast.Load, ast.Attribute, ast.Constant, ast.List, ast.Tuple,
)  # fmt: skip
_WORDS: Final = {
    ast.Pow: "la puissance « ** »",
    ast.Mod: "le reste « % »",
    ast.FloorDiv: "la division entière « // »",
    ast.Subscript: "l'indice entre crochets",
    ast.Lambda: "une fonction anonyme",
    ast.Dict: "un dictionnaire",
    ast.Set: "un ensemble entre accolades",
    ast.ListComp: "une liste en compréhension",
    ast.GeneratorExp: "une liste en compréhension",
    ast.JoinedStr: "un texte à trous",
    ast.Is: "« is »",
    ast.IsNot: "« is not »",
    ast.NamedExpr: "une affectation",
    ast.Starred: "l'étoile",
    ast.keyword: "un argument nommé",
    ast.UAdd: "le signe + devant un nombre",
    ast.Invert: "« ~ »",
}


@dataclass(frozen=True, slots=True)
class Formula:
    """An expression of the closed list, with what is needed to place and read its parts."""

    scalar: Scalar
    tree: ast.expr
    lines: tuple[bytes, ...]

    def span(self, node: ast.AST) -> Span:
        """The place of ``node`` in the file (the whole scalar when it runs over lines)."""
        start = getattr(node, "lineno", None), getattr(node, "col_offset", None)
        end = getattr(node, "end_lineno", None), getattr(node, "end_col_offset", None)
        if len(self.lines) != 1 or start[1] is None or end[1] is None:
            return self.scalar.span
        line = self.lines[0]
        first, last = (len(line[:offset].decode()) for offset in (start[1], end[1]))
        return self.scalar.part(first - 1, last - 1)

    def literal(self, node: ast.Constant) -> str:
        """The very text of a literal: a number is never read through a binary float."""
        line = self.lines[node.lineno - 1]
        return line[node.col_offset : node.end_col_offset].decode()


def parse_expression(scalar: Scalar) -> tuple[Formula | None, tuple[Diagnostic, ...]]:
    """Read the expression written in ``scalar``.

    Returns:
        The formula, or None with E306 (outside the closed list, one per construct), E307 (beyond
        the limits) or E308 (not an expression).
    """
    text = scalar.text
    if len(text) > MAX_LENGTH:
        return None, (say.expression_too_big(f"{len(text)} caractères", MAX_LENGTH, scalar.span),)
    wrapped = f"({text})"  # an expression may be folded over several lines
    try:
        tree = ast.parse(wrapped, mode="eval").body
        ast.parse(f"[{text}]", mode="eval")  # else « a) + (b » would pass for an expression
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return None, (say.expression_syntax(text, _place(scalar, error)),)
    formula = Formula(scalar, tree, tuple(line.encode() for line in wrapped.split("\n")))
    found = _beyond_limits(formula) or _outside_list(formula)
    return (None, found) if found else (formula, ())


def _place(scalar: Scalar, error: BaseException) -> Span:
    offset = getattr(error, "offset", None)
    if offset is None or getattr(error, "lineno", 1) != 1:
        return scalar.span
    start = min(max(offset - 2, 0), max(len(scalar.text) - 1, 0))
    return scalar.part(start, start + 1)


def _beyond_limits(formula: Formula) -> tuple[Diagnostic, ...]:
    count, deepest = 0, 0
    waiting: list[tuple[ast.AST, int]] = [(formula.tree, 1)]
    while waiting:
        node, depth = waiting.pop()
        count += isinstance(node, ast.expr)
        deepest = max(deepest, depth)
        waiting.extend((below, depth + 1) for below in ast.iter_child_nodes(node))
    span = formula.scalar.span
    if count > MAX_NODES:
        return (say.expression_too_big(f"{count} opérations et valeurs", MAX_NODES, span),)
    if deepest > MAX_DEPTH:
        return (say.expression_too_big(f"{deepest} niveaux d'imbrication", MAX_DEPTH, span),)
    return ()


def _outside_list(formula: Formula) -> tuple[Diagnostic, ...]:
    found: list[Diagnostic] = []
    waiting: list[tuple[ast.AST, ast.AST]] = [(formula.tree, formula.tree)]
    while waiting:
        node, placed = waiting.pop()
        placed = node if hasattr(node, "col_offset") else placed
        refused = _refused(node)
        if refused is not None:
            found.append(say.expression_refused(refused, formula.span(placed)))
            continue
        waiting.extend((below, placed) for below in ast.iter_child_nodes(node))
    return tuple(found)


def _refused(node: ast.AST) -> str | None:
    """What ``node`` is, in French, when the closed list does not hold it."""
    if not isinstance(node, _ALLOWED):
        return _WORDS.get(type(node), "cette construction")
    match node:
        case ast.Call(func=ast.Name(id=name)) if name in FUNCTIONS:
            return None
        case ast.Call(func=ast.Name(id=name)):
            return f"la fonction « {name} »"
        case ast.Call():
            return "cet appel"
        case ast.Attribute(value=ast.Name()):
            return None
        case ast.Attribute():
            return "un champ de champ de champ"
        case ast.Constant(value=bool() | str()):
            return None
        case ast.Constant(value=int() | float()):
            return None
        case ast.Constant():
            return "cette valeur"
        case _:
            return None
