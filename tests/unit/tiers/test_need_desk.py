"""A need at its station: who here works on it, and that a case has met it (A7, D9, N8)."""

import pytest

from grassroots import needs, referrals
from grassroots.assigning import Assigned, AssignInput, WorkQuery, assign, list_work
from grassroots.desks import assigned, cases
from node.capability import Visit
from node.console.render import LANGUAGES
from node.drafting import IdPath
from node.errors import ConflictError, InvalidError, NotFoundError, RoleError
from node.people import OPERATOR, Actor, Role, trail
from node.readmodels import needs as need_rows
from tests.unit.tiers.conftest import Desks
from tests.unit.tiers.desk import Desk
from tests.unit.tiers.test_consent_pages import MANAGER, shown
from tests.unit.tiers.test_mail import give_account

BROKER = Actor("b", Role.BROKER, "zhou", "周明")
CLERK = Actor("c", Role.CLERK, "wu", "吴芳")
ASSIGN = {"do": "assign", "account": BROKER.id, "note": "请本周联系"}
SOLVE = {"do": "solve_need"}


def at(id_: str, actor: Actor | None = BROKER) -> Visit:
    return Visit(actor, {"id": id_}, {})


async def a_need(desk: Desk, **more: str) -> str:
    given = {"title": "尾矿回收钛精矿", "text": "寻求细粒钛铁矿的浮选药剂与工艺。", **more}
    body = needs.NeedInput.model_validate(given)
    return (await needs.publish_need(desk.node, body)).id


async def test_a_need_is_given_from_its_page_to_a_colleague_and_taken_back(desks: Desks) -> None:
    desk, need = desks.chengdu, await a_need(desks.chengdu)
    give_account(desk, BROKER)

    done = await assigned.submit_need(desk.node, at(need), ASSIGN)

    assert done.to == f"/needs/{need}"
    (mine,) = (await list_work(desk.node, BROKER, WorkQuery(account="me"))).items
    assert (mine.id, mine.type, mine.state, mine.title, mine.note) == (
        need, "need", "open", "尾矿回收钛精矿", "请本周联系",
    )  # fmt: skip
    told = await assigned.build_need_desk(desk.node, at(need))
    assert isinstance(told["assigned"], Assigned)
    assert told["assigned"].account == BROKER.id

    await assigned.submit_need(desk.node, at(need), {"do": "assign", "account": ""})

    assert (await list_work(desk.node, BROKER, WorkQuery())).items == []
    assert (await assigned.build_need_desk(desk.node, at(need)))["assigned"] is None
    lines = desk.store.read(lambda reading: trail.find(reading, trail.LineQuery()))
    assert {(line.act, line.target) for line in lines} == {("assign", need)}


async def test_a_need_is_not_given_by_those_who_may_not_nor_to_nobody_known(desks: Desks) -> None:
    desk, need = desks.chengdu, await a_need(desks.chengdu)
    give_account(desk, BROKER)

    with pytest.raises(RoleError):
        await assigned.submit_need(desk.node, at(need, CLERK), ASSIGN)
    with pytest.raises(NotFoundError, match="account"):
        await assigned.submit_need(desk.node, at(need), {**ASSIGN, "account": "zhang"})
    with pytest.raises(NotFoundError):
        await assigned.submit_need(desk.node, at("A" * 43), ASSIGN)
    with pytest.raises(InvalidError):
        await assigned.submit_need(desk.node, at(need), SOLVE)

    assert (await list_work(desk.node, BROKER, WorkQuery())).items == []


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_the_page_of_a_need_shows_who_works_on_it_to_those_who_work_here_alone(
    desks: Desks, lang: str
) -> None:
    desk, need = desks.chengdu, await a_need(desks.chengdu)
    give_account(desk, BROKER)
    await assign(desk.node, OPERATOR, AssignInput(subject=need, account=BROKER.id))

    pages = {
        actor and actor.role: shown(
            desk,
            "need.html",
            {**await assigned.build_need_desk(desk.node, at(need, actor)), "actor": actor},
            lang,
        )
        for actor in (BROKER, CLERK, None)
    }

    assert 'name="account"' in pages[Role.BROKER]
    assert "周明" in pages[Role.CLERK]
    assert 'name="account"' not in pages[Role.CLERK]
    assert "周明" not in pages[None]


async def test_work_that_waits_for_another_station_is_still_told_as_the_case_it_is(
    desks: Desks,
) -> None:
    here, there = desks.chengdu, desks.hangzhou
    case = await concluded(desks, outcome="advice")
    give_account(there, BROKER)
    await assign(there.node, OPERATOR, AssignInput(subject=case.id, account=BROKER.id))

    (work,) = (await list_work(there.node, BROKER, WorkQuery(account="me"))).items

    assert (work.id, work.type, work.state) == (case.id, "referral", "concluded")
    assert work.title == "尾矿回收钛精矿"
    context = await cases.build_referral_desk(there.node, at(case.id))
    assert "周明" in shown(there, "referral.html", context, "zh")
    assert (await list_work(here.node, BROKER, WorkQuery(account="me"))).items == []


