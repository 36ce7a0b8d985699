"""Sealed parts: who can open them, and who cannot (SPEC 8, D11, promise P7)."""

import pytest

from protocol.errors import Code, Refused
from protocol.keys import decode_b64, encode_b64, sealing_public_key
from protocol.limits import SEALED_RECIPIENTS_MAX
from protocol.records import ReferralRequested, Sealed, parse_record
from protocol.sealing import SEALED_BYTES_MAX, SealContext, seal, unseal

SENDER, RECEIVER, STRANGER = (encode_b64(bytes([n]) * 32) for n in (1, 2, 3))
SENDER_SEED, RECEIVER_SEED, STRANGER_SEED = (bytes([n]) * 32 for n in (11, 12, 13))
RECIPIENTS = [
    (SENDER, sealing_public_key(SENDER_SEED)),
    (RECEIVER, sealing_public_key(RECEIVER_SEED)),
]
CONTEXT = SealContext("00112233aabbccdd", SENDER, "referrals", 1_800_000_000, "-", "x.y/1")
KEY, NONCE = bytes(range(32)), bytes(range(12))
TEXT = "诸暨某针织厂，联系人另告".encode()


def _sealed(text: bytes = TEXT) -> Sealed:
    return seal(text, CONTEXT, RECIPIENTS, KEY, NONCE)


def _with_wrapped(sealed: Sealed, wrapped: bytes) -> Sealed:
    first, second = sealed.recipients
    changed = second.model_copy(update={"wrapped": encode_b64(wrapped)})
    return sealed.model_copy(update={"recipients": (first, changed)})


@pytest.mark.parametrize("text", [b"", TEXT, b"x" * SEALED_BYTES_MAX])
def test_every_recipient_reads_what_was_sealed(text: bytes) -> None:
    sealed = _sealed(text)

    assert unseal(sealed, CONTEXT, SENDER, SENDER_SEED) == text
    assert unseal(sealed, CONTEXT, RECEIVER, RECEIVER_SEED) == text


def test_a_sealed_part_survives_the_body_line_it_travels_in() -> None:
    record = ReferralRequested(salt="A" * 22, need=SENDER, to=RECEIVER, sealed=_sealed())

    parsed = parse_record(record.KIND, record.CHANNEL, record.body())

    assert isinstance(parsed, ReferralRequested)
    assert parsed.sealed is not None
    assert unseal(parsed.sealed, CONTEXT, RECEIVER, RECEIVER_SEED) == TEXT


def test_the_plaintext_shows_nowhere_in_the_record() -> None:
    assert TEXT.decode() not in _sealed().model_dump_json()
    assert encode_b64(TEXT)[:20] not in _sealed().model_dump_json()


@pytest.mark.parametrize(
    ("station", "seed"),
    [
        (STRANGER, STRANGER_SEED),
        (RECEIVER, STRANGER_SEED),
        (STRANGER, RECEIVER_SEED),
        (SENDER, RECEIVER_SEED),
    ],
)
def test_a_station_it_was_not_sealed_to_cannot_open_it(station: str, seed: bytes) -> None:
    with pytest.raises(Refused) as refused:
        unseal(_sealed(), CONTEXT, station, seed)

    assert refused.value.code is Code.BAD_BODY
    assert "not sealed to this station" in refused.value.detail


@pytest.mark.parametrize(
    "moved",
    [
        CONTEXT._replace(network="ffffffffffffffff"),
        CONTEXT._replace(author=STRANGER),
        CONTEXT._replace(channel="needs"),
        CONTEXT._replace(epoch=1_800_000_001),
        CONTEXT._replace(subject=STRANGER),
        CONTEXT._replace(kind="x.y/2"),
    ],
)
def test_a_sealed_part_moved_to_another_entry_does_not_open(moved: SealContext) -> None:
    with pytest.raises(Refused, match="changed, or moved"):
        unseal(_sealed(), moved, RECEIVER, RECEIVER_SEED)


def test_a_recipient_added_later_closes_it_for_all() -> None:
    sealed = _sealed()
    more = (*sealed.recipients, sealed.recipients[0].model_copy(update={"station": STRANGER}))

    with pytest.raises(Refused, match="changed, or moved"):
        unseal(sealed.model_copy(update={"recipients": more}), CONTEXT, RECEIVER, RECEIVER_SEED)


@pytest.mark.parametrize("name", ["nonce", "ciphertext"])
def test_a_changed_byte_is_noticed(name: str) -> None:
    sealed = _sealed()
    raw = bytearray(decode_b64(getattr(sealed, name)))
    raw[0] ^= 1

    with pytest.raises(Refused, match="changed, or moved"):
        unseal(
            sealed.model_copy(update={name: encode_b64(bytes(raw))}),
            CONTEXT,
            RECEIVER,
            RECEIVER_SEED,
        )


@pytest.mark.parametrize("wrapped", [b"", bytes(112), b"\x09" * 112])
def test_a_wrapped_key_that_is_noise_is_refused(wrapped: bytes) -> None:
    with pytest.raises(Refused, match="changed, or moved"):
        unseal(_with_wrapped(_sealed(), wrapped), CONTEXT, RECEIVER, RECEIVER_SEED)


def test_text_that_is_not_base64url_is_refused() -> None:
    sealed = _sealed().model_copy(update={"ciphertext": "AAAA=" * 8})

    with pytest.raises(Refused, match="changed, or moved"):
        unseal(sealed, CONTEXT, RECEIVER, RECEIVER_SEED)


def test_recipients_cannot_be_given_different_texts() -> None:
    honest = _sealed()
    other = seal(b"another text", CONTEXT, RECIPIENTS, KEY, NONCE)
    mixed = _with_wrapped(honest, decode_b64(other.recipients[1].wrapped))

    with pytest.raises(Refused, match="not the one all recipients were given"):
        unseal(mixed, CONTEXT, RECEIVER, RECEIVER_SEED)


@pytest.mark.parametrize(
    "key", ["A" * 43, encode_b64(b"\x01" + bytes(31)), encode_b64(bytes(31)), "not a key"]
)
def test_a_key_nothing_can_be_sealed_to_is_refused(key: str) -> None:
    with pytest.raises(Refused) as refused:
        seal(TEXT, CONTEXT, [(SENDER, key)], KEY, NONCE)

    assert refused.value.code is Code.MALFORMED


def test_more_than_a_sealed_part_may_hold_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        _sealed(b"x" * (SEALED_BYTES_MAX + 1))

    assert refused.value.code is Code.TOO_LARGE


def test_a_caller_that_breaks_the_contract_is_a_bug_of_ours() -> None:
    crowd = [(encode_b64(bytes([n]) * 32), RECIPIENTS[0][1]) for n in range(SEALED_RECIPIENTS_MAX)]
    assert len(seal(TEXT, CONTEXT, crowd, KEY, NONCE).recipients) == SEALED_RECIPIENTS_MAX
    for recipients, key, nonce in (
        ([], KEY, NONCE),
        ([*crowd, (STRANGER, RECIPIENTS[0][1])][:17], KEY, NONCE),
        ([RECIPIENTS[0], RECIPIENTS[0]], KEY, NONCE),
        (RECIPIENTS, KEY[:31], NONCE),
        (RECIPIENTS, KEY, NONCE[:11]),
    ):
        with pytest.raises(AssertionError):
            seal(TEXT, CONTEXT, recipients, key, nonce)
