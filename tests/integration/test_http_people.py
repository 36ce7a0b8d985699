"""People at a running node: log-in, roles, lock-out, revoked sessions, the audit trail."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from node.app import Node
from node.people import OPERATOR, Role, lockout, staff, trail
from node.people.trail import LineQuery, NamedLine
from node.settings import PeopleConfig
from tests.integration.country import Country

HTML = {"Accept": "text/html"}
FIRST = "correct horse battery staple"
SECOND = "lauter kleine buchstaben"
NEED = {
    "title": "轴承早期失效",
    "text": "转速 3000，温升高。",
    "kind": "upgrade",
    "scope": "enterprise",
    "unclassified": True,
}


class Browser:
    """Somebody with a browser: cookies, and forms that say which page they come from."""

    def __init__(self, node: Node) -> None:
        self.node = node
        jar = aiohttp.CookieJar(unsafe=True)
        self.session = aiohttp.ClientSession(node.address, cookie_jar=jar)

    async def get(self, path: str) -> tuple[int, str]:
        async with self.session.get(path, headers=HTML, allow_redirects=False) as answer:
            return answer.status, answer.headers.get("Location") or await answer.text()

    async def send(self, path: str, **fields: str) -> aiohttp.ClientResponse:
        headers = {**HTML, "Origin": self.node.address}
        answer = await self.session.post(path, data=fields, headers=headers, allow_redirects=False)
        await answer.read()
        return answer

    async def call(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        headers = {"Origin": self.node.address}
        asked = self.session.request(method, f"/api/v1{path}", json=body, headers=headers)
        async with asked as answer:
            return answer.status, await answer.json()


@pytest.fixture
async def browser(node: Node) -> AsyncIterator[Browser]:
    made = Browser(node)
    yield made
    await made.session.close()


async def add(node: Node, name: str, role: Role) -> str:
    """An account whose first password its owner has changed to ``SECOND``."""
    made = await staff.add_account(node.gate, OPERATOR, name, name, role, FIRST)
    actor = await node.gate.find_actor(await node.gate.sign_in(name, FIRST, "::1", ""))
    assert actor is not None
    await staff.change_own_password(node.gate, actor, FIRST, SECOND, "::1")
    await node.gate.sign_out(actor)
    return made.id


def lines_of(node: Node, **query: Any) -> list[NamedLine]:
    return node.store.read(lambda reading: trail.find(reading, LineQuery(**query)))


async def test_a_clerk_logs_in_publishes_and_the_trail_says_who_did_it(
    node: Node, browser: Browser
) -> None:
    clerk = await add(node, "lin", Role.CLERK)

    answer = await browser.send("/login", name="lin", password=SECOND, next="/needs?q=1")

    assert (answer.status, answer.headers["Location"]) == (303, "/needs?q=1")
    (cookie,) = answer.headers.getall("Set-Cookie")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert "Max-Age" not in cookie
    status, made = await browser.call("POST", "/needs", NEED)
    assert status == 201, made
    done, begun = lines_of(node, actor=clerk, limit=2)
    assert (begun.act, begun.result, begun.role) == ("publish_need", "begun", "clerk")
    assert (done.result, done.target, done.of) == ("done", made["id"], begun.seq)
    assert done.session == begun.session != ""
    assert node.store.read(trail.verify).is_whole
    _, page = await browser.get("/")
    assert "办事员" in page

    answer = await browser.send("/me", do="logout")
    assert answer.status == 303
    assert (await browser.call("POST", "/needs", NEED))[0] == 401
    _, page = await browser.get("/")
    assert "办事员" not in page


async def test_what_a_role_does_not_allow_is_refused_by_naming_who_may(
    node: Node, browser: Browser
) -> None:
    observer = await add(node, "wang", Role.OBSERVER)
    await browser.send("/login", name="wang", password=SECOND)
    before = node.hub.position

    status, told = await browser.call("POST", "/needs", NEED)

    assert (status, told["code"]) == (403, "role")
    assert told["roles"] == ["manager", "broker", "clerk"]
    assert "broker" in told["detail"]
    assert node.hub.position == before
    assert [each.result for each in lines_of(node, actor=observer, limit=1)] == ["refused"]
    for path in ("/enterprises", "/visits", "/audit", "/accounts"):
        assert (await browser.call("GET", path))[0] == 403, path
    status, page = await browser.get("/staff")
    assert (status, "可以办理的角色：站长" in page) == (403, True)
    assert (await browser.call("GET", "/needs"))[0] == 200


async def test_private_things_are_for_the_roles_that_need_them_and_for_nobody_unknown(
    node: Node, browser: Browser
) -> None:
    await add(node, "auditor", Role.AUDITOR)
    assert (await browser.call("GET", "/enterprises"))[0] == 401
    assert await browser.get("/audit?actor=x") == (303, "/login?next=/audit%3Factor%3Dx")

    await browser.send("/login", name="auditor", password=SECOND)

    assert (await browser.call("GET", "/enterprises"))[0] == 403
    status, told = await browser.call("GET", "/audit/verify")
    assert (status, told["is_whole"]) == (200, True)
    status, page = await browser.get("/audit?verify=1")
    assert (status, "记录完整" in page) == (200, True)
    assert (await browser.get("/audit?actor=%00&before=%EF%BC%91x"))[0] in (200, 400)
    assert (await browser.get(f"/audit?actor={'x' * 500}&before={'9' * 50}"))[0] == 200


async def test_guessing_is_locked_out_until_a_moment_that_is_named(
    node: Node, browser: Browser
) -> None:
    await add(node, "lin", Role.CLERK)
    for _ in range(lockout.NAME_FREE):
        answer = await browser.send("/login", name="lin", password="wrong")
        assert answer.status == 401
        assert "用户名或密码不正确" in await answer.text()
        assert 'value="lin"' in await answer.text()
        assert "Set-Cookie" not in answer.headers

    answer = await browser.send("/login", name="lin", password=SECOND)

    assert answer.status == 429
    assert "失败次数过多，请在" in await answer.text()
    assert 25 <= int(answer.headers["Retry-After"]) <= 30
    assert "Set-Cookie" not in answer.headers


async def test_a_revoked_session_is_refused_at_its_next_request(
    node: Node, browser: Browser
) -> None:
    await add(node, "chief", Role.MANAGER)
    await add(node, "lin", Role.CLERK)
    await browser.send("/login", name="lin", password=SECOND)
    chief = Browser(node)
    await chief.send("/login", name="chief", password=SECOND)
    _, listed = await chief.call("GET", "/sessions")
    (of_lin,) = [each["id"] for each in listed["items"] if each["name"] == "lin"]

    assert (await chief.call("POST", f"/sessions/{of_lin}/end", {}))[0] == 200

    assert (await browser.call("GET", "/enterprises"))[0] == 401
    assert (await browser.get("/me"))[1] == "/login?next=/me"
    await chief.session.close()


async def test_forms_of_other_pages_and_of_no_page_are_refused(
    node: Node, browser: Browser
) -> None:
    await add(node, "lin", Role.CLERK)
    await browser.send("/login", name="lin", password=SECOND)
    before = len(lines_of(node, limit=500))

    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {},
    ):
        for path, form in (
            ("/me", {"do": "logout"}),
            ("/login", {"name": "lin", "password": SECOND}),
            ("/api/v1/needs", NEED),
        ):
            async with browser.session.post(path, data=form, headers=headers) as answer:
                assert answer.status == 403, (path, headers)
                assert (await answer.json())["code"] == "foreign-site"
    assert len(lines_of(node, limit=500)) == before
    assert (await browser.get("/me"))[0] == 200


async def test_the_token_works_on_for_commands_and_opens_no_form_once_people_log_in(
    node: Node, browser: Browser
) -> None:
    token = {"Authorization": f"Bearer {node.token}"}

    async def ask(method: str, path: str, **more: Any) -> int:
        async with browser.session.request(
            method, path, headers=token, allow_redirects=False, **more
        ) as answer:
            return answer.status

    form = {"do": "add", "name": "lin", "role": "manager", "password": FIRST}
    assert await ask("GET", "/staff") == 200
    assert await ask("POST", "/staff", data=form) == 303
    assert await ask("POST", "/staff", data={**form, "name": "wang"}) == 401
    assert await ask("GET", "/staff") == 303
    assert await ask("POST", "/api/v1/needs", json=NEED) == 201
    assert await ask("GET", "/api/v1/accounts") == 200


async def test_a_first_password_opens_nothing_but_the_page_where_it_is_changed(
    node: Node, browser: Browser
) -> None:
    await staff.add_account(node.gate, OPERATOR, "lin", "林静", Role.MANAGER, FIRST)
    await browser.send("/login", name="lin", password=FIRST)

    status, told = await browser.call("POST", "/needs", NEED)
    assert (status, told["code"]) == (403, "password-due")
    assert await browser.get("/staff") == (303, "/me")
    for fields, fault in (
        ({"password": "no", "new_password": SECOND, "again_password": SECOND}, "现在的密码不正确"),
        ({"password": FIRST, "new_password": SECOND, "again_password": FIRST}, "不一致"),
        ({"password": FIRST, "new_password": "kurz", "again_password": "kurz"}, "密码太短"),
    ):
        answer = await browser.send("/me", do="password", **fields)
        assert (answer.status, fault in await answer.text()) == (422, True)
        assert SECOND not in await answer.text()
    changed = {"password": FIRST, "new_password": SECOND, "again_password": SECOND}
    answer = await browser.send("/me", do="password", **changed)

    assert answer.headers["Location"] == "/me?changed=1"
    assert (await browser.get("/staff"))[0] == 200
    assert (await browser.call("POST", "/needs", NEED))[0] == 201


@pytest.mark.parametrize(
    "next_", ["//evil.example", "https://evil.example", "/\\evil.example", "evil", "/a\r\nX: y"]
)
async def test_a_log_in_goes_on_to_no_other_site(node: Node, browser: Browser, next_: str) -> None:
    await add(node, "lin", Role.CLERK)
    answer = await browser.send("/login", name="lin", password=SECOND, next=next_)
    assert (answer.status, answer.headers["Location"]) == (303, "/")


async def test_what_was_refused_and_what_broke_off_stands_in_the_trail(
    node: Node, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = {"Authorization": f"Bearer {node.token}"}
    missing = "A" * 43
    path = f"/api/v1/needs/{missing}/withdraw"
    async with browser.session.post(path, json={}, headers=token) as answer:
        assert answer.status == 404
    (refused,) = lines_of(node, limit=1)
    assert (refused.act, refused.target) == ("withdraw_need", missing)
    assert (refused.result, refused.of) == ("refused", None)

    monkeypatch.setattr(node.publisher, "apublish", None)
    async with browser.session.post("/api/v1/visits", json={}, headers=token) as answer:
        assert answer.status == 500
    failed, begun = lines_of(node, limit=2)
    assert (begun.act, begun.result) == ("add_visit", "begun"), "its note was kept"
    assert (failed.result, failed.of) == ("failed", begun.seq)


async def test_only_a_proxy_that_is_named_is_believed(
    land: Country, browser: Browser, node: Node
) -> None:
    await add(node, "lin", Role.CLERK)
    told = {"X-Forwarded-For": "203.0.113.7, 127.0.0.9", "X-Forwarded-Proto": "https"}
    form = {"name": "lin", "password": SECOND}

    async def log_in() -> str:
        headers = {"Origin": node.address, **told}
        async with browser.session.post(
            "/login", data=form, headers=headers, allow_redirects=False
        ) as answer:
            assert answer.status == 303
            return str(answer.headers["Set-Cookie"])

    assert "Secure" not in await log_in()
    assert lines_of(node, limit=1)[0].target == "127.0.0.1"
    people = PeopleConfig(proxies=("127.0.0.0/8",))
    node.config = node.config.model_copy(update={"people": people})
    cookie = await log_in()
    assert cookie.startswith("__Host-yizhan-")
    assert "Secure" in cookie
    assert lines_of(node, limit=1)[0].target == "203.0.113.7"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"name=%ff%fe&password=x", "application/x-www-form-urlencoded"),
        (b"\xff\xfe", "application/x-www-form-urlencoded"),
        (b"a=1&" * 200, "application/x-www-form-urlencoded"),
        (b"x" * 70_000, "application/x-www-form-urlencoded"),
        (b"{}", "application/json"),
        (b"name=%00&password=%00", "application/x-www-form-urlencoded"),
    ],
)
async def test_what_is_no_form_is_refused_clearly(
    node: Node, browser: Browser, content: bytes, kind: str
) -> None:
    headers = {"Content-Type": kind, "Origin": node.address}
    async with browser.session.post("/login", data=content, headers=headers) as answer:
        assert answer.status in (401, 413, 422)
        assert answer.content_type in ("application/problem+json", "text/html")


@pytest.mark.parametrize(
    ("fields", "status", "told"),
    [
        ({"do": "add", "name": "chief", "role": "clerk", "password": FIRST}, 409, "已有人使用"),
        ({"do": "add", "name": "a b", "role": "clerk", "password": FIRST}, 422, "2 到 40 个"),
        ({"do": "add", "name": "wang", "role": "king", "password": FIRST}, 422, "请按提示修改"),
        ({"do": "add", "name": "wang", "role": "clerk", "password": "password" * 3}, 422, "猜到"),
        ({"do": "role", "account": "SELF", "role": "clerk"}, 409, "最后一位站长"),
        ({"do": "disable", "account": "SELF"}, 409, "最后一位站长"),
        ({"do": "password", "account": "SELF", "password": SECOND}, 409, "您自己的账号"),
        ({"do": "enable", "account": "SELF"}, 409, "正在使用"),
        ({"do": "disable", "account": "\0"}, 404, "没有这项内容"),
        ({"do": "fly"}, 422, "请按提示修改"),
        ({}, 422, "请按提示修改"),
    ],
)
async def test_a_form_that_cannot_be_done_says_why_on_the_same_page(
    node: Node, browser: Browser, fields: dict[str, str], status: int, told: str
) -> None:
    chief = await add(node, "chief", Role.MANAGER)
    await browser.send("/login", name="chief", password=SECOND)
    before = len(lines_of(node, limit=500))
    sent = {name: chief if value == "SELF" else value for name, value in fields.items()}

    answer = await browser.send("/staff", **sent)

    text = await answer.text()
    assert (answer.status, told in text, "新建账号" in text) == (status, True, True), text
    assert "password" * 3 not in text
    assert len(lines_of(node, limit=500)) == before
