"""Who comes in, who stays, what is refused: the rules themselves, on both databases."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from node.clock import system_random
from node.errors import (
    ConflictError,
    InvalidError,
    LockedOutError,
    NotFoundError,
    PasswordDueError,
    PasswordError,
    RoleError,
    SignInError,
)
from node.modes import MODES
from node.people import (
    OPERATOR,
    Act,
    Actor,
    Gate,
    Role,
    accounts,
    lockout,
    passwords,
    sessions,
    staff,
)
from node.people.permissions import PERMISSIONS, roles_of
from node.settings import PeopleConfig
from node.store import Account, GuessRow, SessionRow, Store, table_of
from node.web.routes import ROUTES
from tests.builders import TestClock

FIRST = "石榴树开花了吗 外婆在门口问我们"
SECOND = "correct horse battery staple"
HOME, AWAY = "10.1.2.3", "203.0.113.9"
MINUTE_MS = 60_000
MakeUrl = Callable[[str], str]


@pytest.fixture
def open_gate(store_url: MakeUrl, tmp_path: Path, clock: TestClock) -> Iterator[Callable[[], Gate]]:
    """Opens the station's gate; again after the one before was closed, as a restart would."""
    url, opened = store_url("people"), []

    def open_() -> Gate:
        while opened:
            close(opened.pop())
        store = Store.open(url, tmp_path, clock=clock)
        opened.append(Gate(store, clock, system_random, PeopleConfig(), lambda _line: None))
        return opened[-1]

    def close(gate: Gate) -> None:
        gate.close()
        gate.store.close()

    yield open_
    for gate in opened:
        close(gate)


@pytest.fixture
def gate(open_gate: Callable[[], Gate]) -> Gate:
    return open_gate()


async def add(gate: Gate, name: str = "lin", role: Role = Role.CLERK) -> accounts.AccountView:
    return await staff.add_account(gate, OPERATOR, name, "林静", role, FIRST)


async def enter(gate: Gate, name: str = "lin", password: str = FIRST) -> Actor:
    actor = await gate.find_actor(await gate.sign_in(name, password, HOME, "browser"))
    assert actor is not None
    return actor


async def test_who_has_an_account_logs_in_and_is_known_by_the_secret(
    gate: Gate, clock: TestClock
) -> None:
    assert not gate.has_accounts
    made = await add(gate)

    secret = await gate.sign_in("  LIN ", FIRST, HOME, "browser")

    found = await gate.find_actor(secret)
    assert found is not None
    assert (found.id, found.role, found.must_change) == (made.id, Role.CLERK, True)
    assert gate.has_accounts
    assert await gate.find_actor(secret + "x") is None
    digests = gate.store.read(
        lambda reading: reading.connection.execute(table_of(SessionRow).select()).all()
    )
    assert secret not in str(digests)


@pytest.mark.parametrize(("name", "password"), [("lin", SECOND), ("nobody", FIRST), ("\0", "")])
async def test_a_wrong_password_and_an_unknown_name_are_told_the_same(
    gate: Gate, name: str, password: str
) -> None:
    await add(gate)
    with pytest.raises(SignInError) as refused:
        await gate.sign_in(name, password, HOME, "")
    assert refused.value.message == "Name and password are not those of an account in use here."


