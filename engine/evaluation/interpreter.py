"""The interpreter: one record and the law of its day in, the step of any rule out.

It is the reference: obvious, exact, the only thing that explains. What a node means is in
``prepare``; a rule is prepared once for all the records of an epoch, when the first one needs it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import cast

from engine.evaluation.outcomes import Key, Outcome, Step
from engine.evaluation.prepare import Function, Maker
from engine.evaluation.trace import At, Node, Trace, applicable_of, body_of, condition_of
from engine.langage.corpus import Control, ControlVersion, Corpus, Epoch, Rule, Version
from engine.langage.inputs import Value
from engine.langage.kernel import ABSENT, Expr, Reading
from engine.langage.records import Line, Record

# A chain of rules recurses once per rule and per operation, of which the load allows so many
# (E218). Beyond, Python must give up before an ordinary stack of 8 MB does: this takes half of it.
sys.setrecursionlimit(max(sys.getrecursionlimit(), 20_000))


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A version in force, ready to be run; what it rests on as soon as it applies."""

    rule: Rule
    version: Version
    applicable: Function | None
    body: Function
    articles: tuple[str, ...]
    notes: tuple[str, ...]


class _Frame:
    """What the step under way has read so far; ``key`` is None outside any step."""

    __slots__ = ("articles", "key", "needs", "notes", "points")

    def __init__(self, key: Key | None) -> None:
        self.key = key
        self.needs: dict[Key, Step] = {}
        self.articles: tuple[str, ...] = ()
        self.points: tuple[str, ...] = ()
        self.notes: tuple[str, ...] = ()


