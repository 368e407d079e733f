"""Cycles: rules that need one another on the same day; and rules that need too many others."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Final

from engine.langage.corpus import Epoch, Rule
from engine.langage.kernel import Expr, Ref, children, walk
from engine.source.diagnostics import Diagnostic
from engine.source.messages import names as say_names
from engine.source.messages import tables as say

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


def reached(arrows: Mapping[str, Collection[str]], names: Iterable[str]) -> frozenset[str]:
    """Everything that the arrows lead to from ``names``, themselves included."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += arrows.get(name, ())
    return frozenset(found)


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


def dependencies_first(epoch: Epoch) -> list[str]:
    """The names in force, each after those it needs; where they go round, in some order.

    A long chain of rules is walked in this order without ever nesting one rule in another.
    """
    arrows = graph(epoch)
    done: dict[str, None] = {}
    seen: set[str] = set()
    waiting = [(name, False) for name in reversed(arrows)]
    while waiting:
        name, ready = waiting.pop()
        if ready:
            done[name] = None
        elif name not in seen:
            seen.add(name)
            waiting.append((name, True))
            waiting += [(below, False) for below in sorted(arrows[name]) if below in arrows]
    return list(done)


def check_cycles(epochs: Sequence[Epoch]) -> list[Diagnostic]:
    """E401 for each loop, whole, once."""
    found: dict[frozenset[str], Diagnostic] = {}
    for epoch in epochs:
        arrows = graph(epoch)
        while True:
            try:
                TopologicalSorter(arrows).prepare()
                break
            except CycleError as error:
                # graphlib gives the loop backwards, its first node repeated at the end
                loop = list(reversed(error.args[1]))[:-1]
                arrows[loop[0]] = arrows[loop[0]] - {loop[1 % len(loop)]}
                rules = [_rule(epoch, name) for name in loop]
                start = min(range(len(loop)), key=lambda index: rules[index].span)
                turned = [*loop[start:], *loop[:start]]
                spans = [_rule(epoch, name).span for name in turned]
                found.setdefault(frozenset(loop), say.cycle(turned, spans))
    return list(found.values())


def check_depths(epochs: Sequence[Epoch]) -> list[Diagnostic]:
    """E218 for each rule whose operations lie too deep, and not already those of what it needs.

    A rule is as deep as the deepest of its expressions, each rule that it reads at its own place.
    """
    found: dict[str, Diagnostic] = {}
    for epoch in epochs:
        depths: dict[str, int] = {}
        for name in dependencies_first(epoch):
            bodies = [part for _, one in epoch.rules[name] for part in (one.applicable, one.body)]
            depths[name] = max(_depth(body, depths) for body in bodies if body is not None)
            if depths[name] > MAX_DEPTH:
                known = say_names.too_deep(name, depths[name], MAX_DEPTH, _rule(epoch, name).span)
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