async def test_an_unknown_name_costs_a_hash_like_a_known_one(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add(gate)
    checked: list[str] = []
    real = passwords._is_same
    monkeypatch.setattr(
        passwords,
        "_is_same",
        lambda hashed, typed: checked.append(hashed[:9]) or real(hashed, typed),
    )
    for name in ("lin", "nobody"):
        with pytest.raises(SignInError):
            await gate.sign_in(name, SECOND, HOME, "")

    assert checked == ["$argon2id", "$argon2id"]


async def test_a_disabled_account_is_told_the_same_and_its_sessions_end(gate: Gate) -> None:
    await add(gate, "chief", Role.MANAGER)
    made = await add(gate)
    secret = await gate.sign_in("lin", FIRST, HOME, "")

    await staff.disable_account(gate, OPERATOR, made.id)

    assert await gate.find_actor(secret) is None
    with pytest.raises(SignInError):
        await gate.sign_in("lin", FIRST, HOME, "")
    await staff.enable_account(gate, OPERATOR, made.id)
    assert await gate.find_actor(secret) is None
    assert (await enter(gate)).id == made.id


async def test_a_session_ends_when_it_is_idle_and_in_any_case_after_a_while(
    gate: Gate, clock: TestClock
) -> None:
    await add(gate)
    secret = await gate.sign_in("lin", FIRST, HOME, "")
    begun = clock.now

    clock.now += 29 * MINUTE_MS
    assert await gate.find_actor(secret) is not None
    clock.now += 29 * MINUTE_MS
    assert await gate.find_actor(secret) is not None, "it was used in between"
    clock.now += 30 * MINUTE_MS
    assert await gate.find_actor(secret) is None

    secret = await gate.sign_in("lin", FIRST, HOME, "")
    begun = clock.now
    while clock.now < begun + gate.lifetime.total_ms - 20 * MINUTE_MS:
        clock.now += 20 * MINUTE_MS
        assert await gate.find_actor(secret) is not None
    clock.now = begun + gate.lifetime.total_ms
    assert await gate.find_actor(secret) is None


async def test_guessing_waits_longer_each_time_and_a_restart_forgets_nothing(
    open_gate: Callable[[], Gate], clock: TestClock
) -> None:
    gate = open_gate()
    await add(gate)
    for _ in range(lockout.NAME_FREE):
        with pytest.raises(SignInError):
            await gate.sign_in("lin", SECOND, HOME, "")

    gate = open_gate()
    with pytest.raises(LockedOutError) as refused:
        await gate.sign_in("lin", FIRST, AWAY, "")
    assert refused.value.until_ms == clock.now + 30_000
    clock.now += 30_000
    with pytest.raises(SignInError):
        await gate.sign_in("lin", SECOND, HOME, "")
    with pytest.raises(LockedOutError) as refused:
        await gate.sign_in("lin", FIRST, HOME, "")
    assert refused.value.until_ms == clock.now + 60_000
    clock.now += 60_000
    assert (await enter(gate)).name == "lin"
    with pytest.raises(SignInError):
        await gate.sign_in("lin", SECOND, HOME, "")


async def test_a_name_without_account_is_locked_like_any_other(gate: Gate) -> None:
    for _ in range(lockout.NAME_FREE):
        with pytest.raises(SignInError):
            await gate.sign_in("nobody", FIRST, HOME, "")
    with pytest.raises(LockedOutError):
        await gate.sign_in("nobody", FIRST, HOME, "")


async def test_many_guesses_at_once_are_no_way_around(gate: Gate) -> None:
    await add(gate)
    tried = [gate.sign_in("lin", SECOND, HOME, "") for _ in range(12)]
    told = [type(each) for each in await asyncio.gather(*tried, return_exceptions=True)]

    assert told.count(SignInError) == lockout.NAME_FREE
    assert told.count(LockedOutError) == 12 - lockout.NAME_FREE


def test_one_address_may_not_try_many_names(gate: Gate, clock: TestClock) -> None:
    def guess(number: int) -> None:
        gate.store.write(lambda tx: lockout.begin_guess(tx, f"name{number}", HOME, clock.now))

    for number in range(lockout.ADDRESS_FREE):
        guess(number)
    with pytest.raises(LockedOutError):
        guess(99)
    gate.store.write(lambda tx: lockout.begin_guess(tx, "name99", AWAY, clock.now))
    clock.now += lockout.FORGET_MS + 1
    guess(99)
    left = gate.store.read(
        lambda reading: reading.connection.execute(table_of(GuessRow).select()).all()
    )
    assert len(left) == 2, "what was forgotten is deleted"


def test_waiting_doubles_up_to_an_hour() -> None:
    waits = [lockout.wait_ms(count, 5) // 1000 for count in (0, 4, 5, 6, 7, 11, 12, 10_000)]
    assert waits == [0, 0, 30, 60, 120, 1920, 3600, 3600]


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("10.1.2.3", "address 10.1.2.3"),
        ("::ffff:10.1.2.3", "address 10.1.2.3"),
        ("2001:db8:1:2:3:4:5:6", "address 2001:db8:1:2::/64"),
        ("fe80::1%eth0", "address fe80::/64"),
        ("@", "address unknown"),
    ],
)
def test_a_household_with_many_addresses_is_one(address: str, key: str) -> None:
    assert lockout.address_key(address) == key


