"""A network as a reader might find it: what every page of the console has to show at least once."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from node.folder import AdmissionRequest
from protocol.entry import Entry
from protocol.records import (
    KINDS,
    MembershipIn,
    NeedWithdrawn,
    OutcomeConfirmed,
    PolicyPublished,
    RankingChecked,
    RankingPublished,
    Record,
    ReferralAccepted,
    ReferralConcluded,
    ReferralConfirmed,
    ReferralRequested,
    ReferralStarted,
    ReportApproved,
    ReportCompiled,
    ReportReturned,
    ResourceWithdrawn,
    ResultAdvanced,
    ResultsScreened,
    StationAdmitted,
    StationDescribed,
)
from protocol.scoring import Policy, ReportIn, rank, ranking_digest
from tests.builders import SALT, Country, StationInTest, TestClock, need, resource, result

if TYPE_CHECKING:
    from node.app import Node

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
YEAR_MS = 365 * DAY_MS
OTHER_CHANNELS = ("needs", "results", "referrals", "performance", "programmes")
PERIOD = "2026-11"
WEIGHTS = {"visits": 20, "needs": 20, "referrals_accepted": 30, "contract_fen": 30}

OWN_NAME = "杭州市余杭区基层站点"
NEED_TITLE = "木门厂水性漆干得慢、返白，想找快干不起雾的配方"
EVIL = "<script>document.title='taken'</script>"

NEEDS = (
    (NEED_TITLE, "新材料", 40_000_000, "upgrade"),
    ("农险定价用的天气灾情打分办法", "农业与农村", None, "strategy"),
    ("机载老式铜缆通信换新传输方式", "航空与航天", 12_000_000_000_000, "joint-rd"),
    (f"血站用试剂漏检和假阳性 {EVIL}", "生物与医药", 850_05, "information"),
    ("跨海工程预制构件锈胀开裂的钢材替代", "新材料", 1_280_000_50, "introduction"),
)


@dataclass
class Story:
    """The ids of what was told, for the addresses of pages."""

    ids: dict[str, str] = field(default_factory=dict)

    def addresses(self) -> Iterator[tuple[str, str]]:
        """Each page by a name, at least one address a page."""
        yield "overview", "/"
        for name in (
            "needs",
            "results",
            "resources",
            "screenings",
            "referrals",
            "stations",
            "ranking",
            "peers",
            "entries",
            "api",
        ):
            yield name, f"/{name}"
        yield (
            "needs search",
            "/needs?q=%E6%B0%B4%E6%80%A7%E6%BC%86&state=open",
        )
        yield "needs summary", "/needs-summary?by=prefecture"
        yield "entries inert", "/entries?reason=any"
        yield "stations search", "/stations?q=%E5%9B%9B%E5%B7%9D"
        for name, path in self.ids.items():
            yield name, path
        yield "not found", "/needs/" + "A" * 43


class Teller:
    """Tells the story to one node: signs as the other stations, publishes as the node's own."""

    def __init__(self, country: Country) -> None:
        """Found the network and admit two regions and four local stations, none of them ours."""
        self.country = country
        nation = country.national
        self.sichuan = nation.admit("四川省区域站点", "regional", division="510000")
        self.zhejiang = nation.admit("浙江省区域站点", "regional", division="330000")
        self.chengdu = self.sichuan.admit("成都市锦江区基层站点", division="510104")
        self.mianyang = self.sichuan.admit("绵阳市高新技术创业服务中心", division="510700")
        self.ningbo = self.zhejiang.admit("宁波市生产力促进中心", division="330200")
        self.story = Story()

    @classmethod
    def begin(cls, now_ms: int) -> "Teller":
        """Begin three days ago."""
        return cls(Country(TestClock(now_ms - 3 * DAY_MS)))

    @property
    def others(self) -> tuple[StationInTest, ...]:
        return (
            self.country.national,
            self.sichuan,
            self.zhejiang,
            self.chengdu,
            self.mianyang,
            self.ningbo,
        )

    def write_genesis(self, path: Path) -> Path:
        """The network's founding file."""
        path.write_bytes(self.country.genesis)
        return path

    def admit(self, request: AdmissionRequest) -> None:
        """Have Zhejiang admit the node's own station."""
        from_ms = self.country.clock.now_ms()
        membership = MembershipIn(hierarchy="stations", level="grassroots", parent=self.zhejiang.id)
        self.own_id = self.zhejiang.sign(
            StationAdmitted(
                station=None,
                replaces=None,
                key=request.key,
                recovery=request.recovery,
                sealing=request.sealing,
                name=OWN_NAME,
                memberships=(membership,),
                division="330110",
                endpoints=("https://yuhang.example:8443",),
                from_ms=from_ms,
                until_ms=from_ms + YEAR_MS,
            )
        ).id

    def tell(self, node: "Node") -> Story:
        """Fill the node's store."""
        self._publish_texts()
        self._hear(node)
        self._describe(node)
        self._refer(node)
        self._report(node)
        self._rank(node)
        self._err()
        self._hear(node)
        self.story.ids["station"] = f"/stations/{self.own_id}"
        self.story.ids["station elsewhere"] = f"/stations/{self.chengdu.id}"
        return self.story

    def _hear(self, node: "Node") -> None:
        self.country.clock.now += HOUR_MS
        for channels in (("registry",), OTHER_CHANNELS):
            text = b"".join(each.text(*channels) for each in self.others)
            outcomes = node.ingest.receive(text, self.zhejiang.key.public)
            assert {each.code for each in outcomes} <= {"accepted", "duplicate"}, outcomes

    def _publish_texts(self) -> None:
        self.needs = [
            self.chengdu.sign(
                need(title, text=f"{title}。要求一年内完成中试。", field=name, kind=kind,
                     budget_fen=budget, due="2027-06-30", industry="2110", division="510104",
                     size="small", indicators=("表干时间不超过 2 小时",))
            )
            for title, name, budget, kind in NEEDS
        ]  # fmt: skip
        withdrawn = NeedWithdrawn(reason="企业已自行解决")
        self.chengdu.sign(withdrawn, self.needs[1].id)
        self.mianyang.sign(
            need(
                "Digital twin of a depot", lang="en", text="Looking for partners.\nOpen until May."
            )
        )
        self.results = [
            self.ningbo.sign(
                result(f"快干型水性木器漆配方 {number}", text="水性漆 表干快 不返白", trl=6,
                       owner="浙东应用化学研究院", ip="granted", stage="pilot",
                       discipline="化学工程", keywords=("水性漆", "快干"))
            )
            for number in range(40)
        ]  # fmt: skip
        self._offer()
        self.story.ids["need"] = f"/needs/{self.needs[0].id}"
        self.story.ids["need withdrawn"] = f"/needs/{self.needs[1].id}"
        self.story.ids["need with markup"] = f"/needs/{self.needs[3].id}"
        self.story.ids["result"] = f"/results/{self.results[0].id}"

    def _offer(self) -> None:
        """Results that ripened and came from a programme, people and services, a screened list."""
        ripe = self.ningbo.sign(
            result("水性木器漆成套涂装工艺", text="快干不返白。", stage="screening", trl=5,
                   ip="granted", patents=("ZL201810123456.7",), ipc=("C09D7/61",),
                   programme={"level": "national", "name": "重点研发计划", "number": "2021YFB01"},
                   evaluation={"by": "浙江省涂料工业协会", "on": "2026-06-01",
                               "finding": "国内领先"})
        )  # fmt: skip
        self.ningbo.sign(
            ResultAdvanced(salt=SALT, stage="pilot", trl=7, on="2026-09-01", note="完成中试。"),
            ripe.id,
        )
        consent = {"name": "张三", "consented_on": "2026-09-01", "scope": "网络内公开姓名和专长"}
        expert = self.ningbo.sign(
            resource("水性漆配方高级工程师", text="熟悉快干、返白的配方问题。", field="新材料",
                     person=consent, organisation="浙东应用化学研究院", rank="高级工程师",
                     division="330200", served=12, keywords=("水性漆", "快干"))
        )  # fmt: skip
        broker = self.ningbo.sign(
            resource("化工领域签约经纪人", type="broker", kind="senior", since="2025-01-01",
                     until="2025-12-31")
        )  # fmt: skip
        service = self.ningbo.sign(
            resource("涂料性能检测", type="service", kind="technical-service", text="三日出报告。",
                     bundle="consulting", price_fen=120_000, url="https://test.example.cn/")
        )  # fmt: skip
        self.ningbo.sign(ResourceWithdrawn(reason="设备检修"), service.id)
        item = {"result": ripe.id, "needs": [self.needs[0].id], "note": "已完成中试"}
        listed = self.country.national.sign(
            ResultsScreened.model_validate(
                {"salt": SALT, "title": "2026年度第一批筛选清单", "year": 2026,
                 "programme": "重点研发计划", "text": "对照浙江、四川的需求。", "items": [item]}
            )
        )  # fmt: skip
        for name, path in (
            ("result that ripened", f"/results/{ripe.id}"),
            ("results of a class", "/results?ipc=C09D&programme=national&stage=pilot"),
            ("resources of a type", "/resources?type=expert&kind=technical"),
            ("resources of nobody", "/resources?type=alliance&q=x"),
            ("resources withdrawn", "/resources?state=withdrawn"),
            ("expert", f"/resources/{expert.id}"),
            ("broker whose contract ended", f"/resources/{broker.id}"),
            ("service withdrawn", f"/resources/{service.id}"),
            ("screened list", f"/screenings/{listed.id}"),
            ("station with a team", f"/stations/{self.ningbo.id}"),
        ):
            self.story.ids[name] = path

    def _describe(self, node: "Node") -> None:
        node.publisher.publish(
            StationDescribed(
                endpoints=(),
                description="面向余杭区科技型中小企业，提供技术需求挖掘与成果对接服务。",
                phone="0571-88880000",
                email="yz@example.org",
                address="杭州市余杭区文一西路 998 号",
                roles=("international",),
            )
        )

    def _refer(self, node: "Node") -> None:
        opening = self._request(0, self.own_id, note="企业希望年内完成中试。")
        waiting = self._request(2, self.own_id)
        elsewhere = self._request(4, self.ningbo.id)
        self._hear(node)
        accepted = _publish(node, ReferralAccepted(after=(opening.id,)), opening.id)
        started = _publish(node, ReferralStarted(after=(accepted.id,)), opening.id)
        contract = {"type": "development", "amount_fen": 35_000_000, "technology_fen": 28_000_000,
                    "signed": "2026-11-18"}  # fmt: skip
        concluded = ReferralConcluded.model_validate(
            {"after": (started.id,), "outcome": "contract", "contract": contract,
             "note": "经两轮现场试验，双方签订技术开发合同。"}
        )  # fmt: skip
        done = _publish(node, concluded, opening.id)
        self.chengdu.sign(ReferralConfirmed(after=(done.id,), satisfied=5), opening.id)
        shares = [{"station": each, "percent": 50} for each in (self.chengdu.id, self.own_id)]
        self.chengdu.sign(
            OutcomeConfirmed.model_validate(
                {"case": opening.id, "contract_fen": 35_000_000, "technology_fen": 28_000_000,
                 "consent": True, "shares": shares}
            )
        )  # fmt: skip
        declined = KINDS["referral.declined/1"].model_validate(
            {"after": (elsewhere.id,), "reason": "capacity"}
        )
        self.ningbo.sign(declined, elsewhere.id)
        for name, entry in (
            ("confirmed", opening),
            ("requested", waiting),
            ("declined", elsewhere),
        ):
            self.story.ids[f"referral {name}"] = f"/referrals/{entry.id}"

    def _request(self, number: int, to: str, note: str = "") -> Entry:
        return self.chengdu.sign(
            ReferralRequested(
                salt=SALT, need=self.needs[number].id, to=to, result=self.results[0].id, note=note
            )
        )

    def transfer(self, node: "Node") -> str:
        """A need of Chengdu's that went over to the node's own station and was met there.

        Returns:
            The path of the case's page.
        """
        made = self.chengdu.sign(need("印染废水脱色", text="寻求低成本脱色工艺。"))
        log = self.chengdu.log("needs")
        assert log.tail is not None
        as_of = {"epoch": log.id.epoch, "seq": log.tail.seq}
        given = {"salt": SALT, "need": made.id, "to": self.own_id, "manner": "transfer"}
        opening = self.chengdu.sign(
            ReferralRequested.model_validate({**given, "as_of": as_of, "note": "请接手。"})
        )
        self._hear(node)
        accepted = _publish(node, ReferralAccepted(after=(opening.id,)), opening.id)
        started = _publish(node, ReferralStarted(after=(accepted.id,)), opening.id)
        told = {"after": (started.id,), "outcome": "advice", "note": "已提供工艺建议。"}
        done = _publish(node, ReferralConcluded.model_validate(told), opening.id)
        self.chengdu.sign(ReferralConfirmed(after=(done.id,), satisfied=4), opening.id)
        self._hear(node)
        return f"/referrals/{opening.id}"

    def _report(self, node: "Node") -> None:
        self.reports: dict[str, Entry] = {}
        for number, station in enumerate((self.chengdu, self.mianyang, self.ningbo)):
            counted = {"visits": 12 - number, "needs": 5, "referrals_accepted": 1 + number,
                       "contract_fen": 35_000_000 * number}  # fmt: skip
            self.reports[station.id] = station.sign(
                ReportCompiled(period=PERIOD, indicators=counted)
            )
        own = ReportCompiled(period=PERIOD, indicators=dict.fromkeys(WEIGHTS, 300))
        self.reports[self.own_id] = _publish(node, own, "-")
        dead = self.sichuan.id
        chengdu, mianyang = self.reports[self.chengdu.id], self.reports[self.mianyang.id]
        self.country.national.sign(ReportApproved(report=chengdu.id, in_place_of=dead))
        self.sichuan.sign(ReportReturned(report=mianyang.id, reason="走访次数与日志不符"))
        self.zhejiang.sign(ReportApproved(report=self.reports[self.ningbo.id].id))

    def _rank(self, node: "Node") -> None:
        nation = self.country.national
        policy = nation.sign(
            PolicyPublished(name="2026年度站点评分办法", period="2026", weights=WEIGHTS)
        )
        approved = [
            ReportIn(station, "grassroots", {"visits": 9, "needs": 5, "referrals_accepted": 2,
                                             "contract_fen": amount}, report.id, nation.id, by)
            for station, amount, report, by in (
                (self.chengdu.id, 0, self.reports[self.chengdu.id], self.sichuan.id),
                (self.ningbo.id, 70_000_000, self.reports[self.ningbo.id], None),
            )
        ]  # fmt: skip
        stations = {each.id: "grassroots" for each in (self.chengdu, self.mianyang, self.ningbo)}
        rows = rank(Policy(weights=WEIGHTS), approved, stations | {self.own_id: "grassroots"})
        digest = ranking_digest(rows)
        cut = nation.sign(
            KINDS["cut.named/1"].model_validate(
                {"name": "11月截点", "period": PERIOD,
                 "heads": [(self.chengdu.key.public, 1_790_000_000, 1, policy.id)]}
            )
        )  # fmt: skip
        ranking = nation.sign(
            RankingPublished(name="2026年11月绩效排名", period=PERIOD, policy=policy.id,
                             cuts=(cut.id,), digest=digest, rows=rows)
        )  # fmt: skip
        self._hear(node)
        check = _publish(node, RankingChecked(ranking=ranking.id, digest=digest, agrees=True), "-")
        self.story.ids["one ranking"] = f"/ranking/{ranking.id}"
        self.story.ids["entry"] = f"/entries/{check.id}"
        self.story.ids["entry of the ranking"] = f"/entries/{ranking.id}"

    def _err(self) -> None:
        """Well-signed entries without effect: beyond the level, unknown, badly filled."""
        beyond = self.ningbo.sign(
            PolicyPublished(name="自封的办法", period="2026", weights={"visits": 100})
        )
        unknown = self.ningbo.sign_raw("needs", "need.sung/1", b'{"tune":"la"}')
        body = json.dumps({"salt": SALT, "title": 7}).encode()
        self.ningbo.sign_raw("needs", "need.published/1", body)
        self.story.ids["entry beyond level"] = f"/entries/{beyond.id}"
        self.story.ids["entry unknown"] = f"/entries/{unknown.id}"


def _publish(node: "Node", record: Record, subject: str) -> Entry:
    return node.publisher.publish(record, subject)
