"""Located documents go in; each record they hold comes out accepted or refused, in their order."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import MAXYEAR, MINYEAR, date
from itertools import takewhile
from typing import TypeAlias

from engine.dossiers.complete import complete
from engine.dossiers.draft import Draft, read_draft
from engine.dossiers.plan import plan
from engine.langage.agenda import YEAR_ENDS, YEAR_STARTS
from engine.langage.inputs import RecordModel, Value
from engine.langage.model import FIRST_DAY, LAST_DAY
from engine.langage.records import Line, Record
from engine.source import tree
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic, in_order
from engine.source.messages import reading
from engine.source.positions import Span
from engine.source.tree import Node

Outcome: TypeAlias = "Record | Refusal"

YEAR_FORM = "deux années qui se suivent, de la forme AAAA-AAAA"


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refused record: its identifier when it can be read, and all that was found, in order."""

    ident: str | None
    diagnostics: tuple[Diagnostic, ...]
    span: Span = field(compare=False, repr=False)


def read_records(
    nodes: Sequence[Node],
    model: RecordModel,
    *,
    first_day: date,
    default_ident: str | None = None,
    override_day: date | None = None,
) -> tuple[Outcome, ...]:
    """Read every record of ``nodes``.

    Args:
        nodes: documents, in the order of the run; each is a record or a list of records. An
            identifier serves once in a file: records that share one are all refused, since nothing
            tells which is right.
        model: what a record may hold.
        first_day: the first day for which rules exist, included.
        default_ident: the identifier of a record that has none.
        override_day: the date of every record, whatever date and whatever year are written.

    Returns:
        One outcome per record, in order. A refusal may hold E103 to E109, E501 to E505, E510.
    """
    read = record_reader(
        model, first_day=first_day, default_ident=default_ident, override_day=override_day
    )
    records = list(records_of(nodes))
    outcomes = [read(node) for node in records]
    ident = model.role("identifiant")
    places: dict[tuple[str, str], list[tuple[int, Span]]] = {}
    for at, (node, outcome) in enumerate(zip(records, outcomes, strict=True)):
        if outcome.ident is not None:
            place = _place(node, ident.name)
            places.setdefault((place.file, outcome.ident), []).append((at, place))
    for (_, name), uses in places.items():
        for at, place in uses if len(uses) > 1 else ():
            other = uses[0][1] if place is not uses[0][1] else uses[1][1]
            finding = say("E503", place, other, libelle=ident.label, dossier=name)
            outcomes[at] = _refused(outcomes[at], finding)
    return tuple(outcomes)


def record_reader(
    model: RecordModel,
    *,
    first_day: date,
    default_ident: str | None = None,
    override_day: date | None = None,
) -> Callable[[Node], Outcome]:
    """What ``read_records`` does of one record, whatever the others are."""
    looked_up = plan(model)
    given: dict[str, Value] = {}
    if override_day is not None:
        given[model.role("date").name] = override_day
    fallback: dict[str, Value] = {}
    if default_ident is not None:
        fallback[model.role("identifiant").name] = default_ident

    def read(node: Node) -> Outcome:
        if not isinstance(node, tree.Mapping):
            return Refusal(None, (reading.wrong_type(node, ("object",), node.span),), node.span)
        draft = read_draft(looked_up, node, given, fallback)
        complete(draft, looked_up)
        _check_date(draft, model, first_day, moved=override_day is not None)
        return _outcome(draft, model)

    return read


def records_of(nodes: Iterable[Node]) -> Iterator[Node]:
    """The records of documents, of which each is one or a list of them."""
    for node in nodes:
        if isinstance(node, tree.Sequence):
            yield from node.items
        else:
            yield node


def blamed(
    outcomes: Iterable[Outcome], findings: Sequence[Diagnostic]
) -> tuple[tuple[Outcome, ...], tuple[Diagnostic, ...]]:
    """Refuse the records in which ``findings`` of the text are: a key read twice is not a value.

    Returns:
        The outcomes, and the findings that are in none.
    """
    placed = list(outcomes)
    spans = sorted((one.span, at) for at, one in enumerate(placed))
    faults: dict[int, list[Diagnostic]] = {}
    others: list[Diagnostic] = []
    for found in findings:
        at_fault = _around(spans, found.span)
        for at in at_fault:
            faults.setdefault(at, []).append(found)
        others += [] if at_fault else [found]
    for at, inside in faults.items():
        placed[at] = _refused(placed[at], *inside)
    return tuple(placed), tuple(others)


