"""Two laws go in; which edits may change an amount comes out, of any record, then of one record.

Of one record: each edit is made not computable, with a reason of its own (``Mixture.spoiled``), and
the reasons that the amount then has are the edits it rests on. What a spoiled edit hides is added:
what its own formulas read, and everything when it decides what is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from engine.evaluation.causes import Mixture
from engine.evaluation.dependence import Dependence


@dataclass(frozen=True, slots=True)
class Relevance:
    """``of``: the edits, by number, that an amount may rest on.

    ``behind``: those that the formulas of an edit read; ``steering``: the edits that decide, some
    time, what else is read.
    """

    of: Mapping[str, frozenset[int]]
    behind: tuple[frozenset[int], ...]
    steering: frozenset[int]

    def closed(self, amount: str, seen: frozenset[int]) -> frozenset[int]:
        """Every edit that may change an amount which rests on those that are seen."""
        own = self.of[amount]
        if seen & self.steering:
            return own
        found = seen
        while True:
            more = found.union(*(self.behind[one] for one in found)) & own
            if more == found:
                return found
            found = more


def relevance(mixture: Mixture, amounts: Iterable[str]) -> Relevance:
    """What the edits of two laws may change of ``amounts``."""
    known = Dependence()
    count = len(mixture.causes)
    for law in (mixture.law(frozenset()), mixture.law(frozenset(range(count)))):
        for number in mixture.numbers:
            known.learn(law.epoch(mixture.starts[number]))
    changed = [one.names(mixture.rule_names) for one in mixture.causes]

    def among(names: Iterable[str]) -> frozenset[int]:
        below = known.below(names)
        return frozenset(number for number, own in enumerate(changed) if own & below)

    behind = tuple(among(own) - {number} for number, own in enumerate(changed))
    steering = frozenset(number for number, own in enumerate(changed) if known.steers(own))
    return Relevance({one: among([one]) for one in amounts}, behind, steering)
