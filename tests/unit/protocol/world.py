"""A registry in memory: stations by name, and the entries they would have signed.

The fold trusts its entries (signatures were checked at the door), so none is signed here except
the carried acts, which count by their own signatures.
"""

import hashlib
from typing import Any

from protocol.acts import CARRIED, RegistryEntry, act_id, sign_act, write_act
from protocol.genesis import ASSOCIATIONS, DEFAULT_HIERARCHIES, STATIONS, Council, Genesis, Network
from protocol.keys import SigningKey, digest, sealing_public_key
from protocol.records import (
    ActCarried,
    KeyRotated,
    LogCut,
    MembershipIn,
    Record,
    StationAdmitted,
    StationDescribed,
    StationEnded,
)
from protocol.roster import Roster, fold

DAY_MS = 24 * 3600 * 1000
START_MS = 1_790_000_000_000
YEAR_MS = 395 * DAY_MS


def seed(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()


def signing_key(name: str) -> SigningKey:
    return SigningKey(seed(f"signing {name}"))


class World:
    """Stations act in the order they are told to; :meth:`roster` folds what they said."""

    def __init__(self, council: int = 3, threshold: int = 2) -> None:
        self.council = [signing_key(f"council {index}") for index in range(council)]
        genesis = Genesis(
            name="test",
            format="yz1",
            council=Council(keys=[key.public for key in self.council], threshold=threshold),
            hierarchies=DEFAULT_HIERARCHIES,
            created=START_MS,
        )
        self.network = Network(genesis.model_dump_json().encode())
        self.entries: list[RegistryEntry] = []
        self.keys: dict[str, SigningKey] = {}
        self.ids: dict[str, str] = {}
        self.acts: dict[str, str] = {}
        self.now_ms = START_MS
        self._seqs: dict[str, int] = {}

    def key(self, name: str) -> SigningKey:
        return self.keys.setdefault(name, signing_key(name))

    def write(self, author: str, record: Record, *, at_ms: int | None = None) -> RegistryEntry:
        """Append to the author's registry log of epoch 1."""
        self.now_ms += 1000
        seq = self._seqs[author] = self._seqs.get(author, 0) + 1
        body = record.body()
        public = self.key(author).public
        entry = RegistryEntry(
            digest(f"{public} {seq} ".encode() + body),
            public,
            1,
            seq,
            self.now_ms if at_ms is None else at_ms,
            record.KIND,
            body,
        )
        self.entries.append(entry)
        return entry

    def admission(
        self,
        name: str,
        level: str,
        parent: str | None,
        *,
        hierarchy: str = STATIONS,
        replaces: str | None = None,
        known: bool = False,
        key: str = "",
        **changes: Any,
    ) -> StationAdmitted:
        """The record that admits ``name``; ``known`` for one who has been admitted before."""
        values: dict[str, Any] = {
            "station": self.ids[name] if known or replaces else None,
            "replaces": replaces,
            "key": self.key(key or name).public,
            "recovery": signing_key(f"recovery {name}").public,
            "sealing": sealing_public_key(seed(f"sealing {name}")),
            "name": name,
            "memberships": (
                MembershipIn(
                    hierarchy=hierarchy, level=level, parent=self.ids.get(parent or "", parent)
                ),
            ),
            "from_ms": START_MS,
            "until_ms": START_MS + YEAR_MS,
        }
        return StationAdmitted(**{**values, **changes})

    def admit(self, issuer: str, name: str, level: str, **changes: Any) -> str:
        """A direct admission, the issuer as the parent unless told otherwise: the act's id."""
        parent = changes.pop("parent", issuer)
        at_ms = changes.pop("at_ms", None)
        record = self.admission(name, level, parent, **changes)
        return self._note(name, record, self.write(issuer, record, at_ms=at_ms).entry_id)

    def carry(self, carrier: str, record: Record, signers: list[SigningKey]) -> str:
        """A carried act signed by ``signers``: the act's id."""
        text = write_act(record)
        signatures = [sign_act(key, self.network.id, text) for key in signers]
        self.write(carrier, ActCarried(act=text, signatures=signatures))
        id_ = act_id(self.network.id, text)
        name = record.name if isinstance(record, StationAdmitted) else ""
        return self._note(name, record, id_)

    def found(self, name: str, level: str = "national", **changes: Any) -> str:
        """The council admits a station, whose own registry log carries the act."""
        record = self.admission(name, level, changes.pop("parent", None), **changes)
        return self.carry(name, record, self.council[:2])

    def join(self, signers: list[str], name: str, parent: str, **changes: Any) -> str:
        """A joint act of ``signers`` in the place of ``parent``, carried by the first of them."""
        changes.setdefault("until_ms", START_MS + 90 * DAY_MS)
        level = changes.pop("level", "grassroots")
        record = self.admission(name, level, parent, **changes)
        return self.carry(signers[0], record, [self.key(each) for each in signers])

    def ending(
        self, name: str, why: str, *, replaces: str = "", hierarchy: str = STATIONS, cuts: Any = ()
    ) -> StationEnded:
        return StationEnded(
            station=self.ids[name],
            hierarchy=hierarchy,
            replaces=replaces or self.acts[name],
            why=why,  # type: ignore[arg-type]
            cuts=cuts,
        )

    def end(self, issuer: str, name: str, why: str = "revoked", **changes: Any) -> str:
        entry = self.write(issuer, self.ending(name, why, **changes))
        self.acts[name] = entry.entry_id
        return entry.entry_id

    def rotate(
        self, name: str, new: str, signers: list[SigningKey], *, old: str = "", **changes: Any
    ) -> str:
        """``name`` rotates to the key called ``new``, whose log carries it: the act's id.

        ``heads`` may name the good heads of the old key; by default its registry log up to here.
        """
        held = [e for e in self.entries if e.author == self.key(old or name).public]
        cuts = [LogCut(channel="registry", epoch=1, seq=e.seq, id=e.entry_id) for e in held[-1:]]
        values: dict[str, Any] = {
            "station": self.ids[name],
            "old": self.key(old or name).public,
            "key": self.key(new).public,
            "sealing": sealing_public_key(seed(f"sealing {new}")),
            "from_ms": self.now_ms,
            "heads": tuple(cuts),
        }
        return self.carry(new, KeyRotated(**{**values, **changes}), [*signers, self.key(new)])

    def describe(self, name: str, *endpoints: str) -> RegistryEntry:
        return self.write(name, StationDescribed(endpoints=endpoints))

    def _note(self, name: str, record: Record, id_: str) -> str:
        if isinstance(record, StationAdmitted):
            if record.station is None:
                self.ids[name] = id_
            self.acts[name] = id_
        return id_

    def roster(self, *, without: frozenset[str] = frozenset()) -> Roster:
        return fold(self.network, (e for e in self.entries if e.entry_id not in without))

    def fault(self, roster: Roster, act: str) -> str:
        """Why the entry that is, or carries, an act has no effect; "" when it has."""
        for entry in self.entries:
            if entry.entry_id == act:
                return roster.inert.get(act, "")
            if entry.kind == CARRIED:
                carried = ActCarried.model_validate_json(entry.body)
                if act_id(self.network.id, carried.act) == act:
                    return roster.inert.get(entry.entry_id, "")
        raise AssertionError(act)


def country() -> World:
    """National; Sichuan, Zhejiang and Guangdong; a grassroots station in each."""
    world = World()
    world.found("national")
    for name, division in (("sichuan", "510000"), ("zhejiang", "330000"), ("guangdong", "440000")):
        world.admit("national", name, "regional", division=division)
    world.admit("sichuan", "chengdu", "grassroots", division="510100")
    world.admit("zhejiang", "hangzhou", "grassroots", division="330100")
    world.admit("guangdong", "shenzhen", "grassroots", division="440300")
    return world


__all__ = ["ASSOCIATIONS", "DAY_MS", "START_MS", "STATIONS", "YEAR_MS", "World", "country"]
