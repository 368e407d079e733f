"""What the families of the long attack share: a trial, a bounded process, what is looked at."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import resource
import shlex
import signal
import subprocess
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from click.testing import CliRunner

from cli import main
from engine.cas.draws import Dice

ROOT = Path(__file__).resolve().parents[3]
LIMIT = 120  # seconds that a command may take: far more than any of them needs
MOST_TOLD = 10_000_000  # characters that a command may print
TRACEBACK = re.compile(
    r"^Traceback \(most recent call last\)|panicked at|^Fatal Python", re.MULTILINE
)
CRASHES = (-signal.SIGSEGV, -signal.SIGABRT, -signal.SIGBUS, -signal.SIGILL, -signal.SIGFPE)
# What French sentences never hold; what comes from the files is between guillemets.
ENGLISH = re.compile(
    r"\b(the|is|are|must|should|expected|found|while|cannot|could|failed|invalid|missing|"
    r"unknown|does|error|which|been|of type)\b",
    re.IGNORECASE,
)
# Nor may what commands print hold these: controls, and what turns the text round.
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
QUOTED = re.compile(r"«.*?»|`[^`]*`|\{[^}]*\}", re.DOTALL)
Tree: TypeAlias = "Mapping[str, str]"


@dataclass(frozen=True, slots=True)
class Finding:
    """``kind``: what two findings of the same defect have in common; ``words``: one sentence."""

    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended; ``code`` is that of ``subprocess``."""

    words: tuple[str, ...]
    code: int
    out: str
    err: str
    hung: bool
    seconds: float


@dataclass(slots=True)
class Trial:
    """One attempt.

    ``place`` is an empty folder of its own; what is put in ``kept`` is kept with a finding, by what
    runs the trial: a crash loses nothing. ``shared`` is what the family has prepared.
    """

    name: str
    place: Path
    shared: Path
    dice: Dice
    counts: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)

    @property
    def kept(self) -> Path:
        return self.place / "garde"

    @property
    def temporary(self) -> Path:
        """The TMPDIR of the commands."""
        return self.place / "tmp"

    def chance(self, parts: int) -> bool:
        """Once in so many."""
        return self.dice.pick(parts) == 0

    def found(self, kind: str, words: str) -> None:
        self.findings.append(Finding(kind, words))

    def note(self, text: str) -> None:
        with (self.kept / "essai.txt").open("a", encoding="utf-8") as stream:
            stream.write(text + "\n")

    def reglo(
        self,
        *words: str | Path,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        file_size: int | None = None,
        stop: Callable[[subprocess.Popen[str]], None] | None = None,
    ) -> Ended:
        """Run a command, bounded, and say what no command may do.

        Args:
            words: its arguments.
            cwd: where; the place of the trial.
            env: more variables.
            file_size: the most bytes that it may write in a file.
            stop: what is done while it runs.
        """
        told = tuple(str(one) for one in words)
        began = time.monotonic()
        run = subprocess.Popen(
            [sys.executable, str(ROOT / "cli.py"), *told],
            cwd=cwd or self.place, env={**environment(self.temporary), **(env or {})},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, errors="replace",
        )  # fmt: skip
        if file_size is not None:
            resource.prlimit(run.pid, resource.RLIMIT_FSIZE, (file_size, file_size))
        if stop is not None:
            stop(run)
        hung = False
        try:
            out, err = run.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            run.kill()
            hung = True
            out, err = run.communicate()
        seconds = time.monotonic() - began
        return self._look(Ended(told, run.returncode, out, err, hung=hung, seconds=seconds))

    def inside(self, *words: str | Path, cwd: Path | None = None) -> Ended:
        """The same in the process of the trial, which is bounded too: much faster."""
        told = tuple(str(one) for one in words)
        began = time.monotonic()
        with contextlib.chdir(cwd or self.place):
            result = CliRunner().invoke(main, told, prog_name="reglo")
        err = result.stderr
        if result.exc_info is not None and not isinstance(result.exception, SystemExit | None):
            err += "".join(traceback.format_exception(*result.exc_info))
        seconds = time.monotonic() - began
        return self._look(
            Ended(told, result.exit_code, result.stdout, err, hung=False, seconds=seconds)
        )

    def _look(self, ended: Ended) -> Ended:
        self.note(
            f"$ reglo {shlex.join(ended.words)}\n{ended.out[-1500:]}{ended.err[-6000:]}"
            f"# code {ended.code}, {ended.seconds:.1f} s"
        )
        name = command_of(ended.words)
        if ended.hung:
            self.found(f"blocage {name}", f"{name} : plus de {LIMIT} s")
        elif TRACEBACK.search(ended.err) and not starting(ended):
            self.found(f"trace {name} {last_error(ended.err)}", f"{name} : trace de Python ou Rust")
        elif ended.code in CRASHES:
            self.found(f"arrêt {name} {ended.code}", f"{name} : arrêté par un signal {ended.code}")
        if len(ended.out) + len(ended.err) > MOST_TOLD:
            self.found(f"flot {name}", f"{name} : {len(ended.err)} caractères à l'écran")
        if CONTROL.search(ended.out + ended.err):
            self.found(f"terminal {name}", f"{name} : un caractère de contrôle atteint l'écran")
        return ended

    def sentence(self, ended: Ended, codes: Iterable[int] = (0, 1, 2)) -> None:
        """A command ends with one of these codes; what is not 0 is told, in French."""
        name = command_of(ended.words)
        if ended.hung or ended.code in CRASHES or TRACEBACK.search(ended.err):
            return  # already told
        if ended.code not in codes:
            self.found(f"code {name} {ended.code}", f"{name} : code de sortie {ended.code}")
        if ended.code and not ended.err.strip() and not ended.out.strip():
            self.found(f"silence {name}", f"{name} : code {ended.code} sans un mot")
        for line in ended.err.splitlines():
            if (word := english(line)) is not None:
                self.found(f"anglais {name} {word}", f"{name} : de l'anglais, « {line[:150]} »")


