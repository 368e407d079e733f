"""A program whose codes are of an ENUM type: they become texts wherever they are not compared.

Comparing such a code with a literal, or finding it in a table, costs nothing; a value that is given
on, ordered or mixed with texts must be a text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from engine.evaluation.compilation.ir import Call, Col, If, Lit, Node, Rows, Span
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


def with_texts(program: Program) -> Program:
    """``program`` over sources whose codes are of an ENUM type."""
    codes = {
        Col(one.name, one.scope): frozenset(one.field.codes)
        for one in program.sources
        if one.field.kind == "code"
    }
    return _Texts(codes).program(program)


@dataclass(frozen=True, slots=True)
class _Texts:
    codes: Mapping[Col, frozenset[str]]

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
        stops = None if one.stops is None else self.value(one.stops)
        return replace(one, node=self.value(one.node), stops=stops)

    def reading(self, step: Pass) -> Pass:
        levels = tuple(tuple(self.column(one) for one in level) for level in step.levels)
        return replace(step, levels=levels, totals=tuple(self.total(one) for one in step.totals))

    def total(self, one: Total) -> Total:
        # lines are only put together by « once_per » and by « distincts »: a code does as it is
        once = one.once_per
        if once is not None and once not in self.codes:
            once = self.value(once)
        body = one.body if one.how == "distincts" else self.value(one.body)
        return replace(one, body=body, where=self.value(one.where), once_per=once)

    def output(self, one: Output) -> Output:
        return replace(one, typed=self.typed(one.typed))

    def alarm(self, one: Alarm) -> Alarm:
        message = tuple(
            part if isinstance(part, str) else (self.typed(part[0]), part[1])
            for part in one.message
        )
        return replace(one, condition=self.value(one.condition), message=message)

    def typed(self, one: Typed) -> Typed:
        mask = None if one.mask is None else self.value(one.mask)
        return replace(one, node=self.value(one.node), mask=mask)

    # --- expressions

    def value(self, node: Node) -> Node:
        """``node`` as a value of its own."""
        match node:
            case Lit():
                return node
            case Col():
                return Call("text", (node,)) if node in self.codes else node
            case Call():
                return replace(node, args=self._arguments(node))
            case If():
                cases = tuple((self.value(test), self.value(value)) for test, value in node.cases)
                return If(cases, self.value(node.otherwise))
            case Rows():
                return replace(node, keys=self._keys(node))

    def _arguments(self, node: Call) -> tuple[Node, ...]:
        """The arguments of an operation; a code that is only compared stays what it is."""
        if node.op in ("isnull", "notnull"):
            return tuple(self._key(one) for one in node.args)
        if node.op in ("==", "!=", "in"):
            first, second = node.args
            if self._compares(first, second):
                return first, second
        return tuple(self.value(one) for one in node.args)

    def _compares(self, code: Node, among: Node) -> bool:
        """Whether ``code`` is compared with codes that it may have."""
        if not isinstance(code, Col) or code not in self.codes or not isinstance(among, Lit):
            return False
        listed = {among.value} if isinstance(among.value, str) else among.value
        return isinstance(listed, set | frozenset) and listed <= self.codes[code]

    def _keys(self, node: Rows) -> tuple[Node, ...]:
        """The keys of a table; a code stays what it is when every cell has codes that it has."""
        found = []
        for place, key in enumerate(node.keys):
            listed: set[str | bool] = set()
            for cells, _ in node.rows:
                cell = cells[place]
                listed |= set() if isinstance(cell, Span) else cell
            known = isinstance(key, Col) and listed <= self.codes.get(key, frozenset())
            found.append(key if known else self.value(key))
        return tuple(found)

    def _key(self, node: Node) -> Node:
        return node if isinstance(node, Col) and node in self.codes else self.value(node)
