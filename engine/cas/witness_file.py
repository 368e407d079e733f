"""A witness as a case file: the finding in a comment, the record, what it gives today."""

from __future__ import annotations

from engine.cas.case_text import Written, case_file_text
from engine.cas.genome import to_plain
from engine.cas.witness import Witness
from engine.evaluation.show import french
from engine.langage.corpus import Corpus


def witness_name(witness: Witness) -> str:
    """The name of the file of a witness: its code, and where its finding is."""
    span = witness.finding.span
    stem = span.file.rpartition("/")[2].rpartition(".")[0]
    return f"{witness.finding.code}-{stem}-{span.line}.yaml"


def witness_text(witness: Witness, corpus: Corpus) -> str:
    """A file with one case, which passes as long as the finding stands.

    The case expects what the faulty corpus gives: the first row or rule, or nothing computable.
    """
    found = witness.finding
    where = f"{found.code}, {found.span.file}:{found.span.line}"
    comments = [f"Témoin de {where} : {found.message}"]
    for name, other in witness.others.items():
        shown, instead = (french(one) for one in (witness.values[name], other))
        comments.append(f"{name} : {shown}, ou {instead} avec {_rival(witness)}")
    case = Written(
        f"Témoin {where}",
        found.span.file,
        f"ligne {found.span.line}",
        to_plain(witness.genome, corpus.model),
        witness.values,
        {},
    )
    return case_file_text(comments, [case], corpus)


def _rival(witness: Witness) -> str:
    """The place of the other row or rule."""
    span = witness.rival
    return f"{span.file}:{span.line}"