def _around(spans: Sequence[tuple[Span, int]], place: Span) -> list[int]:
    """The records in which ``place`` is, by their places, which are sorted.

    What stands before a record, an anchor for one, is of the records of its line.
    """
    here = place.file, place.line, place.column
    last = bisect_right(spans, here, key=_start)
    before = (spans[at] for at in range(last - 1, -1, -1))
    after = (spans[at] for at in range(last, len(spans)))
    near = list(takewhile(lambda one: here[:2] <= (one[0].file, one[0].end_line), before))
    inside = [at for one, at in near if here[1:] < (one.end_line, one.end_column)]
    if inside:
        return inside
    return [at for _, at in (*near, *takewhile(lambda one: _start(one)[:2] == here[:2], after))]


def _start(one: tuple[Span, int]) -> tuple[str, int, int]:
    return one[0].file, one[0].line, one[0].column


def _refused(outcome: Outcome, *findings: Diagnostic) -> Refusal:
    known = outcome.diagnostics if isinstance(outcome, Refusal) else ()
    return Refusal(outcome.ident, in_order([*known, *findings]), outcome.span)


def _outcome(draft: Draft, model: RecordModel) -> Outcome:
    ident = draft.values.get(model.role("identifiant").name)
    day = draft.values.get(model.role("date").name)
    if not isinstance(ident, str):
        ident = None
    if draft.findings or ident is None or not isinstance(day, date):
        return Refusal(ident, in_order(draft.findings), draft.node.span)
    return Record(ident, day, draft.values, _lines(draft), draft.node.span)


def _lines(draft: Draft) -> Mapping[str, tuple[Line, ...]]:
    return {
        name: tuple(Line(line.values, line.links, line.node.span) for line in lines)
        for name, lines in draft.lines.items()
    }


def _check_date(draft: Draft, model: RecordModel, first_day: date, *, moved: bool) -> None:
    """The date is in the school year, when both are known, and not before the rules.

    Fills the first and the last day of that year.
    """
    day = draft.values.get(model.role("date").name)
    written = draft.values.get(model.role("annee").name)
    bounds = None
    if isinstance(written, str):
        bounds = _school_year(written)
        if bounds is None:
            place = _place(draft.node, model.role("annee").name)
            draft.findings.append(reading.wrong_form(written, "", YEAR_FORM, place))
    if not isinstance(day, date):
        return
    year = day.year if (day.month, day.day) >= YEAR_STARTS else day.year - 1
    # The calendar itself has a first and a last year.
    draft.values[FIRST_DAY] = date(year, *YEAR_STARTS) if year >= MINYEAR else date.min
    draft.values[LAST_DAY] = date(year + 1, *YEAR_ENDS) if year < MAXYEAR else date.max
    place = _place(draft.node, model.role("date").name)
    if not moved and isinstance(written, str) and bounds and not bounds[0] <= day <= bounds[1]:
        declared = _place(draft.node, model.role("annee").name)
        label = f"{model.role('annee').label} {written}"
        draft.findings.append(
            say("E504", place, declared, annee=label, jour=day, debut=bounds[0], fin=bounds[1])
        )
    if day < first_day:
        draft.findings.append(say("E505", place, jour=day, premier_jour=first_day))


def _school_year(written: str) -> tuple[date, date] | None:
    """First and last day, both included, of « 2024-2025 »; None if the years do not follow."""
    start, _, end = written.partition("-")
    first, last = int(start), int(end)
    if last != first + 1 or first < date.min.year:
        return None
    return date(first, *YEAR_STARTS), date(last, *YEAR_ENDS)


def _place(node: Node, name: str) -> Span:
    below = node.get(name) if isinstance(node, tree.Mapping) else None
    return node.span if below is None else below.span
