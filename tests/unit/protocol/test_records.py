"""The body schema of every kind: what is taken, what is inert and why (SPEC 4.2, 11)."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from protocol.chain import OPENED
from protocol.errors import Inert, Reason
from protocol.header import KIND_TEXT
from protocol.limits import BODY_BYTES_MAX, CHANNELS, INTEGER_MAX, KIND_BYTES_MAX
from protocol.records import (
    CUT_HEADS_MAX,
    KINDS,
    RANKING_ROWS_MAX,
    Continued,
    CutNamed,
    LogCut,
    LogOpened,
    NeedAmended,
    NeedPublished,
    NeedSolved,
    Quota,
    RankingPublished,
    Record,
    ReferralAccepted,
    ReferralRequested,
    ReportCompiled,
    ResultsScreened,
    StationAdmitted,
    VisitMade,
    check_subject,
    find_kind,
    parse_record,
)
from protocol.records.programmes import ANSWERED_MAX, SCREENED_MAX, ScreenedResult
from protocol.records.record import ALL_TIERS
from protocol.scoring import FULL_MARK, INDICATORS, Row
from tests.unit.protocol.samples import (
    CONTRACT,
    KEY,
    LOG_CUT,
    RESOURCE,
    ROW,
    SALT,
    SAMPLES,
    SEALED,
    SIG,
    WEAK_KEY,
    A,
    B,
    C,
)


def _channel(kind: str) -> str:
    channel = KINDS[kind].CHANNEL
    return "needs" if channel in ("*", "+") else channel


def _parse(kind: str, value: object) -> Record:
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return parse_record(kind, _channel(kind), body)


def _refusal(kind: str, value: object) -> Inert:
    with pytest.raises(Inert) as inert:
        _parse(kind, value)
    return inert.value


@pytest.mark.parametrize("kind", KINDS)
def test_a_body_of_every_kind_reads_and_writes_the_same_bytes(kind: str) -> None:
    value = SAMPLES[kind]
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()

    record = parse_record(kind, _channel(kind), body)

    assert type(record) is find_kind(kind)
    assert json.loads(record.body()) == value
    assert parse_record(kind, _channel(kind), record.body()) == record
    assert b"\n" not in record.body()


def test_there_is_a_sample_of_every_kind_and_every_kind_fits_its_header() -> None:
    assert set(SAMPLES) == set(KINDS)
    for kind, record in KINDS.items():
        assert re.fullmatch(KIND_TEXT, kind)
        assert len(kind) <= KIND_BYTES_MAX
        assert record.CHANNEL in (*CHANNELS, "*", "+")
        assert record.TIERS <= ALL_TIERS
        assert record.__doc__
        assert ("salt" in record.model_fields) is record.ERASABLE
        assert set(record.NAMES) <= set(record.model_fields)


def _open_places(
    schema: dict[str, Any], parts: dict[str, dict[str, Any]], path: str
) -> Iterator[str]:
    """Where a schema lets in an integer beyond ±(2^53-1), a number with a fraction, or any name."""
    schema = parts[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    type_ = schema.get("type")
    low, high = schema.get("minimum", -(2**60)), schema.get("maximum", 2**60)
    is_named = "enum" in schema or "const" in schema
    if type_ == "number" or (type_ == "integer" and not is_named and max(-low, high) >= 2**53):
        yield path
    if type_ == "object" and schema.get("additionalProperties", True) is True:
        yield path
    inner = {f".{name}": each for name, each in schema.get("properties", {}).items()}
    inner |= {
        f"[{name} {at}]": each
        for name in ("anyOf", "oneOf", "allOf", "prefixItems")
        for at, each in enumerate(schema.get(name, ()))
    }
    inner |= {
        f"[{name}]": schema[name]
        for name in ("items", "additionalProperties")
        if isinstance(schema.get(name), dict)
    }
    for name, each in inner.items():
        yield from _open_places(each, parts, path + name)


@pytest.mark.parametrize("kind", KINDS)
def test_what_fits_a_record_and_is_written_as_it_writes_it_keeps_the_rules_of_json(
    kind: str,
) -> None:
    schema = KINDS[kind].model_json_schema()

    assert list(_open_places(schema, schema.get("$defs", {}), kind)) == []


@pytest.mark.parametrize(
    "body",
    [
        b' {"on":"2026-11-01"}',
        b'{"on": "2026-11-01"}',
        b'{"needs_found":1,"on":"2026-11-01"}',
        b'{"on":"2026-11-01","industry":null}',
        b'{"on":"2026\\u002d11-01"}',
    ],
)
def test_a_body_written_another_way_says_the_same(body: bytes) -> None:
    record = parse_record("visit.made/1", "performance", body)

    assert json.loads(record.body())["on"] == "2026-11-01"


def test_permanent_channels_hold_nothing_that_could_be_erased() -> None:
    permanent = [each for each in KINDS.values() if each.CHANNEL in ("registry", "performance")]

    assert not any(each.ERASABLE for each in permanent)


def test_the_opening_of_a_log_belongs_in_every_channel() -> None:
    for channel in CHANNELS:
        assert parse_record(OPENED, channel, b'{"why":"new"}') == LogOpened()


def test_an_unknown_kind_is_inert() -> None:
    with pytest.raises(Inert) as inert:
        parse_record("need.published/2", "needs", b"{}")

    assert inert.value.reason is Reason.UNKNOWN_KIND
    assert find_kind("need.published/2") is None


def test_a_known_kind_in_another_channel_is_inert() -> None:
    with pytest.raises(Inert) as inert:
        parse_record("need.published/1", "results", b"{}")

    assert (inert.value.reason, inert.value.detail) == (
        Reason.WRONG_CHANNEL,
        "need.published/1 belongs in channel needs",
    )


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", Reason.ABSENT),
        (b"{", Reason.BAD_JSON),
        (b"[]", Reason.BAD_JSON),
        (b'{"on":"2026-11-01","on":"2026-11-01"}', Reason.BAD_JSON),
        (b'{"on":"2026-11-01","needs_found":1.0}', Reason.BAD_JSON),
        (b'{"on":"2026-11-01","needs_found":9007199254740992}', Reason.BAD_JSON),
        (b'{"on":"2026-11-01","industry":"\\ud800"}', Reason.BAD_JSON),
        (b'{"on":"2026-11-01","needs_found":"1"}', Reason.BAD_RECORD),
        (b'{"on":"2026-11-01","needs_found":true}', Reason.BAD_RECORD),
        (b'{"on":"2026-11-01","needs_found":-1}', Reason.BAD_RECORD),
        (b'{"on":20261101}', Reason.BAD_RECORD),
        (b"{}", Reason.BAD_RECORD),
    ],
)
def test_a_body_that_breaks_a_rule_is_inert_with_the_reason(body: bytes, reason: Reason) -> None:
    with pytest.raises(Inert) as inert:
        parse_record("visit.made/1", "performance", body)

    assert inert.value.reason is reason


@pytest.mark.parametrize("kind", KINDS)
def test_a_field_that_is_not_known_makes_a_body_inert(kind: str) -> None:
    refusal = _refusal(kind, {**SAMPLES[kind], "colour": 1})

    assert refusal.reason is Reason.BAD_RECORD
    assert refusal.detail.startswith("colour: ")


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != OPENED])
def test_a_field_of_another_type_makes_a_body_inert_and_is_named(kind: str) -> None:
    for name in SAMPLES[kind]:
        refusal = _refusal(kind, {**SAMPLES[kind], name: {"x": []}})

        assert refusal.reason is Reason.BAD_RECORD
        assert refusal.detail.split(":")[0].split(".")[0] == name


def test_null_is_the_same_as_leaving_a_field_out() -> None:
    record = _parse("visit.made/1", {"on": "2026-11-01", "industry": None, "division": None})

    assert record == VisitMade(on="2026-11-01")
    assert json.loads(record.body()) == {"on": "2026-11-01", "needs_found": 0}


BAD: list[tuple[str, dict[str, Any], str]] = [
    ("need.published/1", {"salt": SALT[:-1]}, "salt"),
    ("need.published/1", {"salt": SALT[:-1] + "B"}, "salt"),
    ("need.published/1", {"title": ""}, "title"),
    ("need.published/1", {"title": "字" * 201}, "title"),
    ("need.published/1", {"title": "a\nb"}, "title"),
    ("need.published/1", {"title": "a\x00b"}, "title"),
    ("need.published/1", {"title": "a\x85b"}, "title"),
    ("need.published/1", {"text": ""}, "text"),
    ("need.published/1", {"text": "a\rb"}, "text"),
    ("need.published/1", {"text": "字" * 8001}, "text"),
    ("need.published/1", {"kind": "Wish!"}, "kind"),
    ("need.published/1", {"gathers": [A]}, "gathers belongs to the scopes common and regional"),
    ("need.published/1", {"scope": "common", "gathers": [A, A]}, "gathers names a need twice"),
    ("need.published/1", {"field": None, "field_list": "2014"}, "give the field"),
    ("need.published/1", {"kind": "talent"}, "sub_kind belongs to kind upgrade only"),
    ("need.published/1", {"industry": "U"}, "industry"),
    ("need.published/1", {"industry": "1"}, "industry"),
    ("need.published/1", {"division": "051000"}, "division"),
    ("need.published/1", {"division": "５１００００"}, "division"),
    ("need.published/1", {"budget_fen": -1}, "budget_fen"),
    ("need.published/1", {"due": "2027-02-29"}, "due"),
    ("need.published/1", {"due": "20270228"}, "due"),
    ("need.published/1", {"indicators": ["x"] * 21}, "indicators"),
    ("need.published/1", {"keywords": [""]}, "keywords.0"),
    ("need.published/1", {"source": {"system": "x", "id": "1", "url": "ftp://x"}}, "source.url"),
    ("need.published/1", {"source": {"system": "x", "id": "1", "url": "http://"}}, "source.url"),
    ("need.published/1", {"lang": "fr"}, "lang"),
    ("result.published/1", {"trl": 0}, "trl"),
    ("result.published/1", {"trl": 10}, "trl"),
    ("result.published/1", {"ipc": ["X01"]}, "ipc.0"),
    ("result.published/1", {"patents": ["专利"]}, "patents.0"),
    ("result.published/1", {"programme": {"level": "moon", "name": "计划"}}, "programme.level"),
    ("result.advanced/1", {"stage": "done"}, "stage"),
    ("resource.offered/1", {"kind": "university"}, "university is no kind of expert"),
    ("resource.offered/1", {"price_fen": 1}, "belong to services and information only"),
    ("resource.offered/1", {"person": {"name": "张三"}}, "person.consented_on"),
    ("resource.offered/1", {"until": "2025-12-31"}, "until is before since"),
    (
        "resource.amended/1",
        {"person": RESOURCE["person"]},
        "person belongs to experts and brokers only",
    ),
    ("station.admitted/1", {"until_ms": 1}, "until_ms is not after from_ms"),
    ("station.admitted/1", {"station": None}, "a first admission replaces nothing"),
    (
        "station.admitted/1",
        {"memberships": [{"hierarchy": "stations", "level": "regional"}] * 2},
        "two memberships in one hierarchy",
    ),
    ("station.admitted/1", {"memberships": []}, "memberships"),
    ("station.admitted/1", {"key": WEAK_KEY}, "key"),
    ("station.admitted/1", {"recovery": WEAK_KEY}, "recovery"),
    ("station.admitted/1", {"sealing": A[:-1] + "B"}, "sealing"),
    ("station.admitted/1", {"name": "字" * 81}, "name"),
    ("station.admitted/1", {"endpoints": ["https://a.cn"] * 5}, "endpoints"),
    ("station.admitted/1", {"endpoints": ["https://a.cn?x=1"]}, "endpoints.0"),
    ("station.admitted/1", {"endpoints": ["https://u@a.cn"]}, "endpoints.0"),
    ("station.admitted/1", {"endpoints": ["file:///etc"]}, "endpoints.0"),
    ("station.admitted/1", {"quota": {"entries_per_day": 0}}, "quota.entries_per_day"),
    ("station.ended/1", {"cuts": [LOG_CUT, {**LOG_CUT, "seq": 8}]}, "two cuts of one log"),
    ("station.ended/1", {"why": "bored"}, "why"),
    ("act.carried/1", {"signatures": []}, "signatures"),
    ("act.carried/1", {"signatures": [[KEY, SIG]] * 65}, "signatures"),
    ("act.carried/1", {"signatures": [[KEY]]}, "signatures.0"),
    ("act.carried/1", {"signatures": [[KEY, SIG[:-1] + "B"]]}, "signatures.0"),
    ("station.described/1", {"email": "a b@c"}, "email"),
    ("fork.shown/1", {"branches": [["yz1 …"]]}, "branches"),
    ("fork.shown/1", {"branches": [["yz1 …"], []]}, "branches.1"),
    ("fork.shown/1", {"branches": [["yz1 …"], ["yz1 …"] * 61]}, "branches.1"),
    ("flaw.shown/1", {"after": []}, "after"),
    ("flaw.shown/1", {"after": ["x"] * 256}, "after"),
    ("flaw.shown/1", {"after": ["x" * 247]}, "after.0"),
    ("epochs.shown/1", {"headers": ["yz1 …"] * 16}, "headers"),
    ("epochs.shown/1", {"headers": ["yz1 …"] * 18}, "headers"),
    ("entry.kept/1", {"content": ""}, "content"),
    ("station.described/1", {"phone": "call me"}, "phone"),
    ("referral.accepted/1", {"after": []}, "after"),
    ("referral.accepted/1", {"after": [A] * 17}, "after"),
    ("referral.accepted/1", {"after": ["-"]}, "after.0"),
    ("referral.declined/1", {"reason": "mood"}, "reason"),
    ("referral.disputed/1", {"reason": ""}, "reason"),
    ("referral.requested/1", {"as_of": None}, "as_of is due"),
    ("referral.requested/1", {"manner": "referral"}, "as_of is due"),
    ("referral.requested/1", {"follows": None}, "introduced_by is there"),
    ("split.proposed/1", {"shares": [{"station": A, "percent": 99}]}, "add up to 100"),
    ("introduction.proposed/1", {"partner": B}, "introduced to itself"),
    ("referral.confirmed/1", {"satisfied": 6}, "satisfied"),
    ("referral.concluded/1", {"outcome": "advice"}, "a contract is due"),
    ("referral.concluded/1", {"contract": None}, "a contract is due"),
    (
        "referral.concluded/1",
        {"contract": {**CONTRACT, "technology_fen": 11}},
        "technology_fen is above amount_fen",
    ),
    (
        "referral.concluded/1",
        {"contract": {**CONTRACT, "amount_fen": None}},
        "technology_fen is above amount_fen",
    ),
    (
        "referral.requested/1",
        {"sealed": {**SEALED, "recipients": SEALED["recipients"] * 17}},
        "sealed.recipients",
    ),
    ("referral.requested/1", {"sealed": {**SEALED, "nonce": "AAAA"}}, "sealed.nonce"),
    ("outcome.confirmed/1", {"shares": [{"station": A, "percent": 99}]}, "add up to 100"),
    (
        "outcome.confirmed/1",
        {"shares": [{"station": A, "percent": 50}] * 2},
        "a station has two shares",
    ),
    ("outcome.confirmed/1", {"consent": False}, "without the enterprise's consent"),
    ("outcome.confirmed/1", {"contract_fen": 8}, "technology_fen is above contract_fen"),
    ("outcome.confirmed/1", {"contract_fen": None}, "technology_fen is above contract_fen"),
    ("activity.held/1", {"enterprises": 41}, "more enterprises than participants"),
    ("activity.held/1", {"kind": "party"}, "kind"),
    ("service.rendered/1", {"services": ["a", "a"]}, "a service stands twice"),
    ("service.rendered/1", {"services": ["钒钛厂"]}, "services"),
    ("impact.surveyed/1", {"consent": False}, "a figure without the enterprise's consent"),
    ("impact.surveyed/1", {"recommend": 11}, "recommend"),
    ("report.compiled/1", {"indicators": {"luck": 1}}, "luck is not an indicator"),
    ("report.compiled/1", {"indicators": {}}, "indicators"),
    ("report.compiled/1", {"period": "2026-13"}, "period"),
    ("report.compiled/1", {"period": "2026-Q5"}, "period"),
    ("policy.published/1", {"weights": {"visits": 99}}, "do not add up to 100"),
    ("cut.named/1", {"part": 3}, "part is above parts"),
    ("cut.named/1", {"heads": [[KEY, -1, 0, A]]}, "heads.0.1"),
    ("ranking.published/1", {"cuts": []}, "cuts"),
    ("ranking.published/1", {"rows": [{**ROW, "tier": "moon"}]}, "rows.0.tier"),
    ("ranking.published/1", {"rows": [{**ROW, "rank": 0}]}, "rows.0.rank"),
    ("programme.announced/1", {"ends": "2025-12-31"}, "ends is before begins"),
    ("results.screened/1", {"items": []}, "items"),
    ("results.screened/1", {"items": [{"result": A}] * 2}, "on the list twice"),
    ("results.screened/1", {"items": [{"result": A, "needs": [B] * 9}]}, "items.0.needs"),
]


@pytest.mark.parametrize(("kind", "change", "named"), BAD)
def test_a_field_that_breaks_its_rule_makes_a_body_inert_and_is_named(
    kind: str, change: dict[str, Any], named: str
) -> None:
    refusal = _refusal(kind, {**SAMPLES[kind], **change})

    assert refusal.reason is Reason.BAD_RECORD
    assert named in refusal.detail


def test_amounts_that_need_no_consent_are_those_that_are_not_given() -> None:
    shares = [{"station": A, "percent": 100}]

    assert _parse("outcome.confirmed/1", {"case": A, "consent": False, "shares": shares})
    assert _parse(
        "referral.concluded/1",
        {
            "after": [A],
            "outcome": "contract",
            "contract": {"type": "service", "signed": "2026-01-01"},
        },
    )


def test_a_record_names_the_entries_it_refers_to() -> None:
    def names(kind: str) -> tuple[str, ...]:
        return _parse(kind, SAMPLES[kind]).references()

    assert names("log.opened/1") == (A,)
    assert LogOpened().references() == ()
    assert names("station.admitted/1") == (B,)
    assert names("need.published/1") == ()
    assert names("need.amended/1") == (A,)
    assert NeedSolved().references() == ()
    assert names("results.screened/1") == (A, B, C)
    assert names("referral.requested/1") == (A, C, B)
    assert names("referral.declined/1") == (A, B)
    assert names("report.compiled/1") == (A, B)
    assert names("ranking.published/1") == (A, B)
    assert names("outcome.confirmed/1") == (A,)
    assert names("service.rendered/1") == (A,)
    assert names("impact.surveyed/1") == (A,)


def test_what_follows_another_entry_must_say_which() -> None:
    followers = {kind for kind, record in KINDS.items() if record.IN_CASE}
    assert followers == {
        "need.amended/1",
        "need.renewed/1",
        "need.withdrawn/1",
        "need.solved/1",
        "result.amended/1",
        "result.advanced/1",
        "result.withdrawn/1",
        "resource.amended/1",
        "resource.withdrawn/1",
        "referral.accepted/1",
        "referral.declined/1",
        "referral.revoked/1",
        "contact.disclosed/1",
        "contact.sealed/1",
        "referral.started/1",
        "referral.concluded/1",
        "referral.confirmed/1",
        "referral.disputed/1",
        "referral.queried/1",
        "referral.answered/1",
        "referral.resumed/1",
        "referral.closed/1",
        "referral.reopened/1",
        "helper.invited/1",
        "helper.joined/1",
        "helper.left/1",
        "helper.released/1",
        "split.proposed/1",
        "split.agreed/1",
        "split.rejected/1",
        "interest.matched/1",
        "interest.declined/1",
        "interest.withdrawn/1",
        "interest.queried/1",
        "interest.answered/1",
        "introduction.followed/1",
        "introduction.declined/1",
        "introduction.withdrawn/1",
        "file.attached/1",
        "file.detached/1",
    }

    accepted = ReferralAccepted(after=(A,))
    check_subject(accepted, A)
    check_subject(VisitMade(on="2026-11-01"), "-")
    with pytest.raises(Inert) as inert:
        check_subject(accepted, "-")

    assert inert.value.reason is Reason.BAD_RECORD


def test_only_the_national_tier_may_rank_and_only_those_above_may_approve() -> None:
    by_tiers: dict[frozenset[str], set[str]] = {}
    for kind, record in KINDS.items():
        by_tiers.setdefault(record.TIERS, set()).add(kind)

    assert by_tiers[frozenset({"national"})] == {
        "policy.published/1",
        "cut.named/1",
        "ranking.published/1",
        "programme.announced/1",
        "results.screened/1",
    }
    assert by_tiers[frozenset({"national", "regional"})] == {
        "report.approved/1",
        "report.returned/1",
        "introduction.proposed/1",
    }
    assert by_tiers[frozenset()] == {
        "log.opened/1",
        "station.admitted/1",
        "station.ended/1",
        "key.rotated/1",
        "council.rotated/1",
        "act.carried/1",
        "station.described/1",
        "fork.shown/1",
        "flaw.shown/1",
        "epochs.shown/1",
        "entry.kept/1",
    }


def test_a_record_is_a_value_that_cannot_be_changed() -> None:
    record = VisitMade(on="2026-11-01")

    with pytest.raises(ValidationError):
        record.needs_found = 3  # type: ignore[misc]


def test_python_lists_are_taken_for_lists_and_kept_as_tuples() -> None:
    need = NeedAmended(salt=SALT, title="题", text="文", keywords=["a", "b"], after=A)  # type: ignore[arg-type]

    assert need.keywords == ("a", "b")
    cut = CutNamed(name="n", period="2026", heads=[[KEY, 1, 2, A]])  # type: ignore[arg-type]
    assert cut.heads == ((KEY, 1, 2, A),)


def test_a_policy_record_gives_the_policy_it_publishes() -> None:
    record = _parse("policy.published/1", SAMPLES["policy.published/1"])

    assert record.policy().weights["outcomes"] == 30  # type: ignore[attr-defined]


def test_an_admission_without_quota_gets_the_usual_one() -> None:
    sample = {**SAMPLES["station.admitted/1"]}
    del sample["quota"]

    record = _parse("station.admitted/1", sample)

    assert isinstance(record, StationAdmitted)
    assert record.quota == Quota()


def test_continuing_an_epoch_names_its_last_entry() -> None:
    record = LogOpened(why="fork", continues=Continued(epoch=1, seq=2, id=A))

    assert parse_record(OPENED, "bulletin", record.body()) == record


def test_the_fullest_bodies_still_fit_an_entry() -> None:
    character = "𠮷"
    need = NeedPublished(
        salt=SALT,
        title=character * 200,
        text=character * 8_000,
        indicators=(character * 200,) * 20,
        keywords=(character * 60,) * 20,
    )
    request = ReferralRequested(salt=SALT, need=A, to=B, note=character * 2_000)
    cut = CutNamed(
        name=character * 200,
        period="2026-Q4",
        part=9_999,
        parts=9_999,
        heads=((KEY, INTEGER_MAX, INTEGER_MAX, A),) * CUT_HEADS_MAX,
    )
    row = Row(
        station=A,
        tier="grassroots",
        rank=INTEGER_MAX,
        points=100 * FULL_MARK,
        parts=dict.fromkeys(INDICATORS, 100 * FULL_MARK),
        missing=tuple(INDICATORS),
        report=B,
        in_place_of=C,
    )
    ranking = RankingPublished(
        name=character * 200,
        period="2026-Q4",
        part=9_999,
        parts=9_999,
        policy=A,
        cuts=(B,) * 64,
        digest=C,
        rows=(row,) * RANKING_ROWS_MAX,
    )
    report = ReportCompiled(
        period="2026-Q4",
        indicators=dict.fromkeys(INDICATORS, INTEGER_MAX),
        heads=(LogCut(channel="performance", epoch=INTEGER_MAX, seq=INTEGER_MAX, id=A),) * 128,
        evidence=(A,) * 512,
    )

    screened = ResultsScreened(
        salt=SALT,
        title=character * 200,
        year=2026,
        programme=character * 120,
        text=character * 2_000,
        items=tuple(
            ScreenedResult(
                result=f"{number:02d}{A[2:]}", needs=(B,) * ANSWERED_MAX, note=character * 100
            )
            for number in range(SCREENED_MAX)
        ),
        replaces=C,
    )

    for record in (need, request, cut, ranking, report, screened):
        assert len(record.body()) <= BODY_BYTES_MAX
        assert _parse(record.KIND, json.loads(record.body())) == record
