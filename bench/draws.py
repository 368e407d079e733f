"""Chance that is the same every time: what to draw goes in, an SQL expression for it comes out.

An element of a population is what its number makes of it: every draw is a hash of that number, of
the seed and of the name of the draw. So nothing is kept between two tables, the first elements of a
population do not depend on how many follow, and any part of it can be made again alone. Draws are
those of one version of DuckDB: another may hash otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import duckdb

PARTS = 1000  # weights and chances are counted in thousandths
PLACES = 64  # the lines of one element are numbered from 64 times its number
ROWS = 100_000  # of a row group: what one thread reads at a time


@dataclass(frozen=True, slots=True)
class Draws:
    """The draws of one seed. ``of`` is always an SQL expression for the number of an element."""

    seed: int

    def number(self, name: str, below: int, of: str) -> str:
        """A whole number from 0 to ``below`` - 1, each as likely as any other."""
        digest = blake2b(f"{self.seed} {name}".encode(), digest_size=7).digest()
        return f"(hash(({of})::BIGINT + {int.from_bytes(digest)}) % {below})::INTEGER"

    def bell(self, name: str, low: int, below: int, of: str) -> str:
        """``low`` and the sum of three numbers below ``below``: the middle is likely, not the ends.

        The mean is ``low + 3 * (below - 1) / 2``, the deviation about half of ``below``.
        """
        turns = (self.number(f"{name} {turn}", below, of) for turn in range(3))
        return f"({low} + {' + '.join(turns)})"

    def chance(self, name: str, parts: int, of: str) -> str:
        """A condition that holds ``parts`` times in a thousand."""
        return f"({self.number(name, PARTS, of)} < {parts})"

    def pick(self, name: str, weights: Mapping[str, int], of: str) -> str:
        """One of the SQL expressions of ``weights``, as often as its weight in thousandths."""
        if sum(weights.values()) != PARTS:
            message = f"les poids de « {name} » font {sum(weights.values())}, non {PARTS}"
            raise ValueError(message)
        upper = 0
        cases = []
        for expression, weight in weights.items():
            upper += weight
            cases.append(f"WHEN {upper} > {self.number(name, PARTS, of)} THEN {expression}")
        return f"CASE {' '.join(cases)} END"

    def code(self, name: str, weights: Mapping[str, int], of: str) -> str:
        """One of the codes of ``weights``, as often as its weight in thousandths."""
        return self.pick(name, {text(code): weight for code, weight in weights.items()}, of)

    def any_of(self, name: str, values: Sequence[str], of: str) -> str:
        """One of the SQL expressions of ``values``, each as often as any other."""
        return f"[{', '.join(values)}][1 + {self.number(name, len(values), of)}]"


def text(value: str) -> str:
    """``value`` as an SQL text."""
    return "'" + value.replace("'", "''") + "'"


def texts(values: Sequence[str]) -> list[str]:
    """Each of ``values`` as an SQL text."""
    return [text(value) for value in values]


def decimal(expression: str, digits: int, places: int) -> str:
    """``expression``, a whole number of units of the last place, as an exact decimal number."""
    kind = f"DECIMAL({digits}, {places})"
    return f"CAST((({expression})::DECIMAL(18, 0) * 1e-{places}::{kind}) AS {kind})"


def select(source: str, columns: Mapping[str, str], *, more: bool = False) -> str:
    """The query for ``columns``, by name, of a table or of another query.

    Args:
        source: what follows FROM.
        columns: the SQL expression of each column.
        more: keep the columns of ``source`` too.
    """
    listed = ", ".join(f"{expression} AS {name}" for name, expression in columns.items())
    return f"SELECT {'*, ' if more else ''}{listed} FROM {source}"  # noqa: S608 - ours


def below(source: str, count: str, line: str) -> str:
    """``count`` lines for each element of ``source``, its columns with theirs.

    The column ``line`` is the number of the line in the whole population, ``rang`` its number in
    its element, from 0.
    """
    numbered = select(source, {"rang": f"unnest(range({count}))::INTEGER"}, more=True)
    return select(f"({numbered})", {line: f"i * {PLACES} + rang"}, more=True)


def connect() -> duckdb.DuckDBPyConnection:
    """A database in memory that draws no progress bar."""
    link = duckdb.connect()
    link.execute("SET enable_progress_bar = false")
    return link


def write(link: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    """Write the rows of ``query`` as Parquet, in their order."""
    options = f"FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROWS}"
    link.execute(f"COPY ({query}) TO {text(str(path))} ({options})")
