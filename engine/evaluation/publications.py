"""Published tables: each printed figure is computed again by the very rules that serve records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from engine.evaluation.interpreter import Interpreter
from engine.evaluation.show import french
from engine.langage.corpus import Corpus, Publication
from engine.langage.epochs import build_epoch
from engine.langage.inputs import Value
from engine.langage.records import Record
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.positions import Span


@dataclass(frozen=True, slots=True)
class Printed:
    """A row of a published table: what it imposes, and the figures it prints, each at its place.

    ``record`` is a record of that day that gives nothing: the row imposes all that is needed.
    """

    publication: Publication
    record: Record
    imposed: Mapping[str, Value]
    cells: tuple[tuple[str, Value, Span], ...]

    def wrong(self, interpreter: Interpreter) -> Iterator[tuple[str, Value, Span]]:
        """The cells that ``interpreter``, made for this record and what is imposed, denies."""
        for name, printed, span in self.cells:
            if interpreter.step(name).value != printed:
                yield name, printed, span


def printed_rows(corpus: Corpus) -> Iterator[Printed]:
    """Every row of every published table; an empty cell prints nothing."""
    for publication in corpus.publications:
        blank = Record(publication.name, publication.day, {}, {}, publication.span)
        count = len(publication.imposed)
        for row in publication.rows:
            pairs = zip(publication.checked, row[count:], strict=True)
            cells = [(name, value, span) for name, (value, span) in pairs if value is not None]
            # the values that a row imposes; an empty cell imposes nothing
            named = zip(publication.imposed, row[:count], strict=True)
            yield Printed(
                publication,
                blank,
                {name: value for name, (value, _) in named if value is not None},
                tuple(cells),
            )


def check_publications(corpus: Corpus) -> tuple[tuple[Diagnostic, ...], int]:
    """Compare every printed cell with what the rules give.

    Returns:
        One E407 per column that differs, at its first cell that does, since one formula makes
        them all; and the number of cells compared.
    """
    found: dict[tuple[str, str], tuple[str, str, str, Span]] = {}
    others: Counter[tuple[str, str]] = Counter()
    compared = 0
    days = {one.day for one in corpus.publications}
    epochs = {
        day: build_epoch(
            corpus.starts, corpus.epoch_number(day), corpus.rules, corpus.tables, corpus.controls
        )
        for day in days
    }
    for row in printed_rows(corpus):
        epoch = epochs[row.publication.day]
        interpreter = Interpreter(corpus, epoch, row.record, imposed=row.imposed)
        compared += len(row.cells)
        for name, printed, span in row.wrong(interpreter):
            column = row.publication.name, name
            if column in found:
                others[column] += 1
                continue
            unit = corpus.unit(name)
            shown = replace(unit, symbol="") if unit is not None else None
            texts = french(printed, shown), french(interpreter.step(name).value, unit)
            found[column] = *texts, row.publication.source, span
    return tuple(
        say(
            "E407",
            span,
            corpus.rule(name).span,
            cas=("seule", "une", "plusieurs")[min(others[table, name], 2)],
            nom=name,
            publie=printed,
            source=source,
            calcule=computed,
            autres=others[table, name],
        )
        for (table, name), (printed, computed, source, span) in found.items()
    ), compared
