"""The operations every node has: how it stands, what it holds, whom it follows."""

from typing import TYPE_CHECKING, Annotated

from pydantic import ConfigDict, Field

from node.capability import Route, Stream
from node.durability import HeldBy, find_own_holders
from node.erased import ErasureView, afind_erasure, erase
from node.errors import InvalidError
from node.forks import carry_entry
from node.model import Model
from node.people.permissions import Act
from node.readmodels import entries, stations
from node.readmodels.entries import EntryView
from node.readmodels.stations import StationView
from node.web.status import DigestsView, PeerView, StatusView, digests, peer_views, status
from protocol.entry import Entry
from protocol.limits import CHANNELS
from protocol.records import ErasureReason

if TYPE_CHECKING:
    from node.app import Node
    from node.store import Reading


class IdPath(Model):
    """The id in the address."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Field(min_length=1, max_length=64)]


class Paging(Model):
    """Which page of a list."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    limit: Annotated[int, Field(ge=1, le=500, description="rows at most")] = 50
    after: Annotated[str, Field(max_length=64, description="id of the last row before")] = ""


class StationQuery(Paging):
    """Which stations."""

    q: Annotated[str, Field(max_length=200, description="words in name, id or division")] = ""
    station: Annotated[str, Field(max_length=64, description="it and those below it")] = ""
    tier: Annotated[str, Field(max_length=20, description="national, regional, grassroots")] = ""


class EntryQuery(Paging):
    """Which entries."""

    reason: Annotated[str, Field(max_length=40, description="a reason, or any: inert ones")] = ""
    station: Annotated[str, Field(max_length=64, description="the author's station")] = ""
    channel: Annotated[str, Field(max_length=20)] = ""
    kind: Annotated[str, Field(max_length=48)] = ""
    subject: Annotated[str, Field(max_length=64, description="the case they belong to")] = ""


class LogQuery(Model):
    """Which logs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    channel: Annotated[str, Field(description="one channel; empty: all, registry first")] = ""
    author: Annotated[str, Field(max_length=43, description="one author's key; empty: all")] = ""


class StationList(Model):
    """A page of stations."""

    items: list[StationView]


class EntryList(Model):
    """A page of entries."""

    items: list[EntryView]


class SignedEntry(Model):
    """An entry with the two lines that were signed; ``body`` is empty when it is not held.

    ``held_by`` says of an own entry who else holds it; of another station's it is None.
    ``erasure`` says what erased the body, if it is erased.
    """

    entry: EntryView
    header: str
    body: str
    held_by: HeldBy | None = None
    erasure: ErasureView | None = None


class ErasureIn(Model):
    """Why a body is erased."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: ErasureReason


class PeerList(Model):
    """The peers this node keeps."""

    items: list[PeerView]


async def get_status(node: "Node") -> StatusView:
    """How this node stands."""
    return await status(node)


async def get_digests(node: "Node") -> DigestsView:
    """What two nodes compare to see that they hold the same (P9)."""
    return await digests(node)


async def list_stations(node: "Node", query: StationQuery) -> StationList:
    """Stations of the roster."""
    found = await node.store.aread(lambda reading: stations.find(reading, **query.model_dump()))
    return StationList(items=list(found))


async def get_station(node: "Node", path: IdPath) -> StationView:
    """One station."""
    return await node.store.aread(lambda reading: stations.get(reading, path.id))


async def list_entries(node: "Node", query: EntryQuery) -> EntryList:
    """Stored entries, newest first."""
    found = await node.store.aread(lambda reading: entries.find(reading, **query.model_dump()))
    return EntryList(items=list(found))


async def get_entry(node: "Node", path: IdPath) -> SignedEntry:
    """One entry as it was signed (P2)."""

    def read(reading: "Reading") -> SignedEntry:
        view = entries.get(reading, path.id)
        entry = node.roster.disputes.kept.get(view.id) or reading.entry(view.log, view.seq)
        return SignedEntry(entry=view, header=entry.line.decode(), body=entry.body.decode())

    found = await node.store.aread(read)
    return found.model_copy(
        update={
            "held_by": await find_own_holders(node, found.entry),
            "erasure": await afind_erasure(node, found.entry),
        }
    )


async def erase_entry(node: "Node", path: IdPath, body: ErasureIn) -> ErasureView:
    """Take back the body of an entry this station wrote (SPEC 4.6)."""
    return await erase(node, path.id, body.reason)


async def keep_entry(node: "Node", path: IdPath) -> EntryView:
    """Stand by a disputed entry: it stays in force, for this station answers for it."""
    roster = node.roster

    def read(reading: "Reading") -> Entry:
        view = entries.get(reading, path.id)
        return roster.disputes.kept.get(view.id) or reading.entry(view.log, view.seq)

    record = carry_entry(await node.store.aread(read), roster)
    await node.publisher.apublish(record)
    return await node.store.aread(lambda reading: entries.get(reading, path.id))


async def export_log(node: "Node", query: LogQuery) -> Stream:
    """Logs as the signed text of SPEC 5.1, registry first, for ``yizhan verify``."""
    channels = (query.channel,) if query.channel else CHANNELS
    if not set(channels) <= set(CHANNELS):
        raise InvalidError(f"{query.channel} is no channel", f"Choose of {', '.join(CHANNELS)}.")
    author = query.author or None
    return Stream(
        "log.yz1",
        "text/plain; charset=utf-8",
        lambda reading: reading.log_texts(channels, author),
    )


async def list_peers(node: "Node") -> PeerList:
    """The peers this node keeps, and how each fares."""
    return PeerList(items=peer_views(node))


async def rebuild_readmodels(node: "Node") -> DigestsView:
    """Drop every read model and fold the log again; the digests come out the same."""
    await node.rebuild()
    return await digests(node)


ROUTES = (
    Route("GET", "/status", get_status, "How this node stands", ("L1", "M4")),
    Route("GET", "/digests", get_digests, "What this node's log and read models amount to"),
    Route("GET", "/stations", list_stations, "Stations of the roster", ("A1", "L1")),
    Route("GET", "/stations/{id}", get_station, "One station", ("L8",)),
    Route("GET", "/entries", list_entries, "Stored entries, inert ones too"),
    Route("GET", "/entries/{id}", get_entry, "One entry as it was signed"),
    Route("POST", "/entries/{id}/keep", keep_entry, "Stand by a disputed entry", act=Act.MANAGE),
    Route(
        "POST",
        "/entries/{id}/erasure",
        erase_entry,
        "Erase the body of an own entry",
        ("D11",),
        act=Act.MANAGE,
    ),
    Route("GET", "/log", export_log, "Logs as signed text, registry first", media=("text/plain",)),
    Route("GET", "/peers", list_peers, "The peers this node keeps", ("M4",)),
    Route("POST", "/rebuild", rebuild_readmodels, "Fold every read model again", act=Act.MANAGE),
)
