"""Opens what phones sealed: HPKE (RFC 9180), DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM, base mode.

`sealed` is the encapsulated key (65 bytes) followed by ciphertext and tag; overhead 81 bytes.
"""

from __future__ import annotations

import base64

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from .vault import KeyRing

SUITE = hpke.Suite(hpke.KEM.P256, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


class SealBroken(Exception):
    """`code` is `key_unknown` (no such sealing key) or `seal` (changed on the way, or sealed to another key)."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


def open_sealed(ring: KeyRing, key_id: str, sealed: bytes, info: bytes) -> bytes:
    """Raise SealBroken."""
    private = ring.sealing.get(key_id)
    if private is None:
        raise SealBroken("key_unknown")
    try:
        return SUITE.decrypt(sealed, private, info)
    except (InvalidTag, ValueError):
        raise SealBroken("seal") from None


def seal(ring: KeyRing, key_id: str, plain: bytes, info: bytes) -> bytes:
    """Seal as a phone does, for what is typed on a page of the server."""
    return SUITE.encrypt(plain, ring.sealing[key_id].public_key(), info)


def public_key(ring: KeyRing, key_id: str) -> str:
    """Return the public key as an uncompressed point (65 bytes), base64url without padding."""
    point = ring.sealing[key_id].public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return to_base64url(point)


def to_base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """Raise ValueError for anything but base64url without padding."""
    if not text.isascii() or "=" in text or "+" in text or "/" in text:
        raise ValueError("not base64url")
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
