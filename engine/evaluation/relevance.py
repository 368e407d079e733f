"""Two laws go in; which edits may change an amount comes out, of any record, then of one record.

Of one record: each edit is made not computable, with a reason of its own (``Mixture.spoiled``), and
the reasons that the amount then has are the edits it rests on. What a spoiled edit hides is added:
what its own formulas read, and everything when it decides what is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from engine.evaluation.causes import Mixture
from engine.evaluation.dependence import Dependence

MOST: Final = 6  # edits weighed one by one: beyond, the laws between the two are too many

Edits: TypeAlias = frozenset[int]
Players: TypeAlias = tuple[Edits, ...]  # edits that are weighed together, as one


@dataclass(frozen=True, slots=True)
class Relevance:
    """``of``: the edits, by number, that an amount may rest on.

    ``behind``: those that the formulas of an edit read; ``steering``: the edits that decide, some
    time, what else is read. ``holders``: what each edit is of, a table for its rows.
    """

    of: Mapping[str, frozenset[int]]
    behind: tuple[frozenset[int], ...]
    steering: frozenset[int]
    holders: tuple[str, ...]

    def players(self, amount: str, seen: Edits) -> Players:
        """The edits that may change an amount which rests on those that are seen.

        Too many for each to be weighed by itself, the rows of one table are weighed as one; still
        too many, they all are. A place is left for what changed in the record itself.
        """
        edits = sorted(self.closed(amount, seen))
        alone = tuple(frozenset({one}) for one in edits)
        held: dict[str, set[int]] = {}
        for one in edits:
            held.setdefault(self.holders[one], set()).add(one)
        whole = tuple(frozenset(one) for one in held.values())
        return next((one for one in (alone, whole) if len(one) < MOST), (frozenset(edits),))

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
    holders = tuple(one.parts[0].name for one in mixture.causes)
    return Relevance({one: among([one]) for one in amounts}, behind, steering, holders)
