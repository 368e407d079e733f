"""A seed and what a property says of its records go in; the records it draws come out.

The choices are the same everywhere for one seed. A field is a value, one of some (``parmi``), or a
number or a day of a range (``de``, ``a``, ``pas``); a collection is a list of lines, or ``lignes``
of them, all drawn alike. What is not named is absent, unless the record is ``quelconque``: it takes
the values that the rules themselves look at.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Final, Literal, TypeAlias, TypeVar

from engine.cas.plain import Gene, closure_of, first_value, plain_value, put, trial_values
from engine.dossiers.pseudonyms import fitting_name
from engine.evaluation.law import Law
from engine.langage.inputs import Collection, Field, RecordModel
from engine.source import tree
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.messages.hints import suggestion
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


_Any = TypeVar("_Any")


class Dice:
    """A sequence of choices.

    Python's own generator promises the same numbers from one version to the next only for some of
    its functions; a property that fails must fail again wherever it is run.
    """

    def __init__(self, seed: str) -> None:
        self._seed, self._thrown = seed, 0

    def pick(self, size: int) -> int:
        """A number from 0 (included) to ``size`` (excluded)."""
        self._thrown += 1
        thrown = hashlib.sha256(f"{self._seed}/{self._thrown}".encode()).digest()
        return int.from_bytes(thrown, "big") % size

    def choose(self, items: Sequence[_Any]) -> _Any:
        """One of some things."""
        return items[self.pick(len(items))]


_MOST_LINES: Final = 4  # of each collection of any record
_CHOICE, _RANGE = {"parmi"}, {"de", "a", "pas"}


@dataclass(frozen=True, slots=True)
class Drawn:
    """One value: one of some."""

    values: tuple[Plain, ...]

    def draw(self, dice: Dice) -> Plain:
        """A value."""
        return dice.choose(self.values)


@dataclass(frozen=True, slots=True)
class Ranged:
    """A number, or a day, of a range: both ends included."""

    low: Fraction
    steps: int
    step: Fraction
    first: date | None = None  # the day that ``low`` stands for

    def draw(self, dice: Dice) -> Plain:
        """A value."""
        value = self.low + dice.pick(self.steps + 1) * self.step
        if self.first is not None:
            return (self.first + timedelta(days=int(value))).isoformat()
        return plain_value(value)


@dataclass(frozen=True, slots=True)
class DrawnLines:
    """Lines: each of its own, or ``count`` of one kind."""

    kinds: tuple[Mapping[str, Spec], ...]
    count: Drawn | Ranged | None = None

    def draw(self, dice: Dice) -> list[Plain]:
        """The lines."""
        if self.count is None:
            return [draw_group(kind, dice) for kind in self.kinds]
        count = self.count.draw(dice)
        (kind,) = self.kinds
        return [draw_group(kind, dice) for _ in range(int(str(count)))]


Spec: TypeAlias = "Drawn | Ranged"


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a record is drawn from: its own fields, dotted; its collections; whether all is free."""

    fields: Mapping[str, Spec]
    lines: Mapping[str, DrawnLines]
    free: bool = False


def draw_group(specs: Mapping[str, Spec], dice: Dice) -> dict[str, Plain]:
    """A group or a line; null is what is not written."""
    found: dict[str, Plain] = {}
    for name, spec in specs.items():
        value = spec.draw(dice)
        if value is not None:
            put(found, name, value)
    return found


# --- reading


def read_drawing(node: tree.Mapping, model: RecordModel, findings: list[Diagnostic]) -> Drawing:
    """What a property says of its records; E564 for a field that there is not."""
    reader = _DrawReader(model, findings)
    fields: dict[str, Spec] = {}
    lines: dict[str, DrawnLines] = {}
    free = False
    for key, value in node.entries:
        collection = model.collection(key.text)
        if key.text == "quelconque":
            free = isinstance(value, tree.Scalar) and value.value is True
        elif collection is not None:
            lines[key.text] = reader.lines(value, collection)
        else:
            fields |= reader.fields(key, value, {one.name: one for one in model.fields}, "")
    return Drawing(fields, lines, free)


@dataclass(slots=True)
class _DrawReader:
    model: RecordModel
    findings: list[Diagnostic]

    def lines(self, node: tree.Node, collection: Collection) -> DrawnLines:
        fields = {one.name: one for one in collection.fields}
        if isinstance(node, tree.Sequence):
            return DrawnLines(tuple(self._line(one, fields) for one in node.items))
        if not isinstance(node, tree.Mapping):
            return DrawnLines(())
        count = node.get("lignes")
        inside = tuple(one for one in node.entries if one[0].text != "lignes")
        kind = self._line(tree.Mapping(inside, node.span), fields)
        return DrawnLines((kind,), Drawn((1,)) if count is None else read_spec(count))

    def _line(self, node: tree.Node, fields: Mapping[str, Field]) -> Mapping[str, Spec]:
        found: dict[str, Spec] = {}
        for key, value in node.entries if isinstance(node, tree.Mapping) else ():
            found |= self.fields(key, value, fields, "")
        return found

    def fields(
        self, key: tree.Scalar, value: tree.Node, known: Mapping[str, Field], above: str
    ) -> dict[str, Spec]:
        """The field of a key, or those of a group."""
        dotted = f"{above}{key.text}"
        if dotted in known:
            return {dotted: read_spec(value)}
        grouped = any(one.startswith(f"{dotted}.") for one in known)
        if not grouped or not isinstance(value, tree.Mapping):
            names = [one.removeprefix(above) for one in known if one.startswith(above)]
            self.findings.append(
                say("E564", key.span, nom=dotted, proches=suggestion(dotted, names, "les champs"))
            )
            return {}
        found: dict[str, Spec] = {}
        for inner, below in value.entries:
            found |= self.fields(inner, below, known, f"{dotted}.")
        return found


