"""Pass 5 of 6: types, units and absence, on every day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from typing import Final, TypeAlias, assert_never

from engine.langage.corpus import Epoch, Kind, Rule, Table, Term, Version
from engine.langage.epochs import Turn
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
    walk,
)
from engine.langage.nodes import scalar
from engine.langage.symbols import Head, Names, Symbols
from engine.langage.units import DAY, NO_DIMENSION, Powers, describe, over, times
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.messages.hints import close_names
from engine.source.positions import Span

# A reference, as told apart by what it means and not by where it stands.
RefKey: TypeAlias = "tuple[str, str, str | None, str | None]"
Facts: TypeAlias = "frozenset[RefKey]"
NOTHING: Final[Facts] = frozenset()

WORDS: Final = {
    "nombre": "un nombre",
    "booleen": "vrai ou faux",
    "date": "une date",
    "texte": "un texte",
    "code": "un code",
}


@dataclass(frozen=True, slots=True)
class Typed:
    """The type of an expression.

    ``kind`` is None when it is unknown (a broken rule, sans objet): anything fits. A number whose
    ``unit`` is None is a literal: it takes the unit of what it meets. ``codes`` are the literal
    texts it may be worth. ``loose`` are the references by which it may be absent unhandled;
    ``absent`` says that it may be *sans objet*, in so many words.
    """

    kind: Kind | None
    unit: Powers | None = None
    vocabulary: str | None = None
    codes: frozenset[str] = frozenset()
    loose: tuple[Expr, ...] = ()
    absent: bool = False

    def read_by(self, loose: tuple[Expr, ...]) -> Typed:
        """The same type, of what may be absent by ``loose`` and by nothing else."""
        return self if loose == self.loose == () else replace(self, loose=loose)

    def words(self) -> str:
        """The type in French."""
        if self.kind == "code":
            return f"un code de « {self.vocabulary} »"
        return WORDS[self.kind] if self.kind else "une valeur"


UNKNOWN: Final = Typed(None)
TRUTH: Final = Typed("booleen")
NUMBER: Final = Typed("nombre")  # of any unit


def key_of(ref: Ref) -> RefKey:
    """What tells two references apart."""
    return ref.kind, ref.name, ref.scope, ref.via


def literal(expr: Const) -> Typed:
    """The type of a literal."""
    value = expr.value
    if value is ABSENT:
        return Typed(None, absent=True)
    if isinstance(value, bool):
        return TRUTH
    if isinstance(value, Fraction):
        return Typed("nombre")
    if isinstance(value, frozenset):
        return Typed("texte", codes=value or frozenset(("",)))
    return Typed("texte", codes=frozenset((value,))) if isinstance(value, str) else Typed("date")


def declared(target: Field | Head | Rule | Table, symbols: Symbols) -> Typed:
    """The type that a declaration gives."""
    unit = symbols.units[target.unit].powers if target.unit in symbols.units else None
    if target.kind == "nombre" and unit is None:
        unit = NO_DIMENSION
    return Typed(target.kind, unit, target.vocabulary)


def written(ref: Ref) -> str:
    """A reference as an expression writes it."""
    return ref.name if ref.via is None else f"{ref.via}.{ref.name}"


@dataclass(frozen=True, slots=True)
class Agreement:
    """Types against one another; what does not agree goes to ``findings``."""

    symbols: Symbols
    findings: list[Diagnostic]

    def join(self, left: Typed, right: Typed, span: Span) -> Typed:
        """The common type of two values; when there is none, any type and a finding at ``span``."""
        absent = left.absent or right.absent
        if left.kind is None or right.kind is None:
            known = right if left.kind is None else left
            return known if known.absent == absent else replace(known, absent=absent)
        if left.kind == "texte" and left.codes and right.kind == "code":
            left, right = right, left
        if not self.agree(left, right, span):
            return replace(UNKNOWN, absent=absent)
        unit = right.unit if left.unit is None else left.unit
        codes = left.codes | right.codes
        return Typed(left.kind, unit, left.vocabulary, codes, left.loose, absent)

    def agree(self, wanted: Typed, given: Typed, span: Span, place: Span | None = None) -> bool:
        """Whether ``given`` is what is wanted (declared at ``place``); if not, said at ``span``."""
        labels = () if place is None else ((place, "déclaration"),)
        before = len(self.findings)
        if wanted.kind is None or given.kind is None:
            return True
        if wanted.kind == "code" and given.kind == "texte" and given.codes:
            self._codes(wanted.vocabulary or "", given.codes, span)
        elif wanted.kind != given.kind or wanted.vocabulary != given.vocabulary:
            self.findings.append(
                say("E302", span, *labels, attendu=wanted.words(), lu=given.words())
            )
        elif None not in (wanted.unit, given.unit) and wanted.unit != given.unit:
            left, right = self._unit(wanted.unit), self._unit(given.unit)
            self.findings.append(say("E301", span, *labels, gauche=left, droite=right))
        return len(self.findings) == before

    def _terms(self, vocabulary: str | None) -> tuple[Term, ...]:
        """The codes of a vocabulary; none when it could not be read, which is said elsewhere."""
        known = self.symbols.nomenclatures.get(vocabulary or "")
        return () if known is None else known.terms

    def _codes(self, vocabulary: str, codes: frozenset[str], span: Span) -> None:
        known = [term.code for term in self._terms(vocabulary)]
        if not known:
            return
        for code in sorted(codes.difference(known)):
            self.findings.append(
                say(
                    "E203",
                    span,
                    code=code,
                    nomenclature=vocabulary,
                    proches=close_names(code, known),
                )
            )

    def _unit(self, powers: Powers | None) -> str:
        return describe(powers or NO_DIMENSION, tuple(self.symbols.units.values()))

    def culprit(self, vocabulary: str | None, codes: frozenset[str], body: Expr) -> Span | None:
        """Where ``body`` writes the first of ``codes`` that is not one of ``vocabulary``."""
        wrong = codes.difference(term.code for term in self._terms(vocabulary))
        texts = (one for one in walk(body) if isinstance(one, Const))
        return next((one.span for one in texts if one.value in wrong), None)


def when_true(expr: Expr) -> Facts:
    """The references that are present if ``expr`` is true."""
    match expr:
        case Op(op="present", args=(Ref() as ref,)):
            return frozenset((key_of(ref),))
        case Op(op="and", args=args):
            return NOTHING.union(*(when_true(arg) for arg in args))
        case Op(op="or", args=args):
            return _all(tuple(when_true(arg) for arg in args))
        case Op(op="not", args=(arg,)):
            return when_false(arg)
        case Otherwise(value=value, fallback=Const(value=False)):
            return when_true(value) | _read(value)
        case _:
            return NOTHING


def when_false(expr: Expr) -> Facts:
    """The references that are present if ``expr`` is false."""
    match expr:
        case Op(op="or", args=args):
            return NOTHING.union(*(when_false(arg) for arg in args))
        case Op(op="and", args=args):
            return _all(tuple(when_false(arg) for arg in args))
        case Op(op="not", args=(arg,)):
            return when_true(arg)
        case Otherwise(value=value, fallback=Const(value=True)):
            return when_false(value) | _read(value)
        case _:
            return NOTHING


def _all(parts: tuple[Facts, ...]) -> Facts:
    return frozenset.intersection(*parts) if parts else NOTHING


def _read(expr: Expr) -> Facts:
    """What a comparison reads for sure: it had a value, so its operands had one."""
    if not isinstance(expr, Op) or expr.op in ("and", "or", "present"):
        return NOTHING
    simple = all(isinstance(node, Op | Ref | Const) for node in walk(expr))
    inner = any(isinstance(node, Op) and node.op in ("and", "or") for node in walk(expr))
    if not simple or inner:
        return NOTHING
    return frozenset(key_of(node) for node in walk(expr) if isinstance(node, Ref))


FEW: Final = 4  # names whose units are worth listing


@dataclass(slots=True)
class TypeCheck:
    """The check of epochs, one after the other.

    ``broken`` names have no sound rule: any use of them fits. ``beginnings``: the day from which
    each name has a value. ``may_be_absent``: what is known so far.
    """

    epoch: Epoch  # the one that is looked at
    symbols: Symbols
    names: Names
    tables: Mapping[str, Table]
    broken: frozenset[str]
    beginnings: Mapping[str, date]
    findings: list[Diagnostic] = field(default_factory=list)
    exposed: frozenset[str] = field(init=False)
    pairs: Agreement = field(init=False)
    may_be_absent: dict[str, bool] = field(default_factory=dict)
    _told: set[tuple[str, Span]] = field(default_factory=set)  # what is out of force, and where

    def __post_init__(self) -> None:
        self.pairs = Agreement(self.symbols, self.findings)
        self.exposed = frozenset(one.text for one in self.symbols.exposed)

    def run(self, turns: Iterable[Turn]) -> list[Diagnostic]:
        """E203, E212, E301, E302 and E303 of every rule and control of the epochs."""
        for turn in turns:
            self.epoch = turn.epoch
            for name in turn.stale:
                self.may_be_absent.pop(name, None)
            for name in turn.arrows:
                self._absent(name)
            for control, version in turn.controls:
                self._truth(version.condition, NOTHING)
                facts = when_true(version.condition)
                for part in control.message:
                    if not isinstance(part, str):
                        self.type_of(part, facts)  # without any value, « sans objet » is shown
        return self.findings

    def _absent(self, name: str) -> bool:
        """Whether ``name`` may be sans objet in this epoch; checks its rules on the way."""
        if name not in self.may_be_absent:
            self.may_be_absent[name] = False  # for cycles, reported elsewhere
            same = self.epoch.rules[name]
            bodies = [self._body(rule, version) for rule, version in same]
            sure = any(version.applicable is None for _, version in same)
            self.may_be_absent[name] = not sure or any(one.absent or one.loose for one in bodies)
        return self.may_be_absent[name]

    def _body(self, rule: Rule, version: Version) -> Typed:
        facts, before = NOTHING, len(self.findings)
        if version.applicable is not None:
            self._truth(version.applicable, facts)
            facts = when_true(version.applicable)
        found = self.type_of(version.body, facts)
        if rule.name in self.exposed:  # elsewhere absence passes by itself to what reads the rule
            self._handled(found)
        for expr in found.loose:  # but what is not in force on this day is a mistake everywhere
            if isinstance(expr, Ref) and expr.kind == "regle" and expr.name not in self.epoch.rules:
                self._out_of_force(expr.name, self.beginnings.get(expr.name), expr.span)
        place = version.body.span
        if rule.kind == "code" and found.kind == "texte":  # a wrong literal is shown where it is
            place = self.pairs.culprit(rule.vocabulary, found.codes, version.body) or place
        self.pairs.agree(declared(rule, self.symbols), found, place, rule.span)
        self.findings[before:] = [self._with_units(one, version) for one in self.findings[before:]]
        return found

    def _with_units(self, finding: Diagnostic, version: Version) -> Diagnostic:
        """A finding on units with where the names that it reads declare theirs: one was edited."""
        if finding.code != "E301":
            return finding
        parts = [part for part in (version.applicable, version.body) if part is not None]
        names = dict.fromkeys(
            one.name for part in parts for one in walk(part) if isinstance(one, Ref)
        )
        heads = [head for name in names for head in self.symbols.rules.get(name, ())]
        units = [(head, scalar(head.node, "unite")) for head in heads]
        told = [(head.name, one.text, one.span) for head, one in units if one is not None]
        named = [one for one in told if f"« {one[1]} »" in finding.message]
        places = [
            (span, f"« {name} » est en « {unit} », d'après cette ligne")
            for name, unit, span in named or (told if len(told) <= FEW else [])
        ]
        return replace(finding, labels=tuple(dict.fromkeys([*finding.labels, *places])))

    def _truth(self, expr: Expr, facts: Facts) -> None:
        """``expr`` is a condition that always has a value."""
        found = self.type_of(expr, facts)
        self._handled(found, explicit=expr)
        self.pairs.agree(TRUTH, found, expr.span)

    def _handled(self, typed: Typed, explicit: Expr | None = None) -> None:
        for expr in typed.loose:
            self._report_loose(expr)
        if explicit is not None and typed.absent:
            self.findings.append(
                say("E303", explicit.span, nom="condition", pourquoi="elle dit sans_objet")
            )

    def _report_loose(self, expr: Expr) -> None:
        if not isinstance(expr, Ref):
            message = say("E303", expr.span, nom="…", pourquoi="elle dit sans_objet")
        elif expr.kind == "champ":
            why = "champ facultatif" if expr.via is None else "le renvoi peut manquer"
            message = say("E303", expr.span, nom=written(expr), pourquoi=why)
        elif expr.name not in self.epoch.rules:
            self._out_of_force(expr.name, self.beginnings.get(expr.name), expr.span)
            return
        else:
            why = "règle qui peut être sans objet" if expr.via is None else "le renvoi peut manquer"
            place = self.epoch.rules[expr.name][0][0].span
            message = say("E303", expr.span, (place, "la règle"), nom=written(expr), pourquoi=why)
        self.findings.append(message)

    def _out_of_force(self, name: str, first: date | None, span: Span) -> None:
        """One finding, on the first day; the epochs after it would say the same."""
        if (name, span) not in self._told:
            self._told.add((name, span))
            day = self.epoch.period.since
            self.findings.append(
                say(
                    "E212",
                    span,
                    cas="jamais" if first is None else "premiere",
                    nom=name,
                    jour=day,
                    premiere=first,
                )
            )

    # --- expressions

    def type_of(self, expr: Expr, facts: Facts) -> Typed:
        """The type of ``expr`` where ``facts`` are known to be present."""
        match expr:
            case Const():
                return literal(expr)
            case Ref():
                if expr.kind == "regle" and expr.name in self.broken:
                    return UNKNOWN
                table = self.names.root if expr.scope is None else self.names.lines[expr.scope]
                target = table[expr.name]
                if isinstance(target, Field):
                    absent = target.may_be_absent
                else:
                    absent = expr.name not in self.epoch.rules or self._absent(expr.name)
                absent = absent or expr.via is not None
                loose = (expr,) if absent and key_of(expr) not in facts else ()
                return declared(target, self.symbols).read_by(loose)
            case Op():
                return self._op(expr, facts)
            case Choice():
                return self._choice(expr, facts)
            case Aggregate():
                return self._aggregate(expr, facts)
            case Lookup():
                return self._lookup(expr, facts)
            case Round():
                found = self._strict(self.type_of(expr.value, facts), expr.value)
                self.pairs.agree(NUMBER, found, expr.value.span)
                return found
            case Otherwise():
                value = self.type_of(expr.value, facts)
                fallback = self.type_of(expr.fallback, facts)
                joined = self.pairs.join(value, fallback, expr.fallback.span)
                return replace(joined, loose=fallback.loose, absent=fallback.absent)
            case Missing():
                return UNKNOWN
            case Reading():
                found = UNKNOWN
                taken: tuple[Expr, ...] = ()
                for _, option in expr.options:
                    value = self.type_of(option, facts)
                    found = self.pairs.join(found, value, option.span)
                    taken += value.loose
                return found.read_by(taken)
            case _:
                assert_never(expr)

    def _strict(self, typed: Typed, expr: Expr) -> Typed:
        """An operand: a *sans objet* said below has to be handled above."""
        return replace(typed, loose=(*typed.loose, expr), absent=False) if typed.absent else typed

    def _op(self, expr: Op, facts: Facts) -> Typed:
        if expr.op == "present":
            self.type_of(expr.args[0], facts)
            return TRUTH
        if expr.op in ("and", "or"):
            # and, or: each part is read knowing that the ones before did not settle it
            loose: tuple[Expr, ...] = ()
            for part in expr.args:
                found = self._strict(self.type_of(part, facts), part)
                self.pairs.agree(TRUTH, found, part.span)
                loose += found.loose
                facts |= when_true(part) if expr.op == "and" else when_false(part)
            return TRUTH.read_by(loose)
        args = [self._strict(self.type_of(one, facts), one) for one in expr.args]
        loose = tuple(one for arg in args for one in arg.loose)
        match expr.op:
            case "not":
                self.pairs.agree(TRUTH, args[0], expr.args[0].span)
                return TRUTH.read_by(loose)
            case "==" | "!=" | "in":
                self.pairs.join(args[0], args[1], expr.args[1].span)
                return TRUTH.read_by(loose)
            case "<" | "<=" | ">" | ">=":
                joined = self.pairs.join(args[0], args[1], expr.args[1].span)
                if joined.kind not in (None, "nombre", "date"):
                    self.findings.append(
                        say("E302", expr.span, attendu="un nombre ou une date", lu=joined.words())
                    )
                return TRUTH.read_by(loose)
            case "*" | "/":
                return self._product(expr, args).read_by(loose)
            case "jours" | "trentiemes":
                self._dates(expr, args)
                return Typed("nombre", ((DAY, 1),), loose=loose)
            case "min" | "max" if any(arg.kind == "date" for arg in args):
                self._dates(expr, args)
                return Typed("date", loose=loose)
            case _:
                # what is added, subtracted or bounded: numbers of one unit
                found = UNKNOWN
                for arg, part in zip(args, expr.args, strict=True):
                    if self.pairs.agree(NUMBER, arg, part.span):
                        found = self.pairs.join(found, arg, part.span)
                return found.read_by(loose)

    def _dates(self, expr: Op, args: list[Typed]) -> None:
        for arg, part in zip(args, expr.args, strict=True):
            self.pairs.agree(Typed("date"), arg, part.span)

    def _product(self, expr: Op, args: list[Typed]) -> Typed:
        for arg, part in zip(args, expr.args, strict=True):
            self.pairs.agree(NUMBER, arg, part.span)
        if any(arg.kind is None for arg in args):
            return UNKNOWN
        left, right = args
        if left.unit is None and right.unit is None:
            return NUMBER
        combine = times if expr.op == "*" else over
        return Typed("nombre", combine(left.unit or NO_DIMENSION, right.unit or NO_DIMENSION))

    def _choice(self, expr: Choice, facts: Facts) -> Typed:
        found, known = UNKNOWN, facts
        loose: tuple[Expr, ...] = ()
        for case in expr.cases:
            test = self._strict(self.type_of(case.condition, known), case.condition)
            self.pairs.agree(TRUTH, test, case.condition.span)
            value = self.type_of(case.value, known | when_true(case.condition))
            found = self.pairs.join(found, value, case.value.span)
            loose += (*test.loose, *value.loose)
            if not expr.exclusive:
                known |= when_false(case.condition)
        if expr.otherwise is not None:
            for case in expr.cases:
                known |= when_false(case.condition)
            value = self.type_of(expr.otherwise, known)
            found = self.pairs.join(found, value, expr.otherwise.span)
            loose += value.loose
        return found.read_by(loose)

    def _aggregate(self, expr: Aggregate, facts: Facts) -> Typed:
        """A total: what it counts, and whether it counts it, always has a value."""
        inside = facts
        if expr.where is not None:
            test = self._strict(self.type_of(expr.where, facts), expr.where)
            self._handled(test)
            self.pairs.agree(TRUTH, test, expr.where.span)
            inside = facts | when_true(expr.where)
        body = UNKNOWN
        if expr.body is not None:
            body = self._strict(self.type_of(expr.body, inside), expr.body)
            self._handled(body)
            body = body.read_by(())
        if expr.once_per is not None:
            self.type_of(expr.once_per, inside)  # a line without the mark counts by itself
        otherwise = UNKNOWN
        if expr.otherwise is not None:
            otherwise = self.type_of(expr.otherwise, facts)
        match expr.kind:
            case "existe":
                return TRUTH
            case "compte" | "compte_distinct":
                return NUMBER
            case "somme":
                if not self.pairs.agree(NUMBER, body, expr.span):
                    body = UNKNOWN
            case "max" | "min":
                body = self.pairs.join(body, otherwise, expr.span)
        return replace(body, loose=otherwise.loose, absent=otherwise.absent)

    def _lookup(self, expr: Lookup, facts: Facts) -> Typed:
        table = self.tables.get(expr.table)
        if table is None:
            return UNKNOWN
        loose: tuple[Expr, ...] = ()
        for column, key in zip(table.columns, expr.keys, strict=True):
            found = self._strict(self.type_of(key, facts), key)
            loose += found.loose
            if column.kind == "code":
                wanted = Typed("code", vocabulary=column.reference)
            elif column.kind == "booleen":
                wanted = TRUTH
            else:
                wanted = Typed("nombre", self.symbols.units[column.reference].powers)
            self.pairs.agree(wanted, found, key.span, column.span)
        version = self.epoch.tables.get(table.name)
        if version is None:
            first = min(one.period.since for one in table.versions)
            self._out_of_force(table.name, first, expr.span)
        absent = version is not None and any(row.value is ABSENT for row in version.rows)
        return replace(declared(table, self.symbols), loose=loose, absent=absent)