async def test_what_has_come_to_its_end_is_nobody_s_work_any_more(desks: Desks) -> None:
    here, there = desks.chengdu, desks.hangzhou
    case = await concluded(desks, outcome="advice")
    solved = (await referrals.get_referral(here.node, case)).referral.need
    withdrawn, lapsed = await a_need(here), await a_need(here, expires="2026-12-20")
    for desk, subjects in ((here, (solved, withdrawn, lapsed)), (there, (case.id,))):
        give_account(desk, BROKER)
        for subject in subjects:
            await assign(desk.node, OPERATOR, AssignInput(subject=subject, account=BROKER.id))
    mine = WorkQuery(account="me")
    work = {each.id for each in (await list_work(here.node, BROKER, mine)).items}
    assert work == {solved, withdrawn, lapsed}

    await referrals.confirm_referral(here.node, case, referrals.ConfirmInput())
    await needs.withdraw_need(here.node, IdPath(id=withdrawn), needs.WithdrawInput(reason="已停产"))
    desks.exchange()
    assert [each.id for each in (await list_work(here.node, BROKER, mine)).items] == [lapsed]
    here.clock.now += 300 * 86_400_000

    for desk in (here, there):
        assert (await list_work(desk.node, BROKER, mine)).items == []
        assert (await list_work(desk.node, BROKER, WorkQuery())).items == []


async def concluded(desks: Desks, *, outcome: str, manner: str = "referral") -> IdPath:
    """A referral from Chengdu to Hangzhou that is concluded and waits to be confirmed."""
    here, there = desks.chengdu.node, desks.hangzhou.node
    need = await a_need(desks.chengdu)
    desks.exchange()
    asked = {"need": need, "to": desks.hangzhou.id, "manner": manner}
    request = referrals.RequestInput.model_validate(asked)
    path = IdPath(id=(await referrals.request_referral(here, request)).id)
    desks.exchange()
    await referrals.accept_referral(there, path, referrals.AcceptInput())
    await referrals.start_referral(there, path, referrals.NoteInput())
    told = referrals.ConcludeInput.model_validate({"outcome": outcome})
    await referrals.conclude_referral(there, path, told)
    desks.exchange()
    return path


async def finished(desks: Desks, *, outcome: str, manner: str = "referral") -> IdPath:
    """A referral from Chengdu to Hangzhou that is concluded and confirmed."""
    path = await concluded(desks, outcome=outcome, manner=manner)
    await referrals.confirm_referral(desks.chengdu.node, path, referrals.ConfirmInput())
    desks.exchange()
    return path


async def offered(desk: Desk, case: IdPath, actor: Actor | None = BROKER) -> object:
    return (await cases.build_referral_desk(desk.node, at(case.id, actor)))["may_solve"]


async def test_a_need_that_went_over_is_marked_as_met_on_the_page_of_its_case(
    desks: Desks,
) -> None:
    here, there = desks.chengdu, desks.hangzhou
    case = await finished(desks, outcome="advice", manner="transfer")
    need = (await referrals.get_referral(there.node, case)).referral.need
    assert (await needs.get_need(there.node, IdPath(id=need))).state == "open"
    assert await offered(there, case)
    assert not await offered(here, case)

    done = await cases.submit_referral(there.node, at(case.id), SOLVE)
    desks.exchange()

    assert done.to == f"/referrals/{case.id}"
    seen = desks.national.store.read(lambda reading: need_rows.get(reading, need))
    assert (seen.state, seen.owner) == ("solved", there.id)
    assert f'"by":"{case.id}"'.encode() in there.text()
    assert not await offered(there, case)
    with pytest.raises(ConflictError):
        await cases.submit_referral(there.node, at(case.id), SOLVE)


async def test_a_confirmed_referral_has_marked_the_sender_s_need_itself(desks: Desks) -> None:
    case = await finished(desks, outcome="advice")
    need = (await referrals.get_referral(desks.chengdu.node, case)).referral.need
    before = desks.chengdu.text()

    assert (await needs.get_need(desks.chengdu.node, IdPath(id=need))).state == "solved"
    assert not await offered(desks.chengdu, case)
    for desk in (desks.chengdu, desks.hangzhou):
        with pytest.raises(ConflictError):
            await cases.submit_referral(desk.node, at(case.id), SOLVE)
    assert desks.chengdu.text() == before


async def test_a_case_that_came_to_nothing_closes_no_need(desks: Desks) -> None:
    case = await finished(desks, outcome="no-result", manner="transfer")

    assert not await offered(desks.hangzhou, case)
    with pytest.raises(ConflictError, match="does not close"):
        await cases.submit_referral(desks.hangzhou.node, at(case.id), SOLVE)


async def test_only_those_who_publish_needs_may_mark_one_as_met(desks: Desks) -> None:
    case = await finished(desks, outcome="advice", manner="transfer")
    reviewer = Actor("r", Role.REVIEWER, "li", "李审核")

    for actor in (reviewer, None):
        assert not await offered(desks.hangzhou, case, actor)
    with pytest.raises(RoleError):
        await cases.submit_referral(desks.hangzhou.node, at(case.id, reviewer), SOLVE)


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_the_page_of_the_case_has_the_button_and_the_need_s_page_leads_its_owner_on(
    desks: Desks, lang: str
) -> None:
    there, case = desks.hangzhou, await finished(desks, outcome="advice", manner="transfer")
    need = (await referrals.get_referral(there.node, case)).referral.need

    context = await cases.build_referral_desk(there.node, at(case.id, MANAGER))
    page = shown(there, "referral.html", context, lang)
    context = await assigned.build_need_desk(there.node, at(need, MANAGER))
    of_need = shown(there, "need.html", context, lang)

    assert 'value="solve_need"' in page
    assert f"/needs/{need}/manage" in of_need
