"""The SQL of a run by name: each statement is written when it is first needed, then kept.

Compiling the law and writing its SQL takes longer than computing a school. Both depend on nothing
but the corpus, on what is asked and on the columns that are given: the next run with the same ones
finds the texts in the cache, and compiles nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from threading import RLock
from typing import Final, TypeAlias

from sqlglot import exp

from engine.evaluation.law import Law
from engine.source.cache import cache_file, keep, kept
from engine.sql.plan import Manners, Plan, plan
from engine.sql.sources import Source

DIALECT: Final = "duckdb"

One: TypeAlias = Callable[[Plan], exp.Select]
Several: TypeAlias = Callable[[Plan], Mapping[str, exp.Select]]


@dataclass(frozen=True, slots=True)
class Shape:
    """What a run knows of its plan besides SQL.

    ``stages``: the tables to make before the records, in order. ``collections``: the tables of
    lines. ``fired``: those of which the lines that fire are told, ``watchers`` the names of what
    tells.
    """

    key: str
    stages: tuple[str, ...]
    collections: tuple[str, ...]
    fired: tuple[str, ...]
    watchers: tuple[str, ...]


@dataclass(slots=True)
class Statements:
    """The statements of a plan, which is made only when one of them is not known yet.

    Several threads may share them.
    """

    shape: Shape
    _make: Callable[[], Plan]
    _texts: dict[str, Mapping[str, str]] = field(default_factory=dict)
    _path: Path | None = None
    _plan: Plan | None = None
    _lock: RLock = field(default_factory=RLock)

    def one(self, name: str, build: One) -> str:
        """The text of the statement ``name``; ``build`` gives its tree, which is used up."""
        return self.several(name, lambda made: {name: build(made)})[name]

    def several(self, name: str, build: Several) -> Mapping[str, str]:
        """The texts of statements that are built together."""
        with self._lock:
            if name not in self._texts:
                if self._plan is None:
                    self._plan = self._make()
                trees = build(self._plan)
                self._texts[name] = {
                    one: tree.sql(dialect=DIALECT, copy=False) for one, tree in trees.items()
                }
            return self._texts[name]

    def save(self) -> None:
        """Keep the texts for the next runs, if some were written."""
        if self._path is not None and self._plan is not None:
            keep(self._path, (self.shape, self._texts))


def statements_of(made: Plan) -> Statements:
    """The statements of a plan, kept nowhere."""
    return Statements(_shape(made), lambda: made)


def known_statements(  # noqa: PLR0913 - all that the texts depend on
    law: Law,
    epochs: Sequence[int],
    sources: Mapping[str, Source],
    *,
    readings: Mapping[str, str],
    wanted: Sequence[str] | None,
    anomalies: bool,
) -> Statements:
    """The statements that compute ``wanted`` from ``sources``, those of the cache first.

    Raises:
        OffGridError, UnsupportedError, TooWideError: see ``plan``.
    """

    def make() -> Plan:
        manners = Manners(anomalies=anomalies, enums=True)
        return plan(law, epochs, readings=readings, wanted=wanted, manners=manners)

    path = cache_file(
        "sql", law.corpus.digest, version("sqlglot"), repr(tuple(epochs)),
        repr(sorted(readings.items())), repr(None if wanted is None else tuple(wanted)),
        repr(anomalies), repr(sorted(sources.items())),
    )  # fmt: skip
    match kept(path):
        case (Shape() as shape, dict() as texts):
            return Statements(shape, make, texts, path)
        case _:
            made = make()
            return Statements(_shape(made), make, {}, path, made)


def _shape(made: Plan) -> Shape:
    watchers = tuple(one.name for one in made.watchers)
    stages = tuple(one.name for one in made.stages)
    return Shape(made.key, stages, tuple(made.empty), tuple(made.fired), watchers)
