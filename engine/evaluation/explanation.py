"""Explanation: a step in, the tree of why out, told as facts and free of any layout.

Nothing is recorded while computing: the formulas are read again with the interpreter, which keeps
every step, so an explanation says the very digits of the result.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from engine.evaluation.formula import Writer, code_label
from engine.evaluation.interpreter import Interpreter
from engine.evaluation.outcomes import NotComputable, Outcome, Step, below
from engine.evaluation.show import french
from engine.evaluation.sourced import named_in, named_source
from engine.langage.corpus import Rule, Version
from engine.langage.kernel import (
    ABSENT,
    Aggregate,
    Choice,
    Expr,
    Lookup,
    Op,
    Otherwise,
    Reading,
    Ref,
    Round,
    children,
    values_of,
)
from engine.langage.units import NamedUnit

At = tuple[str, int] | None
_MODES = {"proche": "au plus proche", "superieur": "par excès", "inferieur": "par défaut"}


@dataclass(frozen=True, slots=True)
class Refused:
    """A case or a rule that did not apply, and why; ``near``: the distance to its threshold."""

    what: str
    why: str
    near: bool = False


@dataclass(frozen=True, slots=True)
class Contested:
    """A contested point that decides a result, the words of the reading taken, and the others.

    ``others``: each option that would change the result, with the value that it would have.
    """

    point: str
    retained: bool  # whether the reading taken is the one that the corpus retains
    words: str
    others: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Explained:
    """Why a rule has its value. Every text is French; ``value`` carries its unit.

    ``children`` are the steps that make the value, ``conditions`` those that were read to choose
    how; one object stands for a step wherever it is read. ``counted`` are the lines that a total
    holds. ``weighs`` is false for a zero or a truth. ``origin`` is the source by its name.
    ``contested`` is told of a result, not of its steps.
    """

    name: str
    label: str
    value: str
    weighs: bool
    line: int | None  # from 1, when the rule has one value per line
    about: str  # what the line is, in short
    formula: str
    figures: str
    counted: tuple[str, ...]
    parameter: bool
    text: str  # the short title of the text
    articles: tuple[str, ...]
    cite: str | None
    example: str | None
    since: str
    place: str  # file:line
    source: str | None
    origin: str | None
    rounding: str | None
    readings: tuple[str, ...]
    notes: tuple[str, ...]
    refused: tuple[Refused, ...]
    lacks: tuple[str, ...]
    children: tuple[Explained, ...]
    conditions: tuple[Explained, ...]
    contested: tuple[Contested, ...] = ()

    @property
    def key(self) -> tuple[str, int | None]:
        """What tells a step from another: its rule and its line."""
        return self.name, self.line

    def everything(self) -> Iterator[Explained]:
        """This step and every step below it, each once."""
        waiting, known = [self], {self.key}
        while waiting:
            one = waiting.pop()
            yield one
            for step in reversed((*one.children, *one.conditions)):
                if step.key not in known:
                    known.add(step.key)
                    waiting.append(step)

    def to_json(self, told: set[tuple[str, int | None]] | None = None) -> dict[str, object]:
        """The same tree, for other programs; a step already ``told`` is only named."""
        told = set() if told is None else told
        named: dict[str, object] = {
            "regle": self.name,
            "libelle": self.label,
            "valeur": self.value,
            **({"ligne": self.line, "element": self.about} if self.line is not None else {}),
        }
        if self.key in told:
            return {**named, "deja_explique": True}
        told.add(self.key)
        others = [
            {"lecture": one.point, "option": option, "valeur": value}
            for one in self.contested
            for option, value in one.others
        ]
        return {
            **named,
            "formule": self.formula,
            "chiffres": self.figures,
            "lignes_comptees": list(self.counted),
            "texte": self.text,
            "articles": list(self.articles),
            "cite": self.cite,
            "exemple": self.example,
            "depuis": self.since,
            "lieu": self.place,
            "source": self.source,
            "origine": self.origin,
            "arrondi": self.rounding,
            "lectures": list(self.readings),
            "a_verifier": list(self.notes),
            "ecartes": [{"quoi": one.what, "pourquoi": one.why} for one in self.refused],
            "manque": list(self.lacks),
            "etapes": [child.to_json(told) for child in self.children],
            "conditions": [child.to_json(told) for child in self.conditions],
            **({"autres_lectures": others} if others else {}),
        }


def explain(interpreter: Interpreter, name: str) -> Explained:
    """The whole tree of result ``name``."""
    return _Explaining(interpreter).of(interpreter.step(name))


def explain_result(interpreter: Interpreter, name: str) -> Explained:
    """The same, and what each other reading of the contested points would give."""
    explaining = _Explaining(interpreter)
    step = interpreter.step(name)
    return replace(explaining.of(step), contested=tuple(explaining.contested(step)))


class _Explaining:
    def __init__(self, interpreter: Interpreter) -> None:
        self.interpreter, self.corpus = interpreter, interpreter.corpus
        self.known: dict[tuple[str, int | None], Explained] = {}

    def of(self, step: Step) -> Explained:
        key = (step.name, step.line)
        if key not in self.known:
            self.known[key] = self._explained(step)
        return self.known[key]

    def _explained(self, step: Step) -> Explained:
        rule, version = step.rule, step.version
        scope = None if rule is None else rule.scope
        at = None if scope is None or step.line is None else (scope, step.line)
        writer = Writer(self.interpreter, at)
        known = rule or next((one for one in self.corpus.rules if one.name == step.name), None)
        source = None if version is None else version.source
        cite, example = (None, None) if version is None else self._quoted(version, at)
        lacking = isinstance(step.value, NotComputable)
        taken = None if version is None or lacking else self._taken(version.body, at)
        makers = [one for one in step.needs if _makes(one, taken)]
        return Explained(
            name=step.name,
            label=step.name if known is None else known.label,
            value=self._shown(step.value, known),
            weighs=_weighs(step.value),
            line=None if at is None else at[1] + 1,
            about=writer.line_label(),
            formula="" if taken is None else writer.formula(taken),
            figures="" if taken is None else writer.figures(taken),
            counted=() if taken is None else self._counted(taken),
            parameter=rule is not None and rule.parameter,
            text="" if rule is None else self._short(rule),
            articles=self._articles(step),
            cite=cite,
            example=example,
            since="" if version is None else _since(version),
            place="" if version is None else f"{version.span.file}:{version.span.line}",
            source=source,
            origin=None if source is None else named_source(self.corpus, source),
            rounding=None if version is None else self._rounding(version.body, at),
            readings=tuple(self._reading(point) for point in step.points),
            notes=step.notes,
            refused=tuple(self._refused(step, at)),
            lacks=tuple(self._lacks(step)),
            children=tuple(self.of(one) for one in makers),
            conditions=tuple(self.of(one) for one in step.needs if one not in makers),
        )

    def _shown(self, value: Outcome, rule: Rule | None) -> str:
        """A value with its unit; a code with what it means."""
        if rule is not None and rule.kind == "code" and isinstance(value, str):
            label = code_label(self.corpus, rule.vocabulary, value)
            return value if label == value else f"{label} ({value})"
        return french(value, self._unit(rule))

    def _unit(self, rule: Rule | None) -> NamedUnit | None:
        return None if rule is None else self.corpus.units.get(rule.unit or "")

    def _short(self, rule: Rule) -> str:
        """The text of a rule; nothing for a parameter of no text."""
        alone = rule.parameter and rule.text == rule.name
        return "" if alone else self.corpus.texts[rule.text].short

    def _articles(self, step: Step) -> tuple[str, ...]:
        """The articles of the step; those of its own text without the name of the text."""
        if step.rule is None:
            return ()
        prefix = f"{step.rule.text} art. "
        return tuple(one.removeprefix(prefix) for one in step.articles)

    def _taken(self, body: Expr, at: At) -> Expr:
        """The part of a body that gave the value: the case that applied, under its rounding."""
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
            case Op(op="and" | "or"):
                settling = self.interpreter.value(body, at)
                if settling is (body.op == "or"):
                    return next(a for a in body.args if self.interpreter.value(a, at) is settling)
                return body
            case _:
                return body

    def _counted(self, taken: Expr) -> tuple[str, ...]:
        """The lines that a total holds, each with its value and what it is."""
        found: list[str] = []
        total = taken.args[0] if isinstance(taken, Op) and taken.args else taken
        if not isinstance(total, Aggregate) or total.kind in ("existe", "compte_distinct"):
            return ()
        for index in range(len(self.interpreter.lines(total.collection))):
            line = (total.collection, index)
            writer = Writer(self.interpreter, line)
            if total.where is None or self.interpreter.value(total.where, line) is True:
                value = "" if total.body is None else f" : {writer.value(total.body)}"
                found.append(f"ligne {index + 1} ({writer.line_label()}){value}")
        return tuple(found)

    def _quoted(self, version: Version, at: At) -> tuple[str | None, ...]:
        """What a version cites, and the example that it gives, their sources named."""
        said = (self._cite(version, at), version.example)
        return tuple(None if one is None else named_in(self.corpus, one) for one in said)

    def _cite(self, version: Version, at: At) -> str | None:
        body = version.body.value if isinstance(version.body, Round) else version.body
        if isinstance(body, Choice):
            for case in body.cases:
                if case.cite and self.interpreter.value(case.condition, at) is True:
                    return case.cite
        if isinstance(body, Lookup) and version.cite is None:
            return self.corpus.tables[body.table].cite
        return version.cite

    def _rounding(self, body: Expr, at: At) -> str | None:
        """The rounding that moved the value, with the figure before it."""
        if not isinstance(body, Round):
            return None
        before = self.interpreter.value(body.value, at)
        if not isinstance(before, Fraction) or (before / body.step).denominator == 1:
            return None
        source = named_source(self.corpus, body.source)
        return f"{french(before)} arrondi {_MODES[body.mode]} ({french(body.step)}) : {source}"

    def _reading(self, name: str) -> str:
        point = self.corpus.points[name]
        option = self.interpreter.readings.get(name, point.retained)
        kind = "lecture retenue" if option == point.retained else "lecture demandée"
        reason = f" ; {point.reason}" if option == point.retained and point.reason else ""
        sources = ", ".join(named_source(self.corpus, one) for one in point.sources)
        return f"{name}, {kind} : {point.options[option]}{reason} [{sources}]"

    def contested(self, result: Step) -> Iterator[Contested]:
        """The points whose other readings would give ``result`` another value, with that value."""
        interpreter = self.interpreter
        rests = {point for step in below(result) for point in step.points}
        for point in (one for one in self.corpus.points.values() if one.name in rests):
            taken = interpreter.readings.get(point.name, point.retained)
            others: list[tuple[str, str]] = []
            for option in point.options:
                if option != taken:
                    asked = {**interpreter.readings, point.name: option}
                    other = Interpreter(self.corpus, interpreter.epoch, interpreter.record, asked)
                    value = other.step(result.name).value
                    if value != result.value:
                        others.append((option, self._shown(value, result.rule)))
            if others:
                yield Contested(
                    point.name, taken == point.retained, point.options[taken], tuple(others)
                )

    def _lacks(self, step: Step) -> Iterable[str]:
        if not isinstance(step.value, NotComputable):
            return
        for lack in step.value.lacks:
            match lack.kind:
                case "registre":
                    yield f"il manque {self.corpus.gaps[lack.name].lacking}"
                case "champ":
                    yield f"le dossier ne renseigne pas « {lack.name} »"
                case "deux_cas":
                    yield f"deux cas de « {lack.name} » s'appliquent"
                case "aucun_cas":
                    yield f"aucun cas de « {lack.name} » ne s'applique"
                case "division":
                    yield f"« {lack.name} » divise par zéro"

    # --- what did not apply

    def _refused(self, step: Step, at: At) -> Iterable[Refused]:
        """The rules of this name that stood before the one that applied, then its other cases."""
        same = self.interpreter.epoch.rules.get(step.name, ())
        if not same:
            yield Refused(step.name, "aucune version en vigueur ce jour")
        for rule, version in same:
            if rule is step.rule:
                break
            if version.applicable is not None:
                short = self.corpus.texts[rule.text].short
                articles = ", ".join(version.articles)
                what = f"{short}, art. {articles}" if articles else rule.ident
                place = f"{version.span.file}:{version.span.line}"
                formula = Writer(self.interpreter, at).formula(version.applicable)
                why, near = self._why(version.applicable, at)
                yield Refused(f"{what}, {place}", f"{formula} : {why}", near)
        if step.version is not None:
            yield from self._refused_cases(step.version.body, at)

    def _refused_cases(self, body: Expr, at: At) -> Iterable[Refused]:
        match body:
            case Round() | Op(op="plafond" | "plancher"):
                yield from self._refused_cases(children(body)[0], at)
            case Choice():
                writer = Writer(self.interpreter, at)
                for case in body.cases:
                    found = self.interpreter.value(case.condition, at)
                    if found is True and not body.exclusive:
                        return
                    if found is False:
                        yield Refused(
                            writer.formula(case.condition), *self._why(case.condition, at)
                        )
            case _:
                return

    def _why(self, condition: Expr, at: At) -> tuple[str, bool]:
        """Why a condition is false: the part that fails, its figures; and whether by how much."""
        writer = Writer(self.interpreter, at)
        part = self._taken(condition, at)
        if isinstance(part, Op) and part.op == "not" and isinstance(part.args[0], Ref):
            return f"{writer.formula(part.args[0])} : {writer.figures(part.args[0])}", False
        if isinstance(part, Op) and part.op in ("==", "in") and isinstance(part.args[0], Ref):
            return f"{writer.formula(part.args[0])} vaut {writer.figures(part.args[0])}", False
        if not isinstance(part, Op) or part.op not in ("<", "<=", ">", ">="):
            return writer.figures(part), False
        left, right = (self.interpreter.value(arg, at) for arg in part.args)
        if not isinstance(left, Fraction) or not isinstance(right, Fraction):
            return writer.figures(part), False
        unit = writer.unit_of(part.args[0]) or writer.unit_of(part.args[1])
        gap = french(abs(left - right), self.corpus.units.get(unit or ""))
        if left == right:
            distance = "le seuil n'est pas dépassé"
        elif part.op in (">", ">="):
            distance = f"il manque {gap}"
        else:
            distance = f"{gap} de trop"
        return f"{writer.figures(part)}, {distance}", True


def _weighs(value: Outcome) -> bool:
    """Whether a value is worth going below: not a truth, a zero, nor *sans objet*."""
    if isinstance(value, Fraction):
        return value != 0
    return not isinstance(value, bool) and value is not ABSENT


def _makes(step: Step, taken: Expr | None) -> bool:
    """Whether ``step`` makes the value; when that is not computable, whether it is why."""
    if taken is None:
        return isinstance(step.value, NotComputable)
    return step.name in _makers(taken)


def _makers(expr: Expr) -> set[str]:
    """The rules whose values make the value of ``expr``, those of its conditions left out."""
    if isinstance(expr, Ref):
        return {expr.name} if expr.kind == "regle" else set()
    return set().union(*(_makers(part) for part in values_of(expr)))


def _since(version: Version) -> str:
    amended = f", modifié par {version.amended_by}" if version.amended_by else ""
    return f"{version.period.since.isoformat()}{amended}"
