"""Which peers hold a station's own entries, as far as they have said, and when (P1)."""

from collections.abc import Callable

import pytest

from node.durability import find_held_by, find_own
from node.holdings import FRESH_MS, Holdings, sample_own, write_holdings
from node.store import Reading, StoreView
from protocol.chain import join_text
from protocol.cursor import Cursor, filter_digest
from protocol.header import LogId
from protocol.heads import Head
from protocol.limits import CHANNELS
from protocol.messages import ChangesRequest, HelloRequest, Outcome
from protocol.sync import respond
from tests.builders import Country, NodeInTest, StationInTest, TestClock, need

Open = Callable[..., NodeInTest]


@pytest.fixture
def sichuan(country: Country) -> StationInTest:
    return country.national.admit("四川", "regional", division="510000")


@pytest.fixture
def zhejiang(country: Country) -> StationInTest:
    return country.national.admit("浙江", "regional", division="330000")


@pytest.fixture
def hangzhou(zhejiang: StationInTest) -> StationInTest:
    return zhejiang.admit("杭州", division="330100")


@pytest.fixture
def node(
    open_node: Open,
    country: Country,
    sichuan: StationInTest,
    zhejiang: StationInTest,
    hangzhou: StationInTest,
) -> NodeInTest:
    """Sichuan's node, which has published two needs."""
    made = open_node(sichuan)
    made.ingest.receive(country.national.text() + zhejiang.text(), "peer")
    made.publisher.publish_many([(need("甲"), "-"), (need("乙"), "-")])
    return made


@pytest.fixture
def holdings(node: NodeInTest, clock: TestClock) -> Holdings:
    return Holdings([node.station.key.public], clock)


def log_of(node: NodeInTest) -> LogId:
    return next(head.log for head in node.store.read(lambda r: r.heads(own(node))))


def own(node: NodeInTest) -> str:
    return node.station.key.public


def head(node: NodeInTest, seq: int) -> Head:
    return Head(log_of(node), seq, "x" * 43, 0)


def test_an_entry_nobody_spoke_of_is_not_durable(node: NodeInTest, holdings: Holdings) -> None:
    found = find_held_by(holdings, node.ingest.roster, log_of(node), 1)

    assert (found.count, found.is_durable, found.as_of_ms) == (0, False, None)


def test_what_two_other_stations_hold_is_durable_and_shown_with_its_age(
    node: NodeInTest,
    holdings: Holdings,
    country: Country,
    zhejiang: StationInTest,
    hangzhou: StationInTest,
    clock: TestClock,
) -> None:
    first_ms = clock.now
    holdings.note_heads(hangzhou.key.public, [head(node, 2)])
    clock.now += 60_000
    holdings.note_heads(country.national.key.public, [head(node, 1)])

    one = find_held_by(holdings, node.ingest.roster, log_of(node), 1)
    two = find_held_by(holdings, node.ingest.roster, log_of(node), 2)

    assert (one.count, one.is_durable, one.is_national) == (2, True, True)
    assert one.regions == [zhejiang.id]
    assert one.as_of_ms == first_ms
    assert [each.name for each in one.holders] == ["国家站", "杭州"]
    assert (two.count, two.is_durable, two.is_national) == (1, False, False)


def test_the_author_and_strangers_do_not_count(
    node: NodeInTest, holdings: Holdings, country: Country
) -> None:
    stranger = StationInTest(country.network, "路人", country.clock)

    for peer in (own(node), stranger.key.public):
        holdings.note_heads(peer, [head(node, 2)])

    assert find_held_by(holdings, node.ingest.roster, log_of(node), 1).count == 0


def test_logs_of_others_are_not_kept_account_of(
    node: NodeInTest, holdings: Holdings, zhejiang: StationInTest
) -> None:
    foreign = Head(zhejiang.log("needs").id, 3, "x" * 43, 0)

    holdings.note_heads(zhejiang.key.public, [foreign])

    assert holdings.write_down() == []


def test_the_answer_to_a_push_says_up_to_where_a_peer_holds_a_log(
    node: NodeInTest, holdings: Holdings, zhejiang: StationInTest
) -> None:
    log, peer = log_of(node), zhejiang.key.public
    holdings.note_outcomes(peer, [Outcome(log, 0, 2, "accepted", 2)])
    assert set(holdings.holders(log, 1)) == {peer}
    assert holdings.holders(log, 2) == {}

    holdings.note_outcomes(peer, [Outcome(log, 2, 1, "duplicate", 3)])
    assert set(holdings.holders(log, 2)) == {peer}

    holdings.note_outcomes(peer, [Outcome(log, 3, 1, "over-quota", 3), Outcome(None, 0, 1, "x")])
    assert holdings.holders(log, 3) == {}


