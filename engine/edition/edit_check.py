"""The edits of a workbook go in; what the rules would find in them comes out, nothing written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from engine.edition.new_version import Changed, percent_words
from engine.edition.plausibility import far, plausibility
from engine.edition.table_import import Edit
from engine.evaluation.law import Folder, check_corpus
from engine.langage.corpus import Corpus
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic


def check_edits(
    folder: Folder, today: Corpus, texts: Mapping[str, str], edits: Sequence[Edit], *,
    plausible: bool,
) -> tuple[Diagnostic, ...]:  # fmt: skip
    """What forbids some edits to be written.

    Args:
        folder: where the rules are.
        today: what they are, without the edits.
        texts: all their files as they would be, by the name each is shown under.
        edits: what differs in them.
        plausible: whether surprising values are accepted.

    Returns:
        The errors of the rules as they would be; if there are none, E567 for each surprise.
    """
    contents = {
        name.removeprefix(f"{folder.shown}/"): text.encode() for name, text in texts.items()
    }
    corpus, findings = check_corpus(folder, contents, "")
    if corpus is None:
        return findings
    return () if plausible else tuple(_surprises(today, corpus, edits))


def _surprises(today: Corpus, corpus: Corpus, edits: Sequence[Edit]) -> Iterator[Diagnostic]:
    """One finding for each surprising cell: what its history says, else how far it moved."""
    known = {_place(one) for one in plausibility(today).findings}
    told = {_place(one)[1:]: one
            for one in plausibility(corpus).findings if _place(one) not in known}  # fmt: skip
    for edit in (one for one in edits if one.number):
        # An edit moves nothing but what follows it on its line: lines stay what they are.
        said = told.get((edit.sheet.file, edit.scalar.span.line))
        if said is not None:
            yield say(
                "E567",
                edit.place.span,
                cas="etonnante",
                lieu=edit.place,
                dit=f"{said.code}, {said.message}",
            )
        elif far(Fraction(edit.before), Fraction(edit.after)):
            old, new = edit.words
            moved = percent_words(Changed("", edit.before, edit.after))
            yield say(
                "E567",
                edit.place.span,
                cas="etonnante",
                lieu=edit.place,
                dit=f"{old} est devenu {new}, {moved}",
            )


def _place(finding: Diagnostic) -> tuple[str, str, int]:
    return finding.code, finding.span.file, finding.span.line
