"""Cycles: rules that need one another on the same day; and rules that need too many others."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import Final

from engine.langage.corpus import Epoch, Rule
from engine.langage.epochs import Turn, reached
from engine.langage.kernel import Expr, Ref, children, walk
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic

# Every reader of expressions calls itself once a level: Python then holds some ten calls a level,
# of a stack whose size nobody here decides (see ``engine.evaluation.interpreter``).
MAX_DEPTH: Final = 2000


def needs(*bodies: Expr | None) -> set[str]:
    """The names of the rules that ``bodies`` refer to."""
    found: set[str] = set()
    for body in bodies:
        if body is not None:
            found |= {
                node.name for node in walk(body) if isinstance(node, Ref) and node.kind == "regle"
            }
    return found


def graph(epoch: Epoch) -> dict[str, set[str]]:
    """What each name in force needs."""
    return {
        name: set().union(*(needs(version.applicable, version.body) for _, version in same))
        for name, same in epoch.rules.items()
    }


def loops(arrows: Mapping[str, Collection[str]]) -> tuple[frozenset[str], ...]:
    """The groups of names that need one another, however far."""
    try:
        TopologicalSorter(arrows).prepare()
    except CycleError:
        below = {name: reached(arrows, arrows[name]) for name in arrows}
        found = (
            frozenset(one for one in below[name] if name in below.get(one, ()))
            for name in arrows
            if name in below[name]
        )
        return tuple(dict.fromkeys(found))
    return ()


def check_cycles(turns: Iterable[Turn]) -> list[Diagnostic]:
    """E401 for each loop, once; the whole of it is shown, with the place of each rule."""
    found: dict[frozenset[str], Diagnostic] = {}
    for turn in turns:
        arrows = {name: frozenset(below) for name, below in turn.arrows.items()}
        while True:
            try:
                TopologicalSorter(arrows).prepare()
                break
            except CycleError as error:
                # graphlib gives the loop backwards, its first node repeated at the end
                loop = list(reversed(error.args[1]))[:-1]
                arrows[loop[0]] = arrows[loop[0]] - {loop[1 % len(loop)]}
                rules = [_rule(turn.epoch, name) for name in loop]
                start = min(range(len(loop)), key=lambda index: rules[index].span)
                turned = [*loop[start:], *loop[:start], loop[start]]
                needed = [
                    (_rule(turn.epoch, name).span, f"« {name} » a besoin de « {after} »")
                    for name, after in pairwise(turned)
                ]
                told = say("E401", needed[0][0], *needed, boucle=" → ".join(turned))
                found.setdefault(frozenset(loop), told)
    return list(found.values())


def check_depths(turns: Iterable[Turn]) -> list[Diagnostic]:
    """E218 for each rule whose operations lie too deep, and not already those of what it needs.

    A rule is as deep as the deepest of its expressions, each rule that it reads at its own place.
    """
    found: dict[str, Diagnostic] = {}
    depths: dict[str, int] = {}
    for turn in turns:
        for name in turn.stale:
            depths.pop(name, None)
        for name in turn.arrows:
            same = turn.epoch.rules[name]
            bodies = [part for _, one in same for part in (one.applicable, one.body)]
            depths[name] = max(_depth(body, depths) for body in bodies if body is not None)
            if depths[name] > MAX_DEPTH:
                place = _rule(turn.epoch, name).span
                known = say("E218", place, nom=name, profondeur=depths[name], limite=MAX_DEPTH)
                found.setdefault(name, known)
                depths[name] = 0
    return list(found.values())


def _depth(body: Expr, depths: Mapping[str, int]) -> int:
    deepest = 0
    waiting = [(body, 1)]
    while waiting:
        node, depth = waiting.pop()
        if isinstance(node, Ref) and node.kind == "regle":
            depth += depths.get(node.name, 0)
        deepest = max(deepest, depth)
        waiting += [(below, depth + 1) for below in children(node)]
    return deepest


def _rule(epoch: Epoch, name: str) -> Rule:
    return epoch.rules[name][0][0]
