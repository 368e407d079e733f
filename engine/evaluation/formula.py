"""Formulas in French: the kernel of a rule, with its names or with their values."""

from __future__ import annotations

from typing import Final, assert_never

from engine.evaluation.interpreter import Interpreter
from engine.evaluation.show import french
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
    """Writes the formulas of one record; ``at`` is the line they are about, if any."""

    def __init__(self, interpreter: Interpreter, at: tuple[str, int] | None) -> None:
        self.interpreter, self.at = interpreter, at
        self.corpus = interpreter.corpus

    def formula(self, expr: Expr) -> str:
        """``expr`` with the names of what it reads."""
        return self._write(expr, 0, values=False)

    def figures(self, expr: Expr) -> str:
        """``expr`` with the values of what it reads in their place."""
        return self._write(expr, 0, values=True)

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

    def value(self, expr: Expr) -> str:
        """The value of ``expr`` with its unit."""
        unit = self.corpus.units.get(self.unit_of(expr) or "")
        return french(self.interpreter.value(expr, self.at), unit)

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

    def _write(self, expr: Expr, strength: int, *, values: bool) -> str:
        match expr:
            case Const():
                return self._const(expr)
            case Ref():
                return self._ref(expr, values=values)
            case Op():
                return self._op(expr, strength, values=values)
            case Choice():
                cases = [
                    f"{self._write(one.value, 0, values=values)} si "
                    f"{self._write(one.condition, 0, values=values)}"
                    for one in expr.cases
                ]
                if expr.otherwise is not None:
                    cases.append(f"sinon {self._write(expr.otherwise, 0, values=values)}")
                return "(" + ", ".join(cases) + ")"
            case Aggregate():
                return self._aggregate(expr, values=values)
            case Lookup():
                return self._lookup(expr, values=values)
            case Round():
                return self._write(expr.value, strength, values=values)
            case Otherwise():
                return self._otherwise(expr, strength, values=values)
            case Missing():
                return "non calculable"
            case Reading():
                taken = dict(expr.options)[self.interpreter.option(expr)]
                return self._write(taken, strength, values=values)
            case _:
                assert_never(expr)

    def _const(self, expr: Const) -> str:
        if isinstance(expr.value, frozenset):
            return expr.label or "{" + french(expr.value) + "}"
        return "sans objet" if expr.value is ABSENT else french(expr.value)

    def _ref(self, ref: Ref, *, values: bool) -> str:
        if not values:
            field = self._field(ref) if ref.kind == "champ" else None
            # A derived field is known by its whole name; a group is understood.
            name = ref.name if field is not None and field.derived else ref.name.rpartition(".")[2]
            return name if ref.via is None else f"{ref.via}.{name}"
        if ref.scope is not None and (
            self.at is None or (ref.via is None and self.at[0] != ref.scope)
        ):
            return ref.name
        return self.value(ref)

    def _op(self, expr: Op, strength: int, *, values: bool) -> str:
        match expr.op:
            case "present":
                name = self._write(expr.args[0], 0, values=False)
                known = not values or self.interpreter.value(expr, self.at) is True
                return f"{name} est renseigné" if known else f"{name} n'est pas renseigné"
            case "jours" | "trentiemes":
                begin, end = (self._write(arg, 0, values=values) for arg in expr.args)
                counted = "jours" if expr.op == "jours" else "trentièmes de mois"
                return f"{counted} entre {begin} et {end}, inclus"
            case "min" | "max" | "plafond" | "plancher":
                return self._bound(expr, values=values)
            case "not" | "neg":
                own = _STRENGTH[expr.op]
                sign = "non " if expr.op == "not" else "−"
                text = sign + self._write(expr.args[0], own, values=values)
            case _:
                own = _STRENGTH.get(expr.op, _COMPARISON)
                last = len(expr.args) - 1
                parts = [
                    self._write(arg, own + (index == last and expr.op in "-/"), values=values)
                    for index, arg in enumerate(expr.args)
                ]
                text = f" {_SIGNS[expr.op]} ".join(parts)
        return f"({text})" if own < strength else text

    def _bound(self, expr: Op, *, values: bool) -> str:
        parts = [self._write(arg, 0, values=values) for arg in expr.args]
        if expr.op == "plafond":
            return f"{parts[0]}, au plus {parts[1]}"
        if expr.op == "plancher":
            return f"{parts[0]}, au moins {parts[1]}"
        word = "le plus petit de" if expr.op == "min" else "le plus grand de"
        return f"{word} ({' ; '.join(parts)})"

    def _aggregate(self, expr: Aggregate, *, values: bool) -> str:
        if values and expr.kind == "somme" and expr.body is not None:
            return self._addends(expr)
        if values:
            return french(self.interpreter.value(expr, self.at))
        text = _TOTALS[expr.kind]
        if expr.body is not None:
            text += f" {self._write(expr.body, 0, values=False)}"
        text += f" ({expr.collection}"
        if expr.where is not None:
            text += f" où {self._write(expr.where, 0, values=False)}"
        if expr.once_per is not None:
            text += f", une fois par {self._write(expr.once_per, 0, values=False)}"
        return text + ")"

    def _addends(self, expr: Aggregate) -> str:
        """The terms of a sum, one per line kept: « 4 h + 3 h »."""
        terms: list[str] = []
        for index in range(len(self.interpreter.lines(expr.collection))):
            at = (expr.collection, index)
            kept = expr.where is None or self.interpreter.value(expr.where, at) is True
            if kept and expr.body is not None:
                terms.append(Writer(self.interpreter, at).value(expr.body))
        once = " (une seule fois par repère)" if expr.once_per is not None and terms else ""
        return (" + ".join(terms) or "aucune ligne") + once

    def _lookup(self, expr: Lookup, *, values: bool) -> str:
        table = self.corpus.tables[expr.table]
        keys = [self._write(key, 0, values=values) for key in expr.keys]
        named = [
            f"{column.name} = {key}" if values else column.name
            for column, key in zip(table.columns, keys, strict=True)
        ]
        return f"table « {table.label} » ({', '.join(named)})"

    def _otherwise(self, expr: Otherwise, strength: int, *, values: bool) -> str:
        if isinstance(expr.fallback, Missing):
            return self._write(expr.value, strength, values=values)
        if values and (self.at is not None or not _reads_line(expr.value)):
            absent = self.interpreter.value(expr.value, self.at) is ABSENT
            return self._write(expr.fallback if absent else expr.value, strength, values=True)
        return self._write(expr.value, strength, values=False)


def _reads_line(expr: Expr) -> bool:
    return isinstance(expr, Ref) and expr.scope is not None


def code_label(corpus: Corpus, vocabulary: str | None, code: str) -> str:
    """What a code means in its nomenclature; the code itself when it has none."""
    terms = corpus.nomenclatures[vocabulary].terms if vocabulary else ()
    return next((term.label for term in terms if term.code == code), code)
