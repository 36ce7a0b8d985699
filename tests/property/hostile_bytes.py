"""Every decoder that reads bytes of others, valid bytes for each, and what must hold of any bytes.

Whatever comes in, a decoder gives a value or refuses (``Refused``, ``Inert``); it never stumbles.
What it accepts is written again as the same bytes where the wire has one spelling (headers,
cursors, base64url, log text), and as the same value where JSON has several.
"""

import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from node.web.body import unpack
from protocol.acts import RegistryEntry
from protocol.chain import OPENED, RawRun, check_run, join_text, split_text
from protocol.cursor import Cursor, filter_digest, parse_cursor
from protocol.entry import Tail, encode_body, parse_body
from protocol.epochs import read_epochs
from protocol.errors import Code, Inert, ProtocolError, Refused
from protocol.exchange import decode_request, encode_request
from protocol.flaws import read_flaw
from protocol.forks import read_fork, read_kept
from protocol.genesis import Network
from protocol.header import encode_unsigned, entry_id, is_header_signed, parse_header
from protocol.heads import Head
from protocol.keys import decode_b64, digest, encode_b64
from protocol.limits import BUCKETS, CHANNELS
from protocol.messages import (
    BucketsReply,
    BucketsRequest,
    ChangesRequest,
    HeadsReply,
    HeadsRequest,
    Hello,
    Message,
    Outcome,
    Outcomes,
    RangeRequest,
    RangesRequest,
    write_heads,
    write_outcomes,
)
from protocol.page import (
    Page,
    PageControl,
    decode_page,
    read_heads_text,
    write_heads_text,
)
from protocol.records import KINDS, parse_record
from protocol.records.referrals import Sealed
from protocol.requests import check_request
from protocol.roster import fold
from protocol.sealing import SealContext, unseal
from tests.conformance import make_vectors as made
from tests.unit.protocol.samples import SAMPLES

VECTORS = Path(made.__file__).parent / "vectors"
NET = made.NETWORK.id
LOG = made.Log(made.SICHUAN, "needs").log
FILTER = filter_digest(CHANNELS)


class Target(NamedTuple):
    """A decoder: valid bytes to begin with, and a check that says whether bytes were accepted."""

    name: str
    corpus: tuple[bytes, ...]
    check: Callable[[bytes], bool]


def questions(file: str, op: str) -> Iterator[dict[str, Any]]:
    """What the conformance vectors ask of one operation."""
    text = (VECTORS / f"{file}.json").read_text("utf-8")
    asked = (vector["question"] for vector in json.loads(text)["vectors"])
    return (question for question in asked if question["op"] == op)


def given(file: str, op: str, name: str) -> tuple[bytes, ...]:
    """The bytes that the conformance vectors give to one operation."""
    return tuple(
        bytes.fromhex(question[f"{name}_hex"])
        if f"{name}_hex" in question
        else question[name].encode("utf-8", "surrogatepass")
        for question in questions(file, op)
    )


# -- what is signed -------------------------------------------------------------------------------


def check_header(raw: bytes) -> bool:
    """SPEC 3.2: a header that is accepted has one spelling."""
    header = parse_header(raw)
    assert encode_unsigned(header) + b" " + header.sig.encode() == raw
    return True


def check_text(raw: bytes) -> bool:
    """SPEC 5.1, 5.2: text is cut without loss, and each run is judged as the rules say in turn."""
    runs = split_text(raw)
    whole = b"".join(join_text(run.headers, run.bodies) for run in runs)
    assert raw.startswith(whole)
    assert raw[len(whole) :].count(b"\n") < 2
    tails: dict[object, Tail] = {}
    for run in runs:
        told = verdict(check_quickly, run, tails.get(run.log))
        assert told == verdict(check_slowly, run, tails.get(run.log))
        if isinstance(told, Tail):
            tails[run.log] = told
    return bool(tails)


