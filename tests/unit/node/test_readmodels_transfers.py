"""Whose a need is, after it went over: the same on every node, whatever came first (SPEC 12.8)."""

import itertools
from collections.abc import Callable, Sequence

import pytest

from node.readmodels import PROJECTIONS, needs
from node.readmodels.needs import NeedView
from node.rebuild import readmodel_digest, rebuild
from protocol.entry import Entry
from protocol.records import (
    CaseAct,
    NeedAmended,
    NeedSolved,
    NeedWithdrawn,
    ReferralAccepted,
    ReferralDeclined,
    ReferralRequested,
)
from protocol.records.referrals import Place
from tests.builders import SALT, Country, NodeInTest, StationInTest, erasure, need

Open = Callable[..., NodeInTest]


class Land:
    """Three stations, and a need that wanders between them."""

    def __init__(self, country: Country) -> None:
        self.country = country
        self.sichuan = country.national.admit("四川", "regional", division="510000")
        self.one, self.two, self.three = (
            self.sichuan.admit(name) for name in ("成都", "绵阳", "宜宾")
        )
        self.need = self.one.sign(need("钛精矿"))

    def amend(self, station: StationInTest, title: str) -> Entry:
        said = need(title).model_dump() | {"after": self.need.id}
        return station.sign(NeedAmended.model_validate(said), self.need.id)

    def hand_over(
        self, sender: StationInTest, receiver: StationInTest, answer: type[CaseAct] | None
    ) -> Entry:
        """A transfer as of what its sender has written of needs so far, and the answer to it."""
        log = sender.log("needs")
        as_of = Place(epoch=log.id.epoch, seq=log.tail.seq if log.tail is not None else 0)
        asked = sender.sign(
            ReferralRequested(
                salt=SALT, need=self.need.id, to=receiver.id, manner="transfer", as_of=as_of
            )
        )
        if answer is not None:
            said = {"after": [asked.id]} | (
                {"reason": "field"} if answer is ReferralDeclined else {}
            )
            receiver.sign(answer.model_validate(said), asked.id)
        return asked

    def texts(self) -> list[bytes]:
        stations = (self.one, self.two, self.three)
        return [log.text() for each in stations for log in each.logs.values()]

    def registry(self) -> bytes:
        stations = (self.country.national, self.sichuan)
        return b"".join(each.text("registry") for each in stations)


@pytest.fixture
def land(country: Country) -> Land:
    return Land(country)


def _see(open_node: Open, land: Land, texts: Sequence[bytes], name: str) -> tuple[NeedView, str]:
    node = open_node(land.one, PROJECTIONS, name=name)
    node.ingest.receive(land.registry(), "peer")
    for text in texts:
        node.ingest.receive(text, "peer")
    view = node.store.read(lambda reading: needs.get(reading, land.need.id))
    digest = node.store.read(lambda reading: readmodel_digest(reading, PROJECTIONS)).total
    assert rebuild(node.store, node.ingest).total == digest
    node.store.close()
    return view, digest


def _agree(open_node: Open, land: Land) -> NeedView:
    """What every node says that got the logs in some order."""
    orders = list(itertools.permutations(land.texts()))
    found = [
        _see(open_node, land, order, f"order{number}")
        for number, order in enumerate(orders[:: max(1, len(orders) // 5)])
    ]
    assert len({digest for _, digest in found}) == 1
    return found[0][0]


def test_an_accepted_transfer_makes_the_need_the_receiver_s(open_node: Open, land: Land) -> None:
    land.amend(land.one, "移交之前")
    land.hand_over(land.one, land.two, ReferralAccepted)
    land.amend(land.one, "前任还在改")
    land.one.sign(NeedWithdrawn(reason="前任撤回"), land.need.id)

    seen = _agree(open_node, land)

    assert (seen.station, seen.owner) == (land.one.id, land.two.id)
    assert (seen.title, seen.state) == ("移交之前", "open")


def test_the_new_owner_amends_and_closes(open_node: Open, land: Land) -> None:
    land.hand_over(land.one, land.two, ReferralAccepted)
    land.amend(land.two, "接手之后")
    land.two.sign(NeedSolved(), land.need.id)

    seen = _agree(open_node, land)

    assert (seen.title, seen.state) == ("接手之后", "solved")


@pytest.mark.parametrize("answer", [None, ReferralDeclined])
def test_a_transfer_that_was_not_accepted_changes_nothing(
    open_node: Open, land: Land, answer: type[CaseAct] | None
) -> None:
    land.hand_over(land.one, land.two, answer)
    land.amend(land.one, "仍是本站")
    land.amend(land.two, "不该有效")

    seen = _agree(open_node, land)

    assert (seen.owner, seen.title) == (land.one.id, "仍是本站")


def test_a_need_may_be_handed_on_and_back(open_node: Open, land: Land) -> None:
    land.hand_over(land.one, land.two, ReferralAccepted)
    land.amend(land.two, "二站改过")
    land.hand_over(land.two, land.three, ReferralAccepted)
    land.hand_over(land.three, land.one, ReferralAccepted)
    land.amend(land.two, "二站不该再改")
    land.amend(land.one, "回到一站")

    seen = _agree(open_node, land)

    assert (seen.owner, seen.title) == (land.one.id, "回到一站")


def test_of_two_transfers_of_one_owner_the_earlier_in_its_log_takes_effect(
    open_node: Open, land: Land
) -> None:
    land.hand_over(land.one, land.three, ReferralAccepted)
    land.hand_over(land.one, land.two, ReferralAccepted)

    assert _agree(open_node, land).owner == land.three.id


def test_who_does_not_own_a_need_cannot_give_it_away(open_node: Open, land: Land) -> None:
    land.two.sign(need("另一条需求"))
    land.hand_over(land.two, land.three, ReferralAccepted)

    assert _agree(open_node, land).owner == land.one.id


def test_a_transfer_whose_request_is_erased_never_was(open_node: Open, land: Land) -> None:
    asked = land.hand_over(land.one, land.two, ReferralAccepted)
    before, _ = _see(open_node, land, land.texts(), "before")
    node = open_node(land.one, PROJECTIONS, name="erased")
    node.ingest.receive(land.registry(), "peer")
    for text in land.texts():
        node.ingest.receive(text, "peer")
    erased = land.one.sign(erasure(asked), channel="referrals")
    node.ingest.receive(land.one.text("referrals"), "peer")

    seen = node.store.read(lambda reading: needs.get(reading, land.need.id))

    assert before.owner == land.two.id
    assert erased.header.channel == "referrals"
    assert seen.owner == land.one.id
    digest = node.store.read(lambda reading: readmodel_digest(reading, PROJECTIONS)).total
    assert rebuild(node.store, node.ingest).total == digest
