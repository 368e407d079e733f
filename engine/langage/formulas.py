"""From a written expression to the kernel: operators, functions, literals and names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final

from engine.langage.expressions import CONSTANTS, Formula, Syntax, parse_expression
from engine.langage.inputs import Field
from engine.langage.kernel import (
    Branch,
    Choice,
    Const,
    Expr,
    Missing,
    Op,
    Operator,
    Otherwise,
    Ref,
)
from engine.langage.symbols import Head, Names, Symbols, resolve, resolve_field
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.messages import reading as say_reading
from engine.source.messages.reading import expression_syntax, unknown_name
from engine.source.positions import Span
from engine.source.tree import Scalar

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_OPERATORS: Final[Mapping[str, Operator]] = {
    "et": "and", "ou": "or", "non": "not", "opposé": "neg",
    "+": "+", "-": "-", "*": "*", "/": "/",
    "=": "==", "≠": "!=", "<": "<", "≤": "<=", ">": ">", "≥": ">=",
    "min": "min", "max": "max", "jours": "jours", "trentièmes": "trentiemes",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FormulaPlace:
    """Where expressions are read: the names they see, and where findings go."""

    symbols: Symbols
    names: Names
    scope: str | None

    def inside(self, collection: str) -> FormulaPlace:
        """The same place, on a line of ``collection``."""
        return FormulaPlace(self.symbols, self.names, collection)


def lower_text(place: FormulaPlace, scalar: Scalar, wanted: str | None = None) -> Expr | None:
    """The kernel of the expression written in ``scalar``; None when a finding was reported.

    ``wanted`` is the nomenclature of its value, when it is one: its codes are then bare words.
    Reports E109, E201, E203, E211 and E306 to E309.
    """
    formula, found = parse_expression(scalar)
    for one in found:
        place.symbols.report(one)
    if formula is None:
        return None
    return _Lowering(place, formula).lower(formula.tree, wanted)


def declared(place: FormulaPlace, ref: Ref) -> Field | Head:
    """The field or the rules that ``ref`` means."""
    names = place.names
    return names.root[ref.name] if ref.scope is None else names.lines[ref.scope][ref.name]


@dataclass(frozen=True, slots=True)
class _Lowering:
    place: FormulaPlace
    formula: Formula

    def lower(self, part: Syntax, wanted: str | None = None) -> Expr | None:
        """``part``, whose bare words are first of all the codes of the nomenclature ``wanted``."""
        span = self.formula.span(part)
        match part.kind:
            case "nombre" | "nom" if wanted is not None and self._is_code(part, wanted):
                target = self._target(part.text)
                if target is None or target.vocabulary != wanted:
                    return Const(part.text, span)
                rule = f"c'est à la fois un code de « {wanted} » et le nom d'une valeur de ce type"
                self._report(say("E309", span, nom=part.text, regle=rule))
                return None
            case "nombre":
                if re.fullmatch(r"0[0-9]+", part.text):
                    wanted = "un nombre s'écrit sans zéro devant"
                    self._report(expression_syntax(self.formula.scalar.text, wanted, span))
                    return None
                return Const(Fraction(part.text), span)
            case "date":
                try:
                    return Const(date.fromisoformat(part.text), span)
                except ValueError:
                    self._report(say_reading.impossible_date(part.text, span))
                    return None
            case "texte":
                return self._text(part, wanted, span)
            case "nom":
                name = part.text
                if name in CONSTANTS:
                    return Const(CONSTANTS[name], span)
                if name in self.place.symbols.sets:
                    self._report(
                        say("E309", span, nom=name, regle="un ensemble s'emploie après « parmi »")
                    )
                    return None
                return self._found(resolve(self.place.names, name, self.place.scope, span))
            case "champ":
                scope, name = self.place.scope, part.parts[0].text
                return self._found(resolve_field(self.place.names, part.text, name, scope, span))
            case "si":
                test = self.lower(part.parts[0])
                value, other = (self.lower(one, wanted) for one in part.parts[1:])
                if test is None or value is None or other is None:
                    return None
                return Choice((Branch(test, value),), other, exclusive=False, span=span)
            case "comparaisons":
                # one comparison, or a chain a < b ≤ c as a conjunction
                found = []
                for sign, left, right in zip(
                    part.text.split(), part.parts, part.parts[1:], strict=False
                ):
                    sides = (
                        self.lower(left, self._vocabulary(right)),
                        self.lower(right, self._vocabulary(left)),
                    )
                    if sides[0] is None or sides[1] is None:
                        return None
                    found.append(Op(_OPERATORS[sign], (sides[0], sides[1]), span))
                return found[0] if len(found) == 1 else Op("and", tuple(found), span)
            case "parmi":
                value, members = self.lower(part.parts[0]), self._members(part)
                if value is None or members is None:
                    return None
                return Op("in", (value, members), span)
            case "appel":
                return self._call(part, wanted, span)
            case _:
                lowered = [self.lower(each) for each in part.parts]
                args = tuple(each for each in lowered if each is not None)
                return Op(_OPERATORS[part.kind], args, span) if len(args) == len(lowered) else None

    def _report(self, finding: Diagnostic) -> None:
        self.place.symbols.report(finding)

    def _found(self, resolved: Ref | Diagnostic) -> Ref | None:
        if isinstance(resolved, Diagnostic):
            self._report(resolved)
            return None
        return resolved

    # --- leaves

    def _is_code(self, part: Syntax, wanted: str) -> bool:
        """Whether a bare word is meant as a code of ``wanted``: it is one, or it is nothing else.

        An unknown word where a code is wanted is an unknown code (E203, with the near ones).
        """
        known = self.place.symbols.nomenclatures.get(wanted)
        if known is not None and any(one.code == part.text for one in known.terms):
            return True
        tables = (self.place.names.root, *self.place.names.lines.values())
        return part.text not in CONSTANTS and not any(part.text in table for table in tables)

    def _target(self, name: str) -> Field | Head | None:
        names, scope = self.place.names, self.place.scope
        lines = {} if scope is None else names.lines[scope]
        return lines.get(name) or names.root.get(name)

    def _text(self, part: Syntax, wanted: str | None, span: Span) -> Const | None:
        text = part.text[1:-1]
        if part.text[0] not in "\"'":
            straight = text.strip() if wanted else f'"{text.strip()}"'
            said = f"les guillemets de {part.text} sont ceux d'un traitement de texte"
            self._report(
                say(
                    "E306",
                    span,
                    cas="plutot",
                    quoi=said,
                    plutot=straight,
                )
            )
            return None
        if wanted is not None:
            self._report(
                say(
                    "E306",
                    span,
                    cas="plutot",
                    quoi=f"le code {part.text} a des guillemets",
                    plutot=text,
                )
            )
            return None
        if _DAY.fullmatch(text):
            self._report(
                say(
                    "E306",
                    span,
                    cas="plutot",
                    quoi=f"la date {part.text} a des guillemets",
                    plutot=text,
                )
            )
            return None
        return Const(text, span)

    # --- comparisons

    def _vocabulary(self, part: Syntax) -> str | None:
        """The nomenclature of the codes that ``part`` is worth, told by what it names."""
        match part.kind:
            case "nom":
                target = self._target(part.text)
                return None if target is None else target.vocabulary
            case "champ":
                span, scope = self.formula.span(part), self.place.scope
                name = part.parts[0].text
                found = resolve_field(self.place.names, part.text, name, scope, span)
                return (
                    None
                    if isinstance(found, Diagnostic)
                    else declared(self.place, found).vocabulary
                )
            case "appel" if part.parts and part.text in ("défaut", "requis"):
                return self._vocabulary(part.parts[0])
            case "si":
                return self._vocabulary(part.parts[1]) or self._vocabulary(part.parts[2])
            case _:
                return None

    def _members(self, among: Syntax) -> Const | None:
        value, part = among.parts
        span = self.formula.span(part)
        sets, symbols = self.place.symbols.sets, self.place.symbols
        if part.kind == "nom" and part.text in sets:
            return Const(sets[part.text][1], span, label=part.text)
        if part.kind == "nom":
            if part.text not in symbols.unread:
                self._report(unknown_name("ensemble", part.text, list(sets), span))
            return None
        vocabulary = self._vocabulary(value)
        if part.kind == "liste":
            if vocabulary is None:
                texts = [one.text[1:-1] for one in part.parts if one.kind == "texte"]
            else:
                texts = [one.text for one in part.parts if one.kind in ("nom", "nombre")]
                for one in part.parts:
                    if one.kind == "texte":
                        self._text(one, vocabulary, self.formula.span(one))
                        return None
            if len(texts) == len(part.parts):
                if len({*texts}) < len(texts):
                    self._report(say_reading.out_of_bounds("uniqueItems", "", "", span))
                return Const(frozenset(texts), span)
        rule = "un ensemble ou une liste de codes attendu"
        self._report(say("E309", span, nom="parmi", regle=rule))
        return None

    # --- calls

    def _call(self, part: Syntax, wanted: str | None, span: Span) -> Expr | None:
        args = part.parts
        if part.text == "défaut":
            first = wanted or (self._vocabulary(args[0]) if args else None)
            lowered = [self.lower(one, first) for one in args]
        else:
            lowered = [self.lower(one) for one in args]
        parts = tuple(one for one in lowered if one is not None)
        if len(parts) < len(lowered):
            return None
        match part.text, parts:
            case "défaut", (value, fallback):
                return Otherwise(value, fallback, span)
            case "présent", (Ref() as ref,):
                return Op("present", (ref,), span)
            case "requis", (Ref(kind="champ") as ref,):
                label = ref.name if ref.scope is None else f"{ref.scope}.{ref.name}"
                return Otherwise(ref, Missing("champ", label, span), span)
            case (("jours" | "trentièmes"), (_, _)) | (("min" | "max"), (_, _, *_)):
                return Op(_OPERATORS[part.text], parts, span)
            case _:
                pass
        rules = {
            "défaut": "deux valeurs attendues : défaut(x, autre)",
            "présent": "le nom d'un champ ou d'une règle attendu : présent(x)",
            "requis": "le nom d'un champ attendu : requis(x)",
            "jours": "deux dates attendues : jours(du, au)",
            "trentièmes": "deux dates attendues : trentièmes(du, au)",
        }
        rule = rules.get(part.text, "deux valeurs au moins attendues")
        self._report(say("E309", span, nom=part.text, regle=rule))
        return None
