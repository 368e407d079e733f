"""``reglo valider --temoins``: a record that shows each gap, overlap, dead row or conflict."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from engine.cas.case import Case, read_cases
from engine.cas.replay import replay
from engine.cas.witness import BUDGET, TOLERATED, SoughtWitness, witnesses
from engine.dossiers.read import Refusal
from engine.evaluation.law import Law, data_folder, faulty_law, load_law
from engine.source.schema import load_schema
from tests.ligne_de_commande.commande import ROOT, Run, copied_rules, reglo

CPGE = "textes/circulaire-2004-056.yaml"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the copies of the rules are made: by their path, what was read before is known."""
    monkeypatch.chdir(tmp_path)


def edited(*edits: tuple[str, str]) -> Path:
    """A copy of the corpus with mistakes in one of its files."""
    rules = copied_rules(Path())
    path = rules / CPGE
    text = path.read_text(encoding="utf-8")
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    return rules


def witnessed(rules: Path, folder: Path) -> tuple[Run, Law, dict[str, Case]]:
    """The run, the faulty law, and each witness read back, by the code it shows."""
    run = reglo("valider", rules, "--temoins", folder)
    law = faulty_law(rules, TOLERATED)
    assert law is not None
    schema = load_schema(data_folder("schemas") / "cas.v1.json")
    found = {}
    for path in sorted(folder.glob("*.yaml")):
        (case,), findings = read_cases(path, law.corpus, schema)
        assert findings == ()
        assert not isinstance(case.outcome, Refusal)
        found[path.name.partition("-")[0]] = case
    return run, law, found


def sound_differences(case_file: Path) -> list[str]:
    """What the corpus of the checkout says of a witness: it does not have the mistake."""
    run = reglo("rejouer", case_file)
    assert run.code == 1
    return run.err.splitlines()[1:]


def test_a_gap_is_shown_by_a_record_that_cannot_be_computed(tmp_path: Path) -> None:
    """The agrégé of the first year in front of 20 pupils owes 10 h (002, 1.2)."""
    rules = edited(("[cpge_1, [20, 35], 10]", "[cpge_1, [21, 35], 10]"))
    run, law, found = witnessed(rules, tmp_path / "temoins")
    assert run.code == 1
    assert "Témoins : 1 constat montré" in run.err
    assert replay(law, found["E402"]).differences == ()
    assert "ors" in found["E402"].not_computable
    (file,) = (tmp_path / "temoins").iterdir()
    assert f"  {file.as_posix()}:1:1: témoin : un dossier qui le montre\n" in run.err
    assert "  ors : attendu non calculable, obtenu 10,00 h" in sound_differences(file)


def test_an_overlap_is_shown_by_a_record_that_both_rows_take(tmp_path: Path) -> None:
    """36 pupils: 9 h by the first row, 10 h by the row that was widened."""
    rules = edited(("[cpge_1, [20, 35], 10]", "[cpge_1, [20, 36], 10]"))
    _, law, found = witnessed(rules, tmp_path / "temoins")
    case = found["E403"]
    assert replay(law, case).differences == ()
    assert case.expected["ors"].text == "9.00"
    (file,) = (tmp_path / "temoins").iterdir()
    line = (rules / CPGE).read_text(encoding="utf-8").split("[cpge_1, [20, 36], 10]")[0].count("\n")
    place = f"{(rules / CPGE).as_posix()}:{line + 1}"
    told = file.read_text(encoding="utf-8")
    assert f"# ors : 9, ou 10 avec {place}\n" in told
    assert told.splitlines()[1].startswith(f"# Témoin de E403, {place} : table « maxima_cpge »")


def test_a_dead_row_is_shown_by_a_record_that_an_earlier_row_takes(tmp_path: Path) -> None:
    row = "          - [cpge_2, [20, 35], 9]\n"
    before, first = '        source: "002, 1.2"\n', '        lignes:\n          - [cpge_1, "]35'
    rules = edited(
        (before + first, f"{before}        choix: premier\n{first}"),
        (row, f"{row}          - [cpge_2, [22, 30], 8]\n"),
    )
    _, law, found = witnessed(rules, tmp_path / "temoins")
    assert replay(law, found["E404"]).differences == ()
    assert found["E404"].expected["ors"].text == "9.00"
    (file,) = (tmp_path / "temoins").iterdir()
    assert "# ors : 9, ou 8 avec " in file.read_text(encoding="utf-8")


