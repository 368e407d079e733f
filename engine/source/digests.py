"""Contents in, their hashes out, always written « sha256: » and 64 hexadecimal digits."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final

_ENGINE = Path(__file__).resolve().parent.parent
_BLOCK: Final = 2**20


def digest_of(content: bytes) -> str:
    """The hash of bytes."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def digest_of_file(file: Path) -> str:
    """The hash of a file, which may be large."""
    total = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(_BLOCK):
            total.update(block)
    return f"sha256:{total.hexdigest()}"


def digest_of_text(content: bytes) -> str:
    """The hash of a text file: its ends of line do not count, whatever the system."""
    return digest_of(content.replace(b"\r\n", b"\n"))


def digest_of_all(parts: Iterable[tuple[str, str]]) -> str:
    """The hash of a folder, of the name and hash of each of its files, in the order given."""
    lines = (f"{name}\0{digest.removeprefix('sha256:')}\n" for name, digest in parts)
    return digest_of("".join(lines).encode())


def canonical(content: object) -> bytes:
    """JSON written in one way only: keys sorted, no space; numbers are whole, others are texts."""
    return json.dumps(
        content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


@cache
def digest_of_engine() -> str:
    """The hash of the code that runs: two engines with the same give the same results."""
    written = [*_ENGINE.glob("*/**/*.py"), *_ENGINE.glob("source/*.yaml")]
    files = sorted((path.relative_to(_ENGINE).as_posix(), path) for path in written)
    return digest_of_all((name, digest_of_text(path.read_bytes())) for name, path in files)
