"""``reglo --connu-le``: the rules as their repository knew them, the law of a day as of another."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from engine.evaluation.law import corpus_folder, read_folder
from engine.histoire.history import known_on
from tests.langage.bakery import CORPUS
from tests.langage.shop import AFTER, BEFORE, git
from tests.ligne_de_commande.commande import Run, reglo


def discount(run: Run) -> str:
    (record,) = run.records
    return str(record["resultats"]["remise"])


def computed(*words: str) -> Run:
    return reglo(
        "--regles", "regles", *words, "calculer", "commande.yaml",
        "--resultats", "remise", "--format", "json",
    )  # fmt: skip


def test_the_law_of_a_day_is_that_which_was_known_another_day(shop: Path) -> None:
    assert discount(computed()) == f"{AFTER}.00"
    assert discount(computed("--connu-le", "2024-01-10")) == f"{BEFORE}.00"
    assert discount(computed("--connu-le", "2024-05-31")) == f"{BEFORE}.00"
    assert shop.exists()


def test_the_day_is_that_of_utc_its_end_included(shop: Path) -> None:
    """The second commit was made on June 1st at 22:30 in New York: June 2nd, 02:30 in UTC."""
    assert discount(computed("--connu-le", "2024-06-01")) == f"{BEFORE}.00"
    late = computed("--connu-le", "2024-06-02")
    assert discount(late) == f"{AFTER}.00"
    assert "du 2024-06-02 02:30 (UTC)" in late.err
    assert shop.exists()


def test_what_is_not_committed_was_known_no_day(shop: Path) -> None:
    committed = discount(computed("--connu-le", "2030-01-01"))
    file = shop / "regles" / "textes" / "arrete-pain.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("alors: 0.2,", "alors: 0.3,"),
                    encoding="utf-8")  # fmt: skip
    assert discount(computed()) == "33.00"
    assert discount(computed("--connu-le", "2030-01-01")) == committed == f"{AFTER}.00"


def test_the_rules_of_a_day_have_the_digest_that_they_had(shop: Path) -> None:
    _, now, _ = read_folder(corpus_folder(Path("regles")))
    assert computed("--connu-le", "2030-01-01").records[0]["empreinte"] == now
    assert computed("--connu-le", "2024-01-10").records[0]["empreinte"] != now
    assert shop.exists()


def test_every_command_takes_the_rules_of_a_day(shop: Path) -> None:
    run = reglo("--regles", "regles", "--connu-le", "2024-01-10", "valider", "--sans-plausibilite")
    assert run.code == 0, run.err
    told = reglo(
        "--regles", "regles", "--connu-le", "2024-01-10", "expliquer", "commande.yaml",
        "--resultat", "remise",
    )  # fmt: skip
    assert told.code == 0
    assert "0,1" in told.out
    assert shop.exists()


def test_both_dates_are_asked_together(shop: Path) -> None:
    """In 2012 the discount of a canteen; in 2005 too, the order being moved by ``--au``."""
    run = reglo(
        "--regles", "regles", "--connu-le", "2024-01-10", "calculer", "commande.yaml",
        "--au", "2005-01-01", "--resultats", "remise", "--format", "json",
    )  # fmt: skip
    assert run.records[0]["date"] == "2005-01-01"
    assert discount(run) == f"{BEFORE}.00"
    assert shop.exists()


# --- what cannot be known


def test_nothing_was_known_before_the_first_commit(shop: Path) -> None:
    run = computed("--connu-le", "2023-12-31")
    assert (run.code, run.out, run.codes) == (2, "", ["E552"])
    assert shop.exists()


def test_rules_outside_any_repository_have_no_history(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(CORPUS, tmp_path / "seul")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    found, (finding,) = known_on(tmp_path / "seul" / "regles", _day("2024-01-10"), tmp_path / "x")
    assert (found, finding.code) == (None, "E551")
    assert "not a git repository" in finding.message


def test_a_machine_without_git_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(CORPUS, tmp_path / "seul")
    monkeypatch.setenv("PATH", str(tmp_path))
    found, (finding,) = known_on(tmp_path / "seul" / "regles", _day("2024-01-10"), tmp_path / "x")
    assert (found, finding.code) == (None, "E551")
    assert "git n'est pas installé" in finding.message


def test_a_version_without_its_schema_is_told(tmp_path: Path) -> None:
    shop = tmp_path / "boutique"
    shutil.copytree(CORPUS / "regles", shop / "regles")
    git(shop, "init", "--quiet")
    git(shop, "add", ".")
    git(shop, "commit", "--quiet", "-m", "sans schéma")
    shutil.copytree(CORPUS / "schemas", shop / "schemas")
    found, (finding,) = known_on(shop / "regles", _day("2024-01-10"), tmp_path / "connus")
    assert (found, finding.code) == (None, "E553")
    assert not (tmp_path / "connus").exists()


def test_a_wrong_date_is_a_wrong_use(shop: Path) -> None:
    assert computed("--connu-le", "hier").code == 2
    assert shop.exists()


def _day(text: str) -> date:
    return date.fromisoformat(text)


# --- what is kept of past rules is not believed


@pytest.fixture(name="past")
def _past(shop: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where past rules are kept: a cache that holds nothing else."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(shop.parent / "cache"))
    return shop.parent / "cache" / "reglo" / "connus"


def test_rules_kept_in_the_cache_that_were_changed_are_written_again(past: Path) -> None:
    assert discount(computed("--connu-le", "2024-01-10")) == f"{BEFORE}.00"
    (kept,) = past.iterdir()
    file = kept / "regles" / "textes" / "arrete-pain.yaml"
    text = file.read_text(encoding="utf-8")
    assert text.count("alors: 0.1,") == 1
    file.write_text(text.replace("alors: 0.1,", "alors: 0.9,"), encoding="utf-8")
    assert discount(computed("--connu-le", "2024-01-10")) == f"{BEFORE}.00"
    assert file.read_text(encoding="utf-8") == text


def test_a_file_added_to_the_rules_kept_in_the_cache_does_not_stay(past: Path) -> None:
    assert discount(computed("--connu-le", "2024-01-10")) == f"{BEFORE}.00"
    (kept,) = past.iterdir()
    (kept / "regles" / "autre.yaml").write_text("faux: oui\n", encoding="utf-8")
    assert discount(computed("--connu-le", "2024-01-10")) == f"{BEFORE}.00"
    assert not (kept / "regles" / "autre.yaml").exists()
    assert [one.name for one in kept.parent.iterdir()] == [kept.name]


def test_the_folder_of_past_rules_is_that_of_its_owner_alone(past: Path) -> None:
    assert discount(computed("--connu-le", "2024-01-10")) == f"{BEFORE}.00"
    assert past.stat().st_mode & 0o077 == 0
