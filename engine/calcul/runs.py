"""What is asked of records goes in; what each gives comes out, in the form that programs read.

A command and the replay of its receipt both come here: they cannot give different things.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Final, TypeAlias

from engine.calcul.inputs import Inputs
from engine.evaluation.explanation import Explained, Explainer
from engine.evaluation.law import Law
from engine.evaluation.results import Computed, compute, interpreter_for
from engine.evaluation.schedule import PUBLIC
from engine.langage.records import Record

if TYPE_CHECKING:
    from engine.paye.payments import PaymentSchedule

Json: TypeAlias = dict[str, object]


@dataclass(frozen=True, slots=True)
class AskedOfRecords:
    """What a command is asked of records, besides the law; None is what it does by itself.

    ``day`` replaces that of the records; ``validated`` and ``sector`` are for payments.
    """

    command: str
    day: date | None = None
    wanted: tuple[str, ...] | None = None
    readings: Mapping[str, str] = field(default_factory=dict)
    ident: str | None = None
    validated: date | None = None
    sector: str | None = None

    def to_json(self) -> Json:
        """What a receipt keeps, besides the command: only what was asked."""
        told: Json = {
            "date": None if self.day is None else self.day.isoformat(),
            "resultats": None if self.wanted is None else list(self.wanted),
            "lectures": dict(self.readings) or None,
            "dossier": self.ident,
            "validee_le": None if self.validated is None else self.validated.isoformat(),
            "secteur": self.sector,
        }
        return {name: value for name, value in told.items() if value is not None}

    @staticmethod
    def from_json(command: str, content: Mapping[str, object]) -> AskedOfRecords:
        """What ``to_json`` wrote of a command."""
        wanted, readings = content.get("resultats"), content.get("lectures")
        return AskedOfRecords(
            command,
            _day(content.get("date")),
            tuple(wanted) if isinstance(wanted, list) else None,
            dict(readings) if isinstance(readings, dict) else {},
            _text(content.get("dossier")),
            _day(content.get("validee_le")),
            _text(content.get("secteur")),
        )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _day(value: object) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else None


# --- what each command gives of records


def computations(law: Law, records: Iterable[Record], asked: AskedOfRecords) -> Iterator[Computed]:
    """The results and anomalies of each record."""
    for record in records:
        yield compute(law, record, readings=asked.readings, wanted=asked.wanted)


def explanations(
    law: Law, records: Iterable[Record], asked: AskedOfRecords
) -> Iterator[tuple[Record, list[Explained]]]:
    """The reasons of the wanted results of each record, those of the board when none is named."""
    for record in records:
        interpreter = interpreter_for(law, record, asked.readings, traced=True)
        names = asked.wanted or law.corpus.board
        explainer = Explainer(interpreter)
        yield record, [explainer.result(name) for name in names]


def schedules(
    law: Law, records: Iterable[Record], asked: AskedOfRecords
) -> Iterator[PaymentSchedule]:
    """The payments of each record over its year."""
    from engine.paye.payments import schedule_of  # only what is asked of payments needs them

    sector = asked.sector or PUBLIC
    for record in records:
        yield schedule_of(law, record, sector, readings=asked.readings, day=asked.validated)


def explained_json(law: Law, record: Record, explained: Sequence[Explained]) -> Json:
    """The explanations of one record, for programs."""
    return {
        "dossier": record.ident,
        "date": record.day.isoformat(),
        "empreinte": law.corpus.digest,
        "explications": [one.to_json() for one in explained],
    }


def _calculer(law: Law, records: Iterable[Record], asked: AskedOfRecords) -> list[Json]:
    return [one.to_json() for one in computations(law, records, asked)]


def _expliquer(law: Law, records: Iterable[Record], asked: AskedOfRecords) -> list[Json]:
    return [explained_json(law, *one) for one in explanations(law, records, asked)]


def _echeancier(law: Law, records: Iterable[Record], asked: AskedOfRecords) -> list[Json]:
    return [one.to_json(law.corpus) for one in schedules(law, records, asked)]


_OBJECTS: Final[Mapping[str, Callable[[Law, Iterable[Record], AskedOfRecords], list[Json]]]] = {
    "calculer": _calculer,
    "expliquer": _expliquer,
    "echeancier": _echeancier,
}


def objects_of(law: Law, inputs: Inputs, asked: AskedOfRecords) -> list[Json]:
    """What each accepted record gives, or the one asked for, as the command writes it in JSON."""
    records = [one for one in inputs.records if asked.ident in (None, one.ident)]
    return _OBJECTS[asked.command](law, records, asked)
