"""``reglo rappel``: what is owed or was overpaid, by month and amount, how long it may be asked."""

from __future__ import annotations

import json
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.langage.bakery import CORPUS
from tests.langage.shop import edit, git
from tests.ligne_de_commande.commande import ROOT, Run, copied_rules, reglo, written

RULES = ROOT / "regles"
# 001, p. 2: two hours above the eighteen due, 1462.75 + 1218.96 = 2681.71 a year; 268171 cents are
# 9 x 29796 + 7: seven months at 297.97, October to April, then two at 297.96.
RIGHT = """\
dossier: D-1
date: 2024-10-01
agent: {corps: certifie, grade: classe_normale, echelon: 7}
services: [{heures: 20, niveau: seconde_gt}]
"""
WRONG = RIGHT.replace("heures: 20", "heures: 18")
HSA = "montant_hsa_annuel"


def recalled(folder: Path, right: str, paid: str | None = None, *options: str | Path) -> Run:
    """What the command says of records whose law did not change."""
    words: list[str | Path] = [written(folder, right, "juste.yaml")]
    if paid is not None:
        words += ["--paye", written(folder, paid, "paye.yaml")]
    return reglo("rappel", *words, "--avant", RULES, *options)


def told(run: Run) -> dict[str, Any]:
    found = json.loads(run.out)
    assert isinstance(found, dict)
    return found


def one(folder: Path, right: str, paid: str | None, *options: str | Path) -> dict[str, Any]:
    """The only record of the answer."""
    run = recalled(folder, right, paid, *options, "--format", "json")
    assert run.code == 0, run.err
    (found,) = told(run)["dossiers"]
    return dict(found)


def rows(found: dict[str, Any]) -> dict[tuple[str, str], tuple[str, str]]:
    """The difference and the fate of each amount of each month."""
    return {
        (row["mois"], row["regle"]): (row["difference"], row["sort"]) for row in found["montants"]
    }


# --- a corrected record


def test_two_forgotten_hours_are_owed_month_by_month(tmp_path: Path) -> None:
    found = one(tmp_path, RIGHT, WRONG, "--au", "2025-08-31")
    early = ["2024-10", "2024-11", "2024-12", *(f"2025-0{month}" for month in range(1, 5))]
    assert rows(found) == {
        **{(month, HSA): ("297.97", "exigible") for month in early},
        **{(month, HSA): ("297.96", "exigible") for month in ("2025-05", "2025-06")},
    }
    assert (found["net"], found["prescrit"], found["a_venir"]) == ("2681.71", "0.00", "0.00")
    assert found["complet"] is True


def test_the_months_to_come_are_left_out_and_told(tmp_path: Path) -> None:
    """To January: 4 x 297.97 = 1191.88; what the later months pay is not late."""
    found = one(tmp_path, RIGHT, WRONG, "--au", "2025-01-31")
    assert found["net"] == "1191.88"
    assert max(row["mois"] for row in found["montants"]) == "2025-01"
    schedule = json.loads(reglo("echeancier", tmp_path / "juste.yaml", "--format", "json").out)[0]
    late = [month for month in schedule["mois"] if month["mois"] > "2025-01"]
    assert Decimal(found["a_venir"]) == sum(Decimal(month["total"]) for month in late)
    run = recalled(tmp_path, RIGHT, WRONG, "--au", "2025-01-31")
    assert "après janvier 2025, à payer normalement : " in run.out


def test_both_explanations_are_given_with_their_place(tmp_path: Path) -> None:
    (cause,) = one(tmp_path, RIGHT, WRONG, "--au", "2025-08-31")["explications"]
    assert (cause["regle"], len(cause["mois"])) == (HSA, 9)
    assert cause["paye"]["valeur"] == "0,00 €"
    assert cause["du"]["valeur"].replace("\N{NARROW NO-BREAK SPACE}", " ") == "2 681,71 €"
    assert cause["paye"]["lieu"].startswith(f"{RULES.as_posix()}/textes/decret-50-1253.yaml:")
    (origin,) = cause["origines"]
    (why,) = origin["raisons"]
    assert (why["nature"], why["a"], why["b"]) == ("champ", "18,00 h", "20,00 h")
    text = recalled(tmp_path, RIGHT, WRONG, "--au", "2025-08-31").out
    assert "    payé : 18,00 h   décret n° 2014-940, art. 2, depuis le 2015-09-01" in text
    assert "    dû : 20,00 h   décret n° 2014-940, art. 2, depuis le 2015-09-01" in text
    whole = recalled(tmp_path, RIGHT, WRONG, "--au", "2025-08-31", "--complet").out
    assert "Explication de ce qui est payé\nMontant annuel des HSA = 0,00 €" in whole
    assert "Explication de ce qui est dû\nMontant annuel des HSA = 2\u202f681,71 €" in whole
    assert "ISOE" in whole
    assert "ISOE" not in text


