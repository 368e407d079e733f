"""Mutants and cases go in; the mutants that no case and no check can tell from the law come out.

A case is evaluated once, under the law as it is. Under that of a mutant, the changed rule alone is
evaluated again; what rests on it too, when it gives something else; the rest is taken as it was.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from engine.cas.case import Case
from engine.cas.coverage import Source, agreeing, day_of, denies, evaluation
from engine.cas.mutants import Mutant
from engine.cas.patched import Patched
from engine.evaluation.interpreter import Interpreter
from engine.evaluation.law import Law
from engine.evaluation.outcomes import Key, Step
from engine.langage.agenda import Calendar
from engine.langage.checks.agenda import check_calendars
from engine.langage.checks.priorities import check_priorities
from engine.langage.checks.tables import check_tables
from engine.langage.corpus import Control, Corpus, Rule, Table
from engine.langage.kernel import Expr, Lookup, walk
from engine.langage.pipeline import DayCheck

_REFUSED = (TypeError, AssertionError, KeyError)  # raised by a law that loading would refuse


@dataclass(frozen=True, slots=True)
class Witness:
    """A case that passes, or a row of a published table that agrees.

    ``steps``: those of its evaluation, each after what it needs.
    """

    source: Source
    day: date
    steps: Mapping[Key, Step]

    @property
    def cites(self) -> bool:
        """Whether it looks at articles, and not at values only."""
        return isinstance(self.source, Case) and bool(self.source.articles or self.source.grounds)

    @property
    def pays(self) -> bool:
        """Whether it looks at payments."""
        return isinstance(self.source, Case) and bool(self.source.paid)

    def denies(self, patched: Patched, own: Sequence[Key]) -> bool:
        """Whether it fails under the law of a mutant.

        Args:
            patched: that law.
            own: its steps that the mistake is in; none, of a mistake that is in no step.
        """
        if patched.same_on(self.day):
            return False
        again: Iterable[Key] = self.steps
        if not self._whole:
            if own:
                interpreter = self._under(patched, own)
                if not any(self._changed(interpreter, patched.mutant, key) for key in own):
                    return False
            again = self._resting_on(own)
        try:
            return denies(self.source, self._under(patched, again))
        except _REFUSED:
            return True

    @property
    def _whole(self) -> bool:
        """Whether it looks at more than what steps give: at words, or at which steps there are."""
        return isinstance(self.source, Case) and bool(self.source.said or self.source.grounds)

    def _under(self, patched: Patched, again: Iterable[Key]) -> Interpreter:
        """Its evaluation under the law of a mutant, all its steps known but some."""
        known = dict(self.steps)
        for key in again:
            del known[key]
        return evaluation(patched.corpus, patched.epoch(self.day), self.source, known)

    def _changed(self, interpreter: Interpreter, mutant: Mutant, key: Key) -> bool:
        """Whether a step gives something else than it did, or may be seen otherwise."""
        was = self.steps[key]
        try:
            step = self._step(interpreter, mutant, key)
        except _REFUSED:
            return True
        if step is None or step.value != was.value:
            return True
        return self.cites and (step.articles, step.needs) != (was.articles, was.needs)

    def _step(self, interpreter: Interpreter, mutant: Mutant, key: Key) -> Step | None:
        """A step of the law of a mutant; None of a rule or a control that cannot be asked for."""
        name, line = key
        if name in interpreter.epoch.rules:
            return interpreter.step(name, line)
        if isinstance(mutant.new, Control):
            scope = mutant.new.scope
            at = None if scope is None or line is None else (scope, line)
            for version in mutant.new.versions:
                if self.day in version.period:
                    interpreter.holds(mutant.new, version, at)
                    return interpreter.done[key]
        return None

    def _resting_on(self, own: Sequence[Key]) -> list[Key]:
        """These steps, and all that rest on them."""
        resting = {id(self.steps[key]) for key in own}
        for step in self.steps.values():
            if not resting.isdisjoint(map(id, step.needs)):
                resting.add(id(step))
        return [key for key, step in self.steps.items() if id(step) in resting]


@dataclass(slots=True)
class Trial:
    """What the mutants of a law are tried against.

    Args:
        law: the corpus as it is.
        witnesses: the cases and the published rows that agree with it.
        checker: the check of loading that the mistake may fail.
    """

    law: Law
    witnesses: Sequence[Witness]
    checker: DayCheck
    _steps: dict[str, dict[int, list[Key]]] = field(init=False)  # by name, of each witness
    _readers: Mapping[str, Iterable[str]] = field(init=False)  # by table
    _last: int | None = None  # the witness that saw the mutant before: often the next one too

    def __post_init__(self) -> None:
        """Tell which witnesses have steps of which name, and what reads which table."""
        self._steps = defaultdict(lambda: defaultdict(list))
        for at, one in enumerate(self.witnesses):
            for key in one.steps:
                self._steps[key[0]][at].append(key)
        self._readers = _readers(self.law.corpus)

    def survives(self, mutant: Mutant) -> bool:
        """Whether no witness and no check sees the mistake."""
        patched = Patched(self.law, mutant)
        if self._refused_at_once(mutant, patched):
            return False
        concerned = self._concerned(mutant)
        # The last one that saw something comes first.
        for at in sorted(concerned, key=lambda at: at != self._last):
            if self.witnesses[at].denies(patched, concerned[at]):
                self._last = at
                return False
        return not self._refused(mutant, patched)

    def _refused_at_once(self, mutant: Mutant, patched: Patched) -> bool:
        """Whether loading would say something of what is written, without looking at a day."""
        corpus = self.law.corpus
        days = corpus.starts if mutant.day is None else (mutant.day,)
        if mutant.kind in ("exception", "date") and check_priorities(patched.rules, days):
            return True
        if mutant.kind == "article" and isinstance(mutant.new, Rule | Table | Control):
            return bool(corpus.texts[mutant.new.text].articles)  # it is now one that no text has
        if isinstance(mutant.new, Calendar):
            return any(one.code.startswith("E") for one in check_calendars((mutant.new,)))
        return False

    def _refused(self, mutant: Mutant, patched: Patched) -> bool:
        """Whether loading would say something of a day under the law of a mutant."""
        corpus = self.law.corpus
        if isinstance(mutant.new, Table):
            tables, units = (mutant.new,), corpus.units
            if check_tables(tables, corpus.nomenclatures, units, corpus.first_day):
                return True
        day = mutant.day or max(mutant.since, corpus.first_day)
        return bool(self.checker.findings(patched.epoch(day), self.law.epoch(day)))

    def _concerned(self, mutant: Mutant) -> Mapping[int, Sequence[Key]]:
        """The witnesses that may see a mutant, each with its steps that the mistake is in."""
        found: dict[int, Sequence[Key]] = {}
        match mutant.new:
            case Rule() | Table() | Control() as new:
                if mutant.day is not None and isinstance(new, Control):  # it may be in no step yet
                    found |= dict.fromkeys(range(len(self.witnesses)), ())
                for name in self._names(new):
                    for at, keys in self._steps.get(name, {}).items():
                        found[at] = [*found.get(at, ()), *keys]
            case _:
                found |= {at: () for at, one in enumerate(self.witnesses) if one.pays}
        return {
            at: keys
            for at, keys in found.items()
            if mutant.day in (None, self.witnesses[at].day)
            and (mutant.kind != "article" or self.witnesses[at].cites)
        }

    def _names(self, new: Rule | Table | Control) -> Iterable[str]:
        """The names of the steps that another rule, table or control changes itself."""
        match new:
            case Rule():
                return (new.name,)
            case Table():
                return self._readers.get(new.name, ())
            case Control():
                return (new.ident,)


def _readers(corpus: Corpus) -> Mapping[str, Iterable[str]]:
    """The names of the rules and of the controls that read each table, one day or another."""
    read: list[tuple[str, Expr | str | None]] = []
    for rule in corpus.rules:
        for version in rule.versions:
            read += [(rule.name, version.applicable), (rule.name, version.body)]
    for control in corpus.controls:
        read += [(control.ident, one.condition) for one in control.versions]
        read += [(control.ident, one) for one in control.message]
    found: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for name, expr in read:
        for node in () if expr is None or isinstance(expr, str) else walk(expr):
            if isinstance(node, Lookup):
                found[node.table][name] = None
    return found


def trial(law: Law, cases: Iterable[Case], checker: DayCheck) -> Trial:
    """The cases that pass and the published rows, evaluated once each."""
    witnesses = [
        Witness(source, day_of(source), interpreter.done)
        for source, interpreter in agreeing(law, cases, traced=False)
    ]
    return Trial(law, witnesses, checker)
