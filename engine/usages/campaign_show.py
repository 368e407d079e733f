"""What the tables of a campaign come to, in French: the lines of the screen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Final

from engine.evaluation.show import french
from engine.langage.corpus import Corpus
from engine.source.terminal import on_its_line
from engine.sql.summary import Refused, Summary
from engine.usages.words import counted

_WIDTH: Final = 100
_LEAST: Final = 45  # characters of a label
_SHOWN: Final = 10  # lines of a section


def summary_lines(corpus: Corpus, found: Summary, *, whole: bool) -> Iterator[str]:
    """The totals, the anomalies and the refusals; ``whole``: none is left out, none is cut."""
    if found.totals and corpus.effects is not None:
        unit = corpus.units[corpus.rule(corpus.effects.total).unit or ""]
        rows = [
            # What was computed for no one is not 0.
            (one.label, french(Fraction(one.total), unit) if one.records else "—",
             french(Fraction(one.records)),
             f"non calculable : {counted(one.uncomputed, 'dossier')}" if one.uncomputed else "")
            for one in found.totals
        ]  # fmt: skip
        yield from _section(("Montants", "total", "dossiers", ""), rows, whole=whole)
    if found.raised:
        rows = [
            (f"{one.code}  {one.gravity:<8}  {one.label}", "", french(Fraction(one.count)), "")
            for one in found.raised
        ]
        yield from _section(("Anomalies", "", "nombre", ""), rows, whole=whole)
    if found.refused:
        rows = [
            (one.code, "", french(Fraction(one.count)), f"{first_of(one)} : {on_its_line(one.why)}")
            for one in found.refused
        ]
        yield from _section(("Refus", "", "nombre", "le premier"), rows, whole=whole)


def first_of(one: Refused) -> str:
    """Where the first of the refusals is, as an explanation of this record says it."""
    place = f"{one.file}, ligne {one.line}" + (f", colonne {one.column}" if one.column else "")
    return on_its_line(place)


def _section(
    heads: tuple[str, ...], rows: Sequence[tuple[str, ...]], *, whole: bool
) -> Iterator[str]:
    """A title with its heads, and its rows in columns: words, then numbers, then words again."""
    kept = rows if whole else rows[:_SHOWN]
    lines = [heads, *((f"  {row[0]}", *row[1:]) for row in kept)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(heads))]
    if not whole:  # the words give way to what is beside them, a little, then the last ones
        beside = sum(width + 2 for width in widths[1:] if width)
        widths[0] = min(widths[0], max(_WIDTH - beside, _LEAST))
        beside = sum(width + 2 for width in widths[:-1] if width)
        widths[-1] = min(widths[-1], _WIDTH - beside)
    yield ""
    for words, *numbers, more in lines:
        cells = [one.rjust(width) for one, width in zip(numbers, widths[1:], strict=False) if width]
        first = _cut(words, widths[0]).ljust(widths[0])
        yield "  ".join([first, *cells, _cut(more, widths[-1])]).rstrip()
    if len(rows) > len(kept):
        yield f"  … et {counted(len(rows) - len(kept), 'autre')} (--complet les montre)"


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"
