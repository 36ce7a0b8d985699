"""Results, experts and screened lists by the forms of a running station (C4-C6, F1, A2)."""

import re

import pytest

from node.app import Node
from node.people.permissions import Role
from tests.integration.test_http_people import SECOND, Browser, add, browser, lines_of

__all__ = ["browser"]

RESULT = {
    "do": "publish",
    "title": "钛精矿浮选药剂",
    "text": "捕收剂选择性好，回收率提高六个百分点。",
    "keywords": "浮选；钛精矿, 捕收剂",
    "stage": "screening",
    "trl": "5",
    "patents": "ZL201810123456.7",
    "ipc": "b03d1/02",
    "programme_level": "national",
    "programme_name": "重点研发计划",
    "field": "资源与环境",
}
EXPERT = {
    "do": "offer",
    "type": "expert",
    "kind": "technical",
    "title": "选矿工艺高级工程师",
    "text": "熟悉钛精矿浮选流程。",
    "behind_name": "李四光",
    "behind_contact": "138 0000 0000",
}


@pytest.fixture
async def broker(node: Node, browser: Browser) -> Browser:
    await add(node, "shen", Role.BROKER)
    await browser.send("/login", name="shen", password=SECOND)
    return browser


async def send(broker: Browser, path: str, **fields: str) -> str:
    """Send a form that is taken; the page it leads to."""
    answer = await broker.send(path, **fields)
    assert answer.status == 303, await answer.text()
    return answer.headers["Location"]


async def test_a_broker_publishes_advances_amends_and_withdraws_a_result(
    node: Node, broker: Browser
) -> None:
    refused = await broker.send("/results/new", **{**RESULT, "programme_name": "", "trl": "十"})
    shown = await refused.text()
    assert refused.status == 422
    assert RESULT["text"] in shown
    page = await send(broker, "/results/new", **RESULT)
    assert "重点研发计划" in (await broker.get(page))[1]
    assert 'value="浮选；钛精矿；捕收剂"' in (await broker.get(f"{page}/edit"))[1]

    await send(broker, f"{page}/edit", do="advance", stage="pilot", on="2026-11-01", note="中试")
    same = await broker.send(f"{page}/edit", do="advance", stage="pilot", on="2026-11-02")
    await send(broker, f"{page}/edit", **{**RESULT, "do": "amend", "title": "改", "stage": "pilot"})
    _, shown = await broker.get(page)
    await send(broker, f"{page}/edit", do="withdraw", reason="已转让")

    assert same.status == 409
    assert "2026-11-01" in shown
    assert "中试" in shown
    assert (await broker.get(f"{page}/edit"))[0] == 409
    assert "已转让" in (await broker.get(page))[1]
    acts = [line.act for line in lines_of(node) if line.result == "done"]
    assert acts[:4] == ["withdraw_result", "amend_result", "advance_result", "publish_result"]


async def test_a_missing_programme_name_is_marked_at_its_field(broker: Browser) -> None:
    answer = await broker.send("/results/new", **{**RESULT, "programme_name": ""})

    shown = await answer.text()

    assert answer.status == 422
    assert re.search(r'name="programme_name"[^>]*>(<span class="hint">[^<]*</span>)?'
                     r'<span class="wrong"', shown)  # fmt: skip


async def test_an_expert_is_offered_without_a_name_and_erased_when_consent_ends(
    node: Node, broker: Browser
) -> None:
    named = await broker.send("/resources/new", **{**EXPERT, "text": "请找李四光"})
    assert named.status == 422
    page = await send(broker, "/resources/new", **EXPERT)
    _, public = await broker.get(page)
    _, own = await broker.get(f"{page}/edit")
    assert "李四光" not in public
    assert 'value="李四光"' in own
    consent = {"person": "李四光", "consented_on": "2026-11-01", "consent_scope": "网络内公开"}

    await send(broker, f"{page}/edit", **{**EXPERT, **consent, "do": "amend"})
    assert "李四光" in (await broker.get(page))[1]
    assert (await broker.send(f"{page}/edit", do="forget")).status == 422
    assert await send(broker, f"{page}/edit", do="forget", sure="1") == "/resources"

    assert (await broker.get(page))[0] == 404
    assert EXPERT["title"] not in (await broker.get("/resources"))[1]
    export = b"".join(node.store.read(lambda reading: list(reading.log_texts())))
    assert "李四光".encode() not in export


