"""The JSON Schema of the record goes in, the ``RecordModel`` that the engine works from comes out.

The schema is read once, by its own keywords (``type``, ``enum``, bounds…) and by annotations:
``x-libelle``, ``x-unite``, ``x-ecriture``, ``x-nomenclature``, ``x-defaut``, ``x-renvoi``,
``x-role`` and ``x-table``.
A corpus brings its own schema, and the names in it become columns: ``check_record_schema`` refuses
what ``model_from_schema`` could not read. The latter only raises on a bug of the program.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final, TypeAlias, get_args

from engine.langage.inputs import (
    Collection,
    Field,
    FieldKind,
    RecordModel,
    Role,
    Value,
    Writing,
)
from engine.source import tree
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.messages import reading
from engine.source.messages.hints import suggestion
from engine.source.schema import Schema, check_shape

Shape: TypeAlias = Mapping[str, object]

_LOCAL = "#/$defs/"
_MOST_SHAPES: Final = 1000  # definitions met in a record: one may hold others, which hold others
FIRST_DAY = "annee.debut"
LAST_DAY = "annee.fin"


def check_record_schema(document: tree.Node, schema_of_schemas: Schema) -> tuple[Diagnostic, ...]:
    """What keeps a schema of records from being read as a model.

    Args:
        document: the schema, with its places.
        schema_of_schemas: the shape it must have, the form of its names included.

    Returns:
        E103 to E109; among them E104 for a record without an identifier, a date or a year, or a
        list whose lines have no field, E106 for a definition or a field that is not there, or a
        definition made of itself.
    """
    findings = check_shape(document, schema_of_schemas)
    plain = tree.plain(document)
    if findings or not isinstance(document, tree.Mapping) or not isinstance(plain, dict):
        return findings
    walk = _Walk(document.get("$defs"))
    walk.fields(document.get("properties"), ())
    if walk.wrong:
        return tuple(walk.wrong)
    model = model_from_schema(plain)
    place = document.entries[0][0].span
    kinds: Mapping[Role, FieldKind] = {"identifiant": "texte", "date": "date", "annee": "texte"}
    for role, kind in kinds.items():
        if [one.kind for one in model.fields if one.role == role] != [kind]:
            walk.wrong.append(reading.missing_key((f"x-role: {role}",), place))
    own = [one.name for one in model.fields]
    below = [f"{one.name}.{field.name}" for one in model.collections for field in one.fields]
    for keyword, known in (("x-renvoi", below), ("x-defaut", ["premier", *own, *below])):
        walk.wrong += [
            say(
                "E106",
                node.span,
                lu=node.text,
                proches=suggestion(node.text, tuple(known), "valeurs possibles"),
            )
            for node in walk.written[keyword]
            if node.text not in known
        ]
    return tuple(walk.wrong)


class _Walk:
    """Every shape that a record is made of, through its definitions, and what is wrong in them."""

    def __init__(self, definitions: tree.Node | None) -> None:
        entries = definitions.entries if isinstance(definitions, tree.Mapping) else ()
        self._definitions = {key.text: node for key, node in entries}
        self._left = _MOST_SHAPES
        self.wrong: list[Diagnostic] = []
        self.written: dict[str, list[tree.Scalar]] = {"x-renvoi": [], "x-defaut": []}

    def fields(self, node: tree.Node | None, inside: tuple[str, ...]) -> None:
        """Walk the shape of each field of ``node``, met ``inside`` these definitions."""
        for _, shape in node.entries if isinstance(node, tree.Mapping) else ():
            self._shape(shape, inside)

    def _shape(self, node: tree.Node, inside: tuple[str, ...]) -> None:
        for key, value in node.entries if isinstance(node, tree.Mapping) else ():
            if key.text == "properties":
                self.fields(value, inside)
            elif key.text == "items":
                self._shape(value, inside)
                if not self.wrong and not self._has_fields(value):
                    self.wrong.append(reading.missing_key(("properties",), value.span))
            elif isinstance(value, tree.Scalar):
                keyword = key.text
                if keyword == "$ref":
                    self._refer(value, inside)
                elif keyword == "pattern":
                    try:
                        re.compile(value.text)
                    except re.error:
                        form = "une expression régulière"
                        self.wrong.append(reading.wrong_form(value.text, "", form, value.span))
                elif keyword in self.written:
                    self.written[keyword].append(value)

    def _has_fields(self, node: tree.Node) -> bool:
        """Whether a shape, all of whose definitions are there, is that of a group of fields."""
        if not isinstance(node, tree.Mapping):
            return False
        name = node.get("$ref")
        if node.get("properties") is not None or not isinstance(name, tree.Scalar):
            return node.get("properties") is not None
        return self._has_fields(self._definitions[name.text.removeprefix(_LOCAL)])

    def _refer(self, written: tree.Scalar, inside: tuple[str, ...]) -> None:
        name = written.text.removeprefix(_LOCAL)
        known = [one for one in self._definitions if one not in inside]
        self._left -= 1
        if name not in known:
            allowed = tuple(f"{_LOCAL}{one}" for one in known)
            self.wrong.append(
                say(
                    "E106",
                    written.span,
                    lu=written.text,
                    proches=suggestion(written.text, allowed, "valeurs possibles"),
                )
            )
        elif self._left == 0:
            told = reading.out_of_bounds("maxProperties", str(_MOST_SHAPES), "", written.span)
            self.wrong.append(told)
        elif self._left > 0:
            self._shape(self._definitions[name], (*inside, name))


def model_from_schema(schema: Shape) -> RecordModel:
    """The fields and collections that ``schema`` declares, in its order.

    Args:
        schema: a JSON Schema 2020-12 of one record, numbers read exactly (int or Decimal);
            only local references (``#/$defs/…``) are followed.

    Returns:
        The model; groups (objects) are flattened, « agent.corps ». A schema that has a field for
        the year also gives the first and the last day of that year, always known.
    """
    definitions = _mapping(schema.get("$defs", {}))
    fields: list[Field] = []
    collections: list[Collection] = []
    for name, shape, required in _properties(schema, definitions):
        if "items" in shape:
            line = _resolved(_mapping(shape["items"]), definitions)
            inside = tuple(
                field
                for key, below, needed in _properties(line, definitions)
                for field in _fields(key, below, definitions, required=needed)
            )
            most = int(_exact(shape["maxItems"]))
            collections.append(Collection(name, _label(name, shape), inside, most))
        else:
            fields.extend(_fields(name, shape, definitions, required=required))
    if any(field.role == "annee" for field in fields):
        fields += [
            Field(name, "date", label, required=True, derived=True)
            for name, label in ((FIRST_DAY, "premier jour"), (LAST_DAY, "dernier jour"))
        ]
    table = _text(schema, "x-table")
    model = RecordModel(tuple(fields), tuple(collections))
    return model if table is None else replace(model, table=table)


def _fields(name: str, shape: Shape, definitions: Shape, *, required: bool) -> Iterator[Field]:
    """One field, or those of a group; a group that may be absent has no required field."""
    if "properties" not in shape:
        yield _field(name, shape, required=required)
        return
    for key, below, needed in _properties(shape, definitions):
        yield from _fields(f"{name}.{key}", below, definitions, required=required and needed)


def _field(name: str, shape: Shape, *, required: bool) -> Field:
    kind = _kind(shape)
    written = _text(shape, "x-role")
    field = Field(
        name,
        kind,
        _label(name, shape),
        required=required,
        default=_value(shape["default"]) if "default" in shape else None,
        default_from=_text(shape, "x-defaut"),
        link=_text(shape, "x-renvoi"),
        role=None if written is None else next(one for one in get_args(Role) if one == written),
    )
    match kind:
        case "nombre":
            above = "exclusiveMinimum" in shape
            step = shape.get("multipleOf", 1 if "integer" in _types(shape) else None)
            written = _text(shape, "x-ecriture") or "nombre"
            return replace(
                field,
                unit=_text(shape, "x-unite"),
                writing=next(one for one in get_args(Writing) if one == written),
                minimum=_bound(shape, "exclusiveMinimum" if above else "minimum"),
                above_minimum=above,
                maximum=_bound(shape, "maximum"),
                multiple_of=None if step is None else _exact(step),
            )
        case "code":
            codes = tuple(code for code in _sequence(shape["enum"]) if isinstance(code, str))
            return replace(field, vocabulary=_text(shape, "x-nomenclature"), codes=codes)
        case "texte":
            longest = shape.get("maxLength")
            return replace(
                field,
                pattern=_text(shape, "pattern"),
                loose=shape.get("x-comparaison") == "souple",
                max_length=None if longest is None else int(_exact(longest)),
            )
        case _:
            return field


def _kind(shape: Shape) -> FieldKind:
    """What a field holds; the type alone does not say, since numbers may be written as texts."""
    if "enum" in shape:
        return "code"
    if "x-unite" in shape:
        return "nombre"
    if "boolean" in _types(shape):
        return "booleen"
    if shape.get("format") == "date":
        return "date"
    return "texte"


def _value(default: object) -> Value:
    if isinstance(default, bool | str | date):
        return default
    return _exact(default)


def _bound(shape: Shape, key: str) -> Fraction | None:
    return _exact(shape[key]) if key in shape else None


def _exact(number: object) -> Fraction:
    if isinstance(number, int | Decimal):
        return Fraction(number)
    message = f"not an exact number: {number!r}"
    raise TypeError(message)


def _label(name: str, shape: Shape) -> str:
    return _text(shape, "x-libelle") or name


def _text(shape: Shape, key: str) -> str | None:
    value = shape.get(key)
    if value is None or isinstance(value, str):
        return value
    message = f"{key} is not a text: {value!r}"
    raise TypeError(message)


def _types(shape: Shape) -> tuple[object, ...]:
    written = shape.get("type")
    return tuple(_sequence(written)) if isinstance(written, list) else (written,)


def _properties(shape: Shape, definitions: Shape) -> Iterator[tuple[str, Shape, bool]]:
    """Each property of an object: its name, its shape, whether it is required."""
    required = _sequence(shape.get("required", []))
    for name, below in _mapping(shape["properties"]).items():
        yield name, _resolved(_mapping(below), definitions), name in required


def _resolved(shape: Shape, definitions: Shape) -> Shape:
    """``shape`` with what it refers to; what is written beside ``$ref`` prevails."""
    target = _text(shape, "$ref")
    if target is None:
        return shape
    below = _resolved(_mapping(definitions[target.removeprefix(_LOCAL)]), definitions)
    return {**below, **{key: value for key, value in shape.items() if key != "$ref"}}


def _mapping(node: object) -> Mapping[str, object]:
    if isinstance(node, Mapping):
        return node
    message = f"not an object: {node!r}"
    raise TypeError(message)


def _sequence(node: object) -> list[object]:
    if isinstance(node, list):
        return node
    message = f"not a list: {node!r}"
    raise TypeError(message)
