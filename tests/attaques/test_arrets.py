"""A signal between any two lines of Python: nothing is left behind, and it is never an error."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.attaques.longue import scenes
from tests.attaques.processus import entries, entry
from tests.langage.bakery import CORPUS
from tests.ligne_de_commande.commande import HANG, ROOT

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="a process for each line")
STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

# What is done in « lieu »; « made » is what it leaves there when nothing stops it.
WRITINGS = {
    "write_files": """
        from engine.source.writing import write_files
        write_files({lieu / "a": b"a", lieu / "b": b"b"})
    """,
    "write_archive": """
        from engine.recus.proof import Contents, write_archive
        write_archive(lieu / "a.zip", Contents({}, {}, None))
    """,
    "temporary_folder": """
        from engine.source.writing import temporary_folder
        with temporary_folder(lieu) as folder:
            (folder / "agent").write_bytes(b"DUPONT")
    """,
    "held": """
        from engine.sql.output import give_name, held
        with held(lieu / "a.en-cours", fresh=True):
            give_name(lieu / "a.en-cours", lieu / "a")
    """,
    "journal": """
        from datetime import UTC, datetime
        from engine.recus.receipts import Journal
        from engine.recus.receipts import Made
        rules, none = ("sha256:" + "0" * 64, "regles"), {"empreinte": "hmac-sha256:" + "0" * 64}
        counts = {"lus": 0, "calcules": 0, "refuses": 0}
        made = Made("calculer", {}, rules, [], none, counts)
        Journal(lieu / "a").add(made, lambda: datetime(2026, 1, 1, tzinfo=UTC))
    """,
}
# A process of its own for each line of these modules, in which a signal comes just before it. In an
# ``uncut`` block the signal is only noted, whatever the line: one line of FEW is enough, besides
# those of the block itself (``signals``).
FEW = 4
EACH_LINE = """
import atexit, os, signal, sys, tempfile
from pathlib import Path
import cli
from engine.source import signals, writing
from engine.sql import output
from engine.recus import proof, receipts

watched = {one.__file__ for one in (signals, writing, output, proof, receipts, tempfile)}

def work(lieu):
    pass
WORK

def traced(lieu, number):
    lines = {}  # once each: a loop makes nothing new
    def trace(frame, event, _):
        if frame.f_code.co_filename not in watched:
            return None
        if event == "line":
            known = len(lines)
            lines[frame.f_code, frame.f_lineno, signals._STOP.blocks] = None
            if known < number == len(lines):
                sys.settrace(None)
                os.kill(os.getpid(), signal.SIGTERM)
        return trace
    sys.settrace(trace)
    try:
        work(lieu)
    except KeyboardInterrupt:
        pass
    sys.settrace(None)
    return list(lines)

def stopped(lieu, number):
    sys.unraisablehook = cli._told_already
    signals.obey()
    lines = traced(lieu, number)
    signals.over()
    atexit._run_exitfuncs()
    os._exit(len(lines) >= number)

def folder(name):
    lieu = Path(sys.argv[1], str(name))
    lieu.mkdir()
    return lieu

work(folder("chaud"))  # what is imported on the way is
lines = traced(folder("entier"), 0)
print(len(lines), *sorted(os.listdir(Path(sys.argv[1], "entier"))))
for number, (code, _, blocks) in enumerate(lines, 1):
    if blocks and code.co_filename != signals.__file__ and number % FEW:
        continue
    child = os.fork()
    if child == 0:
        stopped(folder(number), number)
    assert os.waitpid(child, 0)[1] >> 8 == 1
    print(number, *sorted(os.listdir(Path(sys.argv[1], str(number)))))
