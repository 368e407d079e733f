"""From rules to a module that can be run, in a process that has just started.

Milliseconds of each part: importing the libraries, loading the corpus from its cache, then making
the module of the epoch of today with every result and every control, or taking it from the cache.

    .venv/bin/python -m bench.reglo.compilation
"""

from __future__ import annotations

import json
import time
from itertools import pairwise


def main() -> None:
    """Measure, print."""
    marks = [time.perf_counter()]
    # Importing is one of the things that are measured.
    from bench.population import DAY
    from engine.evaluation.compilation.specialise import epoch_numbers
    from engine.evaluation.law import load_law
    from engine.module.host import module_for

    marks.append(time.perf_counter())
    law, findings = load_law()
    if law is None:
        message = f"règles fautives : {findings}"
        raise ValueError(message)
    marks.append(time.perf_counter())
    module_for(law, epoch_numbers(law, [DAY]), readings={}, wanted=None, controls=True)
    marks.append(time.perf_counter())
    names = ("imports", "corpus", "total")
    spent = (round((after - before) * 1000, 1) for before, after in pairwise(marks))
    print(json.dumps(dict(zip(names, spent, strict=True))))


if __name__ == "__main__":
    main()
