"""A located tree and a JSON Schema in, findings at their line and column out.

The library's errors are only read for what they are about, and of those of several branches only
the ones that say the real fault; the sentences are in ``messages``.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from collections.abc import Mapping as Dict
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from engine.source.catalogue import MOST, more_findings, say
from engine.source.diagnostics import Diagnostic, in_order
from engine.source.messages import reading
from engine.source.messages.hints import nearest, suggestion
from engine.source.positions import Span
from engine.source.tree import Mapping, Node, Scalar, at_path, plain

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
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


Schema: TypeAlias = "Dict[str, object]"

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_BOUNDS = frozenset(
    {
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
        "minItems",
        "maxItems",
        "uniqueItems",
        "minProperties",
        "maxProperties",
        "minLength",
        "maxLength",
    }
)


@cache
def load_schema(path: Path) -> Schema:
    """The schema of a file, read once; decimals are exact there too."""
    schema: Schema = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    return schema


def check_shape(node: Node, schema: Schema) -> tuple[Diagnostic, ...]:
    """Report where ``node`` departs from ``schema``.

    Args:
        node: one document.
        schema: a JSON Schema, draft 2020-12. Besides the standard keywords it may say in French
            ``patternErrorMessage`` (the form a pattern wants, also read by VS Code) and
            ``x-exclusif`` (why exactly one key of a ``oneOf`` may be written).

    Returns:
        E103 to E109 in the order of the file, and E138 where there are too many to tell; empty
        when the shape is right.
    """
    from jsonschema import Draft202012Validator, FormatChecker
    from jsonschema.validators import extend

    strict: type[Draft202012Validator] = extend(  # type: ignore[no-untyped-call] # in the stubs
        Draft202012Validator, {"pattern": _pattern}
    )
    errors = strict(schema, format_checker=FormatChecker(formats=["date"])).iter_errors(plain(node))
    faults = [
        _Fault(leaf, node, tuple(leaf.absolute_path))
        for error in islice(errors, MOST)
        for leaf in leaves(error)
    ]
    # A value of the wrong type is also outside its list and its bounds: saying it once is enough.
    mistyped = {fault.path for fault in faults if expected_types(fault.error)}
    kept = [fault for fault in faults if expected_types(fault.error) or fault.path not in mistyped]
    meant = _meant(kept)
    told = in_order([found for fault in kept for found in _findings(fault, meant[fault.path])])
    if next(errors, None) is None:
        return told
    return (*told, more_findings(told[-1].code, None, told[-1].span))


def _pattern(
    _validator: Draft202012Validator, pattern: str, text: object, _schema: Schema
) -> Iterator[ValidationError]:
    """``$`` is the end of the text, as JSON Schema has it: for ``re``, a line may end after it."""
    from jsonschema.exceptions import ValidationError

    if isinstance(text, str) and re.search(re.sub(r"(?<!\\)\$$", r"\\Z", pattern), text) is None:
        message = "pattern"
        yield ValidationError(message)


@dataclass(frozen=True, slots=True)
class _Fault:
    """One error of the library, with the document and the path of the value concerned."""

    error: ValidationError
    node: Node
    path: tuple[str | int, ...]

    @property
    def target(self) -> Node:
        """The value concerned, or the key when the error is about the form of a key."""
        value = at_path(self.node, self.path)
        if isinstance(value, Mapping) and "propertyNames" in self.error.absolute_schema_path:
            return value.key(str(self.error.instance)) or value
        return value

    @property
    def span(self) -> Span:
        """Where to show it: a mapping is shown at its first key."""
        target = self.target
        if isinstance(target, Mapping) and target.entries:
            return target.entries[0][0].span
        return target.span

    @property
    def known(self) -> tuple[str, ...]:
        """The keys that the schema knows in this mapping."""
        properties = self._schema.get("properties")
        return tuple(properties) if isinstance(properties, Dict) else ()

    @property
    def unknown(self) -> tuple[Scalar, ...]:
        """The keys of this mapping that the schema does not know."""
        target = self.target
        entries = target.entries if isinstance(target, Mapping) else ()
        return tuple(key for key, _ in entries if key.text not in self.known)

    def present(self, names: Iterable[str]) -> tuple[Scalar, ...]:
        """Those of ``names`` that are keys of this mapping, in the order of the file."""
        target, wanted = self.target, frozenset(names)
        entries = target.entries if isinstance(target, Mapping) else ()
        return tuple(key for key, _ in entries if key.text in wanted)

    def absent(self, names: Iterable[str]) -> tuple[str, ...]:
        """Those of ``names`` that are not keys of this mapping, in the order given."""
        here = {key.text for key in self.present(names)}
        return tuple(name for name in names if name not in here)

    def said(self, keyword: str) -> str:
        """The text that the schema gives here under ``keyword``."""
        found = self._schema.get(keyword)
        return found if isinstance(found, str) else ""

    @property
    def trigger(self) -> str:
        """The key whose presence calls for others (dependentSchemas), or nothing."""
        steps = list(self.error.absolute_schema_path)
        if "dependentSchemas" not in steps:
            return ""
        return str(steps[steps.index("dependentSchemas") + 1])

    @property
    def _schema(self) -> Schema:
        return self.error.schema if isinstance(self.error.schema, Dict) else {}


def _meant(faults: Iterable[_Fault]) -> defaultdict[tuple[str | int, ...], frozenset[str]]:
    """For each mapping, the known keys that its unknown ones probably stand for.

    They are not said to be missing as well.
    """
    meant: defaultdict[tuple[str | int, ...], frozenset[str]] = defaultdict(frozenset)
    for fault in faults:
        if fault.error.validator == "additionalProperties":
            for key in fault.unknown[:MOST]:
                meant[fault.path] |= frozenset(nearest(key.text, fault.known))
    return meant


def _findings(fault: _Fault, meant: frozenset[str]) -> Iterator[Diagnostic]:
    """The findings of one error, told by its keyword."""
    error = fault.error
    expected = expected_types(error)
    wanted: object = error.validator_value
    text = fault.target.text if isinstance(fault.target, Scalar) else ""
    if expected:
        yield reading.wrong_type(fault.target, expected, fault.span)
    elif choice(error):
        # none of the keys of which one is needed, or several of which one only may stand
        names, reason = choice(error), fault.said("x-exclusif")
        first, *others = fault.present(names) or (None,)
        if first is not None:
            for key in others:
                if key is not None:
                    yield reading.unknown_key(key, (), first, reason)
        elif not meant.intersection(names):
            trigger = next(iter(fault.present([fault.trigger])), None)
            span = fault.span if trigger is None else trigger.span
            yield reading.missing_key(names, span, one_of=True, beside=fault.trigger, reason=reason)
    elif error.validator == "additionalProperties":
        yield from reading.unknown_keys(fault.unknown, fault.known)
    elif error.validator in {"required", "dependentRequired"}:
        groups: list[tuple[Span, str, Iterable[str]]] = []
        if isinstance(wanted, list):
            groups = [(fault.span, fault.trigger, wanted)]
        elif isinstance(wanted, dict):
            groups = [(key.span, key.text, wanted[key.text]) for key in fault.present(wanted)]
        for place, beside, needed in groups:
            lacking = tuple(name for name in fault.absent(needed) if name not in meant)
            if lacking:
                yield reading.missing_key(lacking, place, beside=beside)
    elif error.validator in {"enum", "const"}:
        allowed = tuple(map(_json, wanted)) if isinstance(wanted, list) else (_json(wanted),)
        yield say(
            "E106", fault.span, lu=text, proches=suggestion(text, allowed, "valeurs possibles")
        )
    elif error.validator in _BOUNDS:
        yield reading.out_of_bounds(
            str(error.validator), _json(wanted), text, fault.span, fault.target
        )
    elif error.validator == "format":
        if _DATE.fullmatch(text):
            yield reading.impossible_date(text, fault.span)
        else:
            yield reading.wrong_form(text, "", reading.DATE_FORM, fault.span)
    else:
        pattern = str(wanted) if error.validator == "pattern" else ""
        yield reading.wrong_form(text, pattern, fault.said("patternErrorMessage"), fault.span)


def _json(value: object) -> str:
    """A value of the schema as a file would write it."""
    return value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
