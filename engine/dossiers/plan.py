"""A ``RecordModel`` goes in, the look-ups that reading needs for every value come out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import TypeAlias

from engine.langage.inputs import Collection, Field, RecordModel

LinkTarget: TypeAlias = "ReadField | Group | LinesPlan"


@dataclass(frozen=True, slots=True)
class ReadField:
    """One field, with its pattern compiled, its codes ready for a quick look-up, and its grid."""

    field: Field
    pattern: re.Pattern[str] | None
    codes: frozenset[str]
    grid: Fraction | None

    @classmethod
    def of(cls, field: Field) -> ReadField:
        """What is looked up for ``field``."""
        return cls(field, _compiled(field.pattern), frozenset(field.codes), field.grid)


@dataclass(frozen=True, slots=True)
class Group:
    """What a mapping may hold, by key; ``required`` are the cells that it must fill.

    The cells of a group below are required here too: a missing group misses each of them.
    """

    keys: Mapping[str, LinkTarget]
    names: tuple[str, ...]
    required: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class LinesPlan:
    """One collection: what a line may hold, and the fields that are completed after reading."""

    collection: Collection
    line: Group
    main: Field | None  # the field true on exactly one line
    linked: tuple[Field, ...]  # the fields that refer to a line of another collection
    defaulted: tuple[Field, ...]  # the fields with a value of their own, or of the root


@dataclass(frozen=True, slots=True)
class ReadingPlan:
    """The whole record; ``keyed`` are the (collection, field) that links refer to."""

    root: Group
    lines: tuple[LinesPlan, ...]
    model: RecordModel
    defaulted: tuple[Field, ...]
    keyed: tuple[tuple[str, Field], ...]


@lru_cache(maxsize=8)
def plan(model: RecordModel) -> ReadingPlan:
    """Everything ``read_records`` looks up, worked out once for all records."""
    lines = tuple(_lines(collection) for collection in model.collections)
    targets = {
        field.link
        for collection in model.collections
        for field in collection.fields
        if field.link is not None
    }
    return ReadingPlan(
        root=_group([field for field in model.fields if not field.derived], lines),
        lines=lines,
        model=model,
        defaulted=_defaulted(model.fields),
        keyed=tuple(
            (collection.name, field)
            for collection in model.collections
            for field in collection.fields
            if f"{collection.name}.{field.name}" in targets
        ),
    )


def _lines(collection: Collection) -> LinesPlan:
    fields = collection.fields
    return LinesPlan(
        collection,
        _group(fields),
        main=next((field for field in fields if field.default_from == "premier"), None),
        linked=tuple(field for field in fields if field.link is not None),
        defaulted=_defaulted(fields),
    )


def _defaulted(fields: Iterable[Field]) -> tuple[Field, ...]:
    return tuple(
        field
        for field in fields
        if field.link is None
        and field.default_from != "premier"
        and (field.default is not None or field.default_from is not None)
    )


def _group(fields: Iterable[Field], lines: Iterable[LinesPlan] = (), prefix: str = "") -> Group:
    """The fields whose names begin with ``prefix``, those of deeper groups one level below."""
    fields = tuple(fields)
    keys: dict[str, LinkTarget] = {}
    for field in fields:
        head, _, tail = field.name.removeprefix(prefix).partition(".")
        if not tail:
            keys[head] = ReadField.of(field)
        elif head not in keys:
            below = f"{prefix}{head}."
            inside = (other for other in fields if other.name.startswith(below))
            keys[head] = _group(inside, prefix=below)
    keys.update((one.collection.name, one) for one in lines)
    required = tuple(field for field in fields if field.required)
    return Group(keys, tuple(keys), required)


def _compiled(pattern: str | None) -> re.Pattern[str] | None:
    """A pattern of the schema; its ``$`` is the very end, where Python's allows a line feed."""
    if pattern is None:
        return None
    return re.compile(pattern[:-1] + r"\Z" if pattern.endswith("$") else pattern)
