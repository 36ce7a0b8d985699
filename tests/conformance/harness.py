"""One question a line on stdin, one answer a line on stdout.

A second implementation writes such a program and is tested by
``YIZHAN_HARNESS="./my-harness" uv run pytest tests/conformance``. Each line is a JSON object with
``op`` and its arguments; the answer is ``{"ok": ...}`` or ``{"error": CODE}``.
Bytes travel as text in UTF-8 under a plain name, or as hexadecimal under a name ending in
``_hex``.
"""

import json
import sys
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from protocol.actions import Peer
from protocol.acts import RegistryEntry
from protocol.cases import CaseEntry, fold_case
from protocol.chain import check_run, split_text
from protocol.cursor import filter_digest, parse_cursor
from protocol.entry import Tail, parse_body
from protocol.epochs import read_epochs
from protocol.erasing import Named, erasure_fault, may_erase
from protocol.errors import Code, ProtocolError, Refused
from protocol.exchange import decode_request, encode_request
from protocol.files import check_piece
from protocol.flaws import read_flaw
from protocol.forks import read_fork, read_kept
from protocol.genesis import Network
from protocol.header import LogId, entry_id, is_header_signed, parse_header
from protocol.heads import Head, fold_heads, fold_subs, heads_digest, place_of, write_value
from protocol.keys import decode_b64, digest, encode_b64, is_signature
from protocol.limits import FUTURE_MS_MAX, INTEGER_MAX
from protocol.messages import ACCEPTED, DUPLICATE, Hello
from protocol.page import decode_page, read_heads_text
from protocol.quota import Stamp, count_within
from protocol.records import BodyErased, parse_record
from protocol.records.referrals import Sealed
from protocol.requests import check_request
from protocol.roster import Roster, fold
from protocol.scoring import Policy, ReportIn, rank, ranking_digest
from protocol.sealing import SealContext, seal_chunk, unseal

Question = dict[str, Any]


def given_bytes(question: Question, name: str) -> bytes:
    """An argument as bytes: ``name`` in UTF-8, or ``name_hex``."""
    if f"{name}_hex" in question:
        return bytes.fromhex(question[f"{name}_hex"])
    text: str = question[name]
    return text.encode("utf-8", "surrogatepass")


def answer_genesis(question: Question) -> object:
    """SPEC 1: the network id of a genesis file."""
    return Network(given_bytes(question, "file")).id


def answer_base64(question: Question) -> object:
    """SPEC 2.1: the bytes of a text."""
    return decode_b64(question["text"]).hex()


def answer_signature(question: Question) -> object:
    """SPEC 2.3: whether a signature holds."""
    return is_signature(question["key"], question["signature"], given_bytes(question, "message"))


def answer_header(question: Question) -> object:
    """SPEC 3: the fields, the id, and whether the signature holds."""
    line = given_bytes(question, "line")
    header = parse_header(line)
    return {
        "fields": list(header),
        "id": entry_id(line),
        "signed": is_header_signed(line, header.author),
    }


def answer_body(question: Question) -> object:
    """SPEC 4.1: the JSON value of a body."""
    return parse_body(given_bytes(question, "body"))


def answer_record(question: Question) -> object:
    """SPEC 4.2, 11: whether a body fits its kind in its channel."""
    parse_record(question["kind"], question["channel"], given_bytes(question, "body"))
    return True


def answer_erasure(question: Question) -> object:
    """SPEC 4.6: whether an erasure is inert, and which of the entries held it erases."""
    record = parse_record(BodyErased.KIND, question["channel"], given_bytes(question, "body"))
    assert isinstance(record, BodyErased)
    station, station_of = question["station"], question["stations"].get
    held = {}
    for raw in split_text(given_bytes(question, "held")):
        for line in raw.headers:
            header = parse_header(line)
            held[header.log, header.seq] = Named(entry_id(line), header.kind)
    fault = erasure_fault(
        record, question["channel"], station, station_of, lambda log, seq: held.get((log, seq))
    )
    erased = [
        each.id
        for log, each in record.places(question["channel"])
        if (found := held.get((log, each.seq))) is not None
        and found.id == each.id
        and may_erase(station, station_of, log.author, found.kind)
    ]
    return {"inert": bool(fault), "erased": erased}


