"""What stations ask of one another, over real sockets (SPEC 7)."""

import asyncio
import gzip
import json
import time
from typing import Any

import pytest

from node.app import Node
from protocol.keys import SigningKey
from protocol.limits import PAGE_BYTES_MAX
from protocol.messages import ChangesRequest, HelloRequest, RangeRequest, RangesRequest
from protocol.page import read_heads_text
from tests.builders import StationInTest, need, result
from tests.integration.country import Country
from tests.integration.signed import Answer, SignedClient

REGISTRY = ("registry",)


def outcomes(answer: Answer) -> list[Any]:
    assert answer.status == 200, answer
    told: list[Any] = json.loads(answer.body)["outcomes"]
    return told


def code(answer: Answer) -> str:
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    return str(json.loads(answer.body)["code"])


async def test_hello_says_who_answers_and_what_it_holds_of_the_caller(
    node: Node, member: StationInTest, client: SignedClient
) -> None:
    member.sign(need())
    await client.push(member.text())
    told = json.loads((await client.ask(HelloRequest())).body)
    assert told["network"] == node.network.id
    assert told["key"] == node.keyring.signing.public
    assert told["admitted"] is True
    assert [(head["channel"], head["seq"]) for head in told["heads"]] == [("needs", 1)]


async def test_what_is_pushed_is_stored_and_a_second_time_is_a_duplicate(
    node: Node, member: StationInTest, client: SignedClient
) -> None:
    entry = member.sign(need())
    assert [each["code"] for each in outcomes(await client.push(member.text()))] == ["accepted"]
    assert [each["code"] for each in outcomes(await client.push(member.text()))] == ["duplicate"]
    page = await client.changes(ChangesRequest(echo=True))
    assert entry.line in page.text
    without_echo = await client.changes(ChangesRequest())
    assert entry.line not in without_echo.text


async def test_a_gzipped_push_is_taken_and_signed_as_sent(
    member: StationInTest, client: SignedClient
) -> None:
    member.sign(need())
    packed = gzip.compress(member.text())
    answer = await client.send("POST", "/entries", "", packed, {"Content-Encoding": "gzip"})
    assert outcomes(answer)[0]["code"] == "accepted"


async def test_a_range_comes_as_it_was_signed(member: StationInTest, client: SignedClient) -> None:
    for number in range(3):
        member.sign(need(f"需求 {number}"))
    await client.push(member.text())
    log = member.log("needs")
    wanted = RangeRequest(
        author=log.id.author, channel="needs", epoch=log.id.epoch, first=1, last=2
    )
    whole = await client.ask(wanted)
    assert whole.body == log.text(1, 2)
    assert whole.headers["Cache-Control"] == "no-store"
    bare = await client.ask(wanted.model_copy(update={"bodies": False}))
    assert bare.body == b"".join(line + b"\n\n" for line in log.headers[1:3])
    assert "immutable" in bare.headers["Cache-Control"]


async def test_a_long_poll_is_answered_as_soon_as_there_is_news(
    node: Node, member: StationInTest, client: SignedClient
) -> None:
    page = await client.changes(ChangesRequest())
    node.followers.clear()
    waits = asyncio.create_task(
        client.changes(ChangesRequest(after=str(page.cursor), wait_s=30, echo=True))
    )
    while member.key.public not in node.followers:
        await asyncio.sleep(0)
    entry = member.sign(need())
    async with SignedClient(node, member.key) as other:
        await other.push(member.text())
    told = await asyncio.wait_for(waits, 10)
    assert entry.line in told.text


async def test_a_long_poll_without_news_ends_with_a_digest_of_the_heads(
    client: SignedClient,
) -> None:
    page = await client.changes(ChangesRequest())
    begun = time.monotonic()
    told = await client.changes(ChangesRequest(after=str(page.cursor), wait_s=1))
    assert 0.9 < time.monotonic() - begun < 5
    assert (told.text, told.more) == (b"", False)
    assert told.digest is not None


async def test_a_waiting_long_poll_does_not_keep_the_node_from_stopping(land: Country) -> None:
    node = Node.create(land.init("国家站", "national"))
    async with node:
        await land.found(node)
        async with SignedClient(node, node.keyring.signing) as client:
            page = await client.changes(ChangesRequest(echo=True))
            node.followers.clear()
            waits = asyncio.create_task(
                client.changes(ChangesRequest(after=str(page.cursor), wait_s=55))
            )
            while not node.followers:
                await asyncio.sleep(0)
            begun = time.monotonic()
            await node.stop()
            assert time.monotonic() - begun < 3
            assert (await waits).text == b""


