"""``reglo impact``: who changes, by how much, why; the announced effect; what is written."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb
import pytest
from openpyxl import load_workbook

from tests.ligne_de_commande.commande import Run, copied_rules, reglo

# Three teachers: a full one with two missions at 1 250 and one at 625, one at half time with a
# mission at 1 250, one with neither mission nor pupils (a documentalist).
AGENTS = """\
dossier;date;corps;grade;fonction;quotite
A;2024-10-01;certifie;classe_normale;enseignant;1
B;2024-10-01;certifie;hors_classe;enseignant;0,5
C;2024-10-01;certifie;classe_normale;documentaliste;1
"""
SERVICES = "dossier;heures;niveau\nA;18;seconde_gt\nB;9;seconde_gt\nC;30;cdi\n"
MISSIONS = "dossier;code;taux\nA;9082;1250\nA;9082;1250\nA;9082;625\nB;9082;1250\n"
SCHOOLS = "dossier;uai;type\nA;0130001A;lgt\nB;0130001A;lgt\nC;0130002B;college\n"


@pytest.fixture
def people(tmp_path: Path) -> Path:
    return population(tmp_path / "population")


def population(folder: Path) -> Path:
    folder.mkdir()
    tables = {"agents": AGENTS, "services": SERVICES, "missions": MISSIONS,
              "etablissements": SCHOOLS}  # fmt: skip
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def after(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The rate of 1 250 becomes 1 300, the fixed part of the ISOE 2 550 becomes 2 600."""
    rules = copied_rules(tmp_path_factory.mktemp("apres"))
    edit(rules / "textes/decret-2015-475.yaml", "    valeur_egale: taux\n", "")
    edit(rules / "textes/decret-2015-475.yaml", "- [1250, 1250]", "- [1250, 1300]")
    edit(rules / "textes/decret-93-55.yaml", "valeur: 2550", "valeur: 2600")
    return rules


@pytest.fixture(name="effect", scope="module")
def _effect(tmp_path_factory: pytest.TempPathFactory, after: Path) -> Effect:
    """The effect of these edits on these teachers, measured once."""
    folder = tmp_path_factory.mktemp("effet")
    people = population(folder / "population")
    run, told = measured(people, "--apres", after, "-o", folder / "sortie")
    assert run.code == 0, run.err
    return Effect(people, folder / "sortie", told)


@dataclass(frozen=True, slots=True)
class Effect:
    people: Path
    out: Path
    told: Any


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), encoding="utf-8")


def measured(*words: str | Path) -> tuple[Run, Any]:
    run = reglo("impact", *words, "--format", "json")
    return run, json.loads(run.out)


def test_the_effect_is_that_of_a_hand_computation(effect: Effect) -> None:
    told = effect.told
    # A: two missions, + 100, and + 50 of ISOE. B: one mission whose rate is not shared out, + 50,
    # and half of the ISOE, + 25. C: no ISOE, which is for those who teach.
    assert told["effet"] == "225.00"
    assert {one["nom"]: one["part"] for one in told["causes"]} == {
        "taux_annuels_imp[1250]": "150.00", "montant_isoe_fixe": "75.00",
    }  # fmt: skip
    counts = told["dossiers"]
    assert (counts["lus"], counts["changent"], counts["gagnent"], counts["perdent"]) == (3, 2, 2, 0)
    assert {one["nom"]: (one["avant"], one["apres"]) for one in told["montants"]} == {
        "isoe_fixe": ("3825.00", "3900.00"),  # 2 550 × 1,5 and 2 600 × 1,5
        "imp": ("4375.00", "4525.00"),  # 3 × 1 250 + 625, and 3 × 1 300 + 625
    }
    corps = {one["valeur"]: (one["changent"], one["effet"]) for one in told["par"]["agent.grade"]}
    assert corps == {"classe_normale": (1, "150.00"), "hors_classe": (1, "75.00")}
    schools = {one["valeur"]: one["effet"] for one in told["par"]["etablissements.uai"]}
    assert schools == {"0130001A": "225.00", "0130002B": "0.00"}


def test_each_record_told_says_which_article_parts_the_two_laws(people: Path, after: Path) -> None:
    run = reglo("impact", people, "--apres", after, "--complet")
    assert "Plus grand gain : A (certifie, classe_normale, 0130001A), + 150,00 €" in run.out
    assert "autre valeur dans la table : taux_annuels_imp (taux = 1 250)" in run.out.replace(
        "\N{NARROW NO-BREAK SPACE}", " "
    )
    assert re.search(r"B : 2\s600,00 €", run.out)


