"""A record goes in; a smaller one that still shows the same comes out, without its names.

Lines go first, by halves then one by one, then fields, then what numbers and truths say. The search
knows nothing of what is shown: whoever asks says whether a candidate still shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Final, TypeAlias

from engine.cas.plain import WrittenCase, read_plain
from engine.dossiers.pseudonyms import Pseudonyms
from engine.evaluation.law import Law
from engine.evaluation.outcomes import NotComputable, below
from engine.evaluation.results import interpreter_for, raised
from engine.langage.records import Record
from engine.source.tree import Plain

Path: TypeAlias = "tuple[str | int, ...]"
Shows: TypeAlias = "Callable[[Plain], bool]"

BUDGET: Final = 3000  # candidates tried


def shrink(record: Plain, shows: Shows, budget: int = BUDGET) -> Plain:
    """The smallest record that greedy steps reach.

    Args:
        record: one that shows it.
        shows: whether another one does; a record that is refused does not.
        budget: how many candidates may be tried.

    Returns:
        A record from which no line, no field and no digit can be taken any more, or the best one
        found within the budget. The same one each time.
    """
    search = _Shrinking(record, shows, budget)
    before = None
    while search.best != before:
        before = search.best
        # What stands last is tried first: the places before it do not move.
        for path, value in _backwards(search.best):
            if isinstance(value, list):
                search.shorten(path)
        for path, _ in _backwards(search.best):
            if path and isinstance(path[-1], str):
                search.drop(path)
        for path, value in _backwards(search.best):
            search.first_of(_with(search.best, path, one) for one in _simpler(value))
    return search.best


@dataclass(slots=True)
class _Shrinking:
    best: Plain
    shows: Shows
    left: int

    def first_of(self, candidates: Iterable[Plain]) -> bool:
        """Take the first candidate that still shows it; whether there was one."""
        for one in candidates:
            if self.left == 0:
                return False
            self.left -= 1
            if self.shows(one):
                self.best = one
                return True
        return False

    def shorten(self, path: Path) -> None:
        """Keep one element of the list, or a half of it while it can be; then take each away."""
        while self.first_of(_with(self.best, path, one) for one in _parts(_at(self.best, path))):
            pass
        for index in reversed(range(len(_items(_at(self.best, path))))):
            items = _items(_at(self.best, path))
            self.first_of([_with(self.best, path, items[:index] + items[index + 1 :])])

    def drop(self, path: Path) -> None:
        """Take a field or a group away."""
        *above, name = path
        group = _at(self.best, tuple(above))
        if isinstance(group, dict):
            rest = {other: one for other, one in group.items() if other != name}
            self.first_of([_with(self.best, tuple(above), rest)])


def _items(value: Plain) -> list[Plain]:
    return value if isinstance(value, list) else []


def _parts(value: Plain) -> Iterator[list[Plain]]:
    items = _items(value)
    half = len(items) // 2
    if half:
        yield from ([one] for one in items)
        yield items[:half]
        yield items[half:]


def _simpler(value: Plain) -> Iterator[Plain]:
    """Simpler values, each nearer to 0 or to false than ``value``: this ends."""
    match value:
        case True:
            yield False
        case int() | Decimal() if not isinstance(value, bool) and value > 0:
            whole = int(value)
            tried = (0, 1, 2, whole // 2, whole - 1 if whole == value else whole)
            yield from (one for one in dict.fromkeys(tried) if 0 <= one < value)
        case _:
            return


def _backwards(record: Plain) -> list[tuple[Path, Plain]]:
    return list(_walk(record, ()))[::-1]


def _walk(value: Plain, path: Path) -> Iterator[tuple[Path, Plain]]:
    yield path, value
    match value:
        case dict():
            for name, one in value.items():
                yield from _walk(one, (*path, name))
        case list():
            for index, one in enumerate(value):
                yield from _walk(one, (*path, index))
        case _:
            return


def _at(record: Plain, path: Path) -> Plain:
    """What is at ``path``, None where there is nothing any more."""
    for step in path:
        if isinstance(record, dict) and isinstance(step, str):
            record = record.get(step)
        elif isinstance(record, list) and isinstance(step, int) and step < len(record):
            record = record[step]
        else:
            return None
    return record


def _with(record: Plain, path: Path, value: Plain) -> Plain:
    """The record with another value at ``path``."""
    if not path:
        return value
    step, *rest = path
    if isinstance(record, dict) and isinstance(step, str):
        return {**record, step: _with(record[step], tuple(rest), value)}
    if isinstance(record, list) and isinstance(step, int):
        inside = _with(record[step], tuple(rest), value)
        return [*record[:step], inside, *record[step + 1 :]]
    message = f"no such place in the record: {path}"
    raise TypeError(message)


# What a record shows: a value as it is computed, the versions of the rules that make it.
Evidence: TypeAlias = "tuple[object, frozenset[tuple[str, str]]]"


@dataclass(frozen=True, slots=True)
class Sought:
    """What the small record must show: a result, by the same rules, or an anomaly, by its code."""

    law: Law
    readings: Mapping[str, str] = field(default_factory=dict)
    result: str | None = None
    code: str | None = None

    def shown(self, record: Plain) -> Evidence | None:
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
        rules = frozenset(  # those that add something: a number that is not 0, a truth
            (one.name, one.version.period.since.isoformat())
            for one in below(step)
            if one.version is not None
            and (one.value is True or (isinstance(one.value, Fraction) and one.value != 0))
        )
        if isinstance(step.value, NotComputable):  # the places of its reasons are in the record
            return frozenset((one.kind, one.name) for one in step.value.lacks), rules
        return step.value, rules


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


def as_case(record: Plain, sought: Sought) -> WrittenCase:
    """The minimal record as a case: what it gives today."""
    found = read_plain(record, sought.law.corpus, "reduit")
    if not isinstance(found, Record):
        message = "a reduced record is accepted"
        raise TypeError(message)
    interpreter = interpreter_for(sought.law, found, sought.readings)
    names = () if sought.result is None else (sought.result,)
    what = " et ".join(one for one in (sought.result, sought.code) if one is not None)
    return WrittenCase(
        f"Dossier réduit : {what}",
        "dossier réel, réduit et sans noms",
        what,
        record,
        {name: interpreter.step(name).value for name in names},
        sought.readings,
        None if sought.code is None else sorted(one.code for one in raised(interpreter)),
    )
