"""The page on continuous integration: its jobs are YAML, its commands exist, its table is whole."""

from __future__ import annotations

import re
import shlex
from typing import Any

import yaml
from click.testing import CliRunner

from cli import COMMANDS, main
from tests.ligne_de_commande.commande import command
from tests.structure.depot import ROOT

PAGE = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
# Every library by its hash, pip among them; réglo is then built with those, and nothing else.
INSTALL = (
    "pip install --require-hashes -r requirements.lock",
    "pip install --no-build-isolation --no-deps .",
)
BLOCKS = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def jobs() -> tuple[dict[str, Any], dict[str, Any]]:
    gitlab, github = (yaml.safe_load(block) for block in BLOCKS)
    return gitlab["reglo"], github["jobs"]["reglo"]


def lines() -> list[str]:
    gitlab, github = jobs()
    return [*gitlab["script"], *(step["run"] for step in github["steps"] if "run" in step)]


def commands() -> list[list[str]]:
    """Each call of réglo, without what the shell does of its output."""
    found = [line for line in lines() if line.startswith("reglo ")]
    return [shlex.split(line.partition(">")[0])[1:] for line in found]


def test_both_jobs_are_yaml_and_install_then_check_and_replay() -> None:
    gitlab, github = jobs()
    assert gitlab["artifacts"]["reports"] == {"junit": "cas.xml", "codequality": "qualite.json"}
    assert any("upload-sarif" in step.get("uses", "") for step in github["steps"])
    assert [line for line in lines() if line.startswith("pip ")] == [*INSTALL, *INSTALL]
    assert [command[2] for command in commands()] == ["valider", "rejouer"] * 2


def test_every_command_of_the_jobs_has_the_options_written() -> None:
    for _, _, name, *options in commands():
        known = {text for one in command(name).params for text in one.opts}
        assert {option for option in options if option.startswith("--")} <= known
        layout = next(one for one in command(name).params if one.name == "layout")
        assert options[options.index("--format") + 1] in getattr(layout.type, "choices", ())


def test_the_table_of_exit_codes_names_every_command() -> None:
    _, _, table = PAGE.partition("## Codes de sortie")
    named = re.findall(r"^\| `([a-z-]+)` \|[^|]+\|[^|]+\|[^|]+\|$", table, re.MULTILINE)
    assert sorted(named) == sorted(COMMANDS)
    assert len(named) >= 10


def test_every_command_has_a_french_help_with_one_example() -> None:
    for name in COMMANDS:
        run = CliRunner().invoke(main, [name, "--help"], prog_name="reglo")
        assert run.exit_code == 0
        assert " ".join(run.output.split()).count(f"Exemple : reglo {name}") == 1


def test_every_command_that_prints_has_a_form_for_programs() -> None:
    printing = set(COMMANDS) - {"compiler"}  # what it writes is for programs
    lacking = {
        name for name in printing if not any("--format" in one.opts for one in command(name).params)
    }
    assert lacking == set()