def test_a_reader_holds_what_came_before_the_position_it_reads_on_from(
    node: NodeInTest, holdings: Holdings, zhejiang: StationInTest
) -> None:
    log, peer = log_of(node), zhejiang.key.public
    before = node.store.visible
    holdings.sample(node.store.read(lambda r: sample_own(r, [own(node)])))
    holdings.note_reader(peer, before - 1)
    assert holdings.holders(log, 0) == {}
    holdings.note_reader(peer, before)
    assert set(holdings.holders(log, 2)) == {peer}

    node.publisher.publish(need("丙"))
    holdings.sample(node.store.read(lambda r: sample_own(r, [own(node)])))

    assert holdings.holders(log, 3) == {}
    holdings.note_reader(peer, before + 1)
    assert set(holdings.holders(log, 3)) == {peer}


def test_who_only_asks_where_logs_stand_need_not_hold_them(
    node: NodeInTest, holdings: Holdings, zhejiang: StationInTest
) -> None:
    feed = (node.store.read(lambda r: r.feed_epoch), node.store.visible)
    holdings.sample(node.store.read(lambda r: sample_own(r, [own(node)])))
    after = str(Cursor(*feed, filter_digest(CHANNELS)))

    holdings.note_request(zhejiang.key.public, ChangesRequest(after=after, heads=True), feed)
    assert holdings.holders(log_of(node), 1) == {}
    holdings.note_request(zhejiang.key.public, ChangesRequest(after=after), feed)
    assert set(holdings.holders(log_of(node), 1)) == {zhejiang.key.public}


def test_what_peers_are_not_shown_yet_is_nobody_s(
    node: NodeInTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("node.store.guard.Guard.create", full)
    with pytest.raises(OSError, match="No space"):
        node.publisher.publish(need("丙"))

    assert node.store.read(lambda r: sample_own(r, [own(node)])) is None


def test_an_older_word_never_takes_back_a_newer_one(
    node: NodeInTest, holdings: Holdings, zhejiang: StationInTest
) -> None:
    holdings.note_heads(zhejiang.key.public, [head(node, 2)])
    holdings.note_heads(zhejiang.key.public, [head(node, 1)])

    assert set(holdings.holders(log_of(node), 2)) == {zhejiang.key.public}


def test_how_much_of_a_log_is_durable_is_what_the_second_best_holds(
    node: NodeInTest,
    holdings: Holdings,
    country: Country,
    zhejiang: StationInTest,
    hangzhou: StationInTest,
) -> None:
    for station, seq in ((country.national, 2), (zhejiang, 1), (hangzhou, 0)):
        holdings.note_heads(station.key.public, [head(node, seq)])

    found = find_own(holdings, node.ingest.roster, node.store.read(lambda r: r.heads(own(node))))

    assert (found.entries, found.durable) == (3, 2)
    assert [(each.seq, each.durable_seq, each.holders) for each in found.logs] == [(2, 1, 1)]


def test_what_was_said_is_still_known_after_a_restart(
    node: NodeInTest, holdings: Holdings, zhejiang: StationInTest, clock: TestClock
) -> None:
    log, peer = log_of(node), zhejiang.key.public
    holdings.note_heads(peer, [head(node, 1)])
    rows = holdings.write_down()
    node.store.write(lambda tx: write_holdings(tx, rows))
    assert holdings.write_down() == []

    again = Holdings([own(node)], clock)
    node.store.read(again.load)

    assert again.holders(log, 1) == {peer: clock.now}
    clock.now += FRESH_MS - 1
    again.note_heads(peer, [head(node, 1)])
    assert again.write_down() == []
    clock.now += 1
    again.note_heads(peer, [head(node, 1)])
    assert len(again.write_down()) == 1


def test_a_peer_that_lacks_a_body_holds_only_what_lies_before_it(
    node: NodeInTest,
    holdings: Holdings,
    open_node: Open,
    country: Country,
    zhejiang: StationInTest,
    clock: TestClock,
) -> None:
    log, peer = log_of(node), zhejiang.key.public
    other = open_node(zhejiang, (), "other")
    other.ingest.receive(country.national.text() + zhejiang.text(), "peer")
    headers, bodies = node.store.read(lambda r: r.range(log, 0, 2))
    other.ingest.receive(join_text(headers, [*bodies[:2], b""]), "peer")

    def hello() -> object:
        def greet(reading: Reading) -> object:
            view = StoreView(reading, country.network.id, peer, other.ingest.roster)
            return respond(view, own(node), HelloRequest(), clock.now_ms(), peer)

        return other.store.read(greet)

    holdings.note_reply(peer, hello())
    assert (set(holdings.holders(log, 1)), set(holdings.holders(log, 2))) == ({peer}, set())

    other.ingest.receive(join_text(headers, bodies), "peer")
    holdings.note_reply(peer, hello())
    assert set(holdings.holders(log, 2)) == {peer}
