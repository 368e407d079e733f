"""A file appears whole or not at all, with the mode of the one it replaces."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine.source.messages.system import not_written, reason
from engine.source.writing import rename_folder, write_files

resource = pytest.importorskip("resource", reason="limits are of POSIX")
OLD, NEW = b"ancien contenu\n", b"x" * 10_000


@contextmanager
def a_full_disk() -> Iterator[None]:
    """No file may be longer than a line: what a full disk does, for any user."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("size", [100, 10_000])  # of less than a buffer, of more
def test_a_full_disk_changes_nothing(tmp_path: Path, size: int) -> None:
    path = tmp_path / "regle.yaml"
    path.write_bytes(OLD)
    with a_full_disk(), pytest.raises(OSError, match=str(path)) as raised:
        write_files({path: b"x" * size})
    assert (raised.value.errno, path.read_bytes(), names(tmp_path)) == (
        errno.EFBIG,
        OLD,
        ["regle.yaml"],
    )


def test_no_file_is_replaced_when_one_cannot_be(tmp_path: Path) -> None:
    first, second = tmp_path / "a.yaml", tmp_path / "b.yaml"
    first.write_bytes(OLD)
    second.write_bytes(OLD)
    with a_full_disk(), pytest.raises(OSError, match=r"b\.yaml"):
        write_files({first: b"court\n", second: NEW})
    assert (first.read_bytes(), second.read_bytes()) == (OLD, OLD)
    assert names(tmp_path) == ["a.yaml", "b.yaml"]


@pytest.mark.parametrize("rights", [0o600, 0o640, 0o644, 0o755])
def test_a_file_keeps_its_mode(tmp_path: Path, rights: int) -> None:
    path = tmp_path / "a"
    path.write_bytes(OLD)
    path.chmod(rights)
    write_files({path: NEW})
    assert (path.read_bytes(), mode(path)) == (NEW, rights)


def test_a_new_file_is_of_its_owner_alone(tmp_path: Path) -> None:
    write_files({tmp_path / "a": NEW})
    assert mode(tmp_path / "a") == 0o600


def test_a_link_stays_and_what_it_names_is_written(tmp_path: Path) -> None:
    (tmp_path / "vrai").write_bytes(OLD)
    (tmp_path / "lien").symlink_to("vrai")
    write_files({tmp_path / "lien": NEW})
    assert (tmp_path / "lien").is_symlink()
    assert (tmp_path / "vrai").read_bytes() == NEW


def test_a_device_is_written_to_and_not_replaced() -> None:
    write_files({Path(os.devnull): NEW})
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)
    with pytest.raises(OSError, match="/dev/full") as raised:
        write_files({Path("/dev/full"): NEW})
    assert raised.value.errno == errno.ENOSPC


@pytest.mark.parametrize("number", [errno.EISDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.ENOENT])
def test_what_cannot_be_written_is_told_by_its_path(tmp_path: Path, number: int) -> None:
    (tmp_path / "boucle").symlink_to("boucle")
    path = {
        errno.EISDIR: tmp_path,
        errno.ELOOP: tmp_path / "boucle",
        errno.ENAMETOOLONG: tmp_path / ("a" * 5000),
        errno.ENOENT: tmp_path / "absent" / "a",
    }[number]
    with pytest.raises(OSError, match=reason_of(number)) as raised:
        write_files({path: NEW})
    assert (raised.value.errno, raised.value.filename) == (number, str(path))
    assert names(tmp_path) == ["boucle"]
    assert str(number) not in reason(number)


def reason_of(number: int) -> str:
    """What the system says, in its own words."""
    return re.escape(os.strerror(number))


def test_a_file_protected_from_writing_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a"
    path.write_bytes(OLD)
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write anything
    with pytest.raises(PermissionError):
        write_files({path: NEW})
    assert path.read_bytes() == OLD


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, OSError])
def test_whatever_stops_the_writing_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    path = tmp_path / "a"
    path.write_bytes(OLD)

    def stop(_: int) -> None:
        raise error

    monkeypatch.setattr(os, "fsync", stop)
    with pytest.raises(error):
        write_files({path: NEW})
    assert (path.read_bytes(), names(tmp_path)) == (OLD, ["a"])


def test_a_fresh_file_replaces_nothing(tmp_path: Path) -> None:
    write_files({tmp_path / "a": OLD}, fresh=True)
    with pytest.raises(FileExistsError):
        write_files({tmp_path / "a": NEW}, fresh=True)
    assert ((tmp_path / "a").read_bytes(), names(tmp_path)) == (OLD, ["a"])


def test_everything_is_on_the_disk_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    flush, rename = os.fsync, Path.replace

    def flushed(descriptor: int) -> None:
        done.append("flush")
        flush(descriptor)

    def renamed(self: Path, target: Path) -> Path:
        done.append("rename")
        return rename(self, target)

    monkeypatch.setattr(os, "fsync", flushed)
    monkeypatch.setattr(Path, "replace", renamed)
    write_files({tmp_path / "a": OLD, tmp_path / "b": OLD})
    assert done == ["flush", "flush", "rename", "rename", "flush"]


def test_a_folder_takes_its_name_whole(tmp_path: Path) -> None:
    whole = tmp_path / "a" / "sortie"
    whole.mkdir(parents=True)
    (whole / "page.html").write_bytes(OLD)
    rename_folder(whole, tmp_path / "sortie")
    assert (tmp_path / "sortie" / "page.html").read_bytes() == OLD
    assert not whole.exists()


def test_the_reason_is_french_whatever_the_system_says() -> None:
    assert str(not_written("a.yaml", errno.ENOSPC)) == (
        "a.yaml:1:1: erreur E137: fichier impossible à écrire : il n'y a plus de place sur le "
        "disque\n  conseil : libérez de la place ; ce qui s'y trouvait n'a pas changé"
    )
    assert reason(errno.EIO) == f"le système le refuse (erreur n° {errno.EIO})"
    assert reason(None) == "le système le refuse"
