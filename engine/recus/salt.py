"""The secret of a journal: what its receipts say of people is hashed with it.

A plain hash of a record says who it is to whoever can guess it: with public rules and a list of
names, guessing is quick. A hash keyed by a secret tells nothing without the secret.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from engine.source.digests import digest_of
from engine.source.writing import write_files

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

Kind: TypeAlias = Literal["resultat", "entree", "dossier"]

_BYTES: Final = 32
_NONCE: Final = 12
_PAGE: Final = 128  # bytes: covered places have the length of a whole number of these
_WRITTEN: Final = re.compile(r"[0-9a-f]{64}\n?")


@dataclass(frozen=True, slots=True)
class Veil:
    """The key of one receipt: two receipts of the same thing have nothing in common."""

    key: bytes

    def hide(self, kind: Kind, told: str) -> str:
        """The keyed hash of what a receipt does not say."""
        content = f"{kind}\0{told}".encode()
        return f"hmac-sha256:{hmac.new(self.key, content, hashlib.sha256).hexdigest()}"

    def cover(self, place: str) -> str:
        """Where a file was, for who has the secret; its length does not tell it from another."""
        content = place.encode("utf-8", "surrogateescape")
        padded = content.ljust(-(-(len(content) + 1) // _PAGE) * _PAGE, b"\0")
        nonce = secrets.token_bytes(_NONCE)
        return base64.b64encode(nonce + self._cipher.encrypt(nonce, padded, None)).decode()

    def uncover(self, covered: str) -> str | None:
        """What was covered; None when it was not with this key."""
        from cryptography.exceptions import InvalidTag

        try:
            content = base64.b64decode(covered, validate=True)
            padded = self._cipher.decrypt(content[:_NONCE], content[_NONCE:], None)
        except (InvalidTag, ValueError):
            return None
        return padded.rstrip(b"\0").decode("utf-8", "surrogateescape")

    @property
    def _cipher(self) -> AESGCM:
        from cryptography.hazmat.primitives.ciphers.aead import (
            AESGCM,
        )

        return AESGCM(hmac.new(self.key, b"lieu", hashlib.sha256).digest())


@dataclass(frozen=True, slots=True)
class Salt:
    """The secret of a journal."""

    secret: bytes

    @property
    def digest(self) -> str:
        """What each receipt says of it: enough to know it again, not to guess it."""
        return digest_of(self.secret)

    def veil(self, number: int) -> Veil:
        """The key of the receipt that has this number."""
        content = f"reçu n° {number}".encode()
        return Veil(hmac.new(self.secret, content, hashlib.sha256).digest())


def salt_file(journal: Path) -> Path:
    """Where the secret of a journal is kept: beside it."""
    return journal.with_name(f"{journal.name}.sel")


def read_salt(path: Path) -> Salt | None:
    """The secret of a file; None when it is not there, or is not one."""
    try:
        if not path.is_file():
            return None
        with path.open("rb") as stream:
            text = stream.read(2 * _BYTES + 2).decode("ascii", "replace")
    except OSError:
        return None
    return Salt(bytes.fromhex(text.strip())) if _WRITTEN.fullmatch(text) else None


def make_salt(path: Path) -> Salt:
    """A new secret in ``path``, for its owner alone. Whole, or not at all."""
    made = Salt(secrets.token_bytes(_BYTES))
    write_files({path: f"{made.secret.hex()}\n".encode()})
    return made
