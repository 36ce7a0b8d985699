"""A membership changes by one entry: lifted, moved, promoted, in a second hierarchy (A9, M5)."""

import pytest

from node.drafting import IdPath, own_station
from node.errors import InvalidError, NotFoundError
from node.supervision import admission, membership
from protocol.roster import Station
from tests.unit.tiers.conftest import Desks
from tests.unit.tiers.desk import Desk


def seen(desk: Desk, station: str) -> Station:
    known = desk.roster.get(station)
    assert known is not None
    return known


async def renew(desk: Desk, station: str, **changes: object) -> None:
    said = membership.RenewalInput.model_validate(changes)
    await membership.renew_station(desk.node, IdPath(id=station), said)


async def test_a_suspension_is_lifted_by_who_said_it_and_the_station_goes_on(desks: Desks) -> None:
    id_ = desks.chengdu.id
    ending = admission.EndingInput(why="suspended")
    await admission.end_station(desks.sichuan.node, IdPath(id=id_), ending)
    desks.exchange()
    assert seen(desks.hangzhou, id_).ended == "suspended"

    await renew(desks.sichuan, id_)
    desks.exchange()

    assert seen(desks.hangzhou, id_).ended is None
    assert own_station(desks.chengdu.node).id == id_


async def test_what_national_suspended_the_parent_cannot_lift(desks: Desks) -> None:
    id_ = desks.chengdu.id
    ending = admission.EndingInput(why="suspended")
    await admission.end_station(desks.national.node, IdPath(id=id_), ending)
    desks.exchange()

    with pytest.raises(InvalidError, match="would not honour"):
        await renew(desks.sichuan, id_)


async def test_a_station_is_moved_below_another_parent_by_national(desks: Desks) -> None:
    id_ = desks.chengdu.id
    with pytest.raises(InvalidError, match="would not honour"):
        await renew(desks.sichuan, id_, parent=desks.zhejiang.id)

    await renew(desks.national, id_, parent=desks.zhejiang.id)
    desks.exchange()

    assert desks.chengdu.roster.parent(id_) == desks.zhejiang.id
    assert seen(desks.chengdu, id_).division == "510100"


async def test_a_station_is_promoted_and_demoted_and_stays_the_same(desks: Desks) -> None:
    id_, key = desks.chengdu.id, desks.chengdu.keyring.public
    await renew(desks.national, id_, level="regional", parent=desks.national.id)
    assert desks.national.roster.tier(id_) == "regional"

    desks.national.tick()
    await renew(desks.national, id_, level="grassroots", parent=desks.sichuan.id)
    desks.exchange()

    assert desks.hangzhou.roster.tier(id_) == "grassroots"
    assert (seen(desks.hangzhou, id_).id, seen(desks.hangzhou, id_).key) == (id_, key)


async def test_a_membership_in_a_hierarchy_it_is_not_in_needs_a_level(desks: Desks) -> None:
    with pytest.raises(InvalidError, match="not in associations yet"):
        await renew(desks.national, desks.chengdu.id, hierarchy="associations")
    with pytest.raises(NotFoundError):
        await renew(desks.national, "A" * 43)


async def test_a_station_leaves_by_itself(desks: Desks) -> None:
    id_ = desks.sichuan.id
    ending = admission.EndingInput(why="exited")
    await admission.end_station(desks.sichuan.node, IdPath(id=id_), ending)
    desks.exchange()
    assert seen(desks.hangzhou, id_).ended == "exited"
