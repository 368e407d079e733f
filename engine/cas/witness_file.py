"""A witness as a case file: the finding in a comment, the record, what it gives today."""

from __future__ import annotations

import json
from fractions import Fraction

from engine.cas.genome import to_yaml
from engine.cas.witness import Witness
from engine.evaluation.outcomes import NotComputable, Outcome
from engine.evaluation.show import exact_text, french
from engine.langage.corpus import Corpus
from engine.langage.kernel import ABSENT


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
    line = f"ligne {found.span.line}"
    lines = [
        "# yaml-language-server: $schema=../schemas/cas.v1.json",
        f"# Témoin de {found.code}, {found.span.file}:{found.span.line} : {found.message}",
    ]
    for name, other in witness.others.items():
        shown, instead = (french(one) for one in (witness.values[name], other))
        lines.append(f"# {name} : {shown}, ou {instead} avec {_rival(witness)}")
    lines += [
        "cas:",
        f"  - nom: {_text(f'Témoin {found.code}, {found.span.file}:{found.span.line}')}",
        f"    source: {{document: {_text(found.span.file)}, reperage: {_text(line)}}}",
        "    nature: construite",
        f"    dossier: {to_yaml(witness.genome, corpus.model)}",
    ]
    values = witness.values.items()
    lacking = [name for name, one in values if isinstance(one, NotComputable)]
    absent = [name for name, one in values if one is ABSENT]
    given = {name: one for name, one in values if name not in {*lacking, *absent}}
    if given:
        shown = ", ".join(f"{name}: {_value(one, corpus, name)}" for name, one in given.items())
        lines.append(f"    attendu: {{{shown}}}")
    if absent:
        lines.append(f"    sans_objet: [{', '.join(absent)}]")
    if lacking:
        lines.append(f"    non_calculable: [{', '.join(lacking)}]")
    return "\n".join(lines) + "\n"


def _rival(witness: Witness) -> str:
    """The place of the other row or rule."""
    span = witness.rival
    return f"{span.file}:{span.line}"


def _value(value: Outcome, corpus: Corpus, name: str) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case Fraction():
            return _text(exact_text(value, corpus.units[corpus.rule(name).unit or ""].decimals))
        case _:
            return _text(str(value))


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
