"""Keys and base64url text (SPEC 2)."""

import hashlib
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import Refused
from protocol.keys import (
    SMALL_ORDER_KEYS,
    SigningKey,
    check_public_key,
    decode_b64,
    digest,
    digest_b64,
    encode_b64,
    is_signature,
    sealing_public_key,
)


@given(st.binary(max_size=100))
def test_base64url_reads_back_what_it_wrote(raw: bytes) -> None:
    assert decode_b64(encode_b64(raw)) == raw


@given(st.text(max_size=50))
def test_text_that_is_accepted_is_the_one_spelling_of_its_bytes(text: str) -> None:
    try:
        raw = decode_b64(text)
    except Refused as refused:
        assert refused.code == "malformed"
    else:
        assert encode_b64(raw) == text


@pytest.mark.parametrize("text", ["AB==", "A", "AB", "A+BC", "A/BC", "A BC", "é", "AAA\n"])
def test_padding_other_alphabets_and_trailing_bits_are_malformed(text: str) -> None:
    with pytest.raises(Refused, match="malformed"):
        decode_b64(text)


def test_a_text_of_the_wrong_length_is_malformed() -> None:
    with pytest.raises(Refused, match="3 bytes where 32 are due"):
        decode_b64("AAAA", 32)


def test_the_rfc_8032_first_vector_signs_as_published() -> None:
    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    key = SigningKey(seed)
    assert decode_b64(key.public).hex() == (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    )
    assert decode_b64(key.sign(b"")).hex().startswith("e5564300c360ac729086e2cc806e828a")
    assert seed.hex() not in repr(key)


def test_a_signature_holds_for_its_message_and_key_only() -> None:
    key, other = SigningKey(os.urandom(32)), SigningKey(os.urandom(32))
    signature = key.sign(b"message")
    assert is_signature(key.public, signature, b"message")
    assert not is_signature(key.public, signature, b"massage")
    assert not is_signature(other.public, signature, b"message")
    assert not is_signature(key.public, signature[:-1], b"message")
    assert not is_signature("no key", signature, b"message")


def test_digests_are_sha256_in_43_characters() -> None:
    raw = hashlib.sha256(b"abc").digest()
    assert digest(b"abc") == encode_b64(raw)
    assert digest_b64(b"abc") == encode_b64(raw).encode()


@pytest.mark.parametrize("raw", sorted(SMALL_ORDER_KEYS))
def test_keys_of_small_order_are_refused(raw: bytes) -> None:
    with pytest.raises(Refused, match="small order"):
        check_public_key(encode_b64(raw))


def test_an_honest_key_is_let_through() -> None:
    check_public_key(SigningKey(os.urandom(32)).public)


def test_the_rfc_7748_key_pair_has_the_published_public_key() -> None:
    alice = bytes.fromhex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a")
    assert decode_b64(sealing_public_key(alice)).hex() == (
        "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"
    )
