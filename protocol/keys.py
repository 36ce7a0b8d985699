"""Keys and the text they are written in (SPEC 2).

The only module, beside :mod:`protocol.sealing`, that touches ``cryptography``.
"""

import hashlib
from base64 import urlsafe_b64encode
from binascii import Error as Base64Error
from binascii import a2b_base64, b2a_base64
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from protocol.errors import Code, Refused

_TO_URL = bytes.maketrans(b"+/", b"-_")
_FROM_URL = bytes.maketrans(b"-_", b"+/")
_URL_TEXT = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")

SMALL_ORDER_KEYS = frozenset(
    bytes.fromhex(text)
    for text in (
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    )
)
"""Encodings of the points of order 1, 2, 4 and 8, canonical and not (RFC 8032, SPEC 2.3)."""


def encode_b64(raw: bytes) -> str:
    """Write bytes as base64url without padding (SPEC 2.1)."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def decode_b64(text: str, size: int | None = None) -> bytes:
    """Read base64url without padding, strictly: only text that re-encodes to itself (SPEC 2.1).

    Args:
        text: base64url characters, no padding.
        size: how many bytes it must hold, if that is known.

    Raises:
        Refused: ``malformed`` for another alphabet, padding, non-zero trailing bits or length.
    """
    try:
        raw_text = text.encode("ascii")
        if not _URL_TEXT.issuperset(raw_text):
            raise ValueError
        padding = b"=" * (-len(raw_text) % 4)
        raw = a2b_base64(raw_text.translate(_FROM_URL) + padding, strict_mode=True)
    except (ValueError, Base64Error):
        raise Refused(Code.MALFORMED, "not base64url without padding") from None
    if encode_b64(raw) != text:
        raise Refused(Code.MALFORMED, "base64url with trailing bits that are not zero")
    if size is not None and len(raw) != size:
        raise Refused(Code.MALFORMED, f"base64url of {len(raw)} bytes where {size} are due")
    return raw


def digest_b64(data: bytes) -> bytes:
    """SHA-256 of ``data`` as 43 ASCII bytes of base64url (SPEC 2.2); the hot path of the chain."""
    text = b2a_base64(hashlib.sha256(data).digest(), newline=False)
    return text[:43].translate(_TO_URL)


def digest(data: bytes) -> str:
    """SHA-256 of ``data`` as 43 characters of base64url (SPEC 2.2)."""
    return digest_b64(data).decode("ascii")


class SigningKey:
    """A station's (or a council member's) Ed25519 private key (RFC 8032, SPEC 2.3)."""

    __slots__ = ("_key", "public", "seed")

    def __init__(self, seed: bytes) -> None:
        """Take the 32 secret bytes; randomness is the caller's."""
        assert len(seed) == 32
        self.seed = seed
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = encode_b64(self._key.public_key().public_bytes_raw())

    def sign(self, message: bytes) -> str:
        """Sign ``message``: 86 characters of base64url."""
        return encode_b64(self._key.sign(message))

    def __repr__(self) -> str:
        return f"SigningKey({self.public})"


@lru_cache(maxsize=8192)
def _public_key(key: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(decode_b64(key, 32))


def is_signature(key: str, signature: str, message: bytes) -> bool:
    """Whether ``signature`` (86 characters) over ``message`` was made by ``key`` (43 characters).

    Text that is no key or no signature is simply not a signature (SPEC 2.3).
    """
    try:
        _public_key(key).verify(decode_b64(signature, 64), message)
    except (InvalidSignature, Refused, ValueError):
        return False
    return True


def check_public_key(key: str) -> None:
    """Refuse what must not be admitted as a signing key (SPEC 2.3).

    Raises:
        Refused: ``malformed`` for text that is no key, or a point of small order.
    """
    raw = decode_b64(key, 32)
    if raw in SMALL_ORDER_KEYS:
        raise Refused(Code.MALFORMED, "a key of small order")


def sealing_public_key(seed: bytes) -> str:
    """The X25519 public key, as 43 characters, that belongs to 32 secret bytes (SPEC 8.1)."""
    assert len(seed) == 32
    return encode_b64(X25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw())
