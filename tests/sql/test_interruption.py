"""A run that is stopped anywhere leaves nothing half-written, and ends when taken up again."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from engine.effet import impact as effect
from engine.sql import campaign, runs
from engine.sql.runs import Request, run_campaign
from tests.langage.bakery import CORPUS
from tests.ligne_de_commande.commande import HANG, reglo
from tests.sql.tables import bakery, quoted, write_order_tables, write_orders

ROOT = Path(__file__).resolve().parents[2]
OUTPUTS = ("anomalies.parquet", "rejets.parquet", "resultats.parquet")
RESULTS = ("montant_brut", "remise", "total")
INTERRUPTED = 130


def quiet(_done: int, _all: int) -> None:
    pass


def assert_same(one: Path, other: Path) -> None:
    """Two outputs hold the same rows and the same manifest, and nothing else."""
    names = ["anomalies.parquet", "manifeste.json", "rejets.parquet", "resultats.parquet"]
    for output in (one, other):
        assert sorted(path.name for path in output.iterdir()) == names
    with duckdb.connect() as connection:
        for name in OUTPUTS:
            here, there = (f"SELECT * FROM {quoted(output / name)}" for output in (one, other))
            assert connection.execute(f"{here} EXCEPT ALL {there}").fetchall() == []
            assert connection.execute(f"{there} EXCEPT ALL {here}").fetchall() == []
    here, there = (
        json.loads((output / "manifeste.json").read_text(encoding="utf-8"))
        for output in (one, other)
    )
    assert here == there
    assert here["dossiers"]["lus"] == here["dossiers"]["calcules"] + here["dossiers"]["refuses"]


# --- a signal, in the middle of a run


@pytest.fixture(scope="module")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Orders, some of which are refused, and what a run that nothing stops says of them."""
    folder = tmp_path_factory.mktemp("population")
    write_order_tables(folder / "tables", (f"C-{at}" for at in range(4000)))
    assert ran(GO_ON, folder / "notes", folder / "tables", folder / "entiere") == (1, "")
    return folder / "tables", folder / "entiere"


# A run of the command that, each time a range is done, notes which are, then sends itself a signal.
WATCHED = """
import json, os, sys
from pathlib import Path
import cli
from engine.sql import runs

sent, noted, *sys.argv[1:] = sys.argv[1:]
real = runs.run

def run(*given):
    *others, folder, tell = given
    def told(done, count):
        tell(done, count)
        if done:
            parts = {one.parent.name: one.stat().st_mtime_ns
                     for one in folder.glob("*/resultats.parquet")
                     if one.with_name("comptes.json").exists()}
            Path(noted).write_text(json.dumps(parts), encoding="utf-8")
            os.kill(os.getpid(), int(sent))
    return real(*others, folder, told)

runs.run = run
cli.run()
"""
GO_ON = 0  # a signal that only asks whether the process is there


def ran(sent: int, noted: Path, source: Path, output: Path, *more: str) -> tuple[int, str]:
    """The exit code of a run, and what it tells on the error output."""
    words: list[str | Path]
    words = ["--regles", CORPUS / "regles", "campagne", source, "-o", output, "--lot", "1000",
             "--fils", "1", "--resultats", ",".join(RESULTS), *more]  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, str(sent), noted, *words],
        cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False,
        timeout=HANG,
    )  # fmt: skip
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (signal.SIGKILL, -signal.SIGKILL),
        (signal.SIGTERM, 128 + signal.SIGTERM),
        (signal.SIGINT, INTERRUPTED),
    ],
)
def test_a_run_that_a_signal_stops_can_be_taken_up_again(
    sent: signal.Signals, code: int, dirty: tuple[Path, Path], tmp_path: Path
) -> None:
    source, whole = dirty
    output, aside = tmp_path / "sortie", tmp_path / "sortie.en-cours"
    found, told = ran(sent, tmp_path / "notes", source, output)
    assert found == code
    assert "Traceback" not in told
    assert ("--reprendre" in told) == (sent != signal.SIGKILL)
    assert not output.exists()
    done = [path.parent for path in aside.glob("lots/*/comptes.json")]
    assert 1 <= len(done) < 4
    with duckdb.connect() as connection:
        for part in done:
            counts = json.loads((part / "comptes.json").read_text(encoding="utf-8"))
            row = connection.execute(
                f"SELECT COUNT(*) FROM {quoted(part / 'resultats.parquet')}"
            ).fetchone()
            assert row == (counts["comptes"]["computed"],)
    kept = {part.name: (part / "resultats.parquet").stat().st_mtime_ns for part in done}
    again = ran(GO_ON, tmp_path / "apres", source, output, "--reprendre")
    assert again == (1, "")  # some records are refused
    assert kept.items() < json.loads((tmp_path / "apres").read_text(encoding="utf-8")).items()
    assert not aside.exists()
    assert_same(output, whole)


