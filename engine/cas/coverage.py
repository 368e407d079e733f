"""Cases and the law go in; which points of the law which cases go through comes out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TypeAlias, cast

from engine.cas.case import Case
from engine.cas.points import Marks, Point, marks_of, points
from engine.cas.replay import differences
from engine.dossiers.read import Refusal
from engine.evaluation.interpreter import Interpreter
from engine.evaluation.law import Law
from engine.evaluation.outcomes import Key, Step
from engine.evaluation.publications import Printed, printed_rows
from engine.evaluation.trace import Place
from engine.langage.corpus import Corpus, Epoch
from engine.langage.records import Record

Source: TypeAlias = Case | Printed  # what protects the law


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
    through: defaultdict[Place, list[tuple[str, int]]] = defaultdict(list)
    for one in seen:
        for place, marks in one.marks.items():
            through[place].append((one.where, marks))
    found = [
        Covered(point, tuple(one for one, marks in through[point.place] if marks & point.marks))
        for point in points(corpus)
    ]
    return Coverage(tuple(found), len(seen))


def observe(law: Law, cases: Iterable[Case]) -> tuple[Seen, ...]:
    """Replay cases and remember what each went through, then each row of the published tables."""
    found: list[Seen] = []
    for source, interpreter in agreeing(law, cases, traced=True):
        span = source.span if isinstance(source, Case) else source.cells[0][2]
        found.append(Seen(f"{span.file}:{span.line}", marks_of(interpreter)))
    return tuple(found)


def agreeing(
    law: Law, cases: Iterable[Case], *, traced: bool
) -> Iterator[tuple[Source, Interpreter]]:
    """The cases and the rows of published tables that agree with the law, each evaluated.

    A case that is refused, or that does not pass, protects nothing: it is left out.
    """
    sources: list[Source] = [one for one in cases if not isinstance(one.outcome, Refusal)]
    sources += [row for row in printed_rows(law.corpus) if row.cells]
    for source in sources:
        epoch = law.epoch(day_of(source))
        interpreter = evaluation(law.corpus, epoch, source, traced=traced)
        if not denies(source, interpreter):
            yield source, interpreter


def day_of(source: Source) -> date:
    """The day of the law that a case, or a row of a published table, is about."""
    return source.publication.day if isinstance(source, Printed) else _record(source).day


def evaluation(
    corpus: Corpus,
    epoch: Epoch,
    source: Source,
    known: Mapping[Key, Step] | None = None,
    *,
    traced: bool = False,
) -> Interpreter:
    """The evaluation of a case, or of a row of a published table, as ``Interpreter`` takes it."""
    if isinstance(source, Printed):
        record, asked, imposed = source.record, None, source.imposed
    else:
        record, asked, imposed = _record(source), source.readings, None
    return Interpreter(corpus, epoch, record, asked, imposed, traced=traced, known=known)


def denies(source: Source, interpreter: Interpreter) -> bool:
    """Whether what an evaluation gives is not what its case, or its row, says."""
    wrong = source.wrong if isinstance(source, Printed) else partial(differences, source)
    return next(iter(wrong(interpreter)), None) is not None


def _record(case: Case) -> Record:
    """The record of a case that is not refused."""
    return cast("Record", case.outcome)