def answer_text(question: Question) -> object:
    """SPEC 5: an outcome per run of a log text received into an empty store."""
    tails: dict[object, Tail] = {}
    held: defaultdict[object, list[bytes]] = defaultdict(list)
    outcomes: list[object] = []
    for raw in split_text(given_bytes(question, "text")):
        lines = held[raw.log]
        count = max(0, min(len(lines) - raw.first, len(raw.headers)))
        try:
            if lines[raw.first : raw.first + count] != raw.headers[:count]:
                raise Refused(Code.FORK)
            if count and count == len(raw.headers):
                outcomes.append({"code": DUPLICATE})
                continue
            run = check_run(
                question["network"], raw.after(count) if count else raw, tails.get(raw.log)
            )
        except ProtocolError as error:
            outcomes.append({"code": error.code})
        else:
            tails[run.log] = run.tail
            lines += run.headers
            outcomes.append({"code": ACCEPTED, "count": len(run), "last": run.tail.id})
    return outcomes


def read_roster(question: Question) -> Roster:
    """The roster of the registry entries given, in this order."""
    entries = []
    for raw in split_text(given_bytes(question, "text")):
        for line, body in zip(raw.headers, raw.bodies, strict=True):
            header = parse_header(line)
            entries.append(
                RegistryEntry(
                    entry_id(line), header.author, header.epoch, header.seq, header.time,
                    header.kind, body,
                )
            )  # fmt: skip
    return fold(Network(given_bytes(question, "genesis")), entries)


def answer_verdict(question: Question) -> object:
    """SPEC 6.7, 6.8: how much of a log is accepted under a roster, and what stands against more."""
    roster = read_roster(question)
    log = LogId(*question["log"])
    times = [each[0] for each in question["entries"]]
    ids = [each[1].encode() for each in question["entries"]]
    count, code = roster.admitted_part(log, 0, times, ids)
    early = bisect_right(times, question.get("now_ms", INTEGER_MAX) + FUTURE_MS_MAX)
    if early < count:
        count, code = early, Code.HELD_FUTURE
    stamps = [Stamp(each[0], each[2]) for each in question["entries"][:count]]
    kept = count_within((), stamps, roster.quotas(log.author)) if count else 0
    return {"accepted": kept, "code": Code.OVER_QUOTA if kept < count else code}


def answer_roster(question: Question) -> object:
    """SPEC 6: who is admitted as what, after these registry entries in this order."""
    roster = read_roster(question)
    stations = [
        {
            "id": station.id,
            "key": station.key,
            "memberships": [
                [each.hierarchy, each.level, each.parent] for each in station.memberships
            ],
            "tier": roster.tier(station.id),
            "endpoints": list(station.endpoints),
            "ended": station.ended,
        }
        for station in sorted(roster.stations.values(), key=lambda station: station.id)
    ]
    return {"stations": stations, "inert": sorted(roster.inert)}


def answer_fork(question: Question) -> object:
    """SPEC 5.8: which log is disputed from which seq on, by the body of a fork.shown/1."""
    log, seq = read_fork(question["network"], given_bytes(question, "body"))
    return [*log, seq]


def answer_flaw(question: Question) -> object:
    """SPEC 5.3: which log is disputed from which seq on, by the body of a flaw.shown/1."""
    log, seq = read_flaw(question["network"], given_bytes(question, "body"))
    return [*log, seq]


def answer_epochs(question: Question) -> object:
    """SPEC 6.8.1: which log is disputed from which seq on, by the body of an epochs.shown/1."""
    log, seq = read_epochs(question["network"], given_bytes(question, "body"))
    return [*log, seq]


def answer_kept(question: Question) -> object:
    """SPEC 5.9: the id of the entry that the body of an entry.kept/1 carries."""
    return read_kept(question["network"], given_bytes(question, "body")).id


def answer_case(question: Question) -> object:
    """SPEC 12: the state of a case after these entries in this order."""
    given = [
        CaseEntry(
            each["id"],
            each["kind"],
            each["station"],
            parse_record(each["kind"], "referrals", each["body"].encode()),
        )
        for each in question["entries"]
    ]
    case = fold_case(given[0], given[1:])
    verdicts = sorted([act.id, act.verdict] for act in case.history)
    return {
        "state": case.state,
        "verdicts": verdicts,
        "shares": [list(each) for each in case.shares],
        "frontier": sorted(case.frontier),
    }


