"""Mutants and cases go in; the mutants that no case and no check can tell from the law come out.

A case is evaluated once, under the law as it is. Under that of a mutant, the changed rule alone is
evaluated again; what rests on it too, when it gives something else; the rest is taken as it was.
What is looked at may be only the lines changed since a revision; a file says which mistakes are
admitted, and how many points no case has to go through.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Final

from engine.cas.case import Case
from engine.cas.coverage import Covering, agreeing, day_of, denies, evaluation
from engine.cas.mutants import Agenda, Mutant, MutantKey, mutants
from engine.evaluation.interpreter import Interpreter, sharing
from engine.evaluation.law import Law, read_shaped
from engine.evaluation.outcomes import Key, Step
from engine.langage import nodes
from engine.langage.agenda import Calendar, Plan, Prescription, Schedule
from engine.langage.checks.agenda import check_calendars
from engine.langage.checks.one_value import check_priorities, check_tables
from engine.langage.corpus import Control, Corpus, Epoch, Rule, Table
from engine.langage.epochs import by_priority, in_force
from engine.langage.kernel import Expr, Lookup, walk
from engine.langage.pipeline import DayCheck
from engine.source import git, tree
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.positions import Span, whole_file

_FILE: Final = re.compile(r"^\+\+\+ b/(.*)$")
_HUNK: Final = re.compile(r"^@@ -\S+ \+(\d+)(?:,(\d+))? @@")


def changed_lines(
    rules: Path, shown: str, revision: str
) -> tuple[Mapping[str, frozenset[int]] | None, tuple[Diagnostic, ...]]:
    """The lines of the rules that are not those of ``revision``; new files are changed whole.

    Args:
        rules: the folder of the rules, in a git repository.
        shown: how this folder is shown in places.
        revision: any name that git knows.

    Returns:
        The numbers of the lines (from 1) by file, as places show it; or None and E593.
    """
    place = whole_file("--depuis")
    commit = git.commit_of(rules, revision)
    if commit.refusal is not None:
        return None, (say("E593", place, revision=revision, pourquoi=commit.refusal),)
    options = ("--unified=0", "--no-color", "--no-ext-diff", "--relative")
    changes = git.ask(rules, "diff", *options, commit.text, "--", ".")
    fresh = git.ask(rules, "ls-files", "--others", "--exclude-standard", "--", ".")
    found: dict[str, set[int]] = {}
    lines: set[int] = set()
    for line in changes.text.splitlines():
        if file := _FILE.match(line):
            lines = found.setdefault(f"{shown}/{file[1]}", set())
        elif hunk := _HUNK.match(line):
            start, count = int(hunk[1]), int(hunk[2] or 1)
            lines.update(range(start, start + count))
    for name in fresh.text.splitlines():
        text = (rules / name).read_text(encoding="utf-8", errors="replace")
        found[f"{shown}/{name}"] = set(range(1, len(text.splitlines()) + 1))
    return {file: frozenset(one) for file, one in found.items()}, ()


_KEYS: Final = ("nature", "regle", "depuis", "ecrit", "faute")


@dataclass(frozen=True, slots=True)
class Protection:
    """What is allowed: points without a case, mutants that nothing sees, each at its place.

    ``admitted`` are the mutants that no record can show, and where it is said.
    """

    missed: int
    unseen: int
    admitted: Mapping[MutantKey, Span]
    missed_span: Span = field(compare=False)
    unseen_span: Span = field(compare=False)


def read_protection(path: Path) -> tuple[Protection | None, tuple[Diagnostic, ...]]:
    """The protection asked by a file.

    Returns:
        It, or None and what is wrong with the file: E101 to E119.
    """
    root, wrong = read_shaped(path, "protection")
    body = None if root is None else nodes.mapping(root.get("protection"))
    floor = None if body is None else nodes.scalar(body, "points_sans_cas")
    if body is None or floor is None:
        return None, wrong
    admitted = {_key(one): one.span for one in nodes.mappings(body, "fautes_admises")}
    unseen = nodes.scalar(body, "fautes_non_vues")
    return Protection(
        int(floor.text),
        0 if unseen is None else int(unseen.text),
        admitted,
        floor.span,
        floor.span if unseen is None else unseen.span,
    ), ()


def _key(node: tree.Mapping) -> MutantKey:
    kind, owner, since, before, after = (nodes.text(node, name) or "" for name in _KEYS)
    return kind, owner, since, before, after, int(nodes.text(node, "rang") or 1)


class Patched:
    """The law of a mutant.

    Args:
        law: the corpus as it is.
        mutant: what is written instead.
    """

    def __init__(self, law: Law, mutant: Mutant) -> None:
        self._law, self.mutant = law, mutant
        self._epochs: dict[date, Epoch] = {}
        self.corpus: Corpus = law.corpus
        self.rules: tuple[Rule, ...] = ()  # of the name that the mutant gives, if it is a rule
        match mutant.new:
            case Rule() as new:
                same = (one for one in law.corpus.rules if one.name == new.name)
                self.rules = tuple(new if one is mutant.old else one for one in same)
            case Table() as new:
                self.corpus = replace(law.corpus, tables={**law.corpus.tables, new.name: new})
            case Control():
                pass
            case Schedule() | Plan() | Calendar() | Prescription() as new:
                self.corpus = _with_agenda(law.corpus, mutant, new)

    def epoch(self, day: date) -> Epoch:
        """What is in force on ``day``: the epoch of the law as it is, when that is the same."""
        base = self._law.epoch(day)
        since = base.period.since if self.mutant.day is None else day
        if since not in self._epochs:
            self._epochs[since] = self._patched(base, day)
        return self._epochs[since]

    def same_on(self, day: date) -> bool:
        """Whether the mistake changes nothing on ``day``."""
        elsewhere = self.mutant.kind == "article" or isinstance(self.mutant.new, Agenda)
        return not elsewhere and self.epoch(day) is self._law.epoch(day)

    def _patched(self, base: Epoch, day: date) -> Epoch:
        match self.mutant.new:
            case Rule() as new:
                same = tuple(by_priority(in_force(self.rules, day).get(new.name, []))[0])
                if _versions(same) == _versions(base.rules.get(new.name, ())):
                    return base
                rules = {name: one for name, one in base.rules.items() if name != new.name}
                rules |= {new.name: same} if same else {}
                return sharing(replace(base, rules=rules), base, new.name)
            case Table() as new:
                version = next((one for one in new.versions if day in one.period), None)
                if version is base.tables.get(new.name):
                    return base
                tables = {name: one for name, one in base.tables.items() if name != new.name}
                tables |= {} if version is None else {new.name: version}
                return sharing(replace(base, tables=tables), base)
            case Control() as new:
                told = tuple((new, one) for one in new.versions if day in one.period)
                was = tuple(pair for pair in base.controls if pair[0] is self.mutant.old)
                if _versions(told) == _versions(was):
                    return base
                kept = tuple(pair for pair in base.controls if pair[0] is not self.mutant.old)
                return sharing(replace(base, controls=(*kept, *told)), base, new.ident)
            case Schedule() | Plan() | Calendar() | Prescription():
                return base


def _versions(same: Iterable[tuple[object, object]]) -> list[int]:
    return [id(version) for _, version in same]


def _with_agenda(corpus: Corpus, mutant: Mutant, new: Agenda) -> Corpus:
    """The corpus with another plan, other shares, another delay, or another calendar."""
    match new:
        case Calendar():
            calendars = tuple(new if one is mutant.old else one for one in corpus.calendars)
            return replace(corpus, calendars=calendars)
        case Plan() if corpus.schedule is not None:
            plans = tuple(new if one is mutant.old else one for one in corpus.schedule.plans)
            return replace(corpus, schedule=replace(corpus.schedule, plans=plans))
        case Prescription() if corpus.schedule is not None:
            kept = tuple(new if one is mutant.old else one for one in corpus.schedule.prescriptions)
            return replace(corpus, schedule=replace(corpus.schedule, prescriptions=kept))
        case Schedule():
            return replace(corpus, schedule=new)
        case _:
            return corpus


_REFUSED = (TypeError, AssertionError, KeyError)  # raised by a law that loading would refuse


@dataclass(frozen=True, slots=True)
class Guard:
    """A case that passes, or a row of a published table that agrees.

    ``steps``: those of its evaluation, each after what it needs.
    """

    source: Covering
    day: date
    steps: Mapping[Key, Step]

    @property
    def cites(self) -> bool:
        """Whether it looks at articles, and not at values only."""
        return isinstance(self.source, Case) and bool(self.source.articles or self.source.grounds)

    @property
    def pays(self) -> bool:
        """Whether it looks at payments."""
        return isinstance(self.source, Case) and bool(self.source.paid)

    def denies(self, patched: Patched, touched: Sequence[Key]) -> bool:
        """Whether it fails under the law of a mutant.

        Args:
            patched: that law.
            touched: its steps that the mistake is in; none, of a mistake that is in no step.
        """
        if patched.same_on(self.day):
            return False
        again: Iterable[Key] = self.steps
        # A case may look at more than what steps give: at words, or at which steps there are.
        if not isinstance(self.source, Case) or not (self.source.said or self.source.grounds):
            if touched:
                interpreter = self._under(patched, touched)
                if not any(self._changed(interpreter, patched.mutant, key) for key in touched):
                    return False
            # these steps, and all that rest on them
            resting = {id(self.steps[key]) for key in touched}
            for step in self.steps.values():
                if not resting.isdisjoint(map(id, step.needs)):
                    resting.add(id(step))
            again = [key for key, step in self.steps.items() if id(step) in resting]
        try:
            return denies(self.source, self._under(patched, again))
        except _REFUSED:
            return True

    def _under(self, patched: Patched, again: Iterable[Key]) -> Interpreter:
        """Its evaluation under the law of a mutant, all its steps known but some."""
        known = dict(self.steps)
        for key in again:
            del known[key]
        return evaluation(patched.corpus, patched.epoch(self.day), self.source, known)

    def _changed(self, interpreter: Interpreter, mutant: Mutant, key: Key) -> bool:
        """Whether a step gives something else than it did, or may be seen otherwise."""
        was = self.steps[key]
        try:
            step = self._step(interpreter, mutant, key)
        except _REFUSED:
            return True
        if step is None or step.value != was.value:
            return True
        return self.cites and (step.articles, step.needs) != (was.articles, was.needs)

    def _step(self, interpreter: Interpreter, mutant: Mutant, key: Key) -> Step | None:
        """A step of the law of a mutant; None of a rule or a control that cannot be asked for."""
        name, line = key
        if name in interpreter.epoch.rules:
            return interpreter.step(name, line)
        if isinstance(mutant.new, Control):
            scope = mutant.new.scope
            at = None if scope is None or line is None else (scope, line)
            for version in mutant.new.versions:
                if self.day in version.period:
                    interpreter.holds(mutant.new, version, at)
                    return interpreter.done[key]
        return None


@dataclass(slots=True)
class Trial:
    """What the mutants of a law are tried against.

    Args:
        law: the corpus as it is.
        witnesses: the cases and the published rows that agree with it.
        checker: the check of loading that the mistake may fail.
    """

    law: Law
    witnesses: Sequence[Guard]
    checker: DayCheck
    _steps: dict[str, dict[int, list[Key]]] = field(init=False)  # by name, of each witness
    _readers: Mapping[str, Iterable[str]] = field(init=False)  # by table
    _last: int | None = None  # the witness that saw the mutant before: often the next one too

    def __post_init__(self) -> None:
        """Tell which witnesses have steps of which name, and what reads which table."""
        self._steps = defaultdict(lambda: defaultdict(list))
        for at, one in enumerate(self.witnesses):
            for key in one.steps:
                self._steps[key[0]][at].append(key)
        self._readers = _readers(self.law.corpus)

    def survives(self, mutant: Mutant) -> bool:
        """Whether no witness and no check sees the mistake."""
        patched = Patched(self.law, mutant)
        if self._refused_at_once(mutant, patched):
            return False
        # the witnesses that may see a mutant, each with its steps that the mistake is in
        found: dict[int, Sequence[Key]] = {}
        match mutant.new:
            case Rule() | Table() | Control() as new:
                if mutant.day is not None and isinstance(new, Control):  # it may be in no step yet
                    found |= dict.fromkeys(range(len(self.witnesses)), ())
                for name in self._names(new):
                    for at, keys in self._steps.get(name, {}).items():
                        found[at] = [*found.get(at, ()), *keys]
            case _:
                found |= {at: () for at, one in enumerate(self.witnesses) if one.pays}
        concerned = {
            at: keys
            for at, keys in found.items()
            if mutant.day in (None, self.witnesses[at].day)
            and (mutant.kind != "article" or self.witnesses[at].cites)
        }
        # The last one that saw something comes first.
        for at in sorted(concerned, key=lambda at: at != self._last):
            if self.witnesses[at].denies(patched, concerned[at]):
                self._last = at
                return False
        return not self._refused(mutant, patched)

    def _refused_at_once(self, mutant: Mutant, patched: Patched) -> bool:
        """Whether loading would say something of what is written, without looking at a day."""
        corpus = self.law.corpus
        days = corpus.starts if mutant.day is None else (mutant.day,)
        if mutant.kind in ("exception", "date") and check_priorities(patched.rules, days):
            return True
        if mutant.kind == "article" and isinstance(mutant.new, Rule | Table | Control):
            return bool(corpus.texts[mutant.new.text].articles)  # it is now one that no text has
        if isinstance(mutant.new, Calendar):
            return any(one.code.startswith("E") for one in check_calendars((mutant.new,)))
        return False

    def _refused(self, mutant: Mutant, patched: Patched) -> bool:
        """Whether loading would say something of a day under the law of a mutant."""
        corpus = self.law.corpus
        if isinstance(mutant.new, Table):
            tables, units = (mutant.new,), corpus.units
            if check_tables(tables, corpus.nomenclatures, units, corpus.first_day):
                return True
        day = mutant.day or max(mutant.since, corpus.first_day)
        return bool(self.checker.findings(patched.epoch(day), self.law.epoch(day)))

    def _names(self, new: Rule | Table | Control) -> Iterable[str]:
        """The names of the steps that another rule, table or control changes itself."""
        match new:
            case Rule():
                return (new.name,)
            case Table():
                return self._readers.get(new.name, ())
            case Control():
                return (new.ident,)


def _readers(corpus: Corpus) -> Mapping[str, Iterable[str]]:
    """The names of the rules and of the controls that read each table, one day or another."""
    read: list[tuple[str, Expr | str | None]] = []
    for rule in corpus.rules:
        for version in rule.versions:
            read += [(rule.name, version.applicable), (rule.name, version.body)]
    for control in corpus.controls:
        read += [(control.ident, one.condition) for one in control.versions]
        read += [(control.ident, one) for one in control.message]
    found: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for name, expr in read:
        for node in () if expr is None or isinstance(expr, str) else walk(expr):
            if isinstance(node, Lookup):
                found[node.table][name] = None
    return found


def trial(law: Law, cases: Iterable[Case], checker: DayCheck) -> Trial:
    """The cases that pass and the published rows, evaluated once each."""
    witnesses = [
        Guard(source, day_of(source), interpreter.done)
        for source, interpreter in agreeing(law, cases, traced=False)
    ]
    return Trial(law, witnesses, checker)


@dataclass(frozen=True, slots=True)
class Mutation:
    """What a run found: how many mutants were tried by kind, and those that nothing sees.

    ``admitted`` are the survivors that the protection file justifies; ``findings``: E590 for each
    of the others; ``stale``: E591 for what the file justifies for nothing.
    """

    tried: Mapping[str, int]
    survivors: tuple[Mutant, ...]
    admitted: tuple[Mutant, ...]
    findings: tuple[Diagnostic, ...]
    stale: tuple[Diagnostic, ...]


def mutate(
    law: Law,
    cases: Iterable[Case],
    checker: DayCheck,
    protection: Protection | None,
    *,
    concerned: Callable[[Mutant], bool] = lambda _: True,
    tell: Callable[[int, int], None],
) -> Mutation:
    """Try every mutant of ``law`` that is ``concerned`` against ``cases``.

    Args:
        law: the corpus.
        cases: those of which it is asked that they see mistakes.
        checker: the check of loading for this corpus.
        protection: what is admitted, if anything is.
        concerned: which mutants are tried.
        tell: called with the number of mutants tried and that of all of them.
    """
    every = list(mutants(law))
    tried = [one for one in every if concerned(one)]
    against = trial(law, cases, checker)
    left: list[Mutant] = []
    for done, one in enumerate(tried, 1):
        if against.survives(one):
            left.append(one)
        tell(done, len(tried))
    known = {} if protection is None else protection.admitted
    admitted = tuple(one for one in left if one.key in known)
    survivors = tuple(one for one in left if one.key not in known)
    findings = [
        say(
            "E590",
            one.span,
            cas=one.kind,
            proprietaire=one.owner,
            depuis=one.since,
            avant=one.before,
            apres=one.after,
        )
        for one in survivors
    ]
    used = {one.key for one in admitted}
    stale = [
        say("E591", span, proprietaire=key[1], avant=key[3], apres=key[4])
        for key, span in known.items()
        if key not in used and len(tried) == len(every)
    ]
    kinds = Counter(str(one.kind) for one in tried)
    return Mutation(kinds, survivors, admitted, tuple(findings), tuple(stale))
