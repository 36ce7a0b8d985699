"""Signed input for the figures: one council, one national station, authors that fill a log."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from protocol.acts import act_id, sign_act, write_act
from protocol.chain import join_text
from protocol.entry import Entry, Tail, encode_body, write_entry
from protocol.genesis import DEFAULT_HIERARCHIES, Network
from protocol.header import LogId
from protocol.keys import SigningKey, sealing_public_key
from protocol.records import ActCarried, NeedPublished, Record
from protocol.records.registry import MembershipIn, Quota, StationAdmitted

EPOCH = 1_790_000_000
START_MS = EPOCH * 1000
YEAR_MS = 365 * 24 * 3600 * 1000
PAGE_ENTRIES = 1_024
OPENING = encode_body({"why": "new"})


@dataclass(frozen=True)
class Workload:
    """A network and log text: the registry first, then pages of one author's needs."""

    network: Network
    author: SigningKey
    registry: bytes
    pages: list[bytes]


class LogWriter:
    """Signs the entries of one log, a millisecond apart."""

    def __init__(self, key: SigningKey, network: str, channel: str) -> None:
        self.key = key
        self.network = network
        self.log = LogId(key.public, channel, EPOCH)
        self.tail: Tail | None = None
        self._add("log.opened/1", OPENING)
        self.opening = self.last

    def _add(self, kind: str, body: bytes) -> Entry:
        time = START_MS if self.tail is None else self.tail.time + 1
        self.last = write_entry(
            self.key, self.network, self.log, self.tail,
            time=time, kind=kind, subject="-", body=body,
        )  # fmt: skip
        self.tail = Tail(self.last.header.seq, self.last.id, self.last.header.time)
        return self.last

    def add(self, record: Record) -> Entry:
        """The next entry of the log."""
        return self._add(record.KIND, record.body())


def text_of(entries: list[Entry]) -> bytes:
    """Entries as log text."""
    return join_text([each.line for each in entries], [each.body for each in entries])


def need(number: int, body_bytes: int) -> NeedPublished:
    """A need whose body line has ``body_bytes`` bytes."""

    def of(text: str) -> NeedPublished:
        return NeedPublished(
            salt=f"{number:021d}A",
            title=f"第{number}条需求：浪溅区构件锈胀",
            text=text,
            kind="upgrade",
            sub_kind="material",
            field="新材料",
            industry="3021",
            division="330200",
        )

    missing = body_bytes - len(of("数").body()) + 3
    text = "数" * (missing // 3) + "x" * (missing % 3)
    made = of(text)
    assert len(made.body()) == body_bytes
    return made


def admission(key: SigningKey, name: str, level: str, parent: str | None) -> StationAdmitted:
    """An admission wide enough for any figure."""
    return StationAdmitted(
        key=key.public,
        recovery=key.public,
        sealing=sealing_public_key(key.seed),
        name=name,
        memberships=(MembershipIn(hierarchy="stations", level=level, parent=parent),),
        quota=Quota(entries_per_day=10_000_000, bytes_per_day=1 << 40),
        from_ms=START_MS,
        until_ms=START_MS + YEAR_MS,
    )


def genesis(council: SigningKey) -> Network:
    """A network of one council key."""
    value = {
        "name": "测速网",
        "format": "yz1",
        "council": {"keys": [council.public], "threshold": 1},
        "hierarchies": DEFAULT_HIERARCHIES,
        "created": START_MS,
    }
    return Network(json.dumps(value, ensure_ascii=False).encode())


def carried(network: Network, council: SigningKey, record: Record) -> ActCarried:
    """An act signed by the council."""
    act = write_act(record)
    return ActCarried(act=act, signatures=(sign_act(council, network.id, act),))


def make_workload(
    entries: int,
    body_bytes: int = 600,
    members: Sequence[SigningKey] = (),
    foreign: SigningKey | None = None,
) -> Workload:
    """``entries`` needs of ``body_bytes`` each by the national station, as pages of log text.

    ``members`` are grassroots stations that it admits; ``foreign``, one of them, has as many needs.
    """
    council, author = SigningKey(b"c" * 32), SigningKey(b"n" * 32)
    network = genesis(council)
    registry = LogWriter(author, network.id, "registry")
    founding = carried(network, council, admission(author, "国家站点", "national", None))
    admitted = registry.add(founding)
    act = act_id(network.id, founding.act)
    acts = [registry.add(admission(key, "基层站点", "grassroots", act)) for key in members]
    pages = []
    for key in (author, *([] if foreign is None else [foreign])):
        log = LogWriter(key, network.id, "needs")
        made = [log.opening, *(log.add(need(n, body_bytes)) for n in range(1, entries))]
        starts = range(0, entries, PAGE_ENTRIES)
        pages += [text_of(made[start : start + PAGE_ENTRIES]) for start in starts]
    return Workload(network, author, text_of([registry.opening, admitted, *acts]), pages)
