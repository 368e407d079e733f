"""The module of the law alone: microseconds per record, warm.

Three times are told. « pret »: the module, on columns that are in its memory already. « prepare »:
from accepted records, their columns written first. « interprete »: the interpreter, on fewer
records.

    .venv/bin/python -m bench.reglo.module_seul POPULATION REFERENCE -n 2000
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path
from statistics import median

from bench import measure
from bench.records import documents
from bench.reference import job
from bench.reglo.lot import law_of_reference
from engine.dossiers.read import read_records
from engine.evaluation.compilation.build import Demand, compile_law
from engine.evaluation.law import Law, load_law
from engine.evaluation.outcomes import NotComputable, Outcome
from engine.evaluation.results import compute
from engine.langage.records import Record
from engine.module.host import Module, build

MICRO = 1_000_000
SLOW = 100  # records that the interpreter takes
REPEATED = 5  # times over all the records, in one round


@dataclass(frozen=True, slots=True)
class Batch:
    """Records of one epoch, and the module that computes them."""

    law: Law
    records: Sequence[Record]
    epoch: int
    compiled: Module

    def times(self, rounds: int) -> dict[str, float]:
        """Microseconds per record, by way."""
        epochs = [self.epoch] * len(self.records)
        ready = self.compiled.load(self.compiled.columns(self.records, epochs))
        few = self.records[:SLOW]

        def alone() -> None:
            for _ in range(REPEATED):
                ready.finish()

        def prepared() -> None:
            self.compiled.run(self.records, epochs)

        def interpreted() -> None:
            for one in few:
                compute(self.law, one)

        spent = measure.alternate(
            {"pret": alone, "prepare": prepared, "interprete": interpreted}, rounds
        )
        count = len(self.records)
        counts = {"pret": REPEATED * count, "prepare": count, "interprete": len(few)}
        return {name: round(median(spent[name]) / counts[name] * MICRO, 3) for name in spent}

    def wrong(self) -> list[str]:
        """Values that are not those of the interpreter, in the first records."""
        few = self.records[:SLOW]
        outcomes = self.compiled.outcomes(few, [self.epoch] * len(few))
        return [
            f"{one.ident}, {name}"
            for one, found in zip(few, outcomes, strict=True)
            for name, value in compute(self.law, one).values.items()
            if _told(value) != _told(found[name])
        ]


def main() -> None:
    """Measure, check, print."""
    parser = argparse.ArgumentParser(description="Mesure le module de la loi, seul.")
    parser.add_argument("population", type=Path, metavar="POPULATION", help="tables du corpus")
    parser.add_argument("reference", type=Path, metavar="REFERENCE", help="tables de la tâche")
    parser.add_argument("-n", type=int, default=2000, help="nombre d'enseignants (2000)")
    parser.add_argument("--tours", type=int, default=5, help="nombre de mesures (5)")
    given = parser.parse_args()
    law, findings = load_law()
    if law is None:
        parser.error(f"règles fautives : {findings}")
    whole = batch(law, given.population, given.n)
    small = batch(law_of_reference(), given.reference, given.n)
    wrong = [*whole.wrong(), *small.wrong(), *by_hand(small, given.reference)]
    print(
        json.dumps(
            {
                "n": len(whole.records),
                "resultats": len(whole.law.corpus.results),
                **whole.times(given.tours),
                **{f"reference_{name}": one for name, one in small.times(given.tours).items()},
                "exact": f"{len(wrong)} valeurs fausses, dont {wrong[0]}" if wrong else True,
            },
            ensure_ascii=False,
        )
    )


def batch(law: Law, folder: Path, count: int) -> Batch:
    """The first records of the tables in ``folder``, and the module of their epoch."""
    corpus = law.corpus
    outcomes = read_records(
        documents(folder, corpus.model, count), corpus.model, first_day=corpus.first_day
    )
    records = [one for one in outcomes if isinstance(one, Record)]
    (epoch,) = {corpus.epoch_number(one.day) for one in records}
    return Batch(
        law, records, epoch, build(compile_law(law, [epoch], asked=Demand(controls=False)))
    )


def by_hand(small: Batch, folder: Path) -> list[str]:
    """Results of the reference job that are not those computed by hand."""
    found = {}
    epochs = [small.epoch] * len(small.records)
    outcomes = small.compiled.outcomes(small.records, epochs)
    for one, values in zip(small.records, outcomes, strict=True):
        cents = (Fraction(_number(values[name])) * 100 for name in job.RESULTS)
        found[int(one.ident)] = tuple(int(value) for value in cents)
    exact, told = job.differences(folder, found, len(small.records))
    return [] if exact else [told]


def _number(value: Outcome) -> Fraction:
    return value if isinstance(value, Fraction) else Fraction(-1)


def _told(value: Outcome) -> bool | Fraction | str | date | frozenset[str] | None:
    """An outcome, the places of its reasons left out."""
    if isinstance(value, NotComputable):
        return frozenset(f"{lack.kind} {lack.name}" for lack in value.lacks)
    return value if isinstance(value, bool | Fraction | str | date) else None


if __name__ == "__main__":
    main()
