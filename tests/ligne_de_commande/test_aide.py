"""Help and wrong use: in French, with an example that runs for every command."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from cli import COMMANDS as KNOWN
from tests.ligne_de_commande.commande import (
    CPGE,
    ENGLISH,
    GOOD,
    ROOT,
    command,
    copied_rules,
    reglo,
    written,
)

COMMANDS = sorted(KNOWN)
EXAMPLE = re.compile(r"Exemple : (reglo [^\n]+)")


def text_of(help_text: str) -> str:
    return " ".join(help_text.split())


def test_the_commands_of_the_contract_are_there() -> None:
    assert {"calculer", "expliquer", "valider", "rejouer"} <= {*COMMANDS}


def test_the_help_names_every_command() -> None:
    run = reglo("--help")
    assert run.code == 0
    assert [name for name in COMMANDS if name not in run.out] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_help_with_one_example(name: str) -> None:
    run = reglo(name, "--help")
    assert run.code == 0
    assert text_of(run.out).count(f"Exemple : reglo {name}") == 1


@pytest.mark.parametrize("name", COMMANDS)
def test_the_example_of_the_help_runs(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("exemples", "cas_tests"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    monkeypatch.chdir(tmp_path)
    if name in {"comparer", "rappel"}:
        (tmp_path / "regles").symlink_to(ROOT / "regles")
    if name == "nouvelle-version":  # it writes in the rules
        monkeypatch.setenv("REGLO_REGLES", str(copied_rules(tmp_path)))
    if name == "importer-table":
        assert reglo("exporter-table", "montant_cpe", "taux.xlsx").code == 0
    if name in {"prouver", "archiver"}:  # what they speak of is there
        assert reglo("calculer", "exemples/circulaire.yaml", "--recu", "recus.jsonl").code == 0
    found = EXAMPLE.search(command(name).help or "")
    assert found is not None
    run = reglo(*shlex.split(found[1])[1:])
    assert run.code == 0, run.err
    assert run.out


@pytest.mark.parametrize("arguments", [("--help",), *((name, "--help") for name in COMMANDS)])
def test_the_help_is_in_french(arguments: tuple[str, ...]) -> None:
    run = reglo(*arguments)
    assert ENGLISH.findall(run.out) == []
    assert re.search("usage", run.out, re.IGNORECASE)


def test_the_version_is_told() -> None:
    run = reglo("--version")
    assert (run.code, run.err) == (0, "")
    assert re.search(r"\d+\.\d+", run.out)


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return written(tmp_path, GOOD)


WRONG_USES = {
    "no command": ("truc",),
    "no file": ("calculer",),
    "unknown option": ("calculer", "FILE", "--truc"),
    "unknown format": ("calculer", "FILE", "--format", "xml"),
    "option without its value": ("calculer", "FILE", "--date"),
    "impossible date": ("calculer", "FILE", "--date", "2025-02-30"),
    "date written otherwise": ("calculer", "FILE", "--date", "01/10/2024"),
    "unknown result": ("calculer", "FILE", "--resultats", "hsaa"),
    "unknown result to explain": ("expliquer", "FILE", "--resultat", "hsaa"),
    "unknown record": ("expliquer", "FILE", "--dossier", "JUST"),
    "unknown reading": ("calculer", "FILE", "--lecture", "cpge-effectif-du-groupe=tablau"),
    "reading without option": ("calculer", "FILE", "--lecture", "cpge-effectif-du-groupe"),
    "cases that do not exist": ("rejouer", "/nulle/part.yaml"),
}


@pytest.mark.parametrize("name", WRONG_USES)
def test_a_wrong_use_is_exit_code_2_and_computes_nothing(name: str, good: Path) -> None:
    run = reglo(*(good if one == "FILE" else one for one in WRONG_USES[name]))
    assert (run.code, run.out) == (2, "")
    assert run.err.strip()


@pytest.mark.parametrize("name", WRONG_USES)
def test_a_wrong_use_is_told_in_french(name: str, good: Path) -> None:
    run = reglo(*(good if one == "FILE" else one for one in WRONG_USES[name]))
    assert ENGLISH.findall(run.err) == []


@pytest.mark.parametrize(
    ("arguments", "near"),
    [
        (("--resultats", "hsaa"), "hsa"),
        (("--resultats", "ors,sous_servic"), "sous_service"),
        (("--lecture", "cpge-effectif-du-groupe=imprimé"), "cpge-effectif-du-groupe=imprime"),
        (("--lecture", "cpge-efectif-du-groupe=tableau"), "cpge-effectif-du-groupe=tableau"),
    ],
)
def test_the_nearest_name_is_proposed(arguments: tuple[str, str], near: str, good: Path) -> None:
    run = reglo("calculer", good, *arguments)
    assert run.code == 2
    assert f"« {near} »" in run.err


def test_the_nearest_record_is_proposed(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD + "---\n" + CPGE)
    run = reglo("expliquer", path, "--dossier", "PREPAS")
    assert run.code == 2
    assert "« PREPA »" in run.err


def test_a_reading_that_nothing_resembles_says_where_they_are_listed(good: Path) -> None:
    run = reglo("calculer", good, "--lecture", "xyz")
    assert run.code == 2
    assert "reglo lectures" in run.err


def test_a_code_is_explained_and_an_unknown_one_is_refused() -> None:
    run = reglo("code", "e521")
    assert (run.code, run.out.split("\n")[0]) == (0, "E521 : sortie déjà là")
    assert "**À faire :**" in run.out
    assert "E522" not in run.out
    found = json.loads(reglo("code", "E521", "--format", "json").out)
    assert f"{found['code']} : {found['titre']}\n\n{found['texte']}\n" == run.out
    assert reglo("code", "E999").code == 2
