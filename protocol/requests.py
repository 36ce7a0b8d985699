"""Requests between stations are signed: RFC 9421 over a fixed list of components (SPEC 7.1).

A signature covers the method, the path, the query, the digest of the content (RFC 9530) and the
key of the station it is meant for, so that it can be replayed neither elsewhere nor later.
"""

import hashlib
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping

from protocol.errors import Code, Refused
from protocol.header import HASH_TEXT
from protocol.keys import SigningKey, decode_b64, encode_b64, is_signature
from protocol.limits import REQUEST_AGE_S_MAX

LABEL = "yz"
COMPONENTS = '("@method" "@path" "@query" "content-digest" "yizhan-to")'
TO = "Yizhan-To"

_INPUT = re.compile(
    rf'{LABEL}=({re.escape(COMPONENTS)};created=([1-9][0-9]{{0,11}});keyid="({HASH_TEXT})"'
    r';alg="ed25519")'
)
_SIGNATURE = re.compile(rf"{LABEL}=:([A-Za-z0-9+/]{{86}}==):")


def content_digest(content: bytes) -> str:
    """The Content-Digest field of a content (RFC 9530)."""
    return f"sha-256=:{b64encode(hashlib.sha256(content).digest()).decode('ascii')}:"


def _signature_base(
    method: str, path: str, query: str, digest: str, to: str, parameters: str
) -> bytes:
    """The signature base of RFC 9421, section 2.5, for exactly our components.

    An address is signed as the bytes it was sent as, those that are no UTF-8 too: an HTTP server
    hands them on as surrogates.
    """
    return (
        f'"@method": {method}\n'
        f'"@path": {path}\n'
        f'"@query": ?{query}\n'
        f'"content-digest": {digest}\n'
        f'"yizhan-to": {to}\n'
        f'"@signature-params": {parameters}'
    ).encode("utf-8", "surrogateescape")


def sign_request(
    key: SigningKey, to: str, method: str, path: str, query: str, content: bytes, created_s: int
) -> dict[str, str]:
    """The header fields that sign a request (SPEC 7.1).

    Args:
        key: the calling station's signing key.
        to: the receiving station's key.
        method: in capitals.
        path: as it stands in the request target.
        query: as it stands in the request target, without ``?``; empty for none.
        content: the content as sent, after any content coding.
        created_s: Unix seconds.
    """
    digest = content_digest(content)
    parameters = f'{COMPONENTS};created={created_s};keyid="{key.public}";alg="ed25519"'
    base = _signature_base(method, path, query, digest, to, parameters)
    signature = b64encode(decode_b64(key.sign(base), 64)).decode("ascii")
    return {
        "Content-Digest": digest,
        TO: to,
        "Signature-Input": f"{LABEL}={parameters}",
        "Signature": f"{LABEL}=:{signature}:",
    }


def is_signed(headers: Mapping[str, str]) -> bool:
    """Whether a request claims to be signed at all."""
    return "Signature-Input" in headers or "Signature" in headers


def check_request(
    headers: Mapping[str, str],
    method: str,
    path: str,
    query: str,
    content: bytes,
    me: str,
    now_s: int,
) -> str:
    """Whose request this is (SPEC 7.1).

    Args:
        headers: the request's fields; names as :func:`sign_request` writes them, or a mapping
            that does not mind their case.
        method: in capitals.
        path: as it stands in the request target.
        query: as it stands in the request target, without ``?``.
        content: the content as received, before any content coding is undone.
        me: the receiving station's key.
        now_s: Unix seconds.

    Returns:
        The caller's key; whether it is admitted is another question.

    Raises:
        Refused: ``bad-request`` when fields are missing or another station is meant, ``clock``
            when it was made more than 300 s from now, ``bad-signature`` when it does not hold.
    """
    given = _INPUT.fullmatch(headers.get("Signature-Input", ""))
    sealed = _SIGNATURE.fullmatch(headers.get("Signature", ""))
    if given is None or sealed is None:
        raise Refused(Code.BAD_REQUEST, "not signed as RFC 9421 and SPEC 7.1 ask for")
    if headers.get(TO) != me:
        raise Refused(Code.BAD_REQUEST, f"meant for another station; this one is {me}")
    parameters, created, caller = given.group(1), int(given.group(2)), given.group(3)
    if abs(now_s - created) > REQUEST_AGE_S_MAX:
        raise Refused(Code.CLOCK, f"made {now_s - created} s ago by this node's clock")
    digest = headers.get("Content-Digest", "")
    if digest != content_digest(content):
        raise Refused(Code.BAD_SIGNATURE, "the content is not the one that was signed")
    base = _signature_base(method, path, query, digest, me, parameters)
    if not is_signature(caller, encode_b64(b64decode(sealed.group(1))), base):
        raise Refused(Code.BAD_SIGNATURE, "the request was not signed by its key")
    return caller
