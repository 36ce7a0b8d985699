"""No disclosure without a consent that covers it; a withdrawn one is erased (D11, P7)."""

from typing import Any

import pytest
from pydantic import ValidationError

from grassroots import disclosure, enterprises, needs, referrals
from grassroots.consents import (
    ConsentInput,
    ConsentQuery,
)
from grassroots.disclosure import DiscloseInput, RecordInput
from grassroots.withdrawals import (
    WithdrawInput,
    list_consents,
    show_consent,
    withdraw_consent,
)
from node.drafting import IdPath
from node.errors import ConflictError, InvalidError, QuotaError
from node.readmodels import entries
from node.readmodels import referrals as cases
from tests.unit.tiers.conftest import Desks

CONSENT = ConsentInput(
    on="2026-09-20", by="总经理", purpose="contract", kinds=["name", "phone"],
    receiver_contact="杭州站 0571-1234", evidence="授权书 7 号", evidence_hash="a" * 64,
    withdrawal="来电告知",
)  # fmt: skip
CARD = enterprises.EnterpriseInput(
    name="攀西钒钛有限公司", contact="王工", phone="0812-333", email="w@pz.cn"
)


async def accepted(desks: Desks) -> tuple[str, IdPath]:
    """A card, and an accepted referral of its need."""
    node = desks.chengdu.node
    card = await enterprises.add_enterprise(node, CARD)
    asked = needs.NeedInput(title="尾矿回收", text="寻求回收工艺。", enterprise=card.id)
    need = await needs.publish_need(node, asked)
    desks.exchange()
    wanted = referrals.RequestInput(need=need.id, to=desks.hangzhou.id)
    path = IdPath(id=(await referrals.request_referral(node, wanted)).id)
    desks.exchange()
    await referrals.accept_referral(desks.hangzhou.node, path, referrals.AcceptInput())
    desks.exchange()
    return card.id, path


async def opened(desks: Desks, path: IdPath) -> list[dict[str, str]]:
    items = (await disclosure.read_contact(desks.hangzhou.node, path)).items
    return [each.contact for each in items]


async def test_a_disclosure_tells_what_the_consent_covers_and_is_in_the_register(
    desks: Desks,
) -> None:
    card, path = await accepted(desks)
    node = desks.chengdu.node

    made = await disclosure.disclose_contact(node, path, DiscloseInput(consent=CONSENT))
    desks.exchange()

    assert await opened(desks, path) == [{"name": "攀西钒钛有限公司", "phone": "0812-333"}]
    (held,) = (await list_consents(node, ConsentQuery(enterprise=card))).items
    assert (held.state, held.disclosed, held.receiver) == ("disclosed", made.id, desks.hangzhou.id)
    assert (held.receiver_name, held.kinds) == ("杭州基层站", ["name", "phone"])
    assert "总经理".encode() in desks.national.text()
    for secret in ("攀西钒钛", "0812-333", "授权书", "0571-1234"):
        assert secret.encode() not in desks.national.text()


async def test_there_is_no_disclosure_without_a_consent_that_is_for_it(desks: Desks) -> None:
    _, path = await accepted(desks)
    node = desks.chengdu.node
    with pytest.raises(ValidationError, match="no disclosure without a consent"):
        DiscloseInput()
    with pytest.raises(InvalidError, match="a day to come"):
        late = CONSENT.model_copy(update={"on": "2031-01-01"})
        await disclosure.disclose_contact(node, path, DiscloseInput(consent=late))
    with pytest.raises(InvalidError, match="covers none"):
        other = CONSENT.model_copy(update={"kinds": ["park"]})
        await disclosure.disclose_contact(node, path, DiscloseInput(consent=other))
    with pytest.raises(ConflictError, match="does not work on"):
        elsewhere = DiscloseInput(consent=CONSENT, to=desks.zhejiang.id)
        await disclosure.disclose_contact(node, path, elsewhere)
    assert (await list_consents(node, ConsentQuery())).items == []

    held = await disclosure.record_consent(node, path, RecordInput(consent=CONSENT))
    assert held.state == "given"
    by = DiscloseInput(consent_id=held.id)
    await disclosure.disclose_contact(node, path, by)
    with pytest.raises(ConflictError, match="one disclosure"):
        await disclosure.disclose_contact(node, path, by)

    _, second = await accepted(desks)
    again = await disclosure.record_consent(node, path, RecordInput(consent=CONSENT))
    with pytest.raises(ConflictError, match="another referral"):
        await disclosure.disclose_contact(node, second, DiscloseInput(consent_id=again.id))
    await withdraw_consent(node, IdPath(id=again.id), WithdrawInput())
    with pytest.raises(ConflictError, match="withdrawn"):
        await disclosure.disclose_contact(node, path, DiscloseInput(consent_id=again.id))