def test_the_same_records_under_the_same_law_owe_nothing(tmp_path: Path) -> None:
    run = recalled(tmp_path, RIGHT, None, "--au", "2025-08-31")
    assert run.code == 0
    assert "rien à rappeler : 1 dossier, ce qui a été payé est ce qui est dû" in run.out
    assert "1 personne : 0 rappel, 0 trop-perçu" in run.out


# --- prescription, by hand


def test_what_is_owed_is_prescribed_four_years_after_its_year(tmp_path: Path) -> None:
    """October to December 2024, 3 x 297.97 = 893.91, until 2028-12-31; then 2025, 1787.80."""
    last = one(tmp_path, RIGHT, WRONG, "--au", "2028-12-31")
    assert (last["net"], last["prescrit"]) == ("2681.71", "0.00")
    first = one(tmp_path, RIGHT, WRONG, "--au", "2029-01-01")
    assert (first["net"], first["prescrit"]) == ("1787.80", "893.91")
    limit = first["montants"][0]["prescription"]
    assert (limit["le"], limit["annees"], limit["sens"]) == ("2029-01-01", 4, "rappel")
    assert limit["source"] == "loi-68-1250, art. 1er et 2"
    assert one(tmp_path, RIGHT, WRONG, "--au", "2030-01-01")["net"] == "0.00"
    text = recalled(tmp_path, RIGHT, WRONG, "--au", "2029-01-01").out
    assert "prescrit depuis le 2029-01-01" in text
    assert "prescrit, donc hors du net : + 893,91 €" in text
    law = "loi n° 68-1250 (source officielle), art. 1er et 2"
    assert f"prescription quadriennale (4 ans) : {law}" in text


def test_what_was_overpaid_is_prescribed_two_years_after_its_month(tmp_path: Path) -> None:
    """Paid in October 2024: from November 1st, two years, to 2026-10-31."""
    last = one(tmp_path, WRONG, RIGHT, "--au", "2026-10-31")
    assert (last["net"], last["prescrit"]) == ("-2681.71", "0.00")
    first = one(tmp_path, WRONG, RIGHT, "--au", "2026-11-01")
    assert (first["net"], first["prescrit"]) == ("-2383.74", "-297.97")
    assert first["montants"][0]["prescription"]["le"] == "2026-11-01"
    assert "trop-perçu : 2\u202f383,74 €" in recalled(
        tmp_path, WRONG, RIGHT, "--au", "2026-11-01"
    ).out  # fmt: skip


def test_a_claim_in_time_keeps_what_is_owed(tmp_path: Path) -> None:
    asked = ("--au", "2030-06-01", "--reclame-le")
    assert one(tmp_path, RIGHT, WRONG, *asked, "2028-12-31")["net"] == "2681.71"
    # 2029-01-01 is too late for 2024; for 2025 it makes four years run from 2030-01-01.
    assert one(tmp_path, RIGHT, WRONG, *asked, "2029-01-01")["net"] == "1787.80"


def test_a_claim_is_not_made_after_the_day(tmp_path: Path) -> None:
    run = recalled(tmp_path, RIGHT, WRONG, "--au", "2025-01-31", "--reclame-le", "2025-02-01")
    assert (run.code, run.out) == (2, "")  # E579
    assert "la réclamation du 2025-02-01 est postérieure au jour du calcul" in run.err


# --- netting

CHANGED = WRONG + "professeur_principal: [{niveau: troisieme}]\n"


