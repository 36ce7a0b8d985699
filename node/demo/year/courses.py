"""The courses a referred need takes (D3-D11); every act of every table of cases is in one of them.

A course is a generator: it does one act, then waits for the post to carry it to the others.
"""

from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any

from node.demo.year.match import Match
from node.people.permissions import Role

if TYPE_CHECKING:
    from node.demo.year.station import YearStation

Course = Callable[[Match], AsyncIterator[None]]


async def _to_start(match: Match) -> AsyncIterator[None]:
    await match.act(match.receiver, "accept", {"contact": {"name": "技术转移部"}})
    yield
    await match.disclose()
    yield
    await match.act(match.receiver, "start", {"note": "已派专家到厂"})
    await match.engage()
    yield


async def _to_end(match: Match) -> AsyncIterator[None]:
    for _ in range(2 + match.chance.below(4)):
        yield
    await match.conclude()
    yield
    await match.confirm()
    yield


async def straight(match: Match) -> AsyncIterator[None]:
    """Asked, accepted, disclosed, carried out, concluded with a contract, confirmed."""
    await match.request()
    yield
    async for _ in _to_start(match):
        yield
    async for _ in _to_end(match):
        yield


async def asked_back(match: Match) -> AsyncIterator[None]:
    """The receiver asks for more before it accepts."""
    await match.request()
    yield
    await match.act(match.receiver, "query", {"note": "请补充现有设备型号和日产量"})
    yield
    await match.act(match.sender, "answer", {"note": "设备为普通机型，日产量约两千件"})
    yield
    async for _ in _to_start(match):
        yield
    async for _ in _to_end(match):
        yield


async def declined(match: Match) -> AsyncIterator[None]:
    """The receiver has nobody for it."""
    await match.request()
    yield
    await match.act(match.receiver, "decline", {"reason": "capacity", "note": "本季度专家已排满"})
    yield


async def revoked(match: Match) -> AsyncIterator[None]:
    """The enterprise found another way before anybody answered."""
    await match.request()
    await match.act(match.sender, "revoke", {"reason": "企业已自行解决"})
    yield


async def transferred(match: Match) -> AsyncIterator[None]:
    """The need itself goes over to the receiver."""
    await match.request(manner="transfer")
    yield
    async for _ in _to_start(match):
        yield
    async for _ in _to_end(match):
        yield


async def without_result(match: Match) -> AsyncIterator[None]:
    """It came to nothing; later it is taken up again, and succeeds."""
    await match.request()
    yield
    async for _ in _to_start(match):
        yield
    await match.act(match.receiver, "conclude", {"outcome": "no-result", "note": "小试未达指标"})
    yield
    await match.act(match.sender, "confirm", {"consent": False})
    yield
    await match.act(match.sender, "reopen", {"reason": "院所有了新工艺，企业愿意再试"})
    yield
    async for _ in _to_start(match):
        yield
    async for _ in _to_end(match):
        yield


async def disputed(match: Match) -> AsyncIterator[None]:
    """The two disagree for a while, and go on."""
    await match.request()
    yield
    async for _ in _to_start(match):
        yield
    await match.act(match.sender, "dispute", {"reason": "进度落后于约定"})
    yield
    await match.act(match.sender, "resume", {"note": "已商定新的进度"})
    yield
    async for _ in _to_end(match):
        yield


async def closed(match: Match) -> AsyncIterator[None]:
    """The two disagree, and it ends there."""
    await match.request()
    yield
    async for _ in _to_start(match):
        yield
    await match.act(match.receiver, "dispute", {"reason": "企业不再提供试验条件"})
    yield
    await match.act(match.receiver, "close", {"reason": "双方同意到此为止"})
    yield


async def _split(match: Match, shares: dict["YearStation", int]) -> AsyncIterator[None]:
    """The sender proposes who shares how; all the others agree."""
    body = {
        "shares": [
            {"station": station.id, "percent": percent} for station, percent in shares.items()
        ]
    }
    made = await match.act(match.sender, "split", body)
    yield
    for station in shares:
        if station is not match.sender:
            await match.act(station, "agree", {"proposal": made.id})
    yield


async def helped(match: Match) -> AsyncIterator[None]:
    """A third station helps, and all agree on the split."""
    await match.request()
    yield
    async for _ in _to_start(match):
        yield
    await match.act(match.receiver, "invite", {"station": match.helper.id, "note": "请协助中试"})
    yield
    await match.act(match.helper, "join", {"note": "可提供中试线"})
    yield
    async for _ in _split(match, {match.sender: 40, match.receiver: 40, match.helper: 20}):
        yield
    async for _ in _to_end(match):
        yield


