"""The hosts of docs/module.md run the compiled file, without réglo, on the records of the cases."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from datetime import date
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from engine.evaluation.outcomes import NotComputable, Outcome
from engine.evaluation.results import compute
from engine.langage.inputs import Field, Value
from engine.langage.kernel import ABSENT
from engine.langage.records import Record
from engine.module.layout import EPOCH_DAY
from tests.ligne_de_commande.commande import reglo
from tests.sql.tables import law
from tests.sql.test_parity import records_of_cases
from tests.structure.depot import ROOT

PAGE = ROOT / "docs" / "module.md"
DAYS = ("2015-06-01", "2024-10-01")


def host(language: str) -> str:
    """The program of the page."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return str(found)


@cache
def records() -> tuple[Record, ...]:
    corpus = law().corpus
    epochs = {corpus.epoch_number(date.fromisoformat(day)) for day in DAYS}
    found = [one for one in records_of_cases() if corpus.epoch_number(one.day) in epochs]
    assert len(found) > 1000
    return tuple(found[::4])


def plain(field: Field, value: Value) -> object:
    """A value as the hosts take it."""
    if isinstance(value, Fraction):
        return int(value / (field.grid or 1))
    return value.toordinal() - EPOCH_DAY if isinstance(value, date) else value


def written(record: Record) -> dict[str, object]:
    model = law().corpus.model
    own = {one.name: one for one in model.fields}
    lists: dict[str, list[dict[str, object]]] = {}
    for collection in model.collections:
        fields = {one.name: one for one in collection.fields}
        lists[collection.name] = [
            {**{name: plain(fields[name], value) for name, value in line.values.items()},
             **line.links}
            for line in record.lines.get(collection.name, ())
        ]  # fmt: skip
    return {
        "epoque": law().corpus.epoch_number(record.day),
        "champs": {name: plain(own[name], value) for name, value in record.values.items()},
        "listes": lists,
    }


def expected(value: Outcome, step: str | None) -> object:
    if isinstance(value, NotComputable):
        return {"raisons": sorted(one.name for one in value.lacks)}
    if value is ABSENT:
        return None
    if isinstance(value, Fraction):
        return int(value / Fraction(step or "1"))
    return value.toordinal() - EPOCH_DAY if isinstance(value, date) else value


def found(said: object) -> object:
    if isinstance(said, dict):
        return {"raisons": sorted(said["raisons"])}
    return said


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The module and its descriptor, as the command writes them, beside the records."""
    folder = tmp_path_factory.mktemp("module")
    days = [word for day in DAYS for word in ("--date", day)]
    run = reglo("compiler", *days, "-o", folder / "loi.wasm")
    assert run.code == 0, run.err
    assert run.out.count("droit du ") == len(DAYS)
    (folder / "dossiers.json").write_text(json.dumps([written(one) for one in records()]))
    return folder


def check(folder: Path, *command: str) -> None:
    files = [str(folder / one) for one in ("loi.json", "loi.wasm", "dossiers.json")]
    done = subprocess.run([*command, *files], capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stderr
    descriptor = json.loads((folder / "loi.json").read_text(encoding="utf-8"))
    steps = {one["nom"]: one["pas"] for one in descriptor["resultats"]}
    answers = json.loads(done.stdout)
    assert len(answers) == len(records())
    seen = 0
    for record, answer in zip(records(), answers, strict=True):
        for name, value in compute(law(), record).values.items():
            assert found(answer[name]) == expected(value, steps[name]), (record.ident, name)
            seen += isinstance(value, Fraction)
    assert seen > 1000


def test_the_host_in_python_says_what_the_interpreter_says(made: Path) -> None:
    program = made / "hote.py"
    program.write_text(host("python"), encoding="utf-8")
    check(made, sys.executable, str(program))


@pytest.mark.skipif(shutil.which("node") is None, reason="no Node here")
def test_the_host_in_javascript_says_what_the_interpreter_says(made: Path) -> None:
    program = made / "hote.mjs"
    program.write_text(host("javascript"), encoding="utf-8")
    check(made, "node", str(program))


def test_the_descriptor_has_the_shape_that_its_schema_says(made: Path) -> None:
    schema = json.loads((ROOT / "schemas" / "module.v1.json").read_text(encoding="utf-8"))
    descriptor = json.loads((made / "loi.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(descriptor)
    slots = descriptor["emplacements"]
    descriptor["emplacements"] = str(slots)
    assert not Draft202012Validator(schema).is_valid(descriptor)


def test_the_file_holds_the_fingerprint_of_the_rules(made: Path) -> None:
    binary = (made / "loi.wasm").read_bytes()
    assert binary.endswith(b"\x05reglo" + law().corpus.digest.encode())
    assert json.loads((made / "loi.json").read_text())["regles"] == law().corpus.digest


def test_the_same_rules_give_the_same_bytes(made: Path, tmp_path: Path) -> None:
    days = [word for day in DAYS for word in ("--date", day)]
    assert reglo("compiler", *days, "-o", tmp_path / "loi.wasm").code == 0
    for name in ("loi.wasm", "loi.json"):
        assert (tmp_path / name).read_bytes() == (made / name).read_bytes()


def test_what_cannot_be_compiled_is_told(tmp_path: Path) -> None:
    run = reglo("compiler", "-o", tmp_path / "loi.txt")
    assert run.code == 2
    assert "un module s'appelle NOM.wasm" in run.err
    run = reglo("compiler", "--date", "1999-01-01", "-o", tmp_path / "loi.wasm")
    assert run.code == 2
    assert "le 1999-01-01 est avant les règles" in run.err
    run = reglo("compiler", "--resultats", "hsaa", "-o", tmp_path / "loi.wasm")
    assert run.code == 2
    assert "vouliez-vous dire « hsa » ?" in run.err
    assert list(tmp_path.iterdir()) == []
