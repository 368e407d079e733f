"""The law of a run: where it is found, what its hash depends on, and its cache."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import platformdirs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.evaluation.law import Folder, corpus_folder, data_folder, load_law, read_folder
from engine.source.diagnostics import Diagnostic
from tests.langage.bakery import CORPUS, FOLDER


@pytest.fixture(name="copy")
def _copy(tmp_path: Path) -> Path:
    """A copy of the sound corpus; its rules are in ``regles``."""
    shutil.copytree(CORPUS, tmp_path / "corpus")
    return tmp_path / "corpus"


@pytest.fixture(name="cache")
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of its own, empty."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return platformdirs.user_cache_path("reglo")


def digest(rules: Path) -> str:
    _, found, findings = read_folder(corpus_folder(rules))
    assert findings == ()
    return found


def refused(rules: Path) -> tuple[Diagnostic, ...]:
    law, findings = load_law(rules)
    assert law is None
    return findings


def kept(cache: Path) -> list[Path]:
    return sorted(cache.glob("*.corpus"))


# --- the hash


def test_the_hash_does_not_depend_on_the_name_of_the_folder(copy: Path) -> None:
    moved = copy.rename(copy.with_name("autre-nom"))
    assert digest(moved / "regles") == digest(CORPUS / "regles")


def test_the_hash_does_not_depend_on_line_ends(copy: Path) -> None:
    for path in (copy / "regles").rglob("*.yaml"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert b"\r\n" in (copy / "regles" / "unites.yaml").read_bytes()
    assert digest(copy / "regles") == digest(CORPUS / "regles")


def test_the_hash_does_not_depend_on_the_order_files_were_written_in(tmp_path: Path) -> None:
    paths = sorted(path for path in CORPUS.rglob("*") if path.is_file())
    assert len(paths) >= 12
    for name, written in (("un", paths), ("deux", paths[::-1])):
        for path in written:
            target = tmp_path / name / path.relative_to(CORPUS)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    assert digest(tmp_path / "un" / "regles") == digest(tmp_path / "deux" / "regles")


@given(st.data())
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_hash_depends_on_every_byte_of_every_rule(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("copie") / "corpus"
    shutil.copytree(CORPUS, folder)
    path = data.draw(st.sampled_from(sorted((folder / "regles").rglob("*.yaml"))))
    content = bytearray(path.read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] = data.draw(st.integers(14, 255).filter(lambda byte: byte != content[at]))
    path.write_bytes(bytes(content))
    assert digest(folder / "regles") != digest(CORPUS / "regles")


def test_the_hash_depends_on_the_names_of_the_files_and_on_the_schema_of_records(
    copy: Path,
) -> None:
    sound = digest(copy / "regles")
    (copy / "regles" / "unites.yaml").rename(copy / "regles" / "mesures.yaml")
    renamed = digest(copy / "regles")
    schema = copy / "schemas" / "dossier.v1.json"
    schema.write_text(schema.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert len({sound, renamed, digest(copy / "regles")}) == 3


def test_files_that_are_not_yaml_do_not_count(copy: Path) -> None:
    (copy / "regles" / "LISEZMOI.txt").write_text("bonjour", encoding="utf-8")
    assert digest(copy / "regles") == digest(CORPUS / "regles")


# --- where the corpus is


def test_without_anything_the_corpus_is_the_one_that_is_carried() -> None:
    folder = corpus_folder(None)
    assert (folder.rules, folder.shown) == (data_folder("regles"), "regles")
    assert folder.record_schema.name == "dossier.v1.json"


def test_a_folder_that_is_given_prevails_over_the_environment(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGLO_REGLES", str(copy / "regles"))
    assert corpus_folder(None).rules == copy / "regles"
    assert corpus_folder(CORPUS / "regles").rules == CORPUS / "regles"
    law, _ = load_law()
    assert law is not None
    assert law.corpus.texts.keys() == {"arrete-pain", "usage-foire", "code-fournil"}


def test_a_corpus_without_a_schema_of_its_own_describes_the_records_that_are_carried(
    tmp_path: Path,
) -> None:
    (tmp_path / "regles").mkdir()
    assert corpus_folder(tmp_path / "regles").record_schema == corpus_folder(None).record_schema


def test_a_folder_that_does_not_exist_is_told(tmp_path: Path) -> None:
    (found,) = refused(tmp_path / "absent")
    assert (found.code, found.message) == ("E115", "répertoire introuvable")
    assert found.span.file == (tmp_path / "absent").as_posix()


def test_a_file_in_place_of_the_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "regles.yaml").write_text("a: 1\n", encoding="utf-8")
    (found,) = refused(tmp_path / "regles.yaml")
    assert (found.code, found.message) == ("E115", "lecture impossible")


def test_a_folder_without_any_rule_is_not_a_sound_corpus(tmp_path: Path) -> None:
    (tmp_path / "regles.txt").write_text("bonjour", encoding="utf-8")
    (found,) = refused(tmp_path)
    assert found.code == "W601"


def test_a_rule_file_that_cannot_be_opened_is_told(copy: Path) -> None:
    (copy / "regles" / "dossier.yaml").mkdir()
    (found,) = refused(copy / "regles")
    assert found.code == "E115"
    assert found.span.file.endswith("regles/dossier.yaml")


def test_a_file_that_is_not_text_is_told_alone(copy: Path) -> None:
    path = copy / "regles" / "unites.yaml"
    path.write_bytes(path.read_text(encoding="utf-8").encode("utf-16"))
    (found,) = refused(copy / "regles")
    assert found.code == "E113"
    assert found.span.file.endswith("regles/unites.yaml")


# --- the cache


def test_a_second_run_finds_an_equal_corpus_in_the_cache(cache: Path) -> None:
    first, _ = load_law(CORPUS / "regles")
    (path,) = kept(cache)
    before = path.stat().st_mtime_ns
    second, findings = load_law(CORPUS / "regles")
    assert findings == ()
    assert first is not None
    assert second is not None
    assert second.corpus == first.corpus
    assert second.corpus is not first.corpus
    assert second.epoch(date(2012, 1, 1)) == first.epoch(date(2012, 1, 1))
    assert (kept(cache), path.stat().st_mtime_ns) == ([path], before)


def test_a_changed_rule_is_never_answered_from_the_cache(cache: Path, copy: Path) -> None:
    load_law(copy / "regles")
    path = copy / "regles" / "parametres" / "seuil_foire.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("200,", "300,"), encoding="utf-8")
    law, _ = load_law(copy / "regles")
    assert law is not None
    assert law.corpus.digest == digest(copy / "regles")
    assert len(kept(cache)) == 2


def test_a_faulty_corpus_is_not_kept(cache: Path, copy: Path) -> None:
    (copy / "regles" / "unites.yaml").unlink()
    assert refused(copy / "regles")
    assert kept(cache) == []


@pytest.fixture(name="sealed", scope="module")
def _sealed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The one file of a cache that holds the sound corpus."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("scelle")))
        load_law(CORPUS / "regles")
        (path,) = kept(platformdirs.user_cache_path("reglo"))
        yield path


@given(st.data())
@settings(max_examples=25)
def test_a_corrupted_cache_is_ignored(sealed: Path, data: st.DataObject) -> None:
    content = bytearray(sealed.read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))
    sealed.write_bytes(bytes(content))
    law, findings = load_law(CORPUS / "regles")
    assert findings == ()
    assert law is not None
    assert law.corpus.digest == digest(CORPUS / "regles")
    assert sealed.read_bytes() != bytes(content)  # written again


@pytest.mark.parametrize("content", [b"", b"abc", b"\x80\x05N."])
def test_a_cache_of_anything_else_is_ignored(sealed: Path, content: bytes) -> None:
    sealed.write_bytes(content)
    law, findings = load_law(CORPUS / "regles")
    assert findings == ()
    assert law is not None


def test_a_cache_that_cannot_be_written_prevents_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plein").write_text("", encoding="utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "plein"))
    law, findings = load_law(CORPUS / "regles")
    assert findings == ()
    assert law is not None


def test_places_are_shown_as_the_folder_was_given(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(copy.parent)
    (copy / "regles" / "unites.yaml").write_text("unités: 1\n", encoding="utf-8")
    (found,) = refused(Path("corpus/regles"))
    assert str(found.span) == "corpus/regles/unites.yaml:1:1"
    assert isinstance(FOLDER, Folder)
