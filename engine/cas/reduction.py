"""A record and something that it shows in; a minimal record without names that shows it still."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias

from engine.cas.case_text import Written
from engine.cas.plain import read_plain
from engine.cas.shrink import shrink
from engine.dossiers.pseudonyms import Pseudonyms
from engine.evaluation.law import Law
from engine.evaluation.outcomes import NotComputable, Outcome, below
from engine.evaluation.results import interpreter_for, raised
from engine.langage.records import Record
from engine.source.tree import Plain

# What a record shows: a value as it is computed, the versions of the rules that make it.
Shown: TypeAlias = "tuple[object, frozenset[tuple[str, str]]]"


@dataclass(frozen=True, slots=True)
class Sought:
    """What the small record must show: a result, by the same rules, or an anomaly, by its code."""

    law: Law
    readings: Mapping[str, str] = field(default_factory=dict)
    result: str | None = None
    code: str | None = None

    def shown(self, record: Plain) -> Shown | None:
        """What a record shows; None when it is refused, or when the anomaly is not raised."""
        found = read_plain(record, self.law.corpus, "reduit")
        if not isinstance(found, Record):
            return None
        interpreter = interpreter_for(self.law, found, self.readings)
        if self.code is not None and all(one.code != self.code for one in raised(interpreter)):
            return None
        if self.result is None:
            return (), frozenset()
        step = interpreter.step(self.result)
        rules = frozenset(
            (one.name, one.version.period.since.isoformat())
            for one in below(step)
            if one.version is not None and _counts(one.value)
        )
        return _bare(step.value), rules


def _counts(value: Outcome) -> bool:
    """Whether a step adds something to what is shown: a number that is not 0, a truth."""
    return value is True or (isinstance(value, Fraction) and value != 0)


def _bare(value: Outcome) -> object:
    """A value, the places of its reasons left out: they are those of the record."""
    if isinstance(value, NotComputable):
        return frozenset((one.kind, one.name) for one in value.lacks)
    return value


@dataclass(frozen=True, slots=True)
class Reduced:
    """A minimal record; ``blocked``: the labels of texts whose own words matter, still in it."""

    record: Plain
    blocked: tuple[str, ...]


def reduced(record: Plain, sought: Sought) -> Reduced | None:
    """The minimal record; None when the record does not show what is sought."""
    wanted = sought.shown(record)
    if wanted is None:
        return None
    small = shrink(record, lambda one: sought.shown(one) == wanted)
    names = Pseudonyms(sought.law.corpus.model)
    hidden = names.record(small)
    if sought.shown(hidden) == wanted:
        return Reduced(hidden, ())
    labels = {label for labels in names.given.values() for label in labels}
    return Reduced(hidden, tuple(sorted(labels)))


def as_case(record: Plain, sought: Sought) -> Written:
    """The minimal record as a case: what it gives today."""
    found = read_plain(record, sought.law.corpus, "reduit")
    if not isinstance(found, Record):
        message = "a reduced record is accepted"
        raise TypeError(message)
    interpreter = interpreter_for(sought.law, found, sought.readings)
    names = () if sought.result is None else (sought.result,)
    what = " et ".join(one for one in (sought.result, sought.code) if one is not None)
    return Written(
        f"Dossier réduit : {what}",
        "dossier réel, réduit et sans noms",
        what,
        record,
        {name: interpreter.step(name).value for name in names},
        sought.readings,
        None if sought.code is None else sorted(one.code for one in raised(interpreter)),
    )
