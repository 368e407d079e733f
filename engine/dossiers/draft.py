"""One mapping goes in, its values and every finding about them come out, nothing completed yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.dossiers.plan import Cell, Group, Lines, Plan
from engine.dossiers.values import read_value
from engine.langage.inputs import Value
from engine.source import tree
from engine.source.diagnostics import Diagnostic
from engine.source.messages import reading
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
    plan: Plan, node: tree.Mapping, given: Mapping[str, Value], fallback: Mapping[str, Value]
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
        if isinstance(target, Cell):
            _fill_cell(draft, target, below, values, written)
        elif isinstance(target, Lines):
            _fill_lines(draft, target, below)
        elif isinstance(target, Group):
            if isinstance(below, tree.Mapping):
                _fill(draft, target, below, values, written)
            elif not _is_null(below):
                draft.findings.append(reading.wrong_type(below, ("object",), below.span))
                written.update(needed.name for needed in target.required)


def _fill_cell(
    draft: Draft, cell: Cell, node: Node, values: dict[str, Value], written: set[str]
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


def _fill_lines(draft: Draft, lines: Lines, node: Node) -> None:
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
