"""Forks at the door: kept as evidence, shown to all, and what they leave standing (DESIGN 1.4)."""

from collections.abc import Callable

import pytest

from node.forks import find_showing, settle_showing
from node.readmodels import PROJECTIONS, entries, needs
from protocol.chain import join_text
from protocol.entry import Entry
from protocol.records import (
    EntryKept,
    ForkShown,
    LogOpened,
    NeedAmended,
    ReferralRequested,
    parse_record,
)
from tests.builders import SALT, Country, NodeInTest, StationInTest, need

Open = Callable[..., NodeInTest]


@pytest.fixture
def forked(country: Country) -> tuple[StationInTest, StationInTest]:
    """One station that restored a backup and signed twice: it agrees with itself up to seq 1."""
    one = country.national.admit("四川", "regional")
    other = StationInTest(country.network, "四川", country.clock)
    other.id = one.id
    for each in (one, other):
        each.sign(need("一样的"))
    for number in range(2):
        one.sign(need(f"甲{number}"))
        other.sign(need(f"乙{number}"))
    return one, other


@pytest.fixture
def witness(country: Country) -> StationInTest:
    return country.national.admit("浙江", "regional")


@pytest.fixture
def node(
    open_node: Open, country: Country, witness: StationInTest, forked: tuple[StationInTest, ...]
) -> NodeInTest:
    """The witness's node, which holds the first branch."""
    made = open_node(witness, PROJECTIONS)
    made.ingest.receive(country.national.text() + forked[0].text("needs"), "peer")
    return made


def show(node: NodeInTest) -> list[Entry]:
    """What the node's job does now and then."""
    ingest, key = node.ingest, node.station.key.public
    network = ingest.network.id
    showing = node.store.read(lambda each: find_showing(each, ingest.roster, network, key))
    made = node.publisher.publish_many([(record, "-") for record in showing.records])
    node.store.write(lambda tx: settle_showing(tx, showing))
    return made


def codes(node: NodeInTest, text: bytes) -> list[str]:
    return [str(each.code) for each in node.ingest.receive(text, "peer")]


def reasons(node: NodeInTest, station: StationInTest) -> list[str]:
    found = node.store.read(
        lambda r: entries.find(r, station=station.id, channel="needs", limit=500)
    )
    return [each.reason for each in sorted(found, key=lambda each: each.seq)]


def own_kinds(node: NodeInTest) -> list[str]:
    return [each.header.kind for each in show(node)]


def test_a_fork_is_shown_once_and_disputes_what_follows_it(
    node: NodeInTest, forked: tuple[StationInTest, StationInTest]
) -> None:
    assert codes(node, forked[1].text("needs")) == ["fork"]

    assert own_kinds(node) == [ForkShown.KIND]
    assert own_kinds(node) == []
    assert codes(node, forked[1].text("needs")) == ["fork"]
    assert own_kinds(node) == []
    assert reasons(node, forked[0]) == ["", "", "disputed", "disputed"]
    heads = node.store.read(lambda r: r.heads(forked[0].key.public, "needs"))
    assert [head.seq for head in heads] == [1]


def test_a_fork_found_by_prev_alone_is_proven_too(
    node: NodeInTest, forked: tuple[StationInTest, StationInTest]
) -> None:
    forked[1].sign(need("乙2"))

    assert codes(node, forked[1].log("needs").text(4, 4)) == ["fork"]
    assert own_kinds(node) == [ForkShown.KIND]
    assert reasons(node, forked[0]) == ["", "", "", "disputed"]

    assert codes(node, forked[1].log("needs").text(0, 4)) == ["fork"]
    assert own_kinds(node) == [ForkShown.KIND]
    assert reasons(node, forked[0]) == ["", "", "disputed", "disputed"]


def test_lines_that_prove_nothing_leave_no_evidence(
    node: NodeInTest, forked: tuple[StationInTest, StationInTest]
) -> None:
    log = forked[1].log("needs")
    broken = log.headers[2][:-86] + b"A" * 86

    assert codes(node, join_text([broken], log.bodies[2:3])) == ["fork"]
    assert own_kinds(node) == []
    assert reasons(node, forked[0]) == ["", "", "", ""]


