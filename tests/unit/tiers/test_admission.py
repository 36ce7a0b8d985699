"""Admission by a station above, and acts that several sign (A9, DESIGN 1.6)."""

import pytest

from node.drafting import IdPath, own_station
from node.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from node.supervision import admission
from protocol.acts import write_act
from protocol.keys import sealing_public_key
from protocol.records import MembershipIn, NoticePosted, StationAdmitted
from tests.builders import START_MS, Country, StationInTest
from tests.unit.tiers.conftest import Desks

DAY_MS = 24 * 3600 * 1000


def _request(newcomer: StationInTest, **fields: object) -> admission.AdmissionInput:
    return admission.AdmissionInput.model_validate(
        {
            "name": newcomer.name,
            "key": newcomer.key.public,
            "recovery": newcomer.recovery.public,
            "sealing": sealing_public_key(newcomer.sealing_seed),
            "level": "grassroots",
            **fields,
        }
    )


@pytest.fixture
def newcomer(country: Country) -> StationInTest:
    return StationInTest(country.network, "攀枝花基层站", country.clock)


async def test_a_regional_station_admits_below_itself(
    desks: Desks, newcomer: StationInTest
) -> None:
    admitted = await admission.admit_station(
        desks.sichuan.node, _request(newcomer, division="510400")
    )
    desks.exchange()

    station = desks.hangzhou.roster.station_of(newcomer.key.public)
    assert station is not None
    assert station.id == admitted.id
    assert desks.hangzhou.roster.is_above(desks.sichuan.id, station.id)


async def test_a_station_is_renewed_under_its_lasting_id(
    desks: Desks, newcomer: StationInTest
) -> None:
    first = await admission.admit_station(desks.sichuan.node, _request(newcomer))
    with pytest.raises(ConflictError, match="already belongs"):
        await admission.admit_station(desks.sichuan.node, _request(newcomer))
    desks.sichuan.tick()

    renewed = _request(newcomer, name="攀枝花站", station=first.id, days=500)
    await admission.admit_station(desks.sichuan.node, renewed)

    station = desks.sichuan.roster.get(first.id)
    assert station is not None
    assert (station.name, station.key) == ("攀枝花站", newcomer.key.public)


async def test_nobody_admits_at_or_above_its_own_level(
    desks: Desks, newcomer: StationInTest
) -> None:
    for desk, level in ((desks.sichuan, "regional"), (desks.chengdu, "grassroots")):
        with pytest.raises(NotAllowedError):
            await admission.admit_station(desk.node, _request(newcomer, level=level))
    for wrong in ({"level": "village"}, {"hierarchy": "clubs"}):
        with pytest.raises(InvalidError):
            await admission.admit_station(desks.sichuan.node, _request(newcomer, **wrong))


async def test_a_membership_is_ended_by_a_station_above_only(desks: Desks) -> None:
    ending = admission.EndingInput(why="suspended")
    path = IdPath(id=desks.chengdu.id)

    with pytest.raises(NotAllowedError):
        await admission.end_station(desks.zhejiang.node, path, ending)
    with pytest.raises(NotFoundError):
        await admission.end_station(desks.sichuan.node, IdPath(id="A" * 43), ending)
    await admission.end_station(desks.sichuan.node, path, ending)
    desks.exchange()

    with pytest.raises(NotAllowedError, match="not admitted"):
        own_station(desks.chengdu.node)


async def test_two_regions_admit_together_in_the_place_of_a_third(
    desks: Desks, country: Country, newcomer: StationInTest
) -> None:
    record = StationAdmitted(
        key=newcomer.key.public,
        recovery=newcomer.recovery.public,
        sealing=sealing_public_key(newcomer.sealing_seed),
        name=newcomer.name,
        memberships=(
            MembershipIn(hierarchy="stations", level="grassroots", parent=desks.sichuan.id),
        ),
        from_ms=START_MS,
        until_ms=START_MS + 60 * DAY_MS,
    )
    guangdong = country.national.admit("广东区域站", "regional", division="440000")
    for desk in desks.all():
        desk.ingest.receive(country.national.text() + guangdong.text(), "peer")
    act = write_act(record)
    signed = await admission.sign_act(desks.zhejiang.node, admission.ActToSign(act=act))
    from protocol.acts import sign_act

    other = sign_act(guangdong.key, country.network.id, act)
    carried = admission.ActInput(act=act, signatures=[(signed.key, signed.signature), other])

    await admission.carry_act(desks.hangzhou.node, carried)
    desks.exchange()

    station = desks.national.roster.station_of(newcomer.key.public)
    assert station is not None
    assert desks.national.roster.parent(station.id) == desks.sichuan.id


async def test_only_admissions_and_endings_are_signed_together(desks: Desks) -> None:
    notice = write_act(NoticePosted(salt="A" * 22, title="t", text="t"))

    for act in (notice, "{}", '{"kind":1,"body":{}}', "not json", '{"kind":"a.b/1","body":{}}'):
        with pytest.raises(InvalidError):
            await admission.sign_act(desks.sichuan.node, admission.ActToSign(act=act))
