"""A country at work as chance has it: acts of every kind, some that must lose, from one seed."""

import random
from collections.abc import Callable

from protocol.chain import join_text
from protocol.entry import Entry
from protocol.records import (
    ActivityHeld,
    HelperInvited,
    HelperJoined,
    HelperLeft,
    ImpactSurveyed,
    InterestExpressed,
    InterestMatched,
    InterestQueried,
    InterestWithdrawn,
    IntroductionDeclined,
    IntroductionFollowed,
    IntroductionProposed,
    LogCut,
    NeedAmended,
    NeedSolved,
    NeedWithdrawn,
    OutcomeConfirmed,
    PolicyPublished,
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
    ReferralRevoked,
    ReferralStarted,
    ReportApproved,
    ReportCompiled,
    ReportReturned,
    ResultWithdrawn,
    ServiceRendered,
    SplitAgreed,
    SplitProposed,
    StationDescribed,
    VisitMade,
)
from tests.builders import (
    SALT,
    START_MS,
    Country,
    StationInTest,
    erasure,
    need,
    result,
)

PIECE_MAX = 3


class Tale:
    """A country in which things happen as the dice fall, well-formed and not."""

    def __init__(self, dice: random.Random, acts: int) -> None:
        self.dice = dice
        self.country = Country()
        top = self.country.national
        self.regionals = [top.admit(name, "regional") for name in ("四川", "浙江")]
        self.stations = [each.admit(f"{each.name}{n}") for each in self.regionals for n in (1, 2)]
        self.everyone = [top, *self.regionals, *self.stations]
        self.needs: list[tuple[StationInTest, Entry]] = []
        self.changes: list[tuple[StationInTest, Entry]] = []
        self.results: list[tuple[StationInTest, Entry]] = []
        self.cases: list[tuple[StationInTest, StationInTest, list[Entry]]] = []
        self.reports: list[Entry] = []
        self.in_order: list[bytes] = []
        self.admitted = 0
        happenings: tuple[Callable[[], object], ...] = (
            self.publish_need, self.change_need, self.publish_result, self.withdraw_result,
            self.request, self.request, self.act, self.act, self.act, self.approach, self.visit,
            self.report, self.approve,
            self.overreach, self.unknown, self.describe, self.admit_late, self.end, self.erase,
            self.erase,
        )  # fmt: skip
        for _ in range(acts):
            self.country.clock.now += dice.randrange(1, 5_000)
            dice.choice(happenings)()

    def anyone(self) -> StationInTest:
        return self.dice.choice(self.everyone)

    def publish_need(self) -> None:
        author = self.anyone()
        self.needs.append((author, author.sign(need(f"需求{len(self.needs)}"))))

    def change_need(self) -> None:
        if self.needs:
            author, entry = self.dice.choice(self.needs)
            changed = need("改过的需求").model_dump() | {"after": entry.id}
            record = self.dice.choice(
                [NeedAmended.model_validate(changed), NeedWithdrawn(), NeedSolved()]
            )
            author = self.dice.choice([author, author, self.anyone()])
            self.changes.append((author, author.sign(record, entry.id)))

    def publish_result(self) -> None:
        author = self.anyone()
        self.results.append((author, author.sign(result(f"成果{len(self.results)}"))))

    def withdraw_result(self) -> None:
        if self.results:
            author, entry = self.dice.choice(self.results)
            author.sign(ResultWithdrawn(), entry.id)

    def request(self) -> None:
        if self.needs:
            sender, receiver = self.dice.sample(self.everyone, 2)
            wanted = self.dice.choice(self.needs)[1].id
            log = sender.log("needs")
            seq = self.dice.randrange(len(log.headers))
            mode: dict[str, object] = self.dice.choice(
                [{}, {"manner": "transfer", "as_of": {"epoch": log.id.epoch, "seq": seq}}]
            )
            fields = {"salt": SALT, "need": wanted, "to": receiver.id, **mode}
            opening = sender.sign(ReferralRequested.model_validate(fields))
            self.cases.append((sender, receiver, [opening]))

    def act(self) -> None:
        if not self.cases:
            return
        sender, receiver, entries = self.dice.choice(self.cases)
        seen = self.dice.sample(entries, self.dice.randrange(1, min(3, len(entries)) + 1))
        after = tuple(each.id for each in seen)
        record = self.dice.choice([
            ReferralAccepted(after=after), ReferralDeclined(after=after, reason="field"),
            ReferralRevoked(after=after), ReferralStarted(after=after),
            ReferralConcluded(after=after, outcome="advice"), ReferralConfirmed(after=after),
            ReferralDisputed(after=after, reason="未收到回复"),
            ReferralQueried(after=after, note="请补充"),
            ReferralAnswered(after=after, note="见附表"),
            ReferralResumed(after=after), ReferralClosed(after=after, reason="结束"),
            ReferralReopened(after=after, reason="再办"),
            HelperInvited(after=after, station=self.anyone().id), HelperJoined(after=after),
            HelperLeft(after=after, reason="人手不足"), self.split(sender, receiver, after),
            SplitAgreed(after=after, proposal=self.dice.choice(entries).id),
        ])  # fmt: skip
        author = self.dice.choice([sender, receiver, receiver, self.anyone()])
        entries.append(author.sign(record, entries[0].id))

    def split(
        self, sender: StationInTest, receiver: StationInTest, after: tuple[str, ...]
    ) -> SplitProposed:
        percent = self.dice.randrange(1, 100)
        parts = {sender.id: percent, receiver.id: 100 - percent}
        shares = [{"station": each, "percent": part} for each, part in parts.items()]
        return SplitProposed.model_validate({"after": after, "shares": shares})

    def approach(self) -> None:
        """An interest or introduction, and an answer to it."""
        if not self.needs:
            return
        one, two, three = self.dice.sample(self.everyone, 3)
        wanted = self.dice.choice(self.needs)[1].id
        if self.dice.randrange(2):
            opened = one.sign(InterestExpressed(salt=SALT, need=wanted, to=two.id))
        else:
            opened = one.sign(
                IntroductionProposed(salt=SALT, need=wanted, to=two.id, partner=three.id)
            )
        after = (opened.id,)
        record = self.dice.choice([
            InterestMatched(after=after), InterestQueried(after=after, note="请补充"),
            InterestWithdrawn(after=after), IntroductionFollowed(after=after),
            IntroductionDeclined(after=after, reason="不合适"),
        ])  # fmt: skip
        self.dice.choice([one, two, three]).sign(record, opened.id)

    def visit(self) -> None:
        case = self.dice.choice(self.cases)[2][0].id if self.cases else None
        surveyed = {"case": case, "on": "2026-11-20", "months": 6, "consent": True, "jobs": 2}
        record = self.dice.choice([
            VisitMade(on="2026-11-20", needs_found=1),
            ActivityHeld(on="2026-11-20", kind="training", participants=self.dice.randrange(40)),
            ServiceRendered(on="2026-11-20", services=("gbt-service",), case=case),
            *([ImpactSurveyed.model_validate(surveyed)] if case else []),
        ])  # fmt: skip
        self.anyone().sign(record)

    def report(self) -> None:
        author = self.anyone()
        counted = {"visits": self.dice.randrange(9), "needs": 1}
        self.reports.append(author.sign(ReportCompiled(period="2026", indicators=counted)))
        if self.cases:
            share = {"station": author.id, "percent": 100}
            author.sign(
                OutcomeConfirmed.model_validate(
                    {"case": self.cases[0][2][0].id, "consent": False, "shares": [share]}
                )
            )

    def approve(self) -> None:
        if self.reports:
            entry = self.dice.choice(self.reports)
            record = self.dice.choice(
                [ReportApproved(report=entry.id), ReportReturned(report=entry.id, reason="缺证据")]
            )
            self.anyone().sign(record)

    def overreach(self) -> None:
        policy = PolicyPublished(name="办法", period="2026", weights={"visits": 100})
        self.anyone().sign(policy)

    def unknown(self) -> None:
        self.anyone().sign_raw("needs", "need.sung/1", b'{"la":"la"}')

    def describe(self) -> None:
        self.anyone().sign(
            StationDescribed(description="服务本地中小企业", roles=("international",))
        )

    def erase(self) -> None:
        """A station takes back what it wrote in one channel, or what is not its to take back."""
        written = [
            *self.needs,
            *self.changes,
            *self.results,
            *((case[0], case[2][0]) for case in self.cases),
        ]
        if not written:
            return
        author, first = self.dice.choice(written)
        author = self.dice.choice([author, author, author, self.anyone()])
        channel = first.header.channel
        chosen = [entry for _, entry in written if entry.header.channel == channel]
        chosen = [first, *self.dice.sample(chosen, self.dice.randrange(min(2, len(chosen))))]
        if author in self.everyone:
            epoch = self.dice.choice([None, START_MS // 1000 + 1])
            author.sign(erasure(*chosen), channel=channel, epoch=epoch)

    def admit_late(self) -> None:
        upper = self.dice.choice(self.regionals)
        self.admitted += 1
        late = upper.admit(f"新站{self.admitted}")
        self.everyone.append(late)

    def end(self) -> None:
        upper = self.regionals[0]
        member = self.stations[0]
        if member in self.everyone:
            cuts = tuple(
                LogCut(channel=log.id.channel, epoch=log.id.epoch, seq=log.tail.seq, id=log.tail.id)
                for log in member.logs.values()
                if log.tail is not None
            )
            upper.end(member, cuts)
            self.everyone.remove(member)
            self.cases = [case for case in self.cases if member not in case[:2]]
            self.needs = [each for each in self.needs if each[0] is not member]
            self.results = [each for each in self.results if each[0] is not member]

    def pieces(self) -> list[bytes]:
        """Every log of everyone, in pieces of a few entries."""
        cut = []
        for station in {id(each): each for each in (*self.everyone, *self.stations)}.values():
            for log in station.logs.values():
                start = 0
                while start < len(log.headers):
                    end = start + self.dice.randrange(1, PIECE_MAX + 1)
                    cut.append(join_text(log.headers[start:end], log.bodies[start:end]))
                    start = end
        return cut
