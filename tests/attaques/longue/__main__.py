"""Attack réglo for a given time, family after family, and say what was found.

    python -m tests.attaques.longue --minutes 30 --graine 1

Each trial is a process of its own, bounded in time and in memory: a crash, a hang and an exception
are findings. Its name (family:seed:number) is all that it depends on.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from multiprocessing import connection
from multiprocessing.process import BaseProcess
from pathlib import Path

import click

from engine.cas.draws import Dice
from tests.attaques.longue import coupures, disque, dossiers, noms, populations, recus, regles
from tests.attaques.longue.base import Finding, Trial, last_error

MEMORY = 6 << 30  # bytes of address space
PATIENCE = 400  # seconds that a trial may take, its commands together
COMMAND = "python -m tests.attaques.longue"


@dataclass(slots=True)
class Family:
    """A kind of attack, and what became of it."""

    name: str
    prepare: Callable[[Path], None]
    attempt: Callable[[Trial], None]
    shared: Path = Path()
    tried: int = 0
    spent: float = 0
    counts: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)


FAMILIES = {
    module.__name__.rpartition(".")[2]: (module.prepare, module.attempt)
    for module in (regles, dossiers, populations, coupures, disque, recus, noms)
}


@dataclass(slots=True)
class Live:
    """A trial that runs in a process of its own."""

    trial: Trial
    family: Family
    process: BaseProcess
    began: float

    @property
    def late(self) -> bool:
        return time.monotonic() - self.began > PATIENCE


@dataclass(slots=True)
class Attack:
    """A run of the suite: where it works, and where it keeps what it finds."""

    work: Path
    kept: Path
    live: list[Live] = field(default_factory=list)
    told: dict[str, dict[str, str]] = field(default_factory=dict)

    def prepare(self, family: Family) -> None:
        family.shared = self.work / family.name
        family.shared.mkdir()
        self.start(f"{family.name}:0:0", family, lambda one: family.prepare(one.shared))
        trial = self.wait()[0].trial
        if trial.findings:
            sys.exit(f"{family.name} : rien n'est prêt\n{trial.findings[0].words}")

    def start(self, name: str, family: Family, attempt: Callable[[Trial], None]) -> None:
        place = Path(tempfile.mkdtemp(prefix="essai-", dir=self.work))
        trial = Trial(name, place, family.shared, Dice(name))
        for folder in (trial.kept, trial.temporary):
            folder.mkdir()
        process = multiprocessing.get_context("fork").Process(target=_alone, args=(trial, attempt))
        process.start()
        self.live.append(Live(trial, family, process, time.monotonic()))

    def wait(self) -> list[Live]:
        """The trials that have ended, one at least: each told what it has found."""
        while not (ended := [one for one in self.live if not one.process.is_alive() or one.late]):
            connection.wait([one.process.sentinel for one in self.live], timeout=1)
        for one in ended:
            self.live.remove(one)
            self._read(one)
        return ended

    def _read(self, live: Live) -> None:
        trial, family, process = live.trial, live.family, live.process
        if process.is_alive() and process.pid is not None:
            os.killpg(process.pid, signal.SIGKILL)  # its own group: see _alone
            trial.found(f"blocage {family.name}", f"{family.name} : plus de {PATIENCE} s")
        process.join()
        family.spent += time.monotonic() - live.began
        told = trial.place / "dit.json"
        if told.exists():
            content = json.loads(told.read_text(encoding="utf-8"))
            trial.counts.update(content["comptes"])
            trial.findings += [Finding(**one) for one in content["constats"]]
        elif not trial.findings:
            how = f"{family.name} {process.exitcode}"
            trial.found(f"arrêt {how}", f"le processus de l'essai est arrêté : {how}")

    def under_way(self, family: Family) -> float:
        """The seconds that the trials of a family that run have taken."""
        now = time.monotonic()
        return sum(now - one.began for one in self.live if one.family is family)

    def gather(self) -> None:
        """Count what the trials that have ended found."""
        for one in self.wait():
            trial, family = one.trial, one.family
            family.counts["essais"] += trial.counts.pop("essais", 1)
            family.counts.update(trial.counts)
            for finding in trial.findings:
                family.findings[finding.kind] += 1
            for finding in {each.kind: each for each in trial.findings}.values():
                self.keep(family, trial, finding)
            shutil.rmtree(trial.place, ignore_errors=True)

    def keep(self, family: Family, trial: Trial, finding: Finding) -> None:
        """The first finding of each kind is told; the smallest is kept."""
        known = self.told.get(finding.kind)
        size = sum(one.stat().st_size for one in trial.kept.rglob("*") if one.is_file())
        if known is not None and size >= int(known["octets"]):
            return
        folder = self.kept / f"{family.name}-{len(self.told) + 1}"
        if known is None:
            click.echo(f"constat : {finding.words}\n  {COMMAND} --rejouer {trial.name}")
        else:
            folder = Path(known["garde"])
            shutil.rmtree(folder)
        shutil.copytree(trial.kept, folder, symlinks=True)
        self.told[finding.kind] = {
            "famille": family.name, "sorte": finding.kind, "constat": finding.words,
            "rejouer": f"{COMMAND} --rejouer {trial.name}", "garde": str(folder),
            "octets": str(size),
        }  # fmt: skip


def _alone(trial: Trial, attempt: Callable[[Trial], None]) -> None:
    """In the process of a trial: what is found is written in a file at the end."""
    os.setsid()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.environ["TMPDIR"] = tempfile.tempdir = str(trial.temporary)
    os.chdir(trial.place)
    with (trial.kept / "sortie.txt").open("w") as stream:
        os.dup2(stream.fileno(), 1)
        os.dup2(stream.fileno(), 2)
    try:
        attempt(trial)
    except Exception:  # noqa: BLE001 - whatever gets out of réglo is a finding
        text = traceback.format_exc()
        trial.note(text)
        trial.found(f"exception {last_error(text)}", f"exception : {last_error(text)}")
    told = {"comptes": trial.counts, "constats": [asdict(one) for one in trial.findings]}
    aside = trial.place / "dit"
    aside.write_text(json.dumps(told), encoding="utf-8")
    aside.replace(trial.place / "dit.json")


def main() -> int:
    """Read the arguments, attack, tell."""
    parser = argparse.ArgumentParser(prog=COMMAND, description="Attaque réglo, longuement.")
    parser.add_argument("--minutes", type=float, default=30, help="durée (30)")
    parser.add_argument("--graine", type=int, default=1, help="ce qui décide des essais (1)")
    parser.add_argument("--processus", type=int, default=os.cpu_count() or 1, metavar="NOMBRE",
                        help="essais à la fois (un par cœur)")  # fmt: skip
    parser.add_argument("--seulement", default=",".join(FAMILIES), metavar="FAMILLES")
    parser.add_argument("--rejouer", metavar="ESSAI", help="un seul essai : famille:graine:numéro")
    parser.add_argument("--rapport", type=Path, metavar="FICHIER.json")
    parser.add_argument("--constats", type=Path, metavar="DOSSIER", help="où garder les fichiers",
                        default=Path(tempfile.gettempdir()) / "reglo-attaques")  # fmt: skip
    given = parser.parse_args()
    chosen = (given.rejouer.split(":")[0] if given.rejouer else given.seulement).split(",")
    if unknown := [one for one in chosen if one not in FAMILIES]:
        parser.error(f"familles inconnues : {', '.join(unknown)} ; {', '.join(FAMILIES)}")
    os.nice(10)
    families = [Family(name, *FAMILIES[name]) for name in chosen]
    end = time.monotonic() + given.minutes * 60
    with tempfile.TemporaryDirectory(prefix="reglo-attaques-", ignore_cleanup_errors=True) as work:
        for name in ("cache", "maison"):
            Path(work, name).mkdir()
        os.environ.update(XDG_CACHE_HOME=str(Path(work, "cache")), HOME=str(Path(work, "maison")))
        os.environ.pop("REGLO_REGLES", None)
        kept = Path(tempfile.mkdtemp(prefix=f"graine-{given.graine}-", dir=_made(given.constats)))
        attack = Attack(Path(work), kept)
        try:
            for family in families:
                attack.prepare(family)
            if given.rejouer:
                attack.start(given.rejouer, families[0], families[0].attempt)
            while not given.rejouer and time.monotonic() < end:
                if len(attack.live) < given.processus:
                    family = min(families, key=lambda one: one.spent + attack.under_way(one))
                    family.tried += 1
                    name = f"{family.name}:{given.graine}:{family.tried}"
                    attack.start(name, family, family.attempt)
                else:
                    attack.gather()
            while attack.live:
                attack.gather()
        except KeyboardInterrupt:
            click.echo("interrompu : voici ce qui a été trouvé")
    _tell(families, attack, given.graine)
    if given.rapport is not None:
        _report(given.rapport, families, attack)
    return 1 if attack.told else 0


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _tell(families: list[Family], attack: Attack, seed: int) -> None:
    click.echo(
        f"\n{'famille':12} {'essais':>8} {'refus attendus':>15} {'constats':>9} {'secondes':>9}"
    )
    for one in families:
        counts = [one.counts["essais"], one.counts["refus"], sum(one.findings.values())]
        click.echo(f"{one.name:12} {counts[0]:8} {counts[1]:15} {counts[2]:9} {one.spent:9.0f}")
        more = [f"{name} {n}" for name, n in sorted(one.counts.items())
                if name not in {"essais", "refus"}]  # fmt: skip
        if more:
            click.echo(f"{'':12} {', '.join(more)}"[:100])
    if not attack.told:
        attack.kept.rmdir()
    click.echo(f"graine {seed} : " + ("aucun constat" if not attack.told else
          f"{len(attack.told)} sortes de constats, gardées dans {attack.kept}"))  # fmt: skip


def _report(path: Path, families: list[Family], attack: Attack) -> None:
    found = {one.name: {"secondes": round(one.spent), **one.counts, "constats": one.findings}
             for one in families}  # fmt: skip
    content = {"familles": found, "constats": list(attack.told.values())}
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
