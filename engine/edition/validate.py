"""The whole check of a corpus, its past included: what was found, and how much was looked at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from itertools import zip_longest
from pathlib import Path
from typing import Final, TypeAlias

from engine.edition.plausibility import plausibility
from engine.evaluation.law import (
    RULE_SUFFIXES,
    Chosen,
    Folder,
    Law,
    checked_corpus,
    corpus_folder,
    law_of,
    read_folder,
)
from engine.evaluation.publications import printed_rows
from engine.evaluation.show import counted, french_number
from engine.histoire.compare import Change, compare, side_of
from engine.histoire.history import known_at
from engine.langage.corpus import Checked, Corpus, TableVersion, Version
from engine.langage.kernel import Const, Expr, walk
from engine.langage.versions import DRAFT
from engine.source import git
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic, in_order
from engine.source.files import unread
from engine.source.positions import Span

# Where what is in force is kept: the branch that others read, here, else on the forge.
REFERENCES: Final = ("main", "origin/main")
Histories: TypeAlias = "Mapping[str, tuple[Version | TableVersion, ...]]"


@dataclass(frozen=True, slots=True)
class Reference:
    """What is in force elsewhere: the name of a branch, and its rules, drafts included."""

    name: str
    folder: Folder
    law: Law


def reference(chosen: Chosen, store: Path) -> Reference | None:
    """The rules of the reference branch, as they were when today's work left it; None without one.

    ``store``: where the rules of past commits are kept.
    """
    folder = corpus_folder(chosen)
    if not folder.rules.is_dir():
        return None
    for name in REFERENCES:
        found = git.commit_of(folder.rules, name)
        if found.refusal is not None:
            continue
        common = git.ask(folder.rules, "merge-base", "HEAD", found.text)
        with suppress(OSError):  # nowhere to keep them
            known, _ = known_at(folder, common.text or found.text, store)
            law = None if known is None else law_of(replace(known.folder, drafts=True))[0]
            if known is not None and law is not None:
                return Reference(name, known.folder, law)
        return None
    return None


def past_changes(
    corpus: Corpus, folder: Folder, before: Reference, today: date
) -> dict[str, list[Diagnostic]]:
    """W626, by the name of the rule or table: each value in force until today that is another one.

    A version added to the past is one too, unless it is a draft, or signed.
    """
    found: defaultdict[str, list[Diagnostic]] = defaultdict(list)
    if corpus.digest == before.law.corpus.digest:
        return found
    old, new = _histories(before.law.corpus), _histories(corpus)
    changes = compare(side_of(before.law, before.folder), side_of(Law(corpus), folder))
    for one in changes:
        if one.name in old and one.name in new and one.since is not None and one.since <= today:
            found[one.name] += _told(one, old, new, before.name)
    return found


def _histories(corpus: Corpus) -> Histories:
    """The versions of each rule and table, by its name."""
    rules = {one.ident: one.versions for one in corpus.rules}
    return {**rules, **{name: one.versions for name, one in corpus.tables.items()}}


def _told(change: Change, old: Histories, new: Histories, branch: str) -> Iterator[Diagnostic]:
    since = change.since or date.min
    was = _on(old[change.name], since)
    now = _on(new[change.name], since)
    in_force = was is not None and was.checked.status != DRAFT
    if change.what == "version supprimée":
        if in_force and was is not None:
            here = next((one.span for one in new[change.name] if since in one.period), None)
            place = here or new[change.name][0].span
            yield _changed(change, "n'est plus là", was.checked, branch, place)
    elif change.what == "version ajoutée":
        if now is not None and now.checked.status != DRAFT and now.checked.signed_on is None:
            place = now.checked.places.get("depuis", now.span)
            yield _changed(change, "est ajoutée, ni projet ni signée", now.checked, branch, place)
    elif in_force and was is not None and now is not None:
        if change.what == "valeur" and isinstance(now, Version):
            yield _changed(change, _moved("", change), was.checked, branch, now.body.span)
        elif change.what == "formule" and isinstance(was, Version) and isinstance(now, Version):
            for before, after in _figures(was.body, now.body):
                told = f"{_shown(before)} devient {_shown(after)}"
                yield _changed(change, told, was.checked, branch, after.span)
        elif change.what.startswith("ligne"):
            yield _changed(change, _moved(change.what, change), was.checked, branch, change.place)


def _figures(before: Expr, after: Expr) -> Iterator[tuple[Const, Const]]:
    """The literals that differ between two formulas that are the same but for them."""
    pairs = list(zip_longest(walk(before), walk(after)))
    if all(type(one) is type(other) for one, other in pairs):
        for one, other in pairs:
            if isinstance(one, Const) and isinstance(other, Const) and one.value != other.value:
                yield one, other


def _shown(literal: Const) -> str:
    value = literal.value
    if isinstance(value, Fraction):
        return french_number(value)
    return ", ".join(sorted(value)) if isinstance(value, frozenset) else str(value)


def _on(versions: tuple[Version | TableVersion, ...], day: date) -> Version | TableVersion | None:
    """The version that begins on a day."""
    return next((one for one in versions if one.period.since == day), None)


def _moved(what: str, change: Change) -> str:
    """« 2 550 € devient 2 600 € », « ligne ajoutée 1 280 : 1 280 € »."""
    sides = [one for one in (change.before, change.after) if one is not None]
    return (f"{what} : " if what else "") + " devient ".join(sides)


def _changed(change: Change, told: str, checked: Checked, branch: str, place: Span) -> Diagnostic:
    """W626: what was in force until today is not what the reference branch says it was."""
    since = change.since or date.min
    what = (
        f"la version du {since} {told}"
        if told.startswith(("est ", "n'est "))
        else f"version du {since}, {told}"
    )
    who, day = checked.signed_by, checked.signed_on
    by = f" ; elle est signée par {who} le {day}" if who is not None and day is not None else ""
    return say("W626", place, nom=change.name, quoi=what, branche=branch, signee=by)


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