def test_the_exact_shares_add_up_to_the_effect(effect: Effect) -> None:
    # A third of a cent would be left by shares rounded one by one.
    told = effect.told
    exact = sum((Fraction(one["exacte"]) for one in told["causes"]), Fraction(0))
    shown = sum((Fraction(one["part"]) for one in told["causes"]), Fraction(0))
    assert exact == shown == Fraction(told["effet"])


def test_what_changed_in_a_record_is_told_apart_from_the_law(
    people: Path, after: Path, tmp_path: Path
) -> None:
    fixed = tmp_path / "corrigee"
    fixed.mkdir()
    for file in people.iterdir():
        (fixed / file.name).write_bytes(file.read_bytes())
    edit(fixed / "missions.csv", "B;9082;1250", "B;9082;625")
    out = tmp_path / "sortie"
    run, told = measured(fixed, "--population-avant", people, "--apres", after, "-o", out)
    assert run.code == 0, run.err
    # B alone was corrected. Law then record: + 50, - 675; record then law: - 625, 0. On average the
    # rate gives 25 and the correction - 650; the rate also gives the 100 of A.
    parts = {one["nom"]: one["part"] for one in told["causes"]}
    assert parts == {
        "dossiers": "-650.00", "taux_annuels_imp[1250]": "125.00", "montant_isoe_fixe": "75.00",
    }  # fmt: skip
    assert told["effet"] == "-450.00"
    assert told["dossiers_modifies"] == [{"dossier": "B", "part": "-650.00", "exacte": "-650"}]
    with duckdb.connect() as link:
        rows = link.execute(
            "SELECT dossier, imp_avant, imp_apres, ecart, du_dossier "
            f"FROM '{(out / 'dossiers.parquet').as_posix()}'"
        ).fetchall()
    # A: 1 250 × 2 + 625, then 1 300 × 2 + 625, and 50 of ISOE. B: 1 250, then 625, and 25.
    assert [(row[0], *map(str, row[1:])) for row in rows] == [
        ("A", "3125.00", "3225.00", "150.00", "None"),
        ("B", "1250.00", "625.00", "-600.00", "-650"),
    ]


def test_a_record_of_one_population_alone_comes_or_goes_whole(people: Path, tmp_path: Path) -> None:
    fewer = tmp_path / "moins"
    fewer.mkdir()
    for file in people.iterdir():
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if not line.startswith("B;")]
        (fewer / file.name).write_text("".join(kept), encoding="utf-8")
    run, told = measured(fewer, "--population-avant", people, "--avant", "regles", "--apres",
                         "regles")  # fmt: skip
    assert run.code == 0, run.err
    (cause,) = told["causes"]
    # B: 2 550 × 0,5 of ISOE, 1 250 of IMP, and what the decree gives every teacher of its grade.
    assert cause["nom"] == "dossiers"
    assert Fraction(cause["montants"]["isoe_fixe"]) == -1275
    assert Fraction(cause["montants"]["imp"]) == -1250
    assert told["exemples"][0]["explication"] is None


def test_an_announced_effect_passes_and_another_fails_at_its_line(
    people: Path, after: Path, tmp_path: Path
) -> None:
    file = tmp_path / "impact.yaml"
    file.write_text(
        "impact:\n  total: 225\n  changent: 2\n  perdent: 0\n"
        "  montants: {imp: 150, isoe_fixe: {entre: [70, 80]}}\n"
        "  causes:\n    montant_isoe_fixe: 75\n    'taux_annuels_imp[1250]': 150.00\n",
        encoding="utf-8",
    )
    assert reglo("impact", people, "--apres", after, "--attendu", file).code == 0
    edit(file, "total: 225", "total: 225.01")
    edit(file, "    montant_isoe_fixe: 75\n", "")
    edit(file, "imp: 150,", "imp: 150, issr: 0,")
    run = reglo("impact", people, "--apres", after, "--attendu", file)
    assert run.code == 1
    places = re.findall(r"impact.yaml:(\d+):\d+: erreur (E\d+)", run.err)
    assert sorted(places) == [("2", "E587"), ("5", "E588"), ("7", "E587")]
    assert "total, 225,01 annoncé, 225 mesuré" in run.err


def test_an_announcement_of_a_wrong_shape_is_refused_before_anything_is_measured(
    people: Path, after: Path, tmp_path: Path
) -> None:
    file = tmp_path / "impact.yaml"
    file.write_text("impact:\n  totl: 225\n", encoding="utf-8")
    run = reglo("impact", people, "--apres", after, "--attendu", file)
    assert (run.code, run.out) == (1, "")
    assert run.codes == ["E103"]
    assert "« total »" in run.err