def test_a_node_that_heard_of_the_fork_first_takes_only_what_is_undisputed(
    node: NodeInTest,
    open_node: Open,
    country: Country,
    forked: tuple[StationInTest, StationInTest],
) -> None:
    codes(node, forked[1].text("needs"))
    show(node)
    registry = node.store.read(lambda r: b"".join(r.log_texts(("registry",))))
    late = open_node(country.national, PROJECTIONS, name="late")
    late.ingest.receive(registry, "peer")

    assert codes(late, forked[1].text("needs")) == ["accepted"]
    assert codes(late, forked[0].text("needs")) == ["duplicate"]
    assert codes(late, forked[0].log("needs").text(2, 3)) == ["fork"]
    assert reasons(late, forked[0]) == ["", ""]
    assert late.store.read(lambda r: r.buckets(("needs",))) == node.store.read(
        lambda r: r.buckets(("needs",))
    )


def test_the_forked_author_goes_on_in_a_new_epoch_that_says_so(
    open_node: Open,
    node: NodeInTest,
    country: Country,
    forked: tuple[StationInTest, StationInTest],
) -> None:
    codes(node, forked[1].text("needs"))
    show(node)
    author = open_node(forked[1], PROJECTIONS, name="author")
    author.ingest.receive(country.national.text() + forked[1].text("needs"), "peer")
    author.ingest.receive(node.store.read(lambda r: b"".join(r.log_texts(("registry",)))), "peer")
    stands_by = forked[1].log("needs")

    made = author.publisher.publish(need("新的一期"))
    kept = EntryKept(header=stands_by.headers[2].decode(), content=stands_by.bodies[2].decode())
    author.publisher.publish(kept)

    opening = author.store.read(lambda r: r.entry(made.header.log, 0))
    record = parse_record(LogOpened.KIND, "needs", opening.body)
    assert isinstance(record, LogOpened)
    assert record.why == "fork"
    assert record.continues is not None
    assert (record.continues.epoch, record.continues.seq) == (forked[1].log("needs").id.epoch, 1)
    codes_ = codes(node, author.store.read(lambda r: b"".join(r.log_texts())))
    assert "accepted" in codes_
    titles = {row.title for row in node.store.read(lambda r: needs.find(r))}
    assert titles == {"一样的", "乙0", "新的一期"}


def test_what_another_station_built_upon_stays_in_force(
    node: NodeInTest, forked: tuple[StationInTest, StationInTest]
) -> None:
    log = forked[0].log("needs")
    wanted = node.store.read(lambda r: r.entry(log.id, 2))
    node.publisher.publish(ReferralRequested(salt=SALT, need=wanted.id, to=forked[0].id))

    codes(node, forked[1].text("needs"))
    assert own_kinds(node) == [ForkShown.KIND]
    assert reasons(node, forked[0])[2] == "disputed"
    assert own_kinds(node) == [EntryKept.KIND]

    assert reasons(node, forked[0]) == ["", "", "", "disputed"]
    assert own_kinds(node) == []


def test_acts_of_a_disputed_registry_log_stand_and_are_kept_for_the_others(
    open_node: Open, country: Country, witness: StationInTest
) -> None:
    one = country.national.admit("四川", "regional")
    other = StationInTest(country.network, "四川", country.clock)
    other.id = one.id
    here, there = one.admit("四川1"), other.admit("四川2")
    node, peer = open_node(witness, PROJECTIONS), open_node(country.national, PROJECTIONS, "peer")
    for each, branch in ((node, one), (peer, other)):
        each.ingest.receive(country.national.text() + branch.text("registry"), "peer")
    assert codes(node, other.text("registry")) == ["fork"]

    show(node)
    show(node)
    for _ in range(3):
        peer.ingest.receive(node.store.read(lambda r: b"".join(r.log_texts())), "peer")
        show(peer)
        node.ingest.receive(peer.store.read(lambda r: b"".join(r.log_texts())), "peer")
        show(node)

    for each in (node, peer):
        assert {here.id, there.id} <= set(each.ingest.roster.stations)
    assert node.ingest.roster.digest() == peer.ingest.roster.digest()


def test_a_later_word_of_the_author_is_newer_than_what_is_kept(
    node: NodeInTest, country: Country, forked: tuple[StationInTest, StationInTest]
) -> None:
    base = forked[0].log("needs")
    first = node.store.read(lambda r: r.entry(base.id, 1))
    codes(node, forked[1].text("needs"))
    show(node)
    fields = need("改过").model_dump() | {"after": first.id}
    amended = NeedAmended.model_validate(fields)
    forked[0].sign(amended, first.id, epoch=base.id.epoch + 10)

    codes(node, forked[0].log("needs", base.id.epoch + 10).text())

    titles = {row.title for row in node.store.read(lambda r: needs.find(r))}
    assert titles == {"改过"}
