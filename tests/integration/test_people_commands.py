"""``yizhan account``, ``session`` and ``audit`` beside a running node."""

import asyncio
import io
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from node.app import Node
from node.backup import create_backup, restore_backup
from node.cli import main
from node.people import accounts
from node.store import SessionRow, TrailRow, table_of
from tests.integration.country import Country

PASSWORD = "correct horse battery staple"
Run = Callable[..., Awaitable[tuple[int, str]]]


@pytest.fixture
def run(node: Node, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command against the node: its exit code, and what it printed."""

    async def run_(*words: str, typed: str = "") -> tuple[int, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        code = await asyncio.to_thread(main, [*words, "--dir", str(node.config.folder)])
        said = capsys.readouterr()
        return code, said.out + said.err

    return run_


async def add(run: Run, name: str, role: str) -> dict[str, Any]:
    code, said = await run("account", "add", name, "--role", role, "--json", typed=PASSWORD + "\n")
    assert code == 0, said
    made: dict[str, Any] = json.loads(said)
    return made


async def test_accounts_are_made_changed_and_taken_out_of_use(node: Node, run: Run) -> None:
    await add(run, "lin", "manager")
    await add(run, "wang", "clerk")

    assert await run("account", "role", "wang", "broker") == (0, "wang is broker now\n")
    assert await run("account", "disable", "WANG") == (0, "disabled wang\n")
    assert await run("account", "enable", "wang") == (0, "enabled wang\n")
    code, said = await run("account", "password", "wang", typed="lauter kleine buchstaben\n")
    assert (code, said) == (0, "set the password of wang\n")

    _, listed = await run("account", "list", "--json")
    assert [(each["name"], each["role"]) for each in json.loads(listed)] == [
        ("lin", "manager"),
        ("wang", "broker"),
    ]
    assert "argon2" not in listed
    assert node.gate.has_accounts


@pytest.mark.parametrize(
    ("words", "typed", "told"),
    [
        (("account", "add", "lin", "--role", "clerk"), "kurz\n", "15 are needed"),
        (("account", "add", "l/n", "--role", "clerk"), PASSWORD, "cannot be the name"),
        (("account", "add", "lin", "--role", "king"), PASSWORD, "role"),
        (("account", "role", "nobody", "clerk"), "", "no account nobody"),
        (("session", "revoke", "nothing"), "", "no such session"),
    ],
)
async def test_what_cannot_be_done_is_one_line_and_nothing_is_made(
    node: Node, run: Run, words: tuple[str, ...], typed: str, told: str
) -> None:
    code, said = await run(*words, typed=typed)
    assert (code, told in said) == (1, True), said
    assert node.store.read(accounts.count) == 0


async def test_a_log_in_is_listed_and_revoked(node: Node, run: Run) -> None:
    await add(run, "lin", "clerk")
    secret = await node.gate.sign_in("lin", PASSWORD, "10.0.0.1", "Firefox")
    _, listed = await run("session", "list", "--json")
    (found,) = json.loads(listed)
    assert (found["name"], found["address"], found["agent"]) == ("lin", "10.0.0.1", "Firefox")

    code, _ = await run("session", "revoke", found["id"])

    assert code == 0
    assert await node.gate.find_actor(secret) is None


async def test_the_trail_is_shown_and_verified_whether_the_node_runs_or_not(
    node: Node, run: Run
) -> None:
    made = await add(run, "lin", "clerk")
    _, shown = await run("audit", "--json", "--actor", "operator")
    assert [(each["act"], each["target"]) for each in json.loads(shown)] == [
        ("add_account", made["id"])
    ]
    code, told = await run("audit", "--verify", "--json")
    assert code == 0
    head = json.loads(told)["head"]
    await add(run, "wang", "clerk")
    assert (await run("audit", "--known", head))[0] == 0
    await node.stop()
    assert (await run("audit", "--verify"))[0] == 0
    assert (await run("audit", "--limit", "0"))[0] == 2

    node = Node.create(node.config)
    node.store.write(lambda tx: tx.connection.execute(table_of(TrailRow).delete()))
    node.store.close()
    code, told = await run("audit", "--verify")
    assert code == 1
    assert "missing" in told


async def test_a_restored_station_has_its_accounts_and_nobody_is_logged_in(
    node: Node, run: Run, land: Country
) -> None:
    await add(run, "lin", "clerk")
    await node.gate.sign_in("lin", PASSWORD, "10.0.0.1", "")
    file, other = node.config.folder / "b", land.init("另一处", "national")

    create_backup(node.config.database_url, node.config.folder, file)
    restore_backup(other.database_url, other.folder, file, node.clock)

    restored = Node.create(other)
    kept, sessions = restored.store.read(
        lambda each: (
            accounts.find(each),
            each.connection.execute(table_of(SessionRow).select()).all(),
        )
    )
    assert [each.name for each in kept] == ["lin"]
    assert sessions == []
    assert restored.gate.has_accounts
    restored.store.close()
