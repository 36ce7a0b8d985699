"""Sealed parts: one ciphertext, its key wrapped to each recipient station (SPEC 8, RFC 9180, D11).

The plaintext is encrypted once with AES-256-GCM. The secret wrapped to every recipient is that
key and the SHA-256 of the plaintext, so that all recipients can tell they were given the same.
Both steps are bound to the place of the entry in the network by the same context text.
"""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from protocol.errors import Code, Refused
from protocol.keys import decode_b64, encode_b64
from protocol.limits import FILE_CHUNK_BYTES, SEALED_RECIPIENTS_MAX
from protocol.records import Sealed, SealedKey

SEALED_PREFIX = "yizhan sealed v1"

FILE_PREFIX = b"yizhan file v1\n"
TAG_BYTES = 16

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_KEY_BYTES = 32
_NONCE_BYTES = 12
SEALED_BYTES_MAX = 29_984
"""The longest plaintext: with its tag it fills the 40,000 characters a sealed part may have."""


class SealContext(NamedTuple):
    """Where in the network a sealed part stands: fields of the header of the entry it is in.

    ``subject`` is the case's id, or ``-`` in the entry that opens the case.
    """

    network: str
    author: str
    channel: str
    epoch: int
    subject: str
    kind: str


def seal(
    plaintext: bytes,
    context: SealContext,
    recipients: Sequence[tuple[str, str]],
    key: bytes,
    nonce: bytes,
) -> Sealed:
    """Encrypt a part for up to 16 stations, the sender among them (SPEC 8.2).

    The HPKE library draws the ephemeral keys it wraps with by itself; nothing else here is random.

    Args:
        plaintext: what is confidential; its length shows.
        context: the entry it will stand in.
        recipients: (station id, X25519 public key) of each, 1..16 different stations.
        key: 32 random bytes, used for this part only.
        nonce: 12 random bytes.

    Raises:
        Refused: ``too-large`` above 29,984 bytes; ``malformed`` when a recipient's key is none
            that can be sealed to.
    """
    assert 1 <= len(recipients) <= SEALED_RECIPIENTS_MAX
    assert len({station for station, _ in recipients}) == len(recipients)
    assert len(key) == _KEY_BYTES
    assert len(nonce) == _NONCE_BYTES
    if len(plaintext) > SEALED_BYTES_MAX:
        raise Refused(Code.TOO_LARGE, f"{len(plaintext)} bytes to seal, {SEALED_BYTES_MAX} allowed")
    info = _context_text(context, recipients)
    secret = key + hashlib.sha256(plaintext).digest()
    return Sealed(
        recipients=tuple(
            SealedKey(station=station, key=public, wrapped=_wrap(secret, public, info))
            for station, public in recipients
        ),
        nonce=encode_b64(nonce),
        ciphertext=encode_b64(AESGCM(key).encrypt(nonce, plaintext, info)),
    )


def unseal(sealed: Sealed, context: SealContext, station: str, seed: bytes) -> bytes:
    """Open a sealed part as one of its recipients (SPEC 8.3).

    Args:
        sealed: the part as it stands in the record.
        context: the entry it was found in.
        station: one's own station id.
        seed: the 32 secret bytes of one's X25519 key.

    Raises:
        Refused: ``bad-body`` when it is not sealed to this station and key, or was changed, or
            was taken out of the entry it was sealed for.
    """
    private = X25519PrivateKey.from_private_bytes(seed)
    public = encode_b64(private.public_key().public_bytes_raw())
    mine = [each for each in sealed.recipients if (each.station, each.key) == (station, public)]
    if not mine:
        raise Refused(Code.BAD_BODY, "not sealed to this station, or to another key of it")
    info = _context_text(context, [(each.station, each.key) for each in sealed.recipients])
    try:
        secret = _SUITE.decrypt(decode_b64(mine[0].wrapped), private, info)
        key, expected = secret[:_KEY_BYTES], secret[_KEY_BYTES:]
        nonce = decode_b64(sealed.nonce, _NONCE_BYTES)
        plaintext = AESGCM(key).decrypt(nonce, decode_b64(sealed.ciphertext), info)
    except (InvalidTag, ValueError, Refused):
        raise Refused(Code.BAD_BODY, "the sealed part was changed, or moved here") from None
    if hashlib.sha256(plaintext).digest() != expected:
        raise Refused(Code.BAD_BODY, "the sealed part is not the one all recipients were given")
    return plaintext


def sealed_size(size: int) -> int:
    """The bytes of a sealed file whose plaintext has ``size``, at least 1 (SPEC 8.4)."""
    assert size > 0
    return size + TAG_BYTES * -(-size // FILE_CHUNK_BYTES)


def seal_chunk(chunk: bytes, number: int, key: bytes, *, is_last: bool) -> bytes:
    """Encrypt one chunk of a file (SPEC 8.4).

    Args:
        chunk: 65,536 bytes, the last one 1 to 65,536.
        number: of the chunk, from 0.
        key: 32 random bytes, used for this file only.
        is_last: no chunk follows.
    """
    assert 0 < len(chunk) <= FILE_CHUNK_BYTES
    assert is_last or len(chunk) == FILE_CHUNK_BYTES
    return AESGCM(key).encrypt(_chunk_nonce(number, is_last), chunk, FILE_PREFIX)


def unseal_chunk(chunk: bytes, number: int, key: bytes, *, is_last: bool) -> bytes:
    """Open one chunk of a file; arguments as of :func:`seal_chunk`.

    Raises:
        Refused: ``bad-body`` when it was changed, moved, or the file was cut off.
    """
    try:
        return AESGCM(key).decrypt(_chunk_nonce(number, is_last), chunk, FILE_PREFIX)
    except (InvalidTag, ValueError):
        raise Refused(Code.BAD_BODY, "the sealed file was changed or cut off") from None


def _chunk_nonce(number: int, is_last: bool) -> bytes:
    return number.to_bytes(_NONCE_BYTES - 1, "big") + bytes([is_last])


def _wrap(secret: bytes, public: str, info: bytes) -> str:
    try:
        key = X25519PublicKey.from_public_bytes(decode_b64(public, 32))
        return encode_b64(_SUITE.encrypt(secret, key, info))
    except ValueError:
        raise Refused(Code.MALFORMED, "a sealing key that cannot be sealed to") from None


def _context_text(context: SealContext, recipients: Sequence[tuple[str, str]]) -> bytes:
    """``yizhan sealed v1`` and the context's fields, then STATION KEY of each, an LF after each."""
    lines = [SEALED_PREFIX, *(str(each) for each in context)]
    lines += [f"{station} {key}" for station, key in recipients]
    return "".join(f"{line}\n" for line in lines).encode("ascii")
