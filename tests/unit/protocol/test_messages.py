import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from protocol.cursor import Cursor, filter_digest, parse_cursor
from protocol.errors import Code, Refused
from protocol.exchange import Form, decode_request, encode_request
from protocol.header import LogId
from protocol.heads import (
    Head,
    add_heads,
    bucket_of,
    fold_heads,
    fold_subs,
    head_hash,
    heads_digest,
    log_name,
    place_of,
    write_value,
    write_values,
)
from protocol.keys import digest
from protocol.limits import (
    BUCKETS,
    CHANNELS,
    COMPARISON_BYTES_MAX,
    INTEGER_MAX,
    REQUEST_BYTES_MAX,
)
from protocol.messages import (
    BucketsReply,
    BucketsRequest,
    ChangesRequest,
    HeadsReply,
    HeadsRequest,
    Hello,
    HelloRequest,
    Outcome,
    Outcomes,
    PushRequest,
    RangeRequest,
    Request,
    write_heads,
    write_outcomes,
)
from protocol.page import Page, decode_page
from protocol.records import KINDS

KEY = digest(b"a key")
LOG = LogId(KEY, "needs", 1_790_000_000)
NATURALS = st.integers(0, INTEGER_MAX)
FILTER = filter_digest(CHANNELS)
VALUES = ("0123456789abcdef",) * BUCKETS


def code(refused: pytest.ExceptionInfo[Refused]) -> Code:
    return refused.value.code


# -- cursors --------------------------------------------------------------------------------------


@given(NATURALS, NATURALS)
def test_a_cursor_reads_as_it_was_written(epoch: int, position: int) -> None:
    cursor = Cursor(epoch, position, FILTER)
    assert parse_cursor(str(cursor)) == cursor


