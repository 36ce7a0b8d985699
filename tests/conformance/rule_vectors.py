"""Vectors for rules that the files by subject do not reach; each begins with the rule's number."""

# ruff: noqa: E501 (tables of cases, a line each)

import json
from collections.abc import Iterator
from typing import Any

from protocol.acts import sign_act, write_act
from protocol.cursor import Cursor, filter_digest
from protocol.entry import encode_body
from protocol.keys import SMALL_ORDER_KEYS, SigningKey, digest, encode_b64
from protocol.limits import BUCKETS, CHANNELS
from protocol.records import (
    ActCarried,
    EntryKept,
    ForkShown,
    HelperInvited,
    HelperJoined,
    HelperLeft,
    HelperReleased,
    InterestExpressed,
    InterestMatched,
    InterestWithdrawn,
    IntroductionDeclined,
    IntroductionFollowed,
    IntroductionProposed,
    LogCut,
    MembershipIn,
    Record,
    ReferralAccepted,
    ReferralAnswered,
    ReferralClosed,
    ReferralConcluded,
    ReferralConfirmed,
    ReferralDeclined,
    ReferralDisputed,
    ReferralQueried,
    ReferralReopened,
    ReferralRequested,
    ReferralResumed,
    SplitAgreed,
    SplitProposed,
    SplitRejected,
    StationAdmitted,
    StationDescribed,
    StationEnded,
)
from tests.conformance import make_vectors as made
from tests.conformance.make_vectors import (
    AT_MS,
    COUNCIL,
    DAY_MS,
    GUANGDONG,
    NATIONAL,
    NETWORK,
    PIDU,
    SICHUAN,
    ZHEJIANG,
    Log,
    Vector,
    admission,
    by_council,
    genesis_text,
    text_of,
)

OTHER = SigningKey(bytes([51]) * 32)


def rule_vectors() -> Iterator[tuple[str, Vector]]:
    """Rules of all sections; the number stands before each."""
    yield from _founding()
    yield from _bodies()
    yield from _held()
    yield from _memberships()
    yield from _verdicts()
    yield from _sync()
    yield from _records()
    yield from _cases()


def _founding() -> Iterator[tuple[str, Vector]]:
    weak = encode_b64(sorted(SMALL_ORDER_KEYS)[0])
    twice = {"keys": [COUNCIL[0].public] * 2, "threshold": 1}
    for comment, text in {
        "1.1 a council key twice": genesis_text(council=twice),
        "1.1 nobody in the council": genesis_text(council={"keys": [], "threshold": 1}),
        "1.1 a level twice": genesis_text(hierarchies={"stations": ["national", "national"]}),
        "1.1 no name": genesis_text(name=""),
        "2.3 a council key of small order": genesis_text(council={"keys": [weak], "threshold": 1}),
    }.items():
        yield comment, {"op": "genesis", "file": text}
    weakly = json.loads(admission(SICHUAN, "四川站", "regional", digest(b"x")).body())
    for comment, member in (
        ("2.3 a key of small order", "key"),
        ("2.3 a recovery key of small order", "recovery"),
    ):
        yield comment, _record("station.admitted/1", "registry", weakly | {member: weak})


def _bodies() -> Iterator[tuple[str, Vector]]:
    for comment, text in {
        "4.1 minus zero is an integer": '{"a":-0}',
        "4.1 a leading zero": '{"a":01}',
        "4.1 white space around": ' {"a" : [ ] } ',
        "4.1 an escaped NUL": '{"a":"\\u0000"}',
        "4.1 a raw tab in a string": '{"a":"\t"}',
        "4.1 a raw carriage return in a string": '{"a":"\r"}',
        "4.1 a low surrogate before a high one": '{"a":"\\udc00\\ud800"}',
        "4.1 a string that never ends": '{"a":"' + '\\"' * 40,
        "4.1 nothing after a colon": '{"a":}',
    }.items():
        yield comment, {"op": "body", "body": text}
    need = json.loads(made.a_need().body())
    yield "4.2 a member that is null is left out", _record(body=need | {"budget_fen": None})
    yield "4.2 null where a member is required", _record(body=need | {"title": None})
    yield "4.3 an absent body of a known kind", _record() | {"body": ""}
    yield "4.3 an absent body of an unknown kind", _record("need.sung/1") | {"body": ""}
    yield "4.5 a salt that is too short", _record(body=need | {"salt": "A" * 21})


