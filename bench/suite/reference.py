"""The reference job: réglo beside the SQL written by hand, then beside the other engines."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.pairs import environnements
from bench.suite.asked import Asked
from bench.suite.processes import PYTHON, FailedError, Ran, module
from bench.suite.report import Figure, Figures

OURS = "bench.reglo.lot"
BY_HAND = "bench.reference.sql_a_la_main"
FACING = 7  # rounds of the two, in turn: they are short


@dataclass(frozen=True, slots=True)
class Peer:
    """An engine that réglo is compared with.

    ``home`` is its environment, None when it is réglo's; ``slow`` when a thousand records are
    enough, ``whole`` when it takes whole tables.
    """

    module: str
    home: str | None
    whole: bool = False
    slow: bool = False

    @property
    def python(self) -> str | Path:
        """The interpreter that runs it."""
        own = self.home in environnements.PYTHON
        return environnements.python(self.home) if own and self.home else PYTHON


PEERS: Mapping[str, Peer] = {
    "openfisca": Peer("bench.pairs.openfisca_int32", "openfisca", whole=True),
    "zen": Peer("bench.pairs.zen_lot", "zen"),
    "simpleeval": Peer("bench.pairs.simpleeval_decimal", None),
    "publicodes": Peer("bench.pairs.publicodes_node", environnements.NODE, slow=True),
}


def reference(asked: Asked) -> Figures:
    """The two in one process, then each alone for its memory."""
    folder = asked.data.of("reference", asked.size)
    rounds = str(FACING if asked.rounds > 1 else 1)
    told = module("bench.reglo.face_a_face", folder, "--tours", rounds).told
    for name, alone in (("reglo", OURS), ("a_la_main", BY_HAND)):
        found = module(alone, folder, "--tours", str(asked.rounds)).told
        told |= {f"{name}_{key}": found[key] for key in ("par_seconde", "memoire_mo", "exact")}
    return told


def peers(asked: Asked) -> Figures:
    """Each engine beside réglo, in turn: what it does in a second, and how much less.

    An engine whose environment cannot be made is left out, and said to be.
    """
    found: dict[str, Figure] = {"n": asked.size}
    for name, peer in PEERS.items():
        try:
            if peer.home is not None:
                environnements.make(peer.home)
            found |= {f"{name}_{key}": one for key, one in _beside(asked, peer).items()}
        except (FailedError, OSError, subprocess.CalledProcessError) as error:
            found[f"{name}_absent"] = "son environnement manque"
            print(f"{name} : non mesuré ; {error}", file=sys.stderr)
    return found


def _beside(asked: Asked, peer: Peer) -> Figures:
    """Réglo then the engine, as many times as asked; the median of the ratios of their rates."""
    tables = asked.data.of("reference", asked.size)
    count = asked.slowly if peer.slow else asked.by_record
    own = tables if peer.whole else asked.data.of("reference", max(count, asked.by_record))
    sizes = () if peer.whole else ("-n", str(count))
    runs: list[Ran] = []
    ratios = []
    for _ in range(asked.rounds):
        ours = float(module(OURS, tables, "--tours", "3").told["par_seconde"])
        runs.append(module(peer.module, own, *sizes, "--tours", "3", python=peer.python))
        ratios.append(ours / float(runs[-1].told["par_seconde"]))
    told = [one.told for one in runs]
    return {
        "n": told[0]["n"],
        "par_seconde": round(median(float(one["par_seconde"]) for one in told)),
        "memoire_mo": max(int(one["memoire_mo"]) for one in told),
        "justesse": told[0]["exact"],
        "rapport": round(median(ratios), 2),
    }
