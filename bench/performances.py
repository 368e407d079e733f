"""Every measure of réglo: it is asked for, made, kept in a file, and told on the page of docs/.

make bench
.venv/bin/python bench/performances.py --rapide
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench.suite import alone, campaign, effects, reference
from bench.suite.asked import Asked, quick
from bench.suite.context import context
from bench.suite.context import load as machine_load
from bench.suite.data import FOLDER, Data
from bench.suite.page import page, screen
from bench.suite.processes import ROOT, FailedError
from bench.suite.report import Figures, Report, load, save, to_json

MEASURES: Mapping[str, Callable[[Asked], Figures]] = {
    "demarrage": alone.starting,
    "compilation": alone.compilation,
    "dossier": alone.record,
    "reference": reference.reference,
    "pairs": reference.peers,
    "campagne_reference": campaign.on_reference,
    "campagne": campaign.whole,
    "controles": campaign.checks,
    "sale": campaign.dirty,
    "impact": effects.effects,
    "croissance": campaign.growth,
    "dix_millions": campaign.large,
}
PEERS = "pairs"
QUIET = 0.5  # processes that may be running before anything is measured
LARGE = "dix_millions"
KEPT = ROOT / "bench/mesures.json"
PAGE = ROOT / "docs/performances.md"


@dataclass(frozen=True, slots=True)
class Run:
    """What the command line asks: which measures, of what size, and where they are told."""

    asked: Asked
    names: Sequence[str]
    kept: Path
    page: Path
    as_json: bool


def main() -> None:
    """Measure what is asked, write the file and the page, print the targets."""
    given = run_asked(sys.argv[1:])
    report = load(given.kept)
    failed = measure(given, report)
    given.page.parent.mkdir(parents=True, exist_ok=True)
    given.page.write_text(page(report), encoding="utf-8")
    print(to_json(report) if given.as_json else screen(report), end="")
    tell(f"page : {given.page} ; mesures : {given.kept}")
    wrong = [f"{name} : {text}" for name in MEASURES for text in report.wrong(name)]
    for text in wrong:
        tell(f"résultats faux, {text}")
    sys.exit(1 if failed or wrong else 0)


def run_asked(arguments: Sequence[str]) -> Run:
    """The run that the command line asks for."""
    parser = argparse.ArgumentParser(description="Mesure réglo et écrit docs/performances.md.")
    parser.add_argument("--rapide", action="store_true", help="petites tailles, pour essayer")
    parser.add_argument(
        "--tailles", type=sizes, metavar="N,N", help="tailles de la croissance, en enseignants"
    )
    parser.add_argument("--tours", type=int, metavar="N", help="nombre de mesures de chaque chose")
    parser.add_argument("--sans-pairs", action="store_true", help="sans les autres moteurs")
    parser.add_argument(
        "--seulement", metavar="NOMS", help=f"mesures voulues : {', '.join(MEASURES)}"
    )
    parser.add_argument(
        "--dix-millions", action="store_true", help="mesure aussi dix millions d'enseignants"
    )
    parser.add_argument(
        "--sans-mesurer", action="store_true", help="récrit la page des mesures gardées"
    )
    parser.add_argument("--json", action="store_true", help="imprime les mesures, non le tableau")
    parser.add_argument(
        "--donnees", type=Path, default=FOLDER, metavar="DOSSIER", help="où garder les tables"
    )
    parser.add_argument("--page", type=Path, metavar="FICHIER", help="la page à écrire")
    parser.add_argument("--mesures", type=Path, metavar="FICHIER", help="où garder les mesures")
    given = parser.parse_args(arguments)
    data = Data(given.donnees.resolve())
    asked = quick(data) if given.rapide else Asked(data)
    asked = replace(asked, sizes=given.tailles or asked.sizes, rounds=given.tours or asked.rounds)
    names = given.seulement.split(",") if given.seulement else _usual(given)
    unknown = sorted({*names} - {*MEASURES})
    if unknown:
        parser.error(f"mesure inconnue : {', '.join(unknown)} ; parmi {', '.join(MEASURES)}")
    # A trial says nothing of the targets: it is not written over what does.
    where = data.folder if given.rapide else None
    return Run(
        asked,
        () if given.sans_mesurer else names,
        given.mesures or (KEPT if where is None else where / KEPT.name),
        given.page or (PAGE if where is None else where / PAGE.name),
        given.json,
    )


def _usual(given: argparse.Namespace) -> list[str]:
    left_out = {PEERS} if given.sans_pairs else set()
    if not given.dix_millions:
        left_out.add(LARGE)
    return [name for name in MEASURES if name not in left_out]


def sizes(text: str) -> tuple[int, ...]:
    """« 1000,20000 » as sizes, the smallest first."""
    found = tuple(sorted(int(one) for one in text.split(",")))
    if not found or found[0] < 1:
        message = f"tailles impossibles : {text}"
        raise argparse.ArgumentTypeError(message)
    return found


def measure(
    given: Run, report: Report, measures: Mapping[str, Callable[[Asked], Figures]] = MEASURES
) -> list[str]:
    """Make the measures that are asked for; each is kept as soon as it is made.

    Returns:
        The names of those that could not be made.
    """
    failed = []
    busy = machine_load()
    if given.names and busy > QUIET:
        tell(f"la machine est occupée (charge {busy:.1f}) : les chiffres n'auront pas de valeur")
    for name in given.names:
        start = time.perf_counter()
        try:
            figures = measures[name](given.asked)
        except FailedError as error:
            tell(f"{name} : non mesuré\n{error}")
            failed.append(name)
            continue
        finally:
            shutil.rmtree(given.asked.scratch, ignore_errors=True)
        report.context = context(busy)
        report.measures[name] = {**figures, "date": report.context["date"]}
        save(report, given.kept)
        tell(f"{name} : {time.perf_counter() - start:.0f} s")
    return failed


def tell(text: str) -> None:
    """Say how far it is, apart from what is printed."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
