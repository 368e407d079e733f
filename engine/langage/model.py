"""The JSON Schema of the record goes in, the ``RecordModel`` that the engine works from comes out.

The schema is read once, by its own keywords (``type``, ``enum``, bounds…) and by annotations:
``x-libelle``, ``x-unite``, ``x-ecriture``, ``x-nomenclature``, ``x-defaut``, ``x-renvoi``,
``x-role`` and ``x-table``.
A schema that cannot be read is a bug of the program, hence an exception.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TypeAlias, get_args

from engine.langage.inputs import (
    Collection,
    Field,
    FieldKind,
    RecordModel,
    Role,
    Value,
    Writing,
)

Shape: TypeAlias = Mapping[str, object]

_LOCAL = "#/$defs/"
FIRST_DAY = "annee.debut"
LAST_DAY = "annee.fin"


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
            collections.append(_collection(name, shape, definitions))
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


def _collection(name: str, shape: Shape, definitions: Shape) -> Collection:
    line = _resolved(_mapping(shape["items"]), definitions)
    fields = tuple(
        field
        for key, below, required in _properties(line, definitions)
        for field in _fields(key, below, definitions, required=required)
    )
    return Collection(name, _label(name, shape), fields, int(_exact(shape["maxItems"])))


def _fields(name: str, shape: Shape, definitions: Shape, *, required: bool) -> Iterator[Field]:
    """One field, or those of a group; a group that may be absent has no required field."""
    if "properties" not in shape:
        yield _field(name, shape, required=required)
        return
    for key, below, needed in _properties(shape, definitions):
        yield from _fields(f"{name}.{key}", below, definitions, required=required and needed)


def _field(name: str, shape: Shape, *, required: bool) -> Field:
    kind = _kind(shape)
    field = Field(
        name,
        kind,
        _label(name, shape),
        required=required,
        default=_value(shape["default"]) if "default" in shape else None,
        default_from=_text(shape, "x-defaut"),
        link=_text(shape, "x-renvoi"),
        role=_role(shape),
    )
    match kind:
        case "nombre":
            return _number(field, shape)
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


def _number(field: Field, shape: Shape) -> Field:
    above = "exclusiveMinimum" in shape
    step = shape.get("multipleOf", 1 if "integer" in _types(shape) else None)
    return replace(
        field,
        unit=_text(shape, "x-unite"),
        writing=_writing(shape),
        minimum=_bound(shape, "exclusiveMinimum" if above else "minimum"),
        above_minimum=above,
        maximum=_bound(shape, "maximum"),
        multiple_of=None if step is None else _exact(step),
    )


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


def _writing(shape: Shape) -> Writing:
    written = _text(shape, "x-ecriture") or "nombre"
    return next(one for one in get_args(Writing) if one == written)


def _role(shape: Shape) -> Role | None:
    written = _text(shape, "x-role")
    return None if written is None else next(one for one in get_args(Role) if one == written)


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
