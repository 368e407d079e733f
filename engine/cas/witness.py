"""A finding about tables or priorities goes in; a record that meets it comes out, told as a case.

A gap is met by a record one of whose results cannot be computed for want of the row; an overlap, a
dead row or a conflict by a record that has one result under the one, another under the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import Final

import click

from engine.cas.plain import (
    Closure,
    Gene,
    Genome,
    WrittenCase,
    case_file_text,
    closure_of,
    first_value,
    read_plain,
    to_plain,
    trial_values,
)
from engine.commandes.base import report, write
from engine.evaluation.interpreter import Interpreter
from engine.evaluation.law import Chosen, Law, faulty_law
from engine.evaluation.outcomes import NotComputable, Outcome
from engine.evaluation.show import counted, french
from engine.langage.checks.one_value import Conflict, TableFault, conflicts, table_faults
from engine.langage.corpus import Corpus, Epoch, Rule
from engine.langage.inputs import Value
from engine.langage.kernel import Lookup, walk
from engine.langage.records import Record
from engine.source.diagnostics import Diagnostic
from engine.source.messages.system import not_written
from engine.source.positions import Span, whole_file

TOLERATED: Final = frozenset({"E402", "E403", "E404", "E207"})
BUDGET: Final = 2000  # records tried for one finding
_SHOWN: Final = 100  # the score of a record that shows the finding in a result


@dataclass(frozen=True, slots=True)
class Witness:
    """A record that meets a finding.

    ``values``: some results as they are computed, in the order of the corpus; ``others``: what
    they would be under the other row or the other rule, written at ``rival``; nothing for a gap.
    """

    finding: Diagnostic
    rival: Span
    genome: Genome
    values: Mapping[str, Outcome]
    others: Mapping[str, Outcome]


@dataclass(frozen=True, slots=True)
class SoughtWitness:
    """A finding, and its witness when one was found among ``tried`` records."""

    finding: Diagnostic
    witness: Witness | None
    tried: int


def witnesses(law: Law) -> tuple[SoughtWitness, ...]:
    """A witness for each finding of ``law`` that one can show: E207, E402, E403, E404."""
    corpus = law.corpus
    faults: list[TableFault | Conflict] = list(conflicts(corpus.rules, corpus.starts))
    tables = tuple(corpus.tables.values())
    faults += table_faults(tables, corpus.nomenclatures, corpus.units, corpus.starts[0])
    return tuple(_Search(law, one).run() for one in faults)


class _Search:
    """The search for one finding: from a plausible record, one field at a time, then two."""

    def __init__(self, law: Law, fault: TableFault | Conflict) -> None:
        self.law, self.fault, self.corpus = law, fault, law.corpus
        self.day = max(fault.day, law.corpus.first_day)
        self.epoch = law.epoch(self.day)
        self.tried = 0

    @cached_property
    def names(self) -> frozenset[str]:
        """The rules that meet the finding: those that look in the table, or those in conflict."""
        if isinstance(self.fault, Conflict):
            return frozenset({self.fault.first.name})
        table = self.fault.table.name
        return frozenset(
            name
            for name, same in self.epoch.rules.items()
            for _, version in same
            if any(isinstance(one, Lookup) and one.table == table for one in walk(version.body))
        )

    @cached_property
    def variants(self) -> tuple[Epoch, ...]:
        """The law as it is; then, for two rows or two rules, the law in which the other wins."""
        fault = self.fault
        if isinstance(fault, Conflict):
            name, (first, second) = fault.first.name, self._rivals(fault)
            same = self.epoch.rules[name]
            kept = [tuple(one for one in same if one[0] is not gone) for gone in (second, first)]
            rules = [{**self.epoch.rules, name: one} for one in kept]
            return tuple(replace(self.epoch, rules=one) for one in rules)
        if len(fault.rows) != 2:  # noqa: PLR2004 - the two rows of an overlap
            return (self.epoch,)
        version = self.epoch.tables[fault.table.name]
        other = version.rows[fault.rows[1]]
        rest = (one for one in version.rows if one is not other)
        moved = replace(version, rows=(other, *rest))
        tables = {**self.epoch.tables, fault.table.name: moved}
        return (self.epoch, replace(self.epoch, tables=tables))

    def _rivals(self, fault: Conflict) -> tuple[Rule, Rule]:
        """The two rules in conflict: the one that happens to be read first, then the other."""
        pair = (fault.first, fault.second)
        first, second = [one for one, _ in self.epoch.rules[fault.first.name] if one in pair]
        return first, second

    def run(self) -> SoughtWitness:
        """Climb until a result shows the finding, or nothing better is found."""
        finding = self.fault.finding
        if (isinstance(self.fault, TableFault) and self.fault.keys is None) or not self.names:
            return SoughtWitness(finding, None, 0)
        best: Genome = {}
        score = 0
        for names in (self.names, self._dependents):  # what leads to it, then what shows it
            if score < _SHOWN:
                closure = closure_of(self.epoch, names)
                # the values sought, by the nomenclature or the unit of their column
                found: dict[str, set[Value]] = {}
                if isinstance(self.fault, TableFault) and self.fault.keys is not None:
                    for column, key in zip(self.fault.table.columns, self.fault.keys, strict=True):
                        found.setdefault(column.reference, set()).add(key)
                trials = trial_values(self.corpus, closure, found)
                best = {**self._first(trials, closure), **best}
                best, score = self._climb(best, trials)
        shown = self._shown_by(self._runs(best)) if score >= _SHOWN else None
        witness = None if shown is None else Witness(finding, self._rival, best, *shown)
        return SoughtWitness(finding, witness, self.tried)

    @property
    def _rival(self) -> Span:
        """Where the row or the rule that does not win is written."""
        fault = self.fault
        if isinstance(fault, Conflict):
            return self._rivals(fault)[1].span
        if not fault.rows:
            return fault.finding.span
        return self.epoch.tables[fault.table.name].rows[fault.rows[-1]].span

    def _climb(
        self, best: Genome, trials: Mapping[Gene, Sequence[Value | None]]
    ) -> tuple[Genome, int]:
        """The best record that one change after another, then two at once, leads to."""
        score = self._score(best)
        for width in (1, 2):
            improved = True
            while improved and score < _SHOWN and self.tried < BUDGET:
                improved = False
                pairs = [(gene, value) for gene, values in trials.items() for value in values]
                for moves in combinations(pairs, width):
                    if self.tried >= BUDGET or score >= _SHOWN:
                        break
                    other = dict(best)
                    for gene, value in moves:
                        if value is None:
                            other.pop(gene, None)
                        else:
                            other[gene] = value
                    found = self._score(other)
                    if found > score:
                        best, score, improved = other, found, True
        return best, score

    def _first(self, trials: Mapping[Gene, Sequence[Value | None]], closure: Closure) -> Genome:
        """A record with what the model requires, and the first value to try of each field."""
        model = self.corpus.model
        genome: dict[Gene, Value] = {
            (None, model.role("identifiant").name): "TEMOIN",
            (None, model.role("date").name): self.day,
        }
        used = {collection for collection, _ in closure.fields}
        groups = [(None, model.fields), *((one.name, one.fields) for one in model.collections)]
        for scope, fields in groups:
            for field in fields:
                gene = (scope, field.name)
                needed = field.required and not field.derived and (scope is None or scope in used)
                value = trials[gene][0] if gene in trials else None
                if value is None and needed and gene not in genome:
                    value = first_value(field)
                if value is not None and gene not in genome:
                    genome[gene] = value
        return genome

    def _runs(self, genome: Genome) -> tuple[Interpreter, ...]:
        outcome = read_plain(to_plain(genome, self.corpus.model), self.corpus)
        record = outcome if isinstance(outcome, Record) else None
        if record is None:
            return ()
        return tuple(Interpreter(self.corpus, one, record, traced=True) for one in self.variants)

    def _score(self, genome: Genome) -> int:
        """How close a record is: 0 refused, then its right keys or rules, then shown."""
        self.tried += 1
        runs = self._runs(genome)
        if not runs:
            return 0
        met = self._met(runs)
        # the score of a record that meets the finding, whether a result shows it or not
        if met < (4 if isinstance(self.fault, Conflict) else 2 * len(self.fault.table.columns)):
            return 1 + met
        return _SHOWN if self._shown_by(runs) else 1 + met

    def _met(self, runs: Sequence[Interpreter]) -> int:
        fault = self.fault
        for name in self.names:
            scope = self.corpus.rule(name).scope
            for run in runs:
                for line in [None] if scope is None else range(len(run.lines(scope))):
                    run.step(name, line)
        if isinstance(fault, Conflict):
            applied = zip(runs, self._rivals(fault), strict=True)
            return 2 * sum(
                any(step.rule is rule for step in run.steps(fault.first.name))
                for run, rule in applied
            )
        best = 0
        for _, table, keys, _ in runs[0].trace.rows:
            if table == fault.table.name and fault.keys is not None:
                pairs = zip(keys, fault.keys, strict=True)
                best = max(best, sum(2 * (a == b) for a, b in pairs))
        return best

    def _shown_by(
        self, runs: Sequence[Interpreter]
    ) -> tuple[Mapping[str, Outcome], Mapping[str, Outcome]] | None:
        """The results that show the finding: those of the corpus, else any rule of the record."""
        names = [one for one in self._dependents if self.corpus.rule(one).scope is None]
        exposed = [one for one in self.corpus.results if one in names]
        for asked in (exposed, names):
            values = {name: runs[0].step(name).value for name in asked}
            if len(runs) == 1:
                lacking: dict[str, Outcome] = {
                    name: one
                    for name, one in values.items()
                    if isinstance(one, NotComputable)
                    and any(
                        lack.kind == "aucun_cas" and lack.name in self.names for lack in one.lacks
                    )
                }
                if lacking:
                    return lacking, {}
                continue
            others = {name: runs[1].step(name).value for name in asked}
            kept = {
                name: one
                for name, one in values.items()
                if one != others[name] and not isinstance(one, NotComputable)
            }
            if kept:
                return kept, {name: others[name] for name in kept}
        return None

    @cached_property
    def _dependents(self) -> tuple[str, ...]:
        """The rules that rest on those that meet the finding, and they themselves."""
        found = set(self.names)
        size = 0
        while size < len(found):
            size = len(found)
            for name in self.epoch.rules:
                if not found.isdisjoint(closure_of(self.epoch, {name}).direct):
                    found.add(name)
        return tuple(sorted(found))


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
    case = WrittenCase(
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


def write_witnesses(
    rules: Chosen, folder: Path, findings: tuple[Diagnostic, ...]
) -> tuple[Diagnostic, ...]:
    """Write the witnesses; the findings, each with the place of the one that shows it.

    One sentence on the error output tells how many were found, or why none was looked for.
    """
    law = faulty_law(rules, TOLERATED)
    if law is None:
        click.echo(
            "Témoins : rien n'est cherché, d'autres erreurs sont à corriger avant.", err=True
        )
        return findings
    told: dict[Diagnostic, Diagnostic] = {}
    taken: set[str] = set()
    for one in witnesses(law):
        if one.witness is None:
            words = f"aucun dossier ne le montre parmi les {one.tried} essayés"
            if not one.tried:
                words = "aucun dossier ne peut le montrer : rien ne mène à ces clés"
            hints = (*one.finding.hints, f"sans témoin : {words}")
            told[one.finding] = replace(one.finding, hints=hints)
            continue
        text = witness_text(one.witness, law.corpus)
        path = write_case(folder, witness_name(one.witness), taken, text)
        label = (whole_file(path.as_posix()), "témoin : un dossier qui le montre")
        told[one.finding] = replace(one.finding, labels=(*one.finding.labels, label))
    shown = counted(len(taken), "constat montré", "constats montrés")
    where = f" dans {folder.as_posix()}" if taken else ""
    click.echo(f"Témoins : {shown}{where}, {len(told) - len(taken)} sans dossier", err=True)
    return tuple(told.get(one, one) for one in findings)


def write_case(folder: Path, name: str, taken: set[str], text: str) -> Path:
    """Write a case file in a folder, made if need be; its name, or the next one that is free."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        report([not_written(folder.as_posix(), error.errno)])
        click.get_current_context().exit(1)
    path = folder / _free(name, taken)
    write({path: text.encode()})
    return path


def _free(name: str, taken: set[str]) -> str:
    """``name``, or the same with a number when another finding of that line has it."""
    stem, number = name.removesuffix(".yaml"), 2
    while name in taken:
        name, number = f"{stem}-{number}.yaml", number + 1
    taken.add(name)
    return name
