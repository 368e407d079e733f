"""Published tables: each printed figure is computed again by the very rules that serve records."""

from __future__ import annotations

from dataclasses import replace

from engine.evaluation.interpreter import Interpreter
from engine.evaluation.show import french
from engine.langage.corpus import Corpus, Publication
from engine.langage.epochs import build_epoch
from engine.langage.inputs import Value
from engine.langage.records import Record
from engine.source.diagnostics import Diagnostic
from engine.source.messages import tables as say


def check_publications(corpus: Corpus) -> tuple[tuple[Diagnostic, ...], int]:
    """Compare every printed cell with what the rules give.

    Returns:
        One E407 per cell that differs, at that cell; and the number of cells compared.
    """
    found: list[Diagnostic] = []
    compared = 0
    for publication in corpus.publications:
        epoch = build_epoch(
            corpus.starts,
            corpus.epoch_number(publication.day),
            corpus.rules,
            corpus.tables,
            corpus.controls,
        )
        blank = Record(publication.name, publication.day, {}, {}, publication.span)
        for row in publication.rows:
            imposed = _imposed(publication, row[: len(publication.imposed)])
            interpreter = Interpreter(corpus, epoch, blank, imposed=imposed)
            cells = zip(publication.checked, row[len(publication.imposed) :], strict=True)
            for name, (printed, span) in cells:
                if printed is None:
                    continue
                compared += 1
                computed = interpreter.step(name).value
                if computed != printed:
                    unit = corpus.units.get(corpus.rule(name).unit or "")
                    shown = replace(unit, symbol="") if unit is not None else None
                    texts = french(printed, shown), french(computed, unit)
                    source = publication.source
                    found.append(say.published_differs(name, *texts, source, span))
    return tuple(found), compared


def _imposed(
    publication: Publication, cells: tuple[tuple[Value | None, object], ...]
) -> dict[str, Value]:
    """The values that a row imposes; an empty cell imposes nothing."""
    named = zip(publication.imposed, cells, strict=True)
    return {name: value for name, (value, _) in named if value is not None}
