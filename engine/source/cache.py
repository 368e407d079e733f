"""What takes long to make, kept for the next runs in the user's own cache, by its content."""

from __future__ import annotations

import gc
import hashlib
import pickle
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Final

_ENGINE = Path(__file__).resolve().parent.parent
_MOST: Final = 60  # files of one kind: the oldest are those of other rules, or of another engine


def cache_file(kind: str, *made_of: str) -> Path:
    """Where something of this kind is kept: by what it is made of, the engine and Python."""
    from platformdirs import user_cache_path  # noqa: PLC0415 - only once per run

    key = "\0".join([*made_of, _engine_state(), sys.version, str(_ENGINE)])
    return user_cache_path("reglo") / f"{hashlib.sha256(key.encode()).hexdigest()}.{kind}"


@cache
def _engine_state() -> str:
    code = hashlib.sha256()
    for path in sorted(_ENGINE.glob("*/**/*.py")):
        state = path.stat()
        code.update(f"{path.name}{state.st_size}{state.st_mtime_ns}".encode())
    return code.hexdigest()


def kept(path: Path) -> object:
    """What ``keep`` wrote in ``path``; None when it is not there, or not as it was written."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    size = hashlib.sha256().digest_size
    seal, content = data[:size], data[size:]
    if seal != hashlib.sha256(content).digest():
        return None
    # Thousands of objects that all stay: looking for garbage among them only costs time.
    gc.disable()
    found: object = pickle.loads(content)  # noqa: S301 - written by us, in the user's own cache
    gc.enable()
    return found


def keep(path: Path, value: object) -> None:
    """Write ``value`` in ``path``; a cache that cannot be written is no one's mistake."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as stream:
            content = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
            stream.write(hashlib.sha256(content).digest() + content)
        Path(stream.name).replace(path)
        others = sorted(path.parent.glob(f"*{path.suffix}"), key=lambda one: one.stat().st_mtime)
        for old in others[:-_MOST]:
            old.unlink(missing_ok=True)
    except OSError:
        return
