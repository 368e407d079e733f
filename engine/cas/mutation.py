"""Mutants and cases go in; the mutants that no case and no check can tell from the law come out.

A case is evaluated once, under the law as it is. Under that of a mutant, only what rests on the
changed rule is evaluated again, and only if what this rule gives is no longer the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from engine.cas.case import Case
from engine.cas.coverage import Source, agenda_places, agreeing, day_of, denies, evaluation
from engine.cas.mutants import Mutant
from engine.cas.patched import Patched
from engine.cas.points import places_of
from engine.evaluation.dependence import read_by
from engine.evaluation.interpreter import Interpreter
from engine.evaluation.law import Law
from engine.evaluation.outcomes import Key, Step
from engine.evaluation.trace import Place
from engine.langage.agenda import Calendar
from engine.langage.checks.agenda import check_calendars
from engine.langage.checks.priorities import check_priorities
from engine.langage.checks.tables import check_tables
from engine.langage.corpus import Control, Corpus, Rule, Table
from engine.langage.kernel import Expr
from engine.langage.pipeline import DayCheck

_REFUSED = (TypeError, AssertionError, KeyError)  # of a law that loading would have refused


@dataclass(frozen=True, slots=True)
class Apart:
    """The steps of a witness: the ``own`` ones of what is changed, those that rest on none."""

    own: tuple[Key, ...]
    others: Mapping[Key, Step]


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

    def apart(self, names: frozenset[str]) -> Apart:
        """Its steps, for a change in the rules and the controls of some names."""
        own: list[Key] = []
        others: dict[Key, Step] = {}
        for key, step in self.steps.items():
            if key[0] in names:
                own.append(key)
            elif all((need.name, need.line) in others for need in step.needs):
                others[key] = step
        if isinstance(self.source, Case) and self.source.grounds:
            others = {}  # which steps an evaluation makes is what it looks at
        return Apart(tuple(own), others)

    def denies(self, patched: Patched, apart: Apart, *, of_rules: bool) -> bool:
        """Whether it fails under the law of a mutant; ``of_rules``: only rules are changed."""
        epoch = patched.epoch(self.day)
        interpreter = evaluation(patched.corpus, epoch, self.source, apart.others)
        if of_rules and not any(self._differs(interpreter, key) for key in apart.own):
            return False
        try:
            return denies(self.source, interpreter)
        except _REFUSED:
            return True

    def _differs(self, interpreter: Interpreter, key: Key) -> bool:
        """Whether a step gives something else than it did."""
        was = self.steps[key]
        try:
            step = interpreter.step(*key)
        except _REFUSED:
            return True
        if step.value != was.value:
            return True
        return self.cites and (step.articles, step.needs) != (was.articles, was.needs)


@dataclass(slots=True)
class Trial:
    """What the mutants of a law are tried against.

    Args:
        law: the corpus as it is.
        witnesses: the cases and the published rows that agree with it.
        places: what each of them goes through.
        checker: the check of loading that the mistake may fail.
    """

    law: Law
    witnesses: Sequence[Witness]
    checker: DayCheck
    by_place: Mapping[Place, Sequence[int]]
    _by_day: dict[date, list[int]] = field(default_factory=lambda: defaultdict(list))
    _same_name: dict[str, tuple[Rule, ...]] = field(default_factory=dict)
    _readers: Mapping[str, frozenset[str]] = field(default_factory=dict)
    _names: frozenset[str] = frozenset()
    _apart: dict[int, Apart] = field(default_factory=dict)  # of a change in these names
    _last: int | None = None  # the witness that saw the mutant before: often the next one too

    def __post_init__(self) -> None:
        """Tell what is of which day, of which name, and what reads which table."""
        for at, one in enumerate(self.witnesses):
            self._by_day[one.day].append(at)
        for rule in self.law.corpus.rules:
            self._same_name[rule.name] = (*self._same_name.get(rule.name, ()), rule)
        self._readers = _readers(self.law.corpus)

    def survives(self, mutant: Mutant) -> bool:
        """Whether no witness and no check sees the mistake."""
        patched = Patched(self.law, self._same_name, mutant)
        if self._refused_at_once(mutant, patched):
            return False
        names, of_rules = self._changed(mutant)
        if names != self._names:
            self._names, self._apart = names, {}
        for at in self._concerned(mutant):
            witness = self.witnesses[at]
            if at not in self._apart:
                self._apart[at] = witness.apart(names)
            if witness.denies(patched, self._apart[at], of_rules=of_rules):
                self._last = at
                return False
        return not self._refused(mutant, patched)

    def _changed(self, mutant: Mutant) -> tuple[frozenset[str], bool]:
        """The names of the rules and controls that a mistake changes; whether all are rules'."""
        match mutant.new:
            case Rule() as rule:
                return frozenset((rule.name,)), True
            case Table() as table:
                names = self._readers.get(table.name, frozenset())
                return names, names <= self._same_name.keys()
            case Control() as control:
                return frozenset((control.ident,)), False
            case _:
                return frozenset(), False

    def _refused_at_once(self, mutant: Mutant, patched: Patched) -> bool:
        """Whether loading would say something of the mistake, before looking at a whole day."""
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
        """Whether loading would say something of the mistake, when no case does."""
        corpus = self.law.corpus
        if mutant.kind == "article" or isinstance(mutant.new, Calendar):
            return False
        if isinstance(mutant.new, Table):
            tables, units = (mutant.new,), corpus.units
            if check_tables(tables, corpus.nomenclatures, units, corpus.first_day):
                return True
        day = mutant.day or max(mutant.since, corpus.first_day)
        return bool(self.checker.findings(patched.epoch(day)))

    def _concerned(self, mutant: Mutant) -> Sequence[int]:
        """The witnesses that may see a mutant, the last one that saw something first."""
        if mutant.day is not None:
            concerned = list(self._by_day.get(mutant.day, ()))
        else:
            every = (at for place in mutant.places for at in self.by_place.get(place, ()))
            concerned = list(dict.fromkeys(every))
        if mutant.kind == "article":
            concerned = [at for at in concerned if self.witnesses[at].cites]
        if self._last in concerned:
            concerned.remove(self._last)
            concerned.insert(0, self._last)
        return concerned


def _readers(corpus: Corpus) -> Mapping[str, frozenset[str]]:
    """The names of the rules and of the controls that read each table, one day or another."""
    read: list[tuple[str, Expr | str | None]] = []
    for rule in corpus.rules:
        for version in rule.versions:
            read += [(rule.name, version.applicable), (rule.name, version.body)]
    for control in corpus.controls:
        read += [(control.ident, part) for part in control.message]
        read += [(control.ident, version.condition) for version in control.versions]
    found: dict[str, set[str]] = defaultdict(set)
    for name, expr in read:
        if expr is not None and not isinstance(expr, str):
            for one in read_by(expr):
                found[one.removeprefix("table:")].add(name)
    return {table: frozenset(names) for table, names in found.items()}


def trial(law: Law, cases: Iterable[Case], checker: DayCheck) -> Trial:
    """The cases that pass and the published rows, observed once each."""
    witnesses: list[Witness] = []
    by_place: dict[Place, list[int]] = defaultdict(list)
    for at, (source, interpreter) in enumerate(agreeing(law, cases)):
        witnesses.append(Witness(source, day_of(source), interpreter.done))
        for place in (*places_of(interpreter), *agenda_places(law.corpus, source)):
            by_place[place].append(at)
    return Trial(law, witnesses, checker, by_place)
