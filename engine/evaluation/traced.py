"""An interpreter that remembers, for each step, what the rule read itself: fields, lines, rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from engine.evaluation.interpreter import Interpreter
from engine.evaluation.outcomes import Outcome, Step
from engine.langage.corpus import Corpus, Epoch, Row
from engine.langage.kernel import Aggregate, Lookup, Ref
from engine.langage.records import Record

Key: TypeAlias = tuple[str, int | None]  # a rule, and the line (from 0) it is evaluated for
Place: TypeAlias = tuple[str, str | None, int | None]  # a field, its collection, the line


@dataclass(frozen=True, slots=True)
class Reads:
    """What one step read without going through another rule.

    ``lines`` counts those of each collection it adds up; ``rows`` are those of tables, by table
    and keys, None when no row takes the keys.
    """

    fields: dict[Place, Outcome] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    rows: dict[tuple[str, tuple[Outcome, ...]], Row | None] = field(default_factory=dict)


class Traced(Interpreter):
    """The evaluation of one record; ``reads`` gives what each step read itself."""

    def __init__(
        self,
        corpus: Corpus,
        epoch: Epoch,
        record: Record,
        readings: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(corpus, epoch, record, readings)
        self.reads: dict[Key, Reads] = {}
        self._under_way = [Reads()]

    def row(self, node: Lookup, keys: tuple[Outcome, ...]) -> Row | None:
        """The row of a table that matches ``keys``, or None."""
        found = super().row(node, keys)
        self._under_way[-1].rows[node.table, keys] = found
        return found

    def _run(self, name: str, line: int | None) -> Step:
        reads = self.reads.setdefault((name, line), Reads())
        self._under_way.append(reads)
        try:
            return super()._run(name, line)
        finally:
            self._under_way.pop()

    def _ref(self, node: Ref) -> Outcome:
        value = super()._ref(node)
        fields = self._under_way[-1].fields
        if node.via is not None and self._line is not None:
            collection, index = self._line
            linked = self.lines(collection)[index].values.get(node.via)
            if linked is not None:
                fields[node.via, collection, index] = linked
        if node.kind == "champ":
            place = None if node.scope is None else self._index(node)
            fields[node.name, node.scope, place] = value
        return value

    def _aggregate(self, node: Aggregate) -> Outcome:
        self._under_way[-1].lines[node.collection] = len(self.lines(node.collection))
        return super()._aggregate(node)
