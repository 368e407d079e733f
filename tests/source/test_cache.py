"""The cache runs nothing that another user, or another name, could have written."""

from __future__ import annotations

import hashlib
import os
import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import platformdirs
import pytest

from engine.source import cache
from engine.source.cache import Shelf, cache_file, keep, kept
from engine.source.positions import Span
from engine.source.tree import Mapping, Scalar

VALUE = {"a": (1, 2), "b": "é"}
ALONE = 0o700
posix = pytest.mark.skipif(os.name == "nt", reason="modes and owners are of POSIX")
root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives a file to another"
)


@pytest.fixture(name="entry", autouse=True)
def _entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a value is kept, in a cache of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "donnees"))
    return cache_file("essai", "contenu")


def key_file() -> Path:
    (found,) = platformdirs.user_data_path("reglo").iterdir()
    return found


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


class Bomb:
    """What an attacker writes: reading it makes a file."""

    def __init__(self, witness: Path) -> None:
        self.witness = witness

    def __reduce__(self) -> tuple[object, tuple[str, ...]]:
        return os.mkdir, (str(self.witness),)


def test_what_is_kept_comes_back(entry: Path) -> None:
    keep(entry, VALUE)
    assert kept(entry) == VALUE


def test_an_entry_with_a_seal_that_anyone_can_make_runs_nothing(
    entry: Path, tmp_path: Path
) -> None:
    keep(entry, VALUE)
    content = pickle.dumps(Bomb(tmp_path / "execute"))
    entry.write_bytes(hashlib.sha256(content).digest() + content)
    assert kept(entry) is None
    assert not (tmp_path / "execute").exists()


def test_an_entry_does_not_answer_under_another_name(entry: Path) -> None:
    keep(entry, VALUE)
    other = cache_file("essai", "autre contenu")
    entry.rename(other)
    assert kept(other) is None


def test_an_entry_of_another_user_is_not_believed(
    entry: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(entry, VALUE)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "autre"))
    assert kept(entry) is None


@posix
@pytest.mark.parametrize("umask", [0o000, 0o002, 0o022, 0o077])
def test_the_cache_and_its_key_are_of_the_user_alone(entry: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        keep(entry, VALUE)
    finally:
        os.umask(before)
    assert [mode(path) for path in (entry.parent, entry)] == [ALONE, 0o600]
    assert [mode(path) for path in (key_file().parent, key_file())] == [ALONE, 0o600]
    assert not key_file().is_relative_to(entry.parent)


@posix
@pytest.mark.parametrize("rights", [0o777, 0o775, 0o755])
def test_a_cache_of_before_is_closed_to_others(entry: Path, rights: int) -> None:
    entry.parent.mkdir(parents=True)
    entry.parent.chmod(rights)
    keep(entry, VALUE)
    assert mode(entry.parent) == ALONE
    assert kept(entry) == VALUE


@root
@pytest.mark.parametrize("whose", ["cache", "donnees"])
def test_a_folder_of_another_user_is_not_used(entry: Path, whose: str) -> None:
    keep(entry, VALUE)
    folder = entry.parent if whose == "cache" else key_file().parent
    os.chown(folder, 65534, 65534)
    assert kept(entry) is None
    keep(cache_file("essai", "plus tard"), VALUE)
    assert not cache_file("essai", "plus tard").exists()


@posix
def test_a_link_in_place_of_the_cache_is_not_followed(entry: Path, tmp_path: Path) -> None:
    (tmp_path / "ailleurs").mkdir()
    entry.parent.parent.mkdir()
    entry.parent.symlink_to(tmp_path / "ailleurs")
    keep(entry, VALUE)
    assert list((tmp_path / "ailleurs").iterdir()) == []


@root
def test_a_key_that_another_user_gave_is_not_used(entry: Path) -> None:
    keep(entry, VALUE)
    os.chown(key_file(), 65534, 65534)
    assert kept(entry) is None


@posix
def test_a_key_that_others_could_read_is_made_again(entry: Path) -> None:
    keep(entry, VALUE)
    known = key_file().read_bytes()
    key_file().chmod(0o644)
    assert kept(entry) is None
    assert key_file().read_bytes() != known
    keep(entry, VALUE)
    assert kept(entry) == VALUE


def test_a_key_is_made_once(entry: Path) -> None:
    keep(entry, VALUE)
    known = key_file().read_bytes()
    keep(cache_file("essai", "autre"), VALUE)
    assert key_file().read_bytes() == known


def test_runs_that_start_at_once_agree_on_a_key() -> None:
    entries = [cache_file("essai", str(number)) for number in range(16)]
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda one: keep(one, VALUE), entries))
    assert [kept(one) for one in entries] == [VALUE] * 16
    assert key_file().stat().st_size == 32


@pytest.mark.parametrize("folder", ["cache", "donnees"])
def test_without_a_folder_there_is_no_cache(entry: Path, tmp_path: Path, folder: str) -> None:
    (tmp_path / folder).write_text("un fichier", encoding="utf-8")
    keep(entry, VALUE)
    assert kept(entry) is None


def test_a_key_would_not_be_kept_with_what_it_seals(
    entry: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "cache"))
    keep(entry, VALUE)
    assert kept(entry) is None
    assert not entry.parent.exists() or list(entry.parent.iterdir()) == []


def test_what_is_on_a_shelf_is_made_once() -> None:
    made: list[str] = []

    span = Span("é.yaml", 1, 1, 1, 2)

    def make(*words: str) -> Mapping:
        made.append("+".join(words))
        key, value = (Scalar(one, quoted=False, span=span, inner=None) for one in words)
        return Mapping(((key, value),), span)

    for _ in range(3):
        shelf = Shelf("essai", "contenu")
        found = [shelf.thing(make, *words) for words in (("a", "b"), ("ab", ""))]
        shelf.close()
        keys = [one.entries[0][0] for one in found]
        assert [(one.text, one.span, one.inner) for one in keys] == [
            ("a", span, None),
            ("ab", span, None),
        ]
    assert made == ["a+b", "ab+"]
    Shelf("essai", "autre contenu").thing(make, "a", "b")
    assert made == ["a+b", "ab+", "a+b"]


def test_a_shelf_forgets_what_was_made_first(monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = Shelf("essai", "contenu")
    shelf.thing(str, "a")
    shelf.close()
    size = len(pickle.dumps("a", pickle.HIGHEST_PROTOCOL))
    monkeypatch.setattr(cache, "_WIDTH", 2 * size)
    for name in "bcc":
        shelf = Shelf("essai", "contenu")
        shelf.thing(str, name)
        shelf.close()
    made: list[str] = []
    shelf = Shelf("essai", "contenu")
    for name in "abc":
        shelf.thing(made.append, name)
    assert made == ["a"]
