"""Ed25519 keys: made, read from their PEM files, used to sign and to check a receipt."""

from __future__ import annotations

import base64
import binascii
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from engine.source.catalogue import say
from engine.source.diagnostics import Diagnostic
from engine.source.writing import write_files

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

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
