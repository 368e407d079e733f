"""Explanation: a step in, the tree of why out, told as facts and free of any layout.

Nothing is recorded while computing: the formulas are read again with the interpreter, which keeps
every step, so an explanation says the very digits of the result.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from engine.evaluation.formula import Writer
from engine.evaluation.interpreter import Interpreter
from engine.evaluation.outcomes import NotComputable, Step
from engine.evaluation.show import french
from engine.langage.corpus import Corpus, Rule, Version
from engine.langage.kernel import (
    ABSENT,
    Choice,
    Const,
    Expr,
    Lookup,
    Op,
    Otherwise,
    Reading,
    Round,
)

MAX_DEPTH = 60


@dataclass(frozen=True, slots=True)
class Refused:
    """A case, an exception or a rule that did not apply, and by how much when that is a number."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Explained:
    """Why a rule has its value. Every text is French; ``value`` carries its unit."""

    name: str
    label: str
    value: str
    line: int | None  # from 1, when the rule has one value per line
    about: str  # what the line is, in short
    formula: str
    figures: str
    text: str  # « décret n° … »
    articles: tuple[str, ...]
    cite: str | None
    since: str
    place: str  # file:line
    source: str | None
    roundings: tuple[str, ...]
    readings: tuple[str, ...]
    notes: tuple[str, ...]
    refused: tuple[Refused, ...]
    lacks: tuple[str, ...]
    children: tuple[Explained, ...]

    def to_json(self) -> dict[str, object]:
        """The same tree, for other programs."""
        return {
            "regle": self.name,
            "libelle": self.label,
            "valeur": self.value,
            **({"ligne": self.line, "element": self.about} if self.line is not None else {}),
            "formule": self.formula,
            "chiffres": self.figures,
            "texte": self.text,
            "articles": list(self.articles),
            "cite": self.cite,
            "depuis": self.since,
            "lieu": self.place,
            "source": self.source,
            "arrondis": list(self.roundings),
            "lectures": list(self.readings),
            "a_verifier": list(self.notes),
            "ecartes": [{"quoi": one.what, "pourquoi": one.why} for one in self.refused],
            "manque": list(self.lacks),
            "etapes": [child.to_json() for child in self.children],
        }


def explain(interpreter: Interpreter, name: str) -> Explained:
    """The tree of result ``name``: each rule once in full, then only its value."""
    return _Explaining(interpreter, interpreter.corpus).of(interpreter.step(name))


