"""What hostile text costs the one who takes it in: signatures checked and rows written."""

from collections.abc import Callable

import pytest
from sqlalchemy import event

from node.store.writing import HELD_PER_PEER_MAX
from protocol.header import is_header_signed
from protocol.limits import FUTURE_MS_MAX
from protocol.records import Quota
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


def test_strangers_logs_leave_one_row_each_and_a_thousand_a_peer_at_most(
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

    assert counter.checks == 2 * logs
    assert len(written) <= 2 * logs
    assert all("held_run" in statement for statement in written)
    assert len(node.store.read(lambda reading: reading.held("peer"))) == HELD_PER_PEER_MAX
    assert node.store.read(lambda reading: reading.counts()) == before
