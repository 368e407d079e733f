"""The page of the coverage: each cell of a table is coloured by the cases that read it.

One file without any script nor anything to fetch: it opens from a mail or from the artefacts of a
continuous integration.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from itertools import groupby
from typing import Final

from engine.cas.coverage import Coverage, Covered
from engine.evaluation.show import french
from engine.evaluation.trace import NodePlace, row_place
from engine.langage.corpus import Corpus, Table, TableVersion
from engine.langage.inputs import Value
from engine.langage.kernel import Absence, Missing
from engine.source.positions import Span
from engine.source.terminal import harmless
from engine.usages.key_words import key_words

_MANY: Final = 5  # cases: from there, the deepest colour
_NAMED: Final = 12  # cases told of a cell
_STYLE: Final = """
body { font: 15px/1.45 system-ui, sans-serif; color: #1b1b1b; }
body { margin: 2rem auto; max-width: 72rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin-top: 2.2rem; } h3 { font-size: 1rem; }
table { border-collapse: collapse; margin: .5rem 0 1.5rem; }
th, td { border: 1px solid #c9c9c9; padding: .25rem .6rem; text-align: left; vertical-align: top; }
th { background: #f1f1f1; font-weight: 600; }
td.n { text-align: right; }
.c0 { background: #ffd9d4; } .c1 { background: #e9f5e1; } .c2 { background: #d3ecc4; }
.c3 { background: #bbe2a5; } .c4 { background: #a2d787; } .c5 { background: #89cc69; }
.lieu { color: #595959; font-size: .85em; }
details summary { cursor: pointer; }
"""


def page(corpus: Corpus, coverage: Coverage) -> str:
    """The whole HTML page."""
    rows = {one.point.place: one for one in coverage.points if one.point.place.holder == "table"}
    total, seen = len(coverage.points), coverage.count
    parts = [
        "<!doctype html>",
        '<html lang="fr"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>Couverture de la loi</title><style>{_STYLE}</style></head><body>",
        "<h1>Couverture de la loi par les cas</h1>",
        (
            f"<p>{coverage.cases} cas et lignes publiées ; {seen} points sur {total} ; "
            f"règles {escape(corpus.digest)}.</p>"
            "<p>Une case rouge n'est lue par aucun cas ; une verte l'est d'autant plus qu'elle "
            "est foncée.</p>"
        ),
        *_rules(coverage),
        *_tables(corpus, rows),
        "</body></html>",
    ]
    return harmless("\n".join(parts) + "\n")


# --- rules and controls


def _rules(coverage: Coverage) -> Iterator[str]:
    yield "<h2>Règles et contrôles</h2>"
    others = [one for one in coverage.points if one.point.place.holder != "table"]
    by_text = sorted(others, key=lambda one: one.point.text)
    for text, group in groupby(by_text, key=lambda one: one.point.text):
        found = list(group)
        seen = sum(bool(one.by) for one in found)
        yield f"<details><summary>{escape(text)} : {seen} points sur {len(found)}</summary>"
        yield "<table><tr><th>Règle</th><th>Version du</th><th>Branche</th><th>Cas</th></tr>"
        for one in found:
            yield (
                f"<tr><td>{escape(one.point.place.owner)}</td><td>{one.point.place.since}</td>"
                f"<td>{escape(one.point.what)} {_place(one.point.span)}</td>{_count(one)}</tr>"
            )
        yield "</table></details>"


def _count(one: Covered) -> str:
    depth = min(len(one.by), _MANY)
    return f'<td class="n c{depth}" title="{_names(one.by)}">{len(one.by)}</td>'


def _names(cases: Sequence[str]) -> str:
    told = ", ".join(cases[:_NAMED]) or "aucun cas"
    return escape(told + (" …" if len(cases) > _NAMED else ""), quote=True)


def _place(span: Span) -> str:
    return f'<span class="lieu">{escape(f"{span.file}:{span.line}")}</span>'


# --- tables


def _tables(corpus: Corpus, rows: Mapping[NodePlace, Covered]) -> Iterator[str]:
    yield "<h2>Tables</h2>"
    for table in corpus.tables.values():
        yield f"<h3>{escape(table.label)} ({escape(table.text)})</h3>"
        for version in table.versions:
            if any(row_place(table, version, rank) in rows for rank in range(len(version.rows))):
                yield from _version(corpus, table, version, rows)


def _version(
    corpus: Corpus, table: Table, version: TableVersion, rows: Mapping[NodePlace, Covered]
) -> Iterator[str]:
    yield f"<p>Depuis le {version.period.since} {_place(version.span)}</p>"
    heads = "".join(f"<th>{escape(column.name)}</th>" for column in table.columns)
    yield f"<table><tr>{heads}<th>{escape(table.unit or table.kind)}</th><th>Cas</th></tr>"
    for rank, row in enumerate(version.rows):
        one = rows[row_place(table, version, rank)]
        keys = "".join(
            f"<td>{escape(key_words(corpus, column, cell))}</td>"
            for column, cell in zip(table.columns, row.cells, strict=True)
        )
        depth = min(len(one.by), _MANY)
        value = f'<td class="n c{depth}" title="{_names(one.by)}">{escape(_value(row.value))}</td>'
        yield f'<tr>{keys}{value}<td class="n">{len(one.by)}</td></tr>'
    yield "</table>"


def _value(value: Value | Absence | Missing) -> str:
    return "non calculable" if isinstance(value, Missing) else french(value)