def _record(kind: str = "need.published/1", channel: str = "needs", body: object = None) -> Vector:
    text = json.dumps(body, ensure_ascii=False)
    return {"op": "record", "kind": kind, "channel": channel, "body": text}


def _held() -> Iterator[tuple[str, Vector]]:
    """5.4: what comes at positions already held; another log between keeps the runs apart."""
    log, twin, between = Log(SICHUAN, "needs"), Log(SICHUAN, "needs"), Log(ZHEJIANG, "results").text
    for number in range(3):
        log.add(made.a_need())
        twin.add(made.a_need().model_copy(update={"title": f"另一条{number}"}))
    first, second, third, fourth = log.entries

    def asked(*texts: str) -> Vector:
        return {"op": "text", "network": NETWORK.id, "text": between.join(texts)}

    yield "5.2 a run goes on from another", asked(text_of([first, second]), text_of([third]))
    yield "5.4 a run sent again", asked(text_of([first, second]), text_of([first, second]))
    yield (
        "5.4 a run that begins at a held entry",
        asked(text_of([first, second]), text_of([second, third, fourth])),
    )
    yield "5.4 another entry at a held position", asked(log.text, text_of(twin.entries[1:3]))
    yield (
        "5.2 prev is not the entry held",
        asked(text_of([first, second]), text_of(twin.entries[2:])),
    )
    yield "5.2 an entry is missing between two runs", asked(text_of([first]), text_of([third]))
    crlf = first.line.decode() + "\r\n" + first.body.decode() + "\r\n"
    yield "5.1 lines that end in CR LF", asked(crlf)
    yield "5.1 an empty line between entries", asked(text_of([first]) + "\n" + text_of([second]))


class _Land:
    """National, Sichuan and Zhejiang with their registry logs, and who else they admit."""

    def __init__(self) -> None:
        self.national = Log(NATIONAL, "registry")
        self.carried = by_council(admission(NATIONAL, "国家站点", "national", None), 2)
        self.national.add(self.carried)
        self.id = digest(f"yizhan act v1\n{NETWORK.id}\n{self.carried.act}".encode())
        self.regions = {
            key.public: self.national.add(
                admission(key, name, "regional", self.id, division=division)
            ).id
            for key, name, division in (
                (SICHUAN, "四川区域站点", "510000"),
                (ZHEJIANG, "浙江区域站点", "330000"),
                (GUANGDONG, "广东区域站点", "440000"),
            )
        }
        self.sichuan, self.zhejiang = Log(SICHUAN, "registry"), Log(ZHEJIANG, "registry")

    def pidu(self, **more: object) -> StationAdmitted:
        """An admission of Pidu below Sichuan."""
        parent = self.regions[SICHUAN.public]
        made_out = admission(PIDU, "郫都基层站点", "grassroots", parent, division="510117")
        return made_out.model_copy(update=more)

    def asked(self) -> Vector:
        """Who is admitted as what."""
        text = self.national.text + self.sichuan.text + self.zhejiang.text
        return {"op": "roster", "genesis": genesis_text(), "text": text}

    def join(self, record: StationAdmitted, *signers: SigningKey) -> None:
        """Zhejiang's log carries an act of several."""
        act = write_act(record)
        signatures = [sign_act(key, NETWORK.id, act) for key in signers]
        self.zhejiang.add(ActCarried(act=act, signatures=signatures))


def _memberships() -> Iterator[tuple[str, Vector]]:
    yield from _carrying()
    yield from _admitting()
    yield from _ending()
    yield from _joining()
    land = _Land()
    described = StationDescribed(endpoints=("https://yz.example.cn",))
    land.sichuan.add(described)
    land.sichuan.add(described.model_copy(update={"endpoints": ("https://neu.example.cn",)}))
    yield "6.9 the latest description of oneself stands", land.asked()
    stranger = Log(OTHER, "registry")
    stranger.add(described)
    vector = _Land().asked()
    yield "6.9 a stranger describes itself", vector | {"text": vector["text"] + stranger.text}


