"""Addresses, how mail fares, and a test mail as operations of the API."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import ConfigDict, Field

from node.capability import Route
from node.errors import ConflictError, NotAllowedError, NotFoundError
from node.ids import new_id
from node.mail import addresses, outbox
from node.mail.addresses import AddressInput, AddressView
from node.mail.letters import write_test
from node.mail.outbox import MailView
from node.model import Model
from node.people import accounts
from node.people.actor import Actor
from node.people.permissions import Act

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Reading, Writing

LISTED = 100


class MailPath(Model):
    """The id in the address: of a mail or an account."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class AccountPath(Model):
    """The name in the address, which an account logs in with."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=80)]


class TrialInput(Model):
    """Where a test mail goes; empty: to one's own address."""

    model_config = ConfigDict(extra="forbid")

    address: Annotated[str, Field(max_length=254)] = ""
    lang: Literal["zh", "en"] = "zh"


class MailStatus(Model):
    """How mail fares: the server, how many mails stand in each state, the newest, the addresses."""

    host: str
    sender: str
    counts: dict[str, int]
    mails: list[MailView]
    addresses: list[AddressView]


async def show_mail(node: "Node") -> MailStatus:
    """How mail fares at this station."""

    def look(reading: "Reading") -> MailStatus:
        return MailStatus(
            host=node.mail.host,
            sender=node.mail.sender,
            counts=outbox.count(reading),
            mails=outbox.find(reading, LISTED),
            addresses=addresses.find_all(reading),
        )

    return await node.store.aread(look)


async def send_test_mail(node: "Node", actor: Actor, body: TrialInput) -> MailView:
    """Put a test mail into the outbox; it goes out within some seconds.

    Raises:
        ConflictError: no mail server is set.
        InvalidError: there is no address to send it to.
    """
    if not node.mail.host:
        raise ConflictError("No mail server is set.", "Set mail.host and mail.sender in node.toml.")
    now_ms, id_ = node.clock.now_ms(), new_id(node.random)
    station = node.me.name if node.me else node.config.name

    def write(tx: "Writing") -> MailView:
        own = addresses.find(tx, actor.id)
        to = body.address or (own.address if own else "")
        addresses.check_address(to)
        outbox.put(tx, id_, actor.id, to, write_test(station, body.lang), now_ms)
        found = outbox.find_one(tx, id_)
        assert found is not None
        return found

    return await node.store.awrite(write)


async def send_mail_again(node: "Node", path: MailPath) -> MailView:
    """Try a mail again that was given up, with the same Message-ID."""
    now_ms = node.clock.now_ms()
    return await node.store.awrite(lambda tx: outbox.send_again(tx, path.id, now_ms))


async def get_own_address(node: "Node", actor: Actor) -> AddressView:
    """Where whoever asks is told by mail."""
    found = await node.store.aread(lambda reading: addresses.find(reading, actor.id))
    return found or AddressView(account=actor.id, way="none")


async def set_own_address(node: "Node", actor: Actor, body: AddressInput) -> AddressView:
    """Set where and how often whoever asks is told by mail.

    Raises:
        NotAllowedError: the operator has no account.
        InvalidError: it is no mail address.
    """
    if actor.role is None:
        raise NotAllowedError("The operator has no account.", "Call: yizhan mail address NAME …")
    now_ms = node.clock.now_ms()
    return await node.store.awrite(lambda tx: addresses.put(tx, actor.id, body, now_ms))


async def set_address(node: "Node", path: AccountPath, body: AddressInput) -> AddressView:
    """Set where and how often somebody is told by mail.

    Raises:
        NotFoundError: there is no such account.
        InvalidError: it is no mail address.
    """
    now_ms = node.clock.now_ms()

    def write(tx: "Writing") -> AddressView:
        account = accounts.find_by_name(tx, accounts.normalise_name(path.name))
        if account is None:
            raise NotFoundError(f"There is no account {path.name}.", "List them first.")
        return addresses.put(tx, account.id, body, now_ms)

    return await node.store.awrite(write)


ROUTES = (
    Route("GET", "/mail", show_mail, "How mail fares", ("D13",), act=Act.ACCOUNTS),
    Route(
        "POST", "/mail/test", send_test_mail, "Send a test mail", ("D13",), 201, act=Act.ACCOUNTS
    ),
    Route(
        "POST", "/mail/{id}/again", send_mail_again, "Send a mail again", ("D13",),
        act=Act.ACCOUNTS,
    ),
    Route(
        "POST", "/accounts/{name}/mail", set_address, "Set somebody's mail address", ("D13",),
        act=Act.ACCOUNTS,
    ),
    Route("GET", "/inbox/mail", get_own_address, "One's own mail address", ("D13",), act=Act.OWN),
    Route(
        "POST", "/inbox/mail", set_own_address, "Set one's own mail address", ("D13",), act=Act.OWN
    ),
)  # fmt: skip
