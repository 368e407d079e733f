"""Ed25519 keys, which sign and check a receipt; the secret of a journal, which hides what it says.

A plain hash of a record says who it is to whoever can guess it: with public rules and a list of
names, guessing is quick. A hash keyed by a secret tells nothing without the secret.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.digests import digest_of
from engine.source.writing import write_files

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM


PHRASE: Final = "REGLO_PHRASE"  # the environment variable that may protect a private key
_PRIVATE: Final = b"PRIVATE KEY-----"  # at the start of a file that holds one
_LONGEST: Final = 2**16  # bytes of a file that holds a key


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs. ``public``: the public key, as receipts write it."""

    private: Ed25519PrivateKey

    @property
    def public(self) -> str:
        """The 32 bytes of the public key in base 64."""
        return base64.b64encode(self.private.public_key().public_bytes_raw()).decode()

    def sign(self, digest: str) -> str:
        """The signature of a receipt, by its hash, in base 64."""
        return base64.b64encode(self.private.sign(digest.encode())).decode()


def make_key(path: Path) -> tuple[str | None, tuple[Diagnostic, ...]]:
    """Write a new private key in ``path`` and its public key beside, in « .pub ».

    Returns:
        The public key as receipts write it, or None and E548: nothing is ever overwritten.
    """
    from cryptography.hazmat.primitives import serialization as forms
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
    )

    public_path = path.with_name(f"{path.name}.pub")
    for one in (path, public_path):
        if one.exists():
            return None, (say("E548", one.as_posix(), cas="there"),)
    private = Ed25519PrivateKey.generate()
    phrase = os.environ.get(PHRASE)
    hidden: forms.KeySerializationEncryption = (
        forms.BestAvailableEncryption(phrase.encode()) if phrase else forms.NoEncryption()
    )
    secret = private.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, hidden)
    told = private.public_key().public_bytes(
        forms.Encoding.PEM, forms.PublicFormat.SubjectPublicKeyInfo
    )
    try:
        write_files({path: secret, public_path: told}, fresh=True)
    except OSError:
        return None, (say("E548", path.as_posix(), cas="unwritable"),)
    return Signer(private).public, ()


def read_signer(path: Path) -> tuple[Signer | None, tuple[Diagnostic, ...]]:
    """The private key of a file; or None and E548."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
    )
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    phrase = os.environ.get(PHRASE)
    try:
        private = load_pem_private_key(_content(path), phrase.encode() if phrase else None)
    except OSError:
        return None, (say("E548", path.as_posix(), cas="missing"),)
    except TypeError:  # a phrase is lacking, or one is given for nothing
        return None, (say("E548", path.as_posix(), cas="no_phrase" if not phrase else "open"),)
    except ValueError:
        return None, (
            say("E548", path.as_posix(), cas="wrong_phrase" if phrase else "not_private"),
        )
    if not isinstance(private, Ed25519PrivateKey):
        return None, (say("E548", path.as_posix(), cas="other"),)
    return Signer(private), ()


def read_public(path: Path) -> tuple[str | None, tuple[Diagnostic, ...]]:
    """The public key of a file, or that of the private key it holds; or None and E548.

    It is as receipts write it.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PublicKey,
    )
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        content = _content(path)
        if _PRIVATE in content:
            signer, findings = read_signer(path)
            return None if signer is None else signer.public, findings
        public = load_pem_public_key(content)
    except OSError:
        return None, (say("E548", path.as_posix(), cas="missing"),)
    except ValueError:
        return None, (say("E548", path.as_posix(), cas="not_public"),)
    if not isinstance(public, Ed25519PublicKey):
        return None, (say("E548", path.as_posix(), cas="other"),)
    return base64.b64encode(public.public_bytes_raw()).decode(), ()


def _content(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(_LONGEST)


def is_signed(digest: str, public: str, signature: str) -> bool:
    """Whether ``signature`` is that of a receipt, by its hash, under a public key."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PublicKey,
    )

    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public, validate=True))
        key.verify(base64.b64decode(signature, validate=True), digest.encode())
    except (InvalidSignature, ValueError, binascii.Error):
        return False
    return True


HiddenKind: TypeAlias = Literal["resultat", "entree", "dossier"]

_BYTES: Final = 32
_NONCE: Final = 12
_PAGE: Final = 128  # bytes: covered places have the length of a whole number of these
_WRITTEN: Final = re.compile(r"[0-9a-f]{64}\n?")


@dataclass(frozen=True, slots=True)
class Veil:
    """The key of one receipt: two receipts of the same thing have nothing in common."""

    key: bytes

    def hide(self, kind: HiddenKind, told: str) -> str:
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
