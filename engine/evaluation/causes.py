"""Two laws and the epochs of a population go in; what differs, edit by edit, and why it counts out.

A cause is the smallest part of the law that differs and can change by itself: a parameter, a rule,
a row of a table, a whole table when its keys changed, the reading retained at a contested point.
Any group of causes makes a law of its own, ``Mixture.law``: the new one for them, the old one for
the rest.

Which edits may change an amount is told of any record by what its rule rests on: names are those of
rules; a table is « table:nom », a contested point « lecture:nom ». Of one record, each edit is made
not computable, with a reason of its own (``Mixture.spoiled``), and the reasons that the amount then
has are the edits it rests on. What a spoiled edit hides is added: what its own formulas read, and
everything when it decides what is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property
from typing import Final, Literal, TypeAlias

from engine.evaluation.law import Law
from engine.langage.checks.cycles import graph, loops
from engine.langage.corpus import (
    Cell,
    Corpus,
    Epoch,
    Period,
    Point,
    Row,
    Rule,
    Table,
    TableVersion,
    Version,
)
from engine.langage.epochs import reached, version_on
from engine.langage.kernel import (
    Aggregate,
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
from engine.source.positions import Span


@dataclass(frozen=True, slots=True)
class Measured:
    """``amounts``: told apart. ``weighed``: those whose differences add up to that of ``total``.

    ``weighed`` is the total alone when the total is not the plain sum of the amounts, on each side.
    """

    total: str
    amounts: tuple[str, ...]
    weighed: tuple[str, ...]


def measured(laws: Sequence[Law], numbers: Sequence[int], total: str) -> Measured:
    """The amounts of ``total`` under two laws that have the same epochs."""
    found: dict[str, None] = {}
    sums: set[tuple[str, ...] | None] = set()
    for law in laws:
        for number in numbers:
            epoch = law.epoch(law.corpus.starts[number])
            parts = tuple(_SumOfAmounts(law.corpus, epoch, total).leaves(total))
            names = tuple(dict.fromkeys(one for one in parts if one is not None))
            found |= dict.fromkeys(names)
            sums.add(None if None in parts or len(names) < len(parts) else names)
    plain = None not in sums and len({frozenset(one) for one in sums if one is not None}) == 1
    amounts = tuple(found) or (total,)
    return Measured(total, amounts, amounts if plain else (total,))


@dataclass(frozen=True, slots=True)
class _SumOfAmounts:
    """The results that ``total`` adds up in an epoch; None stands for what is no plain sum."""

    corpus: Corpus
    epoch: Epoch
    total: str

    def leaves(self, name: str) -> Iterator[str | None]:
        if name != self.total and name in self.corpus.results:
            yield name
            return
        same = self.epoch.rules.get(name, ())
        if len(same) > 1 or any(version.applicable is not None for _, version in same):
            yield None
        for _, version in same[:1]:
            yield from self.terms(version.body)

    def terms(self, expr: Expr) -> Iterator[str | None]:
        match expr:
            case Ref(kind="regle", scope=None, via=None):
                yield from self.leaves(expr.name)
            case Op(op="+"):
                for one in expr.args:
                    yield from self.terms(one)
            case Otherwise(fallback=Const(value=fallback)) if fallback == Fraction(0):
                yield from self.terms(expr.value)
            case Round():
                unit = self.corpus.unit(self.total)
                grid = Fraction(1, 10 ** (0 if unit is None else unit.decimals))
                if (grid / expr.step).denominator == 1:  # it rounds nothing
                    yield from self.terms(expr.value)
                else:
                    yield None
            case _:
                yield None


def read_by(expr: Expr) -> set[str]:
    """Everything that an expression reads itself, fields aside."""
    found: set[str] = set()
    for one in walk(expr):
        match one:
            case Ref() if one.kind == "regle":
                found.add(one.name)
            case Lookup():
                found.add(f"table:{one.table}")
            case Reading():
                found.add(f"lecture:{one.point}")
            case _:
                pass
    return found


def steered_by(expr: Expr) -> Iterator[Expr]:
    """The parts of an expression that decide which others are read."""
    for one in walk(expr):
        match one:
            case Choice():
                yield from (case.condition for case in one.cases)
            case Aggregate():
                yield from (part for part in (one.where, one.once_per) if part is not None)
            case Lookup():
                yield from one.keys
            case Op() if one.op in ("and", "or"):
                yield from one.args
            case Otherwise() if not isinstance(one.fallback, Const):
                yield one.value
            case _:
                pass


@dataclass(slots=True)
class Dependence:
    """What each name reads, and what it reads in its conditions only, in any of the epochs."""

    reads: dict[str, set[str]] = field(default_factory=dict)
    conditions: dict[str, set[str]] = field(default_factory=dict)

    def learn(self, epoch: Epoch) -> None:
        """Add what is in force in an epoch."""
        for name, same in epoch.rules.items():
            reads = self.reads.setdefault(name, set())
            conditions = self.conditions.setdefault(name, set())
            for _, version in same:
                reads |= read_by(version.body)
                tests = list(steered_by(version.body))
                if version.applicable is not None:
                    reads |= read_by(version.applicable)
                    tests.append(version.applicable)
                conditions.update(*(read_by(one) for one in tests))

    def below(self, names: Iterable[str]) -> frozenset[str]:
        """Everything that ``names`` rest on, themselves included."""
        return reached(self.reads, names)

    def above(self, names: Iterable[str]) -> frozenset[str]:
        """Everything that rests on one of ``names``, themselves included."""
        arrows: dict[str, set[str]] = {}
        for name, reads in self.reads.items():
            for one in reads:
                arrows.setdefault(one, set()).add(name)
        return reached(arrows, names)

    def steers(self, names: Iterable[str]) -> bool:
        """Whether what one of ``names`` gives decides, somewhere, what else is read."""
        tainted = self.above(names)
        return any(reads & tainted for reads in self.conditions.values())


CauseKind: TypeAlias = Literal["parametre", "regle", "table", "ligne", "lecture"]
MARK: Final = "@cause "  # opens the reason of what is spoiled, its number comes next


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that differs: ``name`` is its ident, ``cells`` are the keys of a row."""

    kind: CauseKind
    name: str
    cells: tuple[Cell, ...] | None = None


