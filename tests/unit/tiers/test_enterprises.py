"""Enterprises' cards: the code is checked, one code one card, and all that hangs on a card."""

import pytest
from pydantic import ValidationError

from grassroots import disclosure, dossiers, enterprises, needs, referrals, visits
from node.drafting import IdPath
from node.errors import ConflictError, InvalidError, NotFoundError
from tests.unit.tiers.conftest import Desks

CODE = "91110000600037341L"
CARD = enterprises.EnterpriseInput(
    name="攀西钒钛有限公司", credit_code=CODE, industry="3240", park="钒钛高新区"
)


def test_a_credit_code_is_known_by_its_check_character() -> None:
    assert (
        enterprises.EnterpriseInput(name="x", credit_code="9111 0000 6000 37341L").credit_code
        == CODE
    )

    for wrong in (CODE[:-1] + "M", CODE[:-1], "91110000600037O41L", ""):
        with pytest.raises(ValidationError, match="credit code"):
            enterprises.EnterpriseInput(name="x", credit_code=wrong)


async def test_a_second_card_for_one_credit_code_is_refused_and_says_which_has_it(
    desks: Desks,
) -> None:
    node = desks.chengdu.node
    first = await enterprises.add_enterprise(node, CARD)
    again = CARD.model_copy(update={"name": "攀西公司"})

    with pytest.raises(ConflictError, match=first.id) as caught:
        await enterprises.add_enterprise(node, again)

    assert f"/enterprises/{first.id}" in caught.value.hint
    query = enterprises.EnterpriseQuery(q="攀西")
    assert [card.id for card in (await enterprises.list_enterprises(node, query)).items] == [
        first.id
    ]


async def test_a_card_is_changed_but_never_to_another_card_s_code(desks: Desks) -> None:
    node = desks.chengdu.node
    await enterprises.add_enterprise(node, CARD)
    other = await enterprises.add_enterprise(node, enterprises.EnterpriseInput(name="天府软件"))
    path = IdPath(id=other.id)

    changed = await enterprises.edit_enterprise(
        node,
        path,
        enterprises.EnterpriseInput(name="天府软件公司", tech_sme=True, division="510100"),
    )

    assert (changed.name, changed.tech_sme, changed.changed_ms) == (
        "天府软件公司",
        True,
        node.clock.now_ms(),
    )
    with pytest.raises(ConflictError):
        await enterprises.edit_enterprise(node, path, CARD)
    with pytest.raises(InvalidError, match="999999"):
        await enterprises.edit_enterprise(
            node, path, enterprises.EnterpriseInput(name="x", division="999999")
        )
    with pytest.raises(NotFoundError):
        await enterprises.edit_enterprise(node, IdPath(id="nowhere"), CARD)
    assert (await dossiers.get_dossier(node, path)).card == changed


async def test_cards_are_found_by_name_park_code_and_place(desks: Desks) -> None:
    node = desks.chengdu.node
    kept = await enterprises.add_enterprise(node, CARD.model_copy(update={"division": "510400"}))
    await enterprises.add_enterprise(node, enterprises.EnterpriseInput(name="百分之百_公司"))

    async def found(**asked: str) -> list[str]:
        query = enterprises.EnterpriseQuery.model_validate(asked)
        return [card.id for card in (await enterprises.list_enterprises(node, query)).items]

    for asked in ({"q": "高新区"}, {"q": CODE[:9]}, {"division": "5104"}, {"industry": "32"}):
        assert await found(**asked) == [kept.id], asked
    assert await found(division="5_") == []


async def test_a_card_shows_its_visits_needs_referrals_and_whom_it_was_disclosed_to(
    desks: Desks,
) -> None:
    node = desks.chengdu.node
    card = await enterprises.add_enterprise(node, CARD)
    await visits.add_visit(node, visits.VisitInput(enterprise=card.id, note="见总工"))
    need = await needs.publish_need(
        node, needs.NeedInput(title="尾矿回收", text="寻求回收工艺。", enterprise=card.id)
    )
    desks.exchange()
    asked = referrals.RequestInput(need=need.id, to=desks.hangzhou.id)
    referral = IdPath(id=(await referrals.request_referral(node, asked)).id)
    desks.exchange()
    await referrals.accept_referral(desks.hangzhou.node, referral, referrals.AcceptInput())
    desks.exchange()
    consent = disclosure.ConsentInput(on="2026-09-20", by="总经理")
    told = await disclosure.disclose_contact(
        node, referral, disclosure.DiscloseInput(consent=consent)
    )
    desks.exchange()

    dossier = await dossiers.get_dossier(node, IdPath(id=card.id))

    assert [visit.note for visit in dossier.visits] == ["见总工"]
    assert [each.id for each in dossier.needs] == [need.id]
    assert [each.id for each in dossier.referrals] == [referral.id]
    [made] = dossier.disclosures
    assert (made.disclosed, made.receiver, made.by) == (told.id, desks.hangzhou.id, "总经理")
    [opened] = (await disclosure.read_contact(desks.hangzhou.node, referral)).items
    assert opened.contact == {
        "name": "攀西钒钛有限公司", "credit_code": CODE, "industry": "3240", "park": "钒钛高新区"
    }  # fmt: skip
