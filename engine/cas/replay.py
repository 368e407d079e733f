"""Replay: cases and the law in, what differs out. Tolerance is zero."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final, Literal, TypeAlias

from engine.cas.case import SUFFIXES, Case, case_files, paid_differences, read_cases
from engine.dossiers.read import Refusal
from engine.evaluation.interpreter import Interpreter
from engine.evaluation.law import Law, data_folder
from engine.evaluation.outcomes import NotComputable, Outcome, below
from engine.evaluation.results import interpreter_for, raised
from engine.evaluation.show import french
from engine.langage import nodes
from engine.langage.checks.usage import copied_files
from engine.langage.corpus import Corpus
from engine.langage.kernel import ABSENT
from engine.langage.units import NamedUnit
from engine.source import tree
from engine.source.cache import Shelf
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.files import unread
from engine.source.positions import Span
from engine.source.schema import load_schema

Fault: TypeAlias = Literal["droit", "moteur"]


@dataclass(frozen=True, slots=True)
class Replayed:
    """One case and what differs, in French; nothing when it passes.

    ``engine``: why this is a bug of réglo, and not a question of law: the computation stopped, or
    a second one gives something else.
    """

    case: Case
    differences: tuple[str, ...]
    engine: tuple[str, ...] = ()

    @property
    def fault(self) -> Fault | None:
        """Whose a failure is: a person's to decide, or réglo's to mend."""
        if not self.differences:
            return None
        return "moteur" if self.engine else "droit"


@dataclass(frozen=True, slots=True)
class Replay:
    """A whole replay: every case, and what is wrong with the case files."""

    replayed: tuple[Replayed, ...]
    findings: tuple[Diagnostic, ...]

    @property
    def failed(self) -> tuple[Replayed, ...]:
        """The cases that do not pass."""
        return tuple(one for one in self.replayed if one.differences)


NOTHING: Final = Replay((), ())


def replay_paths(law: Law, paths: Sequence[Path]) -> Replay:
    """Replay every case under ``paths`` (files or folders)."""
    cases, findings = cases_under(paths, law.corpus)
    return Replay(tuple(replay(law, case) for case in cases), findings)


def cases_under(
    paths: Sequence[Path], corpus: Corpus
) -> tuple[tuple[Case, ...], tuple[Diagnostic, ...]]:
    """The sound cases under ``paths`` (files or folders), and what is wrong with the files."""
    schema = load_schema(data_folder("schemas") / "cas.v1.json")
    found: list[Case] = []
    files, nothing = case_files(paths)
    findings = list(nothing)
    shelf = Shelf("cas", json.dumps(schema, default=str))
    for path in files:
        cases, wrong = read_cases(path, corpus, schema, shelf)
        found += cases
        findings += wrong
    shelf.close()
    first: dict[str, Span] = {}
    twice: list[Diagnostic] = []
    for case in found:
        place = first.setdefault(case.name, case.span)
        if place is not case.span:
            twice.append(say("E202", case.span, place, cas="autre", nom=case.name))
    findings += copied_files(twice) or twice
    for folder in paths:
        findings += unread(folder, folder.as_posix(), SUFFIXES) if folder.is_dir() else ()
    return tuple(found), tuple(findings)


def replay(law: Law, case: Case) -> Replayed:
    """Replay one case: its values, its absences, its articles, its anomalies, its payments."""
    if isinstance(case.outcome, Refusal):
        return Replayed(case, tuple(f"refusé : {one}" for one in case.outcome.diagnostics))
    try:
        interpreter = interpreter_for(law, case.outcome, case.readings)
        return Replayed(case, tuple(differences(case, interpreter)))
    except Exception as error:  # noqa: BLE001 - a bug in one case hides none of the others
        stopped = f"le calcul s'est arrêté : {type(error).__name__}, {error}"
        return Replayed(case, (stopped,), (stopped,))


def differences(case: Case, interpreter: Interpreter) -> Iterator[str]:
    """What the evaluation of the record of ``case`` gives that the case does not expect."""
    values = {name: interpreter.step(name).value for name in case.wanted}
    for name, expected in case.expected.items():
        if not _same(expected, values[name]):
            unit = interpreter.corpus.unit(name)
            wanted = _wanted(expected, values[name], unit)
            yield f"{name} : attendu {wanted}, obtenu {_shown(values[name], unit)}"
    states = [(one, "sans objet") for one in case.absent if values[one] is not ABSENT]
    states += [
        (one, "non calculable")
        for one in case.not_computable
        if not isinstance(values[one], NotComputable)
    ]
    for name, state in states:
        unit = interpreter.corpus.unit(name)
        yield f"{name} : attendu {state}, obtenu {_shown(values[name], unit)}"
    for name, articles in case.articles.items():
        rested = {article for step in below(interpreter.step(name)) for article in step.articles}
        for article in articles:
            if not any(cites(one, article) for one in rested):
                yield f"{name} : aucune étape ne repose sur {article}"
    # a rule of lines rests on all that it rests on for some line
    for name, grounds in case.grounds.items():
        steps = [one for one in interpreter.steps(name) if one.rule is not None]
        found = sorted({article for step in steps for article in step.articles})
        if not steps:
            yield f"{name} : la règle ne s'applique pas, ou le calcul ne la traverse pas"
        elif found != sorted(grounds):
            yield f"{name} : attendu {', '.join(grounds)}, obtenu {', '.join(found)}"
    yield from _anomalies(case, interpreter)
    for one in case.paid:
        yield from paid_differences(one, interpreter)


def _wanted(expected: tree.Scalar, value: Outcome, unit: NamedUnit | None) -> str:
    """What is expected; why it cannot be a number when it is written with a comma, or in words."""
    if not isinstance(value, Fraction):
        return expected.text
    number = nodes.number(tree.Scalar(expected.text, quoted=False, span=expected.span))
    if number is None:
        return f"{expected.text} (illisible : un nombre s'écrit avec un point, 2.00)"
    return french(number, unit)


def _same(expected: tree.Scalar, value: Outcome) -> bool:
    """Exact equality: « 3.2 » and « 3.20 » are one number, a text is a text."""
    if isinstance(value, Fraction):
        written = tree.Scalar(expected.text, quoted=False, span=expected.span)
        return nodes.number(written) == value
    if isinstance(value, bool):
        return expected.text in (("true", "vrai") if value else ("false", "faux"))
    return expected.text == str(value)


def _shown(value: Outcome, unit: NamedUnit | None) -> str:
    if isinstance(value, NotComputable):
        return f"non calculable ({', '.join(lack.name for lack in value.lacks)})"
    return french(value, unit)


def cites(article: str, wanted: str) -> bool:
    """Whether a step's article is the one wanted or a part of it: « 2-I » is part of « 2 »."""
    return article == wanted or article.startswith((f"{wanted}-", f"{wanted} "))


def _anomalies(case: Case, interpreter: Interpreter) -> Iterator[str]:
    """The controls that fired against those expected; what is lacking is told by the states."""
    if case.anomalies is None and not case.said:
        return
    found = raised(interpreter)
    fired = sorted(one.code for one in found)
    expected = sorted(case.anomalies or ())
    if case.anomalies is not None and fired != expected:
        yield f"anomalies : attendu {expected or 'aucune'}, obtenu {fired or 'aucune'}"
    for code, message in case.said.items():
        words = [one.message for one in found if one.code == code]
        if message not in words:
            yield f"{code} : attendu « {message} », obtenu {words or 'rien'}"
