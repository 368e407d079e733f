"""The measures are made, kept and told; how long anything takes is no matter for a test."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from bench import performances
from bench.reglo import campagne
from bench.suite import alone, campaign, reference
from bench.suite.asked import MILLION, Asked, quick
from bench.suite.data import Data
from bench.suite.page import page, screen, target_rows
from bench.suite.processes import FailedError, run
from bench.suite.report import Figures, Report, load, save
from bench.suite.targets import MET, MISSED, TARGETS, UNKNOWN, WRONG, Target
from bench.suite.words import THIN, rounded, table
from engine.evaluation.law import load_law

# The lines of the table of targets that réglo gave itself, each with the figures that answer it.
AIMED: Mapping[str, Sequence[tuple[str, str, float]]] = {
    "réglo, SQL à la main": [("reference", "rapport", 0.8)],
    "OpenFisca": [("pairs", "openfisca_rapport", 3)],
    "zen-engine, simpleeval, publicodes": [
        ("pairs", "zen_rapport", 100),
        ("pairs", "simpleeval_rapport", 500),
        ("pairs", "publicodes_rapport", 2200),
    ],
    "tous les résultats": [("campagne", "par_seconde", 300_000), ("campagne", "memoire_mo", 600)],
    "dix millions": [("dix_millions", "rapport_debit", 0.85), ("dix_millions", "memoire_mo", 1000)],
    "un dossier": [("dossier", "pret", 0.65), ("dossier", "reference_pret", 0.1)],
    "contrôles": [("controles", "rapport", 1.3)],
    "l'effet d'un changement": [("impact", "rapport", 2.5)],
    "compilation": [("compilation", "total", 600), ("compilation", "total_ensuite", 50)],
    "proportionnel": [
        ("croissance", "rapport_debit", 0.85),
        ("croissance", "rapport_memoire", 5),
    ],
    "démarrage": [("demarrage", "rapport", 4), ("demarrage", "ecole", 1000)],
}
SPEED = Target("Débit", "campagne", "par_seconde", 500_000, " /s", least=True, size=MILLION)
TIME = Target("Temps", "reference", "rapport", 1.05, " fois", size=MILLION)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Asked:
    data = Data(tmp_path_factory.mktemp("donnees"))
    return Asked(data, 60, (20, 40), 1, 20, 10, 20, dirty=2000, large=80)


def measured(**measures: Figures) -> Report:
    context = {"date": "2024-10-01", "machine": "2 cœurs", "Python": "3.11.7"}
    return Report(context, dict(measures))


# --- what was aimed at


@pytest.mark.parametrize("line", AIMED)
def test_each_line_of_the_table_of_targets_is_answered(line: str) -> None:
    there = {(one.measure, one.figure, one.limit) for one in TARGETS}
    assert {*AIMED[line]} <= there


def test_no_target_is_answered_that_was_not_aimed_at() -> None:
    aimed = [one for line in AIMED.values() for one in line]
    assert sorted((one.measure, one.figure, one.limit) for one in TARGETS) == sorted(aimed)
    assert {one.measure for one in TARGETS} <= performances.MEASURES.keys()


@pytest.mark.parametrize(
    ("target", "figure", "verdict"),
    [
        (SPEED, 500_000, MET),
        (SPEED, 499_999, MISSED),
        (TIME, 1.05, MET),
        (TIME, 1.051, MISSED),
    ],
)
def test_a_figure_meets_its_target_or_misses_it(
    target: Target, figure: float, verdict: str
) -> None:
    report = measured(**{target.measure: {"n": MILLION, target.figure: figure}})
    assert target.verdict(report) == verdict


def test_a_figure_of_another_size_says_nothing_of_the_target() -> None:
    report = measured(reference={"n": 4000, "rapport": 0.5})
    assert TIME.verdict(report).startswith(UNKNOWN)
    assert TIME.measured(report) == f"0,5 fois (pour 4{THIN}000)"
    assert TIME.verdict(Report()) == UNKNOWN
    assert TIME.measured(Report()) == "—"


def test_wrong_results_meet_no_target_however_fast() -> None:
    figures: Figures = {
        "n": MILLION,
        "par_seconde": 900_000,
        "exact": "2 valeurs fausses",
        "comptes": True,
    }
    report = measured(campagne=figures)
    assert SPEED.verdict(report) == WRONG
    assert report.wrong("campagne") == ("2 valeurs fausses",)


# --- what is told


def test_the_page_is_written_from_the_measures_alone() -> None:
    report = measured(
        reference={"n": MILLION, "rapport": 1.2, "reglo_par_seconde": 1_234_567},
        dossier={"n": 100, "pret": 0.613, "reference_pret": 0.09, "exact": True},
        croissance={"n": 20, "20_n": 20, "20_par_seconde": 1000, "20_comptes": True},
        sale={"n": 2003, "comptes": "les dossiers ne se balancent pas"},
    )
    told = page(report).replace(THIN, " ")
    assert "| au plus 0,8 fois | 1,2 fois | non atteint |" in told
    assert "| au plus 0,65 µs | 0,613 µs | atteint |" in told
    assert "| réglo, module | 1 000 000 | 1 234 567 | — | — | — |" in told
    assert "| 20 | — | 1 000 | — | oui | — |" in told
    assert "Comptes balancés : les dossiers ne se balancent pas." in told
    assert "Mesuré le 2024-10-01, sur une machine de 2 cœurs. Versions : Python 3.11.7." in told
    assert told.count("\n| ") > len(TARGETS)


def test_nothing_measured_is_told_so() -> None:
    told = page(Report())
    assert told.count(f"| — | {UNKNOWN} |") == len(TARGETS)
    assert screen(Report()).endswith(
        f"0 cibles atteintes, 0 non atteintes, {len(TARGETS)} non mesurées.\n"
    )
    assert [row[0] for row in target_rows(Report())] == [one.what for one in TARGETS]


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.0512, "1,051"), (0.5, "0,5"), (21.04, "21"), (21.06, "21,1"), (1427.3, "1 427"), (3, "3")],
)
def test_numbers_are_written_in_french(value: float, text: str) -> None:
    assert rounded(value).replace(THIN, " ") == text


def test_a_table_has_one_line_for_each_row() -> None:
    assert table(("a", "b"), [("c", "1")]) == "| a | b |\n| --- | --: |\n| c | 1 |\n"


def test_a_report_comes_back_from_its_file_as_it_was(tmp_path: Path) -> None:
    report = measured(sale={"n": 3, "comptes": True, "exact": "rien"})
    save(report, tmp_path / "a/mesures.json")
    assert load(tmp_path / "a/mesures.json") == report
    assert load(tmp_path / "absent.json") == Report()


# --- what is asked


def test_a_trial_is_not_written_over_the_page(tmp_path: Path) -> None:
    given = performances.run_asked(["--rapide", "--donnees", str(tmp_path)])
    assert given.asked == quick(Data(tmp_path))
    assert given.page.parent == given.kept.parent == tmp_path
    usual = performances.run_asked([])
    assert (usual.page, usual.kept) == (performances.PAGE, performances.KEPT)


def test_what_is_measured_can_be_chosen() -> None:
    usual = performances.run_asked([]).names
    assert {*usual} == performances.MEASURES.keys() - {"dix_millions"}
    assert {*performances.run_asked(["--dix-millions"]).names} == performances.MEASURES.keys()
    assert "pairs" not in performances.run_asked(["--sans-pairs"]).names
    assert performances.run_asked(["--seulement", "sale,pairs"]).names == ["sale", "pairs"]
    assert performances.run_asked(["--sans-mesurer"]).names == ()
    assert performances.run_asked(["--tailles", "20,10"]).asked.sizes == (10, 20)


def test_an_unknown_measure_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        performances.run_asked(["--seulement", "vitesse"])
    assert "mesure inconnue : vitesse" in capsys.readouterr().err


def test_a_measure_that_fails_keeps_no_other_from_being_made(
    tmp_path: Path, tiny: Asked, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(_: Asked) -> Figures:
        message = "le moteur est absent"
        raise FailedError(message)

    kept = tmp_path / "mesures.json"
    given = performances.Run(tiny, ("a", "b"), kept, tmp_path / "page.md", as_json=False)
    report = measured(a={"n": 1}, c={"n": 3})
    failed = performances.measure(given, report, {"a": fails, "b": lambda _: {"n": 2}})
    assert failed == ["a"]
    assert "le moteur est absent" in capsys.readouterr().err
    assert load(kept) == report
    assert {name: figures["n"] for name, figures in report.measures.items()} == {
        "a": 1, "b": 2, "c": 3,
    }  # fmt: skip
    assert report.context.keys() > {"date", "machine", "Python", "DuckDB", "OpenFisca"}


# --- processes and tables


def test_a_process_tells_what_it_printed_and_what_it_held() -> None:
    ran = run([sys.executable, "-c", "import json; print('x'); print(json.dumps({'n': 2}))"])
    assert ran.told == {"n": 2}
    assert ran.seconds > 0
    assert 1 < ran.peak < 1000


def test_what_starts_the_processes_holds_no_library_that_is_measured() -> None:
    heavy = "{'duckdb', 'wasmtime', 'engine', 'numpy'}"
    ran = run(
        [sys.executable, "-c", f"import sys, bench.performances; print({heavy} & {{*sys.modules}})"]
    )
    assert ran.printed == "set()\n"


def test_a_command_that_fails_says_its_last_words() -> None:
    with pytest.raises(FailedError, match="code 3\ntrop tard"):
        run([sys.executable, "-c", "print('trop tard'); raise SystemExit(3)"])


def test_tables_are_made_once(tiny: Asked) -> None:
    folder = tiny.data.of("population", 20)
    stamp = (folder / "agents.parquet").stat().st_mtime_ns
    assert tiny.data.of("population", 20) == folder
    assert (folder / "agents.parquet").stat().st_mtime_ns == stamp
    stale = folder.with_name("population-20-vieux")
    folder.rename(stale)
    assert tiny.data.of("population", 20) == folder
    assert not stale.exists()


# --- the measures themselves, on almost nothing


def test_the_module_and_the_sql_by_hand_write_the_same_table(tiny: Asked) -> None:
    found = reference.reference(tiny)
    assert found["n"] == 60
    assert found["exact"] is found["reglo_exact"] is found["a_la_main_exact"] is True
    assert {"rapport", "reglo_par_seconde", "a_la_main_memoire_mo"} <= {*found}


def test_the_growth_tells_each_size(tiny: Asked) -> None:
    found = campaign.growth(tiny)
    assert [found[f"{size}_n"] for size in (20, 40)] == [20, 40]
    assert found["40_exact"] is found["40_comptes"] is True
    assert (found["n"], found["base"], found["rapport_taille"]) == (40, 20, 2)


def test_checks_are_measured_on_the_same_tables(tiny: Asked) -> None:
    found = campaign.checks(tiny)
    assert found["n"] == 60
    assert float(found["anomalies"]) > 0
    assert {"secondes_avec", "secondes_sans", "rapport"} <= {*found}


def test_a_campaign_without_its_checks_computes_the_same_records(tiny: Asked) -> None:
    law, _ = load_law()
    assert law is not None
    tables = tiny.data.of("population", 60)
    whole, told = campagne.campaign(law, tables, checked=True)
    bare, nothing = campagne.campaign(law, tables, checked=False)
    assert (bare.computed, bare.refused, nothing) == (whole.computed, 0, {})
    assert told


def test_no_record_of_a_faulty_population_is_lost(tiny: Asked) -> None:
    found = campaign.dirty(tiny)
    assert found["comptes"] is found["exact"] is True
    assert float(found["n"]) > 2000
    assert float(found["refuses"]) >= float(found["dossiers_fautifs"])


def test_the_function_for_one_record_is_checked_while_it_is_measured(tiny: Asked) -> None:
    found = alone.record(tiny)
    assert found["exact"] is True
    assert {"pret", "prepare", "interprete", "reference_pret"} <= {*found}


def test_counts_that_do_not_balance_are_told() -> None:
    lines = {"lues": 3, "calculees": 1, "refusees": 1, "sans_dossier": 1}
    sound = campaign.Manifest({"lus": 2, "calcules": 1, "refuses": 1}, {"services": lines}, 1)
    assert not campaign.unbalanced(sound, 2)
    assert campaign.unbalanced(sound, 3) == "2 dossiers lus sur 3"
    lost = campaign.Manifest({"lus": 2, "calcules": 1, "refuses": 0}, {}, 0)
    assert "les dossiers ne se balancent pas" in campaign.unbalanced(lost, 2)
    short = campaign.Manifest(sound.records, {"services": {**lines, "lues": 4}}, 1)
    assert "les lignes de services ne se balancent pas" in campaign.unbalanced(short, 2)


def test_the_kept_measures_are_those_of_the_page() -> None:
    kept = json.loads(performances.KEPT.read_text(encoding="utf-8"))
    assert kept["measures"].keys() <= performances.MEASURES.keys()
    assert performances.PAGE.read_text(encoding="utf-8") == page(load(performances.KEPT))