@dataclass(frozen=True, slots=True)
class Cause:
    """What changes together, at the places where each part is written now (or was)."""

    parts: tuple[Part, ...]
    places: tuple[Span, ...]

    def names(self, rules: Mapping[str, str]) -> frozenset[str]:
        """What it changes, as ``read_by`` names it; ``rules``: the name of each, by ident."""
        before = {"table": "table:", "ligne": "table:", "lecture": "lecture:"}
        return frozenset(
            before[one.kind] + one.name if one.kind in before else rules[one.name]
            for one in self.parts
        )


@dataclass(frozen=True)
class Mixture:
    """Two laws over the same epochs, and what makes one of the other.

    ``numbers``: the epochs that matter, in ``starts``.
    """

    before: Corpus
    after: Corpus
    numbers: tuple[int, ...]

    @property
    def starts(self) -> tuple[date, ...]:
        """The first day of each epoch."""
        return self.after.starts

    @cached_property
    def causes(self) -> tuple[Cause, ...]:
        """What differs in the epochs that matter, rules first, in the order of the new law."""
        return tuple(_together(self, [*self._rules(), *self._tables(), *self._points()]))

    @property
    def rule_names(self) -> Mapping[str, str]:
        """The name of each rule of either law, by ident."""
        return {one.ident: one.name for one in (*self.before.rules, *self.after.rules)}

    def law(self, chosen: frozenset[int]) -> Law:
        """The law in which the causes of these numbers have happened, and no other."""
        parts = {part for number in chosen for part in self.causes[number].parts}
        return self._mixed(parts.__contains__)

    def spoiled(self) -> Law:
        """The new law, each cause not computable, its reason being ``MARK`` and its number."""
        found = self._mixed(lambda _: True).corpus
        reasons = {
            part: Missing("registre", f"{MARK}{number}", cause.places[0])
            for number, cause in enumerate(self.causes)
            for part in cause.parts
        }
        rules = tuple(self._spoiled_rule(one, reasons) for one in found.rules)
        tables = {name: _spoiled_table(one, reasons) for name, one in found.tables.items()}
        return Law(replace(found, rules=rules, tables=tables))

    # --- what differs

    @cached_property
    def _both(self) -> tuple[Mapping[str, Rule], Mapping[str, Rule]]:
        return tuple({one.ident: one for one in side.rules} for side in (self.before, self.after))  # type: ignore[return-value]

    @property
    def days(self) -> list[date]:
        """The first day of each epoch that matters."""
        return [self.starts[number] for number in self.numbers]

    def _rules(self) -> Iterator[Cause]:
        old, new = self._both
        for ident in dict.fromkeys((*new, *old)):
            sides = [old.get(ident), new.get(ident)]
            if any(_said(sides[0], day) != _said(sides[1], day) for day in self.days):
                kept = [one for one in reversed(sides) if one is not None]
                kind: CauseKind = "parametre" if kept[0].parameter else "regle"
                yield Cause((Part(kind, ident),), tuple(self._place(one) for one in kept))

    def _place(self, rule: Rule) -> Span:
        """Where the version that matters last is written."""
        found = [one for day in self.days if (one := version_on(rule.versions, day)) is not None]
        return found[-1].span if found else rule.span

    def _tables(self) -> Iterator[Cause]:
        old, new = self.before.tables, self.after.tables
        for name in dict.fromkeys((*new, *old)):
            sides = [old.get(name), new.get(name)]
            pairs = [
                tuple(None if one is None else version_on(one.versions, day) for one in sides)
                for day in self.days
            ]
            known = next(one for one in reversed(sides) if one is not None)
            if any(_shape(one) != _shape(other) for one, other in pairs):
                yield Cause((Part("table", name),), (known.span,))
                continue
            rows: dict[tuple[Cell, ...], Span] = {}
            for one, other in pairs:
                for was, now in zip(_all_rows(one), _all_rows(other), strict=True):
                    if was.value != now.value:
                        rows[now.cells] = now.span
            yield from (
                Cause((Part("ligne", name, cells),), (span,)) for cells, span in rows.items()
            )

    def _points(self) -> Iterator[Cause]:
        for name, point in self.after.points.items():
            old = self.before.points.get(name)
            if old is not None and old.retained != point.retained:
                yield Cause((Part("lecture", name),), (point.span,))

    # --- mixing

    def _mixed(self, new: Callable[[Part], bool]) -> Law:
        corpus = replace(
            self.after,
            rules=tuple(self._mixed_rules(new)),
            tables=dict(self._mixed_tables(new)),
            points={
                name: self._point(one, new)
                for name, one in {**self.before.points, **self.after.points}.items()
            },
            gaps={**self.before.gaps, **self.after.gaps},
        )
        return Law(corpus)

    def _mixed_rules(self, new: Callable[[Part], bool]) -> Iterator[Rule]:
        """A rule that one side does not have is there without any version: it never applies."""
        before, after = self._both
        for ident in dict.fromkeys((*after, *before)):
            old, now = before.get(ident), after.get(ident)
            chosen = new(Part("parametre", ident)) or new(Part("regle", ident))
            changed = any(_said(old, day) != _said(now, day) for day in self.days)
            own, other = (now, old) if chosen or not changed else (old, now)
            if own is not None:
                yield own
            elif other is not None:
                yield replace(other, versions=())

    def _mixed_tables(self, new: Callable[[Part], bool]) -> Iterator[tuple[str, Table]]:
        old, now = self.before.tables, self.after.tables
        changed = {
            part.name
            for cause in self.causes
            for part in cause.parts
            if part.kind in ("table", "ligne")
        }
        for name in dict.fromkeys((*now, *old)):
            before, after = old.get(name), now.get(name)
            known = after or before
            if known is None:
                continue
            whole = before is None or after is None or new(Part("table", name))
            if name not in changed or whole:
                yield name, known
            elif before is not None and after is not None:
                versions = tuple(self._versions(name, before, after, new))
                yield name, replace(known, versions=versions)

    def _versions(
        self, name: str, before: Table, after: Table, new: Callable[[Part], bool]
    ) -> Iterator[TableVersion]:
        """In each epoch that matters, each row of the one side or of the other."""
        for number in self.numbers:
            day = self.starts[number]
            one, other = version_on(before.versions, day), version_on(after.versions, day)
            if one is None:
                continue
            rows = one.rows
            if other is not None and _shape(one) == _shape(other):
                rows = tuple(
                    now if new(Part("ligne", name, now.cells)) else was
                    for was, now in zip(one.rows, other.rows, strict=True)
                )
            yield replace(one, rows=rows, period=self._period(number))

    def _period(self, number: int) -> Period:
        last = number + 1 == len(self.starts)
        end = None if last else self.starts[number + 1] - timedelta(days=1)
        return Period(self.starts[number], end)

    def _point(self, point: Point, new: Callable[[Part], bool]) -> Point:
        old = self.before.points.get(point.name)
        if old is None or new(Part("lecture", point.name)):
            return point
        return replace(point, retained=old.retained)

    # --- spoiling

    def _spoiled_rule(self, rule: Rule, reasons: Mapping[Part, Missing]) -> Rule:
        kind: CauseKind = "parametre" if rule.parameter else "regle"
        reason = reasons.get(Part(kind, rule.ident))
        if reason is None:
            versions = tuple(_without_points(one, reasons) for one in rule.versions)
            return replace(rule, versions=versions)
        before, after = self._both
        sides = [one for one in (before.get(rule.ident), after.get(rule.ident)) if one is not None]
        found = []
        for number in self.numbers:
            same = [version_on(one.versions, self.starts[number]) for one in sides]
            there = [one for one in same if one is not None]
            if there:
                kept = len(there) == 2 and there[0].applicable == there[1].applicable  # noqa: PLR2004
                test = there[0].applicable if kept else None
                found.append(
                    replace(there[0], period=self._period(number), applicable=test, body=reason)
                )
        return replace(rule, versions=tuple(found))


