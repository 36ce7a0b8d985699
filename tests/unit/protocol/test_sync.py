from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.actions import Given, Peer
from protocol.compare import Difference, compare
from protocol.cursor import Cursor, filter_digest
from protocol.errors import Code, Refused
from protocol.exchange import encode_request
from protocol.header import LogId
from protocol.heads import Head, heads_digest, write_value
from protocol.keys import digest
from protocol.limits import BUCKETS, CHANNELS, PAGE_BYTES_MAX
from protocol.messages import (
    BucketsReply,
    BucketsRequest,
    ChangesRequest,
    HeadsReply,
    HeadsRequest,
    Hello,
    HelloRequest,
    Outcome,
    Outcomes,
    PushRequest,
    RangeRequest,
    RangesRequest,
    Request,
    write_heads,
    write_outcomes,
)
from protocol.page import LogText, Page
from protocol.pull import pull
from protocol.push import push
from protocol.reconciling import reconcile
from protocol.sync import Response, check_caller, respond
from tests.unit.protocol.memory import NOW_MS, MemoryNode, peer, talk
from tests.unit.protocol.world import World, country

REGISTRY = ("registry",)


@pytest.fixture
def stranger(world: World) -> MemoryNode:
    return MemoryNode(world, "stranger")


def pull_from(me: MemoryNode, other: MemoryNode, **more: object) -> None:
    talk(me, other, pull(peer(me, other), 0), **more)  # type: ignore[arg-type]


def ask(node: MemoryNode, request: Request, caller: str | None) -> Response:
    return respond(node, caller, request, NOW_MS, node.key)


def count(me: MemoryNode, kind: type[Request]) -> int:
    return sum(isinstance(each, kind) for each in me.asked)


# -- respond --------------------------------------------------------------------------------------


def test_hello_shows_who_answers_and_the_heads_of_the_callers_own_logs(
    chengdu: MemoryNode, hangzhou: MemoryNode
) -> None:
    entries = chengdu.publish("needs", 3)
    pull_from(hangzhou, chengdu)
    hello = ask(hangzhou, HelloRequest(), chengdu.key)
    assert isinstance(hello, Hello)
    assert (hello.key, hello.network, hello.admitted) == (hangzhou.key, hangzhou.network, True)
    assert [(each.channel, each.seq, each.id) for each in hello.heads] == [
        ("needs", 2, entries[-1].id)
    ]


def test_hello_to_a_stranger_shows_no_heads_of_others(
    chengdu: MemoryNode, stranger: MemoryNode
) -> None:
    chengdu.publish("needs")
    for caller in (None, stranger.key):
        hello = ask(chengdu, HelloRequest(), caller)
        assert isinstance(hello, Hello)
        assert (hello.admitted, hello.heads) == (False, ())


@pytest.mark.parametrize(
    "request_",
    [
        ChangesRequest(),
        ChangesRequest(channels=("registry", "needs")),
        BucketsRequest(channels=CHANNELS, buckets=("0" * 16,) * BUCKETS),
        HeadsRequest(channels=CHANNELS, places=((0, 0),)),
        RangeRequest(author="A" * 43, channel="needs", epoch=1, first=0),
    ],
)
def test_who_is_no_member_gets_the_registry_only(
    chengdu: MemoryNode, stranger: MemoryNode, request_: Request
) -> None:
    for caller in (None, stranger.key):
        with pytest.raises(Refused) as refused:
            ask(chengdu, request_, caller)
        assert refused.value.code is Code.NOT_ADMITTED


def test_the_registry_is_open_to_all(chengdu: MemoryNode) -> None:
    chengdu.publish("registry", 2)
    page = ask(chengdu, ChangesRequest(channels=REGISTRY), None)
    assert isinstance(page, Page)
    assert page.text
    log = RangeRequest(author=chengdu.key, channel="registry", epoch=1, first=0)
    assert ask(chengdu, log, None) == LogText(page.text)


def test_a_page_holds_whole_runs_in_arrival_order_and_says_whether_it_is_short(
    chengdu: MemoryNode, hangzhou: MemoryNode
) -> None:
    for channel in ("needs", "results", "needs"):
        chengdu.publish(channel)
    chengdu.rows_per_page = 2
    page = ask(chengdu, ChangesRequest(), hangzhou.key)
    assert isinstance(page, Page)
    assert page.text == chengdu.rows[0].text() + chengdu.rows[1].text()
    assert (page.more, page.digest) == (True, None)
    rest = ask(chengdu, ChangesRequest(after=str(page.cursor)), hangzhou.key)
    assert isinstance(rest, Page)
    assert (rest.text, rest.more) == (chengdu.rows[2].text(), False)


