"""A report goes in, the lines of a terminal come out: plain text, as wide as the terminal."""

from __future__ import annotations

import re
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
_BESIDE: Final = re.compile(r" (?=[:;!?»€%])|(?<=«) ")
_LEAST: Final = 10  # characters of a text that is folded
_HEAD: Final = 7  # and of a heading


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
                yield from _lines(text, width, "bold")
            case Sentence(text):
                yield from _lines(text, width)
            case Listing():
                yield from _listing(part, width)
            case Tree():
                yield from _tree(part, width)
        under = isinstance(part, Heading)


def _lines(text: str, width: int | None, style: str = "") -> Iterator[Pieces]:
    """The lines of a text, what does not hold on one going on below, set in; no word is cut."""
    for line in text.split("\n"):
        if width is None or len(line) <= width:
            yield [(line, style)]
            continue
        margin = line[: len(line) - len(line.lstrip())]
        folded = wrap(
            _BESIDE.sub("\u00a0", line),  # a sign stays beside its word
            width,
            subsequent_indent=f"{margin}{_GAP}",
            break_long_words=False,
            break_on_hyphens=False,
        )
        yield from ([(one.replace("\u00a0", " "), style)] for one in folded)


def _tree(tree: Tree, width: int | None) -> Iterator[Pieces]:
    """The lines of a tree, its branches drawn; those too long are folded beside the branches."""
    first: Pieces = [(tree.label, ""), (tree.value, "bold"), (tree.aside, "dim")]
    for line in (first, *([(one, "")] for one in tree.lines)):
        text = "".join(piece for piece, _ in line)
        if width is None or len(text) <= max(width, _LEAST):
            yield line
        else:
            yield from _lines(text, max(width, _LEAST))
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
        for line in listing.words[: listing.limit]:
            yield from _lines(f"{margin}{line}".rstrip(), width)
    rows = listing.rows if listing.words is None else listing.words
    if isinstance(rows, Sequence) and listing.limit is not None and len(rows) > listing.limit:
        others = f"… et {counted(len(rows) - listing.limit, 'autre')} (--complet les montre)"
        yield from _lines(f"{margin}{listing.rest or others}", width)
    for note in listing.notes:
        yield from _lines(f"{margin}{note}", width)


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
    body = [[(f"{margin}{row[0][0]}", row[0][1]), *row[1:]] for row in rows]
    split = [one.split("\n") for one in titles]
    cells = [max((len(line[at][0]) for line in body), default=0) for at in range(len(columns))]
    widths = [max(cell, *map(len, head)) for cell, head in zip(cells, split, strict=True)]
    kept = [at for at, one in enumerate(widths) if one]
    if width is not None:
        _narrow(widths, kept, columns, width)
        _narrow_heads(widths, kept, cells, width)
        split = [
            [piece for line in head for piece in _folded_head(line, widths[at])]
            for at, head in enumerate(split)
        ]
    if width is None or _whole(widths, kept) <= width:
        tall = max(map(len, split))
        heads = zip(*([""] * (tall - len(one)) + one for one in split), strict=True)
        for line in [[(piece, "bold") for piece in head] for head in heads] + body:
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


def _narrow_heads(widths: list[int], kept: Sequence[int], cells: Sequence[int], width: int) -> None:
    """Take what is still too much from the widest heading that is wider than its values."""
    while _whole(widths, kept) > width:
        wide = [at for at in kept if widths[at] > max(cells[at], _HEAD)]
        if not wide:
            return
        widths[max(wide, key=lambda at: widths[at])] -= 1


def _folded_head(head: str, width: int) -> list[str]:
    """A heading on lines of a width, cut after « _ » or a space; a word only if it must be."""
    if len(head) <= width:
        return [head]
    spaced = wrap(head.replace("_", "_ "), width)
    lines = [spaced[0]]
    for line in spaced[1:]:
        joined = lines[-1].replace("_ ", "_") + line
        if lines[-1].endswith("_") and len(joined) <= width:
            lines[-1] = joined
        else:
            lines.append(line)
    return [one.replace("_ ", "_") for one in lines]


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