def test_amounts_are_netted_within_a_month_and_over_months(tmp_path: Path) -> None:
    """ISOE modulable paid for nothing, 1497.84 / 12 = 124.82 from September; two HSA are owed.

    October: 297.97 - 124.82 = 173.15. The year: 2681.71 - 1497.84 = 1183.87.
    """
    found = one(tmp_path, RIGHT, CHANGED, "--au", "2025-08-31")
    assert found["net"] == "1183.87"
    text = recalled(tmp_path, RIGHT, CHANGED, "--au", "2025-08-31").out
    (line,) = [row for row in text.splitlines() if row.split()[:2] == ["octobre", "2024"]
               and "+ 173,15" in row]  # fmt: skip
    assert "- 124,82" in line
    assert "rappel dû : 1\u202f183,87 €" in text


def test_what_is_prescribed_makes_up_for_nothing(tmp_path: Path) -> None:
    """On 2027-01-15 what was overpaid to December is out of reach: 4 x 124.82 = 499.28.

    What is left: 2681.71 - 8 x 124.82 = 1683.15.
    """
    found = one(tmp_path, RIGHT, CHANGED, "--au", "2027-01-15")
    assert (found["net"], found["prescrit"]) == ("1683.15", "-499.28")


def test_several_years_of_one_person_are_netted_in_the_totals(tmp_path: Path) -> None:
    """2 681,71 € owed for 2024-2025; the ISOE of a head teacher overpaid the year before."""
    for name, right, paid in (("a", RIGHT, WRONG), ("b", WRONG, CHANGED)):
        day = "2024-10-01" if name == "a" else "2023-10-01"
        for side, text in (("juste", right), ("paye", paid)):
            (tmp_path / side).mkdir(exist_ok=True)
            written(tmp_path / side, text.replace("2024-10-01", day), f"{name}.yaml")
    run = reglo("rappel", tmp_path / "juste", "--paye", tmp_path / "paye", "--avant", RULES,
                "--au", "2025-08-31", "--format", "json")  # fmt: skip
    assert run.code == 0, run.err
    nets = {found["date"]: found["net"] for found in told(run)["dossiers"]}
    assert set(nets) == {"2023-10-01", "2024-10-01"}
    totals = told(run)["totaux"]
    assert totals["personnes"] == 1
    assert Decimal(totals["net"]) == sum(Decimal(net) for net in nets.values())
    assert Decimal(nets["2023-10-01"]) < 0 < Decimal(totals["net"])


# --- one side only, amounts without a month, what cannot be computed


def test_a_record_never_paid_is_owed_whole_and_one_not_due_is_overpaid(tmp_path: Path) -> None:
    other = WRONG.replace("D-1", "D-2")
    run = recalled(tmp_path, RIGHT, other, "--au", "2025-08-31", "--format", "json")
    first, second = told(run)["dossiers"]
    assert (first["dossier"], first["cotes"]) == ("D-1", ["du"])
    assert (second["dossier"], second["cotes"]) == ("D-2", ["paye"])
    (year,) = json.loads(reglo("echeancier", tmp_path / "juste.yaml", "--format", "json").out)
    assert first["net"] == year["total"]
    assert Decimal(second["net"]) < 0
    assert all(cause["paye"] is None for cause in first["explications"])
    text = recalled(tmp_path, RIGHT, other, "--au", "2025-08-31").out
    assert "aucun dossier payé : tout est dû" in text
    assert "aucun dossier dû : tout ce qui a été payé l'a été à tort" in text


def test_an_amount_of_no_known_month_waits_for_the_end_of_its_year(tmp_path: Path) -> None:
    """Ten hours at 29.54 € (001, p. 1): 295.40 €, whose month no record says."""
    right = WRONG + "heures_ecole_ouverte: 10\n"
    ended = one(tmp_path, right, WRONG, "--au", "2025-08-31")
    assert (ended["net"], ended["indetermine"]) == ("295.40", "0.00")
    (row,) = ended["montants"]
    assert (row["mois"], row["regle"], row["sort"]) == (None, "ecole_ouverte", "exigible")
    under_way = one(tmp_path, right, WRONG, "--au", "2025-07-31")
    assert (under_way["net"], under_way["indetermine"]) == ("0.00", "295.40")
    # prescribed or not according to the year it was earned in: 2024 or 2025
    doubtful = one(tmp_path, right, WRONG, "--au", "2029-06-01")
    assert (doubtful["net"], doubtful["indetermine"]) == ("0.00", "295.40")
    assert one(tmp_path, right, WRONG, "--au", "2030-01-01")["prescrit"] == "295.40"
    text = recalled(tmp_path, right, WRONG, "--au", "2025-07-31").out
    assert "sans mois" in text
    assert "à trancher : + 295,40 €" in text


