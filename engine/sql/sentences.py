"""The sentence of a finding, cut where its value stands, so that SQL can say it of every row.

No sentence is written here: each is built by its own function of ``engine.source.messages``, with
a mark in the place of the value.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.source.diagnostics import Code, Diagnostic
from engine.source.positions import whole_file
from engine.source.tree import Mapping, Node, Scalar, Sequence

NOWHERE = whole_file("")
MARK = "\ue000"  # a character for private use: no sentence holds it
NUMBER_MARK = "918273645546372819"
DAY_MARK = "9998-07-06"
A_TEXT = Scalar(MARK, quoted=True, span=NOWHERE)
A_NUMBER = Scalar(NUMBER_MARK, quoted=False, span=NOWHERE)
A_LIST: Node = Sequence((), NOWHERE)
A_GROUP: Node = Mapping((), NOWHERE)


@dataclass(frozen=True, slots=True)
class Sentence:
    """What is said of a value: ``before``, the value, ``after`` (None: the value is not said)."""

    code: Code
    before: str
    after: str | None = None


def cut(finding: Diagnostic, mark: str = MARK) -> Sentence:
    """The sentence of ``finding``, cut at ``mark``."""
    before, found, after = finding.message.rpartition(mark)
    return Sentence(finding.code, before, after) if found else Sentence(finding.code, after)


@dataclass(slots=True)
class Numbers:
    """A number for each sentence, so that a query carries a number and not a text."""

    known: dict[Sentence, int] = field(default_factory=dict)

    def of(self, sentence: Sentence) -> int:
        """The number of ``sentence``, from 1."""
        return self.known.setdefault(sentence, len(self.known) + 1)
