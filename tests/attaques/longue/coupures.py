"""A command that is stopped at any moment: kill -9, SIGTERM, SIGINT."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import time
from pathlib import Path

from tests.attaques.longue import scenes
from tests.attaques.longue.base import Trial
from tests.attaques.longue.scenes import RULES, SCENES, Run

CODES = {signal.SIGKILL: (-9,), signal.SIGTERM: (-15, 143), signal.SIGINT: (130, -2)}


def prepare(shared: Path) -> None:
    scenes.prepare(shared)


def attempt(trial: Trial) -> None:
    scene = trial.dice.choose(SCENES)
    sent = trial.dice.choose(tuple(CODES))
    run = Run.begin(trial, scene, trial.place / "boutique")
    ends = json.loads((trial.shared / "fins.json").read_text(encoding="utf-8"))
    code, seconds = ends[scene.name]
    wait = seconds * trial.dice.pick(1000) / 1000
    watched = trial.chance(2)
    after = trial.dice.pick(40) / 1000

    def stop(process: subprocess.Popen[str]) -> None:
        if watched:  # from the first thing that it writes, or never
            state = _state(run.folder)
            while process.poll() is None and _state(run.folder) == state:
                time.sleep(0.002)
            time.sleep(after)
        else:
            time.sleep(wait)
        process.send_signal(sent)

    trial.note(f"{scene.name}, {sent.name}, {'à la première écriture' if watched else wait}")
    cold = trial.chance(6)
    env = {"XDG_CACHE_HOME": str(trial.place / "cache")} if cold else {}
    ended = trial.reglo(*RULES, *scene.words, cwd=run.folder, env=env, stop=stop)
    stopped = scenes.signalled(ended)
    trial.counts["arrêtés" if stopped else "finis avant"] += 1
    trial.counts[sent.name] += stopped
    if stopped and ended.code not in CODES[sent]:
        run.found(f"code {sent.name} {ended.code}", f"code {ended.code} après {sent.name}")
    if not stopped:
        trial.sentence(ended)
        if ended.code != code:
            run.found(f"code {sent.name}", f"code {ended.code} après {sent.name}")
    done = run.look(extras=sent == signal.SIGKILL and stopped)
    if sent != signal.SIGKILL or not stopped:
        run.temporary()
    shutil.rmtree(trial.temporary)
    trial.temporary.mkdir()
    run.go_on(done=done)


def _state(folder: Path) -> object:
    """What is in a folder, as fast as it can be looked at."""
    tops = [folder, folder / "regles" / "textes", folder / "regles" / "parametres"]
    return [
        (one.name, one.stat().st_mtime_ns)
        for top in tops for one in sorted(top.iterdir()) if one.exists()
    ]  # fmt: skip
