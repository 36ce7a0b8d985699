"""A need and the result that may meet it: what the stations do in their case (D3, E1, R7)."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from node.calendar import day_of
from node.demo.year.fieldwork import Published
from node.demo.year.texts import Chance
from node.people.permissions import Role

if TYPE_CHECKING:
    from node.demo.year.network import YearNetwork
    from node.demo.year.station import YearStation

SERVICE = "alliance-research"
TASK_DAYS = 30
CONTRACT_TYPES = ("development", "transfer", "licence", "consulting", "service")


@dataclass
class Match:
    """A need, the result that may meet it, and whose they are."""

    network: "YearNetwork"
    need: Published
    result: str
    receiver: "YearStation"
    helper: "YearStation"
    region: "YearStation"
    chance: Chance
    case: str = ""
    engagement: str = ""
    task: str = ""

    @property
    def today(self) -> str:
        """The day in Beijing."""
        return day_of(self.sender.node.clock.now_ms())

    @property
    def sender(self) -> "YearStation":
        """The station whose need it is."""
        return self.need.station

    async def request(self, **more: object) -> None:
        """Hand the need on."""
        body = {
            "need": self.need.id,
            "to": self.receiver.id,
            "result": self.result,
            "note": "请贵站协助对接",
            **more,
        }
        made = await self.sender.do(Role.BROKER, "POST", "/referrals", body)
        self.case = made.id

    async def act(self, station: "YearStation", name: str, body: object = None) -> Any:
        """Do an act in the case."""
        return await station.do(
            Role.BROKER, "POST", f"/referrals/{{id}}/{name}", body, id=self.case
        )

    async def disclose(self) -> None:
        """The enterprise agreed: its name and contact go to the receiver, sealed."""
        consent = {"on": self.today, "by": "法定代表人", "purpose": "work"}
        await self.act(self.sender, "disclose", {"consent": consent})

    async def engage(self) -> None:
        """The receiver opens an engagement with a task, which somebody there answers for."""
        made = await self.receiver.do(
            Role.BROKER,
            "POST",
            "/engagements",
            {
                "title": self.need.title,
                "referral": self.case,
                "services": [SERVICE],
                "goal": "；".join(self.need.problem.indicators),
            },
        )
        self.engagement = made.id
        due = date.fromisoformat(self.today) + timedelta(TASK_DAYS)
        task = {"what": "现场诊断并提出试验方案", "due": due.isoformat()}
        made = await self.receiver.do(
            Role.BROKER, "POST", "/engagements/{id}/tasks", task, id=self.engagement
        )
        self.task = made.id

    async def conclude(self) -> None:
        """The work is done; a technology contract was signed, and concludes the referral."""
        amount = (20 + self.chance.below(180)) * 1_000_000
        broker = self.receiver
        await broker.do(Role.BROKER, "POST", "/tasks/{id}/done", id=self.task)
        await broker.do(Role.BROKER, "POST", "/engagements/{id}/finish", id=self.engagement)
        contract = {
            "type": self.chance.pick(CONTRACT_TYPES),
            "name": f"{self.need.title}技术合同",
            "amount_fen": amount,
            "technology_fen": amount * 7 // 10,
            "signed": self.today,
            "engagement": self.engagement,
            "referral": self.case,
        }
        made = await broker.do(Role.BROKER, "POST", "/contracts", contract)
        await broker.do(Role.BROKER, "POST", "/contracts/{id}/conclude", id=made.id)

    async def confirm(self) -> None:
        """The enterprise is asked by a code and answers by telephone; the sender agrees."""
        broker = self.sender
        asked = {"about": "confirm", "subject": self.case}
        made = await broker.do(Role.BROKER, "POST", "/askings", asked)
        consents = not self.chance.is_one_in(12)
        answer = {
            "code": made.code,
            "way": "phone",
            "satisfied": 3 + self.chance.below(3),
            "agrees": True,
            "consent": consents,
            "consent_by": "法定代表人" if consents else "",
        }
        await broker.do(Role.BROKER, "POST", "/askings/{id}/answer", answer, id=made.id)
        await broker.do(Role.BROKER, "POST", "/askings/{id}/confirm", id=made.id)
