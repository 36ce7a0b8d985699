"""Accounts: made by a manager or the operator, given a role, disabled, never deleted."""

import re
import unicodedata
from typing import TYPE_CHECKING

from pydantic import ConfigDict
from sqlalchemy import func, select, update

from node.errors import InvalidError, NotFoundError, StaffError
from node.model import Model
from node.people.actor import OPERATOR_ID
from node.people.permissions import Act, Role, roles_of
from node.store.private import Account
from node.store.tables import table_of

if TYPE_CHECKING:
    from node.store import Reading, Writing

NAME_CHARS_MAX = 40
_RESERVED = frozenset({OPERATOR_ID})
_NAME = re.compile(r"\w[\w.@-]{1,39}")
_ACCOUNT = table_of(Account)


class AccountView(Model):
    """An account as it is shown, without its password; times in Unix ms."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str
    person: str
    role: Role
    is_temporary: bool
    created_ms: int
    password_ms: int
    disabled_ms: int | None


def normalise_name(text: str) -> str:
    """The one form of a name to log in with: no wide letters, no capitals, no spaces around."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def is_name(text: str) -> bool:
    """Whether a normalised text can be the name of an account."""
    return _NAME.fullmatch(text) is not None


def check_name(text: str) -> str:
    """The name to log in with that was asked for, in its one form.

    Raises:
        InvalidError: it cannot be one.
    """
    name = normalise_name(text)
    if not is_name(name) or name in _RESERVED:
        wrong = "2 to 40 letters, digits, and . @ - _ ; the first a letter or digit; not operator"
        raise InvalidError(
            f"This cannot be the name of an account: {wrong}.",
            "Choose another name.",
            {"name": wrong},
            "account-name",
        )
    return name


def count(reading: "Reading") -> int:
    """How many accounts there are, disabled ones too."""
    return int(reading.connection.execute(select(func.count()).select_from(_ACCOUNT)).scalar() or 0)


def count_able(reading: "Reading", act: Act) -> int:
    """How many accounts in use may do an act."""
    roles = [str(role) for role in roles_of(act)]
    query = select(func.count()).where(_ACCOUNT.c.role.in_(roles), _ACCOUNT.c.disabled_ms.is_(None))
    return int(reading.connection.execute(query).scalar_one())


def find(reading: "Reading") -> list[AccountView]:
    """Every account, those in use first, by name."""
    query = select(_ACCOUNT).order_by(_ACCOUNT.c.disabled_ms.is_not(None), _ACCOUNT.c.name)
    return [AccountView.model_validate(row) for row in reading.connection.execute(query)]


def find_by_name(reading: "Reading", name: str) -> Account | None:
    """The account that logs in with a name, its password's hash included."""
    if not is_name(name):
        return None
    row = reading.connection.execute(select(_ACCOUNT).where(_ACCOUNT.c.name == name)).first()
    return None if row is None else Account(**row._mapping)


def get(reading: "Reading", id_: str) -> Account:
    """The account of this id, its password's hash included.

    Raises:
        NotFoundError: there is none.
    """
    row = reading.connection.execute(select(_ACCOUNT).where(_ACCOUNT.c.id == id_)).first()
    if row is None:
        raise NotFoundError(f"There is no account {id_}.", "List them: yizhan account list.")
    return Account(**row._mapping)


def create(tx: "Writing", account: Account) -> None:
    """Keep a new account.

    Raises:
        StaffError: the name is taken.
    """
    if find_by_name(tx, account.name) is not None:
        raise StaffError(
            f"There is an account {account.name} already.",
            "Choose another name, or give that account a new password or role.",
            "taken",
        )
    tx.insert(Account, [account.model_dump()])


def set_role(tx: "Writing", id_: str, role: Role) -> None:
    """Give an account another role, from its next request on.

    Raises:
        NotFoundError: there is no such account.
        StaffError: it is the last manager.
    """
    account = get(tx, id_)
    if role is not Role.MANAGER:
        _check_not_last(tx, account)
    _change(tx, id_, role=role.value)


def disable(tx: "Writing", id_: str, now_ms: int) -> None:
    """Take an account out of use.

    Raises:
        NotFoundError: there is no such account.
        StaffError: it is disabled already, or it is the last manager.
    """
    account = get(tx, id_)
    if account.disabled_ms is not None:
        raise StaffError("That account is disabled already.", "List them again.", "disabled")
    _check_not_last(tx, account)
    _change(tx, id_, disabled_ms=now_ms)


def enable(tx: "Writing", id_: str) -> None:
    """Take a disabled account into use again; its password is as it was.

    Raises:
        NotFoundError: there is no such account.
        StaffError: it is in use.
    """
    if get(tx, id_).disabled_ms is None:
        raise StaffError("That account is in use.", "List them again.", "in-use")
    _change(tx, id_, disabled_ms=None)


def set_password(tx: "Writing", id_: str, hashed: str, now_ms: int, *, is_temporary: bool) -> None:
    """Keep another password's hash.

    Args:
        id_: of the account.
        hashed: argon2id.
        now_ms: when, Unix ms.
        is_temporary: somebody else chose it.
    """
    _change(tx, id_, password=hashed, password_ms=now_ms, is_temporary=is_temporary)


def renew_hash(tx: "Writing", id_: str, hashed: str) -> None:
    """Keep the same password under the costs of now."""
    _change(tx, id_, password=hashed)


def _change(tx: "Writing", id_: str, **values: object) -> None:
    tx.connection.execute(update(_ACCOUNT).where(_ACCOUNT.c.id == id_).values(**values))


def _check_not_last(tx: "Writing", account: Account) -> None:
    if account.role != Role.MANAGER.value or account.disabled_ms is not None:
        return
    others = select(func.count()).where(
        _ACCOUNT.c.role == Role.MANAGER.value,
        _ACCOUNT.c.disabled_ms.is_(None),
        _ACCOUNT.c.id != account.id,
    )
    if not tx.connection.execute(others).scalar():
        raise StaffError(
            "That is the last manager of this station.",
            "Make somebody else a manager first.",
            "last-manager",
        )
