"""The results of a record and its anomalies, under the readings that are asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from engine.evaluation.interpreter import Interpreter
from engine.evaluation.law import Law
from engine.evaluation.outcomes import Lack, NotComputable, Outcome, below
from engine.evaluation.show import exact_text, french, french_number
from engine.langage.corpus import Control, Corpus, Gravity
from engine.langage.kernel import ABSENT, Expr, Ref
from engine.langage.records import Record
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.messages.hints import suggestion
from engine.source.positions import Span


def wrong_reading(corpus: Corpus, asked: str, span: Span) -> Diagnostic | None:
    """E512 for « NOM=OPTION » that the corpus does not have, E599 for a note, which has none."""
    name, _, option = asked.partition("=")
    point = corpus.points.get(name)
    if point is not None and option in point.options:
        return None
    if name in corpus.doctrine:
        return say("E599", span, nom=name)
    known = [f"{one.name}={key}" for one in corpus.points.values() for key in one.options]
    return say("E512", span, nom=asked, proches=suggestion(asked, known, "lectures connues"))


@dataclass(frozen=True, slots=True)
class Anomaly:
    """One blocking point or warning; ``line`` counts from 1 when it is about a line."""

    code: str
    gravity: Gravity
    message: str
    rule: str
    source: str

    def to_json(self) -> dict[str, str]:
        """The object of the contract."""
        return {
            "code": self.code,
            "gravite": self.gravity,
            "message": self.message,
            "regle": self.rule,
            "source": self.source,
        }


@dataclass(frozen=True, slots=True)
class Computed:
    """What one record gives. ``values``: every wanted result, in the order of the corpus."""

    record: Record
    digest: str
    values: Mapping[str, Outcome]
    texts: Mapping[str, str]  # the results that have a value, in their JSON form
    anomalies: tuple[Anomaly, ...]
    points: tuple[str, ...]
    notes: tuple[str, ...]  # what the results rely on that is still to be verified

    def to_json(self) -> dict[str, object]:
        """The object of the contract, numbers as texts with their declared decimals."""
        found: dict[str, object] = {
            "dossier": self.record.ident,
            "date": self.record.day.isoformat(),
            "empreinte": self.digest,
            "resultats": dict(self.texts),
            "sans_objet": [name for name, value in self.values.items() if value is ABSENT],
            "anomalies": [one.to_json() for one in self.anomalies],
            "lectures": list(self.points),
        }
        if self.notes:
            found["a_verifier"] = list(self.notes)
        return found


def interpreter_for(
    law: Law, record: Record, readings: Mapping[str, str], *, traced: bool = False
) -> Interpreter:
    """The interpreter of one record, under the law of its day."""
    return Interpreter(law.corpus, law.epoch(record.day), record, readings, traced=traced)


def compute(
    law: Law,
    record: Record,
    *,
    readings: Mapping[str, str] | None = None,
    wanted: Sequence[str] | None = None,
) -> Computed:
    """Every wanted result of ``record`` and every control of its day.

    Args:
        law: the corpus.
        record: an accepted record.
        readings: the option to take at some contested points.
        wanted: names of results, or None for all of them. A wanted result that cannot be computed
            is an anomaly that names what is lacking (E506 to E509).
    """
    interpreter = interpreter_for(law, record, readings or {})
    names = law.corpus.results if wanted is None else tuple(wanted)
    steps = {name: interpreter.step(name) for name in names}
    lacks: dict[Lack, list[str]] = {}
    texts: dict[str, str] = {}
    for name, step in steps.items():
        if isinstance(step.value, NotComputable):
            for lack in step.value.lacks:
                lacks.setdefault(lack, []).append(name)
        elif isinstance(step.value, Fraction):
            rule = step.rule or law.corpus.rule(name)
            texts[name] = exact_text(step.value, law.corpus.units[rule.unit or ""].decimals)
        elif step.value is not ABSENT:
            texts[name] = french(step.value)
    anomalies = [lacking_anomaly(law.corpus, lack, concerned) for lack, concerned in lacks.items()]
    anomalies += raised(interpreter)
    used = below(*steps.values())
    noted = [
        f"{step.rule.label} : {note}"
        for step in used
        if step.rule is not None
        for note in step.notes
    ]
    return Computed(
        record,
        law.corpus.digest,
        {name: step.value for name, step in steps.items()},
        texts,
        tuple(sorted(anomalies, key=lambda one: one.code)),
        tuple(sorted({point for step in used for point in step.points})),
        tuple(dict.fromkeys(noted)),
    )


def lacking_anomaly(corpus: Corpus, lack: Lack, results: Sequence[str]) -> Anomaly:
    """What is said of ``results`` that cannot be computed for one reason (E506 to E509, E514)."""
    found: Diagnostic
    match lack.kind:
        case "champ":
            found = say("E506", lack.span, manquants=[lack.name], resultats=results)
        case "registre":
            found = say(
                "E507", lack.span, manquants=corpus.gaps[lack.name].lacking, resultats=results
            )
        case "deux_cas":
            found = say("E508", lack.span, *lack.others, nom=lack.name)
        case "aucun_cas":
            found = say("E509", lack.span, nom=lack.name)
        case "division":
            found = say("E514", lack.span, nom=lack.name)
    # An amount that réglo cannot give blocks no service; a law that does not settle it does.
    unsettled = found.code in ("E508", "E509", "E514")
    gravity: Gravity = "bloquant" if unsettled else "alerte"
    return Anomaly(found.code, gravity, found.message, lack.name, str(lack.span))


def raised(interpreter: Interpreter) -> list[Anomaly]:
    """The anomalies of the controls of the day, in the order of the corpus, line after line."""
    corpus = interpreter.corpus
    found: list[Anomaly] = []
    for control, version in interpreter.epoch.controls:
        count = 1 if control.scope is None else len(interpreter.lines(control.scope))
        for index in range(count):
            at = None if control.scope is None else (control.scope, index)
            if interpreter.holds(control, version, at):
                parts = [
                    part
                    if isinstance(part, str)
                    else shown(interpreter.value(part, at), decimals_shown(corpus, part))
                    for part in control.message
                ]
                line = None if at is None else str(at[1] + 1)
                found.append(control_anomaly(corpus, control, line, "".join(parts)))
    return found


def control_anomaly(corpus: Corpus, control: Control, line: str | None, message: str) -> Anomaly:
    """What a control says of a record, or of its line number ``line`` (from 1)."""
    where = ""
    if control.scope is not None and line is not None:
        collection = corpus.model.collection(control.scope)
        label = control.scope if collection is None else collection.label
        where = f"{label}, ligne {line} : "
    named = [f"{control.text} art. {one}" for one in control.articles]
    source = control.source or ", ".join(named)
    return Anomaly(control.code, control.gravity, where + message, control.ident, source)


def shown(value: Outcome, decimals: int) -> str:
    """A value inside a message: at least ``decimals`` decimals, no symbol."""
    return french_number(value, decimals) if isinstance(value, Fraction) else french(value)


def decimals_shown(corpus: Corpus, part: Expr) -> int:
    """How many decimals a value of a message has at least: those of its unit."""
    unit = unit_of(corpus, part)
    return 0 if unit is None or not corpus.units[unit].symbol else corpus.units[unit].decimals


def unit_of(corpus: Corpus, expr: Expr) -> str | None:
    """The declared unit of a reference, or None."""
    if not isinstance(expr, Ref):
        return None
    if expr.kind == "regle":
        return corpus.rule(expr.name).unit
    fields = corpus.model.fields
    if expr.scope is not None:
        collection = corpus.model.collection(expr.scope)
        fields = () if collection is None else collection.fields
    return next((field.unit for field in fields if field.name == expr.name), None)