def test_a_page_without_news_carries_the_digest_of_the_heads(
    chengdu: MemoryNode, hangzhou: MemoryNode
) -> None:
    chengdu.publish("needs")
    at_end = Cursor(1, 1, filter_digest(CHANNELS))
    page = ask(chengdu, ChangesRequest(after=str(at_end)), hangzhou.key)
    assert page == Page(at_end, False, heads_digest(chengdu.buckets(CHANNELS)), b"")


def test_what_came_from_the_caller_is_sent_back_only_on_request(
    chengdu: MemoryNode, hangzhou: MemoryNode
) -> None:
    chengdu.publish("needs")
    pull_from(hangzhou, chengdu)
    silent = ask(hangzhou, ChangesRequest(), chengdu.key)
    loud = ask(hangzhou, ChangesRequest(echo=True), chengdu.key)
    assert isinstance(silent, Page)
    assert isinstance(loud, Page)
    assert (silent.text, silent.cursor.position) == (b"", 1)
    assert loud.text == chengdu.rows[0].text()


@pytest.mark.parametrize(
    ("cursor", "code"),
    [
        (Cursor(2, 0, filter_digest(CHANNELS)), Code.CURSOR_EPOCH),
        (Cursor(1, 9, filter_digest(CHANNELS)), Code.CURSOR_AHEAD),
        (Cursor(1, 0, filter_digest(REGISTRY)), Code.BAD_REQUEST),
    ],
)
def test_a_cursor_that_does_not_fit_is_refused_with_its_own_code(
    chengdu: MemoryNode, hangzhou: MemoryNode, cursor: Cursor, code: Code
) -> None:
    with pytest.raises(Refused) as refused:
        ask(chengdu, ChangesRequest(after=str(cursor)), hangzhou.key)
    assert refused.value.code is code


def test_a_range_is_given_as_signed_or_as_headers_alone(
    chengdu: MemoryNode, hangzhou: MemoryNode
) -> None:
    entries = chengdu.publish("needs", 4)
    request = RangeRequest(author=chengdu.key, channel="needs", epoch=1, first=1, last=2)
    text = ask(chengdu, request, hangzhou.key)
    lines = [line for entry in entries[1:3] for line in (entry.line, entry.body)]
    assert text == LogText(b"\n".join(lines) + b"\n")
    bare = ask(chengdu, request.model_copy(update={"bodies": False}), hangzhou.key)
    assert isinstance(bare, LogText)
    assert bare.text.split(b"\n")[1::2] == [b"", b""]


def test_a_range_that_ends_before_it_begins_is_refused(
    chengdu: MemoryNode, hangzhou: MemoryNode
) -> None:
    request = RangeRequest(author=chengdu.key, channel="needs", epoch=1, first=2, last=1)
    with pytest.raises(Refused) as refused:
        ask(chengdu, request, hangzhou.key)
    assert refused.value.code is Code.BAD_REQUEST


def test_equal_stores_differ_in_no_bucket(chengdu: MemoryNode, hangzhou: MemoryNode) -> None:
    chengdu.publish("needs", 3)
    pull_from(hangzhou, chengdu)
    values = tuple(write_value(value) for value in hangzhou.buckets(CHANNELS))
    reply = ask(chengdu, BucketsRequest(channels=CHANNELS, buckets=values), hangzhou.key)
    assert isinstance(reply, BucketsReply)
    assert reply.buckets == ()


