"""Signatures (Ed25519, RFC 8032): the deployment's own key, and checking what any key signed.

The only module that knows the library. It imports nothing of the product, so that whoever verifies an archive needs
no more of us than this and `backend.verifying`.
"""

import base64
import hashlib
from dataclasses import dataclass
from functools import cached_property

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

ALGORITHM = "Ed25519"
KEY_BYTES = 32
SIGNATURE_BYTES = 64


class KeyUnreadable(ValueError):
    """What was given is no public key of ours in any of the forms in which one is published."""


@dataclass(frozen=True)
class PublicKey:
    """What anybody may know of a key: enough to check its signatures."""

    raw: bytes

    @property
    def id(self) -> str:
        """A short name of the key, for people to compare: the beginning of its SHA-256."""
        return hashlib.sha256(self.raw).hexdigest()[:16]

    @property
    def hex(self) -> str:
        return self.raw.hex()

    @property
    def base64(self) -> str:
        return base64.b64encode(self.raw).decode()

    @property
    def pem(self) -> str:
        """As OpenSSL reads it (SubjectPublicKeyInfo)."""
        key = Ed25519PublicKey.from_public_bytes(self.raw)
        return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Whether this key signed exactly these bytes."""
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True)
class SigningKey:
    """The deployment's key, from the 64 hexadecimal digits of its seed."""

    seed: str

    @cached_property
    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(self.seed))

    @property
    def public(self) -> PublicKey:
        return PublicKey(self._private.public_key().public_bytes_raw())

    def sign(self, message: bytes) -> bytes:
        return self._private.sign(message)


def read_public(text: str) -> PublicKey:
    """A public key as it is published: PEM, base64, or 64 hexadecimal digits. Raises KeyUnreadable."""
    stripped = text.strip()
    if stripped.startswith("-----BEGIN"):
        return _from_pem(stripped)
    for read in (bytes.fromhex, _from_base64):
        try:
            raw = read(stripped)
        except ValueError:
            continue
        if len(raw) == KEY_BYTES:
            return PublicKey(raw)
    raise KeyUnreadable("this is no Ed25519 public key: 64 hexadecimal digits, base64, or PEM")


def _from_base64(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _from_pem(text: str) -> PublicKey:
    try:
        key = load_pem_public_key(text.encode())
    except (ValueError, UnsupportedAlgorithm) as fault:
        raise KeyUnreadable("this PEM holds no public key that can be read") from fault
    if not isinstance(key, Ed25519PublicKey):
        raise KeyUnreadable("this PEM holds a public key of another kind than Ed25519")
    return PublicKey(key.public_bytes_raw())
