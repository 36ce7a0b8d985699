"""Accounts, sessions and the audit trail as operations of the API."""

from typing import TYPE_CHECKING, Annotated

from pydantic import ConfigDict, Field

from node.capability import Route
from node.model import Model
from node.people import accounts, sessions, staff, trail
from node.people.accounts import NAME_CHARS_MAX, AccountView
from node.people.actor import Actor
from node.people.passwords import CHARS_MAX
from node.people.permissions import Act, Role
from node.people.sessions import SessionView
from node.people.trail import LineQuery, NamedLine, Verdict

if TYPE_CHECKING:
    from node.app import Node

Password = Annotated[str, Field(max_length=4 * CHARS_MAX, description="never shown again")]


class IdPath(Model):
    """The id in the address: of an account or a session."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class AccountInput(Model):
    """A new account; its password has to be changed at the first log-in."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(max_length=4 * NAME_CHARS_MAX, description="to log in with")]
    person: Annotated[str, Field(max_length=200, description="how the person is called")] = ""
    role: Annotated[Role, Field(strict=False)]
    password: Password


class RoleInput(Model):
    """Another role."""

    model_config = ConfigDict(extra="forbid")

    role: Annotated[Role, Field(strict=False)]


class PasswordInput(Model):
    """A password chosen for somebody else."""

    model_config = ConfigDict(extra="forbid")

    password: Password


class AccountList(Model):
    """Every account, those in use first."""

    items: list[AccountView]


class SessionList(Model):
    """Sessions in force, the one used last first."""

    items: list[SessionView]


class Ended(Model):
    """A session that has just been ended."""

    id: str


class LineList(Model):
    """Lines of the audit trail, newest first."""

    items: list[NamedLine]


class VerifyQuery(Model):
    """A head noted earlier, to see that the trail still holds it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    known: Annotated[str, Field(pattern=r"^([0-9]{1,15} [0-9a-f]{64})?$")] = ""


async def list_accounts(node: "Node") -> AccountList:
    """Every account of this station, without passwords."""
    return AccountList(items=await node.store.aread(accounts.find))


async def add_account(node: "Node", actor: Actor, body: AccountInput) -> AccountView:
    """Make an account."""
    return await staff.add_account(
        node.gate, actor, body.name, body.person, body.role, body.password
    )


async def set_role(node: "Node", actor: Actor, path: IdPath, body: RoleInput) -> AccountView:
    """Give an account another role, from its next request on."""
    return await staff.set_role(node.gate, actor, path.id, body.role)


async def disable_account(node: "Node", actor: Actor, path: IdPath) -> AccountView:
    """Take an account out of use and end its sessions."""
    return await staff.disable_account(node.gate, actor, path.id)


async def enable_account(node: "Node", actor: Actor, path: IdPath) -> AccountView:
    """Take a disabled account into use again."""
    return await staff.enable_account(node.gate, actor, path.id)


async def reset_password(
    node: "Node", actor: Actor, path: IdPath, body: PasswordInput
) -> AccountView:
    """Set somebody's password, to be changed at the next log-in; ends all their sessions."""
    return await staff.reset_password(node.gate, actor, path.id, body.password)


async def list_sessions(node: "Node", actor: Actor) -> SessionList:
    """The sessions in force: one's own, or everybody's for who may manage accounts."""
    whose = "" if actor.may(Act.ACCOUNTS) else actor.id
    now_ms, lifetime = node.clock.now_ms(), node.gate.lifetime
    found = await node.store.aread(
        lambda reading: sessions.find(reading, now_ms, lifetime, account=whose)
    )
    return SessionList(items=found)


async def end_session(node: "Node", actor: Actor, path: IdPath) -> Ended:
    """End a session: one's own, or anybody's for who may manage accounts."""
    await staff.end_session(node.gate, actor, path.id)
    return Ended(id=path.id)


async def list_trail(node: "Node", query: LineQuery) -> LineList:
    """The audit trail, newest first."""
    return LineList(items=await node.store.aread(lambda reading: trail.find(reading, query)))


async def verify_trail(node: "Node", query: VerifyQuery) -> Verdict:
    """Compute every link of the audit trail anew."""
    return await node.store.aread(lambda reading: trail.verify(reading, query.known))


_STAFF = (
    ("role", set_role, "Give an account another role"),
    ("disable", disable_account, "Take an account out of use"),
    ("enable", enable_account, "Take an account into use again"),
    ("password", reset_password, "Set somebody's password"),
)

ROUTES = (
    Route("GET", "/accounts", list_accounts, "Accounts of this station", act=Act.ACCOUNTS),
    Route(
        "POST", "/accounts", add_account, "Make an account",
        status=201, act=Act.ACCOUNTS, traced=True,
    ),
    *(
        Route("POST", f"/accounts/{{id}}/{name}", handler, summary, act=Act.ACCOUNTS, traced=True)
        for name, handler, summary in _STAFF
    ),
    Route("GET", "/sessions", list_sessions, "Log-ins in force", act=Act.OWN),
    Route("POST", "/sessions/{id}/end", end_session, "End a log-in", act=Act.OWN, traced=True),
    Route("GET", "/audit", list_trail, "The audit trail", ("N7", "M4"), act=Act.TRAIL),
    Route("GET", "/audit/verify", verify_trail, "Is the trail whole?", ("N7",), act=Act.TRAIL),
)  # fmt: skip
