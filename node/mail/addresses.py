"""Where and how often somebody wants mail: at once, or one quiet digest on working days."""

import re
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import ConfigDict, Field
from sqlalchemy import delete, func, select, update

from node.errors import InvalidError
from node.model import Model
from node.settings import MAIL_ADDRESS
from node.store import Account, MailAddress, NoticeRow, table_of

if TYPE_CHECKING:
    from node.store import Reading, Writing

_ADDRESS = table_of(MailAddress)
_ACCOUNT = table_of(Account)
_NOTICE = table_of(NoticeRow)

Way = Literal["none", "at-once", "daily"]


class AddressInput(Model):
    """An address, how often mail is wanted, at which hour of Beijing, and in which language.

    ``way`` is none, at-once, or daily on working days.
    """

    model_config = ConfigDict(extra="forbid")

    address: Annotated[str, Field(max_length=254, description="empty with none")] = ""
    way: Way = "daily"
    hour: Annotated[int, Field(ge=0, le=23, description="of a digest, Beijing time")] = 9
    lang: Literal["zh", "en"] = "zh"


class AddressView(AddressInput):
    """An address as it is kept; ``refused`` is what a server said that would not take it."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)

    account: str
    name: str = ""
    person: str = ""
    refused: str = ""


def find(reading: "Reading", account: str) -> AddressView | None:
    """The address of an account, or None."""
    return next((each for each in find_all(reading) if each.account == account), None)


def find_all(reading: "Reading") -> list[AddressView]:
    """Every address, by the name its account logs in with."""
    joined = _ADDRESS.join(_ACCOUNT, _ACCOUNT.c.id == _ADDRESS.c.account)
    query = select(_ADDRESS, _ACCOUNT.c.name, _ACCOUNT.c.person).select_from(joined)
    rows = reading.connection.execute(query.order_by(_ACCOUNT.c.name)).mappings()
    return [
        AddressView.model_validate({name: row[name] for name in AddressView.model_fields})
        for row in rows
    ]


def check_address(address: str) -> None:
    """Check that a text is a mail address.

    Raises:
        InvalidError: it is none.
    """
    if not re.fullmatch(MAIL_ADDRESS, address):
        wrong = "it takes one like name@example.cn, in letters, digits and . _ + -"
        raise InvalidError(f"This is no mail address; {wrong}.", "Correct it.", {"address": wrong})


def put(tx: "Writing", account: str, given: AddressInput, now_ms: int) -> AddressView:
    """Keep an address; from now on is told, not what came before.

    Raises:
        InvalidError: it is no mail address.
    """
    address = given.address.strip()
    if given.way != "none":
        check_address(address)
    newest = tx.connection.execute(select(func.max(_NOTICE.c.seq))).scalar() or 0
    tx.connection.execute(delete(_ADDRESS).where(_ADDRESS.c.account == account))
    row = {
        **given.model_dump(), "address": address, "account": account, "told_seq": newest,
        "told_ms": now_ms if given.way == "daily" else 0, "refused": "", "changed_ms": now_ms,
    }  # fmt: skip
    tx.insert(MailAddress, [row])
    found = find(tx, account)
    assert found is not None
    return found


def flag_refused(tx: "Writing", address: str, answer: str) -> None:
    """Note that a server does not take mail for an address; nothing more is written to it."""
    of = _ADDRESS.c.address == address
    tx.connection.execute(update(_ADDRESS).where(of).values(refused=answer))
