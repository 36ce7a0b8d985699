"""The gate: who may come in, who stays, and the line in the audit trail for everything they do."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from node.clock import Clock, Random
from node.errors import SignInError
from node.ids import new_id
from node.people import accounts, lockout, sessions, trail
from node.people.actor import Actor
from node.people.passwords import Passwords, needs_rehash
from node.people.permissions import Role
from node.people.sessions import Lifetime, digest_of
from node.people.trail import BEGUN, DONE, REFUSED, Line
from node.settings import PeopleConfig
from node.store.private import Account, SessionRow
from node.store.store import Preface
from protocol.keys import encode_b64

if TYPE_CHECKING:
    from node.store import Reading, Store, Writing

SECRET_BYTES = 32
ADDRESS_CHARS_MAX = 64

Tell = Callable[[Line], None]


class Gate:
    """Log-ins and the audit trail of one station.

    ``has_accounts`` says whether anybody has ever been given an account here: from then on the
    pages' forms are for those who have logged in.
    """

    def __init__(
        self, store: "Store", clock: Clock, random: Random, config: PeopleConfig, tell: Tell
    ) -> None:
        """Look whether there are accounts.

        Args:
            store: with the private tables.
            clock: for expiry, lock-out and the trail.
            random: where secrets and ids come from.
            config: how long log-ins last, how long passwords must be.
            tell: called with each line of the trail after its commit; the node logs it.
        """
        self.store = store
        self.clock = clock
        self.config = config
        self.passwords = Passwords()
        self.lifetime = Lifetime(config.idle_s * 1000, config.session_s * 1000)
        self.has_accounts = store.read(lambda reading: accounts.count(reading) > 0)
        self._random = random
        self._tell = tell

    def new_id(self) -> str:
        """A fresh id for an account or a session: 16 characters."""
        return new_id(self._random)

    def note(
        self,
        tx: "Writing",
        actor: Actor | None,
        act: str,
        target: str,
        result: str = DONE,
        of: int | None = None,
    ) -> Line:
        """Write a line of the trail, in the transaction of the change it tells of."""
        line = trail.append(tx, self.clock.now_ms(), actor, act, target, result, of)
        tx.after_commit.append(lambda: self._tell(line))
        return line

    def begin(self, actor: Actor | None, act: str, target: str) -> "Begun":
        """The line that says an act begins, to be the preface of what it changes."""
        return Begun(self, actor, act, target)

    async def finish(self, begun: "Begun", target: str, result: str) -> None:
        """Say what came of an act; the only line of one that changed nothing."""
        of = begun.line.seq if begun.is_kept and begun.line is not None else None
        await self.store.awrite(
            lambda tx: self.note(tx, begun.actor, begun.act, target or begun.target, result, of)
        )

    async def refuse(self, actor: Actor, act: str, target: str) -> None:
        """Note that somebody tried what their role does not allow."""
        await self.store.awrite(lambda tx: self.note(tx, actor, act, target, REFUSED))

    async def sign_in(self, name: str, password: str, address: str, agent: str) -> str:
        """Log somebody in.

        An unknown name, a disabled account and a wrong password are answered alike, after the
        same work.

        Args:
            name: as typed.
            password: as typed.
            address: where the request came from.
            agent: what the browser calls itself.

        Returns:
            The session's secret, for the browser alone.

        Raises:
            LockedOutError: too many log-ins failed under this name or from this address.
            SignInError: name and password are not those of an account in use.
        """
        name = accounts.normalise_name(name)
        address = address[:ADDRESS_CHARS_MAX]
        self.passwords.check_room()
        account = await self.store.awrite(lambda tx: self._begin_sign_in(tx, name, address))
        is_right = await self.passwords.verify(account.password if account else None, password)
        if account is None or not is_right or account.disabled_ms is not None:
            who = None if account is None else _actor(account, "")
            await self.store.awrite(
                lambda tx: self.note(tx, who, "sign_in", address, REFUSED) and None
            )
            raise _wrong()
        fresh = await self._rehashed(account, password)
        secret = encode_b64(self._random(SECRET_BYTES))
        row = self._session(account, secret, address, agent)
        await self.store.awrite(lambda tx: self._enter(tx, account, row, fresh))
        return secret

    def _begin_sign_in(self, tx: "Writing", name: str, address: str) -> Account | None:
        lockout.begin_guess(tx, name, address, self.clock.now_ms())
        return accounts.find_by_name(tx, name)

    async def _rehashed(self, account: Account, password: str) -> str | None:
        return await self.passwords.hash(password) if needs_rehash(account.password) else None

    def _session(self, account: Account, secret: str, address: str, agent: str) -> SessionRow:
        now_ms = self.clock.now_ms()
        return SessionRow(
            id=self.new_id(),
            digest=digest_of(secret),
            account=account.id,
            created_ms=now_ms,
            seen_ms=now_ms,
            address=address,
            agent=agent[: sessions.AGENT_CHARS_MAX],
        )

    def _enter(self, tx: "Writing", account: Account, row: SessionRow, fresh: str | None) -> None:
        """Open the session, unless the account was changed while its password was checked."""
        now = accounts.get(tx, account.id)
        if now.disabled_ms is not None or now.password != account.password:
            raise _wrong()
        if fresh is not None:
            accounts.renew_hash(tx, account.id, fresh)
        lockout.forgive_guess(tx, account.name, row.address)
        sessions.create(tx, row, row.created_ms)
        self.note(tx, _actor(account, row.id), "sign_in", row.address)

    async def find_actor(self, secret: str) -> Actor | None:
        """Who holds this session secret; None when the session has ended."""
        now_ms = self.clock.now_ms()

        def look(reading: "Reading") -> sessions.Found | None:
            return sessions.find_by_secret(reading, secret, now_ms, self.lifetime)

        found = await self.store.aread(look)
        if found is None:
            return None
        if now_ms - found.seen_ms >= sessions.SEEN_EVERY_MS:
            await self.store.awrite(lambda tx: sessions.touch(tx, found.actor.session, now_ms))
        return found.actor

    async def sign_out(self, actor: Actor) -> None:
        """End the session somebody is in.

        Raises:
            NotFoundError: it has ended already.
        """

        def leave(tx: "Writing") -> None:
            sessions.end(tx, actor.session, self.clock.now_ms())
            self.note(tx, actor, "sign_out", actor.session)

        await self.store.awrite(leave)

    def close(self) -> None:
        """End what runs beside the store."""
        self.passwords.close()


class Begun(Preface):
    """An act whose first change carries its line; ``line`` is that line once it was written."""

    def __init__(self, gate: Gate, actor: Actor | None, act: str, target: str) -> None:
        super().__init__(self._note)
        self.actor, self.act, self.target = actor, act, target
        self.line: Line | None = None
        self._gate = gate

    def _note(self, tx: "Writing") -> None:
        self.line = self._gate.note(tx, self.actor, self.act, self.target, BEGUN)


def _actor(account: Account, session: str) -> Actor:
    return Actor(account.id, Role(account.role), account.name, account.person, session)


def _wrong() -> SignInError:
    return SignInError(
        "Name and password are not those of an account in use here.",
        "Check both; a manager can set a new password.",
    )
