"""Units of measure: named products of powers of base dimensions, and their algebra."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

# A unit is the powers of its dimensions, sorted by name, zero powers left out.
Powers: TypeAlias = "tuple[tuple[str, int], ...]"

NO_DIMENSION: Powers = ()
DAY = "jour"  # the dimension of a count of days: the only one that the language knows by itself
_FACTOR = re.compile(r"\s*([*/]?)\s*([a-z_]+|1)\s*")


@dataclass(frozen=True, slots=True)
class NamedUnit:
    """A unit as declared: how it is shown (symbol, number of decimals) and what it is made of.

    ``whole`` units only have whole values (pupils): a gap between 19 and 20 is no gap.
    """

    name: str
    symbol: str
    decimals: int
    powers: Powers
    whole: bool = False


def times(left: Powers, right: Powers) -> Powers:
    """The unit of a product."""
    return _add(left, right, 1)


def over(left: Powers, right: Powers) -> Powers:
    """The unit of a quotient."""
    return _add(left, right, -1)


def _add(left: Powers, right: Powers, sign: int) -> Powers:
    total = dict(left)
    for name, power in right:
        total[name] = total.get(name, 0) + sign * power
    return tuple(sorted((name, power) for name, power in total.items() if power))


def read_definition(text: str) -> Powers | None:
    """The powers of « euro*semaine/heure », read from left to right; None when unreadable."""
    powers: Powers = NO_DIMENSION
    place = 0
    while place < len(text):
        found = _FACTOR.match(text, place)
        if found is None or (place == 0) != (found[1] == ""):
            return None
        factor = NO_DIMENSION if found[2] == "1" else ((found[2], 1),)
        powers = over(powers, factor) if found[1] == "/" else times(powers, factor)
        place = found.end()
    return powers


def describe(powers: Powers, named: tuple[NamedUnit, ...]) -> str:
    """The declared name of a unit, or its formula: « heure/semaine »."""
    for unit in named:
        if unit.powers == powers:
            return unit.name
    above = [name if power == 1 else f"{name}^{power}" for name, power in powers if power > 0]
    below = [name if power == -1 else f"{name}^{-power}" for name, power in powers if power < 0]
    return "/".join(["*".join(above) or "1", *below])
