"""A program whose codes are of an ENUM type: they become texts wherever they are not compared.

Comparing such a code with a literal, or finding it in a table, costs nothing; a value that is given
on, ordered or mixed with texts must be a text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from engine.evaluation.compilation.ir import Call, Col, If, Lit, Node, Rows, Span
from engine.evaluation.compilation.program import Program
from engine.sql.rewriting import Rewriting


def with_texts(program: Program) -> Program:
    """``program`` over sources whose codes are of an ENUM type."""
    codes = {
        Col(one.name, one.scope): frozenset(one.field.codes)
        for one in program.sources
        if one.field.kind == "code"
    }
    texts = _Texts(codes)
    return Rewriting(texts.value, texts.mark).program(program)


@dataclass(frozen=True, slots=True)
class _Texts:
    codes: Mapping[Col, frozenset[str]]

    def mark(self, node: Node) -> Node:
        """``node`` where it only tells lines apart: a code does as it is."""
        return self._key(node)

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