async def test_a_withdrawn_consent_is_erased_at_every_node_and_the_case_goes_on(
    desks: Desks,
) -> None:
    _, path = await accepted(desks)
    node = desks.chengdu.node
    await disclosure.disclose_contact(node, path, DiscloseInput(consent=CONSENT))
    desks.exchange()
    await referrals.start_referral(desks.hangzhou.node, path, referrals.NoteInput())
    desks.exchange()
    (held,) = (await list_consents(node, ConsentQuery())).items

    erased = await withdraw_consent(node, IdPath(id=held.id), WithdrawInput(note="来电"))
    desks.exchange()

    assert (erased.state, erased.withdrawn_note) == ("erased", "来电")
    assert erased.held_by is not None
    assert await opened(desks, path) == []
    states = set()
    for desk in desks.all():
        view = desk.store.read(lambda each: entries.get(each, held.sealed))
        case = desk.store.read(lambda each: cases.get(each, path.id))
        states.add((view.reason, case.state, tuple(step.verdict for step in case.history)))
    assert states == {("erased", "started", ("applied",) * 4)}
    with pytest.raises(ConflictError, match="already"):
        await withdraw_consent(node, IdPath(id=held.id), WithdrawInput())
    concluded = referrals.ConcludeInput(outcome="advice")
    await referrals.conclude_referral(desks.hangzhou.node, path, concluded)


async def test_a_node_that_stopped_after_signing_finds_what_it_disclosed(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, path = await accepted(desks)
    node, writes = desks.chengdu.node, desks.chengdu.publisher.apublish_many

    async def sign_and_stop(*drafts: Any) -> Any:
        await writes(*drafts)
        raise KeyboardInterrupt

    with monkeypatch.context() as stopping:
        stopping.setattr(desks.chengdu.publisher, "apublish_many", sign_and_stop)
        with pytest.raises(KeyboardInterrupt):
            await disclosure.disclose_contact(node, path, DiscloseInput(consent=CONSENT))

    (held,) = (await list_consents(node, ConsentQuery())).items
    assert held.state == "disclosed"
    assert (await withdraw_consent(node, IdPath(id=held.id), WithdrawInput())).state == "erased"


async def test_an_erasure_that_was_refused_is_finished_when_asked_again(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, path = await accepted(desks)
    node = desks.chengdu.node
    await disclosure.disclose_contact(node, path, DiscloseInput(consent=CONSENT))
    (held,) = (await list_consents(node, ConsentQuery())).items

    async def refuse(*_: Any) -> Any:
        raise QuotaError("full", "wait", 5)

    with monkeypatch.context() as full:
        full.setattr(desks.chengdu.publisher, "apublish_many", refuse)
        with pytest.raises(QuotaError):
            await withdraw_consent(node, IdPath(id=held.id), WithdrawInput())
    assert (await show_consent(node, IdPath(id=held.id))).state == "withdrawn"

    assert (await withdraw_consent(node, IdPath(id=held.id), WithdrawInput())).state == "erased"
