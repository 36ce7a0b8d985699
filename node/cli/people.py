"""``yizhan account``, ``session`` and ``audit``: who works at the station, and what they did."""

import getpass
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

from cyclopts import App, Parameter

from node.calendar import moment_of
from node.cli.client import Client
from node.cli.session import HERE, Session

account = App(name="account", help="Accounts of those who work at the station, and their roles.")
session = App(name="session", help="Log-ins in force.")

AccountName = Annotated[str, Parameter(help="the name to log in with")]
RoleName = Annotated[str, Parameter(help="manager, broker, reviewer, clerk, observer or auditor")]
_TIMES = ("created_ms", "seen_ms", "ends_ms", "at_ms", "password_ms", "disabled_ms")


def _ask(of: Session, ask: Callable[[Client], Any]) -> Any:
    with of.client() as client:
        return ask(client)


def _show(of: Session, items: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    if of.json:
        of.show(items)
    else:
        of.show([_readable(item) for item in items], columns)


def _readable(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name.removesuffix("_ms"): moment_of(value) if name in _TIMES and value else value
        for name, value in item.items()
    }


def _find_id(client: Client, name: str) -> str:
    """The id of the account of a name, or the text itself if it is an id."""
    from node.errors import NotFoundError

    for each in client.get("/accounts")["items"]:
        if name.casefold() in (each["name"], each["id"].casefold()):
            return str(each["id"])
    raise NotFoundError(f"There is no account {name}.", "List them: yizhan account list.")


def _read_password() -> str:
    """A new password: typed twice at a terminal, else one line of standard input."""
    from node.errors import InvalidError

    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        raise InvalidError("The two passwords differ.", "Type it twice alike.")
    return password


@account.command(name="add")
def add_account(
    name: AccountName,
    *,
    role: RoleName,
    person: Annotated[str, Parameter(help="how the person is called")] = "",
    session: Session = HERE,
) -> None:
    """Make an account; the password is asked for, or read from standard input.

    It has to be changed at the first log-in.
    """
    body = {"name": name, "person": person, "role": role, "password": _read_password()}
    made = _ask(session, lambda client: client.post("/accounts", body))
    _tell(session, made, f"made account {made['name']}, {made['role']}")


@account.command(name="list")
def list_accounts(*, session: Session = HERE) -> None:
    """List the accounts, those in use first."""
    items = _ask(session, lambda client: client.get("/accounts")["items"])
    _show(session, items, ("id", "name", "person", "role", "created", "disabled"))


@account.command(name="role")
def set_role(name: AccountName, role: RoleName, *, session: Session = HERE) -> None:
    """Give an account another role, from its next request on."""
    made = _change(session, name, "role", {"role": role})
    _tell(session, made, f"{made['name']} is {made['role']} now")


@account.command(name="disable")
def disable_account(name: AccountName, *, session: Session = HERE) -> None:
    """Take an account out of use and end its sessions; it is never deleted."""
    made = _change(session, name, "disable", {})
    _tell(session, made, f"disabled {made['name']}")


@account.command(name="enable")
def enable_account(name: AccountName, *, session: Session = HERE) -> None:
    """Take a disabled account into use again."""
    made = _change(session, name, "enable", {})
    _tell(session, made, f"enabled {made['name']}")


@account.command(name="password")
def set_password(name: AccountName, *, session: Session = HERE) -> None:
    """Set an account's password, asked for or read from standard input; ends its sessions.

    It has to be changed at the next log-in. Ends the waiting after failed log-ins, too.
    """
    made = _change(session, name, "password", {"password": _read_password()})
    _tell(session, made, f"set the password of {made['name']}")


def _change(of: Session, name: str, what: str, body: Mapping[str, object]) -> Any:
    return _ask(
        of, lambda client: client.post(f"/accounts/{_find_id(client, name)}/{what}", dict(body))
    )


def _tell(of: Session, made: Any, told: str) -> None:
    if of.json:
        of.show(made)
    else:
        of.tell(told)


@session.command(name="list")
def list_sessions(*, session: Session = HERE) -> None:
    """List the log-ins in force: whose, from where, since when."""
    items = _ask(session, lambda client: client.get("/sessions")["items"])
    _show(session, items, ("id", "name", "created", "seen", "ends", "address", "agent"))


@session.command(name="revoke")
def revoke_session(
    id_: Annotated[str, Parameter(help="the session's id", allow_leading_hyphen=True)],
    *,
    session: Session = HERE,
) -> None:
    """End a log-in: its next request is refused."""
    ended = _ask(session, lambda client: client.post(f"/sessions/{id_}/end", {}))
    _tell(session, ended, f"ended session {ended['id']}")


def audit(
    *,
    verify: Annotated[bool, Parameter(negative="", help="is it whole?")] = False,
    known: Annotated[str, Parameter(help="a head noted earlier, 'NUMBER LINK'")] = "",
    actor: Annotated[
        str, Parameter(help="only this account's lines: its name or id", allow_leading_hyphen=True)
    ] = "",
    target: Annotated[str, Parameter(help="only lines on this id", allow_leading_hyphen=True)] = "",
    limit: Annotated[int, Parameter(help="lines at most, 1 to 500")] = 50,
    session: Session = HERE,
) -> int:
    """Show the audit trail, newest first, or compute every link of it anew.

    Read from the store itself, whether the node runs or not. Exit code 1 when it is not whole.
    """
    from pydantic import ValidationError

    from node.cli.store import open_reading
    from node.errors import ConfigError
    from node.people import trail
    from node.people.accounts import find_by_name, normalise_name

    with open_reading(session.dir) as (_, _, reading):
        if verify or known:
            verdict = trail.verify(reading, known)
            session.show(verdict.model_dump(exclude_none=True))
            return 0 if verdict.is_whole else 1
        found = find_by_name(reading, normalise_name(actor))
        id_ = actor if found is None else found.id
        try:
            query = trail.LineQuery(actor=id_, target=target, limit=limit)
        except ValidationError as error:
            raise ConfigError(str(error.errors()[0]["msg"]), "See yizhan audit --help.") from None
        lines = [line.model_dump() for line in trail.find(reading, query)]
    _show(session, lines, ("seq", "at", "name", "role", "act", "target", "result", "session"))
    return 0
