"""A total over the lines of a collection, as columns of the record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias

from engine.evaluation.compilation.ir import (
    FALSE,
    NULL,
    ONE,
    TRUE,
    ZERO,
    Call,
    Col,
    Node,
    both,
    choose,
)
from engine.evaluation.compilation.names import marked
from engine.evaluation.compilation.program import Total, TotalKind
from engine.evaluation.compilation.scaled import Typed, null_test, truth, wide
from engine.langage.checks.facts import when_true
from engine.langage.checks.typed import Facts
from engine.langage.corpus import Kind
from engine.langage.inputs import Collection
from engine.langage.kernel import Aggregate, Expr
from engine.source.positions import Span

Lower: TypeAlias = Callable[[Expr, Facts], Typed]


class Obstacle(StrEnum):
    """Why something of the law has no compiled form."""

    BORNES = "bornes"
    QUOTIENTS = "quotients"
    UNE_FOIS_PAR = "une_fois_par"
    RENVOI = "renvoi"
    RAISONS = "raisons"
    LARGEUR = "largeur"


class UnsupportedError(Exception):
    """Something of the law that the back ends cannot hold: what, where it is written, its name."""

    def __init__(self, what: Obstacle, span: Span, name: str = "") -> None:
        super().__init__(what)
        self.what, self.span, self.name = what, span, name


@dataclass(frozen=True, slots=True)
class Totals:
    """The totals of one rule over ``collection``; ``found`` receives them by name.

    ``piece``: what their columns are called after (see ``Lowering``).
    """

    piece: str
    rule: str
    collection: Collection
    found: dict[str, Total]

    def lower(self, expr: Aggregate, facts: Facts, lower: Lower) -> Typed:
        """The total, ``NULL`` when it is the greatest or the least of nothing."""
        where = truth(TRUE) if expr.where is None else lower(expr.where, facts)
        inside = facts if expr.where is None else facts | when_true(expr.where)
        body = Typed(ONE, "nombre", low=1, high=1)
        if expr.body is not None:
            body = lower(expr.body, inside)
        mark = None if expr.once_per is None else lower(expr.once_per, inside)
        if body.den is not None and expr.kind != "existe":
            raise UnsupportedError(Obstacle.QUOTIENTS, expr.span)
        if mark is not None and expr.kind in ("min", "compte_distinct"):
            raise UnsupportedError(Obstacle.UNE_FOIS_PAR, expr.span)
        kept = Call("coalesce", (where.node, FALSE)) if where.nullable else where.node
        found = self._value(expr, body, kept, mark)
        return self._states(found, where, body, kept, mark)

    def _value(self, expr: Aggregate, body: Typed, kept: Node, mark: Typed | None) -> Typed:
        most = self.collection.max_items
        low, high = min(0, body.low) * most, max(0, body.high) * most
        once = None if mark is None else mark.node
        if body.node == NULL:  # no line has a value: the states of the lines tell the rest
            empty = expr.kind in ("max", "min")
            return Typed(NULL if empty else ZERO, body.kind or "nombre", absent=empty)
        match expr.kind:
            case "somme" | "compte":
                name = self._add("somme", body, kept, once, wide_=wide(low, high))
                return replace(
                    body, node=name, kind="nombre", low=low, high=high, absent=False, mask=None
                )
            case "existe":
                return truth(self._add("existe", truth(TRUE), kept, None))
            case "compte_distinct":
                name = self._add("distincts", body, kept, None)
                return Typed(name, "nombre", high=most)
            case "max" | "min":
                name = self._add(expr.kind, body, kept, None)
                return replace(body, node=name, absent=True, mask=None)

    def _states(
        self, found: Typed, where: Typed, body: Typed, kept: Node, mark: Typed | None
    ) -> Typed:
        """Lines that cannot be told, or have no value, stop the whole total."""
        reasons: Node = ZERO
        parts = [one.mask for one in (body, mark) if one is not None and one.mask is not None]
        for part in parts:
            reasons = part if reasons == ZERO else Call("bitor", (reasons, part))
        line_mask = choose([(kept, reasons)], ZERO)
        if where.mask is not None:
            line_mask = choose([(null_test(where), where.mask)], line_mask)
        if line_mask != ZERO:
            mask = self._add("bits", Typed(line_mask, "nombre"), TRUE, None)
            stopped = choose([(Call("!=", (mask, ZERO)), NULL)], found.node)
            return replace(found, node=stopped, mask=mask)
        if body.absent:
            lost = self._add("existe", truth(TRUE), both(kept, null_test(body)), None)
            return replace(found, node=choose([(lost, NULL)], found.node), absent=True)
        return found

    def _add(
        self, how: TotalKind, body: Typed, where: Node, once: Node | None, *, wide_: bool = False
    ) -> Node:
        """A total of the record; one that is there already serves again."""
        kind: Kind = body.kind or "nombre"
        kind = "nombre" if how == "distincts" else kind
        collection = self.collection.name
        same = (collection, how, body.node, where, once)
        for name, one in self.found.items():
            if (one.collection, one.how, one.body, one.where, one.once_per) == same:
                return Col(name)
        name, number = marked(how, self.piece), 1
        while name in self.found:
            number += 1
            name = marked(f"{how}{number}", self.piece)
        self.found[name] = Total(
            name, collection, how, body.node, where, once, kind, self.rule, body.nullable, wide_
        )
        return Col(name)
