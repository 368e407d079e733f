"""Cycles: rules that need one another on the same day."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from engine.langage.corpus import Epoch, Rule
from engine.langage.kernel import Expr, Ref, walk
from engine.source.diagnostics import Diagnostic
from engine.source.messages import tables as say


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
    """The groups of names that need one another, however far; every name needed is a key."""
    try:
        TopologicalSorter(arrows).prepare()
    except CycleError:
        below = {name: reached(arrows, arrows[name]) for name in arrows}
        found = (
            frozenset(one for one in below[name] if name in below[one])
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


def _rule(epoch: Epoch, name: str) -> Rule:
    return epoch.rules[name][0][0]
