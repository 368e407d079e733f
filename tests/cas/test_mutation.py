"""A mistake is seen by the case that it makes fail, by a published table, or by loading."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from engine.cas.case import Case
from engine.cas.coverage import agreeing, day_of, denies, evaluation
from engine.cas.mutants import mutants
from engine.cas.mutation import Patched, Trial, trial
from engine.cas.replay import cases_under
from engine.evaluation.law import Law, checker, load_law, schemas_of
from engine.langage.pipeline import DayCheck, day_check
from tests.cas.bakery_cases import case, cases
from tests.evaluation.kitchen import added, law, rule, used
from tests.langage.bakery import FOLDER, sound_files
from tests.ligne_de_commande.commande import ROOT

THRESHOLD = rule("essai", "valeur: pieces > 10", unit="booleen")


def survivors(
    folder: Path, rules: str, name: str, kind: str, *written: str
) -> list[tuple[str, str]]:
    """The mistakes of one declaration that the cases, the tables and loading do not see."""
    more = used("essai") if rules else ""
    found = law(rules, more)
    tried = trial(found, cases(folder, found, *written), bakery_check(rules, more))
    return [
        (one.before, one.after)
        for one in mutants(found)
        if one.owner.endswith(f".{name}") and one.kind == kind and tried.survives(one)
    ]


def bakery_check(rules: str = "", more: str = "") -> DayCheck:
    texts = {path: text.decode() for path, text in sound_files().items()} | added(rules, more)
    files = [(f"regles/{path}", text) for path, text in texts.items()]
    return day_check(files, schemas_of(FOLDER)[0])


def thresholds(folder: Path, *written: str) -> list[tuple[str, str]]:
    return survivors(folder, THRESHOLD, "essai", "seuil", *written)


def test_a_threshold_is_protected_by_the_cases_on_both_its_sides(tmp_path: Path) -> None:
    assert thresholds(tmp_path, case(10, "essai: faux"), case(11, "essai: vrai")) == []


def test_a_case_far_from_a_threshold_does_not_see_it_move(tmp_path: Path) -> None:
    far = [(">", "≥"), ("10", "9"), ("10", "11")]
    assert thresholds(tmp_path, case(100, "essai: vrai")) == far
    assert thresholds(tmp_path, case(10, "essai: faux")) == [("10", "11")]


def test_a_case_that_fails_already_protects_nothing(tmp_path: Path) -> None:
    assert len(thresholds(tmp_path, case(10, "essai: vrai"), case(11, "essai: faux"))) == 3


def test_a_case_that_looks_at_other_results_protects_nothing(tmp_path: Path) -> None:
    assert len(thresholds(tmp_path, case(10, "pieces: 10"), case(11, "pieces: 11"))) == 3


def test_a_published_table_protects_the_rates_it_prints(tmp_path: Path) -> None:
    """« remises-2012 » prints the discount of associations, not that of anything bought since."""
    assert survivors(tmp_path, "", "remise", "plafond") == [("plancher", "supprimé")]
    # 5.005 euros go up when the half goes up, and in any case when all goes up.
    roundings = survivors(tmp_path, "", "remise", "arrondi")
    assert roundings == [("sens: proche", "sens: superieur")]


def test_the_priority_of_an_exception_is_protected_by_loading(tmp_path: Path) -> None:
    assert survivors(tmp_path, "", "taux_remise", "exception") == []


def test_a_law_that_would_miss_a_day_is_protected_by_loading(tmp_path: Path) -> None:
    """``total`` needs ``livraison`` every day, and the table of 2015 is not there the day before.

    Only a version of 2015 that begins a day late loads: the one before then lasts a day more.
    """
    dates = survivors(tmp_path, "", "livraison", "date")
    assert dates == [("2015-01-01", "2015-01-02")]


def test_a_condition_that_only_passes_absence_on_changes_nothing(tmp_path: Path) -> None:
    """Absence passes by itself: a condition that says no more is told as what nothing protects."""
    needed = rule(
        "essai", "applicable_si: présent(bon_reduction), valeur: bon_reduction", unit="euros"
    )
    free = rule("essai", "applicable_si: pieces > 0, valeur: 3", unit="euros")
    assert survivors(tmp_path, needed, "essai", "condition") == [("applicable_si", "supprimé")]
    assert survivors(tmp_path, free, "essai", "condition") == [("applicable_si", "supprimé")]


def test_a_bound_that_would_leave_a_gap_is_protected_by_loading(tmp_path: Path) -> None:
    """Batches are whole numbers: 9 and 10 follow one another, each named by one row."""
    tables = (
        "tables: {paliers: {libelle: Paliers, unite: euros, article: '1', cles: {n: pieces}, "
        "versions: [{depuis: 2000-01-01, lignes: [['[0, 9]', 1], ['[10, ->[', 2]]}]}}\n"
    )
    rules = rule("essai", "table: paliers, avec: {n: pieces}", unit="euros") + tables
    bounds = survivors(tmp_path, rules, "paliers", "borne")
    assert bounds == [("0", "-1")]  # there are no fewer pieces than none


def test_a_date_is_protected_by_a_case_on_its_day(tmp_path: Path) -> None:
    """Since 2015 the delivery depends on the distance: 7.50 euros from 5 to 20 km."""
    before = case(1, "livraison: 0", day="2014-12-31", name="Avant")
    after = case(1, "livraison: 7.50", day="2015-01-01", name="Après")
    near = "      distance: 10\n"
    both = [one.replace("    attendu", near + "    attendu") for one in (before, after)]
    assert survivors(tmp_path, "", "livraison", "date", *both) == []


def test_an_article_is_protected_by_the_grounds_of_a_case(tmp_path: Path) -> None:
    told = "    fondements: {pieces: [arrete-pain art. 2]}\n"
    for more, expected in (("", [("2", "02")]), (told, [])):
        written = case(3, "pieces: 3", more=more)
        assert survivors(tmp_path, "", "pieces", "article", written) == expected


# --- against full replays

EVERYTHING = (
    case(10, "pieces: 10, total: 11.00", more="    articles: {total: [arrete-pain art. 2]}\n"),
    case(
        13,
        "pieces: 13",
        name="Fondements",
        more="    fondements: {pieces: [arrete-pain art. 2],"
        " prix_unitaire: [arrete-pain art. 1]}\n    anomalies: []\n",
    ),
    case(
        501,
        "panier: carton",
        day="2014-12-31",
        name="Une fournée démesurée",
        more=('    anomalies: [A002]\n    messages: {A002: "1re fournée"}\n'),
    ),
    case(501, "panier: carton", day="2019-12-31", name="La même", more="    anomalies: [A002]\n"),
    case(0, "pieces: 0", name="Rien", more="    anomalies: [A001]\n    sans_objet: [cadeau]\n"),
)


def agree(
    found: Law, written: Sequence[Case], check: Callable[[], DayCheck], only: str
) -> Counter[bool]:
    """How many mistakes nothing sees, and how many are seen; each as full replays say."""
    tried, sources = trial(found, written, check()), list(agreeing(found, written, traced=False))
    assert len(sources) >= len(written)
    unseen: Counter[bool] = Counter()
    for mutant in mutants(found):
        if not mutant.owner.startswith(only):
            continue
        survives = Trial(found, (), check()).survives(mutant)  # as loading says
        patched = Patched(found, mutant)
        for source, _ in sources if survives else ():
            whole = evaluation(patched.corpus, patched.epoch(day_of(source)), source)
            try:
                survives = survives and not denies(source, whole)
            except (TypeError, AssertionError, KeyError):
                survives = False
        assert tried.survives(mutant) == survives, mutant
        unseen[survives] += 1
    return unseen


def test_the_verdicts_are_those_of_full_replays(tmp_path: Path) -> None:
    """Of cases that look at values, articles, grounds, anomalies and words."""
    found = law()
    written = cases(tmp_path, found, *EVERYTHING)
    unseen = agree(found, written, bakery_check, "")
    assert unseen[True] > len(EVERYTHING)
    assert unseen[False] > len(EVERYTHING)


@pytest.mark.parametrize(
    ("file", "owner"),
    [
        ("fautes-decret-50-582", "decret-50-582."),
        ("fautes-annexe-3-rappels", "annexe-3-rappels."),
        ("versements", "stsweb-prive-2024-2025"),
    ],
)
def test_the_verdicts_on_a_text_of_the_law_are_those_of_full_replays(file: str, owner: str) -> None:
    found, _ = load_law()
    assert found is not None
    written, _ = cases_under([ROOT / "cas_tests" / f"{file}.yaml"], found.corpus)
    check = checker(None)
    unseen = agree(found, written, lambda: check, owner)
    assert unseen.total() >= 4
    assert unseen[False] > 0
