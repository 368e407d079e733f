"""``reglo couvrir`` and ``reglo muter``, as people and machines use them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from engine.cas.case import PROTECTION
from engine.cas.coverage import covered, observe
from engine.cas.mutants import mutants
from engine.cas.mutation import read_protection
from engine.cas.replay import cases_under
from engine.evaluation.law import load_law
from engine.source.catalogue import say
from engine.source.messages.hints import suggestion
from tests.cas.bakery_cases import case
from tests.langage.bakery import CORPUS
from tests.ligne_de_commande.commande import ROOT, Run, reglo

FLOOR = "protection:\n  points_sans_cas: {floor}\n"


@pytest.fixture(name="shop")
def _shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout of the bakery, with one case, which is where the command runs."""
    shutil.copytree(CORPUS, tmp_path / "boutique")
    shop = tmp_path / "boutique"
    (shop / "cas_tests").mkdir()
    (shop / "cas_tests" / "cas.yaml").write_text(
        "cas:\n" + case(3, "pieces: 3", more="    anomalies: []\n"), encoding="utf-8"
    )
    monkeypatch.chdir(shop)
    return shop


def run_on_rules(*words: str | Path) -> Run:
    return reglo("--regles", "regles", *words)


def floor(shop: Path, count: int, more: str = "") -> None:
    text = FLOOR.format(floor=count) + more
    (shop / "cas_tests" / PROTECTION).write_text(text, encoding="utf-8")


def missed(run: Run) -> int:
    found = re.search(r"Couverture : (\d+) points de la loi sur (\d+)", run.out)
    assert found is not None, run.out
    return int(found[2]) - int(found[1])


def test_the_coverage_names_each_point_that_no_case_goes_through(shop: Path) -> None:
    run = run_on_rules("couvrir")
    assert (run.code, run.out.count("cas rejoué")) == (0, 1)
    assert set(run.codes) == {"W631"}
    assert len(run.codes) == missed(run) > 10
    told = re.search(
        r"^(\S+):(\d+):\d+: avertissement W631: aucun cas : la version s'applique "
        r"\(arrete-pain\.douzaines, version du 2000-01-01\)$",
        run.err,
        re.MULTILINE,
    )
    assert told is not None, run.err
    lines = (shop / told[1]).read_text(encoding="utf-8").splitlines()
    assert "Douzaines entières" in "".join(lines[int(told[2]) - 5 : int(told[2])])


def test_the_floor_is_held(shop: Path) -> None:
    count = missed(run_on_rules("couvrir"))
    floor(shop, count)
    assert run_on_rules("couvrir").code == 0
    floor(shop, count - 1)
    lower = run_on_rules("couvrir")
    assert (lower.code, lower.codes[-1]) == (1, "E592")
    assert f"cas_tests/{PROTECTION}:2:20: erreur E592" in lower.err
    floor(shop, count + 1)
    higher = run_on_rules("couvrir")
    assert (higher.code, higher.codes[-1]) == (0, "W632")
    assert f"écrivez {count} :" in higher.err


def test_the_coverage_is_told_to_machines(shop: Path) -> None:
    run = run_on_rules("couvrir", "--format", "json")
    found = json.loads(run.out)
    assert found["couverts"] < found["points"] == len(found["detail"])
    one = next(one for one in found["detail"] if one["regle"] == "arrete-pain.pieces")
    assert one["cas"] == ["cas_tests/cas.yaml:2"]
    assert shop.exists()


def test_the_page_colours_each_cell_by_its_cases(shop: Path) -> None:
    more = case(3, "montant_brut: 3.30", name="Autre")
    with (shop / "cas_tests" / "cas.yaml").open("a", encoding="utf-8") as stream:
        stream.write(more)
    assert run_on_rules("couvrir", "--page", shop / "page.html").code == 0
    page = (shop / "page.html").read_text(encoding="utf-8")
    cells = re.findall(r'<td class="n (c\d)" title="([^"]*)">(1,1|1,45|0,3)</td>', page)
    assert cells == [
        ("c1", "cas_tests/cas.yaml:11", "1,1"),
        ("c0", "aucun cas", "1,45"),
        ("c0", "aucun cas", "0,3"),
    ]
    assert "<script" not in page
    assert "http" not in page


def test_the_mistakes_that_nothing_sees_are_told_at_their_line(shop: Path) -> None:
    run = run_on_rules("muter", "--texte", "plafond_remise")
    assert run.code == 1
    assert set(run.codes) == {"E590"}
    told = (
        "regles/parametres/plafond_remise.yaml:8:38: erreur E590: ce taux peut être faux sans "
        "qu'aucun cas ne le voie : plafond_remise, version du 2000-01-01 : « 30.5 » → « 30.6 »"
    )
    assert told in run.err.splitlines()
    assert re.search(r"\d+ fautes essayées \(date \d, taux 2\) : \d vues?, \d que rien", run.out)
    assert shop.exists()


def admitted(faute: str) -> str:
    return (
        "  fautes_admises:\n"
        '    - {nature: taux, regle: plafond_remise, depuis: 2000-01-01, ecrit: "30.5", '
        f'faute: "{faute}", raison: aucune remise de 2000 n\'est connue}}\n'
    )


def test_a_mistake_is_admitted_for_a_reason(shop: Path) -> None:
    alone = run_on_rules("muter", "--texte", "plafond_remise")
    floor(shop, 100, admitted("30.6"))
    run = run_on_rules("muter", "--texte", "plafond_remise")
    assert alone.codes.count("E590") == run.codes.count("E590") + 1
    assert "« 30.6 »" not in run.err
    assert ", 1 admise," in run.out


