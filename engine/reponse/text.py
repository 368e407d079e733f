"""A report goes in, the lines of a terminal come out: plain text, as wide as the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import Final, TypeAlias

from engine.evaluation.show import counted
from engine.reponse.report import (
    Heading,
    ListColumn,
    Listing,
    Report,
    Sentence,
    Shown,
    Tone,
    Tree,
)
from engine.source.terminal import on_its_line

Pieces: TypeAlias = Sequence[tuple[str, str]]  # texts, each with the style of a terminal
_GAP: Final = "  "
_STYLES: Final[dict[Tone, str]] = {"bloquant": "bold red", "alerte": "yellow"}
_LEAST: Final = 10  # characters of a text that is folded


def report_lines(report: Report, width: int | None) -> Iterator[str]:
    """The lines of a report, its parts set apart by a blank one.

    ``width``: that of the terminal; None, when it is none: then nothing is folded.
    """
    for line in styled_lines(report, width):
        yield "".join(text for text, _ in line)


def styled_lines(report: Report, width: int | None) -> Iterator[Pieces]:
    """The same, each line in pieces that a terminal shows in their style."""
    under = True  # the first part, and what stands under a heading
    for part in report.parts:
        yield from [] if under else [()]
        match part:
            case Heading(text):
                yield from ([(line, "bold")] for line in text.split("\n"))
            case Sentence(text):
                yield from ([(line, "")] for line in text.split("\n"))
            case Listing():
                yield from _listing(part, width)
            case Tree():
                yield from _tree(part, width)
        under = isinstance(part, Heading)


def _tree(tree: Tree, width: int | None) -> Iterator[Pieces]:
    """The lines of a tree, its branches drawn; those too long are folded beside the branches."""
    first: Pieces = [(tree.label, ""), (tree.value, "bold"), (tree.aside, "dim")]
    for line in (first, *([(one, "")] for one in tree.lines)):
        text = "".join(piece for piece, _ in line)
        if width is None or len(text) <= max(width, _LEAST):
            yield line
        else:
            yield from ([(one, "")] for one in wrap(text, max(width, _LEAST)))
    for child in tree.children:
        guide, more = ("└── ", "    ") if child is tree.children[-1] else ("├── ", "│   ")
        for line in _tree(child, None if width is None else width - len(more)):
            yield [(guide, "dim"), *line]
            guide = more


def _listing(listing: Listing, width: int | None) -> Iterator[Pieces]:
    margin = _GAP if listing.title else ""
    if listing.words is None:
        yield from _table(listing, margin, width)
    else:
        yield from [[(f"{listing.title} :", "bold")]] if listing.title else []
        yield from ([(f"{margin}{line}".rstrip(), "")] for line in listing.words[: listing.limit])
    rows = listing.rows if listing.words is None else listing.words
    if isinstance(rows, Sequence) and listing.limit is not None and len(rows) > listing.limit:
        others = f"… et {counted(len(rows) - listing.limit, 'autre')} (--complet les montre)"
        yield [(f"{margin}{listing.rest or others}", "")]
    yield from ([(f"{margin}{note}", "")] for note in listing.notes)


def _table(listing: Listing, margin: str, width: int | None) -> Iterator[Pieces]:
    """Columns; the title stands for the first heading. Too wide for them, one line per value."""
    columns, found = listing.for_people()
    rows = [
        [
            (on_its_line(column.french(cell)), _style(cell))
            for column, cell in zip(columns, row, strict=True)
        ]
        for row in list(found)[: listing.limit]
    ]
    titles = [
        listing.title or columns[0].heading or "",
        *(one.heading or "" for one in columns[1:]),
    ]
    split = [one.split("\n") for one in titles]
    tall = max(map(len, split))
    heads = zip(*([""] * (tall - len(one)) + one for one in split), strict=True)
    lines = [[(piece, "bold") for piece in line] for line in heads]
    lines += [[(f"{margin}{row[0][0]}", row[0][1]), *row[1:]] for row in rows]
    widths = [max(len(line[at][0]) for line in lines) for at in range(len(columns))]
    kept = [at for at, one in enumerate(widths) if one]
    if width is not None:
        _narrow(widths, kept, columns, width)
    if width is None or _whole(widths, kept) <= width:
        for line in lines:
            yield from _folded(line, widths, kept, columns)
        return
    yield from [[(listing.title, "bold")]] if listing.title else []
    for number, row in enumerate(rows):
        yield from [()] if number else []
        for column, (cell, style) in zip(columns, row, strict=True):
            head = (column.heading or "").replace("\n", " ")
            if cell:
                yield [(f"{margin}{head} : " if head else margin, ""), (cell, style)]


def _style(cell: object) -> str:
    return _STYLES.get(cell.tone, "") if isinstance(cell, Shown) else ""


def _whole(widths: Sequence[int], kept: Sequence[int]) -> int:
    return sum(widths[at] for at in kept) + len(_GAP) * (len(kept) - 1)


def _narrow(
    widths: list[int], kept: Sequence[int], columns: Sequence[ListColumn], width: int
) -> None:
    """Take from the widest text, again and again, what is too much: an amount is never cut."""
    texts = [at for at in kept if columns[at].kind == "text"]
    while texts and _whole(widths, kept) > width:
        widest = max(texts, key=lambda at: widths[at])
        if widths[widest] <= _LEAST:
            return
        widths[widest] -= 1


def _folded(
    row: Pieces, widths: Sequence[int], kept: Sequence[int], columns: Sequence[ListColumn]
) -> Iterator[Pieces]:
    """One row, on as many lines as its longest text needs; nothing at the end of a line."""
    folded = {}
    for at in kept:
        cell = row[at][0]
        margin = cell[: len(cell) - len(cell.lstrip())]
        wide = len(cell) > widths[at]
        folded[at] = wrap(cell, widths[at], subsequent_indent=margin) if wide else [cell]
    for number in range(max(map(len, folded.values()))):
        line: list[tuple[str, str]] = []
        for at, lines in folded.items():
            piece = "".join(lines[number : number + 1])
            before = widths[at] - len(piece) if columns[at].numeric else 0
            line += [(" " * before, ""), (piece, row[at][1])]
            line.append((" " * (widths[at] - len(piece) - before) + _GAP, ""))
        while line and not line[-1][0].strip():
            line.pop()
        yield line