def answer_ranking(question: Question) -> object:
    """SPEC 13: the rows of a ranking and their digest."""
    policy = Policy(**question["policy"])
    reports = [ReportIn(**each) for each in question["reports"]]
    stations = dict(question["stations"])
    rows = rank(policy, reports, stations)
    return {
        "rows": [[row.station, row.tier, row.rank, row.points] for row in rows],
        "digest": ranking_digest(rows),
    }


def answer_request(question: Question) -> object:
    """SPEC 7.1: whose request this is."""
    return check_request(
        question["headers"],
        question["method"],
        question["path"],
        question["query"],
        given_bytes(question, "body"),
        question["me"],
        question["now_s"],
    )


def answer_cursor(question: Question) -> object:
    """SPEC 7.7: what a cursor says."""
    return list(parse_cursor(question["text"]))


def answer_filter(question: Question) -> object:
    """SPEC 7.7: what a cursor remembers of channels."""
    return filter_digest(question["channels"])


def answer_heads(question: Question) -> object:
    """SPEC 7.3, 7.5: buckets and sub-buckets that are not empty, and the digest of them all."""
    heads = [Head(LogId(*each[:3]), each[3], each[4], 0) for each in question["heads"]]
    values = fold_heads(heads)
    filled = sorted({place_of(head.log)[0] for head in heads})
    subs = {
        bucket: fold_subs(head for head in heads if place_of(head.log)[0] == bucket)
        for bucket in filled
    }
    return {
        "digest": heads_digest(values),
        "buckets": [
            [bucket, write_value(values[bucket]), [write_value(sub) for sub in subs[bucket]]]
            for bucket in filled
        ],
    }


def answer_hello(question: Question) -> object:
    """SPEC 7.2, 7.9: where a peer's feed begins, and the channels spoken of with it."""
    hello = Hello.decode(given_bytes(question, "hello"))
    peer = Peer("", hello.key, hello.network, tuple(question["held"]), hello.channels)
    return [hello.feed_floor, list(peer.channels)]


def answer_page(question: Question) -> object:
    """SPEC 7.3: what a page holds."""
    page = decode_page(given_bytes(question, "page"))
    return [str(page.cursor), page.more, page.digest, page.text.decode()]


def answer_ask(question: Question) -> object:
    """SPEC 7.2-7.6: a request, as this implementation would write it."""
    asked = (question["method"], question["path"], question["query"])
    form = encode_request(decode_request(*asked, given_bytes(question, "body")))
    return [form.method, form.path, form.query, form.body.decode()]


def answer_moved(question: Question) -> object:
    """SPEC 7.3: the heads in the text of a page of heads."""
    return [[*head.log, *head[1:]] for head in read_heads_text(given_bytes(question, "text"))]


def answer_unseal(question: Question) -> object:
    """SPEC 8: what a sealed part says to one of its recipients."""
    context = SealContext(**question["context"])
    sealed = Sealed.model_validate(question["sealed"])
    seed = bytes.fromhex(question["seed_hex"])
    return encode_b64(unseal(sealed, context, question["station"], seed))


def answer_piece(question: Question) -> object:
    """SPEC 14.3: whether a piece of a file goes on where what is held ends."""
    return check_piece(*(question[name] for name in ("held", "size", "offset", "length")))


def answer_chunk(question: Question) -> object:
    """SPEC 8.4: the digest of a chunk of a file, sealed."""
    key, text = bytes.fromhex(question["key_hex"]), bytes.fromhex(question["text_hex"])
    return digest(seal_chunk(text, question["number"], key, is_last=question["is_last"]))


OPERATIONS: dict[str, Callable[[Question], object]] = {
    name.removeprefix("answer_"): function
    for name, function in list(globals().items())
    if name.startswith("answer_")
}


def answer(question: Question) -> dict[str, object]:
    """Answer one question: ``ok`` with a value, or ``error`` with a code."""
    try:
        return {"ok": OPERATIONS[question["op"]](question)}
    except ProtocolError as error:
        return {"error": str(error.code)}


def main() -> None:
    """Answer line by line until stdin ends."""
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line)), ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
