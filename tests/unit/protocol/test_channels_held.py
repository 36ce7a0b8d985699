"""Nodes that hold some channels only: they speak of what both hold, and of nothing else."""

from collections.abc import Callable

import pytest

from protocol.actions import Given, Peer, greet
from protocol.cursor import filter_digest
from protocol.errors import Code, Refused
from protocol.header import LogId
from protocol.heads import write_value
from protocol.limits import BUCKETS, CHANNELS
from protocol.messages import (
    BucketsRequest,
    ChangesRequest,
    HeadsRequest,
    Hello,
    HelloRequest,
    PushRequest,
    RangeRequest,
    RangesRequest,
    Request,
)
from protocol.pull import pull
from protocol.push import push
from protocol.reconciling import visit
from protocol.sync import REGISTRY_ONLY, respond
from tests.unit.protocol.memory import NOW_MS, MemoryNode, talk
from tests.unit.protocol.world import World

SOME = ("registry", "needs", "performance")


@pytest.fixture
def chengdu(world: World) -> MemoryNode:
    """It holds every channel, and has entries in three."""
    node = MemoryNode(world, "chengdu")
    for channel in ("registry", "needs", "results"):
        node.publish(channel, 3)
    return node


@pytest.fixture
def hangzhou(world: World) -> MemoryNode:
    """It holds the registry, needs and performance only."""
    node = MemoryNode(world, "hangzhou")
    node.channels = SOME
    return node


def peer(me: MemoryNode, other: MemoryNode) -> Peer:
    return Peer(me.key, other.key, me.network, me.channels)


def channels_of(node: MemoryNode) -> set[str]:
    return {log.channel for log in node.state()}


def agree_on(some: MemoryNode, other: MemoryNode, channels: tuple[str, ...] = SOME) -> bool:
    return list(some.buckets(channels)) == list(other.buckets(channels))


def asked_for(me: MemoryNode) -> set[tuple[str, ...]]:
    kinds = (ChangesRequest, BucketsRequest, HeadsRequest)
    return {each.channels for each in me.asked if isinstance(each, kinds)}


def test_hello_says_which_channels_are_held_and_shows_no_heads_of_others(
    chengdu: MemoryNode, hangzhou: MemoryNode
) -> None:
    talk(hangzhou, chengdu, pull(peer(hangzhou, chengdu), 0))
    hangzhou.logs[LogId(chengdu.key, "results", 1)] = chengdu.logs[LogId(chengdu.key, "results", 1)]
    hello = respond(hangzhou, chengdu.key, HelloRequest(), NOW_MS, hangzhou.key)
    assert isinstance(hello, Hello)
    assert hello.channels == SOME
    assert {each.channel for each in hello.heads} == {"registry", "needs"}


def test_a_hello_without_channels_holds_all_and_unknown_ones_are_passed_over(
    chengdu: MemoryNode, hangzhou: MemoryNode
) -> None:
    hello = respond(hangzhou, None, HelloRequest(), NOW_MS, hangzhou.key)
    assert isinstance(hello, Hello)
    assert Hello.decode(hello.model_dump_json(exclude={"channels"}).encode()).channels == CHANNELS
    newer = hello.model_copy(update={"channels": ("needs", "patents")})
    them = peer(chengdu, hangzhou)
    them.theirs = Hello.decode(newer.encode()).channels
    assert them.channels == ("registry", "needs")
    assert not them.is_whole


@pytest.mark.parametrize(
    "request_",
    [
        ChangesRequest(),
        ChangesRequest(channels=("registry", "results")),
        BucketsRequest(channels=("results",), buckets=("0" * 16,) * BUCKETS),
        HeadsRequest(channels=CHANNELS, places=((0, 0),)),
        RangeRequest(author="A" * 43, channel="results", epoch=1, first=0),
        RangesRequest(ranges=(("A" * 43, "needs", 1, 0, 1), ("A" * 43, "referrals", 1, 0, 1))),
    ],
)
def test_who_asks_for_a_channel_that_is_not_held_is_told_which_are(
    chengdu: MemoryNode, hangzhou: MemoryNode, request_: Request
) -> None:
    with pytest.raises(Refused, match="registry, needs, performance") as refused:
        respond(hangzhou, chengdu.key, request_, NOW_MS, hangzhou.key)
    assert refused.value.code is Code.NOT_HELD


@pytest.mark.parametrize("first_page", ["beginning", "compared"])
def test_a_partial_node_takes_in_what_it_holds_and_stays_up_to_date(
    chengdu: MemoryNode, hangzhou: MemoryNode, first_page: str
) -> None:
    if first_page == "compared":
        hangzhou.publish("needs", 9)
    news: list[Callable[[], object]] = [
        lambda: chengdu.publish("results"),
        lambda: chengdu.publish("needs"),
        lambda: None,
        lambda: None,
        lambda: None,
    ]

    talk(hangzhou, chengdu, pull(peer(hangzhou, chengdu), 5), waits=news)

    assert channels_of(hangzhou) == {"registry", "needs"}
    assert all(hangzhou.state()[log] == lines for log, lines in chengdu.state().items()
               if log.channel in SOME)  # fmt: skip
    assert asked_for(hangzhou) <= {REGISTRY_ONLY, SOME}
    assert hangzhou.cursors[chengdu.key, filter_digest(SOME)].position == chengdu.feed_head


