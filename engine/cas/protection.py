"""What the cases must protect, from its file: the floor of coverage, and the mistakes admitted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from engine.cas.mutants import MutantKey
from engine.evaluation.law import read_shaped
from engine.langage import nodes
from engine.source import tree
from engine.source.diagnostics import Diagnostic
from engine.source.positions import Span

_KEYS: Final = ("nature", "regle", "depuis", "ecrit", "faute")


@dataclass(frozen=True, slots=True)
class Protection:
    """What is allowed: points without a case, mutants that nothing sees, each at its place.

    ``admitted`` are the mutants that no record can show, and where it is said.
    """

    missed: int
    unseen: int
    admitted: Mapping[MutantKey, Span]
    missed_span: Span = field(compare=False)
    unseen_span: Span = field(compare=False)


def read_protection(path: Path) -> tuple[Protection | None, tuple[Diagnostic, ...]]:
    """The protection asked by a file.

    Returns:
        It, or None and what is wrong with the file: E101 to E119.
    """
    root, wrong = read_shaped(path, "protection")
    body = None if root is None else nodes.mapping(root.get("protection"))
    floor = None if body is None else nodes.scalar(body, "points_sans_cas")
    if body is None or floor is None:
        return None, wrong
    admitted = {_key(one): one.span for one in nodes.mappings(body, "fautes_admises")}
    unseen = nodes.scalar(body, "fautes_non_vues")
    return Protection(
        int(floor.text),
        0 if unseen is None else int(unseen.text),
        admitted,
        floor.span,
        floor.span if unseen is None else unseen.span,
    ), ()


def _key(node: tree.Mapping) -> MutantKey:
    kind, owner, since, before, after = (nodes.text(node, name) or "" for name in _KEYS)
    return kind, owner, since, before, after, int(nodes.text(node, "rang") or 1)
