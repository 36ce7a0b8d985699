"""An enterprise answers over HTTP: no account, one link, once, and nothing leaks (R7)."""

import asyncio

import aiohttp

from grassroots import needs, referrals
from grassroots.asking import askings
from grassroots.asking.askings import Asked, AskInput
from node.app import Node
from node.people import OPERATOR, trail
from node.people.trail import LineQuery
from protocol.records import ReferralAccepted, ReferralConcluded, ReferralStarted
from tests.builders import StationInTest

GOOD = {"satisfied": "5", "agrees": "yes", "consent": "1", "consent_by": "总经理"}


async def ask(node: Node, member: StationInTest) -> Asked:
    """A link to confirm a contract that the member concluded."""
    given = needs.NeedInput(title="尾矿回收", text="寻求浮选工艺。")
    need = (await needs.publish_need(node, given)).id
    request = referrals.RequestInput(need=need, to=member.id)
    case = (await referrals.request_referral(node, request)).id
    contract = {
        "type": "service",
        "amount_fen": 80_000,
        "technology_fen": 1,
        "signed": "2026-01-05",
    }
    accepted = member.sign(ReferralAccepted(after=(case,)), case)
    started = member.sign(ReferralStarted(after=(accepted.id,)), case)
    concluded = {"after": [started.id], "outcome": "contract", "contract": contract, "note": "内部"}
    member.sign(ReferralConcluded.model_validate(concluded), case)
    await asyncio.to_thread(node.ingest.receive, member.text("referrals"), "peer")
    return await askings.ask_enterprise(node, OPERATOR, AskInput(about="confirm", subject=case))


async def test_an_enterprise_answers_once_without_account_and_the_trail_names_no_link(
    node: Node, member: StationInTest
) -> None:
    asked = await ask(node, member)
    own = {"Origin": node.address, "Accept": "text/html"}
    async with aiohttp.ClientSession(node.address) as web:
        async with web.get(asked.path, headers=own) as answer:
            page = await answer.text()
            assert answer.status == 200
            assert answer.headers["X-Robots-Tag"].startswith("noindex")
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["Referrer-Policy"] == "same-origin"
        assert "尾矿回收" in page
        assert "800元" in page
        assert "内部" not in page
        assert "http://" not in page.replace(node.address, "")
        async with web.post(asked.path, data={"satisfied": "5"}, headers=own) as answer:
            assert answer.status == 422
            assert "没有提交成功" in await answer.text()
        async with web.post(asked.path, data=GOOD, headers=own, allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, asked.path)
        async with web.get(asked.path, headers=own) as answer:
            assert "已经收到" in await answer.text()
        async with web.post(asked.path, data=GOOD, headers=own) as answer:
            assert answer.status == 409

    lines = node.store.read(lambda reading: trail.find(reading, LineQuery(target=asked.id)))
    assert {(each.act, each.actor) for each in lines} == {("answer_by_link", "")}
    told = " ".join(str(each) for each in lines)
    assert asked.path.removeprefix(askings.PATH) not in told


async def test_a_form_from_elsewhere_and_a_link_that_is_not_there_are_refused(
    node: Node, member: StationInTest
) -> None:
    asked = await ask(node, member)
    async with aiohttp.ClientSession(node.address) as web:
        foreign = {"Origin": "https://elsewhere.example"}
        async with web.post(asked.path, data=GOOD, headers=foreign) as answer:
            assert answer.status == 403
        statuses = []
        for number in range(8):
            async with web.get(f"/ask/{number}", headers={"Accept": "text/html"}) as answer:
                statuses.append(answer.status)
        assert statuses == [404] * 5 + [429] * 3
        async with web.get(asked.path, headers={"Accept": "text/html"}) as answer:
            assert answer.status == 200
        async with web.get("/askings", allow_redirects=False) as answer:
            assert answer.status == 303
        async with web.get("/api/v1/answers") as answer:
            assert answer.status == 401