def test_the_page_holds_everything_and_the_workbook_its_numbers(
    effect: Effect, after: Path
) -> None:
    out = effect.out
    assert sorted(one.name for one in out.iterdir()) == [
        "dossiers.parquet", "impact.html", "impact.json", "impact.xlsx",
    ]  # fmt: skip
    page = (out / "impact.html").read_text(encoding="utf-8")
    assert "<meter" in page
    assert "style=" not in page
    assert "Les cinq taux annuels de l&#x27;IMP" in page
    assert "<script" not in page
    assert not re.search(r"(src|href)=[\"']?(?!#)", page.replace("xlink:href", ""))
    book = load_workbook(out / "impact.xlsx")
    causes = [[cell.value for cell in row] for row in book["Causes"].iter_rows(min_row=2)]
    assert [(row[5], row[0]) for row in causes] == [
        (150, "taux_annuels_imp[1250]"), (75, "montant_isoe_fixe"),
    ]  # fmt: skip
    assert book["Dossiers"]["B2"].value == "A"
    again = reglo("impact", effect.people, "--apres", after, "-o", out)
    assert (again.code, again.codes) == (1, ["E521"])


def test_without_apres_the_drafts_are_what_is_measured(
    people: Path, after: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # by their path, the files that were read before are known
    rules = Path(shutil.copytree(after, "regles"))
    added = reglo("--regles", rules, "nouvelle-version", "montant_isoe_fixe", "--depuis",
                  "2026-09-01", "--valeur", "2700", "--oui")  # fmt: skip
    assert added.code == 0, added.err
    run, told = json_of("--regles", rules, "impact", people, "--annee", "2026-2027")
    assert run.code == 0, run.err
    # From 2 600 to 2 700, in 2026-2027, for a full service and a half one.
    assert told["effet"] == "150.00"
    run, told = json_of("--regles", rules, "impact", people)
    assert told["effet"] == "0.00"  # the services are of 2024-2025, the draft is not


def json_of(*words: str | Path) -> tuple[Run, Any]:
    run = reglo(*words, "--format", "json")
    return run, json.loads(run.out)


@pytest.mark.usefixtures("shop")
def test_rules_that_do_not_say_what_is_measured_are_told(people: Path) -> None:
    run = reglo("--regles", "regles", "impact", people)
    assert (run.code, run.codes) == (1, ["E586"])


def test_populations_may_be_written_in_two_ways(people: Path, tmp_path: Path) -> None:
    # Other columns, another form of the same: nothing changed in any record.
    other = tmp_path / "autrement"
    other.mkdir()
    for file in people.iterdir():
        text = file.read_text(encoding="utf-8").replace(";", ",").replace("0,5", '"0,5"')
        (other / file.name).write_text(text, encoding="utf-8")
    agents = other / "agents.csv"
    agents.write_text(
        agents.read_text(encoding="utf-8").replace("quotite\n", "quotite,tzr\n")
        .replace(",1\n", ",100 %,faux\n").replace('"0,5"\n', "50 %,\n"), encoding="utf-8",
    )  # fmt: skip
    run, told = measured(other, "--population-avant", people, "--avant", "regles", "--apres",
                         "regles")  # fmt: skip
    assert (run.code, told["effet"]) == (0, "0.00"), run.err
    assert told["dossiers_modifies"] == []


def test_identifiers_must_be_written_alike_in_both_populations(
    people: Path, tmp_path: Path
) -> None:
    numbers = tmp_path / "nombres"
    numbers.mkdir()
    target = (numbers / "agents.parquet").as_posix()
    with duckdb.connect() as link:
        row = "1 AS dossier, DATE '2024-10-01' AS date, 'certifie' AS corps"
        link.execute(f"COPY (SELECT {row}) TO '{target}'")
    run = reglo("impact", people, "--population-avant", numbers)
    assert (run.code, run.codes) == (1, ["E589"])


def test_a_year_that_is_none_is_a_wrong_use(people: Path) -> None:
    run = reglo("impact", people, "--annee", "2026-2028")
    assert run.code == 2
    assert "n'est pas une année" in run.err
    early = reglo("impact", people, "--annee", "1990-1991")
    assert early.code == 2
    assert "2008-09-01" in early.err  # the rules begin that day


def test_a_refused_record_is_counted_and_says_where_to_look(people: Path, after: Path) -> None:
    edit(people / "agents.csv", "A;2024-10-01;certifie", "A;2024-10-01;certifié")
    run = reglo("impact", people, "--apres", after)
    assert run.code == 1
    assert "3 dossiers lus, 1 refusé (« reglo campagne » dit pourquoi)" in run.out
    assert "1 dossier change" in run.out
