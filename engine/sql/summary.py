"""The tables of a run go in; what they come to goes out: amounts, anomalies and refusals, counted.

Each table is read once, by DuckDB, exactly, whichever engine wrote it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from engine.langage.corpus import NOT_COMPUTED, Corpus
from engine.source.catalogue import codes, entry
from engine.sql.duck import ANOMALIES, REFUSALS, RESULTS, connect, ctrl_c
from engine.sql.fragments import literal, quoted
from engine.sql.inputs.raw import described
from engine.sql.paths import parquet, parts_of_table


@dataclass(frozen=True, slots=True)
class Total:
    """One amount over all records: its sum, in the unit of its rule.

    ``records``: how many have one that is not zero; ``uncomputed``: for how many it cannot be
    computed.
    """

    name: str
    label: str
    total: Decimal
    records: int
    uncomputed: int


@dataclass(frozen=True, slots=True)
class Raised:
    """The anomalies of one code; ``label``: that of the control."""

    code: str
    gravity: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Refused:
    """The refusals of one code, in one column of a table; ``file``, ``line``, ``why``: the first.

    A file is before another by its name.
    """

    code: str
    column: str | None
    count: int
    file: str | None
    line: int | None
    why: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What the tables of a run come to, the greatest first."""

    totals: tuple[Total, ...]
    raised: tuple[Raised, ...]
    refused: tuple[Refused, ...]


def summary_of(corpus: Corpus, tables: Mapping[str, Path]) -> Summary:
    """The totals and counts of the tables of a run.

    Amounts are the results in the unit of what the corpus measures the effect of a change by; those
    that are zero for all, and can be computed for all, are left out.

    Args:
        corpus: the law that the run applied.
        tables: the output tables, by name: each a Parquet file or a folder of them.
    """
    with ctrl_c(), connect(None, None, "") as link:
        rows = {name: parquet(*parts_of_table(table)) for name, table in tables.items()}
        amounts = _amounts(corpus, described(link, rows[RESULTS]))
        lists = f"',' || {quoted(NOT_COMPUTED)} || ','"
        sums = [
            f"COALESCE(SUM({quoted(one)}), 0), COUNT(*) FILTER ({quoted(one)} <> 0), "
            f"COUNT(*) FILTER (CONTAINS({lists}, {literal(f',{one},')}))"
            for one in amounts
        ]
        query = f"SELECT {', '.join(sums)} FROM {rows[RESULTS]}"
        found = link.execute(query).fetchone() if sums else None
        raised = link.execute(
            f"SELECT code, gravite, regle, COUNT(*) FROM {rows[ANOMALIES]} GROUP BY ALL"
        ).fetchall()
        refused = link.execute(
            f"SELECT code, champ, COUNT(*) AS n, MIN({{'f': fichier, 'l': ligne, 'm': motif}}) "
            f'FROM {rows[REFUSALS]} GROUP BY code, "table", champ '
            'ORDER BY n DESC, code, "table", champ'
        ).fetchall()
    totals = [
        Total(name, corpus.rule(name).label, *of_one)
        for name, of_one in zip(amounts, zip(*[iter(found or ())] * 3, strict=True), strict=True)
    ]
    totals.sort(key=lambda one: (-abs(one.total), -one.records, one.name))
    return Summary(
        tuple(one for one in totals if one.records or one.uncomputed),
        _raised(corpus, raised),
        tuple(
            Refused(code, column, count, first["f"], first["l"], first["m"])
            for code, column, count, first in refused
        ),
    )


def _amounts(corpus: Corpus, columns: Mapping[str, str]) -> list[str]:
    if corpus.effects is None:
        return []
    unit = corpus.rule(corpus.effects.total).unit
    known = {rule.name for rule in corpus.rules if rule.scope is None and rule.unit == unit}
    return [name for name in columns if name in known]


def _raised(corpus: Corpus, found: list[tuple[str, str, str, int]]) -> tuple[Raised, ...]:
    labels = {control.ident: control.label for control in corpus.controls}
    own = {*codes()}  # the others are those of controls
    counts: Counter[tuple[str, str, str]] = Counter()
    for code, gravity, rule, count in found:
        counts[code, gravity, entry(code).titre if code in own else labels[rule]] += count
    return tuple(
        Raised(code, gravity, label, count)
        for (code, gravity, label), count in sorted(
            counts.items(), key=lambda one: (one[0][1] != "bloquant", -one[1], one[0])
        )
    )