def test_what_one_side_cannot_compute_is_named_and_is_not_zero(tmp_path: Path) -> None:
    lacking = RIGHT.replace("corps: certifie", "corps: adjoint_enseignement")
    found = one(tmp_path, RIGHT, lacking, "--au", "2025-08-31")
    assert found["complet"] is False
    assert HSA not in {row["regle"] for row in found["montants"]}
    (anomaly,) = [lack for lack in found["anomalies"] if lack["montant"] == HSA]
    assert (anomaly["cote"], anomaly["code"]) == ("paye", "E507")
    run = recalled(tmp_path, RIGHT, lacking, "--au", "2025-08-31")
    assert f"rappel incomplet, {HSA} n'est pas calculable (payé) : " in run.out
    assert "1 rappel incomplet" in run.out


def test_a_line_more_is_explained_by_the_amount_that_counts_it(tmp_path: Path) -> None:
    """HSE are paid line by line; what explains them is their total."""
    hse = "hse: [{date: 2024-11-12, heures: 2, motif: remplacement_court}]\n"
    found = one(tmp_path, WRONG + hse, WRONG, "--au", "2025-08-31")
    (row,) = found["montants"]
    assert (row["mois"], row["regle"], row["paye"]) == ("2024-12", "hse_de_la_ligne", "0.00")
    (cause,) = found["explications"]
    assert cause["expliquee_par"] == "montant_hse"
    assert [why["nature"] for origin in cause["origines"] for why in origin["raisons"]] == [
        "lignes"
    ]


# --- refused records


def test_a_refused_record_is_told_and_the_others_come_out(tmp_path: Path) -> None:
    right = RIGHT + "---\n" + RIGHT.replace("D-1", "D-2").replace("seconde_gt", "seconde")
    paid = WRONG + "---\n" + WRONG.replace("D-1", "D-2")
    run = recalled(tmp_path, right, paid, "--au", "2025-08-31", "--format", "json")
    assert run.code == 1
    assert [found["dossier"] for found in told(run)["dossiers"]] == ["D-1"]
    assert run.codes == ["E106", "E581"]
    assert "« D-2 » : le dossier dû manque, ou a été refusé" in run.err
    assert "1 dossier refusé : D-2" in run.err


def test_a_record_refused_on_both_sides_is_told_once(tmp_path: Path) -> None:
    right = RIGHT + "---\n" + RIGHT.replace("D-1", "D-2").replace("seconde_gt", "seconde")
    run = recalled(tmp_path, right, None, "--au", "2025-08-31", "--format", "json")
    assert (run.code, run.codes) == (1, ["E106"])
    assert "1 dossier refusé : D-2\n" in run.err
    assert [found["dossier"] for found in told(run)["dossiers"]] == ["D-1"]


def test_two_records_of_one_year_are_not_told_apart(tmp_path: Path) -> None:
    other = written(tmp_path, RIGHT, "encore.yaml")
    run = recalled(tmp_path, RIGHT, WRONG, other, "--au", "2025-08-31")
    assert (run.code, run.codes) == (1, ["E583"])
    assert "0 rappel" in run.out


def test_an_unknown_record_is_a_wrong_use(tmp_path: Path) -> None:
    run = recalled(tmp_path, RIGHT, WRONG, "--dossier", "D-3")
    assert (run.code, run.out) == (2, "")
    assert "« D-1 »" in run.err
    assert recalled(tmp_path, RIGHT, WRONG, "--dossier", "D-1").code == 0


