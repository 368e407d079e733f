"""How an engine is measured: what it does goes in, one line of JSON comes out.

One engine is one process, so that its peak of memory is its own.
"""

from __future__ import annotations

import argparse
import gc
import json
import resource
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from statistics import median

from bench.draws import connect
from bench.reference import job

CHECKED = 10_000  # teachers whose results are compared with those computed exactly by hand
_RESULTS = """
SELECT dossier::BIGINT, ors, max_reduit, ponderation, hsa, montant_hsa, indemnite, imp, total
FROM read_parquet(?) WHERE dossier::BIGINT < ?
"""


@dataclass(frozen=True, slots=True)
class Task:
    """What is asked of an engine: the data, how much of it, how often, on how many threads."""

    folder: Path
    count: int
    rounds: int
    threads: int


def task(engine: str, *, count: int | None = None) -> Task:
    """The task that the command line asks for.

    Args:
        engine: its name, for the help.
        count: how many teachers are taken if nothing is asked, for an engine that takes records one
            by one; None for an engine that takes whole tables.
    """
    parser = argparse.ArgumentParser(description=f"Mesure la tâche de référence : {engine}.")
    parser.add_argument(
        "donnees", type=Path, metavar="DOSSIER", help="tables écrites par reference/donnees.py"
    )
    if count is not None:
        parser.add_argument("-n", type=int, default=count, help=f"nombre d'enseignants ({count})")
    parser.add_argument("--tours", type=int, default=3, help="nombre de mesures (3)")
    parser.add_argument("--fils", type=int, default=2, help="nombre de fils d'exécution (2)")
    given = parser.parse_args()
    with connect() as link:
        job.show(link, given.donnees)
        row = link.execute("SELECT count(*) FROM agents").fetchone()
    there = 0 if row is None else row[0]
    asked = there if count is None else min(given.n, there)
    return Task(given.donnees, asked, given.tours, given.fils)


def times(run: Callable[[], object], rounds: int) -> tuple[float, ...]:
    """How long ``run`` takes, in seconds, each time."""
    found = []
    for _ in range(rounds):
        gc.collect()
        start = time.perf_counter()
        run()
        found.append(time.perf_counter() - start)
    return tuple(found)


def alternate(runs: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """How long each of ``runs`` takes, in seconds, each round.

    They take turns, so that a busy moment of the machine weighs on all of them; a first round is
    not counted.
    """
    found: dict[str, list[float]] = {name: [] for name in runs}
    for turn in range(rounds + 1):
        for name, run in runs.items():
            (spent,) = times(run, 1)
            if turn:
                found[name].append(spent)
    return found


def ratio(left: Iterable[float], right: Iterable[float]) -> float:
    """The median of the ratios of each pair of times that were measured side by side."""
    return median(one / other for one, other in zip(left, right, strict=True))


def memory() -> int:
    """The most memory that this process ever held, in megabytes (10^6 bytes)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 // 1_000_000


def show(
    engine: str, asked: Task, seconds: tuple[float, ...], peak: int, exact: tuple[bool, str]
) -> None:
    """Print the measure; ``peak`` is the memory before the results were checked."""
    middle = median(seconds)
    found = {
        "moteur": engine,
        "n": asked.count,
        "secondes": [round(one, 4) for one in seconds],
        "mediane": round(middle, 4),
        "par_seconde": round(asked.count / middle),
        "memoire_mo": peak,
        "exact": exact[1] or exact[0],
    }
    print(json.dumps(found, ensure_ascii=False))


def check(asked: Task, found: dict[int, tuple[int, ...]]) -> tuple[bool, str]:
    """Compare results by identifier, in hundredths, with those computed exactly by hand."""
    return job.differences(asked.folder, found, min(CHECKED, asked.count))


def check_file(asked: Task, path: Path, *, cents: bool) -> tuple[bool, str]:
    """Compare the results of a Parquet file, keyed by ``dossier``; ``cents``: in hundredths."""
    with connect() as link:
        row = link.execute("SELECT count(*) FROM read_parquet(?)", [str(path)]).fetchone()
        listed = link.execute(_RESULTS, [str(path), CHECKED]).fetchall()
    if row is None or row[0] != asked.count:
        return False, f"{row and row[0]} résultats pour {asked.count} enseignants"
    scale = 1 if cents else 100
    return check(asked, {key: tuple(int(one * scale) for one in rest) for key, *rest in listed})


def cents(results: Iterable[Decimal | float], *, shown: bool = False) -> tuple[int, ...]:
    """Results in euros and hours, in hundredths; one that is not a whole number of them is -1.

    With ``shown`` they are first rounded, as one who shows them would: what binary numbers add far
    behind the point is forgiven, not a cent.
    """
    exact = (Decimal(repr(one)) if isinstance(one, float) else Decimal(one) for one in results)
    scaled = [one * 100 for one in exact]
    if shown:
        scaled = [one.to_integral_value(ROUND_HALF_UP) for one in scaled]
    return tuple(int(one) if one == int(one) else -1 for one in scaled)
