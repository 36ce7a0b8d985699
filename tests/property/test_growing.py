"""A standing that grows entry by entry comes to what folding everything comes to (SPEC 6.6)."""

import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from protocol import growing
from protocol.acts import RegistryEntry
from protocol.growing import Standing
from protocol.header import LogId
from protocol.records import LogCut, MembershipIn, Record, StationAdmitted
from protocol.roster import Roster, fold
from tests.property import trying
from tests.unit.protocol.world import ASSOCIATIONS, DAY_MS, START_MS, STATIONS, World, country

LEVELS = {
    STATIONS: ("national", "regional", "grassroots"),
    ASSOCIATIONS: ("national", "province", "city", "county", "unit"),
}
_CUTS = [LogCut(channel="registry", epoch=1, seq=seq, id="i" * 42 + "A") for seq in range(4)]


class Turmoil:
    """Stations that act at random, rightly and wrongly, on themselves and on one another."""

    def __init__(self, dice: random.Random, acts: int) -> None:
        self.world = country()
        self._dice = dice
        self._count = 0
        for _ in range(acts):
            self._act()

    def _names(self) -> list[str]:
        return sorted(self.world.ids)

    def _act(self) -> None:
        self.world.now_ms += self._dice.randrange(DAY_MS)
        dice, world = self._dice, self.world
        issuer = dice.choice(self._names())
        match dice.randrange(12):
            case 0 | 1:
                self._count += 1
                self._sign(issuer, f"new {self._count}", self._admission(f"new {self._count}"))
            case 2 | 3 | 4:
                name = dice.choice(self._names())
                replaces = self._some_act(name)
                self._sign(issuer, name, self._admission(name, replaces=replaces))
            case 5 | 6:
                name = dice.choice(self._names())
                why = dice.choice(("revoked", "suspended", "exited"))
                record = world.ending(
                    name, why, replaces=self._some_act(name), hierarchy=self._hierarchy(),
                    cuts=(_CUTS[dice.randrange(4)],) if dice.randrange(2) else (),
                )  # fmt: skip
                self._sign(issuer if dice.randrange(4) else name, name, record)
            case 7:
                world.describe(issuer, f"https://{self._dice.randrange(9)}.example.cn")
            case 8:
                self._carry(dice.choice(self._names()))
            case 9 | 10:
                self._count += 1
                self._join(dice.choice((dice.choice(self._names()), f"new {self._count}")))
            case _:
                name = f"second {dice.choice(self._names())}"
                self._sign(issuer, name, self._admission(name, key=dice.choice(self._names())))

    def _hierarchy(self) -> str:
        return self._dice.choice((STATIONS, STATIONS, ASSOCIATIONS))

    def _some_act(self, name: str) -> str:
        acts = [self.world.acts[each] for each in sorted(self.world.acts)]
        mine = self.world.acts.get(name)
        return mine if mine and self._dice.randrange(4) else self._dice.choice(acts)

    def _admission(self, name: str, replaces: str | None = None, key: str = "") -> StationAdmitted:
        hierarchy = self._hierarchy()
        level = self._dice.choice(LEVELS[hierarchy])
        from_ms = START_MS + self._dice.randrange(3) * 200 * DAY_MS
        return self.world.admission(
            name, level, self._dice.choice(self._names()), hierarchy=hierarchy,
            replaces=replaces, key=key, from_ms=from_ms, until_ms=from_ms + 400 * DAY_MS,
        )  # fmt: skip

    def _sign(self, issuer: str, name: str, record: Record) -> None:
        self._note(name, record, self.world.write(issuer, record).entry_id)

    def _carry(self, name: str) -> None:
        """An act of the council, or of too few of it, or of strangers; at times carried twice."""
        record = self._admission(name, replaces=self._some_act(name))
        signers = self._dice.choice((
            self.world.council[:2],
            self.world.council[:1],
            [self.world.key(self._dice.choice(self._names())) for _ in range(2)],
        ))  # fmt: skip
        id_ = self.world.carry(self._dice.choice(self._names()), record, signers)
        if not self._dice.randrange(2):
            self.world.carry(self._dice.choice(self._names()), record, self.world.council[1:])
        self._note(name, record, id_)

    def _join(self, name: str) -> None:
        """Two regional stations admit or renew in the place of a third, at times renewed itself."""
        world, dice = self.world, self._dice
        place = dice.choice(("sichuan", "zhejiang", "guangdong"))
        if not dice.randrange(3):
            renewal = world.admission(place, "regional", "national", replaces=world.acts[place])
            self._sign("national", place, renewal)
        known = name in world.ids
        seat = MembershipIn(hierarchy=STATIONS, level="grassroots", parent=world.ids[place])
        record = world.admission(
            name, "grassroots", place, replaces=world.acts[name] if known else None,
            memberships=(seat,), until_ms=START_MS + 80 * DAY_MS,
        )  # fmt: skip
        others = [each for each in ("sichuan", "zhejiang", "guangdong") if each != place]
        id_ = world.carry(dice.choice(others), record, [world.key(each) for each in others])
        self._note(name, record, id_)

    def _note(self, name: str, record: Record, act: str) -> None:
        self.world.acts[name] = act
        if isinstance(record, StationAdmitted) and name not in self.world.ids:
            self.world.ids[name] = act


