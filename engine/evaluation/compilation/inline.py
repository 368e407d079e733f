"""Columns that one other column alone reads are written inside it: fewer columns, fewer levels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from engine.evaluation.compilation.ir import Call, Col, If, Lit, Node, Rows, nodes, parts
from engine.evaluation.compilation.program import Column, Total

_DEEPEST = 40  # operations inside one another, beyond which a column stays by itself

Item = TypeVar("Item", Column, Total)


def inline(
    columns: Sequence[Column], totals: Sequence[Total], kept: Iterable[Col]
) -> tuple[list[Column], list[Total]]:
    """The columns that are read more than once or are in ``kept``, and the totals.

    Args:
        columns: all columns, each after those it reads.
        totals: all totals.
        kept: what is read from outside.
    """
    uses: Counter[Col] = Counter()
    for node in [*(one.node for one in columns), *(part for one in totals for part in _parts(one))]:
        uses.update(one for one in nodes(node) if isinstance(one, Col))
    outside = frozenset(kept)
    inside: dict[Col, Node] = {}
    depth: dict[Col, int] = {}
    stay: list[Column] = []
    for one in columns:
        col = Col(one.name, one.scope)
        node = substituted(one.node, inside)
        deep = _depth(node)
        if uses[col] == 1 and col not in outside and deep <= _DEEPEST:
            inside[col], depth[col] = node, deep
        else:
            stay.append(replace(one, node=node))
    return stay, [_with(one, inside) for one in totals]


def substituted(node: Node, inside: Mapping[Col, Node]) -> Node:
    """``node`` with some columns replaced by what they are."""
    match node:
        case Lit():
            return node
        case Col():
            return inside.get(node, node)
        case Call():
            return replace(node, args=tuple(substituted(arg, inside) for arg in node.args))
        case If():
            cases = tuple(
                (substituted(condition, inside), substituted(value, inside))
                for condition, value in node.cases
            )
            return If(cases, substituted(node.otherwise, inside))
        case Rows():
            return replace(node, keys=tuple(substituted(key, inside) for key in node.keys))


def _depth(node: Node) -> int:
    below = parts(node)
    return 1 + max(_depth(one) for one in below) if below else 0


def _parts(total: Total) -> list[Node]:
    return [one for one in (total.body, total.where, total.once_per) if one is not None]


def _with(total: Total, inside: Mapping[Col, Node]) -> Total:
    return replace(
        total,
        body=substituted(total.body, inside),
        where=substituted(total.where, inside),
        once_per=None if total.once_per is None else substituted(total.once_per, inside),
    )
