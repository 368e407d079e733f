"""A disk that fills up: files that may not grow, or a small file system."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from pathlib import Path

from tests.attaques.longue import scenes
from tests.attaques.longue.base import Trial
from tests.attaques.longue.scenes import RULES, SCENES, Run

NEW_MOUNTS = 0x20000  # CLONE_NEWNS: what is mounted disappears with the process of the trial
WRITING = tuple(one for one in SCENES if one.writes)


def prepare(shared: Path) -> None:
    scenes.prepare(shared)


def attempt(trial: Trial) -> None:
    scene = trial.dice.choose(WRITING)
    place = trial.place / "boutique"
    place.mkdir()
    small = trial.chance(2) and mount(trial, place)
    run = Run.begin(trial, scene, place)
    whole = scenes.whole_of(trial.shared, scene)
    sizes = [(whole / one).stat().st_size for one in run.whole if run.before.get(one) is None]
    limit: int | None = None
    if small:
        fill(trial, place)
    else:
        largest = max([*sizes, (whole / "recus.jsonl").stat().st_size])
        limit = trial.dice.choose((0, 1, 512, 4096, trial.dice.pick(largest + 1000)))
    trial.note(f"{scene.name}, {'petit disque' if small else f'{limit} octets par fichier'}")
    # the cache is elsewhere: it is warm, and what it cannot keep is no one's mistake
    ended = trial.reglo(*RULES, *scene.words, cwd=place, file_size=limit)
    trial.sentence(ended)
    trial.counts["refus"] += ended.code != 0
    done = run.look(extras=False)
    if ended.code == 0 and not done:
        run.found("succès faux", "code 0, et tout n'est pas écrit")
    (place / scenes.FILLER).unlink(missing_ok=True)
    run.temporary()
    shutil.rmtree(trial.temporary)
    trial.temporary.mkdir()
    run.go_on(done=done)


def mount(trial: Trial, place: Path) -> bool:
    """A file system in memory over ``place``, for this process alone; False when it may not."""
    if os.geteuid() or ctypes.CDLL(None).unshare(NEW_MOUNTS):
        trial.counts["sans petit disque"] += 1
        return False
    for words in (["mount", "--make-rprivate", "/"],
                  ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(place)]):  # fmt: skip
        if subprocess.run(words, check=False, capture_output=True).returncode:
            trial.counts["sans petit disque"] += 1
            return False
    trial.counts["petits disques"] += 1
    return True


def fill(trial: Trial, place: Path) -> None:
    """Leave some blocks only."""
    left = trial.dice.choose((0, 1, 2, 4, 10, 20, 60, 200)) * 4096
    found = os.statvfs(place)
    size = found.f_bavail * found.f_frsize - left
    (place / scenes.FILLER).write_bytes(b"\0" * max(size, 0))