async def test_the_registry_is_open_to_all_and_the_rest_is_not(
    node: Node, stranger: SignedClient
) -> None:
    async with SignedClient(node, None) as nobody:
        for asking in (stranger, nobody):
            page = await asking.changes(ChangesRequest(channels=REGISTRY))
            assert b" registry " in page.text
            assert code(await asking.ask(ChangesRequest())) == "not-admitted"
            assert (await asking.ask(HelloRequest())).status == 200


async def test_a_station_nobody_admitted_gets_nothing_accepted(
    node: Node, land: Country, stranger: SignedClient
) -> None:
    outsider = StationInTest(land.network, "陌生站", node.clock)  # type: ignore[arg-type]
    outsider.sign(need())
    before = node.hub.position
    assert code(await stranger.push(outsider.text())) == "not-admitted"
    registry = outsider.log("registry").text()
    assert [each["code"] for each in outcomes(await stranger.push(registry))] == ["not-admitted"]
    assert node.hub.position == before


async def test_unsigned_entries_are_refused(node: Node, member: StationInTest) -> None:
    member.sign(need())
    async with SignedClient(node, None) as nobody:
        assert code(await nobody.push(member.text())) == "not-admitted"


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        ({"Signature": "yz=:AAAA:"}, "bad-request"),
        ({"Signature": "yz=:" + "A" * 86 + "==:"}, "bad-signature"),
        ({"Content-Digest": "sha-256=:" + "A" * 43 + "=:"}, "bad-signature"),
        ({"Yizhan-To": "A" * 43}, "bad-request"),
        ({"Signature-Input": "yz=()"}, "bad-request"),
    ],
)
async def test_a_request_with_a_changed_signature_is_refused(
    client: SignedClient, change: dict[str, str], refused: str
) -> None:
    assert code(await client.send("GET", "/hello", headers=change)) == refused


async def test_a_signature_is_good_for_its_own_request_only(
    client: SignedClient, member: StationInTest
) -> None:
    fields = client.sign("GET", "/sync/v1/hello", "", b"")
    assert code(await client.send("GET", "/changes", headers=fields)) == "bad-signature"
    fields = client.sign("GET", "/sync/v1/changes", "", b"")
    assert code(await client.send("GET", "/changes", "wait=1", headers=fields)) == "bad-signature"


async def test_a_clock_that_is_off_is_told_the_time(
    node: Node, client: SignedClient, member: StationInTest
) -> None:
    class Slow(SignedClient):
        def sign(self, method: str, path: str, query: str, body: bytes) -> dict[str, str]:
            from protocol.requests import sign_request

            assert self.key is not None
            now_s = self.node.clock.now_ms() // 1000 - 301
            to = self.node.keyring.signing.public
            return sign_request(self.key, to, method, path, query, body, now_s)

    async with Slow(node, member.key) as slow:
        answer = await slow.ask(HelloRequest())
    assert code(answer) == "clock"
    assert abs(json.loads(answer.body)["now_ms"] - node.clock.now_ms()) < 10_000


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/changes", "wait=56"),
        ("/changes", "wait=-1"),
        ("/changes", "wait=1.5"),
        ("/changes", "after=here"),
        ("/changes", "channels=gossip"),
        ("/changes", "channels="),
        ("/changes", "wait=1&wait=2"),
        ("/changes", "limit=5"),
        ("/hello", "x=1"),
        ("/logs/short/needs/1", ""),
        (f"/logs/{'A' * 43}/gossip/1", ""),
        (f"/logs/{'A' * 43}/needs/-1", ""),
        (f"/logs/{'A' * 43}/needs/1", "from=2&to=1"),
    ],
)
async def test_a_request_that_breaks_a_rule_is_refused(
    client: SignedClient, path: str, query: str
) -> None:
    answer = await client.send("GET", path, query)
    assert (answer.status, code(answer)) == (400, "bad-request")


async def test_a_cursor_of_another_feed_or_beyond_this_one_is_refused(
    client: SignedClient,
) -> None:
    cursor = (await client.changes(ChangesRequest())).cursor
    other = cursor._replace(epoch=cursor.epoch + 1)
    assert code(await client.ask(ChangesRequest(after=str(other)))) == "cursor-epoch"
    ahead = cursor._replace(position=cursor.position + 1000)
    assert code(await client.ask(ChangesRequest(after=str(ahead)))) == "cursor-ahead"


async def test_a_long_feed_comes_in_pages_of_at_most_a_mebibyte(
    member: StationInTest, client: SignedClient
) -> None:
    for number in range(60):
        member.sign(need(f"需求 {number}", text="述" * 8000))
    log = member.log("needs")
    for first in range(0, 61, 20):
        await client.push(log.text(first, min(first + 19, 60)))
    pages, after = [], None
    while True:
        page = await client.changes(ChangesRequest(after=after, channels=("needs",), echo=True))
        pages.append(page)
        after = str(page.cursor)
        if not page.more:
            break
    assert len(pages) > 1
    assert all(len(page.text) <= PAGE_BYTES_MAX for page in pages)
    assert b"".join(page.text for page in pages) == log.text()


