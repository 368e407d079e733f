"""A whole mutation run: the mutants that nothing sees, against those that are admitted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from engine.cas.case import Case
from engine.cas.mutants import Mutant, mutants
from engine.cas.mutation import trial
from engine.cas.protection import Protection
from engine.evaluation.law import Law
from engine.langage.pipeline import DayCheck
from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic


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