def verdict(
    check: Callable[[RawRun, Tail | None], Tail], raw: RawRun, tail: Tail | None
) -> Tail | tuple[Code, int | None]:
    """Where the log stands after a run, or the code against it and the entry it speaks of."""
    try:
        return check(raw, tail)
    except Refused as refused:
        return refused.code, refused.line


def check_quickly(raw: RawRun, tail: Tail | None) -> Tail:
    """The pure stage; every entry it lets through can be read."""
    run = check_run(NET, raw, tail)
    assert [entry.id.encode() for entry in run.entries()] == run.ids
    return run.tail


def check_slowly(raw: RawRun, tail: Tail | None) -> Tail:
    """SPEC 5.2 word for word: each entry by itself, each rule in its order."""
    if raw.fault is not None:
        raise raw.fault
    due = 0 if tail is None else tail.seq + 1
    if raw.first != due:
        raise Refused(Code.GAP)
    for index, (line, body) in enumerate(zip(raw.headers, raw.bodies, strict=True)):
        try:
            header = parse_header(line)
        except Refused as refused:
            raise Refused(refused.code, "", index) from None
        if header.network != NET:
            raise Refused(Code.WRONG_NETWORK, "", index)
        if header.seq != due + index:
            raise Refused(Code.BAD_CHAIN, "", index)
        if header.prev != ("-" if tail is None else tail.id):
            raise Refused(Code.BAD_CHAIN if index else Code.FORK, "", index)
        if tail is not None and header.time <= tail.time:
            raise Refused(Code.BAD_CHAIN, "", index)
        if body and (len(body) != header.size or digest(body) != header.digest):
            raise Refused(Code.BAD_BODY, "", index)
        if not body and header.channel in ("registry", "performance"):
            raise Refused(Code.BAD_BODY, "", index)
        if header.seq == 0 and header.kind != OPENED:
            raise Refused(Code.BAD_CHAIN, "", index)
        tail = Tail(header.seq, entry_id(line), header.time)
    assert tail is not None
    if not is_header_signed(line, header.author):
        raise Refused(Code.BAD_SIGNATURE, "", index)
    return tail


def check_body(raw: bytes) -> bool:
    """SPEC 4.1: what is read is what any reader of JSON reads."""
    value = parse_body(raw)
    assert json.loads(raw) == value == parse_body(encode_body(value))
    return True


def check_record(raw: bytes) -> bool:
    """SPEC 4.2: a record, after its kind and a space, is written and read as itself."""
    kind, _, body = raw.partition(b" ")
    known = KINDS.get(kind.decode("utf-8", "replace"))
    channel = known.CHANNEL if known is not None and known.CHANNEL in CHANNELS else "needs"
    record = parse_record(kind.decode("utf-8", "replace"), channel, body)
    assert parse_record(record.KIND, channel, record.body()) == record
    assert all(isinstance(each, str) for each in record.references())
    return True


def check_fork(raw: bytes) -> bool:
    """SPEC 5.8: evidence names a log and a position, or is none."""
    return read_fork(NET, raw).seq >= 0


def check_flaw(raw: bytes) -> bool:
    """SPEC 5.3: so does evidence of a line that its author did not sign."""
    return read_flaw(NET, raw).seq >= 0


def check_epochs(raw: bytes) -> bool:
    """SPEC 6.8.1: and of too many epochs."""
    return read_epochs(NET, raw).seq == 0


def check_kept(raw: bytes) -> bool:
    """SPEC 5.9: a carried entry is one that its author signed."""
    entry = read_kept(NET, raw)
    assert entry.header == parse_header(entry.line)
    return True


def check_registry(raw: bytes) -> bool:
    """SPEC 6.6: whatever members of each level sign, the roster can be folded, in any order."""
    kind, _, body = raw.partition(b" ")
    entries = [
        RegistryEntry(
            digest(b"%d" % n + raw), key.public, 1, 1, made.AT_MS + 1, kind.decode(), body
        )
        for n, key in enumerate((made.NATIONAL, made.SICHUAN, made.PIDU))
        if kind.decode("utf-8", "replace") in KINDS
    ]
    roster = fold(made.NETWORK, [*REGISTRY, *entries])
    assert fold(made.NETWORK, [*entries, *REGISTRY]).digest() == roster.digest()
    return bool(entries) and entries[0].entry_id not in roster.inert


