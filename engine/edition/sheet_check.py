"""A sheet as exported and as it came back go in; what changed outside its cells comes out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date

from engine.edition.table_export import HEAD, Cell, Place, Traced
from engine.edition.workbook_read import Read, ReadSheet
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.messages.hints import write_date

At = Callable[[int, int], Place]


def outside_changes(traced: Traced, read: ReadSheet, at: At) -> tuple[Diagnostic, ...]:
    """E566 for all that changed and may not be edited: merged cells, rows, keys, headings.

    A row that moved makes every other difference meaningless: it is told alone.
    """
    found = [
        say("E566", place.span, cas="fusion", lieu=place, cellules=cells)
        for cells, row, column in read.merged
        for place in [at(row, column)]
    ]
    return tuple(found or _moved_rows(traced, read, at) or [*_fixed(traced, read, at),
                                                     *_beside(traced, read, at)])  # fmt: skip


def _moved_rows(traced: Traced, read: ReadSheet, at: At) -> list[Diagnostic]:
    """What happened to the rows, told by their keys."""
    width = max(one.column for one in traced.cells.values() if one.role == "cle")
    before, after = _keys(traced.cells, width), _keys(read.cells, width)
    if before == after:
        return []
    lost = Counter(before.values()) - Counter(after.values())
    new = Counter(after.values()) - Counter(before.values())
    if not lost and not new:
        row = min(row for row, keys in before.items() if after.get(row) != keys)
        place = at(row, 1)
        return [say("E566", place.span, cas="ordre", lieu=place)]
    if len(before) > len(after):
        return [
            say("E566", place.span, cas="ligne_otee", lieu=place, cles=_words(keys))
            for row, keys in before.items()
            if keys in lost
            for place in [at(row, 1)]
        ]
    if len(before) < len(after):
        return [
            say("E566", place.span, cas="ligne_ajoutee", lieu=place, cles=_words(keys))
            for row, keys in after.items()
            if keys in new
            for place in [at(row, 1)]
        ]
    return [
        say("E566", place.span, cas="cle", lieu=place, avant=old, apres=now)
        for row, keys in before.items()
        for column, (old, now) in enumerate(
            zip(keys, after.get(row, ("",) * width), strict=True), 1
        )
        if old != now
        for place in [at(row, column)]
    ]


def _keys(
    cells: Mapping[tuple[int, int], Cell] | Mapping[tuple[int, int], Read], width: int
) -> dict[int, tuple[str, ...]]:
    """The keys of each row of the table that has some."""
    texts = {place: one.text for place, one in cells.items()}
    found: dict[int, tuple[str, ...]] = {}
    for row in sorted({row for row, column in texts if row > HEAD and column <= width}):
        found[row] = tuple(texts.get((row, column), "") for column in range(1, width + 1))
    return found


def _words(keys: tuple[str, ...]) -> str:
    return ", ".join(one for one in keys if one)


def _fixed(traced: Traced, read: ReadSheet, at: At) -> Iterator[Diagnostic]:
    """Each locked cell that holds something else."""
    for (row, column), cell in traced.cells.items():
        if cell.role == "fixe":
            found = read.cells.get((row, column))
            if not _same(cell, found):
                after = "" if found is None else found.text
                place = at(row, column)
                yield say(
                    "E566",
                    place.span,
                    cas="modifiee" if after else "videe",
                    lieu=place,
                    avant=cell.text,
                    apres=after,
                )


def _same(cell: Cell, found: Read | None) -> bool:
    """Whether a locked cell is as exported; a day is one, in whatever form it is kept."""
    if found is None or found.kind == "formule":
        return False
    return found.text == cell.text or _day(found.text) == cell.text


def _day(text: str) -> str | None:
    try:
        return date.fromisoformat(write_date(text) or text).isoformat()
    except ValueError:
        return None


def _beside(traced: Traced, read: ReadSheet, at: At) -> Iterator[Diagnostic]:
    """The first cell of each column, and of each row, that holds something and was not exported."""
    added = [place for place in sorted(read.cells) if place not in traced.cells]
    told: set[int] = set()
    for row, column in added:
        if column not in told:
            told.add(column)
            place = at(row, column)
            yield say(
                "E566",
                place.span,
                cas="hors_tableau",
                lieu=place,
                texte=read.cells[row, column].text,
            )
