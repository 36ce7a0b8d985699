"""Networks for tests: a council, stations that it and they admit, and what those sign."""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from node.ingest import Ingest
from node.keyring import Keyring
from node.projection import Projection
from node.publish import Publisher
from node.scope import Scope
from node.store import Guard, Store
from protocol.acts import act_id, sign_act, write_act
from protocol.chain import join_text
from protocol.entry import Entry, Tail, write_entry
from protocol.genesis import Network
from protocol.header import LogId
from protocol.keys import SigningKey, sealing_public_key
from protocol.records import (
    ActCarried,
    BodyErased,
    ErasedEntry,
    LogCut,
    LogOpened,
    MembershipIn,
    NeedPublished,
    Quota,
    Record,
    ResourceOffered,
    ResultPublished,
    StationAdmitted,
    StationEnded,
)

START_MS = 1_790_000_000_000
"""When the networks of the tests were founded."""
DAY_MS = 24 * 3600 * 1000
VALID_MS = 395 * DAY_MS
SALT = "A" * 22


class TestClock:
    """A clock that a test sets by hand."""

    __test__ = False

    def __init__(self, now_ms: int = START_MS + DAY_MS) -> None:
        self.now = now_ms

    def now_ms(self) -> int:
        return self.now


class SeededRandom:
    """Random bytes that are the same in every run."""

    def __init__(self, seed: str) -> None:
        self._state = hashlib.sha256(seed.encode())

    def __call__(self, size: int, /) -> bytes:
        self._state.update(b".")
        return hashlib.shake_256(self._state.digest()).digest(size)


def seed_of(name: str) -> bytes:
    """32 secret bytes that belong to a name in a test."""
    return hashlib.sha256(name.encode()).digest()


@dataclass
class LogText:
    """One log of a test station: its lines so far."""

    id: LogId
    tail: Tail | None = None
    headers: list[bytes] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    def text(self, first: int = 0, last: int | None = None) -> bytes:
        """Log text of a range of it, both ends included."""
        end = None if last is None else last + 1
        return join_text(self.headers[first:end], self.bodies[first:end])


class StationInTest:
    """A station that signs what a test wants it to sign, well or badly."""

    def __init__(self, network: Network, name: str, clock: TestClock) -> None:
        self.network = network
        self.name = name
        self.clock = clock
        self.key = SigningKey(seed_of(f"{name} signing"))
        self.recovery = SigningKey(seed_of(f"{name} recovery"))
        self.sealing_seed = seed_of(f"{name} sealing")
        self.logs: dict[tuple[str, int], LogText] = {}
        self.id = ""
        self.act = ""

    @property
    def keyring(self) -> Keyring:
        return Keyring((self.key,), (self.sealing_seed,), self.recovery)

    def log(self, channel: str, epoch: int | None = None) -> LogText:
        """The log of a channel, opened if it is not there."""
        epoch = START_MS // 1000 if epoch is None else epoch
        if (channel, epoch) not in self.logs:
            self.logs[channel, epoch] = LogText(LogId(self.key.public, channel, epoch))
            self._append(self.logs[channel, epoch], LogOpened().KIND, "-", LogOpened().body())
        return self.logs[channel, epoch]

    def sign(
        self,
        record: Record,
        subject: str = "-",
        *,
        channel: str | None = None,
        epoch: int | None = None,
        time: int | None = None,
    ) -> Entry:
        """Sign a record onto the log of its channel."""
        log = self.log(channel or record.CHANNEL, epoch)
        return self._append(log, record.KIND, subject, record.body(), time)

    def sign_raw(
        self, channel: str, kind: str, body: bytes, subject: str = "-", time: int | None = None
    ) -> Entry:
        """Sign any body, one that no schema knows too."""
        return self._append(self.log(channel), kind, subject, body, time)

    def _append(
        self, log: LogText, kind: str, subject: str, body: bytes, time: int | None = None
    ) -> Entry:
        last = 0 if log.tail is None else log.tail.time
        time = max(self.clock.now_ms(), last + 1) if time is None else time
        entry = write_entry(
            self.key,
            self.network.id,
            log.id,
            log.tail,
            time=time,
            kind=kind,
            subject=subject,
            body=body,
        )
        log.tail = Tail(entry.header.seq, entry.id, time)
        log.headers.append(entry.line)
        log.bodies.append(entry.body)
        return entry

    def text(self, *channels: str) -> bytes:
        """The text of these channels' logs, of all when none is named."""
        return b"".join(
            log.text()
            for (channel, _), log in self.logs.items()
            if not channels or channel in channels
        )

    def admission(
        self,
        level: str,
        parent: str | None,
        *,
        hierarchy: str = "stations",
        division: str | None = None,
        quota: Quota | None = None,
        from_ms: int = START_MS,
        until_ms: int = START_MS + VALID_MS,
        station: str | None = None,
        replaces: str | None = None,
    ) -> StationAdmitted:
        """What an issuer signs to admit or renew this station."""
        return StationAdmitted(
            station=station,
            replaces=replaces,
            key=self.key.public,
            recovery=self.recovery.public,
            sealing=sealing_public_key(self.sealing_seed),
            name=self.name,
            memberships=(MembershipIn(hierarchy=hierarchy, level=level, parent=parent),),
            division=division,
            quota=quota or Quota(),
            from_ms=from_ms,
            until_ms=until_ms,
        )

    def admit(
        self,
        name: str,
        level: str = "grassroots",
        *,
        division: str | None = None,
        quota: Quota | None = None,
    ) -> "StationInTest":
        """Admit a new station directly below this one."""
        member = StationInTest(self.network, name, self.clock)
        record = member.admission(level, self.id, division=division, quota=quota)
        member.id = member.act = self.sign(record).id
        return member

    def end(self, member: "StationInTest", cuts: tuple[LogCut, ...] = ()) -> Entry:
        """End a membership this station granted."""
        ending = StationEnded(
            station=member.id, hierarchy="stations", replaces=member.act, why="revoked", cuts=cuts
        )
        return self.sign(ending)