def test_heads_are_listed_in_pages(
    chengdu: MemoryNode, hangzhou: MemoryNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("protocol.sync.HEADS_PER_REPLY_MAX", 3)
    for epoch in range(1, 11):
        chengdu.publish("needs", 1, epoch)
    talk(hangzhou, chengdu, reconcile(peer(hangzhou, chengdu), CHANNELS))
    assert hangzhou.state() == chengdu.state()
    assert count(hangzhou, HeadsRequest) == 4


def test_pushes_and_questions_of_strangers_are_checked_alike(
    chengdu: MemoryNode, stranger: MemoryNode
) -> None:
    check_caller(chengdu.roster, chengdu.key, CHANNELS, NOW_MS)
    with pytest.raises(Refused):
        check_caller(chengdu.roster, stranger.key, CHANNELS, NOW_MS)


# -- pull -----------------------------------------------------------------------------------------


def test_an_empty_node_takes_in_all_a_peer_has(chengdu: MemoryNode, hangzhou: MemoryNode) -> None:
    chengdu.publish("registry", 2)
    chengdu.publish("needs", 30)
    chengdu.rows_per_page = 7
    pull_from(hangzhou, chengdu)
    assert hangzhou.state() == chengdu.state()
    assert count(hangzhou, BucketsRequest) == 0


def test_a_second_pull_goes_on_from_the_cursor(chengdu: MemoryNode, hangzhou: MemoryNode) -> None:
    chengdu.publish("needs", 3)
    pull_from(hangzhou, chengdu)
    chengdu.publish("needs", 2)
    hangzhou.asked.clear()
    pull_from(hangzhou, chengdu)
    assert hangzhou.state() == chengdu.state()
    afters = [each.after for each in hangzhou.asked if isinstance(each, ChangesRequest)]
    assert None not in afters


def test_a_node_that_holds_much_compares_heads_at_first_contact(
    chengdu: MemoryNode, hangzhou: MemoryNode
) -> None:
    chengdu.publish("needs", 20)
    hangzhou.publish("results", 20)
    pull_from(hangzhou, chengdu)
    assert count(hangzhou, BucketsRequest) >= 1
    assert hangzhou.state().items() >= chengdu.state().items()


@pytest.mark.parametrize("change", ["epoch", "ahead"])
def test_a_cursor_the_peer_cannot_use_is_answered_by_comparing(
    chengdu: MemoryNode, hangzhou: MemoryNode, change: str
) -> None:
    chengdu.publish("needs", 3)
    pull_from(hangzhou, chengdu)
    chengdu.publish("needs", 3)
    if change == "epoch":
        chengdu.feed_epoch = 2
    else:
        key = (chengdu.key, filter_digest(CHANNELS))
        hangzhou.cursors[key] = Cursor(1, 99, filter_digest(CHANNELS))
    pull_from(hangzhou, chengdu)
    assert hangzhou.state() == chengdu.state()
    assert hangzhou.cursors[chengdu.key, filter_digest(CHANNELS)].position == chengdu.feed_head


def test_who_is_admitted_while_the_registry_is_pulled_does_not_wait_for_news_of_it(
    chengdu: MemoryNode, hangzhou: MemoryNode
) -> None:
    hangzhou.publish("needs", 3)
    greeted: list[Response] = []

    def admitted_from_the_second_hello(_: Request, response: Response) -> Response:
        if isinstance(response, Hello):
            greeted.append(response)
            return response.model_copy(update={"admitted": len(greeted) > 1})
        return response

    talk(chengdu, hangzhou, pull(peer(chengdu, hangzhou), 30),
         tamper=admitted_from_the_second_hello)  # fmt: skip

    assert chengdu.state() == hangzhou.state()


def test_who_is_not_admitted_yet_pulls_the_registry_and_goes_on_once_it_is(world: World) -> None:
    chengdu, new = MemoryNode(world, "chengdu"), MemoryNode(world, "leshan")
    chengdu.publish("registry", 2)
    chengdu.publish("needs", 2)
    pull_from(new, chengdu)
    assert {log.channel for log in new.state()} == {"registry"}

    def admit() -> None:
        world.admit("sichuan", "leshan", "grassroots", division="511100")
        chengdu.publish("registry", 1)

    talk(new, chengdu, pull(peer(new, chengdu), 5), waits=[admit])
    assert new.state() == chengdu.state()


def test_following_takes_in_what_comes_while_waiting(
    chengdu: MemoryNode, hangzhou: MemoryNode
) -> None:
    news = [lambda: chengdu.publish("needs"), lambda: chengdu.publish("needs", 2)]
    talk(hangzhou, chengdu, pull(peer(hangzhou, chengdu), 5), waits=news)
    assert hangzhou.state() == chengdu.state()


def test_heads_that_differ_for_two_heartbeats_are_compared_and_then_left_alone(
    chengdu: MemoryNode, hangzhou: MemoryNode
) -> None:
    chengdu.publish("needs", 2)
    pull_from(hangzhou, chengdu)
    missing = LogId(chengdu.key, "results", 1)
    chengdu.publish("results", 1)
    hidden = chengdu.rows.pop()
    chengdu.rows.append(chengdu.rows[0])
    assert hidden.log == missing
    quiet: list[Callable[[], object]] = [lambda: None] * 6
    hangzhou.asked.clear()
    talk(hangzhou, chengdu, pull(peer(hangzhou, chengdu), 5), waits=quiet)
    assert hangzhou.state() == chengdu.state()
    assert count(hangzhou, BucketsRequest) == 1


def test_a_lasting_difference_is_compared_once_not_at_every_heartbeat(
    chengdu: MemoryNode, hangzhou: MemoryNode
) -> None:
    hangzhou.publish("results", 1)
    chengdu.publish("needs", 9)
    quiet: list[Callable[[], object]] = [lambda: None] * 12
    talk(hangzhou, chengdu, pull(peer(hangzhou, chengdu), 5), waits=quiet)
    assert count(hangzhou, BucketsRequest) == 1


def test_a_gap_is_filled_from_the_peers_log(chengdu: MemoryNode, hangzhou: MemoryNode) -> None:
    chengdu.publish("needs", 6)
    at = Cursor(1, 4, filter_digest(CHANNELS))
    hangzhou.cursors[chengdu.key, at.filter] = at
    pull_from(hangzhou, chengdu)
    assert hangzhou.state() == chengdu.state()


def test_what_was_held_back_is_asked_for_again(chengdu: MemoryNode, hangzhou: MemoryNode) -> None:
    chengdu.publish("needs", 6)
    at_end = Cursor(1, 6, filter_digest(CHANNELS))
    hangzhou.cursors[chengdu.key, at_end.filter] = at_end
    hangzhou.due = [(LogId(chengdu.key, "needs", 1), 0)]
    pull_from(hangzhou, chengdu)
    assert hangzhou.state() == chengdu.state()


def test_a_node_that_lost_its_disk_gets_its_own_log_back_and_is_told(world: World) -> None:
    before, hangzhou = MemoryNode(world, "chengdu"), MemoryNode(world, "hangzhou")
    entries = before.publish("needs", 5)
    pull_from(hangzhou, before)
    after = MemoryNode(world, "chengdu")
    pull_from(after, hangzhou)
    assert after.state() == before.state()
    assert [(head.seq, head.id) for head in after.lost] == [(4, entries[-1].id)]


def test_a_node_has_heard_a_peer_once_its_own_log_is_back(world: World) -> None:
    before, hangzhou = MemoryNode(world, "chengdu"), MemoryNode(world, "hangzhou")
    before.publish("needs", 5)
    pull_from(hangzhou, before)
    after = MemoryNode(world, "chengdu")

    pull_from(after, hangzhou)

    assert [after.key == log.author for log in after.heard[0]] == [True]
    assert [tail and tail.seq for tail in after.heard[0].values()] == [4]


def test_what_a_peer_showed_counts_even_if_it_cannot_be_pulled(world: World) -> None:
    before, hangzhou = MemoryNode(world, "chengdu"), MemoryNode(world, "hangzhou")
    before.publish("needs", 5)
    pull_from(hangzhou, before)
    after = MemoryNode(world, "chengdu")

    def break_off(request: Request, response: Response) -> Response:
        if not isinstance(request, HelloRequest):
            raise Refused(Code.BUSY, "not now")
        return response

    with pytest.raises(Refused):
        pull_from(after, hangzhou, tamper=break_off)

    assert [head.seq for head in after.lost] == [4]
    assert after.heard == []


def test_heads_of_others_in_a_hello_are_not_taken_for_own_ones_that_were_lost(
    world: World,
) -> None:
    chengdu, hangzhou = MemoryNode(world, "chengdu"), MemoryNode(world, "hangzhou")
    hangzhou.publish("needs", 5)
    head = Head(LogId(hangzhou.key, "needs", 1), 4, "A" * 43, 5)

    def make_up(request: Request, response: Response) -> Response:
        if isinstance(response, Hello):
            return response.model_copy(update={"heads": write_heads([head])})
        return response

    pull_from(chengdu, hangzhou, tamper=make_up)

    assert chengdu.lost == []


def test_what_a_node_pushed_before_it_lost_its_disk_comes_back_too(world: World) -> None:
    before, hangzhou = MemoryNode(world, "chengdu"), MemoryNode(world, "hangzhou")
    shenzhen = MemoryNode(world, "shenzhen")
    shenzhen.publish("needs", 3)
    pull_from(before, shenzhen)
    talk(before, hangzhou, push(peer(before, hangzhou), None))
    after = MemoryNode(world, "chengdu")
    pull_from(after, hangzhou)
    assert after.state() == shenzhen.state()


def test_a_node_that_lost_nothing_is_told_nothing(
    chengdu: MemoryNode, hangzhou: MemoryNode
) -> None:
    chengdu.publish("needs", 5)
    pull_from(hangzhou, chengdu)
    chengdu.publish("needs", 1)
    pull_from(chengdu, hangzhou)
    assert chengdu.lost == []
    assert len(chengdu.heard) == 1


def test_another_network_or_another_station_is_not_talked_to(
    chengdu: MemoryNode, hangzhou: MemoryNode
) -> None:
    with pytest.raises(Refused) as refused:
        talk(hangzhou, chengdu, pull(Peer(hangzhou.key, chengdu.key, "f" * 16), 0))
    assert refused.value.code is Code.WRONG_NETWORK
    with pytest.raises(Refused) as refused:
        talk(hangzhou, chengdu, pull(Peer(hangzhou.key, hangzhou.key, hangzhou.network), 0))
    assert refused.value.code is Code.BAD_SIGNATURE


def test_a_feed_that_promises_more_and_does_not_move_is_given_up(
    chengdu: MemoryNode, hangzhou: MemoryNode
) -> None:
    def stuck(_: Request, reply: Response) -> Response:
        if isinstance(reply, Page):
            return Page(Cursor(1, 0, reply.cursor.filter), True, None, b"")
        return reply

    with pytest.raises(Refused) as refused:
        pull_from(hangzhou, chengdu, tamper=stuck)
    assert refused.value.code is Code.BAD_REQUEST


def test_a_peer_that_answers_every_range_with_the_same_text_is_not_asked_forever(
    chengdu: MemoryNode, hangzhou: MemoryNode
) -> None:
    chengdu.publish("needs", 5)
    first = chengdu.rows[0].text()

    def repeat(_: Request, reply: Response) -> Response:
        return LogText(first) if isinstance(reply, LogText) else reply

    hangzhou.due = [(LogId(chengdu.key, "needs", 1), 0)]
    at_end = Cursor(1, 5, filter_digest(CHANNELS))
    hangzhou.cursors[chengdu.key, at_end.filter] = at_end
    pull_from(hangzhou, chengdu, tamper=repeat)
    assert count(hangzhou, RangesRequest) == 2


# -- compare and push -----------------------------------------------------------------------------


def test_comparing_tells_what_each_side_lacks(chengdu: MemoryNode, hangzhou: MemoryNode) -> None:
    chengdu.publish("needs", 5)
    pull_from(hangzhou, chengdu)
    chengdu.publish("needs", 2)
    hangzhou.publish("results", 3)
    difference = talk(hangzhou, chengdu, compare(CHANNELS))
    lacking_here = difference.lacking_here()  # type: ignore[attr-defined]
    lacking_there = difference.lacking_there()  # type: ignore[attr-defined]
    assert [(head.log.channel, first, head.seq) for head, first in lacking_here] == [
        ("needs", 5, 6)
    ]
    assert [(head.log.channel, first, head.seq) for head, first in lacking_there] == [
        ("results", 0, 2)
    ]


def test_the_first_push_gives_only_what_the_peer_lacks(
    chengdu: MemoryNode, hangzhou: MemoryNode
) -> None:
    chengdu.publish("needs", 5)
    pull_from(hangzhou, chengdu)
    chengdu.publish("needs", 2)
    chengdu.publish("registry", 1)
    talk(chengdu, hangzhou, push(peer(chengdu, hangzhou), None))
    assert hangzhou.state() == chengdu.state()
    pushed = [each.text for each in chengdu.asked if isinstance(each, PushRequest)]
    assert pushed[0].split(b" ")[3] == b"registry"
    assert sum(text.count(b"\n") // 2 for text in pushed) == 3


def test_what_is_new_is_pushed_but_never_back_to_where_it_came_from(
    chengdu: MemoryNode, hangzhou: MemoryNode, world: World
) -> None:
    shenzhen = MemoryNode(world, "shenzhen")
    shenzhen.publish("needs", 2)

    def news() -> None:
        chengdu.publish("results", 1)
        pull_from(chengdu, shenzhen)
        hangzhou.publish("bulletin", 1)
        pull_from(chengdu, hangzhou)
        chengdu.asked.clear()

    talk(chengdu, hangzhou, push(peer(chengdu, hangzhou), None), waits=[news])
    assert hangzhou.state() == chengdu.state()
    text = b"".join(each.text for each in chengdu.asked if isinstance(each, PushRequest))
    assert {line.split(b" ")[3] for line in text.split(b"\n")[0:-1:2]} == {b"results", b"needs"}
    assert chengdu.given is not None
    assert chengdu.given.news == chengdu.feed_head


def test_a_push_that_meets_a_gap_gives_what_comes_before(
    chengdu: MemoryNode, hangzhou: MemoryNode
) -> None:
    chengdu.publish("needs", 6)
    talk(chengdu, hangzhou, push(peer(chengdu, hangzhou), Given(4, 4, 4)))
    assert hangzhou.state() == chengdu.state()


def test_a_busy_peer_is_left_alone(chengdu: MemoryNode, hangzhou: MemoryNode) -> None:
    chengdu.publish("needs", 1)

    def busy(_: Request, reply: Response) -> Response:
        if not isinstance(reply, Outcomes):
            return reply
        from dataclasses import replace

        return write_outcomes(replace(each, code=Code.BUSY) for each in reply.read())

    with pytest.raises(Refused) as refused:
        talk(chengdu, hangzhou, push(peer(chengdu, hangzhou), None), tamper=busy)
    assert refused.value.code is Code.BUSY


def test_a_peer_that_takes_nothing_is_not_pushed_to_forever(
    chengdu: MemoryNode, hangzhou: MemoryNode
) -> None:
    chengdu.publish("needs", 5)

    def unwilling(_: Request, reply: Response) -> Response:
        if not isinstance(reply, Outcomes):
            return reply
        return write_outcomes(
            Outcome(each.log, 0, 5, Code.OVER_QUOTA, 0, "later") for each in reply.read()
        )

    talk(chengdu, hangzhou, push(peer(chengdu, hangzhou), None), tamper=unwilling)
    assert count(chengdu, PushRequest) == 1


def test_what_is_gone_from_the_own_store_is_not_pushed(
    chengdu: MemoryNode, hangzhou: MemoryNode
) -> None:
    chengdu.publish("needs", 2)
    chengdu.text = lambda *_, **__: b""  # type: ignore[method-assign,assignment]
    talk(chengdu, hangzhou, push(peer(chengdu, hangzhou), None))
    assert count(chengdu, PushRequest) == 0


def test_a_refusal_that_comparing_cannot_mend_ends_the_conversation(
    chengdu: MemoryNode, hangzhou: MemoryNode
) -> None:
    def refuse(request: Request, reply: Response) -> Response:
        if isinstance(request, ChangesRequest) and request.channels == CHANNELS:
            raise Refused(Code.RATE, "slower, please")
        return reply

    with pytest.raises(Refused) as refused:
        pull_from(hangzhou, chengdu, tamper=refuse)
    assert refused.value.code is Code.RATE


def test_nothing_is_pushed_to_who_does_not_know_this_station(
    stranger: MemoryNode, hangzhou: MemoryNode
) -> None:
    with pytest.raises(Refused) as refused:
        talk(stranger, hangzhou, push(peer(stranger, hangzhou), None))
    assert refused.value.code is Code.NOT_ADMITTED


def test_large_ranges_go_in_several_requests(chengdu: MemoryNode, hangzhou: MemoryNode) -> None:
    chengdu.publish("needs", 40)
    whole = chengdu.text

    def small(log: LogId, first: int, last: int, bytes_max: int, *, bodies: bool = True) -> bytes:
        assert bytes_max == PAGE_BYTES_MAX
        return whole(log, first, min(last, first + 15), bytes_max, bodies=bodies)

    chengdu.text = small  # type: ignore[method-assign]
    talk(chengdu, hangzhou, push(peer(chengdu, hangzhou), None))
    assert hangzhou.state() == chengdu.state()
    assert count(chengdu, PushRequest) == 3


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["publish", "pull", "heads", "push", "wipe"]),
        st.integers(0, 2),
        st.integers(0, 2),
    ),
    max_size=25,
)


