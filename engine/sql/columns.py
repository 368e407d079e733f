"""The model of the record goes in, the names of its tables and of their columns come out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from engine.evaluation.compilation.names import FieldOf, field_columns
from engine.langage.inputs import Field, RecordModel


@dataclass(frozen=True, slots=True)
class Column:
    """One field as a column.

    ``name`` is how the column is called in an input table, ``aliases`` the other names that are
    read alike; ``prepared`` is its name, unique in the whole model, once its values are checked
    and scaled.
    """

    table: str
    field: Field
    name: str
    aliases: tuple[str, ...]
    prepared: str


def table_columns(model: RecordModel) -> Mapping[str, tuple[Column, ...]]:
    """The columns of each table: the root table first, then one table per collection.

    A field of a group is called by its last name where no other field of the table has it
    (« agent.corps » is « corps »), else by its path with underscores, or with dots where another
    field has that too; all three are read, when they say one field and no other. Every table but
    the root also bears the key, the column of the identifier, under the same name.
    """
    prepared = field_columns(model)
    found = {model.table: _columns(model.table, None, model.fields, prepared)}
    for one in model.collections:
        found[one.name] = _columns(one.name, one.name, one.fields, prepared)
    return found


def key_column(model: RecordModel) -> str:
    """The column by which the lines of every table are those of one record."""
    return model.role("identifiant").name


def day_column(model: RecordModel) -> str:
    """The column of the date of a record, in the prepared table of the records."""
    return field_columns(model)[None, model.role("date").name, None]


def _columns(
    table: str, scope: str | None, fields: Iterable[Field], prepared: Mapping[FieldOf, str]
) -> tuple[Column, ...]:
    written = [field for field in fields if not field.derived]
    called = {
        field.name: dict.fromkeys(
            (field.name.rpartition(".")[2], field.name.replace(".", "_"), field.name)
        )
        for field in written
    }
    uses = Counter(name for names in called.values() for name in names)
    uses.update(list(called))  # a whole name says its field first
    columns = []
    for field in written:
        name, *aliases = (one for one in called[field.name] if one == field.name or uses[one] == 1)
        columns.append(
            Column(table, field, name, tuple(aliases), prepared[scope, field.name, None])
        )
    return tuple(columns)