async def helped_in_vain(match: Match) -> AsyncIterator[None]:
    """One station will not help, another is let go of, one split is turned down."""
    await match.request()
    yield
    async for _ in _to_start(match):
        yield
    await match.act(match.sender, "invite", {"station": match.helper.id})
    yield
    await match.act(match.helper, "leave", {"reason": "中试线检修"})
    yield
    await match.act(match.sender, "invite", {"station": match.region.id})
    yield
    await match.act(match.region, "join", {"note": "由区域站协调"})
    yield
    shares = [
        {"station": match.sender.id, "percent": 50},
        {"station": match.receiver.id, "percent": 20},
        {"station": match.region.id, "percent": 30},
    ]
    made = await match.act(match.sender, "split", {"shares": shares})
    yield
    await match.act(match.receiver, "reject", {"proposal": made.id, "reason": "承担方占比偏低"})
    yield
    released = {"station": match.region.id, "reason": "改由双方直接合作"}
    await match.act(match.receiver, "release", released)
    yield
    async for _ in _split(match, {match.sender: 45, match.receiver: 55}):
        yield
    async for _ in _to_end(match):
        yield


async def _express(match: Match) -> str:
    body = {"need": match.need.id, "result": match.result, "note": "我站合作院所有对口成果"}
    made = await match.receiver.do(Role.BROKER, "POST", "/interests", body)
    return str(made.id)


async def _in_interest(
    station: "YearStation", interest: str, name: str, body: object = None
) -> Any:
    path = f"/interests/{{id}}/{name}"
    return await station.do(Role.BROKER, "POST", path, body, id=interest)


async def interested(match: Match) -> AsyncIterator[None]:
    """The other station comes forward by itself, and is taken up."""
    interest = await _express(match)
    yield
    await _in_interest(match.sender, interest, "query", {"note": "该成果可否先做小试？"})
    yield
    await _in_interest(match.receiver, interest, "answer", {"note": "可以，两周内安排"})
    yield
    made = await _in_interest(match.sender, interest, "match", {"note": "请尽快对接"})
    match.case = made.id
    yield
    async for _ in _to_start(match):
        yield
    async for _ in _to_end(match):
        yield


async def interest_declined(match: Match) -> AsyncIterator[None]:
    """The other station's offer does not fit."""
    interest = await _express(match)
    yield
    turned = {"reason": "unfit", "note": "企业设备不具备条件"}
    await _in_interest(match.sender, interest, "decline", turned)
    yield


async def interest_withdrawn(match: Match) -> AsyncIterator[None]:
    """The other station takes its offer back."""
    interest = await _express(match)
    yield
    await _in_interest(match.receiver, interest, "withdraw", {"reason": "成果已独占许可"})
    yield


async def _introduce(match: Match) -> str:
    body = {"need": match.need.id, "partner": match.receiver.id, "result": match.result}
    note = {"note": "两站可就此合作"}
    made = await match.region.do(Role.BROKER, "POST", "/introductions", body | note)
    return str(made.id)


async def _in_introduction(
    station: "YearStation", introduction: str, name: str, body: object = None
) -> Any:
    path = f"/introductions/{{id}}/{name}"
    return await station.do(Role.BROKER, "POST", path, body, id=introduction)


async def introduced(match: Match) -> AsyncIterator[None]:
    """A region brings the two together, and has its part in the outcome."""
    introduction = await _introduce(match)
    yield
    made = await _in_introduction(match.sender, introduction, "follow", {"note": "谢谢推荐"})
    match.case = made.id
    yield
    async for _ in _to_start(match):
        yield
    async for _ in _split(match, {match.sender: 45, match.receiver: 45, match.region: 10}):
        yield
    async for _ in _to_end(match):
        yield


async def introduction_declined(match: Match) -> AsyncIterator[None]:
    """The need's station has another in mind."""
    introduction = await _introduce(match)
    yield
    await _in_introduction(match.sender, introduction, "decline", {"reason": "已有意向合作方"})
    yield


async def introduction_withdrawn(match: Match) -> AsyncIterator[None]:
    """The region takes its introduction back."""
    introduction = await _introduce(match)
    yield
    reason = {"reason": "成果方已无力承担"}
    await _in_introduction(match.region, introduction, "withdraw", reason)
    yield


COMMON: tuple[Course, ...] = (straight, asked_back, transferred, interested, helped, introduced)
"""What most needs go through."""
RARE: tuple[Course, ...] = (
    declined,
    revoked,
    without_result,
    disputed,
    closed,
    helped_in_vain,
    interest_declined,
    interest_withdrawn,
    introduction_declined,
    introduction_withdrawn,
)
"""What comes now and then."""
