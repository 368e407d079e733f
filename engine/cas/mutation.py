"""Mutants and cases go in; the mutants that no case and no check can tell from the law come out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from engine.cas.case import Case
from engine.cas.coverage import Seen, observe_case, observe_row
from engine.cas.mutants import Mutant
from engine.cas.patched import Patched
from engine.cas.replay import differences
from engine.dossiers.read import Refusal
from engine.evaluation.interpreter import Interpreter
from engine.evaluation.law import Law
from engine.evaluation.publications import Printed, printed_rows
from engine.evaluation.trace import Place
from engine.langage.agenda import Calendar
from engine.langage.checks.agenda import check_calendars
from engine.langage.checks.priorities import check_priorities
from engine.langage.checks.tables import check_tables
from engine.langage.corpus import Control, Rule, Table
from engine.langage.pipeline import DayCheck


@dataclass(frozen=True, slots=True)
class Witness:
    """A case that passes, or a row of a published table that agrees, and what it went through."""

    source: Case | Printed
    day: date
    seen: Seen

    def denies(self, patched: Patched) -> bool:
        """Whether it fails under the law of a mutant."""
        try:
            if isinstance(self.source, Printed):
                row = self.source
                epoch = patched.epoch(self.day)
                interpreter = Interpreter(patched.corpus, epoch, row.record, imposed=row.imposed)
                return next(row.wrong(interpreter), None) is not None
            return self._case_denies(self.source, patched)
        except (TypeError, AssertionError, KeyError):  # what loading would have refused
            return True

    def _case_denies(self, case: Case, patched: Patched) -> bool:
        if isinstance(case.outcome, Refusal):
            return False
        epoch = patched.epoch(self.day)
        interpreter = Interpreter(patched.corpus, epoch, case.outcome, case.readings)
        return next(differences(case, interpreter), None) is not None


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
    _by_place: dict[Place, list[int]] = field(default_factory=lambda: defaultdict(list))
    _by_day: dict[date, list[int]] = field(default_factory=lambda: defaultdict(list))
    _same_name: dict[str, tuple[Rule, ...]] = field(default_factory=dict)
    _last: int | None = None  # the witness that saw the mutant before: often the next one too

    def __post_init__(self) -> None:
        """Tell which witnesses go through what."""
        for at, one in enumerate(self.witnesses):
            self._by_day[one.day].append(at)
            for place in one.seen.marks:
                self._by_place[place].append(at)
        for rule in self.law.corpus.rules:
            self._same_name[rule.name] = (*self._same_name.get(rule.name, ()), rule)

    def survives(self, mutant: Mutant) -> bool:
        """Whether no witness and no check sees the mistake."""
        patched = Patched(self.law, self._same_name, mutant)
        days = self.law.corpus.starts if mutant.day is None else (mutant.day,)
        if mutant.kind in ("exception", "date") and check_priorities(patched.rules, days):
            return False
        for at in self._concerned(mutant):
            if self.witnesses[at].denies(patched):
                self._last = at
                return False
        return not self._refused(mutant, patched)

    def _refused(self, mutant: Mutant, patched: Patched) -> bool:
        """Whether loading would say something of the mistake, when no case does."""
        corpus = self.law.corpus
        if mutant.kind == "article" and isinstance(mutant.new, Rule | Table | Control):
            return bool(corpus.texts[mutant.new.text].articles)  # it is now one that no text has
        if isinstance(mutant.new, Calendar):
            return any(one.code.startswith("E") for one in check_calendars((mutant.new,)))
        if isinstance(mutant.new, Table):
            tables, units = (mutant.new,), corpus.units
            if check_tables(tables, corpus.nomenclatures, units, corpus.first_day):
                return True
        day = mutant.day or max(mutant.since, corpus.first_day)
        return bool(self.checker.findings(patched.epoch(day)))

    def _concerned(self, mutant: Mutant) -> Iterator[int]:
        """The witnesses that may see a mutant, the last one that saw something first."""
        if mutant.day is not None:
            found: Iterable[int] = self._by_day.get(mutant.day, ())
        else:
            found = dict.fromkeys(
                at for place in mutant.places for at in self._by_place.get(place, ())
            )
        concerned = list(found)
        if self._last in concerned:
            concerned.remove(self._last)
            concerned.insert(0, self._last)
        yield from concerned


def trial(law: Law, cases: Iterable[Case], checker: DayCheck) -> Trial:
    """The cases that pass and the published rows, observed once each."""
    witnesses: list[Witness] = []
    for case in cases:
        seen = observe_case(law, case)
        if seen is not None and not isinstance(case.outcome, Refusal):
            witnesses.append(Witness(case, case.outcome.day, seen))
    for row in printed_rows(law.corpus):
        seen = observe_row(law, row)
        if seen is not None:
            witnesses.append(Witness(row, row.publication.day, seen))
    return Trial(law, witnesses, checker)
