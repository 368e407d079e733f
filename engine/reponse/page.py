"""A report goes in, one HTML page comes out: no script, nothing to fetch, it opens from a mail."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from html import escape
from pathlib import Path
from typing import Final

from engine.evaluation.show import french_number
from engine.reponse.report import Block, Heading, ListColumn, Listing, Report, Sentence, Shown, Tree
from engine.source.terminal import harmless

_STYLE: Final = Path(__file__).with_name("style.css")
_MOST: Final = 500  # rows of what a workbook holds whole


def report_page(report: Report) -> str:
    """The whole HTML page."""
    title = escape(report.title)
    lines = [
        "<!doctype html>",
        '<html lang="fr"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{title}</title>",
        f"<style>\n{_STYLE.read_text(encoding='utf-8')}</style></head><body>",
        f"<h1>{title}</h1>",
        *(line for part in report.parts for line in _part(part)),
        "</body></html>",
    ]
    return harmless("\n".join(lines) + "\n")


def _part(part: Block) -> Iterator[str]:
    match part:
        case Heading(text):
            yield f"<h2>{escape(text)}</h2>"
        case Sentence(text):
            yield f"<p>{escape(text)}</p>"
        case Tree(label, value, aside, lines, children):
            first = f"{escape(label)}<b>{escape(value)}</b><small>{escape(aside)}</small>"
            rest = escape("".join(f"\n{line}" for line in lines))
            yield f"<details open><summary>{first}{rest}</summary>"
            yield from (line for child in children for line in _part(child))
            yield "</details>"
        case Listing(title=title, folded=True):
            yield f"<details><summary>{escape(title)}</summary>"
            yield from _listing(part)
            yield "</details>"
        case Listing(title=title):
            yield from [f"<h2>{escape(title)}</h2>"] if title else []
            yield from _listing(part)


def _listing(listing: Listing) -> Iterator[str]:
    columns, found = listing.for_people()
    rows = list(found)
    if listing.sheet and len(rows) > _MOST:
        yield f"<p>Les {_MOST} premières lignes, sur {french_number(Fraction(len(rows)))}.</p>"
        del rows[_MOST:]
    heads = "".join(f"<th>{escape(one.heading or '')}</th>" for one in columns)
    bars = [at for at, column in enumerate(columns) if column.kind == "bar"]
    most = max(
        (count for row in rows for at in bars if isinstance(count := row[at], int)), default=0
    )
    yield f"<table><thead><tr>{heads}</tr></thead><tbody>"
    for row in rows:
        cells = (_cell(*one, most) for one in zip(columns, row, strict=True))
        yield f"<tr>{''.join(cells)}</tr>"
    yield "</tbody></table>"
    yield from (f"<p>{escape(note)}</p>" for note in listing.notes)


def _cell(column: ListColumn, cell: object, most: int) -> str:
    """A value: numbers to the right, a bar drawn beside its count, several lines folded."""
    tone, note = (cell.tone, cell.note) if isinstance(cell, Shown) else ("", "")
    classes = " ".join(one for one in ("n" if column.numeric else "", tone) if one)
    attributes = f' class="{classes}"' if classes else ""
    attributes += f' title="{escape(note)}"' if note else ""
    first, more, rest = escape(column.french(cell)).partition("\n")
    told = f"<details><summary>{first}</summary><p>{rest}</p></details>" if more else first
    bar = f' <meter max="{most}" value="{cell}"></meter>' if column.kind == "bar" else ""
    return f"<td{attributes}>{told}{bar}</td>"
