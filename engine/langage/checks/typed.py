"""What the type check knows of an expression, and how two of them agree."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final, TypeAlias

from engine.langage.corpus import Kind, Rule, Table
from engine.langage.inputs import Field
from engine.langage.kernel import ABSENT, Const, Expr, Ref
from engine.langage.symbols import Head, Symbols
from engine.langage.units import NO_DIMENSION, Powers

# A reference, as told apart by what it means and not by where it stands.
Key: TypeAlias = "tuple[str, str, str | None, str | None]"
Facts: TypeAlias = "frozenset[Key]"
NOTHING: Final[Facts] = frozenset()

WORDS: Final = {
    "nombre": "un nombre",
    "booleen": "vrai ou faux",
    "date": "une date",
    "texte": "un texte",
    "code": "un code",
}


@dataclass(frozen=True, slots=True)
class Typed:
    """The type of an expression.

    ``kind`` is None when it is unknown (a broken rule, sans objet): anything fits. A number whose
    ``unit`` is None is a literal: it takes the unit of what it meets. ``codes`` are the literal
    texts it may be worth. ``loose`` are the references by which it may be absent unhandled;
    ``absent`` says that it may be *sans objet*, in so many words.
    """

    kind: Kind | None
    unit: Powers | None = None
    vocabulary: str | None = None
    codes: frozenset[str] = frozenset()
    loose: tuple[Expr, ...] = ()
    absent: bool = False

    def read_by(self, loose: tuple[Expr, ...]) -> Typed:
        """The same type, of what may be absent by ``loose`` and by nothing else."""
        return self if loose == self.loose == () else replace(self, loose=loose)

    def words(self) -> str:
        """The type in French."""
        if self.kind == "code":
            return f"un code de « {self.vocabulary} »"
        return WORDS[self.kind] if self.kind else "une valeur"


UNKNOWN: Final = Typed(None)
TRUTH: Final = Typed("booleen")
NUMBER: Final = Typed("nombre")  # of any unit


def key_of(ref: Ref) -> Key:
    """What tells two references apart."""
    return ref.kind, ref.name, ref.scope, ref.via


def literal(expr: Const) -> Typed:
    """The type of a literal."""
    value = expr.value
    if value is ABSENT:
        return Typed(None, absent=True)
    if isinstance(value, bool):
        return TRUTH
    if isinstance(value, Fraction):
        return Typed("nombre")
    if isinstance(value, frozenset):
        return Typed("texte", codes=value or frozenset(("",)))
    return Typed("texte", codes=frozenset((value,))) if isinstance(value, str) else Typed("date")


def declared(target: Field | Head | Rule | Table, symbols: Symbols) -> Typed:
    """The type that a declaration gives."""
    unit = symbols.units[target.unit].powers if target.unit in symbols.units else None
    if target.kind == "nombre" and unit is None:
        unit = NO_DIMENSION
    return Typed(target.kind, unit, target.vocabulary)


def written(ref: Ref) -> str:
    """A reference as an expression writes it."""
    return ref.name if ref.via is None else f"{ref.via}.{ref.name}"
