"""Records as written go in; each, accepted or refused, in order, comes out."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import MAXYEAR, MINYEAR, date
from itertools import takewhile
from typing import TypeAlias

from engine.dossiers.plan import Group, LinesPlan, ReadField, ReadingPlan, plan
from engine.dossiers.values import read_value
from engine.langage.agenda import YEAR_ENDS, YEAR_STARTS
from engine.langage.inputs import Field, RecordModel, Value
from engine.langage.model import FIRST_DAY, LAST_DAY
from engine.langage.records import Line, Record
from engine.source import tree
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic, in_order
from engine.source.messages import reading
from engine.source.messages.hints import suggestion
from engine.source.positions import Span
from engine.source.tree import Node, Scalar


@dataclass(slots=True)
class DraftLine:
    """One line as it is written."""

    node: tree.Mapping
    values: dict[str, Value] = field(default_factory=dict)
    links: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Draft:
    """One record being read: filled in place, then turned into a record or a refusal."""

    node: tree.Mapping
    values: dict[str, Value]
    lines: dict[str, list[DraftLine]]
    findings: list[Diagnostic]


def read_draft(
    plan: ReadingPlan, node: tree.Mapping, given: Mapping[str, Value], fallback: Mapping[str, Value]
) -> Draft:
    """Read every value of one record.

    Args:
        plan: the look-ups of the model.
        node: the record as written.
        given: values that prevail over what is written, which is then not read.
        fallback: values used where nothing is written.

    Returns:
        The draft; its findings may be E103 to E109 and E501.
    """
    draft = Draft(node, dict(given), {lines.collection.name: [] for lines in plan.lines}, [])
    written = set(given)
    _fill(draft, plan.root, node, draft.values, written)
    for name, value in fallback.items():
        if name not in written:
            draft.values[name] = value
            written.add(name)
    _require(draft, plan.root, node, written)
    return draft


def _fill(
    draft: Draft, group: Group, node: tree.Mapping, values: dict[str, Value], written: set[str]
) -> None:
    """Read the entries of one mapping; ``written`` receives the fields that are not empty."""
    unknown = tuple(key for key, _ in node.entries if key.text not in group.keys)
    draft.findings += reading.unknown_keys(unknown, group.names)
    for key, below in node.entries:
        target = group.keys.get(key.text)
        if isinstance(target, ReadField):
            _fill_cell(draft, target, below, values, written)
        elif isinstance(target, LinesPlan):
            _fill_lines(draft, target, below)
        elif isinstance(target, Group):
            if isinstance(below, tree.Mapping):
                _fill(draft, target, below, values, written)
            elif not _is_null(below):
                draft.findings.append(reading.wrong_type(below, ("object",), below.span))
                written.update(needed.name for needed in target.required)


def _fill_cell(
    draft: Draft, cell: ReadField, node: Node, values: dict[str, Value], written: set[str]
) -> None:
    name = cell.field.name
    if name in values:
        return  # given by the run: what is written does not count
    value = read_value(cell, node)
    if value is None:
        return
    written.add(name)
    if isinstance(value, Diagnostic):
        draft.findings.append(value)
    else:
        values[name] = value


def _fill_lines(draft: Draft, lines: LinesPlan, node: Node) -> None:
    most = lines.collection.max_items
    if _is_null(node):
        return
    if not isinstance(node, tree.Sequence):
        draft.findings.append(reading.wrong_type(node, ("array",), node.span))
        return
    if len(node.items) > most:
        place = node.items[most].span
        found = str(len(node.items))
        draft.findings.append(reading.out_of_bounds("maxItems", str(most), found, place))
    for item in node.items[:most]:
        if not isinstance(item, tree.Mapping):
            draft.findings.append(reading.wrong_type(item, ("object",), item.span))
            continue
        line = DraftLine(item)
        written: set[str] = set()
        _fill(draft, lines.line, item, line.values, written)
        _require(draft, lines.line, item, written)
        draft.lines[lines.collection.name].append(line)


def _require(draft: Draft, group: Group, node: tree.Mapping, written: set[str]) -> None:
    """One finding per mapping that lacks keys, each key named from there."""
    missing: dict[Span, list[str]] = {}
    for needed in group.required:
        if needed.name not in written:
            place, name = _lacking(node, needed.name)
            missing.setdefault(place, []).append(name)
    for place, names in missing.items():
        draft.findings.append(reading.missing_key(tuple(names), place))


def _lacking(node: tree.Mapping, name: str) -> tuple[Span, str]:
    """The deepest place that exists on the way to ``name``, and the rest of the way."""
    head, _, tail = name.partition(".")
    below = node.get(head)
    if tail and isinstance(below, tree.Mapping):
        return _lacking(below, tail)
    return (node if below is None else below).span, name


def _is_null(node: Node) -> bool:
    return isinstance(node, Scalar) and not node.quoted and node.text in {"", "~", "null"}


def complete(draft: Draft, plan: ReadingPlan) -> None:
    """Fill ``draft`` in place: root defaults, then main lines, then links, then line defaults.

    May report E502 (unknown link), E503 (one key for two lines) and E510 (two main lines).
    """
    _default(draft.values, plan.defaulted, draft.values)
    for lines in plan.lines:
        if lines.main is not None:
            _choose_main(draft, lines, lines.main)
    for name, key in plan.keyed:
        _check_keys(draft, name, key)
    for lines in plan.lines:
        for line in draft.lines[lines.collection.name]:
            for link in lines.linked:
                _follow(draft, line, link)
            _default(line.values, lines.defaulted, draft.values)


def _default(values: dict[str, Value], fields: tuple[Field, ...], root: dict[str, Value]) -> None:
    for filled in fields:
        if filled.name in values:
            continue
        value = root.get(filled.default_from) if filled.default_from else filled.default
        if value is not None:
            values[filled.name] = value


def _choose_main(draft: Draft, lines: LinesPlan, main: Field) -> None:
    """Exactly one line is main: the one that says so, else the first."""
    found = draft.lines[lines.collection.name]
    claims = [line for line in found if line.values.get(main.name) is True]
    for line in claims[1:]:
        draft.findings.append(
            say(
                "E510",
                _line_place(line, main.name),
                _line_place(claims[0], main.name),
                libelle=main.label,
            )
        )
    chosen = claims[0] if claims else next(iter(found), None)
    for line in found:
        line.values[main.name] = line is chosen


def _check_keys(draft: Draft, collection: str, key: Field) -> None:
    """A value that lines of other lists refer to names one line only."""
    first: dict[Value, DraftLine] = {}
    for line in draft.lines[collection]:
        value = line.values.get(key.name)
        if value is None:
            continue
        if value in first:
            draft.findings.append(
                say(
                    "E503",
                    _line_place(line, key.name),
                    _line_place(first[value], key.name),
                    libelle=key.label,
                    dossier=str(value),
                )
            )
        else:
            first[value] = line


def _follow(draft: Draft, line: DraftLine, field: Field) -> None:
    """Find the line that ``field`` refers to; when nothing is written, its default if any."""
    collection, _, key = (field.link or "").partition(".")
    targets = draft.lines[collection]
    if field.name not in line.values:
        mark = (field.default_from or "").rpartition(".")[2]
        index = next((i for i, one in enumerate(targets) if one.values.get(mark) is True), None)
        if index is not None and key in targets[index].values:
            line.values[field.name] = targets[index].values[key]
            line.links[field.name] = index
        return
    value = line.values[field.name]
    index = next((i for i, one in enumerate(targets) if one.values.get(key) == value), None)
    if index is not None:
        line.links[field.name] = index
    elif all(key in one.values for one in targets):  # else the line meant may be the faulty one
        known = tuple(str(one.values[key]) for one in targets)
        listed = draft.node.key(collection)
        declared = None if listed is None else listed.span
        place = _line_place(line, field.name)
        draft.findings.append(
            say(
                "E502",
                place,
                declared,
                libelle=field.label,
                valeur=str(value),
                proches=suggestion(str(value), known, "valeurs connues"),
            )
        )


def _line_place(line: DraftLine, name: str) -> Span:
    node = line.node.get(name)
    return line.node.span if node is None else node.span


ReadOutcome: TypeAlias = "Record | Refusal"

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
) -> tuple[ReadOutcome, ...]:
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
) -> Callable[[Node], ReadOutcome]:
    """What ``read_records`` does of one record, whatever the others are."""
    looked_up = plan(model)
    given: dict[str, Value] = {}
    if override_day is not None:
        given[model.role("date").name] = override_day
    fallback: dict[str, Value] = {}
    if default_ident is not None:
        fallback[model.role("identifiant").name] = default_ident

    def read(node: Node) -> ReadOutcome:
        if not isinstance(node, tree.Mapping):
            return Refusal(None, (reading.wrong_type(node, ("object",), node.span),), node.span)
        draft = read_draft(looked_up, node, given, fallback)
        complete(draft, looked_up)
        _check_date(draft, model, first_day, moved=override_day is not None)
        ident = draft.values.get(model.role("identifiant").name)
        day = draft.values.get(model.role("date").name)
        if not isinstance(ident, str):
            ident = None
        if draft.findings or ident is None or not isinstance(day, date):
            return Refusal(ident, in_order(draft.findings), draft.node.span)
        return Record(
            ident,
            day,
            draft.values,
            {
                name: tuple(Line(line.values, line.links, line.node.span) for line in lines)
                for name, lines in draft.lines.items()
            },
            draft.node.span,
        )

    return read


def records_of(nodes: Iterable[Node]) -> Iterator[Node]:
    """The records of documents, of which each is one or a list of them."""
    for node in nodes:
        if isinstance(node, tree.Sequence):
            yield from node.items
        else:
            yield node


def blamed(
    outcomes: Iterable[ReadOutcome], findings: Sequence[Diagnostic]
) -> tuple[tuple[ReadOutcome, ...], tuple[Diagnostic, ...]]:
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


def _refused(outcome: ReadOutcome, *findings: Diagnostic) -> Refusal:
    known = outcome.diagnostics if isinstance(outcome, Refusal) else ()
    return Refusal(outcome.ident, in_order([*known, *findings]), outcome.span)


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
