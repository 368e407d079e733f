"""What an evaluation gives: values, *sans objet*, or what is lacking to compute; and steps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from engine.langage.corpus import Rule, Version
from engine.langage.inputs import Value
from engine.langage.kernel import Absence
from engine.source.positions import Span


@dataclass(frozen=True, slots=True)
class Lack:
    """One reason why a value cannot be computed.

    ``name`` is the field that the record does not fill, the entry of the register, or the rule
    whose cases do not settle the record (``deux_cas``: two apply; ``aucun_cas``: none does) or
    that divides by 0 (``division``).
    """

    kind: Literal["champ", "registre", "deux_cas", "aucun_cas", "division"]
    name: str
    span: Span = field(compare=False, repr=False)
    others: tuple[Span, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class NotComputable:
    """A value that cannot be computed, with every reason met."""

    lacks: tuple[Lack, ...]


Outcome: TypeAlias = "Value | Absence | NotComputable"


@dataclass(frozen=True, slots=True)
class Step:
    """One rule evaluated, for the record or for line ``line`` (from 0) of its scope.

    ``rule`` and ``version`` are those that applied, None when none did. ``needs`` are the steps
    it read, in order; ``articles`` those of its version, of its case and of its table, as
    « texte art. N »; ``points`` the contested points it relied on itself; ``notes`` what is still
    to be verified in its version or in its table.
    """

    name: str
    line: int | None
    value: Outcome
    rule: Rule | None
    version: Version | None
    needs: tuple[Step, ...]
    articles: tuple[str, ...]
    points: tuple[str, ...]
    notes: tuple[str, ...] = ()


def below(step: Step) -> tuple[Step, ...]:
    """``step`` and every step it rests on, each once, in the order they were needed."""
    found: dict[tuple[str, int | None], Step] = {}
    waiting = [step]
    while waiting:
        one = waiting.pop()
        if (one.name, one.line) not in found:
            found[one.name, one.line] = one
            waiting.extend(reversed(one.needs))
    return tuple(found.values())
