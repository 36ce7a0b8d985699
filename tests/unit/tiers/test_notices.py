"""What a station is told of: once, whoever runs the job and however often (must-have 6, D9)."""

from typing import Any

import pytest

from grassroots import needs, referrals
from grassroots.matching import watching
from node.calendar import day_of
from node.drafting import IdPath
from node.errors import NotFoundError
from node.notices import inbox, settle, tell
from node.notices.arrivals import MARK, tell_of_arrivals
from node.notices.dues import tell_of_dues
from node.notices.inbox import InboxQuery, NoticeView
from node.notices.routes import ListQuery, NoticePath, finish_notice, list_notices, read_notice
from node.people import OPERATOR, Actor, Role
from node.people.permissions import Act
from node.readmodels import entries
from node.store import NoticeMark, Writing
from protocol.records import BodyErased, ErasedEntry
from tests.builders import need, result
from tests.unit.tiers.conftest import Desks
from tests.unit.tiers.desk import Desk

DAY_MS = 24 * 3_600_000
NEED = needs.NeedInput(title="尾矿回收", text="寻求回收工艺。")
BROKER = Actor("b", Role.BROKER, "wang", "王五")
CLERK = Actor("c", Role.CLERK, "li", "李四")


def seen(desk: Desk, actor: Actor = OPERATOR, **asked: Any) -> list[NoticeView]:
    return desk.store.read(lambda each: inbox.find(each, actor, InboxQuery(**asked)))


def kinds(desk: Desk, **asked: Any) -> list[str]:
    return [each.kind for each in reversed(seen(desk, **asked))]


async def refer(desks: Desks) -> str:
    asked_for = await needs.publish_need(desks.chengdu.node, NEED)
    desks.exchange()
    asked = referrals.RequestInput(need=asked_for.id, to=desks.hangzhou.id)
    case = await referrals.request_referral(desks.chengdu.node, asked)
    desks.exchange()
    return case.id


async def test_each_step_of_a_referral_is_told_to_the_other_station_once(desks: Desks) -> None:
    case = await refer(desks)
    for _ in range(3):
        await tell_of_arrivals(desks.hangzhou.node)
    assert kinds(desks.hangzhou) == ["referral.requested"]

    await referrals.accept_referral(desks.hangzhou.node, IdPath(id=case), referrals.AcceptInput())
    desks.exchange()
    for desk in desks.all():
        await tell_of_arrivals(desk.node)

    assert kinds(desks.chengdu) == ["referral.accepted"]
    assert seen(desks.chengdu)[0].given == {"station": "杭州基层站", "title": "尾矿回收"}
    assert kinds(desks.hangzhou, open=True) == []
    assert kinds(desks.sichuan) == kinds(desks.national) == []