def told(roster: Roster, keys: list[str]) -> object:
    """Everything a roster says, about these keys and all its stations."""
    logs = [LogId(key, channel, 1) for key in keys for channel in ("registry", "needs")]
    return {
        "digest": roster.digest(),
        "stations": dict(roster.stations),
        "inert": dict(roster.inert),
        "holders": dict(roster.holders),
        "windows": [roster.windows(key) for key in keys],
        "quotas": [roster.quotas(key) for key in keys],
        "cuts": [roster.cut(log) for log in logs],
        "children": [roster.children(id_) for id_ in roster.stations],
    }


@pytest.fixture(autouse=True)
def small_networks_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fold a part only, however large a part of the network it is."""
    monkeypatch.setattr(growing, "SHARE_MAX", 0)


def cut_up(entries: list[RegistryEntry], dice: random.Random) -> list[list[RegistryEntry]]:
    pieces = []
    while entries:
        size = dice.randrange(1, 4)
        pieces.append(entries[:size])
        entries = entries[size:]
    return pieces


@trying(60)
@given(seed=st.integers(0, 2**32), acts=st.integers(3, 40), shuffled=st.booleans())
@example(seed=36, acts=36, shuffled=False)
def test_growing_comes_to_what_folding_everything_comes_to(
    seed: int, acts: int, shuffled: bool
) -> None:
    dice = random.Random(seed)
    world: World = Turmoil(dice, acts).world
    entries = list(world.entries)
    if shuffled:
        dice.shuffle(entries)
    keys = sorted(key.public for key in world.keys.values())
    standing = Standing.of(world.network, ())
    for piece in cut_up(entries, dice):
        standing = standing.grow(piece)
        assert told(standing.roster, keys) == told(fold(world.network, standing.entries), keys)


def test_what_waited_for_a_station_above_is_folded_when_that_arrives() -> None:
    world = country()
    world.join(["zhejiang", "guangdong"], "leshan", "sichuan")
    late = [each for each in world.entries if each.entry_id == world.ids["sichuan"]]
    early = [each for each in world.entries if each not in late]
    before = Standing.of(world.network, early)
    assert before.roster.get(world.ids["leshan"]) is None

    after = before.grow(late)

    assert after.roster.get(world.ids["leshan"]) is not None
    keys = sorted(key.public for key in world.keys.values())
    assert told(after.roster, keys) == told(world.roster(), keys)


def test_an_act_on_a_local_station_leaves_all_others_as_they_were() -> None:
    world = country()
    before = Standing.of(world.network, world.entries)
    entry = world.entries[-1]
    world.admit("sichuan", "leshan", "grassroots")

    after = before.grow(world.entries[world.entries.index(entry) + 1 :])

    same = [id_ for id_, each in before.roster.stations.items() if after.roster.get(id_) is each]
    assert len(same) == len(before.roster.stations)
