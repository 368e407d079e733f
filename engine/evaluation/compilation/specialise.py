"""The rules of some epochs and the readings of a run go in, one expression per name comes out.

What is known beforehand is worked out by the interpreter itself: parameters, readings, what is not
in force. What is left reads fields and other rules only. Where the epochs differ, a ``Choice`` on
the field ``EPOCH`` says which one says what, as deep in the expression as it can.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from typing import Final, assert_never

from engine.evaluation.compilation.names import rule_part
from engine.evaluation.interpreter import Interpreter
from engine.evaluation.law import Law
from engine.evaluation.outcomes import NotComputable
from engine.langage.checks.cycles import loops
from engine.langage.corpus import Column, Control, Epoch, Kind, TableVersion
from engine.langage.kernel import (
    ABSENT,
    Aggregate,
    Branch,
    Choice,
    Const,
    Expr,
    Lookup,
    Missing,
    Op,
    Otherwise,
    Reading,
    Ref,
    Round,
    children,
    walk,
    with_children,
)
from engine.langage.records import Record
from engine.source.positions import Span, whole_file

EPOCH: Final = "@epoque"  # the field that holds the number of the epoch of the record
_NOWHERE: Final[Span] = whole_file("")


@dataclass(frozen=True, slots=True)
class Definition:
    """A rule, or a part of one: what it is, and the expression of its value in its epochs."""

    rule: str
    scope: str | None
    kind: Kind
    unit: str | None
    expr: Expr


@dataclass(frozen=True, slots=True)
class Watch:
    """One control: when it fires, and the values of its message."""

    control: Control
    condition: Expr
    message: tuple[str | Expr, ...]


@dataclass(frozen=True, slots=True)
class Special:
    """The law of some epochs. ``tables`` gives what a ``Lookup`` names: « table@since »."""

    definitions: Mapping[str, Definition]
    watches: tuple[Watch, ...]
    tables: Mapping[str, tuple[tuple[Column, ...], TableVersion]]


def specialise(
    law: Law,
    epochs: Sequence[int],
    readings: Mapping[str, str],
    wanted: Iterable[str],
    *,
    controls: bool = True,
) -> Special:
    """The rules that ``wanted`` and the controls need in ``epochs`` (numbers), nothing else.

    Rules that need one another, one way in some epochs and the other way in others, are cut in
    parts: each holds for some epochs, in which it stands for the rule, and none needs itself.
    """
    folders = {number: _Folder(law, number, readings) for number in epochs}
    watched = _watched(folders) if controls else ()
    seen = [*wanted, *(name for one in watched for name in one.names())]
    said = _needed(folders, seen)
    parts = _parts(said, tuple(folders))

    def merged(known: Mapping[int, Expr]) -> Expr:
        return merge([(number, _of_parts(expr, parts[number])) for number, expr in known.items()])

    definitions: dict[str, Definition] = {}
    for name, known in said.items():
        rule = law.corpus.rule(name)
        pieces: dict[str, dict[int, Expr]] = {}
        for number, expr in known.items():
            pieces.setdefault(parts[number].get(name, name), {})[number] = expr
        itself = Ref("regle", name, rule.scope, rule.span)
        pieces.setdefault(name, dict.fromkeys(known, itself))
        definitions |= {
            piece: Definition(name, rule.scope, rule.kind, rule.unit, merged(exprs))
            for piece, exprs in pieces.items()
        }
    watches = tuple(
        Watch(
            one.control,
            merged(one.condition),
            tuple(part if isinstance(part, str) else merged(part) for part in one.message),
        )
        for one in watched
    )
    tables = {name: table for folder in folders.values() for name, table in folder.tables.items()}
    return Special(definitions, watches, tables)


@dataclass(frozen=True, slots=True)
class _Watched:
    """A control as each epoch says it."""

    control: Control
    condition: Mapping[int, Expr]
    message: tuple[str | Mapping[int, Expr], ...]

    def names(self) -> Iterator[str]:
        for part in (self.condition, *self.message):
            for expr in () if isinstance(part, str) else part.values():
                yield from _names(expr)


def _watched(folders: Mapping[int, _Folder]) -> tuple[_Watched, ...]:
    """Every control of the epochs; one that is not in force in an epoch does not fire there."""
    seen: dict[str, Control] = {}
    conditions: dict[str, dict[int, Expr]] = {}
    for number, folder in folders.items():
        for control, version in folder.epoch.controls:
            name = f"{control.text}.{control.code}"
            seen[name] = control
            conditions.setdefault(name, {})[number] = folder.fold(version.condition)
    silent: Expr = Const(value=False, span=_NOWHERE)
    return tuple(
        _Watched(
            control,
            {one: conditions[name].get(one, silent) for one in folders},
            tuple(
                part
                if isinstance(part, str)
                else {one: folder.fold(part) for one, folder in folders.items()}
                for part in control.message
            ),
        )
        for name, control in seen.items()
    )


def _needed(
    folders: Mapping[int, _Folder], wanted: Iterable[str]
) -> Mapping[str, Mapping[int, Expr]]:
    """What each epoch says of each rule that is needed, in one epoch or another."""
    found: dict[str, dict[int, Expr]] = {}
    waiting = list(wanted)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = {number: folder.of(name) for number, folder in folders.items()}
            waiting += [below for expr in found[name].values() for below in _names(expr)]
    return found


def _parts(
    said: Mapping[str, Mapping[int, Expr]], epochs: Sequence[int]
) -> Mapping[int, Mapping[str, str]]:
    """For each epoch, the rules that are cut in parts, and the part that stands for each there."""
    arrows = {
        number: {name: frozenset(_names(known[number])) for name, known in said.items()}
        for number in epochs
    }
    found: dict[int, dict[str, str]] = {number: {} for number in epochs}
    for loop in loops(_together(arrows.values(), said)):
        first, group = epochs[0], list[Mapping[str, frozenset[str]]]()
        for number in epochs:
            if loops(_together([*group, arrows[number]], loop)):
                first, group = number, []
            group.append(arrows[number])
            found[number] |= {name: rule_part(name, first) for name in loop}
    return found


def _together(
    several: Iterable[Mapping[str, frozenset[str]]], names: Collection[str]
) -> Mapping[str, set[str]]:
    """What each of ``names`` needs of the others, in one epoch or another."""
    known = list(several)
    return {
        name: {below for one in known for below in one[name] if below in names} for name in names
    }


def _of_parts(expr: Expr, parts: Mapping[str, str]) -> Expr:
    """``expr`` reading the parts that stand for rules."""
    if isinstance(expr, Ref):
        known = expr.kind == "regle" and expr.name in parts
        return replace(expr, name=parts[expr.name]) if known else expr
    if not parts:
        return expr
    return with_children(expr, [_of_parts(one, parts) for one in children(expr)])


def _names(expr: Expr) -> list[str]:
    return [one.name for one in walk(expr) if isinstance(one, Ref) and one.kind == "regle"]


@dataclass(slots=True)
class _Folder:
    """The expressions of one epoch, with everything known beforehand worked out."""

    law: Law
    number: int
    readings: Mapping[str, str]
    epoch: Epoch = field(init=False)
    tables: dict[str, tuple[tuple[Column, ...], TableVersion]] = field(default_factory=dict)
    _done: dict[str, Expr] = field(default_factory=dict)
    _machine: Interpreter = field(init=False)

    def __post_init__(self) -> None:
        day = self.law.corpus.starts[self.number]
        self.epoch = self.law.epoch(day)
        empty = Record("", day, {}, {}, _NOWHERE)
        self._machine = Interpreter(self.law.corpus, self.epoch, empty, self.readings)

    def of(self, name: str) -> Expr:
        """The expression of rule ``name``: its versions in force, exceptions first."""
        if name not in self._done:
            found: Expr = Const(ABSENT, _NOWHERE)
            for _, version in reversed(self.epoch.rules.get(name, ())):
                if version.applicable is None:
                    found = version.body
                else:
                    case = Branch(version.applicable, version.body)
                    found = Choice((case,), found, exclusive=False, span=version.span)
            self._done[name] = self.fold(found)
        return self._done[name]

    def fold(self, expr: Expr) -> Expr:
        """``expr`` with its known parts replaced by their values."""
        match expr:
            case Const() | Missing():
                return expr
            case Ref():
                known = self.of(expr.name) if expr.kind == "regle" else expr
                return known if isinstance(known, Const) else expr
            case Op():
                return self._op(expr)
            case Choice():
                return self._choice(expr)
            case Aggregate():
                return self._aggregate(expr)
            case Lookup():
                version = self.epoch.tables[expr.table]
                keys = tuple(self.fold(key) for key in expr.keys)
                if all(isinstance(key, Const) for key in keys):
                    return self._known(replace(expr, keys=keys))
                name = f"{expr.table}@{version.period.since.isoformat()}"
                self.tables[name] = (self.law.corpus.tables[expr.table].columns, version)
                return replace(expr, table=name, keys=keys)
            case Round():
                return self._known(replace(expr, value=self.fold(expr.value)))
            case Otherwise():
                value = self.fold(expr.value)
                if isinstance(value, Const):
                    return self.fold(expr.fallback) if value.value is ABSENT else value
                return replace(expr, value=value, fallback=self.fold(expr.fallback))
            case Reading():
                return self.fold(dict(expr.options)[self._machine.option(expr)])
            case _:
                assert_never(expr)

    def _known(self, expr: Op | Round | Lookup) -> Expr:
        """The value of ``expr`` when its operands are literals."""
        inside = expr.keys if isinstance(expr, Lookup) else ()
        inside = expr.args if isinstance(expr, Op) else inside
        inside = (expr.value,) if isinstance(expr, Round) else inside
        if not all(isinstance(one, Const) for one in inside):
            return expr
        value = self._machine.value(expr)
        return expr if isinstance(value, NotComputable) else Const(value, expr.span)

    def _op(self, expr: Op) -> Expr:
        args = tuple(self.fold(arg) for arg in expr.args)
        if expr.op not in ("and", "or"):
            return self._known(replace(expr, args=args))
        neutral = expr.op == "and"
        kept: list[Expr] = []
        for arg in args:
            known = arg.value if isinstance(arg, Const) else None
            if known is not neutral:
                kept.append(arg)
            if known is (not neutral):
                break
        if not kept:
            return Const(neutral, expr.span)
        return kept[0] if len(kept) == 1 else replace(expr, args=tuple(kept))

    def _choice(self, expr: Choice) -> Expr:
        cases: list[Branch] = []
        otherwise = expr.otherwise
        for case in expr.cases:
            condition = self.fold(case.condition)
            known = condition.value if isinstance(condition, Const) else None
            if known is True and not expr.exclusive:
                otherwise = case.value
                break
            if known is not False:
                cases.append(Branch(condition, self.fold(case.value)))
        last = None if otherwise is None else self.fold(otherwise)
        if not cases and last is not None:
            return last
        return Choice(
            tuple(cases), last, exclusive=expr.exclusive and len(cases) > 1, span=expr.span
        )

    def _aggregate(self, expr: Aggregate) -> Expr:
        def folded(part: Expr | None) -> Expr | None:
            return None if part is None else self.fold(part)

        where = folded(expr.where)
        if isinstance(where, Const) and where.value is True:
            where = None
        return replace(
            expr,
            body=folded(expr.body),
            where=where,
            once_per=folded(expr.once_per),
            otherwise=folded(expr.otherwise),
        )


# --- several epochs


def merge(known: Sequence[tuple[int, Expr]]) -> Expr:
    """One expression for several epochs; ``known`` gives the number of each and what it says."""
    first = known[0][1]
    if all(_same(first, other) for _, other in known[1:]):
        return first
    shapes = {_shape(expr) for _, expr in known}
    if len(shapes) > 1 or isinstance(first, Const | Ref | Missing | Reading):
        # what each epoch says, epochs that say the same put together; the last needs no test
        groups: list[tuple[list[int], Expr]] = []
        for number, expr in known:
            group = next((one for one in groups if _same(one[1], expr)), None)
            if group is None:
                groups.append(([number], expr))
            else:
                group[0].append(number)
        cases = [Branch(_during(numbers), expr) for numbers, expr in groups[:-1]]
        return Choice(tuple(cases), groups[-1][1], exclusive=False, span=groups[-1][1].span)

    def at(pick: Mapping[int, Expr]) -> Expr:
        return merge(list(pick.items()))

    numbers = [number for number, _ in known]
    columns = zip(*(children(expr) for _, expr in known), strict=True)
    merged = [at(dict(zip(numbers, column, strict=True))) for column in columns]
    return with_children(first, merged)


def _same(left: Expr, right: Expr) -> bool:
    """Equal, and of one type: a truth is not a number."""
    return left == right and repr(left) == repr(right)


def _shape(expr: Expr) -> tuple[object, ...]:
    """What two expressions must share for their parts to be merged one by one."""
    match expr:
        case Op():
            return ("Op", expr.op, len(expr.args))
        case Choice():
            return ("Choice", len(expr.cases), expr.otherwise is None, expr.exclusive)
        case Aggregate():
            given = tuple(
                one is None for one in (expr.body, expr.where, expr.once_per, expr.otherwise)
            )
            return ("Aggregate", expr.kind, expr.collection, *given)
        case Lookup():
            return ("Lookup", expr.table, len(expr.keys))
        case Round():
            return ("Round", expr.step, expr.mode)
        case Otherwise():
            return ("Otherwise",)
        case _:
            return (type(expr).__name__,)


def _during(numbers: Sequence[int]) -> Expr:
    epoch = Ref("champ", EPOCH, None, _NOWHERE)
    tests: list[Expr] = [
        Op("==", (epoch, Const(Fraction(number), _NOWHERE)), _NOWHERE) for number in numbers
    ]
    return tests[0] if len(tests) == 1 else Op("or", tuple(tests), _NOWHERE)


def epoch_numbers(law: Law, days: Iterable[date]) -> tuple[int, ...]:
    """The epochs in which ``days`` fall, in order, each once."""
    return tuple(sorted({law.corpus.epoch_number(day) for day in days}))
