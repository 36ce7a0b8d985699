"""The header line: each field, each rule (SPEC 3)."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import Refused
from protocol.header import (
    Header,
    LogId,
    encode_header,
    entry_id,
    is_header_signed,
    parse_header,
    sign_header,
)
from protocol.keys import SigningKey, digest

KEY = SigningKey(bytes(range(32)))
NET = "0123456789abcdef"
ID = digest(b"an entry")


def header(**changes: object) -> Header:
    plain = Header(
        NET, KEY.public, "needs", 1_790_000_000, 7, ID, 1_790_000_000_123,
        "need.published/1", "-", 600, digest(b"a body"), "",
    )  # fmt: skip
    return plain._replace(**changes)


def signed(**changes: object) -> bytes:
    return sign_header(header(**changes), KEY)


def test_a_signed_header_reads_back_and_re_encodes_to_the_same_bytes() -> None:
    line = signed()
    parsed = parse_header(line)
    assert parsed._replace(sig="") == header()
    assert encode_header(parsed) == line
    assert parsed.log == LogId(KEY.public, "needs", 1_790_000_000)
    assert is_header_signed(line, KEY.public)
    assert entry_id(line) == digest(line)


def replaced(index: int, text: str) -> bytes:
    fields = signed().split(b" ")
    fields[index] = text.encode()
    return b" ".join(fields)


BROKEN = [
    (0, "yz2", "unsupported"),
    (0, "yz12", "unsupported"),
    (0, "YZ1", "malformed"),
    (1, NET.upper(), "malformed"),
    (1, NET[:-1], "malformed"),
    (2, KEY.public[:-1], "malformed"),
    (2, KEY.public[:-1] + "B", "malformed"),
    (2, KEY.public[:-1] + "=", "malformed"),
    (3, "need", "malformed"),
    (3, "Needs", "malformed"),
    (4, "01", "malformed"),
    (4, "-1", "malformed"),
    (4, "+1", "malformed"),
    (4, "", "malformed"),
    (4, str(2**53), "malformed"),
    (5, "07", "malformed"),
    (5, str(2**53), "malformed"),
    (5, "0", "bad-chain"),
    (6, "-", "bad-chain"),
    (6, ID[:-1] + "B", "malformed"),
    (7, "1.5", "malformed"),
    (7, str(2**53), "malformed"),
    (8, "need.published", "malformed"),
    (8, "need.published/0", "malformed"),
    (8, "need.published/100", "malformed"),
    (8, "Need.published/1", "malformed"),
    (8, "needpublished/1", "malformed"),
    (8, "a." + "b" * 47 + "/1", "malformed"),
    (9, "x", "malformed"),
    (9, "--", "malformed"),
    (10, "1", "malformed"),
    (10, "0600", "malformed"),
    (10, "65537", "too-large"),
    (11, ID[:-2], "malformed"),
    (12, "A" * 85, "malformed"),
    (12, "A" * 85 + "B", "malformed"),
]


@pytest.mark.parametrize(("index", "text", "code"), BROKEN)
def test_a_field_that_breaks_its_rule_is_refused_with_its_code(
    index: int, text: str, code: str
) -> None:
    with pytest.raises(Refused) as refused:
        parse_header(replaced(index, text))
    assert refused.value.code == code


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b" ",
        signed() + b" ",
        b" " + signed(),
        signed() + b" more",
        signed().replace(b" ", b"  ", 1),
        signed().replace(b" ", b"\t", 1),
        signed() + b"\r",
        signed()[:-1] + b"\n",
        b"\xff" * 80,
    ],
)
def test_other_spacing_and_other_bytes_are_malformed(line: bytes) -> None:
    with pytest.raises(Refused, match="malformed"):
        parse_header(line)


def test_a_line_beyond_512_bytes_is_too_large() -> None:
    with pytest.raises(Refused, match="too-large"):
        parse_header(signed() + b"x" * 512)


def test_the_field_that_is_wrong_is_named() -> None:
    with pytest.raises(Refused, match="field channel breaks its rule"):
        parse_header(replaced(3, "gossip"))


def test_the_largest_numbers_are_let_through() -> None:
    line = signed(epoch=2**53 - 1, seq=2**53 - 1, time=2**53 - 1, size=65_536)
    assert len(line) <= 512
    assert parse_header(line).time == 2**53 - 1


def test_a_changed_byte_breaks_the_signature() -> None:
    line = bytearray(signed())
    position = bytes(line).index(b" 600 ") + 1
    line[position] = ord("5")
    assert not is_header_signed(bytes(line), KEY.public)


@given(st.binary(max_size=600))
def test_whatever_is_accepted_re_encodes_to_the_same_bytes(line: bytes) -> None:
    try:
        parsed = parse_header(line)
    except Refused:
        return
    assert encode_header(parsed) == line


@given(st.integers(0, 400), st.integers(0, 255))
def test_one_changed_byte_is_refused_or_another_header(position: int, byte: int) -> None:
    line = bytearray(signed())
    line[position % len(line)] = byte
    try:
        parsed = parse_header(bytes(line))
    except Refused:
        return
    assert encode_header(parsed) == bytes(line)
    assert bytes(line) == signed() or not is_header_signed(bytes(line), parsed.author)


def test_another_key_cannot_sign_for_the_author() -> None:
    other = SigningKey(os.urandom(32))
    unsigned = signed().rpartition(b" ")[0]
    forged = unsigned + b" " + other.sign(b"yizhan entry v1\n" + unsigned).encode()
    assert parse_header(forged)
    assert not is_header_signed(forged, KEY.public)