def same_epochs(before: Corpus, after: Corpus) -> tuple[Corpus, Corpus]:
    """Both laws cut at the same days, those of either."""
    first = max(before.first_day, after.first_day)
    starts = (first, *sorted(day for day in {*before.starts, *after.starts} if day > first))
    return replace(before, starts=starts), replace(after, starts=starts)


def _said(rule: Rule | None, day: date) -> object:
    """What a rule says on a day, wherever it is written."""
    version = None if rule is None else version_on(rule.versions, day)
    if rule is None or version is None:
        return None
    return version.applicable, version.body, rule.overrides, rule.unit, rule.scope


def _shape(version: TableVersion | None) -> object:
    """The keys of the rows, in order: what must not differ for rows to be exchanged."""
    if version is None:
        return None
    return version.first, tuple(row.cells for row in version.rows)


def _all_rows(version: TableVersion | None) -> tuple[Row, ...]:
    return () if version is None else version.rows


def _spoiled_table(table: Table, reasons: Mapping[Part, Missing]) -> Table:
    whole = reasons.get(Part("table", table.name))
    return replace(
        table,
        versions=tuple(
            replace(
                version,
                rows=tuple(
                    replace(
                        row,
                        value=whole
                        or reasons.get(Part("ligne", table.name, row.cells))
                        or row.value,
                    )
                    for row in version.rows
                ),
            )
            for version in table.versions
        ),
    )


