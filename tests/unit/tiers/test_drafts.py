"""A need's way to publication: declared open, compared, approved by a second person."""

import pytest

from grassroots import drafts, enterprises, needs, reviewing, similar
from grassroots.draftbook import find_by_entry, read_steps
from node.drafting import IdPath
from node.errors import ConflictError, InvalidError, NotFoundError, RoleError
from node.notices import inbox
from node.people import Actor, Role, trail
from node.people.accounts import create
from node.people.trail import LineQuery
from node.readmodels import entries
from node.settings import NeedsConfig
from node.store import Account
from tests.unit.tiers.conftest import Desks
from tests.unit.tiers.desk import Desk

TEXT = (
    "矿渣中细粒钛铁矿的浮选回收率低，寻求捕收剂与闭路工艺，"
    "回收率提高五个百分点，尾矿含钛低于百分之三。"
)
SAID = {"title": "钒钛磁铁矿尾矿中钛精矿的回收", "text": TEXT, "unclassified": True}
BROKER = Actor("broker1", Role.BROKER, "lin", "林静")
REVIEWER = Actor("reviewer1", Role.REVIEWER, "wang", "王五")
MANAGER = Actor("manager1", Role.MANAGER, "zhao", "赵六")


def intake(**changes: object) -> drafts.NeedIntake:
    return drafts.NeedIntake.model_validate({**SAID, **changes})


def draft(**changes: object) -> drafts.DraftInput:
    return drafts.DraftInput.model_validate({**SAID, **changes})


def ask(desk: Desk, review: str) -> None:
    desk.config.needs = NeedsConfig(review=review)  # type: ignore[arg-type]


async def drafted(desk: Desk, **changes: object) -> IdPath:
    made = await reviewing.draft_need(desk.node, draft(**changes), BROKER)
    return IdPath(id=made.id)


async def test_a_draft_is_submitted_returned_with_reasons_changed_and_approved(
    desks: Desks,
) -> None:
    desk, node = desks.chengdu, desks.chengdu.node
    ask(desk, "always")
    path = await drafted(desk)
    before = desk.store.read(entries.count)

    await reviewing.submit_draft(node, path, BROKER)
    await reviewing.return_draft(node, path, drafts.ReturnInput(reason="请写明产量"), REVIEWER)
    await reviewing.change_need(node, path, intake(text=f"{TEXT}年处理八万吨。"), BROKER)
    await reviewing.submit_draft(node, path, BROKER)
    assert desk.store.read(entries.count) == before
    made = await reviewing.review_draft(node, path, drafts.ReviewInput(note="齐全"), REVIEWER)

    need = await needs.get_need(node, IdPath(id=made.id))
    assert need.text.endswith("年处理八万吨。")
    assert (need.state, need.standing) == ("open", "open")
    row = desk.store.read(lambda reading: find_by_entry(reading, made.id))
    assert row is not None
    steps = desk.store.read(lambda reading: read_steps(reading, row.id))
    assert [(step.act, step.actor, step.note) for step in steps] == [
        ("drafted", "broker1", ""),
        ("submitted", "broker1", ""),
        ("returned", "reviewer1", "请写明产量"),
        ("changed", "broker1", ""),
        ("submitted", "broker1", ""),
        ("approved", "reviewer1", "齐全"),
        ("published", "reviewer1", ""),
    ]


def told(desk: Desk, actor: Actor) -> list[tuple[str, str]]:
    found = desk.store.read(lambda each: inbox.find(each, actor, inbox.InboxQuery(open=True)))
    return [(each.kind, each.link) for each in found]


async def test_who_is_next_is_told_of_a_draft_until_it_is_seen_to(desks: Desks) -> None:
    desk, node = desks.chengdu, desks.chengdu.node
    ask(desk, "always")
    path = await drafted(desk)
    other = Actor("broker2", Role.BROKER, "he", "何七")

    await reviewing.submit_draft(node, path, BROKER)
    assert told(desk, REVIEWER) == [("draft.waiting", f"/drafts/{path.id}")]
    assert told(desk, BROKER) == []
    await reviewing.return_draft(node, path, drafts.ReturnInput(reason="请写明产量"), REVIEWER)
    assert told(desk, REVIEWER) == told(desk, other) == []
    assert told(desk, BROKER) == [("draft.returned", f"/drafts/{path.id}")]
    await reviewing.submit_draft(node, path, BROKER)
    assert told(desk, BROKER) == []
    await reviewing.review_draft(node, path, drafts.ReviewInput(note="齐全"), REVIEWER)
    assert told(desk, REVIEWER) == told(desk, BROKER) == []

    path = await drafted(desk, title="高炉渣综合利用", text="高炉渣中有价元素的提取与建材化利用。")
    await reviewing.submit_draft(node, path, BROKER)
    await reviewing.discard_draft(node, path)
    assert told(desk, REVIEWER) == []


