"""What is known, in SQL, of one column that was read: its value, and what may be wrong with it."""

from __future__ import annotations

from dataclasses import dataclass

from engine.sql.fragments import case, either, matches
from engine.sql.sentences import Sentence
from engine.sql.sources import RawColumn


@dataclass(frozen=True, slots=True)
class Fault:
    """A condition under which a written value is refused, and what is said then."""

    test: str
    sentence: Sentence


@dataclass(frozen=True, slots=True)
class Reading:
    """How one column is read. Every text is SQL over the raw table, and never fails.

    ``raw``: the raw column, None when the table has none. ``value``: the prepared value, NULL when
    nothing is written, unspecified when it is refused. ``refused``: what is written is refused
    (false or NULL when not); None when nothing can be. ``form``: the pattern, an SQL text, that
    what is written must obey as well. ``faults``: the first that holds is what is found.
    ``parts``: columns to be added to the raw table first (name, SQL), which the others use.
    """

    raw: RawColumn | None
    value: str
    refused: str | None
    faults: tuple[Fault, ...]
    form: str | None = None
    parts: tuple[tuple[str, str], ...] = ()

    @property
    def given(self) -> str:
        """Whether something is written."""
        return "FALSE" if self.raw is None else self.raw.given

    @property
    def absent(self) -> str:
        """Whether nothing is written."""
        return "TRUE" if self.raw is None else self.raw.absent

    @property
    def text(self) -> str:
        """What is written, for people."""
        return "CAST(NULL AS VARCHAR)" if self.raw is None else self.raw.text

    @property
    def faulty(self) -> str | None:
        """What is written is refused, its form included; None when nothing can be."""
        tests = [] if self.refused is None else [self.refused]
        if self.form is not None and self.raw is not None:
            tests.append(unlike(self.raw.text, self.form))
        return either(tests) if tests else None

    @property
    def sound(self) -> str:
        """The prepared value, NULL when nothing is written or when it is refused."""
        return self.value if self.faulty is None else case([(self.faulty, "NULL")], self.value)


def unlike(text: str, form: str) -> str:
    """Whether a text that is not empty does not obey ``form``."""
    return f"{text} <> '' AND NOT ({matches(text, form)})"