async def test_every_type_of_resource_has_its_form_and_its_page(broker: Browser) -> None:
    told = {"title": "名称", "text": "介绍", "do": "offer"}
    for type_, kind, more in (
        ("broker", "senior", {"since": "2026-01-01"}),
        ("society", "province", {"members": "300", "served": "25"}),
        ("institution", "university", {"url": "https://u.example.cn"}),
        ("service", "evaluation", {"bundle": "consulting", "price": "1200.50"}),
        ("information", "policy", {"price": "0"}),
    ):
        assert (await broker.get(f"/resources/new?type={type_}"))[0] == 200
        page = await send(broker, "/resources/new", type=type_, kind=kind, **told, **more)
        assert (await broker.get(f"{page}/edit"))[0] == 200
        assert (await broker.get(page))[0] == 200
    answer = await broker.send("/resources/new", type="service", kind="finance", **told, price="贵")

    await send(broker, f"{page}/edit", do="withdraw", reason="停办")

    assert page not in (await broker.get("/resources"))[1]
    assert page in (await broker.get("/resources?state=withdrawn"))[1]
    assert answer.status == 422
    assert "1,200.5" in (await broker.get("/resources?type=service"))[1]


async def test_national_screens_by_the_form_and_the_mark_is_on_result_and_need(
    broker: Browser,
) -> None:
    result = await send(broker, "/results/new", **RESULT)
    need = {"title": "钛精矿浮选回收率低", "text": "寻求捕收剂。", "unclassified": True}
    _, made = await broker.call("POST", "/needs", need)
    _, form = await broker.get("/screenings/new")
    id_ = result.rpartition("/")[2]
    assert f'name="need:{id_}:{made["id"]}"' in form
    chosen = {"title": "第一批", "year": "2026", f"need:{id_}:{made['id']}": "1"}
    empty = await broker.send("/screenings/new", **chosen)

    page = await send(broker, "/screenings/new", **chosen, **{f"result:{id_}": "1"})

    assert empty.status == 422
    assert 'value="第一批"' in await empty.text()
    assert "钛精矿浮选回收率低" in (await broker.get(page))[1]
    for path in (result, f"/needs/{made['id']}"):
        assert "入选国家站筛选清单" in (await broker.get(path))[1]
    assert "第一批" in (await broker.get("/screenings"))[1]
    old = page.rpartition("/")[2]
    assert f"/screenings/new?replaces={old}" in (await broker.get(page))[1]
    _, revised = await broker.get(f"/screenings/new?replaces={old}")
    assert f'name="need:{id_}:{made["id"]}" value="1" checked' in revised
    fields = {**chosen, f"result:{id_}": "1", "title": "第一批（修订）", "replaces": old}
    again = await send(broker, "/screenings/new", **fields)
    assert again in (await broker.get(page))[1]
    assert "这份清单已被替换" in (await broker.get(page))[1]
    assert "第一批（修订）" in (await broker.get(result))[1]


async def test_forms_are_for_those_who_may_publish(node: Node, browser: Browser) -> None:
    assert (await browser.get("/results/new"))[0] in (302, 303)
    await add(node, "guan", Role.OBSERVER)
    await browser.send("/login", name="guan", password=SECOND)

    for path in ("/results/new", "/resources/new", "/screenings/new"):
        assert (await browser.get(path))[0] == 403
        assert (await browser.send(path, **RESULT)).status == 403
