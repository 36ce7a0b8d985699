"""A mode is data: a tuple of capabilities (DESIGN section 2, A1, A19).

A capability may add read models, jobs, routes and pages. It cannot add kinds, change what is valid,
or touch the store: every mode has every table. The commands for it are named in its tier's package.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

from node.scope import order_channels

if TYPE_CHECKING:
    from node.app import Node
    from node.clock import Clock
    from node.files import Files, Upload
    from node.holdings import Holdings
    from node.ingest import Ingest
    from node.keyring import Keyring
    from node.people.actor import Actor
    from node.publish import Publisher
    from node.recovery import Recovery
    from node.search import Search
    from node.settings import MailConfig, ServiceConfig
    from node.store import Reading, Store
    from protocol.genesis import Network
    from protocol.roster import Roster

from node.people.permissions import Act

Method = Literal["GET", "POST", "PUT", "DELETE"]


@dataclass(frozen=True, slots=True)
class Route:
    """One operation of ``/api/v1``.

    ``handler`` is a coroutine function whose annotations say what it takes: ``node: Node`` first,
    then ``actor: Actor`` if it has to know who asks, then any of ``path``, ``query``, ``body`` as
    pydantic models; it returns a pydantic model. For a file it returns a :class:`Download`
    or a :class:`Stream`.
    ``act`` is what the caller's role must allow. A GET without one is public; what shows things
    that never leave this station names one. Every other route is for the manager if it names none.
    Its first change carries a line of the audit trail, and another says what came of it, unless
    the handler is ``traced``: then it writes its own, in the transaction of the change.
    ``path`` is below ``/api/v1``, with ``{name}`` for path parameters; ``media`` are the media
    types of a file.
    """

    method: Method
    path: str
    handler: Callable[..., Awaitable[Any]]
    summary: str
    serves: tuple[str, ...] = ()
    status: int = 200
    act: Act | None = None
    traced: bool = False
    media: tuple[str, ...] = ("application/octet-stream",)

    @property
    def needed(self) -> Act | None:
        """What the caller's role must allow; None where everybody may."""
        return self.act or (None if self.method == "GET" else Act.MANAGE)


@dataclass(frozen=True, slots=True)
class Download:
    """A file an operation gives to save: its name, media type and bytes."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Stream:
    """A file too long to hold in memory: ``read`` yields it piece by piece from the store."""

    name: str
    content_type: str
    read: Callable[["Reading"], Iterator[bytes]]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the console: a template and the coroutine that gathers what it shows.

    ``build(node, path, query)`` gets the path parameters and the query as string mappings.
    ``menu`` is the Chinese label in the navigation, or empty for a page reached by a link.
    """

    path: str
    template: str
    title: str
    build: Callable[["Node", Mapping[str, str], Mapping[str, str]], Awaitable[Mapping[str, object]]]
    menu: str = ""
    serves: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Visit:
    """One request to a desk: who looks, what the address says, and where it comes from.

    Attributes:
        actor: None for somebody who has not logged in.
        path, query: parameters of the address.
        address: the caller's, as far as it can be known.
        agent: what the browser calls itself.
        upload: the file that came with a form; gone afterwards unless it was kept.
    """

    actor: "Actor | None"
    path: Mapping[str, str]
    query: Mapping[str, str]
    address: str = ""
    agent: str = ""
    upload: "Upload | None" = None

    @property
    def known(self) -> "Actor":
        """Who looks, at a desk only people who have logged in come to."""
        assert self.actor is not None
        return self.actor


@dataclass(frozen=True, slots=True)
class Done:
    """What a form leads to: the page to go to, and the log-in that began or ended.

    Attributes:
        to: the path of the next page.
        secret: of the session that began, empty when none did.
        is_over: the session of the caller has ended.
        shown: what the desk shows instead of going anywhere, as ``once`` in its template: what is
            told this one time.
        file: what is given to save instead of another page.
    """

    to: str
    secret: str = ""
    is_over: bool = False
    shown: Mapping[str, object] = field(default_factory=dict)
    file: Download | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """A page that depends on who looks, and from which forms may be sent.

    ``act`` is what the role must allow, None for everybody; ``submit`` gets the form's fields and
    writes its own lines in the audit trail. An error it raises is shown on the same page.
    ``menu`` as of :class:`Page`, shown to those who may; ``headers`` are the page's own. A form of
    a desk for everybody may be sent by anybody: its path is in :data:`node.web.auth.OPEN_WRITES`.
    ``takes_file``: a file may come with its form.
    """

    path: str
    template: str
    title: str
    build: Callable[["Node", Visit], Awaitable[Mapping[str, object]]]
    act: Act | None
    submit: Callable[["Node", Visit, Mapping[str, str]], Awaitable[Done]] | None = None
    menu: str = ""
    serves: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    takes_file: bool = False


class Workplace(Protocol):
    """What a job may use of a node: the simulated machine has it as well as the real one."""

    @property
    def network(self) -> "Network": ...
    @property
    def keyring(self) -> "Keyring": ...
    @property
    def store(self) -> "Store": ...
    @property
    def ingest(self) -> "Ingest": ...
    @property
    def publisher(self) -> "Publisher": ...
    @property
    def clock(self) -> "Clock": ...
    @property
    def roster(self) -> "Roster": ...
    @property
    def recovery(self) -> "Recovery": ...
    @property
    def holdings(self) -> "Holdings": ...
    @property
    def feed_rows(self) -> int: ...
    @property
    def search(self) -> "Search | None": ...
    @property
    def service(self) -> "ServiceConfig": ...
    @property
    def files(self) -> "Files | None": ...
    @property
    def mail(self) -> "MailConfig": ...


@dataclass(frozen=True, slots=True)
class Job:
    """Work the scheduler starts; ``every_s`` seconds between two runs, first run after one such."""

    name: str
    every_s: int
    run: Callable[[Workplace], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Capability:
    """What a station can do, as a value: routes, pages, desks and jobs that belong together.

    ``channels`` are those whose entries it reads or writes.
    """

    name: str
    title: str
    serves: tuple[str, ...]
    routes: tuple[Route, ...] = ()
    pages: tuple[Page, ...] = ()
    desks: tuple[Desk, ...] = ()
    jobs: tuple[Job, ...] = ()
    channels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mode:
    """One of the three modes: its name, its title, and what a station in it can do."""

    name: str
    title: str
    capabilities: tuple[Capability, ...]

    @property
    def routes(self) -> tuple[Route, ...]:
        return tuple(route for each in self.capabilities for route in each.routes)

    @property
    def pages(self) -> tuple[Page, ...]:
        return tuple(page for each in self.capabilities for page in each.pages)

    @property
    def channels(self) -> tuple[str, ...]:
        return order_channels(name for each in self.capabilities for name in each.channels)

    @property
    def desks(self) -> tuple[Desk, ...]:
        return tuple(desk for each in self.capabilities for desk in each.desks)

    @property
    def jobs(self) -> tuple[Job, ...]:
        return tuple(job for each in self.capabilities for job in each.jobs)
