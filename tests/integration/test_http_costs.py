"""What a request of a hostile member costs: signatures checked, rows written (1.3, 1.7)."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from sqlalchemy import event

from node.app import Node
from node.intake import PROOFS_MAX
from protocol.chain import join_text
from protocol.header import is_header_signed
from protocol.keys import is_signature
from protocol.limits import (
    BUCKETS,
    CHANNELS,
    FORK_HEADERS_MAX,
    INTEGER_MAX,
    SUB_BUCKETS,
)
from protocol.messages import (
    BucketsRequest,
    ChangesRequest,
    HeadsRequest,
    HelloRequest,
    RangeRequest,
    RangesRequest,
    Request,
)
from tests.builders import SALT, StationInTest, need
from tests.integration.country import Country
from tests.integration.signed import SignedClient


@dataclass
class Costs:
    """Signatures checked and rows written since it was last emptied."""

    signatures: int = 0
    rows: int = 0
    tables: set[str] = field(default_factory=set)

    def take(self) -> tuple[int, int]:
        """The costs so far, which begin anew."""
        found = self.signatures, self.rows
        self.signatures = self.rows = 0
        self.tables.clear()
        return found


@pytest.fixture
def costs(node: Node, client: SignedClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[Costs]:
    """Counts while the test runs; the client has made itself known before."""
    counted = Costs()

    def check_signature(*given: str) -> bool:
        counted.signatures += 1
        return is_signature(*given)  # type: ignore[arg-type]

    def check_header(line: bytes, author: str) -> bool:
        counted.signatures += 1
        return is_header_signed(line, author)

    def note(
        _connection: object, _cursor: object, statement: str, given: object, *more: object
    ) -> None:
        verb, _, rest = statement.partition(" ")
        if verb in ("INSERT", "UPDATE", "DELETE"):
            is_many = more[-1] is True
            counted.rows += len(given) if is_many and isinstance(given, list) else 1
            counted.tables.add(rest.split()[0 if verb == "UPDATE" else 1].strip('"'))

    monkeypatch.setattr("protocol.requests.is_signature", check_signature)
    for module in ("protocol.chain", "protocol.forks"):
        monkeypatch.setattr(f"{module}.is_header_signed", check_header)
    engine = node.store.write(lambda tx: tx.connection.engine)
    event.listen(engine, "before_cursor_execute", note)
    yield counted
    event.remove(engine, "before_cursor_execute", note)


def questions(member: StationInTest) -> list[Request]:
    """One of each kind that only asks, as dear as it may be."""
    log = member.log("needs").id
    places = tuple((bucket, sub) for bucket in range(BUCKETS) for sub in range(SUB_BUCKETS))
    return [
        HelloRequest(),
        ChangesRequest(echo=True),
        BucketsRequest(channels=CHANNELS, buckets=("0" * 16,) * BUCKETS),
        HeadsRequest(channels=CHANNELS, places=places),
        RangeRequest(author=log.author, channel=log.channel, epoch=log.epoch, first=0),
        RangeRequest(
            author=log.author, channel=log.channel, epoch=log.epoch, first=1, last=INTEGER_MAX
        ),
        RangesRequest(ranges=tuple((*log, seq, seq + 1) for seq in range(90))),
        RangesRequest(ranges=((*log, 0, INTEGER_MAX),)),
    ]


def inner_ends(question: Request) -> int:
    """How many ranges of a log are asked for that end inside it."""
    if isinstance(question, RangesRequest):
        return sum(each[4] != INTEGER_MAX for each in question.ranges)
    return int(isinstance(question, RangeRequest) and question.last != INTEGER_MAX)


async def test_a_question_costs_its_own_signature_and_that_of_a_range_and_writes_nothing(
    member: StationInTest, client: SignedClient, costs: Costs
) -> None:
    for number in range(100):
        member.sign(need(f"需求{number}"))
    await client.push(member.text())
    costs.take()
    for question in questions(member):
        assert (await client.ask(question)).status == 200
        signatures, rows = costs.take()
        assert signatures <= 1 + inner_ends(question), question
        assert rows == 0, question


async def test_an_unsigned_question_and_one_that_is_none_cost_less_still(
    node: Node, client: SignedClient, costs: Costs
) -> None:
    async with SignedClient(node, None) as nobody:
        await nobody.ask(ChangesRequest())
        await nobody.push(b"yz1 " * 1000)
    await client.send("GET", "/nothing")
    await client.send("POST", "/heads", "", b"[" * 60_000)
    await client.send("GET", "/logs/x/y/z", "from=" + "9" * 4000)
    signatures, rows = costs.take()
    assert signatures <= 3
    assert rows == 0


async def test_a_push_costs_two_signatures_a_run_and_a_few_rows_a_log(
    member: StationInTest, client: SignedClient, costs: Costs
) -> None:
    for number in range(500):
        member.sign(need(f"需求{number}"))
    runs = 2
    await client.push(member.text())
    signatures, rows = costs.take()
    assert signatures <= 1 + 2 * runs
    assert rows < 3 * 500 + 50
    await client.push(member.text())
    assert costs.take() == (1, 0)


async def test_a_thousand_runs_that_are_refused_leave_a_row_each_and_nothing_else(
    node: Node, land: Country, member: StationInTest, client: SignedClient, costs: Costs
) -> None:
    stranger = StationInTest(land.network, "路人", node.clock)  # type: ignore[arg-type]
    strange = b"".join(stranger.log("needs", number + 1).text() for number in range(1000))
    before = node.hub.position
    await client.push(strange)
    assert costs.signatures == 1
    assert costs.tables <= {"held_run"}
    assert costs.take()[1] <= 2 * 1000
    forged = [
        join_text([line[:-86] + b"A" * 86 for line in log.headers], log.bodies)
        for log in (member.log("needs", number + 1) for number in range(500))
    ]
    await client.push(b"".join(forged))
    assert costs.signatures <= 1 + 500
    assert costs.tables <= {"held_run"}
    assert node.hub.position == before


async def test_forks_are_proved_for_so_many_signatures_a_push_and_no_more(
    node: Node, land: Country, member: StationInTest, client: SignedClient, costs: Costs
) -> None:
    twin = StationInTest(land.network, "四川站", node.clock)  # type: ignore[arg-type]
    logs = [(channel, epoch) for channel in ("needs", "results") for epoch in range(1, 15)]
    for channel, epoch in logs:
        log = member.log(channel, epoch)
        other = twin.log(channel, epoch)
        assert log.id == other.id
        for station, title in ((member, "甲"), (twin, "乙")):
            station.sign(need(title, salt=SALT), channel=channel, epoch=epoch)
    await client.push(member.text())
    costs.take()
    forked = b"".join(twin.log(channel, epoch).text() for channel, epoch in logs)
    await client.push(forked)
    signatures, _ = costs.take()
    assert signatures <= 1 + 2 * len(logs) + PROOFS_MAX * 4 * FORK_HEADERS_MAX
    await client.push(forked * 30)
    again, _ = costs.take()
    assert again <= 1 + PROOFS_MAX * 4 * FORK_HEADERS_MAX