def test_what_is_admitted_for_nothing_is_told(shop: Path) -> None:
    floor(shop, 100, admitted("99"))
    run = run_on_rules("muter")
    assert run.codes.count("E591") == 1
    assert f"cas_tests/{PROTECTION}:4:7: erreur E591: plafond_remise : « 30.5 » → « 99 »" in run.err


def test_the_floor_of_the_mistakes_is_held(shop: Path) -> None:
    count = run_on_rules("muter").codes.count("E590")
    unseen = "  fautes_non_vues: {}\n"
    floor(shop, 100, unseen.format(count))
    assert run_on_rules("muter").code == 0
    floor(shop, 100, unseen.format(count - 1))
    lower = run_on_rules("muter")
    assert (lower.code, lower.codes[-1]) == (1, "E592")
    assert f"cas_tests/{PROTECTION}:3:20: erreur E592: {count} fautes que rien ne voit" in lower.err
    floor(shop, 100, unseen.format(count + 1))
    higher = run_on_rules("muter")
    assert (higher.code, higher.codes[-1]) == (0, "W632")


def test_a_faulty_protection_file_is_told_at_its_line(shop: Path) -> None:
    floor(shop, 3, "  fautes_admise: []\n")
    run = run_on_rules("couvrir")
    assert (run.code, run.codes) == (1, ["E103"])
    assert f"cas_tests/{PROTECTION}:3:3:" in run.err


def git(folder: Path, *words: str) -> None:
    who = ["-c", "user.name=Essai", "-c", "user.email=essai@example.org"]
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)  # noqa: S607


def test_only_what_changed_is_tried(shop: Path) -> None:
    git(shop, "init", "--quiet")
    git(shop, "add", ".")
    git(shop, "commit", "--quiet", "-m", "avant")
    unchanged = run_on_rules("muter", "--depuis", "HEAD")
    assert (unchanged.code, unchanged.out.splitlines()[-1][:18]) == (0, "0 faute essayée : ")
    file = shop / "regles" / "parametres" / "seuil_foire.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("200,", "210,"), encoding="utf-8")
    run = run_on_rules("muter", "--depuis", "HEAD", "--format", "json")
    found = json.loads(run.out)
    assert found["essayees"] >= 1
    assert {one["regle"] for one in found["survivantes"]} <= {"seuil_foire"}


@pytest.mark.parametrize("revision", ["jamais", "--output=vol", "HEAD~99"])
def test_a_revision_that_git_does_not_know_is_told(shop: Path, revision: str) -> None:
    git(shop, "init", "--quiet")
    git(shop, "add", ".")
    git(shop, "commit", "--quiet", "-m", "avant")
    run = run_on_rules("muter", f"--depuis={revision}")
    assert (run.code, run.codes) == (2, ["E593"])
    assert revision in run.err
    assert not (shop / "vol").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("rejouer", "--page", "p.html"), "reglo couvrir"),
        (("rejouer", "--depuis", "HEAD"), "reglo muter"),
        (("rejouer", "--texte", "arrete-pain"), "reglo muter"),
        (("muter", "--texte", "arrete-pin"), "arrete-pain"),
        (("rejouer", "--couverture", "--mutations", "--format", "json"), "reglo couvrir"),
        (("rejouer", "--couverture", "--proprietes"), "ne parle pas des cas"),
    ],
)
def test_options_that_mean_nothing_together_are_told(
    shop: Path, words: tuple[str, ...], told: str
) -> None:
    run = run_on_rules(*words)
    assert (run.code, shop.exists()) == (2, True)
    assert told in run.err


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (("rejouer", "--couverture"), ("couvrir",)),
        (("rejouer", "--mutations", "--texte", "seuil_foire"), ("muter", "--texte", "seuil_foire")),
    ],
)
def test_the_spellings_of_before_say_the_same_and_the_new_ones(
    shop: Path, before: tuple[str, ...], now: tuple[str, ...]
) -> None:
    old, new = run_on_rules(*before), run_on_rules(*now)
    assert (old.code, old.out) == (new.code, new.out)
    assert old.err == f"« reglo {' '.join(before[:2])} » se dit « reglo {now[0]} ».\n{new.err}"
    assert shop.exists()


def test_a_text_that_the_corpus_does_not_have_is_told_with_the_nearest() -> None:
    found = say(
        "E594",
        "--texte",
        nom="arrete-pin",
        proches=suggestion("arrete-pin", ["arrete-pain", "plafond_remise"], "noms connus"),
    )
    assert (found.code, found.message) == (
        "E594",
        "ni texte ni paramètre de ce nom : « arrete-pin »",
    )
    assert "« arrete-pain »" in found.hints[0]


# --- the law itself


def test_the_coverage_of_the_law_is_exactly_its_floor() -> None:
    """The floor may only rise: what is protected once stays so."""
    law, _ = load_law()
    assert law is not None
    cases, _ = cases_under([ROOT / "cas_tests"], law.corpus)
    coverage = covered(law.corpus, observe(law, cases))
    asked, findings = read_protection(ROOT / "cas_tests" / PROTECTION)
    assert findings == ()
    assert asked is not None
    assert len(coverage.points) > 2000
    assert len(coverage.missed) == asked.missed
    written = (ROOT / "docs" / "preuve.md").read_text(encoding="utf-8")
    page = re.sub(r"(?<=\d) (?=\d{3})", "", written)
    assert f"{coverage.count} sur {len(coverage.points)}" in page
    assert f"Les {asked.missed} points sans cas" in page
    assert f"| cas rejoués | {len(cases)}," in page
    assert f"{len(asked.admitted)} ne peuvent l'être par aucun dossier" in page
    assert sum(1 for _ in mutants(law)) == int(re.findall(r"une à une (\d+) fautes", page)[0])
