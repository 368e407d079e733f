"""Every expression of a program goes through a function, wherever it stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from engine.evaluation.compilation.ir import Node
from engine.evaluation.compilation.program import (
    Alarm,
    Column,
    Level,
    Output,
    Pass,
    Program,
    Total,
)
from engine.evaluation.compilation.scaled import Typed


@dataclass(frozen=True, slots=True)
class Rewriting:
    """``value`` rewrites an expression; ``mark`` one that only tells lines apart."""

    value: Callable[[Node], Node]
    mark: Callable[[Node], Node]

    def program(self, program: Program) -> Program:
        """Every expression of ``program``, rewritten."""
        steps = tuple(
            replace(step, columns=tuple(self.column(one) for one in step.columns))
            if isinstance(step, Level)
            else self.reading(step)
            for step in program.steps
        )
        return replace(
            program,
            columns=tuple(self.column(one) for one in program.columns),
            steps=steps,
            outputs=tuple(self.output(one) for one in program.outputs),
            alarms=tuple(self.alarm(one) for one in program.alarms),
        )

    def column(self, one: Column) -> Column:
        """A column, of the record or of a line."""
        return replace(one, node=self.value(one.node))

    def reading(self, step: Pass) -> Pass:
        """The columns of the lines, and the totals."""
        levels = tuple(tuple(self.column(one) for one in level) for level in step.levels)
        return replace(step, levels=levels, totals=tuple(self.total(one) for one in step.totals))

    def total(self, one: Total) -> Total:
        """A total over lines."""
        body = (self.mark if one.how == "distincts" else self.value)(one.body)
        once = None if one.once_per is None else self.mark(one.once_per)
        return replace(one, body=body, where=self.value(one.where), once_per=once)

    def output(self, one: Output) -> Output:
        """A result."""
        return replace(one, typed=self.typed(one.typed))

    def alarm(self, one: Alarm) -> Alarm:
        """A control."""
        message = tuple(
            part if isinstance(part, str) else (self.typed(part[0]), part[1])
            for part in one.message
        )
        return replace(one, condition=self.value(one.condition), message=message)

    def typed(self, one: Typed) -> Typed:
        """A value with its mask and its denominator."""
        mask = None if one.mask is None else self.value(one.mask)
        den = None if one.den is None else self.value(one.den)
        return replace(one, node=self.value(one.node), mask=mask, den=den)
