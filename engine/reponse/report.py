"""What a command answers: sentences, listings of exact values, trees; the renderers show it.

A report says what is told, once; ``text``, ``page`` and ``book`` say how it looks, and ``data`` is
what a program reads. A value stays exact: only a renderer writes it, by ``engine/evaluation/show``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal, TypeAlias

from engine.evaluation.show import exact_text, french, french_number, signed

ColumnKind: TypeAlias = Literal["text", "code", "count", "number", "move", "bar"]
Depth: TypeAlias = Literal["c0", "c1", "c2", "c3", "c4", "c5"]  # from red to deep green
Tone: TypeAlias = Literal["", "bloquant", "alerte", "avant", "apres"] | Depth
Block: TypeAlias = "Heading | Sentence | Listing | Tree"


@dataclass(frozen=True, slots=True)
class Shown:
    """A value with what only a person sees: other words for it, a colour, a note beside it."""

    value: object
    words: str | None = None
    tone: Tone = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class ListColumn:
    """A column of a listing.

    ``key``: that of its values in JSON, none when programs do not read them; ``heading``: None when
    only they do. A ``text`` may be folded, a ``code`` may not; a ``count`` is an integer, a
    ``number`` and a ``move`` (a difference, with its sign) are exact, in ``symbol``, with
    ``decimals``; a ``bar`` is a count that is also drawn.
    """

    key: str
    heading: str | None
    kind: ColumnKind = "text"
    decimals: int = 2
    symbol: str = ""

    @property
    def numeric(self) -> bool:
        """Whether its values are set to the right."""
        return self.kind not in {"text", "code"}

    def french(self, cell: object) -> str:
        """A value as a person reads it; a number that there is not is « — »."""
        value = cell.value if isinstance(cell, Shown) else cell
        if isinstance(cell, Shown) and cell.words is not None:
            return cell.words
        match value:
            case None:
                return "—" if self.kind == "number" else ""
            case bool():
                return french(value)
            case int() | Fraction() | Decimal() if self.kind == "move":
                return signed(Fraction(value), self.decimals, self.symbol)
            case int() | Fraction() | Decimal():
                decimals = self.decimals if self.kind == "number" else 0
                return f"{french_number(Fraction(value), decimals)} {self.symbol}".strip()
            case date():
                return value.isoformat()
            case _:
                return str(value)

    def json(self, cell: object) -> object:
        """A value as a program reads it: an exact number is a text, « 12.50 »."""
        value = cell.value if isinstance(cell, Shown) else cell
        if isinstance(value, Fraction):
            return exact_text(value, self.decimals)
        return value.isoformat() if isinstance(value, date) else value


@dataclass(frozen=True, slots=True)
class Heading:
    """What the parts that follow are about."""

    text: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """What is told in so many words, on one line or several."""

    text: str


@dataclass(frozen=True, slots=True)
class Listing:
    """Rows of typed values; a text of several lines is folded in a page.

    ``words``: lines for a person at a terminal, where they say it better than columns. ``limit``:
    how many rows (or words) a terminal shows; ``rest`` tells what it leaves out, when a count does
    not. ``notes``: what is said below. ``sheet``: the sheet of a workbook that holds it whole; it
    is on the first one without. ``folded``: a page opens it when it is asked for.
    """

    title: str
    columns: Sequence[ListColumn]
    rows: Iterable[Sequence[object]]
    words: Sequence[str] | None = None
    limit: int | None = None
    rest: str | None = None
    notes: Sequence[str] = ()
    sheet: str = ""
    folded: bool = False

    def json(self) -> list[dict[str, object]]:
        """One object per row, its keys in the order of the columns."""
        keyed = [(at, one) for at, one in enumerate(self.columns) if one.key]
        return [{one.key: one.json(row[at]) for at, one in keyed} for row in self.rows]

    def for_people(self) -> tuple[list[ListColumn], Iterable[list[object]]]:
        """The columns that a person sees, and their rows."""
        kept = [at for at, column in enumerate(self.columns) if column.heading is not None]
        return [self.columns[at] for at in kept], ([row[at] for at in kept] for row in self.rows)


@dataclass(frozen=True, slots=True)
class Tree:
    """What is told of one thing, on its own line and those below, and what it rests on.

    ``value`` stands out on its line, ``aside`` does not.
    """

    label: str
    value: str = ""
    aside: str = ""
    lines: Sequence[str] = ()
    children: Sequence[Tree] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """An answer: its title, its parts in the order of reading, and the JSON of the same."""

    title: str
    parts: Sequence[Block]
    data: object = None