def test_the_standard_input_is_one_side(tmp_path: Path) -> None:
    paid = written(tmp_path, WRONG)
    words = ("--avant", RULES, "--au", "2025-08-31", "--format", "json")
    run = reglo("rappel", "-", "--paye", paid, *words, data=RIGHT)
    assert told(run)["dossiers"][0]["net"] == "2681.71"
    assert reglo("rappel", "-", "--paye", "-", *words, data=RIGHT).code == 2


# --- campaigns


def test_the_window_and_the_pay_month_of_the_recall_are_told(tmp_path: Path) -> None:
    """000, 2: validated on 2025-01-10, in the campaign of January, paid in February."""
    options = ("--au", "2025-01-10", "--validee-le", "2025-01-10")
    run = recalled(tmp_path, RIGHT, WRONG, *options, "--format", "json")
    assert told(run)["validation"] == {
        "jour": "2025-01-10",
        "campagne": "Campagne modificative de janvier",
        "paye": "2025-02",
        "rappels": "1191.88",
        "trop_percus": "0.00",
        "net": "1191.88",
    }
    months = told(run)["totaux"]["mois"]
    assert [(month["mois"], month["campagne"], month["rappels"]) for month in months] == [
        ("2024-10", "Campagne initiale", "297.97"),
        ("2024-11", "Campagne initiale", "297.97"),
        ("2024-12", "Campagne modificative de novembre", "297.97"),
        ("2025-01", "Campagne modificative de décembre", "297.97"),
    ]
    text = recalled(tmp_path, RIGHT, WRONG, *options).out
    assert "validation du 2025-01-10 : Campagne modificative de janvier, paye de février" in text


def test_a_day_that_no_calendar_pays_is_a_wrong_use(tmp_path: Path) -> None:  # E518
    run = recalled(tmp_path, RIGHT, WRONG, "--validee-le", "2030-01-01")
    assert (run.code, run.out) == (2, "")
    assert "2030-01-01" in run.err


# --- a retroactive text, in an invented corpus

PAYMENTS = """\
versements:
  repartition: {methode: plus_forts_restes, pas: 0.01, source: "j1, p. 5"}
  prescriptions:
    rappel:
      libelle: prescription du fournil
      versions: [{depuis: 2000-01-01, annees: 4, a_partir_de: annee_suivante, apres_reclamation: annee_suivante, source: "j1, p. 6"}]
    trop_percu:
      libelle: prescription du comptoir
      versions: [{depuis: 2000-01-01, annees: 2, a_partir_de: mois_suivant, apres_reclamation: jour_suivant, source: "j1, p. 6"}]
  plans:
    - {montant: remise, mois: [10, 11, 12, 1, 2, 3, 4, 5, 6], source: "j1, p. 5"}
"""  # noqa: E501 - one delay, one line
ORDER = """\
commande: C-1
livree_le: 2011-10-01
saison: 2011-2012
client: {categorie: cantine}
fournees: [{produit: pain, quantite: 100}]
"""


@pytest.fixture(name="fair")
def _fair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A bakery whose discount, a tenth of 110 €, becomes a fifth in March, since ever."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    fair = tmp_path / "foire"
    shutil.copytree(CORPUS, fair)
    shutil.rmtree(fair / "regles" / "publications")
    written(fair / "regles", PAYMENTS, "versements.yaml")
    written(fair, ORDER, "commande.yaml")
    git(fair, "init", "--quiet")
    git(fair, "add", ".")
    git(fair, "commit", "--quiet", "-m", "les règles", made="2011-08-01T12:00:00+0000")
    edit(fair)
    git(fair, "commit", "--quiet", "-a", "-m", "rétroactif", made="2012-03-15T12:00:00+0000")
    monkeypatch.chdir(fair)
    return fair


def fair_recall(*options: str, au: str = "2012-08-31") -> Run:
    return reglo("--regles", "regles", "rappel", "commande.yaml", "--au", au, *options)