async def test_nobody_approves_what_they_wrote_where_a_second_person_is_asked_for(
    desks: Desks,
) -> None:
    desk, node = desks.chengdu, desks.chengdu.node
    ask(desk, "always")
    made = await reviewing.draft_need(node, draft(), MANAGER)
    path = IdPath(id=made.id)
    await reviewing.submit_draft(node, path, BROKER)

    with pytest.raises(ConflictError, match="second person"):
        await reviewing.review_draft(node, path, drafts.ReviewInput(), MANAGER)
    with pytest.raises(ConflictError, match="second person"):
        await reviewing.publish_draft(node, path, BROKER)
    with pytest.raises(ConflictError, match="second person"):
        await reviewing.publish_need(node, intake(), MANAGER)

    assert (await drafts.read_draft(node, path)).state == "submitted"
    ask(desk, "never")
    await reviewing.review_draft(node, path, drafts.ReviewInput(), MANAGER)


async def test_a_second_person_is_asked_for_once_two_accounts_may_approve(desks: Desks) -> None:
    desk, node = desks.chengdu, desks.chengdu.node
    required = []

    for number, role in enumerate((Role.MANAGER, Role.BROKER, Role.REVIEWER)):
        account = Account(
            id=f"a{number}", name=f"n{number}", person="", role=role.value, password="",
            is_temporary=False, created_ms=1, password_ms=1,
        )  # fmt: skip
        desk.store.write(lambda tx, each=account: create(tx, each))
        required.append(await drafts.is_review_required(node))

    assert required == [False, False, True]


async def test_a_draft_moves_only_from_where_it_stands(desks: Desks) -> None:
    node = desks.chengdu.node
    path = await drafted(desks.chengdu)

    with pytest.raises(ConflictError, match="drafted"):
        await reviewing.return_draft(node, path, drafts.ReturnInput(reason="x"), REVIEWER)
    with pytest.raises(ConflictError, match="drafted"):
        await reviewing.review_draft(node, path, drafts.ReviewInput(), REVIEWER)
    await reviewing.publish_draft(node, path, BROKER)
    for act in (reviewing.submit_draft, reviewing.publish_draft):
        with pytest.raises(ConflictError, match="published"):
            await act(node, path, BROKER)
    with pytest.raises(ConflictError):
        await reviewing.discard_draft(node, path)
    other = await drafted(desks.chengdu, title="另一条", text="另一条需求。")
    await reviewing.discard_draft(node, other)
    with pytest.raises(NotFoundError):
        await drafts.read_draft(node, other)


async def test_what_cannot_be_signed_leaves_the_draft_as_it_was(desks: Desks) -> None:
    node = desks.chengdu.node
    card = await enterprises.add_enterprise(node, enterprises.EnterpriseInput(name="攀西公司"))
    path = await drafted(desks.chengdu, enterprise=card.id)
    body = enterprises.EnterpriseInput(name="钛铁矿")
    await enterprises.edit_enterprise(node, IdPath(id=card.id), body)
    before = desks.chengdu.store.read(entries.count)

    with pytest.raises(InvalidError, match="named"):
        await reviewing.publish_draft(node, path, BROKER)

    assert (await drafts.read_draft(node, path)).state == "drafted"
    assert desks.chengdu.store.read(entries.count) == before


async def test_indicators_and_amendments_may_not_name_the_enterprise_either(desks: Desks) -> None:
    node = desks.chengdu.node
    card = await enterprises.add_enterprise(node, enterprises.EnterpriseInput(name="攀西公司"))
    with pytest.raises(InvalidError) as caught:
        await reviewing.draft_need(
            node, draft(enterprise=card.id, indicators=["攀西公司验收"]), BROKER
        )
    assert list(caught.value.reasons) == ["indicators"]

    made = await reviewing.publish_need(node, intake(enterprise=card.id), BROKER)
    with pytest.raises(InvalidError, match="named in: text"):
        await reviewing.amend_need(node, IdPath(id=made.id), intake(text="攀西公司求助"), BROKER)


async def test_what_nobody_declared_open_is_refused(desks: Desks) -> None:
    with pytest.raises(InvalidError, match="not declared"):
        await reviewing.publish_need(desks.chengdu.node, intake(unclassified=False), BROKER)


