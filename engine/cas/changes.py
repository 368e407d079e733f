"""A record and what a property changes in it go in; the changed record comes out.

The same dice give the same change: which line, which half, which day.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Final, Literal, TypeAlias

from engine.cas.draws import Dice, DrawnLines, Spec
from engine.cas.plain import put
from engine.source.tree import Plain

Which: TypeAlias = Literal["une", "toutes", "premiere", "derniere"]
ChangeKind: TypeAlias = Literal[
    "mettre", "plus", "ajouter", "retirer", "couper", "couper_periode", "inverser", "renommer"
]
_HALVES: Final = 2


@dataclass(frozen=True, slots=True)
class RecordChange:
    """One change.

    ``collection`` is None for the record itself; ``fields`` are those changed, with what is put
    in them or added to them; ``line`` is what is added.
    """

    kind: ChangeKind
    collection: str | None = None
    fields: Mapping[str, Spec] | tuple[str, ...] = ()
    which: Which = "une"
    line: DrawnLines | None = None


def apply_changes(record: Plain, changes: tuple[RecordChange, ...], dice: Dice) -> Plain:
    """The changed record; None when there is nothing to change in it."""
    if not changes:
        return record
    found = deepcopy(record)
    for change in changes:
        if not isinstance(found, dict) or not _CHANGES[change.kind](found, change, dice):
            return None
    return found


_Record: TypeAlias = "dict[str, Plain]"


def _lines(record: _Record, change: RecordChange) -> list[_Record]:
    lines = record.get(change.collection or "")
    return [one for one in lines if isinstance(one, dict)] if isinstance(lines, list) else []


def _chosen(record: _Record, change: RecordChange, dice: Dice) -> list[_Record]:
    """The record itself, or the lines that change."""
    if change.collection is None:
        return [record]
    lines = _lines(record, change)
    if not lines:
        return []
    match change.which:
        case "toutes":
            return lines
        case "premiere":
            return lines[:1]
        case "derniere":
            return lines[-1:]
        case "une":
            return [dice.choose(lines)]


def _specs(change: RecordChange) -> Mapping[str, Spec]:
    return change.fields if isinstance(change.fields, Mapping) else {}


def _names(change: RecordChange) -> tuple[str, ...]:
    return tuple(change.fields)


def _set(record: _Record, change: RecordChange, dice: Dice) -> bool:
    targets = _chosen(record, change, dice)
    for target in targets:
        for name, spec in _specs(change).items():
            put(target, name, spec.draw(dice))
    return bool(targets)


def _add_to(record: _Record, change: RecordChange, dice: Dice) -> bool:
    targets = _chosen(record, change, dice)
    for target in targets:
        for name, spec in _specs(change).items():
            number, more = _number(_get(target, name)), _number(spec.draw(dice))
            if number is None or more is None:
                return False
            put(target, name, number + more)
    return bool(targets)


def _add_line(record: _Record, change: RecordChange, dice: Dice) -> bool:
    lines = record.setdefault(change.collection or "", [])
    if not isinstance(lines, list) or change.line is None:
        return False
    lines += change.line.draw(dice)
    return True


def _remove(record: _Record, change: RecordChange, dice: Dice) -> bool:
    gone = _chosen(record, change, dice)
    lines = record.get(change.collection or "")
    if not gone or not isinstance(lines, list):
        return False
    record[change.collection or ""] = [one for one in lines if all(one is not g for g in gone)]
    return True


def _split(record: _Record, change: RecordChange, dice: Dice) -> bool:
    """A line in two, whose numbers add up to its own."""
    (name,) = _names(change)
    targets = [one for one in _chosen(record, change, dice) if (_number(_get(one, name)) or 0) > 0]
    for target in targets:
        whole = _number(_get(target, name)) or Decimal(0)
        digits = whole.as_tuple().exponent
        step = Decimal(1).scaleb(digits if isinstance(digits, int) and digits < 0 else 0)
        count = int(whole / step)
        if count < _HALVES:
            return False
        part = step * (1 + dice.pick(count - 1))
        _double(record, change, target, {name: part}, {name: whole - part})
    return bool(targets)


def _split_period(record: _Record, change: RecordChange, dice: Dice) -> bool:
    """A line in two, whose days are those of its own."""
    start, end = _names(change)
    targets = _chosen(record, change, dice)
    for target in targets:
        first, last = _day(_get(target, start)), _day(_get(target, end))
        if first is None or last is None or last <= first:
            return False
        cut = first + timedelta(days=dice.pick((last - first).days))
        after = (cut + timedelta(days=1)).isoformat()
        _double(record, change, target, {end: cut.isoformat()}, {start: after})
    return bool(targets)


def _double(
    record: _Record,
    change: RecordChange,
    target: _Record,
    first: Mapping[str, Plain],
    second: Mapping[str, Plain],
) -> None:
    lines = record.get(change.collection or "")
    if isinstance(lines, list):
        place = next(index for index, one in enumerate(lines) if one is target)
        halves: list[Plain] = []
        for values in (first, second):
            half = deepcopy(target)
            for name, value in values.items():
                put(half, name, value)
            halves.append(half)
        lines[place : place + 1] = halves


def _reverse(record: _Record, change: RecordChange, _dice: Dice) -> bool:
    lines = record.get(change.collection or "")
    if not isinstance(lines, list) or len(lines) < _HALVES:
        return False
    lines.reverse()
    return True


def _rename(record: _Record, change: RecordChange, _dice: Dice) -> bool:
    """Every text of some fields, each replaced by one that no other has."""
    names: dict[str, str] = {}
    for target in _lines(record, change):
        for name in _names(change):
            text = _get(target, name)
            if isinstance(text, str):
                put(target, name, names.setdefault(text, f"autre-{len(names) + 1}"))
    return bool(names)


def _get(target: _Record, dotted: str) -> Plain:
    value: Plain = target
    for name in dotted.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _number(value: Plain) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        return None
    try:
        return Decimal(value)
    except InvalidOperation:
        return None


def _day(value: Plain) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


_CHANGES: Final[Mapping[ChangeKind, Callable[[_Record, RecordChange, Dice], bool]]] = {
    "mettre": _set,
    "plus": _add_to,
    "ajouter": _add_line,
    "retirer": _remove,
    "couper": _split,
    "couper_periode": _split_period,
    "inverser": _reverse,
    "renommer": _rename,
}
