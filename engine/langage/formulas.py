"""From a written expression to the kernel: operators, functions, literals and names."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final

from engine.langage.expressions import CONSTANTS, Formula, parse_expression
from engine.langage.inputs import Field
from engine.langage.kernel import (
    Case,
    Choice,
    Const,
    Expr,
    Missing,
    Op,
    Operator,
    Otherwise,
    Ref,
)
from engine.langage.resolve import Names, resolve, resolve_field
from engine.langage.symbols import Head, Symbols
from engine.source.diagnostics import Diagnostic
from engine.source.messages import names as say_names
from engine.source.messages import reading as say_reading
from engine.source.messages import types as say
from engine.source.positions import Span
from engine.source.tree import Scalar

_BINARY: Final[Mapping[type[ast.operator], Operator]] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
}
_COMPARE: Final[Mapping[type[ast.cmpop], Operator]] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
_DECIMAL: Final = re.compile(r"[0-9]+(\.[0-9]+)?")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Place:
    """Where expressions are read: the names they see, and where findings go."""

    symbols: Symbols
    names: Names
    scope: str | None

    def inside(self, collection: str) -> Place:
        """The same place, on a line of ``collection``."""
        return Place(self.symbols, self.names, collection)


def lower_text(place: Place, scalar: Scalar) -> Expr | None:
    """The kernel of the expression written in ``scalar``; None when a finding was reported.

    Reports E108, E109, E201, E203, E211 and E306 to E309.
    """
    formula, found = parse_expression(scalar)
    for one in found:
        place.symbols.report(one)
    if formula is None:
        return None
    return _Lowering(place, formula).lower(formula.tree)


def declared(place: Place, ref: Ref) -> Field | Head:
    """The field or the rules that ``ref`` means."""
    names = place.names
    return names.root[ref.name] if ref.scope is None else names.lines[ref.scope][ref.name]


@dataclass(frozen=True, slots=True)
class _Lowering:
    place: Place
    formula: Formula

    def lower(self, node: ast.expr) -> Expr | None:
        span = self.formula.span(node)
        match node:
            case ast.Constant():
                return self._literal(node, span)
            case ast.Name(id=name):
                return self._name(name, span)
            case ast.Attribute(value=ast.Name(id=owner), attr=name):
                scope = self.place.scope
                return self._found(resolve_field(self.place.names, owner, name, scope, span))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return self._op("not", [operand], span)
            case ast.UnaryOp(operand=operand):
                return self._op("neg", [operand], span)
            case ast.BinOp(left=left, op=op, right=right):
                return self._op(_BINARY[type(op)], [left, right], span)
            case ast.BoolOp(op=op, values=values):
                return self._op("and" if isinstance(op, ast.And) else "or", values, span)
            case ast.Compare(left=left, ops=ops, comparators=comparators):
                return self._comparisons(left, ops, comparators, span)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                parts = self._all([test, body, orelse])
                if parts is None:
                    return None
                return Choice((Case(parts[0], parts[1]),), parts[2], exclusive=False, span=span)
            case ast.Call(func=ast.Name(id=name), args=args):
                return self._call(name, args, span)
            case _:
                self._report(say.expression_refused("une liste hors de « in »", span))
                return None

    def _report(self, found: Diagnostic) -> None:
        self.place.symbols.report(found)

    def _found(self, found: Ref | Diagnostic) -> Ref | None:
        if isinstance(found, Diagnostic):
            self._report(found)
            return None
        return found

    def _all(self, parts: list[ast.expr]) -> tuple[Expr, ...] | None:
        lowered = [self.lower(part) for part in parts]
        kept = tuple(part for part in lowered if part is not None)
        return kept if len(kept) == len(lowered) else None

    def _literal(self, node: ast.Constant, span: Span) -> Const | None:
        if isinstance(node.value, bool | str):
            return Const(node.value, span)
        written = self.formula.literal(node)
        if _DECIMAL.fullmatch(written):
            return Const(Fraction(written), span)
        self._report(say.expression_refused(f"le nombre « {written} »", span))
        return None

    def _name(self, name: str, span: Span) -> Expr | None:
        if name in CONSTANTS:
            return Const(CONSTANTS[name], span)
        if name in self.place.symbols.sets:
            self._report(say.wrong_call(name, "un ensemble s'emploie après « in »", span))
            return None
        return self._found(resolve(self.place.names, name, self.place.scope, span))

    def _op(self, op: Operator, parts: list[ast.expr], span: Span) -> Expr | None:
        args = self._all(parts)
        return None if args is None else Op(op, args, span)

    def _call(self, name: str, args: list[ast.expr], span: Span) -> Expr | None:
        parts = self._all(args)
        if parts is None:
            return None
        match name, parts:
            case "sinon", (value, fallback):
                return Otherwise(value, fallback, span)
            case "present", (Ref() as ref,):
                return Op("present", (ref,), span)
            case "requis", (Ref(kind="champ") as ref,):
                label = ref.name if ref.scope is None else f"{ref.scope}.{ref.name}"
                return Otherwise(ref, Missing("champ", label, span), span)
            case ("jours", (_, _)) | ("trentiemes", (_, _)):
                return Op("jours" if name == "jours" else "trentiemes", parts, span)
            case ("min", (_, _, *_)) | ("max", (_, _, *_)):
                return Op("min" if name == "min" else "max", parts, span)
            case _:
                pass
        rules = {
            "sinon": "deux valeurs attendues : sinon(x, autre)",
            "present": "le nom d'un champ ou d'une règle attendu : present(x)",
            "requis": "le nom d'un champ attendu : requis(x)",
            "jours": "deux dates attendues : jours(du, au)",
            "trentiemes": "deux dates attendues : trentiemes(du, au)",
        }
        self._report(say.wrong_call(name, rules.get(name, "deux valeurs au moins attendues"), span))
        return None

    def _comparisons(
        self, left: ast.expr, ops: list[ast.cmpop], comparators: list[ast.expr], span: Span
    ) -> Expr | None:
        """One comparison, or a chain ``a < b <= c`` as a conjunction."""
        sides = [left, *comparators]
        found = [
            self._compare(sides[index], op, sides[index + 1], span) for index, op in enumerate(ops)
        ]
        kept = tuple(one for one in found if one is not None)
        if len(kept) < len(found):
            return None
        return kept[0] if len(kept) == 1 else Op("and", kept, span)

    def _compare(self, left: ast.expr, op: ast.cmpop, right: ast.expr, span: Span) -> Expr | None:
        if isinstance(op, ast.In | ast.NotIn):
            value, members = self.lower(left), self._members(right)
            if value is None or members is None:
                return None
            test = Op("in", (value, members), span)
            return Op("not", (test,), span) if isinstance(op, ast.NotIn) else test
        sides = self._all([left, right])
        if sides is None:
            return None
        first, second = self._dated(sides[0], sides[1]), self._dated(sides[1], sides[0])
        if first is None or second is None:
            return None
        return Op(_COMPARE[type(op)], (first, second), span)

    def _dated(self, side: Expr, other: Expr) -> Expr | None:
        """A text compared with a date is a date: E108 for another form, E109 for no such day."""
        inner = other.value if isinstance(other, Otherwise) else other
        if not isinstance(side, Const) or not isinstance(side.value, str):
            return side
        if not isinstance(inner, Ref) or declared(self.place, inner).kind != "date":
            return side
        if _DAY.fullmatch(side.value) is None:
            form = say_reading.DATE_FORM
            self._report(say_reading.wrong_form(side.value, "", form, side.span))
            return None
        try:
            return Const(date.fromisoformat(side.value), side.span)
        except ValueError:
            self._report(say_reading.impossible_date(side.value, side.span))
            return None

    def _members(self, node: ast.expr) -> Const | None:
        span = self.formula.span(node)
        match node:
            case ast.Name(id=name) if name in self.place.symbols.sets:
                return Const(self.place.symbols.sets[name][1], span, label=name)
            case ast.Name(id=name):
                if name in self.place.symbols.unread:
                    return None
                known = list(self.place.symbols.sets)
                self._report(say_names.unknown_name("ensemble", name, known, span))
                return None
            case ast.List(elts=parts) | ast.Tuple(elts=parts):
                codes = [part.value for part in parts if isinstance(part, ast.Constant)]
                texts = frozenset(code for code in codes if isinstance(code, str))
                if len(codes) == len(parts) and all(isinstance(code, str) for code in codes):
                    return Const(texts, span)
            case _:
                pass
        self._report(say.wrong_call("in", "un ensemble ou une liste de codes attendu", span))
        return None
