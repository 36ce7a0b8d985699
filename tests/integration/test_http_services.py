"""What an engagement is made of, corrected by the forms and routes of a running station (E10)."""

import pytest

from node.app import Node
from node.people.permissions import Role
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
