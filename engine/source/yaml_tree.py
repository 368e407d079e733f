"""YAML text in, one located tree per document out, with what is refused or unreadable in it.

The tree comes from the library's events, not from its objects: no value is ever guessed, no alias
expanded, no tag obeyed.
"""

from __future__ import annotations

import re

import yaml

from engine.source.builder import Mark, TreeBuilder
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic, in_order
from engine.source.messages import reading, yaml_syntax
from engine.source.positions import Span
from engine.source.tree import Node, Scalar

_LOADER: type[yaml.CLoader | yaml.Loader] = yaml.CLoader if yaml.__with_libyaml__ else yaml.Loader
_UNPRINTABLE = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")


def read_yaml(text: str, file: str) -> tuple[tuple[Node, ...], tuple[Diagnostic, ...]]:
    """Read every document of a YAML text.

    Args:
        text: the text, without a byte order mark.
        file: the name shown in every place.

    Returns:
        The documents that are complete (empty ones are left out), and E101, E102, E107, E110,
        E111, E117, E118 or E139. Reading stops at the first E101 or E111.
    """
    builder = TreeBuilder(file)
    documents: list[Node] = []
    long: Span | None = None  # the last text in quotes that goes over a line
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            long = _over_a_line(event, builder) or long
            if isinstance(event, yaml.DocumentEndEvent):
                root = builder.take()
                if root is not None and root != Scalar("", quoted=False, span=root.span):
                    documents.append(root)
            elif not _accept(event, builder):
                break
    except yaml.YAMLError as error:
        builder.findings.append(_syntax(error, text, file, long))
    return tuple(documents), in_order(builder.findings)


def _accept(event: yaml.Event, builder: TreeBuilder) -> bool:
    """Add one event to the tree; false when reading must stop."""
    if event.start_mark is None or event.end_mark is None:
        return True  # never so when parsing; only events made by hand lack marks
    start: Mark = (event.start_mark.line + 1, event.start_mark.column + 1)
    end: Mark = (event.end_mark.line + 1, event.end_mark.column + 1)
    match event:
        case yaml.ScalarEvent():
            _properties(event, builder, builder.span(start, end))
            return _scalar(event, builder, builder.span(start, end))
        case yaml.AliasEvent():
            span = builder.span(start, end)
            builder.findings.append(say("E110", span, cas="alias", nom=event.anchor or ""))
            if builder.at_key:
                builder.skip_key()
            else:
                builder.add(Scalar(f"*{event.anchor}", quoted=True, span=span, inner=None))
        case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
            _properties(event, builder, builder.span(start, end))
            return builder.open(start, mapping=isinstance(event, yaml.MappingStartEvent))
        case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
            # The end of a block is only known at the next word: its last value ends it.
            builder.close(end if start != end else None)
        case _:
            pass
    return True


def _scalar(event: yaml.ScalarEvent, builder: TreeBuilder, span: Span) -> bool:
    quoted = bool(event.style)
    if not quoted and event.value == "<<" and builder.at_key:
        builder.findings.append(say("E110", span, cas="merge"))
        builder.skip_key()
        return True
    if _HALF_CHARACTER.search(event.value):
        # The C library refuses these escapes itself; the Python one lets them through.
        builder.findings.append(reading.unreadable_yaml("escape code", "", span))
        return False
    at = None if quoted or span.line != span.end_line else yaml_syntax.unseen_sign(event.value)
    if at is not None:
        builder.findings.append(reading.lookalike(event.value[at], span.part(at, at + 1)))
    marks = {"'": 1, '"': 1}.get(event.style or "", 0)
    length = span.end_column - span.column
    # An escape is always longer than what it stands for, a tag or an anchor adds to the length.
    exact = span.line == span.end_line and length == len(event.value) + 2 * marks
    builder.scalar(
        event.value,
        span,
        quoted=quoted,
        inner=marks if exact and event.style not in {"|", ">"} else None,
    )
    return True


def _over_a_line(event: yaml.Event, builder: TreeBuilder) -> Span | None:
    """The place of a text in quotes that does not end on the line where it begins."""
    if not isinstance(event, yaml.ScalarEvent) or event.style not in {"'", '"'}:
        return None
    start, end = event.start_mark, event.end_mark
    if start is None or end is None or start.line == end.line:
        return None
    return builder.span((start.line + 1, start.column + 1), (end.line + 1, end.column + 1))


def _properties(event: yaml.NodeEvent, builder: TreeBuilder, span: Span) -> None:
    """Report the anchor and the tag of a node, where the node begins."""
    if event.anchor is not None:
        found = say("E110", span, cas="anchor", nom=event.anchor)
        builder.findings.append(found)
    tag = getattr(event, "tag", None)
    if tag is not None:
        builder.findings.append(say("E117", span, etiquette=tag))


def _syntax(error: yaml.YAMLError, text: str, file: str, long: Span | None) -> Diagnostic:
    """Place and translate what the library says; its two flavours speak alike enough."""
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        reason = str(getattr(error, "reason", error))
        found = _UNPRINTABLE.search(text)
        span = _character(text, found.start() if found else 0, file)
        return reading.unreadable_yaml(reason, "", span)
    at = error.problem_mark.index
    # "End of file" is shown at the last character that says something, not lines below.
    span = _character(text, at if text[at:].strip() else len(text.rstrip()), file)
    said = ", ".join(filter(None, [error.context, error.problem]))
    if re.search(r"\btag\b", said):
        return say("E117", span, etiquette="!")
    context = error.context_mark
    opened = None if context is None else _character(text, context.index, file)
    lines = text.split("\n")
    at = min(span.line, len(lines)) - 1
    slip = _slip(said, lines, span, long)
    return slip or reading.unreadable_yaml(said, lines[at], span, opened)


def _slip(problem: str, lines: list[str], span: Span, long: Span | None) -> Diagnostic | None:
    """What the hand did, when the place where the library stops only shows it."""
    at = min(span.line, len(lines)) - 1
    for number in (at, at - 1):
        odd = yaml_syntax.odd_space(lines[number]) if number >= 0 else None
        if odd is not None:
            here = Span(span.file, number + 1, odd + 1, number + 1, odd + 2)
            return reading.lookalike(lines[number][odd], here)
    if long is not None and long.end_line == span.line:
        if yaml_syntax.swallowed(lines[long.line : long.end_line]):
            opening = Span(long.file, long.line, long.column, long.line, long.column + 1)
            return reading.unreadable_yaml(
                "quoted scalar, unexpected end of stream", "", span, opening
            )
    elif "block" in problem or "mapping values" in problem:
        wrong = yaml_syntax.wrong_indent(lines, at)
        if wrong is not None:
            here = Span(span.file, at + 1, wrong[0] + 1, at + 1, wrong[0] + 2)
            return reading.unreadable_indent(*wrong, here)
    return None


def _character(text: str, at: int, file: str) -> Span:
    line = text.count("\n", 0, at) + 1
    column = at - text.rfind("\n", 0, at)
    return Span(file, line, column, line, column + 1)