def _carrying() -> Iterator[tuple[str, Vector]]:
    record = admission(NATIONAL, "国家站点", "national", None)
    act = write_act(record)
    one, other = Log(NATIONAL, "registry"), Log(OTHER, "registry")
    for log, key in ((one, COUNCIL[0]), (other, COUNCIL[1])):
        log.add(ActCarried(act=act, signatures=[sign_act(key, NETWORK.id, act)]))

    def asked(*logs: Log) -> Vector:
        return {"op": "roster", "genesis": genesis_text(), "text": "".join(e.text for e in logs)}

    yield "6.2 signatures of two carriers add up", asked(one, other)
    strange = Log(NATIONAL, "registry")
    signatures = [sign_act(key, "0" * 16, act) for key in COUNCIL]
    strange.add(ActCarried(act=act, signatures=signatures))
    yield "6.2 signatures for another network", asked(strange)
    spaced = Log(NATIONAL, "registry")
    wide = act.replace('{"kind":', '{ "kind": ')
    spaced.add(ActCarried(act=wide, signatures=[sign_act(k, NETWORK.id, wide) for k in COUNCIL]))
    yield "6.2 an act is its text, spaces and all", asked(spaced)
    more = Log(NATIONAL, "registry")
    wrong = act[:-1] + ',"note":1}'
    more.add(ActCarried(act=wrong, signatures=[sign_act(k, NETWORK.id, wrong) for k in COUNCIL]))
    yield "6.2 an act of more than kind and body", asked(more)


def _admitting() -> Iterator[tuple[str, Vector]]:
    land = _Land()
    first = land.sichuan.add(land.pidu())
    again = land.pidu(station=first.id, replaces=first.id, until_ms=AT_MS + 700 * DAY_MS)
    renewed = land.sichuan.add(again)
    yield "6.3 a renewal keeps the id", land.asked()
    province = land.national.add(
        admission(
            SigningKey(bytes([61]) * 32), "省科协", "province", land.id,
            memberships=(MembershipIn(hierarchy="associations", level="province", parent=land.id),),
        )
    )  # fmt: skip
    yield "6.3 the stations' national is none of the associations'", land.asked()
    assert province.id
    astray = _Land()
    astray.zhejiang.add(astray.pidu(division=None))
    yield "6.3 an issuer that is not the parent", astray.asked()
    above = _Land()
    above.national.add(above.pidu())
    yield "6.3 national admits under any parent", above.asked()
    late = _Land()
    early = late.sichuan.add(late.pidu())
    late.sichuan.add(late.pidu(station=early.id, replaces=digest(b"another")))
    yield "6.3 a renewal of an act that is not there", late.asked()
    both = _Land()
    begun = both.sichuan.add(both.pidu())
    for days in (100, 200):
        both.sichuan.add(
            both.pidu(station=begun.id, replaces=begun.id, until_ms=AT_MS + days * DAY_MS)
        )
    yield "6.6 of two renewals of one act the smaller id stands", both.asked()
    higher = _Land()
    start = higher.sichuan.add(higher.pidu())
    for log, name in ((higher.sichuan, "区域改名"), (higher.national, "国家改名")):
        log.add(higher.pidu(station=start.id, replaces=start.id, name=name))
    yield "6.6 an act of a higher rank goes first", higher.asked()
    assert renewed.id != first.id


def _ending() -> Iterator[tuple[str, Vector]]:
    def ended(land: _Land, station: str, replaces: str, why: Any = "revoked") -> StationEnded:
        return StationEnded(station=station, hierarchy="stations", replaces=replaces, why=why)

    land = _Land()
    member = land.sichuan.add(land.pidu())
    land.zhejiang.add(ended(land, member.id, member.id))
    yield "6.4 another region ends nothing", land.asked()
    own = _Land()
    start = own.sichuan.add(own.pidu())
    log = Log(PIDU, "registry")
    log.add(ended(own, start.id, start.id, "exited"))
    vector = own.asked()
    yield "6.4 a station leaves by its own signature", vector | {"text": vector["text"] + log.text}
    banned = Log(PIDU, "registry")
    banned.add(ended(own, start.id, start.id, "revoked"))
    yield "6.4 nobody revokes itself", vector | {"text": vector["text"] + banned.text}
    race = _Land()
    begun = race.sichuan.add(race.pidu())
    race.sichuan.add(race.pidu(station=begun.id, replaces=begun.id))
    race.sichuan.add(ended(race, begun.id, begun.id))
    yield "6.6 of an ending and a renewal the ending stands", race.asked()
    higher = _Land()
    first = higher.sichuan.add(higher.pidu())
    over = higher.national.add(ended(higher, first.id, first.id))
    higher.sichuan.add(higher.pidu(station=first.id, replaces=over.id))
    yield "6.4 what national ended its parent cannot undo", higher.asked()