def environment(temporary: Path) -> dict[str, str]:
    kept = ("PATH", "XDG_CACHE_HOME", "HOME", "PYTHONPATH")
    found = {name: os.environ[name] for name in kept if name in os.environ}
    return {**found, "TMPDIR": str(temporary), "LANG": "C.UTF-8", "COLUMNS": "200"}


def command_of(words: Iterable[str]) -> str:
    """The command among the arguments."""
    names = [one for one in words if one.isascii() and one.replace("-", "").isalpha()]
    return next((one for one in names if one in COMMANDS), "reglo")


COMMANDS = (
    "archiver", "calculer", "campagne", "cle", "comparer", "exporter-table", "expliquer", "impact",
    "importer-table", "nouvelle-version", "prouver", "valider",
)  # fmt: skip


def last_error(text: str) -> str:
    """« KeyError proof.py:170 » of a traceback: where it was raised in réglo."""
    own = re.findall(rf'File "{re.escape(str(ROOT))}/([^"]+)", line (\d+)', text)
    names = re.findall(r"^([\w.]*(?:Error|Exception|Interrupt|Exit|Timeout)\b)", text, re.MULTILINE)
    return f"{names[-1] if names else '?'} {':'.join(own[-1]) if own else ''}".strip()


def starting(ended: Ended) -> bool:
    """Whether a Ctrl-C came while Python itself was starting: no line of réglo was read yet."""
    return "KeyboardInterrupt" in ended.err and str(ROOT) not in ended.err


def english(text: str) -> str | None:
    """A word that is not French, outside what is quoted."""
    found = ENGLISH.search(QUOTED.sub("", text))
    return None if found is None else found[0].lower()


def tree(folder: Path) -> Tree:
    """Each file under a folder, links unfollowed, by its path and the hash of its content."""
    found: dict[str, str] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            found[name] = f"lien {path.readlink()}"
        elif path.is_file():
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def differing(before: Tree, after: Tree) -> list[str]:
    """The paths that are not the same."""
    names = sorted({*before, *after})
    return [one for one in names if before.get(one) != after.get(one)]
