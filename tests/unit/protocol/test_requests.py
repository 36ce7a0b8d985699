"""Signed requests, with a library of the standard as the oracle (SPEC 7.1, RFC 9421)."""

import datetime
from typing import Any

import http_message_signatures as oracle
import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from protocol.errors import Refused
from protocol.keys import SigningKey, decode_b64
from protocol.requests import check_request, is_signed, sign_request

CALLER, OTHER = SigningKey(b"c" * 32), SigningKey(b"o" * 32)
ME = SigningKey(b"m" * 32).public
NOW = 1_790_000_000
PATH, QUERY, CONTENT = "/sync/v1/changes", "after=1.2.ab&wait=55", b"content"


def signed(content: bytes = CONTENT) -> dict[str, str]:
    return sign_request(CALLER, ME, "POST", PATH, QUERY, content, NOW)


def check(headers: dict[str, str], **changes: Any) -> str:
    values: dict[str, Any] = {
        "method": "POST", "path": PATH, "query": QUERY, "content": CONTENT, "me": ME, "now_s": NOW,
    }  # fmt: skip
    return check_request(headers, **(values | changes))


def test_a_signed_request_is_its_callers() -> None:
    assert check(signed()) == CALLER.public
    assert is_signed(signed())
    assert not is_signed({})


@pytest.mark.parametrize("drift", [-300, 300])
def test_a_request_holds_for_300_seconds_either_way(drift: int) -> None:
    assert check(signed(), now_s=NOW + drift) == CALLER.public


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"method": "GET"}, "bad-signature"),
        ({"path": "/sync/v1/hello"}, "bad-signature"),
        ({"query": "after=1.3.ab&wait=55"}, "bad-signature"),
        ({"content": b"other"}, "bad-signature"),
        ({"me": OTHER.public}, "bad-request"),
        ({"now_s": NOW + 301}, "clock"),
        ({"now_s": NOW - 301}, "clock"),
    ],
)
def test_a_request_that_was_changed_moved_or_kept_is_refused(
    changes: dict[str, Any], code: str
) -> None:
    with pytest.raises(Refused) as refused:
        check(signed(), **changes)
    assert refused.value.code == code


@pytest.mark.parametrize("field", ["Content-Digest", "Yizhan-To", "Signature-Input", "Signature"])
def test_a_missing_field_is_refused(field: str) -> None:
    headers = signed()
    del headers[field]
    with pytest.raises(Refused):
        check(headers)


@pytest.mark.parametrize(
    "text",
    [
        'yz=("@method");created=1790000000;keyid="x";alg="ed25519"',
        "",
        'other=("@method" "@path")',
        "yz=" + "(" * 10_000,
    ],
)
def test_another_list_of_components_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="bad-request"):
        check(signed() | {"Signature-Input": text})


def test_another_key_cannot_speak_for_the_caller() -> None:
    forged = sign_request(OTHER, ME, "POST", PATH, QUERY, CONTENT, NOW)
    headers = forged | {
        "Signature-Input": forged["Signature-Input"].replace(OTHER.public, CALLER.public)
    }
    with pytest.raises(Refused, match="bad-signature"):
        check(headers)


class Keys(oracle.HTTPSignatureKeyResolver):  # type: ignore[misc]
    def resolve_public_key(self, key_id: str) -> Ed25519PublicKey:
        return Ed25519PublicKey.from_public_bytes(decode_b64(key_id))

    def resolve_private_key(self, key_id: str) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(CALLER.seed)


def prepared(headers: dict[str, str]) -> httpx.Request:
    url = f"http://station.example{PATH}?{QUERY}"
    return httpx.Request("POST", url, content=CONTENT, headers=headers)


def test_the_library_of_the_standard_accepts_our_signature() -> None:
    verifier = oracle.HTTPMessageVerifier(
        signature_algorithm=oracle.algorithms.ED25519, key_resolver=Keys()
    )
    results = verifier.verify(prepared(signed()), max_age=datetime.timedelta(days=365_000))
    assert len(results) == 1
