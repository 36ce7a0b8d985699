"""What goes over the wire between nodes that have other peers, too: each entry once (SPEC 7.8)."""

from dataclasses import replace

import pytest

from protocol.actions import Given
from protocol.acts import RegistryEntry
from protocol.errors import Code, Refused
from protocol.header import LogId
from protocol.limits import CHANNELS, PAGE_BYTES_MAX
from protocol.messages import (
    BucketsRequest,
    ChangesRequest,
    Outcome,
    Outcomes,
    PushRequest,
    RangesRequest,
    Request,
    write_outcomes,
)
from protocol.page import Page, read_heads_text, write_heads_text
from protocol.pull import pull
from protocol.push import PATIENCE_MS, offer, push
from protocol.ranges import Range, advance
from protocol.reconciling import meet, reconcile
from protocol.shown import Shown
from protocol.sync import Response
from tests.unit.protocol.memory import MemoryNode, peer, talk
from tests.unit.protocol.world import World


@pytest.fixture
def shenzhen(world: World) -> MemoryNode:
    return MemoryNode(world, "shenzhen")


def count(me: MemoryNode, kind: type[Request]) -> int:
    return sum(isinstance(each, kind) for each in me.asked)


def entries_pushed(me: MemoryNode) -> int:
    return sum(each.text.count(b"\n") // 2 for each in me.asked if isinstance(each, PushRequest))


def nothing() -> None:
    """Time passes."""


class Unwilling:
    """Answers for a node: runs of some channels are refused, until it has changed its mind."""

    def __init__(self, node: MemoryNode, channel: str, code: Code, retry_ms: int) -> None:
        self.is_willing = False
        self._take = node.take
        self._refused = (channel, code, retry_ms)
        node.take = self.take  # type: ignore[method-assign]

    def take(self, text: bytes, source: str) -> list[Outcome]:
        channel, code, retry_ms = self._refused
        if self.is_willing or f" {channel} ".encode() not in text:
            return self._take(text, source)
        log = LogId(source, channel, 1)
        return [Outcome(log, 0, text.count(b"\n") // 2, code, 0, "later", retry_ms)]


# -- offered again ----------------------------------------------------------------------------


def test_what_was_refused_for_its_time_is_offered_again_when_it_may_be_taken(
    chengdu: MemoryNode, hangzhou: MemoryNode
) -> None:
    chengdu.publish("needs", 3)
    door = Unwilling(hangzhou, "needs", Code.HELD_FUTURE, 2 * PATIENCE_MS)
    pushes: list[int] = []

    def pass_time() -> None:
        pushes.append(count(chengdu, PushRequest))
        door.is_willing = True

    talk(chengdu, hangzhou, push(peer(chengdu, hangzhou), None), waits=[pass_time] * 3)

    assert pushes == [1, 1, 2]
    assert hangzhou.state() == chengdu.state()


def test_what_was_refused_as_not_admitted_is_offered_again_after_an_act_of_the_registry(
    chengdu: MemoryNode, hangzhou: MemoryNode
) -> None:
    chengdu.publish("needs", 3)
    door = Unwilling(hangzhou, "needs", Code.NOT_ADMITTED, 100 * PATIENCE_MS)

    def admit() -> None:
        chengdu.publish("registry", 1)
        door.is_willing = True

    talk(chengdu, hangzhou, push(peer(chengdu, hangzhou), None), waits=[nothing, admit, nothing])

    assert hangzhou.state() == chengdu.state()


def test_what_is_refused_for_good_is_not_offered_again(
    chengdu: MemoryNode, hangzhou: MemoryNode
) -> None:
    chengdu.publish("needs", 3)

    def fork(_: Request, reply: Response) -> Response:
        if not isinstance(reply, Outcomes):
            return reply
        return write_outcomes(replace(each, code=Code.FORK) for each in reply.read())

    talk(chengdu, hangzhou, push(peer(chengdu, hangzhou), None), waits=[nothing] * 9, tamper=fork)

    assert count(chengdu, PushRequest) == 1


class Emptied(MemoryNode):
    """A node that knows who is a member by the registry it holds."""

    def _knows(self, entry: RegistryEntry) -> bool:
        return any(log.channel == "registry" for log in self.state())


def test_a_peer_whose_disk_is_empty_is_given_the_registry_first_and_then_everything(
    world: World, chengdu: MemoryNode
) -> None:
    chengdu.publish("registry", 2)
    chengdu.publish("needs", 5)
    emptied = Emptied(world, "hangzhou")

    talk(chengdu, emptied, push(peer(chengdu, emptied), None))

    assert emptied.state() == chengdu.state()


def test_following_a_peer_whose_disk_is_empty_gives_it_the_registry(
    world: World, chengdu: MemoryNode
) -> None:
    chengdu.publish("registry", 2)
    emptied = Emptied(world, "hangzhou")

    talk(chengdu, emptied, pull(peer(chengdu, emptied), 0))

    assert emptied.state().keys() == chengdu.state().keys()


# -- many logs in a request -------------------------------------------------------------------


def test_many_logs_are_fetched_and_given_in_one_request_each(
    chengdu: MemoryNode, hangzhou: MemoryNode
) -> None:
    for epoch in range(1, 201):
        chengdu.publish("needs", 2, epoch)
        hangzhou.publish("results", 2, epoch)

    talk(chengdu, hangzhou, meet(peer(chengdu, hangzhou), CHANNELS))

    assert chengdu.state() == hangzhou.state()
    assert (count(chengdu, RangesRequest), count(chengdu, PushRequest)) == (1, 1)


def test_more_than_fits_in_a_request_goes_in_several(
    chengdu: MemoryNode, hangzhou: MemoryNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    for epoch in range(1, 61):
        chengdu.publish("needs", 3, epoch)
    size = sum(len(row.text()) for row in chengdu.rows)
    monkeypatch.setattr("protocol.sync.PAGE_BYTES_MAX", size // 4)

    talk(hangzhou, chengdu, reconcile(peer(hangzhou, chengdu), CHANNELS))
    given = MemoryNode(chengdu.world, "shenzhen")
    monkeypatch.setattr("protocol.push.REQUEST_BYTES_MIN", 0)
    talk(chengdu, given, push(peer(chengdu, given), None, size // 4))

    assert hangzhou.state() == given.state() == chengdu.state()
    assert 4 <= count(hangzhou, RangesRequest) <= 6
    assert 4 <= count(chengdu, PushRequest) <= 6


def test_ranges_of_which_nothing_comes_are_given_up_and_those_not_reached_are_not() -> None:
    logs = [LogId("a" * 42 + "A", "needs", epoch) for epoch in range(5)]
    ranges = [Range(log, 2, 9) for log in logs]
    outcomes = [
        Outcome(logs[0], 2, 3, "accepted", 5),
        Outcome(logs[2], 2, 8, "accepted", 10),
        Outcome(logs[3], 2, 3, "accepted", 5),
        Outcome(logs[3], 5, 3, Code.OVER_QUOTA, 5),
    ]

    assert advance(ranges, outcomes) == [Range(logs[0], 5, 9), ranges[4]]
    assert advance(ranges, []) == []
    assert advance(ranges, [Outcome(None, 0, 1, Code.MALFORMED)]) == []


# -- each entry once --------------------------------------------------------------------------


def test_what_other_peers_brought_is_not_pushed_at_once_and_own_news_is(
    chengdu: MemoryNode, hangzhou: MemoryNode, shenzhen: MemoryNode
) -> None:
    chengdu.followed = frozenset({hangzhou.key, shenzhen.key})
    shenzhen.publish("needs", 4)
    pushed: list[int] = []

    def news() -> None:
        talk(chengdu, shenzhen, pull(peer(chengdu, shenzhen), 0))
        chengdu.publish("results", 2)
        chengdu.asked.clear()

    def note() -> None:
        pushed.append(entries_pushed(chengdu))

    talk(chengdu, hangzhou, push(peer(chengdu, hangzhou), None), waits=[news, note, note])

    assert pushed == [2, 6]
    assert hangzhou.state() == chengdu.state()


def test_what_the_peer_showed_is_not_given_to_it(
    chengdu: MemoryNode, hangzhou: MemoryNode, shenzhen: MemoryNode
) -> None:
    chengdu.followed = frozenset({hangzhou.key, shenzhen.key})
    with_hangzhou = peer(chengdu, hangzhou)
    shenzhen.publish("needs", 4)

    def news() -> None:
        for each in (chengdu, hangzhou):
            talk(each, shenzhen, pull(peer(each, shenzhen), 0))
        chengdu.leads = False
        talk(chengdu, hangzhou, pull(with_hangzhou, 0))

    talk(chengdu, hangzhou, pull(with_hangzhou, 0))
    talk(chengdu, hangzhou, push(with_hangzhou, None), waits=[news, *[nothing] * 4])

    assert hangzhou.state() == chengdu.state() != {}
    assert count(chengdu, PushRequest) == 0
    assert count(chengdu, BucketsRequest) == 1


def test_when_much_was_not_shown_heads_are_compared_before_anything_is_given(
    chengdu: MemoryNode, hangzhou: MemoryNode, shenzhen: MemoryNode
) -> None:
    chengdu.followed = frozenset({hangzhou.key, shenzhen.key})
    for epoch in range(1, 31):
        shenzhen.publish("needs", 1, epoch)

    def news() -> None:
        for each in (chengdu, hangzhou):
            talk(each, shenzhen, pull(peer(each, shenzhen), 0))
        shenzhen.publish("results", 1)
        talk(chengdu, shenzhen, pull(peer(chengdu, shenzhen), 0))
        chengdu.asked.clear()

    waits = [news, *[nothing] * 3]
    talk(chengdu, hangzhou, push(peer(chengdu, hangzhou), None), waits=waits)

    assert hangzhou.state() == chengdu.state()
    assert (count(chengdu, BucketsRequest), entries_pushed(chengdu)) == (1, 1)


def test_a_peer_that_does_not_lead_is_asked_only_for_what_nobody_else_brings(
    chengdu: MemoryNode, hangzhou: MemoryNode, shenzhen: MemoryNode
) -> None:
    shenzhen.publish("needs", 2)
    talk(hangzhou, shenzhen, pull(peer(hangzhou, shenzhen), 0))
    talk(chengdu, hangzhou, pull(peer(chengdu, hangzhou), 0))
    chengdu.leads = False
    shenzhen.publish("needs", 3)
    talk(hangzhou, shenzhen, pull(peer(hangzhou, shenzhen), 0))
    hangzhou.publish("results", 2)
    chengdu.lingers = lambda: chengdu.take(shenzhen.text(log, 2, 9, PAGE_BYTES_MAX), shenzhen.key)
    log = LogId(shenzhen.key, "needs", 1)
    chengdu.asked.clear()

    talk(chengdu, hangzhou, pull(peer(chengdu, hangzhou), 0))

    assert chengdu.state() == hangzhou.state()
    (asked,) = (each for each in chengdu.asked if isinstance(each, RangesRequest))
    assert asked.ranges == ((hangzhou.key, "results", 1, 0, 1),)


def test_a_peer_that_does_not_lead_is_met_by_comparing_heads(
    chengdu: MemoryNode, hangzhou: MemoryNode
) -> None:
    chengdu.publish("needs", 30)
    hangzhou.leads = False

    talk(hangzhou, chengdu, pull(peer(hangzhou, chengdu), 0))

    assert hangzhou.state() == chengdu.state()
    assert count(hangzhou, BucketsRequest) == 1
    pages = [each for each in hangzhou.asked if isinstance(each, ChangesRequest)]
    assert [each.heads for each in pages if each.channels == CHANNELS] == [True]


def test_a_page_of_heads_says_where_the_logs_stand_that_moved_and_skips_the_callers(
    chengdu: MemoryNode, hangzhou: MemoryNode
) -> None:
    chengdu.publish("needs", 3)
    chengdu.publish("results", 2)
    hangzhou.publish("needs", 1)
    talk(chengdu, hangzhou, pull(peer(chengdu, hangzhou), 0))
    hangzhou.leads = False
    talk(hangzhou, chengdu, pull(peer(hangzhou, chengdu), 0))
    pages: list[Page] = []

    def keep(_: Request, reply: Response) -> Response:
        if isinstance(reply, Page) and reply.text:
            pages.append(reply)
        return reply

    chengdu.publish("needs", 2)
    talk(hangzhou, chengdu, pull(peer(hangzhou, chengdu), 0), tamper=keep)

    (page,) = pages
    assert read_heads_text(page.text) == [
        head for head in chengdu.heads(chengdu.key) if head.log.channel == "needs"
    ]


def test_lines_of_heads_that_are_not_whole_are_refused(chengdu: MemoryNode) -> None:
    chengdu.publish("needs", 1)
    text = write_heads_text(chengdu.heads())
    for spoiled in (text[:-1], text.replace(b"needs", b"gossip"), b"\n", text + b"x"):
        with pytest.raises(Refused) as refused:
            read_heads_text(spoiled)
        assert refused.value.code is Code.MALFORMED


def test_what_was_shown_long_ago_is_forgotten() -> None:
    shown = Shown()
    log = LogId("a" * 42 + "A", "needs", 1)
    shown.note(log, 5)
    known = []
    for _ in range(4):
        known.append((shown.has(log, 5), shown.has(log, 6)))
        shown.turn()
    assert known == [(True, False), (True, False), (True, False), (False, False)]


def test_an_offer_of_what_the_peer_holds_already_gives_nothing(
    chengdu: MemoryNode, hangzhou: MemoryNode
) -> None:
    chengdu.publish("registry", 2)
    has_given = [
        talk(chengdu, hangzhou, offer(peer(chengdu, hangzhou), ("registry",))) for _ in range(2)
    ]
    assert has_given == [True, False]


def test_a_push_goes_on_from_where_the_feed_was_given_before(
    chengdu: MemoryNode, hangzhou: MemoryNode
) -> None:
    chengdu.publish("needs", 3)
    talk(chengdu, hangzhou, push(peer(chengdu, hangzhou), None))
    chengdu.publish("needs", 2)
    chengdu.asked.clear()

    talk(chengdu, hangzhou, push(peer(chengdu, hangzhou), chengdu.given))

    assert [type(each) for each in chengdu.asked] == [PushRequest]
    assert chengdu.given == Given(5, 3, 3)


# -- what one leaves out ----------------------------------------------------------------------


def test_what_a_peer_leaves_out_shows_at_the_second_heartbeat(
    chengdu: MemoryNode, hangzhou: MemoryNode, shenzhen: MemoryNode
) -> None:
    Unwilling(hangzhou, "needs", Code.FORK, 0)
    shenzhen.publish("needs", 3)
    chengdu.publish("results", 2)
    for each in (chengdu, hangzhou):
        talk(each, shenzhen, pull(peer(each, shenzhen), 0))
    told: list[int] = []

    def heartbeat() -> None:
        told.append(sum(last - first + 1 for _, first, last in chengdu.lacking))

    talk(chengdu, hangzhou, offer(peer(chengdu, hangzhou), ("results",)))
    talk(chengdu, hangzhou, pull(peer(chengdu, hangzhou), 5), waits=[heartbeat] * 4)

    assert told == [0, 0, 3, 3]
    assert [each.log.author for each in chengdu.lacking] == [shenzhen.key]


def test_what_a_peer_lacked_is_forgotten_once_both_show_the_same(
    chengdu: MemoryNode, hangzhou: MemoryNode, shenzhen: MemoryNode
) -> None:
    door = Unwilling(hangzhou, "needs", Code.FORK, 0)
    shenzhen.publish("needs", 3)
    talk(chengdu, shenzhen, pull(peer(chengdu, shenzhen), 0))
    talk(chengdu, hangzhou, meet(peer(chengdu, hangzhou), CHANNELS))
    assert len(chengdu.lacking) == 1
    door.is_willing = True
    talk(hangzhou, shenzhen, pull(peer(hangzhou, shenzhen), 0))

    talk(chengdu, hangzhou, pull(peer(chengdu, hangzhou), 5), waits=[nothing] * 2)

    assert chengdu.lacking == ()
