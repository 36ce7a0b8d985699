"""What an enterprise may ask of its station: a copy of all that is kept, and deletion (D11)."""

import json
from typing import Any

import pytest
from sqlalchemy import select

from grassroots import (
    disclosure,
    dossiers,
    enterprises,
    needs,
    referrals,
    reviewing,
    rights,
    visits,
    withdrawals,
)
from grassroots.attachments import UploadQuery
from grassroots.drafts import DraftInput
from grassroots.engagements import book, contracts
from grassroots.evidence import add_evidence
from node.drafting import IdPath
from node.errors import ConflictError, NotFoundError
from node.files import Upload
from node.store import (
    Draft,
    Enterprise,
    NeedOrigin,
    PrivateFile,
    Reading,
    VisitNote,
    table_of,
)
from protocol.keys import digest
from tests.unit.tiers.conftest import Desks

CARD = enterprises.EnterpriseInput(
    name="攀西钒钛有限公司", industry="3240", contact="赵总工", phone="0812-3330001", note="急"
)


def everything(reading: Reading) -> str:
    """What the tables a card's traces are in still hold."""
    models = (Enterprise, VisitNote, NeedOrigin, Draft)
    return str([reading.connection.execute(select(table_of(each))).all() for each in models])


async def kept_card(desks: Desks) -> IdPath:
    """A card with a visit, a need that was withdrawn, and a draft that came to nothing."""
    node = desks.chengdu.node
    card = IdPath(id=(await enterprises.add_enterprise(node, CARD)).id)
    await visits.add_visit(node, visits.VisitInput(enterprise=card.id, note="见赵总工"))
    need = await needs.publish_need(
        node, needs.NeedInput(title="尾矿回收", text="寻求回收工艺。", enterprise=card.id)
    )
    await needs.withdraw_need(node, IdPath(id=need.id), needs.WithdrawInput(reason="已解决"))
    idea = {"title": "余热利用", "text": "窑炉余热发电。", "unclassified": True}
    await reviewing.draft_need(node, DraftInput.model_validate({**idea, "enterprise": card.id}))
    return card


async def copied(desks: Desks, card: IdPath) -> dict[str, list[dict[str, Any]]]:
    made = await rights.copy_enterprise(desks.chengdu.node, card)
    assert made.name == f"enterprise-{card.id}.json"
    read: dict[str, list[dict[str, Any]]] = json.loads(made.content)
    return read


async def test_a_copy_holds_every_list_the_enterprise_is_in_and_nobody_else_s(
    desks: Desks,
) -> None:
    card = await kept_card(desks)
    other = await enterprises.add_enterprise(
        desks.chengdu.node, enterprises.EnterpriseInput(name="天府软件")
    )
    await visits.add_visit(desks.chengdu.node, visits.VisitInput(enterprise=other.id))

    found = await copied(desks, card)

    assert {name: len(rows) for name, rows in found.items() if rows} == {
        "card": 1, "visits": 1, "needs": 1, "drafts": 1,
    }  # fmt: skip
    assert found["card"][0]["phone"] == "0812-3330001"
    assert found["visits"][0]["note"] == "见赵总工"
    assert "天府软件" not in json.dumps(found, ensure_ascii=False)
    with pytest.raises(NotFoundError):
        await rights.copy_enterprise(desks.chengdu.node, IdPath(id="nowhere"))


async def test_a_card_nothing_has_to_be_proved_of_is_deleted_and_the_visit_still_counts(
    desks: Desks,
) -> None:
    card, node = await kept_card(desks), desks.chengdu.node

    told = await rights.remove_enterprise(node, card)

    assert told.is_gone
    assert (told.deleted, told.kept) == ({"visits": 1, "needs": 1, "drafts": 1}, {})
    with pytest.raises(NotFoundError):
        await dossiers.get_dossier(node, card)
    [visit] = (await visits.list_visits(node, visits.VisitQuery())).items
    assert (visit.enterprise, visit.note) == (None, "")
    assert visit.entry is not None
    left = desks.chengdu.store.read(everything)
    assert not any(word in left for word in (card.id, "攀西", "赵总工", "余热"))


async def test_a_card_in_use_is_not_deleted_and_it_is_said_what_to_end_first(
    desks: Desks,
) -> None:
    node = desks.chengdu.node
    card, referral = await disclosed(desks)

    with pytest.raises(ConflictError, match="1 referrals, 1 needs, 1 consents") as caught:
        await rights.remove_enterprise(node, card)

    assert caught.value.word == "card-in-use"
    assert (await copied(desks, card))["card"][0]["contact"] == "赵总工"
    assert referral


