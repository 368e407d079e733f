"""The law of a day goes in; the rules and tables that can change something that day come out."""

from __future__ import annotations

from engine.langage.checks.agenda import planned
from engine.langage.checks.cycles import graph, needs
from engine.langage.corpus import Corpus, Epoch
from engine.langage.kernel import Lookup, walk


def reached(corpus: Corpus, epoch: Epoch) -> frozenset[str]:
    """The names of the rules and of the tables that a result, a control or a payment rests on."""
    arrows = graph(epoch)
    waiting = [*corpus.results, *planned(corpus.schedule)]
    for control, version in epoch.controls:
        told = [part for part in control.message if not isinstance(part, str)]
        waiting += needs(version.condition, *told)
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += arrows.get(name, ())
    return frozenset(found) | _tables(epoch, found)


def _tables(epoch: Epoch, names: set[str]) -> frozenset[str]:
    bodies = [version.condition for _, version in epoch.controls]
    for name in names:
        for _, version in epoch.rules.get(name, ()):
            bodies += [one for one in (version.applicable, version.body) if one is not None]
    return frozenset(
        node.table for body in bodies for node in walk(body) if isinstance(node, Lookup)
    )
