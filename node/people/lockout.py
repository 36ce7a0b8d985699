"""Guessing is slowed down: after a few failed log-ins each further one waits twice as long.

Counted by name and by address, whether there is such an account or not, and kept in the store:
a restart forgets nothing. An attempt counts as failed from its begin, so that many at the same
time are no way around it.
"""

import hashlib
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from node.calendar import moment_of
from node.errors import LockedOutError
from node.store.private import GuessRow
from node.store.tables import table_of

if TYPE_CHECKING:
    from node.store import Writing

NAME_FREE = 5
"""Failed log-ins under one name before the next has to wait."""
ADDRESS_FREE = 20
"""The same for one address: several people may share it."""
FIRST_WAIT_MS = 30_000
WAIT_MS_MAX = 3_600_000
FORGET_MS = 24 * 3_600_000
"""Without a failed log-in for so long, counting begins anew."""
_DOUBLINGS_MAX = 20

_GUESS = table_of(GuessRow)


def wait_ms(count: int, free: int) -> int:
    """How long the next log-in has to wait after ``count`` failed ones, milliseconds."""
    if count < free:
        return 0
    return int(min(FIRST_WAIT_MS << min(count - free, _DOUBLINGS_MAX), WAIT_MS_MAX))


def name_key(name: str) -> str:
    """Under what a name is counted; a digest, for people type passwords into the wrong field."""
    return f"name {hashlib.sha256(name.encode()).hexdigest()}"


def address_key(address: str) -> str:
    """Under what an address is counted; IPv6 by its /64, of which one household has all."""
    try:
        found: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    except ValueError:
        return "address unknown"
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is not None:
            return f"address {found.ipv4_mapped}"
        return f"address {ip_network((found, 64), strict=False)}"
    return f"address {found}"


def begin_guess(tx: "Writing", name: str, address: str, now_ms: int) -> None:
    """Count a log-in as failed before it is looked at.

    Raises:
        LockedOutError: the name or the address has to wait; nothing was counted.
    """
    limits = {name_key(name): NAME_FREE, address_key(address): ADDRESS_FREE}
    rows = tx.connection.execute(select(_GUESS).where(_GUESS.c.key.in_(limits))).mappings()
    known = {row["key"]: row for row in rows}
    until_ms = max((row["until_ms"] for row in known.values()), default=0)
    if until_ms > now_ms:
        raise LockedOutError(
            f"Too many log-ins failed; the next is heard from {moment_of(until_ms)} on.",
            "Wait until then. A manager can set a new password, which ends the waiting for a name.",
            until_ms,
        )
    tx.connection.execute(delete(_GUESS).where(_GUESS.c.last_ms < now_ms - FORGET_MS))
    for key, free in limits.items():
        row = known.get(key)
        is_fresh = row is not None and row["last_ms"] >= now_ms - FORGET_MS
        count = row["count"] + 1 if row is not None and is_fresh else 1
        _write(tx, key, count, now_ms, now_ms + wait_ms(count, free))


def forgive_guess(tx: "Writing", name: str, address: str) -> None:
    """Take back what :func:`begin_guess` counted: the log-in was right.

    Of the address only this one attempt: who has an account may not guess at others' for that.
    """
    forget_name(tx, name)
    key = address_key(address)
    row = tx.connection.execute(select(_GUESS).where(_GUESS.c.key == key)).mappings().first()
    if row is None:
        return
    count = max(row["count"] - 1, 0)
    waits = wait_ms(count, ADDRESS_FREE)
    _write(tx, key, count, row["last_ms"], row["last_ms"] + waits if waits else 0)


def forget_name(tx: "Writing", name: str) -> None:
    """Let the next log-in under a name be heard at once."""
    tx.connection.execute(delete(_GUESS).where(_GUESS.c.key == name_key(name)))


def _write(tx: "Writing", key: str, count: int, last_ms: int, until_ms: int) -> None:
    row = {"key": key, "count": count, "last_ms": last_ms, "until_ms": until_ms}
    tx.upsert(GuessRow, [row])
