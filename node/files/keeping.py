"""What files a node keeps, for whom and how many: its own, and those of stations it relays (P8)."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from node.clock import Clock
from node.errors import ConflictError, NotFoundError
from node.files.blobs import Blobs
from node.readmodels import files
from node.readmodels.files import FileView
from node.settings import FilesConfig
from node.store import PrivateFile, table_of
from protocol.errors import Code, Refused
from protocol.files import check_piece

if TYPE_CHECKING:
    from node.store import Reading, Store

MIB = 1024 * 1024
GRACE_MS = 24 * 3600 * 1000
"""How long a file that no entry has ever named is kept: it may be about to be published."""
_PRIVATE = table_of(PrivateFile)

Fetch = Callable[[FileView], Awaitable[None]]


class Files:
    """The files of a node, and the rules by which they come and go.

    ``changed`` is rung when there is something to hand on; ``fetch`` asks other stations, where
    there is a network to ask.
    """

    def __init__(self, folder: Path, config: FilesConfig, store: "Store", clock: Clock) -> None:
        """Look at nothing yet."""
        self.blobs = Blobs(folder, clock)
        self.config = config
        self.changed = asyncio.Event()
        self.fetch: Fetch | None = None
        self._store = store
        self._clock = clock
        self._named: frozenset[str] = frozenset()
        self._lock = asyncio.Lock()

    # -- own files

    async def check_room(self, station: str, size: int) -> None:
        """Check that this station may keep another file of its own.

        Raises:
            ConflictError: with it there would be more than ``files.own_mib``.
        """
        used = await self._store.aread(lambda reading: _own_bytes(reading, station))
        if used + size > self.config.own_mib * MIB:
            raise ConflictError(
                f"this station's files would exceed {self.config.own_mib} MiB",
                "Take back files that are not needed any more, or raise files.own_mib.",
            )

    async def ensure(self, file: FileView) -> Path:
        """Where a file lies, fetched from other stations if it is not here.

        Raises:
            UnreachableError: no station that answers has it.
        """
        if not self.blobs.has(file.digest) and self.fetch is not None:
            await self.fetch(file)
        return self.blobs.get(file.digest)

    # -- other stations' files

    async def find_served(self, digest: str) -> Path:
        """A file another station may have: one that an entry in effect names.

        Raises:
            Refused: ``not-held``.
        """
        named = await self._store.aread(lambda reading: files.find_named(reading, digest))
        try:
            if named:
                return self.blobs.get(digest)
        except NotFoundError:
            pass
        raise Refused(Code.NOT_HELD, "no such file is held here")

    async def take_piece(self, digest: str, offset: int, content: bytes) -> int:
        """Take a piece another station hands on; how many bytes are held then (SPEC 14.3).

        Raises:
            Refused: ``not-held`` where no entry in effect names the file, ``over-quota`` where
                its stations have no room left, ``too-large``, ``bad-body``.
        """
        named = await self._store.aread(lambda reading: files.find_named(reading, digest))
        if not named:
            raise Refused(Code.NOT_HELD, "no entry held here names this file")
        size = named[0].size
        async with self._lock:
            held = self.blobs.held(digest)
            if held == size and self.blobs.has(digest):
                return held
            if held == 0:
                await self._check_room_for(named)
            if held < size:
                if not check_piece(held, size, offset, len(content)):
                    return held
                held = await asyncio.to_thread(self.blobs.append, digest, content)
            if held >= size:
                await self.settle(digest)
            return held

    async def settle(self, digest: str) -> None:
        """Make a part that is complete a file.

        Raises:
            Refused: ``bad-body`` when it is not the file that was named; it is thrown away.
        """
        try:
            await asyncio.to_thread(self.blobs.adopt, self.blobs.part(digest), digest)
        except ConflictError as error:
            raise Refused(Code.BAD_BODY, error.message) from None

    async def has_room_for(self, named: Iterable[FileView]) -> bool:
        """Whether a file may be kept for the stations that name it."""
        try:
            await self._check_room_for(named)
        except Refused:
            return False
        return True

    async def _check_room_for(self, named: Iterable[FileView]) -> None:
        """Count a file against what is kept of each station that names it, and of all."""
        listed = list(named)
        size = listed[0].size
        if await asyncio.to_thread(self.blobs.size) + size > self.config.held_mib * MIB:
            raise Refused(Code.OVER_QUOTA, "no more files are taken here")
        for station in {each.station for each in listed}:
            theirs = await self._store.aread(partial(files.find_all, station=station))
            digests = {each.digest: each.size for each in theirs if self.blobs.has(each.digest)}
            if sum(digests.values()) + size <= self.config.author_mib * MIB:
                return
        raise Refused(Code.OVER_QUOTA, f"{self.config.author_mib} MiB are kept of that station")

    # -- what nobody names any more

    async def let_go(self, digest: str) -> None:
        """Delete a file that was just taken back, unless something else names it."""
        if digest not in await self._store.aread(_all_named):
            await asyncio.to_thread(self.blobs.drop, digest)

    async def sweep(self) -> None:
        """Delete what was named and is not any more, and what nobody named for a day."""
        named = await self._store.aread(_all_named)
        now_ms = self._clock.now_ms()
        await asyncio.to_thread(self._drop_unnamed, named, now_ms)
        self._named = named

    def _drop_unnamed(self, named: frozenset[str], now_ms: int) -> None:
        for digest in list(self.blobs.digests()):
            if digest in named:
                continue
            if digest in self._named or self.blobs.came_ms(digest) < now_ms - GRACE_MS:
                self.blobs.drop(digest)
        self.blobs.clear_parts(now_ms - GRACE_MS)


def _own_bytes(reading: "Reading", station: str) -> int:
    published = {each.digest: each.size for each in files.find_all(reading, station)}
    private = reading.connection.execute(select(func.sum(_PRIVATE.c.size))).scalar() or 0
    return sum(published.values()) + int(private)


def _all_named(reading: "Reading") -> frozenset[str]:
    private = reading.connection.execute(select(_PRIVATE.c.digest)).scalars()
    return frozenset({*(each.digest for each in files.find_all(reading)), *private})
