"""The law goes in; the roundings that never round anything come out.

Every exposed amount is rounded, even the sum of amounts that already are: its rounding is the
proof, at loading, that the result is on its grid. No record can tell one sense from another there.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from engine.evaluation.law import Law
from engine.langage.checks.cycles import dependencies_first
from engine.langage.checks.rounding import Grids
from engine.langage.corpus import Epoch
from engine.langage.inputs import RecordModel
from engine.langage.kernel import Ref, Round, walk


def idle_roundings(law: Law) -> frozenset[int]:
    """The identities of the ``Round`` nodes whose values are on the grid in every epoch."""
    found: dict[int, bool] = {}
    for start in law.corpus.starts:
        epoch = law.epoch(start)
        grids = Grids(epoch, _Fields(law.corpus.model))
        for name in dependencies_first(epoch):
            grids.of_rule(name)
        for node in _roundings(epoch):
            step = grids.of(node.value).step
            idle = step is not None and (step / node.step).denominator == 1
            found[id(node)] = found.get(id(node), True) and idle
    return frozenset(place for place, idle in found.items() if idle)


def _roundings(epoch: Epoch) -> Iterator[Round]:
    for same in epoch.rules.values():
        for _, version in same:
            for node in walk(version.body):
                if isinstance(node, Round):
                    yield node


class _Fields:
    """The grids of the fields of a record."""

    def __init__(self, model: RecordModel) -> None:
        self._grids: dict[tuple[str | None, str], Fraction | None] = {
            (None, one.name): one.grid for one in model.fields
        }
        for part in model.collections:
            self._grids |= {(part.name, one.name): one.grid for one in part.fields}

    def __call__(self, ref: Ref) -> Fraction | None:
        return self._grids[ref.scope, ref.name]
