"""What takes long to make, kept for the next runs in the user's own cache, by its content.

Reading an entry runs what it says (``pickle``): it is sealed with a key that only the user has, and
that the cache does not hold. Where no such key can be kept, there is no cache.
"""

from __future__ import annotations

import gc
import hashlib
import hmac
import io
import os
import pickle
import secrets
import stat
import sys
from contextlib import suppress
from dataclasses import fields, is_dataclass
from functools import cache
from itertools import accumulate
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar, cast

from engine.source.writing import beside

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
_ENGINE = Path(__file__).resolve().parent.parent
_MOST: Final = 60  # files of one kind: the oldest are those of other rules, or of another engine
_WIDTH: Final = 2**24  # bytes on a shelf: some times the files of a corpus, or its cases
_KEY_NAME: Final = "sceau-du-cache"
_KEY_SIZE: Final = hashlib.sha256().digest_size
_OWN_FOLDER: Final = 0o700
_OF_OTHERS: Final = 0o077  # the rights of the group and of everyone else
_WRITTEN_BY_OTHERS: Final = 0o022


def cache_file(kind: str, *made_of: str) -> Path:
    """Where something of this kind is kept: by what it is made of, the engine and Python.

    The schemas that the engine carries are of the engine.
    """
    from platformdirs import user_cache_path

    key = "\0".join([*made_of, _engine_state(), sys.version, str(_ENGINE)])
    return user_cache_path("reglo") / f"{hashlib.sha256(key.encode()).hexdigest()}.{kind}"


@cache
def _engine_state() -> str:
    code = hashlib.sha256()
    carried = (_ENGINE / "donnees" / "schemas", _ENGINE.parent / "schemas")  # wheel, checkout
    schemas = (path for folder in carried for path in folder.glob("*.json"))
    for path in sorted([*_ENGINE.glob("*/**/*.py"), *_ENGINE.glob("source/*.yaml"), *schemas]):
        state = path.stat()
        code.update(f"{path.name}{state.st_size}{state.st_mtime_ns}".encode())
    return code.hexdigest()


def kept(path: Path) -> object:
    """What ``keep`` wrote in ``path``; None when it is not there, or not as it was written."""
    try:
        key = _key(path.parent) if path.exists() and own_folder(path.parent) else None
        if key is None:
            return None
        data = path.read_bytes()
    except OSError:
        return None
    seal, content = data[:_KEY_SIZE], data[_KEY_SIZE:]
    if not hmac.compare_digest(seal, _seal(key, path, content)):
        return None
    return _loaded(content)


class _Pickler(pickle.Pickler):
    """A dataclass is made again as it was made: twice as fast to read as by its state."""

    def reducer_override(self, value: object) -> tuple[type, tuple[object, ...]]:
        kind = type(value)
        names = _made_of(kind)  # type: ignore[arg-type] # a class has a hash
        return NotImplemented if names is None else (kind, attrgetter(*names)(value))


@cache
def _made_of(kind: type) -> tuple[str, ...] | None:
    """What a dataclass takes to be made, when that is all it holds; two things at least."""
    found = fields(kind) if is_dataclass(kind) else ()
    whole = len(found) > 1 and all(one.init and not one.kw_only for one in found)
    whole = whole and "__reduce__" not in vars(kind)  # else it says itself how it is made
    return tuple(one.name for one in found) if whole else None


def _dumped(value: object) -> bytes:
    written = io.BytesIO()
    _Pickler(written, pickle.HIGHEST_PROTOCOL).dump(value)
    return written.getvalue()


def _loaded(content: bytes) -> object:
    # Thousands of objects that all stay: looking for garbage among them only costs time.
    gc.disable()
    found: object = pickle.loads(content)  # noqa: S301 - sealed by us: see the top of the module
    gc.enable()
    return found


def keep(path: Path, value: object) -> None:
    """Write ``value`` in ``path``; a cache that cannot be written is no one's mistake."""
    try:
        key = _key(path.parent) if own_folder(path.parent) else None
        if key is None:
            return
        content = _dumped(value)
        with beside(path, _seal(key, path, content) + content) as made:
            made.replace(path)
        others = sorted(path.parent.glob(f"*{path.suffix}"), key=lambda one: one.stat().st_mtime)
        for old in others[:-_MOST]:
            old.unlink(missing_ok=True)
    except OSError:
        return


class Shelf:
    """Many small things kept in one file, each by what it is made of: a run makes what is new.

    What it takes besides, ``made_of``, is that of ``cache_file``.
    """

    def __init__(self, kind: str, *made_of: str) -> None:
        self._path = cache_file(kind, *made_of)
        found = kept(self._path)
        self._things: dict[bytes, bytes] = found if isinstance(found, dict) else {}
        self._new = False

    def thing(self, make: Callable[..., T], *made_of: str) -> T:
        """What ``make`` makes of ``made_of``."""
        key = hashlib.sha256("\0".join(made_of).encode(errors="surrogatepass")).digest()
        if key in self._things:
            return cast("T", _loaded(self._things[key]))
        made = make(*made_of)
        self._things[key] = _dumped(made)
        self._new = True
        return made

    def close(self) -> None:
        """Keep what is new, and of the rest what was made last."""
        if self._new:
            taken = accumulate(len(content) for content in reversed(self._things.values()))
            last = sum(one <= _WIDTH for one in taken)
            keep(self._path, dict([*self._things.items()][len(self._things) - last :]))


def own_folder(folder: Path) -> bool:
    """Make ``folder`` the user's alone; false when it is someone else's, or open to others.

    Raises:
        OSError: it can be neither made nor looked at.
    """
    if not folder.is_absolute():  # nobody's home is known
        return False
    folder.mkdir(mode=_OWN_FOLDER, parents=True, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or not _is_ours(found):
        return False
    if os.name == "posix" and found.st_mode & _OF_OTHERS:
        folder.chmod(_OWN_FOLDER)
        return not folder.lstat().st_mode & _WRITTEN_BY_OTHERS
    return True


def _is_ours(state: os.stat_result) -> bool:
    return not hasattr(os, "geteuid") or state.st_uid == os.geteuid()


def _seal(key: bytes, path: Path, content: bytes) -> bytes:
    """The name is sealed too: a sound entry is not one that another name may answer with."""
    return hmac.digest(key, path.name.encode() + b"\0" + content, "sha256")


def _key(cached: Path) -> bytes | None:
    """The secret of this user, made once; None when it would not be one.

    Two runs that start at once agree: a key that is there is never made again.
    """
    from platformdirs import user_data_path

    path = user_data_path("reglo") / _KEY_NAME
    if path.parent == cached or not own_folder(path.parent):
        return None
    key = _read_key(path)
    if key is None and not path.is_symlink():
        with beside(path, secrets.token_bytes(_KEY_SIZE)) as made, suppress(FileExistsError):
            os.link(made, path)
        key = _read_key(path)
    return key


def _read_key(path: Path) -> bytes | None:
    """The key in ``path``, when it is ours alone; one of ours that others could read is removed."""
    with suppress(FileNotFoundError):
        found = path.lstat()
        if not stat.S_ISREG(found.st_mode) or not _is_ours(found):
            return None
        read_by_others = os.name == "posix" and found.st_mode & _OF_OTHERS
        if not read_by_others and found.st_size == _KEY_SIZE:
            return path.read_bytes()
        path.unlink()
    return None
