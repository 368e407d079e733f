"""A property and the law in; whether it holds of the records drawn, or the smallest that fails."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.cas.changes import apply_changes
from engine.cas.dice import Dice
from engine.cas.draws import Drawer
from engine.cas.plain import read_plain, to_flow
from engine.cas.properties import BEFORE, Property, property_files, read_properties
from engine.cas.shrink import shrink
from engine.dossiers.read import Refusal
from engine.evaluation.interpreter import Interpreter
from engine.evaluation.law import Law
from engine.evaluation.outcomes import NotComputable, Outcome
from engine.evaluation.results import interpreter_for
from engine.evaluation.show import french
from engine.langage.inputs import Value
from engine.langage.kernel import ABSENT, Expr
from engine.langage.records import Record
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.tree import Plain

_SMALL: Final = 600  # candidates tried to make a failing record small


@dataclass(frozen=True, slots=True)
class Failure:
    """A record of which the property is false.

    ``records``: the smallest found, as drawn then changed, by variant; ``values``: what they give.
    """

    records: Mapping[str, Plain]
    values: Mapping[str, Outcome]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a property: how many records were drawn, of how many it was said."""

    property: Property
    drawn: int
    kept: int
    failure: Failure | None
    findings: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Those of some files, and what is wrong with the files."""

    found: tuple[Verdict, ...]
    wrong: tuple[Diagnostic, ...]

    @property
    def findings(self) -> tuple[Diagnostic, ...]:
        """Everything that is not right: E561, E562, E563, and what is wrong with the files."""
        return (*self.wrong, *(finding for one in self.found for finding in one.findings))

    @property
    def drawn(self) -> int:
        """How many records were drawn."""
        return sum(one.drawn for one in self.found)


def run_paths(law: Law, paths: Sequence[Path]) -> Verdicts:
    """Every property under ``paths`` (files or folders)."""
    found: list[Verdict] = []
    wrong: list[Diagnostic] = []
    for path in property_files(paths):
        properties, findings = read_properties(path, law)
        wrong += findings
        found += [run_property(law, one) for one in properties]
    return Verdicts(tuple(found), tuple(wrong))


def run_property(law: Law, one: Property) -> Verdict:
    """Draw records until the property fails, or as many as it says."""
    drawer = Drawer(law, one.drawing)
    trial = _Trial(law, one)
    kept = 0
    for number in range(1, one.draws + 1):
        seed = f"{one.name}/{number}"
        record = drawer.record(Dice(seed))
        outcomes = trial.outcomes(record, seed)
        refused = next((read for read in outcomes.values() if isinstance(read, Refusal)), None)
        if refused is not None and not one.drawing.free:
            found = say(
                "E563",
                one.span,
                nom=one.name,
                code=refused.diagnostics[0].code,
                pourquoi=refused.diagnostics[0].message,
                dossier=to_flow(record),
                conseils=refused.diagnostics[0].hints,
            )
            return Verdict(one, number, kept, None, (found,))
        held = trial.holds(outcomes)  # None too of a free record that is refused
        if held is False:
            failure = trial.smallest(record, seed)
            shown = {name: _shown(value) for name, value in failure.values.items()}
            record = failure.records[BEFORE]
            finding = say(
                "E561",
                one.span,
                nom=one.name,
                valeurs=[f"{one} = {value}" for one, value in shown.items()],
                dossier=to_flow(record),
            )
            return Verdict(one, number, kept + 1, failure, (finding,))
        kept += held is True
    nothing = () if kept else (say("E562", one.span, nom=one.name, tirages=one.draws),)
    return Verdict(one, one.draws, kept, None, nothing)


def _shown(value: Outcome) -> str:
    return "non calculable" if isinstance(value, NotComputable) else french(value)


@dataclass(frozen=True, slots=True)
class _Trial:
    """One property, tried on records."""

    law: Law
    property: Property

    def records(self, record: Plain, seed: str) -> Iterator[tuple[str, Plain]]:
        """The record of each variant; None when there is nothing to change in it."""
        for name, variant in self.property.variants.items():
            yield name, apply_changes(record, variant.changes, Dice(f"{seed}/{name}"))

    def outcomes(self, record: Plain, seed: str) -> dict[str, Record | Refusal | None]:
        """What is read of each variant; a refusal is why it is not one that a person could give."""
        corpus = self.law.corpus
        return {
            name: None if one is None else read_plain(one, corpus, "tirage")
            for name, one in self.records(record, seed)
        }

    def values(self, outcomes: Mapping[str, Record | Refusal | None]) -> dict[str, Outcome] | None:
        """What the property reads, « variante.regle »; None when a variant cannot be."""
        found: dict[str, Outcome] = {}
        for name, outcome in outcomes.items():
            if not isinstance(outcome, Record):
                return None
            readings = self.property.variants[name].readings
            interpreter = interpreter_for(self.law, outcome, readings)
            for wanted in self.property.wanted[name]:
                found[f"{name}.{wanted}"] = interpreter.step(wanted).value
        return found

    def holds(self, outcomes: Mapping[str, Record | Refusal | None]) -> bool | None:
        """Whether the property is true; None when it says nothing of this record."""
        values = self.values(outcomes)
        if values is None or any(isinstance(one, NotComputable) for one in values.values()):
            return None
        one = self.property
        if one.condition is not None and self._true(one.condition, values) is not True:
            return None
        if any(self._true(except_, values) is True for except_ in one.excepted):
            return None
        return self._true(one.claim, values)

    def _true(self, expr: Expr, values: Mapping[str, Outcome]) -> bool | None:
        """The truth of a condition; None when something it reads is *sans objet*."""
        corpus = self.law.corpus
        read: dict[str, Value] = {
            name: value
            for name, value in values.items()
            if value is not ABSENT and not isinstance(value, NotComputable)
        }
        day = corpus.first_day
        told = Record("propriete", day, read, {}, self.property.span)
        found = Interpreter(corpus, self.law.epoch(day), told).value(expr)
        return found if isinstance(found, bool) else None

    def smallest(self, record: Plain, seed: str) -> Failure:
        """The smallest record found of which the property is still false."""
        small = shrink(record, lambda one: self.holds(self.outcomes(one, seed)) is False, _SMALL)
        return Failure(
            dict(self.records(small, seed)), self.values(self.outcomes(small, seed)) or {}
        )