def check_genesis(raw: bytes) -> bool:
    """SPEC 1: a genesis file is its bytes."""
    assert Network(raw).raw == raw
    return True


def check_base64(raw: bytes) -> bool:
    """SPEC 2.1: one spelling."""
    text = raw.decode("utf-8", "surrogateescape")
    assert encode_b64(decode_b64(text)) == text
    return True


def check_sealed(raw: bytes) -> bool:
    """SPEC 8.3: a sealed part opens, or does not."""
    sealed = Sealed.model_validate_json(raw) if is_sealed(raw) else None
    if sealed is None:
        return False
    context = SealContext(**SEALED["context"])
    return bool(unseal(sealed, context, SEALED["station"], bytes.fromhex(SEALED["seed_hex"])))


def is_sealed(raw: bytes) -> bool:
    """Whether this could stand as ``sealed`` in the record of a request for help."""
    body = encode_body(SAMPLES["referral.requested/1"])
    inner = encode_body(SAMPLES["referral.requested/1"]["sealed"])
    try:
        parse_record("referral.requested/1", "referrals", body.replace(inner, raw))
    except Inert:
        return False
    return raw.strip() != b"null"


# -- what is asked and answered -------------------------------------------------------------------


def check_page(raw: bytes) -> bool:
    """SPEC 7.3: the text of a page is what follows its first line."""
    page = decode_page(raw)
    assert decode_page(page.encode()) == page
    assert raw == raw.partition(b"\n")[0] + b"\n" + page.text
    return True


def check_message(kind: type[Message]) -> Callable[[bytes], bool]:
    """SPEC 7: a message that is read is written and read as itself."""

    def check(raw: bytes) -> bool:
        message = kind.decode(raw)
        assert kind.decode(message.encode()) == message
        if isinstance(message, Outcomes):
            assert write_outcomes(message.read()) == message
        if isinstance(message, BucketsReply):
            assert str(parse_cursor(message.resume)) == message.resume
        return True

    return check


def check_comparison(raw: bytes) -> bool:
    """SPEC 7.5: a comparison, either round."""
    request = decode_request("POST", "/heads", "", raw)
    assert decode_request(*encode_request(request)) == request
    return True


def check_ranges(raw: bytes) -> bool:
    """SPEC 7.6: ranges of many logs."""
    request = decode_request("POST", "/logs", "", raw)
    assert decode_request(*encode_request(request)) == request
    return True


def check_heads_text(raw: bytes) -> bool:
    """SPEC 7.3: the heads of a page have one spelling."""
    assert write_heads_text(read_heads_text(raw)) == raw
    return True


def check_address(raw: bytes) -> bool:
    """SPEC 7.3, 7.6: a request's address, as an HTTP server hands it on."""
    path, _, query = raw.decode("utf-8", "surrogateescape").partition("?")
    request = decode_request("GET", path, query, b"")
    assert decode_request(*encode_request(request)) == request
    return True


def check_cursor(raw: bytes) -> bool:
    """SPEC 7.7: one spelling."""
    text = raw.decode("utf-8", "surrogateescape")
    assert str(parse_cursor(text)) == text
    return True


def check_signed_request(raw: bytes) -> bool:
    """SPEC 7.1: the address, then header fields, a line each; whoever signed them is told."""
    path, *lines = raw.decode("utf-8", "surrogateescape").split("\n")
    path, _, query = path.partition("?")
    fields = dict(line.split(": ", 1) for line in lines if ": " in line)
    caller = check_request(
        fields, "GET", path, query, b"", made.NATIONAL.public, made.AT_MS // 1000
    )
    assert caller == made.SICHUAN.public
    return True


def check_packed(raw: bytes) -> bool:
    """SPEC 10: unpacking stops at a bound."""
    assert len(unpack(raw, "gzip", 4096)) <= 4096
    return True