def _joining() -> Iterator[tuple[str, Vector]]:
    short: dict[str, object] = {"until_ms": AT_MS + 90 * DAY_MS}
    land = _Land()
    land.join(land.pidu(**short), ZHEJIANG, GUANGDONG)
    yield "6.5 two others admit in the place of a region", land.asked()
    long = _Land()
    long.join(long.pidu(until_ms=AT_MS + 90 * DAY_MS + 1), ZHEJIANG, GUANGDONG)
    yield "6.5 for more than 90 days", long.asked()
    alone = _Land()
    alone.join(alone.pidu(**short), ZHEJIANG)
    yield "6.5 one alone", alone.asked()
    itself = _Land()
    itself.join(itself.pidu(**short), ZHEJIANG, SICHUAN)
    yield "6.5 the region itself is not another", itself.asked()
    forked = _Land()
    twin = Log(SICHUAN, "registry")
    forked.sichuan.add(forked.pidu())
    second = twin.add(admission(OTHER, "另一站", "grassroots", forked.regions[SICHUAN.public]))
    branches = [[each.entries[1].line.decode()] for each in (forked.sichuan, twin)]
    forked.zhejiang.add(ForkShown(branches=tuple(map(tuple, branches))))
    yield "5.9 admissions in the branch held stand", forked.asked()
    kept = EntryKept(header=second.line.decode(), content=second.body.decode())
    forked.zhejiang.add(kept)
    yield "5.9 admissions in the other branch stand once carried", forked.asked()