@given(STEPS)
@settings(max_examples=40, deadline=None)
def test_whatever_happened_before_nodes_that_talk_converge(
    steps: list[tuple[str, int, int]],
) -> None:
    world = country()
    nodes = [MemoryNode(world, name) for name in ("chengdu", "hangzhou", "shenzhen")]
    for what, one, two in steps:
        me, other = nodes[one], nodes[two]
        if what == "publish":
            me.publish(("needs", "results", "registry")[two], 1 + two)
        elif what == "wipe" and one != two:
            lost = MemoryNode(world, me.name, feed_epoch=me.feed_epoch + 1)
            pull_from(other, me)
            pull_from(lost, other)
            nodes[one] = lost
        elif one != two:
            me.leads = what != "heads"
            talking = push(peer(me, other), None) if what == "push" else pull(peer(me, other), 0)
            talk(me, other, talking)
    for _ in range(2):
        for me in nodes:
            for other in nodes:
                if me is not other:
                    pull_from(me, other)
    assert nodes[0].state() == nodes[1].state() == nodes[2].state()


def test_replies_survive_the_wire(chengdu: MemoryNode, hangzhou: MemoryNode) -> None:
    chengdu.publish("needs", 3)
    empty = ("0" * 16,) * BUCKETS
    for request in (
        HelloRequest(),
        BucketsRequest(channels=CHANNELS, buckets=empty),
        HeadsRequest(channels=CHANNELS, places=((1, 1),)),
    ):
        reply = ask(chengdu, request, hangzhou.key)
        assert isinstance(reply, Hello | BucketsReply | HeadsReply)
        assert type(reply).decode(reply.encode()) == reply