# --- a stop at every step


class StoppedError(BaseException):
    """The run stops here: nothing catches it."""


Watch = Callable[[Callable[[str], None]], None]


def nothing(_name: str) -> None:
    pass


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    """Let something be done just before each of the operations on files that follow."""
    before: list[Callable[[str], None]] = [nothing]

    def watched(name: str) -> None:
        real = getattr(os, name)

        def instead(*words: object, **options: object) -> object:
            told, before[0] = before[0], nothing  # what is done is not watched itself
            try:
                told(name)
            finally:
                before[0] = told
            return real(*words, **options)

        monkeypatch.setattr(os, name, instead)

    for name in ("mkdir", "replace", "unlink", "rmdir"):
        watched(name)

    def begin(each: Callable[[str], None]) -> None:
        before[0] = each

    yield begin
    before[0] = nothing


def contents(folder: Path) -> frozenset[tuple[str, bytes]]:
    """All that a folder holds: two steps that leave the same are taken up alike."""
    return frozenset(
        (path.relative_to(folder).as_posix(), path.read_bytes() if path.is_file() else b"")
        for path in folder.rglob("*")
    )


@pytest.mark.parametrize("chunk", [1, 10])
def test_a_run_can_be_taken_up_again_from_each_of_its_steps(
    chunk: int, tmp_path: Path, watch: Watch
) -> None:
    """The folder is copied before each step, as a run that is killed there would leave it."""
    source = write_orders(tmp_path / "commandes.jsonl")
    whole = Request(source, tmp_path / "entiere", RESULTS, chunk=chunk)
    left: dict[frozenset[tuple[str, bytes]], Request] = {}
    seen: set[str] = set()

    def keep(name: str) -> None:
        seen.add(name)
        if whole.output.exists():  # whole: its lock alone is left
            assert sorted(one.name for one in whole.output.iterdir()) == [
                *sorted([*OUTPUTS, "manifeste.json"]), "verrou",
            ]  # fmt: skip
        elif whole.aside.exists():
            output = tmp_path / f"sortie-{len(left)}"
            again = Request(source, output, RESULTS, chunk=chunk, resume=True)
            if left.setdefault(contents(whole.aside), again) is again:
                shutil.copytree(whole.aside, again.aside)

    watch(keep)
    assert run_campaign(bakery(), whole, quiet)[1] == ()
    watch(nothing)
    assert seen == {"mkdir", "replace", "unlink", "rmdir"}
    assert len(left) >= 15
    for again in left.values():
        manifest, findings = run_campaign(bakery(), again, quiet)
        assert findings == (), again.output.name
        assert manifest is not None
        assert not again.aside.exists()
        assert_same(again.output, whole.output)


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _garbled(path: Path) -> None:
    path.write_bytes(b'{"de": [[' + path.read_bytes()[::-1])


def _a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()
    (path / "dedans").touch()


def damaged_copies(aside: Path) -> Iterator[tuple[str, Callable[[Path], None]]]:
    """Each file of an interrupted run, and what a power cut or a person makes of it."""
    for file in sorted(one for one in aside.rglob("*") if one.is_file()):
        name = file.relative_to(aside).as_posix()
        if name.startswith("copies/"):  # made again each time, whatever is there
            yield name, _a_folder
            continue
        each = (_empty, _cut, _garbled, _a_folder)
        for damage in each if file.suffix == ".json" else each[1::2]:
            yield name, damage


