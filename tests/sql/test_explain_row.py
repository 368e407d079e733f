"""A row of a run is explained from the input and the law of that run, whatever their form."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from cli import main
from tests.sql.tables import (
    RESULTS,
    TABLES,
    quoted,
    write_csv,
    write_database,
    write_jsonl,
    write_parquet,
    write_parts,
    write_workbook,
)

ROOT = Path(__file__).resolve().parents[2]
FORMS = {
    "parquet": lambda folder: write_parquet(folder / "parquet"),
    "parts": lambda folder: write_parts(folder / "parts"),
    "csv": lambda folder: write_csv(folder / "csv"),
    "xlsx": lambda folder: write_workbook(folder / "classeur.xlsx"),
    "duckdb": lambda folder: write_database(folder / "base.duckdb"),
    "jsonl": lambda folder: write_jsonl(folder / "dossiers.jsonl"),
}


def command(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def explained(output: Path, ident: str) -> Result:
    return command(
        *("expliquer", "--campagne", output, "--dossier", ident),
        *("--resultat", ",".join(RESULTS), "--format", "json"),
    )


@pytest.mark.parametrize("form", FORMS)
def test_an_explanation_has_the_values_of_its_row(form: str, tmp_path: Path) -> None:
    output = tmp_path / "sortie"
    assert command("campagne", FORMS[form](tmp_path), "-o", output).exit_code == 0
    columns = ", ".join(RESULTS)
    with duckdb.connect() as connection:
        rows = connection.execute(
            f"SELECT dossier, {columns} FROM {quoted(output / 'resultats.parquet')}"
        ).fetchall()
    assert len(rows) == len(TABLES["agents"])
    for ident, *values in rows:
        done = explained(output, ident)
        assert done.exit_code == 0, done.output
        (found,) = json.loads(done.stdout)
        told = [one["valeur"].split("\N{NO-BREAK SPACE}")[0] for one in found["explications"]]
        assert [one.split(" ")[0] for one in told] == [str(one).replace(".", ",") for one in values]


@pytest.mark.parametrize("form", FORMS)
def test_nothing_is_explained_once_the_input_has_changed(form: str, tmp_path: Path) -> None:
    source, output = FORMS[form](tmp_path), tmp_path / "sortie"
    assert command("campagne", source, "-o", output).exit_code == 0
    files = [source] if source.is_file() else [one for one in source.rglob("*.*") if one.is_file()]
    changed = max(files)
    changed.write_bytes(changed.read_bytes() + b"\n")
    done = explained(output, "D-1")
    assert done.exit_code == 1
    assert "E527: les données d'entrée ont changé depuis la campagne" in done.stderr
    changed.unlink()
    assert "E527" in explained(output, "D-1").stderr


def test_nothing_is_explained_once_the_rules_have_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "sortie"
    assert command("campagne", write_csv(tmp_path / "csv"), "-o", output).exit_code == 0
    for name in ("regles", "schemas"):
        shutil.copytree(ROOT / name, tmp_path / name)
    rule = tmp_path / "regles" / "textes" / "decret-2014-940.yaml"
    text = rule.read_text(encoding="utf-8")
    assert "valeur: 10" in text
    rule.write_text(text.replace("valeur: 10", "valeur: 9"), encoding="utf-8")
    monkeypatch.setenv("REGLO_REGLES", str(tmp_path / "regles"))
    done = explained(output, "D-1")
    assert done.exit_code == 1
    assert "E527: le corpus de règles a changé depuis la campagne" in done.stderr


def test_a_refused_record_is_explained_by_what_refused_it(tmp_path: Path) -> None:
    source, output = write_csv(tmp_path / "csv"), tmp_path / "sortie"
    (source / "services.csv").write_text(
        "dossier;heures;niveau\nD-1;quatre;troisieme\nD-2;4;troisieme\nD-2;41;cdi\n",
        encoding="utf-8",
    )
    assert command("campagne", source, "-o", output).exit_code == 1
    done = explained(output, "D-1")
    assert done.exit_code == 1
    told, way_out = done.stderr.splitlines()
    assert told.endswith(
        "erreur E532: la campagne a refusé le dossier « D-1 » (services.csv, ligne 1, colonne "
        "heures) : E501 : heures de la ligne : « quatre » ne se lit pas comme un nombre"
    )
    assert way_out == "  conseil : corrigez cette ligne, puis relancez la campagne"
    assert "(services.csv, ligne 3, colonne heures)" in explained(output, "D-2").stderr
    assert "E513" in explained(output, "D-3").stderr
