"""What a case says of prescriptions: the first day on which the sum of a month is out of reach."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import cast

from engine.evaluation.limitation import prescribed_on
from engine.langage import nodes
from engine.langage.agenda import Month, Schedule, Sense, of_month
from engine.source import tree


@dataclass(frozen=True, slots=True)
class Prescribed:
    """What is expected of one month: ``expected`` is None when no delay must be in force.

    ``day``: the one that chooses the delay, that of the record when None.
    """

    sense: Sense
    month: Month
    day: date | None
    claims: tuple[date, ...]
    expected: date | None


def read_prescribed(node: tree.Mapping) -> tuple[Prescribed, ...]:
    """What ``node`` expects; the schema has checked its shape."""
    return tuple(
        Prescribed(
            cast("Sense", nodes.text(one, "sens")),
            _month(nodes.text(one, "mois") or ""),
            nodes.day(one, "au"),
            tuple(date.fromisoformat(day.text) for day in nodes.scalars(one.get("reclamee_le"))),
            nodes.day(one, "prescrit_le"),
        )
        for one in nodes.mappings(node, "prescriptions")
    )


def _month(text: str) -> Month:
    year, _, month = text.partition("-")
    return int(year), int(month)


def prescribed_differences(
    expected: tuple[Prescribed, ...], schedule: Schedule | None, day: date
) -> Iterator[str]:
    """What the delays of the corpus give that is not expected; ``day``: that of the record."""
    for one in expected:
        found = None if schedule is None else schedule.delay(one.sense, one.day or day)
        given = None if found is None else prescribed_on(found[1], one.month, one.claims)
        if given != one.expected:
            yield (
                f"prescription, {one.sense} {of_month(one.month)} : "
                f"attendue {_shown(one.expected)}, obtenue {_shown(given)}"
            )


def _shown(day: date | None) -> str:
    return "aucune" if day is None else f"le {day.isoformat()}"