def read_spec(node: tree.Node) -> Spec:
    """A value, one of some, or one of a range; the schema has checked its shape."""
    if isinstance(node, tree.Mapping):
        keys = {key.text for key, _ in node.entries}
        if keys == _CHOICE:
            chosen = tree.plain(node.get("parmi") or node)
            return Drawn(tuple(chosen) if isinstance(chosen, list) else (chosen,))
        if {"de", "a"} <= keys <= _RANGE:
            low, high, step = (
                tree.plain(one) if (one := node.get(name)) else None for name in ("de", "a", "pas")
            )
            by = Fraction(str(step)) if isinstance(step, int | Decimal) else Fraction(1)
            if isinstance(low, str) and isinstance(high, str):
                first, last = date.fromisoformat(low), date.fromisoformat(high)
                return Ranged(Fraction(0), int((last - first).days / by), by, first)
            least, most = Fraction(str(low)), Fraction(str(high))
            return Ranged(least, int((most - least) / by), by)
    return Drawn((tree.plain(node),))


# --- drawing


@dataclass(slots=True)
class Drawer:
    """Draws the records of a property."""

    law: Law
    drawing: Drawing
    _tried: dict[date, Mapping[Gene, tuple[Plain, ...]]] = field(default_factory=dict)

    def record(self, dice: Dice) -> Plain:
        """One record, as a file would write it."""
        model = self.law.corpus.model
        named = draw_group(self.drawing.fields, dice)
        lines = {name: one.draw(dice) for name, one in self.drawing.lines.items()}
        if not self.drawing.free:
            return {**named, **{name: one for name, one in lines.items() if one}}
        day = self._day(named, dice)
        found: dict[str, Plain] = {}
        for one in self._free(None, model.fields, day, dice):
            put(found, *one)
        for name, spec in self.drawing.fields.items():
            put(found, name, spec.draw(dice))
        for collection in model.collections:
            if collection.name in lines:
                found[collection.name] = lines[collection.name]
            else:
                found[collection.name] = self._free_lines(collection, found, day, dice)
        return {**found, model.role("date").name: day.isoformat()}

    def _day(self, named: Mapping[str, Plain], dice: Dice) -> date:
        """The day of a record: as it is said, or the first of some epoch or the one before."""
        written = named.get(self.law.corpus.model.role("date").name)
        if isinstance(written, str):
            return date.fromisoformat(written)
        first = self.law.corpus.first_day
        days = [one for start in self.law.corpus.starts for one in (start - timedelta(1), start)]
        return dice.choose([one for one in days if one >= first])

    def _free_lines(
        self, collection: Collection, record: Mapping[str, Plain], day: date, dice: Dice
    ) -> list[Plain]:
        lines: list[Plain] = []
        for number in range(dice.pick(_MOST_LINES + 1)):
            line: dict[str, Plain] = {}
            for name, value in self._free(collection.name, collection.fields, day, dice):
                put(line, name, value)
            for one in collection.fields:
                if one.link is not None:  # the value of a line of the other collection, or none
                    owner, _, name = one.link.partition(".")
                    targets = record.get(owner)
                    if isinstance(targets, list) and targets and dice.pick(2):
                        target = dice.choose(targets)
                        if isinstance(target, dict):
                            put(line, one.name, target.get(name))
                elif one.required and one.pattern is not None:
                    put(line, one.name, fitting_name(one, one.name, number + 1))
            lines.append(line)
        return lines

    def _free(
        self, scope: str | None, fields: Sequence[Field], day: date, dice: Dice
    ) -> Iterator[tuple[str, Plain]]:
        """What the rules look at: their own bounds and words; half of the rest is absent."""
        if day not in self._tried:
            epoch = self.law.epoch(day)
            closure = closure_of(epoch, epoch.rules)
            found = trial_values(self.law.corpus, closure, {})
            self._tried[day] = {
                gene: tuple(plain_value(one) for one in values if one is not None)
                for gene, values in found.items()
            }
        tried = self._tried[day]
        for one in fields:
            if one.role is not None:
                continue
            values = tried.get((scope, one.name), ())
            if not values and one.required and (value := first_value(one)) is not None:
                values = (plain_value(value),)  # no rule of that day looks at it
            if values and (one.required or dice.pick(2)):
                yield one.name, dice.choose(values)