def test_a_full_node_asks_a_partial_one_for_what_that_holds_and_blames_it_for_nothing(
    chengdu: MemoryNode, hangzhou: MemoryNode
) -> None:
    hangzhou.publish("needs", 2)
    hangzhou.publish("performance", 2)
    quiet: list[Callable[[], object]] = [lambda: None] * 6

    talk(chengdu, hangzhou, pull(peer(chengdu, hangzhou), 5), waits=quiet)
    talk(chengdu, hangzhou, visit(peer(chengdu, hangzhou)))

    assert agree_on(chengdu, hangzhou)
    assert channels_of(hangzhou) == {"registry", "needs", "performance"}
    assert chengdu.lacking == ()
    assert asked_for(chengdu) <= {REGISTRY_ONLY, SOME}


def test_a_push_gives_a_partial_node_nothing_it_does_not_hold(
    chengdu: MemoryNode, hangzhou: MemoryNode
) -> None:
    def news() -> None:
        chengdu.publish("results")
        chengdu.publish("needs")

    talk(chengdu, hangzhou, push(peer(chengdu, hangzhou), None), waits=[news])

    assert agree_on(chengdu, hangzhou)
    pushed = b"".join(each.text for each in chengdu.asked if isinstance(each, PushRequest))
    assert {line.split(b" ")[3] for line in pushed.split(b"\n")[0:-1:2]} == {b"registry", b"needs"}


def test_what_is_refused_as_not_held_is_not_offered_again(
    chengdu: MemoryNode, hangzhou: MemoryNode
) -> None:
    """The peer narrowed its channels after it had said hello."""
    them = peer(chengdu, hangzhou)
    given = Given(0, 0, 0)

    talk(chengdu, hangzhou, push(them, given), waits=[lambda: None] * 4)

    texts = [each.text for each in chengdu.asked if isinstance(each, PushRequest)]
    assert sum(b" results " in text for text in texts) == 1


def test_who_widens_its_channels_fetches_what_is_missing_of_the_new_ones(
    chengdu: MemoryNode, hangzhou: MemoryNode
) -> None:
    talk(hangzhou, chengdu, pull(peer(hangzhou, chengdu), 0))
    hangzhou.channels = CHANNELS

    talk(hangzhou, chengdu, pull(peer(hangzhou, chengdu), 0))

    assert hangzhou.state() == chengdu.state()


def test_a_peer_that_said_meanwhile_that_it_holds_more_is_given_that_too(
    chengdu: MemoryNode, hangzhou: MemoryNode
) -> None:
    pushing = peer(chengdu, hangzhou)

    def widen() -> None:
        hangzhou.channels = CHANNELS
        talk(chengdu, hangzhou, greet(pushing))

    talk(chengdu, hangzhou, push(pushing, None), waits=[widen])

    assert hangzhou.state() == chengdu.state()


def test_following_ends_once_the_peer_said_that_it_holds_more_so_that_it_begins_anew(
    chengdu: MemoryNode, hangzhou: MemoryNode
) -> None:
    hangzhou.channels = CHANNELS
    chengdu.channels = SOME
    following = peer(hangzhou, chengdu)
    waited: list[str] = []

    def widen() -> None:
        waited.append("widened")
        chengdu.channels = CHANNELS
        talk(hangzhou, chengdu, greet(following))

    talk(hangzhou, chengdu, pull(following, 5), waits=[widen, lambda: waited.append("went on")])
    assert waited == ["widened"]

    talk(hangzhou, chengdu, pull(following, 0))
    assert hangzhou.state() == chengdu.state()


def test_own_entries_that_a_peer_holds_in_a_channel_not_held_here_are_lost_but_not_fetched(
    world: World,
) -> None:
    before, hangzhou = MemoryNode(world, "chengdu"), MemoryNode(world, "hangzhou")
    before.publish("results", 5)
    talk(hangzhou, before, pull(peer(hangzhou, before), 0))
    after = MemoryNode(world, "chengdu")
    after.channels = SOME

    talk(after, hangzhou, pull(peer(after, hangzhou), 0))

    assert [head.seq for head in after.lost] == [4]
    assert after.heard
    assert after.state() == {}


def test_what_was_held_back_in_a_channel_given_up_since_is_not_asked_for(
    chengdu: MemoryNode, hangzhou: MemoryNode
) -> None:
    hangzhou.due = [(LogId(chengdu.key, "results", 1), 0)]

    talk(hangzhou, chengdu, pull(peer(hangzhou, chengdu), 0))

    assert not [each for each in hangzhou.asked if isinstance(each, RangesRequest)]


def test_buckets_of_both_are_compared_under_the_channels_both_hold(
    chengdu: MemoryNode, hangzhou: MemoryNode
) -> None:
    talk(hangzhou, chengdu, pull(peer(hangzhou, chengdu), 0))
    values = [write_value(value) for value in chengdu.buckets(SOME)]
    assert [write_value(value) for value in hangzhou.buckets(SOME)] == values
    assert not agree_on(chengdu, hangzhou, CHANNELS)