def _without_points(version: Version, reasons: Mapping[Part, Missing]) -> Version:
    """A version whose changed readings are not computable."""

    def spoil(expr: Expr) -> Expr:
        if isinstance(expr, Reading) and Part("lecture", expr.point) in reasons:
            return reasons[Part("lecture", expr.point)]
        return with_children(expr, [spoil(one) for one in children(expr)])

    test = None if version.applicable is None else spoil(version.applicable)
    return replace(version, applicable=test, body=spoil(version.body))


# --- what cannot happen alone


def _together(mixture: Mixture, causes: list[Cause]) -> Iterator[Cause]:
    """Causes that cannot happen without one another, as one.

    A rule or a table that only one side has goes with what reads it there. Rules that need one
    another, one way before and the other way after, would need themselves if they did not go
    together.
    """
    sides = (mixture.before, mixture.after)
    alone: list[set[str]] = []
    for side, other in (sides, sides[::-1]):
        names = {one.name for one in side.rules} - {one.name for one in other.rules}
        tables = {f"table:{one}" for one in side.tables if one not in other.tables}
        alone.append(names | tables)
    idents = mixture.rule_names
    groups = [[one] for one in causes]
    for only, side in zip(alone, sides, strict=True):
        bodies = {one.ident: one for one in side.rules}
        for cause in causes:
            read = {
                name
                for part in cause.parts
                if part.name in bodies
                for version in bodies[part.name].versions
                for expr in (version.applicable, version.body)
                if expr is not None
                for name in read_by(expr)
            }
            for name in read & only:
                mates = [one for one in causes if name in one.names(idents)]
                groups = _joined(groups, [cause, *mates])
    for day in mixture.days:
        before, after = (graph(Law(side).epoch(day)) for side in sides)
        needs = {
            name: before.get(name, set()) | after.get(name, set())
            for name in before.keys() | after.keys()
        }
        for loop in loops(needs):
            groups = _joined(groups, [one for one in causes if one.names(idents) & loop])
    for group in groups:
        parts = tuple(part for one in group for part in one.parts)
        yield Cause(parts, tuple(place for one in group for place in one.places))


def _joined(groups: list[list[Cause]], mates: list[Cause]) -> list[list[Cause]]:
    """The groups that hold one of ``mates``, as one group at the place of the first."""
    held = [group for group in groups if any(one in mates for one in group)]
    whole = [one for group in held for one in group]
    return [
        whole if group is held[0] else group
        for group in groups
        if group is held[0] or group not in held
    ]


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
