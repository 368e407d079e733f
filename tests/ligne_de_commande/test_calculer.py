"""``reglo calculer``: the JSON of the contract, its order, its options, its exit codes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.droit.teachers import law
from tests.ligne_de_commande.commande import (
    CPGE,
    EXAMPLES,
    GOOD,
    MIXED,
    Run,
    copied_rules,
    reglo,
    renamed,
    written,
)

JSON = ("--format", "json")
HASH = re.compile(r"sha256:[0-9a-f]{64}")


def answer(run: Run) -> dict[str, Any]:
    (only,) = run.records
    return dict(only)


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    return written(tmp_path, MIXED, "mixte.yaml")


# --- the object of the contract


def test_the_example_of_the_contract_gives_its_figures(mixed: Path) -> None:
    run = reglo("calculer", mixed, *JSON)
    assert run.code == 0
    (found,) = run.records
    expected = {
        "heures_enseignement": "21.00",
        "ors": "18.00",
        "ponderation": "3.21",
        "service_total": "24.21",
        "hsa": "6.21",
        "sous_service": "0.00",
        "hsa_imposables": "2.00",
        "taux_hsa": "1218.96",
        "taux_premiere_hsa": "1462.75",
        "montant_hsa_annuel": "7813.53",
    }
    assert {name: found["resultats"][name] for name in expected} == expected


def test_the_object_has_the_keys_of_the_contract(mixed: Path) -> None:
    found = answer(reglo("calculer", mixed, *JSON))
    keys = ["dossier", "date", "empreinte", "resultats", "sans_objet", "anomalies", "lectures"]
    assert [key for key in found if key != "a_verifier"] == keys
    assert (found["dossier"], found["date"]) == ("MIXTE", "2024-10-01")


def test_every_number_is_a_text_with_its_declared_decimals(mixed: Path) -> None:
    (found,) = reglo("calculer", mixed, *JSON).records
    assert len(found["resultats"]) >= 15
    for name, value in found["resultats"].items():
        assert isinstance(value, str), name
        assert re.fullmatch(r"\d+\.\d{2}", value), (name, value)


def test_what_does_not_apply_is_named_and_has_no_value(mixed: Path) -> None:
    (found,) = reglo("calculer", mixed, *JSON).records
    assert "taux_interrogation" in found["sans_objet"]
    assert not {*found["sans_objet"]} & {*found["resultats"]}


def test_a_control_that_fires_has_its_code_its_gravity_its_rule_and_its_source(
    mixed: Path,
) -> None:
    (found,) = reglo("calculer", mixed, *JSON).records
    (anomaly,) = found["anomalies"]
    assert list(anomaly) == ["code", "gravite", "message", "regle", "source"]
    assert (anomaly["code"], anomaly["gravite"]) == ("A102", "alerte")
    assert "6,21" in anomaly["message"]
    assert all(anomaly.values())


def test_missing_hours_are_a_blocking_anomaly_and_not_a_refusal(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD.replace("heures: 18", "heures: 16"))
    run = reglo("calculer", path, *JSON)
    (found,) = run.records
    assert run.code == 0
    assert found["resultats"]["sous_service"] == "2.00"
    assert [(one["code"], one["gravite"]) for one in found["anomalies"]] == [("A101", "bloquant")]


def test_a_missing_input_is_named_and_is_never_zero(tmp_path: Path) -> None:
    path = written(tmp_path, CPGE.replace("effectif: 15, effectif_division: 40", "division: MP"))
    (found,) = reglo("calculer", path, *JSON).records
    assert "ors" not in {**found["resultats"], **dict.fromkeys(found["sans_objet"])}
    (anomaly,) = (one for one in found["anomalies"] if one["code"] == "E506")
    assert "effectif" in anomaly["message"]
    assert "ors" in anomaly["message"]


def test_a_missing_source_is_named_and_is_never_zero(tmp_path: Path) -> None:
    path = written(tmp_path, MIXED.replace("echelon: 11}", "echelon: 11, statut: contractuel}"))
    (found,) = reglo("calculer", path, *JSON).records
    assert found["resultats"]["hsa"] == "6.21"
    assert "montant_hsa_annuel" not in found["resultats"]
    (anomaly,) = (one for one in found["anomalies"] if one["code"] == "E507")
    assert "contractuels" in anomaly["message"]


def test_the_contested_readings_relied_on_are_named(tmp_path: Path) -> None:
    assert answer(reglo("calculer", written(tmp_path, GOOD), *JSON))["lectures"] == []
    named = answer(reglo("calculer", written(tmp_path, CPGE), *JSON))["lectures"]
    assert named == ["cpge-effectif-du-groupe"]


def test_the_hash_is_that_of_the_corpus_applied(mixed: Path, tmp_path: Path) -> None:
    first, again = (answer(reglo("calculer", mixed, *JSON))["empreinte"] for _ in range(2))
    assert first == again
    assert HASH.fullmatch(str(first))
    assert str(first) in reglo("valider").out
    rules = copied_rules(tmp_path)
    copy = answer(reglo("--regles", rules, "calculer", mixed, *JSON))["empreinte"]
    assert copy == first
    units = rules / "unites.yaml"
    units.write_text(units.read_text(encoding="utf-8") + "# touché\n", encoding="utf-8")
    assert answer(reglo("--regles", rules, "calculer", mixed, *JSON))["empreinte"] != first


# --- what goes in


def test_records_come_out_in_the_order_they_went_in(tmp_path: Path) -> None:
    names = ["D-3", "D-1", "D-2"]
    several = "---\n".join(renamed(GOOD, name) for name in names)
    first = written(tmp_path, several, "b.yaml")
    second = written(tmp_path, renamed(GOOD, "D-0"), "a.yaml")
    assert reglo("calculer", first, second, *JSON).idents == [*names, "D-0"]
    assert reglo("calculer", tmp_path, *JSON).idents == ["D-0", *names]


def test_a_folder_gives_every_file_it_holds_in_depth(tmp_path: Path) -> None:
    (tmp_path / "b" / "c").mkdir(parents=True)
    written(tmp_path, renamed(GOOD, "D-1"), "a.yml")
    written(tmp_path / "b" / "c", renamed(GOOD, "D-2"), "d.yaml")
    written(tmp_path, "rien à lire ici", "notes.txt")
    assert reglo("calculer", tmp_path, *JSON).idents == ["D-1", "D-2"]


@pytest.mark.parametrize("name", ["d.json", "d.jsonl", "d.yaml", "d.yml", "D.JSON"])
def test_yaml_and_json_are_read_alike(tmp_path: Path, mixed: Path, name: str) -> None:
    record = {
        "dossier": "MIXTE",
        "date": "2024-10-01",
        "agent": {"corps": "certifie", "grade": "classe_normale", "echelon": 11},
        "services": [
            {"heures": "10", "niveau": "terminale_technologique"},
            {"heures": 8.0, "niveau": "sts_1"},
            {"heures": "3 h 00", "niveau": "sts_2"},
        ],
    }
    path = written(tmp_path, json.dumps(record), name)
    assert reglo("calculer", path, *JSON).records == reglo("calculer", mixed, *JSON).records


@pytest.mark.parametrize("data", [MIXED, MIXED.encode("utf-8-sig")])
def test_a_dash_is_standard_input(mixed: Path, data: str | bytes) -> None:
    piped = reglo("calculer", "-", *JSON, data=data)
    assert piped.code == 0
    assert piped.records == reglo("calculer", mixed, *JSON).records


def test_json_on_standard_input_is_recognised(mixed: Path) -> None:
    record = '{"dossier": "A", "date": "2024-10-01", "agent": {"corps": "agrege"}}'
    both = reglo("calculer", mixed, "-", *JSON, data=f"[{record}]")
    assert both.idents == ["MIXTE", "A"]


# --- options


def test_only_the_results_asked_for_come_out_in_the_order_asked(mixed: Path) -> None:
    (found,) = reglo("calculer", mixed, "--resultats", "hsa, ors", *JSON).records
    assert found["resultats"] == {"hsa": "6.21", "ors": "18.00"}
    assert list(found["resultats"]) == ["hsa", "ors"]
    assert found["sans_objet"] == []


@pytest.mark.parametrize("asked", ["", ",", " "])
def test_asking_for_no_result_is_a_wrong_use(mixed: Path, asked: str) -> None:
    for layout in ("texte", "json"):
        run = reglo("calculer", mixed, "--resultats", asked, "--format", layout)
        assert run.code == 2
        assert "aucun résultat n'est demandé" in run.err  # E515


def test_any_name_that_is_accepted_gives_a_value_whatever_its_decimals(mixed: Path) -> None:
    """A step may be asked for as well as a result: nothing rounds it, and it is told all the same.

    None stops half-way: it has a value, it does not apply, or what it lacks is told.
    """
    found = [rule.name for rule in law().corpus.rules if rule.scope is None]
    names = list(dict.fromkeys(found))
    assert {"taux_hsa_exact", "ponderation_brute"} <= {*names}
    told = answer(reglo("calculer", mixed, "--resultats", ",".join(names), *JSON))
    lacking = re.findall(r"\w+", json.dumps(told["anomalies"]))
    assert {*names} <= {*told["resultats"], *told["sans_objet"], *lacking}
    for at in range(0, len(names), 8):  # a table as wide as people read
        run = reglo("calculer", mixed, "--resultats", ",".join(names[at : at + 8]))
        assert run.code == 0, names[at : at + 8]
        assert "MIXTE" in run.out


@pytest.mark.parametrize(("day", "due"), [("2019-08-31", "1.00"), ("2019-09-01", "2.00")])
def test_a_date_applies_the_law_of_that_day(mixed: Path, day: str, due: str) -> None:
    (found,) = reglo("calculer", mixed, "--date", day, *JSON).records
    assert found["date"] == day
    assert found["resultats"]["hsa_imposables"] == due


@pytest.mark.parametrize(
    ("asked", "due"), [((), "10.00"), (("tableau",), "10.00"), (("imprime",), "11.00")]
)
def test_another_reading_of_a_contested_point_can_be_asked_for(
    tmp_path: Path, asked: tuple[str, ...], due: str
) -> None:
    options = [f"--lecture=cpge-effectif-du-groupe={one}" for one in asked]
    (found,) = reglo("calculer", written(tmp_path, CPGE), *options, *JSON).records
    assert found["resultats"]["ors"] == due
    assert found["lectures"] == ["cpge-effectif-du-groupe"]


# --- the table that people read, and the exit codes


def test_the_table_is_in_french_and_has_its_units(mixed: Path) -> None:
    run = reglo("calculer", mixed)
    assert run.code == 0
    for shown in ("MIXTE", "2024-10-01", "ors (h)", "sous_service (h)", "3,21", "6,21", "7 813,53"):
        assert shown in run.out.replace("\u202f", " "), shown
    assert "A102" in run.out
    assert run.err == ""


def test_an_identifier_is_shown_as_it_is_written(tmp_path: Path) -> None:
    path = written(tmp_path, renamed(GOOD, '"[bold]A[/] [/x] 100 %"'))
    for command in ("calculer", "expliquer"):
        assert "[bold]A[/] [/x] 100 %" in reglo(command, path).out


def test_nothing_that_a_record_says_can_drive_the_terminal(tmp_path: Path) -> None:
    """An escape sequence in an identifier is shown, or left out, never sent."""
    good = written(tmp_path, renamed(GOOD, r'"A\x1b[31mB"'), "juste.yaml")
    bad = written(tmp_path, renamed(GOOD, r'"C\x1b[2JD"').replace("18", "-1"), "faux.yaml")
    for command in ("calculer", "expliquer"):
        run = reglo(command, good, bad)
        assert (run.code, "\x1b" in run.out + run.err) == (1, False)


def test_the_exit_code_is_0_only_when_every_record_was_computed(tmp_path: Path) -> None:
    good = written(tmp_path, GOOD, "juste.yaml")
    bad = written(tmp_path, renamed(GOOD, "FAUX").replace("certifie", "inconnu"), "faux.yaml")
    assert reglo("calculer", good).code == 0
    assert reglo("calculer", bad).code == 1
    both = reglo("calculer", bad, good, *JSON)
    assert (both.code, both.idents) == (1, ["JUSTE"])
    assert "FAUX" in both.err
    assert reglo("calculer").code == 2


def test_every_example_but_the_faulty_one_computes() -> None:
    paths = sorted(path for path in EXAMPLES.glob("*.yaml") if path.name != "erreurs.yaml")
    assert len(paths) >= 2
    run = reglo("calculer", *paths, *JSON)
    assert (run.code, run.err) == (0, "")
    assert len(run.records) >= 40


def test_two_readings_of_one_point_are_a_wrong_use(mixed: Path) -> None:  # E516
    point = "cpge-effectif-du-groupe"
    asked = ("--lecture", f"{point}=tableau", "--lecture", f"{point}=imprime")
    run = reglo("calculer", mixed, *asked)
    assert run.code == 2
    assert f"deux lectures demandées pour « {point} »" in run.err


def test_every_reading_that_may_be_asked_for_is_read_by_a_rule_and_no_note_is(
    tmp_path: Path,
) -> None:
    """0.7 HSA: without a whole hour, nothing is paid at the rate of the first one."""
    path = written(tmp_path, GOOD.replace("heures: 18", "heures: 18.7"))
    asked = "--lecture=premiere-hsa-fractionnaire=heure-entiere"
    runs = (reglo("calculer", path, *options, *JSON) for options in ((), (asked,)))
    amounts = [run.records[0]["resultats"]["montant_hsa_annuel"] for run in runs]
    assert amounts == ["1023.93", "853.27"]
    for note in ("arrondi-des-heures=exactes", "are-7512=c7512", "are-7512"):
        run = reglo("calculer", path, f"--lecture={note}")
        assert run.code == 2
        assert "est une note : elle dit un doute des sources et ne change aucun résultat" in run.err


def test_a_case_that_asks_for_a_note_is_refused(tmp_path: Path) -> None:
    case = (
        "cas:\n  - nom: Essai\n    source: {document: x, reperage: y}\n    nature: construite\n"
        "    calcul: rien\n    lectures: {are-7512: c7512}\n    attendu: {hsa: '0.00'}\n"
        "    dossier:\n" + "".join(f"      {line}\n" for line in GOOD.splitlines()[1:])
    )
    run = reglo("rejouer", written(tmp_path, case, "essai.yaml"))
    assert run.code == 1
    assert "E599" in run.err + run.out
