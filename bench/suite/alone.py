"""One record, one plan, one start: what is measured in microseconds and milliseconds."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from bench import demarrage
from bench.suite.asked import Asked
from bench.suite.processes import PYTHON, module, run
from bench.suite.report import Figure, Figures

STARTS = 15
COLD = 5  # processes that compile, each new
CACHE = "XDG_CACHE_HOME"  # where a Linux user's caches are
LOAD = "from engine.evaluation.law import load_law; load_law()"
MILLISECOND = 1_000_000  # in nanoseconds


def record(asked: Asked) -> Figures:
    """The module, warm: the whole corpus, then the reference job."""
    population = asked.data.of("population", asked.alone)
    reference = asked.data.of("reference", asked.alone)
    rounds = str(2 * asked.rounds + 1)
    sizes = ("-n", str(asked.alone), "--tours", rounds)
    return module("bench.reglo.module_seul", population, reference, *sizes).told


def compilation(asked: Asked) -> Figures:
    """The whole corpus compiled in new processes, twice with the same cache.

    The cache holds the corpus and nothing else before the first of the two; what the second gains
    is what the first has kept.
    """
    first: list[Mapping[str, Figure]] = []
    second: list[Mapping[str, Figure]] = []
    with tempfile.TemporaryDirectory() as folder:
        loaded = Path(folder, "corpus")
        run([PYTHON, "-c", LOAD], env={CACHE: str(loaded)})
        for turn in range(COLD if asked.rounds > 1 else 1):
            cache = Path(folder, str(turn))
            shutil.copytree(loaded, cache)
            for told in (first, second):
                ran = module("bench.reglo.compilation", env={CACHE: str(cache)})
                told.append(ran.told)
    cold, again = _medians(first), _medians(second)
    return {
        **cold,
        "total_ensuite": again["total"],
    }


def _medians(told: Sequence[Mapping[str, Figure]]) -> dict[str, float]:
    return {name: round(median(float(one[name]) for one in told), 1) for name in told[0]}


def starting(asked: Asked) -> Figures:
    """What « reglo calculer » takes beside a Python that only imports its two libraries."""
    spent = demarrage.starts(STARTS if asked.rounds > 1 else 1)
    bare, one, school = (
        spent[label] for label in (demarrage.BARE, demarrage.ONE, demarrage.SCHOOL)
    )
    return {
        "nu": round(bare / MILLISECOND, 1),
        "dossier": round(one / MILLISECOND, 1),
        "ecole": round(school / MILLISECOND, 1),
        "rapport": round(one / bare, 2),
    }