async def disclosed(desks: Desks) -> tuple[IdPath, IdPath]:
    """A card whose need was handed on and accepted, and the enterprise disclosed."""
    node, other = desks.chengdu.node, desks.hangzhou
    card = IdPath(id=(await enterprises.add_enterprise(node, CARD)).id)
    need = await needs.publish_need(
        node, needs.NeedInput(title="尾矿回收", text="寻求回收工艺。", enterprise=card.id)
    )
    desks.exchange()
    asked = referrals.RequestInput(need=need.id, to=other.id)
    referral = IdPath(id=(await referrals.request_referral(node, asked)).id)
    desks.exchange()
    await referrals.accept_referral(other.node, referral, referrals.AcceptInput())
    desks.exchange()
    consent = disclosure.ConsentInput(on="2026-09-20", by="总经理")
    await disclosure.disclose_contact(node, referral, disclosure.DiscloseInput(consent=consent))
    desks.exchange()
    return card, referral


async def test_consents_and_contracts_stay_without_whom_to_speak_to(desks: Desks) -> None:
    node, other = desks.chengdu.node, desks.hangzhou.node
    card, referral = await disclosed(desks)
    await referrals.start_referral(other, referral, referrals.NoteInput())
    work = await book.add_engagement(
        node,
        book.EngagementInput(
            title="回收试验", referral=referral.id, services=["alliance-research"]
        ),
    )
    await contracts.add_contract(
        node,
        contracts.TechnologyContractInput(
            type="development", name="回收工艺开发", amount_fen=500, technology_fen=300,
            signed="2026-09-20", engagement=work.id,
        ),
    )  # fmt: skip
    await book.finish_engagement(node, IdPath(id=work.id), book.FinishInput())
    await referrals.conclude_referral(
        other, referral, referrals.ConcludeInput(outcome="advice", note="已提供建议")
    )
    desks.exchange()
    await referrals.confirm_referral(node, referral, referrals.ConfirmInput())
    [consent] = (await dossiers.get_dossier(node, card)).disclosures
    await withdrawals.withdraw_consent(
        node, IdPath(id=consent.id), withdrawals.WithdrawInput(note="电话")
    )

    told = await rights.remove_enterprise(node, card)

    assert not told.is_gone
    assert told.kept == {"consents": 1, "contracts": 1, "engagements": 1, "needs": 1}
    left = (await copied(desks, card))["card"][0]
    assert left["name"] == CARD.name
    assert [left[name] for name in ("contact", "phone", "email", "note")] == [None, None, None, ""]


async def test_the_signed_paper_of_a_consent_is_in_the_copy_and_goes_with_the_card(
    desks: Desks,
) -> None:
    desk, other = desks.chengdu, desks.hangzhou
    card, referral = await disclosed(desks)
    [consent] = (await dossiers.get_dossier(desk.node, card)).disclosures
    path = desk.files.blobs.new_upload("paper")
    path.write_bytes(b"%PDF-1.7 paper")
    sent = Upload(path, 14, digest(b"%PDF-1.7 paper"), "同意书.pdf")
    kept = await add_evidence(
        desk.node, IdPath(id=consent.id), UploadQuery(name="同意书.pdf"), sent
    )
    assert [each["name"] for each in (await copied(desks, card))["consent_files"]] == ["同意书.pdf"]
    await referrals.start_referral(other.node, referral, referrals.NoteInput())
    told = referrals.ConcludeInput(outcome="advice", note="已提供建议")
    await referrals.conclude_referral(other.node, referral, told)
    desks.exchange()
    await referrals.confirm_referral(desk.node, referral, referrals.ConfirmInput())
    await withdrawals.withdraw_consent(
        desk.node, IdPath(id=consent.id), withdrawals.WithdrawInput()
    )

    removed = await rights.remove_enterprise(desk.node, card)

    assert removed.deleted == {"consent_files": 1, "needs": 1}
    assert removed.kept == {"consents": 1}
    assert not desk.files.blobs.has(kept.digest)
    left = desk.store.read(
        lambda reading: reading.connection.execute(select(table_of(PrivateFile))).all()
    )
    assert left == []
