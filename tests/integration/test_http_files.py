"""Files between real nodes over real sockets: handed on, fetched, sealed, dropped (SPEC 14, P8)."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from node.app import Node
from node.notices import inbox
from node.notices.inbox import InboxQuery, NoticeView
from node.people import OPERATOR
from node.readmodels import files, needs, referrals
from protocol.keys import digest
from protocol.limits import FILE_PIECE_BYTES_MAX
from protocol.records import FileAttached
from tests.builders import SALT, StationInTest, need
from tests.integration.country import Country, wait_until
from tests.integration.signed import SignedClient

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 6_000
"""One and a half MiB: more than one piece."""


@dataclass
class Land:
    """National, a region with a county that only dials out, and another region."""

    national: Node
    sichuan: Node
    county: Node
    zhejiang: Node


async def start(stack: AsyncExitStack, land: Country, name: str, mode: str, *peers: Node) -> Node:
    return await stack.enter_async_context(Node.create(land.init(name, mode, peers)))


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as opened:
        yield opened


@pytest.fixture
async def stations(land: Country, stack: AsyncExitStack) -> Land:
    national = await start(stack, land, "国家站", "national")
    await land.found(national)
    sichuan = await start(stack, land, "四川站", "regional", national)
    await land.admit(national, "四川站", "regional", "510000", endpoints=(sichuan.address,))
    zhejiang = await start(stack, land, "浙江站", "regional", national)
    await land.admit(national, "浙江站", "regional", "330000")
    county = Node.create(land.init("郫都站", "grassroots", (sichuan,)))
    await county.start()
    stack.push_async_callback(_stop, county)
    for node in (sichuan, zhejiang):
        await wait_until(node, lambda node=node: node.me is not None)  # type: ignore[misc]
    await land.admit(sichuan, "郫都站", "grassroots", "510117")
    await wait_until(county, lambda: county.me is not None)
    await wait_until(county, lambda: len(county.roster.stations) == 4)
    return Land(national, sichuan, county, zhejiang)


async def _stop(node: Node) -> None:
    if node.started:
        await node.stop()


async def call(
    node: Node, method: str, path: str, content: Any = None, **query: str
) -> tuple[int, Any, aiohttp.ClientResponse]:
    headers = {"Authorization": f"Bearer {node.token}"}
    kind = "json" if isinstance(content, dict) else "data"
    async with (
        aiohttp.ClientSession(node.address, headers=headers) as web,
        web.request(method, f"/api/v1{path}", params=query, **{kind: content}) as answer,
    ):
        is_json = answer.content_type.endswith("json")
        return answer.status, await (answer.json() if is_json else answer.read()), answer


async def wait_for_blob(node: Node, name: str) -> None:
    await wait_until(node, lambda: node.files.blobs.has(name))


async def wait_for_file(node: Node, file: str) -> None:
    def is_known() -> bool:
        return any(each.id == file for each in node.store.read(files.find_all))

    await wait_until(node, is_known)


async def test_a_file_of_a_station_that_only_dials_out_is_had_while_it_is_off(
    stations: Land,
) -> None:
    county, zhejiang = stations.county, stations.zhejiang
    entry = await county.publisher.apublish(need("轴承早期失效"))

    status, made, _ = await call(
        county, "POST", "/files", PDF, subject=entry.id, name="检测 报告.pdf", note="第三方检测"
    )
    assert status == 201, made
    await wait_for_blob(stations.sichuan, digest(PDF))
    await county.stop()
    await wait_for_file(zhejiang, made["id"])
    _, listed, _ = await call(zhejiang, "GET", "/files", subject=entry.id)
    status, content, answer = await call(zhejiang, "GET", f"/files/{made['id']}")

    assert [(each["name"], each["size"]) for each in listed["items"]] == [
        ("检测 报告.pdf", len(PDF))
    ]
    assert (status, content) == (200, PDF)
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert not stations.national.files.blobs.has(digest(PDF))


async def test_a_station_is_told_of_a_file_that_its_uplink_has_no_room_for(
    stations: Land,
) -> None:
    county, sichuan = stations.county, stations.sichuan
    sichuan.files.config = sichuan.files.config.model_copy(update={"author_mib": 1})
    entry = await county.publisher.apublish(need("轴承早期失效"))

    await call(county, "POST", "/files", PDF, subject=entry.id, name="检测报告.pdf")

    def told() -> list[NoticeView]:
        return county.store.read(lambda each: inbox.find(each, OPERATOR, InboxQuery()))

    await wait_until(county, lambda: bool(told()))
    assert [(each.kind, each.given) for each in told()] == [
        ("file.refused", {"title": "检测报告.pdf", "station": "四川站"})
    ]
    assert not sichuan.files.blobs.has(digest(PDF))


async def test_a_file_in_a_case_is_read_by_the_two_parties_and_by_nobody_else(
    stations: Land,
) -> None:
    county, zhejiang = stations.county, stations.zhejiang
    entry = await county.publisher.apublish(need("轴承早期失效"))
    assert zhejiang.me is not None
    body = {"need": entry.id, "to": zhejiang.me.id}
    _, case, _ = await call(county, "POST", "/referrals", body)

    status, made, _ = await call(
        county, "POST", "/files", PDF, subject=case["id"], name="企业图纸.pdf", note="机密"
    )
    assert status == 201, made
    for node in (stations.sichuan, stations.national, zhejiang):
        await wait_for_file(node, made["id"])
    (view,) = stations.sichuan.store.read(lambda reading: files.find(reading, case["id"]))
    await wait_for_blob(stations.sichuan, view.digest)

    for party in (county, zhejiang):
        status, content, _ = await call(party, "GET", f"/files/{made['id']}/opened")
        assert (status, content) == (200, PDF)
        _, told, _ = await call(party, "GET", f"/referrals/{case['id']}/files")
        assert [(each["name"], each["note"]) for each in told["items"]] == [
            ("企业图纸.pdf", "机密")
        ]
    for other in (stations.sichuan, stations.national):
        status, _, _ = await call(other, "GET", f"/files/{made['id']}/opened")
        assert status == 403
        assert (await call(other, "GET", f"/files/{made['id']}"))[0] == 403
        told_log = b"".join(other.store.read(lambda reading: list(reading.log_texts())))
        assert "企业图纸".encode() not in told_log
    kept = stations.sichuan.files.blobs.get(view.digest).read_bytes()
    assert b"%PDF" not in kept
    assert bytes(range(256)) not in kept


async def test_an_earlier_file_of_a_case_is_shared_with_a_helper_over_the_wire(
    stations: Land,
) -> None:
    county, sichuan, zhejiang = stations.county, stations.sichuan, stations.zhejiang
    entry = await county.publisher.apublish(need("轴承早期失效"))
    assert zhejiang.me is not None
    assert sichuan.me is not None
    body = {"need": entry.id, "to": zhejiang.me.id}
    _, case, _ = await call(county, "POST", "/referrals", body)
    _, early, _ = await call(county, "POST", "/files", PDF, subject=case["id"], name="图纸.pdf")
    at = f"/referrals/{case['id']}"
    await accept_and_invite(county, zhejiang, sichuan, at)
    for node in (sichuan, zhejiang):
        await wait_for_file(node, early["id"])
    assert (await call(sichuan, "GET", f"/files/{early['id']}/opened"))[0] == 403
    assert (await call(zhejiang, "POST", f"/files/{early['id']}/share"))[0] == 403

    status, made, _ = await call(county, "POST", f"/files/{early['id']}/share")

    assert status == 201, made
    await wait_for_file(sichuan, made["id"])
    view = sichuan.store.read(lambda reading: files.get(reading, made["id"]))
    await wait_for_blob(sichuan, view.digest)
    status, content, _ = await call(sichuan, "GET", f"/files/{made['id']}/opened")
    assert (status, content) == (200, PDF)
    _, listed, _ = await call(sichuan, "GET", f"{at}/files")
    assert [(each["id"], each["name"]) for each in listed["items"]] == [(made["id"], "图纸.pdf")]
    assert (await call(stations.national, "GET", f"/files/{made['id']}/opened"))[0] in (403, 404)


async def accept_and_invite(sender: Node, receiver: Node, helper: Node, at: str) -> None:
    """The receiver takes a case on, the sender invites a helper, who joins; each sees the last."""
    assert helper.me is not None
    steps = (
        (receiver, "accept", {}),
        (sender, "invite", {"station": helper.me.id}),
        (helper, "join", {}),
    )
    for seen, (node, act, said) in enumerate(steps):
        await wait_for_acts(node, at, seen)
        status, told, _ = await call(node, "POST", f"{at}/{act}", said)
        assert status == 201, told
    await wait_for_acts(sender, at, len(steps))


async def wait_for_acts(node: Node, at: str, count: int) -> None:
    """Until a node shows so many acts in a case, beside its opening."""
    case = at.removeprefix("/referrals/")

    def is_there() -> bool:
        view = node.store.read(lambda reading: referrals.find_one(reading, case))
        return view is not None and len(view.history) > count

    await wait_until(node, is_there)


async def test_a_file_that_is_taken_back_is_dropped_where_it_was_relayed(stations: Land) -> None:
    county, sichuan = stations.county, stations.sichuan
    entry = await county.publisher.apublish(need("轴承早期失效"))
    _, made, _ = await call(county, "POST", "/files", PDF, subject=entry.id, name="a.pdf")
    await wait_for_blob(sichuan, digest(PDF))
    await sichuan.files.sweep()

    status, _, _ = await call(county, "POST", f"/files/{made['id']}/detach", {})

    assert status == 201
    assert not county.files.blobs.has(digest(PDF))
    await wait_until(sichuan, lambda: sichuan.store.read(files.find_all) == [])
    await sichuan.files.sweep()
    assert not sichuan.files.blobs.has(digest(PDF))


async def test_a_file_is_dropped_where_its_entry_was_erased(stations: Land) -> None:
    county, sichuan = stations.county, stations.sichuan
    entry = await county.publisher.apublish(need("轴承早期失效"))
    _, made, _ = await call(county, "POST", "/files", PDF, subject=entry.id, name="a.pdf")
    await wait_for_blob(sichuan, digest(PDF))
    await sichuan.files.sweep()

    await call(county, "POST", f"/entries/{made['id']}/erasure", {"reason": "mistake"})

    await wait_until(sichuan, lambda: sichuan.store.read(files.find_all) == [])
    await sichuan.files.sweep()
    assert not sichuan.files.blobs.has(digest(PDF))


async def test_a_file_that_may_not_be_taken_leaves_nothing_behind(node: Node) -> None:
    entry = await node.publisher.apublish(need("轴承早期失效"))
    before = node.store.read(needs.count)

    async def refused(content: bytes, name: str, subject: str = entry.id) -> int:
        status, _, _ = await call(node, "POST", "/files", content, subject=subject, name=name)
        return status

    assert await refused(b"MZ\x90", "工具.exe") == 422
    assert await refused(b"MZ\x90", "报告.pdf") == 422
    assert await refused(b"", "空.pdf") == 422
    assert await refused(PDF, "a.pdf", "A" * 43) == 404
    assert await refused(b"%PDF-" + b"x" * 21 * 1024 * 1024, "大.pdf") == 413
    assert list(node.files.blobs.folder.rglob("*.upload")) == []
    assert list(node.files.blobs.digests()) == []
    assert node.store.read(files.find_all) == []
    assert node.store.read(needs.count) == before
    assert len(PDF) > FILE_PIECE_BYTES_MAX


async def test_pieces_are_taken_and_given_to_members_that_ask_for_what_an_entry_names(
    node: Node, member: StationInTest, client: SignedClient, stranger: SignedClient
) -> None:
    own = member.sign(need("轴承早期失效"))
    attached = {"salt": SALT, "digest": digest(PDF), "size": len(PDF)}
    named = FileAttached.model_validate({**attached, "name": "a.pdf", "media": "application/pdf"})
    path = f"/files/{digest(PDF)}"
    early = await client.send("PUT", path, "offset=0", PDF[:100])
    member.sign(named, own.id, channel="needs")
    assert (await client.push(member.text("needs"))).status == 200

    asked = await client.send("PUT", path, "offset=0")
    first = await client.send("PUT", path, "offset=0", PDF[:FILE_PIECE_BYTES_MAX])
    astray = await client.send("PUT", path, "offset=7", PDF[7:50])
    half = await client.send("GET", path)
    last = await client.send(
        "PUT", path, f"offset={FILE_PIECE_BYTES_MAX}", PDF[FILE_PIECE_BYTES_MAX:]
    )
    whole = await client.send("GET", path)
    part = await client.send("GET", path, headers={"Range": "bytes=100-199"})
    head = await client.send("HEAD", path)

    assert (early.status, json.loads(early.body)["code"]) == (404, "not-held")
    held = [json.loads(each.body)["held"] for each in (asked, first, astray, last)]
    assert held == [0, FILE_PIECE_BYTES_MAX, FILE_PIECE_BYTES_MAX, len(PDF)]
    assert half.status == 404
    assert (whole.status, whole.body) == (200, PDF)
    assert (part.status, part.body) == (206, PDF[100:200])
    assert (head.status, head.headers["Content-Length"]) == (200, str(len(PDF)))
    for method in ("GET", "PUT"):
        query = "offset=0" * (method == "PUT")
        refused = await stranger.send(method, path, query)
        assert (refused.status, json.loads(refused.body)["code"]) == (403, "not-admitted")
    for query, name in (("offset=-1", path), ("", path), ("offset=0", "/files/../../key.json")):
        assert (await client.send("PUT", name, query, b"x")).status in (400, 404)
    assert node.files.blobs.get(digest(PDF)).read_bytes() == PDF
