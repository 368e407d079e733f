"""What was read and checked before is not again, and nothing that is said of it changes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import platformdirs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.evaluation.law import Folder, law_of, load_law, read_folder, schemas_of
from engine.langage import pipeline
from engine.source.diagnostics import Diagnostic
from engine.source.yaml_tree import read_yaml
from tests.langage.bakery import CORPUS, FOLDER, findings_of
from tests.langage.test_fautes import FAULTS, files_of


@pytest.fixture(name="folder")
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of its own, empty."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return platformdirs.user_cache_path("reglo")


@pytest.fixture(name="known", scope="module")
def _known(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache in which the sound corpus was read, and nothing else."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("lu")))
        assert findings_of({}) == ()
        return platformdirs.user_cache_path("reglo")


def told(findings: tuple[Diagnostic, ...]) -> str:
    """All that is said: words, lines, columns, other places, hints."""
    return json.dumps([one.to_json() for one in findings], ensure_ascii=False)


def read_anew(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that are read from now on, and not found in the cache."""
    seen: list[str] = []

    def watched(text: str, shown: str) -> object:
        seen.append(shown)
        return read_yaml(text, shown)

    monkeypatch.setattr(pipeline, "read_yaml", watched)
    return seen


@pytest.mark.parametrize("fault", FAULTS, ids=lambda path: path.stem)
def test_a_faulty_corpus_says_the_same_cold_warm_and_edited(
    fault: Path, folder: Path, known: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = files_of(fault)
    cold = told(findings_of(files))
    assert list(folder.iterdir())
    seen = read_anew(monkeypatch)
    assert told(findings_of(files)) == cold
    assert seen == []
    shutil.rmtree(folder)
    shutil.copytree(known, folder)  # then its files alone are edited
    seen.clear()
    assert told(findings_of(files)) == cold
    assert sorted(seen) == sorted(f"regles/{name}" for name in files)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda path: path.stem)
def test_a_law_and_its_warnings_are_the_same_from_the_cache(
    fault: Path, folder: Path, known: Path, tmp_path: Path
) -> None:
    shutil.copytree(known, folder)
    rules = Folder(tmp_path / "regles", FOLDER.record_schema, "regles")
    shutil.copytree(CORPUS / "regles", rules.rules)
    for name, text in files_of(fault).items():
        (rules.rules / name).parent.mkdir(parents=True, exist_ok=True)
        (rules.rules / name).write_text(text, encoding="utf-8")
    law, cold = law_of(rules)
    again, warm = law_of(rules)
    assert told(warm) == told(cold)
    assert (again is None) == (law is None)
    assert law is None or (again is not None and again.corpus == law.corpus)
    assert len(list(folder.glob("*.corpus"))) == (law is not None)


def test_a_file_is_read_again_when_the_schemas_are_others(folder: Path) -> None:
    contents, digest, _ = read_folder(FOLDER)
    files = [(f"regles/{name}", content.decode()) for name, content in contents.items()]
    schemas, _ = schemas_of(FOLDER)
    assert pipeline.load(files, schemas, digest)[1] == ()
    stricter = {**schemas, "unites": {**schemas["unites"], "required": ["prix"]}}
    (found,) = pipeline.load(files, stricter, digest)[1]
    assert found.code == "E104"
    assert pipeline.load(files, schemas, digest)[1] == ()
    assert len(list(folder.glob("*.lus"))) == 2


@pytest.fixture(name="entries", scope="module")
def _entries(tmp_path_factory: pytest.TempPathFactory) -> Mapping[Path, bytes]:
    """Every file of a cache in which a faulty corpus was read, and a sound one checked."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("abime")))
        load_law(CORPUS / "regles")
        findings_of(files_of(FAULTS[0]))
        found = platformdirs.user_cache_path("reglo").iterdir()
        return {path: path.read_bytes() for path in found}


@cache
def found_in_fault() -> str:
    return told(findings_of(files_of(FAULTS[0])))


@given(st.data())
@settings(max_examples=25)
def test_a_damaged_entry_is_ignored(entries: Mapping[Path, bytes], data: st.DataObject) -> None:
    assert {path.suffix for path in entries} == {".corpus", ".lus", ".modeles"}
    for path, content in entries.items():
        damaged = bytearray(content)
        at = data.draw(st.integers(0, len(damaged) - 1))
        damaged[at] ^= data.draw(st.integers(1, 255))
        path.write_bytes(damaged[: data.draw(st.sampled_from([at, len(damaged)]))])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(next(iter(entries)).parent.parent))
        law, findings = load_law(CORPUS / "regles")
        assert law is not None
        assert findings == ()
        assert told(findings_of(files_of(FAULTS[0]))) == found_in_fault()
