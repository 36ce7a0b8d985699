"""A station takes a new key: by its working key, or by the recovery key, which goes first."""

import itertools

import pytest

from protocol.errors import Code
from protocol.header import LogId
from protocol.records import KeyRotated, LogCut
from protocol.roster import Roster, Station, fold
from tests.unit.protocol.world import DAY_MS, START_MS, World, country, signing_key

LATER_MS = START_MS + 9 * DAY_MS
RECOVERY = signing_key("recovery chengdu")
SOME_ID = "i" * 42 + "A"


def chengdu(world: World) -> Station:
    station = world.roster().get(world.ids["chengdu"])
    assert station is not None
    return station


def verdict(
    roster: Roster, world: World, key: str, seq: int, channel: str = "needs"
) -> Code | None:
    log = LogId(world.key(key).public, channel, 1)
    return roster.verdict(log, seq, seq, LATER_MS, LATER_MS)


def test_the_working_key_names_its_successor_and_the_station_stays_the_same(world: World) -> None:
    before = chengdu(world)
    world.rotate("chengdu", "new", [world.key("chengdu")])

    roster, after = world.roster(), chengdu(world)

    assert not roster.inert
    assert (after.id, after.key) == (before.id, world.key("new").public)
    assert after.sealing != before.sealing
    assert [roster.is_admitted(world.key(name).public) for name in ("chengdu", "new")] == [
        False,
        True,
    ]
    assert roster.station_of(before.key) == after


def test_logs_of_the_old_key_are_good_up_to_the_heads_it_named(world: World) -> None:
    heads = (LogCut(channel="needs", epoch=1, seq=5, id=SOME_ID),)
    world.rotate("chengdu", "new", [world.key("chengdu")], heads=heads)

    roster = world.roster()

    assert verdict(roster, world, "chengdu", 5) is None
    assert verdict(roster, world, "chengdu", 6) is Code.REVOKED
    assert verdict(roster, world, "chengdu", 0, "results") is Code.REVOKED
    assert verdict(roster, world, "new", 99) is None
    assert roster.cut(LogId(world.key("chengdu").public, "needs", 1)) == 5


def test_the_new_key_says_nothing_before_its_time(world: World) -> None:
    world.rotate("chengdu", "new", [world.key("chengdu")], from_ms=LATER_MS + 1)
    assert verdict(world.roster(), world, "new", 0) is Code.NOT_ADMITTED


@pytest.mark.parametrize("signer", ["", "sichuan", "recovery sichuan"])
def test_a_rotation_needs_the_working_or_the_recovery_key(world: World, signer: str) -> None:
    signers = [signing_key(signer)] if signer else []
    act = world.rotate("chengdu", "new", signers)

    assert chengdu(world).key == world.key("chengdu").public
    assert "old and new must sign" in world.fault(world.roster(), act)


def test_a_rotation_needs_the_new_key_so_that_nobody_takes_another_s(world: World) -> None:
    world.rotate("chengdu", "new", [world.key("chengdu")])
    entry = world.entries.pop()
    record = KeyRotated(
        station=world.ids["chengdu"], old=world.key("chengdu").public,
        key=world.key("sichuan").public, sealing=chengdu(world).sealing, from_ms=START_MS,
    )  # fmt: skip
    act = world.carry("chengdu", record, [world.key("chengdu")])

    roster = world.roster()

    assert world.fault(roster, act)
    assert roster.station_of(world.key("sichuan").public) == roster.get(world.ids["sichuan"])
    assert entry.entry_id not in roster.inert


def test_the_recovery_key_overrules_every_act_of_a_stolen_working_key(world: World) -> None:
    for thief in ("thief 1", "thief 2", "thief 3"):
        world.rotate("chengdu", thief, [world.key("chengdu")])
    world.rotate("chengdu", "thief 4", [world.key("thief 1")], old="thief 1")
    world.rotate("chengdu", "rightful", [RECOVERY])

    roster = world.roster()

    assert chengdu(world).key == world.key("rightful").public
    for thief in ("thief 1", "thief 2", "thief 3", "thief 4"):
        assert roster.station_of(world.key(thief).public) is None
        assert verdict(roster, world, thief, 0) is Code.NOT_ADMITTED


def test_of_two_rotations_by_the_working_key_the_smaller_id_stands(world: World) -> None:
    acts = {world.rotate("chengdu", name, [world.key("chengdu")]): name for name in ("a", "b", "c")}
    assert chengdu(world).key == world.key(acts[min(acts)]).public