class Country:
    """A network whose council has one key, its national station, and whom that admits."""

    def __init__(self, clock: TestClock | None = None, quota: Quota | None = None) -> None:
        self.clock = clock or TestClock()
        self.council = SigningKey(seed_of("council"))
        self.genesis = json.dumps({
            "name": "测试网",
            "format": "yz1",
            "council": {"keys": [self.council.public], "threshold": 1},
            "hierarchies": {
                "stations": ["national", "regional", "grassroots"],
                "associations": ["national", "province", "city", "county", "unit"],
            },
            "created": START_MS,
        }).encode()  # fmt: skip
        self.network = Network(self.genesis)
        self.national = StationInTest(self.network, "国家站", self.clock)
        self._admit_national(quota)

    def _admit_national(self, quota: Quota | None) -> None:
        carried = self.carry(self.national.admission("national", None, quota=quota))
        self.national.sign(carried)
        self.national.id = self.national.act = act_id(self.network.id, carried.act)

    def carry(self, record: StationAdmitted | StationEnded) -> ActCarried:
        """An act as the council signs it."""
        act = write_act(record)
        return ActCarried(act=act, signatures=(sign_act(self.council, self.network.id, act),))


def need(title: str = "钒钛磁铁矿尾矿综合利用", **fields: object) -> NeedPublished:
    """A need as an enterprise of Panzhihua might have it."""
    return NeedPublished.model_validate(
        {"salt": SALT, "title": title, "text": "寻求尾矿中钛的经济回收工艺。", **fields}
    )


def result(title: str = "一种钛精矿浮选药剂", **fields: object) -> ResultPublished:
    """A result as a university might offer it."""
    return ResultPublished.model_validate(
        {"salt": SALT, "title": title, "text": "捕收剂选择性好，回收率提高六个百分点。", **fields}
    )


def resource(title: str = "选矿工艺高级工程师", **fields: object) -> ResourceOffered:
    """An expert as a station might describe one."""
    said = {"type": "expert", "kind": "technical", "title": title, "text": "熟悉浮选流程。"}
    return ResourceOffered.model_validate({"salt": SALT, **said, **fields})


def erasure(*entries: Entry) -> BodyErased:
    """What takes these entries back."""
    named = [
        ErasedEntry(author=e.header.author, epoch=e.header.epoch, seq=e.header.seq, id=e.id)
        for e in entries
    ]
    return BodyErased(entries=named, reason="request")


_EMPTY: dict[tuple[Projection, ...], bytes] = {}
"""A new store's file, by its read models: made once in a process, and written out for each test."""


def _lay_out(file: Path, projections: tuple[Projection, ...]) -> None:
    """Put an empty store of a node where there is none yet."""
    if file.exists():
        return
    if projections not in _EMPTY:
        with TemporaryDirectory() as name:
            open_empty("sqlite:///node.db", Path(name), projections).close()
            _EMPTY[projections] = (Path(name) / "node.db").read_bytes()
    file.write_bytes(_EMPTY[projections])


def open_empty(url: str, folder: Path, projections: tuple[Projection, ...]) -> Store:
    """A store as a new node lays it out, with nothing of any network in it."""
    clock = TestClock()
    store = Store.open(url, folder, inline=True, clock=clock)
    Ingest(store, Country(clock).network, clock, projections, Scope().held)
    return store


@dataclass
class NodeInTest:
    """Store, door and pen of one station, without a network around them."""

    store: Store
    ingest: Ingest
    publisher: Publisher
    station: StationInTest

    @classmethod
    def open(
        cls,
        url: str,
        folder: Path,
        station: StationInTest,
        projections: tuple[Projection, ...] = (),
        scope: Scope | None = None,
    ) -> "NodeInTest":
        scope = scope or Scope()
        if url.startswith("sqlite:///"):
            _lay_out(folder / url.removeprefix("sqlite:///"), projections)
        store = Store.open(url, folder, inline=True, clock=station.clock)
        ingest = Ingest(store, station.network, station.clock, projections, scope.held)
        guard = Guard(folder / "guard")
        publisher = Publisher(
            store,
            ingest,
            station.keyring,
            station.network,
            station.clock,
            guard,
            SeededRandom(station.name),
            scope=scope,
        )
        return cls(store, ingest, publisher, station)

    def close(self) -> None:
        self.store.close()
