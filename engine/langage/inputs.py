"""What a record may hold: the fields and collections that its JSON Schema declares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import gcd, lcm
from typing import Literal, TypeAlias

Value: TypeAlias = "Fraction | bool | str | date"
FieldKind: TypeAlias = Literal["nombre", "booleen", "date", "texte", "code"]
Writing: TypeAlias = Literal["nombre", "heures", "part"]
Role: TypeAlias = Literal["identifiant", "date", "annee"]


def step_of(values: Sequence[Fraction]) -> Fraction:
    """The greatest step of which all of ``values`` are multiples; 0 when only 0 is among them."""
    whole = lcm(*(one.denominator for one in values))
    return Fraction(gcd(*(int(one * whole) for one in values)), whole)


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the record or of a line of one of its collections.

    ``name`` is dotted inside a group (``agent.corps``). Bounds are inclusive unless
    ``above_minimum``. A field that is not ``required`` and has no ``default`` nor
    ``default_from`` may be absent.
    """

    name: str
    kind: FieldKind
    label: str
    required: bool = False
    unit: str | None = None  # numbers only
    writing: Writing = "nombre"  # how a text is read as a number: « 4 h 30 », « 80 % »
    vocabulary: str | None = None  # codes only: the nomenclature
    codes: tuple[str, ...] = ()
    default: Value | None = None
    default_from: str | None = None  # another field, « liste.champ », or « premier »
    link: str | None = None  # « liste.champ » whose value this one repeats
    minimum: Fraction | None = None
    above_minimum: bool = False
    maximum: Fraction | None = None
    multiple_of: Fraction | None = None
    pattern: str | None = None
    max_length: int | None = None
    role: Role | None = None
    loose: bool = False  # texts only: letter case, accents and dashes do not tell two apart
    derived: bool = False  # never written: the reader works it out

    @property
    def grid(self) -> Fraction | None:
        """The step of which every accepted value is a multiple; None when there is none.

        A duration may be written in minutes: its grid also holds the sixtieths.
        """
        if self.multiple_of is None or self.writing != "heures":
            return self.multiple_of
        return step_of([self.multiple_of, Fraction(1, 60)])

    @property
    def may_be_absent(self) -> bool:
        """Whether a record that passed the checks may still have no value here."""
        return not self.required and self.default is None and self.default_from != "premier"


@dataclass(frozen=True, slots=True)
class Collection:
    """A list of lines, all of the same fields; at most ``max_items`` of them."""

    name: str
    label: str
    fields: tuple[Field, ...]
    max_items: int


@dataclass(frozen=True, slots=True)
class RecordModel:
    """The whole record: its own fields (groups flattened with a dot) and its collections.

    ``table`` is the name of the table that holds the own fields, when records come as tables.
    """

    fields: tuple[Field, ...]
    collections: tuple[Collection, ...]
    table: str = "dossiers"

    def __hash__(self) -> int:
        """Quick, for what is worked out of a model once: there is hardly ever another one."""
        return hash((self.table, len(self.fields)))

    def collection(self, name: str) -> Collection | None:
        """The collection called ``name``, or None."""
        return next((one for one in self.collections if one.name == name), None)

    def role(self, role: Role) -> Field:
        """The field that plays ``role``; the schema declares exactly one for each role."""
        return next(one for one in self.fields if one.role == role)