# -- the valid bytes ------------------------------------------------------------------------------


def _signed_requests() -> Iterator[bytes]:
    for question in questions("request", "request"):
        fields = "".join(f"\n{name}: {value}" for name, value in question["headers"].items())
        yield f"{question['path']}?{question['query']}{fields}".encode()


def _registry() -> list[RegistryEntry]:
    """The registry of the first roster vector: national, two regions, a grassroots station."""
    text = next(questions("roster", "roster"))["text"].encode()
    return [
        RegistryEntry(
            entry.id, entry.header.author, entry.header.epoch, entry.header.seq,
            entry.header.time, entry.header.kind, entry.body,
        )
        for raw in split_text(text)
        for entry in check_run(NET, raw, None).entries()
    ]  # fmt: skip


def _acts() -> Iterator[bytes]:
    for text in given("roster", "roster", "text"):
        for raw in split_text(text):
            for line, body in zip(raw.headers, raw.bodies, strict=True):
                yield parse_header(line).kind.encode() + b" " + body


REGISTRY = _registry()
SEALED = next(questions("sealed", "unseal"))
_SOME = [Head(LOG, 3, digest(b"x"), made.AT_MS), Head(LOG, 4, digest(b"y"), 1)]
_HEADS = write_heads(_SOME)
_CURSORS = (str(Cursor(made.AT_MS, 7, FILTER)), str(Cursor(0, 0, FILTER)))
_VALUES = ("0123456789abcdef",) * BUCKETS
_PAGES = tuple(
    Page(parse_cursor(_CURSORS[0]), more, heads, text).encode()
    for more, heads in ((True, None), (False, "0123456789abcdef"))
    for text in given("text", "text", "text")[:3]
)
_HELLO = Hello(
    network=NET, key=LOG.author, now_ms=made.AT_MS, formats=("yz1",), feed_epoch=1, feed_head=2,
    admitted=True, heads=_HEADS,
)  # fmt: skip
_OUTCOMES = write_outcomes(
    [Outcome(LOG, 3, 4, "accepted", 7), Outcome(None, 0, 2, Code.MALFORMED, None, "坏")]
)
_BUCKETS = BucketsReply(buckets=((0, _VALUES[:16]), (255, _VALUES[:16])), resume=_CURSORS[0])
_COMPARISONS = (
    HeadsRequest(channels=CHANNELS, places=((0, 15), (255, 0)), after="a/needs/1"),
    BucketsRequest(channels=("needs",), buckets=_VALUES),
)
_ADDRESSES = (
    ChangesRequest(after=_CURSORS[0], wait_s=55, channels=("registry", "needs"), echo=True),
    RangeRequest(author=LOG.author, channel="needs", epoch=7, first=3, last=9, bodies=False),
)

TARGETS = (
    Target("header", given("header", "header", "line"), check_header),
    Target("text", tuple(t for t in given("text", "text", "text") if len(t) < 9_000), check_text),
    Target("body", given("body", "body", "body"), check_body),
    Target(
        "record",
        tuple(f"{k} ".encode() + encode_body(v) for k, v in SAMPLES.items()),
        check_record,
    ),
    Target("fork", given("fork", "fork", "body"), check_fork),
    Target("flaw", given("flaw", "flaw", "body"), check_flaw),
    Target("epochs", given("epochs", "epochs", "body"), check_epochs),
    Target("kept", given("fork", "kept", "body"), check_kept),
    Target("registry", tuple(dict.fromkeys(_acts())), check_registry),
    Target("genesis", given("genesis", "genesis", "file"), check_genesis),
    Target("base64", given("keys", "base64", "text"), check_base64),
    Target("sealed", (json.dumps(SEALED["sealed"]).encode(),), check_sealed),
    Target("page", _PAGES, check_page),
    Target(
        "control line", tuple(p.partition(b"\n")[0] for p in _PAGES), check_message(PageControl)
    ),
    Target("hello", (_HELLO.encode(),), check_message(Hello)),
    Target("outcomes", (_OUTCOMES.encode(),), check_message(Outcomes)),
    Target("buckets", (_BUCKETS.encode(),), check_message(BucketsReply)),
    Target("heads", (HeadsReply(heads=_HEADS, more=True).encode(),), check_message(HeadsReply)),
    Target("comparison", tuple(each.encode() for each in _COMPARISONS), check_comparison),
    Target("ranges", (RangesRequest(ranges=((*LOG, 0, 9), (*LOG, 3, 3))).encode(),), check_ranges),
    Target("heads text", (write_heads_text(_SOME),), check_heads_text),
    Target(
        "address",
        tuple("?".join(encode_request(each)[1:3]).encode() for each in _ADDRESSES),
        check_address,
    ),
    Target("cursor", tuple(each.encode() for each in _CURSORS), check_cursor),
    Target("signed request", tuple(_signed_requests()), check_signed_request),
    Target("gzip", (gzip.compress(b"yz1 " * 300, mtime=0),), check_packed),
)