class _Explaining:
    def __init__(self, interpreter: Interpreter, corpus: Corpus) -> None:
        self.interpreter, self.corpus = interpreter, corpus

    def of(self, step: Step, depth: int = 0) -> Explained:
        rule, version = step.rule, step.version
        scope = None if rule is None else rule.scope
        at = None if scope is None or step.line is None else (scope, step.line)
        writer = Writer(self.interpreter, at)
        refused = self._refused_rules(step, at)
        known = rule or next((one for one in self.corpus.rules if one.name == step.name), None)
        unit = None if known is None else self.corpus.units.get(known.unit or "")
        parts = () if version is None or depth > MAX_DEPTH else step.needs
        taken = None if version is None else self._taken(version.body, at)
        return Explained(
            step.name,
            step.name if known is None else known.label,
            french(step.value, unit),
            None if at is None else at[1] + 1,
            "" if at is None else writer.line_label(),
            "" if taken is None else writer.formula(taken),
            "" if taken is None else writer.figures(taken),
            "" if rule is None else self._text(rule),
            step.articles,
            None if version is None else self._cite(version, at),
            "" if version is None else _since(version),
            "" if version is None else f"{version.span.file}:{version.span.line}",
            None if version is None else version.source,
            () if version is None else self._roundings(version.body, at),
            tuple(self._reading(point) for point in step.points),
            () if version is None or version.note is None else (version.note,),
            (*refused, *(() if version is None else self._refused_cases(version.body, at))),
            self._lacks(step),
            tuple(self.of(one, depth + 1) for one in parts),
        )

    def _text(self, rule: Rule) -> str:
        if rule.parameter:
            return "paramètre"
        return self.corpus.texts[rule.text].title

    def _taken(self, body: Expr, at: tuple[str, int] | None) -> Expr:
        """The part of a body that gave the value: the case that applied, under its roundings."""
        match body:
            case Round():
                return self._taken(body.value, at)
            case Choice():
                for case in body.cases:
                    if self.interpreter.value(case.condition, at) is True:
                        return self._taken(case.value, at)
                return body if body.otherwise is None else self._taken(body.otherwise, at)
            case Reading():
                return self._taken(dict(body.options)[self.interpreter.option(body)], at)
            case Otherwise():
                present = self.interpreter.value(body.value, at) is not ABSENT
                return self._taken(body.value if present else body.fallback, at)
            case _:
                return body

    def _cite(self, version: Version, at: tuple[str, int] | None) -> str | None:
        body = version.body.value if isinstance(version.body, Round) else version.body
        if isinstance(body, Choice):
            for case in body.cases:
                if case.cite and self.interpreter.value(case.condition, at) is True:
                    return case.cite
        if isinstance(body, Lookup) and version.cite is None:
            return self.corpus.tables[body.table].cite
        return version.cite

    def _roundings(self, body: Expr, at: tuple[str, int] | None) -> tuple[str, ...]:
        if not isinstance(body, Round):
            return ()
        before = self.interpreter.value(body.value, at)
        modes = {"proche": "au plus proche", "superieur": "par excès", "inferieur": "par défaut"}
        grid = french(body.step)
        shown = french(before) if isinstance(before, Fraction) else ""
        text = f"arrondi {modes[body.mode]}, au pas de {grid} ({body.source})"
        return (f"{shown} {text}".strip(),) if self._moves(before, body) else (text,)

    def _moves(self, before: object, body: Round) -> bool:
        return isinstance(before, Fraction) and (before / body.step).denominator != 1

    def _reading(self, name: str) -> str:
        point = self.corpus.points[name]
        option = self.interpreter.readings.get(name, point.retained)
        kind = "lecture retenue" if option == point.retained else "lecture demandée"
        reason = f" ; {point.reason}" if option == point.retained and point.reason else ""
        sources = ", ".join(point.sources)
        return f"{name} ({kind} : {option}) : {point.options[option]}{reason} [{sources}]"

    def _lacks(self, step: Step) -> tuple[str, ...]:
        if not isinstance(step.value, NotComputable):
            return ()
        found = []
        for lack in step.value.lacks:
            if lack.kind == "registre":
                found.append(f"il manque {self.corpus.gaps[lack.name].lacking}")
            elif lack.kind == "champ":
                found.append(f"le dossier ne renseigne pas « {lack.name} »")
            elif lack.kind == "deux_cas":
                found.append(f"deux cas de « {lack.name} » s'appliquent")
            else:
                found.append(f"aucun cas de « {lack.name} » ne s'applique")
        return tuple(found)

    # --- what did not apply

    def _refused_rules(self, step: Step, at: tuple[str, int] | None) -> tuple[Refused, ...]:
        """The rules of this name that stood before the one that applied, or all of them."""
        same = self.interpreter.epoch.rules.get(step.name, ())
        if not same:
            return (Refused(step.name, "aucune version en vigueur ce jour"),)
        found = []
        for rule, version in same:
            if rule is step.rule:
                break
            if version.applicable is not None:
                named = ", ".join(f"{rule.text} art. {one}" for one in version.articles)
                place = f"{version.span.file}:{version.span.line}"
                what = f"{named or rule.ident} ({place})"
                found.append(Refused(what, self._why(version.applicable, at)))
        return tuple(found)

    def _refused_cases(self, body: Expr, at: tuple[str, int] | None) -> tuple[Refused, ...]:
        inner = body.value if isinstance(body, Round) else body
        if isinstance(inner, Op) and inner.op in ("plafond", "plancher"):
            return self._refused_cases(inner.args[0], at)
        if not isinstance(inner, Choice):
            return ()
        writer = Writer(self.interpreter, at)
        return tuple(
            Refused(f"cas « {writer.formula(case.condition)} »", self._why(case.condition, at))
            for case in inner.cases
            if self.interpreter.value(case.condition, at) is False
        )

    def _why(self, condition: Expr, at: tuple[str, int] | None) -> str:
        """Why a condition is false: its figures, and the distance to the threshold."""
        writer = Writer(self.interpreter, at)
        for part in _conjuncts(condition):
            if self.interpreter.value(part, at) is not True:
                figures = writer.figures(part)
                gap = self._distance(part, at, writer)
                return f"{writer.formula(part)} : {figures}{gap}"
        return writer.figures(condition)

    def _distance(self, part: Expr, at: tuple[str, int] | None, writer: Writer) -> str:
        if not isinstance(part, Op) or part.op not in ("<", "<=", ">", ">="):
            return ""
        left, right = (self.interpreter.value(arg, at) for arg in part.args)
        if not isinstance(left, Fraction) or not isinstance(right, Fraction):
            return ""
        unit = writer.unit_of(part.args[0]) or writer.unit_of(part.args[1])
        gap = french(abs(left - right), self.corpus.units.get(unit or ""))
        if left == right:
            return " (le seuil n'est pas dépassé)"
        return f" (il manque {gap})" if part.op in (">", ">=") else f" ({gap} de trop)"


def _conjuncts(condition: Expr) -> tuple[Expr, ...]:
    if isinstance(condition, Op) and condition.op == "and":
        return condition.args
    if isinstance(condition, Otherwise) and isinstance(condition.fallback, Const):
        return (condition,)
    return (condition,)


def _since(version: Version) -> str:
    amended = f", modifié par {version.amended_by}" if version.amended_by else ""
    return f"{version.period.since.isoformat()}{amended}"
