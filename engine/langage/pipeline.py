"""The table of contents: from the texts of ``regles/`` to a corpus, pass by pass.

1. read     ``engine.source.yaml_tree``   text → located tree
2. shape    ``engine.source.schema``      located tree against the schema of its kind
3. declare  ``declare``, ``resolve``      every name, bodies unread
4. lower    ``lower*``, ``formulas``      bodies → kernel
5. check    ``checks``                    versions, priorities, types, cycles, tables, rounding
6. freeze   here                          the corpus, or the findings

A pass collects everything it finds. Unreadable text stops after pass 1; a shape finding only
silences what is said of the declaration it stands in; the checks see every sound rule.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice

from engine.langage import nodes
from engine.langage.agenda import Calendar, Passage, Schedule, planned
from engine.langage.checks.agenda import check_calendars, check_passages
from engine.langage.checks.cycles import check_cycles, check_depths
from engine.langage.checks.one_value import check_exceptions, check_priorities, check_tables
from engine.langage.checks.reach import check_reach
from engine.langage.checks.rounding import check_rounding
from engine.langage.checks.types import TypeCheck
from engine.langage.checks.usage import (
    check_results,
    check_usage,
    check_vocabularies,
    copied_files,
    effects_of,
)
from engine.langage.corpus import Control, Corpus, Epoch, Publication, Rule, Table
from engine.langage.declare import declare
from engine.langage.epochs import build_epoch, epoch_starts, turns
from engine.langage.lower import lower_controls, lower_publications, lower_rules, lower_tables
from engine.langage.lower_agenda import lower_calendars, lower_passages, lower_schedule
from engine.langage.model import model_from_schema
from engine.langage.symbols import Document, Names, Symbols, index_names, kind_of
from engine.source.cache import Shelf
from engine.source.diagnostics import Diagnostic, in_order
from engine.source.schema import Schema, check_shape
from engine.source.tree import Mapping as Tree
from engine.source.yaml_tree import read_yaml

RECORD = "dossier"  # the schema that describes a record


@dataclass(frozen=True, slots=True)
class Lowered:
    """What pass 4 leaves: the sound rules, tables, controls, published tables, and the agenda."""

    rules: tuple[Rule, ...]
    tables: Mapping[str, Table]
    controls: tuple[Control, ...]
    publications: tuple[Publication, ...]
    calendars: tuple[Calendar, ...]
    schedule: Schedule | None
    passages: tuple[Passage, ...]


def load(
    files: Sequence[tuple[str, str]],
    schemas: Mapping[str, Schema],
    digest: str,
    tolerated: frozenset[str] = frozenset(),
) -> tuple[Corpus | None, tuple[Diagnostic, ...]]:
    """Read, check and freeze a corpus.

    Args:
        files: shown path and text of each file.
        schemas: the JSON Schema of each kind of file, by the key that opens it, and of a record.
        digest: the content hash of what is loaded.
        tolerated: errors in spite of which the corpus is frozen, to show what they do.

    Returns:
        The corpus and its warnings (W6xx), or None and every finding (E1xx to E4xx), sorted.
    """
    documents, findings, readable = _read(files, schemas)
    if not readable:
        return None, in_order(findings)
    symbols = declare(documents, model_from_schema(schemas[RECORD]))
    copies = copied_files(symbols.findings)
    if copies:  # whatever else is told of them would be told of names that are there twice
        return None, in_order([*findings, *copies])
    names = index_names(symbols)
    lowered = Lowered(
        lower_rules(symbols, names),
        lower_tables(symbols),
        lower_controls(symbols, names),
        lower_publications(symbols, names),
        lower_calendars(symbols, documents),
        lower_schedule(symbols, documents),
        lower_passages(symbols, documents),
    )
    # Without its first day, the corpus is checked as it is in the end, when all is in force.
    unknown = date.max if "resultats" in symbols.unread else date.min
    starts = epoch_starts(
        lowered.rules,
        lowered.tables.values(),
        lowered.controls,
        symbols.nomenclatures.values(),
        symbols.first_day or unknown,
    )
    findings += symbols.findings
    calendars = [
        name for one in documents if (name := nodes.text(one.root, "calendrier")) is not None
    ]
    findings += _check(symbols, names, lowered, starts, calendars)
    if any(one.severity == "erreur" and one.code not in tolerated for one in findings):
        return None, in_order(findings)
    return _freeze(symbols, lowered, starts, digest), in_order(findings)


class DayCheck:
    """The check of types and of absence, for laws that differ from a sound corpus on one day."""

    def __init__(self, symbols: Symbols, names: Names, tables: Mapping[str, Table]) -> None:
        self.symbols, self._names, self._tables = symbols, names, tables
        self._asked: list[Epoch] = []
        self._turns = turns(iter(self._asked.pop, None))
        self._may_be_absent: dict[str, bool] = {}

    def findings(self, epoch: Epoch, sound: Epoch) -> list[Diagnostic]:
        """What ``load`` would say of ``epoch``, beside one of the corpus in which all is sound.

        Only what they do not share is looked at.
        """
        self._asked += (epoch, sound)
        check = TypeCheck(
            sound,
            self.symbols,
            self._names,
            self._tables,
            frozenset(),
            {},
            may_be_absent=self._may_be_absent,
        )
        return check.run(islice(self._turns, 2))


def day_check(files: Sequence[tuple[str, str]], schemas: Mapping[str, Schema]) -> DayCheck:
    """The check of a sound corpus, from what ``load`` takes."""
    documents, _, _ = _read(files, schemas)
    symbols = declare(documents, model_from_schema(schemas[RECORD]))
    return DayCheck(symbols, index_names(symbols), lower_tables(symbols))


@dataclass(frozen=True, slots=True)
class _File:
    """What passes 1 and 2 leave of a file; when it is not ``readable``, nothing is said after."""

    documents: tuple[Document, ...]
    findings: tuple[Diagnostic, ...]
    readable: bool


def _read(
    files: Sequence[tuple[str, str]], schemas: Mapping[str, Schema]
) -> tuple[tuple[Document, ...], list[Diagnostic], bool]:
    """Passes 1 and 2; a file that was read before, with these schemas, is not read again."""
    forms = {kind: schema for kind, schema in schemas.items() if kind != RECORD}
    shelf = Shelf("lus", json.dumps(forms, default=str))

    def read(shown: str, text: str) -> _File:
        roots, found = read_yaml(text, shown)
        documents: list[Document] = []
        findings = [*found]
        readable = not found
        for root in roots:
            kind, unknown = kind_of(root)
            findings += unknown
            readable = readable and not unknown
            if kind is not None and isinstance(root, Tree):
                # What a misread character breaks is not a fault of shape: it is told once.
                misread = any(one.code == "E139" for one in found)
                shape = () if misread else check_shape(root, forms[kind])
                findings += shape
                documents.append(Document(root, kind, tuple(one.span for one in shape)))
        return _File(tuple(documents), tuple(findings), readable)

    found = [shelf.thing(read, *file) for file in files]
    shelf.close()
    return (
        tuple(document for one in found for document in one.documents),
        [finding for one in found for finding in one.findings],
        all(one.readable for one in found),
    )


def _check(
    symbols: Symbols,
    names: Names,
    lowered: Lowered,
    starts: tuple[date, ...],
    calendars: Sequence[str],  # those that could not be read too
) -> list[Diagnostic]:
    sound = {rule.ident for rule in lowered.rules}
    broken = frozenset(
        name
        for name, heads in symbols.rules.items()
        for head in heads
        if (head.name if head.parameter else f"{head.text}.{head.name}") not in sound
    )
    beginnings = {
        rule.name: min(version.period.since for version in rule.versions)
        for rule in reversed(lowered.rules)
    }
    epochs = tuple(
        turns(
            build_epoch(starts, number, lowered.rules, lowered.tables, lowered.controls)
            for number in range(len(starts))
        )
    )
    findings = check_exceptions(symbols)
    findings += check_priorities(lowered.rules, starts)
    first = epochs[0].epoch
    findings += TypeCheck(first, symbols, names, lowered.tables, broken, beginnings).run(epochs)
    cycles = check_cycles(epochs)
    findings += cycles or check_depths(epochs)
    findings += check_tables(
        tuple(lowered.tables.values()), symbols.nomenclatures, symbols.units, starts[0]
    )
    findings += check_reach(symbols, names, lowered.rules, lowered.controls)
    findings += check_results(symbols)
    findings += check_vocabularies(symbols)
    # whether everything that is declared was read: only then can one say what serves nothing
    if (
        not cycles
        and not broken
        and len(lowered.tables) == len(symbols.tables)
        and len(lowered.controls) == len(symbols.controls)
        and len(lowered.publications) == len(symbols.publications)
        and not symbols.unread
        and all(found.code != "E202" for found in symbols.findings)
    ):
        used = planned(lowered.schedule)
        findings += check_rounding(symbols, names, epochs, used)
        findings += check_usage(
            symbols, lowered.rules, lowered.controls, lowered.publications, used
        )
        findings += check_passages(
            symbols, lowered.passages, calendars, lowered.rules, lowered.controls
        )
    return findings + check_calendars(lowered.calendars)


def _freeze(symbols: Symbols, lowered: Lowered, starts: tuple[date, ...], digest: str) -> Corpus:
    return Corpus(
        digest,
        starts[0],
        symbols.model,
        symbols.units,
        symbols.documents,
        symbols.texts,
        symbols.nomenclatures,
        symbols.points,
        symbols.doctrine,
        symbols.gaps,
        lowered.rules,
        lowered.tables,
        lowered.controls,
        tuple(symbols.sections),
        tuple(one.text for one in symbols.board),
        effects_of(symbols),
        lowered.publications,
        lowered.calendars,
        lowered.schedule,
        lowered.passages,
        starts,
    )
