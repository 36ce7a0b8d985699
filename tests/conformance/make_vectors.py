"""Writes the vectors: ``uv run python -m tests.conformance.make_vectors``.

Keys are fixed and Ed25519 is deterministic, so the files come out the same every time, save the
sealed parts, whose wrapping draws its own randomness: those are made only when missing.
The answers are this implementation's; each is looked at before it is committed.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from protocol.acts import sign_act, write_act
from protocol.chain import join_text
from protocol.entry import Entry, Tail, encode_body, write_entry
from protocol.genesis import DEFAULT_HIERARCHIES, Network
from protocol.header import LogId, sign_header
from protocol.keys import SMALL_ORDER_KEYS, SigningKey, digest, encode_b64, sealing_public_key
from protocol.records import (
    ActCarried,
    NeedPublished,
    NeedWithdrawn,
    Record,
    ReferralAccepted,
    ReferralConcluded,
    ReferralConfirmed,
    ReferralRequested,
    ReferralRevoked,
    ReferralStarted,
)
from protocol.records.registry import (
    CouncilRotated,
    KeyRotated,
    LogCut,
    MembershipIn,
    Quota,
    StationAdmitted,
    StationEnded,
)
from protocol.requests import sign_request
from protocol.sealing import SealContext, seal
from tests.conformance.harness import answer

FOLDER = Path(__file__).parent / "vectors"
AT_MS = 1_790_000_000_000
DAY_MS = 24 * 3600 * 1000

COUNCIL = [SigningKey(bytes([n]) * 32) for n in (1, 2, 3)]
NATIONAL, SICHUAN, ZHEJIANG, GUANGDONG, PIDU = (SigningKey(bytes([n]) * 32) for n in range(11, 16))
RECOVERY = SigningKey(bytes([21]) * 32)

Vector = dict[str, Any]


def genesis_text(**changes: object) -> str:
    """A genesis file as text."""
    value: dict[str, object] = {
        "name": "驿站向量网",
        "format": "yz1",
        "council": {"keys": [key.public for key in COUNCIL], "threshold": 2},
        "hierarchies": DEFAULT_HIERARCHIES,
        "created": AT_MS,
    }
    return json.dumps(value | changes, ensure_ascii=False)


NETWORK = Network(genesis_text().encode())


class Log:
    """Signs the entries of one log."""

    def __init__(self, key: SigningKey, channel: str, epoch: int = AT_MS // 1000) -> None:
        self.key = key
        self.log = LogId(key.public, channel, epoch)
        self.entries: list[Entry] = []
        self.sign("log.opened/1", encode_body({"why": "new"}))

    def sign(self, kind: str, body: bytes, subject: str = "-", **changes: object) -> Entry:
        """Append an entry; ``changes`` break the header before it is signed."""
        last = self.entries[-1] if self.entries else None
        tail = None if last is None else Tail(last.header.seq, last.id, last.header.time)
        entry = write_entry(
            self.key, NETWORK.id, self.log, tail,
            time=AT_MS + len(self.entries), kind=kind, subject=subject, body=body,
        )  # fmt: skip
        if changes:
            line = sign_header(entry.header._replace(**changes), self.key)  # type: ignore[arg-type]
            entry = entry._replace(line=line, id=digest(line))
        self.entries.append(entry)
        return entry

    def add(self, record: Record, subject: str = "-") -> Entry:
        """Append a record."""
        return self.sign(record.KIND, record.body(), subject)

    @property
    def text(self) -> str:
        """The log as log text."""
        return text_of(self.entries)


def text_of(entries: list[Entry]) -> str:
    """Entries as log text."""
    return join_text([each.line for each in entries], [each.body for each in entries]).decode()


def genesis_vectors() -> Iterator[tuple[str, Vector]]:
    """SPEC 1.1, 1.3."""
    cases = {
        "a good genesis file": genesis_text(),
        "the same members with other spacing are another network": genesis_text() + "\n",
        "an unknown member": genesis_text(motto="x"),
        "another format": genesis_text(format="yz2"),
        "a threshold above the number of keys": genesis_text(
            council={"keys": [COUNCIL[0].public], "threshold": 2}
        ),
        "a level that is not known": genesis_text(hierarchies={"stations": ["national", "moon"]}),
        "not JSON": "{",
    }
    for comment, text in cases.items():
        yield comment, {"op": "genesis", "file": text}


def key_vectors() -> Iterator[tuple[str, Vector]]:
    """SPEC 2.1, 2.2, 2.3."""
    good = encode_b64(bytes(range(32)))
    for comment, text in {
        "32 bytes": good,
        "no bytes": "",
        "padding": good + "=",
        "trailing bits that are not zero": good[:-1] + "9",
        "the other alphabet": "-_" + "+/",
        "a length no bytes have": "AAAAA",
        "white space": "AA AA",
    }.items():
        yield comment, {"op": "base64", "text": text}
    signature = NATIONAL.sign("驿站".encode())
    for comment, key, signed, message in (
        ("a good signature", NATIONAL.public, signature, "驿站"),
        ("another message", NATIONAL.public, signature, "驿"),
        ("another key", SICHUAN.public, signature, "驿站"),
        ("S of the signature not below the group order", NATIONAL.public,
         "A" * 43 + "_" * 42 + "w", "驿站"),
    ):  # fmt: skip
        question = {"op": "signature", "key": key, "signature": signed, "message": message}
        yield comment, question


def header_vectors() -> Iterator[tuple[str, Vector]]:
    """SPEC 3.1, 3.2, 3.3, 3.4: each field, each rule."""
    log = Log(SICHUAN, "needs")
    entry = log.sign("need.published/1", b"{}", digest(b"subject"))
    line = entry.line.decode()
    yield "a good header", {"op": "header", "line": line}
    yield (
        "a good header whose signature is another's",
        {"op": "header", "line": line[:-86] + "A" * 86},
    )
    fields = line.split(" ")
    broken = [
        (0, "yz2"), (0, "YZ1"), (1, "0" * 15), (1, NETWORK.id.upper() + "A"), (2, fields[2][:-1]),
        (2, fields[2][:-1] + "9"), (3, "gossip"), (3, "Needs"), (4, "01"), (4, str(2**53)),
        (4, "-1"), (5, "+1"), (5, str(2**53)), (5, "0"), (6, "-"), (6, "_" * 43), (7, "1.0"),
        (7, str(2**53)), (8, "need.published"), (8, "need.published/0"), (8, "need.published/100"),
        (8, "Need.published/1"), (8, "n." + "x" * 50 + "/1"), (9, ""), (9, "x"), (10, "1"),
        (10, "02"), (10, "65537"), (11, "-"), (12, "A" * 85 + "B"),
    ]  # fmt: skip
    names = (
        "format", "NET", "AUTHOR", "CHANNEL", "EPOCH", "SEQ", "PREV", "TIME", "KIND", "SUBJECT",
        "SIZE", "DIGEST", "SIG",
    )  # fmt: skip
    for index, text in broken:
        changed = " ".join([*fields[:index], text, *fields[index + 1 :]])
        yield f"{names[index]} is '{text[:50]}'", {"op": "header", "line": changed}
    yield "two spaces", {"op": "header", "line": line.replace(" ", "  ", 1)}
    yield "a carriage return at the end", {"op": "header", "line": line + "\r"}
    yield "a fourteenth field", {"op": "header", "line": line + " x"}
    yield "more than 512 bytes", {"op": "header", "line": line + "x" * 512}
    yield "not ASCII", {"op": "header", "line_hex": "ff" * 60}
    yield "nothing", {"op": "header", "line": ""}


def body_vectors() -> Iterator[tuple[str, Vector]]:
    """SPEC 4.1."""
    for comment, text in {
        "an empty object": "{}",
        "the largest integers": '{"a":9007199254740991,"b":-9007199254740991}',
        "16 levels": '{"a":' * 16 + "1" + "}" * 16,
        "brackets inside strings are no levels": '{"a":"' + "[{" * 20 + '"}',
        "an escaped pair of surrogates": '{"a":"\\ud83d\\ude00"}',
        "absent": "",
        "17 levels": '{"a":' * 17 + "1" + "}" * 17,
        "an integer too large": '{"a":9007199254740992}',
        "a fraction": '{"a":1.0}',
        "an exponent": '{"a":1e2}',
        "NaN": '{"a":NaN}',
        "a name twice": '{"a":1,"a":1}',
        "a name twice, written differently": '{"a":1,"\\u0061":1}',
        "a lone surrogate": '{"a":"\\ud800"}',
        "an array": "[]",
        "a comma too many": '{"a":1,}',
        "a comment": '{"a":1}//',
    }.items():
        yield comment, {"op": "body", "body": text}
    yield "not UTF-8", {"op": "body", "body_hex": b'{"a":"\xff"}'.hex()}
    yield "a byte order mark", {"op": "body", "body_hex": b"\xef\xbb\xbf{}".hex()}


def record_vectors() -> Iterator[tuple[str, Vector]]:
    """SPEC 4.2, 4.3, 11.1."""
    need = json.loads(a_need().body())

    def asked(body: object, kind: str = "need.published/1", channel: str = "needs") -> Vector:
        text = json.dumps(body, ensure_ascii=False)
        return {"op": "record", "kind": kind, "channel": channel, "body": text}

    yield "a good need", asked(need)
    yield "a kind nobody knows", asked(need, kind="need.sung/1")
    yield "a version nobody knows", asked(need, kind="need.published/2")
    yield "a need among results", asked(need, channel="results")
    yield "a member too many", asked(need | {"enterprise": "某某公司"})
    yield "a member too few", asked({name: need[name] for name in need if name != "title"})
    yield "an empty title", asked(need | {"title": ""})
    yield "an amount as text", asked(need | {"budget_fen": "4000000"})
    yield "a negative amount", asked(need | {"budget_fen": -1})
    yield "a day that is not in the calendar", asked(need | {"due": "2026-02-30"})
    yield "a kind of need nobody knows yet", asked(need | {"kind": "wish"})
    yield "a kind of need that is no code", asked(need | {"kind": "Wish!"})
    regional = need | {"scope": "regional", "field": "新材料", "field_list": "2014"}
    yield "a need that gathers others", asked(regional | {"gathers": ["A" * 43]})
    yield "an enterprise's need that gathers", asked(need | {"gathers": ["A" * 43]})
    yield "a need gathered twice", asked(regional | {"gathers": ["A" * 43] * 2})
    yield (
        "a list of fields without a field",
        asked({name: need[name] for name in need if name != "field"} | {"field_list": "2014"}),
    )
    yield "a log opened in any channel", asked({"why": "new"}, "log.opened/1", "bulletin")


def erasure_vectors() -> Iterator[tuple[str, Vector]]:
    """SPEC 4.6: what an erasure by Sichuan, in the channel needs, takes effect on."""
    log, earlier, other = Log(SICHUAN, "needs"), Log(PIDU, "needs"), Log(ZHEJIANG, "needs")
    need, old, foreign = (each.add(a_need()) for each in (log, earlier, other))
    withdrawn = log.add(NeedWithdrawn(reason="撤回"), need.id)
    result = Log(SICHUAN, "results").sign("result.published/1", b"{}")

    def asked(*entries: Entry, channel: str = "needs", **changes: object) -> Vector:
        named = [
            {"author": e.header.author, "epoch": e.header.epoch, "seq": e.header.seq, "id": e.id}
            for e in entries
        ]
        body = {"entries": named, "reason": "request"} | changes
        return {
            "op": "erasure", "channel": channel, "station": "s",
            "stations": {SICHUAN.public: "s", PIDU.public: "s", ZHEJIANG.public: "z"},
            "held": log.text + earlier.text + other.text,
            "body": encode_body(body).decode(),
        }  # fmt: skip

    yield "a need of its own", asked(need)
    yield "a need that an earlier key of the station signed", asked(old)
    yield "two at once", asked(need, old)
    yield "a need of another station", asked(foreign)
    yield "a kind whose bodies are permanent", asked(withdrawn)
    yield "another id than that of the entry held there", asked(need._replace(id=old.id))
    yield "an entry that is not held", asked(need._replace(header=need.header._replace(seq=9)))
    yield "an entry of another channel is looked for in this one", asked(result)
    yield "one of its own and one of another station", asked(foreign, need)
    yield "no entry at all", asked()
    yield "257 entries", asked(*[need] * 257)
    yield "a reason not in the list", asked(need, reason="tired")
    yield "no reason", asked(need, reason=None)
    yield "in the registry", asked(need, channel="registry")
    yield "in performance", asked(need, channel="performance")
    yield "in results, where it may stand too", asked(result, channel="results")


def text_vectors() -> Iterator[tuple[str, Vector]]:
    """SPEC 5.1, 5.2: outcomes of a log text received into an empty store."""

    def needs(**changes: object) -> Log:
        log = Log(SICHUAN, "needs")
        log.sign("need.published/1", a_need().body())
        log.sign("need.published/1", a_need().body(), **changes)
        log.sign("need.published/1", a_need().body())
        return log

    def asked(text: str) -> Vector:
        return {"op": "text", "network": NETWORK.id, "text": text}

    good = needs()
    first, second, third, fourth = good.entries
    yield "a log", asked(good.text)
    yield "two logs", asked(good.text + Log(ZHEJIANG, "results").text)
    yield "an absent body", asked(text_of([first, second._replace(body=b""), third]))
    permanent = Log(SICHUAN, "performance").entries[0]._replace(body=b"")
    yield "an absent body where bodies are permanent", asked(text_of([permanent]))
    yield "absent bodies count with their SIZE where runs are cut", asked(_absent_text(20))
    yield "the text ends inside a body", asked(good.text[:-5])
    yield "the text ends after a header", asked(good.text + fourth.line.decode() + "\n")
    yield "nothing", asked("")
    yield "a log that does not begin at 0", asked(text_of([second, third]))
    yield "an entry left out", asked(text_of([first, second, fourth]))
    yield "an entry twice", asked(text_of([first, second, second]))
    yield "two entries swapped", asked(text_of([first, third, second]))
    yield "a body changed", asked(good.text.replace("锈胀", "锈涨"))
    yield (
        "a bad run does not block another",
        asked(text_of([first, third]) + Log(ZHEJIANG, "results").text),
    )
    yield "time stands still", asked(text_of(needs(time=AT_MS + 1).entries[:3]))
    yield "another network", asked(text_of(needs(network="0" * 16).entries[:3]))
    yield "prev is another id", asked(text_of(needs(prev=first.id).entries[:3]))
    last = fourth._replace(line=fourth.line[:-86] + b"A" * 86)
    yield "the last signature is bad", asked(text_of([first, second, third, last]))
    yield "the opening is missing", asked(text_of([_unopened()]))
    spoilt = needs().entries[1]._replace(body=b"{}")
    yield "the opening is missing before a bad body", asked(text_of([_unopened(), spoilt]))
    short = needs(size=1, digest=digest(b"x")).entries
    held = [*short[:2], short[2]._replace(body=b"x")]
    yield "a body of one byte", asked(text_of(held))
    yield "an absent body of one byte", asked(text_of([*short[:2], short[2]._replace(body=b"")]))
    long = needs(size=65_537).entries
    yield "an absent body of 65,537 bytes", asked(text_of([*long[:2], long[2]._replace(body=b"")]))
    late = needs(time=2**53).entries
    yield "a time above 2^53-1", asked(text_of([*late[:2], late[2]._replace(body=b"{}")]))
    yield "300 entries are two runs", asked(_long_text(300))


def _unopened() -> Entry:
    log = LogId(SICHUAN.public, "needs", AT_MS // 1000)
    return write_entry(
        SICHUAN, NETWORK.id, log, None,
        time=AT_MS, kind="need.published/1", subject="-", body=a_need().body(),
    )  # fmt: skip


def _absent_text(count: int) -> str:
    log = Log(SICHUAN, "bulletin")
    for _ in range(count):
        log.sign("note.left/1", b'{"a":"' + b"x" * 50_000 + b'"}')
    return text_of([each._replace(body=b"") for each in log.entries])


def _long_text(count: int) -> str:
    log = Log(SICHUAN, "bulletin")
    for _ in range(count - 1):
        log.sign("note.left/1", b"{}")
    return log.text


def a_need() -> NeedPublished:
    """A need that keeps every rule."""
    return NeedPublished(
        salt="A" * 22, title="浪溅区构件锈胀", text="想换一种不易生锈的螺纹钢材。",
        kind="upgrade", sub_kind="material", field="新材料", division="330200",
        budget_fen=4_000_000, due="2027-06-30",
    )  # fmt: skip


def admission(
    key: SigningKey, name: str, level: str, parent: str | None, **more: object
) -> StationAdmitted:
    """An admission for a year."""
    values: dict[str, Any] = {
        "key": key.public,
        "recovery": SigningKey(key.seed[::-1]).public,
        "sealing": sealing_public_key(key.seed),
        "name": name,
        "memberships": (MembershipIn(hierarchy="stations", level=level, parent=parent),),
        "from_ms": AT_MS,
        "until_ms": AT_MS + 365 * DAY_MS,
    }
    return StationAdmitted(**(values | more))


def by_council(record: Record, count: int) -> ActCarried:
    """An act with the signatures of ``count`` council members."""
    act = write_act(record)
    signatures = tuple(sign_act(key, NETWORK.id, act) for key in COUNCIL[:count])
    return ActCarried(act=act, signatures=signatures)


def roster_vectors() -> Iterator[tuple[str, Vector]]:
    """SPEC 6.2, 6.3, 6.4, 6.6, 6.10, 6.11."""
    national = Log(NATIONAL, "registry")
    carried = by_council(admission(NATIONAL, "国家站点", "national", None), 2)
    national.add(carried)
    national_id = digest(f"yizhan act v1\n{NETWORK.id}\n{carried.act}".encode())
    sichuan_in = national.add(
        admission(SICHUAN, "四川区域站点", "regional", national_id, division="510000")
    )
    national.add(admission(ZHEJIANG, "浙江区域站点", "regional", national_id, division="330000"))
    sichuan = Log(SICHUAN, "registry")
    pidu = admission(PIDU, "郫都基层站点", "grassroots", sichuan_in.id, division="510117")
    pidu_in = sichuan.add(pidu)

    def asked(*logs: Log) -> Vector:
        text = "".join(log.text for log in logs)
        return {"op": "roster", "genesis": genesis_text(), "text": text}

    yield "council, national, regional, grassroots", asked(national, sichuan)
    yield "the other order gives the same", asked(sichuan, national)
    yield "an issuer nobody admitted", asked(sichuan)
    alone = Log(NATIONAL, "registry")
    alone.add(by_council(admission(NATIONAL, "国家站点", "national", None), 1))
    yield "one council signature where two are due", asked(alone)
    astray = Log(ZHEJIANG, "registry")
    zhejiang_id = national.entries[3].id
    astray.add(admission(PIDU, "郫都基层站点", "grassroots", zhejiang_id, division="510117"))
    yield "a division that is not under the issuer's", asked(national, astray)
    level = Log(SICHUAN, "registry")
    level.add(admission(PIDU, "又一区域站点", "regional", sichuan_in.id, division="510100"))
    yield "a level that is not below the issuer's", asked(national, level)
    ending = StationEnded(
        station=pidu_in.id, hierarchy="stations", replaces=pidu_in.id, why="revoked",
        cuts=(LogCut(channel="needs", epoch=1, seq=0, id=digest(b"x")),),
    )  # fmt: skip
    sichuan.add(ending)
    yield "a grassroots station is revoked", asked(national, sichuan)
    issuer = Log(SICHUAN, "registry")
    member = issuer.add(pidu.model_copy(update={"recovery": RECOVERY.public}))
    working, recovered, unsigned = rotation_logs(member.id)
    yield "a station's working key names its successor", asked(national, issuer, working)
    yield "the recovery key overrules the working key", asked(national, issuer, working, recovered)
    yield "a rotation that the new key did not sign", asked(national, issuer, unsigned)

    kept, dropped = council_rotation((national_id,)), council_rotation(())
    yield "another council keeps an act of the first", asked(national, kept)
    yield "another council drops what it does not name", asked(national, dropped)


def council_rotation(acts: tuple[str, ...]) -> Log:
    """A registry log that carries the first rotation of the council."""
    new = [SigningKey(bytes([n]) * 32) for n in (41, 42)]
    keys = tuple(key.public for key in new)
    text = write_act(CouncilRotated(number=1, keys=keys, threshold=2, acts=acts))
    signing = (*COUNCIL[:2], *new)
    log = Log(SICHUAN, "registry", AT_MS // 1000 + 41)
    log.add(ActCarried(act=text, signatures=[sign_act(k, NETWORK.id, text) for k in signing]))
    return log


def rotation_logs(station: str) -> tuple[Log, Log, Log]:
    """Registry logs of new keys of a station, each with its rotation: signed by the working key,
    by the recovery key, and without the new key."""
    logs = []
    for seed, signers in ((31, [PIDU]), (32, [RECOVERY]), (33, [PIDU])):
        new = SigningKey(bytes([seed]) * 32)
        record = KeyRotated(
            station=station, old=PIDU.public, key=new.public,
            sealing=sealing_public_key(new.seed), from_ms=AT_MS,
            heads=(LogCut(channel="needs", epoch=1, seq=4, id=digest(b"x")),),
        )  # fmt: skip
        text = write_act(record)
        signing = signers if seed == 33 else [*signers, new]
        log = Log(new, "registry", AT_MS // 1000 + seed)
        log.add(ActCarried(act=text, signatures=[sign_act(k, NETWORK.id, text) for k in signing]))
        logs.append(log)
    return logs[0], logs[1], logs[2]


def verdict_vectors() -> Iterator[tuple[str, Vector]]:
    """SPEC 6.7, 6.8: entries are given as TIME, id and what they count of the quota in bytes."""
    national = Log(NATIONAL, "registry")
    carried = by_council(admission(NATIONAL, "国家站点", "national", None), 2)
    national.add(carried)
    national_id = digest(f"yizhan act v1\n{NETWORK.id}\n{carried.act}".encode())
    granted = admission(SICHUAN, "四川区域站点", "regional", national_id)
    granted = granted.model_copy(update={"quota": Quota(entries_per_day=3, bytes_per_day=2_000)})
    act = national.add(granted)
    ids = [digest(b"%d" % number) for number in range(9)]

    def asked(times: list[int], size: int = 400, key: SigningKey = SICHUAN) -> Vector:
        entries = [[time, id_, size] for time, id_ in zip(times, ids, strict=False)]
        log = [key.public, "needs", 1]
        given = {"genesis": genesis_text(), "text": national.text}
        return {"op": "verdict", "log": log, "entries": entries, **given}

    hour = DAY_MS // 24
    start = granted.from_ms
    yield "within the quota", asked([start, start + 1, start + 2])
    yield "one entry too many in 24 hours", asked([start + n * hour for n in range(4)])
    yield "the first has left the window", asked([start, start + 1, start + 2, start + DAY_MS])
    yield "a byte too many in 24 hours", asked([start, start + 1], size=1_001)
    yield "before and in the term", asked([start - 1, start])
    yield "past the end of the term", asked([granted.until_ms, granted.until_ms + 1])
    yield "an author who is no member", asked([start], key=ZHEJIANG)
    cut = LogCut(channel="needs", epoch=1, seq=1, id=ids[1])
    ending = StationEnded(
        station=act.id, hierarchy="stations", replaces=act.id, why="revoked", cuts=(cut,)
    )
    national.add(ending)
    yield "up to the cut", asked([start, start + 1, start + 2])
    ids[1] = digest(b"x")
    yield "another entry at the cut", asked([start, start + 1, start + 2])


def case_vectors() -> Iterator[tuple[str, Vector]]:
    """SPEC 12.1, 12.2, 12.3, 12.4, 12.5."""
    sender, receiver, other = (digest(each.encode()) for each in ("sender", "receiver", "other"))
    ids = {name: digest(name.encode()) for name in ("open", "yes", "no", "start", "end", "sure")}
    opening = ReferralRequested(salt="A" * 22, need=digest(b"need"), to=receiver, note="请协助")

    def entry(name: str, record: Record, station: str) -> Vector:
        return {
            "id": ids[name], "kind": record.KIND, "station": station,
            "body": record.body().decode(),
        }  # fmt: skip

    def after(*names: str) -> tuple[str, ...]:
        return tuple(ids[name] for name in names)

    opened = entry("open", opening, sender)
    yes = entry("yes", ReferralAccepted(after=after("open")), receiver)
    no = entry("no", ReferralRevoked(after=after("open"), reason="已自行解决"), sender)
    start = entry("start", ReferralStarted(after=after("yes")), receiver)
    end = entry("end", ReferralConcluded(after=after("start"), outcome="advice"), receiver)
    sure = entry("sure", ReferralConfirmed(after=after("end"), satisfied=5), sender)

    def asked(*entries: Vector) -> Vector:
        return {"op": "case", "entries": list(entries)}

    yield "requested", asked(opened)
    yield "accepted, started, concluded, confirmed", asked(opened, yes, start, end, sure)
    yield "the same in another order", asked(opened, sure, end, start, yes)
    yield "revoked", asked(opened, no)
    yield "accepted beats revoked when neither saw the other", asked(opened, no, yes)
    yield "an act waits for what it comes after", asked(opened, start)
    stranger = entry("yes", ReferralAccepted(after=after("open")), other)
    yield "a third station cannot accept", asked(opened, stranger)
    late = entry("no", ReferralRevoked(after=after("yes"), reason="已自行解决"), sender)
    yield "revoking after having seen the acceptance is refused", asked(opened, yes, late)


def ranking_vectors() -> Iterator[tuple[str, Vector]]:
    """SPEC 13.1, 13.2, 13.3, 13.4, 13.5."""
    weights = {"visits": 20, "referrals_accepted": 30, "outcomes": 30, "contract_fen": 20}
    stations = [[digest(name.encode()), "grassroots"] for name in "abcd"]

    def report(station: str, visits: int, accepted: int, outcomes: int, fen: int) -> Vector:
        return {
            "station": station, "tier": "grassroots", "report": digest(station.encode()),
            "approved_by": digest(b"parent"), "in_place_of": None,
            "indicators": {
                "visits": visits, "referrals_accepted": accepted, "outcomes": outcomes,
                "contract_fen": fen,
            },
        }  # fmt: skip

    reports = [
        report(stations[0][0], 3, 2, 1, 4_000_000),
        report(stations[1][0], 9, 1, 0, 0),
        report(stations[2][0], 3, 2, 1, 4_000_000),
    ]

    def asked(given: list[Vector]) -> Vector:
        return {
            "op": "ranking", "policy": {"weights": weights}, "reports": given,
            "stations": stations,
        }  # fmt: skip

    yield "two tie, one follows, one has no report", asked(reports)
    yield "the other order gives the same", asked(reports[::-1])
    yield "no reports", asked([])


def request_vectors() -> Iterator[tuple[str, Vector]]:
    """SPEC 7.1."""
    path, query, body = "/sync/v1/changes", "after=1.2.ab&wait=55", ""
    headers = sign_request(
        SICHUAN, NATIONAL.public, "GET", path, query, body.encode(), AT_MS // 1000
    )
    question = {
        "op": "request", "headers": headers, "method": "GET", "path": path, "query": query,
        "body": body, "me": NATIONAL.public, "now_s": AT_MS // 1000 + 10,
    }  # fmt: skip
    yield "a good request", question
    yield "another query", question | {"query": "after=1.3.ab&wait=55"}
    yield "another method", question | {"method": "POST"}
    yield "another body", question | {"body": "{}"}
    yield "meant for another", question | {"me": ZHEJIANG.public}
    yield "made 301 s ago", question | {"now_s": AT_MS // 1000 + 301}
    yield "no signature", question | {"headers": {}}


def asked_vectors() -> Iterator[tuple[str, Vector]]:
    """SPEC 7.3, 7.6."""
    cursor = "1790000000000.12.0123456789abcdef"

    def asked(method: str, path: str, query: str = "", body: str = "") -> Vector:
        return {"op": "ask", "method": method, "path": path, "query": query, "body": body}

    def ranges(*wanted: list[object]) -> Vector:
        return asked("POST", "/logs", body=json.dumps({"ranges": wanted}))

    one: list[object] = [SICHUAN.public, "needs", 1_790_000_000, 0, 9]
    yield "a page", asked("GET", "/changes", f"after={cursor}&wait=55&channels=registry")
    yield "a page of heads", asked("GET", "/changes", f"after={cursor}&heads=1")
    yield "heads is 0 or 1", asked("GET", "/changes", "heads=2")
    yield "a name twice", asked("GET", "/changes", "heads=1&heads=1")
    yield "ranges of two logs", ranges(one, [ZHEJIANG.public, "registry", 1, 3, 3])
    yield "no range", ranges()
    yield "a range of a channel that is not", ranges([SICHUAN.public, "gossip", 1, 0, 9])
    yield "a range from below zero", ranges([SICHUAN.public, "needs", 1, -1, 9])
    yield "ranges and a query", asked("POST", "/logs", "from=0", json.dumps({"ranges": [one]}))


def moved_vectors() -> Iterator[tuple[str, Vector]]:
    """SPEC 7.3."""
    one = f"{SICHUAN.public}/needs/1790000000 4 {digest(b'x')} {AT_MS}\n"
    other = f"{ZHEJIANG.public}/registry/1 0 {digest(b'y')} 5\n"
    cases = {
        "two logs": one + other,
        "none": "",
        "a line that is not ended": one + other[:-1],
        "a channel that is not": one.replace("needs", "gossip"),
        "a leading zero": one.replace(" 4 ", " 04 "),
        "two spaces": one.replace(" 4 ", "  4 "),
        "a number above 2^53-1": one.replace(" 4 ", " 9007199254740992 "),
    }
    for comment, text in cases.items():
        yield comment, {"op": "moved", "text": text}


def sealed_vectors() -> Iterator[tuple[str, Vector]]:
    """SPEC 8.1, 8.2, 8.3."""
    stations = [digest(b"sender"), digest(b"receiver")]
    seeds = [b"s" * 32, b"r" * 32]
    context = SealContext(
        NETWORK.id, SICHUAN.public, "referrals", AT_MS // 1000, digest(b"case"),
        "contact.sealed/1",
    )  # fmt: skip
    recipients = list(zip(stations, map(sealing_public_key, seeds), strict=True))
    sealed = seal("联系人：王工".encode(), context, recipients, b"k" * 32, b"n" * 12)
    question = {
        "op": "unseal", "context": context._asdict(), "sealed": sealed.model_dump(mode="json"),
        "station": stations[1], "seed_hex": seeds[1].hex(),
    }  # fmt: skip
    yield "the receiver opens it", question
    yield "the sender opens it", question | {"station": stations[0], "seed_hex": seeds[0].hex()}
    yield "another key", question | {"seed_hex": (b"x" * 32).hex()}
    yield (
        "moved to another case",
        question | {"context": context._asdict() | {"subject": digest(b"other")}},
    )


def fork_vectors() -> Iterator[tuple[str, Vector]]:
    """SPEC 5.8, 5.9."""
    one, other, third = Log(SICHUAN, "needs"), Log(SICHUAN, "needs"), Log(ZHEJIANG, "needs")
    for number in range(3):
        one.add(a_need())
        other.add(a_need().model_copy(update={"title": f"另一条{number}"}))
        third.add(a_need())
    mine, theirs = ([each.line.decode() for each in log.entries] for log in (one, other))

    def shown(*branches: list[str]) -> Vector:
        body = encode_body({"branches": list(branches)})
        return {"op": "fork", "network": NETWORK.id, "body": body.decode()}

    yield "one line each", shown(mine[1:2], theirs[1:2])
    yield "the other way round", shown(theirs[1:2], mine[1:2])
    yield "a line and one that names another before it", shown(mine[1:2], theirs[2:3])
    yield "prev tells of an earlier position", shown(mine[2:3], theirs[2:3])
    yield "longer stretches give the lowest position", shown(mine, theirs)
    unsigned = [mine[1][:-86] + "A" * 86, mine[2]]
    yield "the last signature counts", shown(unsigned[:1], theirs[1:2])
    yield "lines not joined by prev", shown(unsigned, theirs[1:2])
    yield "no fork: one entry twice", shown(mine[1:2], mine[1:2])
    yield "no position both speak of", shown(mine[:1], theirs[2:3])
    yield "two logs", shown(mine[1:2], [third.entries[1].line.decode()])
    yield "a line left out", shown([mine[1], mine[3]], theirs[1:2])
    yield "one branch", shown(mine[1:2])
    entry = one.entries[1]
    kept = {"header": entry.line.decode(), "content": entry.body.decode()}
    cases = {
        "an entry carried whole": kept,
        "a body changed": kept | {"content": kept["content"].replace("锈胀", "锈涨")},
        "a signature changed": kept | {"header": kept["header"][:-86] + "A" * 86},
        "no header line": kept | {"header": "yz1"},
    }
    for comment, body in cases.items():
        yield comment, {"op": "kept", "network": NETWORK.id, "body": encode_body(body).decode()}


def flaw_vectors() -> Iterator[tuple[str, Vector]]:
    """SPEC 5.3."""
    log = Log(SICHUAN, "needs")
    for _ in range(4):
        log.add(a_need())
    signed = [each.line.decode() for each in log.entries]
    bad = signed[1][:-86] + "A" * 86
    lines = [bad]
    prev = digest(bad.encode())
    for entry in log.entries[2:]:
        line = sign_header(entry.header._replace(prev=prev), SICHUAN).decode()
        lines.append(line)
        prev = digest(line.encode())
    after = [line.split(" ", 7)[7] for line in lines[1:]]

    def shown(header: str, *fields: str) -> Vector:
        body = encode_body({"header": header, "after": list(fields)})
        return {"op": "flaw", "network": NETWORK.id, "body": body.decode()}

    yield "one signed line after it", shown(bad, after[0])
    yield "several lines after it", shown(bad, *after)
    yield "the last line is not signed", shown(bad, after[0][:-86] + "A" * 86)
    yield "a line left out", shown(bad, *after[1:])
    yield (
        "an inner line of those after it is not signed",
        shown(bad, after[0][:-86] + "A" * 86, after[1]),
    )
    yield "the line is signed after all", shown(signed[1], signed[2].split(" ", 7)[7])
    yield "no line after it", shown(bad)
    yield "too few fields", shown(bad, "1 need.published/1")
    yield "no header line", shown("yz1", after[0])
    yield "another network", shown(bad, after[0]) | {"network": "0" * 16}


def epochs_vectors() -> Iterator[tuple[str, Vector]]:
    """SPEC 6.8.1."""

    def opening(epoch: int, channel: str = "needs", key: SigningKey = SICHUAN) -> str:
        return Log(key, channel, epoch).entries[0].line.decode()

    def shown(*headers: str) -> Vector:
        body = encode_body({"headers": list(headers)})
        return {"op": "epochs", "network": NETWORK.id, "body": body.decode()}

    first, year = AT_MS // 1000, 365 * 86_400
    sixteen = [opening(first + number) for number in range(16)]
    yield "seventeen of a year", shown(*sixteen, opening(first + year - 1))
    yield "in any order", shown(opening(first + year - 1), *sixteen[::-1])
    yield "a year and no more", shown(*sixteen, opening(first + year))
    yield "sixteen", shown(*sixteen)
    yield "one of them twice", shown(*sixteen, sixteen[0])
    yield "another channel among them", shown(*sixteen, opening(first + 99, "results"))
    yield "another author among them", shown(*sixteen, opening(first + 99, key=ZHEJIANG))
    yield "one of them not signed", shown(*sixteen, opening(first + 99)[:-86] + "A" * 86)
    log = Log(SICHUAN, "needs", first + 99)
    log.add(a_need())
    yield "a later line of one of them", shown(*sixteen, log.entries[1].line.decode())


FILES = {
    "fork": fork_vectors,
    "flaw": flaw_vectors,
    "epochs": epochs_vectors,
    "genesis": genesis_vectors,
    "keys": key_vectors,
    "header": header_vectors,
    "body": body_vectors,
    "record": record_vectors,
    "erasure": erasure_vectors,
    "text": text_vectors,
    "roster": roster_vectors,
    "verdict": verdict_vectors,
    "case": case_vectors,
    "ranking": ranking_vectors,
    "request": request_vectors,
    "asked": asked_vectors,
    "moved": moved_vectors,
    "sealed": sealed_vectors,
}
"""Small-order keys are in ``keys.json`` as a list, since they are data of SPEC 2.3."""


def all_vectors() -> dict[str, Callable[[], Iterator[tuple[str, Vector]]]]:
    """The files by subject, and those for files and for rules that they do not reach."""
    from tests.conformance.file_vectors import file_vectors
    from tests.conformance.rule_vectors import rule_vectors

    return {**FILES, "files": file_vectors, "rules": rule_vectors}


def main() -> None:
    """Write every file; sealed parts only when there are none."""
    FOLDER.mkdir(exist_ok=True)
    for name, vectors in all_vectors().items():
        path = FOLDER / f"{name}.json"
        if name == "sealed" and path.exists():
            continue
        content: dict[str, object] = {
            "comment": (vectors.__doc__ or "").strip(),
            "vectors": [
                {"comment": comment, "question": question, "answer": answer(question)}
                for comment, question in vectors()
            ],
        }
        if name == "keys":
            content["small_order_keys_hex"] = sorted(key.hex() for key in SMALL_ORDER_KEYS)
        path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
