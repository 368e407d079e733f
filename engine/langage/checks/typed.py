"""What the type check knows of an expression, and how two of them agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

from engine.langage.corpus import Kind
from engine.langage.kernel import Expr, Ref
from engine.langage.units import Powers

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

    def words(self) -> str:
        """The type in French."""
        if self.kind == "code":
            return f"un code de « {self.vocabulary} »"
        return WORDS[self.kind] if self.kind else "une valeur"


UNKNOWN: Final = Typed(None)
TRUTH: Final = Typed("booleen")


def key_of(ref: Ref) -> Key:
    """What tells two references apart."""
    return ref.kind, ref.name, ref.scope, ref.via
