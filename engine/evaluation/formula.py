"""Formulas in French: the kernel of a rule, with its names or with their values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, assert_never

from engine.evaluation.interpreter import Interpreter
from engine.evaluation.show import french
from engine.evaluation.trace import At, Node
from engine.langage.corpus import Corpus
from engine.langage.inputs import Field
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
)

_SIGNS: Final = {
    "+": "+", "-": "−", "*": "×", "/": "÷",
    "==": "=", "!=": "≠", "<": "<", "<=": "≤", ">": ">", ">=": "≥",
    "and": "et", "or": "ou", "in": "parmi",
}  # fmt: skip
_STRENGTH: Final = {"or": 1, "and": 2, "not": 3, "+": 5, "-": 5, "*": 6, "/": 6, "neg": 7}
_COMPARISON: Final = 4
_TOTALS: Final = {
    "somme": "somme de",
    "compte": "nombre de lignes",
    "compte_distinct": "nombre de valeurs distinctes de",
    "max": "plus grande valeur de",
    "min": "plus petite valeur de",
    "existe": "il existe une ligne",
}


class Writer:
    """Writes the formulas of one traced record; ``at`` is the line they are about, if any."""

    def __init__(self, interpreter: Interpreter, at: At) -> None:
        self.interpreter, self.at = interpreter, at
        self.corpus = interpreter.corpus

    def formula(self, node: Node) -> str:
        """An expression with the names of what it reads."""
        return self._write(node, 0, values=False)

    def figures(self, node: Node) -> str:
        """An expression with the values of what it reads in their place."""
        return self._write(node, 0, values=True)

    def line_label(self) -> str:
        """What the line is, in short: its first codes and texts."""
        if self.at is None:
            return ""
        collection = self.corpus.model.collection(self.at[0])
        values = self.interpreter.lines(self.at[0])[self.at[1]].values
        shown = [
            self._label(field, str(values[field.name]))
            for field in (() if collection is None else collection.fields)
            if field.kind in ("code", "texte") and field.name in values
        ]
        return ", ".join(shown[:3])

    def _label(self, field: Field, code: str) -> str:
        return code_label(self.corpus, field.vocabulary, code)

    def value(self, node: Node) -> str:
        """The value of an expression with its unit."""
        unit = self.corpus.units.get(self.unit_of(node.expr) or "")
        return french(self.interpreter.seen(node, self.at), unit)

    def unit_of(self, expr: Expr) -> str | None:
        """The unit of a name, for showing its value."""
        if not isinstance(expr, Ref):
            return None
        if expr.kind == "regle":
            return self.corpus.rule(expr.name).unit
        field = self._field(expr)
        return None if field is None else field.unit

    def _field(self, ref: Ref) -> Field | None:
        fields = self.corpus.model.fields
        if ref.scope is not None:
            collection = self.corpus.model.collection(ref.scope)
            fields = () if collection is None else collection.fields
        return next((one for one in fields if one.name == ref.name), None)

    def _write(self, node: Node, strength: int, *, values: bool) -> str:
        expr = node.expr
        match expr:
            case Const():
                return self._const(expr)
            case Ref():
                return self._ref(node, expr, values=values)
            case Op():
                return self._op(node, expr, strength, values=values)
            case Choice():
                parts = [self._write(one, 0, values=values) for one in node.parts]
                cases = [f"{parts[2 * at + 1]} si {parts[2 * at]}" for at in range(len(expr.cases))]
                if expr.otherwise is not None:
                    cases.append(f"sinon {parts[-1]}")
                return "(" + ", ".join(cases) + ")"
            case Aggregate():
                return self._aggregate(node, expr, values=values)
            case Lookup():
                return self._lookup(node, expr, values=values)
            case Round():
                return self._write(node.part(expr.value), strength, values=values)
            case Otherwise():
                return self._otherwise(node, expr, strength, values=values)
            case Missing():
                return "non calculable"
            case Reading():
                taken = dict(expr.options)[self.interpreter.option(expr)]
                return self._write(node.part(taken), strength, values=values)
            case _:
                assert_never(expr)

    def _const(self, expr: Const) -> str:
        if isinstance(expr.value, frozenset):
            return expr.label or "{" + french(expr.value) + "}"
        return "sans objet" if expr.value is ABSENT else french(expr.value)

    def _ref(self, node: Node, ref: Ref, *, values: bool) -> str:
        if not values:
            field = self._field(ref) if ref.kind == "champ" else None
            # A derived field is known by its whole name; a group is understood.
            name = ref.name if field is not None and field.derived else ref.name.rpartition(".")[2]
            return name if ref.via is None else f"{ref.via}.{name}"
        if ref.scope is not None and (
            self.at is None or (ref.via is None and self.at[0] != ref.scope)
        ):
            return ref.name
        return self.value(node)

    def _op(self, node: Node, expr: Op, strength: int, *, values: bool) -> str:
        match expr.op:
            case "present":
                name = self._write(node.parts[0], 0, values=False)
                known = not values or self.interpreter.seen(node, self.at) is True
                return f"{name} est renseigné" if known else f"{name} n'est pas renseigné"
            case "jours" | "trentiemes":
                begin, end = (self._write(arg, 0, values=values) for arg in node.parts)
                counted = "jours" if expr.op == "jours" else "trentièmes de mois"
                return f"{counted} entre {begin} et {end}, inclus"
            case "min" | "max" | "plafond" | "plancher":
                return self._bound(node, expr, values=values)
            case "not" | "neg":
                own = _STRENGTH[expr.op]
                sign = "non " if expr.op == "not" else "−"
                text = sign + self._write(node.parts[0], own, values=values)
            case _:
                own = _STRENGTH.get(expr.op, _COMPARISON)
                last = len(expr.args) - 1
                parts = [
                    self._write(arg, own + (index == last and expr.op in "-/"), values=values)
                    for index, arg in enumerate(node.parts)
                ]
                text = f" {_SIGNS[expr.op]} ".join(parts)
        return f"({text})" if own < strength else text

    def _bound(self, node: Node, expr: Op, *, values: bool) -> str:
        parts = [self._write(arg, 0, values=values) for arg in node.parts]
        if expr.op == "plafond":
            return f"{parts[0]}, au plus {parts[1]}"
        if expr.op == "plancher":
            return f"{parts[0]}, au moins {parts[1]}"
        word = "le plus petit de" if expr.op == "min" else "le plus grand de"
        return f"{word} ({' ; '.join(parts)})"

    def _aggregate(self, node: Node, expr: Aggregate, *, values: bool) -> str:
        if values and expr.kind == "somme" and expr.body is not None:
            return self._addends(node, expr)
        if values:
            return french(self.interpreter.seen(node, self.at))
        text = _TOTALS[expr.kind]
        if expr.body is not None:
            text += f" {self._write(node.part(expr.body), 0, values=False)}"
        text += f" ({expr.collection}"
        if expr.where is not None:
            text += f" où {self._write(node.part(expr.where), 0, values=False)}"
        if expr.once_per is not None:
            text += f", une fois par {self._write(node.part(expr.once_per), 0, values=False)}"
        return text + ")"

    def _addends(self, node: Node, expr: Aggregate) -> str:
        """The terms of a sum, one per line kept: « 4 h + 3 h »."""
        terms = [writer.value(body) for writer, body in self.kept(node, expr) if body is not None]
        once = " (une seule fois par repère)" if expr.once_per is not None and terms else ""
        return (" + ".join(terms) or "aucune ligne") + once

    def kept(self, node: Node, expr: Aggregate) -> Iterator[tuple[Writer, Node | None]]:
        """For each line that a total holds: what writes about it, and the body of the total."""
        where = None if expr.where is None else node.part(expr.where)
        body = None if expr.body is None else node.part(expr.body)
        for index in range(len(self.interpreter.lines(expr.collection))):
            at = (expr.collection, index)
            if where is None or self.interpreter.seen(where, at) is True:
                yield Writer(self.interpreter, at), body

    def _lookup(self, node: Node, expr: Lookup, *, values: bool) -> str:
        table = self.corpus.tables[expr.table]
        keys = [self._write(key, 0, values=values) for key in node.parts]
        named = [
            f"{column.name} = {key}" if values else column.name
            for column, key in zip(table.columns, keys, strict=True)
        ]
        return f"table « {table.label} » ({', '.join(named)})"

    def _otherwise(self, node: Node, expr: Otherwise, strength: int, *, values: bool) -> str:
        value, fallback = node.parts
        if isinstance(expr.fallback, Missing):
            return self._write(value, strength, values=values)
        if values and (self.at is not None or not _reads_line(expr.value)):
            absent = self.interpreter.seen(value, self.at) is ABSENT
            return self._write(fallback if absent else value, strength, values=True)
        return self._write(value, strength, values=False)


def _reads_line(expr: Expr) -> bool:
    return isinstance(expr, Ref) and expr.scope is not None


def code_label(corpus: Corpus, vocabulary: str | None, code: str) -> str:
    """What a code means in its nomenclature; the code itself when it has none."""
    terms = corpus.nomenclatures[vocabulary].terms if vocabulary else ()
    return next((term.label for term in terms if term.code == code), code)
