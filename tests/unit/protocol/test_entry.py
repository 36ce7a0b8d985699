"""Writing an entry, and the strict JSON of a body (SPEC 3.3, 4.1)."""

import json
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.entry import Tail, encode_body, parse_body, write_entry
from protocol.errors import Inert, Refused
from protocol.header import LogId, is_header_signed, parse_header
from protocol.keys import SigningKey, digest

KEY = SigningKey(bytes(32))
LOG = LogId(KEY.public, "needs", 1_790_000_000)
NET = "0123456789abcdef"


def test_the_first_entry_has_seq_0_and_no_prev_and_the_next_follows_it() -> None:
    first = write_entry(
        KEY, NET, LOG, None, time=5, kind="log.opened/1", subject="-", body=b'{"why":"new"}'
    )
    tail = Tail(0, first.id, 5)
    second = write_entry(
        KEY, NET, LOG, tail, time=6, kind="need.published/1", subject="-", body=b"{}"
    )
    assert (first.header.seq, first.header.prev) == (0, "-")
    assert (second.header.seq, second.header.prev) == (1, first.id)
    assert parse_header(second.line) == second.header
    assert second.header.digest == digest(b"{}")
    assert is_header_signed(second.line, KEY.public)


@pytest.mark.parametrize("body", [b"", b"x", b"x" * 65_537])
def test_a_body_of_another_size_is_never_signed(body: bytes) -> None:
    with pytest.raises(Refused, match="too-large"):
        write_entry(KEY, NET, LOG, None, time=5, kind="log.opened/1", subject="-", body=body)


def test_a_body_is_one_line_of_utf8() -> None:
    body = encode_body({"标题": "第一行\n第二行", "n": 3})
    assert b"\n" not in body
    assert "标题".encode() in body
    assert parse_body(body) == {"标题": "第一行\n第二行", "n": 3}


REFUSED = {
    "not json": b"{",
    "not utf-8": b'{"a":"\xff"}',
    "an array": b"[]",
    "a duplicate name": b'{"a":1,"a":1}',
    "a duplicate name deep inside": b'{"a":[{"b":1,"b":2}]}',
    "a float": b'{"a":1.0}',
    "an exponent": b'{"a":1e3}',
    "NaN": b'{"a":NaN}',
    "Infinity": b'{"a":-Infinity}',
    "an integer too large": b'{"a":9007199254740992}',
    "an integer too small": b'{"a":-9007199254740992}',
    "a very long integer": b'{"a":' + b"9" * 5000 + b"}",
    "a lone surrogate": b'{"a":"\\ud800"}',
    "a lone low surrogate": b'{"a":"\\uDC00"}',
    "seventeen levels": b'{"a":' * 17 + b"1" + b"}" * 17,
    "very many levels": b'{"a":' + b"[" * 60_000,
    "an unescaped line break": b'{"a":"\n"}',
    "a second value": b"{}{}",
    "a byte order mark": b"\xef\xbb\xbf{}",
}


@pytest.mark.parametrize("tail", [b'"' + b'\\"' * 32_000, b'"\\' * 32_000, b'"' * 65_000])
def test_a_hostile_body_is_read_in_the_time_of_an_honest_one(tail: bytes) -> None:
    began_s = process_time()
    with pytest.raises(Inert):
        parse_body(b"[" * 20 + tail)
    assert process_time() - began_s < 0.5


@pytest.mark.parametrize("case", REFUSED)
def test_json_outside_the_rules_is_bad_json(case: str) -> None:
    with pytest.raises(Inert) as inert:
        parse_body(REFUSED[case])
    assert inert.value.reason == "bad-json"


def test_an_empty_body_line_is_absent() -> None:
    with pytest.raises(Inert, match="absent"):
        parse_body(b"")


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'{"a":9007199254740991,"b":-9007199254740991,"c":-1}',
        b'{"a":"\\ud83d\\ude00"}',
        b'{"a":' * 16 + b"1" + b"}" * 16,
        b'{"a":"' + b"[" * 40 + b'\\"{"}',
        b'{"a":[1,null,true,"x",{}]}',
    ],
)
def test_json_inside_the_rules_is_read_as_any_reader_would(body: bytes) -> None:
    assert parse_body(body) == json.loads(body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), JSON, max_size=5))
def test_what_is_written_is_read_back(value: dict[str, object]) -> None:
    assert parse_body(encode_body(value)) == value
