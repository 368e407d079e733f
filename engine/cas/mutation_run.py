"""A whole mutation run: mutants tried by several processes, survivors against what is admitted.

Each process loads the law and the cases again: a mutant is told by its number, the same in all.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from multiprocessing import active_children, get_context
from pathlib import Path
from queue import SimpleQueue

from engine.cas.case import Case, case_files, read_cases
from engine.cas.mutants import Mutant, mutants
from engine.cas.mutation import Trial, trial
from engine.cas.protection import Protection
from engine.evaluation.law import Chosen, Law, checker, data_folder, load_law
from engine.source.diagnostics import Diagnostic
from engine.source.messages import protection as say
from engine.source.schema import load_schema
from engine.source.signals import uncut

_SHARE = 16  # mutants tried between two news


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


def cases_of(law: Law, paths: Sequence[Path]) -> tuple[Case, ...]:
    """The sound cases under ``paths``."""
    schema = load_schema(data_folder("schemas") / "cas.v1.json")
    files, _ = case_files(paths)
    return tuple(case for path in files for case in read_cases(path, law.corpus, schema)[0])


def mutate(  # noqa: PLR0913 - what a run is made of
    law: Law,
    rules: Chosen,
    paths: Sequence[Path],
    protection: Protection | None,
    *,
    concerned: Callable[[Mutant], bool] = lambda _: True,
    tell: Callable[[int, int], None],
) -> Mutation:
    """Try every mutant of ``law`` that is ``concerned`` against the cases under ``paths``.

    Args:
        law: the corpus.
        rules: the folder it was loaded from, as ``load_law`` takes it.
        paths: files and folders of cases.
        protection: what is admitted, if anything is.
        concerned: which mutants are tried.
        tell: called with the number of mutants tried and that of all of them.
    """
    every = list(mutants(law))
    numbers = [at for at, one in enumerate(every) if concerned(one)]
    left = [every[at] for at in _survivors(rules, paths, numbers, tell)]
    known = {} if protection is None else protection.admitted
    admitted = tuple(one for one in left if one.key in known)
    survivors = tuple(one for one in left if one.key not in known)
    findings = [
        say.survivor(one.kind, one.owner, one.since, one.before, one.after, one.span)
        for one in survivors
    ]
    used = {one.key for one in admitted}
    stale = [
        say.admitted_for_nothing(key[1], key[3], key[4], span)
        for key, span in known.items()
        if key not in used and len(numbers) == len(every)
    ]
    tried: dict[str, int] = {}
    for at in numbers:
        tried[every[at].kind] = tried.get(every[at].kind, 0) + 1
    return Mutation(tried, survivors, admitted, tuple(findings), tuple(stale))


def _survivors(
    rules: Chosen,
    paths: Sequence[Path],
    numbers: Sequence[int],
    tell: Callable[[int, int], None],
) -> list[int]:
    # Neighbours are seen by the same cases: a share is a run of them.
    shares = [numbers[at : at + _SHARE] for at in range(0, len(numbers), _SHARE)]
    found: list[int] = []
    done = 0
    tell(0, len(numbers))
    workers = min(os.cpu_count() or 1, max(1, len(shares)))
    context = get_context("spawn")
    ended: SimpleQueue[Future[tuple[int, list[int]]]] = SimpleQueue()
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_left_to_us) as pool:
        try:
            with uncut():  # see ``side_by_side``
                for share in shares:
                    one = pool.submit(_try, rules, tuple(paths), tuple(share))
                    one.add_done_callback(ended.put)
            for _ in shares:
                tried, alive = ended.get().result()
                done += tried
                found += alive
                tell(done, len(numbers))
        except BaseException:
            # Whoever stops the run does not wait for the shares under way: minutes of work.
            pool.shutdown(wait=False, cancel_futures=True)
            for child in active_children():
                child.terminate()
            raise
    return sorted(found)


def _left_to_us() -> None:
    """Ctrl-C reaches every process: only the one that started the others answers it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _try(rules: Chosen, paths: tuple[Path, ...], share: tuple[int, ...]) -> tuple[int, list[int]]:
    made, every = _prepared(rules, paths)
    return len(share), [at for at in share if made.survives(every[at])]


@cache
def _prepared(rules: Chosen, paths: tuple[Path, ...]) -> tuple[Trial, tuple[Mutant, ...]]:
    law, findings = load_law(rules)
    if law is None:
        message = f"the rules changed during the run: {findings}"
        raise ValueError(message)
    return trial(law, cases_of(law, paths), checker(rules)), tuple(mutants(law))
