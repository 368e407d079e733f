"""The reference job: its rules, its SQL by hand and its plain computation find the same results."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from bench.records import documents
from bench.reference import job
from bench.reference.donnees import generate
from bench.reference.sql_a_la_main import QUERY
from engine.dossiers.read import read_records
from engine.evaluation.law import load_law
from engine.evaluation.results import compute
from engine.langage.records import Record
from tests.structure.depot import ROOT

COUNT = 400
RULES = ROOT / "bench/reference/regles"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reference")
    generate(COUNT, folder)
    return folder


def test_the_corpus_gives_the_results_of_the_job(data: Path) -> None:
    law, findings = load_law(RULES)
    assert law is not None, findings
    assert law.corpus.results == job.RESULTS
    nodes = documents(data, law.corpus.model)
    outcomes = read_records(nodes, law.corpus.model, first_day=law.corpus.first_day)
    teachers = job.read(data, COUNT)
    assert len(teachers) == len(outcomes) == COUNT
    for outcome, teacher in zip(outcomes, teachers, strict=True):
        assert isinstance(outcome, Record), outcome
        texts = compute(law, outcome).texts
        found = tuple(int(texts[name].replace(".", "")) for name in job.RESULTS)
        assert found == job.compute(teacher), teacher


def test_the_sql_by_hand_gives_the_results_of_the_job(data: Path) -> None:
    with duckdb.connect() as link:
        job.show(link, data)
        rows = link.execute(QUERY).fetchall()
    found = {int(row[0]): tuple(int(value * 100) for value in row[2:-1]) for row in rows}
    assert len(found) == COUNT
    assert job.differences(data, found, COUNT) == (True, "")


def test_a_wrong_result_is_told(data: Path) -> None:
    found = {one.dossier: job.compute(one) for one in job.read(data, 3)}
    found[1] = (*found[1][:-1], found[1][-1] + 1)
    exact, told = job.differences(data, found, 3)
    assert not exact
    assert told.startswith("1 dossiers faux sur 3, dont 1 : ")


def test_a_teacher_computed_on_paper() -> None:
    # Certifié, classe normale : 18 h dues, moins une heure pour deux communes. 12 h de terminale
    # (dix pondérées à 0,1) et 8 h de CPGE (à 0,5) devant 36 élèves : 18 h pondérables, plus que 17,
    # donc (1 + 4) x 17 / 18 = 4,7222 h. HSA : 20 + 4,72 - 17 = 7,72. La première à 1 462,75 €
    # (1 218,96 x 1,2 = 1 462,752), les autres à 1 218,96 € : 1 462,75 + 6,72 x 1 218,96 = 9 654,16.
    # Plus de 6 h devant plus de 35 élèves : 1 250 €. Coordination : 625 € admis, 312,50 € non.
    courses = [
        job.Line(Decimal(12), "terminale_gt", rep_plus=False, effectif=30, discipline="MATHS"),
        job.Line(Decimal(8), "cpge", rep_plus=False, effectif=36, discipline="MATHS"),
    ]
    paid = [
        job.Mission("coord_disc", Decimal(625)),
        job.Mission("coord_disc", Decimal("312.50")),
    ]
    one = job.Teacher(
        *(1, "certifie", "classe_normale", Decimal(1)),
        nb_communes=2,
        nb_etablissements=1,
        labo_sans_personnel=False,
        lignes=courses,
        missions=paid,
    )
    assert job.compute(one) == (1800, 1700, 472, 772, 965416, 125000, 62500, 1152916)
