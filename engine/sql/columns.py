"""The model of the record goes in, the names of its tables and of their columns come out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

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
    (« agent.corps » is « corps »), else by its path with underscores; the path, with dots or
    underscores, is always read too. Every table but the root also bears the key, the column of
    the identifier, under the same name.
    """
    found = {model.table: _columns(model.table, model.fields, "")}
    for one in model.collections:
        found[one.name] = _columns(one.name, one.fields, f"{one.name}_")
    return found


def key_column(model: RecordModel) -> str:
    """The column by which the lines of every table are those of one record."""
    return model.role("identifiant").name


def _columns(table: str, fields: Iterable[Field], prefix: str) -> tuple[Column, ...]:
    written = [field for field in fields if not field.derived]
    last = Counter(field.name.rpartition(".")[2] for field in written)
    columns = []
    for field in written:
        short, path = field.name.rpartition(".")[2], field.name.replace(".", "_")
        name = short if last[short] == 1 else path
        aliases = tuple(dict.fromkeys(one for one in (path, field.name) if one != name))
        columns.append(Column(table, field, name, aliases, f"{prefix}{path}"))
    return tuple(columns)
