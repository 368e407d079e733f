"""JSON Schema errors in, the ones that say the real fault out: choosing among anyOf branches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping as Dict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

_BRANCHED = frozenset({"anyOf", "oneOf"})


def leaves(error: ValidationError) -> list[ValidationError]:
    """The errors that say the real fault: those of the branch the author most likely meant."""
    if expected_types(error) or choice(error) or not error.context:
        return [error]
    branches = [branch for branch in _branches(error) if not any(map(_mistyped, branch))]
    best = max(branches, key=_relevance)
    return [leaf for inner in best for leaf in leaves(inner)]


def _branches(error: ValidationError) -> list[list[ValidationError]]:
    branches: defaultdict[str | int, list[ValidationError]] = defaultdict(list)
    for inner in error.context or ():
        branches[inner.relative_schema_path[0]].append(inner)
    return list(branches.values())


def _relevance(branch: list[ValidationError]) -> tuple[int, int]:
    """Faults deep inside mean that the outside is right; then the fewer, the closer."""
    depth = max(len(leaf.path) for error in branch for leaf in [error, *(error.context or ())])
    return depth, -len(branch)


def _mistyped(error: ValidationError) -> bool:
    return not error.relative_path and bool(expected_types(error))


def expected_types(error: ValidationError) -> tuple[str, ...]:
    """The types wanted, when the value itself is of none of them; else nothing."""
    if error.validator == "type":
        wanted: object = error.validator_value
        names = tuple(wanted) if isinstance(wanted, list) else (str(wanted),)
        return (
            ("date",)
            if names == ("string",) and isinstance(error.schema, Dict) and "format" in error.schema
            else names
        )
    if error.validator not in _BRANCHED or not error.context:
        return ()
    wanted_here: list[str] = []
    for branch in _branches(error):
        names = tuple(
            name for inner in branch if _mistyped(inner) for name in expected_types(inner)
        )
        if not names:
            return ()
        wanted_here += names
    return tuple(dict.fromkeys(wanted_here))


def choice(error: ValidationError) -> tuple[str, ...]:
    """The keys of a schema such as oneOf: [{required: [a]}, {required: [b]}]; else nothing."""
    branches: object = error.validator_value
    if error.validator not in _BRANCHED or not isinstance(branches, list):
        return ()
    names: list[str] = []
    for branch in branches:
        if set(branch) != {"required"} or len(branch["required"]) != 1:
            return ()
        names += branch["required"]
    return tuple(names)