async def test_a_new_password_by_a_manager_ends_sessions_and_waiting(gate: Gate) -> None:
    made = await add(gate)
    secret = await gate.sign_in("lin", FIRST, HOME, "")
    for _ in range(lockout.NAME_FREE):
        with pytest.raises(SignInError):
            await gate.sign_in("lin", SECOND, HOME, "")

    await staff.reset_password(gate, OPERATOR, made.id, SECOND)

    assert await gate.find_actor(secret) is None
    assert (await enter(gate, password=SECOND)).must_change


async def test_ones_own_password_is_changed_with_the_present_one_and_other_sessions_end(
    gate: Gate,
) -> None:
    await add(gate)
    elsewhere = await gate.sign_in("lin", FIRST, AWAY, "")
    actor = await enter(gate)
    for present, new, fault in (
        (SECOND, SECOND, "present"),
        (FIRST, FIRST, "same"),
        (FIRST, "kurz", "short"),
    ):
        with pytest.raises(PasswordError) as refused:
            await staff.change_own_password(gate, actor, present, new, HOME)
        assert refused.value.fault == fault

    await staff.change_own_password(gate, actor, FIRST, SECOND, HOME)

    assert await gate.find_actor(elsewhere) is None
    assert not (await enter(gate, password=SECOND)).must_change


async def test_a_session_may_be_ended_by_its_owner_and_a_manager_and_nobody_else(
    gate: Gate, clock: TestClock
) -> None:
    await add(gate, "chief", Role.MANAGER)
    await add(gate)
    await add(gate, "wang")
    chief, lin, wang = await enter(gate, "chief"), await enter(gate), await enter(gate, "wang")

    with pytest.raises(NotFoundError):
        await staff.end_session(gate, wang, lin.session)
    await staff.end_session(gate, lin, lin.session)
    await staff.end_session(gate, chief, wang.session)

    found = gate.store.read(lambda each: sessions.find(each, clock.now, gate.lifetime))
    assert [each.name for each in found] == ["chief"]
    with pytest.raises(NotFoundError):
        await staff.end_session(gate, chief, wang.session)


async def test_a_role_counts_from_the_next_request_on_and_the_last_manager_stays(
    gate: Gate,
) -> None:
    chief = await add(gate, "chief", Role.MANAGER)
    made = await add(gate)
    secret = await gate.sign_in("lin", FIRST, HOME, "")

    for change in (
        staff.set_role(gate, OPERATOR, chief.id, Role.CLERK),
        staff.disable_account(gate, OPERATOR, chief.id),
    ):
        with pytest.raises(ConflictError, match="last manager"):
            await change
    await staff.set_role(gate, OPERATOR, made.id, Role.MANAGER)
    await staff.set_role(gate, OPERATOR, chief.id, Role.CLERK)

    found = await gate.find_actor(secret)
    assert found is not None
    assert found.role is Role.MANAGER


@pytest.mark.parametrize(
    "name", ["", "a", "-lin", "林 静", "lin\0", "x" * 41, "a/b", "<i>", "Operator"]
)
async def test_a_name_that_cannot_be_typed_is_refused_and_nothing_is_made(
    gate: Gate, name: str
) -> None:
    with pytest.raises(InvalidError) as refused:
        await add(gate, name)
    assert "name" in refused.value.reasons
    assert gate.store.read(accounts.count) == 0