"""


@pytest.mark.parametrize("name", WRITINGS)
def test_a_signal_before_any_line_leaves_nothing_behind(name: str, tmp_path: Path) -> None:
    body = WRITINGS[name].replace("\n        ", "\n    ")
    script = EACH_LINE.replace("WORK", f"def work(lieu):{body}").replace("FEW", str(FEW))
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=HANG,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    left = [tuple(line.split()[1:]) for line in done.stdout.splitlines()]
    assert len(left) > 20
    assert set(left) == LEFT[name]


LEFT = {
    "write_files": {(), ("a", "b")},
    "write_archive": {(), ("a.zip",)},
    "temporary_folder": {()},
    "held": {(), ("a.en-cours",), ("a",)},  # an empty run that can be gone on with
    "journal": {(), ("a.verrou",), ("a", "a.sel", "a.verrou")},
}


# --- where threads are

STARTING = """
import os, threading
real = threading.Thread.start
def start(self):
    real(self)
    if self.name.startswith("ThreadPoolExecutor"):  # it runs, and its pool does not know it yet
        os.kill(os.getpid(), NUMBER)
threading.Thread.start = start
"""
# What a lock of a library does of an exception that comes while it is taken.
REPLACED = """
import os, time
from engine.source import signals
from engine.effet import impact
from engine.sql import runs
def lock(*_):
    try:
        os.kill(os.getpid(), NUMBER)
        time.sleep(60)  # no more than the start of its answer
    except BaseException:
        raise FAULT
impact.weigh = runs.run = lock
"""
FAULTS = (
    "RuntimeError('release unlocked lock')",
    "OSError(5, 'Input/output error')",
    "__import__('duckdb').IOException('IO Error: Could not write file')",
)


@pytest.fixture(name="bakery", scope="module")
def _bakery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its rules, those of before a discount was changed, and orders that it changes."""
    folder = tmp_path_factory.mktemp("boulangerie") / "boutique"
    scenes.shop_of_effects(folder)
    scenes.population(folder / "commandes", 50)
    return folder


CASES = [
    *((STARTING, "impact", number) for number in STOPS),
    (STARTING, "campagne", signal.SIGTERM),
    *((REPLACED.replace("FAULT", one), "impact", signal.SIGTERM) for one in FAULTS),
    *((REPLACED.replace("FAULT", one), "campagne", signal.SIGHUP) for one in FAULTS),
]


def test_a_signal_inside_a_lock_is_a_stop(
    bakery: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary, outputs = tmp_path / "tmp", tmp_path / "sorties"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    options = {"impact": ("--avant", "HEAD~1"), "campagne": ("--resultats", "total")}
    cases = []
    for at, (code, name, number) in enumerate(CASES):
        output = outputs / str(at) / "sortie"
        output.parent.mkdir(parents=True)
        words = ("--regles", "regles", name, "commandes", "-o", output, *options[name])
        cases.append((code.replace("NUMBER", str(int(number))), words))
    ran = entries(cases, tmp_path / "dit", cwd=bakery)
    for at, (case, done) in enumerate(zip(CASES, ran, strict=True)):
        _, name, number = case
        told = "Campagne interrompue" if name == "campagne" else "Interrompu."
        assert (done.returncode, done.stdout) == (128 + number, ""), (case, done.stderr)
        assert done.stderr.strip().startswith(told), case
        assert len(done.stderr.strip().splitlines()) == 1, case
        left = [one.name for one in (outputs / str(at)).iterdir()]
        assert left == (["sortie.en-cours"] if name == "campagne" else []), case
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("number", STOPS)
def test_a_signal_where_python_lets_nothing_out_is_a_stop(number: signal.Signals) -> None:
    """The end of an object: Python says that the exception is ignored, and goes on."""
    dying = (
        "import os, time, engine.calcul.commands as records\n"
        "class Dying:\n"
        "    def __del__(self):\n"
        f"        os.kill(os.getpid(), {int(number)})\n"
        "        time.sleep(0)\n"
        "def load(_):\n"
        "    Dying()\n"
        f"    time.sleep({2 * HANG})  # cut as soon as the stop is raised again\n"
        "records.load = load\n"
    )
    done = entry(dying, "--regles", CORPUS / "regles", "calculer", ROOT / "exemples/lycee.yaml")
    assert (done.returncode, done.stderr.strip()) == (128 + number, "Interrompu.")
