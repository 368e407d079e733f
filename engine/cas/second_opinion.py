"""Cases that do not pass go in, with the fault told: that of the law, or that of the engine.

The law is computed a second time, by the compiled program, which shares nothing of the interpreter
but the kernel. When both say the same, the engine agrees with itself: a person decides whether the
rule is wrong or the case outdated. When they differ, it is a bug, whatever the case expects.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TypeAlias

from engine.cas.replay import Replay, Replayed
from engine.evaluation.compilation.build import Demand, compile_law
from engine.evaluation.compilation.lower import UnsupportedError
from engine.evaluation.compilation.scaled import TooWideError
from engine.evaluation.law import Law
from engine.evaluation.outcomes import NotComputable, Outcome
from engine.evaluation.results import interpreter_for
from engine.evaluation.show import french
from engine.langage.records import Record
from engine.module.host import Module, StoppedError, build

_EpochReadings: TypeAlias = tuple[int, tuple[tuple[str, str], ...]]  # an epoch, readings


def with_faults(law: Law, replay: Replay) -> Replay:
    """The replay, each failed case with what the second computation finds."""
    asked: dict[_EpochReadings, list[Replayed]] = defaultdict(list)
    for one in replay.failed:
        if isinstance(one.case.outcome, Record) and one.case.wanted and not one.engine:
            epoch = law.corpus.epoch_number(one.case.outcome.day)
            asked[epoch, tuple(sorted(one.case.readings.items()))].append(one)
    found: dict[int, Replayed] = {}
    for (epoch, readings), cases in asked.items():
        names = tuple(dict.fromkeys(name for one in cases for name in one.case.wanted))
        program = _compiled(law, epoch, dict(readings), names)
        for one in cases if program is not None else ():
            found[id(one)] = replace(one, engine=tuple(_disagreements(law, program, one)))
    return replace(replay, replayed=tuple(found.get(id(one), one) for one in replay.replayed))


def _compiled(
    law: Law, epoch: int, readings: dict[str, str], names: Sequence[str]
) -> Module | None:
    """The program of some results on one epoch; None for a law that has no compiled form."""
    asked = Demand(tuple(names), controls=False)
    try:
        return build(compile_law(law, [epoch], readings=readings, asked=asked))
    except (UnsupportedError, TooWideError):
        return None


def _disagreements(law: Law, program: Module | None, replayed: Replayed) -> Iterator[str]:
    record = replayed.case.outcome
    if program is None or not isinstance(record, Record):
        return
    interpreter = interpreter_for(law, record, replayed.case.readings)
    try:
        (compiled,) = program.outcomes([record], [law.corpus.epoch_number(record.day)])
    except StoppedError:
        yield "le calcul compilé s'arrête"
        return
    for name in replayed.case.wanted:
        value, other = interpreter.step(name).value, compiled[name]
        if _bare(value) != _bare(other):
            both = f"l'interpréteur donne {_shown(value)}, le calcul compilé {_shown(other)}"
            yield f"{name} : {both}"


def _bare(value: Outcome) -> object:
    """An outcome without the places of its reasons, nor their order."""
    if isinstance(value, NotComputable):
        return frozenset((lack.kind, lack.name) for lack in value.lacks)
    return value


def _shown(value: Outcome) -> str:
    return "non calculable" if isinstance(value, NotComputable) else french(value)
