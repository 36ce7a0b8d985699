"""What hostile text costs the one who takes it in: signatures checked and rows written."""

from collections.abc import Callable

import pytest
from sqlalchemy import event

from node.store.writing import HELD_PER_PEER_MAX
from protocol.header import is_header_signed
from protocol.limits import EPOCHS_PER_YEAR_MAX, FUTURE_MS_MAX
from protocol.records import Quota, VisitMade
from tests.builders import Country, NodeInTest, StationInTest, need

Open = Callable[..., NodeInTest]
CHECKS_PER_RUN = 2
"""Its last entry's, and that of the last which may be stored."""


class Counter:
    """Counts the signatures checked since it was made."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.checks = 0
        monkeypatch.setattr("protocol.chain.is_header_signed", self)

    def __call__(self, line: bytes, author: str) -> bool:
        self.checks += 1
        return is_header_signed(line, author)


@pytest.fixture
def counter(monkeypatch: pytest.MonkeyPatch) -> Counter:
    return Counter(monkeypatch)


@pytest.fixture
def member(country: Country) -> StationInTest:
    return country.national.admit("小站", "regional", quota=Quota(entries_per_day=50))


@pytest.fixture
def node(open_node: Open, country: Country, member: StationInTest) -> NodeInTest:
    made = open_node(member)
    made.ingest.receive(country.national.text(), "peer")
    return made


def test_a_run_costs_two_signatures_at_most_however_long_it_is(
    node: NodeInTest, member: StationInTest, counter: Counter
) -> None:
    for number in range(199):
        time = member.clock.now + number + (FUTURE_MS_MAX * 2 if number > 150 else 0)
        member.sign(need(f"需求{number}"), time=time + 1)

    node.ingest.receive(member.text("needs"), "peer")

    assert counter.checks <= CHECKS_PER_RUN


def test_what_is_held_already_or_cannot_be_read_costs_no_signature(
    node: NodeInTest, member: StationInTest, counter: Counter
) -> None:
    member.sign(need())
    text = member.text("needs")
    node.ingest.receive(text, "peer")
    counter.checks = 0

    for hostile in (text, text * 20, text[:-30], b"yz1 " * 10_000, b"\n" * 10_000):
        node.ingest.receive(hostile, "peer")

    assert counter.checks == 0


def test_strangers_logs_cost_no_signature_and_leave_a_thousand_rows_a_peer_at_most(
    node: NodeInTest, country: Country, counter: Counter
) -> None:
    stranger = StationInTest(country.network, "路人", country.clock)
    logs = HELD_PER_PEER_MAX + 50
    text = b"".join(stranger.log("needs", number + 1).text() for number in range(logs))
    before = node.store.read(lambda reading: reading.counts())
    written: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith(("INSERT", "UPDATE", "DELETE")):
            written.append(statement)

    writer = node.store.write(lambda tx: tx.connection.engine)
    event.listen(writer, "before_cursor_execute", note)
    node.ingest.receive(text, "peer")
    node.ingest.receive(text, "peer")
    event.remove(writer, "before_cursor_execute", note)

    assert counter.checks == 0
    assert len(written) <= 2 * logs
    assert all("held_run" in statement for statement in written)
    assert len(node.store.read(lambda reading: reading.held("peer"))) == HELD_PER_PEER_MAX
    assert node.store.read(lambda reading: reading.counts()) == before


def test_a_member_has_no_more_of_the_disk_than_its_quota_however_many_logs_it_opens(
    open_node: Open, country: Country
) -> None:
    quota = Quota(entries_per_day=5, bytes_per_day=8_000)
    greedy = country.national.admit("贪心站", "regional", quota=quota)
    node = open_node(greedy, name="greedy")
    node.ingest.receive(country.national.text(), "peer")
    for channel in ("needs", "registry"):
        for epoch in range(1, EPOCHS_PER_YEAR_MAX + 8):
            for number in range(9):
                greedy.sign(
                    VisitMade(on="2026-11-20", needs_found=number), channel=channel, epoch=epoch
                )

    for text in (greedy.text("registry"), greedy.text("needs")) * 2:
        for peer in ("one", "other"):
            node.ingest.receive(text, peer)

    held = node.store.read(lambda tx: tx.logs(greedy.key.public))
    assert EPOCHS_PER_YEAR_MAX <= len(held) <= 2 * EPOCHS_PER_YEAR_MAX
    assert all(log.tail.seq < quota.entries_per_day for log in held)
    assert all(log.line_bytes <= quota.bytes_per_day for log in held)
    assert len(node.store.read(lambda tx: tx.held())) <= 2 * HELD_PER_PEER_MAX