@pytest.mark.parametrize(
    ("formats", "told"),
    [
        (("yz2",), "speaks yz2, this one yz1; upgrade the program of this one"),
        (("yz0",), "upgrade the program of that one"),
        ((), "speaks nothing known"),
    ],
)
def test_nodes_without_a_common_format_say_which_is_to_be_upgraded_and_exchange_nothing(
    chengdu: MemoryNode, hangzhou: MemoryNode, formats: tuple[str, ...], told: str
) -> None:
    def other_version(request: Request, response: Response) -> Response:
        if isinstance(response, Hello):
            return response.model_copy(update={"formats": formats})
        return response

    for conversation in (pull(peer(hangzhou, chengdu), 0), push(peer(hangzhou, chengdu), None)):
        hangzhou.asked.clear()
        with pytest.raises(Refused, match=told) as refused:
            talk(hangzhou, chengdu, conversation, tamper=other_version)
        assert refused.value.code is Code.UNSUPPORTED
        assert [type(each) for each in hangzhou.asked] == [HelloRequest]


class ManyLogs(MemoryNode):
    """A node that holds the heads of a whole country."""

    def __init__(self, world: World, name: str, held: dict[LogId, Head]) -> None:
        super().__init__(world, name)
        self.held = held

    def heads(self, author: str | None = None) -> Sequence[Head]:
        return [head for log, head in self.held.items() if author in (None, log.author)]


def test_ten_of_twenty_thousand_heads_are_found_in_two_rounds_and_under_fifty_kilobytes(
    world: World,
) -> None:
    authors = [digest(b"author %d" % number) for number in range(3_334)]
    logs = [LogId(author, channel, 1) for author in authors for channel in CHANNELS[:6]][:20_000]
    held = {log: Head(log, 5, digest(str(log).encode()), NOW_MS) for log in logs}
    behind = {log: head._replace(seq=4) for log, head in list(held.items())[::2_000]}
    mine, other = ManyLogs(world, "chengdu", held | behind), ManyLogs(world, "hangzhou", held)
    exchanged: list[int] = []

    def weigh(request: Request, response: Response) -> Response:
        assert isinstance(response, BucketsReply | HeadsReply)
        exchanged.append(len(encode_request(request).body) + len(response.encode()))
        return response

    difference = talk(mine, other, compare(CHANNELS), tamper=weigh)

    assert isinstance(difference, Difference)
    assert {head.log for head, _ in difference.lacking_here()} == set(behind)
    assert difference.lacking_there() == []
    assert len(exchanged) == 2
    assert sum(exchanged) < 50 * 1024