async def test_a_caller_who_asks_too_often_is_told_to_slow_down(
    node: Node, monkeypatch: pytest.MonkeyPatch, client: SignedClient
) -> None:
    from node.web import sync

    app = node.server.app
    assert app is not None
    monkeypatch.setattr(app[sync.PACE], "_burst", 2.0)
    monkeypatch.setattr(app[sync.PACE], "_per_s", 0.001)
    answers = [await client.ask(HelloRequest()) for _ in range(4)]
    assert [answer.status for answer in answers] == [200, 200, 429, 429]
    assert code(answers[-1]) == "rate"
    assert answers[-1].headers["Retry-After"] == "1"


async def test_a_replayed_signature_of_another_key_is_not_the_callers(
    node: Node, client: SignedClient
) -> None:
    thief = SigningKey(b"\1" * 32)
    fields = client.sign("GET", "/sync/v1/hello", "", b"")
    assert client.key is not None
    fields["Signature-Input"] = fields["Signature-Input"].replace(client.key.public, thief.public)
    assert code(await client.send("GET", "/hello", headers=fields)) == "bad-signature"


async def test_a_caller_who_pushes_while_a_push_is_taken_in_is_told_busy(
    node: Node,
    member: StationInTest,
    client: SignedClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()
    areceive = node.ingest.areceive

    async def slowly(text: bytes, source: str) -> Any:
        begun.set()
        await go_on.wait()
        return await areceive(text, source)

    monkeypatch.setattr(node.ingest, "areceive", slowly)
    member.sign(need())
    first = asyncio.create_task(client.push(member.text()))
    await asyncio.wait_for(begun.wait(), 10)
    busy = await client.push(member.text())
    assert (busy.status, code(busy), busy.headers["Retry-After"]) == (503, "busy", "1")
    go_on.set()
    assert outcomes(await first)[0]["code"] == "accepted"


async def test_a_member_that_asks_is_noted_as_a_caller_and_a_follower(
    node: Node, member: StationInTest, client: SignedClient, stranger: SignedClient
) -> None:
    await client.changes(ChangesRequest())
    await stranger.changes(ChangesRequest(channels=REGISTRY))
    assert list(node.followers) == [member.key.public]


async def test_who_asks_for_heads_is_told_where_logs_stand_and_still_pushed_to(
    node: Node, member: StationInTest, client: SignedClient
) -> None:
    member.sign(need())
    await client.push(member.text())
    page = await client.changes(ChangesRequest(heads=True, echo=True))
    (head,) = [each for each in read_heads_text(page.text) if each.log == member.log("needs").id]
    assert (head.seq, head.id) == (1, member.log("needs").tail.id)  # type: ignore[union-attr]
    assert member.key.public in node.followers
    assert not node.followers.takes_all(member.key.public, node.clock.now_ms())
    await client.changes(ChangesRequest())
    assert node.followers.takes_all(member.key.public, node.clock.now_ms())


async def test_ranges_of_many_logs_come_in_one_answer_to_members_and_the_registry_to_all(
    member: StationInTest, client: SignedClient, stranger: SignedClient
) -> None:
    for number in range(3):
        member.sign(need(f"需求 {number}"))
    member.sign(result())
    await client.push(member.text())
    needs, results = member.log("needs"), member.log("results")
    asked = RangesRequest(ranges=((*results.id, 1, 1), (*needs.id, 1, 9)))
    assert (await client.ask(asked)).body == results.text(1, 1) + needs.text(1, 3)
    assert code(await stranger.ask(asked)) == "not-admitted"
    registry = RangesRequest(ranges=((member.key.public, "registry", 1, 0, 9),))
    assert (await stranger.ask(registry)).status == 200
    backwards = RangesRequest(ranges=((*needs.id, 2, 1),))
    assert code(await client.ask(backwards)) == "bad-request"


async def test_what_is_signed_in_the_future_is_refused_with_the_time_until_it_may_come(
    node: Node, member: StationInTest, client: SignedClient
) -> None:
    member.sign(need())
    ahead_ms = 3_600_000
    entry = member.sign(need("明天的需求"), time=node.clock.now_ms() + ahead_ms)
    (outcome,) = outcomes(await client.push(member.text()))
    assert (outcome["code"], outcome["next"]) == ("held-future", entry.header.seq)
    assert ahead_ms - 910_000 < outcome["retry_ms"] <= ahead_ms - 900_000