def test_a_row_that_nothing_can_reach_has_no_witness_and_is_said_to_have_none(
    tmp_path: Path,
) -> None:
    row = "          - [cpge_2, [20, 35], 9]\n"
    rules = edited((row, f"{row}          - [cpge_2, [30, 22], 8]\n"))
    run, _, found = witnessed(rules, tmp_path / "temoins")
    assert found == {}
    assert "  conseil : sans témoin : aucun dossier ne peut le montrer" in run.err
    assert "Témoins : 0 constat montré, 1 sans dossier\n" in run.err
    assert not (tmp_path / "temoins").exists()


def test_a_conflict_between_two_texts_is_shown_on_the_first_day_it_happens(
    tmp_path: Path,
) -> None:
    """From 1 September 2015: 15 h by the decree, the hours of the CPGE by the circular."""
    both = "deroge_a: [decret-50-581.maximum_statutaire, decret-2014-940.maximum_statutaire]"
    rules = edited((both, "deroge_a: decret-50-581.maximum_statutaire"))
    _, law, found = witnessed(rules, tmp_path / "temoins")
    case = found["E207"]
    assert replay(law, case).differences == ()
    assert not isinstance(case.outcome, Refusal)
    assert case.outcome.day.isoformat() == "2015-09-01"
    (file,) = (tmp_path / "temoins").iterdir()
    told = file.read_text(encoding="utf-8")
    (line,) = [one for one in told.splitlines() if one.startswith("# ors : ")]
    assert "15" in line


def test_a_gap_that_opens_with_a_new_version_is_shown_on_its_first_day(tmp_path: Path) -> None:
    old = '    versions:\n      - depuis: 2004-09-01\n        source: "002, 1.2"\n        lignes:\n'
    text = (ROOT / "regles" / CPGE).read_text(encoding="utf-8")
    rows = text.partition(old)[2].partition("\n\n")[0].rstrip("\n") + "\n"
    newer = rows.replace("[cpge_1, [20, 35], 10]", "[cpge_1, [20, 34], 10]")
    version = old.replace("2004-09-01", "2023-03-15").replace("    versions:\n", "")
    rules = edited((old + rows, old + rows + version + newer))
    _, law, found = witnessed(rules, tmp_path / "temoins")
    case = found["E402"]
    assert replay(law, case).differences == ()
    assert not isinstance(case.outcome, Refusal)
    assert case.outcome.day.isoformat() == "2023-03-15"


@pytest.mark.parametrize("layout", ["json", "sarif"])
def test_the_other_forms_name_the_witness_too(layout: str, tmp_path: Path) -> None:
    rules = edited(("[cpge_1, [20, 35], 10]", "[cpge_1, [21, 35], 10]"))
    run = reglo("valider", rules, "--temoins", tmp_path / "t", "--format", layout)
    (file,) = (tmp_path / "t").iterdir()
    found = json.loads(run.out)
    if layout == "json":
        assert [one["fichier"] for one in found[0]["lieux"]] == [file.as_posix()]
    else:
        (related,) = found["runs"][0]["results"][0]["relatedLocations"]
        assert related["physicalLocation"]["artifactLocation"]["uri"].endswith(file.name)


def test_other_errors_are_to_be_corrected_first(tmp_path: Path) -> None:
    rules = edited(("[cpge_1, [20, 35], 10]", "[cpge_1, [21, 35], dix]"))
    run = reglo("valider", rules, "--temoins", tmp_path / "temoins")
    assert run.code == 1
    assert "Témoins : rien n'est cherché, d'autres erreurs sont à corriger avant.\n" in run.err


def test_a_sound_corpus_needs_no_witness(tmp_path: Path) -> None:
    run = reglo("valider", "--temoins", tmp_path / "temoins")
    assert (run.code, run.err) == (0, "Témoins : 0 constat montré, 0 sans dossier\n")


def test_a_folder_that_cannot_be_written_is_a_wrong_use(tmp_path: Path) -> None:
    rules = edited(("[cpge_1, [20, 35], 10]", "[cpge_1, [21, 35], 10]"))
    (tmp_path / "fichier").write_text("", encoding="utf-8")
    run = reglo("valider", rules, "--temoins", tmp_path / "fichier" / "t")
    assert run.code == 1
    assert "fichier" in run.err


def test_a_row_taken_out_of_any_table_is_nearly_always_shown() -> None:
    """The first row of the last version of each table: the search is generic, and says when not."""
    law, _ = load_law()
    assert law is not None
    sought: list[SoughtWitness] = []
    for name, table in law.corpus.tables.items():
        *before, last = table.versions
        cut = replace(table, versions=(*before, replace(last, rows=last.rows[1:])))
        tables = {**law.corpus.tables, name: cut}
        sought += witnesses(Law(replace(law.corpus, tables=tables)))
    shown = [one for one in sought if one.witness is not None]
    assert len(sought) >= 10
    assert len(shown) >= len(sought) - 2
    assert all(one.tried <= BUDGET for one in sought)
