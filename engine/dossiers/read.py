"""Located documents go in; each record they hold comes out accepted or refused, in their order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import MAXYEAR, MINYEAR, date
from typing import TypeAlias

from engine.dossiers.complete import complete
from engine.dossiers.draft import Draft, read_draft
from engine.dossiers.plan import Plan, plan
from engine.langage.inputs import RecordModel, Role, Value
from engine.langage.model import FIRST_DAY, LAST_DAY
from engine.langage.records import Line, Record
from engine.source import tree
from engine.source.diagnostics import Diagnostic, in_order
from engine.source.messages import reading, situation
from engine.source.positions import Span
from engine.source.tree import Node

Outcome: TypeAlias = "Record | Refusal"

YEAR_STARTS = (9, 1)  # month and day, included
YEAR_ENDS = (8, 31)  # of the next year, included
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
            identifier serves once in a file.
        model: what a record may hold.
        first_day: the first day for which rules exist, included.
        default_ident: the identifier of a record that has none.
        override_day: the date of every record, whatever date and whatever year are written.

    Returns:
        One outcome per record, in order. A refusal may hold E103 to E109, E501 to E505, E510.
    """
    looked_up = plan(model)
    given: dict[str, Value] = {}
    if override_day is not None:
        given[model.role("date").name] = override_day
    fallback: dict[str, Value] = {}
    if default_ident is not None:
        fallback[model.role("identifiant").name] = default_ident
    seen: dict[tuple[str, str], Span] = {}
    outcomes: list[Outcome] = []
    for node in _records(nodes):
        if isinstance(node, tree.Mapping):
            draft = read_draft(looked_up, node, given, fallback)
            complete(draft, looked_up)
            _check_date(draft, model, first_day, moved=override_day is not None)
            outcomes.append(_outcome(draft, looked_up, seen))
        else:
            finding = reading.wrong_type(node, ("object",), node.span)
            outcomes.append(Refusal(None, (finding,), node.span))
    return tuple(outcomes)


def _records(nodes: Sequence[Node]) -> Iterator[Node]:
    for node in nodes:
        if isinstance(node, tree.Sequence):
            yield from node.items
        else:
            yield node


def _outcome(draft: Draft, plan: Plan, seen: dict[tuple[str, str], Span]) -> Outcome:
    """Accept or refuse one record; ``seen`` receives its identifier."""
    ident = draft.values.get(plan.model.role("identifiant").name)
    if isinstance(ident, str):
        place = _place(draft, plan.model, "identifiant")
        first = seen.setdefault((place.file, ident), place)
        if first is not place:
            label = plan.model.role("identifiant").label
            draft.findings.append(situation.duplicate_record(label, ident, place, first))
    else:
        ident = None
    day = draft.values.get(plan.model.role("date").name)
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
            place = _place(draft, model, "annee")
            draft.findings.append(reading.wrong_form(written, "", YEAR_FORM, place))
    if not isinstance(day, date):
        return
    year = day.year if (day.month, day.day) >= YEAR_STARTS else day.year - 1
    # The calendar itself has a first and a last year.
    draft.values[FIRST_DAY] = date(year, *YEAR_STARTS) if year >= MINYEAR else date.min
    draft.values[LAST_DAY] = date(year + 1, *YEAR_ENDS) if year < MAXYEAR else date.max
    place = _place(draft, model, "date")
    if not moved and isinstance(written, str) and bounds and not bounds[0] <= day <= bounds[1]:
        declared = _place(draft, model, "annee")
        label = f"{model.role('annee').label} {written}"
        draft.findings.append(situation.date_outside_year(day, label, bounds, place, declared))
    if day < first_day:
        draft.findings.append(situation.before_corpus(day, first_day, place))


def _school_year(written: str) -> tuple[date, date] | None:
    """First and last day, both included, of « 2024-2025 »; None if the years do not follow."""
    start, _, end = written.partition("-")
    first, last = int(start), int(end)
    if last != first + 1 or first < date.min.year:
        return None
    return date(first, *YEAR_STARTS), date(last, *YEAR_ENDS)


def _place(draft: Draft, model: RecordModel, role: Role) -> Span:
    node = draft.node.get(model.role(role).name)
    return draft.node.span if node is None else node.span
