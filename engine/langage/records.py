"""A record that passed its checks: values only, ready to be evaluated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from engine.langage.inputs import Value
from engine.source.positions import Span


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a collection. A field without a value is not in ``values``.

    ``links`` gives, for each field that refers to another collection, the index of the line
    referred to.
    """

    values: Mapping[str, Value]
    links: Mapping[str, int] = field(default_factory=dict)
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Record:
    """One accepted record. ``values`` holds the root fields, groups dotted (``agent.corps``)."""

    ident: str
    day: date
    values: Mapping[str, Value]
    lines: Mapping[str, tuple[Line, ...]]
    span: Span = field(compare=False, repr=False)
