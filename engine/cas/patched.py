"""The law with one declaration replaced: what is in force then, worked out for one day only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from engine.cas.mutant_agenda import Agenda
from engine.cas.mutants import Mutant
from engine.evaluation.interpreter import sharing
from engine.evaluation.law import Law
from engine.langage.agenda import Calendar, Plan, Prescription, Schedule
from engine.langage.corpus import Control, Corpus, Epoch, Rule, Table
from engine.langage.epochs import by_priority, in_force


class Patched:
    """The law of a mutant.

    Args:
        law: the corpus as it is.
        mutant: what is written instead.
    """

    def __init__(self, law: Law, mutant: Mutant) -> None:
        self._law, self.mutant = law, mutant
        self._epochs: dict[date, Epoch] = {}
        self.corpus: Corpus = law.corpus
        self.rules: tuple[Rule, ...] = ()  # of the name that the mutant gives, if it is a rule
        match mutant.new:
            case Rule() as new:
                same = (one for one in law.corpus.rules if one.name == new.name)
                self.rules = tuple(new if one is mutant.old else one for one in same)
            case Table() as new:
                self.corpus = replace(law.corpus, tables={**law.corpus.tables, new.name: new})
            case Control():
                pass
            case Schedule() | Plan() | Calendar() | Prescription() as new:
                self.corpus = _with_agenda(law.corpus, mutant, new)

    def epoch(self, day: date) -> Epoch:
        """What is in force on ``day``: the epoch of the law as it is, when that is the same."""
        base = self._law.epoch(day)
        since = base.period.since if self.mutant.day is None else day
        if since not in self._epochs:
            self._epochs[since] = self._patched(base, day)
        return self._epochs[since]

    def same_on(self, day: date) -> bool:
        """Whether the mistake changes nothing on ``day``."""
        elsewhere = self.mutant.kind == "article" or isinstance(self.mutant.new, Agenda)
        return not elsewhere and self.epoch(day) is self._law.epoch(day)

    def _patched(self, base: Epoch, day: date) -> Epoch:
        match self.mutant.new:
            case Rule() as new:
                same = tuple(by_priority(in_force(self.rules, day).get(new.name, []))[0])
                if _versions(same) == _versions(base.rules.get(new.name, ())):
                    return base
                rules = {name: one for name, one in base.rules.items() if name != new.name}
                rules |= {new.name: same} if same else {}
                return sharing(replace(base, rules=rules), base, new.name)
            case Table() as new:
                version = next((one for one in new.versions if day in one.period), None)
                if version is base.tables.get(new.name):
                    return base
                tables = {name: one for name, one in base.tables.items() if name != new.name}
                tables |= {} if version is None else {new.name: version}
                return sharing(replace(base, tables=tables), base)
            case Control() as new:
                told = tuple((new, one) for one in new.versions if day in one.period)
                was = tuple(pair for pair in base.controls if pair[0] is self.mutant.old)
                if _versions(told) == _versions(was):
                    return base
                kept = tuple(pair for pair in base.controls if pair[0] is not self.mutant.old)
                return sharing(replace(base, controls=(*kept, *told)), base, new.ident)
            case Schedule() | Plan() | Calendar() | Prescription():
                return base


def _versions(same: Iterable[tuple[object, object]]) -> list[int]:
    return [id(version) for _, version in same]


def _with_agenda(corpus: Corpus, mutant: Mutant, new: Agenda) -> Corpus:
    """The corpus with another plan, other shares, another delay, or another calendar."""
    match new:
        case Calendar():
            calendars = tuple(new if one is mutant.old else one for one in corpus.calendars)
            return replace(corpus, calendars=calendars)
        case Plan() if corpus.schedule is not None:
            plans = tuple(new if one is mutant.old else one for one in corpus.schedule.plans)
            return replace(corpus, schedule=replace(corpus.schedule, plans=plans))
        case Prescription() if corpus.schedule is not None:
            kept = tuple(new if one is mutant.old else one for one in corpus.schedule.prescriptions)
            return replace(corpus, schedule=replace(corpus.schedule, prescriptions=kept))
        case Schedule():
            return replace(corpus, schedule=new)
        case _:
            return corpus