@pytest.mark.parametrize(
    "text",
    ["", "1.2", f"01.2.{FILTER}", f"1.-2.{FILTER}", f"1.2.{FILTER[:-1]}", f"1.2.{FILTER.upper()}Z",
     f"{2**53}.1.{FILTER}", f"1.{2**53}.{FILTER}", f" 1.2.{FILTER}", f"1.2.{FILTER}\n"],
)  # fmt: skip
def test_other_text_is_no_cursor(text: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_cursor(text)
    assert code(refused) is Code.BAD_REQUEST


def test_a_filter_does_not_mind_order_and_tells_channels_apart() -> None:
    assert filter_digest(("needs", "registry")) == filter_digest(("registry", "needs"))
    assert filter_digest(("needs",)) != filter_digest(("results",))


# -- heads ----------------------------------------------------------------------------------------


def heads(count: int) -> list[Head]:
    return [Head(LogId(digest(b"%d" % n), "needs", n), n, digest(b"id %d" % n), n) for n in range(count)]  # fmt: skip # noqa: E501


def test_the_name_of_a_log_decides_its_bucket_and_sub_bucket() -> None:
    bucket, sub = place_of(LOG)
    assert bucket == bucket_of(LOG)
    assert 0 <= bucket < 256
    assert 0 <= sub < 16
    assert log_name(LOG) == f"{KEY}/needs/1790000000"


def test_buckets_are_kept_by_taking_the_old_head_out_and_the_new_one_in() -> None:
    old = heads(20)
    new = [head._replace(seq=head.seq + 1) for head in old]
    values = fold_heads(old)
    for before, after in zip(old, new, strict=True):
        bucket = bucket_of(before.log)
        values[bucket] = add_heads((values[bucket], -head_hash(before), head_hash(after)))
    assert values == fold_heads(new)


def test_the_order_of_heads_does_not_matter_to_the_digest() -> None:
    assert heads_digest(fold_heads(heads(50))) == heads_digest(fold_heads(heads(50)[::-1]))
    assert heads_digest(fold_heads(heads(50))) != heads_digest(fold_heads(heads(49)))


def test_sub_buckets_add_up_to_their_bucket() -> None:
    some = heads(100)
    values = fold_heads(some)
    bucket = bucket_of(some[0].log)
    inside = [head for head in some if bucket_of(head.log) == bucket]
    assert add_heads(fold_subs(inside)) == values[bucket]


def test_the_first_eight_bytes_of_a_value_go_over_the_wire() -> None:
    assert write_value(0) == "0" * 16
    assert write_value(2**256 - 1) == "f" * 16
    assert write_value(1 << 192) == "0" * 15 + "1"
    values = fold_heads(heads(50))
    assert write_values(values) == tuple(write_value(value) for value in values)


# -- replies --------------------------------------------------------------------------------------


def test_outcomes_read_as_they_were_written() -> None:
    outcomes = [
        Outcome(LOG, 3, 4, "accepted", 7),
        Outcome(LOG, 9, 1, Code.GAP, 7, "entry 7 is due"),
        Outcome(None, 0, 2, Code.MALFORMED),
    ]
    assert Outcomes.decode(write_outcomes(outcomes).encode()).read() == outcomes


def test_heads_read_as_they_were_written() -> None:
    some = heads(5)
    reply = HeadsReply.decode(HeadsReply(heads=write_heads(some), more=True).encode())
    assert [each.head for each in reply.heads] == some


@given(NATURALS, st.booleans(), st.sampled_from([None, "0123456789abcdef"]), st.binary())
def test_a_page_reads_as_it_was_written(
    position: int, more: bool, digest_: str | None, text: bytes
) -> None:
    page = Page(Cursor(1, position, FILTER), more, digest_, text)
    assert decode_page(page.encode()) == page


@pytest.mark.parametrize(
    "raw",
    [b"", b"{}", b"{}\n", b"x\n", b"\n", b'{"cursor":"1.2","more":false}\n',
     b'{"cursor":"1.2.0123456789abcdef"}\n', b'{"cursor":"1.2.0123456789abcdef","more":1}\n',
     b'{"cursor":"1.2.0123456789abcdef","more":true,"digest":"x"}\n',
     b'{"cursor":"9999999999999999.2.0123456789abcdef","more":true}\n',
     b" " * 2000 + b"{}\n"],
)  # fmt: skip
def test_a_page_without_a_good_first_line_is_malformed(raw: bytes) -> None:
    with pytest.raises(Refused) as refused:
        decode_page(raw)
    assert code(refused) is Code.MALFORMED


def test_a_newer_peer_may_say_more_in_its_replies() -> None:
    raw = json.loads(BucketsReply(buckets=(), resume="1.2.0123456789abcdef").encode())
    newer = json.dumps({**raw, "news": [1, 2]}).encode()
    assert BucketsReply.decode(newer).resume == "1.2.0123456789abcdef"


@pytest.mark.parametrize("kind", [Hello, Outcomes, BucketsReply, HeadsReply, BucketsRequest])
@given(raw=st.one_of(st.binary(), st.from_regex(r"[\[\]{}\":,0-9a-z ]{0,60}").map(str.encode)))
def test_hostile_bytes_are_refused_and_never_raise_anything_else(kind: type, raw: bytes) -> None:
    with pytest.raises(Refused):
        kind.decode(raw)


@pytest.mark.parametrize(
    ("kind", "field"),
    [(Hello, "heads"), (Outcomes, "outcomes"), (BucketsReply, "buckets"), (HeadsReply, "heads"),
     (HeadsRequest, "places"), (BucketsRequest, "buckets"), (ChangesRequest, "channels"),
     (KINDS["act.carried/1"], "signatures")],
)  # fmt: skip
def test_a_list_is_left_at_its_first_bad_item(kind: type[BaseModel], field: str) -> None:
    with pytest.raises(ValidationError) as fault:
        kind.model_validate_json(b'{"%b":[%b{}]}' % (field.encode(), b"{}," * 200))
    found = [each["loc"] for each in fault.value.errors() if each["loc"][0] == field]
    assert {loc[1] for loc in found if len(loc) > 1} == {0}


def test_a_message_that_is_too_long_is_not_even_read() -> None:
    with pytest.raises(Refused) as refused:
        Hello.decode(b" " * (REQUEST_BYTES_MAX + 1))
    assert code(refused) is Code.TOO_LARGE


# -- requests as HTTP carries them ----------------------------------------------------------------

REQUESTS: list[Request] = [
    HelloRequest(),
    ChangesRequest(),
    ChangesRequest(after=f"1.2.{FILTER}", wait_s=55, channels=("registry", "needs"), echo=True),
    PushRequest(text=b"yz1 ...\n{}\n"),
    BucketsRequest(channels=CHANNELS, buckets=VALUES),
    HeadsRequest(channels=("needs",), places=((0, 15), (255, 0)), after=log_name(LOG)),
    RangeRequest(author=KEY, channel="needs", epoch=7, first=0),
    RangeRequest(author=KEY, channel="needs", epoch=7, first=3, last=9, bodies=False),
]


@pytest.mark.parametrize("request_", REQUESTS)
def test_a_request_reads_as_it_was_written(request_: Request) -> None:
    assert decode_request(*encode_request(request_)) == request_


def test_the_form_of_a_request_is_the_one_the_specification_shows() -> None:
    assert encode_request(REQUESTS[2]) == Form(
        "GET", "/changes", f"after=1.2.{FILTER}&wait=55&channels=registry,needs&echo=1", b""
    )
    assert encode_request(REQUESTS[7]) == Form(
        "GET", f"/logs/{KEY}/needs/7", "from=3&to=9&bodies=0", b""
    )


@pytest.mark.parametrize(
    ("method", "path", "query", "body"),
    [
        ("GET", "/", "", b""),
        ("GET", "/nothing", "", b""),
        ("POST", "/hello", "", b""),
        ("GET", "/hello", "more=1", b""),
        ("GET", "/changes", "wait=56", b""),
        ("GET", "/changes", "wait=-1", b""),
        ("GET", "/changes", "wait=1.5", b""),
        ("GET", "/changes", "wait=05", b""),
        ("GET", "/changes", "wait=", b""),
        ("GET", "/changes", "wait=%D9%A1", b""),
        ("GET", "/changes", "wait=1&wait=1", b""),
        ("GET", "/changes", "after=zero", b""),
        ("GET", "/changes", "channels=needs,secrets", b""),
        ("GET", "/changes", "channels=", b""),
        ("GET", "/changes", "echo=yes", b""),
        ("GET", "/changes", "since=1", b""),
        ("GET", "/changes", "&".join(f"a{n}=1" for n in range(20)), b""),
        ("GET", f"/logs/{KEY}/needs", "", b""),
        ("GET", f"/logs/{KEY}/needs/07", "", b""),
        ("GET", f"/logs/{KEY[:-1]}/needs/7", "", b""),
        ("GET", f"/logs/{KEY}/secrets/7", "", b""),
        ("GET", f"/logs/{KEY}/needs/7", "from=x", b""),
        ("GET", f"/logs/{KEY}/needs/7", f"to={2**60}", b""),
        ("POST", "/heads", "", b""),
        ("POST", "/heads", "", b"{}"),
        ("POST", "/heads", "", b'{"channels":["needs"],"buckets":[]}'),
        ("POST", "/heads", "", b'{"channels":["needs"],"places":[[256,0]]}'),
        ("POST", "/heads", "", b'{"channels":["needs"],"places":[[0,0]],"more":1}'),
        ("POST", "/heads", "x=1", b'{"channels":["needs"],"places":[[0,0]]}'),
    ],
)
def test_any_other_request_is_refused(method: str, path: str, query: str, body: bytes) -> None:
    with pytest.raises(Refused) as refused:
        decode_request(method, path, query, body)
    assert code(refused) is Code.BAD_REQUEST


@pytest.mark.parametrize(
    ("path", "bytes_max"), [("/entries", REQUEST_BYTES_MAX), ("/heads", COMPARISON_BYTES_MAX)]
)
def test_a_request_that_is_too_large_is_refused(path: str, bytes_max: int) -> None:
    with pytest.raises(Refused) as refused:
        decode_request("POST", path, "", b" " * (bytes_max + 1))
    assert code(refused) is Code.TOO_LARGE


def test_the_longest_comparison_fits() -> None:
    places = tuple((bucket, sub) for bucket in range(BUCKETS) for sub in range(16))
    after = log_name(LogId(KEY, "performance", INTEGER_MAX))
    longest = HeadsRequest(channels=CHANNELS, places=places, after=after)
    assert decode_request(*encode_request(longest)) == longest
    assert decode_request(*encode_request(REQUESTS[4])) == REQUESTS[4]
