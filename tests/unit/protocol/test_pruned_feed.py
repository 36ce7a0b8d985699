"""A feed whose beginning is not kept any more: what it answers, and how all of it still arrives."""

import pytest

from protocol.actions import Given
from protocol.cursor import Cursor, filter_digest
from protocol.errors import Code, Refused
from protocol.limits import CHANNELS
from protocol.messages import BucketsRequest, ChangesRequest, Hello, HelloRequest, Outcome
from protocol.pull import pull
from protocol.push import push
from protocol.reconciling import reconcile
from protocol.sync import REGISTRY_ONLY, respond
from tests.unit.protocol.memory import NOW_MS, MemoryNode, peer, talk
from tests.unit.protocol.world import World


def prune(node: MemoryNode, floor: int) -> None:
    """Its rows up to a position are gone: who reads them all the same meets an error."""
    node.floor = floor
    node.rows[:floor] = [None] * floor  # type: ignore[list-item]


def afters(me: MemoryNode) -> list[str | None]:
    return [each.after for each in me.asked if isinstance(each, ChangesRequest)]


def count_comparisons(me: MemoryNode) -> int:
    return sum(isinstance(each, BucketsRequest) for each in me.asked)


@pytest.mark.parametrize(
    ("position", "is_kept"), [(None, False), (0, False), (2, False), (3, True), (4, True)]
)
def test_a_cursor_before_what_is_kept_has_expired_and_one_at_its_edge_has_not(
    chengdu: MemoryNode, hangzhou: MemoryNode, position: int | None, is_kept: bool
) -> None:
    chengdu.publish("needs", 5)
    prune(chengdu, 3)
    after = position and str(Cursor(1, position, filter_digest(CHANNELS)))
    if position == 0:
        after = str(Cursor(1, 0, filter_digest(CHANNELS)))
    for heads in (False, True):
        asked = ChangesRequest(after=after, heads=heads)
        if is_kept:
            respond(chengdu, hangzhou.key, asked, NOW_MS, chengdu.key)
            continue
        with pytest.raises(Refused) as refused:
            respond(chengdu, hangzhou.key, asked, NOW_MS, chengdu.key)
        assert refused.value.code is Code.CURSOR_EXPIRED


def test_hello_says_from_where_on_the_feed_is_kept(chengdu: MemoryNode) -> None:
    chengdu.publish("needs", 5)
    prune(chengdu, 3)
    hello = respond(chengdu, None, HelloRequest(), NOW_MS, chengdu.key)
    assert isinstance(hello, Hello)
    assert (hello.feed_floor, hello.feed_head) == (3, 5)
    older = hello.model_dump_json(exclude={"feed_floor"}).encode()
    assert Hello.decode(older).feed_floor == 0


def test_who_was_away_for_too_long_compares_heads_and_goes_on_from_there(
    chengdu: MemoryNode, hangzhou: MemoryNode
) -> None:
    chengdu.publish("needs", 3)
    talk(hangzhou, chengdu, pull(peer(hangzhou, chengdu), 0))
    chengdu.publish("results", 4)
    prune(chengdu, 6)

    talk(hangzhou, chengdu, pull(peer(hangzhou, chengdu), 0))

    assert hangzhou.state() == chengdu.state()
    assert hangzhou.cursors[chengdu.key, filter_digest(CHANNELS)].position == 7


def test_an_empty_node_does_not_ask_for_a_beginning_that_is_gone(
    chengdu: MemoryNode, hangzhou: MemoryNode
) -> None:
    chengdu.publish("registry", 2)
    chengdu.publish("needs", 30)
    prune(chengdu, 20)

    talk(hangzhou, chengdu, pull(peer(hangzhou, chengdu), 0))

    assert hangzhou.state() == chengdu.state()
    assert None not in afters(hangzhou)


def test_who_is_not_admitted_yet_gets_the_whole_registry_of_a_pruned_feed(world: World) -> None:
    chengdu, new = MemoryNode(world, "chengdu"), MemoryNode(world, "leshan")
    chengdu.publish("registry", 5)
    chengdu.publish("needs", 2)
    prune(chengdu, 6)

    talk(new, chengdu, pull(peer(new, chengdu), 0))

    assert {log.channel for log in new.state()} == {"registry"}
    assert len(next(iter(new.state().values()))) == 5


def test_what_was_pruned_while_the_feed_was_read_is_compared(
    chengdu: MemoryNode, hangzhou: MemoryNode
) -> None:
    chengdu.publish("needs", 9)
    chengdu.rows_per_page = 2

    def prune_after_the_first_page(request: object, response: object) -> object:
        if isinstance(request, ChangesRequest) and request.channels == CHANNELS:
            prune(chengdu, 6)
        return response

    talk(hangzhou, chengdu, pull(peer(hangzhou, chengdu), 0), tamper=prune_after_the_first_page)  # type: ignore[arg-type]

    assert hangzhou.state() == chengdu.state()
    assert count_comparisons(hangzhou) == 1


class Doorkeeper(MemoryNode):
    """Takes a registry log only once it holds that of whoever admitted its author."""

    def __init__(self, world: World, name: str, order: list[str]) -> None:
        super().__init__(world, name)
        self.order = order

    def take(self, text: bytes, source: str) -> list[Outcome]:
        author = text.split(b" ", 3)[2].decode() if text else ""
        place = self.order.index(author) if author in self.order else 0
        held = {log.author for log in self.state()}
        if place and self.order[place - 1] not in held:
            log = next(log for log in self.peer_logs if log.author == author)
            return [Outcome(log, 0, 1, Code.NOT_ADMITTED, 0)]
        return super().take(text, source)


def test_registry_logs_that_come_before_the_one_that_admits_their_author_are_fetched_again(
    world: World, chengdu: MemoryNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("protocol.reconciling.RANGES_PER_REQUEST_MAX", 1)
    authors = [MemoryNode(world, name) for name in ("sichuan", "zhejiang", "guangdong", "chengdu")]
    for each in authors:
        each.publish("registry")
        talk(each, chengdu, push(peer(each, chengdu), None))
    worst_first = sorted((each.key for each in authors), reverse=True)
    new = Doorkeeper(world, "leshan", worst_first)
    new.peer_logs = list(chengdu.state())  # type: ignore[attr-defined]

    talk(new, chengdu, reconcile(peer(new, chengdu), REGISTRY_ONLY))

    assert new.state() == chengdu.state()


@pytest.mark.parametrize("given", [Given(1, 1, 1), Given(6, 1, 6)])
def test_a_push_that_goes_on_from_what_was_pruned_here_compares_heads(
    chengdu: MemoryNode, hangzhou: MemoryNode, given: Given
) -> None:
    chengdu.publish("needs", 6)
    prune(chengdu, 4)

    talk(
        chengdu, hangzhou, push(peer(chengdu, hangzhou), given),
        waits=[lambda: chengdu.publish("results")],
    )  # fmt: skip

    assert hangzhou.state() == chengdu.state()
    assert count_comparisons(chengdu) == 1
    assert chengdu.given is not None
    assert chengdu.given.news == 7
