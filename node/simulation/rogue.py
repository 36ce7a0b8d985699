"""Those who do not keep the rules: members that lie with their own key, relays that lie for others.

A rogue signs what it wants with the key it was admitted by, and hands it to whom it wants.
"""

from collections.abc import Iterable
from random import Random

from node.errors import NodeError
from node.simulation.machine import SimNode
from node.simulation.scheduler import Process
from node.simulation.world import START_MS, World, url_of
from protocol.chain import join_text
from protocol.entry import Tail, write_entry
from protocol.errors import Refused
from protocol.header import LogId, entry_id, parse_header
from protocol.limits import PERMANENT_CHANNELS
from protocol.messages import ChangesRequest, PushRequest, Request
from protocol.page import LogText, Page
from protocol.records import LogOpened, Record
from protocol.sync import Response

NO_SIGNATURE = b"A" * 86
"""Well-formed, and nobody's."""


class Rogue:
    """A member's key in the hands of someone who writes logs by hand."""

    def __init__(self, world: World, node: SimNode) -> None:
        """Take over a node: it runs on, but counts as honest no longer."""
        node.is_honest = False
        self._world = world
        self._node = node

    def write_log(
        self,
        channel: str,
        records: Iterable[Record],
        *,
        epoch: int = START_MS // 1000,
        unsigned: int | None = None,
    ) -> list[bytes]:
        """A log from its opening on, one text an entry; not stored at the rogue's own node.

        The entry at the seq ``unsigned`` carries a signature that is nobody's.
        """
        log = LogId(self._node.keyring.public, channel, epoch)
        tail: Tail | None = None
        texts = []
        for record in (LogOpened(), *records):
            time = self._world.clock.now if tail is None else tail.time + 1
            entry = write_entry(
                self._node.keyring.signing,
                self._world.network.id,
                log,
                tail,
                time=time,
                kind=record.KIND,
                subject="-",
                body=record.body(),
            )
            line = entry.line
            if entry.header.seq == unsigned:
                line = line[: -len(NO_SIGNATURE)] + NO_SIGNATURE
            tail = Tail(entry.header.seq, entry_id(line), time)
            texts.append(join_text([line], [entry.body]))
        return texts

    def branch_off(self, log: LogId, seq: int, record: Record) -> bytes:
        """Another entry for a position of an own log that is taken, as log text."""
        tail: Tail | None = None
        if seq:
            before = self._node.store.read(lambda reading: reading.entry(log, seq - 1))
            tail = Tail(seq - 1, before.id, before.header.time)
        entry = write_entry(
            self._node.keyring.signing,
            self._world.network.id,
            log,
            tail,
            time=self._world.clock.now if tail is None else tail.time + 1,
            kind=record.KIND,
            subject="-",
            body=record.body(),
        )
        return join_text([entry.line], [entry.body])

    def hand(self, text: bytes, to: SimNode) -> None:
        """Push text to a node, as this member."""
        self._world.play(self._push(text, to))

    def _push(self, text: bytes, to: SimNode) -> Process:
        request = PushRequest(text=text)
        try:
            yield from self._world.wire.ask(self._node, url_of(to.name), to.keyring.public, request)
        except (Refused, NodeError) as error:
            self._node.note(f"rogue push to {to.name}: {error}")


def spoil_entry(text: bytes) -> bytes:
    """Log text whose last entry was altered after it was signed: the header's time is another."""
    lines = text.split(b"\n")
    fields = lines[-3].split(b" ")
    fields[7] = b"%d" % (int(fields[7]) + 1)
    lines[-3] = b" ".join(fields)
    return b"\n".join(lines)


class LyingRelay:
    """Answers for a node: leaves a victim's entries out, turns runs round, alters bytes."""

    def __init__(self, node: SimNode, victim: str, random: Random) -> None:
        """Lie at a node about the entries of one author's key."""
        node.is_honest = False
        node.tamper = self._tamper
        self._node = node
        self._victim = victim.encode()
        self._random = random
        self.omitted = 0
        self.altered = 0

    def repent(self) -> None:
        """Tell the truth from now on."""
        self._node.is_honest = True
        self._node.tamper = None

    def _tamper(self, request: Request, response: Response) -> bytes:
        if isinstance(response, Page) and isinstance(request, ChangesRequest) and request.heads:
            return response._replace(text=self._hide(response.text)).encode()
        if isinstance(response, Page):
            return response._replace(text=self._spoil(response.text)).encode()
        if isinstance(response, LogText):
            return self._spoil(response.text)
        return response.encode()

    def _hide(self, text: bytes) -> bytes:
        """Say nothing of the victim's logs."""
        lines = text.splitlines(keepends=True)
        kept = [line for line in lines if self._victim not in line]
        self.omitted += len(lines) - len(kept)
        return b"".join(kept)

    def _spoil(self, text: bytes) -> bytes:
        lines = text.split(b"\n")[:-1]
        pairs = list(zip(lines[0::2], lines[1::2], strict=True))
        kept = [pair for pair in pairs if self._victim not in pair[0]]
        self.omitted += len(pairs) - len(kept)
        if kept and self._random.random() < 0.3:
            header, body = kept.pop(self._random.randrange(len(kept)))
            self.altered += 1
            kept.append((header, body.replace(b"a", b"b") or b"{}"))
        if self._random.random() < 0.3:
            self._random.shuffle(kept)
        return join_text([pair[0] for pair in kept], [pair[1] for pair in kept])


class StrippingRelay:
    """Answers for a node, and leaves out every body that may be absent."""

    def __init__(self, node: SimNode) -> None:
        """Strip what a node passes on from now on."""
        node.is_honest = False
        node.tamper = self._tamper
        self._node = node
        self.stripped = 0

    def repent(self) -> None:
        """Pass on what is held from now on."""
        self._node.is_honest = True
        self._node.tamper = None

    def _tamper(self, request: Request, response: Response) -> bytes:
        if isinstance(response, Page) and isinstance(request, ChangesRequest) and request.heads:
            return response.encode()
        if isinstance(response, Page):
            return response._replace(text=self._strip(response.text)).encode()
        if isinstance(response, LogText):
            return self._strip(response.text)
        return response.encode()

    def _strip(self, text: bytes) -> bytes:
        lines = text.split(b"\n")
        for index in range(0, len(lines) - 1, 2):
            if parse_header(lines[index]).channel not in PERMANENT_CHANNELS and lines[index + 1]:
                lines[index + 1] = b""
                self.stripped += 1
        return b"\n".join(lines)
