"""Every point of the law that a case can go through: rule x version x branch, row x version.

A point is told by a node of the corpus (or a row of one of its tables) and by the marks that an
``Observed`` evaluation leaves on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, TypeAlias

from engine.cas.observed import BOUNDS, EVALUATED, FALSE, TRUE
from engine.langage.corpus import Corpus, TableVersion
from engine.langage.kernel import (
    Aggregate,
    Choice,
    Const,
    Expr,
    Lookup,
    Missing,
    Op,
    Otherwise,
    Reading,
    Ref,
    Round,
    walk,
)
from engine.source.positions import Span

Holder: TypeAlias = Literal["regle", "table", "controle"]
Marks: TypeAlias = "dict[int, int]"


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that some case should go through.

    ``owner``: « texte.nom » of a rule or of a table, « texte.code » of a control; ``since``: the
    first day of the version. ``place`` and ``marks``: the identity of the node and what it must
    have been; they mean something only in the process that loaded the corpus.
    """

    holder: Holder
    text: str
    owner: str
    since: date
    what: str
    span: Span = field(compare=False)
    place: int = field(compare=False, repr=False)
    marks: int = field(compare=False, repr=False)

    def seen(self, marks: Marks) -> bool:
        """Whether an evaluation that left ``marks`` went through it."""
        return bool(marks.get(self.place, 0) & self.marks)


@dataclass(frozen=True, slots=True)
class _Told:
    """What the points of one version have in common."""

    holder: Holder
    text: str
    owner: str
    since: date

    def point(self, what: str, span: Span, place: int, marks: int) -> Point:
        return Point(self.holder, self.text, self.owner, self.since, what, span, place, marks)


def points(corpus: Corpus) -> tuple[Point, ...]:
    """Every point of the corpus, in the order of its rules, then tables, then controls."""
    return (*_of_rules(corpus), *_of_tables(corpus), *_of_controls(corpus))


def _of_rules(corpus: Corpus) -> Iterator[Point]:
    for rule in corpus.rules:
        for version in rule.versions:
            if version.period.until is not None and version.period.until < corpus.first_day:
                continue
            told = _Told("regle", rule.text, rule.ident, version.period.since)
            yield told.point("la version s'applique", version.span, id(version.body), EVALUATED)
            if version.applicable is not None:
                span, place = version.applicable.span, id(version.applicable)
                yield told.point("la règle est écartée", span, place, FALSE)
                for part in _branches(version.applicable):
                    yield told.point(*part)
            for part in _branches(version.body):
                yield told.point(*part)


def _of_tables(corpus: Corpus) -> Iterator[Point]:
    for table in corpus.tables.values():
        for version in _in_time(corpus, table.versions):
            for number, row in enumerate(version.rows, 1):
                yield Point(
                    "table", table.text, f"{table.text}.{table.name}", version.period.since,
                    f"la ligne {number} est lue", row.span, id(row), EVALUATED,
                )  # fmt: skip


def _in_time(corpus: Corpus, versions: tuple[TableVersion, ...]) -> Iterator[TableVersion]:
    for one in versions:
        if one.period.until is None or one.period.until >= corpus.first_day:
            yield one


def _of_controls(corpus: Corpus) -> Iterator[Point]:
    for control in corpus.controls:
        for version in control.versions:
            owner = f"{control.text}.{control.code}"
            told = _Told("controle", control.text, owner, version.period.since)
            span, place = version.condition.span, id(version.condition)
            yield told.point("le contrôle se déclenche", span, place, TRUE)
            yield told.point("le contrôle se tait", span, place, FALSE)
            for part in _branches(version.condition):
                yield told.point(*part)


def _branches(expr: Expr) -> Iterator[tuple[str, Span, int, int]]:
    """The branches inside an expression: what each is called, its place, its node, its marks."""
    for node in walk(expr):
        match node:
            case Choice():
                yield from _of_choice(node)
            case Otherwise(fallback=fallback):
                what = "un renseignement manque" if isinstance(fallback, Missing) else (
                    "la valeur de remplacement sert")  # fmt: skip
                yield what, fallback.span, id(fallback), EVALUATED
            case Aggregate():
                yield from _of_aggregate(node)
            case Op(op=op) if op in BOUNDS:
                yield f"le {op} joue", node.span, id(node), TRUE
                yield f"le {op} ne change rien", node.span, id(node), FALSE
            case Op(op="and" | "or", args=args):
                for arg in args:
                    yield "la condition est remplie", arg.span, id(arg), TRUE
                    yield "la condition n'est pas remplie", arg.span, id(arg), FALSE
            case Reading():
                for name, option in node.options:
                    yield f"la lecture « {name} » est prise", option.span, id(option), EVALUATED
            case Op() | Const() | Ref() | Lookup() | Missing() | Round():
                pass


def _of_choice(node: Choice) -> Iterator[tuple[str, Span, int, int]]:
    for number, case in enumerate(node.cases, 1):
        yield f"le cas {number} s'applique", case.value.span, id(case.value), EVALUATED
    if node.otherwise is not None:
        yield "aucun cas ne s'applique", node.otherwise.span, id(node.otherwise), EVALUATED


def _of_aggregate(node: Aggregate) -> Iterator[tuple[str, Span, int, int]]:
    if node.where is not None:
        yield "une ligne est retenue", node.where.span, id(node.where), TRUE
        yield "une ligne est écartée", node.where.span, id(node.where), FALSE
    if node.otherwise is not None:
        yield "aucune ligne n'est retenue", node.otherwise.span, id(node.otherwise), EVALUATED