def test_keys_follow_one_another_and_never_come_back(world: World) -> None:
    world.rotate("chengdu", "second", [world.key("chengdu")])
    world.rotate("chengdu", "third", [world.key("second")], old="second")
    back = world.rotate("chengdu", "chengdu", [world.key("third")], old="third")

    station = chengdu(world)

    assert station.key == world.key("third").public
    assert [key for key, _ in station.keys] == [
        world.key(name).public for name in ("chengdu", "second", "third")
    ]
    assert world.fault(world.roster(), back)


def test_a_renewal_that_still_names_the_old_key_keeps_the_new_one(world: World) -> None:
    world.rotate("chengdu", "new", [world.key("chengdu")])
    for key in ("chengdu", "new"):
        world.admit("sichuan", "chengdu", "grassroots", replaces=world.acts["chengdu"], key=key,
                    from_ms=START_MS + DAY_MS)  # fmt: skip
        assert chengdu(world).key == world.key("new").public
        assert verdict(world.roster(), world, "new", 3) is None


def test_the_issuer_overrules_a_rotation_by_admitting_another_key(world: World) -> None:
    world.rotate("chengdu", "thief", [world.key("chengdu")])
    world.admit("sichuan", "chengdu", "grassroots", replaces=world.acts["chengdu"], key="fresh",
                from_ms=START_MS + DAY_MS)  # fmt: skip
    assert chengdu(world).key == world.key("fresh").public
    assert verdict(world.roster(), world, "thief", 0) is Code.NOT_ADMITTED


def test_who_rotated_its_key_admits_with_the_new_one_and_not_with_the_old(world: World) -> None:
    world.rotate("sichuan", "sichuan new", [world.key("sichuan")])
    late = world.admit("sichuan", "late", "grassroots", parent="sichuan", division="510100")
    good = world.admit("sichuan new", "good", "grassroots", parent="sichuan", division="510100")

    roster = world.roster()

    assert world.fault(roster, late)
    assert not world.fault(roster, good)
    assert roster.parent(world.ids["good"]) == world.ids["sichuan"]
    assert roster.parent(world.ids["chengdu"]) == world.ids["sichuan"]


def test_a_joint_act_signed_before_a_rotation_still_counts_and_one_after_does_not(
    world: World,
) -> None:
    world.join(["zhejiang", "guangdong"], "leshan", "sichuan", division="511100")
    world.now_ms = LATER_MS
    world.rotate("zhejiang", "zhejiang new", [world.key("zhejiang")])
    late = world.join(["zhejiang", "guangdong"], "yibin", "sichuan", division="511500",
                      from_ms=LATER_MS + DAY_MS, until_ms=LATER_MS + 9 * DAY_MS)  # fmt: skip

    roster = world.roster()

    assert roster.get(world.ids["leshan"]) is not None
    assert roster.get(late) is None


def test_where_an_ending_and_a_rotation_cut_a_log_the_lower_cut_counts(world: World) -> None:
    def heads(seq: int) -> tuple[LogCut, ...]:
        return (LogCut(channel="needs", epoch=1, seq=seq, id=SOME_ID),)

    world.rotate("chengdu", "new", [world.key("chengdu")], heads=heads(5))
    world.end("sichuan", "chengdu", cuts=heads(7))
    assert world.roster().cut(LogId(world.key("chengdu").public, "needs", 1)) == 5


def test_a_rotation_that_nobody_carries_is_void(world: World) -> None:
    record = KeyRotated(
        station=world.ids["chengdu"], old=world.key("chengdu").public, key=world.key("n").public,
        sealing=chengdu(world).sealing, from_ms=START_MS,
    )  # fmt: skip
    entry = world.write("chengdu", record)
    assert "carried" in world.roster().inert[entry.entry_id]


def test_rotations_in_any_order_give_the_same_roster(world: World) -> None:
    first = len(world.entries)
    world.rotate("chengdu", "thief", [world.key("chengdu")])
    world.rotate("chengdu", "good", [RECOVERY])
    world.rotate("chengdu", "better", [world.key("good")], old="good")
    world.admit("sichuan", "chengdu", "grassroots", replaces=world.acts["chengdu"])
    whole = world.roster()

    for tail in itertools.permutations(world.entries[first:]):
        other = fold(world.network, [*tail, *world.entries[:first]])
        assert other.digest() == whole.digest()
        assert other.inert == whole.inert


def test_a_rotation_names_another_key_and_each_log_once() -> None:
    world = country()
    for changes in (
        {"old": "new"},
        {"heads": (LogCut(channel="needs", epoch=1, seq=1, id=SOME_ID),) * 2},
    ):
        with pytest.raises(ValueError, match=r"itself|two heads"):
            world.rotate("chengdu", "new", [], **changes)