# -- spoiling them --------------------------------------------------------------------------------

EDIT_BYTES = 5
TOKENS = (
    b"", b" ", b"\n", b"\r", b"\0", b"-", b"0", b"01", b"9007199254740992", b"1e9", b"-0", b"1.0",
    b"null", b"true", b'"', b"\\", b"\\u0000", b"\\ud800", b"\\ud83d\\ude00", b"{", b"}", b"[",
    b"]", b",", b":", b'""', b"{}", b"[[[[[[[[[[[[[[[[[", b'"a":1,', b"\xff", b"\xed\xa0\x80",
    b"\xef\xbb\xbf", b"\xe6\xb1\x89", b"yz2 ", b"yz1 ", b"registry", b"=", b"&", b"%00", b"?",
    b"A" * 43, b"_" * 600, b"99999999999999999999",
)  # fmt: skip
"""What decoders stumble over: separators, escapes, numbers at the edge, text that is no text."""


def spoil(target: Target, start: int, edits: bytes) -> Iterator[bytes]:
    """What becomes of valid bytes edit by edit; every now and then from the beginning again.

    Args:
        target: whose bytes.
        start: which of them to begin with, modulo their number.
        edits: five bytes each: what to do, where (two bytes), how much, with what.
    """
    valid = raw = target.corpus[start % len(target.corpus)]
    if len(edits) < EDIT_BYTES:
        yield valid
    for at in range(0, len(edits) - EDIT_BYTES + 1, EDIT_BYTES):
        what, *how = edits[at : at + EDIT_BYTES]
        raw = _edit(target, valid if what & 8 else raw, what, *how)
        yield raw


def _edit(
    target: Target, raw: bytes, what: int, high: int, low: int, much: int, token: int
) -> bytes:
    place = (high << 8 | low) % (len(raw) + 1)
    before, cut, after = raw[:place], raw[place : place + much % 48], raw[place + much % 48 :]
    match what % 8:
        case 0:
            return before + bytes(byte ^ 1 << (token % 8) for byte in cut[:1]) + cut[1:] + after
        case 1:
            return before + TOKENS[token % len(TOKENS)] + cut + after
        case 2:
            return before + TOKENS[token % len(TOKENS)] + after
        case 3:
            return before + after
        case 4:
            return before + cut * (2 + token % 3) + after
        case 5:
            return before + cut[::-1] + after
        case 6:
            return before + bytes([token]) + cut[1:] + after
    other = target.corpus[token % len(target.corpus)]
    return before + other[place % (len(other) + 1) :]


def feed(target: Target, start: int, edits: bytes) -> dict[bytes, bool]:
    """Give a decoder spoilt bytes: what it was given, and whether it accepted it."""
    found: dict[bytes, bool] = {}
    for raw in spoil(target, start, edits):
        try:
            found[raw] = target.check(raw)
        except ProtocolError:
            found[raw] = False
        except Exception as error:
            error.add_note(f"{target.name}: {raw!r}")
            raise
    return found
