"""What is done to accounts, each with its line in the audit trail in the same transaction."""

from typing import TYPE_CHECKING

from node.errors import (
    InvalidError,
    NotAllowedError,
    PasswordError,
    StaffError,
)
from node.people import accounts, lockout, sessions
from node.people.accounts import AccountView, check_name
from node.people.actor import Actor
from node.people.passwords import check_password
from node.people.permissions import Act, Role
from node.store.private import Account

if TYPE_CHECKING:
    from node.people.gate import Gate
    from node.store import Writing

PERSON_CHARS_MAX = 40


async def add_account(
    gate: "Gate", by: Actor, name: str, person: str, role: Role, password: str
) -> AccountView:
    """Make an account; its password has to be changed at the first log-in.

    Raises:
        InvalidError: the name cannot be one.
        PasswordError: the password is guessed too easily.
        StaffError: the name is taken.
    """
    name = check_name(name)
    person = _check_person(person) or name
    check_password(password, (name, person), chars_min=gate.config.password_chars_min)
    now_ms = gate.clock.now_ms()
    account = Account(
        id=gate.new_id(),
        name=name,
        person=person,
        role=role.value,
        password=await gate.passwords.hash(password),
        is_temporary=True,
        created_ms=now_ms,
        password_ms=now_ms,
    )

    def add(tx: "Writing") -> AccountView:
        accounts.create(tx, account)
        gate.note(tx, by, "add_account", account.id)
        return AccountView.model_validate(account)

    made = await gate.store.awrite(add)
    gate.has_accounts = True
    return made


def _check_person(text: str) -> str:
    person = " ".join(text.split())
    if len(person) > PERSON_CHARS_MAX or not person.isprintable():
        wrong = f"at most {PERSON_CHARS_MAX} printable characters"
        raise InvalidError(f"The person's name: {wrong}.", "Shorten it.", {"person": wrong})
    return person


async def set_role(gate: "Gate", by: Actor, id_: str, role: Role) -> AccountView:
    """Give an account another role.

    Raises:
        NotFoundError: there is no such account.
        StaffError: it is the last manager.
    """

    def change(tx: "Writing") -> AccountView:
        accounts.set_role(tx, id_, role)
        gate.note(tx, by, f"set_role_{role.value}", id_)
        return AccountView.model_validate(accounts.get(tx, id_))

    return await gate.store.awrite(change)


async def disable_account(gate: "Gate", by: Actor, id_: str) -> AccountView:
    """Take an account out of use and end its sessions.

    Raises:
        NotFoundError: there is no such account.
        StaffError: it is disabled already, or the last manager.
    """

    def change(tx: "Writing") -> AccountView:
        now_ms = gate.clock.now_ms()
        accounts.disable(tx, id_, now_ms)
        sessions.end_all(tx, id_, now_ms)
        gate.note(tx, by, "disable_account", id_)
        return AccountView.model_validate(accounts.get(tx, id_))

    return await gate.store.awrite(change)


async def enable_account(gate: "Gate", by: Actor, id_: str) -> AccountView:
    """Take a disabled account into use again.

    Raises:
        NotFoundError: there is no such account.
        StaffError: it is in use.
    """

    def change(tx: "Writing") -> AccountView:
        accounts.enable(tx, id_)
        gate.note(tx, by, "enable_account", id_)
        return AccountView.model_validate(accounts.get(tx, id_))

    return await gate.store.awrite(change)


async def reset_password(gate: "Gate", by: Actor, id_: str, password: str) -> AccountView:
    """Set another person's password, to be changed at the next log-in; ends all sessions.

    Raises:
        NotFoundError: there is no such account.
        StaffError: it is one's own: that is changed with the present one.
        PasswordError: the password is guessed too easily.
    """
    if id_ == by.id:
        raise StaffError("That is your own account.", "Change your password on /me.", "own")
    account = await gate.store.aread(lambda reading: accounts.get(reading, id_))
    hashed = await _new_hash(gate, account, password)

    def change(tx: "Writing") -> AccountView:
        now_ms = gate.clock.now_ms()
        accounts.set_password(tx, id_, hashed, now_ms, is_temporary=True)
        sessions.end_all(tx, id_, now_ms)
        lockout.forget_name(tx, account.name)
        gate.note(tx, by, "reset_password", id_)
        return AccountView.model_validate(accounts.get(tx, id_))

    return await gate.store.awrite(change)


async def change_own_password(
    gate: "Gate", by: Actor, present: str, password: str, address: str
) -> None:
    """Change one's own password; ends one's other sessions.

    Raises:
        NotAllowedError: the operator has no account.
        LockedOutError: the present password was wrong too often.
        PasswordError: the present password is wrong, or the new one is the present one or is
            guessed too easily.
    """
    if by.role is None:
        raise NotAllowedError("The operator has no password.", "Log in with an account.")
    gate.passwords.check_room()
    account = await gate.store.awrite(lambda tx: _begin_change(gate, tx, by, address))
    if not await gate.passwords.verify(account.password, present):
        await gate.store.awrite(lambda tx: _refuse_change(gate, tx, by))
        raise PasswordError(
            "The present password is wrong.", "Type the password you logged in with.", "present"
        )
    await gate.store.awrite(lambda tx: lockout.forgive_guess(tx, account.name, address))
    if await gate.passwords.verify(account.password, password):
        raise PasswordError("The new password is the present one.", "Choose another.", "same")
    hashed = await _new_hash(gate, account, password)

    def change(tx: "Writing") -> None:
        now_ms = gate.clock.now_ms()
        accounts.set_password(tx, by.id, hashed, now_ms, is_temporary=False)
        sessions.end_all(tx, by.id, now_ms, but=by.session)
        gate.note(tx, by, "change_password", by.id)

    await gate.store.awrite(change)


def _begin_change(gate: "Gate", tx: "Writing", by: Actor, address: str) -> Account:
    lockout.begin_guess(tx, by.name, address, gate.clock.now_ms())
    return accounts.get(tx, by.id)


def _refuse_change(gate: "Gate", tx: "Writing", by: Actor) -> None:
    gate.note(tx, by, "change_password", by.id, "refused")


async def _new_hash(gate: "Gate", account: Account, password: str) -> str:
    names = (account.name, account.person)
    check_password(password, names, chars_min=gate.config.password_chars_min)
    return await gate.passwords.hash(password)


async def end_session(gate: "Gate", by: Actor, id_: str) -> None:
    """End a session: one's own, or anybody's where the role allows it.

    Raises:
        NotFoundError: there is no such session in force that this actor may end.
    """
    own_only = "" if by.may(Act.ACCOUNTS) else by.id

    def change(tx: "Writing") -> None:
        sessions.end(tx, id_, gate.clock.now_ms(), account=own_only)
        gate.note(tx, by, "end_session", id_)

    await gate.store.awrite(change)
