"""An interpreter that remembers what it went through: nodes, truths, rows of tables, names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.evaluation.interpreter import Interpreter
from engine.evaluation.outcomes import Outcome
from engine.langage.corpus import Corpus, Epoch, Row
from engine.langage.inputs import Value
from engine.langage.kernel import Expr, Lookup, Op
from engine.langage.records import Record

EVALUATED: Final = 1
TRUE: Final = 2  # the node was true; a floor or a ceiling changed the value
FALSE: Final = 4  # the node was false; a floor or a ceiling changed nothing
BOUNDS: Final = ("plancher", "plafond")


class Observed(Interpreter):
    """The evaluation of one record, and what it went through.

    ``seen`` gives, by identity of a node of the corpus or of a row of a table, the marks
    ``EVALUATED``, ``TRUE`` and ``FALSE``, added up.
    """

    def __init__(
        self,
        corpus: Corpus,
        epoch: Epoch,
        record: Record,
        readings: Mapping[str, str] | None = None,
        imposed: Mapping[str, Value] | None = None,
    ) -> None:
        super().__init__(corpus, epoch, record, readings, imposed)
        self.seen: dict[int, int] = {}
        self._values: dict[int, Outcome] = {}
        evaluate = self._eval

        def watched(node: Expr) -> Outcome:
            value = evaluate(node)
            self._values[id(node)] = value
            self.seen[id(node)] = self.seen.get(id(node), 0) | self._marks(node, value)
            return value

        self._eval = watched

    @property
    def names(self) -> frozenset[str]:
        """The rules that were asked for, whether they applied or not."""
        return frozenset(name for name, _ in self._steps)

    def row(self, node: Lookup, keys: tuple[Outcome, ...]) -> Row | None:
        """The row of a table that matches ``keys``, or None."""
        found = super().row(node, keys)
        if found is not None:
            self.seen[id(found)] = EVALUATED
        return found

    def _marks(self, node: Expr, value: Outcome) -> int:
        if isinstance(node, Op) and node.op in BOUNDS:
            changed = value != self._values[id(node.args[0])]
            return EVALUATED | (TRUE if changed else FALSE)
        if value is True:
            return EVALUATED | TRUE
        return EVALUATED | FALSE if value is False else EVALUATED
