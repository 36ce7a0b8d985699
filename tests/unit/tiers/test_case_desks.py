"""A case worked on from its page: a form for each act, and who is in charge of it (D9, R6)."""

from collections.abc import Mapping

import pytest

from grassroots import needs, referrals
from grassroots.assigning import AssignInput, WorkQuery, assign, list_work
from grassroots.desks import cases
from grassroots.desks.caseforms import FORMS, do_act
from node.capability import Visit
from node.drafting import IdPath
from node.errors import ConflictError, InvalidError, NotFoundError
from node.people import OPERATOR
from node.readmodels.cases import get_case
from protocol.transitions import CASE_TYPES
from tests.unit.tiers.conftest import Desks
from tests.unit.tiers.desk import Desk


async def _asked(desks: Desks) -> str:
    body = needs.NeedInput(title="尾矿回收钛精矿", text="寻求细粒钛铁矿的浮选药剂与工艺。")
    need = (await needs.publish_need(desks.chengdu.node, body)).id
    desks.exchange()
    request = referrals.RequestInput(need=need, to=desks.hangzhou.id)
    made = (await referrals.request_referral(desks.chengdu.node, request)).id
    desks.exchange()
    return made


async def _send(desks: Desks, desk: Desk, case: str, kind: str, **form: str) -> None:
    held = desk.store.read(lambda reading: get_case(reading, case))
    await do_act(desk.node, held, kind, form)
    desks.exchange()


def test_there_is_a_form_for_every_act_of_every_table() -> None:
    acts = {row.kind for of in CASE_TYPES for row in of.rows}

    assert acts - set(FORMS) == {"contact.disclosed/1"}


async def test_a_case_is_carried_through_by_its_forms(desks: Desks) -> None:
    case = await _asked(desks)
    here, there = desks.chengdu, desks.hangzhou
    await _send(desks, there, case, "referral.queried/1", note="请补充粒度")
    await _send(desks, here, case, "referral.answered/1", note="负四百目")
    await _send(desks, there, case, "referral.accepted/1", note="")
    await _send(desks, there, case, "helper.invited/1", station="四川区域站", note="请协助")
    await _send(desks, desks.sichuan, case, "helper.joined/1")
    await _send(desks, there, case, "referral.started/1")
    await _send(
        desks, there, case, "referral.concluded/1", outcome="contract",
        contract_type="transfer", amount_wan="80", technology_wan="60.5", signed="2026-09-21",
    )  # fmt: skip
    shares = {f"share-{desk.id}": str(n) for desk, n in ((here, 40), (there, 40))}
    await _send(
        desks, there, case, "split.proposed/1", **shares, **{f"share-{desks.sichuan.id}": "20"}
    )
    await _send(desks, here, case, "split.agreed/1", proposal=_split(here, case))
    await _send(desks, desks.sichuan, case, "split.agreed/1", proposal=_split(here, case))
    await _send(desks, here, case, "referral.confirmed/1", satisfied="5", consent="1")

    seen = (await referrals.get_referral(desks.national.node, IdPath(id=case))).referral
    assert (seen.state, seen.amount_fen, seen.technology_fen) == (
        "confirmed",
        80_000_000,
        60_500_000,
    )
    assert (seen.satisfied, dict(seen.shares)[desks.sichuan.id]) == (5, 20)


def _split(desk: Desk, case: str) -> str:
    split = desk.store.read(lambda reading: get_case(reading, case)).parties.split
    assert split is not None
    return split.id


@pytest.mark.parametrize(
    ("kind", "form"),
    [
        ("helper.invited/1", {"station": "没有这个站"}),
        ("split.proposed/1", {"note": "没有填写"}),
        ("referral.concluded/1", {"outcome": "contract"}),
        ("referral.concluded/1", {"outcome": "contract", "amount_wan": "很多"}),
        ("need.solved/1", {}),
    ],
)
async def test_a_form_filled_in_badly_signs_nothing(
    desks: Desks, kind: str, form: Mapping[str, str]
) -> None:
    case = await _asked(desks)
    await _send(desks, desks.hangzhou, case, "referral.accepted/1")
    before = desks.hangzhou.text()

    with pytest.raises(InvalidError):
        await _send(desks, desks.hangzhou, case, kind, **form)
    assert desks.hangzhou.text() == before


async def test_a_form_sent_twice_is_refused_the_second_time(desks: Desks) -> None:
    case = await _asked(desks)
    await _send(desks, desks.hangzhou, case, "referral.accepted/1")

    with pytest.raises(ConflictError, match="accepted"):
        await _send(desks, desks.hangzhou, case, "referral.accepted/1")


async def test_work_is_given_to_somebody_and_found_again(desks: Desks) -> None:
    case = await _asked(desks)
    node = desks.hangzhou.node

    nobody = await list_work(node, OPERATOR, WorkQuery(account="nobody"))
    assert [(each.id, each.type, each.account) for each in nobody.items] == [(case, "referral", "")]
    with pytest.raises(NotFoundError, match="account"):
        await assign(node, OPERATOR, AssignInput(subject=case, account="zhang"))
    with pytest.raises(NotFoundError, match="no case"):
        await assign(node, OPERATOR, AssignInput(subject="A" * 43))
    taken = await assign(node, OPERATOR, AssignInput(subject=case, note="稍后再定"))
    again = await assign(node, OPERATOR, AssignInput(subject=case))

    assert again.at_ms > taken.at_ms
    assert (await list_work(node, OPERATOR, WorkQuery())).items == nobody.items


async def test_a_case_between_other_stations_is_nobody_s_work_here(desks: Desks) -> None:
    case = await _asked(desks)
    visit = Visit(OPERATOR, {"id": case}, {})

    ours = await cases.build_referral_desk(desks.hangzhou.node, visit)
    theirs = await cases.build_referral_desk(desks.national.node, visit)

    assert (ours["may_assign"], theirs["may_assign"]) == (True, False)
    with pytest.raises(InvalidError, match="between other stations"):
        await assign(desks.national.node, OPERATOR, AssignInput(subject=case))


async def test_the_forms_a_visitor_sees_are_those_of_acts_the_station_may_do(desks: Desks) -> None:
    case = await _asked(desks)

    path = {"id": case}
    ours = await cases.build_referral_desk(desks.hangzhou.node, Visit(OPERATOR, path, {}))
    theirs = await cases.build_referral_desk(desks.national.node, Visit(OPERATOR, path, {}))
    stranger = await cases.build_referral_desk(desks.hangzhou.node, Visit(None, path, {}))

    assert isinstance(ours["forms"], list)
    assert [kind for kind, _ in ours["forms"]] == [
        "referral.accepted/1", "referral.declined/1", "referral.queried/1",
    ]  # fmt: skip
    assert (theirs["forms"], stranger["forms"]) == ([], [])
