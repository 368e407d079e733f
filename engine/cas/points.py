"""Every point of the law that a case can go through: rule x version x branch, row x version.

A point is told by the name of a node of the law (or of a row of one of its tables) and by what an
evaluation that goes through it makes of it: its marks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from engine.evaluation.interpreter import Interpreter
from engine.evaluation.trace import (
    Node,
    Place,
    applicable_of,
    body_of,
    condition_of,
    row_place,
)
from engine.langage.corpus import Corpus
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
from engine.source.positions import Span

Marks: TypeAlias = "dict[Place, int]"

EVALUATED: Final = 1
TRUE: Final = 2  # the node was true; a floor or a ceiling changed the value
FALSE: Final = 4  # the node was false; a floor or a ceiling changed nothing
BOUNDS: Final = ("plancher", "plafond")


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that some case should go through: the node at ``place`` having had ``marks``."""

    text: str
    what: str
    span: Span = field(compare=False)
    place: Place
    marks: int


def points(corpus: Corpus) -> tuple[Point, ...]:
    """Every point of the corpus, in the order of its rules, then tables, then controls."""
    return (*_of_rules(corpus), *_of_tables(corpus), *_of_controls(corpus))


def _of_rules(corpus: Corpus) -> Iterator[Point]:
    for rule in corpus.rules:
        for version in _in_time(corpus, rule.versions):
            body, applicable = body_of(rule, version), applicable_of(rule, version)
            yield Point(rule.text, "la version s'applique", version.span, body.place, EVALUATED)
            if applicable is not None:
                yield _point(rule.text, "la règle est écartée", applicable, FALSE)
                yield from _branches(rule.text, applicable)
            yield from _branches(rule.text, body)


def _of_tables(corpus: Corpus) -> Iterator[Point]:
    for table in corpus.tables.values():
        for version in _in_time(corpus, table.versions):
            for rank, row in enumerate(version.rows):
                what, place = f"la ligne {rank + 1} est lue", row_place(table, version, rank)
                yield Point(table.text, what, row.span, place, EVALUATED)


def _in_time(corpus: Corpus, versions: tuple[Dated, ...]) -> Iterator[Dated]:
    for one in versions:
        if one.period.until is None or one.period.until >= corpus.first_day:
            yield one


def _of_controls(corpus: Corpus) -> Iterator[Point]:
    for control in corpus.controls:
        for version in control.versions:
            condition = condition_of(control, version)
            yield _point(control.text, "le contrôle se déclenche", condition, TRUE)
            yield _point(control.text, "le contrôle se tait", condition, FALSE)
            yield from _branches(control.text, condition)


def _point(text: str, what: str, node: Node, marks: int) -> Point:
    return Point(text, what, node.expr.span, node.place, marks)


def _branches(text: str, root: Node) -> Iterator[Point]:
    """The branches inside an expression."""
    for node in root.walk():
        for what, part, marks in _branches_of(node, node.parts):
            yield Point(text, what, part.expr.span, part.place, marks)


def _branches_of(node: Node, parts: tuple[Node, ...]) -> Iterator[tuple[str, Node, int]]:
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