async def test_one_name_is_given_once_however_it_is_written(gate: Gate) -> None:
    await add(gate, "lin")
    with pytest.raises(ConflictError):
        await add(gate, "ＬＩＮ")


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("Tr0ub4dor&3", "short"),
        ("x" * 129, "long"),
        ("linjing1986linjing", "named"),
        ("Password123456789", "guessable"),
        ("qwertyuiopasdfghjkl", "guessable"),
        ("aaaaaaaaaaaaaaaaaaaa", "guessable"),
        ("abcabcabcabcabcabcabc", "guessable"),
        ("1qaz2wsx3edc4rfv5tgb", "guessable"),
        ("一二三四五六七八九十一二三四五", "guessable"),
        ("yizhan-yizhan-2026-yizhan", "guessable"),
    ],
)
def test_a_password_that_is_guessed_first_is_refused(password: str, fault: str) -> None:
    with pytest.raises(PasswordError) as refused:
        passwords.check_password(password, ("linjing", "林静"))
    assert refused.value.fault == fault


@pytest.mark.parametrize(
    "password",
    [FIRST, SECOND, "lauter kleine buchstaben", "下雨天外婆家门口的石榴树开花了吗"],
)
def test_length_is_enough_and_no_kind_of_character_is_asked_for(password: str) -> None:
    passwords.check_password(password, ("linjing",))


async def test_a_password_is_the_same_however_the_keyboard_composes_it() -> None:
    hashing = passwords.Passwords()
    hashed = await hashing.hash("café au lait le matin")
    assert await hashing.verify(hashed, "cafe\u0301 au lait le matin")
    assert not await hashing.verify(None, "nobody logs in with this")
    hashing.close()


async def test_where_there_is_no_account_the_check_takes_as_long_and_fails() -> None:
    hashing = passwords.Passwords()
    assert not passwords.needs_rehash(passwords.NOBODY)
    assert await hashing.verify(passwords.NOBODY, "nobody logs in with this")
    assert not await hashing.verify(None, "nobody logs in with this")
    hashing.close()


async def test_a_hash_of_older_costs_is_made_anew_at_the_next_log_in(gate: Gate) -> None:
    made = await add(gate)
    old = passwords.PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(FIRST)
    table = table_of(Account)
    change = update(table).where(table.c.id == made.id).values(password=old)
    gate.store.write(lambda tx: tx.connection.execute(change))

    await enter(gate)

    kept = gate.store.read(lambda reading: accounts.get(reading, made.id)).password
    assert kept != old
    assert not passwords.needs_rehash(kept)


def actor_of_role(role: Role | None, *, must_change: bool = False) -> Actor:
    return Actor("id", role, "lin", "林静", "session", must_change)


def test_a_role_may_do_what_the_table_says_and_the_refusal_names_who_may() -> None:
    for act in Act:
        for role in Role:
            assert actor_of_role(role).may(act) == (role in PERMISSIONS[act])
        assert OPERATOR.may(act)
    with pytest.raises(RoleError) as refused:
        actor_of_role(Role.CLERK).check_may(Act.JUDGE)
    assert refused.value.roles == ("manager", "reviewer")
    assert "reviewer" in refused.value.message


def test_a_password_somebody_else_chose_opens_nothing_but_its_own_change() -> None:
    new = actor_of_role(Role.MANAGER, must_change=True)
    new.check_may(Act.OWN)
    with pytest.raises(PasswordDueError):
        new.check_may(Act.PUBLISH)


def test_nobody_both_acts_and_audits() -> None:
    writing = set(Act) - {Act.OWN, Act.TRAIL, Act.READ_CARDS}
    assert [act for act in writing if Role.AUDITOR in PERMISSIONS[act]] == []
    assert roles_of(Act.ACCOUNTS) == (Role.MANAGER,)


def test_every_operation_that_changes_something_names_who_may() -> None:
    routes: list[Any] = [*ROUTES, *(route for mode in MODES.values() for route in mode.routes)]
    unnamed = [route.path for route in routes if route.method != "GET" and route.act is None]
    assert unnamed == []
