"""What is found wrong in a text file: findings, and their text and JSON forms.

A user's mistake is a ``Diagnostic`` value, never an exception. Its sentence is in
``catalogue.yaml``, by its code.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.source.positions import Span
from engine.source.terminal import on_its_line


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding about a source file. Built only by ``engine.source.catalogue.say``.

    ``labels`` are the other places concerned, each with its words; ``hints`` are ways out.
    """

    code: str
    message: str
    span: Span
    labels: tuple[tuple[Span, str], ...] = ()
    hints: tuple[str, ...] = ()

    @property
    def severity(self) -> str:
        """``erreur`` or ``avertissement``, told by the first letter of the code."""
        return "avertissement" if self.code.startswith("W") else "erreur"

    @property
    def advice(self) -> str | None:
        """The ways out on one line, None when there is none."""
        return " ; ".join(self.hints) or None

    def __str__(self) -> str:
        """The GNU text form, one line, then one indented line per label and per hint."""
        lines = [f"{self.span}: {self.severity} {self.code}: {self.message}"]
        lines += [f"  {span}: {words}" for span, words in self.labels]
        lines += [f"  conseil : {hint}" for hint in self.hints]
        return "\n".join(map(on_its_line, lines))

    def to_json(self) -> dict[str, object]:
        """One object per finding, for ``--format json``; places as file, line, column."""
        return {
            "code": self.code,
            "gravite": self.severity,
            "message": self.message,
            **_place(self.span),
            "lieux": [{**_place(span), "message": words} for span, words in self.labels],
            "conseils": list(self.hints),
        }


def _place(span: Span) -> dict[str, object]:
    return {
        "fichier": span.file,
        "ligne": span.line,
        "colonne": span.column,
        "fin_ligne": span.end_line,
        "fin_colonne": span.end_column,
    }


def in_order(findings: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    """The findings by place then code, each once."""
    return tuple(sorted(dict.fromkeys(findings), key=lambda found: (found.span, found.code)))
