"""The law with one declaration replaced: what is in force then, worked out for one day only."""

from __future__ import annotations

from collections.abc import Mapping
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
        same_name: its rules by name.
        mutant: what is written instead.
    """

    def __init__(self, law: Law, same_name: Mapping[str, tuple[Rule, ...]], mutant: Mutant) -> None:
        self._law, self._mutant = law, mutant
        self._epochs: dict[date, Epoch] = {}
        self.corpus: Corpus = law.corpus
        self.rules: tuple[Rule, ...] = ()  # of the name that the mutant gives, if it is a rule
        match mutant.new:
            case Rule() as new:
                same = same_name[new.name]
                self.rules = tuple(new if one is mutant.old else one for one in same)
            case Table() as new:
                self.corpus = replace(law.corpus, tables={**law.corpus.tables, new.name: new})
            case Control():
                pass
            case Schedule() | Plan() | Calendar() | Prescription() as new:
                self.corpus = _with_agenda(law.corpus, mutant, new)

    def epoch(self, day: date) -> Epoch:
        """What is in force on ``day``."""
        base = self._law.epoch(day)
        since = base.period.since if self._mutant.day is None else day
        if since not in self._epochs:
            self._epochs[since] = self._patched(base, day)
        return self._epochs[since]

    def _patched(self, base: Epoch, day: date) -> Epoch:
        match self._mutant.new:
            case Rule() as new:
                rules = dict(base.rules)
                found = in_force(self.rules, day).get(new.name)
                if found is None:
                    rules.pop(new.name, None)
                else:
                    rules[new.name] = tuple(by_priority(found)[0])
                return sharing(replace(base, rules=rules), base, new.name)
            case Table() as new:
                tables = {name: one for name, one in base.tables.items() if name != new.name}
                for version in new.versions:
                    if day in version.period:
                        tables[new.name] = version
                return sharing(replace(base, tables=tables), base)
            case Control() as new:
                kept = [pair for pair in base.controls if pair[0] is not self._mutant.old]
                kept += [(new, one) for one in new.versions if day in one.period]
                return sharing(replace(base, controls=tuple(kept)), base, new.ident)
            case Schedule() | Plan() | Calendar() | Prescription():
                return base


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
