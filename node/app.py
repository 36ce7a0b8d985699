"""One node of the network: the only place that knows every concrete part (DESIGN section 2).

Parts start in the order config, keys, store, ingest, search, web, peering, scheduler, and stop in
reverse.
"""

import asyncio
import signal
from contextlib import AsyncExitStack, ExitStack
from types import TracebackType
from typing import Self

from node.backup import FILES
from node.clock import Clock, Random, SystemClock, system_random
from node.config import Config
from node.errors import ConfigError
from node.files import Files
from node.files.transfers import Transfers
from node.holdings import Holdings
from node.hub import Hub
from node.ingest import Ingest
from node.jobs import JOBS
from node.keyring import Keyring, read_token
from node.modes import get_mode
from node.peering import Peering
from node.peering.host import Followers
from node.people import Gate
from node.people.trail import Line
from node.process import settle_process
from node.publish import Publisher
from node.readmodels import PROJECTIONS
from node.rebuild import arebuild
from node.recovery import Recovery
from node.scheduler import Scheduler
from node.scope import Scope
from node.search import Search
from node.settings import MailConfig, ServiceConfig
from node.store import Guard, Store
from node.telemetry import Metrics, configure_logging, get_log
from node.web.server import Server
from protocol.errors import Refused
from protocol.genesis import Network
from protocol.roster import Roster, Station


class Node:
    """A station's node: its parts, and the order in which they start and stop.

    ``followers`` maps the key of each station that waits for our changes to the time its long
    poll came (Unix ms); ``started`` is true between start and stop.
    """

    def __init__(
        self,
        config: Config,
        network: Network,
        keyring: Keyring,
        store: Store,
        *,
        token: str,
        clock: Clock,
        random: Random,
    ) -> None:
        """Put the parts together; nothing runs yet."""
        self.config = config
        self.network = network
        self.keyring = keyring
        self.store = store
        self.token = token
        self.clock = clock
        self.random = random
        self.mode = get_mode(config.mode)
        self.log = get_log(node=config.name or keyring.signing.public[:8])
        self.metrics = Metrics()
        self.followers = Followers()
        self.holdings = Holdings((key.public for key in keyring.signing_keys), clock)
        self.started = False
        self.started_ms = 0
        self.feed_epoch, head = store.read(lambda each: (each.feed_epoch, each.feed_head))
        self.hub = Hub(head)
        store.read(self.holdings.load)
        self.scope = Scope(config.channels, self.mode.channels)
        self.ingest = Ingest(store, network, clock, PROJECTIONS, self.scope.held)
        self.ingest.on_stored.append(lambda _runs, position: self.hub.wake(position))
        guard = Guard(config.folder / "guard")
        self.recovery = Recovery()
        self.publisher = Publisher(
            store, self.ingest, keyring, network, clock, guard, random, self.recovery, self.scope
        )
        self.gate = Gate(store, clock, random, config.people, self._tell_audited)
        self.search = Search(config.folder / "index", store, clock) if config.search else None
        self.files = Files(config.folder / FILES, config.files, store, clock)
        self.server = Server(self)
        self.peering = Peering(self)
        self.transfers = Transfers(self)
        self.scheduler = Scheduler(self, (*JOBS, *self.mode.jobs))
        self._running = AsyncExitStack()

    @classmethod
    def create(
        cls,
        config: Config,
        *,
        clock: Clock | None = None,
        random: Random = system_random,
        inline: bool = False,
    ) -> Self:
        """Read the folder's files and open its store.

        Args:
            config: what the folder's configuration says.
            clock, random: where time and secret bytes come from.
            inline: the store runs where it is called; for a node whose time is not its own.

        Raises:
            ConfigError: a file is missing, wrong, or readable by others.
            StoreLockedError: another process runs on this store.
        """
        network = read_network(config)
        keyring = Keyring.load(config.key)
        token = read_token(config.folder)
        with ExitStack() as opened:
            store = Store.open(config.database_url, config.folder, clock=clock, inline=inline)
            opened.callback(store.close)
            node = cls(
                config,
                network,
                keyring,
                store,
                token=token,
                clock=clock or SystemClock(),
                random=random,
            )
            opened.pop_all()
        return node

    def _tell_audited(self, line: Line) -> None:
        """Log each link of the audit trail: a copy beside the store, against which it is known."""
        if self.started_ms:
            self.log.info("audited", seq=line.seq, act=line.act, result=line.result, link=line.link)

    @property
    def roster(self) -> Roster:
        """Who takes part, as of the last commit."""
        return self.ingest.roster

    @property
    def me(self) -> Station | None:
        """This station, or None until the network has admitted it."""
        return self.roster.station_of(self.keyring.signing.public)

    @property
    def feed_rows(self) -> int:
        """How many of the newest rows of the feed are kept."""
        return self.config.store.feed_rows

    @property
    def service(self) -> ServiceConfig:
        """By when things are due at this station."""
        return self.config.service

    @property
    def mail(self) -> MailConfig:
        """The server that takes this node's mail."""
        return self.config.mail

    @property
    def address(self) -> str:
        """Where this node answers on this machine."""
        return self.server.address

    async def start(self) -> None:
        """Start every part, in order; what was started is stopped again when one fails."""
        async with AsyncExitStack() as stack:
            stack.callback(self.store.close)
            stack.callback(self.gate.close)
            if self.search is not None:
                stack.callback(self.search.close)
            loop = asyncio.get_running_loop()
            self.hub.bind(loop)
            self.started_ms = self.clock.now_ms()
            recover_s = self.config.peering.recover_s
            self.recovery.begin(self.started_ms + int(recover_s * 1000))
            stack.callback(loop.call_later(recover_s, self.recovery.give_up).cancel)
            stack.push_async_callback(self.server.stop)
            await self.server.start()
            stack.callback(self.hub.close)
            stack.push_async_callback(self.peering.stop)
            await self.peering.start()
            stack.push_async_callback(self.transfers.stop)
            self.transfers.start()
            stack.callback(self.scheduler.stop)
            self.scheduler.start()
            self._running = stack.pop_all()
        self.started = True
        self.log.info(
            "started", address=self.address, mode=self.mode.name, entries=self.hub.position
        )

    async def stop(self) -> None:
        """Stop every part, the last started first."""
        self.started = False
        await self._running.aclose()
        self.log.info("stopped")

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    async def rebuild(self) -> None:
        """Drop every read model and fold the log again."""
        await arebuild(self.store, self.ingest)


def read_network(config: Config) -> Network:
    """The network of the genesis file.

    Raises:
        ConfigError: the file is not there, or is no genesis file.
    """
    try:
        return Network(config.genesis.read_bytes())
    except OSError as error:
        raise ConfigError(
            f"{config.genesis} cannot be read: {error.strerror}",
            "Put the network's genesis file there; whoever invited you has it.",
        ) from None
    except Refused as fault:
        raise ConfigError(f"{config.genesis}: {fault.detail}") from None


async def run_node(config: Config) -> None:
    """Run a node until it is told to stop by SIGTERM or SIGINT.

    Raises:
        ConfigError: a file or setting is wrong, or the port is taken.
        StoreLockedError: another process runs on this store.
    """
    configure_logging(config.log_level, config.log_format)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with Node.create(config):
        settle_process()
        await stop.wait()
