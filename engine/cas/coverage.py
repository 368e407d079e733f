"""Cases and the law go in; which points of the law which cases go through comes out.

The points are every rule x version x branch, and row x version, that a case can go through. Each is
told by the name of a node of the law (or of a row of one of its tables) and by what an evaluation
that goes through it makes of it: its marks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Final, TypeAlias, cast

from engine.cas.case import Case
from engine.cas.replay import differences
from engine.dossiers.read import Refusal
from engine.evaluation.interpreter import Interpreter
from engine.evaluation.law import Law
from engine.evaluation.outcomes import Key, Step
from engine.evaluation.publications import Printed, printed_rows
from engine.evaluation.trace import (
    NodePlace,
    TracedNode,
    applicable_of,
    body_of,
    condition_of,
    row_place,
)
from engine.langage.corpus import Corpus, Epoch
from engine.langage.epochs import Dated
from engine.langage.kernel import (
    Aggregate,
    Choice,
    Const,
    Lookup,
    Missing,
    Op,
    Otherwise,
    Reading,
    Ref,
    Round,
)
from engine.langage.records import Record
from engine.source.positions import Span

Marks: TypeAlias = "dict[NodePlace, int]"

EVALUATED: Final = 1
TRUE: Final = 2  # the node was true; a floor or a ceiling changed the value
FALSE: Final = 4  # the node was false; a floor or a ceiling changed nothing
BOUNDS: Final = ("plancher", "plafond")


@dataclass(frozen=True, slots=True)
class LawPoint:
    """One thing that some case should go through: the node at ``place`` having had ``marks``."""

    text: str
    what: str
    span: Span = field(compare=False)
    place: NodePlace
    marks: int


def points(corpus: Corpus) -> Iterator[LawPoint]:
    """Every point of the corpus, in the order of its rules, then tables, then controls."""
    for rule in corpus.rules:
        for version in _in_time(corpus, rule.versions):
            body, applicable = body_of(rule, version), applicable_of(rule, version)
            yield LawPoint(rule.text, "la version s'applique", version.span, body.place, EVALUATED)
            if applicable is not None:
                yield _point(rule.text, "la règle est écartée", applicable, FALSE)
                yield from _branches(rule.text, applicable)
            yield from _branches(rule.text, body)
    for table in corpus.tables.values():
        for rows in _in_time(corpus, table.versions):
            for rank, row in enumerate(rows.rows):
                what, place = f"la ligne {rank + 1} est lue", row_place(table, rows, rank)
                yield LawPoint(table.text, what, row.span, place, EVALUATED)
    for control in corpus.controls:
        for watched in control.versions:
            condition = condition_of(control, watched)
            yield _point(control.text, "le contrôle se déclenche", condition, TRUE)
            yield _point(control.text, "le contrôle se tait", condition, FALSE)
            yield from _branches(control.text, condition)


def _in_time(corpus: Corpus, versions: tuple[Dated, ...]) -> Iterator[Dated]:
    for one in versions:
        if one.period.until is None or one.period.until >= corpus.first_day:
            yield one


def _point(text: str, what: str, node: TracedNode, marks: int) -> LawPoint:
    return LawPoint(text, what, node.expr.span, node.place, marks)


def _branches(text: str, root: TracedNode) -> Iterator[LawPoint]:
    """The branches inside an expression."""
    for node in root.walk():
        for what, part, marks in _branches_of(node, node.parts):
            yield LawPoint(text, what, part.expr.span, part.place, marks)


def _branches_of(
    node: TracedNode, parts: tuple[TracedNode, ...]
) -> Iterator[tuple[str, TracedNode, int]]:
    """Those of a node: what each is called, the node that tells it, its marks."""
    match node.expr:
        case Choice(cases=cases, otherwise=otherwise):
            values = parts[1 : 2 * len(cases) : 2]
            for at, value in enumerate(values, 1):
                yield f"le cas {at} s'applique", value, EVALUATED
            if otherwise is not None:
                yield "aucun cas ne s'applique", parts[-1], EVALUATED
        case Otherwise(fallback=fallback):
            lacks = isinstance(fallback, Missing)
            what = "un renseignement manque" if lacks else "la valeur de remplacement sert"
            yield what, parts[1], EVALUATED
        case Aggregate(where=where, otherwise=otherwise):
            if where is not None:
                yield "une ligne est retenue", node.part(where), TRUE
                yield "une ligne est écartée", node.part(where), FALSE
            if otherwise is not None:
                yield "aucune ligne n'est retenue", parts[-1], EVALUATED
        case Op(op=op) if op in BOUNDS:
            yield f"le {op} joue", node, TRUE
            yield f"le {op} ne change rien", node, FALSE
        case Op(op="and" | "or"):
            for part in parts:
                yield "la condition est remplie", part, TRUE
                yield "la condition n'est pas remplie", part, FALSE
        case Reading(options=options):
            for (name, _), part in zip(options, parts, strict=True):
                yield f"la lecture « {name} » est prise", part, EVALUATED
        case Op() | Const() | Ref() | Lookup() | Missing() | Round():
            pass


def marks_of(interpreter: Interpreter) -> Marks:
    """What a traced evaluation made of each node that it went through, and the rows it read."""
    trace, tables = interpreter.trace, interpreter.epoch.tables
    marks: Marks = {}
    for _, node, at, value in trace.events:
        mark = EVALUATED
        if isinstance(node.expr, Op) and node.expr.op in BOUNDS:
            mark |= FALSE if value == trace.value(node.place.part(0), at) else TRUE
        elif isinstance(value, bool):
            mark |= TRUE if value else FALSE
        marks[node.place] = marks.get(node.place, 0) | mark
    for _, table, _, rank in trace.rows:
        if rank is not None:
            marks[row_place(interpreter.corpus.tables[table], tables[table], rank)] = EVALUATED
    return marks


Covering: TypeAlias = Case | Printed  # what protects the law


@dataclass(frozen=True, slots=True)
class Seen:
    """What the case written at ``where`` went through."""

    where: str
    marks: Marks


@dataclass(frozen=True, slots=True)
class Covered:
    """A point, and the cases that go through it, in their order."""

    point: LawPoint
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """Every point of the law, each with its cases; ``cases`` is how many were replayed."""

    points: tuple[Covered, ...]
    cases: int

    @property
    def missed(self) -> tuple[LawPoint, ...]:
        """The points that no case goes through."""
        return tuple(one.point for one in self.points if not one.by)

    @property
    def count(self) -> int:
        """How many points some case goes through."""
        return len(self.points) - len(self.missed)


def covered(corpus: Corpus, seen: Sequence[Seen]) -> Coverage:
    """The points of ``corpus`` and what goes through them, published tables included."""
    through: defaultdict[NodePlace, list[tuple[str, int]]] = defaultdict(list)
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
) -> Iterator[tuple[Covering, Interpreter]]:
    """The cases and the rows of published tables that agree with the law, each evaluated.

    A case that is refused, or that does not pass, protects nothing: it is left out.
    """
    sources: list[Covering] = [one for one in cases if not isinstance(one.outcome, Refusal)]
    sources += [row for row in printed_rows(law.corpus) if row.cells]
    for source in sources:
        epoch = law.epoch(day_of(source))
        interpreter = evaluation(law.corpus, epoch, source, traced=traced)
        if not denies(source, interpreter):
            yield source, interpreter


def day_of(source: Covering) -> date:
    """The day of the law that a case, or a row of a published table, is about."""
    return source.publication.day if isinstance(source, Printed) else _record(source).day


def evaluation(
    corpus: Corpus,
    epoch: Epoch,
    source: Covering,
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


def denies(source: Covering, interpreter: Interpreter) -> bool:
    """Whether what an evaluation gives is not what its case, or its row, says."""
    wrong = source.wrong if isinstance(source, Printed) else partial(differences, source)
    return next(iter(wrong(interpreter)), None) is not None


def _record(case: Case) -> Record:
    """The record of a case that is not refused."""
    return cast("Record", case.outcome)
