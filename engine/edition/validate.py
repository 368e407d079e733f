"""The whole check of a corpus: what was found, and how much was looked at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from engine.edition.past import Reference, past_changes, reference
from engine.edition.plausibility import plausibility
from engine.evaluation.law import (
    RULE_SUFFIXES,
    Chosen,
    checked_corpus,
    corpus_folder,
    read_folder,
)
from engine.evaluation.publications import printed_rows
from engine.evaluation.show import counted
from engine.source.diagnostics import Diagnostic, in_order
from engine.source.files import unread


@dataclass(frozen=True, slots=True)
class Validated:
    """What was found, and one sentence that says how much was looked at."""

    findings: tuple[Diagnostic, ...]
    summary: str
    sound: bool  # whether the corpus loads, and nothing surprises, when that was asked


def validate(chosen: Chosen, today: date, store: Path, *, plausible: bool = True) -> Validated:
    """Check a corpus from its files.

    Args:
        chosen: the folder, as ``corpus_folder`` takes it.
        today: the day on which it is asked; a date may be too far from it.
        store: where the rules of past commits are kept, to compare the past with them.
        plausible: whether to tell also what is possible and surprising.

    Returns:
        Every finding (E101 to E140, E201 to E425, E505, W601, W602, W611 to W630), sorted by
        place.
    """
    folder = corpus_folder(chosen)
    contents, digest, findings = read_folder(folder)
    strays = unread(folder.rules, folder.shown, RULE_SUFFIXES)
    if findings:
        return Validated(findings, "Le corpus n'a pas pu être lu.", sound=False)
    corpus, findings = checked_corpus(folder, contents, digest)
    if corpus is None:
        errors = sum(found.severity == "erreur" for found in findings)
        count = counted(errors, "erreur")
        told = in_order([*strays, *findings])
        return Validated(told, f"{count} dans {len(contents)} fichiers", sound=False)
    looked = ""
    surprises: tuple[Diagnostic, ...] = ()
    if plausible:
        before = reference(folder, store)
        past = past_changes(corpus, folder, before, today) if before else None
        found = plausibility(corpus, today, past)
        surprises = found.findings
        count = counted(len(surprises), "constat de vraisemblance", "constats de vraisemblance")
        looked = f" ; {found.values} valeurs datées comparées, "
        looked += f"{_compared(before)}, {count}"
    cells = sum(len(row.cells) for row in printed_rows(corpus))
    rows = sum(len(one.rows) for table in corpus.tables.values() for one in table.versions)
    return Validated(
        in_order([*strays, *findings, *surprises]),
        f"Corpus {'à relire' if surprises or strays else 'sain'} : "
        f"{len(contents)} fichiers, {len(corpus.texts)} textes, "
        f"{len(corpus.rules)} règles et paramètres, {len(corpus.tables)} tables "
        f"({rows} lignes), {len(corpus.controls)} contrôles, {len(corpus.starts)} époques ; "
        f"{cells} cases publiées recalculées{looked} ; {corpus.digest}",
        sound=not surprises and not strays,
    )


def _compared(before: Reference | None) -> str:
    """What the past was compared with, since nothing is said when it was compared with nothing."""
    return (
        "passé non comparé (aucune branche main)"
        if before is None
        else f"passé comparé à {before.name}"
    )
