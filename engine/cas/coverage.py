"""Cases and the law go in; which points of the law which cases go through comes out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine.cas.case import Case
from engine.cas.mutant_agenda import Agenda, agenda_place
from engine.cas.points import EVALUATED, Marks, Point, marks_of, points
from engine.cas.replay import differences
from engine.dossiers.read import Refusal
from engine.evaluation.interpreter import Interpreter
from engine.evaluation.law import Law
from engine.evaluation.publications import Printed, printed_rows
from engine.evaluation.results import interpreter_for
from engine.langage.corpus import Corpus


@dataclass(frozen=True, slots=True)
class Seen:
    """What the case written at ``where`` went through."""

    where: str
    marks: Marks


@dataclass(frozen=True, slots=True)
class Covered:
    """A point, and the cases that go through it, in their order."""

    point: Point
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """Every point of the law, each with its cases; ``cases`` is how many were replayed."""

    points: tuple[Covered, ...]
    cases: int

    @property
    def missed(self) -> tuple[Point, ...]:
        """The points that no case goes through."""
        return tuple(one.point for one in self.points if not one.by)

    @property
    def count(self) -> int:
        """How many points some case goes through."""
        return len(self.points) - len(self.missed)


def covered(corpus: Corpus, seen: Sequence[Seen]) -> Coverage:
    """The points of ``corpus`` and what goes through them, published tables included."""
    found = [
        Covered(point, tuple(one.where for one in seen if point.seen(one.marks)))
        for point in points(corpus)
    ]
    return Coverage(tuple(found), len(seen))


def observe(law: Law, cases: Iterable[Case]) -> tuple[Seen, ...]:
    """Replay cases and remember what each went through, then each row of the published tables.

    A case that is refused, or that does not pass, protects nothing: it is left out.
    """
    found = [observe_case(law, case) for case in cases]
    found += [observe_row(law, row) for row in printed_rows(law.corpus)]
    return tuple(one for one in found if one is not None)


def observe_case(law: Law, case: Case) -> Seen | None:
    """What a case goes through; None when it does not pass."""
    if isinstance(case.outcome, Refusal):
        return None
    record = case.outcome
    interpreter = interpreter_for(law, record, case.readings, traced=True)
    if next(differences(case, interpreter), None) is not None:
        return None
    span = case.span
    marks = marks_of(interpreter) | _paid_marks(law.corpus, case)
    return Seen(f"{span.file}:{span.line}", marks)


def _paid_marks(corpus: Corpus, case: Case) -> Marks:
    """The calendars, and the plans and prescriptions that a case tells."""
    schedule = corpus.schedule
    if not case.paid or schedule is None:
        return {}
    named = {one.plan for one in case.paid if one.months is not None}
    plans = [one for one in schedule.plans if None in named or one.name in named]
    senses = {said.sense for one in case.paid for said in one.prescribed}
    told = [one for one in schedule.prescriptions if one.sense in senses]
    every: tuple[Agenda, ...] = (schedule, *corpus.calendars, *plans, *told)
    return {agenda_place(one): EVALUATED for one in every}


def observe_row(law: Law, row: Printed) -> Seen | None:
    """What computing again a row of a published table goes through; None when it disagrees."""
    epoch = law.epoch(row.publication.day)
    interpreter = Interpreter(law.corpus, epoch, row.record, imposed=row.imposed, traced=True)
    if not row.cells or next(row.wrong(interpreter), None) is not None:
        return None
    span = row.cells[0][2]
    return Seen(f"{span.file}:{span.line}", marks_of(interpreter))