@pytest.mark.usefixtures("fair")
def test_a_retroactive_text_is_owed_for_the_months_paid_before_it_was_known() -> None:
    """11 € paid by ninths, 1.23 twice then 1.22; 22 € due, 2.45 four times then 2.44.

    October and November 1.22, December and January 1.23, February and March 1.22: 7.34 €.
    From April on, the months were paid under the law as it is known now.
    """
    run = fair_recall("--format", "json")
    assert run.code == 0, run.err
    (found,) = told(run)["dossiers"]
    differences = [(row["mois"], row["difference"]) for row in found["montants"]]
    assert differences == [
        ("2011-10", "1.22"), ("2011-11", "1.22"), ("2011-12", "1.23"),
        ("2012-01", "1.23"), ("2012-02", "1.22"), ("2012-03", "1.22"),
    ]  # fmt: skip
    assert found["net"] == "7.34"
    (cause,) = found["explications"]
    assert cause["payee_sous"].startswith("version ")
    assert "2011-08-01 12:00 UTC" in cause["payee_sous"]
    (origin,) = cause["origines"]
    assert origin["regle"] == "taux_remise"
    assert [why["nature"] for why in origin["raisons"]] == ["version"]
    assert (origin["a"]["valeur"], origin["b"]["valeur"]) == ("0,1", "0,2")
    laws = {law["mois"]: law["empreinte"] for law in told(run)["payes_sous"]}
    assert laws["2012-03"] == laws["2011-10"] != laws["2012-04"] == told(run)["empreinte"]


@pytest.mark.usefixtures("fair")
def test_one_law_for_every_month_is_a_day_a_revision_or_a_folder() -> None:
    """The whole year under the first law: 22 - 11 = 11 €."""
    nets = [
        told(fair_recall("--avant", named, "--format", "json"))["dossiers"][0]["net"]
        for named in ("2012-01-01", "HEAD~1", "HEAD", "regles")
    ]
    assert nets == ["11.00", "11.00", "0.00", "0.00"]
    assert fair_recall("--avant", "jamais").codes == ["E593"]
    assert fair_recall("--avant", "2012-13-01").codes == ["E593"]


def test_a_month_before_the_first_known_rules_asks_for_them(fair: Path) -> None:
    early = ORDER.replace("2011-10-01", "2010-10-01").replace("2011-2012", "2010-2011")
    written(fair, early, "commande.yaml")
    run = fair_recall()
    assert (run.code, run.out, run.codes) == (2, "", ["E578"])
    assert "le mois de septembre 2010 a été payé" in run.err
    assert "--avant" in run.err


def test_the_record_that_the_law_of_then_cannot_read_is_told(fair: Path) -> None:
    """A field added to the record since: the first law does not know it."""
    schema = fair / "schemas" / "dossier.v1.json"
    text = schema.read_text(encoding="utf-8")
    field = '"ruban": {"x-libelle": "ruban", "type": ["boolean", "null"]},\n    "saison": {'
    schema.write_text(text.replace('"saison": {', field, 1), encoding="utf-8")
    git(fair, "commit", "--quiet", "-a", "-m", "ruban", made="2012-05-02T12:00:00+0000")
    written(fair, ORDER + "ruban: true\n", "commande.yaml")
    run = fair_recall("--format", "json")
    assert (run.code, run.codes) == (1, ["E582"])
    assert told(run)["dossiers"] == []
    written(fair, ORDER, "alors.yaml")
    paid = fair_recall("--paye", "alors.yaml", "--avant", "2012-01-01", "--format", "json")
    assert told(paid)["dossiers"][0]["net"] == "11.00"


def test_rules_without_a_prescription_count_nothing(fair: Path) -> None:
    file = fair / "regles" / "versements.yaml"
    text = file.read_text(encoding="utf-8")
    assert text.count("versions: [{depuis: 2000-01-01, annees: 2") == 1
    file.write_text(
        text.replace("[{depuis: 2000-01-01, annees: 2", "[{depuis: 2013-01-01, annees: 2"),
        encoding="utf-8",
    )
    run = fair_recall()
    assert (run.code, run.out, run.codes) == (1, "", ["E580"])
    assert "au 2012-08-31, après combien de temps un trop-perçu est prescrit" in run.err


def test_rules_in_no_repository_ask_for_those_of_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    path = written(tmp_path, RIGHT)
    run = reglo("--regles", copied_rules(tmp_path), "rappel", path, "--au", "2025-08-31")
    assert (run.code, run.codes) == (2, ["E578"])