def _verdicts() -> Iterator[tuple[str, Vector]]:
    land = _Land()
    ids = [digest(b"%d" % number) for number in range(5)]

    def asked(times: list[int], **more: object) -> Vector:
        entries = [[time, id_, 400] for time, id_ in zip(times, ids, strict=False)]
        given = {"genesis": genesis_text(), "text": land.national.text + land.zhejiang.text}
        log = [SICHUAN.public, "needs", AT_MS // 1000]
        return {"op": "verdict", "log": log, "entries": entries, **given, **more}

    now = AT_MS + DAY_MS
    yield "5.5 900 s ahead and no more", asked([now, now + 900_000, now + 900_001], now_ms=now)
    yield "5.5 all of it ahead", asked([now + 900_001], now_ms=now)
    one, other = Log(SICHUAN, "needs"), Log(SICHUAN, "needs")
    for log, title in ((one, "甲"), (other, "乙")):
        log.add(made.a_need())
        log.add(made.a_need().model_copy(update={"title": title}))
    branches = tuple((log.entries[2].line.decode(),) for log in (one, other))
    land.zhejiang.add(ForkShown(branches=branches))
    yield "5.8 up to the entry before a fork", asked([now, now + 1, now + 2, now + 3])
    cut = LogCut(channel="results", epoch=1, seq=0, id=ids[0])
    region = land.regions[SICHUAN.public]
    land.national.add(
        StationEnded(
            station=region, hierarchy="stations", replaces=region, why="revoked", cuts=(cut,)
        )
    )
    yield "6.4 of a log that an ending does not name nothing is good", asked([now])


def _sync() -> Iterator[tuple[str, Vector]]:
    filtered = filter_digest(CHANNELS)
    for comment, text in {
        "7.7 a cursor": f"1790000000000.7.{filtered}",
        "7.7 a cursor with a leading zero": f"01.7.{filtered}",
        "7.7 a cursor beyond 2^53": f"{2**53}.7.{filtered}",
        "7.7 a cursor without a filter": "1.7",
    }.items():
        yield comment, {"op": "cursor", "text": text}
    yield "7.7 the filter of all channels", {"op": "filter", "channels": list(CHANNELS)}
    yield (
        "7.7 a filter does not mind the order",
        {"op": "filter", "channels": ["needs", "registry"]},
    )
    heads = [[SICHUAN.public, "needs", 1, 3, digest(b"a")], [ZHEJIANG.public, "results", 2, 0, digest(b"b")]]  # fmt: skip
    yield "7.5 buckets and sub-buckets of two heads", {"op": "heads", "heads": heads}
    yield "7.3 the digest of no heads", {"op": "heads", "heads": []}
    cursor = str(Cursor(AT_MS, 7, filtered))
    control = json.dumps({"cursor": cursor, "more": False, "digest": "0123456789abcdef"})
    for comment, page in {
        "7.3 a page": control + "\nyz1 \n{}\n",
        "7.3 a page that says more": control[:-1] + ',"news":1}\n',
        "7.3 a page without its first line": "yz1 \n{}\n",
    }.items():
        yield comment, {"op": "page", "page": page}
    yield from _hellos()
    yield from _requests(cursor)


def _hellos() -> Iterator[tuple[str, Vector]]:
    hello = {
        "network": "0123456789abcdef", "key": SICHUAN.public, "now_ms": AT_MS, "formats": ["yz1"],
        "feed_epoch": AT_MS, "feed_head": 9, "admitted": True,
    }  # fmt: skip
    some = ["registry", "needs", "performance"]
    for comment, more, held in (
        ("7.2 a hello without a floor has all its feed", {}, list(CHANNELS)),
        ("7.2 a feed whose first rows are gone", {"feed_floor": 7}, list(CHANNELS)),
        ("7.2 a floor that is no number", {"feed_floor": "7"}, list(CHANNELS)),
        ("7.9 a hello without channels holds all", {}, some),
        ("7.9 the channels both hold", {"channels": ["performance", "results", "registry"]}, some),
        ("7.9 the registry always", {"channels": ["results"]}, ["needs"]),
        ("7.9 a channel of a later version", {"channels": ["registry", "patents", "needs"]}, some),
        ("7.9 channels that are no list", {"channels": "needs"}, some),
    ):
        yield comment, {"op": "hello", "hello": json.dumps(hello | more), "held": held}


def _requests(cursor: str) -> Iterator[tuple[str, Vector]]:
    logs = f"/logs/{SICHUAN.public}/needs/7"
    places = json.dumps({"channels": ["needs"], "places": [[0, 15]], "after": "a/needs/1"})
    buckets = json.dumps({"channels": ["needs"], "buckets": ["0" * 16] * BUCKETS})
    for comment, method, path, query, body in (
        ("7.2 hello", "GET", "/hello", "", ""),
        ("7.2 hello with a query", "GET", "/hello", "x=1", ""),
        ("7.3 changes", "GET", "/changes", f"after={cursor}&wait=55&channels=registry,needs&echo=1", ""),
        ("7.3 a wait of 56 s", "GET", "/changes", "wait=56", ""),
        ("7.3 a name twice", "GET", "/changes", "wait=1&wait=1", ""),
        ("7.3 an unknown channel", "GET", "/changes", "channels=gossip", ""),
        ("7.4 a push", "POST", "/entries", "", "yz1 \n{}\n"),
        ("7.5 round 1", "POST", "/heads", "", buckets),
        ("7.5 round 1 with 255 values", "POST", "/heads", "", buckets.replace('"0000000000000000", ', "", 1)),
        ("7.5 round 2", "POST", "/heads", "", places),
        ("7.5 a bucket of 256", "POST", "/heads", "", places.replace("[0, 15]", "[256, 0]")),
        ("7.5 an unknown member", "POST", "/heads", "", places[:-1] + ',"x":1}'),
        ("7.6 a range", "GET", logs, "from=3&to=9&bodies=0", ""),
        ("7.6 a number with a leading zero", "GET", logs, "from=03", ""),
        ("7.6 no such channel", "GET", logs.replace("needs", "gossip"), "", ""),
        ("7.6 no such method", "POST", logs, "", ""),
    ):  # fmt: skip
        asked = {"op": "ask", "method": method, "path": path, "query": query, "body": body}
        yield comment, asked


def _records() -> Iterator[tuple[str, Vector]]:
    """11.3: rules between members, one broken at a time; 11.2: values at the edge."""
    a, b = digest(b"a"), digest(b"b")
    need = json.loads(made.a_need().body())
    share = [{"station": a, "percent": 60}, {"station": b, "percent": 40}]
    outcome = {"case": a, "contract_fen": 10, "technology_fen": 9, "consent": True, "shares": share}
    contract = {"type": "licence", "amount_fen": 10, "technology_fen": 9, "signed": "2026-02-28"}
    concluded = {"after": [a], "outcome": "contract", "contract": contract}
    admitted = json.loads(admission(PIDU, "郫都站", "grassroots", a).body())
    seat = {"hierarchy": "stations", "level": "grassroots", "parent": a}
    cut = {"channel": "needs", "epoch": 1, "seq": 1, "id": a}
    ended = {"station": a, "hierarchy": "stations", "replaces": b, "why": "revoked"}
    programme = {
        "name": "计划",
        "year": 2026,
        "text": "全文",
        "begins": "2026-02-01",
        "ends": "2026-01-31",
    }
    expert = {
        "salt": "A" * 22,
        "type": "expert",
        "kind": "legal",
        "title": "律师",
        "text": "专利诉讼",
    }
    named = {"name": "张三", "consented_on": "2026-02-01", "scope": "网络内公开"}
    society = expert | {"type": "society", "kind": "city"}
    service = expert | {"type": "service", "kind": "finance", "bundle": "consulting"}
    screened = {"salt": "A" * 22, "title": "清单", "year": 2026, "items": [{"result": a}]}
    part = {"name": "年末", "period": "2026", "part": 3, "parts": 2, "heads": []}
    policy = {"name": "办法", "period": "2026", "weights": {"visits": 50, "needs": 49}}
    impact = {
        "case": a,
        "on": "2027-05-20",
        "months": 6,
        "consent": True,
        "jobs": 3,
        "recommend": 9,
    }
    for comment, kind, channel, body in (
        ("sub_kind without upgrade", "need.published/1", "needs", need | {"kind": "talent"}),
        ("until before from", "station.admitted/1", "registry", admitted | {"until_ms": AT_MS}),
        ("one hierarchy twice", "station.admitted/1", "registry", admitted | {"memberships": [seat, seat]}),
        ("a first admission that replaces", "station.admitted/1", "registry", admitted | {"replaces": a}),
        ("a log cut twice", "station.ended/1", "registry", ended | {"cuts": [cut, cut]}),
        ("a conclusion with its contract", "referral.concluded/1", "referrals", concluded),
        ("a contract for advice", "referral.concluded/1", "referrals", concluded | {"outcome": "advice"}),
        ("more technology than contract", "referral.concluded/1", "referrals",
         concluded | {"contract": contract | {"technology_fen": 11}}),
        ("an outcome", "outcome.confirmed/1", "performance", outcome),
        ("shares of 99 percent", "outcome.confirmed/1", "performance",
         outcome | {"shares": [share[0], share[1] | {"percent": 39}]}),
        ("a station twice among the shares", "outcome.confirmed/1", "performance",
         outcome | {"shares": [share[0], share[1] | {"station": a}]}),
        ("amounts without consent", "outcome.confirmed/1", "performance", outcome | {"consent": False}),
        ("more enterprises than participants", "activity.held/1", "performance",
         {"on": "2026-11-01", "kind": "training", "participants": 1, "enterprises": 2}),
        ("a service twice", "service.rendered/1", "performance",
         {"on": "2026-11-01", "services": ["gbt-service", "gbt-service"]}),
        ("an impact with its figures", "impact.surveyed/1", "performance", impact),
        ("an impact's figures without consent", "impact.surveyed/1", "performance",
         impact | {"consent": False}),
        ("weights of 99 percent", "policy.published/1", "performance", policy),
        ("an indicator nobody knows", "report.compiled/1", "performance",
         {"period": "2026", "indicators": {"smiles": 1}}),
        ("part 3 of 2", "cut.named/1", "performance", part),
        ("ends before it begins", "programme.announced/1", "programmes", programme),
        ("an expert who is named", "resource.offered/1", "results", expert | {"person": named}),
        ("a society as a person", "resource.offered/1", "results", society | {"person": named}),
        ("a kind of another type", "resource.offered/1", "results", society | {"kind": "legal"}),
        ("a service at a price", "resource.offered/1", "results", service | {"price_fen": 0}),
        ("an expert at a price", "resource.offered/1", "results", expert | {"price_fen": 0}),
        ("over before it begins", "resource.offered/1", "results",
         service | {"since": "2026-02-01", "until": "2026-01-31"}),
        ("a list of one result", "results.screened/1", "programmes", screened),
        ("a list with a result twice", "results.screened/1", "programmes",
         screened | {"items": [{"result": a}, {"result": a, "needs": [b]}]}),
    ):  # fmt: skip
        yield f"11.3 {comment}", _record(kind, channel, body)
    for comment, change in {
        "a line with a line break": {"title": "一\n二"},
        "a text with a line break": {"text": "一\n二"},
        "200 characters outside the plane": {"title": "𠮷" * 200},
        "201 characters": {"title": "a" * 201},
        "a division of five digits": {"division": "33020"},
        "an industry of five digits": {"industry": "12345"},
    }.items():
        yield f"11.2 {comment}", _record(body=need | change)


def _cases() -> Iterator[tuple[str, Vector]]:
    yield from _referrals()
    yield from _splits()
    yield from _approaches()


SENDER, RECEIVER, HELPER, THIRD = (
    digest(each) for each in (b"sender", b"receiver", b"helper", b"third")
)


def _said(name: str, record: Record, station: str) -> Vector:
    body = encode_body(record.model_dump(exclude_none=True)).decode()
    return {"id": digest(name.encode()), "kind": record.KIND, "station": station, "body": body}


def _after(*seen: str) -> tuple[str, ...]:
    return tuple(digest(name.encode()) for name in seen)


def _asked(given: dict[str, tuple[Vector, ...]]) -> Iterator[tuple[str, Vector]]:
    for comment, acts in given.items():
        yield comment, {"op": "case", "entries": list(acts)}


def _opened(**more: Any) -> Vector:
    opening = ReferralRequested(salt="A" * 22, need=digest(b"need"), to=RECEIVER, **more)
    return _said("open", opening, SENDER)


YES = _said("yes", ReferralAccepted(after=_after("open")), RECEIVER)


def _end(*after: str, outcome: str = "advice") -> Vector:
    record = ReferralConcluded.model_validate({"after": _after(*after), "outcome": outcome})
    return _said("end", record, RECEIVER)


def _sure(*after: str) -> Vector:
    return _said("sure", ReferralConfirmed(after=_after(*after)), SENDER)


def _referrals() -> Iterator[tuple[str, Vector]]:
    opened, end = _opened(), _end("yes")
    no = _said("no", ReferralDeclined(after=_after("open"), reason="field"), RECEIVER)
    doubt = _said("doubt", ReferralDisputed(after=_after("end"), reason="不符"), SENDER)
    ask = _said("ask", ReferralQueried(after=_after("open"), note="请补充参数"), RECEIVER)
    told = _said("told", ReferralAnswered(after=_after("ask"), note="见附表"), SENDER)
    failed, closed = _end("yes", outcome="no-result"), _sure("end")
    again = _said("again", ReferralReopened(after=_after("sure"), reason="企业重提"), SENDER)
    yield from _asked({
        "12.2 declined": (opened, no),
        "12.2 concluded without a beginning": (opened, YES, end),
        "12.3 accepted goes before declined, which is superseded": (opened, no, YES),
        "12.3 confirmed goes before disputed": (opened, YES, end, doubt, _sure("end")),
        "12.4 the receiver cannot confirm": (opened, YES, end, _sure("end") | {"station": RECEIVER}),
        "12.1 a case with oneself": (opened | {"station": RECEIVER}, YES),
        "12.2 more is asked for": (opened, ask),
        "12.2 what was asked is told": (opened, told, ask),
        "12.2 accepted while more is asked for goes first": (opened, ask, YES),
        "12.2 confirmed without a result is closed": (opened, YES, failed, closed),
        "12.4 reopened has no outcome": (opened, YES, failed, closed, again),
        "12.2 reopened while it has a result": (opened, YES, end, closed, again),
        "12.2 who raised the dispute takes it back": (
            opened, YES, end, doubt, _said("on", ReferralResumed(after=_after("doubt")), SENDER),
        ),
        "12.1 the other cannot take it back": (
            opened, YES, end, doubt, _said("on", ReferralResumed(after=_after("doubt")), RECEIVER),
        ),
        "12.2 who raised the dispute closes": (
            opened, YES, end, doubt,
            _said("off", ReferralClosed(after=_after("doubt"), reason="无法继续"), SENDER),
        ),
    })  # fmt: skip


def _splits() -> Iterator[tuple[str, Vector]]:
    opened, end = _opened(), _end("join")
    ask = _said("ask", HelperInvited(after=_after("yes"), station=HELPER), RECEIVER)
    join = _said("join", HelperJoined(after=_after("ask")), HELPER)
    parts = {SENDER: 40, RECEIVER: 40, HELPER: 20}
    split = _proposal("split", parts, RECEIVER, "end")
    first = _agreed("first", SENDER, "split", "split")
    second = _agreed("second", HELPER, "split", "split")
    left = _said("left", HelperLeft(after=_after("first"), reason="人手不足"), HELPER)
    helped = (opened, YES, ask, join)
    introduced = _opened(follows=digest(b"introduction"), introduced_by=THIRD)
    paid = {SENDER: 45, RECEIVER: 45, THIRD: 10}
    yield from _asked({
        "12.7 a helper and no split: no shares stand": helped,
        "12.6 confirmed before a split is agreed": (*helped, end, _sure("end")),
        "12.7 every party has agreed": (*helped, end, split, first, second),
        "12.7 confirmed with what was agreed": (
            *helped, end, split, first, second, _sure("first", "second"),
        ),
        "12.7 one has not agreed": (*helped, end, split, first),
        "12.7 who has a share leaves": (*helped, end, split, first, left),
        "12.6 agreed twice": (*helped, end, split, first, _agreed("more", SENDER, "split", "first")),
        "12.6 a share of a station that has no part": (
            opened, YES, _proposal("split", {SENDER: 50, THIRD: 50}, SENDER, "yes"),
        ),
        "12.6 the receiver is invited": (
            opened, YES, _said("ask", HelperInvited(after=_after("yes"), station=RECEIVER), SENDER),
        ),
        "12.6 the helper is released": (
            *helped,
            _said(
                "go", HelperReleased(after=_after("join"), station=HELPER, reason="未答复"), SENDER
            ),
        ),
        "12.7 the introducer has a share and is not asked": (
            introduced, YES, _proposal("split", paid, RECEIVER, "yes"),
            _agreed("first", SENDER, "split", "split"),
        ),
        "12.7 the introducer has no share": (
            introduced, YES, _proposal("split", {SENDER: 50, RECEIVER: 50}, RECEIVER, "yes"),
            _agreed("first", SENDER, "split", "split"),
        ),
        "12.6 a proposal is rejected": (
            *helped, end, split,
            _said(
                "nay",
                SplitRejected(after=_after("split"), proposal=digest(b"split"), reason="偏低"),
                HELPER,
            ),
        ),
    })  # fmt: skip


def _proposal(name: str, parts: dict[str, int], station: str, *after: str) -> Vector:
    shares = [{"station": each, "percent": percent} for each, percent in parts.items()]
    fields = {"after": _after(*after), "shares": shares}
    return _said(name, SplitProposed.model_validate(fields), station)


def _agreed(name: str, station: str, proposal: str, *after: str) -> Vector:
    record = SplitAgreed(after=_after(*after), proposal=digest(proposal.encode()))
    return _said(name, record, station)


def _approaches() -> Iterator[tuple[str, Vector]]:
    need = digest(b"need")
    offer = _said("open", InterestExpressed(salt="A" * 22, need=need, to=RECEIVER), SENDER)
    taken = _said("yes", InterestMatched(after=_after("open")), RECEIVER)
    back = _said("back", InterestWithdrawn(after=_after("open")), SENDER)
    brought = _said(
        "open", IntroductionProposed(salt="A" * 22, need=need, to=RECEIVER, partner=HELPER), SENDER
    )
    no = IntroductionDeclined(after=_after("open"), reason="不合适")
    yield from _asked({
        "12.2 an interest is expressed": (offer,),
        "12.3 matched goes before withdrawn": (offer, back, taken),
        "12.2 an act of a referral is none of an interest": (offer, YES),
        "12.2 an introduction is followed": (
            brought, _said("yes", IntroductionFollowed(after=_after("open")), RECEIVER),
        ),
        "12.2 the partner declines": (brought, _said("no", no, HELPER)),
        "12.4 a stranger cannot decline": (brought, _said("no", no, THIRD)),
        "12.1 introducing oneself": (
            brought | {"station": HELPER},
            _said("yes", IntroductionFollowed(after=_after("open")), RECEIVER),
        ),
    })  # fmt: skip