async def test_a_node_that_dies_before_the_commit_tells_it_the_next_time(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    await refer(desks)
    desk = desks.hangzhou
    write = desk.store.awrite

    async def die(closure: Any) -> Any:
        def half(tx: Writing) -> None:
            closure(tx)
            raise KeyboardInterrupt

        return await write(half)

    with monkeypatch.context() as dying:
        dying.setattr(desk.store, "awrite", die)
        with pytest.raises(KeyboardInterrupt):
            await tell_of_arrivals(desk.node)
    assert seen(desk) == []

    await tell_of_arrivals(desk.node)
    await tell_of_arrivals(desk.node)

    assert kinds(desk) == ["referral.requested"]


async def test_a_feed_made_anew_tells_nothing_twice_and_forgets_nothing(desks: Desks) -> None:
    await refer(desks)
    await tell_of_arrivals(desks.hangzhou.node)
    await refer(desks)
    lost = {"name": MARK, "epoch": 1, "position": 1}

    def forget(tx: Writing) -> None:
        tx.connection.exec_driver_sql("DELETE FROM private_notice_mark")
        tx.insert(NoticeMark, [lost])

    desks.hangzhou.store.write(forget)
    await tell_of_arrivals(desks.hangzhou.node)

    assert kinds(desks.hangzhou) == ["referral.requested", "referral.requested"]


async def test_what_another_station_took_back_is_told(desks: Desks) -> None:
    case = await refer(desks)
    await tell_of_arrivals(desks.hangzhou.node)
    view = desks.chengdu.store.read(lambda each: entries.get(each, case))
    named = ErasedEntry(author=view.author, epoch=view.epoch, seq=view.seq, id=case)
    erased = BodyErased(entries=(named,), reason="mistake")
    desks.chengdu.publisher.publish_many([(erased, "-")], "referrals")
    desks.exchange()
    for _ in range(2):
        await tell_of_arrivals(desks.hangzhou.node)

    assert kinds(desks.hangzhou) == ["referral.requested", "body.erased"]
    assert kinds(desks.hangzhou, open=True) == ["body.erased"]
    assert seen(desks.hangzhou)[0].given["title"] == "尾矿回收"


async def test_what_is_late_is_told_at_the_station_its_region_and_national(desks: Desks) -> None:
    case = await refer(desks)
    told = [desks.hangzhou, desks.zhejiang, desks.national]
    for days in (0, 13, 6, 5):
        desks.hangzhou.clock.now += days * DAY_MS
        for desk in desks.all():
            for _ in range(2):
                await tell_of_dues(desk.node)
    deadlines = [[k for k in kinds(each) if k.startswith("deadline")] for each in told]
    assert deadlines[1:] == [["deadline.below", "deadline.below"], ["deadline.below"]]
    assert set(deadlines[0]) >= {"deadline.late"}
    assert kinds(desks.sichuan) == []
    assert len([k for k in kinds(desks.zhejiang, open=True) if k == "deadline.below"]) == 1

    await referrals.accept_referral(desks.hangzhou.node, IdPath(id=case), referrals.AcceptInput())
    desks.exchange()
    for desk in told:
        await tell_of_dues(desk.node)
    assert [kinds(desk, open=True, kind="deadline.below") for desk in told] == [[], [], []]


async def test_a_membership_and_a_need_that_end_soon_are_told_of(desks: Desks) -> None:
    me = desks.chengdu.me
    assert me is not None
    ends = day_of(me.until_ms - 10 * DAY_MS)
    desks.chengdu.publisher.publish(need("尾矿回收").model_copy(update={"expires": ends}))
    desks.chengdu.clock.now = me.until_ms - 20 * DAY_MS
    for desk in (desks.chengdu, desks.sichuan, desks.zhejiang):
        for _ in range(2):
            await tell_of_dues(desk.node)

    assert sorted(kinds(desks.chengdu)) == ["membership.expiring", "need.expiring"]
    below = [each for each in seen(desks.sichuan) if each.kind == "membership.below"]
    assert [each.given["station"] for each in below] == ["成都基层站"]


async def test_a_match_is_told_with_its_alert_and_settled_when_that_is_read(desks: Desks) -> None:
    desk = desks.chengdu
    await watching.save_search(desk.node, watching.SavedSearchInput(name="发泡", text="聚氨酯发泡"))
    desk.publisher.publish(result("聚氨酯硬质发泡工艺", text="硬泡的导热系数。"))
    for _ in range(2):
        await watching.tell_of_matches(desk.node)
    assert kinds(desk, open=True) == ["match.found"]

    alert = (await watching.list_alerts(desk.node, watching.AlertQuery())).items[0]
    await watching.read_alert(desk.node, IdPath(id=alert.id))

    assert kinds(desk, open=True) == []


def test_a_fact_told_again_is_no_second_notice_and_another_day_is(desks: Desks) -> None:
    def write(tx: Writing) -> list[bool]:
        return [tell(tx, 1, "deadline.soon", "case", key=key) for key in ("d1", "d1", "d2")]

    assert desks.chengdu.store.write(write) == [True, False, True]
    assert desks.chengdu.store.write(lambda tx: settle(tx, 2, ["deadline.soon"], "case")) == 2
    assert kinds(desks.chengdu, open=True) == []


async def test_notices_are_for_roles_or_for_one_account_and_reading_is_ones_own(
    desks: Desks,
) -> None:
    desk = desks.chengdu

    def write(tx: Writing) -> None:
        tell(tx, 1, "referral.requested", "a", given={"station": "甲站", "title": "题"})
        tell(tx, 1, "draft.returned", "b", account=CLERK.id, given={"title": "稿"})

    desk.store.write(write)
    assert [each.kind for each in seen(desk, BROKER)] == ["referral.requested"]
    assert [each.kind for each in seen(desk, CLERK)] == ["draft.returned"]
    assert len(seen(desk)) == 2

    other = Actor("d", Role.BROKER, "zhao", "赵六")
    path = NoticePath(id=seen(desk, BROKER)[0].id)
    await read_notice(desk.node, BROKER, path)
    await read_notice(desk.node, BROKER, path)
    answer = await list_notices(desk.node, BROKER, ListQuery(unread=True))
    assert (answer.unread, answer.items) == (0, [])
    english = await list_notices(desk.node, other, ListQuery(lang="en"))
    assert english.items[0].text.startswith("甲站 refers the need “题”")
    with pytest.raises(NotFoundError, match="no notice"):
        await read_notice(desk.node, CLERK, path)

    await finish_notice(desk.node, other, path)
    assert seen(desk, BROKER, open=True) == []
    assert seen(desk, BROKER)[0].done_by == other.id


def test_every_kind_of_notice_has_its_texts_and_an_act(desks: Desks) -> None:
    from node.console.words import TABLES
    from node.notices import KINDS

    assert set(KINDS) == set(TABLES["notice"]) == set(TABLES["notice-kind"])
    assert all(isinstance(each.act, Act) for each in KINDS.values())
