"""What each epoch makes other than the one before: all that a check has to look at again there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from engine.langage.corpus import Control, ControlVersion, Epoch
from engine.langage.kernel import Expr, Lookup, Ref, walk
from engine.source.positions import Span


@dataclass(frozen=True, slots=True)
class Turn:
    """An epoch, and what may not be in it as it was in the epoch before; in the first, everything.

    ``arrows``: each name in force of which the rules, or anything that they read however far, are
    others, with what it reads (« table:nom » for a table); after those it reads (where they
    go round, in some order).
    ``stale``: those names, and any other of which what was known may no longer hold.
    ``controls``: those to look at again.
    """

    epoch: Epoch
    arrows: Mapping[str, Collection[str]]
    stale: frozenset[str]
    controls: tuple[tuple[Control, ControlVersion], ...]


def turns(epochs: Iterable[Epoch]) -> Iterator[Turn]:
    """Each epoch beside the one before it."""
    before: Epoch | None = None
    arrows: dict[str, frozenset[str]] = {}
    # Each control that was in force, by its place, and what it reads.
    watched: dict[Span, tuple[ControlVersion, frozenset[str]]] = {}
    for epoch in epochs:
        changed = _changed(before, epoch)
        for name in changed:
            same = epoch.rules.get(name, ())
            arrows[name] = _reads(
                part for _, version in same for part in (version.applicable, version.body)
            )
        readers: dict[str, list[str]] = {}
        for name, read in arrows.items():
            for below in read:
                readers.setdefault(below, []).append(name)
        stale = reached(readers, changed)
        again = {name: arrows[name] for name in epoch.rules if name in stale}
        known, watched = watched, {}
        controls = []
        for control, version in epoch.controls:
            here = version.span
            new = here not in known or known[here][0] is not version
            if new:
                told = (part for part in control.message if not isinstance(part, str))
                watched[here] = version, _reads((version.condition, *told))
            else:
                watched[here] = known[here]
            if new or not stale.isdisjoint(watched[here][1]):
                controls.append((control, version))
        yield Turn(
            epoch,
            {name: again[name] for name in _dependencies_first(again)},
            stale,
            tuple(controls),
        )
        before = epoch


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


def _dependencies_first(arrows: dict[str, frozenset[str]]) -> list[str]:
    """The names, each after those it needs.

    A long chain of rules is walked in this order without ever nesting one rule in another.
    """
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


def _changed(before: Epoch | None, epoch: Epoch) -> set[str]:
    """What is in force in one of two epochs and not in the other."""
    if before is None:
        return {*epoch.rules, *(_table(name) for name in epoch.tables)}
    changed = {name for name in before.rules if name not in epoch.rules}
    for name, same in epoch.rules.items():
        old = before.rules.get(name, ())
        # Two versions that say the same at two places are two versions: findings have a place.
        if len(old) != len(same) or any(
            one is not other for (_, one), (_, other) in zip(old, same, strict=True)
        ):
            changed.add(name)
    for name in {*before.tables, *epoch.tables}:
        if before.tables.get(name) is not epoch.tables.get(name):
            changed.add(_table(name))
    return changed


def _reads(parts: Iterable[Expr | None]) -> frozenset[str]:
    found: set[str] = set()
    for node in (node for part in parts if part is not None for node in walk(part)):
        if isinstance(node, Ref) and node.kind == "regle":
            found.add(node.name)
        elif isinstance(node, Lookup):
            found.add(_table(node.table))
    return frozenset(found)


def _table(name: str) -> str:
    return f"table:{name}"
