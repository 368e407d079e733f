"""A report goes in, the lines of a terminal come out: plain text, as wide as the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import Final, TypeAlias

from engine.evaluation.show import counted
from engine.reponse.report import Heading, ListColumn, Listing, Report, Sentence, Tree
from engine.source.terminal import on_its_line

Line: TypeAlias = Sequence[tuple[str, str]]  # texts, each « bold », « dim » or as the others
_GAP: Final = "  "
_LEAST: Final = 16  # characters of a text that is folded


def report_lines(report: Report, width: int | None) -> Iterator[str]:
    """The lines of a report, its parts set apart by a blank one.

    ``width``: that of the terminal; None, when it is none: then nothing is folded.
    """
    for line in styled_lines(report, width):
        yield "".join(text for text, _ in line)


def styled_lines(report: Report, width: int | None) -> Iterator[Line]:
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


def _tree(tree: Tree, width: int | None) -> Iterator[Line]:
    """The lines of a tree, its branches drawn; those too long are folded beside the branches."""
    first: Line = [(tree.label, ""), (tree.value, "bold"), (tree.aside, "dim")]
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


def _listing(listing: Listing, width: int | None) -> Iterator[Line]:
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


def _table(listing: Listing, margin: str, width: int | None) -> Iterator[Line]:
    """Columns; the title stands for the first heading. Too wide for them, one line per value."""
    columns, found = listing.for_people()
    rows = [
        [on_its_line(column.french(cell)) for column, cell in zip(columns, row, strict=True)]
        for row in list(found)[: listing.limit]
    ]
    titles = [
        listing.title or columns[0].heading or "",
        *(one.heading or "" for one in columns[1:]),
    ]
    split = [one.split("\n") for one in titles]
    tall = max(map(len, split))
    heads = [*zip(*([""] * (tall - len(one)) + one for one in split), strict=True)]
    cells = [[f"{margin}{row[0]}", *row[1:]] for row in rows]
    widths = [max(len(row[at]) for row in (*heads, *cells)) for at in range(len(columns))]
    kept = [at for at, one in enumerate(widths) if one]
    if width is not None:
        _narrow(widths, kept, columns, width)
    if width is None or _whole(widths, kept) <= width:
        for number, row in enumerate((*heads, *cells)):
            style = "bold" if number < tall else ""
            yield from ([(line, style)] for line in _folded(row, widths, kept, columns))
        return
    yield from [[(listing.title, "bold")]] if listing.title else []
    for number, row in enumerate(rows):
        yield from [()] if number else []
        for column, cell in zip(columns, row, strict=True):
            if cell:
                head = (column.heading or "").replace("\n", " ")
                yield [(f"{margin}{head} : {cell}" if head else f"{margin}{cell}", "")]


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
    row: Sequence[str], widths: Sequence[int], kept: Sequence[int], columns: Sequence[ListColumn]
) -> Iterator[str]:
    """One row, on as many lines as its longest text needs."""
    folded: dict[int, Sequence[str]] = {
        at: [row[at]] if len(row[at]) <= widths[at] else wrap(row[at], widths[at]) for at in kept
    }
    for number in range(max(map(len, folded.values()))):
        pieces = (
            (at, lines[number] if number < len(lines) else "") for at, lines in folded.items()
        )
        yield _GAP.join(_set(piece, widths[at], columns[at]) for at, piece in pieces).rstrip()


def _set(piece: str, width: int, column: ListColumn) -> str:
    return piece.rjust(width) if column.numeric else piece.ljust(width)
