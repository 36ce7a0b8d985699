"""What an engagement is made of, corrected by the forms and routes of a running station (E10)."""

import hashlib
from urllib.parse import urlencode

import pytest

from node.app import Node
from node.people.permissions import Role
from node.readmodels import needs
from protocol.keys import encode_b64
from tests.integration.test_http_consents import PDF, send
from tests.integration.test_http_people import SECOND, Browser, add, browser, lines_of

__all__ = ["browser"]


@pytest.fixture
async def broker(node: Node, browser: Browser) -> Browser:
    await add(node, "shen", Role.BROKER)
    await browser.send("/login", name="shen", password=SECOND)
    return browser


async def engaged(broker: Browser) -> tuple[str, str]:
    """An engagement with a task: their ids."""
    given = {"title": "技术服务", "services": ["alliance-research"]}
    status, made = await broker.call("POST", "/engagements", given)
    assert status == 201, made
    _, task = await broker.call("POST", f"/engagements/{made['id']}/tasks", {"what": "取样"})
    return made["id"], task["id"]


async def test_a_task_is_corrected_by_form_and_route_and_the_history_says_so(
    node: Node, broker: Browser
) -> None:
    engagement, task = await engaged(broker)
    page = f"/services/{engagement}"
    form = {"do": "amend_task", "task": task, "what": "取样三份", "person": "王五"}

    refused = await broker.send(page, **form, reason="")
    amended = await broker.send(page, **form, reason="数量写错")
    same, told = await broker.call("POST", f"/tasks/{task}/amend", {"reason": "没有变"})
    status, _ = await broker.call("POST", f"/tasks/{task}/withdraw", {"reason": "重复"})
    again, _ = await broker.call("POST", f"/tasks/{task}/withdraw", {"reason": "重复"})
    _, detail = await broker.call("GET", f"/engagements/{engagement}")
    _, shown = await broker.get(page)

    assert (refused.status, amended.status) == (422, 303)
    assert 'value="取样三份"' in await refused.text()
    assert (same, status, again) == (422, 201, 409), told
    assert detail["tasks"] == []
    assert [each["reason"] for each in detail["corrections"]] == ["重复", "数量写错"]
    assert detail["corrections"][1]["before"] == {
        "what": "取样", "person": "", "due": None, "done_on": None,
    }  # fmt: skip
    assert "数量写错" in shown
    acts = [line.act for line in lines_of(node) if line.result == "done"]
    assert acts[:2] == ["withdraw_task", "amend_task"]


async def test_who_may_only_read_corrects_nothing(node: Node, broker: Browser) -> None:
    engagement, task = await engaged(broker)
    await add(node, "wang", Role.OBSERVER)
    await broker.send("/me", do="logout")
    await broker.send("/login", name="wang", password=SECOND)

    status, told = await broker.call("POST", f"/tasks/{task}/withdraw", {"reason": "重复"})
    form = await broker.send(
        f"/services/{engagement}", do="withdraw_task", task=task, reason="重复"
    )

    assert (status, told["code"], form.status) == (403, "role", 403)


async def test_signing_takes_the_scan_with_it_and_one_that_is_refused_signs_nothing(
    node: Node, broker: Browser
) -> None:
    engagement, _ = await engaged(broker)
    given = {"engagement": engagement, "template": "task-book"}
    _, made = await broker.call("POST", "/agreements", given)
    page, form = f"/agreements/{made['id']}", {"do": "sign", "on": "2026-01-05"}

    refused, shown = await send(broker, page, form, ("扫描.pdf", b"MZ"))
    _, still = await broker.call("GET", page)
    signed, _ = await send(broker, page, form, ("扫描.pdf", PDF))
    _, detail = await broker.call("GET", page)
    kept, _ = await send(broker, page, {"do": "keep", "note": "补充"}, ("附页.pdf", PDF + b"2"))
    _, of_work = await broker.get(f"/services/{engagement}")

    assert (refused, still["agreement"]["state"], still["files"]) == (422, "drafted", [])
    assert "文件内容与扩展名不符" in shown
    assert (signed, kept) == (303, 303)
    assert [each["name"] for each in detail["files"]] == ["扫描.pdf"]
    assert "附页.pdf" in of_work
    async with broker.session.get(f"/api/v1/agreement-files/{detail['files'][0]['id']}") as answer:
        assert await answer.read() == PDF


async def test_needs_of_a_file_are_brought_in_once_somebody_declares_them_free_of_secrets(
    node: Node, broker: Browser
) -> None:
    file = ("需求.csv", "需求名称,需求内容\n尾矿回收,寻求浮选工艺。\n".encode())
    status, _ = await send(broker, "/lists", {"do": "check", "kind": "needs"}, file)
    digest = hashlib.sha256(file[1]).digest()
    fields = {"kind": "needs", "file": encode_b64(digest), "name": file[0], "system": "台账"}
    page = f"/lists?{urlencode(fields)}"

    refused = await broker.send(page, do="import", **fields)
    shown = await refused.text()
    before = node.store.read(needs.count)
    taken = await broker.send(page, do="import", unclassified="1", **fields)

    assert (status, refused.status, before) == (303, 422, 0)
    assert "请先与企业核实" in shown
    assert "确认导入 1 行" in shown
    assert taken.status == 303
    assert node.store.read(needs.count) == 1
