"""A node that holds some channels only: what it takes in, writes, folds and counts (SPEC 7.9)."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from node.errors import NotAllowedError
from node.holdings import Holdings, sample_own
from node.modes import MODES
from node.peering.choice import choose_peers
from node.peering.circle import Circle
from node.peering.health import PeerState
from node.readmodels import PROJECTIONS, needs, results
from node.rebuild import readmodel_digest, rebuild
from node.scope import Scope
from protocol.heads import Head
from protocol.limits import CHANNELS
from protocol.messages import Hello
from tests.builders import Country, NodeInTest, StationInTest, TestClock, need, result
from tests.unit.protocol.world import country as world_of_stations

Open = Callable[..., NodeInTest]

SOME = Scope(("registry", "needs", "performance"), ("needs", "results"))


@pytest.fixture
def sichuan(country: Country) -> StationInTest:
    return country.national.admit("四川", "regional")


@pytest.fixture
def text(country: Country, sichuan: StationInTest) -> bytes:
    """The registry, two needs and two results."""
    for number in range(2):
        sichuan.sign(need(f"需求{number}"))
        sichuan.sign(result(f"成果{number}"))
    return country.national.text() + sichuan.text()


def digest(node: NodeInTest) -> str:
    return node.store.read(lambda r: readmodel_digest(r, PROJECTIONS)).total


# -- taking in, writing, folding


def test_a_run_of_a_channel_that_is_not_held_is_refused_and_not_asked_for_again(
    open_node: Open, country: Country, text: bytes
) -> None:
    node = open_node(country.national, PROJECTIONS, scope=SOME)

    outcomes = node.ingest.receive(text, "peer")

    codes = {(each.log.channel, each.code) for each in outcomes if each.log}
    assert codes == {
        ("registry", "accepted"), ("needs", "accepted"), ("results", "not-held"),
    }  # fmt: skip
    assert {each.retry_ms for each in outcomes} == {None}
    assert node.store.read(lambda r: r.held()) == []
    counts = node.store.read(lambda r: r.counts())
    assert (counts["needs"], counts["results"]) == (3, 0)


def test_who_writes_to_a_channel_that_is_not_held_is_told_what_to_do_and_nothing_is_written(
    open_node: Open, country: Country, text: bytes
) -> None:
    node = open_node(country.national, PROJECTIONS, scope=SOME)
    node.ingest.receive(text, "peer")
    before = node.store.visible

    with pytest.raises(NotAllowedError, match="does not hold the channel results") as refused:
        node.publisher.publish_many([(need(), "-"), (result(), "-")])
    with pytest.raises(NotAllowedError):
        node.publisher.open_log("referrals")

    assert "'channels' in node.toml" in refused.value.hint
    assert "its mode's work needs needs, results" in refused.value.hint
    assert node.store.visible == before
    assert node.publisher.publish(need()).header.channel == "needs"


def test_read_models_are_those_of_the_channels_held_whatever_was_held_before(
    open_node: Open, country: Country, sichuan: StationInTest, text: bytes
) -> None:
    narrowed = open_node(sichuan, PROJECTIONS)
    narrowed.ingest.receive(text, "peer")
    narrowed.close()

    narrowed = open_node(sichuan, PROJECTIONS, scope=SOME)
    always = open_node(sichuan, PROJECTIONS, "always", scope=SOME)
    always.ingest.receive(text, "peer")
    assert narrowed.store.read(lambda r: (needs.count(r), results.count(r))) == (2, 0)
    assert digest(narrowed) == digest(always)
    assert rebuild(narrowed.store, narrowed.ingest).total == digest(always)
    narrowed.close()

    widened = open_node(sichuan, PROJECTIONS)
    assert widened.store.read(lambda r: (needs.count(r), results.count(r))) == (2, 2)


def test_every_mode_says_which_channels_its_work_needs() -> None:
    for mode in MODES.values():
        assert {"needs", "results", "referrals", "performance"} <= {*mode.channels}
        assert {*mode.channels} <= {*CHANNELS}


# -- who holds own entries


def hello(channels: tuple[str, ...]) -> Hello:
    return Hello(
        network="0" * 16, key="A" * 43, now_ms=1, formats=("yz1",), feed_epoch=1, feed_head=1,
        admitted=True, channels=channels,
    )  # fmt: skip


def test_a_peer_holds_nothing_of_a_channel_it_does_not_read_or_gave_up(
    open_node: Open, country: Country, sichuan: StationInTest, text: bytes, clock: TestClock
) -> None:
    node = open_node(sichuan)
    node.ingest.receive(text, "peer")
    own = sichuan.key.public
    holdings = Holdings([own], clock)
    holdings.sample(node.store.read(lambda r: sample_own(r, [own])))
    logs = {head.log.channel: head.log for head in node.store.read(lambda r: r.heads(own))}

    holdings.note_reader("reader", node.store.visible, SOME.held)
    assert set(holdings.holders(logs["needs"], 2)) == {"reader"}
    assert holdings.holders(logs["results"], 2) == {}

    holdings.note_heads("other", [Head(log, 2, "x" * 43, 0) for log in logs.values()])
    assert "other" in holdings.holders(logs["results"], 0)
    holdings.write_down()
    holdings.note_reply("other", hello(SOME.held))
    assert holdings.holders(logs["results"], 0) == {}
    assert "other" in holdings.holders(logs["needs"], 2)
    assert [(row["channel"], row["seq"]) for row in holdings.write_down()] == [("results", -1)]


# -- who leads, and who is kept


def link(*channels: str, state: PeerState = PeerState.UP, is_following: bool = True) -> Any:
    """A peer, and the channels both it and the node hold."""
    return SimpleNamespace(
        channels=channels, is_following=is_following, health=SimpleNamespace(state=state)
    )


def leads(*links: Any, held: tuple[str, ...] = CHANNELS) -> list[int]:
    host: Any = SimpleNamespace(channels=held)
    circle = Circle(host, (), allow_private=True)
    circle.links = {str(number): each for number, each in enumerate(links)}
    return [links.index(each) for each in circle.find_leads()]


def test_the_first_peer_that_holds_all_channels_leads_alone() -> None:
    assert leads(link(*SOME.held), link(*CHANNELS), link(*CHANNELS)) == [1]
    assert leads(link(*SOME.held), link(*SOME.held), held=SOME.held) == [0]


def test_where_nobody_holds_all_channels_as_many_lead_as_bring_them() -> None:
    rest = [channel for channel in CHANNELS if channel not in SOME.held]
    assert leads(link(*SOME.held), link("registry", "needs"), link("registry", *rest)) == [2, 0]


def test_who_may_be_up_leads_for_the_channels_that_nobody_who_answers_holds() -> None:
    waiting = link(*CHANNELS, state=PeerState.CONNECTING, is_following=False)
    down = link(*CHANNELS, state=PeerState.DOWN, is_following=False)
    assert leads(down, link(*SOME.held), waiting) == [1, 2]
    assert leads(waiting, link(*CHANNELS)) == [1]


def test_beside_a_peer_that_lacks_channels_another_one_is_kept() -> None:
    world = world_of_stations()
    for name in ("national", "sichuan", "zhejiang", "guangdong", "hangzhou"):
        world.describe(name, f"https://{name}.example.cn")
    roster = world.roster()
    partial = {world.key(name).public for name in ("sichuan", "zhejiang", "guangdong")}
    chosen = choose_peers(
        roster,
        roster.get(world.ids["chengdu"]),
        (),
        allow_private=False,
        is_healthy=lambda _: True,
        is_whole=lambda key: key not in partial,
    )
    names = [station.name for each in chosen if (station := roster.get(each.station or ""))]
    assert names[:2] == ["sichuan", "national"]
    assert {*names[2:]} == {"zhejiang", "guangdong", "hangzhou"}