@pytest.mark.parametrize("text", ["本件 秘 密 ★ 三年", "机密☆", "绝密材料", "属国家秘密"])
async def test_marks_of_state_secrets_are_refused_and_the_trail_tells(
    desks: Desks, text: str
) -> None:
    desk = desks.chengdu

    with pytest.raises(InvalidError, match="state secrets"):
        await reviewing.draft_need(desk.node, draft(text=text), BROKER)

    [line] = desk.store.read(lambda reading: trail.find(reading, LineQuery(actor="broker1")))
    assert (line.act, line.result) == ("secrecy_gate", "refused")
    assert (await drafts.list_drafts(desk.node, drafts.DraftQuery())).items == []


async def test_words_that_hint_at_classified_matter_go_to_the_manager_who_says_why(
    desks: Desks,
) -> None:
    node = desks.chengdu.node
    ask(desks.chengdu, "never")
    text = f"{TEXT}用于军工配套。"
    with pytest.raises(ConflictError, match="军工"):
        await reviewing.publish_need(node, intake(text=text), BROKER)
    path = await drafted(desks.chengdu, text=text)
    await reviewing.submit_draft(node, path, BROKER)
    assert [each.mark for each in (await drafts.read_draft(node, path)).marks] == ["军工"]

    with pytest.raises(RoleError):
        await reviewing.review_draft(node, path, drafts.ReviewInput(note="可以"), REVIEWER)
    with pytest.raises(InvalidError, match="军工"):
        await reviewing.review_draft(node, path, drafts.ReviewInput(), MANAGER)
    made = await reviewing.review_draft(
        node, path, drafts.ReviewInput(note="企业已脱密，函件存档"), MANAGER
    )

    assert (await needs.get_need(node, IdPath(id=made.id))).state == "open"


async def test_what_says_the_same_is_shown_and_published_again_only_for_a_reason(
    desks: Desks,
) -> None:
    first = await reviewing.publish_need(desks.chengdu.node, intake(), BROKER)
    await reviewing.publish_need(
        desks.chengdu.node,
        intake(title="奶牛体况评分", text="深度相机非接触测定奶牛体况。"),
        BROKER,
    )
    desks.exchange()
    node = desks.hangzhou.node
    again = {"title": "尾矿里钛精矿的回收", "text": f"{TEXT}急。"}

    found = await drafts.compare_needs(node, similar.SimilarInput.model_validate(again))

    assert [(each.id, each.is_same, each.station_name) for each in found.items] == [
        (first.id, True, "成都基层站")
    ]
    assert "钛铁矿" in found.items[0].terms
    with pytest.raises(ConflictError, match=first.id):
        await reviewing.publish_need(node, intake(**again), BROKER)
    made = await reviewing.publish_need(
        node, intake(**again, anyway="另一家企业，矿种不同"), BROKER
    )
    row = desks.hangzhou.store.read(lambda reading: find_by_entry(reading, made.id))
    assert row is not None
    assert "另一家企业" in row.body


async def test_a_draft_that_says_the_same_is_shown_but_stops_nobody(desks: Desks) -> None:
    node = desks.chengdu.node
    path = await drafted(desks.chengdu)

    found = await drafts.compare_needs(node, similar.SimilarInput(title="尾矿", text=TEXT))

    assert [(each.draft, each.is_same) for each in found.items] == [(path.id, True)]
    assert (await drafts.compare_draft(node, path)).items == []
    await reviewing.publish_need(node, intake(), BROKER)


async def test_without_an_index_what_says_the_same_is_found_all_the_same(desks: Desks) -> None:
    made = await reviewing.publish_need(desks.chengdu.node, intake(), BROKER)
    desks.chengdu.search = None

    found = await drafts.compare_needs(
        desks.chengdu.node, similar.SimilarInput(title="尾矿", text=TEXT)
    )

    assert [each.id for each in found.items] == [made.id]


async def test_an_amendment_goes_through_the_same_hands(desks: Desks) -> None:
    node = desks.chengdu.node
    made = await reviewing.publish_need(node, intake(), BROKER)
    ask(desks.chengdu, "always")
    path = await drafted(desks.chengdu, amends=made.id, title="钛精矿回收（二次征集）")
    await reviewing.submit_draft(node, path, BROKER)

    await reviewing.review_draft(node, path, drafts.ReviewInput(), REVIEWER)

    need = await needs.get_need(node, IdPath(id=made.id))
    assert (need.title, need.id) == ("钛精矿回收（二次征集）", made.id)
