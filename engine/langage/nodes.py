"""Small readings of located trees whose shape the schemas have already checked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fractions import Fraction

from engine.source.tree import Mapping, Node, Scalar, Sequence


def mapping(node: Node | None) -> Mapping | None:
    """``node`` when it is a mapping."""
    return node if isinstance(node, Mapping) else None


def scalar(node: Mapping, name: str) -> Scalar | None:
    """The scalar under key ``name``, or None."""
    found = node.get(name)
    return found if isinstance(found, Scalar) else None


def text(node: Mapping, name: str) -> str | None:
    """The text under key ``name``; None when the key is not there or holds nothing."""
    found = scalar(node, name)
    return None if found is None or found.value is None else found.text


def day(node: Mapping, name: str) -> date | None:
    """The date under key ``name``."""
    found = text(node, name)
    return None if found is None else date.fromisoformat(found)


def number(node: Scalar) -> Fraction | None:
    """The exact number that a scalar writes, or None when it is not one."""
    value = node.value
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return None
    return Fraction(value)


def scalars(node: Node | None) -> tuple[Scalar, ...]:
    """One scalar, or each scalar of a list (an article is written ``"6"`` or ``["6", "7"]``)."""
    match node:
        case Scalar() if node.value is not None:
            return (node,)
        case Sequence():
            return tuple(item for item in node.items if isinstance(item, Scalar))
        case _:
            return ()


def items(node: Mapping, name: str) -> tuple[Node, ...]:
    """The elements of the list under key ``name``."""
    found = node.get(name)
    return found.items if isinstance(found, Sequence) else ()


def mappings(node: Mapping, name: str) -> tuple[Mapping, ...]:
    """The mappings of the list under key ``name``."""
    return tuple(item for item in items(node, name) if isinstance(item, Mapping))


def entries(node: Mapping, name: str) -> Iterator[tuple[Scalar, Mapping]]:
    """The named mappings under key ``name``: rules, tables, controls."""
    found = node.get(name)
    if isinstance(found, Mapping):
        for key, value in found:
            if isinstance(value, Mapping):
                yield key, value
