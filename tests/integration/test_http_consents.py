"""A consent recorded with its signed paper, by the form of a running station (D11, P7)."""

import aiohttp
import pytest

from grassroots import enterprises, needs, referrals
from grassroots.consents import ConsentQuery, ConsentView
from grassroots.withdrawals import list_consents
from node.app import Node
from node.people.permissions import Role
from protocol.keys import digest
from protocol.records import ReferralAccepted
from tests.builders import StationInTest
from tests.integration.test_http_people import HTML, SECOND, Browser, add, browser

__all__ = ["browser"]

PDF = b"%PDF-1.7\n" + b"x" * 3_000
FORM = {
    "do": "record",
    "on": "2026-01-05",
    "by": "总经理",
    "purpose": "work",
    "kind_name": "1",
    "receiver_contact": "028-1",
    "paper_note": "盖章件",
}


@pytest.fixture
async def manager(node: Node, browser: Browser) -> Browser:
    await add(node, "lin", Role.MANAGER)
    await browser.send("/login", name="lin", password=SECOND)
    return browser


@pytest.fixture
async def form_page(node: Node, member: StationInTest) -> str:
    """The form of a consent, for a referral that the member took."""
    card = await enterprises.add_enterprise(
        node, enterprises.EnterpriseInput(name="攀西钒钛有限公司", contact="王工")
    )
    given = needs.NeedInput(title="尾矿回收", text="寻求回收工艺。", enterprise=card.id)
    need = (await needs.publish_need(node, given)).id
    wanted = referrals.RequestInput(need=need, to=member.id)
    case = (await referrals.request_referral(node, wanted)).id
    member.sign(ReferralAccepted(after=(case,)), case)
    node.ingest.receive(member.text("referrals"), member.key.public)
    return f"/consents/new?referral={case}"


async def send(
    browser: Browser, path: str, fields: dict[str, str], file: tuple[str, bytes]
) -> tuple[int, str]:
    """Send a form with a file as a browser does; an empty name is none chosen."""
    form = aiohttp.FormData(fields, quote_fields=False, default_to_multipart=True)
    form.add_field("file", file[1], filename=file[0], content_type="application/octet-stream")
    headers = {**HTML, "Origin": browser.node.address}
    async with browser.session.post(
        path, data=form, headers=headers, allow_redirects=False
    ) as answer:
        return answer.status, await answer.text()


async def register(node: Node) -> list[ConsentView]:
    return (await list_consents(node, ConsentQuery())).items


async def test_the_form_records_a_consent_with_its_paper_and_without_one(
    node: Node, manager: Browser, form_page: str
) -> None:
    status, _ = await send(manager, form_page, FORM, ("同意书.pdf", PDF))
    without, _ = await send(manager, form_page, FORM, ("", b""))

    assert (status, without) == (303, 303)
    found = await register(node)
    assert sorted(len(each.files) for each in found) == [0, 1]
    (file,) = (file for each in found for file in each.files)
    assert (file.name, file.note, file.digest) == ("同意书.pdf", "盖章件", digest(PDF))
    _, page = await manager.get(f"/consents/{file.consent}")
    assert f"/api/v1/consent-files/{file.id}" in page


@pytest.mark.parametrize("do", ["record", "disclose"])
async def test_a_paper_that_is_refused_keeps_what_was_typed_and_writes_nothing(
    node: Node, manager: Browser, form_page: str, do: str
) -> None:
    before = node.hub.position

    status, page = await send(manager, form_page, {**FORM, "do": do}, ("工具.exe", b"MZ"))

    assert status == 422
    assert 'value="总经理"' in page
    assert "文件须重新选择" in page
    assert await register(node) == []
    assert node.hub.position == before
    assert list(node.files.blobs.folder.glob("*/*")) == []
