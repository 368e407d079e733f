"""The command as a real process: pipes, encodings, folders, standard streams."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.langage.bakery import CORPUS
from tests.langage.shop import ORDER
from tests.ligne_de_commande.commande import (
    EXAMPLES,
    GOOD,
    HANG,
    MIXED,
    ROOT,
    process,
    reglo,
    renamed,
    written,
)

LYCEE = EXAMPLES / "lycee.yaml"
# Terminals that cannot write an accent: as Python is told, and as a bare system tells it.
ASCII = {
    "PYTHONIOENCODING": {"PYTHONIOENCODING": "ascii"},
    "C locale": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "latin-1": {"PYTHONIOENCODING": "latin-1"},
}


def told(done: subprocess.CompletedProcess[bytes]) -> str:
    return done.stderr.decode(errors="replace")


def test_a_process_says_what_the_command_says() -> None:
    done = process("calculer", LYCEE, "--format", "json")
    assert done.returncode == 0
    assert done.stdout.decode() == reglo("calculer", LYCEE, "--format", "json").out
    assert done.stderr == b""


def test_the_command_runs_from_any_folder(tmp_path: Path) -> None:
    written(tmp_path, MIXED, "mixte.yaml")
    done = process("calculer", "mixte.yaml", "--format", "json", cwd=tmp_path)
    assert done.returncode == 0
    assert json.loads(done.stdout)[0]["resultats"]["hsa"] == "6.21"


def test_results_and_findings_go_to_different_streams() -> None:
    done = process("calculer", EXAMPLES / "erreurs.yaml", "--format", "json")
    assert done.returncode == 1
    assert len(json.loads(done.stdout)) >= 2
    assert "erreur E" in told(done)
    assert b"erreur E" not in done.stdout


def test_standard_input_is_read_by_a_process(tmp_path: Path) -> None:
    text = renamed(MIXED, "Élodie")
    done = process("calculer", "-", "--format", "json", cwd=tmp_path, data=text.encode())
    assert done.returncode == 0
    assert json.loads(done.stdout)[0]["dossier"] == "Élodie"


def test_nothing_but_text_is_written_to_a_pipe() -> None:
    for arguments in (("calculer", LYCEE), ("expliquer", LYCEE, "--resultat", "hsa"), ("--help",)):
        done = process(*arguments, env={"FORCE_COLOR": "", "TERM": "xterm-256color"})
        assert done.returncode == 0
        assert b"\x1b" not in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("calculer", LYCEE),
        ("calculer", LYCEE, "--format", "json"),
        ("expliquer", LYCEE),
        ("expliquer", LYCEE, "--format", "json"),
        ("valider",),
        ("rejouer", ROOT / "cas_tests" / "taux.yaml"),
        ("--help",),
    ],
    ids=lambda arguments: " ".join(str(one) for one in arguments if not isinstance(one, Path)),
)
def test_a_reader_who_leaves_early_is_no_error_of_the_program(
    arguments: tuple[str | Path, ...],
) -> None:
    """As ``| head -1`` does, at worst: gone before the first line is written."""
    command = [sys.executable, ROOT / "cli.py", *arguments]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        error = running.stderr.read().decode()
        running.wait(timeout=HANG)
    assert "Traceback" not in error
    assert "BrokenPipeError" not in error
    assert "Exception ignored" not in error


@pytest.mark.parametrize("terminal", ASCII)
@pytest.mark.parametrize("command", ["calculer", "expliquer"])
def test_a_terminal_without_accents_still_shows_the_figures(
    tmp_path: Path, terminal: str, command: str
) -> None:
    path = written(tmp_path, MIXED)
    done = process(command, path, env=ASCII[terminal])
    assert done.returncode == 0, told(done)
    assert b"6,21" in done.stdout
    assert "Traceback" not in told(done)


@pytest.mark.parametrize("terminal", ASCII)
def test_a_terminal_without_accents_still_shows_the_findings(tmp_path: Path, terminal: str) -> None:
    path = written(tmp_path, renamed(GOOD, "Zoé").replace("seconde_gt", "seconde"))
    done = process("calculer", path, env=ASCII[terminal])
    assert done.returncode == 1
    assert "erreur E106" in told(done)
    assert "Traceback" not in told(done)


@pytest.mark.parametrize("terminal", ["PYTHONIOENCODING", "C locale"])
def test_json_can_be_read_whatever_the_terminal(tmp_path: Path, terminal: str) -> None:
    path = written(tmp_path, renamed(MIXED, "Zoé €"))
    done = process("calculer", path, "--format", "json", env=ASCII[terminal])
    assert done.returncode == 0, told(done)
    (found,) = json.loads(done.stdout)
    assert (found["dossier"], found["resultats"]["hsa"]) == ("Zoé €", "6.21")


@pytest.mark.parametrize("arguments", [("--help",), ("calculer", "--help"), ("valider",)])
def test_help_and_checks_do_not_need_accents_either(arguments: tuple[str, ...]) -> None:
    done = process(*arguments, env=ASCII["PYTHONIOENCODING"])
    assert done.returncode == 0, told(done)
    assert done.stdout


def test_a_cache_that_cannot_be_written_is_no_ones_mistake(tmp_path: Path) -> None:
    blocked = written(tmp_path, "un fichier, et non un dossier", "cache")
    done = process("calculer", LYCEE, env={"XDG_CACHE_HOME": str(blocked)})
    assert (done.returncode, told(done)) == (0, "")


def test_a_damaged_cache_is_made_again(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    order = written(tmp_path, ORDER)

    def run() -> subprocess.CompletedProcess[bytes]:
        words = ("--regles", CORPUS / "regles", "calculer", order, "--format", "json")
        return process(*words, env={"XDG_CACHE_HOME": str(cache)})

    first = run()
    assert json.loads(first.stdout)
    kept = [path for path in cache.rglob("*") if path.is_file()]
    assert len(kept) >= 1
    for damage in (b"", b"\x80", b"garbage", kept[0].read_bytes()[:1000]):
        for path in kept:
            path.write_bytes(damage)
        again = run()
        assert (again.returncode, told(again)) == (0, "")
        assert again.stdout == first.stdout


@pytest.mark.skipif(os.name == "nt", reason="signals are of POSIX")
def test_the_entry_point_of_the_package_is_the_same_command() -> None:
    code = "import sys; sys.argv[0] = 'reglo'; from cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "calculer", LYCEE],
        cwd=ROOT,
        capture_output=True,
        check=False,
        timeout=HANG,
    )
    assert done.returncode == 0
    assert done.stdout.decode() == reglo("calculer", LYCEE).out
