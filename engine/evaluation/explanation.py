"""Explanation: a step in, the tree of why out, told as facts and free of any layout.

The values are those of the trace: an explanation says the very digits of the result. Only what a
formula shows of a branch that was not taken is worked out then. A formula is told in French, with
the names of what it reads or with their values.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final, assert_never

from engine.evaluation.interpreter import Interpreter
from engine.evaluation.outcomes import Key, NotComputable, Outcome, Step, below
from engine.evaluation.show import french
from engine.evaluation.trace import At, TracedNode, applicable_of, body_of
from engine.langage.corpus import Corpus, Rule, Version
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
    values_of,
)

_CITED = re.compile(r"\(([a-z0-9][a-z0-9-]*)((?:, [^()]*)?)\)")


def named_source(corpus: Corpus, written: str) -> str:
    """« guide, p. 6 » as « guide des retards (source syndicale), p. 6 ».

    The articles of a text, « arrete-pain art. 4 », take its short title; a place stays as it is.
    """
    ident, comma, place = written.partition(",")
    origin = corpus.documents.get(ident)
    if origin is not None:
        return f"{origin.short} (source {origin.nature}){comma}{place}"
    parts = [one.partition(" art. ") for one in written.split(", ")]
    if not all(article and text in corpus.texts for text, article, _ in parts):
        return written
    return ", ".join(f"{corpus.texts[text].short}, art. {number}" for text, _, number in parts)


def named_in(corpus: Corpus, sentence: str) -> str:
    """A sentence whose sources, « (guide, p. 6) », are told by their names."""

    def named(match: re.Match[str]) -> str:
        origin = corpus.documents.get(match[1])
        if origin is None:
            return match[0]
        return f"({origin.short}, source {origin.nature}{match[2]})"

    return _CITED.sub(named, sentence)


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

    def formula(self, node: TracedNode) -> str:
        """An expression with the names of what it reads."""
        return self._write(node, 0, values=False)

    def figures(self, node: TracedNode) -> str:
        """An expression with the values of what it reads in their place."""
        return self._write(node, 0, values=True)

    def line_label(self) -> str:
        """What the line is, in short: its first codes and texts."""
        if self.at is None:
            return ""
        collection = self.corpus.model.collection(self.at[0])
        values = self.interpreter.lines(self.at[0])[self.at[1]].values
        shown = [
            code_label(self.corpus, field.vocabulary, str(values[field.name]))
            for field in (() if collection is None else collection.fields)
            if field.kind in ("code", "texte") and field.name in values
        ]
        return ", ".join(shown[:3])

    def value(self, node: TracedNode) -> str:
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

    def _write(self, node: TracedNode, strength: int, *, values: bool) -> str:
        expr = node.expr
        match expr:
            case Const():
                if isinstance(expr.value, frozenset):
                    return expr.label or "{" + french(expr.value) + "}"
                return "sans objet" if expr.value is ABSENT else french(expr.value)
            case Ref():
                if not values:
                    field = self._field(expr) if expr.kind == "champ" else None
                    # A derived field is known by its whole name; a group is understood.
                    name = (
                        expr.name
                        if field is not None and field.derived
                        else expr.name.rpartition(".")[2]
                    )
                    return name if expr.via is None else f"{expr.via}.{name}"
                if expr.scope is not None and (
                    self.at is None or (expr.via is None and self.at[0] != expr.scope)
                ):
                    return expr.name
                return self.value(node)
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
                table = self.corpus.tables[expr.table]
                keys = [self._write(key, 0, values=values) for key in node.parts]
                named = [
                    f"{column.name} = {key}" if values else column.name
                    for column, key in zip(table.columns, keys, strict=True)
                ]
                return f"table « {table.label} » ({', '.join(named)})"
            case Round():
                return self._write(node.part(expr.value), strength, values=values)
            case Otherwise():
                value, fallback = node.parts
                if isinstance(expr.fallback, Missing):
                    return self._write(value, strength, values=values)
                if values and (
                    self.at is not None
                    or not (isinstance(expr.value, Ref) and expr.value.scope is not None)
                ):
                    absent = self.interpreter.seen(value, self.at) is ABSENT
                    return self._write(fallback if absent else value, strength, values=True)
                return self._write(value, strength, values=False)
            case Missing():
                return "non calculable"
            case Reading():
                taken = dict(expr.options)[self.interpreter.option(expr)]
                return self._write(node.part(taken), strength, values=values)
            case _:
                assert_never(expr)

    def _op(self, node: TracedNode, expr: Op, strength: int, *, values: bool) -> str:
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
                parts = [self._write(arg, 0, values=values) for arg in node.parts]
                if expr.op == "plafond":
                    return f"{parts[0]}, au plus {parts[1]}"
                if expr.op == "plancher":
                    return f"{parts[0]}, au moins {parts[1]}"
                word = "le plus petit de" if expr.op == "min" else "le plus grand de"
                return f"{word} ({' ; '.join(parts)})"
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

    def _aggregate(self, node: TracedNode, expr: Aggregate, *, values: bool) -> str:
        if values and expr.kind == "somme" and expr.body is not None:
            # the terms of a sum, one per line kept: « 4 h + 3 h »
            terms = [
                writer.value(body) for writer, body in self.kept(node, expr) if body is not None
            ]
            once = " (une seule fois par repère)" if expr.once_per is not None and terms else ""
            return (" + ".join(terms) or "aucune ligne") + once
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

    def kept(self, node: TracedNode, expr: Aggregate) -> Iterator[tuple[Writer, TracedNode | None]]:
        """For each line that a total holds: what writes about it, and the body of the total."""
        where = None if expr.where is None else node.part(expr.where)
        body = None if expr.body is None else node.part(expr.body)
        for index in range(len(self.interpreter.lines(expr.collection))):
            at = (expr.collection, index)
            if where is None or self.interpreter.seen(where, at) is True:
                yield Writer(self.interpreter, at), body


def code_label(corpus: Corpus, vocabulary: str | None, code: str) -> str:
    """What a code means in its nomenclature; the code itself when it has none."""
    terms = corpus.nomenclatures[vocabulary].terms if vocabulary else ()
    return next((term.label for term in terms if term.code == code), code)


_MODES = {"proche": "au plus proche", "superieur": "par excès", "inferieur": "par défaut"}


@dataclass(frozen=True, slots=True)
class RefusedCase:
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
    refused: tuple[RefusedCase, ...]
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
    """The whole tree of result ``name``, of a traced interpreter."""
    return Explainer(interpreter).of(interpreter.step(name))


class Explainer:
    """Explains the results of a traced interpreter; a step that several rest on, once."""

    def __init__(self, interpreter: Interpreter) -> None:
        self.interpreter, self.corpus = interpreter, interpreter.corpus
        self.known: dict[Key, Explained] = {}

    def result(self, name: str) -> Explained:
        """The whole tree of a result, and what other readings of contested points would give."""
        step = self.interpreter.step(name)
        return replace(self.of(step), contested=tuple(self._contested(step)))

    def of(self, step: Step) -> Explained:
        """The whole tree of a step."""
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
        body = None if rule is None or version is None else body_of(rule, version)
        of_no_text = rule is not None and rule.parameter and rule.text == rule.name
        changed = None if version is None else version.amended_by
        amended = f", modifié par {changed}" if changed else ""
        cite, example = self._quoted(step, at)
        lacking = isinstance(step.value, NotComputable)
        taken = None if body is None or lacking else self._taken(body, at)
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
            counted=() if taken is None else self._counted(writer, taken),
            parameter=rule is not None and rule.parameter,
            text="" if of_no_text or rule is None else self.corpus.texts[rule.text].short,
            articles=self._articles(step),
            cite=cite,
            example=example,
            since="" if version is None else version.period.since.isoformat() + amended,
            place="" if version is None else f"{version.span.file}:{version.span.line}",
            source=source,
            origin=None if source is None else named_source(self.corpus, source),
            rounding=None if body is None else self._rounding(body, at),
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
        return french(value, None if rule is None else self.corpus.units.get(rule.unit or ""))

    def _articles(self, step: Step) -> tuple[str, ...]:
        """The articles of the step; those of its own text without the name of the text."""
        if step.rule is None:
            return ()
        prefix = f"{step.rule.text} art. "
        return tuple(one.removeprefix(prefix) for one in step.articles)

    def _taken(self, node: TracedNode, at: At) -> TracedNode:
        """The part of a body that gave the value: the case that applied, under its rounding."""
        seen, body = self.interpreter.seen, node.expr
        match body:
            case Round():
                return self._taken(node.part(body.value), at)
            case Choice():
                for case in body.cases:
                    if seen(node.part(case.condition), at) is True:
                        return self._taken(node.part(case.value), at)
                return (
                    node if body.otherwise is None else self._taken(node.part(body.otherwise), at)
                )
            case Reading():
                option = dict(body.options)[self.interpreter.option(body)]
                return self._taken(node.part(option), at)
            case Otherwise():
                value, fallback = node.parts
                return self._taken(fallback if seen(value, at) is ABSENT else value, at)
            case Op(op="and" | "or"):
                settling = seen(node, at)
                if settling is (body.op == "or"):
                    return next(one for one in node.parts if seen(one, at) is settling)
                return node
            case _:
                return node

    def _counted(self, writer: Writer, taken: TracedNode) -> tuple[str, ...]:
        """The lines that a total holds, each with its value and what it is."""
        total = taken.parts[0] if isinstance(taken.expr, Op) and taken.parts else taken
        expr = total.expr
        if not isinstance(expr, Aggregate) or expr.kind in ("existe", "compte_distinct"):
            return ()
        found: list[str] = []
        for line, body in writer.kept(total, expr):
            value = "" if body is None else f" : {line.value(body)}"
            number = 0 if line.at is None else line.at[1] + 1
            found.append(f"ligne {number} ({line.line_label()}){value}")
        return tuple(found)

    def _quoted(self, step: Step, at: At) -> tuple[str | None, ...]:
        """What a version cites, and the example that it gives, their sources named."""
        if step.rule is None or step.version is None:
            return None, None
        said = (self._cite(step.rule, step.version, at), step.version.example)
        return tuple(None if one is None else named_in(self.corpus, one) for one in said)

    def _cite(self, rule: Rule, version: Version, at: At) -> str | None:
        node = body_of(rule, version)
        if isinstance(node.expr, Round):
            node = node.part(node.expr.value)
        if isinstance(node.expr, Choice):
            for case in node.expr.cases:
                if case.cite and self.interpreter.seen(node.part(case.condition), at) is True:
                    return case.cite
        if isinstance(node.expr, Lookup) and version.cite is None:
            return self.corpus.tables[node.expr.table].cite
        return version.cite

    def _rounding(self, node: TracedNode, at: At) -> str | None:
        """The rounding that moved the value, with the figure before it."""
        body = node.expr
        if not isinstance(body, Round):
            return None
        before = self.interpreter.seen(node.part(body.value), at)
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

    def _contested(self, result: Step) -> Iterator[Contested]:
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

    def _refused(self, step: Step, at: At) -> Iterable[RefusedCase]:
        """The rules of this name that stood before the one that applied, then its other cases."""
        same = self.interpreter.epoch.rules.get(step.name, ())
        if not same:
            yield RefusedCase(step.name, "aucune version en vigueur ce jour")
        for rule, version in same:
            if rule is step.rule:
                break
            applicable = applicable_of(rule, version)
            if applicable is not None:
                short = self.corpus.texts[rule.text].short
                articles = ", ".join(version.articles)
                what = f"{short}, art. {articles}" if articles else rule.ident
                place = f"{version.span.file}:{version.span.line}"
                formula = Writer(self.interpreter, at).formula(applicable)
                why, near = self._why(applicable, at)
                yield RefusedCase(f"{what}, {place}", f"{formula} : {why}", near)
        if step.rule is not None and step.version is not None:
            yield from self._refused_cases(body_of(step.rule, step.version), at)

    def _refused_cases(self, node: TracedNode, at: At) -> Iterable[RefusedCase]:
        body = node.expr
        match body:
            case Round() | Op(op="plafond" | "plancher"):
                yield from self._refused_cases(node.parts[0], at)
            case Choice():
                writer = Writer(self.interpreter, at)
                for case in body.cases:
                    condition = node.part(case.condition)
                    found = self.interpreter.seen(condition, at)
                    if found is True and not body.exclusive:
                        return
                    if found is False:
                        yield RefusedCase(writer.formula(condition), *self._why(condition, at))
            case _:
                return

    def _why(self, condition: TracedNode, at: At) -> tuple[str, bool]:
        """Why a condition is false: the part that fails, its figures; and whether by how much."""
        writer = Writer(self.interpreter, at)
        node = self._taken(condition, at)
        part = node.expr
        if isinstance(part, Op) and part.op == "not" and isinstance(part.args[0], Ref):
            denied = node.parts[0]
            return f"{writer.formula(denied)} : {writer.figures(denied)}", False
        if isinstance(part, Op) and part.op in ("==", "in") and isinstance(part.args[0], Ref):
            compared = node.parts[0]
            return f"{writer.formula(compared)} vaut {writer.figures(compared)}", False
        if not isinstance(part, Op) or part.op not in ("<", "<=", ">", ">="):
            return writer.figures(node), False
        left, right = (self.interpreter.seen(one, at) for one in node.parts)
        if not isinstance(left, Fraction) or not isinstance(right, Fraction):
            return writer.figures(node), False
        unit = writer.unit_of(part.args[0]) or writer.unit_of(part.args[1])
        gap = french(abs(left - right), self.corpus.units.get(unit or ""))
        if left == right:
            distance = "le seuil n'est pas dépassé"
        elif part.op in (">", ">="):
            distance = f"il manque {gap}"
        else:
            distance = f"{gap} de trop"
        return f"{writer.figures(node)}, {distance}", True


def _weighs(value: Outcome) -> bool:
    """Whether a value is worth going below: not a truth, a zero, nor *sans objet*."""
    if isinstance(value, Fraction):
        return value != 0
    return not isinstance(value, bool) and value is not ABSENT


def _makes(step: Step, taken: TracedNode | None) -> bool:
    """Whether ``step`` makes the value; when that is not computable, whether it is why."""
    if taken is None:
        return isinstance(step.value, NotComputable)
    return step.name in _makers(taken.expr)


def _makers(expr: Expr) -> set[str]:
    """The rules whose values make the value of ``expr``, those of its conditions left out."""
    if isinstance(expr, Ref):
        return {expr.name} if expr.kind == "regle" else set()
    return set().union(*(_makers(part) for part in values_of(expr)))
