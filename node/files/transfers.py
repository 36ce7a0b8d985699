"""Handing files on and fetching them, over connections this node opens (SPEC 14, P8)."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from node.errors import NodeError, UnreachableError
from node.files.blobs import read_stretch
from node.notices.telling import tell
from node.outbound import Outbound
from node.peering.choice import check_public, is_public
from node.peering.health import PeerState
from node.readmodels import files
from protocol.errors import Code, Refused
from protocol.files import FileHeld, Piece, send_file

if TYPE_CHECKING:
    from node.app import Node
    from node.readmodels.files import FileView
    from protocol.roster import Station

HOLDERS = 2
"""Peers a station's own files are handed to, in the order of the reasons for keeping them."""
LOOK_AGAIN_S = 60.0
Address = tuple[str, str]
"""Where a station answers, and the key it answers with."""


class Transfers:
    """The files of a running node on their way: pushed when published, fetched when wanted."""

    def __init__(self, node: "Node") -> None:
        """Dial nobody yet."""
        self._node = node
        self._given: set[tuple[str, str]] = set()
        self._refused: set[tuple[str, str]] = set()
        self._locks: dict[str, asyncio.Lock] = {}
        self._outbound: Outbound | None = None
        self._task: asyncio.Task[None] | None = None
        node.files.fetch = self.fetch

    def start(self) -> None:
        """Begin to hand on what is to be handed on."""
        node = self._node
        timeout_s = node.config.peering.timeout_s
        self._outbound = Outbound(node.keyring.signing, node.clock, timeout_s=timeout_s)
        self._task = asyncio.create_task(self._keep(), name="files")

    async def stop(self) -> None:
        """End every transfer; what came of them stays and is gone on with."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        if self._outbound is not None:
            await self._outbound.close()
            self._outbound = None

    async def _keep(self) -> None:
        """Hand on and fetch whenever there is something, and look again each minute.

        What a peer does not take yet, since it has not got the entry, is offered again soon.
        """
        changed = self._node.files.changed
        pause_s = backoff_s = self._node.config.peering.backoff_s
        while True:
            changed.clear()
            is_settled = False
            try:
                is_settled = await self._push_own() & await self._fetch_wanted()
            except (NodeError, OSError) as error:
                self._node.log.warning("files not handed on", reason=str(error))
            pause_s = LOOK_AGAIN_S if is_settled else min(LOOK_AGAIN_S, pause_s * 2)
            with suppress(TimeoutError):
                async with asyncio.timeout(pause_s):
                    await changed.wait()
                pause_s = backoff_s

    # -- handing on

    async def _push_own(self) -> bool:
        """Hand this station's files to its first peers; False where it should be tried soon."""
        me = self._node.me
        if me is None:
            return True
        own = await self._node.store.aread(lambda reading: files.find_all(reading, me.id))
        here = [each for each in own if self._node.files.blobs.has(each.digest)]
        peers = self._peers()[:HOLDERS]
        wanting = [
            (address, each)
            for address in peers
            for each in here
            if (address[1], each.digest) not in self._given | self._refused
        ]
        done = [await self._try_push(address, each) for address, each in wanting]
        return all(done) and (bool(peers) or not here)

    async def _try_push(self, address: Address, file: "FileView") -> bool:
        """Hand a file to one peer; False where the peer may take it later."""
        place = (address[1], file.digest)
        try:
            await self._push(address, file)
        except Refused as refused:
            if refused.code is Code.OVER_QUOTA:
                self._refused.add(place)
                await self._tell_refused(file, address, refused.detail)
                return True
            return False
        except (NodeError, OSError):
            return False
        self._given.add(place)
        return True

    async def _push(self, address: Address, file: "FileView") -> None:
        assert self._outbound is not None
        url, key = address
        path = self._node.files.blobs.get(file.digest)
        conversation = send_file(file.size)
        piece: Piece = next(conversation)
        while True:
            content = await asyncio.to_thread(read_stretch, path, *piece)
            held = await self._outbound.hand_piece(url, key, file.digest, piece.offset, content)
            try:
                piece = conversation.send(FileHeld(held=held))
            except StopIteration:
                return

    # -- fetching

    async def _fetch_wanted(self) -> bool:
        """Fetch the files of this station and of those below it that are not here."""
        node, me = self._node, self._node.me
        if me is None:
            return True
        known = await node.store.aread(files.find_all)
        wanted = [
            each
            for each in known
            if not node.files.blobs.has(each.digest) and self._is_kept(me.id, each.station)
        ]
        for each in wanted:
            if each.station == me.id or await node.files.has_room_for([each]):
                with suppress(UnreachableError):
                    await self.fetch(each)
        return True

    def _is_kept(self, me: str, station: str) -> bool:
        return station == me or me in self._node.roster.ancestors(station)

    async def fetch(self, file: "FileView") -> None:
        """Fetch a file that is not here from whoever has it.

        Peers are asked first, then the station that attached it, then those above that one.

        Raises:
            UnreachableError: no station that answers has it.
        """
        blobs = self._node.files.blobs
        async with self._locks.setdefault(file.digest, asyncio.Lock()):
            async for address in self._holders(file):
                if blobs.has(file.digest):
                    break
                try:
                    await self._fetch_from(address, file)
                except (Refused, NodeError, OSError) as error:
                    self._node.log.debug("file not fetched", url=address[0], reason=str(error))
        self._locks.pop(file.digest, None)
        if not blobs.has(file.digest):
            raise UnreachableError(
                f"no station that answers has the file '{file.name or file.digest}'",
                "Try again later: the station that attached it may be away.",
            )

    async def _fetch_from(self, address: Address, file: "FileView") -> None:
        if self._outbound is None:
            raise UnreachableError("this node is stopping")
        kept = self._node.files
        begin = kept.blobs.held(file.digest)
        if begin < file.size:
            async for piece in self._outbound.read_file(*address, file.digest, begin, file.size):
                await asyncio.to_thread(kept.blobs.append, file.digest, piece)
        await kept.settle(file.digest)

    async def _holders(self, file: "FileView") -> AsyncIterator[Address]:
        """Whom to ask, one after the other; nobody twice."""
        asked = {self._node.keyring.public}
        roster = self._node.roster
        above = [file.station, *roster.ancestors(file.station)]
        stations = [station for id_ in above if (station := roster.get(id_)) is not None]
        for address in (*self._peers(), *self._endpoints(stations)):
            url, key = address
            if key in asked:
                continue
            asked.add(key)
            if address not in self._peers() and not self._allows_private():
                try:
                    await check_public(url)
                except NodeError:
                    continue
            yield address

    def _endpoints(self, stations: Sequence["Station"]) -> list[Address]:
        return [
            (url, station.key)
            for station in stations
            if station.ended is None
            for url in station.endpoints
            if self._allows_private() or is_public(url)
        ]

    def _allows_private(self) -> bool:
        return self._node.config.peering.allow_private

    def _peers(self) -> list[Address]:
        """The peers that answer, in the order of the reasons for keeping them."""
        found = self._node.peering.peers()
        return [(each.url, each.key) for each in found if each.state is PeerState.UP]

    async def _tell_refused(self, file: "FileView", address: Address, reason: str) -> None:
        node, (url, key) = self._node, address
        node.log.warning("file refused", file=file.digest, url=url, reason=reason)
        station, now_ms = node.roster.station_of(key), node.clock.now_ms()
        given = {
            "title": file.name or file.digest[:8], "station": station.name if station else url,
        }  # fmt: skip
        await node.store.awrite(
            lambda tx: tell(tx, now_ms, "file.refused", file.id, key=key, given=given)
        )