@pytest.mark.parametrize("at", ["a range is done", "everything is computed"])
def test_a_damaged_file_of_an_interrupted_run_is_told_or_made_again(
    at: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_orders(tmp_path / "commandes.jsonl")
    whole = Request(source, tmp_path / "entiere", RESULTS, chunk=1, threads=1)
    assert run_campaign(bakery(), whole, quiet)[1] == ()
    stopped = Request(source, tmp_path / "arretee", RESULTS, chunk=1, threads=1)

    def stop(*words: object) -> None:
        if words != (0, 3):
            raise StoppedError

    computed = at == "everything is computed"
    with monkeypatch.context() as patched:
        if computed:
            patched.setattr(runs, "give_name", stop)
        with pytest.raises(StoppedError):
            run_campaign(bakery(), stopped, quiet if computed else stop)
    seen: dict[str | None, int] = {}
    for number, (name, damage) in enumerate(damaged_copies(stopped.aside)):
        again = Request(source, tmp_path / f"reprise-{number}", RESULTS, chunk=1, resume=True)
        shutil.copytree(stopped.aside, again.aside)
        damage(again.aside / name)
        manifest, findings = run_campaign(bakery(), again, quiet)
        told = f"{damage.__name__} {name} {findings}"
        assert len(findings) == (manifest is None), told
        seen[findings[0].code if findings else None] = 1
        if manifest is None:
            assert findings[0].code in {"E539", "E525"}, told
            assert not again.output.exists(), told
        else:
            assert_same(again.output, whole.output)
    assert set(seen) >= {"E539"}


def test_what_a_run_without_a_state_has_left_is_not_used(tmp_path: Path) -> None:
    """Nothing tells what its ranges were computed from."""
    source = write_orders(tmp_path / "commandes.jsonl")
    whole = Request(source, tmp_path / "entiere", RESULTS, chunk=1)
    run_campaign(bakery(), whole, quiet)
    other = Request(source, tmp_path / "sortie", ("pieces",), chunk=1)

    def stop(done: int, _all: int) -> None:
        if done:
            raise StoppedError

    with pytest.raises(StoppedError):
        run_campaign(bakery(), other, stop)
    (other.aside / "etat.json").unlink()
    again = Request(source, tmp_path / "sortie", RESULTS, chunk=1, resume=True)
    assert run_campaign(bakery(), again, quiet)[1] == ()
    assert_same(again.output, whole.output)


def test_what_spark_has_left_is_not_used(tmp_path: Path) -> None:
    """It is killed at once, and leaves folders where tables will be."""
    request = Request(write_orders(tmp_path / "d.jsonl"), tmp_path / "sortie", RESULTS, resume=True)
    (request.aside / "resultats.parquet").mkdir(parents=True)
    (request.aside / "resultats.parquet" / "part-0.parquet").write_bytes(b"PAR1")
    (request.aside / "spark" / "calcules").mkdir(parents=True)
    assert run_campaign(bakery(), request, quiet)[1] == ()
    names = ["anomalies.parquet", "manifeste.json", "rejets.parquet", "resultats.parquet"]
    assert sorted(one.name for one in request.output.iterdir()) == names


def test_a_run_that_stops_many_times_ends(tmp_path: Path, watch: Watch) -> None:
    """Each time, one step farther than the last time."""
    source = write_orders(tmp_path / "commandes.jsonl")
    whole = Request(source, tmp_path / "entiere", RESULTS, chunk=1)
    run_campaign(bakery(), whole, quiet)
    output = tmp_path / "sortie"
    left = stops = 12

    def stop(_name: str) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise StoppedError

    while not output.exists():
        aside = Request(source, output).aside.exists()
        request = Request(source, output, RESULTS, chunk=1, resume=aside)
        watch(stop)
        try:
            assert run_campaign(bakery(), request, quiet)[1] == ()
        except StoppedError:
            assert not output.exists() or (output / "verrou").exists()
        watch(nothing)
        left = stops = stops + 3
        assert stops < 100
    assert stops >= 18
    (output / "verrou").unlink(missing_ok=True)  # whole: its lock alone may be left
    assert_same(output, whole.output)


def test_a_table_that_is_cut_while_it_is_put_together_is_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_orders(tmp_path / "commandes.jsonl")
    whole = Request(source, tmp_path / "entiere", RESULTS, chunk=1)
    run_campaign(bakery(), whole, quiet)

    def cut(_part: object, target: Path) -> None:
        target.write_bytes(b"PAR1 la suite")
        raise StoppedError

    request = Request(source, tmp_path / "sortie", RESULTS, chunk=1)
    with monkeypatch.context() as patched:
        patched.setattr(campaign, "copyfile", cut)
        with pytest.raises(StoppedError):
            run_campaign(bakery(), request, quiet)
    again = Request(source, tmp_path / "sortie", RESULTS, chunk=1, resume=True)
    assert run_campaign(bakery(), again, quiet)[1] == ()
    assert_same(request.output, whole.output)


@pytest.mark.parametrize(
    "fault",
    [RuntimeError("Query interrupted"), duckdb.InterruptException("INTERRUPT Error: Interrupted!")],
)
def test_what_the_database_makes_of_an_interruption_is_one(
    fault: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise fault

    source = write_orders(tmp_path / "commandes.jsonl")
    monkeypatch.setattr(runs, "run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_campaign(bakery(), Request(source, tmp_path / "sortie", RESULTS), quiet)
    monkeypatch.setattr(effect, "weigh", interrupted)
    found = reglo("impact", source, "-o", tmp_path / "effet")
    assert (found.code, found.err.strip()) == (INTERRUPTED, "Interrompu.")