class Interpreter:
    """The evaluation of one record.

    Args:
        corpus: the law.
        epoch: what is in force on the day of the record.
        record: the accepted record.
        readings: the option asked for at some contested points; elsewhere, the one retained.
        imposed: values given to some names whatever the rules say (published tables, what-if).
        traced: whether ``trace`` records what is evaluated, at the cost of a third more time.
        known: steps that are what this evaluation would give, and are not made again.
    """

    def __init__(
        self,
        corpus: Corpus,
        epoch: Epoch,
        record: Record,
        readings: Mapping[str, str] | None = None,
        imposed: Mapping[str, Value] | None = None,
        *,
        traced: bool = False,
        known: Mapping[Key, Step] | None = None,
    ) -> None:
        self.corpus, self.epoch, self.record = corpus, epoch, record
        self.readings = readings or {}
        self._imposed = imposed or {}
        self.values = {**record.values, **self._imposed} if imposed else record.values
        self.frame = _Frame(None)
        self._steps: dict[Key, Step] = {} if known is None else dict(known)
        self._trace = Trace() if traced else None
        self._kept = epoch.prepared.setdefault(traced, {})

    # --- what callers ask

    def step(self, name: str, line: int | None = None) -> Step:
        """The step of rule ``name``, evaluated once (``line``: of which line of its scope)."""
        key = (name, line)
        step = self._steps.get(key)
        if step is None:
            step = self._steps[key] = self._run(key)
        self.frame.needs[key] = step
        return step

    def steps(self, name: str) -> tuple[Step, ...]:
        """The steps of rule ``name`` so far: that of the record, or those of lines, in order."""
        same = self.epoch.rules.get(name)
        if not same or same[0][0].scope is None:
            self.step(name)
        return tuple(step for (one, _), step in self._steps.items() if one == name)

    def value(self, expr: Expr, at: At = None) -> Outcome:
        """The value of any expression, on the line ``at`` (collection, index) if it needs one."""
        return self._outside(self._maker.function(expr), at)

    def holds(self, control: Control, version: ControlVersion, at: At) -> bool:
        """Whether a control of the epoch fires, on the line ``at`` if it has a scope."""
        key = (control.ident, None if at is None else at[1])
        step = self._steps.get(key)
        if step is None:
            step = self._steps[key] = self._checked(control, version, key, at)
        return step.value is True

    @property
    def done(self) -> Mapping[Key, Step]:
        """The steps so far, and what each control gave, each after all that it needs."""
        return self._steps

    @property
    def trace(self) -> Trace:
        """What was evaluated so far, of an interpreter made to tell it."""
        if self._trace is None:
            message = "this interpreter records nothing"
            raise AssertionError(message)
        return self._trace

    def seen(self, node: Node, at: At) -> Outcome:
        """What the trace says a node gave; its value, of a branch that was not taken."""
        found = self.trace.value(node.place, at)
        return self.value(node.expr, at) if found is None else found

    def lines(self, collection: str) -> tuple[Line, ...]:
        """The lines of ``collection`` in the record."""
        return self.record.lines.get(collection, ())

    def option(self, node: Reading) -> str:
        """The option that this run takes at a contested point."""
        return self.readings.get(node.point, self.corpus.points[node.point].retained)

    # --- rules

    def _run(self, key: Key) -> Step:
        name, line = key
        if name in self._imposed:
            return Step(name, line, self._imposed[name], None, None, (), (), ())
        outer, self.frame = self.frame, _Frame(key)
        frame = self.frame
        value: Outcome = ABSENT
        rule = version = None
        for one in self._rules(name):
            scope = one.rule.scope
            at = None if scope is None or line is None else (scope, line)
            applies = True if one.applicable is None else one.applicable(self, at)
            if applies is False:
                continue
            rule, version, value = one.rule, one.version, applies
            if applies is True:
                frame.articles += one.articles
                frame.notes += one.notes
                value = one.body(self, at)
            break
        self.frame = outer
        return Step(
            name,
            line,
            value,
            rule,
            version,
            tuple(frame.needs.values()),
            _once(frame.articles),
            _once(frame.points),
            _once(frame.notes),
        )

    def _checked(self, control: Control, version: ControlVersion, key: Key, at: At) -> Step:
        function = self._kept.get(control.ident)
        if function is None:
            function = self._kept[control.ident] = self._function(condition_of(control, version))
        outer, self.frame = self.frame, _Frame(None)
        value = cast("Function", function)(self, at)
        needs, self.frame = tuple(self.frame.needs.values()), outer
        return Step(*key, value, None, None, needs, (), ())

    def _outside(self, function: Function, at: At) -> Outcome:
        """What a function gives outside any step."""
        outer, self.frame = self.frame, _Frame(None)
        try:
            return function(self, at)
        finally:
            self.frame = outer

    # --- what is prepared

    @cached_property
    def _maker(self) -> Maker:
        return Maker()

    def _rules(self, name: str) -> tuple[_Prepared, ...]:
        """The versions in force of the rules of that name, exceptions first."""
        found = self._kept.get(name)
        if found is None:
            same = self.epoch.rules.get(name, ())
            found = self._kept[name] = tuple(self._prepared(*one) for one in same)
        return cast("tuple[_Prepared, ...]", found)

    def _prepared(self, rule: Rule, version: Version) -> _Prepared:
        applicable = applicable_of(rule, version)
        return _Prepared(
            rule,
            version,
            None if applicable is None else self._function(applicable, rule),
            self._function(body_of(rule, version), rule),
            tuple(f"{rule.text} art. {one}" for one in version.articles),
            () if version.note is None else (version.note,),
        )

    def _function(self, node: Node, rule: Rule | None = None) -> Function:
        place = node.place if self._trace is not None else None
        named = ("", "") if rule is None else (rule.name, rule.text)
        return self._maker.function(node.expr, place, *named)


def _once(texts: tuple[str, ...]) -> tuple[str, ...]:
    return texts if len(texts) < 2 else tuple(dict.fromkeys(texts))  # noqa: PLR2004 - two


def sharing(epoch: Epoch, other: Epoch, without: str | None = None) -> Epoch:
    """``epoch``, with what is prepared for ``other``: they differ by the rule or control named."""
    for traced, kept in other.prepared.items():
        epoch.prepared[traced] = {name: one for name, one in kept.items() if name != without}
    return epoch
